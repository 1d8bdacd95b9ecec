/* sdp_call.h - two sessions on a call, for tests: the parties, what travels between them, its looks. */
#ifndef TESTS_UNIT_SDP_CALL_H
#define TESTS_UNIT_SDP_CALL_H

#include "models/proto/sdp/sdp_session.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

/* ---- the parties ------------------------------------------------------------------------------ */

/* clang-format off */
#define EVRC {.payload = 97, .encoding = "EVRC", .clock_rate = 8000}
#define SMV {.payload = 99, .encoding = "SMV", .clock_rate = 8000}
#define H263 {.payload = 34, .encoding = "H263", .clock_rate = 90000}
#define AUDIO(at, as)                                                                                        \
    {.kind = SDP_AUDIO, .port = at, .ptime_ms = 20, .as_kbps = as, .n_codecs = 2, .codecs = {EVRC, SMV}}
#define VIDEO(at, as)                                                                                        \
    {.kind = SDP_VIDEO, .port = at, .extra = "cif:1", .as_kbps = as, .n_codecs = 1, .codecs = {H263}}
/* clang-format on */

static const struct sdp_media media_3a[] = {AUDIO(10500, 25), VIDEO(10600, 75)};
static const struct sdp_media media_3b[] = {AUDIO(10700, 25), VIDEO(10702, 75)};

static inline struct sdp_local party(const char *address, const struct sdp_media *media, unsigned n_media)
{
    struct sdp_local local = {
        .address = address,
        .media = media,
        .n_media = (uint8_t)n_media,
        .direction = SDP_SENDRECV,
        .want_local = SDP_STRENGTH_OPTIONAL,
        .want_remote = SDP_STRENGTH_OPTIONAL,
        .preconditions = true,
        .inactive_missing = true,
    };

    return local;
}

/* A call between a (caller) and b, with the offer and the answer that travel. */
struct call {
    struct sdp_pool pool;
    struct sdp_local la, lb;
    struct sdp_session a, b;
    struct sdp *offer, *answer;
};

static inline void call_start(struct call *c)
{
    sdp_pool_init(&c->pool);
    sdp_session_init(&c->a, &c->pool, &c->la, 2987935614u);
    sdp_session_init(&c->b, &c->pool, &c->lb, 35270718123u);
    c->offer = NULL;
    c->answer = NULL;
}

static inline void call_init(struct call *c)
{
    c->la = party("100.200.1.1", media_3a, 2);
    c->lb = party("100.200.1.2", media_3b, 2);
    call_start(c);
}

/* The same call anew, once its parties have changed their minds. */
static inline void call_restart(struct call *c)
{
    sdp_pool_clear(&c->pool);
    call_start(c);
}

/* Nothing of the call may be left over. */
static inline void call_clear(struct call *c)
{
    sdp_unref(&c->pool, c->offer);
    sdp_unref(&c->pool, c->answer);
    sdp_session_clear(&c->a);
    sdp_session_clear(&c->b);
    CU_ASSERT_EQUAL(slab_count(&c->pool.slab), 0);
    sdp_pool_clear(&c->pool);
}

static inline void send_offer(struct call *c, struct sdp_session *from)
{
    CU_ASSERT_TRUE(sdp_session_offer_allowed(from));
    sdp_unref(&c->pool, c->offer);
    c->offer = sdp_session_offer(from);
    CU_ASSERT_PTR_NOT_NULL_FATAL(c->offer);
    CU_ASSERT_TRUE(sdp_session_offer_outstanding(from));
    CU_ASSERT_FALSE(sdp_session_offer_allowed(from));
}

static inline void deliver_offer(struct call *c, struct sdp_session *to)
{
    CU_ASSERT_EQUAL(sdp_session_take_offer(to, c->offer), 0);
    CU_ASSERT_TRUE(sdp_session_answer_owed(to));
    CU_ASSERT_FALSE(sdp_session_offer_allowed(to));
}

static inline void send_answer(struct call *c, struct sdp_session *from)
{
    sdp_unref(&c->pool, c->answer);
    c->answer = sdp_session_answer(from);
    CU_ASSERT_PTR_NOT_NULL_FATAL(c->answer);
    CU_ASSERT_FALSE(sdp_session_answer_owed(from));
}

static inline void deliver_answer(struct call *c, struct sdp_session *to)
{
    CU_ASSERT_EQUAL(sdp_session_take_answer(to, c->answer), 0);
    CU_ASSERT_FALSE(sdp_session_offer_outstanding(to));
}

static inline void exchange(struct call *c, struct sdp_session *from, struct sdp_session *to)
{
    send_offer(c, from);
    deliver_offer(c, to);
    send_answer(c, to);
    deliver_answer(c, from);
}

/* ---- looking at descriptions ------------------------------------------------------------------ */

static inline void check_text(const struct sdp *sdp, const char *expected)
{
    GString *text = g_string_new(NULL);

    sdp_render(sdp, text);
    CU_ASSERT_EQUAL(text->len, sdp->size);
    g_string_replace(text, "\r\n", "\n", 0);
    CU_ASSERT_STRING_EQUAL(text->str, expected);
    if (strcmp(text->str, expected) != 0)
        fprintf(stderr, "expected:\n%s\ngot:\n%s\n", expected, text->str);
    g_string_free(text, TRUE);
}

/* One stream in a line: direction, current, desired and confirm, each local/remote. */
static inline void check_stream(const struct sdp_stream *s, const char *expected)
{
    GString *row = g_string_new(s->port ? sdp_mode_name(s->direction) : "refused");

    if (s->precond) {
        g_string_append_printf(row, " curr %s/%s des", sdp_direction_name(s->status.curr[SDP_LOCAL]),
                               sdp_direction_name(s->status.curr[SDP_REMOTE]));
        for (unsigned k = 0; k < 4; k++)
            g_string_append_printf(row, "%s%s", k == 2 ? "/" : (k ? "," : " "),
                                   sdp_strength_name(s->status.des[k / 2][k % 2]));
        g_string_append_printf(row, " conf %s/%s", sdp_direction_name(s->status.conf[SDP_LOCAL]),
                               sdp_direction_name(s->status.conf[SDP_REMOTE]));
    }
    CU_ASSERT_STRING_EQUAL(row->str, expected);
    if (strcmp(row->str, expected) != 0)
        fprintf(stderr, "expected: %s\ngot:      %s\n", expected, row->str);
    g_string_free(row, TRUE);
}

#define OPTIONAL  "des optional,optional/optional,optional"
#define MANDATORY "des mandatory,mandatory/mandatory,mandatory"

/* Audio and video alike, and the mark. */
static inline void check_both(const struct sdp *sdp, enum sdp_oa oa, unsigned index, const char *expected)
{
    CU_ASSERT_EQUAL(sdp->oa, oa);
    CU_ASSERT_EQUAL(sdp->oa_index, index);
    CU_ASSERT_EQUAL_FATAL(sdp->n_streams, 2);
    check_stream(&sdp->streams[0], expected);
    check_stream(&sdp->streams[1], expected);
}

static inline void check_explained(const struct sdp_session *ss, const char *expected)
{
    GString *text = g_string_new(NULL);

    sdp_session_explain(ss, text);
    CU_ASSERT_STRING_EQUAL(text->str, expected);
    if (strcmp(text->str, expected) != 0)
        fprintf(stderr, "expected:\n%s\ngot:\n%s\n", expected, text->str);
    g_string_free(text, TRUE);
}

#endif
