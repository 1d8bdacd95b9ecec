/* pack.c - results as bytes (see pack.h).
 *
 * Whole numbers are written seven bits at a time, the lowest first, the eighth bit saying that more follow. */
#include "analysis/pack.h"

#include "models/proto/dhcp/dhcp.h"
#include "models/proto/diameter/diameter.h"
#include "models/proto/dns/dns.h"
#include "models/proto/gtp/gtp.h"
#include "models/proto/nas/nas.h"
#include "models/proto/rrc/rrc.h"
#include "models/proto/s1ap/s1ap.h"
#include "models/proto/sip/sip.h"

#include <stdlib.h>
#include <string.h>

#define CALL_COUNTS (sizeof(struct call_counts) / sizeof(uint64_t))

static const struct proto *const all_protos[] = {&sip_proto, &dia_proto, &rrc_proto, &nas_proto, &s1ap_proto, &gtp_proto, &dhcp_proto, &dns_proto};

/* ---- numbers --------------------------------------------------------------------------------------------- */

static void put(GString *out, unsigned __int128 value)
{
    for (; value >= 0x80; value >>= 7)
        g_string_append_c(out, (char)(0x80 | (unsigned)(value & 0x7f)));
    g_string_append_c(out, (char)value);
}

static void put_text(GString *out, const char *text)
{
    put(out, strlen(text));
    g_string_append(out, text);
}

struct bytes {
    const unsigned char *at, *end;
    bool good;
};

static unsigned __int128 get_wide(struct bytes *b)
{
    unsigned __int128 value = 0;

    for (unsigned shift = 0; b->at < b->end && shift < 128; shift += 7) {
        unsigned char byte = *b->at++;
        value |= (unsigned __int128)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    b->good = false;
    return 0;
}

static uint64_t get(struct bytes *b)
{
    return (uint64_t)get_wide(b);
}

/* At most so many; more would be damage. */
static uint64_t get_count(struct bytes *b, uint64_t most)
{
    uint64_t n = get(b);

    if (n <= most)
        return b->good ? n : 0;
    b->good = false;
    return 0;
}

/* g_free. */
static char *get_text(struct bytes *b)
{
    uint64_t n = get_count(b, (uint64_t)(b->end - b->at));
    char *text = g_strndup((const char *)b->at, n);

    b->at += n;
    return text;
}

/* ---- what is measured ------------------------------------------------------------------------------------- */

static void mix(uint64_t *hash, const char *text)
{
    for (; *text; text++)
        *hash = (*hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3); /* FNV-1a */
    *hash = (*hash ^ 0xff) * UINT64_C(0x100000001b3);
}

/* Changes when anything does that the bytes depend on. */
static uint64_t vocabulary(void)
{
    static uint64_t known;
    uint64_t hash = __atomic_load_n(&known, __ATOMIC_RELAXED);
    char numbers[64];

    if (hash)
        return hash;
    hash = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < METRIC_COUNT; i++)
        mix(&hash, metric_table[i].name);
    for (int i = 0; i < PROCEDURE_COUNT; i++)
        mix(&hash, procedure_table[i].name);
    for (size_t p = 0; p < G_N_ELEMENTS(all_protos); p++)
        for (uint16_t t = 0; t < all_protos[p]->ntypes; t++)
            mix(&hash, all_protos[p]->type_name(t) ? all_protos[p]->type_name(t) : "");
    for (int i = 0; i < IFACE_COUNT; i++)
        mix(&hash, iface_table[i].name);
    for (const struct phase *p = phase_table; p->name; p++)
        mix(&hash, p->name);
    g_snprintf(numbers, sizeof numbers, "3 %zu %d %d %d", CALL_COUNTS, METRICS_STATUS_MAX, STATS_CELLS, STATS_EXACT_MAX);
    mix(&hash, numbers);
    __atomic_store_n(&known, hash, __ATOMIC_RELAXED);
    return hash;
}

