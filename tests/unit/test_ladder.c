/* test_ladder.c - from trace records to a ladder: numbering, columns, repetitions, texts. */
#include "analysis/changes.h"
#include "analysis/ladder.h"
#include "analysis/precond_view.h"
#include "models/proto/sip/sip.h"
#include "tests/unit/sdp_call.h"
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

static const char *tsv(struct run *r, const struct ladder_opts *opts)
{
    struct ladder *l = ladder_new(recording_flow(r->rec, 1), opts);
    g_string_truncate(r->out, 0);
    ladder_print_tsv(l, r->out);
    ladder_free(l);
    return r->out->str;
}

static const char *text(struct run *r, const struct ladder_opts *opts, const struct ladder_text_opts *look)
{
    struct ladder *l = ladder_new(recording_flow(r->rec, 1), opts);
    g_string_truncate(r->out, 0);
    ladder_print_text(l, look, r->out);
    ladder_free(l);
    return r->out->str;
}

/* Compares, and shows what came when it is something else. */
static void check_same(const char *is, const char *should)
{
    CU_ASSERT_STRING_EQUAL(is, should);
    if (strcmp(is, should) != 0)
        fprintf(stderr, "\n---- is:\n%s---- should be:\n%s----\n", is, should);
}

#define HEADER                                                                                               \
    "step\tsent_ns\treceived_ns\tinterface\tprotocol\tfrom\tto\tmessage\toffer_answer\tdetail\tclause\n"

/* ---- records --------------------------------------------------------------------------------------- */

void test_ladder_records_flows(void)
{
    struct run r;
    start(&r);
    toy_run(&r.toy, false);
    CU_ASSERT_EQUAL(recording_count(r.rec), 0);
    finish(&r);

    start(&r);
    toy_run(&r.toy, true);
    CU_ASSERT_EQUAL(recording_count(r.rec), 1);
    CU_ASSERT_PTR_NULL(recording_flow(r.rec, 0));
    CU_ASSERT_PTR_NULL(recording_flow(r.rec, 2));
    const struct flow_record *f = recording_flow(r.rec, 1);
    CU_ASSERT_EQUAL(f->n, 1);
    CU_ASSERT_EQUAL(flow_at(f, 0)->mark.id, MARK_DIALLED);
    CU_ASSERT_EQUAL(flow_mark(f, MARK_RINGBACK, 0)->time, 1068 * SIM_MS);
    CU_ASSERT_PTR_NULL(flow_mark(f, MARK_ANSWERED, 0));
    CU_ASSERT_PTR_NULL(flow_mark(f, MARK_DIALLED, 1));
    finish(&r);
}

/* ---- numbering --------------------------------------------------------------------------------------- */

void test_ladder_tsv_by_message(void)
{
    struct run r;
    start(&r);
    toy_run(&r.toy, true);
    check_same(tsv(&r, &(struct ladder_opts){.order = LADDER_BY_MESSAGE}),
               HEADER "1\t1000000000\t1010000000\tAa\tToy\tA\tB\tASK\tO1\t\t\n"
                      "2\t1032000000\t1042000000\tAa\tToy\tB\tC\tASK\tO1\t\t\n"
                      "3\t1011000000\t1021000000\tAa\tToy\tB\tA\t100 Wait\t\t\t\n"
                      "4\t1011000000\t1021000000\tDd\tLook\tB\tD\tLOOK\t\t\t\n"
                      "5\t1021000000\t1031000000\tDd\tLook\tD\tB\tSEEN\t\t\t\n"
                      "6\t1047000000\t1057000000\tAa\tToy\tC\tB\t200 OK (ASK)\t\tfine\t\n"
                      "7\t1058000000\t1068000000\tAa\tToy\tB\tA\t200 OK (ASK)\t\tfine\t\n");
    finish(&r);
}

