#include "base/limits.h"
#include "fixtures/store_fixture.h"
#include "fixtures/unit.h"
#include "record/record.h"

static const uint8_t no_clock[2] = {0, 0};

static struct record live(const char *key)
{
    static const uint8_t blob[VALUE_SEAL_OVERHEAD] = {2};
    return (struct record){
        .key = bytes_of(key),
        .clock = BYTES_ARRAY(no_clock),
        .seen = BYTES_ARRAY(no_clock),
        .blob = BYTES_ARRAY(blob),
        .updated_at_ms = 1000,
        .tie = {2},
    };
}

static void keys_are_bounded_utf8(void **state)
{
    (void)state;
    static uint8_t text[LIMIT_KV_KEY + 1];
    memset(text, 'k', sizeof text);
    assert_status(VALUE_KEY, record_check_key((struct bytes){NULL, 0}));
    assert_status(VALUE_KEY, record_check_key(BYTES_ARRAY(text)));
    assert_status(VALUE_KEY, record_check_key(BYTES_LITERAL("a\xff")));
    assert_status(VALUE_KEY, record_check_key(BYTES_LITERAL("\xed\xa0\x80")));
    assert_status(OK, record_check_key((struct bytes){text, LIMIT_KV_KEY}));
    assert_status(OK, record_check_key(BYTES_LITERAL("a/b//ä\n")));
}

static void records_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static uint8_t large[LIMIT_KV_VALUE + VALUE_SEAL_OVERHEAD + 1];
    struct record record = live("k");
    assert_status(OK, record_check(&record));
    record.key.len = 0;
    assert_status(VALUE_KEY, record_check(&record));
    record = live("k");
    record.flags = 8;
    assert_status(RECORD_INVALID, record_check(&record));
    record.flags = RECORD_EVICTABLE;
    assert_status(OK, record_check(&record));
    record = live("k");
    record.clock.len = 1;
    assert_status(RECORD_INVALID, record_check(&record));
    record = live("k");
    record.seen.len = 0;
    assert_status(RECORD_INVALID, record_check(&record));
    record = live("k");
    record.blob.len--;
    assert_status(RECORD_INVALID, record_check(&record));
    record.flags = RECORD_V1;
    assert_status(OK, record_check(&record));
    record.blob.len = VALUE_SEAL_V1_OVERHEAD - 1;
    assert_status(RECORD_INVALID, record_check(&record));
    record = live("k");
    record.blob = BYTES_ARRAY(large);
    assert_status(RECORD_INVALID, record_check(&record));
    record.blob.len--;
    assert_status(OK, record_check(&record));
}

static void tombstones_have_no_value(void **state)
{
    (void)state;
    struct record record = live("k");
    record.flags = RECORD_TOMBSTONE;
    memset(record.tie, 0, sizeof record.tie);
    assert_status(OK, record_check(&record));
    record.ttl_ms = 1;
    assert_status(RECORD_INVALID, record_check(&record));
    record.ttl_ms = 0;
    record.flags |= RECORD_EVICTABLE;
    assert_status(RECORD_INVALID, record_check(&record));
    record.flags = RECORD_TOMBSTONE | RECORD_V1;
    assert_status(RECORD_INVALID, record_check(&record));
    record.blob.len = 0;
    assert_status(OK, record_check(&record));
    record.ttl_ms = 1; /* as upstream nodes leave it of what they evict */
    assert_status(OK, record_check(&record));
}

static void a_tie_is_of_its_value(void **state)
{
    (void)state;
    struct record record = live("k");
    memset(record.tie, 0, sizeof record.tie);
    assert_status(RECORD_INVALID, record_check(&record));
    record.tie[RECORD_TIE - 1] = 1; /* sealed again, under another nonce */
    assert_status(OK, record_check(&record));
    record.flags = RECORD_TOMBSTONE;
    assert_status(RECORD_INVALID, record_check(&record));
    record = live("k");
    record.flags = RECORD_V1;
    assert_status(OK, record_check(&record));
    for (size_t i = 0; i < RECORD_TIE; i++) {
        record.tie[i] ^= 4;
        assert_status(RECORD_INVALID, record_check(&record));
        record.tie[i] ^= 4;
    }
}

static void wallets_are_what_the_v1_wire_keeps(void **state)
{
    (void)state;
    assert_true(record_v1_evictable(BYTES_LITERAL("wallet")));
    assert_true(record_v1_evictable(BYTES_LITERAL("wallets/x")));
    assert_true(record_v1_evictable(BYTES_LITERAL("a/wallet/x")));
    assert_false(record_v1_evictable(BYTES_LITERAL("wallet/eth/app/main/key")));
}

