/* scn.h - a scenario as structs: what the XML files say once they are merged and checked.
 *
 * load.c fills these from XML through one table (bind.def); build.c turns them into nodes, links and
 * users. Values that a file left out hold the default of bind.def. Strings are owned by the scn. */
#ifndef SCENARIOS_LOAD_SCN_H
#define SCENARIOS_LOAD_SCN_H

#include "models/access/access.h"
#include "sim/dist.h"
#include "sim/time.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Where something was said, for errors that come later than loading. */
struct scn_pos {
    const char *file; /* interned */
    int line;
};

struct scn_network {
    struct scn_pos pos;
    char *id;
    char *domain; /* home domain name, e.g. domain1.example */
    bool resolve; /* its CSCFs find other domains by DNS   */
};

enum scn_transport { SCN_UDP, SCN_TCP, SCN_SCTP, SCN_AUTO /* UDP, TCP above mtu-200 or 1300 B */ };
enum scn_loss_model { SCN_BERNOULLI, SCN_GILBERT_ELLIOTT };

/* Link settings with a selector. Of the selectors that match a link, the most specific wins,
 * attribute by attribute: pair (from+to) > node > interface > none; later in order wins a tie. */
struct scn_link {
    struct scn_pos pos;
    char *network;   /* NULL: any (given by the enclosing <network>)          */
    char *interface; /* NULL: any; a name of models/interfaces.def             */
    char *node;      /* NULL: any; one end of the link                         */
    char *from, *to; /* NULL: any; direction counts when both are given        */
    uint32_t set;    /* bit per attribute below that was given (SCN_LINK_*)    */
    struct dist latency;
    double rate;       /* bit/s, 0 = infinite                                   */
    uint64_t queue;    /* bytes that may wait, 0 = no limit                     */
    double loss;       /* probability per message                              */
    int loss_model;    /* enum scn_loss_model                                   */
    double ge_p, ge_r; /* Gilbert-Elliott: good->bad, bad->good per message     */
    double ge_loss_bad; /* loss in the bad state (loss = in the good state)      */
    int transport;     /* enum scn_transport                                    */
    bool up;
    int rank;          /* of the file that spoke of it last: links are sorted by this */
};
enum {
    SCN_LINK_LATENCY = 1 << 0,
    SCN_LINK_RATE = 1 << 1,
    SCN_LINK_QUEUE = 1 << 2,
    SCN_LINK_LOSS = 1 << 3,
    SCN_LINK_LOSS_MODEL = 1 << 4,
    SCN_LINK_GE_P = 1 << 5,
    SCN_LINK_GE_R = 1 << 6,
    SCN_LINK_GE_LOSS_BAD = 1 << 7,
    SCN_LINK_TRANSPORT = 1 << 8,
    SCN_LINK_UP = 1 << 9,
};

/* The radio of cells, with a selector. Of those that match an eNB, the more specific wins, parameter by parameter. */
struct scn_radio {
    struct scn_pos pos;
    char *node;                /* NULL: every eNB                */
    struct access_params p;
    struct access_given given; /* those that a file has given    */
};

struct scn_service {
    struct scn_pos pos;
    char *message;  /* NULL: any; "INVITE", "200 OK (PRACK)", "LIA" ...          */
    char *protocol; /* NULL: any; "SIP", "Diameter"                              */
    struct dist time;
    int priority; /* 0 = most urgent; used with discipline="priority"            */
};

enum scn_discipline { SCN_FIFO, SCN_PRIORITY };
enum scn_overload { SCN_OVERLOAD_DROP, SCN_OVERLOAD_REJECT };

