/* ue_access_int.h - what the files of the phone's LTE side share. */
#ifndef MODELS_UE_UE_ACCESS_INT_H
#define MODELS_UE_UE_ACCESS_INT_H

#include "models/proto/aka/aka.h"
#include "models/ue/ue_access.h"
#include "sim/waitlist.h"

/* EPS bearer identities (TS 24.007 11.2.3.1.5). */
enum { EBI_FIRST = 5, EBI_LAST = 15 };
/* "Key set identity: no key is available" (TS 24.301 9.9.3.21). */
enum { KSI_NONE = 7 };
/* Most times one request is sent: four repetitions, then it is given up (TS 24.301 10.2, 10.3, note 1). */
enum { UE_MAX_SENT = 5 };

/* An EPS bearer context. */
struct ue_bearer {
    struct ue_bearer *next; /* by rising EBI */
    uint8_t ebi, linked;    /* linked: EBI of the default bearer; 0: is one */
    uint32_t ip;            /* of a default bearer */
    struct ie_qos qos;
    union {
        const char *apn;    /* of a default bearer */
        struct ue_tft *tft; /* of a dedicated one; owned */
    };
};

/* What lives as long as the RRC connection: radio bearers, and procedures that end with it. */
struct ue_conn {
    struct fsm rrc; /* first member */
    struct fsm esm;
    struct fsm random;       /* random access, before there is a connection */
    struct ue_access *access;
    struct nas_msg *first;   /* waits for the connection; owned reference or NULL */
    struct nas_msg *request; /* ESM request without answer; owned reference or NULL */
    uint32_t rnti;
    int preambles;           /* sent so far */
    uint8_t cause;           /* of its establishment */
    uint8_t pti;             /* of the last ESM request */
    uint8_t sent;            /* times it was sent */
    bool challenged;         /* the challenge and the answer below are kept (T3416) */
    uint8_t rand[AKA_RAND], res[AKA_RES];
    uint8_t drb[EBI_LAST - EBI_FIRST + 1]; /* per EBI; 0: none */
};

/* What a phone always has. */
struct ue_access {
    struct fsm emm; /* first member */
    const struct epc *epc;
    const struct ue_access_cfg *cfg;
    struct ue_conn *conn;      /* NULL: RRC idle */
    struct ue_service *service; /* NULL: at rest (ue_service.c) */
    struct ue_discovery *discovery; /* NULL: it asks for no P-CSCF */
    struct ue_bearer *bearers;
    struct aka_usim usim;
    struct waitlist_node wait; /* T3412 */
    struct ie_guti guti;       /* M-TMSI 0: none */
    uint32_t party;
    uint16_t t3412;            /* s; 0: off */
    bool no_radio;             /* out of coverage */
    uint8_t attempts;          /* EMM: attach attempts that failed, or times DETACH REQUEST was sent */
    uint8_t ksi;
    bool secured;              /* NAS messages are protected */
    uint8_t sequence;          /* of the next one sent */
};

/* What an idle phone with one PDN connection takes here: all nodes together should need no more than 512. */
G_STATIC_ASSERT(sizeof(struct ue_access) + sizeof(struct ue_bearer) <= 224);

struct ue_access_pool {
    struct slab phones, conns, bearers, tfts, services, held, discoveries;
    struct waitlist idle; /* phones in idle mode: T3412 */
};

/* Security capabilities of the phone: EEA0 to EEA2, EIA1 and EIA2. */
static inline struct ie_security_caps ue_security_caps(void)
{
    return (struct ie_security_caps){.eea = 1 << 0 | 1 << 1 | 1 << 2, .eia = 1 << 1 | 1 << 2};
}
static inline bool ue_knows_algorithms(struct ie_algorithms alg)
{
    struct ie_security_caps caps = ue_security_caps();
    return alg.eea < 8 && alg.eia < 8 && (caps.eea >> alg.eea & 1) && (caps.eia >> alg.eia & 1);
}

/* The access side that a machine belongs to. */
static inline struct ue_access *emm_access(const struct fsm *emm)
{
    return (struct ue_access *)emm;
}
static inline struct ue_conn *rrc_conn(const struct fsm *rrc)
{
    return (struct ue_conn *)rrc;
}
static inline struct ue_conn *esm_conn(const struct fsm *esm)
{
    return (struct ue_conn *)(void *)((char *)esm - offsetof(struct ue_conn, esm));
}
static inline struct node *ue_node(const struct ue_access *a)
{
    return a->emm.node;
}

