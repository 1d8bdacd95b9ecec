/* sdp.c - session descriptions: building, sharing and their text; see sdp.h.
 *
 * One emitter makes the text. Without an output string it only counts, so the size kept with a
 * description and the text that is rendered later cannot differ. */
#include "models/proto/sdp/sdp.h"

#include <stdio.h>
#include <string.h>

/* ---- the emitter ------------------------------------------------------------------------------ */

struct emit {
    GString *out; /* NULL: only count */
    uint32_t size;
};

static inline void put(struct emit *e, const char *text, size_t length)
{
    e->size += (uint32_t)length;
    if (e->out)
        g_string_append_len(e->out, text, (gssize)length);
}

#define PUT(e, literal) put((e), "" literal, sizeof(literal) - 1)

static void put_text(struct emit *e, const char *text)
{
    put(e, text, strlen(text));
}

static void put_number(struct emit *e, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    put(e, digits + at, sizeof digits - at);
}

static void put_strength_line(struct emit *e, const struct sdp_stream *s, enum sdp_segment segment,
                              unsigned dirs, unsigned strength)
{
    PUT(e, "a=des:");
    put_text(e, sdp_precond_name(s->precond));
    PUT(e, " ");
    put_text(e, sdp_strength_name(strength));
    put_text(e, segment == SDP_LOCAL ? " local " : " remote ");
    put_text(e, sdp_direction_name(dirs));
    PUT(e, "\r\n");
}

/* One line when both directions are desired alike, else one each. A refused stream only says what failed. */
static void put_desired(struct emit *e, const struct sdp_stream *s, enum sdp_segment segment)
{
    unsigned least = s->port ? SDP_STRENGTH_NONE : SDP_STRENGTH_FAILURE;
    unsigned send = s->status.des[segment][0];
    unsigned recv = s->status.des[segment][1];

    if (send == recv) {
        if (send >= least)
            put_strength_line(e, s, segment, SDP_SENDRECV, send);
        return;
    }
    if (send >= least)
        put_strength_line(e, s, segment, SDP_SEND, send);
    if (recv >= least)
        put_strength_line(e, s, segment, SDP_RECV, recv);
}

static void put_directions(struct emit *e, const struct sdp_stream *s, const char *attribute,
                           enum sdp_segment segment, unsigned bits)
{
    put_text(e, attribute);
    put_text(e, sdp_precond_name(s->precond));
    put_text(e, segment == SDP_LOCAL ? " local " : " remote ");
    put_text(e, sdp_direction_name(bits));
    PUT(e, "\r\n");
}

static void put_preconditions(struct emit *e, const struct sdp_stream *s)
{
    if (s->port) {
        put_directions(e, s, "a=curr:", SDP_LOCAL, s->status.curr[SDP_LOCAL]);
        put_directions(e, s, "a=curr:", SDP_REMOTE, s->status.curr[SDP_REMOTE]);
    }
    put_desired(e, s, SDP_LOCAL);
    put_desired(e, s, SDP_REMOTE);
    if (!s->port)
        return;
    for (unsigned segment = 0; segment < 2; segment++) {
        if (s->status.conf[segment])
            put_directions(e, s, "a=conf:", (enum sdp_segment)segment, s->status.conf[segment]);
    }
}

static void put_codec(struct emit *e, const struct sdp_codec *codec)
{
    PUT(e, "a=rtpmap:");
    put_number(e, codec->payload);
    PUT(e, " ");
    put_text(e, codec->encoding);
    PUT(e, "/");
    put_number(e, codec->clock_rate);
    if (codec->channels) {
        PUT(e, "/");
        put_number(e, codec->channels);
    }
    PUT(e, "\r\n");
    if (!codec->fmtp)
        return;
    PUT(e, "a=fmtp:");
    put_number(e, codec->payload);
    PUT(e, " ");
    put_text(e, codec->fmtp);
    PUT(e, "\r\n");
}

static void put_codecs(struct emit *e, const struct sdp_stream *s)
{
    bool first = true;

    for (unsigned k = 0; k < SDP_MAX_CODECS; k++) {
        if (!(s->codec_mask & 1u << k))
            continue;
        put_codec(e, &s->codecs[k]);
        if (first && s->ptime_ms) {
            PUT(e, "a=ptime:");
            put_number(e, s->ptime_ms);
            PUT(e, "\r\n");
        }
        first = false;
    }
}

/* m= needs at least one format, also when the stream is refused for want of a codec. */
static void put_media_line(struct emit *e, const struct sdp_stream *s)
{
    PUT(e, "m=");
    put_text(e, sdp_media_name(s->media));
    PUT(e, " ");
    put_number(e, s->port);
    PUT(e, " RTP/AVP");
    if (!s->codec_mask)
        PUT(e, " 0");
    for (unsigned k = 0; k < SDP_MAX_CODECS; k++) {
        if (s->codec_mask & 1u << k) {
            PUT(e, " ");
            put_number(e, s->codecs[k].payload);
        }
    }
    PUT(e, "\r\n");
}

static void put_stream(struct emit *e, const struct sdp_stream *s)
{
    put_media_line(e, s);
    if (s->port && s->as_kbps) {
        PUT(e, "b=AS:");
        put_number(e, s->as_kbps);
        PUT(e, "\r\n");
    }
    if (s->port && (s->direction != SDP_SENDRECV || s->show_sendrecv)) {
        PUT(e, "a=");
        put_text(e, sdp_mode_name(s->direction));
        PUT(e, "\r\n");
    }
    if (s->precond)
        put_preconditions(e, s);
    if (!s->port)
        return;
    put_codecs(e, s);
    if (s->extra) {
        PUT(e, "a=");
        put_text(e, s->extra);
        PUT(e, "\r\n");
    }
}

