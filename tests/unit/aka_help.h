/* aka_help.h - bytes for the tests of authentication: from hex, and drawn from a fixed stream. */
#ifndef TESTS_UNIT_AKA_HELP_H
#define TESTS_UNIT_AKA_HELP_H

#include "models/proto/aka/milenage.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Reads exactly this many bytes of hex; blanks between bytes are allowed. */
static inline void unhex(const char *text, uint8_t *out, size_t length)
{
    size_t got = 0;

    for (; *text; text++) {
        if (*text == ' ')
            continue;
        g_assert(got < length && g_ascii_isxdigit(text[0]) && g_ascii_isxdigit(text[1]));
        out[got++] = (uint8_t)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));
        text++;
    }
    g_assert(got == length);
}

static inline bool is_hex(const uint8_t *bytes, const char *text, size_t length)
{
    uint8_t expected[64];

    unhex(text, expected, length);
    return memcmp(bytes, expected, length) == 0;
}

/* Bytes that only have to differ from each other: SplitMix64. */
static inline uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline void draw_bytes(uint64_t *state, uint8_t *out, size_t length)
{
    for (size_t i = 0; i < length; i++)
        out[i] = (uint8_t)draw(state);
}

static inline void draw_key(uint64_t *state, struct milenage *m)
{
    uint8_t k[16], opc[16];

    draw_bytes(state, k, sizeof k);
    draw_bytes(state, opc, sizeof opc);
    milenage_init(m, k, opc);
}

#endif
