/* test_ue_bearers.c - PDN connections, bearers and SIP packets of a phone on LTE. */
#include "tests/flow/ue_access_rig.h"

#define PDN_REQUEST "ULInformationTransfer [PDN CONNECTIVITY REQUEST]"

/* Attached to the internet, the phone asks for "ims"; the first answer gets lost (T3482 8 s). */
void test_ue_access_second_pdn(void)
{
    struct lte *t = attached("internet", true);
    const struct rrc_msg *m = heard(t, PDN_REQUEST);
    const struct nas_pdn_connectivity_request *req = nas_body(nas_heard(m), pdn_connectivity_request);
    CU_ASSERT_EQUAL(nas_heard(m)->pti, 2);
    CU_ASSERT_STRING_EQUAL(req->apn, "ims");
    CU_ASSERT_EQUAL(req->pco.flags, PCO_P_CSCF | PCO_IM_CN_FLAG | PCO_VIA_NAS);
    told(t, "attached\npdn 5 internet 0a010007, 0 P-CSCF\n");
    wait_for(t, 8 * SIM_S);
    heard(t, PDN_REQUEST);
    say_nas(t, default_bearer(t, 20, 2, "ims"));
    heard(t, "ULInformationTransfer [ACTIVATE DEFAULT EPS BEARER CONTEXT REJECT Invalid EPS bearer identity]");
    reconfigure(t, 6, 2, default_bearer(t, 6, 2, "ims"));
    heard(t, CONFIGURED);
    heard(t, "ULInformationTransfer [ACTIVATE DEFAULT EPS BEARER CONTEXT ACCEPT]");
    told(t, "pdn 6 ims 0a010007, 1 P-CSCF\n");
    say_nas(t, default_bearer(t, 6, 2, "ims")); /* the accept was lost (T3485) */
    heard(t, "ULInformationTransfer [ACTIVATE DEFAULT EPS BEARER CONTEXT ACCEPT]");

    struct ue_bearer_view b[3];
    CU_ASSERT_EQUAL(ue_access_bearers(t->a, b, 3), 2);
    CU_ASSERT(b[0].ebi == 5 && b[0].drb == 1 && strcmp(b[0].apn, "internet") == 0);
    CU_ASSERT(b[1].ebi == 6 && b[1].drb == 2 && strcmp(b[1].apn, "ims") == 0);
    lte_free(t);
}

/* The second PDN connection is refused, or nobody answers: five requests, 8 s apart. */
void test_ue_access_second_pdn_refused(void)
{
    struct lte *t = attached("internet", true);
    heard(t, PDN_REQUEST);
    told(t, "attached\npdn 5 internet 0a010007, 0 P-CSCF\n");
    struct nas_msg *m = nas(t, NAS_pdn_connectivity_reject);
    m->pti = 2;
    nas_body(m, pdn_connectivity_reject)->cause = ESM_UNKNOWN_APN;
    say_nas(t, m);
    wait_for(t, 10 * SIM_MS);
    told(t, "no pdn ims: 27\n");
    CU_ASSERT_EQUAL(sim_pending_count(t->sim), 0);
    lte_free(t);

    t = attached("internet", true);
    told(t, "attached\npdn 5 internet 0a010007, 0 P-CSCF\n");
    for (int i = 0; i < 5; i++) {
        heard(t, PDN_REQUEST);
        told(t, "");
        wait_for(t, 8 * SIM_S - 10 * SIM_MS);
    }
    wait_for(t, 10 * SIM_MS);
    told(t, "no pdn ims: 0\n");
    CU_ASSERT_EQUAL(sim_pending_count(t->sim), 0);
    lte_free(t);
}

static struct nas_msg *modify(struct lte *t, uint8_t ebi, uint8_t qci, const struct ie_tft *filters)
{
    struct nas_msg *m = nas(t, NAS_modify_request);
    struct nas_modify_request *body = nas_body(m, modify_request);
    m->ebi = ebi;
    if (qci)
        IE_PUT(body, qos) = (struct ie_qos){.qci = qci};
    if (filters)
        IE_PUT(body, tft) = *filters;
    return m;
}