/* ---- sets of times ---------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void pack_values(struct stats *s, GString *out)
{
    int64_t last = 0;

    qsort(s->exact, s->n, sizeof *s->exact, compare);
    s->sorted = (uint32_t)s->n;
    for (uint64_t i = 0; i < s->n; i++) {
        put(out, (uint64_t)(s->exact[i] - last));
        last = s->exact[i];
    }
}

static void pack_cells(const struct stats *s, GString *out)
{
    uint64_t filled = 0, last = 0;

    for (unsigned o = 0; o < STATS_OCTAVES; o++)
        for (unsigned c = 0; s->cells[o] && c < STATS_CELLS; c++)
            filled += s->cells[o][c] > 0;
    put(out, filled);
    for (unsigned o = 0; o < STATS_OCTAVES; o++)
        for (unsigned c = 0; s->cells[o] && c < STATS_CELLS; c++) {
            uint64_t place = (uint64_t)o * STATS_CELLS + c;
            if (!s->cells[o][c])
                continue;
            put(out, place - last);
            put(out, s->cells[o][c]);
            last = place;
        }
}

static void pack_stats(struct stats *s, GString *out)
{
    put(out, s->n);
    if (!s->n)
        return;
    put(out, stats_is_exact(s));
    put(out, (unsigned __int128)s->sum);
    put(out, s->square);
    put(out, (uint64_t)s->min);
    put(out, (uint64_t)s->max);
    if (stats_is_exact(s))
        pack_values(s, out);
    else
        pack_cells(s, out);
}

static void unpack_values(struct bytes *b, struct stats *s)
{
    int64_t last = 0;

    s->exact = g_new(int64_t, s->n);
    s->room = s->sorted = (uint32_t)s->n;
    for (uint64_t i = 0; i < s->n; i++)
        s->exact[i] = last = (int64_t)((uint64_t)last + get(b));
}

static void unpack_cells(struct bytes *b, struct stats *s)
{
    uint64_t filled = get_count(b, STATS_OCTAVES * STATS_CELLS), place = 0;

    s->cells = g_new0(uint64_t *, STATS_OCTAVES);
    for (uint64_t i = 0; i < filled; i++) {
        place += get(b);
        uint64_t count = get(b);
        if (!b->good || place >= STATS_OCTAVES * STATS_CELLS) {
            b->good = false;
            return;
        }
        if (!s->cells[place / STATS_CELLS])
            s->cells[place / STATS_CELLS] = g_new0(uint64_t, STATS_CELLS);
        s->cells[place / STATS_CELLS][place % STATS_CELLS] = count;
    }
}

static void unpack_stats(struct bytes *b, struct stats *s)
{
    s->n = get(b);
    if (!s->n)
        return;
    bool exact = get_count(b, 1);
    s->sum = (__int128)get_wide(b);
    s->square = get_wide(b);
    s->min = (int64_t)get(b);
    s->max = (int64_t)get(b);
    if (exact && s->n > STATS_EXACT_MAX)
        b->good = false;
    if (!b->good)
        s->n = 0;
    else if (exact)
        unpack_values(b, s);
    else
        unpack_cells(b, s);
}

/* ---- counts ----------------------------------------------------------------------------------------------- */

static void pack_counts(const struct metrics_result *r, GString *out)
{
    const uint64_t *calls = (const uint64_t *)(const void *)&r->calls;

    for (size_t i = 0; i < CALL_COUNTS; i++)
        put(out, calls[i]);
    for (unsigned i = 0; i < METRICS_STATUS_MAX; i++)
        if (r->failed_status[i]) {
            put(out, i + 1);
            put(out, r->failed_status[i]);
        }
    put(out, 0);
    for (int i = 0; i < PROCEDURE_COUNT; i++) {
        const struct procedure_counts *c = &r->procedure[i];
        const uint64_t counts[] = {c->begun, c->decided, c->done, c->failed, c->given_up, c->open};
        for (size_t k = 0; k < G_N_ELEMENTS(counts); k++)
            put(out, counts[k]);
    }
    put(out, r->registers.sent);
    put(out, r->registers.ineffective);
    put(out, r->causes->len);
    for (guint i = 0; i < r->causes->len; i++) {
        const struct cause_count *c = &g_array_index(r->causes, struct cause_count, i);
        put(out, (unsigned)c->procedure);
        put(out, (uint64_t)c->cause);
        put(out, c->count);
    }
}

