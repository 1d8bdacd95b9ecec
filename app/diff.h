/* diff.h - what the two halves of imssim diff share. */
#ifndef APP_DIFF_H
#define APP_DIFF_H

#include "app/call.h"

#include <glib.h>

enum { DIFF_TEXT, DIFF_TSV };

struct diff_args {
    struct call_args call;
    char **with; /* settings of B alone */
    char *interval, *format;
    gboolean all;
    int format_id;
    int metric; /* -1: setup_time, if both have one */
};

/* Whether a name is one of results: DIR, FILE, or either with #POINT. */
bool diff_is_results(const char *name);
/* Compares two results; an exit code. */
int diff_results(const struct diff_args *args, const char *a, const char *b);

#endif
