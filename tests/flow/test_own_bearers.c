/* test_own_bearers.c - the bearers that a phone asks for itself, as its calls come and go: a phone with audio and video between
 * its user and a scripted eNB. It thinks for a second before an INVITE, and its user hangs up before that. */
#include "tests/flow/ue_access_rig.h"

#include "models/ue/ue.h"

#define DEDICATED_ACCEPT "ULInformationTransfer [ACTIVATE DEDICATED EPS BEARER CONTEXT ACCEPT]"
#define DEACTIVATED      "ULInformationTransfer [DEACTIVATE EPS BEARER CONTEXT ACCEPT]"

enum { AUDIO = 6, VIDEO = 7 }; /* EPS bearer identities */

struct phone {
    struct lte *t;
    struct ue_world *ues;
    struct ue_cfg cfg;
    struct sdp_media media[2];
    uint8_t pti; /* of the phone's last request */
};
static struct phone *now; /* callbacks have no other way to it */

/* ---- what the phone is told, and tells ------------------------------------------------------------- */

static void call_ended(void *people, struct node *phone, uint64_t call, bool caller, uint16_t status, uint16_t dropped)
{
    (void)people;
    (void)phone;
    (void)call;
    (void)caller;
    (void)dropped;
    g_string_append_printf(now->t->told, "ended %u\n", status);
}

static void gone(struct node *ue, uint8_t cause)
{
    (void)cause;
    ue_bearers_gone(ue);
}

static const struct ue_access_ops own_ops = {
    .bearer_up = NULL,
    .bearer_down = ue_bearer_down,
    .bearer_granted = ue_bearer_granted,
    .bearer_refused = ue_bearer_refused,
    .bearer_released = ue_bearer_released,
    .detached = gone,
};
static const struct mmi_people people = {.ended = call_ended};

static struct phone *phone_new(void)
{
    struct phone *p = now = g_new0(struct phone, 1);
    struct lte *t = p->t = attached_to_ims();
    p->media[0] = (struct sdp_media){.kind = SDP_AUDIO, .port = 49152, .as_kbps = 30};
    p->media[1] = (struct sdp_media){.kind = SDP_VIDEO, .port = 49154, .as_kbps = 384};
    p->cfg = (struct ue_cfg){.media = {.media = p->media, .n_media = 2, .address = "10.1.0.7"}, .reservation = UE_RESERVE_OWN};
    p->cfg.think = dist_const(SIM_S);
    t->cfg.ops = &own_ops;
    p->ues = ue_world_new(t->epc.sip, &people, NULL);
    ue_new(p->ues, t->phone, &p->cfg, 0);
    ue_set_access(t->phone, t->a);
    ue_set_pcscf(t->phone, t->p_cscf, (struct sip_uri){0});
    ue_warm_registration(t->phone, &(struct ue_reg_view){.expires = UE_NEVER});
    return p;
}

static void phone_free(struct phone *p)
{
    wait_for(p->t, 2 * SIM_S);
    CU_ASSERT_EQUAL(ue_call_count(p->ues), 0);
    ue_world_free(p->ues);
    lte_free(p->t);
    g_free(p);
}

static uint64_t dial(struct phone *p)
{
    static const struct call_plan plan = {.hold = SIM_NEVER, .cancel = SIM_NEVER};
    return ue_phone.dial(p->t->phone, p->t->phone, &plan);
}

static void hang_up(struct phone *p, uint64_t call)
{
    ue_phone.hang_up(p->t->phone, call);
    told(p->t, "ended 0\n");
}

/* ---- what the network hears and says ----------------------------------------------------------------- */

static void hears_request(struct phone *p, uint8_t ebi)
{
    const struct nas_msg *m = nas_heard(heard(p->t, BEARER_REQUEST));
    const struct nas_bearer_allocation_request *b = nas_body(m, bearer_allocation_request);
    CU_ASSERT_EQUAL(b->qos.qci, ebi == AUDIO ? 1 : 2);
    CU_ASSERT_EQUAL(b->qos.gbr_ul, ebi == AUDIO ? 30 : 384);
    CU_ASSERT(b->tad.op == TFT_CREATE && b->tad.n == 4 && b->tad.filter[0].remote_port == 0);
    CU_ASSERT_EQUAL(b->tad.filter[3].local_port, ebi == AUDIO ? 49153 : 49155);
    p->pti = m->pti;
}

