/* workers.h - threads that take jobs from one queue, and are gone when they are let go.
 *
 * GThreadPool does not join its threads: a short command could exit while one was still ending, which leak checkers see. */
#ifndef APP_EXPERIMENT_WORKERS_H
#define APP_EXPERIMENT_WORKERS_H

#include <glib.h>

struct workers;

/* Starts n threads (at least 1); each calls work(job) for jobs in the order in which they are given. workers_free. */
struct workers *workers_new(void (*work)(gpointer job), unsigned n);
/* From any thread; the job, which is not NULL, stays the caller's. */
void workers_give(struct workers *w, gpointer job);
/* Waits until all jobs are done and all threads have ended. */
void workers_free(struct workers *w);

#endif