#define DEDICATED_ACCEPT "ULInformationTransfer [ACTIVATE DEDICATED EPS BEARER CONTEXT ACCEPT]"
#define MODIFY_ACCEPT    "ULInformationTransfer [MODIFY EPS BEARER CONTEXT ACCEPT]"

/* A bearer for voice: up, changed, down; each request comes twice. */
void test_ue_access_dedicated_bearer(void)
{
    struct lte *t = attached_to_ims();
    struct ie_tft voice = tft(TFT_CREATE, 2, 1), more = tft(TFT_ADD, 2, 3), less = tft(TFT_REMOVE, 1, 1);
    reconfigure(t, 6, 2, dedicated_bearer(t, 6, 5, &voice));
    heard(t, CONFIGURED);
    heard(t, DEDICATED_ACCEPT);
    told(t, "bearer 6 QCI 1, 2 filters\n");
    say_nas(t, dedicated_bearer(t, 6, 5, &voice));
    heard(t, DEDICATED_ACCEPT);
    struct ue_bearer_view b[2];
    CU_ASSERT_EQUAL(ue_access_bearers(t->a, b, 2), 2);
    CU_ASSERT(b[1].ebi == 6 && b[1].linked == 5 && b[1].drb == 2 && b[1].qos.gbr_ul == 41);

    say_nas(t, modify(t, 6, 1, &more));
    heard(t, MODIFY_ACCEPT);
    told(t, "changed 6 QCI 1, 4 filters\n");
    for (int i = 0; i < 2; i++) {
        say_nas(t, modify(t, 6, 0, &less));
        heard(t, MODIFY_ACCEPT);
        told(t, "changed 6 QCI 1, 3 filters\n");
    }
    reconfigure(t, 0, 2, deactivate(t, 6));
    heard(t, CONFIGURED);
    heard(t, "ULInformationTransfer [DEACTIVATE EPS BEARER CONTEXT ACCEPT]");
    told(t, "down 6\n");
    say_nas(t, deactivate(t, 6));
    heard(t, "ULInformationTransfer [DEACTIVATE EPS BEARER CONTEXT ACCEPT]");
    CU_ASSERT_EQUAL(ue_access_bearer_count(t->pool), 1);
    lte_free(t);
}

static void refused(struct lte *t, struct nas_msg *m, const char *kind, const char *cause)
{
    char *what = g_strdup_printf("ULInformationTransfer [%s EPS BEARER CONTEXT REJECT %s]", kind, cause);
    say_nas(t, m);
    heard(t, what);
    g_free(what);
}

