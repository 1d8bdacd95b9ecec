/* report.h - a page that says it all: one HTML file, complete in itself, for any browser and without a network.
 *
 * Pieces are added in the order of the page: headings, tables and graphs as HTML, flows as interactive ladders. Text that
 * comes from outside is escaped here; what is added as HTML is taken as it is. */
#ifndef ANALYSIS_REPORT_H
#define ANALYSIS_REPORT_H

#include "analysis/report_flow.h"

#include <glib.h>

struct report;
struct report *report_new(const char *title);
void report_free(struct report *r);

/* Appends a piece to the body of the page. */
void report_add_html(struct report *r, const char *html);
/* A ladder below everything else. The flow is used now and not kept. */
void report_add_flow(struct report *r, const struct flow_record *flow, const struct report_view *view);
/* Appends the whole page. */
void report_print(const struct report *r, GString *out);

/* Appends text as HTML has it. */
void report_escape(const char *text, GString *out);

#endif
