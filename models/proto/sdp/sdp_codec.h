/* sdp_codec.h - what codecs are called, what they need on the way, and which of two parties' codecs are the
 * same.
 *
 * A list of codecs that stands in a description is a value of the pool (sdp.h): negotiated once for each pair
 * of an offered list and a configured medium, and found again after that, so that a call costs no work with
 * text. */
#ifndef MODELS_PROTO_SDP_SDP_CODEC_H
#define MODELS_PROTO_SDP_SDP_CODEC_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SDP_MAX_CODECS 8

struct sdp_codec {
    const char *encoding; /* name as registered: "EVRC"                                           */
    const char *fmtp;     /* parameters, or NULL: no fmtp line                                    */
    uint32_t clock_rate;  /* Hz                                                                   */
    uint8_t payload;      /* RTP payload type                                                     */
    uint8_t channels;     /* 0: not printed, means 1                                              */
};

struct sdp_codec_list {
    uint8_t n;
    uint32_t as_kbps; /* what b=AS says of it over IPv4; 0: not known */
    struct sdp_codec item[SDP_MAX_CODECS];
};

/* ---- rates -------------------------------------------------------------------------------------------- */

/* Bit/s of a stream: one frame of the codec's highest mode in each packet of 20 ms, with RTP, UDP and IP
 * headers of this version (4 or 6) (TS 26.114 annex K; RFC 4867 4.3, 4.4; RFC 4788). 0: not known, as for
 * video. */
uint32_t sdp_codec_bps(const struct sdp_codec *codec, unsigned ip_version);
/* The same in whole kbit/s, as b=AS has it; of several, the most that one of them needs. */
uint32_t sdp_codec_as(const struct sdp_codec *codec, unsigned ip_version);

/* Names of telephone events (RFC 4733): no codec by itself, it goes with one of the same clock rate. */
bool sdp_codec_is_event(const struct sdp_codec *codec);

/* ---- one codec of each side ---------------------------------------------------------------------------- */

/* Whether an answerer that has `own` can take the payload type `offered`; then `fmtp` becomes the parameters
 * of its answer (empty: none). AMR, AMR-WB (RFC 4867 8.3.1): octet-align, crc, robust-sorting, interleaving
 * and channels have to be the same on both sides, and are returned as they came. An offered mode-set is
 * returned as it came, or the payload type is refused; the own one may only be named when none was offered.
 * mode-change-period=2 is only for a peer with mode-change-capability=2. telephone-event: each side names the
 * events it takes (RFC 4733 2.5.1.1). others: the parameters are the same, in any order, or one side has
 * none. */
bool sdp_codec_take(const struct sdp_codec *offered, const struct sdp_codec *own, GString *fmtp);

/* ---- lists ----------------------------------------------------------------------------------------------
 */

struct sdp_media;
struct sdp_codecs; /* all lists of a pool */

struct sdp_codecs *sdp_codecs_new(void);
void sdp_codecs_free(struct sdp_codecs *all);

/* What a party with this medium answers to the codecs of an offer (those of the mask): the first one that it
 * has too, in the offered order, and telephone-event of its clock rate if both have that. NULL: nothing in
 * common. */
const struct sdp_codec_list *sdp_codecs_answer(struct sdp_codecs *all, const struct sdp_codec *offered,
                                               uint8_t mask, const struct sdp_media *own);
/* What it offers: all it has, the codec at place `first` before the others. A codec that stands in the agreed
 * list (mask 0: there is none) keeps the payload type it has there, and no other takes that (RFC 3264 8.3.2).
 * SIMPLIFIED: payload types that were offered and not agreed on may be used for something else. */
const struct sdp_codec_list *sdp_codecs_offer(struct sdp_codecs *all, const struct sdp_media *own,
                                              unsigned first, const struct sdp_codec *agreed, uint8_t mask);
/* The codecs of a description as a list. */
const struct sdp_codec_list *sdp_codecs_of(struct sdp_codecs *all, const struct sdp_codec *codecs,
                                           uint8_t mask);
/* How many there are, for tests: calls that are all alike make no new ones. */
unsigned sdp_codecs_count(const struct sdp_codecs *all);

#endif
