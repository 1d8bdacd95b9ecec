/* test_warm.c - phones that begin attached (state="registered-connected") are what an attach makes of them, and those that
 * begin in idle mode (state="registered-idle") what a release makes of these: byte by byte in every node, in the calls they
 * make, and in what is left when they are gone. */
#include "tests/flow/play.h"

#include "models/as/as.h"
#include "models/cscf/cscf.h"
#include "models/enb/enb.h"
#include "models/hss/hss.h"
#include "models/mme/mme.h"
#include "models/pcrf/pcrf.h"
#include "models/pgw/pgw.h"
#include "models/sgw/sgw.h"
#include "models/ue/ue.h"
#include "models/ue/ue_access.h"
#include "sim/dump.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

#define WARM "group[*].state=registered-connected"

/* ---- equal field by field --------------------------------------------------------------------------------------- */

static void dump_subscriber(const struct node *hss, uint32_t party, GString *out)
{
    struct hss_state s;
    if (hss_look_up(hss, party, &s))
        g_string_append_printf(out, "HSS subscriber %u: %d at %u, %u; MME %s, %u; SQN %" G_GUINT64_FORMAT "\n", party, s.registration,
                               s.s_cscf, s.auth_pending, s.mme ? s.mme->name : "none", s.mme_host, s.sqn);
}

static void dump_uri(GString *out, struct sip_uri u)
{
    g_string_append_printf(out, " %d/%d/%u/%u", u.kind, u.flags, u.port, u.id);
}

static void dump_dialog(GString *out, const char *name, const struct sip_dialog *d)
{
    g_string_append_printf(out, "  %s: CSeq %u %u", name, d->local_cseq, d->remote_cseq);
    dump_uri(out, d->local);
    dump_uri(out, d->remote);
    dump_uri(out, d->contact);
    dump_uri(out, d->target);
    for (const struct sip_hop *h = d->routes; h; h = h->next)
        dump_uri(out, h->uri);
    g_string_append_c(out, '\n');
}

/* Both ends of a subscription name each other's tags. */
static void dump_subscription(GString *out, const struct sip_dialog *s, const struct sip_dialog *n)
{
    CU_ASSERT_TRUE(s->call_id == n->call_id && s->call_id != 0);
    CU_ASSERT_TRUE(s->local_tag == n->remote_tag && s->local_tag != 0);
    CU_ASSERT_TRUE(s->remote_tag == n->local_tag && s->remote_tag != 0);
    dump_dialog(out, "subscriber", s);
    dump_dialog(out, "notifier", n);
}

/* What the registration left behind at the phone and at its CSCFs; tags and Call-IDs count up and are compared with each other. */
static void dump_registration(const struct world *w, const struct node *ue, GString *out)
{
    struct ue_reg_view u;
    struct cscf_reg_view c;
    bool there = world_registration(w, ue_party(ue), &c);
    CU_ASSERT_EQUAL(ue_registration(ue, &u), there);
    if (!there)
        return;
    CU_ASSERT_PTR_EQUAL(u.pcscf, c.p_cscf);
    CU_ASSERT_TRUE(u.call_id != 0);
    g_string_append_printf(out, "%s at %s and %s, %u %u s, CSeq %u, SPI %u %u %u %u, %u %u\n", ue->name, c.s_cscf->name, c.p_cscf->name,
                           u.expires, c.expires, u.cseq, u.server.spi_c, u.server.spi_s, u.server.port_c, u.server.port_s,
                           c.server.spi_c, c.profile ? c.profile->n_criteria : 99);
    dump_uri(out, u.service_route);
    CU_ASSERT_TRUE(u.subscribed && c.subscribed);
    dump_subscription(out, &u.dialog, &c.at_notifier[0]);
    dump_subscription(out, &c.at_subscriber[1], &c.at_notifier[1]);
}

