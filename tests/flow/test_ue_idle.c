/* test_ue_idle.c - a phone in idle mode: service requests and tracking area updates, and what may go wrong with them. */
#include "tests/flow/ue_access_rig.h"

#define SERVICE_REQUEST "RRCConnectionSetupComplete [SERVICE REQUEST]"
#define UPDATE_REQUEST  "RRCConnectionSetupComplete [TRACKING AREA UPDATE REQUEST]"
enum { MINUTE = 60 };

/* ---- parts of the flow --------------------------------------------------------------------------------------------- */

/* Attached, then released; from there on it reports every so many minutes. */
static struct lte *idle(uint8_t minutes)
{
    struct lte *t = lte_new("ims", false);
    t->t3412 = minutes;
    attached_as(t);
    told(t, "attached\npdn 5 ims 0a010007, 1 P-CSCF\n");
    release(t);
    return t;
}

/* Switched off, so that nothing is left; without a word, since nobody hears it. */
static void end(struct lte *t)
{
    ue_access_power_cut(t->a);
    wait_for(t, 10 * SIM_MS);
    told(t, "detached: 0\n");
    is_off(t);
    lte_free(t);
}

static void data(struct lte *t)
{
    struct msg *m = sip_message(t);
    CU_ASSERT_TRUE(ue_access_send(t->a, t->p_cscf, m));
    msg_unref(t->net, m);
}

static void page(struct lte *t, uint32_t m_tmsi)
{
    struct rrc_msg *m = rrc_new(t->epc.rrc, RRC_paging);
    rrc_body(m, paging)->s_tmsi = (struct ie_s_tmsi){.mme_code = 1, .m_tmsi = m_tmsi};
    say(t, m);
}

static void connected_for(struct lte *t, const char *cause, const char *first)
{
    char *asked = g_strdup_printf("RRCConnectionRequest %s", cause);
    heard(t, asked);
    g_free(asked);
    say_rrc(t, RRC_connection_setup);
    heard(t, first);
}

static void bearers(struct lte *t)
{
    say_rrc_security(t, 2);
    reconfigure(t, 5, 1, NULL);
    heard(t, "SecurityModeComplete");
    heard(t, CONFIGURED);
}

static void refuse_service(struct lte *t, uint8_t cause)
{
    struct nas_msg *m = nas(t, NAS_service_reject);
    nas_body(m, service_reject)->cause = cause;
    say_nas(t, m);
}

static void refuse_update(struct lte *t, uint8_t cause)
{
    struct nas_msg *m = nas(t, NAS_tau_reject);
    nas_body(m, tau_reject)->cause = cause;
    say_nas(t, m);
}

static struct nas_msg *update_accept(struct lte *t, uint32_t m_tmsi)
{
    struct nas_msg *m = nas(t, NAS_tau_accept);
    struct nas_tau_accept *b = nas_body(m, tau_accept);
    IE_PUT(b, t3412) = (uint8_t)(1 << 5 | t->t3412);
    if (m_tmsi)
        IE_PUT(b, guti) = (struct ie_guti){.plmn = epc_plmn(), .mme_code = 1, .m_tmsi = m_tmsi};
    return m;
}

/* Nothing is heard until shortly before: what the phone says then is heard next. */
static void until(struct lte *t, sim_time when)
{
    heard_nothing(t, when - 5 * SIM_MS - t->sim->now);
}

/* T3412 of a phone that was released last, which release() saw. */
static sim_time report_due(const struct lte *t)
{
    return t->sim->now - 9 * SIM_MS + t->t3412 * MINUTE * SIM_S;
}

static void update(struct lte *t)
{
    until(t, report_due(t));
    connected_for(t, "mo-Signalling", UPDATE_REQUEST);
}

/* Idle again, where it asks for nothing. */
static void rests(struct lte *t, sim_time duration)
{
    heard_nothing(t, duration);
    CU_ASSERT_FALSE(ue_access_is_connected(t->a));
    CU_ASSERT_TRUE(ue_access_is_attached(t->a));
    CU_ASSERT_EQUAL(ue_access_held(t->pool), 0);
}

static void attaches_again(struct lte *t, const char *why)
{
    heard(t, "RRCConnectionRequest mo-Signalling");
    told(t, why);
    say_rrc(t, RRC_connection_setup);
    const struct rrc_msg *m = heard(t, ATTACH_REQUEST);
    CU_ASSERT_EQUAL(nas_body(nas_heard(m), attach_request)->identity.imsi, epc_imsi(0));
}

