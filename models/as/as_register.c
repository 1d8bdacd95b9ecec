/* as_register.c - whom an application server serves: third-party registration (TS 24.229 5.4.1.7, TS 23.218 6.3; sub-clauses
 * unverified).
 *
 *   S-CSCF: REGISTER To: the user, From and Contact: the S-CSCF, Expires -> | keeps the user until then | <- 200
 *
 * A registration that is not refreshed is over when its time is: nobody is told, and no timer runs. Its entry stays,
 * 24 bytes a user, until the user comes again or is deregistered.
 *
 * SIMPLIFIED: no subscription to the user's registration state, no service information in the body. */
#include "models/as/as_int.h"

static struct as_user *user_of(const struct as *as, uint32_t party)
{
    uint32_t index = idmap_get(&as->user_of, (uint64_t)party + 1);
    return index ? slab_at(&as->users, index) : NULL;
}

/* RFC 3261 10.3 step 8: 200 repeats the binding and its time. */
static bool accept(struct as_request *r, const struct sip_msg *m, uint32_t expires)
{
    struct sip_stack *sip = r->as->world->sip;
    struct sip_msg *answer = sip_response(sip, m, 200);
    answer->to_tag = sip_token(sip, 0);
    if (expires)
        answer->contact = m->contact;
    struct sip_cold *c = sip_cold_edit(sip, answer);
    c->has_expires = true;
    c->expires = expires;
    sip_send_response(sip, r->st, answer);
    return true;
}

bool as_is_bad_register(const struct fsm *f, const void *arg)
{
    const struct sip_msg *m = arg;
    (void)f;
    return m->to.kind != SIP_URI_IDENTITY || sip_expires(m) < 0;
}

bool as_bad_register(struct fsm *f, const void *arg)
{
    struct as_request *r = as_request_of(f);
    (void)arg;
    sip_send_status(r->as->world->sip, r->st, 400);
    return true;
}

static void keep(struct as *as, uint32_t party, uint32_t s_cscf, sim_time until)
{
    struct as_user *u = user_of(as, party);
    if (!u) {
        uint32_t index;
        u = slab_alloc(&as->users, &index);
        u->party = party;
        idmap_put(&as->user_of, (uint64_t)party + 1, index);
    }
    u->s_cscf = s_cscf;
    u->until = until;
}

bool as_register(struct fsm *f, const void *arg)
{
    struct as_request *r = as_request_of(f);
    const struct sip_msg *m = arg;
    uint32_t expires = (uint32_t)sip_expires(m);
    keep(r->as, m->to.id, m->contact.kind == SIP_URI_HOST ? m->contact.id + 1 : 0, f->node->sim->now + (sim_time)expires * SIM_S);
    return accept(r, m, expires);
}

void as_warm(struct node *n, uint32_t party, uint32_t s_cscf, sim_time until)
{
    keep(n->self, party, s_cscf + 1, until);
}

bool as_deregister(struct fsm *f, const void *arg)
{
    struct as_request *r = as_request_of(f);
    const struct sip_msg *m = arg;
    struct as_user *u = user_of(r->as, m->to.id);
    if (u) {
        idmap_del(&r->as->user_of, (uint64_t)u->party + 1);
        slab_free(&r->as->users, u);
    }
    return accept(r, m, 0);
}

/* ---- views -------------------------------------------------------------------------------------------- */

sim_time as_registered_until(const struct node *n, uint32_t party)
{
    const struct as_user *u = user_of(n->self, party);
    return u && u->until > n->sim->now ? u->until : 0;
}

size_t as_registered_count(const struct node *n)
{
    const struct as *as = n->self;
    size_t count = 0;
    for (uint32_t i = 1; i < slab_end(&as->users); i++)
        count += slab_in_use(&as->users, i) && ((const struct as_user *)slab_at(&as->users, i))->until > n->sim->now;
    return count;
}
