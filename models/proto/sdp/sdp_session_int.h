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

#endif
