/* sdp_session.h - one party's side of offer/answer in one dialog, with preconditions.
 *
 * Three things in one small struct: whose turn it is (RFC 3264, RFC 3311 5.2), what was agreed, and the
 * precondition status table of each stream (RFC 3312, RFC 4032). The owner, a user agent, says when its
 * resources are reserved and which message carries which description; nothing here knows SIP messages,
 * time or text.
 *
 *     caller                                  called
 *     sdp_session_offer()      -- O1 -->      sdp_session_take_offer()
 *     sdp_session_take_answer() <-- A1 --     sdp_session_answer()       conf: tell me when you are ready
 *     sdp_session_set_ready()
 *     sdp_session_must_confirm() is now true
 *     sdp_session_offer()      -- O2 -->      sdp_session_take_offer(); sdp_session_met() may be true now
 *     sdp_session_take_answer() <-- A2 --     sdp_session_answer()
 *
 * References: offer() and answer() return a description with one reference for the caller to put in
 * its message (or to unref); take_*() add a reference of their own and leave the caller's alone. */
#ifndef MODELS_PROTO_SDP_SDP_SESSION_H
#define MODELS_PROTO_SDP_SDP_SESSION_H

#include "models/proto/sdp/sdp.h"

/* One kind of media a party can do, and how it describes it. */
struct sdp_media {
    uint8_t kind;     /* enum sdp_media_kind                                             */
    uint8_t n_codecs; /* <= SDP_MAX_CODECS                                               */
    uint16_t port;
    uint16_t ptime_ms; /* 0: no line                                                     */
    uint32_t as_kbps;  /* b=AS; 0: no line                                               */
    bool as_of_codec;  /* b=AS says what the codecs need instead; no line if that is not known */
    const char *extra; /* one more attribute, without "a="; or NULL                      */
    struct sdp_codec codecs[SDP_MAX_CODECS]; /* in order of preference                   */
};

/* A party's configuration. Shared by all its calls; the media list by any number of parties. Outlives
 * every session and every description made with it. */
struct sdp_local {
    const char *address;
    const struct sdp_media *media;
    uint8_t n_media;       /* <= SDP_MAX_STREAMS                                         */
    uint8_t direction;     /* wanted: SDP_SENDRECV for a call                            */
    uint8_t want_local;    /* enum sdp_strength asked for the own segment                */
    uint8_t want_remote;   /* enum sdp_strength asked for the peer's segment             */
    bool preconditions;    /* use them at all                                            */
    bool inactive_missing; /* mark a stream a=inactive while own resources are missing   */
};

enum sdp_session_state {
    SDP_IDLE,         /* an offer may be made or taken         */
    SDP_LOCAL_OFFER,  /* own offer out, answer not yet here    */
    SDP_REMOTE_OFFER, /* peer's offer here, own answer owed    */
};

/* Only the called party asks to be told when the peer is ready, because it is the one that alerts. */
enum sdp_role { SDP_ROLE_OPEN, SDP_ROLE_CALLER, SDP_ROLE_CALLED };

/* One m= line of the dialog. */
struct sdp_session_stream {
    struct sdp_status status; /* own view; curr[SDP_REMOTE] and conf as last heard       */
    uint8_t want;             /* directions that must have resources at both ends        */
    uint8_t media;            /* index in local->media, SDP_NO_MEDIA: refused by us      */
    bool live;                /* port not 0 at either end                                */
    bool precond;             /* both sides use preconditions here (as far as is known)  */
    uint8_t peer;             /* own directions that the peer allows, by what it said    */
    uint8_t agreed_want, agreed_peer; /* the same at the end of the last exchange        */
};
#define SDP_NO_MEDIA 0xff

/* What the user wants (sdp_wishes.c). */
struct sdp_wish {
    uint8_t use;                    /* bit k: a stream for local->media[k]               */
    uint8_t codec[SDP_MAX_STREAMS]; /* for local->media[k]: the codec to be first in the next offer, + 1; 0: any */
    bool hold;                      /* nothing is to be received                         */
};

/* Read only for others. */
struct sdp_session {
    struct sdp_pool *pool;
    const struct sdp_local *local;
    const char *address;            /* o= and c= of this party; at first local->address  */
    struct sdp *mine;               /* last description of a finished exchange, own      */
    struct sdp *theirs;             /* and the peer's                                    */
    struct sdp *pending;            /* the offer of the exchange that is going on        */
    uint64_t id;                    /* o=: of this side in this dialog                   */
    uint64_t version;               /* o=: of the next description                       */
    uint16_t exchanges;             /* finished                                          */
    uint8_t state;                  /* enum sdp_session_state                            */
    uint8_t n_streams;              /* m= lines of the dialog                            */
    uint8_t role;                   /* enum sdp_role                                     */
    uint8_t failed;                 /* bit k: reservation for local->media[k] failed     */
    uint8_t ready[SDP_MAX_STREAMS]; /* directions reserved for local->media[k]           */
    struct sdp_wish wish, said;     /* now; as the last own description had it           */
    bool agreed_hold;
    struct sdp_session_stream streams[SDP_MAX_STREAMS];
};

/* Starts idle, nothing reserved. The first description has version = session_id. */
void sdp_session_init(struct sdp_session *ss, struct sdp_pool *pool, const struct sdp_local *local,
                      uint64_t session_id);
