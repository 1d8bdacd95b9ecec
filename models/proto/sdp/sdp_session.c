/* sdp_session.c - one party's side of offer/answer with preconditions; see sdp_session.h.
 *
 * The turn is a table of states and events. The rest derives from three sources: what is reserved here
 * (ss->ready), what the peer said last (the status table of each stream), and what was said to it
 * (the last description sent); nothing is remembered twice.
 * Questions about the preconditions are answered in sdp_conditions.c; what the user wants is in sdp_wishes.c.
 *
 * SIMPLIFIED: an answer picks one codec per stream, and telephone-event beside it;
 * an m= line is never used for another medium in the same dialog. */
#include "models/proto/sdp/sdp_session_int.h"

#include <string.h>

/* ---- whose turn it is -------------------------------------------------------------------------- */

enum oa_event { OA_OFFER, OA_ANSWER, OA_TAKE_OFFER, OA_TAKE_ANSWER, OA_WITHDRAW, OA_EVENT_COUNT };

struct oa_row {
    uint8_t next;
    int16_t status; /* 0, the SIP status that refuses, or -1: not now */
};

/* RFC 3264: one offer at a time; RFC 3311 5.2: the statuses for an offer that comes at the wrong time. */
/* clang-format off */
static const struct oa_row oa_rows[][OA_EVENT_COUNT] = {
    [SDP_IDLE] = {
        [OA_OFFER]       = {SDP_LOCAL_OFFER,    0},
        [OA_ANSWER]      = {SDP_IDLE,          -1},
        [OA_TAKE_OFFER]  = {SDP_REMOTE_OFFER,   0},
        [OA_TAKE_ANSWER] = {SDP_IDLE,          -1},
        [OA_WITHDRAW]    = {SDP_IDLE,          -1},
    },
    [SDP_LOCAL_OFFER] = {
        [OA_OFFER]       = {SDP_LOCAL_OFFER,   -1},
        [OA_ANSWER]      = {SDP_LOCAL_OFFER,   -1},
        [OA_TAKE_OFFER]  = {SDP_LOCAL_OFFER,  491},
        [OA_TAKE_ANSWER] = {SDP_IDLE,           0},
        [OA_WITHDRAW]    = {SDP_IDLE,           0},
    },
    [SDP_REMOTE_OFFER] = {
        [OA_OFFER]       = {SDP_REMOTE_OFFER,  -1},
        [OA_ANSWER]      = {SDP_IDLE,           0},
        [OA_TAKE_OFFER]  = {SDP_REMOTE_OFFER, 500},
        [OA_TAKE_ANSWER] = {SDP_REMOTE_OFFER,  -1},
        [OA_WITHDRAW]    = {SDP_IDLE,           0},
    },
};
/* clang-format on */

static int turn_allows(const struct sdp_session *ss, enum oa_event event)
{
    return oa_rows[ss->state][event].status;
}

static void turn_take(struct sdp_session *ss, enum oa_event event)
{
    ss->state = oa_rows[ss->state][event].next;
}

bool sdp_session_offer_allowed(const struct sdp_session *ss)
{
    return turn_allows(ss, OA_OFFER) == 0;
}

bool sdp_session_offer_outstanding(const struct sdp_session *ss)
{
    return ss->state == SDP_LOCAL_OFFER;
}

bool sdp_session_answer_owed(const struct sdp_session *ss)
{
    return ss->state == SDP_REMOTE_OFFER;
}

/* ---- life ------------------------------------------------------------------------------------- */

struct sdp_session_stream sdp_fresh_stream(const struct sdp_session *ss, unsigned media)
{
    const struct sdp_local *local = ss->local;

    return (struct sdp_session_stream){
        .status = precond_init(local->want_local, local->want_remote, local->direction),
        .want = local->direction,
        .peer = SDP_SENDRECV,
        .media = (uint8_t)media,
        .live = true,
        .precond = local->preconditions,
    };
}

void sdp_reset_streams(struct sdp_session *ss)
{
    ss->n_streams = 0;
    for (unsigned media = 0; media < ss->local->n_media; media++)
        if (ss->wish.use & 1u << media)
            ss->streams[ss->n_streams++] = sdp_fresh_stream(ss, media);
}