/* ---- service request ----------------------------------------------------------------------------------------------- */

void test_ue_idle_data(void)
{
    struct lte *t = idle(0);
    data(t);
    const struct rrc_msg *m = heard(t, "RRCConnectionRequest mo-Data");
    CU_ASSERT_EQUAL(rrc_body(m, connection_request)->s_tmsi.m_tmsi, 0xc0000001);
    data(t);
    say_rrc(t, RRC_connection_setup);
    m = heard(t, SERVICE_REQUEST);
    CU_ASSERT_EQUAL(nas_body(nas_heard(m), service_request)->ksi_and_sequence, 2 << 5 | 2); /* the third that is protected */
    data(t);
    CU_ASSERT_EQUAL(ue_access_held(t->pool), 3);
    bearers(t);
    for (int i = 0; i < 3; i++) /* one after the other: each takes its time on the air */
        heard(t, "PDCP Data PDU [MESSAGE]");
    data(t); /* connected: no more ado */
    heard(t, "PDCP Data PDU [MESSAGE]");
    release(t);
    CU_ASSERT_EQUAL(sim_pending_count(t->sim), 0);
    end(t);
}

/* More than it has room for is thrown away. */
void test_ue_idle_data_is_bounded(void)
{
    struct lte *t = idle(0);
    for (int i = 0; i < 40; i++)
        data(t);
    CU_ASSERT_EQUAL(ue_access_held(t->pool), 32);
    heard(t, "RRCConnectionRequest mo-Data");
    end(t);
}

void test_ue_idle_page(void)
{
    struct lte *t = idle(0);
    page(t, 0xc0000002); /* for somebody else */
    heard_nothing(t, SIM_S);
    page(t, 0xc0000001);
    heard(t, "RRCConnectionRequest mt-Access");
    page(t, 0xc0000001); /* again, meanwhile */
    say_rrc(t, RRC_connection_setup);
    heard(t, SERVICE_REQUEST);
    bearers(t);
    page(t, 0xc0000001); /* late */
    heard_nothing(t, SIM_S);
    release(t);

    page(t, 0xc0000001); /* nothing comes of it: the network will page again, if it wants */
    connected_for(t, "mt-Access", SERVICE_REQUEST);
    rests(t, 6 * SIM_S);
    page(t, 0xc0000001);
    heard(t, "RRCConnectionRequest mt-Access");
    rests(t, 2 * SIM_S);
    end(t);
}

void test_ue_idle_refused(void)
{
    static const uint8_t unknown[] = {EMM_UE_IDENTITY_UNKNOWN, EMM_IMPLICITLY_DETACHED};
    for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++) {
        struct lte *t = idle(0);
        data(t);
        connected_for(t, "mo-Data", SERVICE_REQUEST);
        refuse_service(t, unknown[i]);
        wait_for(t, 10 * SIM_MS);
        say_rrc(t, RRC_connection_release);
        attaches_again(t, unknown[i] == EMM_UE_IDENTITY_UNKNOWN ? "detached: 9\n" : "detached: 10\n");
        CU_ASSERT_EQUAL(ue_access_held(t->pool), 0);
        end(t);
    }
    struct lte *t = idle(0);
    data(t);
    connected_for(t, "mo-Data", SERVICE_REQUEST);
    refuse_service(t, EMM_CONGESTION);
    release(t);
    rests(t, 60 * SIM_S);
    end(t);
}

/* Four more attempts, T3417 apart or when there is no connection; then no more for T3325. Gives the time when that ends. */
static sim_time exhaust(struct lte *t, bool with_connection)
{
    sim_time begun = t->sim->now;
    data(t);
    for (int attempt = 1; attempt <= 5; attempt++) {
        if (with_connection) {
            until(t, begun);
            connected_for(t, "mo-Data", SERVICE_REQUEST);
            begun += 5 * SIM_S;
        } else {
            heard(t, "RRCConnectionRequest mo-Data");
            say_rrc(t, RRC_connection_reject);
            begun = t->sim->now + SIM_MS;
        }
    }
    until(t, begun + SIM_S);
    data(t); /* thrown away */
    CU_ASSERT_EQUAL(ue_access_held(t->pool), 0);
    return begun + 60 * SIM_S;
}

