/* study.c - showing the results of a sweep (see study.h). */
#include "app/study.h"

#include "analysis/store_read.h"
#include "app/app.h"
#include "app/experiment/study_print.h"

#include <unistd.h>

static bool write_summary(struct store_reader *r, const char *dir, GError **error)
{
    GString *text = g_string_new(NULL);
    char *path = g_build_filename(dir, STORE_SUMMARY, NULL);
    bool good = study_summary(r, text, error) && g_file_set_contents(path, text->str, (gssize)text->len, error);

    g_free(path);
    g_string_free(text, TRUE);
    return good;
}

int study_show(const char *dir, const char *metric, bool json, guint most, int code)
{
    char *path = g_build_filename(dir, STORE_FILE, NULL);
    const struct metric_decl *m = &metric_table[MAX(metric_by_name(metric), 0)];
    GString *out = g_string_new(NULL);
    GError *error = NULL;
    struct store_reader *r = store_reader_open(path, &error);
    bool good = r && write_summary(r, dir, &error) &&
                (json ? study_print_json(r, m, out, &error) : study_print(r, m, most, out, &error));

    if (r)
        store_reader_close(r);
    g_free(path);
    if (good) {
        if (isatty(STDERR_FILENO))
            app_say("results are in %s", dir);
        return app_output(out, code);
    }
    if (g_error_matches(error, STORE_ERROR, STORE_ERROR_EMPTY) && code != APP_DONE)
        app_say("no point is there yet");
    else
        app_say("%s", error->message);
    code = g_error_matches(error, STORE_ERROR, STORE_ERROR_EMPTY) ? code : APP_USAGE;
    g_clear_error(&error);
    g_string_free(out, TRUE);
    return code;
}
