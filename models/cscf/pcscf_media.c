/* pcscf_media.c - service information from SDP: an offer and its answer as Media-Component-Descriptions
 * (TS 29.213 6.2, tables 6.2.1 and 6.2.2, from memory; TS 29.214 5.3.17).
 *
 * A component per stream, with a flow for RTP and one for RTCP. All is seen from the phone: its own address
 * is local. Ports are given at both ends, since phones receive where they send from (RFC 4961).
 * b=AS is what its author wants to receive (RFC 8866 5.8), so the other side's line bounds the uplink. */
#include "models/cscf/pcscf_rx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IP_UDP_RTP 40u /* bytes of the three headers, IPv4 */
#define PACKETS_PER_S 50u /* 20 ms frames */

uint32_t pcscf_ipv4(const char *text)
{
    unsigned a, b, c, d;
    if (!text || sscanf(text, "%3u.%3u.%3u.%3u", &a, &b, &c, &d) != 4)
        return 0;
    return a << 24 | b << 16 | c << 8 | d;
}

/* ---- bandwidth of a codec (TS 26.114 annex K, RFC 4867 4.3, 4.4) ------------------------------------- */

/* Speech bits per 20 ms frame, by mode. */
static const uint16_t amr_bits[] = {95, 103, 118, 134, 148, 159, 204, 244};
static const uint16_t amr_wb_bits[] = {132, 177, 253, 285, 317, 365, 397, 461, 477};

/* The highest mode of "mode-set=0,2,4" below n; without one the highest there is. */
static unsigned highest_mode(const char *fmtp, unsigned n)
{
    const char *at = fmtp ? strstr(fmtp, "mode-set=") : NULL;
    unsigned best = 0;
    if (!at)
        return n - 1;
    at += strlen("mode-set=");
    for (char *end;; at = end + 1) {
        unsigned long mode = strtoul(at, &end, 10);
        if (end == at)
            return best;
        best = mode < n && mode > best ? (unsigned)mode : best;
        if (*end != ',')
            return best;
    }
}

/* Bytes of RTP payload of a frame: bandwidth-efficient or octet-aligned. */
static uint32_t amr_payload(const uint16_t *bits, unsigned n, const char *fmtp)
{
    uint32_t speech = bits[highest_mode(fmtp, n)];
    bool aligned = fmtp && strstr(fmtp, "octet-align=1");
    return aligned ? 2 + (speech + 7) / 8 : (4 + 6 + speech + 7) / 8;
}

static uint32_t payload(const struct sdp_codec *codec, const char *fmtp)
{
    if (codec && g_ascii_strcasecmp(codec->encoding, "AMR") == 0)
        return amr_payload(amr_bits, G_N_ELEMENTS(amr_bits), fmtp);
    if (codec && g_ascii_strcasecmp(codec->encoding, "AMR-WB") == 0)
        return amr_payload(amr_wb_bits, G_N_ELEMENTS(amr_wb_bits), fmtp);
    if (codec && (g_ascii_strcasecmp(codec->encoding, "EVRC") == 0 || g_ascii_strcasecmp(codec->encoding, "SMV") == 0))
        return 22; /* 171 bits, full rate */
    return 160; /* G.711; SIMPLIFIED: other codecs as well */
}

/* SIMPLIFIED: video without b=AS. */
#define VIDEO_BPS 384000u

uint32_t pcscf_bandwidth(const struct sdp_stream *s)
{
    const struct sdp_codec *codec = sdp_stream_codec(s);
    if (s->as_kbps)
        return s->as_kbps * 1000;
    if (s->media == SDP_VIDEO)
        return VIDEO_BPS;
    uint32_t bps = (IP_UDP_RTP + payload(codec, s->fmtp ? s->fmtp : codec ? codec->fmtp : NULL)) * 8 * PACKETS_PER_S;
    return (bps + 999) / 1000 * 1000; /* as b=AS would say it */
}

/* ---- flows ------------------------------------------------------------------------------------------- */

static struct ie_filter flow(uint8_t direction, uint32_t remote, uint16_t remote_port, uint32_t local, uint16_t local_port)
{
    return (struct ie_filter){.direction = direction, .protocol = 17, .remote = remote, .remote_port = remote_port,
                              .local = local, .local_port = local_port};
}

