/* test_explain.c - where the time went: parts that touch and sum exactly, whatever the chain. */
#include "analysis/explain.h"
#include "tests/unit/toy_net.h"

#include <CUnit/CUnit.h>
#include <string.h>

#define TEST(suite, function) void function(void);
#include "tests/ladder.list"
#undef TEST

struct run {
    struct toy_net toy;
    struct recording *rec;
    GString *out;
};

static void start(struct run *r)
{
    toy_init(&r->toy);
    r->rec = recording_new(r->toy.sim, r->toy.net, 0);
    r->out = g_string_new(NULL);
}

static void finish(struct run *r)
{
    g_string_free(r->out, TRUE);
    recording_free(r->rec);
    toy_clear(&r->toy);
}

static void check_same(const char *is, const char *should)
{
    CU_ASSERT_STRING_EQUAL(is, should);
    if (strcmp(is, should) != 0)
        fprintf(stderr, "\n---- is:\n%s---- should be:\n%s----\n", is, should);
}

/* From the first mark `from` to the first mark `to` after it; NULL: the flow does not have them. */
static struct explain *explain_as(struct run *r, unsigned from, unsigned to, enum phase_set phases)
{
    const struct flow_record *flow = recording_flow(r->rec, 1);
    const struct happening *a = flow_mark(flow, from, 0),
                           *b = a ? flow_mark(flow, to, (size_t)(a - flow_at(flow, 0))) : NULL;
    return b ? explain_new(flow, "setup_time", a, b, phases) : NULL;
}

static struct explain *explain(struct run *r, unsigned from, unsigned to)
{
    return explain_as(r, from, to, PHASES_NONE);
}

#define HEADER "phase\tpart\twhere\tstart_ns\tend_ns\n"

void test_explain_tsv(void)
{
    struct run r;
    start(&r);
    toy_run(&r.toy, true);
    struct explain *ex = explain(&r, MARK_INVITE_SENT, MARK_RINGBACK);
    CU_ASSERT_EQUAL(ex->end - ex->start, 68 * SIM_MS);
    explain_print_tsv(ex, r.out);
    check_same(r.out->str, HEADER "ASK\tpropagation\tAa\t1000000000\t1010000000\n"
                                  "ASK\tservice\tB\t1010000000\t1011000000\n"
                                  "LOOK\tpropagation\tDd\t1011000000\t1021000000\n"
                                  "SEEN\tpropagation\tDd\t1021000000\t1031000000\n"
                                  "SEEN\tservice\tB\t1031000000\t1032000000\n"
                                  "ASK\tpropagation\tAa\t1032000000\t1042000000\n"
                                  "200 OK (ASK)\tprocessing\tC\t1042000000\t1047000000\n"
                                  "200 OK (ASK)\tpropagation\tAa\t1047000000\t1057000000\n"
                                  "200 OK (ASK)\tservice\tB\t1057000000\t1058000000\n"
                                  "200 OK (ASK)\tpropagation\tAa\t1058000000\t1068000000\n");
    explain_free(ex);
    finish(&r);
}

static void mark(struct sim *sim, void *ctx, uint64_t id)
{
    (void)sim;
    node_mark(ctx, (uint32_t)id, 0);
}

/* A mark that is set while ASK is on its way to B: that part counts from there on only. */
void test_explain_clips(void)
{
    struct run r;
    start(&r);
    sim_at(r.toy.sim, 1 * SIM_S + 7 * SIM_MS, 1 | SIM_FLOW_RECORDED, 0, mark, r.toy.a, MARK_PROGRESS);
    toy_run(&r.toy, true);
    struct explain *ex = explain(&r, MARK_PROGRESS, MARK_ALERTED);
    CU_ASSERT_PTR_NOT_NULL(ex);
    explain_print_tsv(ex, r.out);
    check_same(r.out->str, HEADER "ASK\tpropagation\tAa\t1007000000\t1010000000\n"
                                  "ASK\tservice\tB\t1010000000\t1011000000\n"
                                  "LOOK\tpropagation\tDd\t1011000000\t1021000000\n"
                                  "SEEN\tpropagation\tDd\t1021000000\t1031000000\n"
                                  "SEEN\tservice\tB\t1031000000\t1032000000\n"
                                  "ASK\tpropagation\tAa\t1032000000\t1042000000\n");
    explain_free(ex);
    finish(&r);
}

