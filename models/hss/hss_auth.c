/* hss_auth.c - vectors and resynchronisation, for S6a and Cx alike (TS 33.102 6.3). */
#include "models/hss/hss_int.h"

/* Draws in a fixed order of octets, so that the same seed gives the same RAND on every machine. */
static void draw_rand(struct rng *r, uint8_t rand[AKA_RAND])
{
    for (unsigned half = 0; half < AKA_RAND; half += 8) {
        uint64_t bits = rng_u64(r);
        for (unsigned i = 0; i < 8; i++)
            rand[half + i] = (uint8_t)(bits >> (56 - 8 * i));
    }
}

void hss_vector(struct hss *hss, const struct hss_query *q, uint16_t amf, struct aka_vector *out)
{
    uint8_t rand[AKA_RAND];
    struct milenage m;

    hss_secret_milenage(&q->group->secret, q->party, &m);
    draw_rand(hss->rand, rand);
    q->who->sqn = aka_sqn_next(q->who->sqn);
    aka_vector_make(out, &m, q->who->sqn, amf, rand);
}

bool hss_resynchronise(struct hss *hss, const struct hss_query *q, const struct ie_block *rand,
                       const struct ie_bytes *auts)
{
    uint64_t sqn = q->who->sqn;
    struct milenage m;

    (void)hss;
    if (auts->n != AKA_AUTS)
        return false;
    hss_secret_milenage(&q->group->secret, q->party, &m);
    if (aka_resynchronise(&m, rand->b, auts->b, &sqn) == AKA_RESYNC_FORGED)
        return false;
    q->who->sqn = sqn & AKA_SQN_MAX;
    return true;
}
