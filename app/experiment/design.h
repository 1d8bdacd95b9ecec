/* design.h - factors, and which of their combinations are run: the points of a sweep.
 *
 * A factor has levels; a level sets parameters (several that move together, or none) and may lay profiles over the
 * scenario. A factor without levels is continuous: the design chooses its values. */
#ifndef APP_EXPERIMENT_DESIGN_H
#define APP_EXPERIMENT_DESIGN_H

#include "app/experiment/condition.h"
#include "app/experiment/values.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Most points of a sweep. */
#define DESIGN_POINTS_MAX 1000000

struct level {
    char *text;          /* what people and conditions call it: "20ms", "lean" */
    GPtrArray *sets;     /* char *, NAME=VALUE as --set takes them             */
    GPtrArray *profiles; /* char *, paths                                     */
    bool owned;          /* by the point it was made for                       */
};
/* A parameter that a factor moves. */
struct vary {
    char *parameter, *form; /* form: what stands for {} in it is the value; NULL: the value itself */
    struct values values;
};
struct factor {
    char *name, *unit; /* unit: of axes, NULL: that of the values */
    GPtrArray *vary;   /* struct vary *; empty: all is in the levels */
    GPtrArray *levels; /* struct level *; empty: continuous          */
};

enum design_kind { DESIGN_FULL, DESIGN_LATIN };
struct design {
    GPtrArray *factors;  /* struct factor *                            */
    GPtrArray *excluded; /* struct condition *: such points are not run */
    enum design_kind kind;
    unsigned points; /* of a Latin hypercube, before some are excluded */
    uint64_t seed;   /* of its permutations                            */
};
struct design_point {
    unsigned position;    /* 1, 2 ... */
    struct level **level; /* of each factor */
};

struct factor *factor_new(const char *name);
struct level *level_new(const char *text);
struct vary *vary_new(const char *parameter, const char *form);
/* Makes the levels of a factor from its `vary`, which have as many values each. False and an error when they do not,
 * or are ranges beside lists. */
bool factor_fill(struct factor *f, GError **error);

void design_init(struct design *d);
void design_clear(struct design *d);
/* Names of the factors, NULL-terminated; they belong to the design, g_free the array. */
const char **design_names(const struct design *d);

/* All points in order (struct design_point *, freed with the array): of a full factorial design the last factor
 * changes fastest; a Latin hypercube is in random order. Excluded ones are left out and do not count. NULL and an error
 * when there are too many, none, or a continuous factor in a factorial design. */
GPtrArray *design_points(const struct design *d, GError **error);
/* Whether a condition holds at a point. */
bool design_meets(const struct design *d, const struct design_point *p, const struct condition *c, GError **error);

#endif
