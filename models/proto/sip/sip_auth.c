/* sip_auth.c - challenges and responses (see sip_auth.h). */
#include "models/proto/sip/sip_auth.h"

#include "models/proto/sip/sip_emit.h"

/* Longest private identity or realm that is taken in whole; longer ones are cut at both ends alike. */
enum { TEXT_MAX = 256 };

void sip_auth_ha1(const struct sip_stack *sip, enum digest_algorithm algorithm, uint32_t party, uint32_t realm,
                  const void *password, size_t length, char out[DIGEST_HEX])
{
    const struct sip_party *p = sip_party(sip, party);
    char user[TEXT_MAX];
    g_snprintf(user, sizeof user, "%s@%s", p->user, sip_host(sip, p->domain)->name);
    digest_ha1(algorithm, user, sip_host(sip, realm)->name, password, length, out);
}

static void token_text(const struct sip_stack *sip, uint64_t token, char *out)
{
    struct emit e = {.buf = out};
    sip_put_token(&e, sip, token);
    out[e.n] = '\0';
}

static void response(const struct sip_stack *sip, const struct sip_auth *a, enum sip_method method, const char *ha1,
                     char out[DIGEST_HEX])
{
    char uri[TEXT_MAX], nonce[TEXT_MAX], cnonce[TEXT_MAX];
    struct digest_request r = {
        .algorithm = (enum digest_algorithm)a->algorithm,
        .method = sip_method_name(method),
        .uri = uri,
        .nonce = nonce,
        .nc = a->nc,
    };
    g_snprintf(uri, sizeof uri, "sip:%s", sip_host(sip, a->realm)->name);
    if (a->algorithm == DIGEST_ALGORITHM_AKAV1_MD5)
        digest_aka_nonce(a->rand, a->autn, NULL, 0, nonce);
    else
        token_text(sip, a->nonce, nonce);
    if (a->cnonce) {
        token_text(sip, a->cnonce, cnonce);
        r.cnonce = cnonce;
    }
    digest_response(&r, ha1, out);
}

void sip_auth_respond(const struct sip_stack *sip, struct sip_auth *a, enum sip_method method, const char *ha1)
{
    response(sip, a, method, ha1, a->response);
}

bool sip_auth_check(const struct sip_stack *sip, const struct sip_auth *a, enum sip_method method, const char *ha1)
{
    char expected[DIGEST_HEX];
    response(sip, a, method, ha1, expected);
    return strcmp(expected, a->response) == 0;
}
