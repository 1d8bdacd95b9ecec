/* bug.c - catching abort() (see bug.h). */
#include "app/experiment/bug.h"

#include <glib.h>
#include <setjmp.h>
#include <signal.h>

static _Thread_local sigjmp_buf *way_out;
static struct sigaction before;

static void on_abort(int signal_number)
{
    if (way_out)
        siglongjmp(*way_out, 1);
    /* not in a simulation that is watched: whatever was to happen */
    sigaction(SIGABRT, &before, NULL);
    raise(signal_number);
}

static void install(void)
{
    static gsize installed;

    if (g_once_init_enter(&installed)) {
        struct sigaction action = {.sa_handler = on_abort, .sa_flags = SA_NODEFER};
        sigemptyset(&action.sa_mask);
        sigaction(SIGABRT, &action, &before);
        g_once_init_leave(&installed, 1);
    }
}

bool bug_catch(void (*fn)(void *data), void *data)
{
    sigjmp_buf here;
    volatile bool whole = false;

    install();
    if (sigsetjmp(here, 1) == 0) {
        way_out = &here;
        fn(data);
        whole = true;
    }
    way_out = NULL;
    return whole;
}
