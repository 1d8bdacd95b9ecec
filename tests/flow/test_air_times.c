/* test_air_times.c - what a radio of constants adds up to: the latency table of TR 36.912, and how set-up
 * time follows the latency of S1. */
#include "analysis/explain.h"
#include "app/call.h"
#include "models/names.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

/* The parts between the nth moment (from 0) of this kind and the next of that kind, in a recorded flow. */
static struct explain *explained_nth(struct call *call, const char *scenario, char **sets, unsigned flow,
                                     unsigned from, unsigned to, unsigned nth)
{
    struct call_args args = {.sets = sets};
    char *path = g_strdup_printf("%s/tests/data/flow/%s.xml", IMSSIM_TEST_SRCDIR, scenario);
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_free(path);
        path = g_strdup(scenario);
    }
    bool ok = call_open(call, "test", path, &args, 0);
    g_free(path);
    CU_ASSERT_TRUE_FATAL(ok);
    const struct flow_record *f = flow ? recording_flow(call->recording, flow) : call->flow;
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    const struct happening *a = flow_mark(f, from, 0);
    while (a && nth-- > 0)
        a = flow_mark(f, from, (size_t)(a - flow_at(f, 0)) + 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(a);
    const struct happening *b = flow_mark(f, to, (size_t)(a - flow_at(f, 0)));
    CU_ASSERT_PTR_NOT_NULL_FATAL(b);
    struct explain *ex = explain_new(f, NULL, a, b, PHASES_NONE);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ex);
    return ex;
}

static struct explain *explained(struct call *call, const char *scenario, char **sets, unsigned flow,
                                 unsigned from, unsigned to)
{
    return explained_nth(call, scenario, sets, flow, from, to, 0);
}

/* ---- TR 36.912 annex B ------------------------------------------------------------------------------ */

struct row {
    const char *phase, *part;
    sim_time length;
};

/* Row by row: the first parts are these. */
static void check_rows(const struct explain *ex, const struct row *rows, size_t n)
{
    CU_ASSERT_TRUE_FATAL(ex->parts->len >= n);
    for (size_t i = 0; i < n; i++) {
        const struct explain_part *p = &g_array_index(ex->parts, struct explain_part, i);
        CU_ASSERT_STRING_EQUAL(p->subject, rows[i].phase);
        CU_ASSERT_STRING_EQUAL(p->kind, rows[i].part);
        CU_ASSERT_EQUAL(p->end - p->start, rows[i].length);
    }
}

/* The rows up to the MME, in the order of the table, and two that an attach has besides; its transfer of S1
 * is 5 ms. */
void test_air_table_attach(void)
{
#define US SIM_US
    static const struct row rows[] = {
        {"Random Access Preamble",     "radio: PRACH occasion",   500 * US  }, /* 1       */
        {"Random Access Preamble",     "radio: preamble",         1000 * US }, /* 2       */
        {"Random Access Response",     "radio: eNB processing",   2000 * US }, /* 3, 4    */
        {"Random Access Response",     "radio: transmission",     1000 * US },
        {"RRCConnectionRequest",       "radio: phone processing", 5000 * US }, /* 5       */
        {"RRCConnectionRequest",       "radio: transmission",     1000 * US }, /* 6       */
        {"RRCConnectionRequest",       "radio: eNB processing",   4000 * US }, /* 7       */
        {"RRCConnectionSetup",         "radio: transmission",     1000 * US }, /* 8       */
        {"RRCConnectionSetup",         "radio: phone processing", 15000 * US}, /* 9       */
        {"RRCConnectionSetupComplete", "radio: transmission",     1000 * US }, /* 10      */
        {"RRCConnectionSetupComplete", "radio: eNB processing",   4000 * US }, /* 11      */
        {"INITIAL UE MESSAGE",         "propagation",             5000 * US }, /* 12      */
        {"INITIAL UE MESSAGE",         "service",                 15000 * US}, /* 13      */
    };
    struct call call;
    struct explain *ex = explained(&call, "tr36912", NULL, 1, MARK_ATTACH_BEGUN, MARK_ATTACHED);
    check_rows(ex, rows, G_N_ELEMENTS(rows));
    explain_free(ex);
    call_close(&call);
}

/* The whole of it, from idle to connected: 76 ms and twice S1, for the caller of a call and, after its page, for the called
 * phone; each row has the length that the table gives it. */
