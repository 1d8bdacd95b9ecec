/* check_radio.c - the parameters of a cell go together: what its <radio> says, on top of what holds for all
 * cells. */
#include "scenarios/load/load_int.h"

static void take_radio(struct access_params *p, const xmlNode *node)
{
    for (const xmlAttr *attr = node->properties; attr; attr = attr->next)
        access_set(p, (const char *)attr->name, scn_attr_text(attr));
}

void scn_check_radio(struct scn_loader *ld, const xmlNode *radio)
{
    struct access_params p;

    access_defaults(&p);
    for (const xmlNode *other = scn_first(radio->parent); other; other = scn_next(other))
        if (scn_element_of(other) == SCN_E_RADIO && !scn_get(other, "node"))
            take_radio(&p, other);
    take_radio(&p, radio);
    const char *problem = access_check(&p);
    if (problem)
        scn_complain_at(ld, radio, "<radio> %s", problem);
}
