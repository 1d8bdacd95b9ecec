/* sip_cold.h - what few messages have: registration, event packages, whom an application server serves, the reason of
 * a release.
 *
 * A message points to this part, and copies of it share the part; sip_cold_edit() (sip.h) gives a message one of its
 * own. So that a call, which has none of it, does not carry its weight from hop to hop. */
#ifndef MODELS_PROTO_SIP_SIP_COLD_H
#define MODELS_PROTO_SIP_SIP_COLD_H

#include "models/proto/aka/digest.h"

/* What the P-CSCF says of the message it got (TS 24.229 7.2A.2). */
enum sip_integrity { SIP_INTEGRITY_ABSENT, SIP_INTEGRITY_NO, SIP_INTEGRITY_YES };

enum sip_auth_kind {
    SIP_AUTH_NONE,
    SIP_AUTH_CHALLENGE,   /* WWW-Authenticate */
    SIP_AUTH_CREDENTIALS, /* Authorization    */
};

/* WWW-Authenticate or Authorization. The private identity is user@domain of the public one. */
struct sip_auth {
    uint8_t kind;      /* enum sip_auth_kind    */
    uint8_t algorithm; /* enum digest_algorithm */
    uint8_t integrity; /* enum sip_integrity    */
    bool has_nonce;
    bool has_keys;     /* ck and ik for the P-CSCF */
    bool has_auts;
    bool stale;
    uint32_t user;     /* of credentials: party */
    uint32_t realm;    /* host; credentials: of the digest-uri as well */
    uint8_t rand[AKA_RAND], autn[AKA_AUTN]; /* AKAv1-MD5: the nonce     */
    uint64_t nonce;    /* MD5, SHA-256: a token */
    uint64_t cnonce;   /* a token; 0: no qop    */
    uint32_t nc;
    uint8_t ck[AKA_KEY], ik[AKA_KEY], auts[AKA_AUTS];
    char response[DIGEST_HEX]; /* "": empty */
};

/* One side of a security agreement, ipsec-3gpp (RFC 3329, TS 33.203). spi_c 0: absent. */
struct sip_ipsec {
    uint32_t spi_c, spi_s;
    uint16_t port_c, port_s;
};

enum sip_event { SIP_EVENT_NONE, SIP_EVENT_REG };
enum sip_subscription { SIP_SUB_NONE, SIP_SUB_ACTIVE, SIP_SUB_TERMINATED };

/* States and events of reginfo (RFC 3680 5.2); the texts stand in sip_print_cold.c. */
enum sip_reg_state { SIP_REG_INIT, SIP_REG_ACTIVE, SIP_REG_TERMINATED };
enum sip_reg_event {
    SIP_REG_REGISTERED, SIP_REG_CREATED, SIP_REG_REFRESHED, SIP_REG_SHORTENED, SIP_REG_EXPIRED, SIP_REG_DEACTIVATED,
    SIP_REG_PROBATION, SIP_REG_UNREGISTERED, SIP_REG_REJECTED, SIP_REG_EVENTS
};

/* The body application/reginfo+xml with the full state of one public identity and its one contact (RFC 3680). */
struct sip_reginfo {
    bool present;
    uint8_t state; /* enum sip_reg_state, of registration and contact */
    uint8_t event; /* enum sip_reg_event, of the contact              */
    uint32_t version;
    uint32_t party;
    uint32_t expires; /* s; of an active contact */
};

/* sescase and regstate of P-Served-User (RFC 5502 6). */
enum sip_served_case { SIP_SERVED_ORIG, SIP_SERVED_TERM, SIP_SERVED_TERM_UNREG };

struct sip_hop;

struct sip_cold {
    uint32_t refs;
    struct sip_auth auth;
    struct sip_ipsec client, server, verify; /* Security-Client, -Server, -Verify */
    bool has_expires, has_contact_expires;
    uint32_t expires;         /* s, Expires                  */
    uint32_t contact_expires; /* s, the parameter of Contact */
    uint32_t min_expires;     /* s, 0: absent                */
    uint32_t visited;         /* P-Visited-Network-ID: host + 1 */
    uint32_t associated;      /* P-Associated-URI: party + 1    */
    struct sip_hop *path, *service_route; /* references */
    uint32_t served;          /* P-Served-User: party + 1 */
    uint8_t served_case;      /* enum sip_served_case     */
    uint8_t event;            /* enum sip_event        */
    uint8_t subscription;     /* enum sip_subscription */
    uint8_t sub_reason;       /* of a terminated one: enum sip_reg_event: deactivated, expired (timeout), rejected */
    uint32_t sub_expires;     /* s, of an active one   */
    struct sip_reginfo reginfo;
    uint16_t reason_cause;    /* Reason: SIP;cause=...; 0: absent (RFC 3326) */
};

#endif
