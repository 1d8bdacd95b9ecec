/* pcscf_rx.h - the P-CSCF asks the PCRF for the media of its calls (Rx): what the files of the CSCF share.
 *
 * The proxy's machine (cscf.c) calls the hooks below for a P-CSCF that has a PCRF; all others never notice. */
#ifndef MODELS_CSCF_PCSCF_RX_H
#define MODELS_CSCF_PCSCF_RX_H

#include "models/cscf/cscf_int.h"
#include "models/proto/ie/ie_values.h"

struct pcscf_policy *pcscf_policy_new(void);
void pcscf_policy_free(struct cscf_world *w);

/* ---- hooks ------------------------------------------------------------------------------------------- */

/* A request has been sent on to `to`. */
void pcscf_rx_request(struct pending *p, const struct sip_msg *m, struct node *to);
/* A response, as it was received, has been passed back. */
void pcscf_rx_relayed(struct pending *p, const struct sip_msg *m);
/* The request's context is about to be freed. */
void pcscf_rx_ended(struct pending *p);
/* A Diameter message on Rx. */
void pcscf_rx_message(struct node *n, const struct dia_msg *m, struct node *from);

/* ---- rows of cscf.c ---------------------------------------------------------------------------------- */

/* The response (arg) holds an answer with media that the PCRF has not allowed yet. */
bool pcscf_must_ask(const struct fsm *f, const void *arg);
/* Keeps it and asks. */
bool pcscf_hold(struct fsm *f, const void *arg);
/* One more response, while one is held: it waits behind it, unless it is the same again. */
bool pcscf_hold_behind(struct fsm *f, const void *arg);
/* PX_RX_AAA: the argument is the SIP status (uint16_t) to refuse with, 0: allowed. */
bool pcscf_invite_refused(const struct fsm *f, const void *arg);
bool pcscf_held_is_final(const struct fsm *f, const void *arg);
/* Passes on what was held. */
bool pcscf_let_pass(struct fsm *f, const void *arg);
/* Ends the INVITE both ways: this status to the one side; CANCEL, or ACK and BYE, to the other. */
bool pcscf_end_invite(struct fsm *f, const void *arg);

/* ---- pcscf_media.c: service information from SDP ------------------------------------------------------ */

/* The media of an offer/answer exchange as the phone of this P-CSCF sees it: `phone` and `remote` are the
 * descriptions of the two sides, `answer` whichever of them is the answer. Streams that are refused are
 * left out, or, with `removed`, marked as removed. */
void pcscf_media(struct ie_media_list *list, const struct sdp *phone, const struct sdp *remote, const struct sdp *answer,
                 bool removed);
/* Whether they ask for the same. */
bool pcscf_media_equal(const struct ie_media_list *a, const struct ie_media_list *b);
/* Bit/s, with IP, UDP and RTP headers, that a stream's describer wants to receive: b=AS, else what its first
 * codec takes at most. */
uint32_t pcscf_bandwidth(const struct sdp_stream *s);

#endif
