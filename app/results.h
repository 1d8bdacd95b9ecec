/* results.h - results on disk, from the side of the command: where a run leaves them, where others find
 * them. */
#ifndef APP_RESULTS_H
#define APP_RESULTS_H

#include "analysis/store.h"
#include "app/app.h"
#include "app/experiment/replicate.h"

#include <glib.h>
#include <stdbool.h>

/* ---- leaving them ------------------------------------------------------------------------------------ */

/* What `run` has for it on the command line. */
struct results_args {
    char *dir; /* NULL: results/SCENARIO */
    gboolean none, append, calls;
    char *trace; /* N, every N-th call; NULL: none */
};

struct results {
    struct store *store; /* NULL: nothing is kept */
    char *dir;
    GError *error; /* the first one */
};

/* Opens the folder and tells `opts` to hand over what is to be kept. False after a complaint. `doc` is the
 * scenario's document. */
bool results_open(struct results *r, const struct results_args *args, const struct scn_doc *doc,
                  struct replicate_opts *opts);
/* Marks how the run ended and closes. False after a complaint: not all could be written. With `forget`, what
 * is not yet committed is let go: nothing was simulated. */
bool results_close(struct results *r, struct kpi *kpi, enum store_state state, const char *why, bool forget);

/* ---- finding them ------------------------------------------------------------------------------------ */

/* The database that the user means by `name`: a folder with results or the file itself; NULL: the one in the
 * working directory, or the only one below results/. g_free; NULL after a complaint. */
char *results_find(const char *command, const char *name);

#endif
