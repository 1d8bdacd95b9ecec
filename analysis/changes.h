/* changes.h - what one hop changed in a message: header by header, from the rendered texts.
 *
 * Each line of the result is one header: "+" was added, "-" was removed, "~" has another value. Of a header
 * that is a list, only the entries that came or went are named. */
#ifndef ANALYSIS_CHANGES_H
#define ANALYSIS_CHANGES_H

#include <glib.h>
#include <stdbool.h>

/* Appends the changes from `before` to `after`, a line each with "\n"; nothing when they are equal. The texts
 * are what a protocol renders: a start line, headers "Name: value", and after an empty line a body. With
 * `utf8` false, only ASCII is used. */
void changes_print(const char *before, const char *after, bool utf8, GString *out);

#endif
