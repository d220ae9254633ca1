#include <stdio.h>

#include "base/limits.h"
#include "fixtures/unit.h"
#include "sessions/login_limits.h"

static const uint8_t tenant[AUTH_TEXT_HASH] = {1};
static const uint8_t other_tenant[AUTH_TEXT_HASH] = {2};
static const uint64_t second = 1000000000;

static struct mem mem;
static struct login_limits *limits;
static struct login_limits_who who;

static int set_up(void **state)
{
    struct entropy entropy = entropy_system();
    (void)state;
    mem_init(&mem, (size_t)1 << 24);
    assert_status(OK, login_limits_open(&mem, &entropy, &limits));
    who = (struct login_limits_who){tenant, BYTES_LITERAL("alice"), BYTES_LITERAL("192.0.2.1")};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    login_limits_close(&limits);
    assert_null(limits);
    assert_int_equal(0, mem_used(&mem));
    return 0;
}

static unsigned take(enum login_limits_kind kind, unsigned tries, uint64_t now_ns)
{
    unsigned taken = 0;
    for (unsigned i = 0; i < tries; i++) {
        taken += login_limits_take(limits, kind, &who, now_ns) == 0;
    }
    return taken;
}

static void a_user_has_some(void **state)
{
    (void)state;
    assert_int_equal(LIMIT_LOGIN_USER_BURST, take(LOGIN_LIMITS_TRY, 1000, second));
    uint64_t wait_ns = login_limits_take(limits, LOGIN_LIMITS_TRY, &who, second);
    assert_in_range(wait_ns, 1, second);
    /* Others have theirs, at other addresses, in other tenants, and of the other kind. */
    assert_int_equal(1, take(LOGIN_LIMITS_CHALLENGE, 1, second));
    who.user = BYTES_LITERAL("bob");
    assert_int_equal(1, take(LOGIN_LIMITS_TRY, 1, second));
    who.user = BYTES_LITERAL("alice");
    who.tenant = other_tenant;
    assert_int_equal(1, take(LOGIN_LIMITS_TRY, 1, second));
    who.tenant = tenant;
    who.address = BYTES_LITERAL("192.0.2.2");
    assert_int_equal(1, take(LOGIN_LIMITS_TRY, 1, second));
    who.address = BYTES_LITERAL("192.0.2.1");
    assert_int_equal(0, take(LOGIN_LIMITS_TRY, 1, second));
    assert_int_equal(LIMIT_LOGIN_USER, take(LOGIN_LIMITS_TRY, 1000, 2 * second));
}

/* Other names at one address, so many that the table holds few of them. */
static unsigned take_names(unsigned tries, uint64_t now_ns)
{
    char name[16];
    unsigned taken = 0;
    for (unsigned i = 0; i < tries; i++) {
        snprintf(name, sizeof name, "user-%u", i);
        who.user = bytes_of(name);
        taken += login_limits_take(limits, LOGIN_LIMITS_TRY, &who, now_ns) == 0;
    }
    return taken;
}

static void addresses_that_one_has_are_one(void **state)
{
    (void)state;
    who.address = BYTES_LITERAL("2001:db8::1");
    assert_int_equal(LIMIT_LOGIN_USER_BURST, take(LOGIN_LIMITS_TRY, 1000, second));
    who.address = BYTES_LITERAL("2001:db8::2");
    assert_int_equal(0, take(LOGIN_LIMITS_TRY, 1, second));
    who.address = BYTES_LITERAL("192.0.2.1:1024");
    assert_int_equal(LIMIT_LOGIN_USER_BURST, take(LOGIN_LIMITS_TRY, 1000, second));
    who.address = BYTES_LITERAL("192.0.2.1:1025");
    assert_int_equal(0, take(LOGIN_LIMITS_TRY, 1, second));
    login_limits_failed(limits, &who, second);
    who.address = BYTES_LITERAL("192.0.2.1");
    assert_int_equal(0, take(LOGIN_LIMITS_TRY, 1, 2 * second));
}

static void an_address_has_some_whatever_it_names(void **state)
{
    (void)state;
    assert_int_equal(LIMIT_LOGIN_ADDRESS_BURST, take_names(100000, second));
    assert_int_equal(LIMIT_LOGIN_ADDRESS, take_names(1000, 2 * second));
}

static void all_together_have_some(void **state)
{
    size_t used = mem_used(&mem);
    (void)state;
    who.address = (struct bytes){NULL, 0};
    assert_int_equal(LIMIT_LOGIN_ALL_BURST, take_names(1000000, second));
    assert_int_equal(LIMIT_LOGIN_ALL, take_names(10000, 2 * second));
    assert_int_equal(used, mem_used(&mem));
}

static void what_failed_counts_more(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(1, take(LOGIN_LIMITS_TRY, 1, second));
        login_limits_failed(limits, &who, second);
    }
    assert_int_equal(0, take(LOGIN_LIMITS_TRY, 1, second));
    assert_int_equal(1, take(LOGIN_LIMITS_CHALLENGE, 1, second));
    /* It was the address as well. */
    assert_int_equal(LIMIT_LOGIN_ADDRESS_BURST - 5 * (1 + LIMIT_LOGIN_FAILED),
                     take_names(1000, second));
}

/* Whoever names a user from nowhere must not shut the user out by it. */
static void a_failure_from_nowhere_is_not_the_users(void **state)
{
    (void)state;
    who.address = (struct bytes){NULL, 0};
    for (unsigned i = 0; i < 1000; i++) {
        login_limits_failed(limits, &who, second);
    }
    assert_int_equal(LIMIT_LOGIN_USER_BURST, take(LOGIN_LIMITS_TRY, 100, second));
}

static void nothing_is_left_when_it_cannot_begin(void **state)
{
    struct entropy entropy = entropy_system();
    struct login_limits *none = NULL;
    struct mem little;
    (void)state;
    for (size_t cap = 0; cap < 2000000; cap += 250000) {
        mem_init(&little, cap);
        assert_status(NO_MEMORY, login_limits_open(&little, &entropy, &none));
        assert_null(none);
        assert_int_equal(0, mem_used(&little));
    }
    login_limits_close(&none);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_user_has_some),
        TEST(addresses_that_one_has_are_one),
        TEST(an_address_has_some_whatever_it_names),
        TEST(all_together_have_some),
        TEST(what_failed_counts_more),
        TEST(a_failure_from_nowhere_is_not_the_users),
        TEST(nothing_is_left_when_it_cannot_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