struct scn_node {
    struct scn_pos pos;
    char *id;      /* unique over all networks and groups: "I/S-CSCF2"              */
    char *network; /* id of the enclosing <network>                                 */
    char **roles;  /* NULL-terminated: "P-CSCF", "I-CSCF", "S-CSCF", "HSS", "AS"          */
    char *host;    /* host name in its SIP URIs and Diameter identity               */
    char *i_host;  /* host name of the I-CSCF role when it differs, or NULL         */
    int gm_port;   /* P-CSCF: protected server port towards UEs, 0 = 5060 (none shown) */
    bool gm_sigcomp; /* P-CSCF: comp=sigcomp in its URIs towards UEs                */
    char *mme, *sgw, *pgw, *pcrf; /* nodes it works with: eNB: mme; MME: sgw, pgw; P-GW, P-CSCF: pcrf; or NULL */
    bool early_media;  /* P-CSCF: gates are open before the answer */
    bool ue_bearers; /* PCRF: phones may ask for bearers                            */
    bool record_route; /* AS: stays in the path of dialogs */
    int dhcp;      /* P-GW: enum scn_dhcp, how it names P-CSCFs by DHCP               */
    sim_time ttl;  /* DNS: how long its answers may be kept                          */
    int tac;       /* eNB: tracking area code                                       */
    int paging_cycle; /* eNB: radio frames; 0: phones listen always                 */
    int paging_nb;    /* eNB: nB in 32ths of the cycle                              */
    bool release_gbr; /* eNB: inactivity counts although a GBR bearer is up         */
    char *areas;      /* MME: tracking areas of one list, separated by blanks, or NULL */
    bool page_last;   /* MME: pages at the last eNB first                           */
    int page_repeats; /* MME */
    double authenticates; /* MME: share of service requests                         */
    bool new_guti;    /* MME: with each tracking area update                        */
    int buffer;       /* S-GW: packets for an idle phone                            */
    char *capabilities; /* S-CSCF: numbers separated by blanks, or NULL             */
    sim_time min_registration, max_registration; /* S-CSCF: what it grants; 0: any  */
    int servers;   /* 0 = infinitely many (pure delay)                              */
    int queue;     /* messages that may wait, -1 = no limit                         */
    int discipline, overload;
    GArray *services; /* struct scn_service, the most specific wins                 */
};

struct scn_codec {
    struct scn_pos pos;
    int payload_type;
    char *name; /* EVRC, AMR-WB, H263 ... */
    int clock_rate;
    int channels;
    char *fmtp; /* NULL = none */
};
struct scn_media {
    struct scn_pos pos;
    int type; /* enum scn_media_type */
    int port;
    int bandwidth; /* kbit/s for b=AS, 0 = no line, -1 = what the codecs need */
    int ptime;     /* ms, 0 = no line */
    char *attribute; /* e.g. "cif:1", NULL = none */
    GArray *codecs;  /* struct scn_codec, in order of preference */
};
enum scn_media_type { SCN_AUDIO, SCN_VIDEO };

enum scn_strength { SCN_STRENGTH_NONE, SCN_STRENGTH_OPTIONAL, SCN_STRENGTH_MANDATORY };
/* When a UE's resource reservation for a call begins. */
enum scn_reservation {
    SCN_RES_BEFORE, /* done before the call                                          */
    SCN_RES_INVITE, /* starts when the INVITE is sent or received                    */
    SCN_RES_ANSWER, /* starts when the first SDP answer is sent or received          */
    SCN_RES_NONE,   /* this UE needs none (no preconditions of its own)              */
    SCN_RES_BEARERS, /* the network brings dedicated bearers                          */
    SCN_RES_UE_REQUESTED, /* the UE asks for them: before the INVITE, or when it comes    */
    SCN_RES_EXISTING, /* the UE asks for them when it has registered, and keeps them  */
};
/* When a called UE that is not ready answers an offer whose sender is ready. */
enum scn_answer_policy { SCN_ANSWER_WHEN_READY, SCN_ANSWER_AT_ONCE };
/* By which request a UE changes the media of an answered call. */
enum scn_modification { SCN_BY_REINVITE, SCN_BY_UPDATE };
/* How phones begin. */
enum scn_phone_state {
    SCN_PHONE_UNSAID,    /* off if they have an eNB, else registered                      */
    SCN_PHONE_OFF,       /* switched off: the script attaches them                        */
    SCN_PHONE_CONNECTED, /* attached, with an RRC connection, as an attach leaves them     */
    SCN_PHONE_IDLE,      /* attached, and released for inactivity                         */
};
/* How the network authenticates phones, and how their cards are. */
enum scn_auth { SCN_AUTH_AKA, SCN_AUTH_MD5, SCN_AUTH_SHA256 };
enum scn_card { SCN_CARD_GOOD, SCN_CARD_WRONG_KEY, SCN_CARD_AHEAD /* its SQN is ahead of that of the HSS */ };
/* How phones with an eNB find their P-CSCF. */
enum scn_dhcp { SCN_DHCP_ADDRESSES, SCN_DHCP_NAMES };
enum scn_discovery { SCN_DISCOVERY_PCO, SCN_DISCOVERY_DHCP, SCN_DISCOVERY_CONFIGURED };
enum scn_reservation_outcome { SCN_RES_SUCCEEDS, SCN_RES_FAILS };

