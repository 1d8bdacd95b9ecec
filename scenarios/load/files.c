/* files.c - which files a scenario may have read for it: those below its own folder and below the data
 * folders, wherever symbolic links lead. */
#include "scenarios/load/load_int.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *real_path(const char *path)
{
    char *real = realpath(path, NULL);
    char *copy = g_strdup(real);

    free(real);
    return copy;
}

/* ---- the data folders ------------------------------------------------------------------------------ */

static GPtrArray *data_dirs;
static char *data_dirs_for; /* the IMSSIM_DATADIR they were made for */

static void add_dir(GPtrArray *dirs, const char *base)
{
    char *dir = g_build_filename(base, "scenarios", NULL);

    if (g_file_test(dir, G_FILE_TEST_IS_DIR))
        g_ptr_array_add(dirs, dir);
    else
        g_free(dir);
}

/* A program that runs from its build folder reads the source tree, not what an older one installed. */
static bool runs_from_build(void)
{
#ifdef IMSSIM_BUILDDIR
    char *self = real_path("/proc/self/exe"), *build = real_path(IMSSIM_BUILDDIR);
    size_t length = build ? strlen(build) : 0;
    bool inside = self && build && strncmp(self, build, length) == 0 && self[length] == '/';

    g_free(self);
    g_free(build);
    return inside;
#else
    return false;
#endif
}

char **scn_data_dirs(void)
{
    const char *env = g_getenv("IMSSIM_DATADIR");

    if (data_dirs && g_strcmp0(env, data_dirs_for) == 0)
        return (char **)data_dirs->pdata;
    if (data_dirs)
        g_ptr_array_free(data_dirs, TRUE);
    g_free(data_dirs_for);
    data_dirs_for = g_strdup(env);
    data_dirs = g_ptr_array_new_with_free_func(g_free);
    if (env && *env) {
        add_dir(data_dirs, env);
    } else {
        bool build = runs_from_build();
        (void)build;
#ifdef IMSSIM_SRCDIR
        if (build)
            add_dir(data_dirs, IMSSIM_SRCDIR);
#endif
#ifdef IMSSIM_PKGDATADIR
        add_dir(data_dirs, IMSSIM_PKGDATADIR);
#endif
#ifdef IMSSIM_SRCDIR
        if (!build)
            add_dir(data_dirs, IMSSIM_SRCDIR);
#endif
    }
    g_ptr_array_add(data_dirs, NULL);
    return (char **)data_dirs->pdata;
}

char *scn_find(const char *name)
{
    if (g_file_test(name, G_FILE_TEST_EXISTS) || g_path_is_absolute(name) || *name == '.' || !*name)
        return g_strdup(name);
    for (char **dir = scn_data_dirs(); *dir; dir++) {
        static const char *const endings[] = {"", ".xml"};
        for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
            char *file = g_strconcat(name, endings[i], NULL);
            char *path = g_build_filename(*dir, file, NULL);
            g_free(file);
            if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
                return path;
            g_free(path);
        }
    }
    return g_strdup(name);
}

/* ---- confinement ------------------------------------------------------------------------------------ */

static bool is_below(const char *path, const char *root)
{
    size_t length = strlen(root);

    while (length && root[length - 1] == '/') /* "/" itself */
        length--;
    return strncmp(path, root, length) == 0 && path[length] == '/';
}

static bool is_allowed(const struct scn_loader *ld, const char *real)
{
    if (ld->root && is_below(real, ld->root))
        return true;
    for (guint i = 0; i < ld->roots->len; i++) {
        if (is_below(real, g_ptr_array_index(ld->roots, i)))
            return true;
    }
    return false;
}

void scn_files_init(struct scn_loader *ld, const char *path)
{
    char *dir = g_path_get_dirname(path);

    ld->root = real_path(dir);
    g_free(dir);
    ld->roots = g_ptr_array_new_with_free_func(g_free);
    for (int own = 0; own < 2; own++) {
        char **dirs = own ? scn_data_dirs() : ld->opts->dirs;
        for (; dirs && *dirs; dirs++) {
            char *real = real_path(*dirs);
            if (real)
                g_ptr_array_add(ld->roots, real);
        }
    }
    ld->stack = g_ptr_array_new_with_free_func(g_free);
    char *real = real_path(path);
    if (real)
        g_ptr_array_add(ld->stack, real);
}

