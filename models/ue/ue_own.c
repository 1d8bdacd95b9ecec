/* ue_own.c - bearers that the phone asks for itself, one for each medium, for all its calls together (TS 24.301 6.5.3, 6.5.4;
 * TS 24.229 6.1.2).
 *
 *   wanted by a call, or for good  | BEARER RESOURCE ALLOCATION REQUEST for the first medium, the next one ... | all are there:
 *                                  | whoever waits for them is told
 *   wanted no more                 | BEARER RESOURCE MODIFICATION REQUEST for each of them
 *
 * A phone does not know its peer when it asks: its filters name its own ports and leave the other end open. What a call needs
 * of that is the PCRF's business later, which narrows the filters. A phone that keeps its bearers (keeps_bearers) wants them
 * since its first registration until it is detached, and asks again at the next registration or call if it has lost them.
 *
 * SIMPLIFIED: phones that begin a run registered ask when it begins, every 2 ms one; bearers that are refused, or lost, are
 * asked for again only for the next call or registration; what cannot be given back is kept for the next call. */
#include "models/ue/ue_access.h"
#include "models/ue/ue_int.h"

/* What a phone has of it. */
struct ue_own {
    struct fsm fsm; /* first member */
    struct ue *ue;
    uint32_t wanted; /* by how many calls, and one for good */
    bool for_good;
    uint8_t medium;  /* that is asked for or given back */
    struct own_bearer {
        uint8_t ebi; /* 0: none */
        struct ie_tft filters; /* on that bearer */
    } of[SDP_MAX_STREAMS];
};

enum { OW_NONE, OW_ASKING, OW_THERE, OW_GIVING_BACK, OW_STATES };
enum { OW_WANTED, OW_GRANTED, OW_REFUSED, OW_UNWANTED, OW_DOWN, OW_RELEASED, OW_KEPT, OW_GONE, OW_EVENTS };
static const char *const states[] = {"none", "asking", "there", "giving back"};
static const char *const events[] = {"wanted", "bearer granted", "bearer refused", "wanted less", "bearer down", "bearer released",
                                     "bearer not released", "detached"};

static struct ue_own *own_of(struct fsm *f)
{
    return (struct ue_own *)f;
}
static const struct ue_own *const_own_of(const struct fsm *f)
{
    return (const struct ue_own *)f;
}
static unsigned media_of(const struct ue_own *o)
{
    return o->ue->cfg->media.n_media;
}

/* What the events about bearers carry. */
struct told {
    uint8_t ebi;
    const struct ie_tft *filters;
};

/* ---- what there is ----------------------------------------------------------------------------- */

/* The first medium that has a bearer, or has none, as `there` says; media_of(): no medium does. */
static unsigned first(const struct ue_own *o, bool there)
{
    unsigned i = 0;
    while (i < media_of(o) && (o->of[i].ebi != 0) != there)
        i++;
    return i;
}

static bool has_all(const struct ue_own *o)
{
    return first(o, false) == media_of(o);
}

static void forget_bearer(struct ue_own *o, uint8_t ebi)
{
    for (unsigned i = 0; i < media_of(o); i++)
        if (o->of[i].ebi == ebi)
            o->of[i].ebi = 0;
}

/* ---- guards ------------------------------------------------------------------------------------ */

static bool is_missing(const struct fsm *f, const void *arg)
{
    (void)arg;
    return !has_all(const_own_of(f));
}

static bool is_wanted(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_own_of(f)->wanted > 0;
}

static bool is_unwanted(const struct fsm *f, const void *arg)
{
    return !is_wanted(f, arg);
}

/* There is another medium beside the one that has its bearer now. */
static bool is_not_last(const struct fsm *f, const void *arg)
{
    const struct ue_own *o = const_own_of(f);
    (void)arg;
    for (unsigned i = 0; i < media_of(o); i++)
        if (i != o->medium && !o->of[i].ebi)
            return true;
    return false;
}

static bool has_some(const struct fsm *f, const void *arg)
{
    const struct ue_own *o = const_own_of(f);
    (void)arg;
    return first(o, true) < media_of(o);
}

/* Bearers beside the one that the event is about. */
static bool has_others(const struct fsm *f, const void *arg)
{
    const struct ue_own *o = const_own_of(f);
    for (unsigned i = 0; i < media_of(o); i++)
        if (o->of[i].ebi && o->of[i].ebi != ((const struct told *)arg)->ebi)
            return true;
    return false;
}

/* ---- asking ------------------------------------------------------------------------------------ */

/* RTP at the medium's port, RTCP one port higher (RFC 3550 11), both ways. The identities are the network's choice in the
 * end (unverified). */
static struct ie_tft filters_for(const struct sdp_media *m)
{
    struct ie_tft t = {.op = TFT_CREATE, .n = 4};
    for (unsigned i = 0; i < t.n; i++)
        t.filter[i] = (struct ie_filter){.id = (uint8_t)(i + 1),
                                         .precedence = (uint8_t)i,
                                         .direction = i % 2 ? FILTER_UPLINK : FILTER_DOWNLINK,
                                         .protocol = UE_UDP,
                                         .local_port = (uint16_t)(m->port + i / 2)};
    return t;
}

