/* phases.c - the tables of phases.def, and the walk through them (see phases.h). */
#include "analysis/phases.h"

#include <glib.h>
#include <string.h>

#define SUBJECTS(...) (const char *const[]){__VA_ARGS__, NULL}
const struct phase phase_table[] = {
#define PHASE(set, side, name, ...) {PHASES_##set, PHASE_SIDE_##side, name, SUBJECTS(__VA_ARGS__)},
#include "analysis/phases.def"
    {PHASES_NONE, PHASE_SIDE_ANY, NULL, NULL},
};

static bool is_subject(const char *pattern, const char *subject)
{
    size_t n = strlen(pattern);
    return pattern[n - 1] == '*' ? strncmp(pattern, subject, n - 1) == 0 : strcmp(pattern, subject) == 0;
}

static bool has_subject(const struct phase *p, const char *subject)
{
    for (const char *const *s = p->subjects; *s; s++)
        if (is_subject(*s, subject))
            return true;
    return false;
}

static bool allows(const struct phase *p, enum phase_side side)
{
    return p->side == PHASE_SIDE_ANY || side == PHASE_SIDE_ANY || side == p->side;
}

const struct phase *phase_next(enum phase_set set, const struct phase *now, const char *subject, enum phase_side side)
{
    if (subject)
        for (const struct phase *p = now ? now : phase_table; p->name; p++)
            if (p->set == set && allows(p, side) && has_subject(p, subject))
                return p;
    return now;
}

const struct phase *phase_at(enum phase_set set, int i)
{
    for (const struct phase *p = phase_table; p->name; p++)
        if (p->set == set)
            return p + i;
    return NULL;
}

int phase_count(enum phase_set set)
{
    const struct phase *first = phase_at(set, 0);
    int n = 0;

    while (first && first[n].set == set)
        n++;
    g_assert(n <= PHASES_MAX);
    return n;
}

int phase_place(const struct phase *phase)
{
    return (int)(phase - phase_at(phase->set, 0));
}
