/* registry.c - the only file that knows every node. */
#include "models/registry.h"

#include "models/as/as.h"
#include "models/cscf/cscf.h"
#include "models/dns/dns_server.h"
#include "models/enb/enb.h"
#include "models/hss/hss.h"
#include "models/mme/mme.h"
#include "models/pcrf/pcrf.h"
#include "models/pgw/pgw.h"
#include "models/proto/dns/dns_resolve.h"
#include "models/proto/sip/sip_uas.h"
#include "models/sgw/sgw.h"
#include "models/ue/ue.h"
#include "models/ue/ue_access.h"

struct fsm_def *const registry_machines[] = {
    &ue_mo_def, &ue_mt_def, &ue_offer_def, &ue_answer_def, &ue_reserve_def, &ue_own_def, &cscf_def, &hss_cx_def, &sip_ict_def,
    &sip_ist_def, &sip_nict_def, &sip_nist_def, &sip_rel_def, &sip_ok_def,
    &ue_rrc_def, &ue_random_def, &ue_emm_def, &ue_esm_def, &ue_service_def, &ue_discovery_def,
    &enb_connection_def, &enb_context_def, &enb_erab_def, &enb_release_def, &enb_paging_def, &enb_data_def, &enb_random_def,
    &mme_attach_def, &mme_auth_def, &mme_pdn_def, &mme_bearer_def, &mme_ask_def, &mme_detach_def, &mme_release_def, &mme_s11_def,
    &mme_service_def, &mme_paging_def, &mme_tau_def,
    &sgw_session_def, &sgw_bearer_def, &sgw_command_def, &sgw_notify_def, &sgw_data_def,
    &pgw_session_def, &pgw_bearer_def, &pgw_request_def, &pgw_data_def, &pgw_dhcp_def,
    &pcrf_gx_def, &pcrf_rx_def, &pcscf_rx_def, &pcscf_reg_def, &scscf_auth_def, &scscf_reg_def, &ue_reg_def, &sip_sub_def,
    &hss_s6a_def, &hss_rtr_def, &hss_clr_def, &as_def,
    &dns_client_def, &dns_resolve_def, &dns_enum_def, &dns_sip_def, &cscf_domain_def, NULL,
};

void registry_init(void)
{
    for (struct fsm_def *const *def = registry_machines; *def; def++)
        fsm_init(*def);
}