void test_air_table_service_request(void)
{
    static const struct row rows[] = {
        {"Random Access Preamble",        "radio: PRACH occasion",   500 * US  }, /* 1      */
        {"Random Access Preamble",        "radio: preamble",         1000 * US }, /* 2      */
        {"Random Access Response",        "radio: eNB processing",   2000 * US }, /* 3, 4   */
        {"Random Access Response",        "radio: transmission",     1000 * US },
        {"RRCConnectionRequest",          "radio: phone processing", 5000 * US }, /* 5      */
        {"RRCConnectionRequest",          "radio: transmission",     1000 * US }, /* 6      */
        {"RRCConnectionRequest",          "radio: eNB processing",   4000 * US }, /* 7      */
        {"RRCConnectionSetup",            "radio: transmission",     1000 * US }, /* 8      */
        {"RRCConnectionSetup",            "radio: phone processing", 15000 * US}, /* 9      */
        {"RRCConnectionSetupComplete",    "radio: transmission",     1000 * US }, /* 10     */
        {"RRCConnectionSetupComplete",    "radio: eNB processing",   4000 * US }, /* 11     */
        {"INITIAL UE MESSAGE",            "propagation",             5000 * US }, /* 12     */
        {"INITIAL UE MESSAGE",            "service",                 15000 * US}, /* 13     */
        {"INITIAL CONTEXT SETUP REQUEST", "propagation",             5000 * US }, /* 14     */
        {"RRCConnectionReconfiguration",  "radio: eNB processing",   4000 * US }, /* 15     */
        {"RRCConnectionReconfiguration",  "radio: subframe",         500 * US  }, /* 16     */
        {"RRCConnectionReconfiguration",  "radio: transmission",     1000 * US },
        {"RRCConnectionReconfiguration",  "radio: phone processing", 20000 * US}, /* 17     */
    };
    sim_time total = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        total += rows[i].length;
    CU_ASSERT_EQUAL(total, 76 * SIM_MS + 2 * 5 * SIM_MS);
    for (unsigned phone = 0; phone < 2; phone++) {
        struct call call;
        struct explain *ex = explained_nth(&call, "tr36912-idle", NULL, 0, MARK_SERVICE_BEGUN, MARK_SERVED, phone);
        check_rows(ex, rows, G_N_ELEMENTS(rows));
        CU_ASSERT_EQUAL(ex->parts->len, G_N_ELEMENTS(rows));
        CU_ASSERT_EQUAL(ex->end - ex->start, total);
        explain_free(ex);
        call_close(&call);
    }
}

/* ---- the latency of S1 ------------------------------------------------------------------------------ */

struct crossing {
    sim_time total;
    unsigned s1;
};

/* Of an interval: how long it takes, and how often S1 is crossed on its way. */
static struct crossing cross(const char *where, unsigned latency_ms, unsigned flow, unsigned from,
                             unsigned to)
{
    char *latency = g_strdup_printf("link[%s].latency=%ums", where, latency_ms);
    char *sets[] = {"radio.slots=no",        "radio.ul-bler=0", "radio.dl-bler=0",
                    "radio.preamble-miss=0", "radio.drx=no",    "radio.prb=1000000",
                    "radio.cce=1000000",     latency,           NULL};
    struct crossing c = {0};
    struct call call;
    struct explain *ex = explained(&call, "volte-call", sets, flow, from, to);
    for (guint i = 0; i < ex->parts->len; i++) {
        const struct explain_part *p = &g_array_index(ex->parts, struct explain_part, i);
        c.s1 += strcmp(p->kind, "propagation") == 0 && strcmp(p->where, where) == 0;
    }
    c.total = ex->end - ex->start;
    explain_free(ex);
    call_close(&call);
    g_free(latency);
    return c;
}

/* With every wait at its mean, time is linear in the latency, and its slope the number of crossings. From a
 * latency on at which no message has to wait for another one of the same phone: such a wait has crossings in
 * it that are not this message's. */
static void check_slope(const char *where, unsigned flow, unsigned from, unsigned to, unsigned at_least)
{
    struct crossing before = cross(where, 25, flow, from, to);
    CU_ASSERT_TRUE(before.s1 >= at_least);
    for (unsigned ms = 30; ms <= 50; ms += 5) {
        struct crossing now = cross(where, ms, flow, from, to);
        CU_ASSERT_EQUAL(now.s1, before.s1);
        CU_ASSERT_EQUAL(now.total - before.total, (sim_time)now.s1 * 5 * SIM_MS);
        before = now;
    }
}

void test_air_slope(void)
{
    check_slope("S1-MME", 1, MARK_ATTACH_BEGUN, MARK_ATTACHED, 6);
    check_slope("S1-U", 0, MARK_INVITE_SENT, MARK_RINGBACK, 8);
    check_slope("S1-MME", 0, MARK_INVITE_SENT, MARK_RINGBACK, 1);
}
