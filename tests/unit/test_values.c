#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "fixtures/unit.h"
#include "store/values.h"

static struct mem memory;
static struct arena arena;
static struct value_seal_keys keys;
static struct value_seal_keys other;
static struct values *values;

static int setup(void **state)
{
    (void)state;
    static const uint8_t domain[DOMAIN_ID] = {1};
    static const uint8_t tenants[2][DOMAIN_TENANT_ID] = {{2}, {3}};
    static const uint8_t wallet[VECTOR_CLOCK_WALLET] = {4};
    const struct secret32 key = {{5}};
    mem_init(&memory, 64u << 20);
    assert_status(OK, arena_init(&arena, 16u << 20));
    value_seal_keys_init(&keys, domain, tenants[0]);
    value_seal_keys_add(&keys, 0, &key);
    value_seal_keys_init(&other, domain, tenants[1]);
    value_seal_keys_add(&other, 0, &key);
    const struct values_setup parts = {
        .limits = kv_limits_default(),
        .node = wallet,
        .mem = &memory,
        .clock = clock_system(),
        .entropy = entropy_system(),
    };
    assert_status(OK, values_open(&parts, &values));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    values_close(&values);
    assert_null(values);
    values_close(&values);
    arena_deinit(&arena);
    assert_int_equal(0, mem_used(&memory));
    return 0;
}

static void keys_that_a_path_can_name(void **state)
{
    (void)state;
    static const char long_key[LIMIT_KV_KEY + 1] = {0};
    char key[LIMIT_KV_KEY + 1];
    memset(key, 'k', sizeof key);
    assert_false(values_key_valid(BYTES_LITERAL("")));
    assert_false(values_key_valid(BYTES_LITERAL("a\nb")));
    assert_false(values_key_valid(BYTES_LITERAL("a\x7f")));
    assert_false(values_key_valid(BYTES_LITERAL("a\xff")));
    assert_false(values_key_valid(BYTES_ARRAY(long_key)));
    assert_false(values_key_valid(BYTES_ARRAY(key)));
    assert_true(values_key_valid(bytes_slice(BYTES_ARRAY(key), 0, LIMIT_KV_KEY)));
    assert_true(values_key_valid(BYTES_LITERAL("a/b c/\xc3\xbc?%")));
}

static struct status put(const struct value_seal_keys *whose, const char *key, const char *value)
{
    struct kv_found found;
    struct kv_write write = {.key = bytes_of(key), .value = bytes_of(value)};
    return values_put(values, whose, &write, NULL, &found);
}

static struct status get(const struct value_seal_keys *whose, const char *key, struct buf *value)
{
    struct kv_found found;
    const struct kv_read read = {.key = bytes_of(key)};
    return values_get(values, whose, &read, value, &found);
}

static void an_app_reaches_its_own_values_only(void **state)
{
    (void)state;
    uint8_t text[64];
    struct kv_found found;
    struct kv_write gone = {.key = BYTES_LITERAL("a")};
    struct buf value = buf_over(text, sizeof text);
    assert_status(OK, put(&keys, "a", "mine"));
    assert_status(VALUE_NOT_FOUND, get(&other, "a", &value));
    assert_status(VALUE_NOT_FOUND, values_delete(values, &other, &gone, NULL, &found));
    assert_status(OK, get(&keys, "a", &value));
    assert_bytes(BYTES_LITERAL("mine"), buf_bytes(&value));
    assert_status(OK, values_delete(values, &keys, &gone, NULL, &found));
    assert_bytes(BYTES_LITERAL("a"), found.key);
    assert_status(VALUE_NOT_FOUND, get(&keys, "a", &value));
    assert_true(values_stats(values).namespaces >= 1);
}