/* Begins a chain of its own: what came before is nobody's but the user's. */
static void hang_up(struct sim *sim, void *ctx, uint64_t arg)
{
    (void)arg;
    sim_after(sim, 3 * SIM_MS, SIM_WHY(CAUSE_THINK, 0), "BYE", mark, ctx, MARK_BYE_SENT);
}

void test_explain_gap(void)
{
    struct run r;
    start(&r);
    sim_at(r.toy.sim, 2 * SIM_S, 1 | SIM_FLOW_RECORDED, 0, hang_up, r.toy.a, 0);
    toy_run(&r.toy, true);
    struct explain *ex = explain(&r, MARK_RINGBACK, MARK_BYE_SENT);
    explain_print_tsv(ex, r.out);
    check_same(r.out->str, HEADER "user\tuser\t\t1068000000\t2000000000\n"
                                  "BYE\tprocessing\tA\t2000000000\t2003000000\n");
    explain_free(ex);
    finish(&r);

    /* nobody dialled: the scenario did it */
    start(&r);
    sim_at(r.toy.sim, 1 * SIM_S, 1 | SIM_FLOW_RECORDED, 0, mark, r.toy.a, MARK_PROGRESS);
    sim_at(r.toy.sim, 2 * SIM_S, 1 | SIM_FLOW_RECORDED, 0, hang_up, r.toy.a, 0);
    sim_run(r.toy.sim, SIM_NEVER);
    ex = explain(&r, MARK_PROGRESS, MARK_BYE_SENT);
    explain_print_tsv(ex, r.out);
    check_same(r.out->str, HEADER "scenario\tscenario\t\t1000000000\t2000000000\n"
                                  "BYE\tprocessing\tA\t2000000000\t2003000000\n");
    explain_free(ex);
    finish(&r);
}

void test_explain_missing(void)
{
    struct run r;
    start(&r);
    toy_run(&r.toy, true);
    CU_ASSERT_PTR_NULL(explain(&r, MARK_INVITE_SENT, MARK_ANSWERED));
    CU_ASSERT_PTR_NULL(explain(&r, MARK_ANSWERED, MARK_RINGBACK));
    CU_ASSERT_PTR_NULL(explain(&r, MARK_RINGBACK, MARK_INVITE_SENT));
    struct explain *ex = explain(&r, MARK_DIALLED, MARK_INVITE_SENT); /* the same instant */
    CU_ASSERT_EQUAL(ex->parts->len, 0);
    explain_print_text(ex, &(struct term){0}, r.out);
    CU_ASSERT_PTR_NOT_NULL(strstr(r.out->str, "no time passes"));
    explain_free(ex);
    finish(&r);
}

void test_explain_text(void)
{
    struct run r;
    start(&r);
    toy_fault(&r.toy, FAULT_DROP, TOY_ASK, r.toy.b, 1);
    toy_run(&r.toy, true);
    struct explain *ex = explain(&r, MARK_INVITE_SENT, MARK_RINGBACK);
    explain_print_text(ex, &(struct term){.width = 80}, r.out);
    check_same(r.out->str,
               "setup_time: INVITE sent to ringback, both at A; call 1\n"
               "\n"
               "part           where           ms    share\n"
               "ASK                        11.000    9.3 %  ----\n"
               "  propagation  Aa A -> B   10.000    8.5 %  ####\n"
               "  service      B            1.000    0.8 %     #\n"
               "LOOK                       10.000    8.5 %     ----\n"
               "  propagation  Dd B -> D   10.000    8.5 %     ####\n"
               "SEEN                       11.000    9.3 %        ----\n"
               "  propagation  Dd D -> B   10.000    8.5 %        ####\n"
               "  service      B            1.000    0.8 %           #\n"
               "timer X                    50.000   42.4 %           -----------------\n"
               "  timer        B           50.000   42.4 %           #################\n"
               "ASK                        10.000    8.5 %                           ----\n"
               "  propagation  Aa B -> C   10.000    8.5 %                           ####\n"
               "200 OK (ASK)               26.000   22.0 %                              --------\n"
               "  processing   C            5.000    4.2 %                              ##\n"
               "  propagation  Aa C -> B   10.000    8.5 %                               ####\n"
               "  service      B            1.000    0.8 %                                  #\n"
               "  propagation  Aa B -> A   10.000    8.5 %                                  ####\n"
               "\n"
               "total                     118.000  100.0 %  ------------------------------------\n"
               "  propagation              60.000   50.8 %\n"
               "  service                   3.000    2.5 %\n"
               "  processing                5.000    4.2 %\n"
               "  timer                    50.000   42.4 %\n");
    explain_free(ex);
    finish(&r);
}

