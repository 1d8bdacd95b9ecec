/* sdp_session_int.h - what the files of a session share: the state of one stream as it stands. */
#ifndef MODELS_PROTO_SDP_SDP_SESSION_INT_H
#define MODELS_PROTO_SDP_SDP_SESSION_INT_H

#include "models/proto/sdp/sdp_session.h"

/* Whether `have` has all the directions of `need`. */
static inline bool covers(unsigned have, unsigned need)
{
    return (need & ~have) == 0;
}

/* Directions reserved here. */
static inline unsigned own_ready(const struct sdp_session *ss, const struct sdp_session_stream *st)
{
    return st->media == SDP_NO_MEDIA ? 0 : ss->ready[st->media] & st->want;
}

static inline bool own_failed(const struct sdp_session *ss, const struct sdp_session_stream *st)
{
    return st->media != SDP_NO_MEDIA && (ss->failed & 1u << st->media);
}

/* The status table as it stands. Of the own segment the own knowledge counts, whatever the peer
 * believes (RFC 4032 4.1). */
static inline struct sdp_status status_now(const struct sdp_session *ss, const struct sdp_session_stream *st)
{
    struct sdp_status status = st->status;

    status.curr[SDP_LOCAL] = (uint8_t)own_ready(ss, st);
    return status;
}

/* The peer has stream i inactive for want of its own resources. */
static inline bool peer_is_waiting(const struct sdp_session *ss, unsigned i)
{
    const struct sdp_stream *theirs = ss->theirs && i < ss->theirs->n_streams ? &ss->theirs->streams[i] : NULL;

    return theirs && theirs->direction == SDP_INACTIVE && theirs->precond == SDP_PRECOND_QOS &&
           !covers(theirs->status.curr[SDP_LOCAL], sdp_direction_swap(ss->streams[i].want));
}

/* What this side sends and receives if nothing stands against it. */
static inline unsigned own_direction(const struct sdp_session *ss)
{
    return ss->wish.hold ? ss->local->direction & SDP_SEND : ss->local->direction;
}

/* sdp_session.c: one stream per medium in use, as before anything was said; a stream of this medium likewise. */
void sdp_reset_streams(struct sdp_session *ss);
struct sdp_session_stream sdp_fresh_stream(const struct sdp_session *ss, unsigned media);

/* sdp_wishes.c: opens and closes streams for the offer that is about to be made; takes note of what an exchange brought, before
 * it becomes ss->mine and ss->theirs. */
void sdp_apply_wishes(struct sdp_session *ss);
void sdp_settle_wishes(struct sdp_session *ss, const struct sdp *mine, const struct sdp *theirs);

#endif
