/* rng.c - where random streams start, and the rare ends of the ziggurats.
 *
 * A stream's 256 bits of state are SHA-256 of a label, the seed, the replication and the name, in that
 * order, integers as little-endian bytes: the same on every machine. Named and keyed streams carry
 * different labels. Changing any of this changes every result of the program. */
#include "sim/rng.h"

#include <glib.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

struct rng_set {
    uint64_t seed;
    uint32_t replication;
    GHashTable *streams; /* name -> struct rng; only ever looked up, so its order reaches no output */
};

struct rng_set *rng_set_new(uint64_t seed, uint32_t replication)
{
    rng_gsl_init();
    struct rng_set *set = g_new0(struct rng_set, 1);
    set->seed = seed;
    set->replication = replication;
    set->streams = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return set;
}

void rng_set_free(struct rng_set *set)
{
    if (!set)
        return;
    g_hash_table_destroy(set->streams);
    g_free(set);
}

/* The low `size` bytes of v, least significant first. */
static void hash_number(GChecksum *sum, uint64_t v, unsigned size)
{
    guchar bytes[8];
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (guchar)(v >> (8 * i));
    g_checksum_update(sum, bytes, size);
}

static void hash_origin(uint64_t out[4], const char *label, const struct rng_set *set, const char *name)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, (const guchar *)label, (gssize)strlen(label) + 1);
    hash_number(sum, set->seed, 8);
    hash_number(sum, set->replication, 4);
    g_checksum_update(sum, (const guchar *)name, (gssize)strlen(name));

    guint8 digest[32];
    gsize size = sizeof digest;
    g_checksum_get_digest(sum, digest, &size);
    g_checksum_free(sum);
    for (int i = 0; i < 4; i++) {
        out[i] = 0;
        for (int b = 7; b >= 0; b--)
            out[i] = out[i] << 8 | digest[8 * i + b];
    }
}

struct rng *rng_stream(struct rng_set *set, const char *name)
{
    struct rng *r = g_hash_table_lookup(set->streams, name);
    if (r)
        return r;
    r = g_new0(struct rng, 1);
    hash_origin(r->s, "imssim named stream", set, name);
    if ((r->s[0] | r->s[1] | r->s[2] | r->s[3]) == 0) /* the one state that xoshiro never leaves */
        r->s[0] = 1;
    g_hash_table_insert(set->streams, g_strdup(name), r);
    return r;
}

struct rng_key rng_key_of(const struct rng_set *set, const char *name)
{
    struct rng_key key;
    hash_origin(key.k, "imssim keyed stream", set, name);
    return key;
}

void rng_keyed(struct rng *out, const struct rng_set *set, const char *name, uint64_t key)
{
    struct rng_key of = rng_key_of(set, name);
    rng_init_keyed(out, &of, key);
}

/* ---- ziggurat edges -------------------------------------------------------------------------- */

/* Beyond R the exponential looks as it does from 0: add R and draw anew. Above the sure part of another
 * layer, a uniform height decides whether the point is under the curve. */
double rng_exp_edge(struct rng *r, double x, unsigned i)
{
    const struct rng_ziggurat *z = &rng_zig_exp;
    double base = 0;
    for (;;) {
        if (i == 0) {
            base += z->x[1];
        } else {
            double height = z->f[i] + rng_uniform(r) * (z->f[i + 1] - z->f[i]);
            if (height < exp(-x))
                return base + x;
        }
        uint64_t bits = rng_u64(r);
        i = bits & 0xff;
        x = (double)(bits >> 11) * (z->x[i] * 0x1p-53);
        if (x < z->x[i + 1])
            return base + x;
    }
}

/* The tail beyond R by Marsaglia's exponential rejection ("Generating a variable from the tail of the
 * normal distribution", Technometrics 6, 1964). */
static double normal_tail(struct rng *r)
{
    double tail_start = rng_zig_normal.x[1];
    for (;;) {
        double beyond = rng_exp(r) / tail_start;
        double e = rng_exp(r);
        if (2 * e > beyond * beyond)
            return tail_start + beyond;
    }
}

double rng_normal_edge(struct rng *r, double x, unsigned i, uint64_t bits)
{
    const struct rng_ziggurat *z = &rng_zig_normal;
    for (;;) {
        if (i == 0) {
            x = normal_tail(r);
            break;
        }
        double height = z->f[i] + rng_uniform(r) * (z->f[i + 1] - z->f[i]);
        if (height < exp(-0.5 * x * x))
            break;
        bits = rng_u64(r);
        i = bits & 0xff;
        x = (double)(bits >> 11) * (z->x[i] * 0x1p-53);
        if (x < z->x[i + 1])
            break;
    }
    return rng_signed(x, bits);
}

/* ---- GSL ------------------------------------------------------------------------------------- */

static void gsl_view_set(void *state, unsigned long seed)
{
    struct rng_key key = {
        {1, 2, 3, 4}
    };
    rng_init_keyed(state, &key, seed);
}

static unsigned long gsl_view_get(void *state)
{
    return rng_u64(state);
}

static double gsl_view_get_double(void *state)
{
    return rng_uniform(state);
}

static const gsl_rng_type gsl_view = {
    .name = "imssim-xoshiro256++",
    .max = UINT64_MAX,
    .min = 0,
    .size = sizeof(struct rng),
    .set = gsl_view_set,
    .get = gsl_view_get,
    .get_double = gsl_view_get_double,
};

const gsl_rng_type *const rng_gsl_type = &gsl_view;

_Static_assert(sizeof(unsigned long) == 8, "GSL's generators yield unsigned long");

const gsl_rng *rng_gsl(struct rng *r)
{
    r->gsl.type = &gsl_view;
    r->gsl.state = r;
    return &r->gsl;
}

void rng_gsl_init(void)
{
    static gsize done = 0;
    if (g_once_init_enter(&done)) {
        gsl_set_error_handler_off();
        g_once_init_leave(&done, 1);
    }
}
