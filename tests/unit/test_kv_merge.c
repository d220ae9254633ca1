/* What comes from peers: nothing bad gets in, nothing dead comes back, all orders end the same. */
#include <stdio.h>

#include "base/limits.h"
#include "store/kv.h"
#include "support/store_fixture.h"
#include "support/unit.h"

enum { NOW = 1000000, NODES = 3 };

static struct mem mem;
static struct kv *nodes[NODES];
static struct value_seal_keys keys;
static uint64_t now_ms;
static struct store_random random_state;

static int open_stores(void **state)
{
    (void)state;
    struct kv_limits limits = {
        .app_bytes = 60000,
        .all_apps_bytes = 100000,
        .system_bytes = 1000,
        .tombstones = 40,
        .retention_ms = 1000,
        .future_ms = 100,
    };
    mem_init(&mem, (size_t)64 << 20);
    store_keys(&keys, 0);
    now_ms = NOW;
    random_state.state = 4;
    for (uint8_t i = 0; i < NODES; i++) {
        uint8_t wallet[VECTOR_CLOCK_WALLET];
        store_wallet((uint8_t)(i + 1), wallet);
        assert_status(OK, kv_open(&limits, wallet, &mem, &nodes[i]));
    }
    return 0;
}

static int close_stores(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NODES; i++) {
        store_check(nodes[i]);
        kv_close(&nodes[i]);
    }
    assert_int_equal(0, mem_used(&mem));
    return 0;
}

static struct kv_at here(void)
{
    return (struct kv_at){&keys, now_ms, false};
}

static struct kv_write write_of(const char *key, const char *value)
{
    struct kv_write write = {.key = bytes_of(key), .value = bytes_of(value)};
    uint64_t fresh = store_random(&random_state);
    memcpy(write.nonce, &fresh, sizeof fresh);
    return write;
}

static void put(unsigned node, const char *key, const char *value, uint64_t ttl_ms)
{
    struct kv_at at = here();
    struct kv_write write = write_of(key, value);
    write.ttl_ms = ttl_ms;
    assert_status(OK, kv_put(nodes[node], &at, &write, NULL));
}

static void drop(unsigned node, const char *key)
{
    struct kv_at at = here();
    struct kv_write write = write_of(key, "");
    assert_status(OK, kv_delete(nodes[node], &at, &write, NULL));
}

static struct record peek(unsigned node, const char *key)
{
    struct record record;
    assert_true(kv_peek(nodes[node], keys.tenant, bytes_of(key), &record));
    return record;
}

static struct status merge(unsigned node, const struct record *record, enum kv_merged *ret)
{
    struct kv_at at = here();
    return kv_merge(nodes[node], &at, record, ret);
}

/* Hand the record of a key from one node to another. */
static enum kv_merged hand(unsigned from, unsigned to, const char *key)
{
    enum kv_merged merged;
    struct record record = peek(from, key);
    assert_status(OK, merge(to, &record, &merged));
    return merged;
}

/* The visible value, or NULL. */
static const char *value_of(unsigned node, const char *key)
{
    static uint8_t memory[8][128];
    static unsigned next;
    uint8_t *text = memory[next++ % 8];
    struct buf out = buf_over(text, sizeof memory[0] - 1);
    struct kv_at at = here();
    struct kv_read read = {.key = bytes_of(key)};
    if (!status_is_ok(kv_get(nodes[node], &at, &read, &out, NULL))) {
        return NULL;
    }
    text[out.len] = 0;
    return (const char *)text;
}

static void refuse(const char *name, const struct record *record)
{
    enum kv_merged merged;
    uint64_t seq = kv_seq(nodes[1]);
    struct status status = merge(1, record, &merged);
    assert_string_equal(name, status_name(status.code));
    assert_int_equal(KV_KEPT, merged);
    assert_int_equal(seq, kv_seq(nodes[1]));
    assert_string_equal("mine", value_of(1, "k"));
}