void sdp_session_init(struct sdp_session *ss, struct sdp_pool *pool, const struct sdp_local *local,
                      uint64_t session_id)
{
    g_assert(local->n_media <= SDP_MAX_STREAMS);
    memset(ss, 0, sizeof *ss);
    ss->pool = pool;
    ss->local = local;
    ss->address = local->address;
    ss->id = session_id;
    ss->version = session_id;
    ss->wish.use = (uint8_t)((1u << local->n_media) - 1);
    sdp_reset_streams(ss);
}

void sdp_session_clear(struct sdp_session *ss)
{
    sdp_unref(ss->pool, ss->mine);
    sdp_unref(ss->pool, ss->theirs);
    sdp_unref(ss->pool, ss->pending);
    ss->mine = NULL;
    ss->theirs = NULL;
    ss->pending = NULL;
    ss->state = SDP_IDLE;
}

void sdp_session_set_called(struct sdp_session *ss, bool called)
{
    ss->role = called ? SDP_ROLE_CALLED : SDP_ROLE_CALLER;
}

void sdp_session_set_media_ready(struct sdp_session *ss, unsigned media, bool ready)
{
    g_assert(media < ss->local->n_media);
    ss->ready[media] = ready ? SDP_SENDRECV : 0;
    ss->failed &= (uint8_t) ~(1u << media);
}

void sdp_session_set_ready(struct sdp_session *ss, bool ready)
{
    for (unsigned media = 0; media < ss->local->n_media; media++)
        sdp_session_set_media_ready(ss, media, ready);
}

void sdp_session_fail(struct sdp_session *ss, unsigned media)
{
    sdp_session_set_media_ready(ss, media, false);
    ss->failed |= (uint8_t)(1u << media);
}

/* Directions that the peer shall confirm: those of its segment that the called party waits for. */
static unsigned must_ask(const struct sdp_session *ss, const struct sdp_session_stream *st)
{
    if (ss->role != SDP_ROLE_CALLED || !st->precond)
        return 0;
    return precond_missing(&st->status, SDP_REMOTE, SDP_STRENGTH_OPTIONAL);
}

/* ---- making descriptions ---------------------------------------------------------------------- */

static void describe_session(struct sdp_session *ss, struct sdp *value, enum sdp_oa oa, unsigned n_streams)
{
    value->id = ss->id;
    value->version = ss->version++; /* RFC 3264 8: one more for each new description */
    value->address = ss->address;
    value->oa = (uint8_t)oa;
    value->oa_index = oa == SDP_OA_NONE ? 0 : (uint16_t)(ss->exchanges + 1);
    value->n_streams = (uint8_t)n_streams;
}

static void describe_codecs(const struct sdp_codec_list *list, struct sdp_stream *out)
{
    out->codecs = list->item;
    out->codec_mask = (uint8_t)((1u << list->n) - 1);
}

/* A live stream with these codecs and this direction. */
static void describe_stream(const struct sdp_session *ss, unsigned i, unsigned direction,
                            const struct sdp_codec_list *list, struct sdp_stream *out)
{
    const struct sdp_session_stream *st = &ss->streams[i];
    const struct sdp_media *media = &ss->local->media[st->media];
    bool was_limited = ss->mine && i < ss->mine->n_streams && ss->mine->streams[i].direction != SDP_SENDRECV;

    out->port = media->port;
    out->as_kbps = media->as_of_codec ? list->as_kbps : media->as_kbps;
    out->ptime_ms = media->ptime_ms;
    out->extra = media->extra;
    describe_codecs(list, out);
    out->direction = (uint8_t)direction;
    out->show_sendrecv = direction == SDP_SENDRECV && was_limited;
    if (!st->precond)
        return;
    out->precond = SDP_PRECOND_QOS;
    out->status = status_now(ss, st);
    out->status.conf[SDP_LOCAL] = 0;
    out->status.conf[SDP_REMOTE] = (uint8_t)must_ask(ss, st);
}

