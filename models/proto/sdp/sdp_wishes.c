/* sdp_wishes.c - what the user of a session wants to be different: a stream held, added or removed, another codec (RFC 3264 8).
 *
 * A wish stays until an exchange has settled it, whoever made the offer, or until it is given up. Whether one is left
 * follows from what was said last. */
#include "models/proto/sdp/sdp_session_int.h"

#include <string.h>

/* The stream of this medium, or -1. */
static int stream_of(const struct sdp_session *ss, unsigned media)
{
    for (unsigned i = 0; i < ss->n_streams; i++)
        if (ss->streams[i].media == media)
            return (int)i;
    return -1;
}

static bool is_live(const struct sdp_session *ss, unsigned media)
{
    int i = stream_of(ss, media);
    return i >= 0 && ss->streams[i].live;
}

void sdp_session_hold(struct sdp_session *ss, bool hold)
{
    ss->wish.hold = hold;
}

void sdp_session_prefer(struct sdp_session *ss, unsigned media, unsigned codec)
{
    g_assert(media < ss->local->n_media && codec < ss->local->media[media].n_codecs);
    ss->wish.codec[media] = (uint8_t)(codec + 1);
}

void sdp_session_use(struct sdp_session *ss, unsigned media, bool use)
{
    uint8_t bit = (uint8_t)(1u << media);

    g_assert(media < ss->local->n_media);
    ss->wish.use = use ? ss->wish.use | bit : ss->wish.use & (uint8_t)~bit;
    if (!ss->mine && ss->state == SDP_IDLE)
        sdp_reset_streams(ss);
}

/* ---- what is left ------------------------------------------------------------------------------------- */

/* A stream that is inactive for want of own resources waits for them, not for the user. */
static bool is_waiting(const struct sdp_session *ss, const struct sdp_session_stream *st, const struct sdp_stream *mine)
{
    bool told = mine->precond && !covers(mine->status.curr[SDP_LOCAL], st->want);
    bool missing = st->precond && !covers(own_ready(ss, st), st->want);

    return mine->direction == SDP_INACTIVE && ss->local->inactive_missing && (told || missing);
}

static bool direction_differs(const struct sdp_session *ss, unsigned i)
{
    const struct sdp_session_stream *st = &ss->streams[i];
    const struct sdp_stream *mine = &ss->mine->streams[i];
    unsigned agreed = mine->direction & sdp_direction_swap(ss->theirs->streams[i].direction);

    return !is_waiting(ss, st, mine) && !peer_is_waiting(ss, i) && agreed != (own_direction(ss) & st->peer);
}

bool sdp_session_wishes(const struct sdp_session *ss)
{
    if (!ss->mine)
        return false; /* the first exchange takes care of them */
    for (unsigned media = 0; media < ss->local->n_media; media++) {
        bool used = ss->wish.use & 1u << media;

        if (used != is_live(ss, media))
            return true;
        if (used && (ss->wish.codec[media] || direction_differs(ss, (unsigned)stream_of(ss, media))))
            return true;
    }
    return false;
}

void sdp_session_forget_wishes(struct sdp_session *ss)
{
    ss->wish.hold = ss->agreed_hold;
    memset(ss->wish.codec, 0, sizeof ss->wish.codec);
    for (unsigned media = 0; media < ss->local->n_media; media++)
        sdp_session_use(ss, media, is_live(ss, media));
}

/* ---- offers and their outcome --------------------------------------------------------------------------- */

/* A new m= line, or one that was refused or removed before: its medium begins anew (RFC 3264 8.1). */
static void open_stream(struct sdp_session *ss, unsigned media)
{
    int i = stream_of(ss, media);

    if (i < 0 && ss->n_streams == SDP_MAX_STREAMS)
        return;
    ss->streams[i < 0 ? ss->n_streams++ : (unsigned)i] = sdp_fresh_stream(ss, media);
}

void sdp_apply_wishes(struct sdp_session *ss)
{
    for (unsigned media = 0; ss->mine && media < ss->local->n_media; media++) {
        bool used = ss->wish.use & 1u << media;

        if (used && !is_live(ss, media))
            open_stream(ss, media);
        else if (!used && is_live(ss, media))
            ss->streams[stream_of(ss, media)].live = false;
    }
    ss->said = ss->wish;
}

/* Whether stream i carried media between these two descriptions. */
static bool carried(const struct sdp *mine, const struct sdp *theirs, unsigned i)
{
    return mine && i < mine->n_streams && mine->streams[i].port && theirs->streams[i].port;
}

/* A stream that is there is wanted; one that was and is not, or that the peer refuses, is not any more. */
static void settle_use(struct sdp_session *ss, const struct sdp *mine, const struct sdp *theirs, unsigned i)
{
    uint8_t bit = (uint8_t)(1u << ss->streams[i].media);
    bool refused = mine->oa == SDP_OA_OFFER && mine->streams[i].port && !theirs->streams[i].port;

    if (carried(mine, theirs, i))
        ss->wish.use |= bit;
    else if (carried(ss->mine, ss->theirs, i) || refused)
        ss->wish.use &= (uint8_t)~bit;
}

void sdp_settle_wishes(struct sdp_session *ss, const struct sdp *mine, const struct sdp *theirs)
{
    if (!ss->mine)
        ss->wish.use = 0;
    for (unsigned i = 0; i < mine->n_streams; i++) {
        struct sdp_session_stream *st = &ss->streams[i];

        st->agreed_want = st->want;
        st->agreed_peer = st->peer;
        if (st->media != SDP_NO_MEDIA)
            settle_use(ss, mine, theirs, i);
    }
    ss->agreed_hold = ss->said.hold;
    for (unsigned media = 0; mine->oa == SDP_OA_OFFER && media < ss->local->n_media; media++)
        if (ss->wish.codec[media] == ss->said.codec[media])
            ss->wish.codec[media] = 0;
}
