#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"
#include "fixtures/unit.h"

/* Where a secret stood on the stack of leave_a_secret. */
static volatile const uint8_t *left_at;

static __attribute__((noinline)) void leave_a_secret(void)
{
    SECRET32(secret);
    assert_int_equal(secret.b[0] | secret.b[31], 0);
    memset(secret.b, 0x5a, sizeof secret.b);
    left_at = secret.b;
    __asm__ volatile("" : : "r"(secret.b) : "memory");
}

/* The address sanitizer would call reading a dead frame a bug, which here it is not. */
static __attribute__((noinline, no_sanitize("address"))) unsigned count_left(void)
{
    unsigned count = 0;
    for (size_t i = 0; i < 32; i++) {
        count += left_at[i] == 0x5a;
    }
    return count;
}

static void a_secret_is_gone_when_its_scope_ends(void **state)
{
    (void)state;
    leave_a_secret();
    assert_int_equal(count_left(), 0);
}

static void wiping_nothing_is_fine(void **state)
{
    (void)state;
    secret_wipe(NULL, 0);
    void *none = NULL;
    secret_free(&none, 5);
    assert_null(none);
}

static int signal_of_touching(const volatile uint8_t *address)
{
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        (void)*address;
        _exit(0);
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    return WIFSIGNALED(result) ? WTERMSIG(result) : 0;
}

static void guarded_memory_ends_where_it_says(void **state)
{
    (void)state;
    void *memory = NULL;
    assert_status(OK, secret_alloc(5000, &memory));
    uint8_t *bytes = memory;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t i = 0; i < 5000; i++) {
        assert_int_equal(bytes[i], 0);
    }
#if !defined(__SANITIZE_ADDRESS__)
    assert_int_equal(signal_of_touching(bytes), 0);
    assert_int_equal(signal_of_touching(bytes - 1), SIGSEGV);
    assert_int_equal(signal_of_touching(bytes + 2 * page), SIGSEGV);
#else
    (void)page;
    (void)signal_of_touching;
#endif
    secret_free(&memory, 5000);
    assert_null(memory);
}

static void a_forked_child_sees_zeros(void **state)
{
    (void)state;
    unit_skip_where_emulated();
    void *memory = NULL;
    assert_status(OK, secret_alloc(32, &memory));
    uint8_t *bytes = memory;
    bytes[0] = 0x77;
    pid_t child = fork();
    if (child == 0) {
        _exit(bytes[0]);
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
    assert_int_equal(bytes[0], 0x77);
    secret_free(&memory, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_gone_when_its_scope_ends),
        cmocka_unit_test(wiping_nothing_is_fine),
        cmocka_unit_test(guarded_memory_ends_where_it_says),
        cmocka_unit_test(a_forked_child_sees_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