/* An offered stream is inactive as long as own resources are missing (X.S0013-009 6.1). */
static unsigned offer_direction(const struct sdp_session *ss, unsigned i)
{
    const struct sdp_session_stream *st = &ss->streams[i];
    bool missing = !covers(own_ready(ss, st), st->want);

    if (st->precond && missing && ss->local->inactive_missing)
        return SDP_INACTIVE;
    return own_direction(ss) & (peer_is_waiting(ss, i) ? SDP_SENDRECV : st->peer);
}

/* An answered one too, but only when the peer will offer again, being asked to confirm: otherwise
 * no later exchange would bring the stream to life. */
static unsigned answer_direction(const struct sdp_session *ss, const struct sdp_session_stream *st,
                                 const struct sdp_stream *offered)
{
    bool missing = !covers(own_ready(ss, st), st->want);

    if (missing && ss->local->inactive_missing && must_ask(ss, st))
        return SDP_INACTIVE;
    return own_direction(ss) & sdp_direction_swap(offered->direction);
}

/* What the codecs of an offered stream and of an own medium have in common; NULL: nothing. */
static const struct sdp_codec_list *common_codecs(const struct sdp_session *ss, unsigned media,
                                                  const struct sdp_stream *offered)
{
    return sdp_codecs_answer(ss->pool->codecs, offered->codecs, offered->codec_mask, &ss->local->media[media]);
}

/* The description that answered last: it holds the codecs that were agreed. */
static const struct sdp *last_answer(const struct sdp_session *ss)
{
    return ss->mine && ss->mine->oa == SDP_OA_ANSWER ? ss->mine : ss->theirs;
}

/* What was agreed on for stream i, in the last answer, or NULL. */
static const struct sdp_stream *agreed_stream(const struct sdp_session *ss, unsigned i)
{
    const struct sdp *agreed = last_answer(ss);

    return agreed && i < agreed->n_streams ? &agreed->streams[i] : NULL;
}

/* The codecs that were agreed on; all there are for a stream that is new or that the user wants another codec for. */
static const struct sdp_codec_list *offer_codecs(const struct sdp_session *ss, unsigned i)
{
    const struct sdp_session_stream *st = &ss->streams[i];
    const struct sdp_stream *agreed = agreed_stream(ss, i);
    unsigned first = st->live ? ss->wish.codec[st->media] : 0;
    struct sdp_codecs *all = ss->pool->codecs;

    if (agreed && (!st->live || (agreed->port && !first)))
        return sdp_codecs_of(all, agreed->codecs, agreed->codec_mask);
    return sdp_codecs_offer(all, &ss->local->media[st->media], first ? first - 1 : 0, agreed ? agreed->codecs : NULL,
                            agreed ? agreed->codec_mask : 0);
}

static unsigned kind_of(const struct sdp_session *ss, unsigned i)
{
    const struct sdp_stream *agreed = agreed_stream(ss, i);

    return agreed ? agreed->media : ss->local->media[ss->streams[i].media].kind;
}

struct sdp *sdp_session_offer(struct sdp_session *ss)
{
    struct sdp value = {0};

    if (turn_allows(ss, OA_OFFER) != 0)
        return NULL;
    if (ss->role == SDP_ROLE_OPEN)
        ss->role = SDP_ROLE_CALLER;
    sdp_apply_wishes(ss);
    describe_session(ss, &value, SDP_OA_OFFER, ss->n_streams);
    for (unsigned i = 0; i < ss->n_streams; i++) {
        const struct sdp_codec_list *list = offer_codecs(ss, i);

        value.streams[i].media = (uint8_t)kind_of(ss, i);
        if (ss->streams[i].live)
            describe_stream(ss, i, offer_direction(ss, i), list, &value.streams[i]);
        else
            describe_codecs(list, &value.streams[i]);
    }
    turn_take(ss, OA_OFFER);
    ss->pending = sdp_new(ss->pool, &value);
    return sdp_ref(ss->pending);
}

