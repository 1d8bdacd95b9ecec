/* hss_secret.c - keys made from the group's, and H(A1) (see hss_secret.h). */
#include "models/hss/hss_secret.h"

#include "models/proto/aka/digest.h"

#include <glib.h>
#include <nettle/aes.h>
#include <string.h>

void hss_secret_keys(const struct hss_secret *s, uint32_t party, uint8_t k[MILENAGE_BLOCK],
                     uint8_t opc[MILENAGE_BLOCK])
{
    uint8_t number[MILENAGE_BLOCK] = {0};
    struct aes128_ctx aes;

    if (s->own) {
        memcpy(k, s->k, MILENAGE_BLOCK);
        memcpy(opc, s->op, MILENAGE_BLOCK);
        return;
    }
    for (unsigned i = 0; i < 4; i++)
        number[MILENAGE_BLOCK - 1 - i] = (uint8_t)(party >> 8 * i);
    aes128_set_encrypt_key(&aes, s->k);
    aes128_encrypt(&aes, MILENAGE_BLOCK, k, number);
    milenage_opc(k, s->op, opc);
}

void hss_secret_milenage(const struct hss_secret *s, uint32_t party, struct milenage *out)
{
    uint8_t k[MILENAGE_BLOCK], opc[MILENAGE_BLOCK];

    hss_secret_keys(s, party, k, opc);
    milenage_init(out, k, opc);
}

void hss_secret_ha1(bool sha256, const char *user, const char *realm, const char *password, uint8_t out[32])
{
    enum digest_algorithm algorithm = sha256 ? DIGEST_ALGORITHM_SHA256 : DIGEST_ALGORITHM_MD5;
    char hex[DIGEST_HEX];

    memset(out, 0, 32);
    digest_ha1(algorithm, user, realm, password, strlen(password), hex);
    for (size_t i = 0; i < digest_hex_length(algorithm) / 2; i++)
        out[i] = (uint8_t)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
}
