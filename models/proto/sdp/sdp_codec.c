/* sdp_codec.c - codecs: their rates, and whether those of two parties are the same (see sdp_codec.h). */
#include "models/proto/sdp/sdp_codec.h"

#include <stdlib.h>
#include <string.h>

/* ---- parameters --------------------------------------------------------------------------------------- */

#define MAX_PARAMS 16

/* A format parameter, as it stands in a text: "octet-align=1". */
struct param {
    const char *text;
    size_t name, length; /* of the name, of the whole */
};

static const char *skip_blanks(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

/* The parameters of "a=1; b=2", without blanks around them; returns how many. */
static unsigned params_of(const char *fmtp, struct param out[MAX_PARAMS])
{
    unsigned n = 0;
    for (const char *at = skip_blanks(fmtp ? fmtp : ""); *at && n < MAX_PARAMS;) {
        size_t length = strcspn(at, ";"), all = length;
        while (length && at[length - 1] == ' ')
            length--;
        const char *equals = memchr(at, '=', length);
        if (length)
            out[n++] = (struct param){at, equals ? (size_t)(equals - at) : length, length};
        at = skip_blanks(at + all + (at[all] == ';'));
    }
    return n;
}

static bool is_named(const struct param *p, const char *name)
{
    return strlen(name) == p->name && g_ascii_strncasecmp(p->text, name, p->name) == 0;
}

/* The value of a parameter, "" when it has none; NULL: it is not there. Ends where the text or the parameter
 * does. */
static const char *value_of(const char *fmtp, const char *name)
{
    struct param list[MAX_PARAMS];
    unsigned n = params_of(fmtp, list);
    for (unsigned i = 0; i < n; i++)
        if (is_named(&list[i], name))
            return list[i].length > list[i].name ? list[i].text + list[i].name + 1 : "";
    return NULL;
}

static unsigned number_of(const char *fmtp, const char *name)
{
    const char *value = value_of(fmtp, name);
    return value ? (unsigned)strtoul(value, NULL, 10) : 0;
}

static bool has_param(const struct param list[], unsigned n, const struct param *p)
{
    for (unsigned i = 0; i < n; i++)
        if (list[i].length == p->length && g_ascii_strncasecmp(list[i].text, p->text, p->length) == 0)
            return true;
    return false;
}

/* The same parameters in any order. */
static bool same_params(const char *a, const char *b)
{
    struct param in_a[MAX_PARAMS], in_b[MAX_PARAMS];
    unsigned n = params_of(a, in_a), m = params_of(b, in_b);
    bool same = n == m;
    for (unsigned i = 0; same && i < n; i++)
        same = has_param(in_b, m, &in_a[i]);
    return same;
}

static void append_param(GString *fmtp, const struct param *p)
{
    if (fmtp->len)
        g_string_append_c(fmtp, ';');
    g_string_append_len(fmtp, p->text, (gssize)p->length);
}

/* ---- rates -------------------------------------------------------------------------------------------- */

/* Speech bits of a frame of 20 ms, by mode (TS 26.101, TS 26.201). */
static const uint16_t amr_bits[] = {95, 103, 118, 134, 148, 159, 204, 244};
static const uint16_t amr_wb_bits[] = {132, 177, 253, 285, 317, 365, 397, 461, 477};

/* What is known of a codec. */
static const struct rate {
    const char *encoding;
    const uint16_t *bits; /* by mode, with the payload header of RFC 4867; or NULL */
    uint8_t modes;
    uint8_t bytes; /* of payload, without modes */
} rates[] = {
    {"AMR",    amr_bits,    G_N_ELEMENTS(amr_bits),    0  },
    {"AMR-WB", amr_wb_bits, G_N_ELEMENTS(amr_wb_bits), 0  },
    {"EVRC",   NULL,        0,                         22 }, /* 171 bits, full rate */
    {"SMV",    NULL,        0,                         22 },
    {"PCMU",   NULL,        0,                         160},
    {"PCMA",   NULL,        0,                         160},
};

static bool is_codec(const struct sdp_codec *codec, const char *encoding)
{
    return g_ascii_strcasecmp(codec->encoding, encoding) == 0;
}

static const struct rate *rate_of(const struct sdp_codec *codec)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rates); i++)
        if (is_codec(codec, rates[i].encoding))
            return &rates[i];
    return NULL;
}

/* Modes of "0,2,4" as bits; all there are without a mode-set. */
static uint32_t mode_set(const char *fmtp)
{
    const char *at = value_of(fmtp, "mode-set");
    uint32_t set = 0;
    if (!at)
        return UINT32_MAX;
    for (char *end;; at = end + 1) {
        unsigned long mode = strtoul(at, &end, 10);
        if (end == at)
            return set;
        if (mode < 32)
            set |= UINT32_C(1) << mode;
        if (*end != ',')
            return set;
    }
}