struct scn_security { /* what Security-Verify says; port-s comes from the P-CSCF */
    bool present;
    char *spi_c, *spi_s;
    int port_c;
};

/* What phones put into the Request-URI. */
enum scn_dial { SCN_DIAL_SIP, SCN_DIAL_TEL };
/* TS 29.228 annex B. */
enum scn_session_case { SCN_CASE_ORIGINATING, SCN_CASE_TERMINATING, SCN_CASE_UNREGISTERED };
enum scn_default_handling { SCN_CONTINUE, SCN_TERMINATE };
struct scn_criterion {
    struct scn_pos pos;
    int priority;         /* the lowest is looked at first           */
    char *as;             /* node id                                 */
    char **methods;       /* NULL-terminated: "INVITE", "REGISTER"   */
    int session_case;     /* enum scn_session_case                   */
    int default_handling; /* enum scn_default_handling               */
};

struct scn_group {
    struct scn_pos pos;
    char *id; /* the UE's name when count is 1, else id-1, id-2, ... */
    int count;
    char *network;
    char **p_cscf;         /* node ids, NULL-terminated, in turn; NULL: discovered */
    int discovery;         /* enum scn_discovery                        */
    char *s_cscf;          /* node id: the one that the HSS names, or NULL */
    char **enb;            /* serving eNBs, NULL-terminated, in turn; NULL: no access network, Gm is a wire */
    char *cqi;             /* channel quality: numbers separated by blanks, taken in turn */
    char *apn;             /* APN asked for at attach                   */
    int state;             /* enum scn_phone_state: how the phones begin */
    int auth;              /* enum scn_auth                             */
    int card;              /* enum scn_card                             */
    char *password;        /* of Digest; NULL = none                    */
    bool roaming;          /* may register from visited networks        */
    bool provisioned;      /* the HSS knows them                        */
    bool has_expires;
    sim_time expires;      /* registration time asked for               */
    char *mandatory, *optional; /* capabilities of an S-CSCF: numbers separated by blanks, or NULL */
    char *address;         /* IPv4 of the first; counts up              */
    int port;              /* protected server port of the UE           */
    bool sigcomp;          /* comp=sigcomp in its Via and Contact        */
    char *display;         /* display name, NULL = none                  */
    char *tel;             /* of the first: E.164 with +, visual separators kept; counts up; NULL = none */
    bool in_enum;          /* ENUM knows the numbers                    */
    int dial;              /* enum scn_dial                             */
    char *access_info;     /* P-Access-Network-Info, NULL = none         */
    char *privacy;         /* Privacy, NULL = none                       */
    bool has_max_calls;
    uint64_t max_calls;    /* at a time; 0 = any number                  */
    bool reliable;         /* supports 100rel                            */
    bool preconditions;    /* supports precondition                      */
    int des_local, des_remote; /* enum scn_strength                      */
    bool inactive_until_ready; /* a=inactive while resources are missing */
    int reservation;           /* enum scn_reservation                   */
    struct dist reservation_time;
    int reservation_outcome;   /* enum scn_reservation_outcome           */
    int answer_policy;         /* enum scn_answer_policy                 */
    int modification;          /* enum scn_modification                  */
    bool progress;             /* sends an unreliable 183 while it cannot answer yet */
    struct dist think;         /* UE processing before each message it builds (u1, u2) */
    struct scn_security security;
    GArray *media; /* struct scn_media */
    GArray *criteria; /* struct scn_criterion */
};

/* Opaque tokens pinned to given texts, so that a published trace can be reproduced. NULL = generated. */
struct scn_tokens {
    char *call_id, *from_tag, *to_tag, *invite_branch, *ack_branch;
    char *offer_session, *answer_session; /* o= session ids, decimal */
};

/* What a user wants while the call goes on. */
enum scn_change_what { SCN_HOLD, SCN_RESUME, SCN_CODEC, SCN_ADD_VIDEO, SCN_REMOVE_VIDEO };
enum scn_since { SCN_SINCE_ANSWER, SCN_SINCE_ALERT };
enum scn_party { SCN_BY_CALLER, SCN_BY_CALLED };
struct scn_change {
    struct scn_pos pos;
    struct dist after;
    int since; /* enum scn_since */
    int by;    /* enum scn_party */
    int what;  /* enum scn_change_what */
    int codec; /* payload type */
    bool has_codec;
};

