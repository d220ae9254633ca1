#include "base/clock.h"
#include "base/entropy.h"
#include "fixtures/unit.h"

static struct status fill_broken(void *context, uint8_t *out, size_t len)
{
    (void)context;
    memset(out, 0x11, len / 2);
    return FAIL(ENTROPY);
}

static struct status fill_stuck(void *context, uint8_t *out, size_t len)
{
    memset(out, *(const int *)context, len);
    return OK;
}

static void a_failing_source_leaves_zeros(void **state)
{
    (void)state;
    const struct entropy broken = {NULL, fill_broken};
    uint8_t out[32];
    memset(out, 0xff, sizeof out);
    assert_status(ENTROPY, entropy_fill(&broken, out, sizeof out));
    for (size_t i = 0; i < sizeof out; i++) {
        assert_int_equal(out[i], 0);
    }
}

static void a_stuck_source_is_refused(void **state)
{
    (void)state;
    uint8_t out[32];
    for (int byte = 0; byte < 256; byte++) {
        const struct entropy stuck = {&byte, fill_stuck};
        assert_status(ENTROPY, entropy_fill(&stuck, out, 16));
        assert_int_equal(out[0], 0);
        assert_status(OK, entropy_fill(&stuck, out, 15));
    }
}

static void the_kernel_gives_different_bytes(void **state)
{
    (void)state;
    const struct entropy system = entropy_system();
    uint8_t a[32];
    uint8_t b[32];
    assert_status(OK, entropy_fill(&system, a, sizeof a));
    assert_status(OK, entropy_fill(&system, b, sizeof b));
    assert_memory_not_equal(a, b, sizeof a);
}

static void the_monotonic_clock_never_goes_back(void **state)
{
    (void)state;
    const struct clock system = clock_system();
    uint64_t last = 0;
    for (size_t i = 0; i < 1000; i++) {
        uint64_t now = clock_monotonic_ns(&system);
        assert_true(now >= last);
        last = now;
    }
    struct clock_interval wall = clock_wall(&system);
    assert_true(wall.lo_ms <= wall.hi_ms && wall.lo_ms > UINT64_C(1700000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failing_source_leaves_zeros),
        cmocka_unit_test(a_stuck_source_is_refused),
        cmocka_unit_test(the_kernel_gives_different_bytes),
        cmocka_unit_test(the_monotonic_clock_never_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