static void expiry_never_wraps(void **state)
{
    (void)state;
    assert_true(record_expires(1000, 0) == UINT64_MAX);
    assert_int_equal(1005, record_expires(1000, 5));
    assert_true(record_expires(1000, UINT64_MAX) == UINT64_MAX);
    assert_true(record_expires(1000, UINT64_MAX - 1000) == UINT64_MAX);
}

static void versions_have_a_text(void **state)
{
    (void)state;
    struct record_version version = {0x0102030405060708, {0xaa, 0xbb, [11] = 9}};
    struct record_version read;
    uint8_t memory[RECORD_VERSION_TEXT];
    struct buf out = buf_over(memory, sizeof memory);
    record_version_write(&version, &out);
    assert_status(OK, buf_check(&out));
    assert_bytes(BYTES_LITERAL("0102030405060708aabb00000000000000000009"), buf_bytes(&out));
    assert_status(OK, record_version_read(buf_bytes(&out), &read));
    assert_int_equal(0, record_version_order(&version, &read));
    for (size_t len = 0; len < sizeof memory; len++) {
        assert_status(VERSION_INVALID, record_version_read((struct bytes){memory, len}, &read));
    }
    memory[3] = 'g';
    assert_status(VERSION_INVALID, record_version_read(buf_bytes(&out), &read));
    assert_int_equal(0, read.updated_at_ms);
}

/* Each member decides where all before it are equal, and nothing else counts. */
static void records_are_ordered_by_time_tie_and_ttl(void **state)
{
    (void)state;
    struct record a = live("k");
    struct record b = live("k");
    b.clock = b.seen = BYTES_LITERAL("\0\1xxxxxxxxxxxxxxxxxxxx\0\0\0\0\0\0\0\1");
    b.blob.len = 0;
    b.flags = RECORD_V1;
    assert_int_equal(0, record_order(&a, &b));
    a.ttl_ms = UINT64_MAX;
    assert_true(record_order(&a, &b) < 0 && record_order(&b, &a) > 0);
    b.ttl_ms = 7;
    assert_true(record_order(&a, &b) > 0 && record_order(&b, &a) < 0);
    b.tie[RECORD_TIE - 1]++;
    assert_true(record_order(&a, &b) < 0 && record_order(&b, &a) > 0);
    a.tie[0]++;
    assert_true(record_order(&a, &b) > 0 && record_order(&b, &a) < 0);
    b.updated_at_ms++;
    assert_true(record_order(&a, &b) < 0 && record_order(&b, &a) > 0);
}

/* Cause before op, each as bytes; what orders records does not count. */
static void origins_are_ordered_by_cause_and_op(void **state)
{
    (void)state;
    struct record a = live("k");
    struct record b = live("k");
    b.updated_at_ms++;
    assert_int_equal(0, record_origin_order(&a, &b));
    a.op[RECORD_OP - 1] = 0xff;
    assert_true(record_origin_order(&a, &b) > 0 && record_origin_order(&b, &a) < 0);
    b.op[0] = 1;
    assert_true(record_origin_order(&a, &b) < 0 && record_origin_order(&b, &a) > 0);
    a.cause[RECORD_CAUSE - 1] = 0xff;
    assert_true(record_origin_order(&a, &b) > 0 && record_origin_order(&b, &a) < 0);
    b.cause[0] = 1;
    assert_true(record_origin_order(&a, &b) < 0 && record_origin_order(&b, &a) > 0);
    a.updated_at_ms = b.updated_at_ms;
    assert_int_equal(0, record_order(&a, &b));
}

static void a_tombstone_gives_way_to_a_value_of_its_millisecond(void **state)
{
    (void)state;
    struct record value = live("k");
    struct record tombstone = live("k");
    tombstone.flags = RECORD_TOMBSTONE;
    memset(tombstone.tie, 0, sizeof tombstone.tie);
    value.ttl_ms = 1;
    assert_true(record_order(&value, &tombstone) > 0);
    tombstone.updated_at_ms++;
    assert_true(record_order(&value, &tombstone) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_bounded_utf8),
        cmocka_unit_test(records_that_cannot_be_are_refused),
        cmocka_unit_test(tombstones_have_no_value),
        cmocka_unit_test(a_tie_is_of_its_value),
        cmocka_unit_test(wallets_are_what_the_v1_wire_keeps),
        cmocka_unit_test(expiry_never_wraps),
        cmocka_unit_test(versions_have_a_text),
        cmocka_unit_test(records_are_ordered_by_time_tie_and_ttl),
        cmocka_unit_test(origins_are_ordered_by_cause_and_op),
        cmocka_unit_test(a_tombstone_gives_way_to_a_value_of_its_millisecond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