/* What a call begins with. */
enum scn_call_media { SCN_ALL_MEDIA, SCN_AUDIO_ONLY };
enum scn_called_does { SCN_ANSWERS, SCN_REJECTS_BUSY, SCN_DECLINES, SCN_NEVER_ANSWERS };
struct scn_call {
    struct scn_pos pos;
    sim_time at;
    char *from, *to; /* UE names: a group id, or id-N */
    struct dist answer; /* alerted -> answers                                     */
    bool has_hold;
    struct dist hold; /* answered -> the caller hangs up; absent: never            */
    bool has_cancel;
    struct dist cancel; /* dialled -> the caller gives up if not answered; absent: never */
    int called; /* enum scn_called_does */
    int media;  /* enum scn_call_media  */
    GArray *changes; /* struct scn_change */
    struct scn_tokens tokens;
};

/* What a phone does at a time of the script. */
enum scn_do {
    SCN_DO_ATTACH, SCN_DO_DETACH, SCN_DO_POWER_OFF, SCN_DO_REGISTER, SCN_DO_DEREGISTER,
    SCN_DO_NETWORK_DEREGISTER, /* the HSS ends its registration */
    SCN_DO_LOSE_BEARERS,       /* its P-GW loses its dedicated bearers */
    SCN_DO_LOSE_RADIO, SCN_DO_REGAIN_RADIO, /* coverage */
    SCN_DO_POWER_CUT,
};
struct scn_action {
    struct scn_pos pos;
    sim_time at, within; /* the phones of a group follow each other evenly in `within` */
    char *ue;            /* phone or group */
    int action; /* enum scn_do */
};

/* A stream of calls from the phones of a group to those of a group. */
struct scn_traffic {
    struct scn_pos pos;
    char *from, *to;      /* group ids; may be the same                                   */
    struct dist arrivals; /* time between two calls                                       */
    bool any_caller;      /* also one whose phone takes no more calls                     */
    sim_time start, until; /* when it begins and ends; SIM_NEVER: never                    */
    uint64_t count;       /* calls in all, 0 = no limit                                   */
    struct dist answer;
    bool has_hold;
    struct dist hold;
    bool has_patience;
    struct dist patience; /* dialled -> the caller gives up if not answered; absent: never */
    double unanswered, busy, declined; /* shares of called users who do not answer, refuse */
};

struct scn_timer {
    struct scn_pos pos;
    char *name; /* models/timers.def */
    sim_time value;
};

enum scn_fault_kind { SCN_DROP, SCN_DUPLICATE };
struct scn_fault {
    struct scn_pos pos;
    int kind;
    char *message; /* as the ladder spells it: "PRACK", "200 OK (INVITE)"; "*" = any  */
    char *on;      /* interface, NULL = any */
    char *from, *to; /* node ids, NULL = any */
    int nth;       /* the n-th matching transmission, 1 = first                        */
    int count;     /* how many from there on                                            */
};

#define SCN_WARMUP_AUTO (-1)
struct scn_run {
    sim_time until; /* SIM_NEVER: until nothing is left to do */
    sim_time warmup; /* or SCN_WARMUP_AUTO */
    int replications;
    double precision;  /* 0: as many as `replications` says */
    double confidence;
    char *metric;
    int min_replications, max_replications; /* with precision */
    int explain_every; /* 0: none */
    uint64_t seed;
    uint64_t max_events; /* 0 = none */
    sim_time max_wall;   /* 0 = none */
    uint64_t max_memory; /* bytes, 0 = none */
};

enum scn_order { SCN_ORDER_TIME, SCN_ORDER_MESSAGE };
struct scn_view {
    char **hide;     /* message names not shown by default */
    char **protocol; /* protocols shown by default; empty = all */
    int order;
};

struct scn {
    char *name, *title;
    char *file; /* as given by the user */
    GArray *networks, *nodes, *links, *radios, *groups, *calls, *actions, *traffic, *timers, *faults;
    struct scn_run run;
    struct scn_view view;
};

void scn_free(struct scn *scn);

#endif