void test_ladder_tsv_by_time(void)
{
    struct run r;
    start(&r);
    toy_run(&r.toy, true);
    struct ladder *l = ladder_new(recording_flow(r.rec, 1), &(struct ladder_opts){.order = LADDER_BY_TIME});
    const char *names[] = {"ASK", "100 Wait", "LOOK", "SEEN", "ASK", "200 OK (ASK)", "200 OK (ASK)"};
    CU_ASSERT_EQUAL(l->steps->len, G_N_ELEMENTS(names));
    CU_ASSERT_EQUAL(l->groups->len, 5);
    for (guint i = 0; i < l->steps->len; i++) {
        CU_ASSERT_STRING_EQUAL(ladder_step(l, i)->name, names[i]);
        CU_ASSERT_EQUAL(ladder_step(l, i)->number, i + 1);
        CU_ASSERT_TRUE(i == 0 || ladder_sent(l, ladder_step(l, i - 1))->time <=
                                     ladder_sent(l, ladder_step(l, i))->time);
    }
    /* the second hop of ASK knows the first although others stand between */
    CU_ASSERT_EQUAL(ladder_step(l, 4)->before, 0);
    CU_ASSERT_EQUAL(ladder_step(l, 0)->before, -1);
    ladder_free(l);
    finish(&r);
}

void test_ladder_filters(void)
{
    static const char *const toy[] = {"Toy", NULL}, *const wait[] = {"100 Wait", NULL};
    struct ladder_opts opts = {.protocols = toy, .hide = wait};
    struct run r;
    start(&r);
    toy_run(&r.toy, true);
    check_same(tsv(&r, &opts), HEADER "1\t1000000000\t1010000000\tAa\tToy\tA\tB\tASK\tO1\t\t\n"
                                      "2\t1032000000\t1042000000\tAa\tToy\tB\tC\tASK\tO1\t\t\n"
                                      "3\t1047000000\t1057000000\tAa\tToy\tC\tB\t200 OK (ASK)\t\tfine\t\n"
                                      "4\t1058000000\t1068000000\tAa\tToy\tB\tA\t200 OK (ASK)\t\tfine\t\n");
    struct ladder *l = ladder_new(recording_flow(r.rec, 1), &opts);
    CU_ASSERT_EQUAL(l->nodes->len, 3); /* D has no arrow, so no column */
    ladder_free(l);
    opts.all = true;
    l = ladder_new(recording_flow(r.rec, 1), &opts);
    CU_ASSERT_EQUAL(l->steps->len, 7);
    ladder_free(l);
    finish(&r);
}

void test_ladder_columns(void)
{
    struct run r;
    start(&r);
    toy_run(&r.toy, true);
    struct ladder *l = ladder_new(recording_flow(r.rec, 1), &(struct ladder_opts){0});
    /* D, which is only asked, stands beside B that asks it, and the path goes on behind */
    const struct node *order[] = {r.toy.a, r.toy.b, r.toy.d, r.toy.c};
    CU_ASSERT_EQUAL(l->nodes->len, 4);
    for (guint i = 0; i < l->nodes->len && i < 4; i++)
        CU_ASSERT_PTR_EQUAL(g_ptr_array_index(l->nodes, i), order[i]);
    CU_ASSERT_EQUAL(ladder_step(l, 1)->from, 1);
    CU_ASSERT_EQUAL(ladder_step(l, 1)->to, 3);
    ladder_free(l);
    finish(&r);
}

/* ---- repetitions ------------------------------------------------------------------------------------- */

void test_ladder_repetition(void)
{
    static const char *const toy[] = {"Toy", NULL}, *const wait[] = {"100 Wait", NULL};
    struct run r;
    start(&r);
    toy_fault(&r.toy, FAULT_DROP, TOY_ASK, r.toy.b, 1);
    toy_run(&r.toy, true);
    check_same(tsv(&r, &(struct ladder_opts){.protocols = toy, .hide = wait}),
               HEADER "1\t1000000000\t1010000000\tAa\tToy\tA\tB\tASK\tO1\t\t\n"
                      "2\t1032000000\t\tAa\tToy\tB\tC\tASK\tO1\tdropped by a fault\t\n"
                      "3\t1082000000\t1092000000\tAa\tToy\tB\tC\tASK\tO1\ttransmission 2\t\n"
                      "4\t1097000000\t1107000000\tAa\tToy\tC\tB\t200 OK (ASK)\t\tfine\t\n"
                      "5\t1108000000\t1118000000\tAa\tToy\tB\tA\t200 OK (ASK)\t\tfine\t\n");
    struct ladder *l =
        ladder_new(recording_flow(r.rec, 1), &(struct ladder_opts){.protocols = toy, .hide = wait});
    CU_ASSERT_EQUAL(l->groups->len, 3); /* the repetition is a message of its own */
    CU_ASSERT_EQUAL(ladder_step(l, 2)->before, -1);
    ladder_free(l);
    finish(&r);
}

