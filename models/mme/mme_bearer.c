/* mme_bearer.c - an EPS bearer at the MME (TS 23.401 5.4.1 to 5.4.4, TS 24.301 6.4.2 to 6.4.4)
 *
 *   Create Bearer Request -> E-RAB SETUP REQUEST [ACTIVATE DEDICATED ...] -> | both answers
 *   Update Bearer Request -> E-RAB MODIFY REQUEST [MODIFY ...] -> | both answers
 *                            or MODIFY ... alone when only the TFT changes -> | the phone's answer
 *   Delete Bearer Request -> E-RAB RELEASE COMMAND [DEACTIVATE ...] -> | both answers; of an idle phone at once, which
 *                            finds out when it has bearers again
 *
 * One machine per bearer identity, so that several requests of the S-GW go on at once; the request is
 * answered when all its bearers are done (mme_job.c). A default bearer comes up with its PDN connection
 * and is active from then on. */
#include "models/mme/mme_int.h"

enum { BR_END, BR_WAIT_UP, BR_ACTIVE, BR_WAIT_MODIFIED, BR_WAIT_DOWN, BR_STATES };
enum { BR_T_3485, BR_T_3486, BR_T_3495 };
static const char *const states[] = {"end", "wait activated", "active", "wait modified", "wait deactivated"};
static const char *const events[] = {"default bearer",
                                     "create",
                                     "E-RAB SETUP RESPONSE",
                                     "ACTIVATE DEDICATED ACCEPT",
                                     "E-RAB failed",
                                     "refused by phone",
                                     "T3485",
                                     "update",
                                     "E-RAB MODIFY RESPONSE",
                                     "MODIFY ACCEPT",
                                     "T3486",
                                     "overtaken by delete",
                                     "delete",
                                     "E-RAB RELEASE RESPONSE",
                                     "DEACTIVATE ACCEPT",
                                     "T3495",
                                     "abort"};

static struct mme_bearer *bearer_of(struct fsm *f)
{
    return (struct mme_bearer *)(void *)((char *)f - offsetof(struct mme_bearer, fsm));
}
static const struct mme_bearer *const_bearer_of(const struct fsm *f)
{
    return (const struct mme_bearer *)(const void *)((const char *)f - offsetof(struct mme_bearer, fsm));
}

/* ---- contexts --------------------------------------------------------------------------------------- */

struct mme_bearer *mme_bearer_new(struct mme_ue *u, struct mme_pdn *p)
{
    struct mme_bearer **at = &u->bearers, *b;
    unsigned ebi = MME_FIRST_EBI;
    for (; *at && (*at)->ebi == ebi; at = &(*at)->next)
        ebi++;
    if (ebi > MME_LAST_EBI)
        return NULL;
    b = slab_alloc0(&u->mme->bearers, NULL);
    fsm_start(&b->fsm, &mme_bearer_def, u->mme->node);
    b->ue = u;
    b->pdn = p;
    b->ebi = (uint8_t)ebi;
    b->next = *at;
    *at = b;
    return b;
}

void mme_bearer_free(struct mme_bearer *b)
{
    struct mme_bearer **at = &b->ue->bearers;
    while (*at != b)
        at = &(*at)->next;
    *at = b->next;
    fsm_stop(&b->fsm);
    mme_drop(b->ue->mme, &b->nas);
    slab_free(&b->ue->mme->bearers, b);
}

bool mme_bearer_is_active(const struct mme_bearer *b)
{
    return b->fsm.state == BR_ACTIVE;
}

/* The first bearer of this PDN connection, or of any, that may be ended from here: none whose handler
 * is running. */
static struct mme_bearer *find(const struct mme_ue *u, const struct mme_pdn *p)
{
    struct mme_bearer *b = u->bearers;
    while (b && (b->fsm.depth || (p ? b->pdn != p : !b->job)))
        b = b->next;
    return b;
}

void mme_bearers_drop(struct mme_pdn *p)
{
    struct mme_ue *u = p->ue;
    for (struct mme_bearer *b = find(u, p); b; b = find(u, p))
        fsm_event(&b->fsm, BR_ABORT, NULL);
}

