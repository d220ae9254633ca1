/* What gives way in one store when room is needed, and what does not. */
#include "fixtures/store_one.h"

static void too_many_tombstones_leave_a_floor(void **state)
{
    (void)state;
    char key[16];
    for (unsigned i = 0; i < 10; i++) {
        snprintf(key, sizeof key, "k%u", i);
        now_ms = NOW + i * 10;
        assert_status(OK, put(0, key, "v"));
        assert_status(OK, drop(0, key));
    }
    assert_int_equal(8, kv_stats(kv).dead);
    assert_int_equal(2, kv_stats(kv).early_ends);
    assert_int_equal(NOW + 11, kv_space_find(kv, keys[0].tenant)->floor.updated_at_ms);
    /* What the floor has passed was met here, and is gone. */
    uint8_t memory[8];
    struct buf value = buf_over(memory, sizeof memory);
    struct kv_at where = at(0);
    struct kv_read read = {.key = BYTES_LITERAL("k0"), .has_since = true};
    read.since.updated_at_ms = NOW + 11;
    assert_status(VALUE_NOT_FOUND, kv_get(kv, &where, &read, &value, NULL));
    read.since.updated_at_ms = NOW + 12;
    assert_status(VERSION_BEHIND, kv_get(kv, &where, &read, &value, NULL));
    now_ms = NOW; /* a new write comes after the floor even if the clock does not */
    assert_status(OK, put(0, "k0", "v"));
    assert_int_equal(NOW + 12, peek(0, "k0").updated_at_ms);
}

static void the_dead_take_a_quarter_at_most(void **state)
{
    (void)state;
    char key[LIMIT_KV_KEY + 1];
    memset(key, 'k', sizeof key);
    key[LIMIT_KV_KEY] = 0;
    for (unsigned i = 0; i < 6; i++) {
        key[0] = (char)('a' + i);
        assert_status(OK, put(0, key, "v"));
        assert_status(OK, drop(0, key));
    }
    assert_int_equal(3, kv_stats(kv).dead);
    assert_true(kv_space_find(kv, keys[0].tenant)->grave_bytes <= 5000);
}

static void the_least_recently_used_goes_first(void **state)
{
    (void)state;
    char key[16];
    for (unsigned i = 0; i < 9; i++) {
        snprintf(key, sizeof key, "k%u", i);
        assert_status(OK, put_len(0, key, 1800));
    }
    assert_int_equal(0, kv_stats(kv).evictions);
    assert_status(OK, put_len(0, "k1", 1800)); /* written */
    assert_status(BUFFER_FULL, get(0, "k2", NULL));
    list(0, "", 9, "k0 k1 k2 k3 k4 k5 k6 k7 k8 "); /* a list uses nothing */
    assert_status(OK, put(0, "small", "x"));
    assert_status(OK, get_any(0, "k0")); /* read */
    assert_status(OK, put_len(0, "n", 5200));
    list(0, "", 9, "k0 k1 k5 k6 k7 k8 n small ");
    assert_int_equal(3, kv_stats(kv).evictions);
    assert_status(VALUE_NOT_FOUND, get(0, "k2", NULL));
}

static void what_expired_goes_before_what_lives(void **state)
{
    (void)state;
    struct record record;
    assert_status(OK, put_len(0, "live", 6000));
    assert_status(OK, put_ttl(0, "brief", "v", 10));
    static char value[6001];
    memset(value, 'x', 6000);
    assert_status(OK, put_ttl(0, "dead", value, 20));
    now_ms += 30;
    assert_status(OK, put_len(0, "n", 6000));
    assert_true(kv_peek(kv, keys[0].tenant, BYTES_LITERAL("dead"), &record));
    assert_status(OK, put_len(0, "m", 6000));
    assert_int_equal(0, kv_stats(kv).evictions);
    assert_false(kv_peek(kv, keys[0].tenant, BYTES_LITERAL("dead"), &record));
    list(0, "", 9, "live m n ");
    assert_int_equal(2, kv_stats(kv).dead); /* times and clocks remain */
    /* What remains still counts for the next write's time, and ends with its retention. */
    now_ms = NOW;
    assert_status(OK, put(0, "dead", "v"));
    assert_int_equal(NOW + 1, peek(0, "dead").updated_at_ms);
    kv_tick(kv, NOW + 10 + 1000, 9);
    assert_int_equal(0, kv_stats(kv).dead);
}

