/* json.h - writes JSON (RFC 8259), indented, one member a line, or `flat`, all on one. Same input, same bytes, any locale.
 *
 * A key is NULL for an element of an array and for the outermost value. */
#ifndef ANALYSIS_JSON_H
#define ANALYSIS_JSON_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct json {
    GString *out;
    unsigned depth;
    bool more; /* something stands before in the innermost object or array */
    bool flat; /* no white space                                              */
};

static inline struct json json_to(GString *out)
{
    return (struct json){.out = out};
}
/* Opens an object ('{') or an array ('['); json_close() takes the matching bracket. */
void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket);
/* NULL writes null. Bytes that are no UTF-8 become U+FFFD. */
void json_string(struct json *j, const char *key, const char *text);
void json_int(struct json *j, const char *key, int64_t value);
void json_uint(struct json *j, const char *key, uint64_t value);
/* The shortest decimal that reads back as the same double; NaN and infinities are null. */
void json_real(struct json *j, const char *key, double value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

#endif
