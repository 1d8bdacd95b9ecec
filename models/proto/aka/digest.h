/* digest.h - HTTP Digest as SIP registration uses it (RFC 2617, RFC 7616), and AKAv1-MD5 (RFC 3310).
 *
 *     H(A1)     = H(user ":" realm ":" password)                          digest_ha1()
 *     H(A2)     = H(method ":" uri)
 *     response  = H(H(A1) ":" nonce ":" nc ":" cnonce ":auth:" H(A2))     digest_response()
 *
 * with H in lower-case hex, and H(H(A1) ":" nonce ":" H(A2)) where there is no qop. H(A1) is a value of its
 * own because the HSS stores and sends no more than that, not the password.
 *
 * In AKAv1-MD5 the nonce is base64(RAND | AUTN | server data), H is MD5 and the password is RES as it is,
 * eight bytes. A phone that answers with AUTS sends auts = base64(AUTS) and computes the response with
 * an empty password (RFC 3310 3.4, unverified).
 *
 * All strings are the values without their quotes. Nothing is allocated. The examples of RFC 2617 3.5 and RFC
 * 7616 3.9.1 are tests.
 *
 * SIMPLIFIED: no auth-int, no "-sess" algorithms, no userhash, no SHA-512-256. Whether a nonce count was seen
 * before is for whoever keeps the nonce. */
#ifndef MODELS_PROTO_AKA_DIGEST_H
#define MODELS_PROTO_AKA_DIGEST_H

#include "models/proto/aka/aka.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum digest_algorithm { DIGEST_ALGORITHM_MD5, DIGEST_ALGORITHM_SHA256, DIGEST_ALGORITHM_AKAV1_MD5, DIGEST_ALGORITHMS };

/* Room for the hex of the longest hash and the 0 after it. */
enum { DIGEST_HEX = 64 + 1 };

/* What is answered: the directives of the Authorization header, and the method of its request. Pointers are
 * borrowed. */
struct digest_request {
    enum digest_algorithm algorithm;
    const char *method;
    const char *uri;
    const char *nonce;
    const char *cnonce; /* NULL: no qop; else qop=auth */
    uint32_t nc;        /* nonce count; from 1         */
};

/* The name as in the header: "MD5", "SHA-256", "AKAv1-MD5". */
const char *digest_algorithm_name(enum digest_algorithm algorithm);
/* Finds it by name, in any case. False: unknown; *out is then unchanged. */
bool digest_algorithm_of(const char *name, enum digest_algorithm *out);
/* Characters in a hash: 32 or 64. */
size_t digest_hex_length(enum digest_algorithm algorithm);

/* H(A1). The password is bytes (RES may hold any); NULL and 0 for none. */
void digest_ha1(enum digest_algorithm algorithm, const char *user, const char *realm, const void *password,
                size_t length, char out[DIGEST_HEX]);

/* The response to a request of whoever has this H(A1). */
void digest_response(const struct digest_request *request, const char *ha1, char out[DIGEST_HEX]);
/* Is this the response? Letters in upper case count as wrong, as the grammar has it. */
bool digest_check(const struct digest_request *request, const char *ha1, const char *response);

/* ---- AKAv1-MD5 (RFC 3310) -------------------------------------------------------------------- */

/* Server data at most, in bytes; room for the nonce and for auts, with the 0 after them. */
enum {
    DIGEST_SERVER_DATA = 32,
    DIGEST_AKA_NONCE = (AKA_RAND + AKA_AUTN + DIGEST_SERVER_DATA + 2) / 3 * 4 + 1,
    DIGEST_AKA_AUTS = (AKA_AUTS + 2) / 3 * 4 + 1,
};

/* nonce = base64(RAND | AUTN | server data). length <= DIGEST_SERVER_DATA; NULL and 0 for none: the nonce
 * then has 44 characters. */
void digest_aka_nonce(const uint8_t rand[AKA_RAND], const uint8_t autn[AKA_AUTN], const void *server_data,
                      size_t length, char out[DIGEST_AKA_NONCE]);
/* The way back, without the server data. False: this is no such nonce; the outputs are then unchanged. */
bool digest_aka_nonce_read(const char *nonce, uint8_t rand[AKA_RAND], uint8_t autn[AKA_AUTN]);

/* auts = base64(AUTS), and back; false: this is no AUTS, out is unchanged. */
void digest_aka_auts(const uint8_t auts[AKA_AUTS], char out[DIGEST_AKA_AUTS]);
bool digest_aka_auts_read(const char *text, uint8_t out[AKA_AUTS]);

#endif
