/* aka.h - authentication and key agreement, the arithmetic of both ends (TS 33.102 6.3, TS 33.401).
 *
 *     HSS   aka_sqn_next(), aka_vector_make()      RAND, AUTN, XRES, CK, IK       (aka_kasme(): K_ASME)
 *     card  aka_usim_answer()                      RES, CK, IK, or "MAC failure", or AUTS
 *     HSS   aka_resynchronise()                    SQN_HE after an AUTS
 *
 * AUTN = SQN xor AK | AMF | MAC-A, AUTS = SQN_MS xor AK* | MAC-S. Plain bytes in and out, nothing is
 * allocated. Nothing is drawn either: the caller supplies RAND from a random stream of its own.
 *
 * SQN = SEQ | IND with 43 + 5 bits. The HSS counts (TS 33.102 C.3.2, the profile that is not based on time):
 * each vector has the next SEQ and the next IND. The card remembers the greatest SEQ it took for each of the
 * 32 values of IND and takes an SQN if (C.2.2)
 *     SEQ is greater than what it remembers for this IND,
 *     SEQ is not more than AKA_SEQ_DELTA ahead of the greatest SEQ it ever took (against a counter driven up
 *     to its end, C.2.1), and
 *     SEQ is less than AKA_SEQ_AGE behind that (the optional limit of age).
 * So vectors may arrive out of order, and none is taken twice.
 *
 * Which clause says what was not looked up in TS 33.102 and TS 33.401: unverified, the clauses above
 * included. The layout of K_ASME's input was compared with what a public HSS prints, and AUTN, XRES, CK and
 * IK with it (tests/unit/test_aka.c).
 *
 * SIMPLIFIED: one algorithm (MILENAGE, RES of 64 bits); no 2G triplets; AK is always used. */
#ifndef MODELS_PROTO_AKA_AKA_H
#define MODELS_PROTO_AKA_AKA_H

#include "models/proto/aka/milenage.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Lengths in bytes. */
enum {
    AKA_RAND = 16,
    AKA_AUTN = 16,
    AKA_RES = 8,
    AKA_KEY = 16, /* CK, IK */
    AKA_AUTS = 14,
    AKA_SN_ID = 3,
    AKA_KASME = 32,
};

enum {
    AKA_IND_BITS = 5,
    AKA_IND_COUNT = 1 << AKA_IND_BITS,
    AKA_SEQ_DELTA = 1 << 28,
    AKA_SEQ_AGE = 255,
};
#define AKA_SQN_MAX ((UINT64_C(1) << 48) - 1)

/* The AMF of a vector: its first bit, the separation bit, marks vectors for EPS (unverified:
 * TS 33.401 6.1.1). */
enum { AKA_AMF_EPS = 0x8000, AKA_AMF_PLAIN = 0x0000 };

static inline uint64_t aka_sqn(uint64_t seq, unsigned ind)
{
    return (seq << AKA_IND_BITS | (ind & (AKA_IND_COUNT - 1))) & AKA_SQN_MAX;
}

static inline uint64_t aka_seq(uint64_t sqn)
{
    return sqn >> AKA_IND_BITS;
}

static inline unsigned aka_ind(uint64_t sqn)
{
    return sqn & (AKA_IND_COUNT - 1);
}

/* ---- home network ---------------------------------------------------------------------------- */

/* An authentication vector, the quintet. */
struct aka_vector {
    uint8_t rand[AKA_RAND];
    uint8_t autn[AKA_AUTN];
    uint8_t xres[AKA_RES];
    uint8_t ck[AKA_KEY];
    uint8_t ik[AKA_KEY];
};

/* The SQN after this one: SEQ and IND each one up. A subscriber starts at 0, which is never used itself. */
static inline uint64_t aka_sqn_next(uint64_t sqn)
{
    return aka_sqn(aka_seq(sqn) + 1, aka_ind(sqn) + 1);
}

