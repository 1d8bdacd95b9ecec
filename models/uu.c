/* uu.c - Uu of cells that have a radio (see uu.h).
 *
 *   SRB0   RRCConnectionRequest, -Setup, -Reject: part of the random access; HARQ, no RLC behind it
 *   SRB1   everything else of RRC: PDCP adds its number and its code
 *   DRB    packets
 *
 * Work in the phone and in the eNB is part of the way of a message: what follows from it comes after it
 * (TS 36.331 11.2 for the phone). Answers that the eNB expects find a grant, if the network works so.
 *
 * SIMPLIFIED: NAS messages cost the phone no time, and neither does RRCConnectionRelease. */
#include "models/uu.h"

#include "models/epc.h"

struct uu_phone {
    struct cell_phone air;
    sim_time security; /* when SecurityModeCommand was sent last */
};

struct uu {
    struct net *net;
    uu_quality_fn quality;
    void *user;
    GPtrArray *cells;     /* by node id of an eNB: struct cell *, or NULL */
    struct slab phones;   /* struct uu_phone                             */
    struct idmap by_ends; /* eNB and phone -> index                       */
};

struct uu *uu_new(struct net *net, uu_quality_fn quality, void *user)
{
    struct uu *uu = g_new0(struct uu, 1);
    uu->net = net;
    uu->quality = quality;
    uu->user = user;
    uu->cells = g_ptr_array_new();
    slab_init(&uu->phones, sizeof(struct uu_phone));
    idmap_init(&uu->by_ends);
    return uu;
}

void uu_free(struct uu *uu)
{
    for (guint i = 0; i < uu->cells->len; i++)
        if (g_ptr_array_index(uu->cells, i))
            cell_free(g_ptr_array_index(uu->cells, i));
    g_ptr_array_free(uu->cells, TRUE);
    slab_clear(&uu->phones);
    idmap_clear(&uu->by_ends);
    g_free(uu);
}

void uu_add_cell(struct uu *uu, const struct node *enb, const struct access_params *p)
{
    if (uu->cells->len <= enb->id)
        g_ptr_array_set_size(uu->cells, (gint)enb->id + 1);
    g_ptr_array_index(uu->cells, enb->id) = cell_new(uu->net->sim, enb->name, p);
}

struct cell *uu_cell(const struct uu *uu, const struct node *enb)
{
    return uu && enb->id < uu->cells->len ? g_ptr_array_index(uu->cells, enb->id) : NULL;
}

static struct uu_phone *phone_of(struct uu *uu, const struct node *phone, const struct node *enb)
{
    uint64_t ends = (uint64_t)(enb->id + 1) << 32 | phone->id;
    uint32_t i = idmap_get(&uu->by_ends, ends);
    if (i)
        return slab_at(&uu->phones, i);
    struct uu_phone *u = slab_alloc0(&uu->phones, &i);
    cell_phone_init(&u->air, uu_cell(uu, enb), phone->id, uu->quality(uu->user, phone));
    u->security = -1;
    idmap_put(&uu->by_ends, ends, i);
    return u;
}

struct cell_phone *uu_phone(struct uu *uu, const struct node *phone, const struct node *enb)
{
    return &phone_of(uu, phone, enb)->air;
}

/* ---- messages --------------------------------------------------------------------------------------- */

static struct cell_sending srb(const struct access_params *p, const struct msg *m)
{
    return (struct cell_sending){.bytes = m->size + (uint32_t)p->srb_overhead, .kind = CELL_SIGNALLING};
}

static struct cell_sending packet(const struct msg *m, sim_time before, sim_time after)
{
    return (struct cell_sending){.bytes = m->size, .kind = CELL_DATA, .before = before, .after = after};
}

static bool is_answer(uint16_t type)
{
    return type == RRC_connection_setup_complete || type == RRC_security_mode_complete ||
           type == RRC_security_mode_failure || type == RRC_connection_reconfiguration_complete ||
           type == RRC_ue_capability_information;
}

static bool from_phone(struct uu_phone *u, const struct msg *m, struct journey *j)
{
    const struct access_params *p = cell_params(u->air.cell);
    struct cell_sending s = m->type == RRC_data ? packet(m, p->ue_data, p->enb_data) : srb(p, m);
    if (m->type == RRC_random_access_preamble)
        return cell_preamble(&u->air, j);
    if (m->type != RRC_data)
        s.after = p->enb_up;
    if (m->type == RRC_connection_request) {
        s = (struct cell_sending){
            .bytes = m->size, .kind = CELL_UNREPEATED, .before = p->msg3_time, .after = p->enb_up};
        s.granted = s.reacts = true;
        return cell_msg3(&u->air, &s, j);
    }
    s.granted = s.reacts = is_answer(m->type);
    return cell_up(&u->air, &s, j);
}

/* Part of the random access, or a page: who is meant listens. */
static bool is_awaited(const struct access_params *p, const struct msg *m, struct cell_sending *s)
{
    *s = (struct cell_sending){.bytes = m->size, .kind = CELL_UNREPEATED, .reacts = true, .awake = true};
    switch (m->type) {
    case RRC_random_access_response:
        s->kind = CELL_RESPONSE;
        s->before = p->rar_time;
        return true;
    case RRC_connection_setup:
        s->after = p->ue_setup;
        return true;
    case RRC_connection_reject:
        return true;
    case RRC_paging:
        s->kind = CELL_COMMON;
        return true;
    default:
        return false;
    }
}

/* What a phone needs for an RRC message (TS 36.331 11.2). */
static sim_time phone_works(const struct uu_phone *u, const struct access_params *p, uint16_t type,
                            sim_time now)
{
    switch (type) {
    case RRC_connection_reconfiguration:
        return u->security == now ? p->ue_resume : p->ue_reconfiguration;
    case RRC_security_mode_command:
        return p->ue_security;
    case RRC_ue_capability_enquiry:
        return p->ue_capability;
    default:
        return 0;
    }
}

static bool to_phone(struct uu_phone *u, const struct msg *m, struct journey *j, sim_time now)
{
    const struct access_params *p = cell_params(u->air.cell);
    struct cell_sending s;
    if (!is_awaited(p, m, &s)) {
        s = m->type == RRC_data ? packet(m, p->enb_data, p->ue_data) : srb(p, m);
        if (m->type != RRC_data) {
            s.before = p->enb_down;
            s.after = phone_works(u, p, m->type, now);
        }
    }
    if (m->type == RRC_security_mode_command)
        u->security = now;
    return cell_down(&u->air, &s, j);
}

/* ---- links ------------------------------------------------------------------------------------------ */

static bool goes_up(const struct link *l)
{
    return (l->from->kinds & KIND_UE) != 0;
}

static void *begin(const struct link *l)
{
    const struct epc *epc = l->from->net->model;
    return phone_of(epc->uu, goes_up(l) ? l->from : l->to, goes_up(l) ? l->to : l->from);
}

static bool carry(struct link *l, const struct msg *m, struct journey *j)
{
    return goes_up(l) ? from_phone(l->state, m, j) : to_phone(l->state, m, j, l->from->sim->now);
}

const struct carriage uu_carriage = {.begin = begin, .carry = carry};