static void unpack_counts(struct bytes *b, struct metrics_result *r)
{
    uint64_t *calls = (uint64_t *)(void *)&r->calls, status;

    for (size_t i = 0; i < CALL_COUNTS; i++)
        calls[i] = get(b);
    while ((status = get_count(b, METRICS_STATUS_MAX)) > 0)
        r->failed_status[status - 1] = get(b);
    for (int i = 0; i < PROCEDURE_COUNT; i++) {
        struct procedure_counts *c = &r->procedure[i];
        uint64_t *const counts[] = {&c->begun, &c->decided, &c->done, &c->failed, &c->given_up, &c->open};
        for (size_t k = 0; k < G_N_ELEMENTS(counts); k++)
            *counts[k] = get(b);
    }
    r->registers.sent = get(b);
    r->registers.ineffective = get(b);
    for (uint64_t n = get(b); n > 0 && b->good; n--) {
        struct cause_count c = {.procedure = (int)get_count(b, PROCEDURE_COUNT - 1)};
        c.cause = (int64_t)get(b);
        c.count = get(b);
        g_array_append_val(r->causes, c);
    }
}

static void pack_messages(const struct metrics_result *r, GString *out)
{
    put(out, r->nifaces);
    put(out, r->nprotos);
    for (int p = 0; p < r->nprotos; p++) {
        size_t cells = (size_t)r->nifaces * r->protos[p]->ntypes;
        put_text(out, r->protos[p]->name);
        for (size_t i = 0; i < cells; i++)
            if (r->counts[p][i].messages) {
                put(out, i + 1);
                put(out, r->counts[p][i].messages);
                put(out, r->counts[p][i].bytes);
            }
        put(out, 0);
    }
}

static const struct proto *proto_named(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(all_protos); i++)
        if (strcmp(all_protos[i]->name, name) == 0)
            return all_protos[i];
    return NULL;
}

bool pack_knows_protocol(const char *name)
{
    return proto_named(name) != NULL;
}

static void unpack_messages(struct bytes *b, struct metrics_result *r)
{
    uint64_t protos, place;

    r->ifaces = iface_table;
    r->nifaces = (uint16_t)get_count(b, IFACE_COUNT);
    protos = get_count(b, NET_MAX_PROTO);
    for (uint64_t p = 0; p < protos && b->good; p++) {
        char *name = get_text(b);
        const struct proto *proto = proto_named(name);
        g_free(name);
        if (!proto) {
            b->good = false;
            return;
        }
        size_t cells = (size_t)r->nifaces * proto->ntypes;
        r->protos[p] = proto;
        r->counts[p] = g_new0(struct net_count, cells);
        r->nprotos++;
        while ((place = get_count(b, cells)) > 0) {
            r->counts[p][place - 1].messages = get(b);
            r->counts[p][place - 1].bytes = get(b);
        }
    }
}

static void pack_stations(const struct metrics_result *r, GString *out)
{
    put(out, r->stations->len);
    for (guint i = 0; i < r->stations->len; i++) {
        const struct station_row *row = &g_array_index(r->stations, struct station_row, i);
        const struct station_stats *s = &row->stats;
        const unsigned __int128 numbers[] = {row->servers,
                                             s->arrived,
                                             s->served,
                                             s->refused,
                                             (unsigned __int128)s->busy_ns,
                                             (unsigned __int128)s->queue_ns,
                                             (unsigned __int128)s->sojourn_ns,
                                             (unsigned __int128)s->wait_ns,
                                             s->queue_max};
        put_text(out, row->name);
        for (size_t k = 0; k < G_N_ELEMENTS(numbers); k++)
            put(out, numbers[k]);
    }
}

static void unpack_stations(struct bytes *b, struct metrics_result *r)
{
    for (uint64_t n = get(b); n > 0 && b->good; n--) {
        char *name = get_text(b);
        struct station_row row = {.name = g_ref_string_new_intern(name)};
        struct station_stats *s = &row.stats;
        g_free(name);
        row.servers = (uint32_t)get(b);
        s->arrived = get(b);
        s->served = get(b);
        s->refused = get(b);
        s->busy_ns = (__int128)get_wide(b);
        s->queue_ns = (__int128)get_wide(b);
        s->sojourn_ns = (__int128)get_wide(b);
        s->wait_ns = (__int128)get_wide(b);
        s->queue_max = (uint32_t)get(b);
        g_array_append_val(r->stations, row);
    }
}

