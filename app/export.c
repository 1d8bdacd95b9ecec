/* export.c - imssim export: tables of results as CSV or JSON. */
#include "app/app.h"
#include "app/results.h"

#include "analysis/store_read.h"
#include "analysis/table.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct export_args {
    char *table, *format, *output;
    gboolean provenance, list;
};

/* ---- where it goes ----------------------------------------------------------------------------------- */

/* stdout, or a file that gets its name when all is in it. */
struct sink {
    FILE *file;
    const char *path; /* NULL: stdout */
    char *temporary;  /* NULL: written in place, as a device is */
    int error;
};

static bool sink_open(struct sink *k, const char *path)
{
    struct stat st;

    *k = (struct sink){.file = stdout, .path = path};
    if (!path)
        return true;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        k->file = S_ISDIR(st.st_mode) ? NULL : fopen(path, "w");
        k->error = S_ISDIR(st.st_mode) ? EISDIR : errno;
        return k->file != NULL;
    }
    k->temporary = g_strconcat(path, ".XXXXXX", NULL);
    int fd = g_mkstemp_full(k->temporary, O_RDWR | O_CLOEXEC, 0666);
    k->error = errno;
    k->file = fd >= 0 ? fdopen(fd, "w") : NULL;
    return k->file != NULL;
}

static bool sink_write(const GString *text, void *user)
{
    struct sink *k = user;

    errno = 0;
    if (fwrite(text->str, 1, text->len, k->file) == text->len)
        return true;
    k->error = errno;
    return false;
}

/* Keeps what was written if `good`. False when it could not be. */
static bool sink_close(struct sink *k, bool good)
{
    errno = 0;
    if (k->file && (k->path ? fclose(k->file) : fflush(k->file)) != 0 && good) {
        k->error = errno;
        good = false;
    }
    if (good && k->temporary && g_rename(k->temporary, k->path) != 0) {
        k->error = errno;
        good = false;
    }
    if (!good && k->temporary)
        g_unlink(k->temporary);
    g_free(k->temporary);
    return good;
}

/* ---- what goes there --------------------------------------------------------------------------------- */

static int list_tables(struct store_reader *reader)
{
    struct table *t = table_new("table\trows\twhat", "lrl");
    GString *out = g_string_new(NULL);
    GError *error = NULL;
    gint64 count;

    for (const struct store_table *s = store_tables(); s->name && !error; s++) {
        if (store_table_is_internal(s))
            continue;
        if (!store_count(reader, s, &count, &error))
            break;
        table_cell(t, s->name);
        table_cellf(t, "%" G_GINT64_FORMAT, count);
        table_cell(t, s->about);
    }
    table_print(t, 0, out);
    table_free(t);
    if (!error)
        return app_output(out, APP_DONE);
    app_say("%s", error->message);
    g_clear_error(&error);
    g_string_free(out, TRUE);
    return APP_USAGE;
}

static int list_columns(const struct store_table *table)
{
    struct table *t = table_new("column\ttype\tprovenance\twhat", "llll");
    GString *out = g_string_new(NULL);

    for (const struct store_column *c = table->columns; c->name; c++) {
        char **type = g_strsplit(c->type, " ", 2);
        table_cell(t, c->name);
        table_cell(t, type[0]);
        table_cell(t, c->provenance ? "yes" : "");
        table_cell(t, c->about);
        g_strfreev(type);
    }
    table_print(t, 0, out);
    table_free(t);
    return app_output(out, APP_DONE);
}

static int export_tables(struct store_reader *reader, const struct store_table *table,
                         enum store_format format, const struct export_args *args)
{
    GError *error = NULL;
    struct sink sink;
    bool good = sink_open(&sink, args->output) &&
                store_export(reader, table, format, args->provenance, sink_write, &sink, &error);

    good = sink_close(&sink, good);
    if (error)
        app_say("%s", error->message);
    else if (!good)
        app_say("cannot write to %s: %s", args->output ? args->output : "standard output",
                g_strerror(sink.error));
    g_clear_error(&error);
    return good ? APP_DONE : APP_USAGE;
}

/* ---- the command ------------------------------------------------------------------------------------- */

/* The table that is asked for; NULL in *table: all. False after a complaint. */
static bool choose(const struct export_args *args, const struct store_table **table, int *format)
{
    static const char *const formats[] = {"csv", "json", NULL};

    *table = args->table ? store_table_by_name(args->table) : NULL;
    *format = args->format  ? app_choice("export", "--format", args->format, formats)
              : args->table ? STORE_CSV
                            : STORE_JSON;
    if (*format < 0)
        return false;
    if (*table && store_table_is_internal(*table))
        *table = NULL;
    if (*table || (!args->table && (*format == STORE_JSON || args->list)))
        return true;
    GString *names = g_string_new(NULL);
    for (const struct store_table *t = store_tables(); t->name; t++)
        if (!store_table_is_internal(t))
            g_string_append_printf(names, "%s%s", names->len ? ", " : "", t->name);
    if (args->table)
        app_usage_error("export", "--table: \"%s\" is none of %s", args->table, names->str);
    else
        app_usage_error("export", "CSV holds one table: --table NAME, one of %s", names->str);
    g_string_free(names, TRUE);
    return false;
}

static int export_with(const struct export_args *args, const char *name)
{
    const struct store_table *table;
    GError *error = NULL;
    int format, code;

    if (!choose(args, &table, &format))
        return APP_USAGE;
    char *path = results_find("export", name);
    struct store_reader *reader = path ? store_reader_open(path, &error) : NULL;
    g_free(path);
    if (!reader) {
        if (error)
            app_say("%s", error->message);
        g_clear_error(&error);
        return APP_USAGE;
    }
    if (args->list)
        code = table ? list_columns(table) : list_tables(reader);
    else
        code = export_tables(reader, table, (enum store_format)format, args);
    store_reader_close(reader);
    return code;
}

int app_export(int argc, char **argv)
{
    struct export_args args = {0};
    const GOptionEntry options[] = {
        APP_TEXT("table", 't', &args.table, "NAME", "This table only (see --list)"),
        APP_TEXT("format", 'f', &args.format, "FORMAT",
                 "csv (default with --table) or json (default without)"),
        APP_TEXT("output", 'o', &args.output, "FILE", "Write to a file instead of standard output"),
        APP_FLAG("provenance", 0, &args.provenance, "With wall-clock times, versions and paths"),
        APP_FLAG("list", 'l', &args.list, "List the tables; or the columns of --table"),
        G_OPTION_ENTRY_NULL,
    };
    const struct app_usage usage = {
        .command = "export",
        .arguments = "[DIR]",
        .summary =
            "Writes results as CSV or JSON, in a fixed order. DIR is a folder that imssim run made, its\n"
            "results.db, or the name of the scenario; by default the only results below results/.",
        .description =
            "The same scenario and seed give the same export, byte for byte, as long as provenance "
            "is left out.\n\n"
            "Example: imssim export results/mmd-load --table metric",
        .options = options,
        .min = 0,
        .max = 1,
    };
    int code = app_parse(&usage, &argc, &argv);

    if (code == APP_GO_ON)
        code = export_with(&args, argc > 1 ? argv[1] : NULL);
    g_free(args.table);
    g_free(args.format);
    g_free(args.output);
    return code;
}
