/* slurm.h - runs the parts of a sweep as a job array of Slurm, on whatever nodes it has.
 *
 * A task is the command that anybody could type: imssim sweep FILE --shard K/N -o part-K.db. It can be tried as often as
 * one likes, so what a lost node was doing is simply put into the queue again, by Slurm (--requeue), or in the end by us.
 * All that is needed is a file system that all nodes see, and the program on it. */
#ifndef APP_EXPERIMENT_SLURM_H
#define APP_EXPERIMENT_SLURM_H

#include "app/experiment/study.h"

#include <glib.h>
#include <stdbool.h>

struct slurm_opts {
    const struct study_base *base;
    const char *parts;       /* folder of the parts, made if need be                          */
    unsigned tasks;          /* 0: some 20 runs in each, at most 1000                         */
    unsigned replications;   /* as on the command line; 0: not there                          */
    const char *sbatch;      /* more options for sbatch, as a shell would read them; or NULL  */
    const volatile int *interrupt;
    /* Called about once a second; or NULL. */
    void (*progress)(unsigned done, unsigned tasks, double elapsed_s, void *user);
    void *user;
};

enum slurm_end {
    SLURM_DONE,        /* all parts are there                                       */
    SLURM_INTERRUPTED, /* the job was cancelled; what is finished stays             */
    SLURM_MISSING,     /* some did not come, however often they were tried          */
    SLURM_FAILED,      /* Slurm would not: there is an error                        */
};

/* How many parts there will be. */
unsigned slurm_parts(const struct slurm_opts *opts);
/* The file of part k; g_free. */
char *slurm_part(const struct slurm_opts *opts, unsigned k);
/* Whether any part of this very study is there. */
bool slurm_any_part(const struct slurm_opts *opts);
/* Submits what is missing, waits, and submits again what got lost. *missing becomes the number of parts that are
 * not there. */
enum slurm_end slurm_run(const struct slurm_opts *opts, unsigned *missing, GError **error);
/* Takes away parts, logs and the folder. */
void slurm_clean(const struct slurm_opts *opts);

#endif
