/* test_rows.c - at the end of all tests: every row of every state machine was taken by one of them.
 *
 * Rows that no scenario can reach yet are listed here with the reason; a listed row that was taken makes the
 * list stale, which is a failure too. Runs last; alone it has nothing to look back on, so it plays no part
 * unless the flow tests ran before it in the same process. */
#include "models/registry.h"

#include <CUnit/CUnit.h>

#include <glib.h>

#include <stdio.h>
#include <string.h>

/* A row is named by its machine, state, event and guard: numbers change when rows are added. */
struct not_yet {
    const char *machine, *state, *event, *guard, *why;
};

#define ONE_183    "the called phone sends one reliable response before its 180, and one 180"
#define ALL_SURE   "a phone that sends reliable responses sends no others after them"
#define NO_END     "who has forgotten the call has sent a final response or BYE, which comes first"
#define RINGS_LATE "the phone rings only after the PRACK of the answer"
#define NO_1XX     "no node sends 1xx to another request than INVITE (RFC 4320 4.1)"

static const struct not_yet not_yet[] = {
    {"ue-call",    "early",      "reliable 1xx",         "",                   ONE_183   },
    {"ue-call",    "ringing",    "reliable 1xx",         "",                   ONE_183   },
    {"ue-call",    "early",      "1xx",                  "",                   ALL_SURE  },
    {"ue-call",    "active",     "PRACK refused",        "ends_dialog",        NO_END    },
    {"ue-called",  "alerting",   "200 (INVITE) built",   "sdp_unacknowledged", RINGS_LATE},
    {"sip-client", "trying",     "1xx",                  "",                   NO_1XX    },
    {"sip-client", "proceeding", "timer E",              "",                   NO_1XX    },
    {"sip-client", "proceeding", "timer F",              "",                   NO_1XX    },
    {"sip-client", "proceeding", "1xx",                  "",                   NO_1XX    },
    {"sip-client", "proceeding", "200-699",              "",                   NO_1XX    },
    {"sip-server", "trying",     "send 1xx",             "",                   NO_1XX    },
    {"sip-server", "proceeding", "request",              "",                   NO_1XX    },
    {"sip-server", "proceeding", "send 1xx",             "",                   NO_1XX    },
    {"sip-server", "proceeding", "send 200-699",         "",                   NO_1XX    },
};

static const char *guard_of(const struct fsm_row *row)
{
    return row->guard ? row->guard_name : "";
}

static bool is_listed(const struct not_yet *n, const struct fsm_def *def, const struct fsm_row *row)
{
    const char *state = row->in == FSM_ANY ? "any" : def->state_names[row->in];
    return strcmp(n->machine, def->name) == 0 && strcmp(n->state, state) == 0 &&
           strcmp(n->event, def->event_names[row->on]) == 0 && strcmp(n->guard, guard_of(row)) == 0;
}

static const struct not_yet *listed(const struct fsm_def *def, const struct fsm_row *row)
{
    for (size_t i = 0; i < G_N_ELEMENTS(not_yet); i++)
        if (is_listed(&not_yet[i], def, row))
            return &not_yet[i];
    return NULL;
}

static void check_row(const struct fsm_def *def, unsigned i)
{
    const struct fsm_row *row = &def->rows[i];
    bool good = def->fired[i] ? !listed(def, row) : listed(def, row) != NULL;
    if (!good)
        printf("\n%s row %u (%s, %s, %s) was %s", def->name, i + 1,
               row->in == FSM_ANY ? "any" : def->state_names[row->in], def->event_names[row->on],
               guard_of(row), def->fired[i] ? "taken: it is listed in vain" : "never taken");
    CU_ASSERT_TRUE(good);
}

/* Any call takes the first row of the calling phone's machine. */
static bool flows_were_played(void)
{
    return registry_machines[0]->fired && registry_machines[0]->fired[0];
}

void test_rows_are_all_taken(void)
{
    registry_init();
    CU_ASSERT_PTR_NOT_NULL(registry_machines[0]);
    if (!flows_were_played())
        return;
    for (struct fsm_def *const *def = registry_machines; *def; def++)
        for (unsigned i = 0; i < (*def)->nrows; i++)
            check_row(*def, i);
}

/* Every line of the list names a row that exists. */
void test_rows_list_is_true(void)
{
    registry_init();
    for (size_t n = 0; n < G_N_ELEMENTS(not_yet); n++) {
        unsigned found = 0;
        for (struct fsm_def *const *def = registry_machines; *def; def++)
            for (unsigned i = 0; i < (*def)->nrows; i++)
                found += is_listed(&not_yet[n], *def, &(*def)->rows[i]);
        CU_ASSERT_EQUAL(found, 1);
        CU_ASSERT_TRUE(strlen(not_yet[n].why) > 10);
    }
    CU_ASSERT_TRUE(G_N_ELEMENTS(not_yet) < 20);
}

void test_rows_of_all_machines_are_sound(void)
{
    GString *problems = g_string_new(NULL);
    registry_init();
    for (struct fsm_def *const *def = registry_machines; *def; def++)
        CU_ASSERT_EQUAL(fsm_check(*def, problems), 0);
    if (problems->len)
        printf("\n%s", problems->str);
    g_string_free(problems, TRUE);
}
