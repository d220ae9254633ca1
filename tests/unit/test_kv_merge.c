/* What comes from peers: nothing bad gets in, nothing dead comes back. */
#include <stdio.h>

#include "base/limits.h"
#include "fixtures/store_nodes.h"

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
    refuse("VALUE_SEAL", &bad);
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
    memset(bad.tie, 0, sizeof bad.tie);
    refuse("RECORD_INVALID", &bad);
    bad = good;
    bad.flags = RECORD_V1;
    memcpy(bad.tie, bad.blob.ptr, sizeof bad.tie);
    refuse("VALUE_EPOCH", &bad);
    bad.flags = RECORD_V1 | RECORD_TOMBSTONE;
    memset(bad.tie, 0, sizeof bad.tie);
    bad.blob.len = 0;
    refuse("VALUE_EPOCH", &bad);
    bad = good;
    bad.clock.len -= VECTOR_CLOCK_ENTRY;
    refuse("RECORD_INVALID", &bad);
    bad.clock = BYTES_LITERAL("\0\0");
    refuse("VALUE_SEAL", &bad);
    bad = good;
    bad.tie[0]++;
    refuse("VALUE_SEAL", &bad);
    memset(bad.tie, 0, sizeof bad.tie);
    refuse("RECORD_INVALID", &bad);
    enum kv_merged merged;
    assert_status(OK, merge(1, &good, &merged));
    assert_int_equal(KV_REPLACED, merged);
    assert_string_equal("theirs", value_of(1, "k"));
}

static void too_large_or_no_memory_changes_nothing(void **state)
{
    (void)state;
    static uint8_t value[59000];
    struct kv_limits limits = {9000, 9000, 9000, 8, 1000, 100, 1000};
    const uint8_t wallet[VECTOR_CLOCK_WALLET] = {9};
    struct kv *small;
    enum kv_merged merged;
    struct kv_at at = here();
    struct kv_write write = write_of("k", "");
    write.value = BYTES_ARRAY(value);
    assert_status(OK, kv_put(nodes[0], &at, &write, NULL));
    assert_status(OK, kv_open(&limits, wallet, &mem, &small));
    struct record record = peek(0, "k");
    assert_status(VALUE_QUOTA, kv_merge(small, &at, &record, write.nonce, &merged));
    assert_int_equal(0, kv_stats(small).bytes);
    kv_close(&small);
    size_t cap = mem.cap;
    mem.cap = mem_used(&mem) + 100;
    assert_status(NO_MEMORY, kv_merge(nodes[1], &at, &record, write.nonce, &merged));
    mem.cap = mem_used(&mem) + 60000;
    assert_status(NO_MEMORY, kv_merge(nodes[1], &at, &record, write.nonce, &merged));
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
    assert_int_equal(0, record_version_order(&version, &same));
    assert_int_equal(before.seen.len + VECTOR_CLOCK_ENTRY, after.seen.len);
    assert_int_equal(before.clock.len, after.clock.len);
    assert_int_equal(KV_REPLACED, hand(1, 0, "k"));
    assert_bytes(after.clock, peek(0, "k").clock);
    assert_bytes(after.seen, peek(0, "k").seen);
    assert_string_equal("one", value_of(0, "k"));
    assert_string_equal("one", value_of(1, "k"));
    /* A write has seen them all. */
    put(1, "k", "more", 0);
    assert_bytes(peek(1, "k").seen, peek(1, "k").clock);
    assert_int_equal(after.seen.len, peek(1, "k").clock.len);
}

/* Write under a nonce that starts with this byte. */
static void put_tie(unsigned node, const char *key, const char *value, uint8_t tie)
{
    struct kv_at at = here();
    struct kv_write write = write_of(key, value);
    write.nonce[0] = tie;
    assert_status(OK, kv_put(nodes[node], &at, &write, NULL));
}

static void equal_times_are_decided_by_the_tie(void **state)
{
    (void)state;
    put_tie(0, "k", "b", 2);
    put_tie(1, "k", "a", 1);
    put_tie(2, "k", "0", 3);
    assert_int_equal(KV_JOINED, hand(1, 0, "k"));
    assert_int_equal(KV_REPLACED, hand(2, 1, "k"));
    assert_int_equal(KV_REPLACED, hand(2, 0, "k"));
    assert_int_equal(KV_JOINED, hand(0, 1, "k"));
    assert_string_equal("0", value_of(0, "k"));
    assert_string_equal("0", value_of(1, "k"));
    assert_bytes(peek(0, "k").seen, peek(1, "k").seen);
    /* A tombstone gives way to a value of its time. */
    put(0, "d", "x", 0);
    drop(0, "d"); /* at now + 1 */
    now_ms++;
    put(1, "d", "", 0);
    assert_int_equal(KV_JOINED, hand(0, 1, "d"));
    assert_int_equal(KV_REPLACED, hand(1, 0, "d"));
    assert_string_equal("", value_of(0, "d"));
}