/* Takes over both references as the outcome of an exchange. */
static void finish_exchange(struct sdp_session *ss, struct sdp *mine, struct sdp *theirs)
{
    sdp_settle_wishes(ss, mine, theirs);
    sdp_unref(ss->pool, ss->mine);
    sdp_unref(ss->pool, ss->theirs);
    ss->mine = mine;
    ss->theirs = theirs;
    ss->pending = NULL;
    ss->exchanges++;
}

struct sdp *sdp_session_answer(struct sdp_session *ss)
{
    struct sdp value = {0};
    const struct sdp *offer = ss->pending;
    struct sdp *answer;

    if (turn_allows(ss, OA_ANSWER) != 0)
        return NULL;
    describe_session(ss, &value, SDP_OA_ANSWER, offer->n_streams);
    for (unsigned i = 0; i < offer->n_streams; i++) {
        const struct sdp_stream *offered = &offer->streams[i];
        const struct sdp_session_stream *st = &ss->streams[i];
        struct sdp_stream *out = &value.streams[i];

        out->media = offered->media;
        out->codecs = offered->codecs;
        out->codec_mask = offered->codec_mask;
        if (st->live)
            describe_stream(ss, i, answer_direction(ss, st, offered), common_codecs(ss, st->media, offered), out);
    }
    turn_take(ss, OA_ANSWER);
    ss->said = ss->wish;
    answer = sdp_new(ss->pool, &value);
    finish_exchange(ss, answer, ss->pending);
    return sdp_ref(answer);
}

/* ---- taking descriptions ---------------------------------------------------------------------- */

/* Whether stream i carried media so far. */
static bool was_live(const struct sdp_session *ss, unsigned i)
{
    return ss->mine && i < ss->mine->n_streams && ss->mine->streams[i].port && ss->theirs->streams[i].port;
}

/* Directions in which both ends must have resources. An inactive stream still waits to be used, and one that is on hold
 * keeps what it has. */
static uint8_t wanted(const struct sdp_session *ss, unsigned i, const struct sdp_stream *theirs)
{
    unsigned limit = theirs->direction ? sdp_direction_swap(theirs->direction) : SDP_SENDRECV;

    return (uint8_t)((ss->local->direction & limit) | (was_live(ss, i) ? ss->streams[i].want : 0));
}

/* The medium of the configuration for the i-th offered stream: the first of its kind that no earlier stream
 * has taken. The same each time, and for own offers too, because m= lines keep their place. */
static unsigned find_media(const struct sdp_session *ss, const struct sdp_session_stream *next, unsigned i,
                           const struct sdp_stream *offered)
{
    unsigned taken = 0;

    for (unsigned k = 0; k < i; k++) {
        if (next[k].media != SDP_NO_MEDIA)
            taken |= 1u << next[k].media;
    }
    for (unsigned m = 0; m < ss->local->n_media; m++) {
        if (ss->local->media[m].kind == offered->media && !(taken & 1u << m))
            return m;
    }
    return SDP_NO_MEDIA;
}

/* Of the directions that were allowed from here, the offer takes some; that it leaves out one that was not says nothing. */
static uint8_t allowed_by_offer(const struct sdp_session *ss, unsigned i, const struct sdp_stream *offered)
{
    unsigned heard = sdp_direction_swap(offered->direction);

    return (uint8_t)(was_live(ss, i) ? heard | (ss->streams[i].peer & ~(unsigned)ss->mine->streams[i].direction) : heard);
}

/* What becomes of an offered stream. The answerer raises the offered strengths to its own, never lowers
 * one (RFC 3312 5.2); the offerer may have lowered its own since (RFC 4032 4.2), so that no earlier
 * strength counts. */
static struct sdp_session_stream learn_offered(const struct sdp_session *ss, unsigned i, unsigned media,
                                               const struct sdp_stream *offered)
{
    const struct sdp_local *local = ss->local;
    struct sdp_session_stream st = {
        .media = (uint8_t)media,
        .want = wanted(ss, i, offered),
        .peer = allowed_by_offer(ss, i, offered),
        .agreed_want = was_live(ss, i) ? ss->streams[i].agreed_want : 0,
        .agreed_peer = was_live(ss, i) ? ss->streams[i].agreed_peer : 0,
    };
    struct sdp_status floor = precond_init(local->want_local, local->want_remote, st.want);

    st.live = offered->port && media != SDP_NO_MEDIA && local->media[media].kind == offered->media &&
              common_codecs(ss, media, offered);
    st.precond = local->preconditions && offered->precond == SDP_PRECOND_QOS;
    if (st.precond) {
        st.status = precond_swap(&offered->status);
        precond_raise(&st.status, &floor);
    }
    return st;
}

