/* pcscf_media.c - service information from SDP: an offer and its answer as Media-Component-Descriptions
 * (TS 29.213 6.2, tables 6.2.1 and 6.2.2, from memory; TS 29.214 5.3.17).
 *
 * A component per stream, with a flow for RTP and one for RTCP. All is seen from the phone: its own address
 * is local. Ports are given at both ends, since phones receive where they send from (RFC 4961).
 * b=AS is what its author wants to receive (RFC 8866 5.8), so the other side's line bounds the uplink. */
#include "models/cscf/pcscf_rx.h"

/* ---- bandwidth ---------------------------------------------------------------------------------------- */

/* SIMPLIFIED: video without b=AS, and audio of a codec that is not known: that of G.711. */
enum { VIDEO_KBPS = 384, AUDIO_KBPS = 80 };

uint32_t pcscf_bandwidth(const struct sdp_stream *s)
{
    const struct sdp_codec *codec = sdp_stream_codec(s);
    uint32_t kbps = s->as_kbps ? s->as_kbps : codec ? sdp_codec_as(codec, 4) : 0;
    return 1000 * (kbps ? kbps : s->media == SDP_VIDEO ? VIDEO_KBPS : AUDIO_KBPS);
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

void pcscf_media(struct ie_media_list *list, const struct sdp *phone, const struct sdp *remote, const struct sdp *answer,
                 bool removed)
{
    uint32_t here = sdp_ipv4(phone->address), there = sdp_ipv4(remote->address);
    *list = (struct ie_media_list){0};
    for (unsigned i = 0; i < MIN(phone->n_streams, remote->n_streams) && list->n < IE_MAX_MEDIA; i++) {
        const struct sdp_stream *p = &phone->streams[i], *r = &remote->streams[i];
        uint8_t status = status_of(p, r);
        if (status == FLOW_REMOVED && !removed)
            continue;
        const struct sdp_codec *codec = sdp_stream_codec(&answer->streams[i]);
        struct ie_media *m = &list->item[list->n++];
        m->number = (uint8_t)(i + 1);
        m->type = p->media == SDP_VIDEO ? MEDIA_VIDEO : MEDIA_AUDIO;
        m->flow_status = status;
        if (codec) {
            m->codec = codec->encoding;
            m->clock_rate = codec->clock_rate;
        }
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
               x->clock_rate == y->clock_rate && same_flow(&x->flow[0].down, &y->flow[0].down);
    }
    return same;
}
