/* dump.c - see dump.h. */
#include "sim/dump.h"

/* The table is the same in all simulations of a process; handles of timers that run are not. */
void dump_machine(struct fsm *copy)
{
    DUMP_NODE(copy->node);
    for (int i = 0; i < FSM_SLOTS; i++)
        copy->timer[i] = 0;
}

void dump_bytes(GString *out, const char *what, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    g_string_append_printf(out, "%s\n", what);
    for (size_t i = 0; i < n; i += 8) {
        g_string_append_printf(out, "  %s +%03zu ", what, i);
        for (size_t k = i; k < n && k < i + 8; k++)
            g_string_append_printf(out, "%02x", p[k]);
        g_string_append_c(out, '\n');
    }
}
