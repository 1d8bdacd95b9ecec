/* csv.h - writes CSV as RFC 4180 has it: fields separated by commas, records ended by CR LF, a field in
 * double quotes where it needs them. Nothing is an empty field; an empty text is "". */
#ifndef ANALYSIS_CSV_H
#define ANALYSIS_CSV_H

#include <glib.h>
#include <stdint.h>

struct csv {
    GString *out;
    unsigned column; /* of the next field */
};
static inline struct csv csv_to(GString *out)
{
    return (struct csv){.out = out};
}
/* NULL: nothing. */
void csv_text(struct csv *c, const char *text);
void csv_int(struct csv *c, int64_t value);
/* The shortest decimal that reads back as the same double; NaN and infinities: nothing. */
void csv_real(struct csv *c, double value);
/* As many decimals as given. */
void csv_fixed(struct csv *c, double value, unsigned decimals);
void csv_end(struct csv *c);

#endif