/* All that nodes and phones keep of phones. */
static char *dump(const struct play *p)
{
    const struct world *w = p->world;
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < w->net->nodes->len; i++) {
        const struct node *n = net_node(w->net, i);
        g_string_append_printf(out, "%s\n", n->name);
        if (n->kinds & KIND_UE) {
            ue_access_dump(ue_access_of(n), out);
            dump_registration(w, n, out);
        }
        if (n->kinds & KIND_ENB)
            enb_dump(n, out);
        if (n->kinds & KIND_MME)
            mme_dump(n, out);
        if (n->kinds & KIND_SGW)
            sgw_dump(n, out);
        if (n->kinds & KIND_PGW)
            pgw_dump(n, out);
        if (n->kinds & KIND_PCRF)
            pcrf_dump(n, out);
        for (uint32_t party = 0; (n->kinds & KIND_AS) && party < w->sip->parties->len; party++)
            g_string_append_printf(out, "%u is %sregistered here\n", party, as_registered_until(n, party) ? "" : "not ");
        for (uint32_t party = 0; (n->kinds & KIND_HSS) && party < w->sip->parties->len; party++)
            dump_subscriber(n, party, out);
    }
    return g_string_free(out, FALSE);
}

/* KASME comes from the RAND of a challenge that was never drawn; a phone's last RAND and RES are what is left of it when
 * it does not count any more. */
static bool is_random(const char *line)
{
    return g_str_has_prefix(line, "  random ") || (!DUMP_IS_EXACT && strstr(line, " +"));
}

/* How many lines differ, those that are drawn left out. */
static unsigned differences(const char *attached, const char *warm)
{
    char **a = g_strsplit(attached, "\n", -1), **b = g_strsplit(warm, "\n", -1);
    unsigned found = g_strv_length(a) != g_strv_length(b);
    for (unsigned i = 0; a[i] && b[i]; i++) {
        if (strcmp(a[i], b[i]) == 0 || (is_random(a[i]) && is_random(b[i])))
            continue;
        if (found++ < 20)
            printf("\n  attached %s\n  warm     %s", a[i], b[i]);
    }
    g_strfreev(a);
    g_strfreev(b);
    return found;
}

/* Attaches have come to rest at `rest`. */
static void compare_contexts_of(const char *scenario, const char *change, size_t bytes, sim_time rest)
{
    struct play *cold = play_ready(scenario, change, NULL), *warm = play_ready(scenario, WARM, change, NULL);
    play_until(cold, rest);
    char *attached = dump(cold), *begun = dump(warm);
    CU_ASSERT_TRUE(strlen(attached) > bytes);
    CU_ASSERT_EQUAL(differences(attached, begun), 0);
    g_free(begun);
    play_until(warm, rest); /* the script's attach finds nothing to do */
    begun = dump(warm);
    CU_ASSERT_EQUAL(differences(attached, begun), 0);
    CU_ASSERT_EQUAL(warm->hops->len, 0);
    g_free(attached);
    g_free(begun);
    play_until(cold, SIM_NEVER);
    play_until(warm, SIM_NEVER);
    play_end(cold);
    play_end(warm);
}

/* One phone per side. */
static void compare_contexts(const char *change, size_t bytes)
{
    compare_contexts_of("volte-call", change, bytes, 2 * SIM_S);
}

void test_warm_as_attached(void)
{
    compare_contexts(NULL, 10000);
}

/* Off, attached at 0 s, and released for inactivity some 11 s later. */
#define COLD_IDLE \
    "group[*].state=off", "call[1].at=30s", \
    "<script><at time='0s' ue='UE-A' do='attach'/><at time='0s' ue='UE-B' do='attach'/></script>"

static void compare_idle_contexts(const char *change, size_t bytes)
{
    struct play *cold = play_ready("volte-idle-call", COLD_IDLE, change, NULL);
    struct play *warm = play_ready("volte-idle-call", "call[1].at=30s", change, NULL);
    play_until(cold, 20 * SIM_S);
    char *idle = dump(cold), *begun = dump(warm);
    CU_ASSERT_TRUE(strlen(idle) > bytes);
    CU_ASSERT_EQUAL(differences(idle, begun), 0);
    g_free(begun);
    play_until(warm, 20 * SIM_S);
    begun = dump(warm);
    CU_ASSERT_EQUAL(differences(idle, begun), 0);
    CU_ASSERT_EQUAL(warm->hops->len, 0);
    g_free(idle);
    g_free(begun);
    play_until(cold, SIM_NEVER);
    play_until(warm, SIM_NEVER);
    play_end(cold);
    play_end(warm);
}