static void grants(struct phone *p, uint8_t ebi)
{
    struct ie_tft filters = tft(TFT_CREATE, 4, 1);
    struct nas_msg *m = dedicated_bearer(p->t, ebi, 5, &filters);
    m->pti = p->pti;
    say_nas(p->t, m);
    heard(p->t, DEDICATED_ACCEPT);
}

static void refuses(struct phone *p)
{
    struct nas_msg *m = nas(p->t, NAS_bearer_allocation_reject);
    m->pti = p->pti;
    nas_body(m, bearer_allocation_reject)->cause = ESM_INSUFFICIENT_RESOURCES;
    say_nas(p->t, m);
    wait_for(p->t, 5 * SIM_MS);
}

static void hears_give_up(struct phone *p, uint8_t ebi)
{
    const struct nas_msg *m = nas_heard(heard(p->t, GIVE_UP_REQUEST));
    CU_ASSERT_EQUAL(nas_body(m, bearer_modification_request)->linked_ebi, ebi);
    CU_ASSERT_EQUAL(nas_body(m, bearer_modification_request)->tad.n, 4);
    p->pti = m->pti;
}

/* As asked to, or of its own. */
static void ends(struct phone *p, uint8_t ebi, bool asked)
{
    struct nas_msg *m = deactivate(p->t, ebi);
    m->pti = asked ? p->pti : 0;
    say_nas(p->t, m);
    heard(p->t, DEACTIVATED);
}

static void does_not_end(struct phone *p)
{
    struct nas_msg *m = nas(p->t, NAS_bearer_modification_reject);
    m->pti = p->pti;
    nas_body(m, bearer_modification_reject)->cause = ESM_NETWORK_FAILURE;
    say_nas(p->t, m);
    wait_for(p->t, 5 * SIM_MS);
}

static void get_both(struct phone *p)
{
    hears_request(p, AUDIO);
    grants(p, AUDIO);
    hears_request(p, VIDEO);
    grants(p, VIDEO);
    heard_nothing(p->t, 10 * SIM_MS);
}

static void give_both_back(struct phone *p)
{
    hears_give_up(p, AUDIO);
    ends(p, AUDIO, true);
    hears_give_up(p, VIDEO);
    ends(p, VIDEO, true);
    heard_nothing(p->t, SIM_S);
}

/* ---- the tests ---------------------------------------------------------------------------------------- */

/* One call, then two that share: the last one gives the bearers back. */
void test_own_bearers_of_calls(void)
{
    struct phone *p = phone_new();
    uint64_t first = dial(p);
    get_both(p);
    hang_up(p, first);
    give_both_back(p);

    first = dial(p);
    uint64_t second = dial(p);
    get_both(p);
    uint64_t third = dial(p);
    heard_nothing(p->t, 10 * SIM_MS);
    hang_up(p, first);
    hang_up(p, third);
    heard_nothing(p->t, 10 * SIM_MS);
    hang_up(p, second);
    give_both_back(p);
    phone_free(p);
}

/* The user hangs up while the phone is asking; dials again while it gives back. */
void test_own_bearers_of_hasty_users(void)
{
    struct phone *p = phone_new();
    uint64_t call = dial(p);
    hears_request(p, AUDIO);
    hang_up(p, call);
    grants(p, AUDIO);
    hears_give_up(p, AUDIO);
    ends(p, AUDIO, true);
    heard_nothing(p->t, SIM_S);

    call = dial(p);
    get_both(p);
    hang_up(p, call);
    hears_give_up(p, AUDIO);
    call = dial(p);
    ends(p, AUDIO, true);
    hears_request(p, AUDIO); /* video is there still */
    grants(p, AUDIO);
    heard_nothing(p->t, 10 * SIM_MS);
    hang_up(p, call);
    give_both_back(p);
    phone_free(p);
}

