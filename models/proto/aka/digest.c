/* digest.c - HTTP Digest and AKAv1-MD5 (digest.h). */
#include "models/proto/aka/digest.h"

#include <glib.h>
#include <nettle/base64.h>
#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha2.h>
#include <string.h>

static const struct {
    const char *name;
    const struct nettle_hash *hash;
} algorithms[DIGEST_ALGORITHMS] = {
    [DIGEST_ALGORITHM_MD5] = {"MD5",       &nettle_md5   },
    [DIGEST_ALGORITHM_SHA256] = {"SHA-256",   &nettle_sha256},
    [DIGEST_ALGORITHM_AKAV1_MD5] = {"AKAv1-MD5", &nettle_md5   },
};

/* A hash on its way. */
struct hashing {
    const struct nettle_hash *hash;
    union {
        struct md5_ctx md5;
        struct sha256_ctx sha256;
    } ctx;
};

static const char hex_digits[] = "0123456789abcdef";

static void begin(struct hashing *h, enum digest_algorithm algorithm)
{
    h->hash = algorithms[algorithm].hash;
    h->hash->init(&h->ctx);
}

static void add(struct hashing *h, const void *bytes, size_t length)
{
    h->hash->update(&h->ctx, length, bytes);
}

static void add_text(struct hashing *h, const char *text)
{
    add(h, text, strlen(text));
}

static void end(struct hashing *h, char out[DIGEST_HEX])
{
    uint8_t bytes[SHA256_DIGEST_SIZE];

    h->hash->digest(&h->ctx, h->hash->digest_size, bytes);
    for (unsigned i = 0; i < h->hash->digest_size; i++) {
        *out++ = hex_digits[bytes[i] >> 4];
        *out++ = hex_digits[bytes[i] & 0xf];
    }
    *out = '\0';
}

/* ---- HTTP Digest ----------------------------------------------------------------------------- */

const char *digest_algorithm_name(enum digest_algorithm algorithm)
{
    return algorithms[algorithm].name;
}

bool digest_algorithm_of(const char *name, enum digest_algorithm *out)
{
    for (unsigned i = 0; i < DIGEST_ALGORITHMS; i++) {
        if (g_ascii_strcasecmp(name, algorithms[i].name) == 0) {
            *out = (enum digest_algorithm)i;
            return true;
        }
    }
    return false;
}

size_t digest_hex_length(enum digest_algorithm algorithm)
{
    return 2 * (size_t)algorithms[algorithm].hash->digest_size;
}

void digest_ha1(enum digest_algorithm algorithm, const char *user, const char *realm, const void *password,
                size_t length, char out[DIGEST_HEX])
{
    struct hashing h;

    begin(&h, algorithm);
    add_text(&h, user);
    add(&h, ":", 1);
    add_text(&h, realm);
    add(&h, ":", 1);
    if (length > 0)
        add(&h, password, length);
    end(&h, out);
}

void digest_response(const struct digest_request *request, const char *ha1, char out[DIGEST_HEX])
{
    struct hashing h;
    char ha2[DIGEST_HEX];

    begin(&h, request->algorithm);
    add_text(&h, request->method);
    add(&h, ":", 1);
    add_text(&h, request->uri);
    end(&h, ha2);

    begin(&h, request->algorithm);
    add_text(&h, ha1);
    add(&h, ":", 1);
    add_text(&h, request->nonce);
    add(&h, ":", 1);
    if (request->cnonce) {
        char nc[8];
        for (unsigned i = 0; i < sizeof nc; i++)
            nc[i] = hex_digits[request->nc >> (28 - 4 * i) & 0xf];
        add(&h, nc, sizeof nc);
        add(&h, ":", 1);
        add_text(&h, request->cnonce);
        add(&h, ":auth:", 6);
    }
    add_text(&h, ha2);
    end(&h, out);
}

bool digest_check(const struct digest_request *request, const char *ha1, const char *response)
{
    char expected[DIGEST_HEX];

    digest_response(request, ha1, expected);
    return strcmp(response, expected) == 0;
}

/* ---- AKAv1-MD5 ------------------------------------------------------------------------------- */

static void to_base64(const uint8_t *bytes, size_t length, char *out)
{
    base64_encode_raw(out, length, bytes);
    out[BASE64_ENCODE_RAW_LENGTH(length)] = '\0';
}

/* Reads at most `room` bytes. False: no base64, or longer than that. */
static bool from_base64(const char *text, uint8_t *out, size_t room, size_t *length)
{
    uint8_t bytes[BASE64_DECODE_LENGTH(DIGEST_AKA_NONCE)];
    struct base64_decode_ctx ctx;
    size_t characters = strlen(text), got = sizeof bytes;

    /* The decoder passes over blanks; a quoted base64 has none. */
    if (characters >= DIGEST_AKA_NONCE || strpbrk(text, " \t\r\n\v\f"))
        return false;
    base64_decode_init(&ctx);
    if (!base64_decode_update(&ctx, &got, bytes, characters, text) || !base64_decode_final(&ctx) ||
        got > room)
        return false;
    memcpy(out, bytes, got);
    *length = got;
    return true;
}

void digest_aka_nonce(const uint8_t rand[AKA_RAND], const uint8_t autn[AKA_AUTN], const void *server_data,
                      size_t length, char out[DIGEST_AKA_NONCE])
{
    uint8_t bytes[AKA_RAND + AKA_AUTN + DIGEST_SERVER_DATA];

    g_assert(length <= DIGEST_SERVER_DATA);
    memcpy(bytes, rand, AKA_RAND);
    memcpy(bytes + AKA_RAND, autn, AKA_AUTN);
    if (length > 0)
        memcpy(bytes + AKA_RAND + AKA_AUTN, server_data, length);
    to_base64(bytes, AKA_RAND + AKA_AUTN + length, out);
}

bool digest_aka_nonce_read(const char *nonce, uint8_t rand[AKA_RAND], uint8_t autn[AKA_AUTN])
{
    uint8_t bytes[AKA_RAND + AKA_AUTN + DIGEST_SERVER_DATA];
    size_t length;

    if (!from_base64(nonce, bytes, sizeof bytes, &length) || length < AKA_RAND + AKA_AUTN)
        return false;
    memcpy(rand, bytes, AKA_RAND);
    memcpy(autn, bytes + AKA_RAND, AKA_AUTN);
    return true;
}

void digest_aka_auts(const uint8_t auts[AKA_AUTS], char out[DIGEST_AKA_AUTS])
{
    to_base64(auts, AKA_AUTS, out);
}

bool digest_aka_auts_read(const char *text, uint8_t out[AKA_AUTS])
{
    uint8_t bytes[AKA_AUTS];
    size_t length;

    if (!from_base64(text, bytes, sizeof bytes, &length) || length != AKA_AUTS)
        return false;
    memcpy(out, bytes, AKA_AUTS);
    return true;
}