static void what_is_wrong_stays_out(void **state)
{
    (void)state;
    uint8_t blob[64];
    put(1, "k", "mine", 0);
    now_ms += 10;
    put(0, "k", "theirs", 0);
    struct record good = peek(0, "k");
    struct record bad = good;
    memcpy(blob, good.blob.ptr, good.blob.len);
    bad.blob.ptr = blob;
    for (size_t i = 0; i < good.blob.len; i++) {
        blob[i] ^= 1;
        refuse(i >= 1 && i < 5 ? "VALUE_EPOCH" : "VALUE_SEAL", &bad);
        blob[i] ^= 1;
    }
    bad = good;
    bad.updated_at_ms += 101;
    refuse("RECORD_FUTURE", &bad);
    bad.updated_at_ms--;
    refuse("VALUE_SEAL", &bad);
    bad = good;
    bad.key = BYTES_LITERAL("other");
    refuse("VALUE_SEAL", &bad);
    bad = good;
    bad.ttl_ms = 7;
    refuse("VALUE_SEAL", &bad);
    bad = good;
    bad.flags = RECORD_TOMBSTONE;
    refuse("RECORD_INVALID", &bad);
    bad = good;
    bad.flags = RECORD_V1;
    refuse("VALUE_EPOCH", &bad);
    bad.flags = RECORD_V1 | RECORD_TOMBSTONE;
    bad.blob.len = 0;
    refuse("VALUE_EPOCH", &bad);
    bad = good;
    bad.sealed_clock.len -= VECTOR_CLOCK_ENTRY;
    refuse("RECORD_INVALID", &bad);
    bad.sealed_clock = BYTES_LITERAL("\0\0");
    refuse("VALUE_SEAL", &bad);
    enum kv_merged merged;
    assert_status(OK, merge(1, &good, &merged));
    assert_int_equal(KV_REPLACED, merged);
    assert_string_equal("theirs", value_of(1, "k"));
}

static void too_large_or_no_memory_changes_nothing(void **state)
{
    (void)state;
    static uint8_t value[59000];
    struct kv_limits limits = {9000, 9000, 9000, 8, 1000, 100};
    const uint8_t wallet[VECTOR_CLOCK_WALLET] = {9};
    struct kv *small;
    enum kv_merged merged;
    struct kv_at at = here();
    struct kv_write write = write_of("k", "");
    write.value = BYTES_ARRAY(value);
    assert_status(OK, kv_put(nodes[0], &at, &write, NULL));
    assert_status(OK, kv_open(&limits, wallet, &mem, &small));
    struct record record = peek(0, "k");
    assert_status(VALUE_QUOTA, kv_merge(small, &at, &record, &merged));
    assert_int_equal(0, kv_stats(small).bytes);
    kv_close(&small);
    size_t cap = mem.cap;
    mem.cap = mem_used(&mem) + 100;
    assert_status(NO_MEMORY, kv_merge(nodes[1], &at, &record, &merged));
    mem.cap = mem_used(&mem) + 60000;
    assert_status(NO_MEMORY, kv_merge(nodes[1], &at, &record, &merged));
    mem.cap = cap;
    assert_int_equal(0, kv_stats(nodes[1]).namespaces);
    assert_int_equal(KV_REPLACED, hand(0, 1, "k"));
}

static void old_records_are_welcome(void **state)
{
    (void)state;
    put(0, "k", "old", 0);
    now_ms += 365ull * 86400000;
    assert_int_equal(KV_REPLACED, hand(0, 1, "k"));
    assert_int_equal(KV_KEPT, hand(0, 1, "k"));
    assert_string_equal("old", value_of(1, "k"));
}

static void clocks_join_whoever_wins(void **state)
{
    (void)state;
    put(0, "k", "zero", 0);
    now_ms += 5;
    put(1, "k", "one", 0);
    struct record before = peek(1, "k");
    struct record_version version = record_version(&before);
    assert_int_equal(KV_JOINED, hand(0, 1, "k"));
    assert_int_equal(KV_KEPT, hand(0, 1, "k"));
    struct record after = peek(1, "k");
    struct record_version same = record_version(&after);
    assert_true(record_version_equal(&version, &same));
    assert_int_equal(before.clock.len + VECTOR_CLOCK_ENTRY, after.clock.len);
    assert_int_equal(KV_REPLACED, hand(1, 0, "k"));
    assert_bytes(after.clock, peek(0, "k").clock);
    assert_bytes(after.sealed_clock, peek(0, "k").sealed_clock);
    assert_string_equal("one", value_of(0, "k"));
    assert_string_equal("one", value_of(1, "k"));
}

