/* Calls on one store: what they answer and what they change. */
#include "fixtures/store_one.h"

static void bad_writes_change_nothing(void **state)
{
    (void)state;
    static char key[LIMIT_KV_KEY + 2];
    memset(key, 'k', LIMIT_KV_KEY + 1);
    assert_status(VALUE_KEY, put(0, "", "v"));
    assert_status(VALUE_KEY, put(0, key, "v"));
    assert_status(VALUE_KEY, put(0, "\xff", "v"));
    assert_status(VALUE_KEY, get(0, "", NULL));
    assert_status(VALUE_KEY, drop(0, "\xc3"));
    assert_status(VALUE_TOO_LARGE, put_len(0, "k", LIMIT_KV_VALUE + 1));
    assert_status(VALUE_QUOTA, put_len(0, "k", 20000));
    assert_status(VALUE_NOT_FOUND, get(0, "k", NULL));
    assert_status(VALUE_NOT_FOUND, drop(0, "k"));
    assert_int_equal(0, kv_stats(kv).namespaces);
    assert_int_equal(0, kv_seq(kv));
    assert_int_equal(0, kv_usage(kv, keys[0].tenant).bytes);
    key[LIMIT_KV_KEY] = 0;
    assert_status(OK, put(0, key, "v"));
    assert_status(OK, get(0, key, "v"));
}

static void a_write_without_a_key_or_memory_changes_nothing(void **state)
{
    (void)state;
    struct value_seal_keys none = keys[0];
    none.count = 0;
    struct kv_at where = {&none, now_ms, false};
    struct kv_write write = write_of("k", "v");
    assert_status(VALUE_EPOCH, kv_put(kv, &where, &write, NULL));
    size_t cap = mem.cap;
    /* Every allocation of a write fails once: the record's, the namespace's. */
    for (size_t room = 0; room < 1200; room += 50) {
        mem.cap = mem_used(&mem) + room;
        struct status status = put(0, "k", "v");
        if (status_is_ok(status)) {
            break;
        }
        assert_status(NO_MEMORY, status);
        assert_int_equal(0, kv_stats(kv).namespaces);
    }
    mem.cap = cap;
    assert_status(OK, get(0, "k", "v"));
}

static void namespaces_are_apart(void **state)
{
    (void)state;
    assert_status(OK, put(0, "k", "zero"));
    assert_status(OK, put(1, "k", "one"));
    assert_status(OK, put(0, "k", "nought"));
    assert_status(OK, put(0, "empty", ""));
    assert_status(OK, get(0, "k", "nought"));
    assert_status(OK, get(1, "k", "one"));
    assert_status(OK, get(0, "empty", ""));
    assert_status(VALUE_NOT_FOUND, get(2, "k", NULL));
    assert_status(OK, drop(0, "k"));
    assert_status(VALUE_NOT_FOUND, drop(0, "k"));
    assert_status(VALUE_NOT_FOUND, get(0, "k", NULL));
    assert_status(OK, get(1, "k", "one"));
    assert_int_equal(2, kv_stats(kv).namespaces);
    assert_int_equal(2, kv_stats(kv).records);
    assert_int_equal(1, kv_stats(kv).dead);
}

static void a_value_that_does_not_open_is_not_returned(void **state)
{
    (void)state;
    assert_status(OK, put(0, "k", "v"));
    keys[0].domain[0] ^= 1;
    assert_status(VALUE_SEAL, get(0, "k", NULL));
    keys[0].domain[0] ^= 1;
    keys[0].epochs[0].epoch = 1;
    assert_status(VALUE_EPOCH, get(0, "k", NULL));
    keys[0].epochs[0].epoch = 0;
    uint8_t memory[1] = {7};
    struct buf full = buf_over(memory, 0);
    struct kv_at where = at(0);
    struct kv_read read = {.key = BYTES_LITERAL("k")};
    assert_status(BUFFER_FULL, kv_get(kv, &where, &read, &full, NULL));
    assert_int_equal(7, memory[0]);
}

static void time_and_clock_of_a_key_only_grow(void **state)
{
    (void)state;
    struct vector_clock clock;
    uint8_t node[VECTOR_CLOCK_WALLET];
    store_wallet(1, node);
    assert_status(OK, put(0, "k", "a"));
    assert_int_equal(NOW, peek(0, "k").updated_at_ms);
    assert_status(OK, put(0, "k", "b"));
    assert_int_equal(NOW + 1, peek(0, "k").updated_at_ms);
    now_ms -= 500; /* the clock goes back */
    assert_status(OK, drop(0, "k"));
    assert_int_equal(NOW + 2, peek(0, "k").updated_at_ms);
    assert_status(OK, put(0, "k", "c"));
    assert_int_equal(NOW + 3, peek(0, "k").updated_at_ms);
    now_ms = NOW + 500;
    assert_status(OK, put(0, "k", "d"));
    assert_int_equal(NOW + 500, peek(0, "k").updated_at_ms);
    assert_status(OK, vector_clock_read(peek(0, "k").seen, &clock));
    assert_int_equal(5, vector_clock_count(&clock, node));
}

