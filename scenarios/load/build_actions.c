/* build_actions.c - what phones do at a time of the script: attach, register and the way back (see build_int.h). */
#include "scenarios/load/build_int.h"

#include "models/ue/ue_access.h"
#include "sim/trace.h"

struct action {
    struct world *w;
    struct node *ue;
    int what; /* enum scn_do */
};

static void begin(const struct action *a)
{
    struct world_priv *p = a->w->priv;
    sim_flow kept = p->recorded.kept_every ? SIM_FLOW_RECORDED | SIM_FLOW_KEPT : 0;
    sim_flow_begin(a->w->sim, kept | sim_flow_marks(&p->recorded, p->actions_begun++));
}

/* It is registered no more. */
static void detach(void *user)
{
    const struct action *a = user;
    ue_access_detach(ue_access_of(a->ue), a->what == SCN_DO_POWER_OFF);
}

static void nothing(void *user)
{
    (void)user;
}

/* It has no calls any more. */
static void leave(void *user)
{
    const struct action *a = user;
    begin(a);
    ue_deregister(a->ue, a->what == SCN_DO_DEREGISTER ? nothing : detach, user);
}

static void end_registration(const struct action *a)
{
    struct node *hss = world_hss(a->w, world_group(a->w, a->ue)->network);
    begin(a);
    if (hss)
        hss_deregister(hss, ue_party(a->ue), DEREG_PERMANENT);
}

static void attach(const struct action *a)
{
    if (ue_access_is_attached(ue_access_of(a->ue)))
        return; /* there is nothing to do */
    begin(a);
    lte_radio(a->w, a->ue, true);
    ue_access_attach(ue_access_of(a->ue));
}

static void lose_bearers(const struct action *a)
{
    begin(a);
    lte_lose_bearers(a->w, a->ue);
}

/* Powered again, it is where it was. */
static void power_cut(const struct action *a)
{
    begin(a);
    lte_radio(a->w, a->ue, false);
    ue_access_power_cut(ue_access_of(a->ue));
    ue_clear_calls(a->ue, nothing, NULL);
}

static void act(struct sim *sim, void *ctx, uint64_t arg)
{
    struct action *a = ctx;
    (void)sim;
    (void)arg;
    switch (a->what) {
    case SCN_DO_ATTACH:
        attach(a);
        break;
    case SCN_DO_REGISTER:
        begin(a);
        ue_register(a->ue);
        break;
    case SCN_DO_NETWORK_DEREGISTER:
        end_registration(a);
        break;
    case SCN_DO_LOSE_BEARERS:
        lose_bearers(a);
        break;
    case SCN_DO_LOSE_RADIO:
    case SCN_DO_REGAIN_RADIO:
        begin(a);
        lte_radio(a->w, a->ue, a->what == SCN_DO_REGAIN_RADIO);
        break;
    case SCN_DO_POWER_CUT:
        power_cut(a);
        break;
    default:
        ue_clear_calls(a->ue, leave, a);
    }
}

static bool needs_access(int what)
{
    return what == SCN_DO_ATTACH || what == SCN_DO_DETACH || what == SCN_DO_POWER_OFF || what == SCN_DO_LOSE_RADIO ||
           what == SCN_DO_REGAIN_RADIO || what == SCN_DO_POWER_CUT || what == SCN_DO_LOSE_BEARERS;
}

static void plan(struct world *w, const struct scn_action *s, struct node *ue, sim_time t)
{
    if (needs_access(s->action) && !ue_access_of(ue)) {
        world_complain(w, &s->pos, "phone \"%s\" has no access network to attach to: give its group enb=\"...\"", ue->name);
        return;
    }
    struct action *a = g_new(struct action, 1);
    *a = (struct action){w, ue, s->action};
    g_ptr_array_add(w->priv->actions, a);
    sim_at(w->sim, t, 0, 0, act, a, 0);
}

void actions_plan(struct world *w)
{
    for (guint i = 0; i < w->scn->actions->len; i++) {
        const struct scn_action *s = &g_array_index(w->scn->actions, struct scn_action, i);
        uint32_t count = 0;
        struct node *const *phones = world_phones(w, s->ue, &count);
        struct node *ue = phones ? NULL : world_need_node(w, &s->pos, s->ue, KIND_UE, "phone");
        if (ue)
            plan(w, s, ue, s->at);
        for (uint32_t k = 0; k < count; k++)
            plan(w, s, phones[k], s->at + s->within * k / count);
    }
}