/* The vector of this SQN (48 bits), AMF and RAND. */
void aka_vector_make(struct aka_vector *out, const struct milenage *m, uint64_t sqn, uint16_t amf,
                     const uint8_t rand[AKA_RAND]);

enum aka_resync {
    AKA_RESYNC_FORGED,   /* MAC-S is wrong: AUTS does not come from this card; nothing changed        */
    AKA_RESYNC_IN_RANGE, /* the card takes the next SQN anyway (an old vector was used); nothing changed */
    AKA_RESYNC_RESET,    /* SQN_HE is now SQN_MS                                                      */
};

/* What the HSS makes of an AUTS (TS 33.102 6.3.5): *sqn_he is the SQN of the last vector made, rand that of
 * the challenge that was refused. The next vector then has aka_sqn_next(*sqn_he). MAC-S is always checked,
 * also where the SQN need not change. */
enum aka_resync aka_resynchronise(const struct milenage *m, const uint8_t rand[AKA_RAND],
                                  const uint8_t auts[AKA_AUTS], uint64_t *sqn_he);

/* ---- card ------------------------------------------------------------------------------------ */

/* What a card remembers of the SQNs it took. All zero: a new card. 40 bytes: per IND the distance of its
 * SEQ from the greatest one is enough, since what is AKA_SEQ_AGE or more behind is refused anyway. */
struct aka_usim {
    uint64_t sqn_ms; /* the SQN with the greatest SEQ it took */
    uint8_t age[AKA_IND_COUNT];
};

G_STATIC_ASSERT(sizeof(struct aka_usim) == 40);
G_STATIC_ASSERT(AKA_SEQ_AGE == UINT8_MAX);

enum aka_verdict {
    AKA_ACCEPTED,
    AKA_MAC_FAILURE,  /* another key, or AUTN damaged: not our network */
    AKA_SYNC_FAILURE, /* our network, but SQN is out of range         */
};

/* What it says; the bytes that the verdict does not fill are 0. */
struct aka_answer {
    uint8_t res[AKA_RES]; /* accepted  */
    uint8_t ck[AKA_KEY];
    uint8_t ik[AKA_KEY];
    uint8_t auts[AKA_AUTS]; /* sync failure */
};

/* Takes the SQN if it is in range, and remembers it; else false and nothing changed. aka_usim_answer() does
 * this; by itself it sets up a card as it is after earlier challenges. */
bool aka_usim_accept(struct aka_usim *usim, uint64_t sqn);

/* The card's answer to a challenge. MAC-A is checked before SQN. The AMF is not judged: aka_amf(). */
enum aka_verdict aka_usim_answer(struct aka_usim *usim, const struct milenage *m,
                                 const uint8_t rand[AKA_RAND], const uint8_t autn[AKA_AUTN],
                                 struct aka_answer *out);

/* The AMF in an AUTN; a phone on LTE refuses vectors without AKA_AMF_EPS. */
static inline uint16_t aka_amf(const uint8_t autn[AKA_AUTN])
{
    return (uint16_t)(autn[6] << 8 | autn[7]);
}

/* ---- EPS ------------------------------------------------------------------------------------- */

/* The serving network id: MCC of three digits and MNC of two or three as the three octets
 * MCC2 MCC1 | MNC3 MCC3 | MNC2 MNC1, with MNC3 = F if there are two. False: these are no such digits. */
bool aka_sn_id(const char *mcc, const char *mnc, uint8_t out[AKA_SN_ID]);

/* K_ASME (TS 33.401 A.2) = HMAC-SHA-256 under CK | IK of FC = 10 | SN id | 00 03 | SQN xor AK | 00 06, at
 * both ends. SQN xor AK is taken from the AUTN. */
void aka_kasme(const uint8_t ck[AKA_KEY], const uint8_t ik[AKA_KEY], const uint8_t sn_id[AKA_SN_ID],
               const uint8_t autn[AKA_AUTN], uint8_t out[AKA_KASME]);

#endif
