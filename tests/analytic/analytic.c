/* analytic.c - tests against closed forms: what they share (see analytic.h). */
#include "tests/analytic/analytic.h"

#include "models/registry.h"
#include "scenarios/load/build.h"
#include "scenarios/load/load.h"

#include <CUnit/CUnit.h>

#include <stdio.h>

struct scn *analytic_load(const char *scenario, const char *const *sets)
{
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct scn_load_opts opts = {.sets = (char **)(uintptr_t)sets, .names = world_names()};
    char *path = g_strdup_printf("%s/scenarios/%s.xml", IMSSIM_TEST_SRCDIR, scenario);

    registry_init();
    struct scn *scn = scn_load(path, &opts, NULL, errors);
    for (guint i = 0; i < errors->len; i++)
        printf("\n%s", (const char *)g_ptr_array_index(errors, i));
    if (errors->len)
        CU_FAIL("the scenario is wrong");
    g_free(path);
    g_ptr_array_free(errors, TRUE);
    return scn;
}