void sdp_session_clear(struct sdp_session *ss); /* drops the references; harmless twice */

/* Says whether this party is the one that alerts. The called party asks for confirmation of the
 * peer's resources in its descriptions while they are missing (RFC 3312 6, 7). Only needed when the INVITE
 * carries no description: otherwise the first offer is the caller's. */
void sdp_session_set_called(struct sdp_session *ss, bool called);

/* ---- own resources ---------------------------------------------------------------------------- */

/* Own access resources are reserved (true) or lost (false), for all media or for local->media[media]. */
void sdp_session_set_ready(struct sdp_session *ss, bool ready);
void sdp_session_set_media_ready(struct sdp_session *ss, unsigned media, bool ready);
/* The reservation for local->media[media] failed for good (until set ready). */
void sdp_session_fail(struct sdp_session *ss, unsigned media);

/* ---- wishes of the user ----------------------------------------------------------------------- */

/* The media goes on hold, or is resumed: streams are offered and answered without the direction towards here (RFC 3264
 * 8.4; TS 24.610 4.5.2.1). */
void sdp_session_hold(struct sdp_session *ss, bool hold);
/* The next offer lists all codecs of local->media[media] again, this one first. */
void sdp_session_prefer(struct sdp_session *ss, unsigned media, unsigned codec);
/* A stream for local->media[media], or none. Before the first offer: what the call begins with. */
void sdp_session_use(struct sdp_session *ss, unsigned media, bool use);
/* What was agreed on is not what is wished: an offer would say so. */
bool sdp_session_wishes(const struct sdp_session *ss);
/* It is good as it is. */
void sdp_session_forget_wishes(struct sdp_session *ss);

/* ---- offer and answer ------------------------------------------------------------------------- */

/* The next offer, or NULL when none may be made now. One reference for the caller. */
struct sdp *sdp_session_offer(struct sdp_session *ss);
/* The answer to the own offer. 0; or, with the session unchanged but for the offer, which is
 * withdrawn: 488 it does not fit the offer or refuses every stream, 580 it reports a failed
 * precondition. -1: no offer is out, nothing was done. */
int sdp_session_take_answer(struct sdp_session *ss, struct sdp *answer);
/* An offer of the peer. 0; or the SIP status to refuse it with, the session unchanged: 491 own offer is
 * out, 500 an answer is owed (RFC 3311 5.2), 488 nothing in common or m= lines gone (RFC 3264 8),
 * 580 a mandatory precondition that cannot be met (RFC 3312 8; the body: sdp_session_refusal()). */
int sdp_session_take_offer(struct sdp_session *ss, struct sdp *offer);
/* The answer to the offer taken last, or NULL when none is owed. One reference for the caller. */
struct sdp *sdp_session_answer(struct sdp_session *ss);
/* Ends an exchange without an answer: the request with our offer was refused or died, or the offer we
 * took was refused after all. What was agreed before stays. Does nothing when idle. */
void sdp_session_withdraw(struct sdp_session *ss);
/* The body of a 580 to `offer` (NULL: the one taken last): streams that failed have port 0 and a des
 * line with failure, or unknown when the type of the precondition is (RFC 3312 8, 9). NULL when there is no
 * such offer. One reference for the caller. */
struct sdp *sdp_session_refusal(struct sdp_session *ss, const struct sdp *offer);

bool sdp_session_offer_allowed(const struct sdp_session *ss);
bool sdp_session_offer_outstanding(const struct sdp_session *ss);
bool sdp_session_answer_owed(const struct sdp_session *ss);

/* ---- preconditions ---------------------------------------------------------------------------- */
/* All look at live streams only (RFC 3312 8.1) and want every one of them met (RFC 3312 10). */

/* Preconditions are configured and the peer, once heard, uses them too. */
bool sdp_session_uses_preconditions(const struct sdp_session *ss);
/* Own resources are there in the wanted directions; says nothing about preconditions. */
bool sdp_session_local_ready(const struct sdp_session *ss);
/* The peer's are, as it reported; so false before its first description. A stream without preconditions
 * has nobody to report and counts as ready. */
bool sdp_session_remote_ready(const struct sdp_session *ss);
/* Both ends have resources whatever the strength: X.S0013-009 6.1 never alerts before that. A stream without
 * preconditions has nothing to wait for and counts as met. */
bool sdp_session_met(const struct sdp_session *ss);
/* Every mandatory row is yes: what RFC 3312 6 asks for before alerting. */
bool sdp_session_mandatory_met(const struct sdp_session *ss);
/* The last description sent said that own resources are there. */
bool sdp_session_told_ready(const struct sdp_session *ss);
/* The peer asked to be told, and what it would be told has changed: all flagged rows are yes now and
 * were not in the last description sent, or the reverse. A new offer is due (RFC 3312 7). */
bool sdp_session_must_confirm(const struct sdp_session *ss);
/* Resources call for an offer: the above, or they have come and a stream is still inactive with nobody else
 * about to change that (a peer without preconditions, say). */
bool sdp_session_must_tell(const struct sdp_session *ss);
/* An offer may be made and is due: for the resources, or for a wish. */
bool sdp_session_offer_due(const struct sdp_session *ss);

/* Appends in words what a blocked party waits for: a line per stream, nothing when nothing is missing. */
void sdp_session_explain(const struct sdp_session *ss, GString *out);

#endif