void test_ue_idle_no_answer(void)
{
    for (int with_connection = 0; with_connection <= 1; with_connection++) {
        struct lte *t = idle(0);
        until(t, exhaust(t, with_connection) + 5 * SIM_MS);
        exhaust(t, with_connection);
        page(t, 0xc0000001); /* which it may answer */
        connected_for(t, "mt-Access", SERVICE_REQUEST);
        bearers(t);
        release(t);
        end(t);

        t = idle(1); /* still barred when its report is due */
        t->timer[TIMER_NAS_T3325] = 100 * SIM_S;
        until(t, exhaust(t, with_connection));
        connected_for(t, "mo-Signalling", UPDATE_REQUEST);
        end(t);
    }
}

static bool asks(struct lte *t)
{
    struct ie_tft voice = tft(TFT_CREATE, 1, 1);
    return ue_access_request_bearer(t->a, &(struct ie_qos){.qci = 1}, &voice);
}

/* A bearer is asked for when there is a connection; the phone hears when there will be none. */
void test_ue_idle_asks_for_bearer(void)
{
    struct lte *t = idle(5);
    CU_ASSERT_TRUE(asks(t));
    CU_ASSERT_FALSE(asks(t));
    connected_for(t, "mo-Data", SERVICE_REQUEST);
    bearers(t);
    heard(t, BEARER_REQUEST);
    release(t);
    told(t, "no bearer: 0\n");

    CU_ASSERT_TRUE(asks(t));
    connected_for(t, "mo-Data", SERVICE_REQUEST);
    refuse_service(t, EMM_CONGESTION);
    release(t);
    told(t, "no bearer: 0\n");

    update(t);
    CU_ASSERT_TRUE(asks(t)); /* connected, but not for long */
    say_nas(t, update_accept(t, 0));
    heard_nothing(t, SIM_S);
    say_rrc(t, RRC_connection_release);
    connected_for(t, "mo-Data", SERVICE_REQUEST);
    told(t, "");
    ue_access_power_cut(t->a);
    wait_for(t, 10 * SIM_MS);
    told(t, "no bearer: 0\ndetached: 0\n");
    CU_ASSERT_FALSE(asks(t));
    is_off(t);
    lte_free(t);
}

void test_ue_idle_asks_in_vain(void)
{
    struct lte *t = idle(0);
    CU_ASSERT_TRUE(asks(t));
    for (int attempt = 1; attempt <= 5; attempt++) {
        heard(t, "RRCConnectionRequest mo-Data");
        told(t, "");
        say_rrc(t, RRC_connection_reject);
    }
    wait_for(t, 10 * SIM_MS);
    told(t, "no bearer: 0\n");
    CU_ASSERT_FALSE(asks(t)); /* barred */
    rests(t, 61 * SIM_S);
    CU_ASSERT_TRUE(asks(t));
    heard(t, "RRCConnectionRequest mo-Data");
    ue_access_radio(t->a, false);
    ue_access_radio(t->a, true);
    ue_access_power_cut(t->a);
    wait_for(t, 10 * SIM_MS);
    told(t, "no bearer: 0\ndetached: 0\n");
    lte_free(t);
}

/* ---- tracking area update ------------------------------------------------------------------------------------------ */

void test_ue_idle_update(void)
{
    struct lte *t = idle(54 / 2);
    update(t);
    const struct nas_tau_request *b = nas_body(nas_heard(t->last), tau_request);
    CU_ASSERT_EQUAL(b->type, UPDATE_PERIODIC);
    CU_ASSERT_EQUAL(b->old_guti.m_tmsi, 0xc0000001);
    CU_ASSERT_EQUAL(b->ksi, 2);
    t->t3412 = 3;
    say_nas(t, update_accept(t, 0));
    heard_nothing(t, SIM_S);
    release(t);
    update(t); /* by its new clock */
    say_nas(t, update_accept(t, 0xc1000001));
    heard(t, "ULInformationTransfer [TRACKING AREA UPDATE COMPLETE]");
    say_nas(t, update_accept(t, 0xc1000001)); /* the COMPLETE was lost */
    heard(t, "ULInformationTransfer [TRACKING AREA UPDATE COMPLETE]");
    release(t);
    page(t, 0xc0000001); /* which it has not any more */
    heard_nothing(t, SIM_S);
    page(t, 0xc1000001);
    heard(t, "RRCConnectionRequest mt-Access");
    end(t);
}

