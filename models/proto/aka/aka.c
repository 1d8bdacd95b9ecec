/* aka.c - authentication vectors, the card's judgement of them, resynchronisation, K_ASME (aka.h). */
#include "models/proto/aka/aka.h"

#include <nettle/hmac.h>
#include <string.h>

/* AMF* in MAC-S of an AUTS: all zero, so that it need not be sent (TS 33.102 6.3.3, unverified). */
#define AMF_RESYNC 0

/* Six bytes, most significant first, each xor the byte of `mask`. */
static void put_sqn(uint8_t *out, uint64_t sqn, const uint8_t *mask)
{
    for (unsigned i = 0; i < MILENAGE_AK; i++)
        out[i] = (uint8_t)(sqn >> (40 - 8 * i)) ^ mask[i];
}

static uint64_t get_sqn(const uint8_t *in, const uint8_t *mask)
{
    uint64_t sqn = 0;
    for (unsigned i = 0; i < MILENAGE_AK; i++)
        sqn = sqn << 8 | (in[i] ^ mask[i]);
    return sqn;
}

/* ---- home network ---------------------------------------------------------------------------- */

void aka_vector_make(struct aka_vector *out, const struct milenage *m, uint64_t sqn, uint16_t amf,
                     const uint8_t rand[AKA_RAND])
{
    struct milenage_challenge c;
    uint8_t ak[MILENAGE_AK];

    memcpy(out->rand, rand, AKA_RAND);
    milenage_begin(&c, m, rand);
    milenage_f2345(&c, out->xres, out->ck, out->ik, ak);
    put_sqn(out->autn, sqn, ak);
    out->autn[6] = (uint8_t)(amf >> 8);
    out->autn[7] = (uint8_t)amf;
    milenage_f1(&c, sqn, amf, out->autn + 8, NULL);
}

enum aka_resync aka_resynchronise(const struct milenage *m, const uint8_t rand[AKA_RAND],
                                  const uint8_t auts[AKA_AUTS], uint64_t *sqn_he)
{
    struct milenage_challenge c;
    uint8_t ak[MILENAGE_AK], mac_s[MILENAGE_MAC];

    milenage_begin(&c, m, rand);
    milenage_f5_star(&c, ak);
    uint64_t sqn_ms = get_sqn(auts, ak);
    milenage_f1(&c, sqn_ms, AMF_RESYNC, NULL, mac_s);
    if (memcmp(mac_s, auts + MILENAGE_AK, MILENAGE_MAC) != 0)
        return AKA_RESYNC_FORGED;

    uint64_t next = aka_seq(aka_sqn_next(*sqn_he)), seq_ms = aka_seq(sqn_ms);
    if (next > seq_ms && next - seq_ms <= AKA_SEQ_DELTA)
        return AKA_RESYNC_IN_RANGE;
    *sqn_he = sqn_ms;
    return AKA_RESYNC_RESET;
}

/* ---- card ------------------------------------------------------------------------------------ */

bool aka_usim_accept(struct aka_usim *usim, uint64_t sqn)
{
    uint64_t seq = aka_seq(sqn), seq_ms = aka_seq(usim->sqn_ms);
    uint8_t *age = &usim->age[aka_ind(sqn)];

    if (seq <= seq_ms) {
        /* Of a different IND maybe, but newer than the last one of its own. An age of AKA_SEQ_AGE means that
         * or more: as a bound it is the limit of age. */
        uint64_t behind = seq_ms - seq;
        if (behind >= *age)
            return false;
        *age = (uint8_t)behind;
        return true;
    }
    uint64_t ahead = seq - seq_ms;
    if (ahead > AKA_SEQ_DELTA)
        return false;
    unsigned older = (unsigned)MIN(ahead, AKA_SEQ_AGE);
    for (unsigned i = 0; i < AKA_IND_COUNT; i++)
        usim->age[i] = (uint8_t)MIN(usim->age[i] + older, AKA_SEQ_AGE);
    *age = 0;
    usim->sqn_ms = sqn;
    return true;
}

enum aka_verdict aka_usim_answer(struct aka_usim *usim, const struct milenage *m,
                                 const uint8_t rand[AKA_RAND], const uint8_t autn[AKA_AUTN],
                                 struct aka_answer *out)
{
    struct milenage_challenge c;
    uint8_t ak[MILENAGE_AK], mac[MILENAGE_MAC];

    milenage_begin(&c, m, rand);
    milenage_f2345(&c, out->res, out->ck, out->ik, ak);
    memset(out->auts, 0, sizeof out->auts);
    uint64_t sqn = get_sqn(autn, ak);
    milenage_f1(&c, sqn, aka_amf(autn), mac, NULL);
    if (memcmp(mac, autn + 8, MILENAGE_MAC) != 0) {
        memset(out, 0, sizeof *out);
        return AKA_MAC_FAILURE;
    }
    if (!aka_usim_accept(usim, sqn)) {
        memset(out, 0, sizeof *out);
        milenage_f5_star(&c, ak);
        put_sqn(out->auts, usim->sqn_ms, ak);
        milenage_f1(&c, usim->sqn_ms, AMF_RESYNC, NULL, out->auts + MILENAGE_AK);
        return AKA_SYNC_FAILURE;
    }
    return AKA_ACCEPTED;
}

/* ---- EPS ------------------------------------------------------------------------------------- */

bool aka_sn_id(const char *mcc, const char *mnc, uint8_t out[AKA_SN_ID])
{
    size_t mncs = strlen(mnc);

    if (strlen(mcc) != 3 || strspn(mcc, "0123456789") != 3)
        return false;
    if ((mncs != 2 && mncs != 3) || strspn(mnc, "0123456789") != mncs)
        return false;
    unsigned mnc3 = mncs == 3 ? (unsigned)(mnc[2] - '0') : 0xf;
    out[0] = (uint8_t)((mcc[1] - '0') << 4 | (mcc[0] - '0'));
    out[1] = (uint8_t)(mnc3 << 4 | (unsigned)(mcc[2] - '0'));
    out[2] = (uint8_t)((mnc[1] - '0') << 4 | (mnc[0] - '0'));
    return true;
}

void aka_kasme(const uint8_t ck[AKA_KEY], const uint8_t ik[AKA_KEY], const uint8_t sn_id[AKA_SN_ID],
               const uint8_t autn[AKA_AUTN], uint8_t out[AKA_KASME])
{
    struct hmac_sha256_ctx hmac;
    uint8_t key[2 * AKA_KEY];
    uint8_t s[14] = {[0] = 0x10, [5] = AKA_SN_ID, [13] = MILENAGE_AK};

    memcpy(key, ck, AKA_KEY);
    memcpy(key + AKA_KEY, ik, AKA_KEY);
    memcpy(s + 1, sn_id, AKA_SN_ID);
    memcpy(s + 6, autn, MILENAGE_AK);
    hmac_sha256_set_key(&hmac, sizeof key, key);
    hmac_sha256_update(&hmac, sizeof s, s);
    hmac_sha256_digest(&hmac, AKA_KASME, out);
}
