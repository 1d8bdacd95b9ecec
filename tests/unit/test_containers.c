/* test_containers.c - slab and idmap. */
#include "sim/idmap.h"
#include "sim/slab.h"

#include <CUnit/CUnit.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEST(suite, function) void function(void);
#include "tests/kernel.list"
#undef TEST

/* Steele, Lea, Flood: SplitMix64. */
static uint64_t mix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void test_slab_hands_out_and_takes_back(void)
{
    struct slab s;
    uint32_t index = 0;
    char *item;

    slab_init(&s, 13);
    CU_ASSERT_EQUAL(slab_count(&s), 0);
    CU_ASSERT_FALSE(slab_in_use(&s, 1));
    item = slab_alloc(&s, &index);
    CU_ASSERT_EQUAL(index, 1);
    CU_ASSERT_EQUAL(slab_index(item), 1);
    CU_ASSERT_PTR_EQUAL(slab_at(&s, index), item);
    CU_ASSERT_TRUE(slab_in_use(&s, index));
    CU_ASSERT_FALSE(slab_in_use(&s, 0));
    CU_ASSERT_FALSE(slab_in_use(&s, 2));
    memset(item, 0xab, 13);
    slab_free(&s, item);
    CU_ASSERT_FALSE(slab_in_use(&s, index));
    item = slab_alloc0(&s, NULL);
    for (int i = 0; i < 13; i++)
        CU_ASSERT_EQUAL(item[i], 0);
    CU_ASSERT_EQUAL(slab_count(&s), 1);
    slab_free(&s, NULL);
    slab_free_at(&s, 0);
    slab_free_at(&s, 1);
    CU_ASSERT_EQUAL(slab_count(&s), 0);
    slab_clear(&s);
    slab_clear(&s);
    CU_ASSERT_EQUAL(slab_index(slab_alloc(&s, NULL)), 1);
    slab_clear(&s);
}

void test_slab_last_freed_is_next(void)
{
    struct slab s;
    void *item[3];

    slab_init(&s, 40);
    for (int i = 0; i < 3; i++)
        item[i] = slab_alloc(&s, NULL);
    slab_free(&s, item[0]);
    slab_free(&s, item[2]);
    CU_ASSERT_PTR_EQUAL(slab_alloc(&s, NULL), item[2]);
    CU_ASSERT_PTR_EQUAL(slab_alloc(&s, NULL), item[0]);
    slab_clear(&s);
}

/* Random coming and going over several chunks and arenas; every item keeps its content and its name. */
void test_slab_keeps_items_where_they_are(void)
{
    static const size_t sizes[] = {8, 200, 5000, 100000};

    for (unsigned k = 0; k < G_N_ELEMENTS(sizes); k++) {
        struct slab s;
        uint64_t random = k;
        size_t most = sizes[k] > 10000 ? 60 : 3000;
        GPtrArray *live = g_ptr_array_new();
        unsigned wrong = 0;

        slab_init(&s, sizes[k]);
        for (int step = 0; step < 20000; step++) {
            if (live->len < most && (mix(&random) % 5 < 3 || live->len == 0)) {
                uint64_t *item = slab_alloc(&s, NULL);
                *item = slab_index(item);
                wrong += ((uintptr_t)item & 7) != 0;
                g_ptr_array_add(live, item);
            } else {
                guint at = (guint)(mix(&random) % live->len);
                uint64_t *item = live->pdata[at];
                wrong += *item != slab_index(item) || slab_at(&s, slab_index(item)) != item;
                slab_free(&s, item);
                g_ptr_array_remove_index_fast(live, at);
            }
            wrong += slab_count(&s) != live->len;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT(slab_end(&s) <= most + 1);
        g_ptr_array_free(live, TRUE);
        slab_clear(&s);
    }
}

/* In a child process, which has to die of it. */
void test_slab_freeing_twice_aborts(void)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        struct slab s;
        if (!freopen("/dev/null", "w", stderr))
            _exit(1);
        slab_init(&s, 8);
        void *item = slab_alloc(&s, NULL);
        slab_free(&s, item);
        slab_free(&s, item);
        _exit(0);
    }
    CU_ASSERT_FATAL(child > 0);
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT(WIFSIGNALED(status));
}

/* Keys as they come: small numbers, numbers that differ in the high half only, anything. */
static uint64_t draw_key(uint64_t *random)
{
    uint64_t kind = mix(random) % 3, value = mix(random) % 3000 + 1;
    return kind == 0 ? value : kind == 1 ? value << 40 : value * 0x123456789abcdefu;
}

void test_idmap_matches_hash_table(void)
{
    struct idmap m;
    GHashTable *table = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    uint64_t random = 5;
    unsigned wrong = 0;

    idmap_init(&m);
    CU_ASSERT_EQUAL(idmap_get(&m, 1), 0);
    CU_ASSERT_FALSE(idmap_del(&m, 1));
    for (int step = 0; step < 200000; step++) {
        uint64_t key = draw_key(&random);
        uint32_t value = (uint32_t)(mix(&random) % 1000 + 1);
        bool emptying = step / 20000 % 2; /* grows, then shrinks, then grows ... */

        wrong += idmap_get(&m, key) != GPOINTER_TO_UINT(g_hash_table_lookup(table, &key));
        if (mix(&random) % 4 < (emptying ? 1 : 3)) {
            idmap_put(&m, key, value);
            g_hash_table_replace(table, g_memdup2(&key, sizeof(key)), GUINT_TO_POINTER(value));
        } else {
            wrong += idmap_del(&m, key) != (bool)g_hash_table_remove(table, &key);
        }
        wrong += idmap_count(&m) != g_hash_table_size(table);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(m.bits <= 14); /* as large as needed, whatever came and went */
    g_hash_table_destroy(table);
    idmap_clear(&m);
    CU_ASSERT_EQUAL(idmap_count(&m), 0);
}

void test_idmap_delete_closes_gaps(void)
{
    struct idmap m;

    idmap_init(&m);
    for (uint64_t round = 1; round <= 50000; round++) { /* only ever 5 in it: tombstones would fill it up */
        idmap_put(&m, round, (uint32_t)round);
        if (round > 5)
            CU_ASSERT_TRUE(idmap_del(&m, round - 5));
    }
    CU_ASSERT_EQUAL(idmap_count(&m), 5);
    CU_ASSERT_EQUAL(m.bits, 4);
    CU_ASSERT_EQUAL(idmap_get(&m, 50000), 50000);
    CU_ASSERT_EQUAL(idmap_get(&m, 49995), 0);
    idmap_clear(&m);
}
