/* sdp.h - a session description (SDP) as a value, and its wire text (RFC 4566, RFC 3264, RFC 3312).
 *
 * A `struct sdp` is built once, never changed after that and shared by reference count: by the message
 * that carries it, its retransmissions, records, and the two parties' sessions (sdp_session.h). Its
 * `size` is the exact length of its text, which is only rendered when somebody looks.
 *
 * Texts and codec lists are not owned: they belong to the configuration (struct sdp_local, struct
 * sdp_media), which must outlive the pool, or to the pool.
 *
 * Lines of a media section, in the order of X.S0013-009: m=, b=, direction, a=curr, a=des, a=conf, rtpmap
 * and fmtp of the first codec, ptime, the other codecs, and one extra attribute. */
#ifndef MODELS_PROTO_SDP_SDP_H
#define MODELS_PROTO_SDP_SDP_H

#include "models/proto/sdp/precond.h"
#include "models/proto/sdp/sdp_codec.h"
#include "sim/slab.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SDP_MAX_STREAMS 4

enum sdp_media_kind { SDP_AUDIO, SDP_VIDEO };
const char *sdp_media_name(enum sdp_media_kind kind);

struct sdp_stream {
    const struct sdp_codec *codecs; /* a list of the pool, or in a configuration                    */
    const char *extra;              /* one more attribute, without "a=": "cif:1"; or NULL          */
    uint32_t as_kbps;               /* b=AS in kbit/s, 0: no line                                 */
    uint16_t port;                  /* 0: stream refused or removed                               */
    uint16_t ptime_ms;              /* 0: no line                                                 */
    uint8_t codec_mask;             /* bit k: codecs[k] is in the list; list order is bit order   */
    uint8_t media;                  /* enum sdp_media_kind                                        */
    uint8_t direction;              /* SDP_SEND and SDP_RECV bits                                 */
    bool show_sendrecv;             /* print "a=sendrecv" although it is the default              */
    uint8_t precond;                /* enum sdp_precond; SDP_PRECOND_NONE: no curr, des, conf lines */
    struct sdp_status status;       /* in the view of the description's author                    */
};

enum sdp_oa { SDP_OA_NONE, SDP_OA_OFFER, SDP_OA_ANSWER };

struct sdp {
    uint64_t id;         /* o=: session id, one per party and dialog                              */
    uint64_t version;    /* o=: one more in each new description of that party                    */
    const char *address; /* o= and c=: IPv4 address                                               */
    uint32_t size;       /* bytes of the text, set by sdp_new()                                   */
    uint32_t refs;       /* set by sdp_new()                                                      */
    uint16_t oa_index;   /* n of O<n> and A<n>, counted over the dialog; 0: neither               */
    uint8_t oa;          /* enum sdp_oa                                                           */
    uint8_t n_streams;
    struct sdp_stream streams[SDP_MAX_STREAMS];
};

/* Where descriptions live: one pool per simulation. */
struct sdp_pool {
    struct slab slab;
    struct sdp_codecs *codecs; /* lists that were negotiated */
};
void sdp_pool_init(struct sdp_pool *pool);
void sdp_pool_clear(struct sdp_pool *pool); /* frees all memory, whatever is still referenced */

/* A new description with the contents of `value` (its size and refs are ignored) and one reference,
 * the caller's. */
struct sdp *sdp_new(struct sdp_pool *pool, const struct sdp *value);
static inline struct sdp *sdp_ref(struct sdp *sdp)
{
    sdp->refs++;
    return sdp;
}
void sdp_unref(struct sdp_pool *pool, struct sdp *sdp); /* NULL is fine */

/* Appends the text; exactly sdp->size bytes, lines end in CR LF. */
void sdp_render(const struct sdp *sdp, GString *out);

/* An IPv4 address in dotted form as a number; 0 for what is none. */
uint32_t sdp_ipv4(const char *text);
/* The first codec in use of a stream, or NULL. */
const struct sdp_codec *sdp_stream_codec(const struct sdp_stream *stream);
/* Whether some live stream holds a mandatory precondition: the request then needs "Require:
 * precondition" (RFC 3312 11). */
bool sdp_has_mandatory(const struct sdp *sdp);
/* Whether some stream has precondition lines. */
bool sdp_has_preconditions(const struct sdp *sdp);

/* Appends a table of the preconditions: one line per stream and segment under a heading, fixed width;
 * "no preconditions" for a stream that has none. */
void sdp_precond_table(const struct sdp *sdp, GString *out);

#endif