void mme_bearers_abort(struct mme_ue *u)
{
    mme_asks_stop(u);
    for (struct mme_bearer *b = find(u, NULL); b; b = find(u, NULL))
        fsm_event(&b->fsm, BR_ABORT, NULL);
}

/* ---- messages to the eNB ---------------------------------------------------------------------------- */

struct ie_erab mme_erab(const struct mme_bearer *b, struct msg *nas)
{
    return (struct ie_erab){
        .id = b->ebi, .teid = b->sgw.teid, .ipv4 = b->sgw.ipv4, .qos = b->qos, .nas = nas};
}

void mme_release_erabs(struct mme_ue *u, const uint8_t ebi[], unsigned n, struct msg *nas)
{
    struct s1ap_msg *m = s1ap_new(u->mme->epc->s1ap, S1AP_erab_release_command);
    struct s1ap_erab_release_command *b = s1ap_body(m, erab_release_command);
    MME_IDS(u, b);
    b->erabs.n = (uint8_t)n;
    for (unsigned i = 0; i < n; i++)
        b->erabs.item[i] = (struct ie_erab){.id = ebi[i], .cause = S1AP_CAUSE_NAS_NORMAL};
    if (nas)
        IE_PUT(b, nas) = nas;
    mme_send_s1ap(u, m);
}

/* ---- guards ----------------------------------------------------------------------------------------- */

static bool has_erab(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_bearer_of(f)->got & GOT_RAB;
}

static bool has_accept(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_bearer_of(f)->got & GOT_NAS;
}

static bool may_repeat(const struct fsm *f, const void *arg)
{
    (void)arg;
    return const_bearer_of(f)->tries < MME_REPEATS;
}

/* The eNB has nothing to do with a change of filters: its part counts as done. */
static bool is_tft_only(const struct fsm *f, const void *arg)
{
    return has_erab(f, arg);
}

/* The phone has no radio bearers now. */
static bool is_idle(const struct fsm *f, const void *arg)
{
    const struct mme_bearer *b = const_bearer_of(f);
    (void)arg;
    return !mme_is_usable(b->ue) || !b->enb.teid;
}

/* ---- waiting for both ends -------------------------------------------------------------------------- */

static bool note_erab(struct fsm *f, const void *arg)
{
    (void)arg;
    bearer_of(f)->got |= GOT_RAB;
    return true;
}

static bool note_accept(struct fsm *f, const void *arg)
{
    (void)arg;
    bearer_of(f)->got |= GOT_NAS;
    return true;
}

/* What waits for the phone goes again by itself; what waits for the eNB alone waits on. */
static bool repeat(struct fsm *f, unsigned timer, enum timer_id t)
{
    struct mme_bearer *b = bearer_of(f);
    b->tries++;
    fsm_timer_start(f, timer, mme_timer(b->ue, t));
    if (!(b->got & GOT_NAS))
        mme_send_nas(b->ue, msg_ref(b->nas));
    return true;
}

static bool done(struct fsm *f, uint8_t cause)
{
    struct mme_bearer *b = bearer_of(f);
    mme_drop(b->ue->mme, &b->nas);
    if (b->job)
        mme_bearer_done(b, cause);
    return true;
}

/* A phone that has asked for the bearer, or for its change, hears that it comes to nothing. */
static bool no_resources(struct fsm *f, const void *arg)
{
    const struct mme_bearer *b = bearer_of(f);
    (void)arg;
    if (b->pti)
        mme_refuse_bearer(b->ue, b->pti, mme_job_item(b)->tft.op == TFT_REMOVE, ESM_INSUFFICIENT_RESOURCES);
    return done(f, GTP_NO_RESOURCES);
}

static bool aborted(struct fsm *f, const void *arg)
{
    (void)arg;
    return done(f, GTP_CONTEXT_NOT_FOUND);
}

/* ---- activation ------------------------------------------------------------------------------------- */

