/* report_results.h - what results say of a point, as a piece of a report: calls, ratios, times, stations, messages. */
#ifndef ANALYSIS_REPORT_RESULTS_H
#define ANALYSIS_REPORT_RESULTS_H

#include "analysis/report.h"
#include "analysis/store_read.h"

#include <stdbool.h>

/* False and an error when the results cannot be read. */
bool report_add_point(struct report *r, struct store_reader *reader, const struct store_point *p, GError **error);
/* A drawing that stands in a file, put into the page itself. */
bool report_add_svg(struct report *r, const char *path, const char *caption, GError **error);
/* The scenario of a point, with every value in effect; g_free. */
char *report_scenario(struct store_reader *reader, const struct store_point *p, GError **error);

#endif
