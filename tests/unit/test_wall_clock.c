#include "base/wall_clock.h"
#include "fixtures/unit.h"

enum { MINUTE_MS = 60000, HOUR_MS = 3600000 };

static const uint64_t start_ms = 1700000000000;

/* What the machine's clocks say. */
static struct {
    uint64_t tick_ms;
    uint64_t host_ms;
} machine;
static struct wall_clock wall;
static struct clock port;

static uint64_t tell_tick(void *context)
{
    (void)context;
    return machine.tick_ms * 1000000;
}

static struct clock_interval tell_host(void *context)
{
    (void)context;
    return (struct clock_interval){machine.host_ms, machine.host_ms};
}

static int start(void **state)
{
    const struct clock clock = {NULL, tell_tick, tell_host};
    (void)state;
    machine.tick_ms = 5000;
    machine.host_ms = start_ms;
    wall_clock_init(&wall, &clock);
    port = wall_clock_port(&wall);
    return 0;
}

static void pass(uint64_t ms)
{
    machine.tick_ms += ms;
    machine.host_ms += ms;
}

#define assert_bounds(lo, hi)                             \
    do {                                                  \
        struct clock_interval bounds = clock_wall(&port); \
        assert_int_equal(bounds.lo_ms, lo);               \
        assert_int_equal(bounds.hi_ms, hi);               \
    } while (0)

static void assert_behind(uint64_t by_ms)
{
    struct wall_clock_health health = wall_clock_health(&wall);
    struct clock_interval now = clock_wall(&port);
    assert_true(health.now.lo_ms == now.lo_ms && health.now.hi_ms == now.hi_ms);
    assert_int_equal(health.behind_ms, by_ms);
    assert_true(health.is_behind == (by_ms > WALL_CLOCK_BEHIND_MS));
}

/* --- the host's clock alone ------------------------------------------------------------------- */

static void it_is_the_hosts_time(void **state)
{
    (void)state;
    assert_bounds(start_ms, start_ms);
    pass(MINUTE_MS);
    assert_bounds(start_ms + MINUTE_MS, start_ms + MINUTE_MS);
    assert_int_equal(clock_monotonic_ms(&port), machine.tick_ms);
    assert_behind(0);
}

static void a_host_that_goes_back_brings_nothing_to_life(void **state)
{
    (void)state;
    assert_bounds(start_ms, start_ms);
    machine.host_ms -= HOUR_MS;
    assert_bounds(start_ms - HOUR_MS, start_ms);
    assert_behind(HOUR_MS);
    pass(MINUTE_MS);
    assert_bounds(start_ms - HOUR_MS + MINUTE_MS, start_ms);
    assert_behind(HOUR_MS - MINUTE_MS);
    machine.host_ms = start_ms + 1;
    assert_bounds(start_ms + 1, start_ms + 1);
    assert_behind(0);
}

static void a_second_to_leap_is_no_fault(void **state)
{
    (void)state;
    assert_bounds(start_ms, start_ms);
    machine.host_ms -= WALL_CLOCK_BEHIND_MS;
    assert_bounds(start_ms - WALL_CLOCK_BEHIND_MS, start_ms);
    assert_behind(WALL_CLOCK_BEHIND_MS);
    machine.host_ms -= 1;
    assert_behind(WALL_CLOCK_BEHIND_MS + 1);
}

static void a_host_that_goes_ahead_is_followed_and_stays(void **state)
{
    (void)state;
    assert_bounds(start_ms, start_ms);
    machine.host_ms += HOUR_MS;
    assert_bounds(start_ms + HOUR_MS, start_ms + HOUR_MS);
    assert_behind(0);
    machine.host_ms -= HOUR_MS;
    assert_bounds(start_ms, start_ms + HOUR_MS);
    assert_behind(HOUR_MS);
}

static void a_host_that_jumps_never_takes_hi_back(void **state)
{
    (void)state;
    uint64_t random = 1;
    uint64_t most_ms = 0;
    for (unsigned i = 0; i < 10000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        machine.host_ms = start_ms + (random >> 40);
        machine.tick_ms += 1;
        struct clock_interval now = clock_wall(&port);
        most_ms = machine.host_ms > most_ms ? machine.host_ms : most_ms;
        assert_true(now.lo_ms == machine.host_ms && now.hi_ms == most_ms);
    }
}