void test_warm_as_idle(void)
{
    compare_idle_contexts(NULL, 10000);
    compare_idle_contexts("group[*].apn=internet", 14000);
}

/* The attach is to another access point; the one for SIP is connected next. */
void test_warm_second_pdn(void)
{
    compare_contexts("group[*].apn=internet", 14000);
}

/* Whose turn it is: eNBs, P-CSCFs that the P-GW names, S-CSCFs that the I-CSCF chooses. */
void test_warm_in_turn(void)
{
    compare_contexts_of("cells", NULL, 40000, 9 * SIM_S);
}

/* The comparison sees one digit. */
void test_warm_comparison_is_sharp(void)
{
    struct play *p = play_ready("volte-call", WARM, NULL);
    char *before = dump(p), *after = g_strdup(before), *at = strstr(after, "  MME phone +");
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    CU_ASSERT_EQUAL(differences(before, after), 0);
    at = strchr(at, '\n') - 1;
    *at = *at == '0' ? '1' : '0';
    printf("\n  one difference is wanted here:");
    CU_ASSERT_EQUAL(differences(before, after), DUMP_IS_EXACT);
    g_free(before);
    g_free(after);
    play_until(p, SIM_NEVER);
    play_end(p);
}

/* ---- equal in what they do --------------------------------------------------------------------------------------- */

/* Tokens of 16 hex digits (Call-IDs, tags, branches ...) and AKA challenges, which are drawn, become numbers in the order in which they are first seen: the
 * registration has used some before. */
static gboolean number_token(const GMatchInfo *match, GString *out, gpointer tokens)
{
    char *token = g_match_info_fetch(match, 0);
    gpointer number = g_hash_table_lookup(tokens, token);
    if (!number) {
        number = GUINT_TO_POINTER(g_hash_table_size(tokens) + 1);
        g_hash_table_insert(tokens, g_strdup(token), number);
    }
    g_string_append_printf(out, "token %u", GPOINTER_TO_UINT(number));
    g_free(token);
    return FALSE;
}

static char *number_tokens(const char *text)
{
    GHashTable *tokens = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GRegex *hex = g_regex_new("[0-9a-f]{16}|nonce=\"[A-Za-z0-9+/=]{44}\"", 0, 0, NULL);
    char *out = g_regex_replace_eval(hex, text, -1, 0, 0, number_token, tokens, NULL);
    g_regex_unref(hex);
    g_hash_table_destroy(tokens);
    return out;
}

/* Hops of the interval, one line each, with all that they say. */
static char *hops_of(const struct play *p, sim_time from, unsigned *n)
{
    GString *out = g_string_new(NULL);
    *n = 0;
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (h->sent < from)
            continue;
        char *text = hop_text(p, h);
        g_string_append_printf(out, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s %s %s %s %s %u\n%s\n", h->sent, h->arrival, h->iface,
                               h->from, h->to, h->type, h->clause ? h->clause : "", h->size, text);
        g_free(text);
        (*n)++;
    }
    char *text = number_tokens(out->str);
    g_string_free(out, TRUE);
    return text;
}

/* The call, its release, a detach and a power-off. */
static void compare_plays(struct play *cold, sim_time from, struct play *warm)
{
    unsigned n = 0, m = 0;
    char *a = hops_of(cold, from, &n), *b = hops_of(warm, 0, &m);
    CU_ASSERT_EQUAL(n, m);
    CU_ASSERT_TRUE(n > 150);
    if (strcmp(a, b) != 0) {
        const char *x = a, *y = b;
        while (*x == *y)
            x++, y++;
        printf("\nattached: %.*s\nwarm:     %.*s\n", 300, MAX(a, x - 100), 300, MAX((const char *)b, y - 100));
    }
    CU_ASSERT_STRING_EQUAL(a, b);
    CU_ASSERT_EQUAL(play_moments(warm, MARK_ATTACH_BEGUN), 0);
    CU_ASSERT_EQUAL(play_moments(warm, MARK_ATTACHED), 0);
    CU_ASSERT_EQUAL(play_moments(warm, MARK_CONNECTED), 1);
    CU_ASSERT_EQUAL(play_moments(warm, MARK_DETACHED), 2);
    g_free(a);
    g_free(b);
    play_end(cold);
    play_end(warm);
}

