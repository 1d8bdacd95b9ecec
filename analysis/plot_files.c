/* plot_files.c - makes the files of a graph and has gnuplot draw them (see plot_int.h). */
#include "analysis/plot_int.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

/* Letters of a line of the caption, at the size it is printed in. */
#define CAPTION_WIDTH 112

/* ---- text -------------------------------------------------------------------------------------------- */

void plot_text_init(struct plot_text *t, char *name)
{
    *t = (struct plot_text){.name = name,
                            .panels = g_ptr_array_new_with_free_func(g_free),
                            .data = g_string_new(NULL),
                            .script = g_string_new(NULL),
                            .curves = g_string_new(NULL),
                            .caption = g_string_new(NULL)};
}

void plot_text_clear(struct plot_text *t)
{
    g_free(t->name);
    g_string_free(t->data, TRUE);
    g_string_free(t->script, TRUE);
    g_string_free(t->curves, TRUE);
    g_string_free(t->caption, TRUE);
    g_ptr_array_unref(t->panels);
    g_free(t->held);
}

void plot_quote(GString *out, const char *text)
{
    g_string_append_c(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            g_string_append_c(out, '\'');
        g_string_append_c(out, (guchar)*text < ' ' ? ' ' : *text);
    }
    g_string_append_c(out, '\'');
}

void plot_set(struct plot_text *t, const char *name, const char *text)
{
    g_string_append_printf(t->script, "set %s ", name);
    plot_quote(t->script, text);
    g_string_append_c(t->script, '\n');
}

const char *plot_number(char *buf, double value)
{
    return isfinite(value) ? g_ascii_formatd(buf, G_ASCII_DTOSTR_BUF_SIZE, "%.9g", value) : "NaN";
}

unsigned plot_block(struct plot_text *t, const char *columns)
{
    g_string_append_printf(t->data, "%s# %s\n", t->blocks ? "\n\n" : "", columns);
    return t->blocks++;
}

void plot_row(struct plot_text *t, const double *value, size_t n)
{
    char buf[G_ASCII_DTOSTR_BUF_SIZE];

    for (size_t i = 0; i < n; i++)
        g_string_append_printf(t->data, "%s%s", i ? " " : "", plot_number(buf, value[i]));
    g_string_append_c(t->data, '\n');
}

void plot_next_panel(struct plot_text *t)
{
    g_ptr_array_add(t->panels, g_string_free(t->script, FALSE));
    g_ptr_array_add(t->panels, g_string_free(t->curves, FALSE));
    t->script = g_string_new(NULL);
    t->curves = g_string_new(NULL);
}

void plot_curve(struct plot_text *t, unsigned block, const char *format, ...)
{
    va_list args;

    g_string_append_printf(t->curves, "%s'%s.dat' index %u ", t->curves->len ? ", \\\n         " : "",
                           t->name, block);
    va_start(args, format);
    g_string_append_vprintf(t->curves, format, args);
    va_end(args);
}

/* ---- the script -------------------------------------------------------------------------------------- */

static const char style[] = "set encoding utf8\n"
                            "set border 3 lc rgb '#404040'\n"
                            "set tics nomirror out\n"
                            "set grid xtics ytics lt 1 lc rgb '#e4e4e4' lw 0.7\n"
                            "set key noenhanced reverse Left samplen 5\n"
                            "# Colours of Okabe and Ito; dashes and points differ too.\n"
                            "set style line 1 lc rgb '#0072b2' lw 2 dt 1 pt 7 ps 0.8\n"
                            "set style line 2 lc rgb '#d55e00' lw 2 dt (10,4) pt 5 ps 0.8\n"
                            "set style line 3 lc rgb '#009e73' lw 2 dt (3,3) pt 9 ps 1.0\n"
                            "set style line 4 lc rgb '#cc79a7' lw 2 dt (10,3,3,3) pt 13 ps 1.0\n"
                            "set style line 5 lc rgb '#e69f00' lw 2 dt (16,4,4,4,4,4) pt 6 ps 0.8\n"
                            "set style line 6 lc rgb '#56b4e9' lw 2 dt (6,2) pt 4 ps 0.8\n";