void test_ladder_duplicate(void)
{
    static const char *const toy[] = {"Toy", NULL}, *const wait[] = {"100 Wait", NULL};
    struct run r;
    start(&r);
    toy_fault(&r.toy, FAULT_DUPLICATE, TOY_ASK, r.toy.a, 1);
    toy_run(&r.toy, true);
    /* what B forwards follows the original, not the copy */
    check_same(tsv(&r, &(struct ladder_opts){.protocols = toy, .hide = wait}),
               HEADER "1\t1000000000\t1010000000\tAa\tToy\tA\tB\tASK\tO1\t\t\n"
                      "2\t1032000000\t1042000000\tAa\tToy\tB\tC\tASK\tO1\t\t\n"
                      "3\t1000000000\t1010000000\tAa\tToy\tA\tB\tASK\tO1\tduplicate\t\n"
                      "4\t1047000000\t1057000000\tAa\tToy\tC\tB\t200 OK (ASK)\t\tfine\t\n"
                      "5\t1058000000\t1068000000\tAa\tToy\tB\tA\t200 OK (ASK)\t\tfine\t\n");
    finish(&r);
}

static void hand_over(struct sim *sim, void *ctx, uint64_t arg)
{
    struct toy_net *t = ctx;
    struct msg *m = toy_msg(t, TOY_ASK, 9);
    (void)arg;
    sim_flow_begin(sim, SIM_FLOW_RECORDED);
    node_internal(t->b, t->b, TOY_AA, m);
    node_send(t->a, t->b, TOY_AA, m);
}

void test_ladder_internal(void)
{
    struct run r;
    start(&r);
    r.toy.asked = true; /* B takes it and does nothing */
    sim_at(r.toy.sim, 0, 0, 0, hand_over, &r.toy, 0);
    sim_run(r.toy.sim, SIM_NEVER);
    check_same(tsv(&r, &(struct ladder_opts){.all = true}),
               HEADER "1\t0\t10000000\tAa\tToy\tA\tB\tASK\tO1\t\t\n");
    struct ladder_text_opts look = {.term = {.width = 80}};
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text(&r, &(struct ladder_opts){.all = true}, &look), "B hands ASK over inside the box (Aa)"));
    CU_ASSERT_PTR_NULL(strstr(text(&r, &(struct ladder_opts){0}, &look), "hands"));
    finish(&r);
}

/* ---- the text form ----------------------------------------------------------------------------------- */

void test_ladder_text(void)
{
    static const char *const toy[] = {"Toy", NULL}, *const wait[] = {"100 Wait", NULL};
    struct run r;
    start(&r);
    toy_fault(&r.toy, FAULT_DROP, TOY_ASK, r.toy.b, 1);
    toy_run(&r.toy, true);
    check_same(text(&r, &(struct ladder_opts){.protocols = toy, .hide = wait},
                    &(struct ladder_text_opts){.term = {.width = 60}, .title = "Toy"}),
               "Toy\n"
               "call 1, message by message; ms since 1.000000000 s\n"
               "\n"
               "#       ms  A                      B                      C\n"
               "            |                      |                      |\n"
               "     0.000  o the user dials at A  |                      |\n"
               " 1   0.000  |------ASK (O1)------->|                      |\n"
               " 2  32.000  |                      |------ASK (O1)-------x|\n"
               "            |                      |                      |\n"
               " 3  82.000  |                      |-----ASK (O1) #2----->|\n"
               "    92.000  |                      |    C alerts the user *\n"
               "            |                      |                      |\n"
               " 4  97.000  |                      |<-----200 OK (ASK)----|\n"
               " 5 108.000  |<-----200 OK (ASK)----|                      |\n"
               "   118.000  o A plays ringback     |                      |\n"
               "            |                      |                      |\n"
               "            A                      B                      C\n"
               "\n"
               "3 messages, 5 hops, 1 lost, 1 repeated\n"
               "INVITE sent to 180 received (setup_time): 118.000 ms\n"
               "C alerts the user at 92.000 ms, after INVITE sent (alert_time): 92.000 ms\n");
    finish(&r);
}