/* The clock that counts sleep goes on, and so does the host's. */
static void a_machine_that_slept(void **state)
{
    (void)state;
    assert_true(wall_clock_attested(&wall, 5000, 5000, start_ms));
    pass(8ul * HOUR_MS);
    struct clock_interval now = clock_wall(&port);
    assert_true(now.lo_ms <= machine.host_ms && machine.host_ms <= now.hi_ms);
    assert_int_equal(now.hi_ms - now.lo_ms, 1 + 2 * (8 * HOUR_MS / WALL_CLOCK_DRIFT));
    assert_behind(0);
}

/* --- blocks ----------------------------------------------------------------------------------- */

static void a_block_is_past(void **state)
{
    (void)state;
    uint64_t block_s = start_ms / 1000 + 90;
    wall_clock_block(&wall, block_s);
    assert_bounds(start_ms, start_ms + 90000 - WALL_CLOCK_BLOCK_MS);
    assert_behind(90000 - WALL_CLOCK_BLOCK_MS);
    wall_clock_block(&wall, block_s - 50);
    assert_bounds(start_ms, start_ms + 90000 - WALL_CLOCK_BLOCK_MS);
    pass(MINUTE_MS);
    assert_bounds(start_ms + MINUTE_MS, start_ms + MINUTE_MS);
}

static void a_chain_that_is_a_little_ahead_is_nothing(void **state)
{
    (void)state;
    wall_clock_block(&wall, start_ms / 1000 + WALL_CLOCK_BLOCK_MS / 1000);
    assert_bounds(start_ms, start_ms);
    wall_clock_block(&wall, 0);
    wall_clock_block(&wall, WALL_CLOCK_BLOCK_MS / 1000 - 1);
    assert_bounds(start_ms, start_ms);
}

/* hi - lo is what who looks at both ends sees, and lo is nobody's but the clock's. */
static void a_block_of_any_time_makes_nothing_valid(void **state)
{
    (void)state;
    static const uint64_t times_s[] = {4000000000, 1ul << 50, UINT64_MAX / 1000, UINT64_MAX};
    uint64_t before_ms = 0;
    for (size_t i = 0; i < sizeof times_s / sizeof times_s[0]; i++) {
        wall_clock_block(&wall, times_s[i]);
        struct clock_interval now = clock_wall(&port);
        assert_true(now.lo_ms == start_ms && now.hi_ms >= before_ms && now.hi_ms <= 1ul << 53);
        before_ms = now.hi_ms;
    }
}

/* --- attestations ----------------------------------------------------------------------------- */

static void an_attestation_takes_the_hosts_place(void **state)
{
    (void)state;
    machine.host_ms = start_ms + HOUR_MS;
    assert_bounds(start_ms + HOUR_MS, start_ms + HOUR_MS);
    machine.tick_ms = 5040;
    assert_true(wall_clock_attested(&wall, 5000, 5040, start_ms));
    assert_bounds(start_ms, start_ms + 41);
    machine.tick_ms += 10000;
    machine.host_ms = 0;
    assert_bounds(start_ms + 10000 - 2, start_ms + 10041 + 2);
    assert_behind(0);
    struct wall_clock_health health = wall_clock_health(&wall);
    assert_true(health.is_attested);
    assert_int_equal(health.host_off_ms, -(int64_t)(start_ms + 10000 - 2));
    machine.host_ms = start_ms + 10043 + 7;
    assert_int_equal(wall_clock_health(&wall).host_off_ms, 7);
    machine.host_ms = start_ms + 10000;
    assert_int_equal(wall_clock_health(&wall).host_off_ms, 0);
}

static void the_next_one_makes_it_narrow(void **state)
{
    (void)state;
    assert_true(wall_clock_attested(&wall, 5000, 5000, start_ms));
    pass(HOUR_MS);
    assert_bounds(start_ms + HOUR_MS - 720, start_ms + 1 + HOUR_MS + 720);
    assert_true(
        wall_clock_attested(&wall, machine.tick_ms - 100, machine.tick_ms, machine.host_ms - 50));
    assert_bounds(machine.host_ms - 50, machine.host_ms + 51);
    assert_true(
        wall_clock_attested(&wall, machine.tick_ms - 5000, machine.tick_ms, machine.host_ms - 900));
    assert_bounds(machine.host_ms - 50, machine.host_ms + 51);
}

