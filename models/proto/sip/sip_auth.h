/* sip_auth.h - challenges and responses of REGISTER, computed over the text that is printed (RFC 3261 22, RFC 3310). */
#ifndef MODELS_PROTO_SIP_SIP_AUTH_H
#define MODELS_PROTO_SIP_SIP_AUTH_H

#include "models/proto/sip/sip.h"

/* H(A1) of a subscriber's private identity in a realm (host): the password is bytes; RES with AKAv1-MD5. */
void sip_auth_ha1(const struct sip_stack *sip, enum digest_algorithm algorithm, uint32_t party, uint32_t realm,
                  const void *password, size_t length, char out[DIGEST_HEX]);
/* Fills in the response of credentials, all else of which is complete. */
void sip_auth_respond(const struct sip_stack *sip, struct sip_auth *a, enum sip_method method, const char *ha1);
/* Whether the response is that of whoever has this H(A1). */
bool sip_auth_check(const struct sip_stack *sip, const struct sip_auth *a, enum sip_method method, const char *ha1);

#endif
