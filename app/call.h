/* call.h - one recorded call of one simulation, for the subcommands that look at one. */
#ifndef APP_CALL_H
#define APP_CALL_H

#include "analysis/record.h"
#include "app/app.h"
#include "scenarios/load/build.h"

#include <glib.h>

struct call;

/* What such subcommands have in common on the command line. */
struct call_args {
    char **sets;
    char *call, *seed;
    bool takes_all; /* --call=all is understood */
    /* Looks for something else than a call; NULL: a call. Asked now and then while the simulation runs, and when it has
     * ended (`over`): the flow, or NULL as long as it is not there. Complains when it is over. */
    const struct flow_record *(*find)(const struct call *call, bool over, void *user);
    void *user;
};
/* The options for them, at the head of a table of entries; `more` says what else than a number --call takes, or is "". */
#define CALL_OPTIONS(args, more)                                                                             \
    APP_TEXT("call", 'c', &(args).call, "N", "Which call: 1 (default) is the first dialled" more),           \
        APP_SETS(&(args).sets), APP_SEED(&(args).seed)

struct call {
    struct scn *scn;
    struct world *world;
    struct recording *recording;
    uint64_t number;
    bool all; /* everything that happens, as one */
    const struct flow_record *flow;
    int code; /* exit code for what is printed of it: APP_DONE, or why the run did not finish */
};

/* Simulates the scenario, everything recorded (record.h has the flags), and finds the call. False after a
 * complaint, with `code` what to return; call_close() in either case. */
bool call_open(struct call *call, const char *command, const char *name, const struct call_args *args,
               unsigned record_flags);
void call_close(struct call *call);
void call_args_clear(struct call_args *args);

#endif
