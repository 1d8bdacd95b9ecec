/* sweep_file.h - reads a sweep, a file NAME.sweep.xml that is valid by sweep.xsd. */
#ifndef APP_EXPERIMENT_SWEEP_FILE_H
#define APP_EXPERIMENT_SWEEP_FILE_H

#include "app/experiment/design.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct sweep {
    char *file, *text; /* where it was, and all of it */
    char *name, *title;
    char *scenario;      /* path of the base scenario          */
    GPtrArray *sets;     /* char *, NAME=VALUE for all points  */
    GPtrArray *profiles; /* char *, paths, for all points      */
    struct design design;
    unsigned replications; /* 0: as many as the scenario says    */
    bool seeded;
    uint64_t seed; /* if seeded                          */
    bool common;   /* random numbers, by all points      */
};

/* Reads and checks a file. NULL after adding what is wrong to `errors`, strings "file:line: ...". */
struct sweep *sweep_load(const char *path, GPtrArray *errors);
void sweep_free(struct sweep *s);
/* What the user calls a sweep -> a path, as scn_find() does for scenarios: "load" is load.sweep.xml. g_free. */
char *sweep_find(const char *name);

#endif