/* As for b=AS: what the codec needs that needs most. */
static struct ie_qos qos_for(const struct sdp_media *m)
{
    uint32_t kbps = m->as_of_codec ? 0 : m->as_kbps;
    for (unsigned i = 0; m->as_of_codec && i < m->n_codecs; i++)
        kbps = MAX(kbps, sdp_codec_as(&m->codecs[i], 4));
    return (struct ie_qos){.qci = ue_qci(m), .mbr_ul = kbps, .mbr_dl = kbps, .gbr_ul = kbps, .gbr_dl = kbps};
}

static bool ask(struct fsm *f, const void *arg)
{
    struct ue_own *o = own_of(f);
    (void)arg;
    o->medium = (uint8_t)first(o, false);
    const struct sdp_media *m = &o->ue->cfg->media.media[o->medium];
    struct ie_tft filters = filters_for(m);
    struct ie_qos qos = qos_for(m);
    if (!o->ue->access || !ue_access_request_bearer(o->ue->access, &qos, &filters))
        fsm_event(f, OW_REFUSED, NULL);
    return true;
}

static void keep_granted(struct fsm *f, const void *arg)
{
    struct ue_own *o = own_of(f);
    const struct told *t = arg;
    o->of[o->medium] = (struct own_bearer){t->ebi, *t->filters};
}

static bool take_and_ask(struct fsm *f, const void *arg)
{
    keep_granted(f, arg);
    return ask(f, NULL);
}

/* Tells the calls that wait, which goes on as part of each of them. One may end over it. */
static void tell_calls(const struct ue_own *o, uint8_t ev)
{
    struct sim *sim = o->ue->node->sim;
    const sim_flow flow = sim->flow;
    struct ue_call *next;
    for (struct ue_call *c = o->ue->calls; c; c = next) {
        next = c->next;
        sim->flow = c->flow;
        ue_reserve_event(c, ev);
    }
    sim->flow = flow;
}

static bool tell_there(struct fsm *f, const void *arg)
{
    (void)arg;
    tell_calls(own_of(f), RES_OWN_THERE);
    return true;
}

static bool take_last(struct fsm *f, const void *arg)
{
    keep_granted(f, arg);
    return tell_there(f, arg);
}

static bool tell_refused(struct fsm *f, const void *arg)
{
    (void)arg;
    tell_calls(own_of(f), RES_OWN_REFUSED);
    return true;
}

/* ---- giving back ------------------------------------------------------------------------------- */

static bool give_back(struct fsm *f, const void *arg)
{
    struct ue_own *o = own_of(f);
    (void)arg;
    o->medium = (uint8_t)first(o, true);
    const struct own_bearer *b = &o->of[o->medium];
    if (!ue_access_release_bearer(o->ue->access, b->ebi, &b->filters))
        fsm_event(f, OW_KEPT, NULL);
    return true;
}

static bool take_and_give_back(struct fsm *f, const void *arg)
{
    keep_granted(f, arg);
    return give_back(f, NULL);
}

/* What is there is of no use without the rest. */
static bool refuse_and_give_back(struct fsm *f, const void *arg)
{
    give_back(f, arg);
    return tell_refused(f, arg);
}

static bool forget(struct fsm *f, const void *arg)
{
    forget_bearer(own_of(f), ((const struct told *)arg)->ebi);
    return true;
}

static bool forget_and_ask(struct fsm *f, const void *arg)
{
    forget(f, arg);
    return ask(f, NULL);
}

static bool forget_and_give_back(struct fsm *f, const void *arg)
{
    forget(f, arg);
    return give_back(f, NULL);
}

static bool forget_all(struct fsm *f, const void *arg)
{
    struct ue_own *o = own_of(f);
    for (unsigned i = 0; i < media_of(o); i++)
        o->of[i].ebi = 0;
    o->wanted -= o->for_good;
    o->for_good = false;
    return tell_refused(f, arg);
}