static uint32_t emit_sdp(const struct sdp *sdp, GString *out)
{
    struct emit e = {.out = out, .size = 0};

    PUT(&e, "v=0\r\no=- ");
    put_number(&e, sdp->id);
    PUT(&e, " ");
    put_number(&e, sdp->version);
    PUT(&e, " IN IP4 ");
    put_text(&e, sdp->address);
    PUT(&e, "\r\ns=-\r\nc=IN IP4 ");
    put_text(&e, sdp->address);
    PUT(&e, "\r\nt=0 0\r\n");
    for (unsigned i = 0; i < sdp->n_streams; i++)
        put_stream(&e, &sdp->streams[i]);
    return e.size;
}

void sdp_render(const struct sdp *sdp, GString *out)
{
    emit_sdp(sdp, out);
}

/* ---- building and sharing --------------------------------------------------------------------- */

void sdp_pool_init(struct sdp_pool *pool)
{
    slab_init(&pool->slab, sizeof(struct sdp));
    pool->codecs = sdp_codecs_new();
}

void sdp_pool_clear(struct sdp_pool *pool)
{
    slab_clear(&pool->slab);
    sdp_codecs_free(pool->codecs);
    pool->codecs = NULL;
}

struct sdp *sdp_new(struct sdp_pool *pool, const struct sdp *value)
{
    struct sdp *sdp = slab_alloc(&pool->slab, NULL);

    g_assert(value->n_streams <= SDP_MAX_STREAMS);
    memcpy(sdp, value, offsetof(struct sdp, streams) + value->n_streams * sizeof value->streams[0]);
    sdp->refs = 1;
    sdp->size = emit_sdp(sdp, NULL);
    return sdp;
}

void sdp_unref(struct sdp_pool *pool, struct sdp *sdp)
{
    if (!sdp)
        return;
    g_assert(sdp->refs > 0);
    if (--sdp->refs == 0)
        slab_free(&pool->slab, sdp);
}

/* ---- looking ---------------------------------------------------------------------------------- */

const char *sdp_media_name(enum sdp_media_kind kind)
{
    return kind == SDP_AUDIO ? "audio" : "video";
}

uint32_t sdp_ipv4(const char *text)
{
    uint32_t address = 0;

    for (int part = 0; part < 4; part++) {
        unsigned value = 0, digits = 0;
        while (text && g_ascii_isdigit(*text) && digits++ < 3)
            value = value * 10 + (unsigned)(*text++ - '0');
        if (digits == 0 || value > 255 || (part < 3 && *text++ != '.'))
            return 0;
        address = address << 8 | value;
    }
    return *text ? 0 : address;
}

const struct sdp_codec *sdp_stream_codec(const struct sdp_stream *stream)
{
    if (!stream->codec_mask)
        return NULL;
    return &stream->codecs[g_bit_nth_lsf(stream->codec_mask, -1)];
}

bool sdp_has_mandatory(const struct sdp *sdp)
{
    for (unsigned i = 0; i < sdp->n_streams; i++) {
        const struct sdp_stream *s = &sdp->streams[i];

        if (s->port && s->precond &&
            (precond_desired(&s->status, SDP_LOCAL, SDP_STRENGTH_MANDATORY) |
             precond_desired(&s->status, SDP_REMOTE, SDP_STRENGTH_MANDATORY)))
            return true;
    }
    return false;
}

bool sdp_has_preconditions(const struct sdp *sdp)
{
    for (unsigned i = 0; i < sdp->n_streams; i++) {
        if (sdp->streams[i].precond)
            return true;
    }
    return false;
}

static void append_desired(GString *cell, const struct sdp_status *status, enum sdp_segment segment)
{
    const char *send = sdp_strength_name(status->des[segment][0]);
    const char *recv = sdp_strength_name(status->des[segment][1]);

    if (send == recv)
        g_string_printf(cell, "%s sendrecv", send);
    else
        g_string_printf(cell, "%s send, %s recv", send, recv);
}

void sdp_precond_table(const struct sdp *sdp, GString *out)
{
    GString *cell = g_string_new(NULL);

    g_string_append(out, "stream  segment  current   desired                        confirm\n");
    for (unsigned i = 0; i < sdp->n_streams; i++) {
        const struct sdp_stream *s = &sdp->streams[i];

        if (!s->precond) {
            g_string_append_printf(out, "%-6s  %s\n", sdp_media_name(s->media),
                                   s->port ? "no preconditions" : "refused (port 0)");
            continue;
        }
        for (unsigned segment = 0; segment < 2; segment++) {
            append_desired(cell, &s->status, (enum sdp_segment)segment);
            g_string_append_printf(
                out, "%-6s  %-7s  %-8s  %-29s  %s\n", segment == SDP_LOCAL ? sdp_media_name(s->media) : "",
                segment == SDP_LOCAL ? "local" : "remote", sdp_direction_name(s->status.curr[segment]),
                cell->str, s->status.conf[segment] ? sdp_direction_name(s->status.conf[segment]) : "-");
        }
    }
    g_string_free(cell, TRUE);
}