/* Filters that make no sense are refused with the cause that says why, and nothing changes. */
void test_ue_access_filters(void)
{
    static const char operation[] = "Semantic error in the TFT operation", identity[] = "Invalid EPS bearer identity";
    struct lte *t = attached_to_ims();
    struct ie_tft good = tft(TFT_CREATE, 2, 1), none = tft(TFT_CREATE, 0, 1), add = tft(TFT_ADD, 1, 1);
    struct ie_tft same_id = good, same_place = good, all = tft(TFT_REMOVE, 2, 1), gone = tft(TFT_DELETE, 0, 1);
    same_id.filter[1].id = 1;
    same_place.filter[1].precedence = 1;
    refused(t, dedicated_bearer(t, 6, 5, &add), "ACTIVATE DEDICATED", operation);
    refused(t, dedicated_bearer(t, 6, 5, &none), "ACTIVATE DEDICATED", "cause 42");
    refused(t, dedicated_bearer(t, 6, 5, &same_id), "ACTIVATE DEDICATED", "cause 45");
    refused(t, dedicated_bearer(t, 6, 5, &same_place), "ACTIVATE DEDICATED", "cause 44");
    refused(t, dedicated_bearer(t, 6, 7, &good), "ACTIVATE DEDICATED", identity);
    refused(t, dedicated_bearer(t, 16, 5, &good), "ACTIVATE DEDICATED", identity);
    refused(t, modify(t, 6, 1, NULL), "MODIFY", identity);
    refused(t, modify(t, 5, 0, &good), "MODIFY", operation);
    told(t, "");

    say_nas(t, dedicated_bearer(t, 6, 5, &good));
    heard(t, DEDICATED_ACCEPT);
    refused(t, modify(t, 6, 2, &all), "MODIFY", operation);
    refused(t, modify(t, 6, 2, &gone), "MODIFY", operation);
    refused(t, modify(t, 6, 2, &none), "MODIFY", "cause 42");
    told(t, "bearer 6 QCI 1, 2 filters\n");
    for (unsigned id = 3; id <= 11; id += 4) {
        struct ie_tft more = tft(TFT_ADD, 4, (uint8_t)id);
        say_nas(t, modify(t, 6, 0, &more));
        heard(t, MODIFY_ACCEPT);
    }
    struct ie_tft many = tft(TFT_ADD, 3, 15); /* more than 16 with those that are there */
    refused(t, modify(t, 6, 0, &many), "MODIFY", operation);
    told(t, "changed 6 QCI 1, 6 filters\nchanged 6 QCI 1, 10 filters\nchanged 6 QCI 1, 14 filters\n");
    struct ie_tft other = tft(TFT_CREATE, 1, 9);
    say_nas(t, dedicated_bearer(t, 6, 5, &other)); /* the network has forgotten what 6 was */
    heard(t, DEDICATED_ACCEPT);
    told(t, "down 6\nbearer 6 QCI 1, 1 filters\n");
    lte_free(t);
}

/* The default bearer goes, and with it what depends on it; without it there is no SIP. */
void test_ue_access_default_bearer_ends(void)
{
    struct lte *t = attached_to_ims();
    struct ie_tft voice = tft(TFT_CREATE, 1, 1);
    reconfigure(t, 7, 2, dedicated_bearer(t, 7, 5, &voice));
    heard(t, CONFIGURED);
    heard(t, DEDICATED_ACCEPT);
    reconfigure(t, 6, 3, dedicated_bearer(t, 6, 5, &voice));
    heard(t, CONFIGURED);
    heard(t, DEDICATED_ACCEPT);
    told(t, "bearer 7 QCI 1, 1 filters\nbearer 6 QCI 1, 1 filters\n");
    say_nas(t, modify(t, 5, 6, NULL));
    heard(t, MODIFY_ACCEPT);
    told(t, "changed 5 QCI 6, 0 filters\n");
    say_nas(t, deactivate(t, 5));
    heard(t, "ULInformationTransfer [DEACTIVATE EPS BEARER CONTEXT ACCEPT]");
    told(t, "down 6\ndown 7\ndown 5\n");
    CU_ASSERT_EQUAL(ue_access_bearer_count(t->pool), 0);
    CU_ASSERT_FALSE(ue_access_request_bearer(t->a, &(struct ie_qos){.qci = 1}, &voice));
    lte_free(t);
}

/* The phone asks for a bearer: it gets one, or an old one is changed for it, or it is refused, or the network's
 * offer is no good, or nobody answers. */