static void what_is_here_stays_closed(void **state)
{
    (void)state;
    put_tie(0, "k", "b", 2);
    put_tie(1, "k", "a", 1);
    struct kv_record *mine =
        kv_space_record(kv_space_find(nodes[1], keys.tenant), BYTES_LITERAL("k"));
    kv_record_blob(mine)[40] ^= 1;
    assert_int_equal(KV_REPLACED, hand(0, 1, "k"));
    assert_string_equal("b", value_of(1, "k"));
}

/* Two deletes of one millisecond are one write, sealed under both clocks. */
static void tombstones_of_one_time_are_one_write(void **state)
{
    (void)state;
    put(0, "k", "v", 0);
    hand(0, 1, "k");
    drop(0, "k");
    drop(1, "k");
    struct record theirs = peek(0, "k");
    struct record mine = peek(1, "k");
    assert_int_equal(0, record_order(&theirs, &mine));
    assert_int_equal(KV_JOINED, hand(0, 1, "k"));
    assert_int_equal(KV_JOINED, hand(1, 0, "k"));
    assert_int_equal(KV_KEPT, hand(0, 1, "k"));
    assert_int_equal(KV_KEPT, hand(1, 0, "k"));
    assert_bytes(peek(0, "k").clock, peek(1, "k").clock);
    assert_int_equal(2 + 2 * VECTOR_CLOCK_ENTRY, peek(0, "k").clock.len);
    assert_int_equal(KV_REPLACED, hand(0, 2, "k")); /* it opens */
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
    put_tie(2, "tie", "zzz", 1);
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

/* A record as it is now, for later. */
static struct record copy_of(unsigned node, const char *key, uint8_t memory[static 512])
{
    struct record record = peek(node, key);
    struct bytes *const parts[] = {&record.key, &record.clock, &record.seen, &record.blob};
    struct buf out = buf_over(memory, 512);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct bytes part = *parts[i];
        parts[i]->ptr = memory + out.len;
        buf_put(&out, part);
    }
    assert_status(OK, buf_check(&out));
    return record;
}

static void the_evicted_still_cover_the_deleted(void **state)
{
    (void)state;
    uint8_t memory[3][512];
    enum kv_merged merged;
    put(0, "k", "first", 0);
    struct record first = copy_of(0, "k", memory[0]);
    drop(0, "k");
    struct record tombstone = copy_of(0, "k", memory[1]);
    put(0, "k", "second", 0);
    struct record second = copy_of(0, "k", memory[2]);
    fill(0);
    assert_null(value_of(0, "k"));
    assert_status(OK, merge(0, &first, &merged));
    assert_int_equal(KV_KEPT, merged);
    assert_status(OK, merge(0, &tombstone, &merged));
    assert_null(value_of(0, "k"));
    assert_status(OK, merge(0, &second, &merged));
    assert_int_equal(KV_REPLACED, merged);
    assert_string_equal("second", value_of(0, "k"));
    /* The same where the tombstone came after what beats it. */
    assert_status(OK, merge(1, &second, &merged));
    assert_status(OK, merge(1, &tombstone, &merged));
    assert_int_equal(KV_KEPT, merged);
    fill(1);
    assert_status(OK, merge(1, &first, &merged));
    assert_int_equal(KV_KEPT, merged);
    assert_null(value_of(1, "k"));
    /* Deleting it leaves a tombstone for the peers that still have it. */
    struct kv_at at = here();
    struct kv_write write = write_of("k", "");
    assert_status(VALUE_NOT_FOUND, kv_delete(nodes[1], &at, &write, NULL));
    assert_int_equal(RECORD_TOMBSTONE, peek(1, "k").flags);
    assert_status(OK, merge(1, &second, &merged));
    assert_null(value_of(1, "k"));
    /* Past the retention nothing is left. */
    fill(0);
    now_ms += 1100;
    kv_tick(nodes[0], now_ms, 99);
    assert_int_equal(0, kv_stats(nodes[0]).dead);
}

static void v1_records_are_kept_word_for_word(void **state)
{
    (void)state;
    const struct secret32 data_key = {{1}};
    value_seal_keys_v1(&keys, &data_key, true);
    put(0, "k", "v", 0);
    assert_int_equal(RECORD_V1 | RECORD_EVICTABLE, peek(0, "k").flags);
    assert_int_equal(KV_REPLACED, hand(0, 1, "k"));
    assert_bytes(peek(0, "k").blob, peek(1, "k").blob);
    assert_string_equal("v", value_of(1, "k"));
    now_ms++;
    drop(0, "k");
    assert_int_equal(0, peek(0, "k").blob.len);
    assert_int_equal(KV_REPLACED, hand(0, 1, "k"));
    assert_null(value_of(1, "k"));
}