/* RTP at `up` = 0, RTCP one port higher (RFC 3550 11). */
static struct ie_media_flow pair(uint32_t remote, uint16_t remote_port, uint32_t local, uint16_t local_port, uint16_t up,
                                 uint8_t status)
{
    remote_port = (uint16_t)(remote_port + up);
    local_port = (uint16_t)(local_port + up);
    return (struct ie_media_flow){
        .number = (uint8_t)(up + 1),
        .usage = up ? USAGE_RTCP : USAGE_NONE,
        .status = status,
        .down = flow(FILTER_DOWNLINK, remote, remote_port, local, local_port),
        .up = flow(FILTER_UPLINK, remote, remote_port, local, local_port),
    };
}

/* What the two directions allow together, from the phone's side. RTCP passes even while media is on hold. */
static uint8_t status_of(const struct sdp_stream *phone, const struct sdp_stream *remote)
{
    bool up = (phone->direction & SDP_SEND) && (remote->direction & SDP_RECV);
    bool down = (phone->direction & SDP_RECV) && (remote->direction & SDP_SEND);
    if (!phone->port || !remote->port)
        return FLOW_REMOVED;
    return up && down ? FLOW_ENABLED : up ? FLOW_ENABLED_UPLINK : down ? FLOW_ENABLED_DOWNLINK : FLOW_DISABLED;
}

/* "AMR-WB/16000" */
static const char *codec_name(const struct sdp_stream *s)
{
    const struct sdp_codec *codec = sdp_stream_codec(s);
    char name[64];
    if (!codec)
        return NULL;
    g_snprintf(name, sizeof name, "%s/%u", codec->encoding, codec->clock_rate);
    return g_intern_string(name);
}

void pcscf_media(struct ie_media_list *list, const struct sdp *phone, const struct sdp *remote, const struct sdp *answer,
                 bool removed)
{
    uint32_t here = pcscf_ipv4(phone->address), there = pcscf_ipv4(remote->address);
    *list = (struct ie_media_list){0};
    for (unsigned i = 0; i < MIN(phone->n_streams, remote->n_streams) && list->n < IE_MAX_MEDIA; i++) {
        const struct sdp_stream *p = &phone->streams[i], *r = &remote->streams[i];
        uint8_t status = status_of(p, r);
        if (status == FLOW_REMOVED && !removed)
            continue;
        struct ie_media *m = &list->item[list->n++];
        m->number = (uint8_t)(i + 1);
        m->type = p->media == SDP_VIDEO ? MEDIA_VIDEO : MEDIA_AUDIO;
        m->flow_status = status;
        m->codec = codec_name(&answer->streams[i]);
        m->max_ul = pcscf_bandwidth(r);
        m->max_dl = pcscf_bandwidth(p);
        m->rs = MAX(m->max_ul, m->max_dl) / 80; /* of the 5 % for RTCP a quarter is the senders' (RFC 3556 2) */
        m->rr = 3 * m->rs;
        m->n = 2;
        m->flow[0] = pair(there, r->port, here, p->port, 0, status);
        m->flow[1] = pair(there, r->port, here, p->port, 1, status == FLOW_REMOVED ? FLOW_REMOVED : FLOW_ENABLED);
    }
}

static bool same_flow(const struct ie_filter *a, const struct ie_filter *b)
{
    return a->remote == b->remote && a->remote_port == b->remote_port && a->local == b->local &&
           a->local_port == b->local_port;
}

bool pcscf_media_equal(const struct ie_media_list *a, const struct ie_media_list *b)
{
    bool same = a->n == b->n;
    for (unsigned i = 0; same && i < a->n; i++) {
        const struct ie_media *x = &a->item[i], *y = &b->item[i];
        same = x->number == y->number && x->type == y->type && x->flow_status == y->flow_status &&
               x->max_ul == y->max_ul && x->max_dl == y->max_dl && g_strcmp0(x->codec, y->codec) == 0 &&
               same_flow(&x->flow[0].down, &y->flow[0].down);
    }
    return same;
}