static void compare_hops(const char *scenario, const char *change)
{
    compare_plays(play(scenario, change, NULL), 5 * SIM_S, play(scenario, WARM, change, NULL));
}

void test_warm_idle_call(void)
{
    compare_plays(play("volte-idle-call", COLD_IDLE, NULL), 25 * SIM_S, play("volte-idle-call", "call[1].at=30s", NULL));
}

void test_warm_call(void)
{
    compare_hops("volte-call", NULL);
    compare_hops("volte-call", "group[UE-A].apn=internet");
    compare_hops("volte-video-call", NULL);
}

/* Where Gm is a wire, phones begin registered whether the scenario says so or not. */
void test_warm_without_access_network(void)
{
    struct play *plain = play("mmd-4", NULL), *warm = play("mmd-4", WARM, NULL);
    char *a = play_transcript(plain), *b = play_transcript(warm);
    CU_ASSERT_STRING_EQUAL(a, b);
    CU_ASSERT_EQUAL(play_moments(warm, MARK_CONNECTED), 1);
    g_free(a);
    g_free(b);
    play_end(plain);
    play_end(warm);
}

/* A phone that has left attaches again: the card and the HSS count on together. */
void test_warm_attach_again(void)
{
    struct play *p = play("volte-call", WARM, "<script><at time='40s' ue='UE-A' do='attach'/><at time='50s' ue='UE-A' do='detach'/></script>", NULL);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ATTACHED), 1);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DETACHED), 3);
    CU_ASSERT_EQUAL(play_count(p, "AIR", "MME1", "HSS1"), 1);
    play_end(p);
}

/* Many at each node; calls begin at once. */
void test_warm_crowd(void)
{
    struct play *p = play("lte-crowd", WARM, "calls[1].start=0s", NULL);
    CU_ASSERT_EQUAL(p->end, SIM_END_IDLE);
    CU_ASSERT_EQUAL(play_moments(p, MARK_ATTACHED), 0);
    CU_ASSERT_EQUAL(play_moments(p, MARK_DETACHED), 120);
    CU_ASSERT_TRUE(play_moments(p, MARK_CONNECTED) > 100);
    play_end(p);
}

/* ---- what cannot be ----------------------------------------------------------------------------------------------- */

static void check_refusal(const char *const *sets, const char *says)
{
    struct scn_load_opts opts = {.sets = (char **)sets, .names = world_names()};
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    char *path = scn_find("volte-call");
    struct scn *scn = scn_load(path, &opts, NULL, errors);
    struct world_opts how = {.seed = 1};
    struct world *w = scn ? world_new(scn, &how, errors) : NULL;
    CU_ASSERT_PTR_NULL(w);
    CU_ASSERT_TRUE_FATAL(errors->len > 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(g_ptr_array_index(errors, 0), says));
    CU_ASSERT_PTR_NOT_NULL(strstr(g_ptr_array_index(errors, 0), "volte.xml:"));
    if (scn)
        scn_free(scn);
    g_free(path);
    g_ptr_array_free(errors, TRUE);
}

void test_warm_refusals(void)
{
    static const char *const apn[] = {WARM, "group[UE-B].apn=corporate", NULL};
    static const char *const hss[] = {WARM, "group[UE-B].provisioned=no", NULL};
    check_refusal(apn, "phone \"UE-B\" cannot begin attached: it is not subscribed to its access point; ims and internet are accepted");
    check_refusal(hss, "phone \"UE-B\" cannot begin attached: the HSS of its network does not know it");
}
