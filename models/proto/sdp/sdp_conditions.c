/* sdp_conditions.c - what a session's preconditions say now: who has resources, who was told, what is due,
 * and the same in words. Reads the session, never changes it; see sdp_session.h. */
#include "models/proto/sdp/sdp_session_int.h"

bool sdp_session_uses_preconditions(const struct sdp_session *ss)
{
    for (unsigned i = 0; i < ss->n_streams; i++) {
        if (ss->streams[i].live && ss->streams[i].precond)
            return true;
    }
    return false;
}

bool sdp_session_local_ready(const struct sdp_session *ss)
{
    for (unsigned i = 0; i < ss->n_streams; i++) {
        const struct sdp_session_stream *st = &ss->streams[i];

        if (st->live && !covers(own_ready(ss, st), st->want))
            return false;
    }
    return true;
}

bool sdp_session_remote_ready(const struct sdp_session *ss)
{
    for (unsigned i = 0; i < ss->n_streams; i++) {
        const struct sdp_session_stream *st = &ss->streams[i];

        if (st->live && st->precond && !covers(st->status.curr[SDP_REMOTE], st->want))
            return false;
    }
    return true;
}

bool sdp_session_met(const struct sdp_session *ss)
{
    for (unsigned i = 0; i < ss->n_streams; i++) {
        const struct sdp_session_stream *st = &ss->streams[i];

        if (st->live && st->precond && !covers(own_ready(ss, st) & st->status.curr[SDP_REMOTE], st->want))
            return false;
    }
    return true;
}

bool sdp_session_mandatory_met(const struct sdp_session *ss)
{
    for (unsigned i = 0; i < ss->n_streams; i++) {
        const struct sdp_session_stream *st = &ss->streams[i];
        struct sdp_status status = status_now(ss, st);

        if (st->live && st->precond &&
            (precond_missing(&status, SDP_LOCAL, SDP_STRENGTH_MANDATORY) |
             precond_missing(&status, SDP_REMOTE, SDP_STRENGTH_MANDATORY)))
            return false;
    }
    return true;
}

/* What the peer was told last of the own segment of stream i. */
static unsigned told(const struct sdp_session *ss, unsigned i)
{
    const struct sdp *last = ss->state == SDP_LOCAL_OFFER ? ss->pending : ss->mine;

    if (!last || i >= last->n_streams || !last->streams[i].precond)
        return 0;
    return last->streams[i].status.curr[SDP_LOCAL];
}

bool sdp_session_told_ready(const struct sdp_session *ss)
{
    for (unsigned i = 0; i < ss->n_streams; i++) {
        if (ss->streams[i].live && !covers(told(ss, i), ss->streams[i].want))
            return false;
    }
    return ss->n_streams > 0;
}

bool sdp_session_must_confirm(const struct sdp_session *ss)
{
    bool asked = false, now_met = true, told_met = true;

    if (ss->state == SDP_REMOTE_OFFER)
        return false; /* the answer will tell */
    for (unsigned i = 0; i < ss->n_streams; i++) {
        const struct sdp_session_stream *st = &ss->streams[i];
        unsigned flagged = st->status.conf[SDP_LOCAL];

        if (!st->live || !st->precond || !flagged)
            continue;
        asked = true;
        now_met &= covers(own_ready(ss, st), flagged);
        told_met &= covers(told(ss, i), flagged);
    }
    return asked && now_met != told_met;
}

/* A stream that was made inactive for want of own resources, has them now, and is not about to be
 * offered by the peer. */
static bool must_resume(const struct sdp_session *ss)
{
    for (unsigned i = 0; ss->mine && i < ss->n_streams; i++) {
        const struct sdp_session_stream *st = &ss->streams[i];
        const struct sdp_stream *mine = &ss->mine->streams[i];

        if (i >= ss->mine->n_streams || !(own_direction(ss) & st->peer))
            continue;
        if (st->live && mine->direction == SDP_INACTIVE && mine->precond && !mine->status.conf[SDP_REMOTE] &&
            !covers(mine->status.curr[SDP_LOCAL], st->want) && covers(own_ready(ss, st), st->want))
            return true;
    }
    return false;
}

bool sdp_session_must_tell(const struct sdp_session *ss)
{
    return sdp_session_must_confirm(ss) || must_resume(ss);
}

bool sdp_session_offer_due(const struct sdp_session *ss)
{
    return sdp_session_offer_allowed(ss) && (sdp_session_must_tell(ss) || sdp_session_wishes(ss));
}

/* ---- in words --------------------------------------------------------------------------------- */

static const char *dirs_in_words(unsigned dirs)
{
    static const char *const words[] = {"none", "send", "recv", "send, recv"};

    return words[dirs & SDP_SENDRECV];
}

/* Own segment of one stream. */
static void explain_own(const struct sdp_session *ss, const struct sdp_session_stream *st, const char *name,
                        GString *out)
{
    unsigned missing = st->want & ~own_ready(ss, st);

    if (!missing)
        return;
    if (!own_failed(ss, st))
        g_string_append_printf(out, "%s: waits for own resources (%s)\n", name, dirs_in_words(missing));
    else if (precond_desired(&st->status, SDP_LOCAL, SDP_STRENGTH_MANDATORY) & missing)
        g_string_append_printf(out, "%s: own reservation failed (%s), and it is mandatory\n", name,
                               dirs_in_words(missing));
    else
        g_string_append_printf(out, "%s: own reservation failed (%s), but it is not mandatory\n", name,
                               dirs_in_words(missing));
}

/* Peer's segment of stream i. */
static void explain_peer(const struct sdp_session *ss, unsigned i, const char *name, GString *out)
{
    const struct sdp_session_stream *st = &ss->streams[i];
    unsigned missing = st->want & ~(unsigned)st->status.curr[SDP_REMOTE];
    bool asked = ss->mine && i < ss->mine->n_streams && ss->mine->streams[i].status.conf[SDP_REMOTE];

    if (!missing)
        return;
    if (!ss->theirs && ss->state != SDP_REMOTE_OFFER)
        g_string_append_printf(out, "%s: has not heard from the peer yet (%s)\n", name,
                               dirs_in_words(missing));
    else if (asked)
        g_string_append_printf(out, "%s: waits for the peer's confirmation that it has resources (%s)\n",
                               name, dirs_in_words(missing));
    else
        g_string_append_printf(out, "%s: waits for the peer's resources (%s)\n", name,
                               dirs_in_words(missing));
}

void sdp_session_explain(const struct sdp_session *ss, GString *out)
{
    if (ss->state == SDP_LOCAL_OFFER)
        g_string_append_printf(out, "session: waits for the answer to O%u\n", ss->pending->oa_index);
    for (unsigned i = 0; i < ss->n_streams; i++) {
        const struct sdp_session_stream *st = &ss->streams[i];
        const char *name;

        if (!st->live || !st->precond)
            continue;
        name = sdp_media_name(ss->local->media[st->media].kind);
        explain_own(ss, st, name, out);
        explain_peer(ss, i, name, out);
    }
}
