#include "cluster/v1/v1_record.h"
#include "cluster/v1/v1_scan.h"
#include "fixtures/unit.h"
#include "fixtures/vector_file.h"

#define BLOB "000102030405060708090a0b101112131415161718191a1b1c1d1e1f"
#define A    "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct arena arena;
static struct v1_names names;
static struct v1_record_memory memory;
static uint8_t blob[V1_RECORD_BLOB];
static struct record record;

static int start(void **state)
{
    (void)state;
    assert_status(OK, arena_init(&arena, 1u << 20));
    memory.arena = &arena;
    memory.names = &names;
    memory.blob = blob;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static struct status read_text(const char *text)
{
    names = (struct v1_names){0};
    arena_reset(&arena);
    return v1_record_read(bytes_of(text), &memory, &record);
}

static void what_is_no_record_is_refused(void **state)
{
    (void)state;
    static const struct record zero;
    static const char *const bad[] = {
        "",
        "5",
        "[]",
        "{\"key\":\"k\",\"value\":\"" BLOB "\"",             /* cut */
        "{\"key\":\"k\"}",                                   /* neither value nor tombstone */
        "{\"key\":\"k\",\"value\":\"\"}",                    /* likewise */
        "{\"key\":\"k\",\"value\":5}",                       /* no text */
        "{\"key\":\"k\",\"value\":\"00\"}",                  /* no blob */
        "{\"key\":\"k\",\"value\":\"" BLOB "0\"}",           /* half a byte */
        "{\"key\":\"k\",\"value\":\"" BLOB "0g\"}",          /* no hex */
        "{\"key\":\"k\",\"tombstone\":1}",                   /* no bool */
        "{\"key\":\"k\",\"tombstone\":\"true\"}",            /* likewise */
        "{\"key\":\"k\",\"tombstone\":true,\"ttl_ms\":1.5}", /* no whole number */
        "{\"key\":\"k\",\"tombstone\":true,\"ttl_ms\":-}",   /* none at all */
        "{\"key\":\"k\",\"tombstone\":true,\"updated_at_ms\":-1}",
        "{\"key\":\"k\",\"tombstone\":true,\"updated_at_ms\":\"1\"}",
        "{\"key\":\"k\",\"tombstone\":true,\"updated_at_ms\":18446744073709551616}",
        "{\"key\":\"k\",\"tombstone\":true,\"version\":[]}",
        "{\"key\":\"k\",\"tombstone\":true,\"version\":{\"node\":1}}", /* no wallet */
        "{\"key\":\"k\",\"tombstone\":true,\"version\":{\"" A "\":-1}}",
        "{\"key\":\"k\",\"tombstone\":true,\"version\":{\"" A "\":18446744073709551616}}",
        "{\"key\":\"k\",\"tombstone\":true,\"version\":{\"" A "\":1,}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct status status = read_text(bad[i]);
        if (status.code != STATUS_RECORD_INVALID && status.code != STATUS_VALUE_KEY) {
            fail_msg("%s: %s", bad[i], status_name(status.code));
        }
        assert_memory_equal(&zero, &record, sizeof record);
    }
    assert_status(VALUE_KEY, read_text("{\"tombstone\":true}"));
    assert_status(VALUE_KEY, read_text("{\"key\":\"\",\"tombstone\":true}"));
    assert_status(VALUE_KEY, read_text("{\"key\":5,\"tombstone\":true}"));
    assert_status(VALUE_KEY, read_text("{\"key\":\"\xff\",\"tombstone\":true}"));
    assert_status(VALUE_KEY, read_text("{\"key\":\"\\u12\",\"tombstone\":true}"));
}

static void expect_clock(const char *hex)
{
    assert_bytes(unit_hex(hex), record.clock);
    assert_bytes(record.clock, record.seen);
}

static void values_are_read(void **state)
{
    (void)state;
    assert_status(OK, read_text("{\"key\":\"a/\\u00e9\",\"value\":\"" BLOB "\",\"version\":{\"" A
                                "\":18446744073709551615},\"updated_at_ms\":1700000000000,"
                                "\"tombstone\":false,\"ttl_ms\":5,\"more\":[{}]}"));
    assert_bytes(BYTES_LITERAL("a/\xc3\xa9"), record.key);
    assert_bytes(unit_hex(BLOB), record.blob);
    expect_clock("0001aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaffffffffffffffff");
    assert_int_equal(1700000000000, record.updated_at_ms);
    assert_int_equal(5, record.ttl_ms);
    assert_int_equal(RECORD_V1 | RECORD_EVICTABLE, record.flags);
    assert_memory_equal(blob, record.tie, RECORD_TIE);
    assert_status(OK, read_text("{\"key\":\"wallet/x\",\"value\":\"0x" BLOB "\",\"ttl_ms\":-7}"));
    assert_int_equal(RECORD_V1, record.flags);
    assert_int_equal(0, record.ttl_ms);
    assert_int_equal(0, record.updated_at_ms);
    expect_clock("0000");
}

/* What has a value beside its tombstone has none. */
static void tombstones_are_read(void **state)
{
    (void)state;
    static const uint8_t zeros[RECORD_TIE];
    assert_status(OK, read_text("{\"key\":\"k\",\"value\":\"" BLOB "\",\"tombstone\":true,"
                                "\"ttl_ms\":9}"));
    assert_int_equal(RECORD_V1 | RECORD_TOMBSTONE, record.flags);
    assert_int_equal(0, record.blob.len);
    assert_memory_equal(zeros, record.tie, sizeof zeros);
    assert_int_equal(9, record.ttl_ms);
}

/* Both spellings are one wallet, of which the greater count counts; and it is written as it was. */
static void wallets_have_two_spellings(void **state)
{
    (void)state;
    static uint8_t text[1024];
    struct buf out = buf_over(text, sizeof text);
    assert_status(OK, read_text("{\"key\":\"k\",\"tombstone\":true,\"version\":{"
                                "\"0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A\":2,"
                                "\"0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a\":3,"
                                "\"0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1}}"));
    expect_clock("000219e7e376e7c213b7e7e7e46cc70a5dd086daff2a0000000000000003"
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0000000000000001");
    v1_record_put(&out, &names, &record);
    assert_bytes(BYTES_LITERAL("{\"key\":\"k\",\"value\":null,\"version\":{"
                               "\"0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A\":3,"
                               "\"0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1},"
                               "\"updated_at_ms\":0,\"tombstone\":true,\"ttl_ms\":0}"),
                 buf_bytes(&out));
    assert_true(out.len <= v1_record_len_max(&record));
}

/* The reference's own record, there and back. */
static void the_vector_is_written_as_it_was(void **state)
{
    (void)state;
    static uint8_t text[1024];
    struct buf out = buf_over(text, sizeof text);
    names = (struct v1_names){0};
    struct json_in root = vector_file_root("nova.json");
    struct json_in sync = vector_file_member(&root, "sync_example");
    struct bytes inner = vector_file_text(&sync, "inner");
    struct bytes object;
    struct v1_scan scan;
    struct v1_scan_item item;
    assert_true(v1_scan_member(inner, "data", &object) && v1_scan_member(object, "42", &object));
    assert_true(v1_scan_enter(object, '[', &scan) && v1_scan_next(&scan, &item));
    assert_status(OK, v1_record_read(item.value, &memory, &record));
    v1_record_put(&out, &names, &record);
    assert_bytes(item.value, buf_bytes(&out));
    assert_true(out.len <= v1_record_len_max(&record));
}

/* Whatever a record is made of, it is not longer than it said. */
static void none_is_longer_than_it_says(void **state)
{
    (void)state;
    static uint8_t text[64 * LIMIT_CLOCK_NODES + 8 * LIMIT_KV_KEY + 4096];
    VECTOR_CLOCK_LOCAL struct vector_clock clock;
    uint8_t encoded[VECTOR_CLOCK_BYTES];
    uint8_t key[LIMIT_KV_KEY];
    clock.len = 0;
    for (unsigned i = 0; i < LIMIT_CLOCK_NODES; i++) {
        uint8_t wallet[VECTOR_CLOCK_WALLET] = {(uint8_t)i, 1};
        vector_clock_raise(&clock, wallet, UINT64_MAX);
    }
    struct buf clock_out = buf_over(encoded, sizeof encoded);
    vector_clock_write(&clock, &clock_out);
    memset(key, 1, sizeof key);
    struct bytes bytes = buf_bytes(&clock_out);
    struct record longest = {BYTES_ARRAY(key), bytes, bytes,     {blob, 100}, UINT64_MAX,
                             UINT64_MAX,       {0},   RECORD_V1, {0},         {0}};
    struct buf out = buf_over(text, sizeof text);
    v1_record_put(&out, &names, &longest);
    assert_false(out.failed);
    assert_true(out.len <= v1_record_len_max(&longest));
    assert_true(out.len + 100 > v1_record_len_max(&longest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_record_is_refused),
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(tombstones_are_read),
        cmocka_unit_test(wallets_have_two_spellings),
        cmocka_unit_test(the_vector_is_written_as_it_was),
        cmocka_unit_test(none_is_longer_than_it_says),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