/* "95 %" stays on one line: the blank becomes one that does not break. */
static char *keep_together(const char *text)
{
    char **parts = g_strsplit(text, " %", -1);
    char *joined = g_strjoinv("\xc2\xa0%", parts);

    g_strfreev(parts);
    return joined;
}

/* The caption in lines, as labels from the bottom up; says how many lines. */
static unsigned caption_lines(const char *caption, const char *indent, double scale, GString *out)
{
    char *text = keep_together(caption), **words = g_strsplit(text, " ", -1);
    GPtrArray *lines = g_ptr_array_new();
    GString *line = NULL;

    for (char **w = words; *w; w++) {
        if (!**w)
            continue;
        if (line && g_utf8_strlen(line->str, -1) + g_utf8_strlen(*w, -1) >= CAPTION_WIDTH)
            line = NULL;
        if (!line) {
            line = g_string_new(*w);
            g_ptr_array_add(lines, line);
        } else {
            g_string_append_printf(line, " %s", *w);
        }
    }
    for (guint i = 0; i < lines->len; i++) {
        line = g_ptr_array_index(lines, i);
        unsigned from_bottom = lines->len - 1 - i;
        g_string_append_printf(out, "%sset label ", indent);
        plot_quote(out, line->str);
        g_string_append_printf(
            out, " at screen 0.015, screen 0.%03u left font ',11' tc rgb '#404040' noenhanced\n",
            (unsigned)(scale * (26 + 32 * from_bottom) + 0.5));
        g_string_free(line, TRUE);
    }
    unsigned n = lines->len;
    g_ptr_array_free(lines, TRUE);
    g_strfreev(words);
    g_free(text);
    return n;
}

/* Appends settings, each line of them indented. */
static void indented(GString *out, const char *settings)
{
    char **lines = g_strsplit(settings, "\n", -1);

    for (char **l = lines; *l; l++)
        if (**l)
            g_string_append_printf(out, "        %s\n", *l);
    g_strfreev(lines);
}

/* Panels one below the other, from `bottom` up. Settings are made anew for each format. */
static void plot_panels(const struct plot_text *t, const char *caption, double bottom, GString *out)
{
    const double top = 0.935, gap = 0.035;
    guint n = t->panels->len / 2 + 1;
    double height = (top - bottom - gap * (n - 1)) / n;

    g_string_append_printf(out, "    set multiplot\n%s        set lmargin at screen 0.13\n        set rmargin at screen 0.75\n",
                           caption);
    for (guint i = 0; i < n; i++) {
        double low = bottom + (n - 1 - i) * (height + gap);
        bool last = i + 1 == n;
        char from[G_ASCII_DTOSTR_BUF_SIZE], to[G_ASCII_DTOSTR_BUF_SIZE];
        g_ascii_formatd(from, sizeof from, "%.4f", low);
        g_ascii_formatd(to, sizeof to, "%.4f", low + height);
        g_string_append_printf(out, "        set bmargin at screen %s\n        set tmargin at screen %s\n", from, to);
        g_string_append_printf(out, "        set format x '%s'\n", last ? "% h" : "");
        indented(out, last ? t->script->str : g_ptr_array_index(t->panels, 2 * i));
        g_string_append_printf(out, "    plot %s\n", last ? t->curves->str : (char *)g_ptr_array_index(t->panels, 2 * i + 1));
        g_string_append(out, "        unset label\n        unset title\n");
    }
    g_string_append(out, "    unset multiplot\n");
}

