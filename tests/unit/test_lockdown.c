#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lockdown.h"
#include "base/secret.h"
#include "fixtures/unit.h"

#include <linux/capability.h>

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
    struct status status = lockdown_apply(LOCKDOWN_TRIED, &applied);
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

/* As an ordinary user is, and root in most containers. */
static bool drop_capability(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data) != 0) {
        return false;
    }
    data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective &= ~CAP_TO_MASK(CAP_IPC_LOCK);
    return syscall(SYS_capset, &header, data) == 0 && !lockdown_memory().is_unlimited;
}

static int stay_able_to_allocate(void)
{
    struct rlimit limit = {65536, 65536};
    struct lockdown applied;
    if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0 || !drop_capability() ||
        !status_is_ok(lockdown_apply(LOCKDOWN_TRIED, &applied))) {
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
    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || !drop_capability()) {
        return 1;
    }
    struct status status = lockdown_apply(LOCKDOWN_REQUIRED, &applied);
    return status.code == STATUS_MEMORY_LOCK && applied.no_core && !applied.locked ? 0 : 2;
}

static void a_required_lock_that_is_refused_is_a_failure(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__ /* whose own mlockall does nothing and always succeeds */
    skip();
#endif
    assert_int_equal(0, exit_code_of(fail_when_refused));
}

static int say_the_limit(void)
{
    uint8_t memory[80] = {0};
    struct buf text = buf_over(memory, sizeof memory - 1);
    struct rlimit limit = {65536, 65536};
    if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0 || !drop_capability()) {
        return 1;
    }
    lockdown_put_memory(&text);
    return strcmp((char *)memory, "RLIMIT_MEMLOCK is 64 KiB, without CAP_IPC_LOCK") == 0 ? 0 : 2;
}

static void what_may_be_locked_is_said_with_its_names(void **state)
{
    (void)state;
    assert_int_equal(0, exit_code_of(say_the_limit));
}

static int stay_debuggable(void)
{
    struct lockdown applied;
    struct status status = lockdown_apply(LOCKDOWN_DEBUGGABLE, &applied);
    bool ok = status_is_ok(status) && !applied.no_core && !applied.no_trace && applied.no_setuid &&
              prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
    return ok ? 0 : 1;
}

static void only_when_asked_debuggers_are_let_in(void **state)
{
    (void)state;
    assert_int_equal(0, exit_code_of(stay_debuggable));
}

static int allocate_secrets(void)
{
    struct rlimit none = {0, 0};
    void *memory = NULL;
    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || !drop_capability()) {
        return 1;
    }
    if (secret_alloc(32, &memory).code != STATUS_MEMORY_LOCK || memory != NULL ||
        secret_is_unlocked()) {
        return 2;
    }
    secret_allow_unlocked();
    if (!status_is_ok(secret_alloc(32, &memory)) || !secret_is_unlocked()) {
        return 3;
    }
    memset(memory, 1, 32);
    secret_free(&memory, 32);
    return 0;
}

static void secrets_are_unlocked_only_where_that_is_allowed(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__ /* whose own mlock does nothing and always succeeds */
    skip();
#endif
    assert_int_equal(0, exit_code_of(allocate_secrets));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_it_the_process_leaves_no_core_and_takes_no_debugger),
        cmocka_unit_test(under_a_small_limit_nothing_is_locked_and_memory_stays_available),
        cmocka_unit_test(a_required_lock_that_is_refused_is_a_failure),
        cmocka_unit_test(what_may_be_locked_is_said_with_its_names),
        cmocka_unit_test(only_when_asked_debuggers_are_let_in),
        cmocka_unit_test(secrets_are_unlocked_only_where_that_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
