/* milenage.h - the MILENAGE functions f1, f1*, f2, f3, f4, f5, f5* (TS 35.206), and OPc.
 *
 * What the card and the home network compute from the key that only they share. Up to six AES-128
 * encryptions under one key K make all of it, so the expanded key is kept in a struct and used again.
 * Expanding it costs about as much as they do (70 ns): where 192 bytes per phone are too many, keep K and OPc
 * (32 bytes) and call milenage_init() anew for each challenge.
 *
 *     struct milenage m;
 *     struct milenage_challenge c;
 *     milenage_init(&m, k, opc);
 *     milenage_begin(&c, &m, rand);
 *     milenage_f2345(&c, res, ck, ik, ak);
 *     milenage_f1(&c, sqn, amf, mac, NULL);
 *
 * The definitions stand in TS 35.206 clause 4.1 (clause unverified: written from the commonly published
 * constants; what counts is that the test sets of TS 35.208 pass, tests/unit/test_aka.c). RES has 64 bits.
 *
 * Deterministic, without allocation, and no function here fails. */
#ifndef MODELS_PROTO_AKA_MILENAGE_H
#define MODELS_PROTO_AKA_MILENAGE_H

#include <nettle/aes.h>
#include <stdint.h>

/* Lengths in bytes. */
enum {
    MILENAGE_BLOCK = 16, /* K, OP, OPc, RAND, CK, IK */
    MILENAGE_MAC = 8,    /* MAC-A, MAC-S             */
    MILENAGE_RES = 8,
    MILENAGE_AK = 6,
};

/* A subscriber's key, ready for use. May be copied. */
struct milenage {
    struct aes128_ctx key;
    uint8_t opc[MILENAGE_BLOCK];
};

/* One RAND under one key: what all functions of it begin with. Valid as long as the key. */
struct milenage_challenge {
    const struct milenage *m;
    uint8_t temp[MILENAGE_BLOCK]; /* TEMP = E_K(RAND xor OPc) */
};

/* OPc = OP xor E_K(OP): what an operator's constant OP becomes on the card of K. out may be op. */
void milenage_opc(const uint8_t k[MILENAGE_BLOCK], const uint8_t op[MILENAGE_BLOCK],
                  uint8_t out[MILENAGE_BLOCK]);

/* Expands the key. */
void milenage_init(struct milenage *m, const uint8_t k[MILENAGE_BLOCK], const uint8_t opc[MILENAGE_BLOCK]);

/* Begins a challenge. c keeps a pointer to m. */
void milenage_begin(struct milenage_challenge *c, const struct milenage *m,
                    const uint8_t rand[MILENAGE_BLOCK]);

/* f1 and f1*: MAC-A and MAC-S over SQN (the lower 48 bits of sqn) and AMF. Either output may be NULL. */
void milenage_f1(const struct milenage_challenge *c, uint64_t sqn, uint16_t amf, uint8_t mac_a[MILENAGE_MAC],
                 uint8_t mac_s[MILENAGE_MAC]);

/* f2, f3, f4, f5: RES, CK, IK and the anonymity key AK. */
void milenage_f2345(const struct milenage_challenge *c, uint8_t res[MILENAGE_RES], uint8_t ck[MILENAGE_BLOCK],
                    uint8_t ik[MILENAGE_BLOCK], uint8_t ak[MILENAGE_AK]);

/* f5*: the anonymity key of a resynchronisation. */
void milenage_f5_star(const struct milenage_challenge *c, uint8_t ak[MILENAGE_AK]);

#endif
