/* milenage.c - MILENAGE (TS 35.206): with TEMP = E(RAND xor OPc), each output block is
 *
 *     OUT1 = E(TEMP xor rot(IN1 xor OPc, 64)) xor OPc      f1 | f1*        IN1 = SQN AMF SQN AMF
 *     OUT2 = E(rot(TEMP xor OPc,  0) xor 1)   xor OPc      f5 | .. | f2
 *     OUT3 = E(rot(TEMP xor OPc, 32) xor 2)   xor OPc      f3
 *     OUT4 = E(rot(TEMP xor OPc, 64) xor 4)   xor OPc      f4
 *     OUT5 = E(rot(TEMP xor OPc, 96) xor 8)   xor OPc      f5* | ..
 *
 * where rot turns left by so many bits, all of them whole bytes. */
#include "models/proto/aka/milenage.h"

#include <string.h>

/* out = a xor b; any two may be the same. */
static void xor_block(uint8_t *out, const uint8_t *a, const uint8_t *b)
{
    for (unsigned i = 0; i < MILENAGE_BLOCK; i++)
        out[i] = a[i] ^ b[i];
}

/* Turns left by whole bytes. */
static void rotate(uint8_t *out, const uint8_t *in, unsigned bytes)
{
    memcpy(out, in + bytes, MILENAGE_BLOCK - bytes);
    memcpy(out + MILENAGE_BLOCK - bytes, in, bytes);
}

void milenage_opc(const uint8_t k[MILENAGE_BLOCK], const uint8_t op[MILENAGE_BLOCK],
                  uint8_t out[MILENAGE_BLOCK])
{
    struct aes128_ctx key;
    uint8_t sealed[MILENAGE_BLOCK];

    aes128_set_encrypt_key(&key, k);
    aes128_encrypt(&key, MILENAGE_BLOCK, sealed, op);
    xor_block(out, sealed, op);
}

void milenage_init(struct milenage *m, const uint8_t k[MILENAGE_BLOCK], const uint8_t opc[MILENAGE_BLOCK])
{
    aes128_set_encrypt_key(&m->key, k);
    memcpy(m->opc, opc, MILENAGE_BLOCK);
}

void milenage_begin(struct milenage_challenge *c, const struct milenage *m,
                    const uint8_t rand[MILENAGE_BLOCK])
{
    c->m = m;
    xor_block(c->temp, rand, m->opc);
    aes128_encrypt(&m->key, MILENAGE_BLOCK, c->temp, c->temp);
}

void milenage_f1(const struct milenage_challenge *c, uint64_t sqn, uint16_t amf, uint8_t mac_a[MILENAGE_MAC],
                 uint8_t mac_s[MILENAGE_MAC])
{
    uint8_t in1[MILENAGE_BLOCK], out1[MILENAGE_BLOCK];
    uint64_t half = sqn << 16 | amf;

    for (unsigned i = 0; i < 8; i++)
        in1[i] = in1[i + 8] = (uint8_t)(half >> (56 - 8 * i));
    xor_block(in1, in1, c->m->opc);
    rotate(out1, in1, 8);
    xor_block(out1, out1, c->temp);
    aes128_encrypt(&c->m->key, MILENAGE_BLOCK, out1, out1);
    xor_block(out1, out1, c->m->opc);
    if (mac_a)
        memcpy(mac_a, out1, MILENAGE_MAC);
    if (mac_s)
        memcpy(mac_s, out1 + MILENAGE_MAC, MILENAGE_MAC);
}

void milenage_f2345(const struct milenage_challenge *c, uint8_t res[MILENAGE_RES], uint8_t ck[MILENAGE_BLOCK],
                    uint8_t ik[MILENAGE_BLOCK], uint8_t ak[MILENAGE_AK])
{
    uint8_t start[MILENAGE_BLOCK], out[3 * MILENAGE_BLOCK];
    uint8_t *out2 = out, *out3 = out2 + MILENAGE_BLOCK, *out4 = out3 + MILENAGE_BLOCK;

    xor_block(start, c->temp, c->m->opc);
    memcpy(out2, start, MILENAGE_BLOCK);
    rotate(out3, start, 4);
    rotate(out4, start, 8);
    out2[MILENAGE_BLOCK - 1] ^= 1;
    out3[MILENAGE_BLOCK - 1] ^= 2;
    out4[MILENAGE_BLOCK - 1] ^= 4;
    /* In one call: the blocks do not wait for each other. */
    aes128_encrypt(&c->m->key, sizeof out, out, out);
    xor_block(out2, out2, c->m->opc);
    xor_block(ck, out3, c->m->opc);
    xor_block(ik, out4, c->m->opc);
    memcpy(ak, out2, MILENAGE_AK);
    memcpy(res, out2 + MILENAGE_BLOCK - MILENAGE_RES, MILENAGE_RES);
}

void milenage_f5_star(const struct milenage_challenge *c, uint8_t ak[MILENAGE_AK])
{
    uint8_t start[MILENAGE_BLOCK], out5[MILENAGE_BLOCK];

    xor_block(start, c->temp, c->m->opc);
    rotate(out5, start, 12);
    out5[MILENAGE_BLOCK - 1] ^= 8;
    aes128_encrypt(&c->m->key, MILENAGE_BLOCK, out5, out5);
    xor_block(out5, out5, c->m->opc);
    memcpy(ak, out5, MILENAGE_AK);
}