void test_explain_json(void)
{
    struct run r;
    start(&r);
    toy_run(&r.toy, true);
    struct explain *ex = explain(&r, MARK_INVITE_SENT, MARK_RINGBACK);
    explain_print_json(ex, r.out);
    CU_ASSERT_PTR_NOT_NULL(strstr(r.out->str, "\"interval\": \"setup_time\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(r.out->str, "\"total_ns\": 68000000"));
    CU_ASSERT_PTR_NOT_NULL(strstr(r.out->str, "\"phase\": \"LOOK\""));
    explain_free(ex);
    finish(&r);
}

/* ---- phases -------------------------------------------------------------------------------------------- */

static const char *phase_after(const struct phase **now, const char *subject, enum phase_side side)
{
    *now = phase_next(PHASES_CALL, *now, subject, side);
    return *now ? (*now)->name : "";
}

/* Phases are taken in their order and never again; what no list has stays where it is; a phase of the other side is passed
 * over. */
void test_explain_phases_go_forward(void)
{
    const struct phase *now = NULL;
    CU_ASSERT_STRING_EQUAL(phase_after(&now, "timer X", PHASE_SIDE_ANY), "");
    CU_ASSERT_STRING_EQUAL(phase_after(&now, NULL, PHASE_SIDE_ANY), "");
    CU_ASSERT_STRING_EQUAL(phase_after(&now, "INVITE", PHASE_SIDE_ANY), "INVITE transport");
    CU_ASSERT_STRING_EQUAL(phase_after(&now, "LIR", PHASE_SIDE_ANY), "INVITE transport");
    CU_ASSERT_STRING_EQUAL(phase_after(&now, "183 Session Progress", PHASE_SIDE_CALLED), "answer of the called phone");
    CU_ASSERT_STRING_EQUAL(phase_after(&now, "timer X", PHASE_SIDE_ANY), "answer of the called phone");
    CU_ASSERT_STRING_EQUAL(phase_after(&now, "AAR", PHASE_SIDE_CALLED), "policy and bearer, called side");
    CU_ASSERT_STRING_EQUAL(phase_after(&now, "INVITE", PHASE_SIDE_ANY), "policy and bearer, called side");
    CU_ASSERT_STRING_EQUAL(phase_after(&now, "183 Session Progress", PHASE_SIDE_ANY), "answer back");
    CU_ASSERT_STRING_EQUAL(phase_after(&now, "AAR", PHASE_SIDE_CALLER), "policy and bearer, caller's side");
    CU_ASSERT_STRING_EQUAL(phase_after(&now, "AAR", PHASE_SIDE_CALLED), "policy and bearer, caller's side");
    CU_ASSERT_STRING_EQUAL(phase_after(&now, "486 Busy Here (INVITE)", PHASE_SIDE_ANY), "refusal back");

    now = NULL; /* only the caller's network asks for policy */
    phase_after(&now, "INVITE", PHASE_SIDE_ANY);
    phase_after(&now, "183 Session Progress", PHASE_SIDE_CALLED);
    CU_ASSERT_STRING_EQUAL(phase_after(&now, "AAR", PHASE_SIDE_CALLER), "policy and bearer, caller's side");
}