/* An update is not answered, or there is no connection: again after T3411; after five attempts, T3402. Gives that time. */
static sim_time update_in_vain(struct lte *t, sim_time begun, bool with_connection)
{
    for (int attempt = 1; attempt <= 5; attempt++) {
        until(t, begun);
        if (with_connection) {
            connected_for(t, "mo-Signalling", UPDATE_REQUEST);
            begun += 15 * SIM_S;
        } else {
            heard(t, "RRCConnectionRequest mo-Signalling");
            say_rrc(t, RRC_connection_reject);
            begun = t->sim->now + SIM_MS;
        }
        begun += (attempt < 5 ? 10 : 720) * SIM_S;
    }
    return begun;
}

/* Data does not wait so long: it asks for bearers by the way. */
void test_ue_idle_update_not_answered(void)
{
    for (int with_connection = 0; with_connection <= 1; with_connection++) {
        struct lte *t = idle(5);
        sim_time again = update_in_vain(t, report_due(t), with_connection);
        again = update_in_vain(t, again, with_connection);
        until(t, again - SIM_S);
        data(t);
        connected_for(t, "mo-Signalling", UPDATE_REQUEST);
        CU_ASSERT_EQUAL(nas_body(nas_heard(t->last), tau_request)->type, UPDATE_PERIODIC_ACTIVE);
        say_nas(t, update_accept(t, 0));
        bearers(t);
        heard(t, "PDCP Data PDU [MESSAGE]");
        release(t);

        again = update_in_vain(t, report_due(t), with_connection);
        until(t, again - SIM_S);
        page(t, 0xc0000001);
        connected_for(t, "mo-Signalling", UPDATE_REQUEST);
        end(t);
    }
}

void test_ue_idle_update_refused(void)
{
    struct lte *t = idle(5);
    update(t);
    refuse_update(t, EMM_CONGESTION);
    release(t);
    rests(t, 290 * SIM_S);
    wait_for(t, 10 * SIM_S - 15 * SIM_MS);
    connected_for(t, "mo-Signalling", UPDATE_REQUEST); /* T3412 again */
    refuse_update(t, EMM_IMPLICITLY_DETACHED);
    wait_for(t, 10 * SIM_MS);
    say_rrc(t, RRC_connection_release);
    attaches_again(t, "detached: 10\n");
    end(t);
}

/* Data that comes while the phone is updated: sent by bearers that come all the same, or when the connection has gone, by
 * the network or after T3440. */
void test_ue_idle_data_while_updated(void)
{
    struct lte *t = idle(5);
    update(t);
    say_nas(t, update_accept(t, 0));
    data(t);
    bearers(t); /* the network had something to send as well */
    heard(t, "PDCP Data PDU [MESSAGE]");
    release(t);

    update(t);
    data(t); /* before the answer */
    say_nas(t, update_accept(t, 0));
    heard_nothing(t, SIM_S);
    say_rrc(t, RRC_connection_release);
    connected_for(t, "mo-Data", SERVICE_REQUEST);
    bearers(t);
    heard(t, "PDCP Data PDU [MESSAGE]");
    release(t);

    update(t);
    say_nas(t, update_accept(t, 0));
    data(t);
    until(t, t->sim->now + 10 * SIM_S);
    connected_for(t, "mo-Data", SERVICE_REQUEST);
    end(t);

    t = idle(5); /* without data it is just over */
    update(t);
    say_nas(t, update_accept(t, 0));
    rests(t, 11 * SIM_S);
    end(t);
}

/* ---- coverage ------------------------------------------------------------------------------------------------------ */

static void lose(struct lte *t)
{
    ue_access_radio(t->a, false);
}

static void back(struct lte *t)
{
    ue_access_radio(t->a, true);
}

/* Data waits for coverage, wherever a service request was when it was lost. */
void test_ue_idle_coverage_and_data(void)
{
    struct lte *t = idle(0);
    lose(t);
    data(t);
    heard_nothing(t, 60 * SIM_S);
    back(t);
    connected_for(t, "mo-Data", SERVICE_REQUEST);
    lose(t);
    heard_nothing(t, 60 * SIM_S); /* T310 */
    CU_ASSERT_FALSE(ue_access_is_connected(t->a));
    back(t);
    connected_for(t, "mo-Data", SERVICE_REQUEST);
    wait_for(t, 4500 * SIM_MS);
    lose(t); /* T3417 comes before T310 */
    heard_nothing(t, 60 * SIM_S);
    back(t);
    connected_for(t, "mo-Data", SERVICE_REQUEST);
    lose(t);
    wait_for(t, 500 * SIM_MS);
    back(t); /* before T310: nothing was lost */
    bearers(t);
    heard(t, "PDCP Data PDU [MESSAGE]");
    lose(t);
    wait_for(t, 500 * SIM_MS);
    back(t);
    heard_nothing(t, 60 * SIM_S);
    CU_ASSERT_TRUE(ue_access_is_connected(t->a));
    release(t);
    end(t);
}

