/* merge.c - imssim merge: puts the parts of a sweep together. */
#include "app/app.h"
#include "app/study.h"

#include "analysis/store_merge.h"

#include <string.h>

#define SHOWN 60

struct merge_args {
    char *output;
    gboolean partial, restart, json, all;
};

int study_merge(const char *dir, char *const *files, bool partial, bool restart, bool json, guint most)
{
    struct store_merged m;
    GError *error = NULL;

    if (!store_merge(dir, files, partial, restart ? STUDY_RESTART : STUDY_NEW, &m, &error)) {
        app_say("%s", error->message);
        int code = m.missing ? APP_FAILED : APP_USAGE;
        g_clear_error(&error);
        store_merged_clear(&m);
        return code;
    }
    if (m.missing)
        app_say("%u of %u parts are missing: %s (imssim sweep --resume -o %s makes what they should have)", m.missing, m.parts,
                m.which, dir);
    if (m.failed)
        app_say("%u of %u points failed", m.failed, m.points);
    int code = m.missing || m.lacking || m.failed ? APP_FAILED : APP_DONE;
    code = study_show(dir, m.metric ? m.metric : "setup_time", json, most, code);
    store_merged_clear(&m);
    return code;
}

int app_merge(int argc, char **argv)
{
    struct merge_args args = {0};
    const GOptionEntry options[] = {
        APP_TEXT("output", 'o', &args.output, "DIR", "Folder of the results"),
        APP_FLAG("partial", 0, &args.partial, "Merge what there is, even if parts are missing"),
        APP_FLAG("restart", 0, &args.restart, "Take away the results that are in the folder"),
        APP_FLAG("all", 'a', &args.all, "Print all points, however many"),
        APP_FLAG("json", 0, &args.json, "Print data as JSON, times in ns"),
        G_OPTION_ENTRY_NULL,
    };
    const struct app_usage usage = {
        .command = "merge",
        .arguments = "PART...",
        .summary = "Puts the parts of a sweep together that imssim sweep --shard K/N made: the same results as those of\n"
                   "a single imssim sweep. Each part has to be there, once.",
        .description = "With --partial the rest can be made later: imssim sweep SWEEP --resume -o DIR.\n\n"
                       "Exit status 1: a part is missing, or some points failed.\n\n"
                       "Example: imssim merge -o results/study part-*.db",
        .options = options,
        .min = 1,
        .max = -1,
    };
    int code = app_parse(&usage, &argc, &argv);

    if (code == APP_GO_ON && !args.output)
        code = app_usage_error("merge", "-o DIR says where the results go");
    if (code == APP_GO_ON)
        code = study_merge(args.output, argv + 1, args.partial, args.restart, args.json, args.all ? 0 : SHOWN);
    g_free(args.output);
    return code;
}
