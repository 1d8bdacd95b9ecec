/* hss_secret.h - what a subscriber's card and the HSS both know.
 *
 * A million cards cannot have a million keys in a scenario file, so a group has one key, from which those
 * of its cards follow, and the operator's constant OP:
 *     K = AES-128 under the group key of (zeros | party, the last four octets),  OPc = OP xor E_K(OP)
 * A group of one may give the K and OPc of its card instead. Users of HTTP Digest have a password.
 *
 * How K follows is imssim's own convention: the standards leave the making of keys to the operator. */
#ifndef MODELS_HSS_HSS_SECRET_H
#define MODELS_HSS_HSS_SECRET_H

#include "models/proto/aka/milenage.h"

#include <stdbool.h>
#include <stdint.h>

struct hss_secret {
    bool own;                   /* k and op are the K and OPc of the one subscriber */
    uint8_t k[MILENAGE_BLOCK];  /* else: the group key */
    uint8_t op[MILENAGE_BLOCK]; /* else: OP            */
};

/* K and OPc of this subscriber. */
void hss_secret_keys(const struct hss_secret *s, uint32_t party, uint8_t k[MILENAGE_BLOCK],
                     uint8_t opc[MILENAGE_BLOCK]);
/* The same, expanded for use. */
void hss_secret_milenage(const struct hss_secret *s, uint32_t party, struct milenage *out);

/* H(A1) of HTTP Digest as bytes: 16 of MD5, or 32 of SHA-256. Strings as they stand in the headers, without
 * quotes. */
void hss_secret_ha1(bool sha256, const char *user, const char *realm, const char *password, uint8_t out[32]);

#endif
