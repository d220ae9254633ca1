/* What comes because digests differ: nothing that is used here goes for it. */
#include "fixtures/store_nodes.h"

enum { LARGE = 17000, PASSES = 6 };

static struct status put_large(unsigned node, const char *key, bool is_evictable)
{
    static const uint8_t value[LARGE];
    struct kv_at at = here();
    struct kv_write write = write_of(key, "");
    write.value = BYTES_ARRAY(value);
    write.evictable = is_evictable;
    return kv_put(nodes[node], &at, &write, NULL);
}

/* Three values fill a node. */
static void fill(unsigned node, const char *const keys_of_it[3])
{
    for (unsigned i = 0; i < 3; i++) {
        assert_status(OK, put_large(node, keys_of_it[i], true));
    }
    assert_int_equal(0, kv_stats(nodes[node]).evictions);
}

static struct status repair(unsigned to, const struct record *record, enum kv_merged *ret)
{
    struct kv_at at = here();
    struct kv_write fresh = write_of("", "");
    return kv_merge_if_room(nodes[to], &at, record, fresh.nonce, ret);
}

static bool has(unsigned node, const char *key)
{
    struct record record;
    return kv_peek(nodes[node], keys.tenant, bytes_of(key), &record);
}

/* All that one node has, to another. Returns: how much changed there. */
static unsigned repair_all(unsigned from, unsigned to)
{
    struct kv_feed feed;
    struct kv_feed_item item;
    unsigned changes = 0;
    kv_feed_open(nodes[from], &feed, true);
    while (kv_feed_next(nodes[from], &feed, &item)) {
        enum kv_merged merged;
        struct status status = repair(to, &item.record, &merged);
        assert_true(status_is_ok(status) || status.code == STATUS_VALUE_QUOTA);
        assert_true(status_is_ok(status) || merged == KV_KEPT);
        changes += merged == KV_KEPT ? 0 : 1;
    }
    kv_feed_close(&feed);
    return changes;
}

static void full_nodes_come_to_rest(void **state)
{
    (void)state;
    fill(0, (const char *const[3]){"a", "b", "c"});
    fill(1, (const char *const[3]){"d", "e", "f"});
    put(0, "small", "v", 0);
    unsigned passes = 0;
    while (repair_all(0, 1) + repair_all(1, 0) != 0) {
        passes++;
        assert_true(passes < PASSES);
    }
    assert_int_equal(1, passes); /* the small one had room */
    assert_true(has(1, "small") && has(1, "d") && has(0, "a"));
    assert_int_equal(0, kv_stats(nodes[0]).evictions + kv_stats(nodes[1]).evictions);
}

static void a_refused_value_changes_nothing(void **state)
{
    (void)state;
    enum kv_merged merged = KV_JOINED;
    fill(0, (const char *const[3]){"a", "b", "c"});
    assert_status(OK, put_large(1, "d", true));
    struct record record = peek(1, "d");
    uint64_t seq = kv_seq(nodes[0]);
    struct kv_stats before = kv_stats(nodes[0]);
    assert_status(VALUE_QUOTA, repair(0, &record, &merged));
    assert_int_equal(KV_KEPT, merged);
    struct kv_stats after = kv_stats(nodes[0]);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(seq, kv_seq(nodes[0]));
    drop(0, "a"); /* which makes room */
    assert_status(OK, repair(0, &record, &merged));
    assert_int_equal(KV_REPLACED, merged);
    assert_int_equal(0, kv_stats(nodes[0]).evictions);
}

/* The quota of all apps together, too. */
static void room_is_of_all_apps(void **state)
{
    (void)state;
    enum kv_merged merged;
    assert_status(OK, put_large(1, "d", true));
    struct record record = peek(1, "d");
    fill(0, (const char *const[3]){"a", "b", "c"});
    struct value_seal_keys own = keys;
    store_keys(&keys, 1);
    assert_status(OK, put_large(0, "a", true));
    assert_status(OK, put_large(0, "b", true));
    keys = own;
    drop(0, "a");
    assert_status(OK, repair(0, &record, &merged)); /* 5 of them fit */
    store_keys(&keys, 1);
    assert_status(OK, put_large(1, "c", true));
    record = peek(1, "c");
    assert_status(VALUE_QUOTA, repair(0, &record, &merged));
    assert_int_equal(0, kv_stats(nodes[0]).evictions);
    keys = own;
}

/* Values that stay, what is newer than what is here, and what is dead. */
static void what_must_come_in_does(void **state)
{
    (void)state;
    enum kv_merged merged;
    fill(0, (const char *const[3]){"a", "b", "c"});
    assert_status(OK, put_large(1, "kept", false));
    struct record record = peek(1, "kept");
    assert_status(OK, repair(0, &record, &merged));
    assert_false(has(0, "a"));
    put(0, "b", "small", 0);
    put(0, "c", "small", 0);
    assert_status(OK, put_large(0, "d", true));
    assert_status(OK, put_large(0, "e", true));
    assert_int_equal(1, kv_stats(nodes[0]).evictions);
    now_ms += 10;
    assert_status(OK, put_large(1, "b", true));
    record = peek(1, "b");
    assert_status(OK, repair(0, &record, &merged)); /* or the older one would show */
    assert_int_equal(KV_REPLACED, merged);
    assert_int_equal(LARGE + VALUE_SEAL_OVERHEAD, peek(0, "b").blob.len);
    assert_true(kv_stats(nodes[0]).evictions > 1);
    put(1, "c", "v", 0);
    drop(1, "c");
    record = peek(1, "c");
    assert_status(OK, repair(0, &record, &merged));
    assert_int_equal(RECORD_TOMBSTONE, peek(0, "c").flags);
}

/* Where a tombstone lies under an evicted value, its times stay and are no value either. */
static void what_is_left_of_one_is_nothing(void **state)
{
    (void)state;
    enum kv_merged merged;
    put(0, "k", "old", 0);
    drop(0, "k");
    assert_status(OK, put_large(0, "k", true));
    struct record record = peek(0, "k");
    assert_status(OK, merge(1, &record, &merged));
    assert_status(OK, put_large(0, "a", true));
    assert_status(OK, put_large(0, "b", true));
    assert_status(OK, put_large(0, "c", true));
    assert_int_equal(1, kv_stats(nodes[0]).evictions);
    assert_false(has(0, "k"));
    record = peek(1, "k");
    assert_status(VALUE_QUOTA, repair(0, &record, &merged));
    assert_false(has(0, "k"));
    drop(0, "a");
    assert_status(OK, repair(0, &record, &merged));
    assert_int_equal(KV_REPLACED, merged);
    assert_true(has(0, "k") && has(0, "b") && has(0, "c"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stores, close_stores)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(full_nodes_come_to_rest),
        TEST(a_refused_value_changes_nothing),
        TEST(room_is_of_all_apps),
        TEST(what_must_come_in_does),
        TEST(what_is_left_of_one_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