static void one_that_took_too_long_says_nothing(void **state)
{
    (void)state;
    assert_false(wall_clock_attested(&wall, 5000, 5000 + WALL_CLOCK_ANSWER_MS + 1, 1));
    assert_false(wall_clock_attested(&wall, 5001, 5000, 1));
    assert_false(wall_clock_health(&wall).is_attested);
    assert_bounds(start_ms, start_ms);
}

/* As when a host has paused the whole enclave: the next one is right. */
static void a_monotonic_clock_that_stood_still_is_set_right(void **state)
{
    (void)state;
    assert_true(wall_clock_attested(&wall, 5000, 5000, start_ms));
    wall_clock_block(&wall, (start_ms + HOUR_MS) / 1000);
    assert_bounds(start_ms, start_ms + HOUR_MS - WALL_CLOCK_BLOCK_MS);
    assert_behind(HOUR_MS - WALL_CLOCK_BLOCK_MS - 1);
    assert_true(wall_clock_attested(&wall, 5000, 5000, start_ms + HOUR_MS));
    assert_bounds(start_ms + HOUR_MS, start_ms + HOUR_MS + 1);
    assert_behind(0);
}

static void a_module_that_goes_back_brings_nothing_to_life(void **state)
{
    (void)state;
    assert_true(wall_clock_attested(&wall, 5000, 5000, start_ms));
    assert_true(wall_clock_attested(&wall, 5000, 5000, start_ms - HOUR_MS));
    assert_bounds(start_ms - HOUR_MS, start_ms);
    assert_behind(HOUR_MS - 1);
}

static uint64_t draw(uint64_t *random, uint64_t below)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return (*random >> 33) % below;
}

/* A host that says anything, blocks that are a little ahead, a monotonic clock that is a little
 * fast or slow: the time is between the bounds, and hi goes back by no more than it was wide. */
static void the_time_is_between_the_bounds(void **state)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        uint64_t random = seed;
        uint64_t now_ms = start_ms;
        uint64_t ticks_us = 5000000;
        struct clock_interval last = {0, 0};
        uint64_t rate = 1000000 + draw(&random, 301) - 150;
        (void)start(state);
        assert_true(wall_clock_attested(&wall, 5000, 5000, now_ms));
        for (unsigned i = 0; i < 300; i++) {
            uint64_t step_ms = draw(&random, draw(&random, 10) == 0 ? HOUR_MS : 1000);
            uint64_t asked_ms = machine.tick_ms;
            now_ms += step_ms;
            ticks_us += step_ms * rate / 1000;
            machine.tick_ms = ticks_us / 1000;
            machine.host_ms = draw(&random, 2 * start_ms / 1000) * 1000;
            if (draw(&random, 4) == 0) {
                (void)wall_clock_attested(&wall, asked_ms, machine.tick_ms,
                                          now_ms - draw(&random, step_ms + 1));
            }
            if (draw(&random, 4) == 0) {
                wall_clock_block(&wall, (now_ms + draw(&random, WALL_CLOCK_BLOCK_MS)) / 1000);
            }
            struct clock_interval at = clock_wall(&port);
            assert_true(at.lo_ms <= now_ms && now_ms <= at.hi_ms);
            assert_true(at.hi_ms >= last.lo_ms);
            assert_false(wall_clock_health(&wall).is_behind);
            last = at;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_is_the_hosts_time, start),
        cmocka_unit_test_setup(a_host_that_goes_back_brings_nothing_to_life, start),
        cmocka_unit_test_setup(a_second_to_leap_is_no_fault, start),
        cmocka_unit_test_setup(a_host_that_goes_ahead_is_followed_and_stays, start),
        cmocka_unit_test_setup(a_host_that_jumps_never_takes_hi_back, start),
        cmocka_unit_test_setup(a_machine_that_slept, start),
        cmocka_unit_test_setup(a_block_is_past, start),
        cmocka_unit_test_setup(a_chain_that_is_a_little_ahead_is_nothing, start),
        cmocka_unit_test_setup(a_block_of_any_time_makes_nothing_valid, start),
        cmocka_unit_test_setup(an_attestation_takes_the_hosts_place, start),
        cmocka_unit_test_setup(the_next_one_makes_it_narrow, start),
        cmocka_unit_test_setup(one_that_took_too_long_says_nothing, start),
        cmocka_unit_test_setup(a_monotonic_clock_that_stood_still_is_set_right, start),
        cmocka_unit_test_setup(a_module_that_goes_back_brings_nothing_to_life, start),
        cmocka_unit_test_setup(the_time_is_between_the_bounds, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
