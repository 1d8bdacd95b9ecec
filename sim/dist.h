/* dist.h - distributions of delays, written as text: "5ms", "exp(5ms)", "normal(5ms,1ms)".
 *
 *   5ms, const(value)      always the same
 *   exp(mean)              exponential
 *   normal(mean,sd)        normal; draws below 0 become 0, so the mean of what is drawn is a little higher
 *   lognormal(mean,sd)     mean and standard deviation of the variable itself, not of its logarithm
 *   gamma(mean,sd)         likewise
 *   erlang(k,mean)         sum of k exponentials, each of mean / k
 *   hyperexp(mean,cv2)     one of two exponentials (balanced means); cv2 >= 1 is variance / mean^2
 *   weibull(scale,shape)   P(X > x) = exp(-(x / scale)^shape)
 *   pareto(scale,shape)    P(X > x) = (scale / x)^shape for x >= scale; shape <= 1 has no finite mean
 *   uniform(a,b)           from a to b, both included
 *   empirical(file.csv)    the values of a file, each equally likely (inverse of the empirical distribution
 *                          function): one column, headed by a name with its unit such as delay_ms
 *
 * Times are written as units.h says, blanks around arguments do not matter. All values are in ns; draws
 * are rounded to the ns, never negative and never above DIST_MAX, so that adding one to the clock is safe.
 *
 * How many raw random numbers a draw takes varies from draw to draw and between distributions; see rng.h. */
#ifndef SIM_DIST_H
#define SIM_DIST_H

#include "sim/rng.h"
#include "sim/time.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define DIST_ERROR (dist_error_quark())
enum dist_error {
    DIST_ERROR_SYNTAX, /* is not a distribution expression                    */
    DIST_ERROR_RANGE,  /* is one, but a parameter is out of range             */
    DIST_ERROR_FILE,   /* the file of empirical() cannot be read or is wrong  */
};
GQuark dist_error_quark(void);

/* The largest draw and the largest time in an expression: 2^61 ns, 73 years. */
#define DIST_MAX ((sim_time)1 << 61)

enum dist_kind {
    DIST_CONST,
    DIST_EXP,
    DIST_NORMAL,
    DIST_LOGNORMAL,
    DIST_GAMMA,
    DIST_ERLANG,
    DIST_HYPEREXP,
    DIST_WEIBULL,
    DIST_PARETO,
    DIST_UNIFORM,
    DIST_EMPIRICAL,
    DIST_KINDS
};

struct dist_sample;

/* A parsed expression. Read only; may be shared between threads. A plain copy borrows: dist_copy() makes
 * one that outlives the original. */
struct dist {
    enum dist_kind kind : 8;    /* as written                                                       */
    enum dist_kind draw : 8;    /* as drawn: DIST_CONST also for exp(0s), normal(5ms,0s) and so on  */
    sim_time fixed;             /* the one value, if draw is DIST_CONST                             */
    sim_time time[2];           /* the arguments as written: times ...                              */
    double number;              /* ... and the one without a unit                                   */
    double p[3];                /* made from them for drawing; what they are, the family says       */
    struct dist_sample *sample; /* empirical only                                                */
};

/* The constant t, 0 <= t <= DIST_MAX. Needs no dist_clear(). */
static inline struct dist dist_const(sim_time t)
{
    return (struct dist){.kind = DIST_CONST, .draw = DIST_CONST, .fixed = t};
}

/* Parses text into *out, which is overwritten unseen and needs dist_clear() afterwards. empirical() looks
 * for its file in base_dir and refuses what lies outside of that folder's tree (by "..", an absolute path
 * or a symbolic link); with base_dir NULL any path goes, relative to the working directory. On failure
 * returns false, leaves *out alone and sets `error`, in domain DIST_ERROR or UNITS_ERROR, to a message that
 * quotes the text, names the parameter and says what is accepted. */
bool dist_parse(struct dist *out, const char *text, const char *base_dir, GError **error);
/* Lets go of a sample; *d is then the constant 0. */
void dist_clear(struct dist *d);
/* An independent copy, sharing the sample; needs dist_clear() too. */
struct dist dist_copy(const struct dist *d);
/* Appends the canonical text: one spelling for each expression, which parses back to the same. */
void dist_print(const struct dist *d, GString *out);

/* Mean and standard deviation of the draws in ns, from the formulas (of the sample for empirical()), not
 * counting rounding and DIST_MAX; INFINITY where there is none. */
double dist_mean_ns(const struct dist *d);
double dist_sd_ns(const struct dist *d);

/* Whether every draw is the same; such draws do not touch the stream. */
static inline bool dist_is_const(const struct dist *d)
{
    return d->draw == DIST_CONST;
}

/* ns as drawn to whole ns: nearest, within [0, DIST_MAX]. */
static inline sim_time dist_round(double ns)
{
    if (!(ns > 0))
        return 0;
    if (ns >= (double)DIST_MAX)
        return DIST_MAX;
    return (sim_time)(ns + 0.5);
}

/* The draw of everything but the two below. */
sim_time dist_draw_other(const struct dist *d, struct rng *r);

/* One delay in ns. A constant needs no stream: r may then be NULL. */
static inline sim_time dist_draw(const struct dist *d, struct rng *r)
{
    if (d->draw == DIST_CONST)
        return d->fixed;
    if (d->draw == DIST_EXP)
        return dist_round(d->p[0] * rng_exp(r));
    return dist_draw_other(d, r);
}

#endif