void test_ladder_text_events_by_time(void)
{
    struct run r;
    start(&r);
    toy_run(&r.toy, true);
    const char *shown = text(&r, &(struct ladder_opts){.order = LADDER_BY_TIME},
                             &(struct ladder_text_opts){.term = {.width = 90}});
    const char *order[] = {"dials", "ASK",    "100 Wait", "LOOK",   "SEEN",
                           "ASK",   "alerts", "200 OK",   "200 OK", "ringback"};
    for (size_t i = 0; i < G_N_ELEMENTS(order) && shown; i++) {
        shown = strstr(shown, order[i]);
        CU_ASSERT_PTR_NOT_NULL(shown);
        shown += shown ? strlen(order[i]) : 0;
    }
    finish(&r);
}

/* Six nodes named like those of the document, a message to and fro with the longest names. */
static void six_nodes(struct run *r)
{
    static const char *const names[] = {"UE-1", "P-CSCF1", "I/S-CSCF1", "I/S-CSCF2", "P-CSCF2", "UE-2"};
    static const unsigned types[] = {TOY_ASK, TOY_OK};
    struct node *n[6];
    start(r);
    for (int i = 0; i < 6; i++)
        n[i] = toy_node(&r->toy, names[i], 1, toy_rx_a);
    sim_flow_begin(r->toy.sim, SIM_FLOW_RECORDED);
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < 5; i++)
            node_send(n[k ? 5 - i : i], n[k ? 4 - i : i + 1], TOY_AA, toy_msg(&r->toy, types[k], 1));
    node_mark(n[0], MARK_DIALLED, 0);
    node_mark(n[5], MARK_ALERTED, 0);
    node_note(
        n[3], NOTE_TEXT,
        "a rather long remark that has to be broken into several lines when the page is not wide enough",
        NULL);
    sim_run(r->toy.sim, SIM_NEVER);
}

static size_t widest_line(const char *shown)
{
    glong widest = 0;
    char **lines = g_strsplit(shown, "\n", -1);
    for (char **line = lines; *line; line++)
        widest = MAX(widest, g_utf8_strlen(*line, -1));
    g_strfreev(lines);
    return (size_t)widest;
}

void test_ladder_text_fits(void)
{
    struct run r;
    six_nodes(&r);
    for (unsigned width = 100; width <= 200; width += 4)
        for (int utf8 = 0; utf8 < 2; utf8++) {
            struct ladder_text_opts look = {
                .term = {.width = width, .utf8 = utf8}
            };
            const char *shown = text(&r, &(struct ladder_opts){0}, &look);
            CU_ASSERT_TRUE(widest_line(shown) <= width);
            CU_ASSERT_PTR_NOT_NULL(strstr(shown, utf8 ? "ASK (O1)\u2500" : "ASK (O1)-"));
            CU_ASSERT_PTR_NOT_NULL(strstr(shown, utf8 ? "\u25c6" : "*"));
            CU_ASSERT_EQUAL(strchr(shown, '\033'), NULL);
            for (const char *c = shown; !utf8 && *c; c++)
                if ((unsigned char)*c >= 0x80)
                    CU_FAIL("not ASCII");
        }
    finish(&r);
}

void test_ladder_text_colour(void)
{
    struct run r;
    six_nodes(&r);
    struct ladder_text_opts look = {
        .term = {.width = 120, .utf8 = true}
    };
    char *plain = g_strdup(text(&r, &(struct ladder_opts){0}, &look));
    look.term.colour = true;
    const char *coloured = text(&r, &(struct ladder_opts){0}, &look);
    CU_ASSERT_PTR_NOT_NULL(strstr(coloured, "\033[36m")); /* request */
    CU_ASSERT_PTR_NOT_NULL(strstr(coloured, "\033[32m")); /* success */
    /* without the codes it is the same text */
    GString *stripped = g_string_new(NULL);
    for (const char *c = coloured; *c; c++) {
        if (*c == '\033')
            c = strchr(c, 'm');
        else
            g_string_append_c(stripped, *c);
    }
    check_same(stripped->str, plain);
    g_string_free(stripped, TRUE);
    g_free(plain);
    finish(&r);
}