/* The highest mode below n; 0 when the set names none of them. */
static unsigned highest_mode(const char *fmtp, unsigned n)
{
    uint32_t set = mode_set(fmtp) & ((UINT32_C(1) << n) - 1);
    return set ? (unsigned)g_bit_nth_msf(set, -1) : 0;
}

/* crc, robust-sorting and interleaving need octet-aligned payload (RFC 4867 8.1). */
static bool is_aligned(const char *fmtp)
{
    return number_of(fmtp, "octet-align") || number_of(fmtp, "crc") || number_of(fmtp, "robust-sorting") ||
           value_of(fmtp, "interleaving");
}

/* Bytes of RTP payload of a frame: a request for a mode (4 bits), a table of contents (6) and the speech (RFC
 * 4867 4.3), or the same in whole bytes (4.4). */
static uint32_t payload(const struct rate *rate, const char *fmtp)
{
    if (!rate->bits)
        return rate->bytes;
    uint32_t speech = rate->bits[highest_mode(fmtp, rate->modes)];
    return is_aligned(fmtp) ? 1 + 1 + (speech + 7) / 8 : (4 + 6 + speech + 7) / 8;
}

enum { HEADERS_IPV4 = 20 + 8 + 12, HEADERS_IPV6 = 40 + 8 + 12, PACKETS_PER_S = 50 };

uint32_t sdp_codec_bps(const struct sdp_codec *codec, unsigned ip_version)
{
    const struct rate *rate = rate_of(codec);
    uint32_t headers = ip_version == 6 ? HEADERS_IPV6 : HEADERS_IPV4;
    return rate ? (headers + payload(rate, codec->fmtp)) * 8 * PACKETS_PER_S : 0;
}

uint32_t sdp_codec_as(const struct sdp_codec *codec, unsigned ip_version)
{
    return (sdp_codec_bps(codec, ip_version) + 999) / 1000;
}

/* ---- one codec of each side ---------------------------------------------------------------------------- */

bool sdp_codec_is_event(const struct sdp_codec *codec)
{
    return is_codec(codec, "telephone-event");
}

/* What both sides must have alike. */
static const char *const amr_fixed[] = {"octet-align", "crc", "robust-sorting", "interleaving"};

static bool is_fixed(const struct param *p)
{
    for (size_t i = 0; i < G_N_ELEMENTS(amr_fixed); i++)
        if (is_named(p, amr_fixed[i]))
            return true;
    return false;
}

static bool same_format(const char *a, const char *b)
{
    return is_aligned(a) == is_aligned(b) && number_of(a, "crc") == number_of(b, "crc") &&
           number_of(a, "robust-sorting") == number_of(b, "robust-sorting") &&
           number_of(a, "interleaving") == number_of(b, "interleaving");
}

/* An answerer that cannot keep to every second frame cannot take an offer that asks for it. */
static bool can_change_modes(const char *offered, const char *own)
{
    return number_of(offered, "mode-change-period") != 2 || number_of(own, "mode-change-capability") == 2;
}

/* Own parameters that an answer may name. */
static bool may_answer(const struct param *p, const char *offered)
{
    if (is_fixed(p))
        return false;
    if (is_named(p, "mode-set"))
        return !value_of(offered, "mode-set");
    if (is_named(p, "mode-change-period"))
        return number_of(offered, "mode-change-capability") == 2;
    return true;
}

static bool take_amr(const char *offered, const char *own, GString *fmtp)
{
    struct param list[MAX_PARAMS];
    if (!same_format(offered, own) || !can_change_modes(offered, own))
        return false;
    if (value_of(offered, "mode-set") && (mode_set(offered) & ~mode_set(own)))
        return false;
    unsigned n = params_of(offered, list);
    for (unsigned i = 0; i < n; i++)
        if (is_fixed(&list[i]) || is_named(&list[i], "mode-set"))
            append_param(fmtp, &list[i]);
    n = params_of(own, list);
    for (unsigned i = 0; i < n; i++)
        if (may_answer(&list[i], offered))
            append_param(fmtp, &list[i]);
    return true;
}

static bool take_as_it_is(const char *offered, const char *own, GString *fmtp)
{
    if (offered && own && !same_params(offered, own))
        return false;
    g_string_append(fmtp, offered ? offered : own ? own : "");
    return true;
}

bool sdp_codec_take(const struct sdp_codec *offered, const struct sdp_codec *own, GString *fmtp)
{
    g_string_truncate(fmtp, 0);
    if (offered->clock_rate != own->clock_rate || MAX(offered->channels, 1) != MAX(own->channels, 1) ||
        !is_codec(offered, own->encoding))
        return false;
    if (is_codec(own, "AMR") || is_codec(own, "AMR-WB"))
        return take_amr(offered->fmtp, own->fmtp, fmtp);
    if (sdp_codec_is_event(own)) {
        g_string_append(fmtp, own->fmtp ? own->fmtp : "");
        return true;
    }
    return take_as_it_is(offered->fmtp, own->fmtp, fmtp);
}
