/* test_ladder_formats.c - the drawn forms of the ladder: where things stand, and that tools can read them. */
#include "analysis/ladder.h"
#include "analysis/ladder_layout.h"
#include "tests/unit/toy_net.h"

#include <CUnit/CUnit.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <math.h>
#include <string.h>

#define TEST(suite, function) void function(void);
#include "tests/ladder.list"
#undef TEST

struct run {
    struct toy_net toy;
    struct recording *rec;
    struct ladder *ladder;
    GString *out;
};

static void start(struct run *r)
{
    toy_init(&r->toy);
    r->rec = recording_new(r->toy.sim, r->toy.net, 0);
    r->out = g_string_new(NULL);
}

/* Runs, and makes the ladder in r->ladder. */
static void play(struct run *r, enum ladder_order order)
{
    toy_run(&r->toy, true);
    r->ladder = ladder_new(recording_flow(r->rec, 1), &(struct ladder_opts){.order = order});
}

static void finish(struct run *r)
{
    ladder_free(r->ladder);
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

/* Three ASKs at once, while two OKs come the other way, and one more ASK three seconds later. */
static void send_burst(struct sim *sim, void *ctx, uint64_t again)
{
    struct toy_net *t = ctx;
    for (int i = 0; i < 3; i++)
        node_send(t->a, t->b, TOY_AA, toy_msg(t, TOY_WAIT, 1));
    for (int i = 0; i < 2; i++)
        node_send(t->b, t->a, TOY_AA, toy_msg(t, TOY_WAIT, 1));
    if (again)
        sim_after(sim, 3 * SIM_S, SIM_WHY(CAUSE_THINK, t->a->id), "again", send_burst, t, 0);
}

static void begin_burst(struct sim *sim, void *ctx, uint64_t arg)
{
    (void)arg;
    sim_flow_begin(sim, SIM_FLOW_RECORDED);
    ((struct toy_net *)ctx)->asked = true; /* so that B says no more */
    send_burst(sim, ctx, 1);
}

static void play_burst(struct run *r)
{
    sim_at(r->toy.sim, 1 * SIM_S, 0, 0, begin_burst, &r->toy, 0);
    sim_run(r->toy.sim, SIM_NEVER);
    r->ladder = ladder_new(recording_flow(r->rec, 1), &(struct ladder_opts){.order = LADDER_BY_TIME});
}

/* ---- layout --------------------------------------------------------------------------------------- */

static const struct layout_instant *instant(const struct ladder_layout *p, unsigned i)
{
    return &g_array_index(p->instants, struct layout_instant, i);
}

static const struct layout_item *item(const struct ladder_layout *p, unsigned i)
{
    return &g_array_index(p->items, struct layout_item, i);
}

/* Later is lower, and nothing leaves its instant. */
static void check_time(const struct ladder_layout *p)
{
    for (unsigned i = 1; i < p->instants->len; i++) {
        CU_ASSERT_TRUE(instant(p, i)->time > instant(p, i - 1)->time);
        CU_ASSERT_TRUE(instant(p, i)->y > instant(p, i - 1)->y + instant(p, i - 1)->height);
    }
    for (unsigned i = 0; i < p->items->len; i++) {
        const struct layout_item *it = item(p, i);
        const struct layout_instant *begin = instant(p, it->start), *end = instant(p, it->end);
        CU_ASSERT_TRUE(it->y1 >= begin->y && it->y1 <= begin->y + begin->height);
        if (it->is_event)
            continue;
        const struct ladder_step *s = ladder_step(p->ladder, it->index);
        const struct happening *h = ladder_sent(p->ladder, s);
        CU_ASSERT_EQUAL(begin->time, h->time);
        CU_ASSERT_EQUAL(it->x1, p->column[s->from]);
        CU_ASSERT_EQUAL(it->x2, p->column[s->to]);
        if (h->hop.outcome != OUTCOME_DELIVERED)
            continue;
        CU_ASSERT_EQUAL(end->time, h->hop.arrival);
        CU_ASSERT_TRUE(it->y2 >= end->y && it->y2 <= end->y + end->height);
    }
}

/* The height of an arrow's text at x. */
static double text_at(const struct layout_item *it, double x)
{
    double slope = (it->y2 - it->y1) / (it->x2 - it->x1);
    return it->text_y + slope * (x - (it->text_x1 + it->text_x2) / 2);
}

static void check_texts_apart(const struct ladder_layout *p)
{
    for (unsigned i = 0; i < p->items->len; i++)
        for (unsigned k = 0; k < i; k++) {
            const struct layout_item *a = item(p, k), *b = item(p, i);
            double x1 = MAX(a->text_x1, b->text_x1), x2 = MIN(a->text_x2, b->text_x2);
            if (a->is_event || b->is_event || x1 >= x2)
                continue;
            double left = text_at(b, x1) - text_at(a, x1), right = text_at(b, x2) - text_at(a, x2);
            CU_ASSERT_TRUE(MIN(left, right) >= 11 || MAX(left, right) <= -11);
        }
}

void test_ladder_layout_time_goes_down(void)
{
    for (int fault = 0; fault < 3; fault++) {
        struct run r;
        start(&r);
        if (fault)
            toy_fault(&r.toy, fault == 1 ? FAULT_DROP : FAULT_DUPLICATE, TOY_ASK, r.toy.b, 1);
        play(&r, LADDER_BY_MESSAGE);
        struct ladder_layout *p = ladder_layout_new(r.ladder, 100);
        CU_ASSERT_EQUAL(p->items->len, r.ladder->steps->len + r.ladder->events->len);
        CU_ASSERT_TRUE(p->instants->len > 5);
        CU_ASSERT_TRUE(instant(p, 0)->y > 100);
        check_time(p);
        check_texts_apart(p);
        ladder_layout_free(p);
        finish(&r);
    }
}

void test_ladder_layout_order_is_only_numbers(void)
{
    struct run r[2];
    struct ladder_layout *p[2];
    for (int i = 0; i < 2; i++) {
        start(&r[i]);
        play(&r[i], i ? LADDER_BY_TIME : LADDER_BY_MESSAGE);
        p[i] = ladder_layout_new(r[i].ladder, 0);
    }
    CU_ASSERT_EQUAL(p[0]->instants->len, p[1]->instants->len);
    for (unsigned i = 0; i < p[0]->instants->len; i++)
        CU_ASSERT_EQUAL(instant(p[0], i)->time, instant(p[1], i)->time);
    CU_ASSERT_EQUAL(p[0]->bottom, p[1]->bottom);
    for (int i = 0; i < 2; i++) {
        ladder_layout_free(p[i]);
        finish(&r[i]);
    }
}

void test_ladder_layout_at_the_same_instant(void)
{
    struct run r;
    start(&r);
    play_burst(&r);
    CU_ASSERT_EQUAL(r.ladder->steps->len, 10);
    struct ladder_layout *p = ladder_layout_new(r.ladder, 0);
    check_time(p);
    check_texts_apart(p);
    CU_ASSERT_TRUE(instant(p, 0)->height > 0);
    ladder_layout_free(p);
    finish(&r);
}

void test_ladder_layout_shortens_pauses(void)
{
    struct run r;
    unsigned broken = 0;
    start(&r);
    play_burst(&r);
    struct ladder_layout *p = ladder_layout_new(r.ladder, 0);
    for (unsigned i = 1; i < p->instants->len; i++)
        if (instant(p, i)->broken) {
            broken++;
            CU_ASSERT_TRUE(instant(p, i)->time - instant(p, i - 1)->time > 2 * SIM_S);
            CU_ASSERT_TRUE(instant(p, i)->before < 60);
        }
    CU_ASSERT_EQUAL(broken, 1);
    ladder_print_svg(r.ladder, NULL, r.out);
    CU_ASSERT_PTR_NOT_NULL(strstr(r.out->str, "class=\"break\">2.99 s<"));
    ladder_layout_free(p);
    finish(&r);
}

void test_ladder_text_widths(void)
{
    CU_ASSERT_EQUAL(ladder_text_width("", 10), 0);
    CU_ASSERT_TRUE(ladder_text_width("ii", 10) < ladder_text_width("WW", 10));
    CU_ASSERT_TRUE(ladder_text_width("INVITE", 20) == 2 * ladder_text_width("INVITE", 10));
    CU_ASSERT_TRUE(ladder_text_width("\xc3\xa9", 10) < 10); /* one letter */
}

/* ---- SVG ------------------------------------------------------------------------------------------- */

/* Values of an XPath expression, one a line. */
static char *values(const GString *svg, const char *expression)
{
    xmlDoc *doc = xmlReadMemory(svg->str, (int)svg->len, "ladder.svg", NULL, XML_PARSE_NONET);
    GString *text = g_string_new(NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(doc);
    xmlXPathContext *context = xmlXPathNewContext(doc);
    xmlXPathRegisterNs(context, BAD_CAST "s", BAD_CAST "http://www.w3.org/2000/svg");
    xmlXPathObject *found = xmlXPathEvalExpression(BAD_CAST expression, context);
    CU_ASSERT_PTR_NOT_NULL_FATAL(found);
    for (int i = 0; found->nodesetval && i < found->nodesetval->nodeNr; i++) {
        xmlChar *value = xmlNodeGetContent(found->nodesetval->nodeTab[i]);
        g_string_append_printf(text, "%s\n", (const char *)value);
        xmlFree(value);
    }
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    xmlFreeDoc(doc);
    return g_string_free(text, FALSE);
}

static void check_values(const GString *svg, const char *expression, const char *should)
{
    char *is = values(svg, expression);
    check_same(is, should);
    g_free(is);
}

static unsigned count_values(const GString *svg, const char *expression)
{
    char *is = values(svg, expression);
    unsigned count = 0;
    for (const char *c = is; *c; c++)
        count += *c == '\n';
    g_free(is);
    return count;
}

void test_ladder_svg(void)
{
    struct run r;
    start(&r);
    play(&r, LADDER_BY_MESSAGE);
    ladder_print_svg(r.ladder, "Toy", r.out);
    check_values(r.out, "/s:svg/s:title | /s:svg/s:text[@class='title' or @class='about']",
                 "Toy\nToy\ncall 1: 5 messages, 7 hops, numbered message by message; time in ms since "
                 "1.000000000 s\n");
    /* a box at both ends */
    check_values(r.out, "//s:text[@class='name']", "A\nB\nD\nC\nA\nB\nD\nC\n");
    check_values(
        r.out, "//s:g/@class[starts-with(., 'hop')]",
        "hop request\nhop provisional\nhop request\nhop request\nhop request\nhop success\nhop success\n");
    /* in the order of time */
    check_values(
        r.out, "//s:g[starts-with(@class, 'hop')]/s:title",
        "1 ASK (O1)\nA to B over Aa (Toy)\nsent at 0.000 ms, received at 10.000 ms\n40 bytes\n"
        "3 100 Wait\nB to A over Aa (Toy)\nsent at 11.000 ms, received at 21.000 ms\n40 bytes\n"
        "4 LOOK\nB to D over Dd (Look)\nsent at 11.000 ms, received at 21.000 ms\n40 bytes\n"
        "5 SEEN\nD to B over Dd (Look)\nsent at 21.000 ms, received at 31.000 ms\n40 bytes\n"
        "2 ASK (O1)\nB to C over Aa (Toy)\nsent at 32.000 ms, received at 42.000 ms\n40 bytes\n"
        "6 200 OK (ASK)\nC to B over Aa (Toy)\nsent at 47.000 ms, received at 57.000 ms\n40 bytes\nfine\n"
        "7 200 OK (ASK)\nB to A over Aa (Toy)\nsent at 58.000 ms, received at 68.000 ms\n40 bytes\nfine\n");
    check_values(r.out, "//s:text[starts-with(@class, 'mark')]", "O1\nO1\nO1\n"); /* the last in the legend */
    check_values(r.out, "//s:text[starts-with(@class, 'turn')]", "C alerts the user\n");
    CU_ASSERT_EQUAL(count_values(r.out, "//s:script | //@href | //s:image | //@id"), 0);
    finish(&r);
}

void test_ladder_svg_loss(void)
{
    struct run r;
    start(&r);
    toy_fault(&r.toy, FAULT_DROP, TOY_ASK, r.toy.b, 1);
    play(&r, LADDER_BY_TIME);
    ladder_print_svg(r.ladder, NULL, r.out);
    CU_ASSERT_EQUAL(count_values(r.out, "//s:g/@class[starts-with(., 'hop')]"), r.ladder->steps->len);
    CU_ASSERT_EQUAL(count_values(r.out, "//s:g[starts-with(@class, 'hop')]/s:path[@class='cross']"), 1);
    CU_ASSERT_EQUAL(count_values(r.out, "//s:g[starts-with(@class, 'hop')]/s:path[@class='head']"),
                    r.ladder->steps->len - 1);
    check_values(
        r.out, "//s:g[@class='hop request repeated']/s:title",
        "6 ASK (O1), transmission 2\nB to C over Aa (Toy)\nsent at 82.000 ms, received at 92.000 ms\n"
        "40 bytes\ntransmission 2\n");
    check_values(r.out, "//s:g[s:path/@class='cross']/s:title",
                 "5 ASK (O1), lost\nB to C over Aa (Toy)\nsent at 32.000 ms, not received\n40 bytes\n"
                 "dropped by a fault\n");
    finish(&r);
}

/* The y of an arrow's tail and head are those of its times, as the axis shows them. */
void test_ladder_svg_arrows_fall(void)
{
    struct run r;
    start(&r);
    play(&r, LADDER_BY_TIME);
    ladder_print_svg(r.ladder, NULL, r.out);
    char *lines = values(r.out, "//s:g[starts-with(@class, 'hop')]/s:path[@class='line']/@d");
    double last = 0;
    unsigned count = 0;
    for (const char *line = lines; *line; line = strchr(line, '\n') + 1) {
        double x1, y1, x2, y2;
        CU_ASSERT_EQUAL(sscanf(line, "M%lf %lfL%lf %lf", &x1, &y1, &x2, &y2), 4);
        CU_ASSERT_TRUE(y2 > y1);
        CU_ASSERT_TRUE(y1 >= last);
        CU_ASSERT_TRUE(fabs(x2 - x1) > 50);
        last = y1;
        count++;
    }
    CU_ASSERT_EQUAL(count, r.ladder->steps->len);
    g_free(lines);
    finish(&r);
}

void test_ladder_svg_without_steps(void)
{
    static const char *const none[] = {"None", NULL};
    struct run r;
    start(&r);
    play(&r, LADDER_BY_TIME);
    ladder_free(r.ladder);
    r.ladder = ladder_new(recording_flow(r.rec, 1), &(struct ladder_opts){.protocols = none});
    ladder_print_svg(r.ladder, NULL, r.out);
    check_values(r.out, "//s:text",
                 "call 1: 0 messages, 0 hops, numbered message by message; time in ms since 1.000000000 s\n");
    finish(&r);
}

void test_ladder_formats_odd_names(void)
{
    const char *odd = "<a href=\"x\">&'#;%date()\\n ]]> **b** wrap: end\n\x01\x7f\xff\xc3\xa9";
    struct run r;
    start(&r);
    const char *name = r.toy.a->name;
    r.toy.a->name = odd;
    play(&r, LADDER_BY_TIME);
    ladder_print_svg(r.ladder, odd, r.out);
    check_values(r.out, "/s:svg/s:title",
                 "<a href=\"x\">&'#;%date()\\n ]]> **b** wrap: end\n  \xef\xbf\xbd\xc3\xa9\n");
    CU_ASSERT_EQUAL(count_values(r.out, "//s:a"), 0);

    g_string_truncate(r.out, 0);
    ladder_print_mermaid(r.ladder, odd, r.out);
    CU_ASSERT_TRUE(g_str_has_prefix(
        r.out->str,
        "sequenceDiagram\n    title: #60;a href=#34;x#34;#62;#38;'#35;#59;#37;date()\\n ]]#62; **b** "
        "wrap#58; end   \xef\xbf\xbd\xc3\xa9\n"));
    g_string_truncate(r.out, 0);
    ladder_print_plantuml(r.ladder, odd, r.out);
    CU_ASSERT_TRUE(g_str_has_prefix(
        r.out->str, "@startuml\ntitle <U+003C>a href=<U+0022>x<U+0022><U+003E>&'#;<U+0025>date()<U+005C>n ]]"
                    "<U+003E> <U+002A><U+002A>b<U+002A><U+002A> wrap: end   \xef\xbf\xbd\xc3\xa9\n"));
    r.toy.a->name = name;
    finish(&r);
}

/* ---- Mermaid and PlantUML ---------------------------------------------------------------------------- */

void test_ladder_mermaid(void)
{
    struct run r;
    start(&r);
    toy_fault(&r.toy, FAULT_DROP, TOY_ASK, r.toy.b, 1);
    play(&r, LADDER_BY_MESSAGE);
    ladder_print_mermaid(r.ladder, "Toy: lost", r.out);
    check_same(r.out->str, "sequenceDiagram\n"
                           "    title: Toy: lost\n"
                           "    participant n0 as A\n"
                           "    participant n1 as B\n"
                           "    participant n2 as D\n"
                           "    participant n3 as C\n"
                           "\n"
                           "    Note over n0: 0.000 ms: the user dials at A\n"
                           "    n0->>n1: 1 ASK (O1)\n"
                           "    n1-xn3: 2 ASK (O1), lost\n"
                           "\n"
                           "    n1-->>n0: 3 100 Wait\n"
                           "\n"
                           "    n1->>n2: 4 LOOK\n"
                           "\n"
                           "    n2->>n1: 5 SEEN\n"
                           "\n"
                           "    n1->>n3: 6 ASK (O1), transmission 2\n"
                           "    Note over n3: 92.000 ms: C alerts the user\n"
                           "\n"
                           "    n3-->>n1: 7 200 OK (ASK)\n"
                           "    n1-->>n0: 8 200 OK (ASK)\n"
                           "    Note over n0: 118.000 ms: A plays ringback\n");
    finish(&r);
}

void test_ladder_plantuml(void)
{
    struct run r;
    start(&r);
    toy_fault(&r.toy, FAULT_DROP, TOY_ASK, r.toy.b, 1);
    play(&r, LADDER_BY_TIME);
    ladder_print_plantuml(r.ladder, NULL, r.out);
    check_same(r.out->str, "@startuml\n"
                           "participant \"A\" as n0\n"
                           "participant \"B\" as n1\n"
                           "participant \"D\" as n2\n"
                           "participant \"C\" as n3\n"
                           "\n"
                           "note over n0 : 0.000 ms: the user dials at A\n"
                           "n0 -> n1 : 1 ASK (O1)\n"
                           "n1 --> n0 : 2 100 Wait\n"
                           "n1 -> n2 : 3 LOOK\n"
                           "n2 -> n1 : 4 SEEN\n"
                           "n1 ->x n3 : 5 ASK (O1), lost\n"
                           "n1 -> n3 : 6 ASK (O1), transmission 2\n"
                           "note over n3 : 92.000 ms: C alerts the user\n"
                           "n3 --> n1 : 7 200 OK (ASK)\n"
                           "n1 --> n0 : 8 200 OK (ASK)\n"
                           "note over n0 : 118.000 ms: A plays ringback\n"
                           "@enduml\n");
    finish(&r);
}

void test_ladder_pauses_in_words(void)
{
    struct run r;
    start(&r);
    play_burst(&r);
    ladder_print_plantuml(r.ladder, NULL, r.out);
    CU_ASSERT_PTR_NOT_NULL(strstr(r.out->str, "\n...2.99 s...\nn0 --> n1 : 6 100 Wait\n"));
    g_string_truncate(r.out, 0);
    ladder_print_mermaid(r.ladder, NULL, r.out);
    CU_ASSERT_PTR_NOT_NULL(strstr(r.out->str, "    Note over n0,n1: 2.99 s later\n"));
    finish(&r);
}