/* Mandatory rows of a precondition type that is not known here (own view), or an empty table. */
static struct sdp_status unknown_rows(const struct sdp_session *ss, const struct sdp_stream *offered)
{
    struct sdp_status none = {0}, rows;

    if (!ss->local->preconditions || offered->precond <= SDP_PRECOND_QOS)
        return none;
    rows = precond_swap(&offered->status);
    for (unsigned segment = 0; segment < 2; segment++) {
        for (unsigned dir = 0; dir < 2; dir++) {
            if (rows.des[segment][dir] == SDP_STRENGTH_MANDATORY)
                none.des[segment][dir] = SDP_STRENGTH_UNKNOWN;
        }
    }
    return none;
}

/* Mandatory rows that cannot be met because the own reservation failed, or an empty table. */
static struct sdp_status failed_rows(const struct sdp_session *ss, const struct sdp_session_stream *st)
{
    struct sdp_status none = {0};
    unsigned failed;

    if (!st->precond || !own_failed(ss, st))
        return none;
    failed = precond_desired(&st->status, SDP_LOCAL, SDP_STRENGTH_MANDATORY);
    for (unsigned dir = 0; dir < 2; dir++) {
        if (failed & 1u << dir)
            none.des[SDP_LOCAL][dir] = SDP_STRENGTH_FAILURE;
    }
    return none;
}

/* RFC 3312 8 and 9. Streams that are refused anyway do not matter (8.1). */
static struct sdp_status broken_rows(const struct sdp_session *ss, const struct sdp_session_stream *st,
                                     const struct sdp_stream *offered)
{
    struct sdp_status rows = unknown_rows(ss, offered);

    return precond_reports_failure(&rows) ? rows : failed_rows(ss, st);
}

int sdp_session_take_offer(struct sdp_session *ss, struct sdp *offer)
{
    struct sdp_session_stream next[SDP_MAX_STREAMS];
    bool offered = false, live = false;
    int status = turn_allows(ss, OA_TAKE_OFFER);

    if (status != 0)
        return status;
    if (ss->exchanges && offer->n_streams < ss->n_streams)
        return 488; /* RFC 3264 8: m= lines stay */
    for (unsigned i = 0; i < offer->n_streams; i++) {
        next[i] = learn_offered(ss, i, find_media(ss, next, i, &offer->streams[i]), &offer->streams[i]);
        offered |= offer->streams[i].port != 0;
        live |= next[i].live;
    }
    if (offered && !live)
        return 488;
    for (unsigned i = 0; i < offer->n_streams; i++) {
        struct sdp_status broken = broken_rows(ss, &next[i], &offer->streams[i]);

        if (next[i].live && precond_reports_failure(&broken))
            return 580;
    }
    if (ss->role == SDP_ROLE_OPEN)
        ss->role = SDP_ROLE_CALLED;
    memcpy(ss->streams, next, offer->n_streams * sizeof next[0]);
    ss->n_streams = offer->n_streams;
    ss->pending = sdp_ref(offer);
    turn_take(ss, OA_TAKE_OFFER);
    return 0;
}

/* 0, or why the answer cannot be the answer to the offer that is out. */
static int check_answer(const struct sdp *offer, const struct sdp *answer)
{
    bool offered = false, live = false;

    if (answer->n_streams != offer->n_streams)
        return 488;
    for (unsigned i = 0; i < answer->n_streams; i++) {
        const struct sdp_stream *o = &offer->streams[i], *a = &answer->streams[i];

        if (a->media != o->media || (a->port && !o->port))
            return 488;
        if (a->precond && precond_reports_failure(&a->status))
            return 580;
        offered |= o->port != 0;
        live |= a->port != 0;
    }
    return offered && !live ? 488 : 0;
}