static void conditions_hold_or_nothing_changes(void **state)
{
    (void)state;
    struct kv_at where = at(0);
    struct kv_found first;
    struct kv_found second;
    struct kv_write write = write_of("k", "a");
    write.condition = KV_IF_VERSION;
    assert_status(VERSION_CONFLICT, kv_put(kv, &where, &write, &first));
    write.condition = KV_IF_ABSENT;
    assert_status(OK, kv_put(kv, &where, &write, &first));
    assert_status(VERSION_CONFLICT, kv_put(kv, &where, &write, &second));
    write = write_of("k", "b");
    write.condition = KV_IF_VERSION;
    write.version = first.version;
    assert_status(OK, kv_put(kv, &where, &write, &second));
    assert_true(record_version_order(&first.version, &second.version) < 0);
    assert_status(VERSION_CONFLICT, kv_put(kv, &where, &write, NULL));
    write.value.len = 0;
    assert_status(VERSION_CONFLICT, kv_delete(kv, &where, &write, NULL));
    assert_status(OK, get(0, "k", "b"));
    write.version = second.version;
    assert_status(OK, kv_delete(kv, &where, &write, NULL));
    assert_status(VERSION_CONFLICT, kv_delete(kv, &where, &write, NULL));
    write = write_of("k", "c");
    write.condition = KV_IF_ABSENT;
    assert_status(OK, kv_put(kv, &where, &write, NULL));
}

static void a_read_can_ask_for_what_was_seen(void **state)
{
    (void)state;
    struct kv_at where = at(0);
    struct kv_found first;
    struct kv_found second;
    struct kv_write write = write_of("k", "a");
    uint8_t memory[8];
    struct buf value = buf_over(memory, sizeof memory);
    assert_status(OK, kv_put(kv, &where, &write, &first));
    struct kv_read read = {.key = write.key, .has_since = true, .since = first.version};
    assert_status(OK, kv_get(kv, &where, &read, &value, &second));
    assert_int_equal(0, record_version_order(&first.version, &second.version));
    read.since.updated_at_ms++;
    assert_status(VERSION_BEHIND, kv_get(kv, &where, &read, &value, NULL));
    read.since = first.version;
    read.since.tie[RECORD_TIE - 1]++;
    assert_status(VERSION_BEHIND, kv_get(kv, &where, &read, &value, NULL));
    read.key = BYTES_LITERAL("other");
    assert_status(VERSION_BEHIND, kv_get(kv, &where, &read, &value, NULL));
    /* A tombstone has seen the write before it. */
    assert_status(OK, drop(0, "k"));
    read = (struct kv_read){.key = write.key, .has_since = true, .since = first.version};
    assert_status(VALUE_NOT_FOUND, kv_get(kv, &where, &read, &value, NULL));
}

/* Where that was not seen nothing is done; otherwise its time is later, whatever the clock says. */
static void a_write_comes_after_what_was_seen(void **state)
{
    (void)state;
    struct kv_at where = at(0);
    struct kv_found first;
    struct kv_found second;
    struct kv_write write = write_of("k", "a");
    assert_status(OK, kv_put(kv, &where, &write, &first));
    write = write_of("k", "b");
    write.has_after = true;
    write.after = first.version;
    write.after.updated_at_ms++;
    assert_status(VERSION_BEHIND, kv_put(kv, &where, &write, &second));
    assert_status(OK, get(0, "k", "a"));
    write.condition = KV_IF_ABSENT; /* which nobody can know here */
    assert_status(VERSION_BEHIND, kv_put(kv, &where, &write, &second));
    write.key = BYTES_LITERAL("other");
    assert_status(VERSION_BEHIND, kv_put(kv, &where, &write, &second));
    struct kv_write gone = {.key = BYTES_LITERAL("k"), .has_after = true, .after = write.after};
    assert_status(VERSION_BEHIND, kv_delete(kv, &where, &gone, NULL));
    assert_status(OK, get(0, "k", "a"));
    write = write_of("k", "b");
    write.has_after = true;
    write.after = first.version;
    where.now_ms -= 5000;
    assert_status(OK, kv_put(kv, &where, &write, &second));
    assert_true(record_version_order(&second.version, &first.version) > 0);
    gone.after = second.version;
    assert_status(OK, kv_delete(kv, &where, &gone, NULL));
}

