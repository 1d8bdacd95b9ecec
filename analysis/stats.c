/* stats.c - count, mean, spread, percentiles and intervals (see stats.h). */
#include "analysis/stats.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void stats_init(struct stats *s)
{
    *s = (struct stats){0};
}

void stats_clear(struct stats *s)
{
    if (s->cells)
        for (size_t i = 0; i < STATS_OCTAVES; i++)
            g_free(s->cells[i]);
    g_free(s->cells);
    g_free(s->exact);
    stats_init(s);
}

/* ---- the histogram ------------------------------------------------------------------------------- */

/* A value is its leading ten bits, 512 .. 1023, times a power of two; smaller ones are octave 0. */
static unsigned octave_of(int64_t value)
{
    return value < STATS_CELLS ? 0 : 63 - 9 - (unsigned)__builtin_clzll((uint64_t)value) + 1;
}

static uint64_t *cell_of(struct stats *s, int64_t value)
{
    unsigned octave = octave_of(value);
    unsigned shift = octave > 1 ? octave - 1 : 0;
    size_t cell = (size_t)(value >> shift) & (STATS_CELLS - 1);

    if (!s->cells[octave])
        s->cells[octave] = g_new0(uint64_t, STATS_CELLS);
    return &s->cells[octave][cell];
}

/* The value in the middle of a cell. */
static int64_t middle(unsigned octave, size_t cell)
{
    if (octave == 0)
        return (int64_t)cell;
    int64_t low = (int64_t)(STATS_CELLS + cell) << (octave - 1);
    int64_t width = INT64_C(1) << (octave - 1);
    return low + (width - 1) / 2;
}

/* From kept values to counts. */
static void make_histogram(struct stats *s)
{
    if (s->cells)
        return;
    s->cells = g_new0(uint64_t *, STATS_OCTAVES);
    for (uint64_t i = 0; i < s->n; i++)
        ++*cell_of(s, s->exact[i]);
    g_free(s->exact);
    s->exact = NULL;
    s->room = s->sorted = 0;
}

static void make_room(struct stats *s, uint64_t n)
{
    if (n <= s->room)
        return;
    s->room = (uint32_t)MIN(MAX(MAX(16, 2 * (uint64_t)s->room), n), STATS_EXACT_MAX);
    s->exact = g_renew(int64_t, s->exact, s->room);
}

/* ---- adding -------------------------------------------------------------------------------------- */

static void widen(struct stats *s, int64_t low, int64_t high)
{
    s->min = s->n ? MIN(s->min, low) : low;
    s->max = s->n ? MAX(s->max, high) : high;
}

void stats_add(struct stats *s, int64_t value)
{
    g_assert(value >= 0);
    if (!s->cells && s->n == STATS_EXACT_MAX)
        make_histogram(s);
    if (s->cells) {
        ++*cell_of(s, value);
    } else {
        make_room(s, s->n + 1);
        s->exact[s->n] = value;
    }
    widen(s, value, value);
    s->n++;
    s->sum += value;
    s->square += (unsigned __int128)value * (unsigned __int128)value;
}

static void merge_cells(struct stats *into, const struct stats *from)
{
    for (unsigned o = 0; o < STATS_OCTAVES; o++) {
        if (!from->cells[o])
            continue;
        if (!into->cells[o])
            into->cells[o] = g_new0(uint64_t, STATS_CELLS);
        for (size_t c = 0; c < STATS_CELLS; c++)
            into->cells[o][c] += from->cells[o][c];
    }
}

void stats_merge(struct stats *into, const struct stats *from)
{
    if (!from->n)
        return;
    if (into->n + from->n > STATS_EXACT_MAX)
        make_histogram(into);
    if (!into->cells) {
        make_room(into, into->n + from->n);
        memcpy(into->exact + into->n, from->exact, from->n * sizeof *from->exact);
    } else if (from->cells) {
        merge_cells(into, from);
    } else {
        for (uint64_t i = 0; i < from->n; i++)
            ++*cell_of(into, from->exact[i]);
    }
    widen(into, from->min, from->max);
    into->n += from->n;
    into->sum += from->sum;
    into->square += from->square;
}

/* ---- asking -------------------------------------------------------------------------------------- */

double stats_mean(const struct stats *s)
{
    return s->n ? (double)s->sum / (double)s->n : NAN;
}

/* With m = floor(sum / n) and r = sum - n m, the sum of (x - mean)^2 is
 *     sum x^2 - 2 m sum + n m^2  -  r^2 / n,
 * whose first part is a whole number: where it is below 2^128, arithmetic modulo 2^128 gives it exactly,
 * however large its terms are. */
double stats_variance(const struct stats *s)
{
    if (s->n < 2)
        return NAN;
    unsigned __int128 n = s->n, sum = (unsigned __int128)s->sum, m = sum / n;
    unsigned __int128 around_m = s->square - 2 * m * sum + n * m * m;
    double r = (double)(sum - n * m);
    double squares = (double)around_m - r * r / (double)s->n;
    return MAX(squares, 0) / (double)(s->n - 1);
}

double stats_sd(const struct stats *s)
{
    return sqrt(stats_variance(s));
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int64_t stats_at_rank(struct stats *s, uint64_t rank)
{
    uint64_t below = 0;

    g_assert(rank > 0 && rank <= s->n);

    if (!s->cells) {
        if (s->sorted != s->n)
            qsort(s->exact, s->n, sizeof *s->exact, compare);
        s->sorted = (uint32_t)s->n;
        return s->exact[rank - 1];
    }
    if (rank == s->n)
        return s->max;
    for (unsigned o = 0; o < STATS_OCTAVES; o++)
        for (size_t c = 0; s->cells[o] && c < STATS_CELLS; c++) {
            below += s->cells[o][c];
            if (below >= rank)
                return CLAMP(middle(o, c), s->min, s->max);
        }
    g_assert_not_reached();
}

int64_t stats_quantile(struct stats *s, unsigned permille)
{
    g_assert(s->n && permille > 0 && permille <= 1000);
    return stats_at_rank(s, (uint64_t)(((unsigned __int128)s->n * permille + 999) / 1000));
}

bool stats_quantile_known(uint64_t n, unsigned permille)
{
    unsigned beyond = MIN(permille, 1000 - permille);
    return (unsigned __int128)n * beyond >= 1000;
}

/* The smallest value of a cell; cell STATS_CELLS is the next octave's first. */
static int64_t lowest(unsigned octave, size_t cell)
{
    if (octave == 0)
        return (int64_t)cell;
    /* unsigned: the end of the last octave is 2^63 */
    return (int64_t)((uint64_t)(STATS_CELLS + cell) << (octave - 1));
}

void stats_each_bin(const struct stats *s, unsigned per_octave,
                    void (*fn)(int64_t low, int64_t high, uint64_t count, void *user), void *user)
{
    struct stats counted;
    size_t group = STATS_CELLS / per_octave;

    g_assert(per_octave > 0 && group * per_octave == STATS_CELLS);
    stats_init(&counted);
    if (!s->cells) {
        stats_merge(&counted, s);
        make_histogram(&counted);
        s = &counted;
    }
    for (unsigned o = 0; o < STATS_OCTAVES; o++)
        for (size_t c = 0; s->cells[o] && c < STATS_CELLS; c += group) {
            uint64_t count = 0;
            for (size_t i = c; i < c + group; i++)
                count += s->cells[o][i];
            if (count)
                fn(lowest(o, c), (int64_t)((uint64_t)lowest(o, c + group) - 1), count, user);
        }
    stats_clear(&counted);
}