static void ties_are_decided_by_the_plaintext(void **state)
{
    (void)state;
    put(0, "k", "b", 0);
    put(1, "k", "a", 0);
    put(2, "k", "bb", 0);
    assert_int_equal(KV_JOINED, hand(1, 0, "k"));
    assert_int_equal(KV_REPLACED, hand(2, 1, "k"));
    assert_int_equal(KV_REPLACED, hand(2, 0, "k"));
    assert_int_equal(KV_JOINED, hand(0, 1, "k"));
    assert_string_equal("bb", value_of(0, "k"));
    assert_string_equal("bb", value_of(1, "k"));
    assert_bytes(peek(0, "k").clock, peek(1, "k").clock);
    /* A tombstone of the same time wins over any value. */
    put(0, "d", "x", 0);
    drop(0, "d"); /* at now + 1 */
    now_ms++;
    put(1, "d", "\xff", 0);
    assert_int_equal(KV_REPLACED, hand(0, 1, "d"));
    assert_null(value_of(1, "d"));
}

static void a_tie_whose_own_blob_is_lost_is_an_error(void **state)
{
    (void)state;
    enum kv_merged merged;
    put(0, "k", "b", 0);
    put(1, "k", "a", 0);
    struct record incoming = peek(0, "k");
    struct kv_record *mine =
        kv_space_record(kv_space_find(nodes[1], keys.tenant), BYTES_LITERAL("k"));
    kv_record_blob(mine)[40] ^= 1;
    assert_status(VALUE_SEAL, merge(1, &incoming, &merged));
    assert_int_equal(KV_KEPT, merged);
}

static void the_deleted_do_not_come_back(void **state)
{
    (void)state;
    put(0, "k", "v", 0);
    hand(0, 1, "k");
    hand(0, 2, "k");
    drop(0, "k");
    hand(0, 1, "k");
    assert_null(value_of(1, "k"));
    assert_int_equal(KV_KEPT, hand(2, 1, "k"));
    assert_null(value_of(1, "k"));
    assert_int_equal(KV_REPLACED, hand(1, 2, "k"));
    assert_null(value_of(2, "k"));
    /* Even when the tombstone had to go early. */
    for (unsigned i = 0; i < 50; i++) {
        char key[8];
        snprintf(key, sizeof key, "t%u", i);
        put(0, "k", "v2", 0);
        now_ms++;
        put(1, key, "v", 0);
        drop(1, key);
    }
    struct record record;
    enum kv_merged merged;
    assert_false(kv_peek(nodes[1], keys.tenant, BYTES_LITERAL("k"), &record));
    put(2, "t0", "old", 0);
    record = peek(2, "t0");
    assert_status(OK, merge(1, &record, &merged)); /* written now */
    drop(1, "t0");
    now_ms -= 60;
    put(2, "fresh", "v", 0); /* older than the floor, and not here */
    record = peek(2, "fresh");
    assert_status(RECORD_STALE, merge(1, &record, &merged));
}

static void a_late_tombstone_is_kept_from_now(void **state)
{
    (void)state;
    put(0, "k", "v", 0);
    hand(0, 1, "k");
    hand(0, 2, "k");
    drop(0, "k");
    struct record tombstone = peek(0, "k");
    now_ms += 5000;
    enum kv_merged merged;
    /* Nothing here to delete, and past its retention. */
    put(1, "other", "v", 0);
    assert_status(OK, merge(1, &tombstone, &merged));
    assert_int_equal(KV_REPLACED, merged);
    kv_tick(nodes[1], now_ms, 9);
    assert_int_equal(1, kv_stats(nodes[1]).dead);
    assert_int_equal(KV_KEPT, hand(2, 1, "k"));
    assert_null(value_of(1, "k"));
    now_ms += 1001;
    kv_tick(nodes[1], now_ms, 9);
    assert_int_equal(0, kv_stats(nodes[1]).dead);
    tombstone = peek(0, "k");
    assert_status(OK, merge(1, &tombstone, &merged));
    assert_int_equal(KV_KEPT, merged);
    assert_int_equal(0, kv_stats(nodes[1]).dead);
}

static void the_expired_do_not_uncover_what_they_hid(void **state)
{
    (void)state;
    put(2, "k", "old", 0);
    now_ms += 5;
    put(0, "k", "new", 50);
    hand(0, 1, "k");
    now_ms += 51;
    assert_null(value_of(1, "k"));
    assert_int_equal(KV_JOINED, hand(2, 1, "k"));
    assert_null(value_of(1, "k"));
    /* The evidence reaches the third node after it expired. */
    assert_int_equal(KV_REPLACED, hand(1, 2, "k"));
    assert_null(value_of(2, "k"));
    now_ms += 999;
    assert_int_equal(KV_KEPT, hand(1, 2, "k"));
    assert_null(value_of(2, "k"));
}