/* Tells the phone something: UE_TELL(a, attached) or UE_TELL(a, bearer_down, ebi). */
#define UE_TELL(a, what, ...)                                                                                  \
    do {                                                                                                       \
        if ((a)->cfg->ops->what)                                                                               \
            (a)->cfg->ops->what(ue_node(a), ##__VA_ARGS__);                                                    \
    } while (0)

/* ---- ue_access.c ----------------------------------------------------------------------------- */

/* The APN whose default bearer carries SIP. */
const char *ue_sip_apn(const struct ue_access *a);
struct ue_bearer *ue_bearer_find(const struct ue_access *a, uint8_t ebi);
/* The default bearer of this APN, or NULL. */
struct ue_bearer *ue_bearer_of_apn(const struct ue_access *a, const char *apn);
struct ue_bearer *ue_bearer_add(struct ue_access *a, uint8_t ebi, uint8_t linked);
/* Forgets a bearer with its TFT. */
void ue_bearer_remove(struct ue_access *a, uint8_t ebi);
void ue_bearer_add_default(struct ue_access *a, uint8_t ebi, const struct ie_qos *qos, const char *apn, uint32_t ip);
/* Forgets a bearer, and if it is a default bearer those that are linked to it; tells of each. */
void ue_bearer_close(struct ue_access *a, uint8_t ebi);
/* Radio bearer of an EPS bearer; 0: none. */
uint8_t ue_drb(const struct ue_access *a, uint8_t ebi);

/* ue_tft.c: carries out a TFT operation. An ESM cause, or 0; after an error *t is of no use. A filter to be deleted that
 * is not there is no error, and one to be added that is there is replaced: so a request may come twice. */
uint8_t ue_tft_apply(struct ue_tft *t, const struct ie_tft *op);
bool ue_tft_same(const struct ue_tft *a, const struct ie_tft *b);

/* A NAS message that goes to the network by itself: protected if there is a security context. */
struct nas_msg *ue_nas_new(struct ue_access *a, enum nas_type type);
/* Seals and sends; takes over the reference. */
void ue_nas_send(struct ue_access *a, struct nas_msg *m);
/* A NAS message from the network. */
void ue_nas_rx(struct ue_access *a, const struct nas_msg *m);

/* ---- ue_rrc.c -------------------------------------------------------------------------------- */

/* Gives the eNB a complete NAS message; sets up a connection first, for this cause (RRC_MO_DATA ...), if there is none. Takes
 * over the reference. While the connection is being set up, the last message is the one that counts. */
void ue_rrc_send(struct ue_access *a, struct nas_msg *m, uint8_t cause);
/* Leaves the connection without a message. */
void ue_rrc_abandon(struct ue_access *a);
/* The phone is not registered any more: the connection, if any, is to be released soon. */
void ue_rrc_left(struct ue_access *a);
void ue_rrc_rx(struct ue_access *a, const struct rrc_msg *m);
/* The eNB is not heard any more, or is again. */
void ue_rrc_radio(struct ue_access *a, bool heard);
/* A message to the eNB: with the phone's C-RNTI; seals, takes over the reference. */
void ue_rrc_put(struct ue_conn *c, struct rrc_msg *m);
/* RRCConnectionRequest, from a phone that the random access has given this number for now; 0: none. */
void ue_rrc_put_request(struct ue_conn *c, uint32_t rnti);

/* ---- ue_random.c ------------------------------------------------------------------------------ */

/* Begins random access, which will send the request. False: Uu has no radio, there is nothing to do. */
bool ue_random_begin(struct ue_conn *c);
void ue_random_rx(struct ue_conn *c, const struct rrc_msg *m);
/* The network has answered this phone's request. */
void ue_random_resolved(struct ue_conn *c);

/* ---- ue_emm.c, ue_esm.c, ue_data.c ----------------------------------------------------------- */

void ue_emm_attach(struct ue_access *a);
void ue_emm_detach(struct ue_access *a, bool switch_off);
bool ue_emm_registered(const struct ue_access *a);
void ue_emm_rx(struct ue_access *a, const struct nas_msg *m);
/* The connection is gone, or could not be set up. */
void ue_emm_no_connection(struct ue_access *a);
/* The network does not know the phone any more, for this EMM cause: it attaches again. */
void ue_emm_attach_again(struct ue_access *a, uint8_t cause);
/* Without power: forgets all, without a word. */
void ue_emm_power_cut(struct ue_access *a);
/* The identity by which the phone is paged from now on; M-TMSI 0: none. */
void ue_set_guti(struct ue_access *a, const struct ie_guti *guti);

/* An ESM message, and what becomes of it. */
struct ue_esm_rx {
    const struct nas_msg *m;
    bool carried;          /* inside an EMM message: the answer is left in `reply`, and nobody is told yet */
    struct nas_msg *reply; /* owned reference, or NULL */
    bool opened;           /* a default bearer is new  */
};
void ue_esm_rx(struct ue_access *a, struct ue_esm_rx *rx);
/* Tells of the default bearer that was opened. */
void ue_esm_opened(struct ue_access *a, const struct ue_esm_rx *rx);
/* Detached: whatever was asked for does not matter any more. */
void ue_esm_detached(struct ue_access *a);
/* Asks for another PDN connection, to the APN for SIP. */
void ue_esm_connect(struct ue_access *a);
/* Bearers that have got no radio bearer when others did are gone. */
void ue_esm_synchronise(struct ue_access *a);
/* The RRC connection is gone, and what was under way on it. */
void ue_esm_no_connection(struct ue_conn *c);
bool ue_esm_request_bearer(struct ue_access *a, const struct ie_qos *qos, const struct ie_tft *tft);
bool ue_esm_release_bearer(struct ue_access *a, uint8_t ebi, const struct ie_tft *filters);
/* PDN CONNECTIVITY REQUEST for this APN with the transaction's identity, not sealed. */
struct nas_msg *ue_esm_pdn_request(struct ue_access *a, const char *apn, bool own);

/* ---- ue_service.c ---------------------------------------------------------------------------- */

/* A packet to go when its bearer has a radio bearer; takes a reference of its own. */
void ue_service_hold(struct ue_access *a, uint8_t ebi, const struct ie_packet *packet, struct msg *inner);
/* Whether a connection is being sought, or an update is made: then, and in idle mode, a bearer is asked for this way, when there is
 * a connection. False: it cannot be asked for now. Later bearer_refused() may be told. */
bool ue_service_is_busy(const struct ue_access *a);
bool ue_service_ask(struct ue_access *a, const struct ie_qos *qos, const struct ie_tft *filters);
void ue_service_paged(struct ue_access *a, const struct rrc_msg *m);
/* SERVICE REJECT, TRACKING AREA UPDATE ACCEPT or REJECT. */
void ue_service_rx(struct ue_access *a, const struct nas_msg *m);
/* Radio bearers were set up; a registered phone has lost its connection; the eNB is heard again; nothing counts any more. */
void ue_service_bearers(struct ue_access *a);
void ue_service_no_connection(struct ue_access *a);
void ue_service_radio_back(struct ue_access *a);
void ue_service_stop(struct ue_access *a);
/* Memory of all phones' machines. */
void ue_service_init(struct ue_access_pool *pool);
/* Starts T3412 if the phone is in idle mode and it does not run; it has expired. */
void ue_idle_timer(struct ue_access *a);
void ue_idle_too_long(struct sim *sim, void *phone);
/* A GPRS timer in seconds; 0: off (TS 24.008 10.5.7.3). */
uint16_t ue_gprs_timer(uint8_t coded);

/* ---- warm start: the state that each procedure leaves behind (ue_warm.c has the whole) ---------- */

/* What a phone asks the network for; then what it got. */
void ue_rrc_warm_ask(struct epc_warm *w);
void ue_esm_warm_ask(const struct ue_access *a, struct epc_warm *w);
void ue_rrc_warm(struct ue_access *a, struct epc_warm *w);
void ue_emm_warm(struct ue_access *a, const struct epc_warm *w);
void ue_esm_warm(struct ue_access *a, const struct epc_warm *w);

void ue_data_rx(struct ue_access *a, const struct rrc_msg *m);
/* Sends a packet on a bearer, referenced: in idle mode when the phone has left it. False: there is no such bearer. */
bool ue_data_send(struct ue_access *a, const struct ue_bearer *b, const struct ie_packet *packet, struct msg *inner);
/* Sends it by the radio bearer that is there; false: none is. */
bool ue_data_put(struct ue_access *a, uint8_t ebi, const struct ie_packet *packet, struct msg *inner);
/* ue_discovery.c: an answer to what the phone asked for. */
void ue_discovery_rx(struct ue_access *a, const struct dhcp_msg *m);
/* The phone detaches: what it asked for does not matter any more. */
void ue_discovery_leave(struct ue_access *a);
void ue_discovery_init(struct ue_access_pool *pool);

#endif
