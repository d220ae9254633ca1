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

/* A record as it is now, for later. */
static struct record copy_of(unsigned node, const char *key, uint8_t memory[static 512])
{
    struct record record = peek(node, key);
    struct bytes *const parts[] = {&record.key, &record.clock, &record.sealed_clock, &record.blob};
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
        TEST(the_evicted_still_cover_the_deleted),
        TEST(v1_records_are_kept_word_for_word),
        TEST(a_feed_sees_every_change_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