static void lists_are_ordered_pages_of_a_prefix(void **state)
{
    (void)state;
    static const char *const names[] = {"b", "a/2", "a", "a/", "a/1/x", "ab", "a/1", "\xc3\xa4"};
    struct kv_found found[1];
    struct kv_page page;
    struct kv_at where = at(0);
    struct kv_list bad = {.max = 0};
    assert_status(NUMBER_RANGE, kv_list(kv, &where, &bad, found, &page));
    bad.max = LIMIT_KV_PAGE + 1;
    assert_status(NUMBER_RANGE, kv_list(kv, &where, &bad, found, &page));
    list(0, "", 5, "");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_status(OK, put(0, names[i], "v"));
    }
    assert_status(OK, put(0, "a/3", "v"));
    assert_status(OK, drop(0, "a/3"));
    assert_status(OK, put_ttl(0, "a/4", "v", 10));
    now_ms += 11;
    for (size_t max = 1; max < 10; max++) {
        list(0, "", max, "a a/ a/1 a/1/x a/2 ab b \xc3\xa4 ");
        list(0, "a/", max, "a/ a/1 a/1/x a/2 ");
        list(0, "a/1/x", max, "a/1/x ");
        list(0, "c", max, "");
    }
    /* A cursor before the prefix starts at the prefix; one behind it ends the list. */
    struct kv_list odd = {.prefix = BYTES_LITERAL("a/1"), .after = BYTES_LITERAL("A"), .max = 1};
    assert_status(OK, kv_list(kv, &where, &odd, found, &page));
    assert_bytes(BYTES_LITERAL("a/1"), found[0].key);
    odd.after = BYTES_LITERAL("b");
    assert_status(OK, kv_list(kv, &where, &odd, found, &page));
    assert_int_equal(0, page.count);
    assert_false(page.more);
}

static void ttl_is_to_the_millisecond(void **state)
{
    (void)state;
    assert_status(OK, put_ttl(0, "k", "v", 10));
    assert_status(OK, put_ttl(0, "never", "v", UINT64_MAX));
    now_ms = NOW + 10;
    assert_status(OK, get(0, "k", "v"));
    now_ms = NOW + 11;
    assert_status(VALUE_NOT_FOUND, get(0, "k", NULL));
    now_ms = NOW + 10; /* what was not found once stays away */
    assert_status(VALUE_NOT_FOUND, get(0, "k", NULL));
    assert_status(OK, get(0, "never", "v"));
    assert_int_equal(1, kv_tick(kv, now_ms, 5));
    assert_int_equal(1, kv_stats(kv).expiries);
    now_ms = NOW; /* what expired stays so */
    assert_status(VALUE_NOT_FOUND, get(0, "k", NULL));
    assert_status(VALUE_NOT_FOUND, drop(0, "k"));
    list(0, "", 5, "never ");
    assert_int_equal(1, kv_stats(kv).dead);
    now_ms = NOW + 10 + 999;
    assert_int_equal(0, kv_tick(kv, now_ms, 5));
    now_ms++;
    assert_int_equal(1, kv_tick(kv, now_ms, 5));
    assert_int_equal(0, kv_stats(kv).dead);
    assert_status(OK, put(0, "k", "again"));
    assert_status(OK, get(0, "k", "again"));
}

static void what_a_list_has_hidden_stays_hidden(void **state)
{
    (void)state;
    assert_status(OK, put_ttl(0, "k", "v", 10));
    now_ms = NOW + 11;
    list(0, "", 5, "");
    now_ms = NOW + 10;
    list(0, "", 5, "");
    assert_status(VALUE_NOT_FOUND, get(0, "k", NULL));
}

static void expiry_is_bounded_in_every_call(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%u", i);
        assert_status(OK, put_ttl(0, key, "v", 10 + i % 3));
    }
    now_ms += 100;
    assert_int_equal(7, kv_tick(kv, now_ms, 7));
    assert_status(OK, put(0, "n", "v"));
    assert_true(kv_stats(kv).dead > 7);
    size_t rest = 40 - kv_stats(kv).dead;
    assert_int_equal(rest, kv_tick(kv, now_ms, 100));
    assert_int_equal(1, kv_stats(kv).records);
}

static void tombstones_stay_for_their_retention(void **state)
{
    (void)state;
    assert_status(OK, put(0, "k", "v"));
    assert_status(OK, drop(0, "k")); /* at NOW + 1 */
    kv_tick(kv, NOW + 1000, 5);
    assert_int_equal(1, kv_stats(kv).dead);
    kv_tick(kv, NOW + 1001, 5);
    assert_int_equal(0, kv_stats(kv).dead);
    assert_int_equal(0, kv_stats(kv).namespaces);
    assert_int_equal(0, kv_stats(kv).bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_store, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bad_writes_change_nothing),
        TEST(a_write_without_a_key_or_memory_changes_nothing),
        TEST(namespaces_are_apart),
        TEST(a_value_that_does_not_open_is_not_returned),
        TEST(time_and_clock_of_a_key_only_grow),
        TEST(conditions_hold_or_nothing_changes),
        TEST(a_read_can_ask_for_what_was_seen),
        TEST(a_write_comes_after_what_was_seen),
        TEST(lists_are_ordered_pages_of_a_prefix),
        TEST(ttl_is_to_the_millisecond),
        TEST(what_a_list_has_hidden_stays_hidden),
        TEST(expiry_is_bounded_in_every_call),
        TEST(tombstones_stay_for_their_retention),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
