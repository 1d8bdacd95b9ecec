/* test_access.c - arithmetic of the air: when idle phones listen (TS 36.304 7.1). */
#include "models/access/paging.h"

#include <CUnit/CUnit.h>

static sim_time first(int frames, int nb, uint32_t ue_id)
{
    return access_paging_wait(&(struct access_paging){frames * ACCESS_FRAME, nb}, ue_id, 0);
}

/* By hand: paging frame and subframe by the formulas of the clause. */
void test_access_paging_occasion(void)
{
    /* T = 128: nB = T: N = 128, one occasion per frame, in subframe 9 */
    CU_ASSERT_EQUAL(first(128, 32, 0), 9 * SIM_MS);
    CU_ASSERT_EQUAL(first(128, 32, 50), 509 * SIM_MS);
    CU_ASSERT_EQUAL(first(128, 32, 1023), 1279 * SIM_MS);
    /* nB = T/2: N = 64, every other frame */
    CU_ASSERT_EQUAL(first(128, 16, 50), 1009 * SIM_MS);
    CU_ASSERT_EQUAL(first(128, 16, 64 + 50), 1009 * SIM_MS);
    /* nB = T/32: N = 4 */
    CU_ASSERT_EQUAL(first(128, 1, 7), 969 * SIM_MS);
    /* nB = 2T: i_s = floor(id / 128) mod 2, subframe 4 or 9 */
    CU_ASSERT_EQUAL(first(128, 64, 5), 54 * SIM_MS);
    CU_ASSERT_EQUAL(first(128, 64, 128 + 5), 59 * SIM_MS);
    CU_ASSERT_EQUAL(first(128, 64, 256 + 5), 54 * SIM_MS);
    /* nB = 4T: subframes 0, 4, 5, 9 */
    CU_ASSERT_EQUAL(first(128, 128, 5), 50 * SIM_MS);
    CU_ASSERT_EQUAL(first(128, 128, 128 + 5), 54 * SIM_MS);
    CU_ASSERT_EQUAL(first(128, 128, 256 + 5), 55 * SIM_MS);
    CU_ASSERT_EQUAL(first(128, 128, 384 + 5), 59 * SIM_MS);
    /* T = 32 and nB = T/32: one frame for all */
    CU_ASSERT_EQUAL(first(32, 1, 77), 9 * SIM_MS);
    /* no cycle: at once */
    CU_ASSERT_EQUAL(first(0, 32, 77), 0);
}

/* The wait is what is left until the occasion comes round, and all occasions are used alike. */
void test_access_paging_wait(void)
{
    static const int cycles[] = {32, 64, 128, 256}, nbs[] = {1, 2, 4, 8, 16, 32, 64, 128};
    for (int c = 0; c < 4; c++)
        for (int b = 0; b < 8; b++) {
            const struct access_paging cell = {cycles[c] * ACCESS_FRAME, nbs[b]};
            unsigned used[2560] = {0}, occasions = 0, n = (unsigned)(cycles[c] * nbs[b] / 32);
            for (uint32_t id = 0; id < 1024; id++) {
                sim_time at = access_paging_wait(&cell, id, 0);
                CU_ASSERT_TRUE(at >= 0 && at < cell.cycle && at % SIM_MS == 0);
                occasions += used[at / SIM_MS]++ == 0;
                CU_ASSERT_EQUAL(access_paging_wait(&cell, id, at), 0);
                CU_ASSERT_EQUAL(access_paging_wait(&cell, id, at + 1), cell.cycle - 1);
                CU_ASSERT_EQUAL(access_paging_wait(&cell, id, 5 * cell.cycle + at - 3), 3);
            }
            CU_ASSERT_EQUAL(occasions, n);
            for (int i = 0; i < 2560; i++)
                CU_ASSERT_TRUE(used[i] == 0 || used[i] == 1024 / n);
        }
}
