/* store_calls.c - rows of single calls, of what phones did by themselves, of messages (see store.h). */
#include "analysis/store_int.h"

static void bind_time(sqlite3_stmt *stmt, int column, sim_time t)
{
    if (t >= 0)
        sqlite3_bind_int64(stmt, column, t);
}

static bool put_call(struct store *s, unsigned replication, const struct store_call *c)
{
    sqlite3_stmt *stmt = store_insert_into(&s->rows, "call");
    int column = 0;

    if (!stmt)
        return false;
    sqlite3_clear_bindings(stmt);
    sqlite3_bind_int64(stmt, ++column, s->rows.point);
    sqlite3_bind_int64(stmt, ++column, replication);
    sqlite3_bind_int64(stmt, ++column, c->number);
    sqlite3_bind_text(stmt, ++column, c->caller, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, ++column, c->called, -1, SQLITE_STATIC);
    column++;
    if (c->status)
        sqlite3_bind_int(stmt, column, c->status);
    sqlite3_bind_int(stmt, ++column, !c->ended);
    for (int i = 0; i < MARK_CALL_COUNT; i++)
        bind_time(stmt, ++column, c->time[i]);
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < MARK_SIDE_COUNT; i++)
            bind_time(stmt, ++column, c->side[side][i]);
    bool done = sqlite3_step(stmt) == SQLITE_DONE;
    sqlite3_reset(stmt);
    return done;
}

bool store_put_calls(struct store *s, const struct store_replication *r)
{
    bool done = true;

    if (s->calls_off)
        return true;
    if (!r->calls || (!s->all_calls && s->calls + r->calls->len > STORE_CALLS_MAX)) {
        s->calls_off = true;
        return store_sql_for_point(&s->rows, "DELETE FROM call WHERE point = ?1", NULL);
    }
    s->calls += r->calls->len;
    for (guint i = 0; i < r->calls->len && done; i++)
        done = put_call(s, r->number, &g_array_index(r->calls, struct store_call, i));
    return done;
}

bool store_put_procedures(struct store *s, const struct store_replication *r)
{
    bool done = true;

    if (s->procedures_off)
        return true;
    if (!r->procedures || (!s->all_calls && s->procedures + r->procedures->len > STORE_CALLS_MAX)) {
        s->procedures_off = true;
        return store_sql_for_point(&s->rows, "DELETE FROM procedure WHERE point = ?1", NULL);
    }
    s->procedures += r->procedures->len;
    for (guint i = 0; i < r->procedures->len && done; i++) {
        const struct store_procedure *p = &g_array_index(r->procedures, struct store_procedure, i);
        done = store_put(&s->rows, "procedure", "iiittiptp", s->rows.point, (int64_t)r->number, (int64_t)p->number,
                         procedure_table[p->procedure].name, p->phone, p->begun, p->ended,
                         procedure_outcome_name(p->outcome),
                         p->outcome == PROCEDURE_FAILED ? p->cause : INT64_C(-1));
    }
    return done;
}

bool store_put_hops(struct store *s, const struct store_replication *r)
{
    for (guint i = 0; r->hops && i < r->hops->len; i++) {
        const struct store_hop *h = &g_array_index(r->hops, struct store_hop, i);
        if (!store_put(&s->rows, "message",
                 "iiii"
                 "ip"
                 "ttttt"
                 "itit",
                 s->rows.point, (int64_t)r->number, (int64_t)h->call, (int64_t)h->step, (int64_t)h->sent,
                 (int64_t)h->received, h->interface, h->protocol, h->sender, h->receiver, h->message,
                 (int64_t)h->transmission, h->outcome, (int64_t)h->size, h->clause))
            return false;
    }
    return true;
}