void test_ue_access_asks_for_bearer(void)
{
    struct lte *t = attached_to_ims();
    struct ie_tft voice = tft(TFT_CREATE, 1, 1), none = tft(TFT_CREATE, 0, 1);
    ask(t, &voice);
    struct nas_msg *m = dedicated_bearer(t, 6, 5, &voice);
    m->pti = 1;
    reconfigure(t, 6, 2, m);
    heard(t, CONFIGURED);
    heard(t, DEDICATED_ACCEPT);
    told(t, "bearer 6 QCI 1, 1 filters\ngranted 6, 1 filters\n");

    ask(t, &voice);
    m = modify(t, 6, 2, NULL);
    m->pti = 2;
    say_nas(t, m);
    heard(t, MODIFY_ACCEPT);
    told(t, "changed 6 QCI 2, 1 filters\ngranted 6, 0 filters\n");

    ask(t, &voice);
    m = nas(t, NAS_bearer_allocation_reject);
    m->pti = 3;
    nas_body(m, bearer_allocation_reject)->cause = ESM_INSUFFICIENT_RESOURCES;
    say_nas(t, m);
    wait_for(t, 10 * SIM_MS);
    told(t, "no bearer: 26\n");

    ask(t, &voice);
    m = dedicated_bearer(t, 7, 5, &none);
    m->pti = 4;
    refused(t, m, "ACTIVATE DEDICATED", "cause 42");
    told(t, "no bearer: 42\n");

    ask(t, &voice);
    for (int i = 1; i < 5; i++) {
        wait_for(t, 8 * SIM_S - 10 * SIM_MS);
        heard(t, BEARER_REQUEST);
        told(t, "");
    }
    wait_for(t, 8 * SIM_S);
    told(t, "no bearer: 0\n");
    CU_ASSERT_EQUAL(sim_pending_count(t->sim), 0);
    lte_free(t);
}

/* What the phone wants to be rid of goes with its bearer, or from it; whoever's wish it is that the bearer ends. */
void test_ue_access_gives_up_bearer(void)
{
    struct lte *t = attached_to_ims();
    struct ie_tft voice = tft(TFT_CREATE, 2, 1), less = tft(TFT_REMOVE, 1, 1), rest = tft(TFT_REMOVE, 1, 2);
    CU_ASSERT_FALSE(ue_access_release_bearer(t->a, 6, &voice));
    for (uint8_t ebi = 6; ebi <= 7; ebi++) {
        say_nas(t, dedicated_bearer(t, ebi, 5, &voice));
        heard(t, DEDICATED_ACCEPT);
    }
    told(t, "bearer 6 QCI 1, 2 filters\nbearer 7 QCI 1, 2 filters\n");

    give_up(t, 6, &less);
    struct nas_msg *m = modify(t, 6, 0, &less);
    m->pti = 1;
    say_nas(t, m);
    heard(t, MODIFY_ACCEPT);
    told(t, "changed 6 QCI 1, 1 filters\nreleased 6: 0\n");

    give_up(t, 6, &rest);
    say_nas(t, deactivate(t, 7)); /* another one ends meanwhile */
    heard(t, "ULInformationTransfer [DEACTIVATE EPS BEARER CONTEXT ACCEPT]");
    told(t, "down 7\n");
    m = deactivate(t, 6);
    m->pti = 2;
    say_nas(t, m);
    heard(t, "ULInformationTransfer [DEACTIVATE EPS BEARER CONTEXT ACCEPT]");
    told(t, "down 6\nreleased 6: 0\n");
    lte_free(t);
}

static struct nas_msg *not_released(struct lte *t, uint8_t pti, uint8_t cause)
{
    struct nas_msg *m = nas(t, NAS_bearer_modification_reject);
    m->pti = pti;
    nas_body(m, bearer_modification_reject)->cause = cause;
    return m;
}

