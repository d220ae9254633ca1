/* What opening a cache takes, and what it can fail about. */
#include "fixtures/unit.h"
#include "keys/cache/key_cache.h"

static struct mem mem;
static struct entropy entropy;

static int make_mem(void **state)
{
    (void)state;
    mem_init(&mem, (size_t)64 << 20);
    entropy = entropy_system();
    return 0;
}

static void memory_that_cannot_be_had_is_an_error(void **state)
{
    (void)state;
    struct mem small;
    mem_init(&small, 8192);
    struct key_cache *cache;
    assert_status(NO_MEMORY, key_cache_open(1000, &small, &entropy, &cache));
    assert_null(cache);
    assert_int_equal(0, mem_used(&small));
}

/* What is said to fit does, and not much more would. */
static void as_many_entries_as_fit(void **state)
{
    (void)state;
    for (size_t all = 64000; all < 64u << 20; all = 2 * all + 1) {
        struct mem given;
        struct key_cache *cache;
        mem_init(&given, all);
        size_t entries = key_cache_entries_for(all, UINT64_MAX);
        assert_status(OK, key_cache_open(entries, &given, &entropy, &cache));
        assert_true(mem_used(&given) > all - all / 8);
        key_cache_close(&cache);
    }
    assert_int_equal(1, key_cache_entries_for(0, UINT64_MAX));
    assert_int_equal(1, key_cache_entries_for(UINT64_MAX, 31));
    assert_int_equal(65536, key_cache_entries_for(UINT64_MAX, 65536 * sizeof(struct stark_key)));
    assert_int_equal(KEY_CACHE_ENTRIES_MAX, key_cache_entries_for(UINT64_MAX, UINT64_MAX));
}

static struct status no_entropy(void *context, uint8_t *out, size_t len)
{
    (void)context;
    memset(out, 0, len);
    return FAIL(ENTROPY);
}

static void no_cache_without_entropy(void **state)
{
    (void)state;
    struct entropy none = {NULL, no_entropy};
    struct key_cache *cache;
    assert_status(ENTROPY, key_cache_open(10, &mem, &none, &cache));
    assert_null(cache);
    assert_int_equal(0, mem_used(&mem));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_cannot_be_had_is_an_error),
        cmocka_unit_test(as_many_entries_as_fit),
        cmocka_unit_test(no_cache_without_entropy),
    };
    return cmocka_run_group_tests(tests, make_mem, NULL);
}