/* What a page names is still there when the store has moved on. */
static void a_page_outlives_the_next_write(void **state)
{
    (void)state;
    struct values_page page;
    const struct kv_list two = {.prefix = BYTES_LITERAL("b/"), .max = 2};
    const struct kv_list none = {.max = 0};
    struct kv_found found;
    struct kv_write gone = {.key = BYTES_LITERAL("b/1")};
    assert_status(NUMBER_RANGE, values_list(values, &keys, &none, &arena, &page));
    assert_int_equal(0, page.count);
    assert_status(OK, put(&keys, "b/1", "x"));
    assert_status(OK, put(&keys, "b/2", "x"));
    assert_status(OK, put(&keys, "b/3", "x"));
    assert_status(OK, values_list(values, &keys, &two, &arena, &page));
    assert_status(OK, values_delete(values, &keys, &gone, NULL, &found));
    assert_status(OK, put(&keys, "b/2", "longer than it was"));
    assert_int_equal(2, page.count);
    assert_true(page.more);
    assert_bytes(BYTES_LITERAL("b/1"), page.found[0].key);
    assert_bytes(BYTES_LITERAL("b/2"), page.next);
    const struct kv_list rest = {.prefix = BYTES_LITERAL("b/"), .after = page.next, .max = 2};
    assert_status(OK, values_list(values, &keys, &rest, &arena, &page));
    assert_int_equal(1, page.count);
    assert_bytes(BYTES_LITERAL("b/3"), page.found[0].key);
    assert_false(page.more);
}

enum { WRITERS = 4, WRITES = 200 };

static void *write_some(void *name)
{
    const char *letter = name;
    for (unsigned i = 0; i < WRITES; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "w/%s/%u", letter, i % 50);
        if (!status_is_ok(put(&keys, key, letter))) {
            return name;
        }
    }
    return NULL;
}

/* What a feed saw, as its owner. */
struct seen {
    struct kv_feed feed;
    uint64_t seq;
    size_t count;
    bool is_ordered;
};

static void open_step(void *context, struct kv *kv)
{
    struct seen *seen = context;
    kv_feed_open(kv, &seen->feed, false);
    seen->seq = kv_seq(kv);
}

static void feed_step(void *context, struct kv *kv)
{
    struct seen *seen = context;
    struct kv_feed_item item;
    for (unsigned i = 0; i < 10 && kv_feed_next(kv, &seen->feed, &item); i++) {
        seen->is_ordered = seen->is_ordered && item.seq > seen->seq;
        seen->seq = item.seq;
        seen->count++;
    }
}

static void close_step(void *context, struct kv *kv)
{
    struct seen *seen = context;
    seen->is_ordered = seen->is_ordered && seen->seq == kv_seq(kv);
    kv_feed_close(&seen->feed);
}

/* Many threads write; one feed sees the last of every record, in the order of its changes. */
static void changes_have_one_order(void **state)
{
    (void)state;
    static char names[WRITERS][2] = {"a", "b", "c", "d"};
    pthread_t threads[WRITERS];
    struct seen seen = {.is_ordered = true};
    values_as_owner(values, open_step, &seen);
    uint64_t before = seen.seq;
    for (unsigned i = 0; i < WRITERS; i++) {
        assert_int_equal(0, pthread_create(&threads[i], NULL, write_some, names[i]));
    }
    for (unsigned i = 0; i < 50; i++) {
        values_as_owner(values, feed_step, &seen);
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        void *failed;
        assert_int_equal(0, pthread_join(threads[i], &failed));
        assert_null(failed);
    }
    for (size_t count = SIZE_MAX; count != seen.count;) {
        count = seen.count;
        values_as_owner(values, feed_step, &seen);
    }
    values_as_owner(values, close_step, &seen);
    assert_true(seen.is_ordered);
    assert_int_equal(before + (uint64_t)WRITERS * WRITES, seen.seq);
    assert_true(seen.count >= (size_t)WRITERS * 50);
    assert_int_equal(WRITERS * 50, values_usage(values, keys.tenant).values - 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_a_path_can_name),
        cmocka_unit_test(an_app_reaches_its_own_values_only),
        cmocka_unit_test(a_page_outlives_the_next_write),
        cmocka_unit_test(changes_have_one_order),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