/* Of the directions that were offered, the answer leaves some; it says nothing of the others. One that is inactive until
 * the own resources are confirmed leaves all. */
static uint8_t allowed_by_answer(const struct sdp_session_stream *st, unsigned offered, const struct sdp_stream *answered)
{
    bool asks = answered->direction == SDP_INACTIVE && answered->precond && answered->status.conf[SDP_REMOTE];

    return (uint8_t)(asks ? st->peer : (st->peer & ~offered) | (offered & sdp_direction_swap(answered->direction)));
}

/* The answerer may have raised a strength, which binds the offerer as well (RFC 3312 5.2). */
static void learn_answered(struct sdp_session *ss, unsigned i, const struct sdp_stream *answered)
{
    struct sdp_session_stream *st = &ss->streams[i];
    struct sdp_status heard = precond_swap(&answered->status);

    st->live = answered->port != 0;
    st->want = wanted(ss, i, answered);
    st->peer = allowed_by_answer(st, ss->pending->streams[i].direction, answered);
    st->precond = st->precond && answered->precond == SDP_PRECOND_QOS;
    if (!st->precond)
        return;
    st->status.curr[SDP_REMOTE] = heard.curr[SDP_REMOTE];
    memcpy(st->status.conf, heard.conf, sizeof heard.conf);
    precond_raise(&st->status, &heard);
}

int sdp_session_take_answer(struct sdp_session *ss, struct sdp *answer)
{
    int status = turn_allows(ss, OA_TAKE_ANSWER);

    if (status != 0)
        return status;
    status = check_answer(ss->pending, answer);
    if (status != 0) {
        sdp_session_withdraw(ss);
        return status;
    }
    for (unsigned i = 0; i < answer->n_streams; i++)
        learn_answered(ss, i, &answer->streams[i]);
    turn_take(ss, OA_TAKE_ANSWER);
    finish_exchange(ss, ss->pending, sdp_ref(answer));
    return 0;
}

/* Back to what was agreed last. What was heard of the peer's resources stays: it is still so. */
void sdp_session_withdraw(struct sdp_session *ss)
{
    if (turn_allows(ss, OA_WITHDRAW) != 0)
        return;
    turn_take(ss, OA_WITHDRAW);
    sdp_unref(ss->pool, ss->pending);
    ss->pending = NULL;
    if (!ss->mine) {
        sdp_reset_streams(ss);
        return;
    }
    ss->n_streams = ss->mine->n_streams;
    for (unsigned i = 0; i < ss->n_streams; i++) {
        const struct sdp_stream *mine = &ss->mine->streams[i], *theirs = &ss->theirs->streams[i];

        ss->streams[i].live = mine->port && theirs->port;
        ss->streams[i].precond = mine->precond && theirs->precond == SDP_PRECOND_QOS;
        ss->streams[i].want = ss->streams[i].agreed_want;
        ss->streams[i].peer = ss->streams[i].agreed_peer;
    }
}

struct sdp *sdp_session_refusal(struct sdp_session *ss, const struct sdp *offer)
{
    struct sdp value = {0};
    struct sdp_session_stream next[SDP_MAX_STREAMS];

    if (!offer && ss->state == SDP_REMOTE_OFFER)
        offer = ss->pending;
    if (!offer)
        return NULL;
    describe_session(ss, &value, SDP_OA_NONE, offer->n_streams);
    for (unsigned i = 0; i < offer->n_streams; i++) {
        const struct sdp_stream *offered = &offer->streams[i];
        struct sdp_stream *out = &value.streams[i];

        next[i] = learn_offered(ss, i, find_media(ss, next, i, offered), offered);
        out->media = offered->media;
        out->codecs = offered->codecs;
        out->codec_mask = offered->codec_mask;
        if (!next[i].live)
            continue;
        out->status = broken_rows(ss, &next[i], offered);
        if (precond_reports_failure(&out->status))
            out->precond = offered->precond;
    }
    return sdp_new(ss->pool, &value);
}
