/* scenario_help.h - what the tests of scenario files share: names to know, a folder of files, one load. */
#ifndef TESTS_UNIT_SCENARIO_HELP_H
#define TESTS_UNIT_SCENARIO_HELP_H

#include "scenarios/load/load.h"

#include <glib.h>

/* A load and all that came of it. */
struct loaded {
    struct scn *scn;
    struct scn_doc *doc;
    GPtrArray *errors;
};

/* The names that the tests' scenarios may use. */
extern const struct scn_names test_names;

/* Loads text as if it stood in `path`; the sets follow, up to NULL. Needs loaded_clear(). */
struct loaded load_text(const char *path, const char *text, ...) G_GNUC_NULL_TERMINATED;
struct loaded load_file(const char *path, ...) G_GNUC_NULL_TERMINATED;
struct loaded load_with_sets(const char *path, const char *text, size_t size, char **sets);
void loaded_clear(struct loaded *l);
/* All errors, one a line. g_free. */
char *errors_of(const struct loaded *l);
/* Value and origin of a parameter as "value @ origin", or "none". g_free. */
char *effective_of(const struct loaded *l, const char *parameter);
/* The text of tests/data/scenario/base.xml. g_free. */
char *base_text(void);

/* A folder for the test's files; tmp_clear() removes it with all that is in it. */
char *tmp_new(void);
void tmp_clear(char *dir);
/* Writes a file below dir; returns its path, which dir's tmp_clear() frees. */
const char *tmp_put(const char *dir, const char *name, const char *text);

/* Asserts, and says on failure what came instead. */
void assert_text(const char *got, const char *wanted, const char *what);
void assert_has(const char *got, const char *fragment);

#endif