/* ---- phases ---------------------------------------------------------------------------------------------- */

static void pack_phases(const struct phase_sums *sums, GString *out)
{
    put(out, sums->explained);
    for (int i = 0; i <= PHASES_MAX && sums->explained; i++)
        put(out, (unsigned __int128)sums->ns[i]);
}

static void unpack_phases(struct bytes *b, struct phase_sums *sums)
{
    sums->explained = get(b);
    for (int i = 0; i <= PHASES_MAX && sums->explained && b->good; i++)
        sums->ns[i] = (__int128)get_wide(b);
}

/* ---- cells ----------------------------------------------------------------------------------------------- */

static void pack_cells_of(const GArray *cells, GString *out)
{
    put(out, cells->len);
    for (guint i = 0; i < cells->len; i++) {
        const struct cell_row *c = &g_array_index(cells, struct cell_row, i);
        const unsigned __int128 numbers[] = {c->asked, c->refused, (unsigned __int128)c->bearer_ns, (unsigned __int128)c->up,
                                             (unsigned __int128)c->down, (unsigned __int128)c->control};
        put_text(out, c->name);
        for (size_t k = 0; k < G_N_ELEMENTS(numbers); k++)
            put(out, numbers[k]);
    }
}

static void unpack_cells_of(struct bytes *b, GArray *cells)
{
    for (uint64_t n = get(b); n > 0 && b->good; n--) {
        char *name = get_text(b);
        struct cell_row c = {.name = g_ref_string_new_intern(name)};
        g_free(name);
        c.asked = get(b);
        c.refused = get(b);
        c.bearer_ns = (__int128)get_wide(b);
        c.up = (__int128)get_wide(b);
        c.down = (__int128)get_wide(b);
        c.control = (__int128)get_wide(b);
        g_array_append_val(cells, c);
    }
}

/* ---- all of it ----------------------------------------------------------------------------------------------- */

void pack_result(struct metrics_result *r, GString *out)
{
    const uint64_t network[] = {r->sent, r->duplicated, r->delivered, r->lost, r->dropped, r->refused, r->in_flight, r->events};

    put(out, vocabulary());
    for (int i = 0; i < METRIC_COUNT; i++)
        pack_stats(&r->time[i], out);
    for (int i = 0; i < METRIC_COUNT; i++)
        pack_phases(&r->phases[i], out);
    pack_counts(r, out);
    pack_messages(r, out);
    pack_cells_of(r->cells, out);
    pack_stations(r, out);
    for (size_t i = 0; i < G_N_ELEMENTS(network); i++)
        put(out, network[i]);
    put(out, (unsigned __int128)r->observed_ns);
}

bool unpack_result(const void *bytes, size_t size, struct metrics_result *r)
{
    struct bytes b = {bytes, (const unsigned char *)bytes + size, true};
    uint64_t *const network[] = {&r->sent, &r->duplicated, &r->delivered, &r->lost, &r->dropped, &r->refused, &r->in_flight, &r->events};

    b.good = get(&b) == vocabulary() && b.good;
    for (int i = 0; i < METRIC_COUNT && b.good; i++)
        unpack_stats(&b, &r->time[i]);
    for (int i = 0; i < METRIC_COUNT && b.good; i++)
        unpack_phases(&b, &r->phases[i]);
    if (b.good)
        unpack_counts(&b, r);
    if (b.good)
        unpack_messages(&b, r);
    if (b.good)
        unpack_cells_of(&b, r->cells);
    if (b.good)
        unpack_stations(&b, r);
    for (size_t i = 0; i < G_N_ELEMENTS(network) && b.good; i++)
        *network[i] = get(&b);
    r->observed_ns = (__int128)get_wide(&b);
    if (b.good && b.at == b.end)
        return true;
    metrics_result_clear(r);
    metrics_result_init(r);
    return false;
}
