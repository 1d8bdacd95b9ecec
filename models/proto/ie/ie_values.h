/* ie_values.h - what the fields of LTE and EPC messages hold.
 *
 * Plain values, the same on every interface: a QoS is one struct whether it travels in GTP, NAS, S1AP or
 * Diameter; what differs, its encoded size, stands with the field type (ie_types.def). Addresses are IPv4
 * in host byte order (0: none), rates are kbit/s unless a name says otherwise, keys and identities are
 * the real ones. Text is not owned and lives as long as the network. */
#ifndef MODELS_PROTO_IE_IE_VALUES_H
#define MODELS_PROTO_IE_IE_VALUES_H

#include <stdbool.h>
#include <stdint.h>

struct msg;

/* Named values: enumerators here, their names through ie_value_name(). */
enum ie_value {
#define ENUM(...)
#define VALUE(list, id, value, name) id = value,
#include "models/proto/ie/ie_enums.def"
};

/* How many of a thing one message carries at most. EPS bearer identities run from 5 to 15
 * (TS 24.007 11.2.3.1.5); six bearers hold two PDN connections and two calls with video. */
enum {
    IE_MAX_BEARERS = 6,
    IE_MAX_FILTERS = 4, /* RTP and RTCP, each way, of one medium */
    IE_MAX_NAS = 4,     /* NAS messages in one RRC message       */
    IE_MAX_VECTORS = 2,
    IE_MAX_APNS = 3,
    IE_MAX_RULES = 4,
    IE_MAX_MEDIA = 2,
    IE_MAX_FLOWS = 2, /* RTP, RTCP */
    IE_MAX_CAPABILITIES = 8,
    IE_MAX_SERVERS = 2,
    IE_MAX_IDENTITIES = 4,
    IE_MAX_CRITERIA = 8,
    IE_MAX_ADDRESSES = 2,
    IE_MAX_TACS = 4,
};

/* ---- identities and places ----------------------------------------------------------------------- */

struct ie_plmn {
    uint16_t mcc, mnc;  /* decimal */
    uint8_t mnc_digits; /* 2 or 3 */
};
struct ie_tai {
    struct ie_plmn plmn;
    uint16_t tac;
};
struct ie_tai_list { /* all of one PLMN */
    struct ie_plmn plmn;
    uint8_t n;
    uint16_t tac[IE_MAX_TACS];
};
struct ie_ecgi {
    struct ie_plmn plmn;
    uint32_t eci; /* 28 bits: eNB (20), cell (8) */
};
struct ie_uli {
    struct ie_tai tai;
    struct ie_ecgi ecgi;
};
struct ie_guti {
    struct ie_plmn plmn;
    uint16_t mme_group;
    uint8_t mme_code;
    uint32_t m_tmsi;
};
struct ie_s_tmsi {
    uint8_t mme_code;
    uint32_t m_tmsi;
};
/* IMSI, or GUTI when `imsi` is 0. */
struct ie_mobile_id {
    uint64_t imsi; /* 15 decimal digits as a number */
    struct ie_guti guti;
};
struct ie_fteid {
    uint8_t iface; /* enum ie_value, FTEID_... */
    uint32_t teid, ipv4;
};
struct ie_paa {
    uint8_t type; /* PDN_IPV4 ... */
    uint32_t ipv4;
};

/* ---- bearers --------------------------------------------------------------------------------------- */

