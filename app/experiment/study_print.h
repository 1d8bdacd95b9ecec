/* study_print.h - what a sweep answers: a row per point. */
#ifndef APP_EXPERIMENT_STUDY_PRINT_H
#define APP_EXPERIMENT_STUDY_PRINT_H

#include "analysis/store_read.h"

#include <glib.h>

/* Appends a table for people: factors, replications, the metric with its interval and percentiles, SER; at most `most`
 * points, and how many more there are (0: all). False and an error when the results cannot be read. */
bool study_print(struct store_reader *r, const struct metric_decl *metric, guint most, GString *out, GError **error);
/* The same as JSON, all points; times in ns, ratios from 0 to 1. */
bool study_print_json(struct store_reader *r, const struct metric_decl *metric, GString *out, GError **error);
/* summary.csv: a row per point and time. */
bool study_summary(struct store_reader *r, GString *out, GError **error);

#endif
