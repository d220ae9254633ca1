#include "authenticators/oidc_cache.h"
#include "fixtures/unit.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

/* RFC 8037, appendix A.2. */
#define KEY(kid)                                                                           \
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPc" \
    "HURo\",\"kid\":\"" kid "\"}"
#define OLD  BYTES_LITERAL("{\"keys\":[" KEY("old") "]}")
#define BOTH BYTES_LITERAL("{\"keys\":[" KEY("old") "," KEY("new") "]}")
#define NEW  BYTES_LITERAL("{\"keys\":[" KEY("new") "]}")

static struct arena arena;
static struct oidc_cache cache;
static uint64_t now;

static int make_arena(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&arena, 1u << 20)) ? 0 : -1;
}

static int drop_arena(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static struct status find(const char *kid)
{
    const struct oidc_key *key;
    struct status status = oidc_cache_find(&cache, bytes_of(kid), now, &key);
    assert_true(status_is_ok(status) == (key != NULL));
    return status;
}

static struct status end(struct bytes body)
{
    arena_reset(&arena);
    return oidc_cache_fetched(&cache, body, &arena);
}

/* A fetch that takes no time. */
static void fetch(struct bytes body)
{
    assert_int_equal(0, oidc_cache_due_in(&cache, now));
    oidc_cache_sent(&cache, now);
    assert_status(OK, end(body));
}

/* At a time that is not 0: nothing may depend on where the clock starts. */
static void begin(void)
{
    oidc_cache_init(&cache);
    now = 5;
}

static void nothing_is_believed_before_the_first_fetch(void **state)
{
    (void)state;
    begin();
    assert_int_equal(0, oidc_cache_due_in(&cache, now));
    assert_status(OIDC_KEYS_STALE, find("old"));
    oidc_cache_sent(&cache, now);
    assert_true(oidc_cache_due_in(&cache, now + HOUR) == UINT64_MAX);
    assert_status(OIDC_KEYS_STALE, find("old"));
    assert_status(OK, end(OLD));
    assert_status(OK, find("old"));
}

static void keys_are_refreshed_and_replaced_whole(void **state)
{
    (void)state;
    begin();
    fetch(OLD);
    assert_int_equal(15 * MINUTE, oidc_cache_due_in(&cache, now));
    now += 15 * MINUTE - 1;
    assert_int_equal(1, oidc_cache_due_in(&cache, now));
    now += 1;
    fetch(BOTH);
    assert_status(OK, find("old"));
    assert_status(OK, find("new"));
    now += 20 * MINUTE;
    fetch(NEW);
    assert_status(AUTH_FAILED, find("old"));
    assert_status(OK, find("new"));
}

/* Also where the answer is held back: it is as old as the question. */
static void age_counts_from_sending(void **state)
{
    (void)state;
    begin();
    fetch(OLD);
    now += 15 * MINUTE;
    oidc_cache_sent(&cache, now);
    uint64_t sent = now;
    now += 5 * HOUR;
    assert_status(OK, end(NEW));
    assert_int_equal(0, oidc_cache_due_in(&cache, now));
    assert_status(OK, find("new"));
    now = sent + 6 * HOUR - 1;
    assert_status(OK, find("new"));
    now += 1;
    assert_status(OIDC_KEYS_STALE, find("new"));
    begin();
    oidc_cache_sent(&cache, now);
    now += 6 * HOUR;
    assert_status(OK, end(NEW));
    assert_status(OIDC_KEYS_STALE, find("new"));
}

/* Failures make nothing younger, and are tried again soon. */
static void keys_die_when_no_fetch_gets_through(void **state)
{
    (void)state;
    begin();
    fetch(OLD);
    uint64_t from = now;
    now += 15 * MINUTE;
    while (now - from < 6 * HOUR) {
        assert_int_equal(0, oidc_cache_due_in(&cache, now));
        oidc_cache_sent(&cache, now);
        if ((now - from) % MINUTE == 0) {
            oidc_cache_failed(&cache);
        } else {
            assert_status(OIDC_KEYS_STALE, end(BYTES_LITERAL("<html>")));
        }
        assert_status(OK, find("old"));
        assert_int_equal(30 * SECOND, oidc_cache_due_in(&cache, now));
        now += 30 * SECOND;
    }
    assert_status(OIDC_KEYS_STALE, find("old"));
    fetch(OLD);
    assert_status(OK, find("old"));
    assert_int_equal(15 * MINUTE, oidc_cache_due_in(&cache, now));
}

static void an_unknown_name_causes_one_fetch_in_a_while(void **state)
{
    (void)state;
    begin();
    fetch(OLD);
    now += 30 * SECOND - 1;
    assert_status(AUTH_FAILED, find("new"));
    assert_true(oidc_cache_due_in(&cache, now) > 14 * MINUTE);
    now += 1;
    assert_status(OIDC_KEYS_STALE, find("new"));
    assert_int_equal(0, oidc_cache_due_in(&cache, now));
    oidc_cache_sent(&cache, now);
    assert_status(OIDC_KEYS_STALE, find("new"));
    assert_status(OK, find("old"));
    assert_status(OK, end(OLD));
    for (int i = 0; i < 100; i++) {
        assert_status(AUTH_FAILED, find("new"));
    }
    assert_int_equal(15 * MINUTE, oidc_cache_due_in(&cache, now));
    now += 30 * SECOND;
    assert_status(OIDC_KEYS_STALE, find("new"));
    fetch(BOTH);
    assert_status(OK, find("new"));
    assert_int_equal(15 * MINUTE, oidc_cache_due_in(&cache, now));
}

/* Then nobody knows whether the issuer has it. */
static void an_unknown_name_after_a_failure_is_to_be_tried_again(void **state)
{
    (void)state;
    begin();
    fetch(OLD);
    now += MINUTE;
    assert_status(OIDC_KEYS_STALE, find("new"));
    oidc_cache_sent(&cache, now);
    oidc_cache_failed(&cache);
    assert_status(OIDC_KEYS_STALE, find("new"));
    assert_int_equal(30 * SECOND, oidc_cache_due_in(&cache, now));
}

static void pinned_keys_are_never_fetched_and_never_too_old(void **state)
{
    (void)state;
    begin();
    arena_reset(&arena);
    assert_status(OIDC_KEYS_STALE, oidc_cache_pin(&cache, BYTES_LITERAL("{}"), &arena));
    assert_int_equal(0, oidc_cache_due_in(&cache, now));
    assert_status(OK, oidc_cache_pin(&cache, OLD, &arena));
    assert_true(oidc_cache_due_in(&cache, now) == UINT64_MAX);
    now += 1000ull * HOUR;
    assert_status(OK, find("old"));
    assert_status(AUTH_FAILED, find("new"));
    assert_true(oidc_cache_due_in(&cache, now) == UINT64_MAX);
}

static void too_little_memory_is_a_failure_that_changes_nothing(void **state)
{
    (void)state;
    struct arena small;
    begin();
    fetch(OLD);
    now += HOUR;
    oidc_cache_sent(&cache, now);
    assert_status(OK, arena_init(&small, 4096));
    assert_status(NO_MEMORY, oidc_cache_fetched(&cache, NEW, &small));
    arena_deinit(&small);
    assert_status(OK, find("old"));
    assert_int_equal(30 * SECOND, oidc_cache_due_in(&cache, now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_believed_before_the_first_fetch),
        cmocka_unit_test(keys_are_refreshed_and_replaced_whole),
        cmocka_unit_test(age_counts_from_sending),
        cmocka_unit_test(keys_die_when_no_fetch_gets_through),
        cmocka_unit_test(an_unknown_name_causes_one_fetch_in_a_while),
        cmocka_unit_test(an_unknown_name_after_a_failure_is_to_be_tried_again),
        cmocka_unit_test(pinned_keys_are_never_fetched_and_never_too_old),
        cmocka_unit_test(too_little_memory_is_a_failure_that_changes_nothing),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