static void all_apps_together_take_from_the_largest(void **state)
{
    (void)state;
    assert_status(OK, put_len(0, "old", 9000));
    assert_status(OK, put_len(1, "a", 9000));
    assert_status(OK, put_len(1, "b", 9000));
    assert_status(OK, put_len(0, "small", 100));
    assert_status(OK, put_len(2, "c", 9500));
    assert_status(OK, put_len(2, "d", 9500));
    assert_int_equal(0, kv_stats(kv).evictions);
    assert_status(OK, put_len(0, "more", 4000));
    /* The third app had most; the oldest record of all is not touched. */
    assert_false(is_there(2, "c"));
    assert_true(is_there(0, "old") && is_there(0, "more") && is_there(1, "a") && is_there(2, "d"));
    assert_int_equal(1, kv_stats(kv).evictions);
}

static void a_write_that_evicts_keeps_itself(void **state)
{
    (void)state;
    assert_status(OK, put(0, "a", "v"));
    assert_status(OK, put_len(0, "k", 10000));
    assert_status(OK, put_len(0, "k", 19000)); /* in its own place */
    assert_true(is_there(0, "k") && is_there(0, "a"));
    assert_status(OK, put_len(0, "n", 19000));
    assert_true(is_there(0, "n") && !is_there(0, "k"));
    assert_status(VALUE_QUOTA, put_len(0, "n", 19900));
    assert_int_equal(19000 + VALUE_SEAL_OVERHEAD, peek(0, "n").blob.len);
}

static void the_system_is_never_evicted_and_has_a_cap(void **state)
{
    (void)state;
    assert_status(OK, put_len(3, "a", 4000));
    assert_status(OK, put_len(3, "b", 4000));
    assert_status(VALUE_QUOTA, put_len(3, "c", 4000));
    assert_status(OK, put_len(3, "b", 4500));
    assert_status(VALUE_QUOTA, put_len(3, "b", 6500));
    for (unsigned i = 0; i < 8; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%u", i);
        assert_status(OK, put_len(i % 3, key, 15000));
    }
    assert_true(is_there(3, "a") && is_there(3, "b"));
    assert_int_equal(4500 + VALUE_SEAL_OVERHEAD, peek(3, "b").blob.len);
    assert_status(OK, drop(3, "a"));
    assert_status(OK, put_len(3, "c", 3000));
}

/* A value of len bytes that may not give way. */
static struct status keep_len(unsigned space, const char *key, size_t len)
{
    static uint8_t value[LIMIT_KV_VALUE];
    struct kv_at where = at(space);
    struct kv_write write = write_of(key, "");
    write.value = (struct bytes){value, len};
    write.evictable = false;
    return kv_put(kv, &where, &write, NULL);
}

static void what_is_kept_never_gives_way(void **state)
{
    (void)state;
    assert_status(OK, keep_len(0, "wallet", 100)); /* the least recently used of all */
    assert_status(OK, keep_len(0, "more", 9000));
    for (unsigned i = 0; i < 20; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%u", i);
        assert_status(OK, put_len(0, key, 3000));
        assert_true(is_there(0, "wallet") && is_there(0, "more") && is_there(0, key));
    }
    assert_true(kv_stats(kv).evictions >= 17);
    /* What cannot fit beside it is refused, and changes nothing. */
    uint64_t seq = kv_seq(kv);
    assert_status(VALUE_QUOTA, keep_len(0, "third", 9500));
    assert_status(VALUE_QUOTA, put_len(0, "k", 10500));
    assert_int_equal(seq, kv_seq(kv));
    assert_true(is_there(0, "k19"));
    struct kv_usage usage = kv_usage(kv, keys[0].tenant);
    assert_int_equal(2, usage.kept_values);
    assert_true(usage.kept_bytes > 9100 && usage.kept_bytes < 9900);
    assert_true(usage.bytes <= usage.limit_bytes && usage.values > 2);
    /* Written again it may give way. */
    assert_status(OK, put_len(0, "more", 9000));
    assert_status(OK, keep_len(0, "third", 9500));
    assert_true(is_there(0, "wallet") && is_there(0, "third"));
    /* When it has expired it is kept no more. */
    struct kv_at where = at(0);
    struct kv_write brief = write_of("wallet", "v");
    brief.evictable = false;
    brief.ttl_ms = 10;
    assert_status(OK, kv_put(kv, &where, &brief, NULL));
    now_ms += 12;
    kv_tick(kv, now_ms, 9);
    assert_int_equal(1, kv_usage(kv, keys[0].tenant).kept_values);
}