/* Refused; unknown to the network; no answer to five requests, 8 s apart (T3481), after which it ends anyway. */
void test_ue_access_gives_up_alone(void)
{
    struct lte *t = attached_to_ims();
    struct ie_tft voice = tft(TFT_CREATE, 1, 1);
    for (uint8_t ebi = 6; ebi <= 7; ebi++) {
        say_nas(t, dedicated_bearer(t, ebi, 5, &voice));
        heard(t, DEDICATED_ACCEPT);
    }
    told(t, "bearer 6 QCI 1, 1 filters\nbearer 7 QCI 1, 1 filters\n");
    give_up(t, 6, &voice);
    say_nas(t, not_released(t, 9, ESM_NETWORK_FAILURE)); /* somebody else's */
    say_nas(t, not_released(t, 1, ESM_NETWORK_FAILURE));
    wait_for(t, 10 * SIM_MS);
    told(t, "released 6: 38\n");
    CU_ASSERT_EQUAL(ue_access_bearer_count(t->pool), 3);

    give_up(t, 6, &voice);
    say_nas(t, not_released(t, 2, ESM_INVALID_EBI));
    wait_for(t, 10 * SIM_MS);
    told(t, "down 6\nreleased 6: 0\n");

    give_up(t, 7, &voice);
    for (int i = 1; i < 5; i++) {
        wait_for(t, 8 * SIM_S - 10 * SIM_MS);
        heard(t, GIVE_UP_REQUEST);
        told(t, "");
    }
    wait_for(t, 8 * SIM_S);
    told(t, "down 7\nreleased 7: 0\n");
    CU_ASSERT_EQUAL(sim_pending_count(t->sim), 0);
    lte_free(t);
}

/* The connection goes, and with it whatever was asked for: the phone hears that it gets nothing. */
void test_ue_access_asks_and_loses_connection(void)
{
    struct lte *t = attached_to_ims();
    struct ie_tft voice = tft(TFT_CREATE, 1, 1);
    ask(t, &voice);
    release(t);
    told(t, "no bearer: 0\n");
    lte_free(t);

    t = attached_to_ims();
    say_nas(t, dedicated_bearer(t, 6, 5, &voice));
    heard(t, DEDICATED_ACCEPT);
    told(t, "bearer 6 QCI 1, 1 filters\n");
    give_up(t, 6, &voice);
    release(t);
    told(t, "released 6: 38\n");
    CU_ASSERT_FALSE(ue_access_release_bearer(t->a, 6, &voice));
    lte_free(t);

    t = attached("internet", true);
    heard(t, PDN_REQUEST);
    told(t, "attached\npdn 5 internet 0a010007, 0 P-CSCF\n");
    release(t);
    told(t, "no pdn ims: 0\n");
    lte_free(t);
}

static void say_data(struct lte *t, uint32_t src, struct msg *inner)
{
    struct rrc_msg *m = rrc_new(t->epc.rrc, RRC_data);
    struct rrc_data *body = rrc_body(m, data);
    body->drb = 1;
    body->packet = (struct ie_packet){.src = src, .dst = IP, .protocol = 17};
    body->inner = inner;
    say(t, m);
    wait_for(t, 10 * SIM_MS);
}

/* SIP messages travel by reference, as packets on the radio bearer of the default bearer. */
void test_ue_access_data(void)
{
    struct lte *t = attached_to_ims();
    struct msg *sip = sip_message(t);
    CU_ASSERT(ue_access_send(t->a, t->p_cscf, sip));
    const struct rrc_msg *m = heard(t, "PDCP Data PDU [MESSAGE]");
    const struct rrc_data *body = rrc_body(m, data);
    CU_ASSERT_EQUAL(body->drb, 1);
    CU_ASSERT_EQUAL(m->ue, t->rnti);
    CU_ASSERT_PTR_EQUAL(body->inner, sip);
    CU_ASSERT(body->packet.src == IP && body->packet.src_port == 1357);
    CU_ASSERT(body->packet.dst == epc_ip(t->p_cscf) && body->packet.dst_port == 5060 && body->packet.protocol == 17);
    CU_ASSERT(m->m.size > sip->size + 28); /* IP, UDP, PDCP */

    say_data(t, epc_ip(t->p_cscf), msg_ref(sip));
    told(t, "MESSAGE from P-CSCF\n");
    say_data(t, 0, msg_ref(sip));
    told(t, "MESSAGE from ?\n");
    release(t);
    say_data(t, epc_ip(t->p_cscf), sip); /* too late */
    told(t, "");
    lte_free(t);

    t = lte_new("ims", false);
    sip = sip_message(t);
    CU_ASSERT_FALSE(ue_access_send(t->a, t->p_cscf, sip));
    msg_unref(t->net, sip);
    lte_free(t);
}
