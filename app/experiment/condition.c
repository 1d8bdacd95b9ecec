/* condition.c - comparisons of factors (see condition.h). A recursive descent over words. */
#include "app/experiment/condition.h"

#include "analysis/quantity.h"
#include "app/experiment/sweep_error.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum op { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_AND, OP_OR, OP_NOT };
static const struct {
    const char *sign, *word;
} ops[] = {
    {"=",  "eq"},
    {"!=", "ne"},
    {"<",  "lt"},
    {"<=", "le"},
    {">",  "gt"},
    {">=", "ge"},
};

struct operand {
    int factor; /* -1: a value */
    char *text;
};
struct condition {
    enum op op;
    struct condition *left, *right;  /* of and, or; not has a left one */
    struct operand operand[2];       /* of comparisons                 */
};

/* ---- words --------------------------------------------------------------------------------------------- */

struct word {
    char *text;
    bool quoted;
};
struct parser {
    const char *text;
    const char *const *names;
    GArray *words; /* struct word */
    guint next;
    GError **error;
    int depth;
};

static struct condition *fail(struct parser *p, const char *format, ...) G_GNUC_PRINTF(2, 3);
static struct condition *fail(struct parser *p, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *why = g_strdup_vprintf(format, args);
    va_end(args);
    if (p->error && !*p->error)
        sweep_fail(p->error, "\"%s\": %s", p->text, why);
    g_free(why);
    return NULL;
}

static size_t word_length(const char *p)
{
    if (strchr("()", *p))
        return 1;
    if (strchr("<>!=", *p))
        return p[1] == '=' && *p != '=' ? 2 : 1;
    return strcspn(p, " \t\r\n()<>!='\"");
}

static bool split(struct parser *p)
{
    for (const char *c = p->text; *c;) {
        struct word w = {NULL, *c == '\'' || *c == '"'};
        if (g_ascii_isspace(*c)) {
            c++;
            continue;
        }
        if (w.quoted) {
            const char *end = strchr(c + 1, *c);
            if (!end)
                return fail(p, "a quote is not closed") != NULL;
            w.text = g_strndup(c + 1, (gsize)(end - c - 1));
            c = end + 1;
        } else {
            size_t n = word_length(c);
            w.text = g_strndup(c, n);
            c += n;
        }
        g_array_append_val(p->words, w);
    }
    return true;
}

static const struct word *peek(const struct parser *p)
{
    return p->next < p->words->len ? &g_array_index(p->words, struct word, p->next) : NULL;
}

static bool take(struct parser *p, const char *text)
{
    const struct word *w = peek(p);
    bool is = w && !w->quoted && strcmp(w->text, text) == 0;
    p->next += is;
    return is;
}

/* ---- the tree ------------------------------------------------------------------------------------------ */

static struct condition *parse_or(struct parser *p);

static bool parse_operand(struct parser *p, struct operand *o)
{
    const struct word *w = peek(p);

    if (!w || (!w->quoted && (!*w->text || strpbrk(w->text, "()<>!=")))) {
        fail(p, w ? "a factor or a value is missing before \"%s\"" : "a factor or a value is missing at the end%s",
             w ? w->text : "");
        return false;
    }
    p->next++;
    o->text = g_strdup(w->text);
    o->factor = -1;
    for (int i = 0; !w->quoted && p->names[i]; i++)
        if (strcmp(p->names[i], w->text) == 0)
            o->factor = i;
    return true;
}

static struct condition *parse_comparison(struct parser *p)
{
    struct condition *c = g_new0(struct condition, 1);
    bool good = parse_operand(p, &c->operand[0]), op = false;

    for (size_t i = 0; i < G_N_ELEMENTS(ops) && good && !op; i++)
        if (take(p, ops[i].sign) || take(p, ops[i].word)) {
            c->op = (enum op)i;
            op = true;
        }
    if (good && !op)
        fail(p, "after \"%s\" a comparison is missing: = != < <= > >= or eq ne lt le gt ge", c->operand[0].text);
    good = good && op && parse_operand(p, &c->operand[1]);
    if (good && c->operand[0].factor < 0 && c->operand[1].factor < 0) {
        char *names = g_strjoinv(", ", (char **)(uintptr_t)p->names);
        fail(p, "neither %s nor %s is a factor; there are %s", c->operand[0].text, c->operand[1].text, names);
        g_free(names);
        good = false;
    }
    if (good)
        return c;
    condition_free(c);
    return NULL;
}

