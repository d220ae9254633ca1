#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/unit.h"
#include "node/flight_internal.h"

static struct mem mem;

/* True when the program ends at this move. */
static bool is_no_way(enum flight_state from, enum flight_state to)
{
    int how = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct flight flight = {.state = from};
        (void)close(STDERR_FILENO);
        flight_move(&flight, to);
        _exit(0);
    }
    assert_int_equal(child, waitpid(child, &how, 0));
    return WIFSIGNALED(how);
}

static int setup(void **state)
{
    (void)state;
    mem_init(&mem, (size_t)64 << 20);
    return 0;
}

/* Where a flight waits it can only go on running or be given up, and an answer is made once. */
static void it_goes_no_way_that_is_not_in_the_table(void **state)
{
    (void)state;
    static const enum flight_state waits[] = {FLIGHT_LOOKS_UP, FLIGHT_QUEUES, FLIGHT_YIELDS,
                                              FLIGHT_INTENT, FLIGHT_SETTLES};
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        for (enum flight_state to = FLIGHT_OVER; to < FLIGHT_STATES; to++) {
            assert_true(is_no_way(waits[i], to) == (to != FLIGHT_RUNS && to != FLIGHT_OVER));
        }
    }
    assert_true(is_no_way(FLIGHT_OUTCOME, FLIGHT_RUNS));
    assert_true(is_no_way(FLIGHT_RETURNS, FLIGHT_OUTCOME));
    assert_true(is_no_way(FLIGHT_OVER, FLIGHT_OVER));
}

static void lists_keep_their_order(void **state)
{
    (void)state;
    struct flight flights[3] = {{.started_ns = 1}, {.started_ns = 2}, {.started_ns = 3}};
    struct flight_list list;
    flight_list_init(&list);
    assert_null(flight_list_take(&list));
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 3; i++) {
            flight_list_put(&list, &flights[i]);
        }
        assert_int_equal(3, list.count);
        for (size_t i = 0; i < 3; i++) {
            assert_ptr_equal(&flights[i], flight_list_take(&list));
        }
        assert_int_equal(0, list.count);
    }
    flight_list_put(&list, &flights[0]);
    flight_list_put(&list, &flights[1]);
    assert_ptr_equal(&flights[0], flight_list_take_all(&list));
    assert_ptr_equal(&flights[1], flights[0].next);
    assert_int_equal(0, list.count);
    flight_list_put(&list, &flights[2]);
    assert_ptr_equal(&flights[2], flight_list_take(&list));
}

static void a_job_is_wiped_before_it_is_used_again(void **state)
{
    (void)state;
    struct flight_pool pool;
    flight_pool_init(&pool, &mem);
    struct flight *flight = flight_pool_take(&pool, NULL, NULL);
    assert_non_null(flight);
    struct job *job = flight->job;
    uint8_t *secret = arena_alloc(&job->arena, 64);
    memset(secret, 7, 64);
    memset(arena_alloc(&job->answers, 64), 7, 64);
    flight_pool_put(&pool, flight);
    assert_int_equal(1, pool.jobs_count);
    struct flight *again = flight_pool_take(&pool, NULL, NULL);
    assert_ptr_equal(flight, again);
    assert_ptr_equal(job, again->job);
    static const uint8_t zeros[64];
    assert_memory_equal(zeros, secret, 64);
    assert_memory_equal(zeros, job->answers.base, 64);
    flight_pool_put(&pool, again);
    flight_pool_deinit(&pool);
    assert_int_equal(0, mem_used(&mem));
}

static void without_memory_there_is_no_flight(void **state)
{
    (void)state;
    struct mem little;
    struct flight_pool pool;
    mem_init(&little, sizeof(struct flight) + 128);
    flight_pool_init(&pool, &little);
    assert_null(flight_pool_take(&pool, NULL, NULL));
    assert_null(flight_pool_take(&pool, NULL, NULL));
    flight_pool_deinit(&pool);
    assert_int_equal(0, mem_used(&little));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_goes_no_way_that_is_not_in_the_table, setup),
        cmocka_unit_test_setup(lists_keep_their_order, setup),
        cmocka_unit_test_setup(a_job_is_wiped_before_it_is_used_again, setup),
        cmocka_unit_test_setup(without_memory_there_is_no_flight, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
