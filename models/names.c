/* names.c - tables of the network's vocabulary (see names.h). */
#include "models/names.h"

#include <string.h>

static const struct {
    const char *name;
    uint32_t kind;
} kinds[] = {
    {"UE",     KIND_UE    },
    {"P-CSCF", KIND_P_CSCF},
    {"I-CSCF", KIND_I_CSCF},
    {"S-CSCF", KIND_S_CSCF},
    {"HSS",    KIND_HSS   },
    {"eNB",    KIND_ENB   },
    {"MME",    KIND_MME   },
    {"S-GW",   KIND_SGW   },
    {"P-GW",   KIND_PGW   },
    {"PCRF",   KIND_PCRF  },
    {"AS",     KIND_AS    },
    {"DNS",    KIND_DNS   },
};

uint32_t kind_by_name(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].kind;
    return 0;
}

const char *kind_nth(size_t i, uint32_t *kind)
{
    if (i >= G_N_ELEMENTS(kinds))
        return NULL;
    *kind = kinds[i].kind;
    return kinds[i].name;
}

const struct net_iface iface_table[IFACE_COUNT] = {
#define IFACE(id, name, a, b, proto, clause) {name, proto, a, b},
#include "models/interfaces.def"
#undef IFACE
};
const char *const iface_clauses[IFACE_COUNT] = {
#define IFACE(id, name, a, b, proto, clause) clause,
#include "models/interfaces.def"
#undef IFACE
};

int iface_by_name(const char *name)
{
    for (int i = 0; i < IFACE_COUNT; i++)
        if (strcmp(iface_table[i].name, name) == 0)
            return i;
    return -1;
}

const struct timer_decl timer_table[TIMER_COUNT] = {
#define TIMER(id, name, owner, base, factor, value, clause, doc) {name, owner, base, factor, value, clause, doc},
#include "models/timers.def"
#undef TIMER
};

int timer_by_name(const char *name)
{
    for (int i = 0; i < TIMER_COUNT; i++)
        if (strcmp(timer_table[i].name, name) == 0)
            return i;
    return -1;
}

void timers_resolve(sim_time value[TIMER_COUNT])
{
    for (int i = 0; i < TIMER_COUNT; i++)
        if (value[i] < 0 && timer_table[i].base == TIMER_NONE)
            value[i] = timer_table[i].value;
    for (int i = 0; i < TIMER_COUNT; i++)
        if (value[i] < 0)
            value[i] = timer_table[i].factor * value[timer_table[i].base];
}

const struct mark_decl mark_table[MARK_COUNT] = {
#define MARK(id, name, who, doc) {name, who, doc},
#include "models/marks.def"
#undef MARK
};

const char *delay_name(unsigned label)
{
    static const char *const names[] = {
#define DELAY(id, text, about) text,
#include "models/delays.def"
    };
    return label > DELAY_BEFORE_FIRST && label < DELAY_END ? names[label - DELAY_BEFORE_FIRST - 1] : NULL;
}
