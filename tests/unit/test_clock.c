#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"
#include "fixtures/unit.h"

enum { ASLEEP_S = 1000 };

static uint64_t read_ns(clockid_t id)
{
    struct timespec now;
    assert_int_equal(0, clock_gettime(id, &now));
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void it_is_the_clock_that_counts_sleep(void **state)
{
    (void)state;
    const struct clock clock = clock_system();
    uint64_t before_ns = read_ns(CLOCK_BOOTTIME);
    uint64_t now_ns = clock_monotonic_ns(&clock);
    assert_in_range(now_ns, before_ns, read_ns(CLOCK_BOOTTIME));
    struct clock_interval wall = clock_wall(&clock);
    assert_true(wall.lo_ms <= wall.hi_ms);
}

/* As on a machine that has slept so long. Returns: 0 if all is well there. */
static int live_after_a_sleep(void)
{
    const struct clock clock = clock_system();
    struct thread_lock lock;
    struct thread_signal signal;
    uint64_t awake_ns = read_ns(CLOCK_MONOTONIC);
    if (clock_monotonic_ns(&clock) - awake_ns < ASLEEP_S * 1000000000ul) {
        return 1;
    }
    thread_lock_init(&lock);
    thread_signal_init(&signal);
    thread_lock_take(&lock);
    struct thread_moment end = thread_in_ns(20000000);
    while (thread_wait_until(&signal, &lock, end)) {
    }
    thread_lock_give(&lock);
    thread_signal_deinit(&signal);
    thread_lock_deinit(&lock);
    uint64_t took_ns = read_ns(CLOCK_MONOTONIC) - awake_ns;
    return took_ns >= 20000000 && took_ns < ASLEEP_S * 500000000ul ? 0 : 2;
}

/* Where a process may have a time of its own, the one of its children is ahead. Returns: false
 * where it may not. */
static bool sleep_for_children(void)
{
    char text[64];
    int len = snprintf(text, sizeof text, "boottime %d 0\n", ASLEEP_S);
    if (unshare(CLONE_NEWUSER | CLONE_NEWTIME) != 0) {
        return false;
    }
    int fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
    bool is_set = fd >= 0 && write(fd, text, (size_t)len) == len;
    if (fd >= 0) {
        close(fd);
    }
    return is_set;
}

enum { NOT_ALLOWED = 77 };

static void a_machine_that_has_slept(void **state)
{
    (void)state;
    pid_t outer = fork();
    assert_true(outer >= 0);
    if (outer == 0) {
        int said = NOT_ALLOWED;
        if (sleep_for_children()) {
            pid_t inner = fork();
            if (inner == 0) {
                alarm(60);
                _exit(live_after_a_sleep());
            }
            bool has_ended = inner > 0 && waitpid(inner, &said, 0) == inner && WIFEXITED(said);
            said = has_ended ? WEXITSTATUS(said) : 3;
        }
        _exit(said);
    }
    int said = 0;
    assert_int_equal(outer, waitpid(outer, &said, 0));
    assert_true(WIFEXITED(said));
    if (WEXITSTATUS(said) == NOT_ALLOWED) {
        skip();
    }
    assert_int_equal(0, said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_clock_that_counts_sleep),
        cmocka_unit_test(a_machine_that_has_slept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
