/* registry.c - the only file that knows every node. */
#include "models/registry.h"

#include "models/cscf/cscf.h"
#include "models/hss/hss.h"
#include "models/proto/sip/sip_uas.h"
#include "models/ue/ue.h"

struct fsm_def *const registry_machines[] = {
    &ue_mo_def, &ue_mt_def, &ue_reserve_def, &cscf_def, &hss_cx_def, &sip_ict_def, &sip_ist_def,
    &sip_nict_def, &sip_nist_def, &sip_rel_def, &sip_ok_def, NULL,
};

void registry_init(void)
{
    for (struct fsm_def *const *def = registry_machines; *def; def++)
        fsm_init(*def);
}