/* Fill a node until its expired values have gone. */
static void fill(unsigned node)
{
    static char value[9001];
    char key[8];
    memset(value, 'f', 9000);
    for (unsigned i = 0; i < 7; i++) {
        snprintf(key, sizeof key, "f%u", i);
        put(node, key, value, 0);
    }
}

static void what_is_left_of_the_expired_still_hides(void **state)
{
    (void)state;
    put(2, "k", "old", 0);
    put(2, "tie", "zzz", 0);
    put(0, "tie", "a", 5);
    now_ms += 1;
    put(0, "k", "new", 5);
    now_ms += 50;
    fill(0);
    struct record record;
    assert_false(kv_peek(nodes[0], keys.tenant, BYTES_LITERAL("k"), &record));
    assert_int_equal(KV_JOINED, hand(2, 0, "k"));
    assert_int_equal(KV_JOINED, hand(2, 0, "tie"));
    assert_int_equal(KV_KEPT, hand(2, 0, "tie"));
    assert_null(value_of(0, "k"));
    assert_null(value_of(0, "tie"));
    assert_int_equal(2, kv_stats(nodes[0]).dead);
    /* A newer value comes in. */
    put(2, "k", "newer", 0);
    assert_int_equal(KV_REPLACED, hand(2, 0, "k"));
    assert_string_equal("newer", value_of(0, "k"));
}

static void the_evicted_may_come_back(void **state)
{
    (void)state;
    put(0, "k", "v", 0);
    hand(0, 1, "k");
    fill(1);
    assert_null(value_of(1, "k"));
    assert_int_equal(KV_REPLACED, hand(0, 1, "k"));
    assert_string_equal("v", value_of(1, "k"));
}

static void v1_records_are_kept_word_for_word(void **state)
{
    (void)state;
    const struct secret32 data_key = {{1}};
    value_seal_keys_v1(&keys, &data_key, true);
    put(0, "k", "v", 0);
    assert_int_equal(RECORD_V1, peek(0, "k").flags);
    assert_int_equal(KV_REPLACED, hand(0, 1, "k"));
    assert_bytes(peek(0, "k").blob, peek(1, "k").blob);
    assert_string_equal("v", value_of(1, "k"));
    now_ms++;
    drop(0, "k");
    assert_int_equal(0, peek(0, "k").blob.len);
    assert_int_equal(KV_REPLACED, hand(0, 1, "k"));
    assert_null(value_of(1, "k"));
    /* A v2 value beats the v1 value that is otherwise the same. */
    put(0, "x", "v", 0);
    keys.seals_v1 = false;
    put(1, "x", "v", 0);
    hand(0, 1, "x");
    hand(1, 0, "x");
    assert_int_equal(peek(0, "x").flags, peek(1, "x").flags);
    assert_bytes(peek(0, "x").sealed_clock, peek(1, "x").sealed_clock);
}

static void a_feed_sees_every_change_once(void **state)
{
    (void)state;
    struct kv_feed all;
    struct kv_feed news;
    struct kv_feed_item item;
    put(0, "a", "1", 0);
    put(0, "b", "2", 0);
    kv_feed_open(nodes[0], &all, true);
    kv_feed_open(nodes[0], &news, false);
    assert_false(kv_feed_next(nodes[0], &news, &item));
    put(0, "a", "3", 0);
    drop(0, "b");
    assert_true(kv_feed_next(nodes[0], &news, &item));
    assert_bytes(BYTES_LITERAL("a"), item.record.key);
    assert_bytes(BYTES_ARRAY(keys.tenant), item.tenant);
    assert_int_equal(3, item.seq);
    assert_true(kv_feed_next(nodes[0], &all, &item));
    assert_int_equal(3, item.seq);
    assert_true(kv_feed_next(nodes[0], &all, &item));
    assert_int_equal(RECORD_TOMBSTONE, item.record.flags);
    assert_false(kv_feed_next(nodes[0], &all, &item));
    kv_feed_rewind(nodes[0], &all, 3);
    assert_true(kv_feed_next(nodes[0], &all, &item));
    assert_int_equal(4, item.seq);
    kv_feed_rewind(nodes[0], &all, 0);
    assert_true(kv_feed_next(nodes[0], &all, &item));
    assert_int_equal(3, item.seq);
    assert_int_equal(4, kv_seq(nodes[0]));
    kv_feed_close(&all);
    assert_true(kv_feed_next(nodes[0], &news, &item));
    assert_false(kv_feed_next(nodes[0], &news, &item));
    kv_feed_close(&news);
}

