#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "fixtures/unit.h"
#include "net/loop.h"

static struct mem memory;

static void enter(struct loop **loop)
{
    mem_init(&memory, 1 << 20);
    assert_status(OK, loop_new(&memory, loop));
}

static void leave(struct loop **loop)
{
    loop_free(loop);
    assert_null(*loop);
    loop_free(loop);
    assert_int_equal(0, mem_used(&memory));
}

/* Waits until a number is reached; a test that hangs is ended by its runner. */
static void wait_for(const _Atomic int *number, int value)
{
    while (atomic_load(number) < value) {
        usleep(500);
    }
}

struct order {
    struct loop *loop;
    _Atomic int count;
    int seen[8];
};

struct step {
    struct loop_task task;
    struct order *order;
    int number;
};

static void note(void *context)
{
    struct step *step = context;
    struct order *order = step->order;
    assert_true(loop_is_current(order->loop));
    order->seen[atomic_load(&order->count)] = step->number;
    atomic_fetch_add(&order->count, 1);
}

static void tasks_run_in_order_in_the_thread(void **state)
{
    (void)state;
    struct order order = {0};
    enter(&order.loop);
    struct step steps[4];
    for (int i = 0; i < 4; i++) {
        steps[i] = (struct step){{note, &steps[i], NULL}, &order, i};
    }
    assert_false(loop_is_current(order.loop));
    loop_post(order.loop, &steps[0].task);
    loop_post(order.loop, &steps[1].task);
    assert_int_equal(0, atomic_load(&order.count));
    assert_status(OK, loop_start(order.loop));
    wait_for(&order.count, 2);
    loop_post(order.loop, &steps[2].task);
    loop_post(order.loop, &steps[3].task);
    wait_for(&order.count, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(i, order.seen[i]);
    }
    leave(&order.loop);
}

static void posted_tasks_run_before_the_end(void **state)
{
    (void)state;
    struct order order = {0};
    enter(&order.loop);
    struct step steps[8];
    assert_status(OK, loop_start(order.loop));
    for (int i = 0; i < 8; i++) {
        steps[i] = (struct step){{note, &steps[i], NULL}, &order, i};
        loop_post(order.loop, &steps[i].task);
    }
    leave(&order.loop);
    assert_int_equal(8, atomic_load(&order.count));
}

struct commit {
    struct order order;
    struct step first;
    struct step second;
    struct step flush;
    struct step again;
};

static void defer_flush(void *context)
{
    struct commit *commit = context;
    loop_defer(commit->order.loop, &commit->flush.task);
}

static void flush_twice(void *context)
{
    struct commit *commit = context;
    note(&commit->flush);
    if (commit->again.task.run == NULL) {
        commit->again = (struct step){{note, &commit->again, NULL}, &commit->order, 9};
        loop_defer(commit->order.loop, &commit->again.task);
    }
}

/* A deferred task comes after everything that was ready, and what it defers comes as well. */
static void deferred_tasks_run_before_sleep(void **state)
{
    (void)state;
    struct commit commit = {0};
    enter(&commit.order.loop);
    struct loop_task defer = {defer_flush, &commit, NULL};
    commit.flush = (struct step){{flush_twice, &commit, NULL}, &commit.order, 5};
    commit.first = (struct step){{note, &commit.first, NULL}, &commit.order, 1};
    commit.second = (struct step){{note, &commit.second, NULL}, &commit.order, 2};
    loop_post(commit.order.loop, &commit.first.task);
    loop_post(commit.order.loop, &defer);
    loop_post(commit.order.loop, &commit.second.task);
    assert_status(OK, loop_start(commit.order.loop));
    wait_for(&commit.order.count, 4);
    const int expected[4] = {1, 2, 5, 9};
    assert_memory_equal(expected, commit.order.seen, sizeof expected);
    leave(&commit.order.loop);
}

struct ticks {
    struct loop *loop;
    struct loop_timer *timer;
    struct loop_task task;
    _Atomic int count;
    uint64_t started_ms;
    uint64_t first_ms;
    bool is_single;
};

static void start_timer(void *context)
{
    struct ticks *ticks = context;
    ticks->started_ms = loop_now_ms(ticks->loop);
    loop_timer_start(ticks->timer, 1000000, 0);
    loop_timer_start(ticks->timer, 20, ticks->is_single ? 0 : 1);
}

static void tick(void *context)
{
    struct ticks *ticks = context;
    if (atomic_load(&ticks->count) == 0) {
        ticks->first_ms = loop_now_ms(ticks->loop);
    }
    if (atomic_fetch_add(&ticks->count, 1) == 4) {
        loop_timer_stop(ticks->timer);
    }
}

static void timers_fire_once_or_repeatedly(void **state)
{
    (void)state;
    for (int single = 0; single < 2; single++) {
        struct ticks ticks = {.is_single = single == 1};
        enter(&ticks.loop);
        ticks.task = (struct loop_task){start_timer, &ticks, NULL};
        assert_status(OK, loop_timer_new(ticks.loop, tick, &ticks, &ticks.timer));
        loop_post(ticks.loop, &ticks.task);
        assert_status(OK, loop_start(ticks.loop));
        wait_for(&ticks.count, single ? 1 : 5);
        usleep(20000);
        assert_int_equal(single ? 1 : 5, atomic_load(&ticks.count));
        assert_true(ticks.first_ms - ticks.started_ms >= 20);
        leave(&ticks.loop);
    }
}

struct mask {
    struct loop_task task;
    _Atomic int done;
    bool is_blocked;
};

static void look_at_signals(void *context)
{
    struct mask *mask = context;
    sigset_t set;
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    mask->is_blocked = sigismember(&set, SIGTERM) == 1 && sigismember(&set, SIGINT) == 1;
    atomic_store(&mask->done, 1);
}

static void signals_stay_out_of_the_thread(void **state)
{
    (void)state;
    struct loop *loop = NULL;
    enter(&loop);
    struct mask mask = {.task = {look_at_signals, &mask, NULL}};
    assert_status(OK, loop_start(loop));
    loop_post(loop, &mask.task);
    wait_for(&mask.done, 1);
    assert_true(mask.is_blocked);
    sigset_t set;
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    assert_int_equal(0, sigismember(&set, SIGTERM));
    leave(&loop);
}

static void no_memory_is_a_failure(void **state)
{
    (void)state;
    struct loop *loop = (struct loop *)&memory;
    mem_init(&memory, 64);
    assert_status(NO_MEMORY, loop_new(&memory, &loop));
    assert_null(loop);
    assert_int_equal(0, mem_used(&memory));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_run_in_order_in_the_thread),
        cmocka_unit_test(posted_tasks_run_before_the_end),
        cmocka_unit_test(deferred_tasks_run_before_sleep),
        cmocka_unit_test(timers_fire_once_or_repeatedly),
        cmocka_unit_test(signals_stay_out_of_the_thread),
        cmocka_unit_test(no_memory_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