static bool activate(struct fsm *f, const void *arg)
{
    struct mme_bearer *b = bearer_of(f);
    (void)arg;
    b->tries = b->got = 0;
    fsm_timer_start(f, BR_T_3485, mme_timer(b->ue, TIMER_NAS_T3485));
    mme_job_send(b->job);
    return true;
}

static bool note_setup(struct fsm *f, const void *arg)
{
    const struct ie_erab *e = arg;
    bearer_of(f)->enb = (struct ie_fteid){.iface = FTEID_S1U_ENB, .teid = e->teid, .ipv4 = e->ipv4};
    return note_erab(f, arg);
}

static bool up(struct fsm *f, const void *arg)
{
    (void)arg;
    return done(f, GTP_ACCEPTED);
}

static bool setup_and_up(struct fsm *f, const void *arg)
{
    return note_setup(f, arg) && up(f, arg);
}

/* Not taken by the phone: the eNB must not keep it either. */
static bool take_back(struct fsm *f, uint8_t cause)
{
    struct mme_bearer *b = bearer_of(f);
    if (b->got & GOT_RAB)
        mme_release_erabs(b->ue, &b->ebi, 1, NULL);
    return done(f, cause);
}

static bool not_activated(struct fsm *f, const void *arg)
{
    (void)arg;
    return take_back(f, GTP_UE_REFUSES);
}

static bool not_heard(struct fsm *f, const void *arg)
{
    (void)arg;
    return take_back(f, GTP_UE_NOT_RESPONDING);
}

static bool repeat_3485(struct fsm *f, const void *arg)
{
    (void)arg;
    return repeat(f, BR_T_3485, TIMER_NAS_T3485);
}

/* ---- modification ----------------------------------------------------------------------------------- */

static bool modify(struct fsm *f, const void *arg)
{
    struct mme_bearer *b = bearer_of(f);
    (void)arg;
    b->tries = 0;
    fsm_timer_start(f, BR_T_3486, mme_timer(b->ue, TIMER_NAS_T3486));
    mme_job_send(b->job);
    return true;
}

static bool modify_tft(struct fsm *f, const void *arg)
{
    struct mme_bearer *b = bearer_of(f);
    (void)arg;
    b->tries = 0;
    fsm_timer_start(f, BR_T_3486, mme_timer(b->ue, TIMER_NAS_T3486));
    mme_send_nas(b->ue, msg_ref(b->nas));
    return true;
}

static bool modified(struct fsm *f, const void *arg)
{
    struct mme_bearer *b = bearer_of(f);
    const struct ie_bearer *item = mme_job_item(b);
    (void)arg;
    if (item->parts & BEARER_QOS)
        b->qos = item->qos;
    return done(f, GTP_ACCEPTED);
}

static bool not_modified(struct fsm *f, const void *arg)
{
    (void)arg;
    return done(f, GTP_UE_REFUSES);
}

static bool not_modified_unheard(struct fsm *f, const void *arg)
{
    (void)arg;
    return done(f, GTP_UE_NOT_RESPONDING);
}

static bool overtaken(struct fsm *f, const void *arg)
{
    (void)arg;
    return done(f, GTP_REQUEST_REJECTED);
}

static bool repeat_3486(struct fsm *f, const void *arg)
{
    (void)arg;
    return repeat(f, BR_T_3486, TIMER_NAS_T3486);
}

/* ---- deactivation ----------------------------------------------------------------------------------- */

/* With a default bearer go all of its PDN connection, by one message to the phone. */
static bool deactivate(struct fsm *f, const void *arg)
{
    struct mme_bearer *b = bearer_of(f);
    struct nas_msg *m = mme_esm(b->ue, NAS_deactivate_request, b->ebi, b->pti);
    uint8_t ebi[IE_MAX_BEARERS];
    unsigned n = 0;
    (void)arg;
    nas_body(m, deactivate_request)->cause = ESM_REGULAR_DEACTIVATION;
    b->tries = b->got = 0;
    b->nas = mme_protect(b->ue, m);
    for (const struct mme_bearer *i = b->ue->bearers; i && n < IE_MAX_BEARERS; i = i->next)
        if (i == b || (b->pdn->ebi == b->ebi && i->pdn == b->pdn))
            ebi[n++] = i->ebi;
    fsm_timer_start(f, BR_T_3495, mme_timer(b->ue, TIMER_NAS_T3495));
    mme_release_erabs(b->ue, ebi, n, msg_ref(b->nas));
    return true;
}