static GString *script_of(const struct plot_text *t, const char *what, const char *program)
{
    GString *out = g_string_new(NULL), *caption = g_string_new(NULL);
    bool panels = t->panels->len > 0;
    unsigned height = panels ? 720 : 520;
    unsigned lines = caption_lines(t->caption->str, panels ? "        " : "", 520.0 / height, caption);

    g_string_append_printf(out,
                           "# %s.gp - %s, made by %s.\n"
                           "# Draws %s.svg and %s.png from %s.dat. By hand, in this folder: gnuplot %s.gp\n",
                           t->name, what, program, t->name, t->name, t->name, t->name);
    g_string_append(out, style);
    if (!panels)
        g_string_append_printf(out, "%s%sset bmargin at screen 0.%03u\n", t->script->str, caption->str, 150 + 32 * lines);
    g_string_append_printf(
        out,
        "do for [format in 'svg png'] {\n"
        "    if (format eq 'svg') {\n"
        "        set terminal svg size 800,%u noenhanced font 'sans-serif,14' background rgb 'white'\n"
        "    } else {\n"
        "        set terminal pngcairo size 1600,%u noenhanced font 'sans-serif,12' fontscale 1.75 \\\n"
        "            linewidth 2 pointscale 2 background rgb 'white'\n"
        "    }\n"
        "    set output '%s.'.format\n",
        height, 2 * height, t->name);
    if (panels)
        plot_panels(t, caption->str, 0.52 / height * (150 + 32 * lines), out);
    else
        g_string_append_printf(out, "    plot %s\n", t->curves->str);
    g_string_append(out, "    set output\n}\n");
    g_string_free(caption, TRUE);
    return out;
}

/* ---- gnuplot ----------------------------------------------------------------------------------------- */

static bool have_gnuplot(GError **error)
{
    char *path = g_find_program_in_path("gnuplot");

    if (!path)
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_TOOL,
                    "gnuplot is not installed (the package gnuplot-nox on Debian): it draws the graphs");
    g_free(path);
    return error ? !*error : true;
}

static bool run_gnuplot(const char *dir, const char *name, GError **error)
{
    char *script = g_strconcat(name, ".gp", NULL), *said = NULL;
    const char *argv[] = {"gnuplot", script, NULL};
    int status = 0;
    GError *problem = NULL;

    bool done =
        g_spawn_sync(dir, (char **)(uintptr_t)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
                     NULL, NULL, NULL, &said, &status, &problem);
    if (!done || status != 0)
        g_set_error(error, PLOT_ERROR, PLOT_ERROR_TOOL, "gnuplot %s failed: %s", script,
                    problem ? problem->message
                    : said  ? g_strstrip(said)
                            : "");
    g_clear_error(&problem);
    g_free(said);
    g_free(script);
    return done && status == 0;
}

static bool write_file(const char *dir, const char *name, const char *ending, const GString *text,
                       GError **error)
{
    char *file = g_strconcat(name, ending, NULL), *path = g_build_filename(dir, file, NULL);
    bool done = g_file_set_contents(path, text->str, (gssize)text->len, error);

    g_free(file);
    g_free(path);
    return done;
}

/* What gnuplot left of a graph that it could not draw. */
static void remove_drawings(const char *dir, const char *name)
{
    static const char *const endings[] = {".svg", ".png"};

    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
        char *file = g_strconcat(name, endings[i], NULL), *path = g_build_filename(dir, file, NULL);
        g_unlink(path);
        g_free(file);
        g_free(path);
    }
}

bool plot_write(const struct plot_text *t, const char *what, const char *program, const char *dir, GError **error)
{
    GString *script = script_of(t, what, program);
    GError *problem = NULL;
    bool done = have_gnuplot(&problem);

    if (done && g_mkdir_with_parents(dir, 0777) != 0) {
        g_set_error(&problem, G_FILE_ERROR, (int)g_file_error_from_errno(errno), "%s: cannot be made: %s", dir,
                    g_strerror(errno));
        done = false;
    }
    done = done && write_file(dir, t->name, ".dat", t->data, &problem) &&
           write_file(dir, t->name, ".gp", script, &problem);
    if (done && !run_gnuplot(dir, t->name, &problem)) {
        remove_drawings(dir, t->name);
        done = false;
    }
    if (!done)
        g_propagate_error(error, problem);
    g_string_free(script, TRUE);
    return done;
}