/* Nothing at all, or one of two: which is of no use then. */
void test_own_bearers_refused(void)
{
    struct phone *p = phone_new();
    dial(p);
    hears_request(p, AUDIO);
    refuses(p);
    told(p->t, "ended 580\n");
    heard_nothing(p->t, 10 * SIM_MS);

    dial(p);
    hears_request(p, AUDIO);
    grants(p, AUDIO);
    hears_request(p, VIDEO);
    refuses(p);
    told(p->t, "ended 580\n");
    hears_give_up(p, AUDIO);
    ends(p, AUDIO, true);
    heard_nothing(p->t, 10 * SIM_MS);
    phone_free(p);
}

/* The network takes bearers away: what is missing is asked for when it is wanted. */
void test_own_bearers_lost(void)
{
    struct phone *p = phone_new();
    uint64_t call = dial(p);
    hears_request(p, AUDIO);
    grants(p, AUDIO);
    hears_request(p, VIDEO);
    ends(p, AUDIO, false);
    grants(p, VIDEO);
    hears_request(p, AUDIO);
    grants(p, AUDIO);
    heard_nothing(p->t, 10 * SIM_MS);

    ends(p, VIDEO, false);
    heard_nothing(p->t, 10 * SIM_MS);
    uint64_t second = dial(p);
    hears_request(p, VIDEO);
    grants(p, VIDEO);
    ends(p, AUDIO, false);
    ends(p, VIDEO, false);
    hang_up(p, call);
    hang_up(p, second);
    heard_nothing(p->t, 10 * SIM_MS);

    call = dial(p);
    get_both(p);
    hang_up(p, call);
    hears_give_up(p, AUDIO);
    ends(p, VIDEO, false); /* while the other one is given up */
    ends(p, AUDIO, true);
    heard_nothing(p->t, SIM_S);
    phone_free(p);
}

/* The network does not take them back: they are there for the next call. */
void test_own_bearers_kept(void)
{
    struct phone *p = phone_new();
    uint64_t call = dial(p);
    get_both(p);
    hang_up(p, call);
    hears_give_up(p, AUDIO);
    does_not_end(p);
    heard_nothing(p->t, 10 * SIM_MS);
    call = dial(p);
    heard_nothing(p->t, 10 * SIM_MS);
    hang_up(p, call);
    hears_give_up(p, AUDIO);
    call = dial(p); /* waits for what becomes of it */
    does_not_end(p);
    heard_nothing(p->t, 10 * SIM_MS);
    hang_up(p, call);
    hears_give_up(p, AUDIO);
    ends(p, AUDIO, true);
    hears_give_up(p, VIDEO);
    call = dial(p);
    does_not_end(p);
    hears_request(p, AUDIO);
    grants(p, AUDIO);
    heard_nothing(p->t, 10 * SIM_MS);
    hang_up(p, call);
    give_both_back(p);
    phone_free(p);
}

/* The phone is detached while a call waits, while one has them, while they are given back. */
void test_own_bearers_and_detach(void)
{
    for (int when = 0; when < 3; when++) {
        struct phone *p = phone_new();
        uint64_t call = dial(p);
        hears_request(p, AUDIO);
        if (when > 0) {
            grants(p, AUDIO);
            hears_request(p, VIDEO);
            grants(p, VIDEO);
        }
        if (when == 2) {
            hang_up(p, call);
            hears_give_up(p, AUDIO);
        }
        ue_access_detach(p->t->a, true);
        heard(p->t, "ULInformationTransfer [DETACH REQUEST]");
        if (when == 1)
            hang_up(p, call);
        else
            told(p->t, when == 0 ? "ended 580\n" : "");
        dial(p); /* nowhere to ask */
        told(p->t, "ended 580\n");
        wait_for(p->t, 20 * SIM_S);
        phone_free(p);
    }
}