/* Parts of a named phase say what they are about; what comes before the first phase belongs to it. */
void test_explain_named_phases(void)
{
    struct run r;
    start(&r);
    sim_at(r.toy.sim, 1 * SIM_S + 7 * SIM_MS, 1 | SIM_FLOW_RECORDED, 0, mark, r.toy.a, MARK_PROGRESS);
    toy_run(&r.toy, true);
    struct explain *ex = explain_as(&r, MARK_PROGRESS, MARK_ALERTED, PHASES_CALL);
    CU_ASSERT_STRING_EQUAL(g_array_index(ex->parts, struct explain_part, 0).phase, "ASK"); /* in no list */
    explain_free(ex);
    static const char *const subjects[] = {"ASK", "INVITE", "LOOK", "180 Ringing"};
    ex = explain_as(&r, MARK_PROGRESS, MARK_ALERTED, PHASES_NONE);
    for (guint i = 0; i < G_N_ELEMENTS(subjects); i++)
        g_array_index(ex->parts, struct explain_part, i).subject = subjects[i];
    g_array_set_size(ex->parts, G_N_ELEMENTS(subjects));
    ex->phases = PHASES_CALL;
    explain_name_phases(ex);
    explain_print_tsv(ex, r.out);
    check_same(r.out->str, HEADER "INVITE transport\tASK propagation\tAa\t1007000000\t1010000000\n"
                                  "INVITE transport\tINVITE service\tB\t1010000000\t1011000000\n"
                                  "INVITE transport\tLOOK propagation\tDd\t1011000000\t1021000000\n"
                                  "180 back\t180 Ringing propagation\tDd\t1021000000\t1031000000\n");
    explain_free(ex);
    finish(&r);
}

/* ---- any chain ----------------------------------------------------------------------------------------- */

/* A walk through random delays of random labels that now and then begins anew or skips time without a part.
 */
struct walk {
    struct node *node;
    uint64_t random;
    unsigned left;
};

static unsigned draw(struct walk *w, unsigned n)
{
    w->random = w->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(w->random >> 33) % n;
}

static void walk_on(struct sim *sim, void *ctx, uint64_t arg)
{
    struct walk *w = ctx;
    (void)arg;
    if (w->left-- == 0) {
        node_mark(w->node, MARK_RINGBACK, 0);
        return;
    }
    if (draw(w, 10) == 0)
        node_mark(w->node, MARK_PROGRESS, 0);
    sim_time delay = draw(w, 4) ? (sim_time)draw(w, 1000000) : 0;
    unsigned label = 1 + draw(w, CAUSE_LABEL_COUNT - 1), how = draw(w, 8);
    if (how == 0)
        sim_at(sim, sim->now + delay, sim->flow, 0, walk_on, w, 0); /* a new root */
    else if (how == 1)
        sim_at(sim, sim->now + delay, sim->flow, sim->cause, walk_on, w,
               0); /* time that nobody accounts for */
    else
        sim_after(sim, delay, SIM_WHY(label, w->node->id), "step", walk_on, w, 0);
}

static void walk_begin(struct sim *sim, void *ctx, uint64_t arg)
{
    struct walk *w = ctx;
    sim_flow_begin(sim, SIM_FLOW_RECORDED);
    node_mark(w->node, MARK_DIALLED, 0);
    node_mark(w->node, MARK_INVITE_SENT, 0);
    walk_on(sim, w, arg);
}

static void check_sums(const struct explain *ex)
{
    sim_time at = ex->start;
    for (guint i = 0; i < ex->parts->len; i++) {
        const struct explain_part *p = &g_array_index(ex->parts, struct explain_part, i);
        CU_ASSERT_EQUAL(p->start, at);
        CU_ASSERT_TRUE(p->end > p->start);
        at = p->end;
    }
    CU_ASSERT_EQUAL(at, ex->end);
}

void test_explain_sums_exactly(void)
{
    static const unsigned from[] = {MARK_INVITE_SENT, MARK_PROGRESS};
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct run r;
        start(&r);
        struct walk w = {.node = r.toy.a, .random = seed, .left = 30};
        sim_at(r.toy.sim, (sim_time)seed * 12345, 0, 0, walk_begin, &w, 0);
        sim_run(r.toy.sim, SIM_NEVER);
        for (size_t i = 0; i < G_N_ELEMENTS(from); i++) {
            struct explain *ex = explain(&r, from[i], MARK_RINGBACK);
            if (ex)
                check_sums(ex);
            CU_ASSERT_TRUE(ex != NULL || from[i] == MARK_PROGRESS);
            explain_free(ex);
        }
        finish(&r);
    }
}