/* What an upstream node leaves of a value that it evicted: clock and time are the value's. */
static void an_upstream_eviction_deletes_nothing(void **state)
{
    (void)state;
    const struct secret32 data_key = {{1}};
    enum kv_merged merged;
    uint8_t memory[512];
    value_seal_keys_v1(&keys, &data_key, true);
    put(0, "k", "old", 0);
    hand(0, 2, "k");
    put(0, "k", "v", 500);
    struct record value = copy_of(0, "k", memory);
    struct record evicted = value;
    evicted.flags = RECORD_V1 | RECORD_TOMBSTONE;
    evicted.blob = (struct bytes){NULL, 0};
    memset(evicted.tie, 0, sizeof evicted.tie);
    assert_status(OK, merge(0, &evicted, &merged));
    assert_int_equal(KV_KEPT, merged);
    assert_string_equal("v", value_of(0, "k"));
    /* Where the value is not, it hides what came before, and gives way to the value. */
    assert_status(OK, merge(1, &evicted, &merged));
    assert_status(OK, merge(2, &evicted, &merged));
    assert_int_equal(KV_REPLACED, merged);
    assert_null(value_of(2, "k"));
    for (unsigned node = 1; node < 3; node++) {
        assert_status(OK, merge(node, &value, &merged));
        assert_int_equal(KV_REPLACED, merged);
        assert_string_equal("v", value_of(node, "k"));
    }
    /* Also where it had to go early, and only its floor is left. */
    assert_status(OK, merge(3, &evicted, &merged));
    for (unsigned i = 0; i < 40; i++) {
        char key[8];
        snprintf(key, sizeof key, "t%u", i);
        struct record other = evicted;
        other.key = bytes_of(key);
        assert_status(OK, merge(3, &other, &merged));
    }
    assert_true(kv_stats(nodes[3]).early_ends != 0);
    assert_status(OK, merge(3, &value, &merged));
    assert_string_equal("v", value_of(3, "k"));
    struct record older = value;
    older.key = BYTES_LITERAL("older");
    older.updated_at_ms--;
    assert_status(RECORD_STALE, merge(3, &older, &merged));
}

/* Counts may be of any size: 2^63 and more come from upstream. */
static void counts_have_64_bits(void **state)
{
    (void)state;
    struct vector_clock clock = {0};
    uint8_t wallet[VECTOR_CLOCK_WALLET];
    uint8_t memory[VECTOR_CLOCK_BYTES];
    uint8_t blob[64];
    enum kv_merged merged;
    struct buf out = buf_over(memory, sizeof memory);
    store_wallet(77, wallet);
    vector_clock_raise(&clock, wallet, UINT64_MAX - 1);
    vector_clock_write(&clock, &out);
    struct record record = {.key = BYTES_LITERAL("k"),
                            .clock = buf_bytes(&out),
                            .seen = buf_bytes(&out),
                            .updated_at_ms = now_ms,
                            .tie = {1}};
    assert_status(
        OK, value_seal_seal(&keys, &record, BYTES_LITERAL("v"), (const uint8_t[24]){1}, blob));
    record.blob = (struct bytes){blob, VALUE_SEAL_OVERHEAD + 1};
    assert_status(OK, merge(0, &record, &merged));
    assert_string_equal("v", value_of(0, "k"));
    put(0, "k", "w", 0);
    put(0, "k", "x", 0); /* the greatest there is stays */
    assert_status(OK, vector_clock_read(peek(0, "k").clock, &clock));
    assert_true(vector_clock_latest(&clock)->count == UINT64_MAX);
    assert_int_equal(KV_REPLACED, hand(0, 1, "k"));
    assert_string_equal("x", value_of(1, "k"));
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
    assert_int_equal(3, kv_changed(nodes[0], keys.tenant, BYTES_LITERAL("a")));
    assert_int_equal(4, kv_changed(nodes[0], keys.tenant, BYTES_LITERAL("b")));
    assert_int_equal(0, kv_changed(nodes[0], keys.tenant, BYTES_LITERAL("c")));
    kv_feed_close(&all);
    assert_true(kv_feed_next(nodes[0], &news, &item));
    assert_false(kv_feed_next(nodes[0], &news, &item));
    kv_feed_close(&news);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stores, close_stores)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_wrong_stays_out),
        TEST(too_large_or_no_memory_changes_nothing),
        TEST(old_records_are_welcome),
        TEST(clocks_join_whoever_wins),
        TEST(equal_times_are_decided_by_the_tie),
        TEST(what_is_here_stays_closed),
        TEST(tombstones_of_one_time_are_one_write),
        TEST(the_deleted_do_not_come_back),
        TEST(a_late_tombstone_is_kept_from_now),
        TEST(the_expired_do_not_uncover_what_they_hid),
        TEST(what_is_left_of_the_expired_still_hides),
        TEST(the_evicted_may_come_back),
        TEST(the_evicted_still_cover_the_deleted),
        TEST(v1_records_are_kept_word_for_word),
        TEST(an_upstream_eviction_deletes_nothing),
        TEST(counts_have_64_bits),
        TEST(a_feed_sees_every_change_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