/* clang-format off */
/* Clauses from memory. */
static const struct fsm_row rows[] = {
    /*  in              on           if           do                    then            on failure clause */
    ROW(OW_NONE,        OW_WANTED,   NULL,        ask,                  OW_ASKING,      OW_NONE, "TS 24.301 6.5.3.2"),
    ROW(OW_ASKING,      OW_GRANTED,  is_unwanted, take_and_give_back,   OW_GIVING_BACK, OW_NONE, "TS 24.301 6.5.4.2"),
    ROW(OW_ASKING,      OW_GRANTED,  is_not_last, take_and_ask,         OW_ASKING,      OW_NONE, "TS 24.301 6.5.3.2"),
    ROW(OW_ASKING,      OW_GRANTED,  NULL,        take_last,            OW_THERE,       OW_NONE, "TS 24.301 6.5.3.3"),
    ROW(OW_ASKING,      OW_REFUSED,  has_some,    refuse_and_give_back, OW_GIVING_BACK, OW_NONE, "TS 24.301 6.5.3.4"),
    ROW(OW_ASKING,      OW_REFUSED,  NULL,        tell_refused,         OW_NONE,        OW_NONE, "TS 24.301 6.5.3.4"),
    ROW(OW_ASKING,      OW_DOWN,     NULL,        forget,               OW_ASKING,      OW_NONE, "TS 24.301 6.4.4.3"),
    ROW(OW_THERE,       OW_WANTED,   is_missing,  ask,                  OW_ASKING,      OW_NONE, "TS 24.301 6.5.3.2"),
    ROW(OW_THERE,       OW_WANTED,   NULL,        tell_there,           OW_THERE,       OW_NONE, "RFC 3312 5.2"),
    ROW(OW_THERE,       OW_UNWANTED, is_unwanted, give_back,            OW_GIVING_BACK, OW_NONE, "TS 24.301 6.5.4.2"),
    ROW(OW_THERE,       OW_DOWN,     has_others,  forget,               OW_THERE,       OW_NONE, "TS 24.301 6.4.4.3"),
    ROW(OW_THERE,       OW_DOWN,     NULL,        forget,               OW_NONE,        OW_NONE, "TS 24.301 6.4.4.3"),
    ROW(OW_GIVING_BACK, OW_DOWN,     NULL,        forget,               OW_GIVING_BACK, OW_NONE, "TS 24.301 6.4.4.3"),
    ROW(OW_GIVING_BACK, OW_RELEASED, is_wanted,   forget_and_ask,       OW_ASKING,      OW_NONE, "TS 24.301 6.5.4.3"),
    ROW(OW_GIVING_BACK, OW_RELEASED, has_others,  forget_and_give_back, OW_GIVING_BACK, OW_NONE, "TS 24.301 6.5.4.3"),
    ROW(OW_GIVING_BACK, OW_RELEASED, NULL,        forget,               OW_NONE,        OW_NONE, "TS 24.301 6.5.4.3"),
    ROW(OW_GIVING_BACK, OW_KEPT,     is_unwanted, NULL,                 OW_THERE,       OW_NONE, "TS 24.301 6.5.4.4"),
    ROW(OW_GIVING_BACK, OW_KEPT,     is_missing,  ask,                  OW_ASKING,      OW_NONE, "TS 24.301 6.5.4.4"),
    ROW(OW_GIVING_BACK, OW_KEPT,     NULL,        tell_there,           OW_THERE,       OW_NONE, "TS 24.301 6.5.4.4"),
    ROW(FSM_ANY,        OW_GONE,     NULL,        forget_all,           OW_NONE,        OW_NONE, "TS 24.301 5.5.2.1"),
};
/* clang-format on */
struct fsm_def ue_own_def = {
    .name = "ue-own-bearers",
    .title = "Bearers that a phone asks for itself (TS 24.301 6.5.3, 6.5.4)",
    .state_names = states, .nstates = OW_STATES, .event_names = events, .nevents = OW_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .policy = FSM_IGNORE,
};

/* ---- interface --------------------------------------------------------------------------------- */

void ue_own_init(struct ue *ue)
{
    if (ue->cfg->reservation != UE_RESERVE_OWN)
        return;
    ue->own = g_new0(struct ue_own, 1);
    fsm_start(&ue->own->fsm, &ue_own_def, ue->node);
    ue->own->ue = ue;
}

void ue_own_clear(struct ue *ue)
{
    g_free(ue->own);
    ue->own = NULL;
}

void ue_own_want(struct ue *ue)
{
    ue->own->wanted++;
    fsm_event(&ue->own->fsm, OW_WANTED, NULL);
}

void ue_own_want_less(struct ue *ue)
{
    ue->own->wanted--;
    fsm_event(&ue->own->fsm, OW_UNWANTED, NULL);
}

void ue_own_registered(struct ue *ue)
{
    if (!ue->own || !ue->cfg->keeps_bearers)
        return;
    ue->own->wanted += !ue->own->for_good;
    ue->own->for_good = true;
    fsm_event(&ue->own->fsm, OW_WANTED, NULL);
}

static void tell(struct node *phone, uint8_t ev, const struct told *t)
{
    struct ue *ue = phone->self;
    if (ue->own)
        fsm_event(&ue->own->fsm, ev, t);
}

void ue_bearer_granted(struct node *phone, uint8_t ebi, const struct ie_tft *filters)
{
    tell(phone, OW_GRANTED, &(struct told){ebi, filters});
}

void ue_bearer_refused(struct node *phone, uint8_t cause)
{
    (void)cause;
    tell(phone, OW_REFUSED, NULL);
}

void ue_bearer_released(struct node *phone, uint8_t ebi, uint8_t cause)
{
    tell(phone, cause ? OW_KEPT : OW_RELEASED, &(struct told){ebi, NULL});
}

void ue_bearer_down(struct node *phone, uint8_t ebi)
{
    tell(phone, OW_DOWN, &(struct told){ebi, NULL});
}

void ue_bearers_gone(struct node *phone)
{
    tell(phone, OW_GONE, NULL);
}
