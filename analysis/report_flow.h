/* report_flow.h - one flow as JSON: what the interactive ladder of a report is drawn from.
 *
 * Everything that was recorded is in it, whatever a view hides: the page filters. Times are ns since the start of the
 * run. Texts of messages are lists of lines, and a line stands once in `lines` however many messages hold it: headers
 * hardly change from hop to hop. report/ladder.js says what the members mean, for it is the only reader. */
#ifndef ANALYSIS_REPORT_FLOW_H
#define ANALYSIS_REPORT_FLOW_H

#include "analysis/json.h"
#include "analysis/record.h"

/* What a page shows first. */
struct report_view {
    const char *title;
    const char *const *protocols; /* NULL-terminated; NULL: all                */
    const char *const *hide;      /* messages, NULL-terminated; or NULL        */
    const char *interval;         /* metric whose waterfall is shown; or NULL  */
};

/* Appends the flow as a value of `key`. */
void report_flow_json(const struct flow_record *flow, const struct report_view *view, struct json *j, const char *key);

#endif