struct ie_ambr {
    uint32_t ul, dl;
};
struct ie_arp {
    uint8_t level;    /* 1 (first) to 15 */
    bool may_preempt; /* pre-emption capability    */
    bool preemptable; /* pre-emption vulnerability */
};
struct ie_qos {
    uint8_t qci;
    struct ie_arp arp;
    uint32_t mbr_ul, mbr_dl, gbr_ul, gbr_dl; /* 0 for a QCI without guaranteed bit rate */
};
/* A packet filter, as the UE's side sees it; 0 matches anything. */
struct ie_filter {
    uint8_t id, direction; /* FILTER_DOWNLINK ... */
    uint8_t precedence;    /* lower is looked at first */
    uint8_t protocol;      /* 17 = UDP */
    uint32_t remote, local;
    uint16_t remote_port, local_port;
};
struct ie_tft {
    uint8_t op; /* TFT_CREATE ... */
    uint8_t n;
    struct ie_filter filter[IE_MAX_FILTERS];
};
/* Protocol configuration options: the containers that carry P-CSCF discovery. */
enum {
    PCO_P_CSCF = 1,     /* 000CH, request                                  */
    PCO_DNS = 2,        /* 000DH, request                                  */
    PCO_IM_CN_FLAG = 4, /* 0002H, IM CN subsystem signalling flag          */
    PCO_VIA_NAS = 8,    /* 000AH, IP address allocation via NAS signalling */
};
struct ie_pco {
    uint8_t flags;
    uint8_t n_p_cscf, n_dns; /* addresses, in an answer */
    uint32_t p_cscf[IE_MAX_ADDRESSES], dns[IE_MAX_ADDRESSES];
};
/* A bearer context of GTP. `parts` says what it has beside the identity. */
enum { BEARER_CAUSE = 1, BEARER_QOS = 2, BEARER_TFT = 4, BEARER_CHARGING = 8 };
struct ie_bearer {
    uint8_t ebi, parts, cause, n_fteids;
    struct ie_fteid fteid[2]; /* S1-U and S5/S8-U, or one of them */
    struct ie_qos qos;
    struct ie_tft tft;
    uint32_t charging_id;
};
struct ie_bearers {
    uint8_t n;
    struct ie_bearer item[IE_MAX_BEARERS];
};
struct ie_ebis {
    uint8_t n, ebi[IE_MAX_BEARERS];
};
/* An E-RAB of S1AP: to be set up (QoS, S-GW end, NAS), set up (eNB end), or one that failed (cause). */
struct ie_erab {
    uint8_t id; /* = EBI */
    uint8_t cause;
    uint32_t teid, ipv4;
    struct ie_qos qos;
    struct msg *nas; /* owned reference, or NULL */
};
struct ie_erabs {
    uint8_t n;
    struct ie_erab item[IE_MAX_BEARERS];
};
/* Radio bearers of an RRC message. */
struct ie_drb {
    uint8_t id, ebi, lcid, qci;
    bool um; /* RLC unacknowledged mode */
};
struct ie_drbs {
    uint8_t n;
    struct ie_drb item[IE_MAX_BEARERS];
};
/* NAS messages in one RRC message; each an owned reference. */
struct ie_nas_list {
    uint8_t n;
    struct msg *item[IE_MAX_NAS];
};
/* The IP packet around what a tunnel carries. */
/* SIP servers by address, or by name (RFC 3361). */
struct ie_sip_servers {
    uint8_t n;
    bool named;
    uint32_t server[IE_MAX_ADDRESSES]; /* IPv4 address, or host of the SIP stack */
};
struct ie_packet {
    uint32_t src, dst;
    uint16_t src_port, dst_port;
    uint8_t protocol;
};

/* ---- security ---------------------------------------------------------------------------------------- */

struct ie_bytes { /* RES, AUTS, XRES: up to 16 bytes */
    uint8_t n, b[16];
};
struct ie_block { /* RAND, AUTN: 16 bytes */
    uint8_t b[16];
};
struct ie_key { /* KASME, KeNB: 32 bytes */
    uint8_t b[32];
};
struct ie_security_caps { /* bit i: EEAi, EIAi */
    uint8_t eea, eia;
};
struct ie_algorithms {
    uint8_t eea, eia;
};

/* ---- Diameter: subscribers ---------------------------------------------------------------------------- */

struct ie_eps_vector {
    struct ie_block rand, autn;
    struct ie_bytes xres;
    struct ie_key kasme;
};
struct ie_eps_vectors {
    uint8_t n;
    struct ie_eps_vector item[IE_MAX_VECTORS];
};
struct ie_resync {
    struct ie_block rand;
    struct ie_bytes auts; /* 14 bytes */
};
struct ie_apn_config {
    uint8_t id, pdn_type;
    const char *apn;
    struct ie_qos qos; /* QCI and ARP */
    struct ie_ambr ambr;
};
struct ie_subscription {
    uint64_t msisdn;
    struct ie_ambr ambr; /* of the UE */
    uint8_t default_id, n;
    struct ie_apn_config apn[IE_MAX_APNS];
};
/* S-CSCF capabilities a user needs or likes, and servers by name (host index + 1). */
struct ie_capabilities {
    uint8_t n_mandatory, n_optional, n_servers;
    uint8_t mandatory[IE_MAX_CAPABILITIES], optional[IE_MAX_CAPABILITIES];
    uint32_t server[IE_MAX_SERVERS];
};
/* SIP-Auth-Data-Item: a request names the scheme (and RAND, AUTS to resynchronise), an answer carries an
 * AKA vector or a digest's H(A1). */
