/* print.c - what came out of validations: for a terminal, as Markdown, as JSON (see validate.h). */
#include "app/validate/validate.h"

#include "analysis/json.h"
#include "analysis/table.h"

#include <math.h>

/* ---- words ----------------------------------------------------------------------------------------- */

/* "99.452 ms". g_free. */
static char *amount(double value, const char *unit)
{
    return g_strdup_printf("%.*g%s%s", fabs(value) >= 1e4 ? 6 : 5, value, *unit ? " " : "", unit);
}

/* What the value ought to be. g_free. */
static char *expectation(const struct comparison *c)
{
    if (c->kind == COMPARE_EXACT || c->kind == COMPARE_INTERVAL)
        return amount(c->expected, c->unit);
    char *low = amount(c->low, isfinite(c->high) ? "" : c->unit), *high = amount(c->high, c->unit);
    char *text = !isfinite(c->low)    ? g_strdup_printf("< %s", high)
                 : !isfinite(c->high) ? g_strdup_printf("> %s", low)
                                      : g_strdup_printf("%s .. %s", low, high);
    g_free(low);
    g_free(high);
    return text;
}

/* "97.854 .. 101.05"; or "". g_free. */
static char *interval(const struct comparison *c)
{
    return isfinite(c->ci_low) ? g_strdup_printf("%.5g .. %.5g", c->ci_low, c->ci_high) : g_strdup("");
}

static const char *verdict(const struct comparison *c)
{
    if (c->kind == COMPARE_SHOWN)
        return c->inside ? "(inside)" : "(outside)";
    return c->inside ? "pass" : "MISS";
}

static bool is_few(const struct validate_opts *opts)
{
    return opts->runs_max > 0;
}

/* The counts, and what they are worth. */
static void put_summary(const GPtrArray *validations, const struct validate_opts *opts, GString *out)
{
    struct validate_sum sum = validate_count_up(validations);

    g_string_append_printf(out, "%u checks: %u passed, %u missed", sum.passed + sum.missed, sum.passed,
                           sum.missed);
    if (sum.shown)
        g_string_append_printf(out, "; %u more %s shown and not judged", sum.shown,
                               sum.shown == 1 ? "is" : "are");
    if (sum.broken)
        g_string_append_printf(out, "; %u validation%s did not come to an end", sum.broken,
                               sum.broken == 1 ? "" : "s");
    if (sum.stopped)
        g_string_append(out, "; INCOMPLETE: interrupted");
    g_string_append_c(out, '\n');
    if (is_few(opts))
        g_string_append_printf(
            out,
            "A quick look: no scenario was run more than %u times; intervals of 99.9 %%, of any width.\n",
            opts->runs_max);
}

/* ---- for a terminal -------------------------------------------------------------------------------- */

/* What the row above says already is left out; `above` may be NULL. */
static void put_row(struct table *t, const char *name, const struct comparison *c,
                    const struct comparison *above)
{
    bool same = above && above->source == c->source;
    char *value = amount(c->value, c->unit), *ought = expectation(c), *range = interval(c);

    table_cell(t, name);
    table_cell(t, c->what);
    table_cell(t, value);
    table_cell(t, range);
    table_cell(t, ought);
    table_cell(t, verdict(c));
    table_cell(t, same ? "" : c->source);
    table_cell(t, same ? "" : c->confidence);
    g_free(value);
    g_free(ought);
    g_free(range);
}

static void put_rows(struct table *t, const struct validation *v)
{
    for (guint i = 0; i < v->checks->len; i++) {
        const struct comparison *c = &g_array_index(v->checks, struct comparison, i);
        put_row(t, i ? "" : v->decl->name, c, i ? c - 1 : NULL);
    }
}

/* What there is to say of those that missed, and of what did not come to its end. */
static void put_trouble(const struct validation *v, GString *out)
{
    for (guint i = 0; i < v->checks->len; i++) {
        const struct comparison *c = &g_array_index(v->checks, struct comparison, i);
        if (comparison_missed(c))
            g_string_append_printf(out, "MISS: %s: %s%s%s\n", v->decl->name, c->what, c->why ? ": " : "",
                                   c->why ? c->why : "");
    }
    if (v->broken)
        g_string_append_printf(out, "FAILED: %s: %s\n", v->decl->name, v->broken);
    else if (v->stopped)
        g_string_append_printf(out, "INCOMPLETE: %s\n", v->decl->name);
}

static void print_group(enum validate_group group, const GPtrArray *validations, GString *out)
{
    struct table *t =
        table_new("name\twhat\tsimulated\t95 % interval\texpected\tverdict\tsource\tconfidence", "llrlrlll");
    GString *trouble = g_string_new(NULL);
    unsigned members = 0;

    for (guint i = 0; i < validations->len; i++) {
        const struct validation *v = g_ptr_array_index(validations, i);
        if (v->decl->group != group)
            continue;
        members++;
        put_rows(t, v);
        put_trouble(v, trouble);
    }
    if (members) {
        g_string_append_printf(out, "%s\n\n", validate_groups[group].title);
        if (table_rows(t))
            table_print(t, 0, out);
        g_string_append_printf(out, "%s\n", trouble->str);
    }
    table_free(t);
    g_string_free(trouble, TRUE);
}

void validate_print_text(const GPtrArray *validations, const struct validate_opts *opts, GString *out)
{
    for (int g = 0; g < VALIDATE_GROUPS; g++)
        print_group((enum validate_group)g, validations, out);
    put_summary(validations, opts, out);
}

/* ---- Markdown -------------------------------------------------------------------------------------- */

