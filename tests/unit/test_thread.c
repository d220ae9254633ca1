#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"
#include "fixtures/unit.h"

struct shared {
    struct thread_lock lock;
    struct thread_signal signal;
    unsigned count;
    unsigned wanted;
    sigset_t mask;
    char name[16];
};

static void enter(struct shared *shared)
{
    *shared = (struct shared){0};
    thread_lock_init(&shared->lock);
    thread_signal_init(&shared->signal);
}

static void leave(struct shared *shared)
{
    thread_signal_deinit(&shared->signal);
    thread_lock_deinit(&shared->lock);
}

static uint64_t now_ns(void)
{
    struct clock clock = clock_system();
    return clock_monotonic_ns(&clock);
}

static void look_around(void *context)
{
    struct shared *shared = context;
    pthread_sigmask(SIG_SETMASK, NULL, &shared->mask);
    pthread_getname_np(pthread_self(), shared->name, sizeof shared->name);
}

static void a_thread_blocks_all_signals_and_has_a_name(void **state)
{
    (void)state;
    struct shared shared;
    struct thread thread = {0};
    sigset_t before;
    sigset_t after;
    enter(&shared);
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_status(OK, thread_start(&thread, "fifteen letters", look_around, &shared));
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    /* The kernel fills no more of a set than it has signals. */
    for (int i = 1; i <= SIGRTMAX; i++) {
        assert_int_equal(sigismember(&before, i), sigismember(&after, i));
    }
    thread_join(&thread);
    assert_false(thread.is_started);
    assert_string_equal("fifteen letters", shared.name);
    const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        assert_true(sigismember(&shared.mask, signals[i]));
    }
    thread_join(&thread);
    leave(&shared);
}

static void count_up(void *context)
{
    struct shared *shared = context;
    for (int i = 0; i < 20000; i++) {
        thread_lock_take(&shared->lock);
        shared->count++;
        thread_lock_give(&shared->lock);
    }
}

static void a_lock_is_held_by_one(void **state)
{
    (void)state;
    struct shared shared;
    struct thread threads[4] = {{0}};
    enter(&shared);
    for (size_t i = 0; i < 4; i++) {
        assert_status(OK, thread_start(&threads[i], "count", count_up, &shared));
    }
    for (size_t i = 0; i < 4; i++) {
        thread_join(&threads[i]);
    }
    assert_int_equal(80000, shared.count);
    leave(&shared);
}

static void wait_for_wanted(void *context)
{
    struct shared *shared = context;
    thread_lock_take(&shared->lock);
    while (shared->wanted == 0) {
        thread_wait(&shared->signal, &shared->lock);
    }
    shared->count++;
    thread_lock_give(&shared->lock);
}

static void all_that_wait_are_woken(void **state)
{
    (void)state;
    struct shared shared;
    struct thread threads[4] = {{0}};
    enter(&shared);
    for (size_t i = 0; i < 4; i++) {
        assert_status(OK, thread_start(&threads[i], "wait", wait_for_wanted, &shared));
    }
    thread_lock_take(&shared.lock);
    shared.wanted = 1;
    thread_lock_give(&shared.lock);
    thread_signal_all(&shared.signal);
    for (size_t i = 0; i < 4; i++) {
        thread_join(&threads[i]);
    }
    assert_int_equal(4, shared.count);
    leave(&shared);
}

static void a_wait_ends_at_its_moment(void **state)
{
    (void)state;
    struct shared shared;
    enter(&shared);
    uint64_t start_ns = now_ns();
    struct thread_moment end = thread_in_ns(30000000);
    assert_true(end.ns >= start_ns + 30000000);
    thread_lock_take(&shared.lock);
    while (thread_wait_until(&shared.signal, &shared.lock, end)) {
    }
    thread_lock_give(&shared.lock);
    assert_true(now_ns() >= end.ns);
    /* A moment that is over ends it at once, and the lock is still held. */
    thread_lock_take(&shared.lock);
    while (thread_wait_until(&shared.signal, &shared.lock, (struct thread_moment){1})) {
    }
    thread_lock_give(&shared.lock);
    leave(&shared);
}

static void tell_in_a_while(void *context)
{
    struct shared *shared = context;
    usleep(5000);
    thread_lock_take(&shared->lock);
    shared->wanted = 1;
    thread_signal_one(&shared->signal);
    thread_lock_give(&shared->lock);
}

static void a_wait_ends_when_it_is_told(void **state)
{
    (void)state;
    struct shared shared;
    struct thread thread = {0};
    enter(&shared);
    struct thread_moment end = thread_in_ns(60000000000);
    assert_status(OK, thread_start(&thread, "tell", tell_in_a_while, &shared));
    thread_lock_take(&shared.lock);
    bool is_told = true;
    while (is_told && shared.wanted == 0) {
        is_told = thread_wait_until(&shared.signal, &shared.lock, end);
    }
    thread_lock_give(&shared.lock);
    assert_true(is_told);
    thread_join(&thread);
    leave(&shared);
}

#ifdef COFFER_CHECKED
static void expect_abort(void (*what)(struct thread_lock *lock))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct thread_lock lock;
        close(STDERR_FILENO);
        thread_lock_init(&lock);
        what(&lock);
        _exit(0);
    }
    int code = 0;
    assert_int_equal(child, waitpid(child, &code, 0));
#    ifdef __SANITIZE_THREAD__
    assert_true(WIFSIGNALED(code) || WEXITSTATUS(code) != 0); /* it may report before we do */
#    else
    assert_true(WIFSIGNALED(code));
    assert_int_equal(SIGABRT, WTERMSIG(code));
#    endif
}

static void take_twice(struct thread_lock *lock)
{
    thread_lock_take(lock);
    thread_lock_take(lock);
}

static void a_lock_used_wrongly_aborts(void **state)
{
    (void)state;
    expect_abort(take_twice);
    expect_abort(thread_lock_give);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_blocks_all_signals_and_has_a_name),
        cmocka_unit_test(a_lock_is_held_by_one),
        cmocka_unit_test(all_that_wait_are_woken),
        cmocka_unit_test(a_wait_ends_at_its_moment),
        cmocka_unit_test(a_wait_ends_when_it_is_told),
#ifdef COFFER_CHECKED
        cmocka_unit_test(a_lock_used_wrongly_aborts),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
