/* test_steps.c - the seven flows of X.S0013-009 6.2, hop by hop, against tests/golden/scenario_steps.csv. */
#include "tests/flow/golden.h"

static void compare(const char *scenario, const char *flow, guint steps)
{
    struct play *p = play(scenario, NULL);
    golden_check(p, flow, steps, NULL, 0, SIM_NEVER);
    play_end(p);
}

void test_steps_1(void)
{
    compare("mmd-1", "1", 30);
}

void test_steps_2(void)
{
    compare("mmd-2", "2", 35);
}

void test_steps_2_no183(void)
{
    compare("mmd-2-no183", "2-NO183", 30);
}

void test_steps_3(void)
{
    compare("mmd-3", "3", 45);
}

void test_steps_3_update(void)
{
    compare("mmd-3-update", "3-UPDATE", 55);
}

void test_steps_4(void)
{
    compare("mmd-4", "4", 55);
}

void test_steps_4_prack(void)
{
    compare("mmd-4-prack", "4-PRACK", 45);
}