static void put_markdown_row(const struct comparison *c, const struct validation *v, GString *out)
{
    char *value = amount(c->value, c->unit), *ought = expectation(c), *range = interval(c);

    g_string_append_printf(out, "| %s | %s | %s | %s |", c->what, ought, value, range);
    if (isfinite(c->ci_low) && c->value != 0)
        g_string_append_printf(out, " %.1f %%", 100 * (c->ci_high - c->ci_low) / 2 / fabs(c->value));
    g_string_append_printf(out, " | %u | %s", c->runs, comparison_missed(c) ? "**MISS**" : verdict(c));
    if (c->why)
        g_string_append_printf(out, ": %s", c->why);
    if (c->source != v->decl->source)
        g_string_append_printf(out, "; %s (%s)", c->source, c->confidence);
    g_string_append(out, " |\n");
    g_free(value);
    g_free(ought);
    g_free(range);
}

static void put_markdown(const struct validation *v, GString *out)
{
    const struct validate_decl *d = v->decl;

    g_string_append_printf(out, "\n### %s\n\n`%s`. Scenario: %s\n\nExpected: %s Source: %s (%s).\n", d->title,
                           d->name, d->scenario, d->theory, d->source, d->confidence);
    if (v->checks->len)
        g_string_append(
            out, "\n| quantity | expected | simulated | 95 % interval | half width | runs | verdict |\n"
                 "|---|---|---|---|---|---|---|\n");
    for (guint i = 0; i < v->checks->len; i++)
        put_markdown_row(&g_array_index(v->checks, struct comparison, i), v, out);
    if (v->broken)
        g_string_append_printf(out, "\n**FAILED**: %s\n", v->broken);
    else if (v->stopped)
        g_string_append(out, "\n**INCOMPLETE**\n");
}

/* 95 % intervals ought to contain what they are about 95 times of 100. */
static void put_coverage(const GPtrArray *validations, GString *out)
{
    unsigned forms = 0, covered = 0;

    for (guint i = 0; i < validations->len; i++) {
        const struct validation *v = g_ptr_array_index(validations, i);
        for (guint k = 0; k < v->checks->len; k++) {
            const struct comparison *c = &g_array_index(v->checks, struct comparison, k);
            forms += c->kind == COMPARE_INTERVAL;
            covered += c->kind == COMPARE_INTERVAL && c->ci_low <= c->expected && c->expected <= c->ci_high;
        }
    }
    if (forms)
        g_string_append_printf(out, "Of %u closed forms %u lie in the 95 %% interval.\n", forms, covered);
}

void validate_print_markdown(const GPtrArray *validations, const struct validate_opts *opts, GString *out)
{
    int group = -1;

    for (guint i = 0; i < validations->len; i++) {
        const struct validation *v = g_ptr_array_index(validations, i);
        if ((int)v->decl->group != group) {
            const struct validate_group_decl *g = &validate_groups[v->decl->group];
            g_string_append_printf(out, "%s## %s\n\n%s\n", group < 0 ? "" : "\n", g->title, g->about);
        }
        group = (int)v->decl->group;
        put_markdown(v, out);
    }
    g_string_append_c(out, '\n');
    put_summary(validations, opts, out);
    put_coverage(validations, out);
}

/* ---- JSON ------------------------------------------------------------------------------------------ */

static void put_check(struct json *j, const struct comparison *c)
{
    json_open(j, NULL, '{');
    json_string(j, "what", c->what);
    json_string(j, "kind", comparison_kind_names[c->kind]);
    json_string(j, "unit", *c->unit ? c->unit : NULL);
    json_real(j, "value", c->value);
    json_real(j, "interval_low", c->ci_low);
    json_real(j, "interval_high", c->ci_high);
    json_uint(j, "runs", c->runs);
    json_real(j, "expected", c->expected);
    json_real(j, "low", c->low);
    json_real(j, "high", c->high);
    json_string(j, "source", c->source);
    json_string(j, "confidence", c->confidence);
    json_bool(j, "inside", c->inside);
    json_bool(j, "judged", c->kind != COMPARE_SHOWN);
    json_string(j, "why", c->why);
    json_close(j, '}');
}

static void put_validation(struct json *j, const struct validation *v)
{
    json_open(j, NULL, '{');
    json_string(j, "name", v->decl->name);
    json_string(j, "group", validate_groups[v->decl->group].name);
    json_string(j, "title", v->decl->title);
    json_string(j, "scenario", v->decl->scenario);
    json_string(j, "theory", v->decl->theory);
    json_string(j, "failed", v->broken);
    json_bool(j, "complete", !v->stopped && !v->broken);
    json_open(j, "checks", '[');
    for (guint i = 0; i < v->checks->len; i++)
        put_check(j, &g_array_index(v->checks, struct comparison, i));
    json_close(j, ']');
    json_close(j, '}');
}

void validate_print_json(const GPtrArray *validations, const struct validate_opts *opts, const char *program,
                         GString *out)
{
    struct validate_sum sum = validate_count_up(validations);
    struct json j = json_to(out);

    json_open(&j, NULL, '{');
    json_string(&j, "program", program);
    json_bool(&j, "quick", is_few(opts));
    json_open(&j, "validations", '[');
    for (guint i = 0; i < validations->len; i++)
        put_validation(&j, g_ptr_array_index(validations, i));
    json_close(&j, ']');
    json_uint(&j, "passed", sum.passed);
    json_uint(&j, "missed", sum.missed);
    json_uint(&j, "shown", sum.shown);
    json_uint(&j, "failed", sum.broken);
    json_bool(&j, "interrupted", sum.stopped);
    json_close(&j, '}');
}
