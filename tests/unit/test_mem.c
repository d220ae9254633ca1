#include <pthread.h>

#include "base/mem.h"
#include "fixtures/unit.h"

static void what_goes_over_the_cap_is_refused(void **state)
{
    (void)state;
    struct mem mem;
    mem_init(&mem, 1000);
    void *a = NULL;
    void *b = &mem;
    assert_status(NO_MEMORY, mem_alloc(&mem, 1000, &b));
    assert_null(b);
    assert_status(NO_MEMORY, mem_alloc(&mem, SIZE_MAX, &b));
    assert_int_equal(mem_used(&mem), 0);
    assert_status(OK, mem_alloc(&mem, 600, &a));
    assert_status(NO_MEMORY, mem_alloc(&mem, 600, &b));
    mem_free(&mem, &a);
    assert_null(a);
    assert_int_equal(mem_used(&mem), 0);
    assert_true(mem_peak(&mem) >= 600 && mem_peak(&mem) <= 1000);
    assert_status(OK, mem_alloc(&mem, 600, &b));
    mem_free(&mem, &b);
    mem_free(&mem, &b);
}

static void blocks_start_as_zeros_and_are_aligned(void **state)
{
    (void)state;
    struct mem mem;
    mem_init(&mem, 1 << 20);
    for (size_t len = 1; len < 200; len++) {
        void *block = NULL;
        assert_status(OK, mem_alloc(&mem, len, &block));
        assert_int_equal((uintptr_t)block % 16, 0);
        for (size_t i = 0; i < len; i++) {
            assert_int_equal(((uint8_t *)block)[i], 0);
        }
        memset(block, 0xa5, len);
        mem_free(&mem, &block);
    }
    assert_int_equal(mem_used(&mem), 0);
}

static void *churn(void *context)
{
    struct mem *mem = context;
    for (size_t i = 0; i < 20000; i++) {
        void *block = NULL;
        if (status_is_ok(mem_alloc(mem, 1 + i % 300, &block))) {
            mem_free(mem, &block);
        }
    }
    return NULL;
}

static void threads_share_a_budget(void **state)
{
    (void)state;
    struct mem mem;
    mem_init(&mem, 500);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, churn, &mem), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(mem_used(&mem), 0);
    assert_true(mem_peak(&mem) <= 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_over_the_cap_is_refused),
        cmocka_unit_test(blocks_start_as_zeros_and_are_aligned),
        cmocka_unit_test(threads_share_a_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
