/* names.c - the models' names, for the loader to check against and to suggest (see load.h). */
#include "models/epc.h"
#include "models/proto/dns/dns.h"
#include "scenarios/load/build.h"
#include "sim/units.h"

#include <string.h>

static const struct proto *const protos[] = {&sip_proto, &dia_proto, &rrc_proto, &nas_proto, &s1ap_proto, &gtp_proto, &dhcp_proto, &dns_proto};

static bool known_interface(const char *name)
{
    return iface_by_name(name) >= 0;
}

static const char *nth_interface(size_t i)
{
    return i < IFACE_COUNT ? iface_table[i].name : NULL;
}

/* The i-th message that has a name. */
static const char *nth_message(size_t i)
{
    for (size_t p = 0; p < G_N_ELEMENTS(protos); p++)
        for (uint16_t t = 0; t < protos[p]->ntypes; t++) {
            const char *name = protos[p]->type_name(t);
            if (name && i-- == 0)
                return name;
        }
    return NULL;
}

static bool known_message(const char *name)
{
    const char *other;
    for (size_t i = 0; (other = nth_message(i)); i++)
        if (strcmp(other, name) == 0)
            return true;
    return false;
}

static const char *nth_protocol(size_t i)
{
    return i < G_N_ELEMENTS(protos) ? protos[i]->name : NULL;
}

static bool known_protocol(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(protos); i++)
        if (strcmp(protos[i]->name, name) == 0)
            return true;
    return false;
}

/* The timers with their resolved defaults. */
static const struct scn_timer_row *timer_rows(void)
{
    static struct scn_timer_row rows[TIMER_COUNT];
    static gsize done;
    if (g_once_init_enter(&done)) {
        sim_time value[TIMER_COUNT];
        for (int i = 0; i < TIMER_COUNT; i++)
            value[i] = -1;
        timers_resolve(value);
        for (int i = 0; i < TIMER_COUNT; i++) {
            GString *text = g_string_new(NULL);
            units_print_time(text, value[i]);
            rows[i] = (struct scn_timer_row){.name = timer_table[i].name,
                                             .value = g_string_free(text, FALSE),
                                             .clause = timer_table[i].clause,
                                             .about = timer_table[i].doc,
                                             .acts_at = timer_table[i].owner};
        }
        g_once_init_leave(&done, 1);
    }
    return rows;
}

const struct scn_names *world_names(void)
{
    static struct scn_names names = {
        .interface = {known_interface, nth_interface},
        .message = {known_message, nth_message},
        .protocol = {known_protocol, nth_protocol},
        .n_timers = TIMER_COUNT,
    };
    names.timers = timer_rows();
    return &names;
}