static bool down(struct fsm *f, const void *arg)
{
    (void)arg;
    return done(f, GTP_ACCEPTED);
}

static bool repeat_3495(struct fsm *f, const void *arg)
{
    (void)arg;
    return repeat(f, BR_T_3495, TIMER_NAS_T3495);
}

/* Clauses from the standards' contents, unverified. */
static const struct fsm_row rows[] = {
    /*  in                on                   if           do                    then              on failure  clause                     */
    ROW(BR_END,           BR_DEFAULT,          NULL,        NULL,                 BR_ACTIVE,        BR_END,     "TS 24.301 6.4.1.3"),
    ROW(BR_END,           BR_CREATE,           NULL,        activate,             BR_WAIT_UP,       BR_END,     "TS 23.401 5.4.1 step 4"),
    ROW(BR_WAIT_UP,       BR_RX_ERAB_SETUP,    has_accept,  setup_and_up,         BR_ACTIVE,        BR_END,     "TS 23.401 5.4.1 step 10"),
    ROW(BR_WAIT_UP,       BR_RX_ERAB_SETUP,    NULL,        note_setup,           BR_WAIT_UP,       BR_END,     "TS 23.401 5.4.1 step 7"),
    ROW(BR_WAIT_UP,       BR_RX_ACTIVATED,     has_erab,    up,                   BR_ACTIVE,        BR_END,     "TS 23.401 5.4.1 step 10"),
    ROW(BR_WAIT_UP,       BR_RX_ACTIVATED,     NULL,        note_accept,          BR_WAIT_UP,       BR_END,     "TS 23.401 5.4.1 step 9"),
    ROW(BR_WAIT_UP,       BR_RX_ERAB_FAILED,   NULL,        no_resources,         BR_END,           BR_END,     "TS 36.413 8.2.1.3"),
    ROW(BR_WAIT_UP,       BR_RX_REFUSED,       NULL,        not_activated,        BR_END,           BR_END,     "TS 24.301 6.4.2.4"),
    ROW(BR_WAIT_UP,       BR_TMR_T3485,        may_repeat,  repeat_3485,          BR_WAIT_UP,       BR_END,     "TS 24.301 6.4.2.5 a"),
    ROW(BR_WAIT_UP,       BR_TMR_T3485,        NULL,        not_heard,            BR_END,           BR_END,     "TS 24.301 6.4.2.5 a"),

    ROW(BR_ACTIVE,        BR_UPDATE,           is_tft_only, modify_tft,           BR_WAIT_MODIFIED, BR_ACTIVE,  "TS 23.401 5.4.3 step 4"),
    ROW(BR_ACTIVE,        BR_UPDATE,           NULL,        modify,               BR_WAIT_MODIFIED, BR_ACTIVE,  "TS 23.401 5.4.2.1 step 4"),
    ROW(BR_WAIT_MODIFIED, BR_RX_ERAB_MODIFIED, has_accept,  modified,             BR_ACTIVE,        BR_ACTIVE,  "TS 23.401 5.4.2.1 step 10"),
    ROW(BR_WAIT_MODIFIED, BR_RX_ERAB_MODIFIED, NULL,        note_erab,            BR_WAIT_MODIFIED, BR_ACTIVE,  "TS 23.401 5.4.2.1 step 7"),
    ROW(BR_WAIT_MODIFIED, BR_RX_MODIFIED,      has_erab,    modified,             BR_ACTIVE,        BR_ACTIVE,  "TS 23.401 5.4.2.1 step 10"),
    ROW(BR_WAIT_MODIFIED, BR_RX_MODIFIED,      NULL,        note_accept,          BR_WAIT_MODIFIED, BR_ACTIVE,  "TS 23.401 5.4.2.1 step 9"),
    ROW(BR_WAIT_MODIFIED, BR_RX_ERAB_FAILED,   NULL,        no_resources,         BR_ACTIVE,        BR_ACTIVE,  "TS 36.413 8.2.2.3"),
    ROW(BR_WAIT_MODIFIED, BR_RX_REFUSED,       NULL,        not_modified,         BR_ACTIVE,        BR_ACTIVE,  "TS 24.301 6.4.3.4"),
    ROW(BR_WAIT_MODIFIED, BR_TMR_T3486,        may_repeat,  repeat_3486,          BR_WAIT_MODIFIED, BR_ACTIVE,  "TS 24.301 6.4.3.5 a"),
    ROW(BR_WAIT_MODIFIED, BR_TMR_T3486,        NULL,        not_modified_unheard, BR_ACTIVE,        BR_ACTIVE,  "TS 24.301 6.4.3.5 a"),
    ROW(BR_WAIT_MODIFIED, BR_OVERTAKEN,        NULL,        overtaken,            BR_ACTIVE,        BR_ACTIVE,  "TS 24.301 6.4.3.5"),

    ROW(BR_ACTIVE,        BR_DELETE,           is_idle,     down,                 BR_END,           BR_END,     "TS 23.401 5.4.4.1"),
    ROW(BR_ACTIVE,        BR_DELETE,           NULL,        deactivate,           BR_WAIT_DOWN,     BR_END,     "TS 23.401 5.4.4.1 step 5"),
    ROW(BR_WAIT_DOWN,     BR_RX_ERAB_RELEASED, has_accept,  down,                 BR_END,           BR_END,     "TS 23.401 5.4.4.1 step 8"),
    ROW(BR_WAIT_DOWN,     BR_RX_ERAB_RELEASED, NULL,        note_erab,            BR_WAIT_DOWN,     BR_END,     "TS 23.401 5.4.4.1 step 7"),
    ROW(BR_WAIT_DOWN,     BR_RX_DEACTIVATED,   has_erab,    down,                 BR_END,           BR_END,     "TS 23.401 5.4.4.1 step 8"),
    ROW(BR_WAIT_DOWN,     BR_RX_DEACTIVATED,   NULL,        note_accept,          BR_WAIT_DOWN,     BR_END,     "TS 23.401 5.4.4.1 step 7"),
    ROW(BR_WAIT_DOWN,     BR_TMR_T3495,        may_repeat,  repeat_3495,          BR_WAIT_DOWN,     BR_END,     "TS 24.301 6.4.4.5 a"),
    ROW(BR_WAIT_DOWN,     BR_TMR_T3495,        NULL,        down,                 BR_END,           BR_END,     "TS 24.301 6.4.4.5 a"),

    ROW(FSM_ANY,          BR_ABORT,            NULL,        aborted,              BR_END,           BR_END,     "TS 23.401 5.3.8.2.1"),
};
static const struct fsm_timer timers[] = {
    [BR_T_3485] = {"T3485", BR_TMR_T3485, 0, FSM_IN(BR_WAIT_UP)},
    [BR_T_3486] = {"T3486", BR_TMR_T3486, 0, FSM_IN(BR_WAIT_MODIFIED)},
    [BR_T_3495] = {"T3495", BR_TMR_T3495, 0, FSM_IN(BR_WAIT_DOWN)},
};

static void ended(struct fsm *f)
{
    mme_bearer_free(bearer_of(f));
}

struct fsm_def mme_bearer_def = {
    .name = "mme-bearer",
    .title = "EPS bearer at the MME (TS 23.401 5.4, TS 24.301 6.4)",
    .state_names = states, .nstates = BR_STATES, .event_names = events, .nevents = BR_EVENTS,
    .rows = rows, .nrows = G_N_ELEMENTS(rows), .timers = timers, .ntimers = G_N_ELEMENTS(timers),
    .policy = FSM_IGNORE, .ended = ended,
};
