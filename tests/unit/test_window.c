#include <string.h>

#include "base/thread.h"
#include "fixtures/unit.h"
#include "sessions/window.h"

enum { CAPACITY = 64 * WINDOW_SHARDS };

static struct mem mem;
static struct window *window;
static const uint8_t alice[WINDOW_ID] = {1};
static const uint8_t bob[WINDOW_ID] = {2};

static int set_up(void **state)
{
    struct entropy entropy = entropy_system();
    (void)state;
    mem_init(&mem, (size_t)1 << 24);
    assert_status(OK, window_open(CAPACITY, &entropy, &mem, &window));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    window_close(&window);
    assert_null(window);
    assert_int_equal(0, mem_used(&mem));
    return 0;
}

static void a_counter_counts_once(void **state)
{
    (void)state;
    assert_status(OK, window_take(window, alice, 7, 0));
    assert_status(NONCE_SPENT, window_take(window, alice, 7, 0));
    assert_status(OK, window_take(window, bob, 7, 0));
    assert_status(OK, window_take(window, alice, 8, 0));
    assert_status(NONCE_SPENT, window_take(window, alice, 7, 0));
    assert_status(NONCE_SPENT, window_take(window, alice, 8, 0));
}

static void sixty_four_are_remembered(void **state)
{
    (void)state;
    assert_status(OK, window_take(window, alice, 1000, 0));
    assert_status(NONCE_INVALID, window_take(window, alice, 936, 0));
    assert_status(OK, window_take(window, alice, 937, 0));
    for (uint64_t counter = 938; counter < 1000; counter++) {
        assert_status(OK, window_take(window, alice, counter, 0));
    }
    for (uint64_t counter = 937; counter <= 1000; counter++) {
        assert_status(NONCE_SPENT, window_take(window, alice, counter, 0));
    }
    assert_status(OK, window_take(window, alice, 1001, 0));
    assert_status(NONCE_INVALID, window_take(window, alice, 937, 0));
    assert_status(NONCE_SPENT, window_take(window, alice, 938, 0));
}

static void it_jumps_and_ends(void **state)
{
    (void)state;
    assert_status(OK, window_take(window, alice, 0, 0));
    assert_status(NONCE_SPENT, window_take(window, alice, 0, 0));
    assert_status(OK, window_take(window, alice, 63, 0));
    assert_status(NONCE_SPENT, window_take(window, alice, 0, 0));
    assert_status(OK, window_take(window, alice, 64, 0));
    assert_status(NONCE_INVALID, window_take(window, alice, 0, 0));
    assert_status(OK, window_take(window, alice, 128, 0));
    assert_status(NONCE_SPENT, window_take(window, alice, 128, 0));
    assert_status(OK, window_take(window, alice, 127, 0));
    assert_status(OK, window_take(window, alice, UINT64_MAX, 0));
    assert_status(NONCE_SPENT, window_take(window, alice, UINT64_MAX, 0));
    assert_status(NONCE_INVALID, window_take(window, alice, 64, 0));
    assert_status(OK, window_take(window, alice, UINT64_MAX - 63, 0));
}

static void it_is_kept_as_long_as_a_request_can_come_again(void **state)
{
    (void)state;
    assert_status(OK, window_take(window, alice, 5, 1000));
    assert_status(NONCE_SPENT, window_take(window, alice, 5, 1000 + WINDOW_LIFE_MS));
    /* Being asked counts as being seen. */
    assert_status(NONCE_SPENT, window_take(window, alice, 5, 1000 + 2 * WINDOW_LIFE_MS));
    assert_status(OK, window_take(window, alice, 5, 1001 + 3 * WINDOW_LIFE_MS));
    /* A thread that read the clock before. */
    assert_status(NONCE_SPENT, window_take(window, alice, 5, 1000));
    assert_status(NONCE_SPENT, window_take(window, alice, 5, 1001 + 4 * WINDOW_LIFE_MS));
}

static void a_window_that_is_over_begins_anew(void **state)
{
    const uint64_t later = 1 + WINDOW_LIFE_MS;
    (void)state;
    /* Whichever of them are gone already. */
    for (uint8_t i = 0; i < 200; i++) {
        const uint8_t id[WINDOW_ID] = {9, i};
        assert_status(OK, window_take(window, id, 5, 0));
    }
    for (uint8_t i = 200; i-- > 0;) {
        const uint8_t id[WINDOW_ID] = {9, i};
        assert_status(OK, window_take(window, id, 5, later));
        assert_status(NONCE_SPENT, window_take(window, id, 5, later));
    }
}

static uint8_t *id_of(uint32_t number)
{
    static uint8_t id[WINDOW_ID];
    memset(id, 0, sizeof id);
    memcpy(id + 3, &number, sizeof number);
    return id;
}

/* So many of the first of them are in. */
static size_t fill(uint32_t from, uint32_t count, uint64_t now_ms)
{
    size_t in = 0;
    for (uint32_t i = from; i < from + count; i++) {
        struct status status = window_take(window, id_of(i), 1, now_ms);
        in += status_is_ok(status);
        assert_true(status_is_ok(status) || status.code == STATUS_OVERLOADED);
    }
    return in;
}

static void none_goes_before_its_time(void **state)
{
    (void)state;
    size_t used = mem_used(&mem);
    size_t in = fill(0, 100 * CAPACITY, 5);
    assert_int_equal(CAPACITY, in);
    size_t spent = 0;
    for (uint32_t i = 0; i < 100 * CAPACITY; i++) {
        spent += window_take(window, id_of(i), 1, 5 + WINDOW_LIFE_MS).code == STATUS_NONCE_SPENT;
    }
    assert_int_equal(CAPACITY, spent);
    /* They were seen then. When they are over there is room. */
    assert_int_equal(0, fill(1000000, 1000, 5 + 2 * WINDOW_LIFE_MS));
    assert_int_equal(CAPACITY / 2, fill(2000000, CAPACITY / 2, 6 + 2 * WINDOW_LIFE_MS));
    assert_int_equal(used, mem_used(&mem));
}

static void nothing_is_left_when_it_cannot_begin(void **state)
{
    struct entropy entropy = entropy_system();
    struct window *none = (struct window *)1;
    struct mem little;
    (void)state;
    for (size_t cap = 0; cap < 40000; cap += 500) {
        mem_init(&little, cap);
        assert_status(NO_MEMORY, window_open(CAPACITY, &entropy, &little, &none));
        assert_null(none);
        assert_int_equal(0, mem_used(&little));
    }
    window_close(&none);
}

enum { THREADS = 4, COUNTERS = 20000 };

struct counting {
    struct thread thread;
    unsigned taken;
};

static void count(void *context)
{
    struct counting *counting = context;
    for (uint64_t counter = 1; counter <= COUNTERS; counter++) {
        counting->taken += status_is_ok(window_take(window, alice, counter, 1));
    }
}

static void threads_share_what_is_spent(void **state)
{
    struct counting all[THREADS] = {0};
    unsigned taken = 0;
    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        assert_status(OK, thread_start(&all[i].thread, "counting", count, &all[i]));
    }
    for (size_t i = 0; i < THREADS; i++) {
        thread_join(&all[i].thread);
        taken += all[i].taken;
    }
    assert_in_range(taken, 1, COUNTERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_counter_counts_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sixty_four_are_remembered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_jumps_and_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_kept_as_long_as_a_request_can_come_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_window_that_is_over_begins_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(none_goes_before_its_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_left_when_it_cannot_begin, set_up, tear_down),
        cmocka_unit_test_setup_teardown(threads_share_what_is_spent, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
