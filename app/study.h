/* study.h - what the subcommands that end with the results of a sweep share. */
#ifndef APP_STUDY_H
#define APP_STUDY_H

#include <glib.h>
#include <stdbool.h>

/* Writes summary.csv into the folder, and prints its points: of this metric, at most so many (0: all). Returns `code`, or
 * APP_USAGE after a complaint. */
int study_show(const char *dir, const char *metric, bool json, guint most, int code);

/* Merges parts into the folder, complains of what is missing, and shows the points. Returns the exit code. */
int study_merge(const char *dir, char *const *files, bool partial, bool restart, bool json, guint most);

#endif