void test_ladder_text_blocks(void)
{
    static const char *const toy[] = {"Toy", NULL}, *const wait[] = {"100 Wait", "200 OK (ASK)", NULL};
    struct run r;
    start(&r);
    toy_run(&r.toy, true);
    const char *shown =
        text(&r, &(struct ladder_opts){.protocols = toy, .hide = wait},
             &(struct ladder_text_opts){.term = {.width = 60}, .messages = true, .changes = true});
    /* the wire text under the first hop, what the second changed under the second */
    CU_ASSERT_PTR_NOT_NULL(
        strstr(shown, "                ASK toy/1\n                Hops: 1\n\n                hello\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(shown, "                ~ Hops: 1 -> 2\n"));
    CU_ASSERT_PTR_NULL(strstr(shown, "Hops: 2\n                hello"));
    finish(&r);
}

/* ---- what a hop changed ---------------------------------------------------------------------------------
 */

void test_ladder_changes(void)
{
    GString *out = g_string_new(NULL);
    changes_print("ASK x\r\nVia: b\r\nVia: a\r\nMax: 70\r\nGone: 1\r\n\r\nv=0\r\ns=1\r\n",
                  "ASK y\r\nVia: c\r\nVia: b\r\nVia: a\r\nMax: 69\r\nNew: 2\r\n\r\nv=0\r\ns=2\r\n", true,
                  out);
    check_same(out->str, "~ ASK x \u2192 ASK y\n+ Via: c\n~ Max: 70 \u2192 69\n+ New: 2\n- body: s=1\n+ "
                         "body: s=2\n- Gone: 1\n");
    g_string_truncate(out, 0);
    changes_print("ASK x\r\nVia: b\r\n\r\n", "ASK x\r\nVia: b\r\n\r\n", true, out);
    CU_ASSERT_STRING_EQUAL(out->str, "");
    g_string_free(out, TRUE);
}

void test_ladder_changes_lists(void)
{
    GString *out = g_string_new(NULL);
    /* a comma separated header is a list; commas in quotes and brackets do not separate */
    changes_print("ASK\r\nRoute: <sip:a;lr>, <sip:b;lr>\r\nId: \"One, Two\" <sip:x,y>\r\n\r\n",
                  "ASK\r\nRoute: <sip:b;lr>\r\nId: \"One, Two\" <sip:x,y>, <tel:1>\r\n\r\n", false, out);
    check_same(out->str, "- Route: <sip:a;lr>\n+ Id: <tel:1>\n");
    g_string_free(out, TRUE);
}

/* ---- preconditions ---------------------------------------------------------------------------------------
 */

/* Two phones, one SIP message each way with a description, and what the phones say of themselves. */
struct phones {
    struct sim *sim;
    struct net *net;
    struct node *ue[2];
    struct sip_stack *sip;
    struct recording *rec;
    struct call call;
};

static void ignore(struct node *n, struct msg *m, struct node *from, uint16_t iface)
{
    (void)n;
    (void)m;
    (void)from;
    (void)iface;
}

static void phones_init(struct phones *p)
{
    static const struct net_iface ifaces[] = {
        {"Gm", "SIP", 1, 1}
    };
    static const sim_time timers[TIMER_COUNT];
    call_init(&p->call);
    p->sim = sim_new(&(struct sim_opts){.seed = 1});
    p->net = net_new(p->sim, ifaces, 1);
    p->net->link_cfg = toy_link;
    p->sip = sip_stack_new(p->net, timers);
    sip_add_host(p->sip, "home.example", NULL);
    for (int i = 0; i < 2; i++) {
        p->ue[i] = net_add_node(p->net, i ? "UE-2" : "UE-1", 1);
        p->ue[i]->rx = ignore;
        sip_add_party(p->sip, &(struct sip_party){.user = "u", .address = "192.0.2.1", .port = 5060});
    }
    p->rec = recording_new(p->sim, p->net, 0);
}

static void phones_clear(struct phones *p)
{
    recording_free(p->rec);
    net_free(p->net);
    sip_stack_free(p->sip);
    sim_free(p->sim);
    call_clear(&p->call);
}

static void phones_send(struct phones *p, int from, uint16_t status, struct sdp *sdp)
{
    struct sip_msg *m = sip_request(p->sip, SIP_INVITE);
    m->status = status;
    m->call_id = 1;
    m->ruri = m->from = m->to = (struct sip_uri){.kind = SIP_URI_IDENTITY};
    m->sdp = sdp_ref(sdp);
    sip_seal(p->sip, m);
    node_send(p->ue[from], p->ue[!from], 0, &m->m);
}

void test_ladder_precond_view(void)
{
    struct phones p;
    phones_init(&p);
    sim_flow_begin(p.sim, SIM_FLOW_RECORDED);
    sdp_session_set_ready(&p.call.b, true);
    p.call.offer = sdp_session_offer(&p.call.a);
    node_note(p.ue[0], NOTE_SDP_SENT, "", &p.call.a);
    phones_send(&p, 0, 0, p.call.offer);
    sdp_session_take_offer(&p.call.b, p.call.offer);
    p.call.answer = sdp_session_answer(&p.call.b);
    node_note(p.ue[1], NOTE_SDP_SENT, "", &p.call.b);
    phones_send(&p, 1, 183, p.call.answer);
    node_note(p.ue[1], NOTE_BLOCKED, "", &p.call.b);
    sdp_session_take_answer(&p.call.a, p.call.answer);
    sdp_session_set_ready(&p.call.a, true);
    node_note(p.ue[0], NOTE_READY, "", &p.call.a);
    sim_run(p.sim, SIM_NEVER);

    GString *out = g_string_new(NULL);
    precond_view_print(recording_flow(p.rec, 1), &(struct term){.width = 100}, out);
    check_same(out->str,
               "Preconditions of call 1 (RFC 3312); each table is in the view of its sender\n"
               "\n"
               "  0.000 ms  O1 in INVITE UE-1 -> UE-2, arrives at 10.000 ms\n"
               "              audio inactive, video inactive\n"
               "              stream  segment  current   desired                        confirm\n"
               "              audio   local    none      optional sendrecv              -\n"
               "                      remote   none      optional sendrecv              -\n"
               "              video   local    none      optional sendrecv              -\n"
               "                      remote   none      optional sendrecv              -\n"
               "\n"
               "  0.000 ms  A1 in 183 Session Progress UE-2 -> UE-1, arrives at 10.000 ms\n"
               "              audio inactive, video inactive\n"
               "              stream  segment  current   desired                        confirm\n"
               "              audio   local    sendrecv  optional sendrecv              -\n"
               "                      remote   none      optional sendrecv              sendrecv\n"
               "              video   local    sendrecv  optional sendrecv              -\n"
               "                      remote   none      optional sendrecv              sendrecv\n"
               "\n"
               "  0.000 ms  UE-2 is blocked\n"
               "              audio: waits for the peer's confirmation that it has resources (send, recv)\n"
               "              video: waits for the peer's confirmation that it has resources (send, recv)\n"
               "\n"
               "  0.000 ms  UE-1 has its resources reserved\n"
               "\n");
    g_string_free(out, TRUE);
    phones_clear(&p);
}

void test_ladder_blocked_in_words(void)
{
    struct phones p;
    phones_init(&p);
    sim_flow_begin(p.sim, SIM_FLOW_RECORDED);
    p.call.offer = sdp_session_offer(&p.call.a);
    phones_send(&p, 0, 0, p.call.offer);
    sdp_session_take_offer(&p.call.b, p.call.offer);
    p.call.answer = sdp_session_answer(&p.call.b);
    node_note(p.ue[1], NOTE_BLOCKED, "", &p.call.b);
    sdp_session_set_ready(&p.call.b, true); /* later: the note tells how it was */
    sim_run(p.sim, SIM_NEVER);
    struct ladder *l = ladder_new(recording_flow(p.rec, 1), &(struct ladder_opts){0});
    CU_ASSERT_EQUAL(l->events->len, 1);
    CU_ASSERT_STRING_EQUAL(g_array_index(l->events, struct ladder_event, 0).text,
                           "UE-2 waits for own resources and the peer's confirmation");
    ladder_free(l);
    phones_clear(&p);
}