static struct condition *join(enum op op, struct condition *left, struct condition *right)
{
    struct condition *c = g_new0(struct condition, 1);

    c->op = op;
    c->left = left;
    c->right = right;
    return c;
}

static struct condition *parse_term(struct parser *p)
{
    struct condition *inner;

    if (p->depth > 100)
        return fail(p, "too many parentheses");
    if (take(p, "not")) {
        p->depth++;
        inner = parse_term(p);
        p->depth--;
        return inner ? join(OP_NOT, inner, NULL) : NULL;
    }
    if (!take(p, "("))
        return parse_comparison(p);
    p->depth++;
    inner = parse_or(p);
    p->depth--;
    if (!inner || take(p, ")"))
        return inner;
    condition_free(inner);
    return fail(p, "a parenthesis is not closed");
}

static struct condition *parse_and(struct parser *p)
{
    struct condition *c = parse_term(p);

    while (c && take(p, "and")) {
        struct condition *right = parse_term(p);
        if (!right) {
            condition_free(c);
            return NULL;
        }
        c = join(OP_AND, c, right);
    }
    return c;
}

static struct condition *parse_or(struct parser *p)
{
    struct condition *c = parse_and(p);

    while (c && take(p, "or")) {
        struct condition *right = parse_and(p);
        if (!right) {
            condition_free(c);
            return NULL;
        }
        c = join(OP_OR, c, right);
    }
    return c;
}

static void clear_word(gpointer word)
{
    g_free(((struct word *)word)->text);
}

struct condition *condition_parse(const char *text, const char *const *names, GError **error)
{
    GError *problem = NULL;
    struct parser p = {text, names, g_array_new(FALSE, FALSE, sizeof(struct word)), 0, &problem, 0};

    g_array_set_clear_func(p.words, clear_word);
    struct condition *c = split(&p) ? parse_or(&p) : NULL;
    if (c && peek(&p)) {
        fail(&p, "\"%s\" is too much", peek(&p)->text);
        condition_free(c);
        c = NULL;
    }
    if (problem)
        g_propagate_error(error, problem);
    g_array_unref(p.words);
    return c;
}

void condition_free(struct condition *c)
{
    if (!c)
        return;
    condition_free(c->left);
    condition_free(c->right);
    g_free(c->operand[0].text);
    g_free(c->operand[1].text);
    g_free(c);
}

/* ---- asking --------------------------------------------------------------------------------------------- */

static bool compare(const struct condition *c, const char *a, const char *b, GError **error)
{
    const char *a_unit, *b_unit;
    double x, y;
    bool numbers = quantity_number(a, &x, &a_unit) && quantity_number(b, &y, &b_unit) && strcmp(a_unit, b_unit) == 0;

    if (!numbers) {
        if (c->op <= OP_NE)
            return (strcmp(a, b) == 0) == (c->op == OP_EQ);
        return sweep_fail(error, "\"%s\" and \"%s\" cannot be compared by size", a, b);
    }
    bool equal = fabs(x - y) <= 1e-9 * fmax(fabs(x), fabs(y)); /* a range's steps are rounded */
    switch (c->op) {
    case OP_EQ:
        return equal;
    case OP_NE:
        return !equal;
    case OP_LT:
        return x < y && !equal;
    case OP_LE:
        return x <= y || equal;
    case OP_GT:
        return x > y && !equal;
    default:
        return x >= y || equal;
    }
}

static const char *value_of(const struct operand *o, const char *const *values)
{
    return o->factor < 0 ? o->text : values[o->factor];
}

bool condition_holds(const struct condition *c, const char *const *values, GError **error)
{
    GError *problem = NULL;
    bool holds;

    switch (c->op) {
    case OP_NOT:
        holds = !condition_holds(c->left, values, &problem);
        break;
    case OP_AND:
        holds = condition_holds(c->left, values, &problem);
        holds = holds && condition_holds(c->right, values, &problem);
        break;
    case OP_OR:
        holds = condition_holds(c->left, values, &problem);
        holds = holds || (!problem && condition_holds(c->right, values, &problem));
        break;
    default:
        holds = compare(c, value_of(&c->operand[0], values), value_of(&c->operand[1], values), &problem);
        break;
    }
    if (!problem)
        return holds;
    g_propagate_error(error, problem);
    return false;
}
