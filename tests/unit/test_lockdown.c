#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lockdown.h"
#include "fixtures/unit.h"

/* Each case runs in a child, because nothing of this can be undone. */
static int exit_code_of(int (*run)(void))
{
    pid_t child = fork();
    if (child == 0) {
        _exit(run());
    }
    int code = 0;
    assert_int_equal(child, waitpid(child, &code, 0));
    assert_true(WIFEXITED(code));
    return WEXITSTATUS(code);
}

static int dump_nothing(void)
{
    struct lockdown applied;
    struct status status = lockdown_apply(false, &applied);
    struct rlimit limit = {1, 1};
    bool ok = status_is_ok(status) && applied.no_core && applied.no_trace && applied.no_setuid &&
              getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0 &&
              prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
              prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    return ok ? 0 : 1;
}

static void after_it_the_process_leaves_no_core_and_takes_no_debugger(void **state)
{
    (void)state;
    assert_int_equal(0, exit_code_of(dump_nothing));
}

static int stay_able_to_allocate(void)
{
    struct rlimit limit = {65536, 65536};
    struct lockdown applied;
    if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0 || !status_is_ok(lockdown_apply(false, &applied))) {
        return 1;
    }
    void *memory = mmap(NULL, 1 << 24, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return !applied.locked && memory != MAP_FAILED ? 0 : 2;
}

static void under_a_small_limit_nothing_is_locked_and_memory_stays_available(void **state)
{
    (void)state;
    assert_int_equal(0, exit_code_of(stay_able_to_allocate));
}

static int fail_when_refused(void)
{
    struct rlimit none = {0, 0};
    struct lockdown applied;
    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0)) {
        return 1;
    }
    struct status status = lockdown_apply(true, &applied);
    return status.code == STATUS_NO_MEMORY && applied.no_core && !applied.locked ? 0 : 2;
}

static void a_required_lock_that_is_refused_is_a_failure(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__ /* whose own mlockall does nothing and always succeeds */
    skip();
#endif
    assert_int_equal(0, exit_code_of(fail_when_refused));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_it_the_process_leaves_no_core_and_takes_no_debugger),
        cmocka_unit_test(under_a_small_limit_nothing_is_locked_and_memory_stays_available),
        cmocka_unit_test(a_required_lock_that_is_refused_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
