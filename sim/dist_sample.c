/* dist_sample.c - reading the values behind empirical(file.csv).
 *
 * The file is not trusted: it must be a regular one of bounded size, inside the folder it may be in. */
#include "sim/dist_sample.h"

#include "sim/dist.h"
#include "sim/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_BYTES (64 * 1024 * 1024)

void dist_sample_ref(struct dist_sample *s)
{
    if (s)
        g_atomic_int_inc(&s->refs);
}

void dist_sample_unref(struct dist_sample *s)
{
    if (!s || !g_atomic_int_dec_and_test(&s->refs))
        return;
    g_free(s->name);
    g_free(s->value);
    g_free(s);
}

static bool inside(const char *path, const char *dir)
{
    size_t len = strlen(dir);
    return strncmp(path, dir, len) == 0 && (path[len] == '/' || (len > 0 && dir[len - 1] == '/'));
}

/* The file's real path, malloc()ed, or NULL. */
static char *resolve(const char *file, const char *base_dir, GError **error)
{
    char *joined =
        base_dir && !g_path_is_absolute(file) ? g_build_filename(base_dir, file, NULL) : g_strdup(file);
    char *path = realpath(joined, NULL);
    int why = errno;
    char *dir = base_dir ? realpath(base_dir, NULL) : NULL;

    if (!path) {
        g_set_error(error, DIST_ERROR, DIST_ERROR_FILE, "cannot open '%s': %s", joined, g_strerror(why));
    } else if (base_dir && (!dir || !inside(path, dir))) {
        g_set_error(error, DIST_ERROR, DIST_ERROR_FILE,
                    "'%s' lies outside of '%s'; accepted: a file in or below it", file, base_dir);
        free(path);
        path = NULL;
    }
    free(dir);
    g_free(joined);
    return path;
}

static char *read_whole(const char *file, const char *base_dir, GError **error)
{
    GError *cause = NULL;
    struct stat st;
    char *text = NULL;
    gsize size;
    char *path = resolve(file, base_dir, error);
    if (!path)
        return NULL;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        g_set_error(error, DIST_ERROR, DIST_ERROR_FILE, "'%s' is not a regular file", file);
    } else if (st.st_size > MAX_BYTES) {
        g_set_error(error, DIST_ERROR, DIST_ERROR_FILE, "'%s' is too large; accepted: at most 64 MB", file);
    } else if (!g_file_get_contents(path, &text, &size, &cause)) {
        g_set_error(error, DIST_ERROR, DIST_ERROR_FILE, "%s", cause->message);
        g_error_free(cause);
    } else if (strlen(text) != size) {
        g_set_error(error, DIST_ERROR, DIST_ERROR_FILE, "'%s' is not text: it contains a zero byte", file);
        g_clear_pointer(&text, g_free);
    }
    free(path);
    return text;
}

/* The next line with content, stripped, or NULL; *line counts all lines. Cuts *rest up. */
static char *next_line(char **rest, unsigned *line)
{
    while (*rest) {
        char *text = *rest;
        char *end = strchr(text, '\n');
        *rest = end ? end + 1 : NULL;
        if (end)
            *end = '\0';
        ++*line;
        g_strstrip(text);
        if (*text && *text != '#')
            return text;
    }
    return NULL;
}

static int ascending(const void *a, const void *b)
{
    sim_time x = *(const sim_time *)a, y = *(const sim_time *)b;
    return (x > y) - (x < y);
}

/* NULL and `error`, or the values; text is cut up. */
static GArray *read_values(char *text, const char *file, GError **error)
{
    unsigned line = 0;
    const char *header = next_line(&text, &line);
    const char *unit = header ? strrchr(header, '_') : NULL;
    if (!unit || strpbrk(header, ",;") || !units_is_time_unit(unit + 1)) {
        g_set_error(error, DIST_ERROR, DIST_ERROR_FILE,
                    "%s:%u: %s; accepted: one column whose name ends in _ns, _us, _ms, _s, _min or _h, such "
                    "as delay_ms",
                    file, line, header ? "the header names no unit of time" : "the file is empty");
        return NULL;
    }
    GArray *values = g_array_new(FALSE, FALSE, sizeof(sim_time));
    for (char *text_line; (text_line = next_line(&text, &line));) {
        sim_time t;
        GError *cause = NULL;
        if (units_parse_time_in(text_line, unit + 1, &t, &cause) && t <= DIST_MAX) {
            g_array_append_val(values, t);
            continue;
        }
        g_set_error(error, DIST_ERROR, DIST_ERROR_FILE, "%s:%u: %s", file, line,
                    cause ? cause->message : "the time is too long; accepted: at most 73 years");
        g_clear_error(&cause);
        g_array_free(values, TRUE);
        return NULL;
    }
    if (values->len == 0) {
        g_set_error(error, DIST_ERROR, DIST_ERROR_FILE, "%s: no values after the header", file);
        g_array_free(values, TRUE);
        return NULL;
    }
    return values;
}

struct dist_sample *dist_sample_load(const char *file, const char *base_dir, GError **error)
{
    char *text = read_whole(file, base_dir, error);
    GArray *values = text ? read_values(text, file, error) : NULL;
    struct dist_sample *s = NULL;
    if (values) {
        qsort(values->data, values->len, sizeof(sim_time), ascending);
        s = g_new0(struct dist_sample, 1);
        s->refs = 1;
        s->name = g_strdup(file);
        s->n = values->len;
        s->value = (sim_time *)(void *)g_array_free(values, FALSE);
    }
    g_free(text);
    return s;
}
