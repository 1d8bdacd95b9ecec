/* precond.h - the precondition status table of one media stream (RFC 3312, RFC 4032).
 *
 * A table has two segments, each with two directions, so four rows: local send, local recv, remote
 * send, remote recv. A row has a current status (yes or no) and a desired strength; a third column
 * says whose change must be confirmed. This is the segmented status type: each party reserves its
 * own access network and tells the other. A table is always written in the view of the party that
 * holds it; precond_swap() gives the other party's view of the same thing.
 *
 * SIMPLIFIED: the end-to-end status type ("e2e") is left out; IMS uses the segmented one. */
#ifndef MODELS_PROTO_SDP_PRECOND_H
#define MODELS_PROTO_SDP_PRECOND_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Directions of media, as bits: what the holder of the description sends and receives. */
#define SDP_SEND     1u
#define SDP_RECV     2u
#define SDP_INACTIVE 0u
#define SDP_SENDRECV (SDP_SEND | SDP_RECV)

enum sdp_segment { SDP_LOCAL, SDP_REMOTE };

/* STRENGTH(enumerator, "tag of the des line"). The first three are in rising order; the last two only
 * report what went wrong, in the body of a refusal (RFC 3312 8, 9). */
#define SDP_STRENGTHS(STRENGTH)                                                                              \
    STRENGTH(SDP_STRENGTH_NONE, "none")                                                                      \
    STRENGTH(SDP_STRENGTH_OPTIONAL, "optional")                                                              \
    STRENGTH(SDP_STRENGTH_MANDATORY, "mandatory")                                                            \
    STRENGTH(SDP_STRENGTH_FAILURE, "failure")                                                                \
    STRENGTH(SDP_STRENGTH_UNKNOWN, "unknown")

enum sdp_strength {
#define STRENGTH(id, tag) id,
    SDP_STRENGTHS(STRENGTH)
#undef STRENGTH
        SDP_STRENGTH_COUNT
};

/* PRECOND(enumerator, "type tag"): the precondition type of a stream. Only qos is ever met; the others
 * exist so that a party can be asked for something it does not know (RFC 3312 9). */
#define SDP_PRECONDS(PRECOND)                                                                                \
    PRECOND(SDP_PRECOND_NONE, "")                                                                            \
    PRECOND(SDP_PRECOND_QOS, "qos")                                                                          \
    PRECOND(SDP_PRECOND_SEC, "sec")                                                                          \
    PRECOND(SDP_PRECOND_CONN, "conn")

enum sdp_precond {
#define PRECOND(id, tag) id,
    SDP_PRECONDS(PRECOND)
#undef PRECOND
        SDP_PRECOND_COUNT
};

/* The table. des is indexed [segment][0 = send, 1 = recv]; curr and conf hold direction bits. */
struct sdp_status {
    uint8_t curr[2];
    uint8_t conf[2];
    uint8_t des[2][2];
};

/* Tags as on the wire. Directions: "none" when no bit is set (a=curr), see sdp_mode_name() for a=. */
const char *sdp_strength_name(enum sdp_strength strength);
const char *sdp_precond_name(enum sdp_precond type);
const char *sdp_direction_name(unsigned bits);
const char *sdp_mode_name(unsigned bits); /* "inactive", "sendonly", "recvonly", "sendrecv" */

/* The same directions as the other party sees them: what one sends the other receives. */
static inline unsigned sdp_direction_swap(unsigned bits)
{
    return (bits & SDP_SEND) << 1 | (bits & SDP_RECV) >> 1;
}

/* A fresh table: nothing reserved, strengths as given for the wanted directions, none elsewhere. */
struct sdp_status precond_init(enum sdp_strength local, enum sdp_strength remote, unsigned want);

/* The same table in the other party's view: local <-> remote and send <-> recv (RFC 3312 5.2). */
struct sdp_status precond_swap(const struct sdp_status *status);

/* Raises each desired strength of `status` to that of `floor` where it is lower; never lowers one
 * (the answerer's rule, RFC 3312 5.2). Failure and unknown are left alone. */
void precond_raise(struct sdp_status *status, const struct sdp_status *floor);

/* Directions of the segment whose desired strength is at least `least` (failure and unknown excluded). */
unsigned precond_desired(const struct sdp_status *status, enum sdp_segment segment, enum sdp_strength least);

/* Directions of the segment that are desired at least that strongly and are not there yet. */
unsigned precond_missing(const struct sdp_status *status, enum sdp_segment segment, enum sdp_strength least);

/* Whether some row reports failure or unknown. */
bool precond_reports_failure(const struct sdp_status *status);

#endif
