/* problem.c - what is wrong, collected: where, in words, with the nearest thing that would be right. */
#include "scenarios/load/load_int.h"

#include <string.h>

static void add(struct scn_loader *ld, const char *file, int line, char *text)
{
    for (char *p = text; *p; p++) {
        if (*p == '\n' || *p == '\r' || *p == '\t')
            *p = ' ';
    }
    g_strchomp(text);
    struct scn_problem problem = {g_intern_string(file ? file : ""), line, text};

    for (guint i = 0; i < ld->problems->len; i++) {
        const struct scn_problem *old = &g_array_index(ld->problems, struct scn_problem, i);
        if (old->file == problem.file && old->line == line && strcmp(old->text, text) == 0) {
            g_free(text);
            return;
        }
    }
    /* Far past what is reported only the number counts. */
    if (ld->problems->len >= 20 * SCN_MAX_PROBLEMS) {
        ld->untold++;
        g_free(text);
        return;
    }
    g_array_append_val(ld->problems, problem);
}

void scn_complain(struct scn_loader *ld, const char *file, int line, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(ld, file, line, g_strdup_vprintf(format, args));
    va_end(args);
}

void scn_complain_at(struct scn_loader *ld, const void *node_or_attr, const char *format, ...)
{
    struct scn_tag *tag = scn_tag_of(node_or_attr);
    bool attribute = ((const xmlNode *)node_or_attr)->type == XML_ATTRIBUTE_NODE;
    va_list args;

    if (tag && attribute && tag->bad)
        return;
    if (tag)
        tag->bad = true;
    va_start(args, format);
    add(ld, tag ? tag->file : ld->doc->file, tag ? tag->line : 0, g_strdup_vprintf(format, args));
    va_end(args);
}

static guint file_rank(const struct scn_loader *ld, const char *file)
{
    for (guint i = 0; i < ld->files->len; i++) {
        if (g_ptr_array_index(ld->files, i) == file)
            return i;
    }
    return ld->files->len;
}

struct ranked {
    guint rank, index;
    struct scn_problem problem;
};

static gint by_place(gconstpointer a, gconstpointer b)
{
    const struct ranked *x = a, *y = b;

    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->problem.line != y->problem.line)
        return x->problem.line < y->problem.line ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

void scn_report(struct scn_loader *ld, GPtrArray *errors)
{
    GArray *sorted = g_array_new(FALSE, FALSE, sizeof(struct ranked));

    for (guint i = 0; i < ld->problems->len; i++) {
        struct scn_problem problem = g_array_index(ld->problems, struct scn_problem, i);
        struct ranked ranked = {file_rank(ld, problem.file), i, problem};
        g_array_append_val(sorted, ranked);
    }
    g_array_sort(sorted, by_place);
    for (guint i = 0; i < sorted->len; i++) {
        struct scn_problem *p = &g_array_index(sorted, struct ranked, i).problem;
        if (i < SCN_MAX_PROBLEMS) {
            char *text = p->line > 0 ? g_strdup_printf("%s:%d: %s", p->file, p->line, p->text)
                                     : g_strdup_printf("%s: %s", p->file, p->text);
            g_ptr_array_add(errors, text);
        }
        g_free(p->text);
    }
    if (sorted->len > SCN_MAX_PROBLEMS)
        g_ptr_array_add(errors, g_strdup_printf("%s: and %u more errors", ld->doc->file,
                                                sorted->len - SCN_MAX_PROBLEMS + ld->untold));
    g_array_free(sorted, TRUE);
    g_array_set_size(ld->problems, 0);
}

char *scn_where(const struct scn_tag *tag)
{
    if (tag->line > 0)
        return g_strdup_printf("%s:%d", tag->file, tag->line);
    return g_strdup(tag->file);
}

/* Edits (insert, delete, replace, swap of neighbours) between two short words; case does not count.
 * Optimal string alignment, three rows of the usual table. */
static size_t edits(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    size_t table[3][66];

    if (n > 64 || m > 64)
        return 64;
    for (size_t j = 0; j <= m; j++)
        table[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = table[i % 3], *above = table[(i + 2) % 3], *second = table[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            char x = g_ascii_tolower(a[i - 1]), y = g_ascii_tolower(b[j - 1]);
            row[j] = MIN(MIN(above[j] + 1, row[j - 1] + 1), above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == g_ascii_tolower(b[j - 2]) && y == g_ascii_tolower(a[i - 2]))
                row[j] = MIN(row[j], second[j - 2] + 1);
        }
    }
    return table[n % 3][m];
}

const char *scn_nearest(const char *word, GPtrArray *candidates)
{
    const char *best = NULL;
    size_t best_edits = MAX(strlen(word) / 3, 1) + 1;

    for (guint i = 0; i < candidates->len; i++) {
        const char *candidate = g_ptr_array_index(candidates, i);
        size_t n = edits(word, candidate);
        if (n < best_edits && n < strlen(candidate)) {
            best_edits = n;
            best = candidate;
        }
    }
    return best;
}

char *scn_did_you_mean(const char *word, GPtrArray *candidates)
{
    const char *best = scn_nearest(word, candidates);

    return best ? g_strdup_printf(" (did you mean %s?)", best) : g_strdup("");
}