void scn_files_clear(struct scn_loader *ld)
{
    g_free(ld->root);
    g_ptr_array_free(ld->roots, TRUE);
    g_ptr_array_free(ld->stack, TRUE);
}

/* "file:", "http://": nothing but plain paths is read. */
static bool is_url(const char *href)
{
    size_t n = strspn(href, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");

    return g_ascii_isalpha(*href) && href[n] == ':';
}

/* The first of: beside the file that asks, in the data folders. */
static char *seek(struct scn_loader *ld, const struct scn_tag *tag, const char *href, char **shown)
{
    GPtrArray *tried = g_ptr_array_new_with_free_func(g_free);
    char *real = NULL;

    if (g_path_is_absolute(href) || !tag->dir || strcmp(tag->dir, ".") == 0)
        g_ptr_array_add(tried, g_strdup(href));
    else
        g_ptr_array_add(tried, g_build_filename(tag->dir, href, NULL));
    if (!g_path_is_absolute(href)) {
        for (char **dir = ld->opts->dirs; dir && *dir; dir++)
            g_ptr_array_add(tried, g_build_filename(*dir, href, NULL));
        for (char **dir = scn_data_dirs(); *dir; dir++)
            g_ptr_array_add(tried, g_build_filename(*dir, href, NULL));
    }
    for (guint i = 0; i < tried->len && !real; i++) {
        real = real_path(g_ptr_array_index(tried, i));
        if (real)
            *shown = g_strdup(g_ptr_array_index(tried, i));
    }
    g_ptr_array_free(tried, TRUE);
    return real;
}

char *scn_files_resolve(struct scn_loader *ld, const void *at, const char *href, char **shown, bool *missing)
{
    bool was = ld->incomplete;

    *shown = NULL;
    ld->incomplete = true; /* until proved otherwise */
    if (is_url(href)) {
        scn_complain_at(ld, at, "href=\"%s\" is a URL; only paths of files are accepted, nothing is fetched",
                        href);
        return NULL;
    }
    char *real = seek(ld, scn_tag_of(at), href, shown);
    if (!real && missing) {
        ld->incomplete = was;
        *missing = true;
        return NULL;
    }
    if (!real)
        scn_complain_at(ld, at, "there is no file \"%s\", neither beside this one nor in the data folders",
                        href);
    else if (!is_allowed(ld, real))
        scn_complain_at(ld, at,
                        "\"%s\" lies outside of the scenario's folder and the data folders; only files in "
                        "there are read",
                        href);
    else {
        ld->incomplete = was;
        return real;
    }
    g_free(real);
    g_free(*shown);
    *shown = NULL;
    return NULL;
}

xmlDocPtr scn_files_read(struct scn_loader *ld, const void *at, const char *real, const char *shown,
                         int layer)
{
    size_t size = 0;

    for (guint i = 0; i < ld->stack->len; i++) {
        if (strcmp(g_ptr_array_index(ld->stack, i), real) == 0) {
            scn_complain_at(
                ld, at, "\"%s\" leads back to itself; files must not include each other in a circle", shown);
            return NULL;
        }
    }
    if (++ld->files_read > SCN_MAX_FILES) {
        scn_complain_at(ld, at, "too many files; a scenario may be made of 256");
        return NULL;
    }
    char *data = scn_read_bytes(ld, real, shown, true, &size, scn_tag_of(at));
    if (!data)
        return NULL;
    ld->bytes += size;
    if (ld->bytes > SCN_MAX_BYTES)
        scn_complain_at(ld, at, "the files of this scenario are larger than 64 MiB together");
    xmlDocPtr doc = ld->bytes > SCN_MAX_BYTES ? NULL : scn_read_xml(ld, shown, data, size, layer);
    g_free(data);
    ld->incomplete = ld->incomplete || !doc;
    if (doc) {
        g_ptr_array_add(ld->stack, g_strdup(real));
        scn_include(ld, doc, layer);
        g_ptr_array_remove_index(ld->stack, ld->stack->len - 1);
    }
    return doc;
}