/* --- all orders end the same ------------------------------------------------------------------ */

enum { KEYS = 6 };

static const char *key_name(unsigned number)
{
    static const char *const names[KEYS] = {"a", "a/b", "c", "d", "e", "f"};
    return names[number];
}

static void random_write(unsigned node)
{
    struct kv_at at = here();
    char value[2] = {(char)('a' + store_random_below(&random_state, 3)), 0};
    const char *key = key_name((unsigned)store_random_below(&random_state, KEYS));
    struct kv_write write = write_of(key, value);
    if (store_random_below(&random_state, 4) == 0) {
        write.value.len = 0;
        (void)!status_is_ok(kv_delete(nodes[node], &at, &write, NULL));
        return;
    }
    write.ttl_ms = store_random_below(&random_state, 3) * 40;
    assert_status(OK, kv_put(nodes[node], &at, &write, NULL));
}

/* All that one node has, to another, in order of changes. */
static unsigned sync(unsigned from, unsigned to)
{
    struct kv_feed feed;
    struct kv_feed_item item;
    unsigned changes = 0;
    kv_feed_open(nodes[from], &feed, true);
    while (kv_feed_next(nodes[from], &feed, &item)) {
        enum kv_merged merged;
        assert_status(OK, merge(to, &item.record, &merged));
        changes += merged == KV_KEPT ? 0 : 1;
    }
    kv_feed_close(&feed);
    return changes;
}

static void require_same(unsigned a, unsigned b, const char *key)
{
    struct record left;
    struct record right;
    bool has_left = kv_peek(nodes[a], keys.tenant, bytes_of(key), &left);
    bool has_right = kv_peek(nodes[b], keys.tenant, bytes_of(key), &right);
    assert_int_equal(has_left, has_right);
    assert_int_equal(left.updated_at_ms, right.updated_at_ms);
    assert_int_equal(left.ttl_ms, right.ttl_ms);
    assert_int_equal(left.flags, right.flags);
    assert_bytes(left.clock, right.clock);
    assert_bytes(left.sealed_clock, right.sealed_clock);
    const char *value = value_of(a, key);
    const char *other = value_of(b, key);
    assert_true((value == NULL) == (other == NULL));
    assert_true(value == NULL || strcmp(value, other) == 0);
}

static void nodes_that_hear_of_everything_agree(void **state)
{
    for (unsigned round = 0; round < 300; round++) {
        for (unsigned step = 0; step < 40; step++) {
            unsigned node = (unsigned)store_random_below(&random_state, NODES);
            unsigned other = (unsigned)store_random_below(&random_state, NODES);
            uint64_t what = store_random_below(&random_state, 8);
            if (what == 0 && node != other) {
                sync(node, other);
            } else if (what < 3) {
                now_ms += store_random_below(&random_state, 3);
            } else {
                random_write(node);
            }
        }
        /* Twice around: the second time everybody has everything. */
        for (unsigned pass = 0; pass < 2; pass++) {
            for (unsigned from = 0; from < NODES; from++) {
                for (unsigned to = 0; to < NODES; to++) {
                    (void)(from == to ? 0 : sync(from, to));
                }
            }
        }
        assert_int_equal(0, sync(0, 1) + sync(1, 2) + sync(2, 0) + sync(1, 0));
        for (unsigned key = 0; key < KEYS; key++) {
            require_same(0, 1, key_name(key));
            require_same(1, 2, key_name(key));
        }
        if (round % 20 == 0) {
            close_stores(state);
            uint64_t seed = random_state.state;
            open_stores(state);
            random_state.state = seed;
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stores, close_stores)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_wrong_stays_out),
        TEST(too_large_or_no_memory_changes_nothing),
        TEST(old_records_are_welcome),
        TEST(clocks_join_whoever_wins),
        TEST(ties_are_decided_by_the_plaintext),
        TEST(a_tie_whose_own_blob_is_lost_is_an_error),
        TEST(the_deleted_do_not_come_back),
        TEST(a_late_tombstone_is_kept_from_now),
        TEST(the_expired_do_not_uncover_what_they_hid),
        TEST(what_is_left_of_the_expired_still_hides),
        TEST(the_evicted_may_come_back),
        TEST(v1_records_are_kept_word_for_word),
        TEST(a_feed_sees_every_change_once),
        TEST(nodes_that_hear_of_everything_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
