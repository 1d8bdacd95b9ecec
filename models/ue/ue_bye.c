/* ue_bye.c - the release of a call, the same at the calling and the called phone (RFC 3261 15). */
#include "models/ue/ue_int.h"

void ue_close_offers(struct ue_call *c)
{
    ue_offer_event(c, OF_CLOSE, NULL);
    ue_answer_event(c, AN_CLOSE, NULL);
}

bool ue_send_bye(struct fsm *f, const void *arg)
{
    struct ue_call *c = call_of(f);
    (void)arg;
    ue_close_offers(c);
    node_mark(f->node, MARK_BYE_SENT, 0);
    ue_send(c, sip_dialog_request(call_sip(c), &c->dialog, SIP_BYE));
    return true;
}

bool ue_released(struct fsm *f, const void *arg)
{
    if (((const struct ue_rx *)arg)->m->status / 100 == 2) /* other finals end the call too (RFC 3261 15.1.1) */
        node_mark(f->node, MARK_RELEASED, 0);
    return true;
}

bool ue_answer_bye(struct fsm *f, const void *arg)
{
    sip_send_status(call_sip(call_of(f)), *(const uint64_t *)arg, 200);
    return true;
}

bool ue_answer_bye_now(struct fsm *f, const void *arg)
{
    sip_send_status(call_sip(call_of(f)), ((const struct ue_rx *)arg)->txn, 200);
    return true;
}
