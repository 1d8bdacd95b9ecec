/* sip_dialog.h - a dialog as one of its user agents keeps it (RFC 3261 12). */
#ifndef MODELS_PROTO_SIP_SIP_DIALOG_H
#define MODELS_PROTO_SIP_SIP_DIALOG_H

#include "models/proto/sip/sip.h"

struct sip_dialog {
    uint64_t call_id, local_tag, remote_tag;
    uint32_t local_cseq;       /* of the last own request */
    uint32_t remote_cseq;      /* of the peer's last      */
    struct sip_uri local, remote, contact; /* own Contact */
    struct sip_uri target;     /* Request-URI of own requests */
    struct sip_hop *routes;    /* route set, in order of use  */
};

/* From a response that makes or confirms the dialog, at the caller (12.1.2): tag, target, route set. */
void sip_dialog_from_response(struct sip_stack *sip, struct sip_dialog *d, const struct sip_msg *m);
/* From the INVITE, at the called side (12.1.1). local_tag and contact are the caller's of this function. */
void sip_dialog_from_invite(struct sip_stack *sip, struct sip_dialog *d, const struct sip_msg *m);
/* A request inside the dialog, with the next CSeq (12.2.1.1). */
struct sip_msg *sip_dialog_request(struct sip_stack *sip, struct sip_dialog *d, enum sip_method method);
/* The ACK for a 2xx: CSeq number of the INVITE (13.2.2.4). */
struct sip_msg *sip_dialog_ack(struct sip_stack *sip, struct sip_dialog *d, uint32_t invite_cseq);
/* Drops what the dialog holds. */
void sip_dialog_clear(struct sip_stack *sip, struct sip_dialog *d);

#endif