static void there_is_always_room_to_delete(void **state)
{
    (void)state;
    char key[16];
    unsigned count = 0;
    do {
        snprintf(key, sizeof key, "k%u", count++);
    } while (status_is_ok(keep_len(0, key, 0)));
    struct kv_usage usage = kv_usage(kv, keys[0].tenant);
    assert_true(usage.limit_kept_bytes - usage.kept_bytes < 1000);
    assert_int_equal(count - 1, usage.kept_values);
    assert_status(VALUE_NOT_FOUND, drop(0, "other"));
    for (unsigned i = 0; i < count - 1; i++) {
        snprintf(key, sizeof key, "k%u", i);
        assert_status(OK, drop(0, key));
    }
    assert_int_equal(0, kv_usage(kv, keys[0].tenant).kept_bytes);
    assert_status(OK, keep_len(0, "k", 10000));
}

static void all_apps_together_keep_no_more_than_fits(void **state)
{
    (void)state;
    assert_status(OK, keep_len(0, "k", 18000));
    assert_status(OK, put_len(1, "loose", 18000));
    assert_status(OK, keep_len(2, "k", 18000));
    assert_false(is_there(1, "loose"));
    assert_status(OK, keep_len(1, "k", 8000));
    assert_status(VALUE_QUOTA, keep_len(1, "n", 4000));
    assert_status(VALUE_QUOTA, put_len(1, "n", 6000));
    assert_status(OK, put_len(1, "n", 1000));
    assert_true(is_there(0, "k") && is_there(1, "k") && is_there(2, "k"));
    assert_status(OK, drop(0, "k"));
    assert_status(OK, keep_len(1, "n", 4000));
}

/* A peer may have the evicted value, which a write of its millisecond must not lose to. */
static void a_write_comes_after_what_was_evicted(void **state)
{
    (void)state;
    assert_status(OK, put_len(0, "k", 15000));
    assert_status(OK, put_len(0, "n", 15000));
    assert_false(is_there(0, "k"));
    assert_status(OK, put(0, "k", "v"));
    assert_int_equal(NOW + 1, peek(0, "k").updated_at_ms);
    /* Also where the whole namespace had to go. */
    assert_status(OK, put_len(1, "k", 19000));
    assert_status(OK, put_len(2, "a", 10000));
    assert_status(OK, put_len(2, "b", 7000));
    assert_false(is_there(1, "k"));
    assert_status(VALUE_NOT_FOUND, drop(1, "k"));
    assert_int_equal(NOW + 1, peek(1, "k").updated_at_ms);
}

/* An evicted key may lie at a peer, which only a tombstone can tell. */
static void what_was_evicted_can_still_be_deleted(void **state)
{
    (void)state;
    assert_status(VALUE_NOT_FOUND, drop(0, "k"));
    assert_int_equal(0, kv_stats(kv).dead);
    assert_status(OK, put_len(0, "k", 15000));
    assert_status(OK, put_len(0, "n", 15000));
    assert_false(is_there(0, "k"));
    assert_status(VALUE_NOT_FOUND, drop(0, "k"));
    assert_int_equal(RECORD_TOMBSTONE, peek(0, "k").flags);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_store, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(too_many_tombstones_leave_a_floor),
        TEST(the_dead_take_a_quarter_at_most),
        TEST(the_least_recently_used_goes_first),
        TEST(what_expired_goes_before_what_lives),
        TEST(all_apps_together_take_from_the_largest),
        TEST(a_write_that_evicts_keeps_itself),
        TEST(the_system_is_never_evicted_and_has_a_cap),
        TEST(what_is_kept_never_gives_way),
        TEST(there_is_always_room_to_delete),
        TEST(all_apps_together_keep_no_more_than_fits),
        TEST(a_write_comes_after_what_was_evicted),
        TEST(what_was_evicted_can_still_be_deleted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