struct ie_sip_auth {
    uint8_t scheme;    /* AUTH_AKA, AUTH_DIGEST */
    uint8_t algorithm; /* of digest: DIGEST_MD5 ... */
    bool has_vector, has_resync, has_digest;
    uint32_t realm; /* of digest: host index */
    struct ie_block rand, autn, ck, ik;
    struct ie_bytes xres, auts;
    uint8_t ha1[32]; /* 16 bytes used with MD5 */
};
/* A user profile as the S-CSCF acts on it (User-Data XML, TS 29.228 annex B and E). */
struct ie_criterion {
    uint16_t priority;
    uint32_t server;      /* AS: host index */
    uint32_t methods;     /* bit per enum sip_method */
    uint8_t session_case; /* CASE_ORIGINATING ... */
    bool terminate;       /* default handling: SESSION_TERMINATED, else CONTINUED */
};
struct ie_user_profile {
    uint8_t n_identities, n_criteria;
    uint32_t identity[IE_MAX_IDENTITIES]; /* party */
    struct ie_criterion criterion[IE_MAX_CRITERIA];
};

/* ---- Diameter: policy -----------------------------------------------------------------------------------
 */

/* The name of a charging rule: "voice-17". Names of one owner differ in the serial number. */
struct ie_rule_name {
    const char *stem;
    uint32_t serial;
};
struct ie_rule { /* Charging-Rule-Definition */
    struct ie_rule_name name;
    uint8_t flow_status, n;
    uint32_t precedence;
    struct ie_qos qos;
    struct ie_filter flow[IE_MAX_FILTERS];
};
struct ie_rules {
    uint8_t n;
    struct ie_rule item[IE_MAX_RULES];
};
struct ie_rule_names {
    uint8_t n;
    struct ie_rule_name item[IE_MAX_RULES];
};
/* Packet filters that a UE asks for; or, when `rule` (its serial number) is given, those of a rule that are to go. A filter's
 * identifier follows from the rule's number. */
struct ie_filters {
    uint8_t n;
    uint32_t rule;
    struct ie_filter item[IE_MAX_FILTERS];
};
struct ie_rule_report {
    uint8_t n, status, failure; /* RULE_ACTIVE ..., RULE_FAILURE_... or 0 */
    struct ie_rule_name item[IE_MAX_RULES];
};
/* Media-Component-Description with its Media-Sub-Components. */
struct ie_media_flow {
    uint8_t number, usage, status; /* USAGE_..., FLOW_... */
    struct ie_filter down, up;
};
struct ie_media {
    uint8_t number, type, flow_status, n;
    uint32_t max_ul, max_dl, rs, rr; /* bit/s */
    const char *codec;               /* of Codec-Data: "AMR-WB", or NULL; not owned */
    uint32_t clock_rate;             /* its, Hz */
    struct ie_media_flow flow[IE_MAX_FLOWS];
};
struct ie_media_list {
    uint8_t n;
    struct ie_media item[IE_MAX_MEDIA];
};

/* ---- DNS --------------------------------------------------------------------------------------------------
 */

/* A name: of a host or domain; "_sip._udp." in front of it; of a party's number in e164.arpa. */
enum ie_dns_name_kind { DNS_NAME_HOST, DNS_NAME_SIP_UDP, DNS_NAME_E164 };
struct ie_dns_name {
    uint8_t kind;
    uint32_t id; /* host, or party */
};
struct ie_naptr {
    uint32_t ttl; /* s */
    uint16_t order, preference;
    uint8_t service;                /* DNS_E2U_SIP: flag "u"; DNS_SIP_D2U: flag "s" */
    uint32_t party;                 /* E2U+sip: whose SIP URI the number becomes    */
    struct ie_dns_name replacement; /* SIP+D2U                                      */
};
struct ie_srv {
    uint32_t ttl;
    uint16_t priority, weight, port;
    struct ie_dns_name target;
};
struct ie_dns_a {
    uint32_t ttl, address;
};

#endif