/* A report that was due meanwhile is made when coverage is back; otherwise there is nothing to do. */
void test_ue_idle_coverage_and_update(void)
{
    struct lte *t = idle(5);
    lose(t);
    heard_nothing(t, 301 * SIM_S);
    data(t); /* both */
    back(t);
    connected_for(t, "mo-Signalling", UPDATE_REQUEST);
    CU_ASSERT_EQUAL(nas_body(nas_heard(t->last), tau_request)->type, UPDATE_PERIODIC_ACTIVE);
    end(t);

    t = idle(5);
    lose(t);
    data(t);
    heard_nothing(t, 301 * SIM_S); /* due while data waits for coverage */
    back(t);
    connected_for(t, "mo-Signalling", UPDATE_REQUEST);
    wait_for(t, 14500 * SIM_MS);
    lose(t); /* T3430 comes before T310 */
    heard_nothing(t, 60 * SIM_S);
    back(t);
    connected_for(t, "mo-Signalling", UPDATE_REQUEST);
    lose(t); /* T310 */
    heard_nothing(t, 60 * SIM_S);
    back(t);
    heard(t, "RRCConnectionRequest mo-Signalling");
    end(t);
}

/* Lost while it waits to try again. */
void test_ue_idle_coverage_and_retry(void)
{
    struct lte *t = idle(5);
    until(t, report_due(t));
    heard(t, "RRCConnectionRequest mo-Signalling");
    say_rrc(t, RRC_connection_reject);
    wait_for(t, SIM_S);
    lose(t);
    heard_nothing(t, 60 * SIM_S); /* T3411 */
    back(t);
    for (int attempt = 2; attempt <= 5; attempt++) {
        heard(t, "RRCConnectionRequest mo-Signalling");
        say_rrc(t, RRC_connection_reject);
        wait_for(t, attempt < 5 ? 10 * SIM_S - 5 * SIM_MS : SIM_S);
    }
    lose(t);
    heard_nothing(t, 800 * SIM_S); /* T3402 */
    back(t);
    heard(t, "RRCConnectionRequest mo-Signalling");
    end(t);
}

/* Lost when it has been updated, with data waiting or without. */
void test_ue_idle_coverage_and_release(void)
{
    for (int late = 0; late <= 1; late++) {
        struct lte *t = idle(5);
        update(t);
        say_nas(t, update_accept(t, 0));
        data(t);
        wait_for(t, late ? 9500 * SIM_MS : SIM_S); /* T3440 comes before T310, or after it */
        lose(t);
        heard_nothing(t, 60 * SIM_S);
        back(t);
        connected_for(t, "mo-Data", SERVICE_REQUEST);
        end(t);
    }
    struct lte *t = idle(5);
    update(t);
    say_nas(t, update_accept(t, 0));
    lose(t);
    rests(t, 60 * SIM_S);
    back(t);
    rests(t, 60 * SIM_S);
    end(t);
}

/* Switched off where nobody answers, it does not wait long. */
void test_ue_idle_leaves_unheard(void)
{
    struct lte *t = idle(5);
    t->timer[TIMER_RRC_T300] = 20 * SIM_S;
    ue_access_detach(t->a, true);
    told(t, "detached: 0\n");
    heard(t, "RRCConnectionRequest mo-Signalling");
    heard_nothing(t, 9 * SIM_S);
    CU_ASSERT_TRUE(ue_access_is_connected(t->a));
    heard_nothing(t, SIM_S); /* T3440 */
    is_off(t);
    lte_free(t);
}

/* A phone that leaves has no use for what waited. While it leaves it does not answer pages. */
void test_ue_idle_leaves(void)
{
    struct lte *t = idle(5);
    data(t);
    connected_for(t, "mo-Data", SERVICE_REQUEST);
    ue_access_detach(t->a, false);
    heard(t, "ULInformationTransfer [DETACH REQUEST]");
    CU_ASSERT_EQUAL(ue_access_held(t->pool), 0);
    page(t, 0xc0000001);
    heard_nothing(t, SIM_S);
    say_nas(t, nas(t, NAS_detach_accept));
    wait_for(t, 10 * SIM_MS);
    told(t, "detached: 0\n");
    release(t);
    is_off(t);
    lte_free(t);
}
