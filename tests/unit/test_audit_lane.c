#include <stdio.h>

#include "audit/audit_lane.h"
#include "base/limits.h"
#include "codec/hex.h"
#include "codec/json_in.h"
#include "fixtures/unit.h"

static uint8_t memory[16384];
static const uint8_t boot_id[AUDIT_BOOT_BYTES] = {0xb0, 0x07};

static struct buf empty_buf(void)
{
    return buf_over(memory, sizeof memory);
}

static void a_record_has_all_members_in_their_order(void **state)
{
    (void)state;
    uint8_t digest[32] = {0xab, 0xcd};
    struct audit_lane lane;
    audit_lane_init(&lane, boot_id, 3);
    struct audit_record record = {
        .at = {1, 2},
        .tenant = digest,
        .user = digest,
        .principal = "loopback",
        .assurance = 1,
        .op = "sign",
        .route = "POST /v1/starknet/sign",
        .has_key = true,
        .key_index = 7,
        .chain = BYTES_LITERAL("SN_SEPOLIA"),
        .object = BYTES_LITERAL("0x1"),
        .req = digest,
        .outcome = AUDIT_REFUSED,
        .code = STATUS_FEE_CEILING,
        .rid = BYTES_LITERAL("r1"),
        .crid = BYTES_LITERAL("c\"1"),
        .ip = BYTES_LITERAL("::1"),
        .account = BYTES_LITERAL("0x2"),
        .nonce = BYTES_LITERAL("0x3"),
        .query = AUDIT_QUERY_NO,
        .auth = BYTES_LITERAL("[1]"),
        .factors = BYTES_LITERAL("[2]"),
        .layers = BYTES_LITERAL("[3]"),
        .spend = BYTES_LITERAL("[[\"0x1\",\"2\"]]"),
        .rule = BYTES_LITERAL("r"),
        .approval = BYTES_LITERAL("a"),
        .plan = digest,
        .has_term = true,
        .term = 4,
        .ref = BYTES_LITERAL("f"),
        .has_duration = true,
        .duration_us = 5,
    };
    struct buf out = empty_buf();
    assert_status(OK, audit_lane_append(&lane, &record, &out));
#define DIGEST "abcd000000000000000000000000000000000000000000000000000000000000"
#define ZEROS  "0000000000000000000000000000000000000000000000000000000000000000"
    assert_bytes(bytes_of("{\"v\":2,\"boot\":\"b0070000000000000000000000000000\",\"lane\":3,"
                          "\"seq\":0,\"prev\":\"" ZEROS "\",\"t_lo\":1,\"t_hi\":2,"
                          "\"tenant\":\"" DIGEST "\",\"user\":\"" DIGEST "\","
                          "\"principal\":\"loopback\",\"assurance\":1,\"sid\":null,\"ip\":\"::1\","
                          "\"op\":\"sign\",\"route\":\"POST /v1/starknet/sign\","
                          "\"key_index\":7,\"key_epoch\":0,\"chain\":\"SN_SEPOLIA\","
                          "\"account\":\"0x2\",\"nonce\":\"0x3\",\"query\":false,"
                          "\"object\":\"0x1\",\"req\":\"" DIGEST "\",\"policy\":null,"
                          "\"outcome\":\"refused\",\"code\":\"FEE_CEILING\",\"rid\":\"r1\","
                          "\"crid\":\"c\\\"1\",\"block\":null,\"auth\":[1],\"factors\":[2],"
                          "\"layers\":[3],\"rule\":\"r\",\"spend\":[[\"0x1\",\"2\"]],"
                          "\"approval\":\"a\",\"plan\":\"" DIGEST "\",\"term\":4,\"ref\":\"f\","
                          "\"duration_us\":5}\n"),
                 buf_bytes(&out));
    assert_int_equal(1, lane.seq);
}

static void what_is_not_known_is_null(void **state)
{
    (void)state;
    struct audit_lane lane;
    audit_lane_init(&lane, boot_id, 0);
    struct audit_record record = {.outcome = AUDIT_INTENT};
    struct buf out = empty_buf();
    assert_status(OK, audit_lane_append(&lane, &record, &out));
    buf_put_u8(&out, 0);
    assert_non_null(strstr((const char *)memory,
                           "\"tenant\":null,\"user\":null,\"principal\":null,\"assurance\":null,"
                           "\"sid\":null,\"ip\":null,\"op\":null,\"route\":null,"
                           "\"key_index\":null,\"key_epoch\":null,\"chain\":null,"
                           "\"account\":null,\"nonce\":null,\"query\":null,\"object\":null,"
                           "\"req\":null,\"policy\":null,\"outcome\":\"intent\","
                           "\"code\":\"OK\",\"rid\":null,\"crid\":null,\"block\":null,"
                           "\"auth\":null,\"factors\":null,\"layers\":null,\"rule\":null,"
                           "\"spend\":null,\"approval\":null,\"plan\":null,\"term\":null,"
                           "\"ref\":null,\"duration_us\":null}\n"));
}

static void each_record_carries_the_hash_of_the_line_before(void **state)
{
    (void)state;
    struct audit_lane lane;
    audit_lane_init(&lane, boot_id, 0);
    struct audit_boot boot = {.at = {5, 5}, .profile = "dev"};
    struct buf out = empty_buf();
    assert_status(OK, audit_lane_boot(&lane, &boot, &out));
    uint8_t line[4096] = {0};
    memcpy(line + 1, memory, out.len - 1);
    uint8_t expected[SHA256_BYTES];
    sha256_hash((struct bytes){line, out.len}, expected);
    assert_bytes(BYTES_ARRAY(expected), BYTES_ARRAY(lane.prev));

    out = empty_buf();
    assert_status(OK, audit_lane_end(&lane, (struct clock_interval){6, 6}, &out));
    assert_int_equal(2, lane.seq);
    buf_put_u8(&out, 0);
    assert_non_null(strstr((const char *)memory, "\"seq\":1,\"prev\":\""));
    assert_non_null(strstr((const char *)memory, "\"type\":\"end\",\"t_lo\":6,\"t_hi\":6}\n"));
}

static void a_record_that_does_not_fit_leaves_the_lane_as_it_was(void **state)
{
    (void)state;
    struct audit_lane lane;
    audit_lane_init(&lane, boot_id, 0);
    struct audit_lane before = lane;
    struct audit_record record = {.outcome = AUDIT_OK};
    for (size_t cap = 0; cap < 300; cap++) {
        struct buf out = buf_over(memory, cap);
        assert_status(BUFFER_FULL, audit_lane_append(&lane, &record, &out));
        assert_int_equal(0, out.len);
    }
    assert_memory_equal(&before, &lane, sizeof lane);

    static uint8_t longer[LIMIT_AUDIT_LINE];
    memset(longer, 'x', sizeof longer);
    record.object = BYTES_ARRAY(longer);
    struct buf out = empty_buf();
    assert_status(BUFFER_FULL, audit_lane_append(&lane, &record, &out));
    assert_memory_equal(&before, &lane, sizeof lane);
}

/* The same by Python: json.dumps with separators (",", ":") of the members in their order. */
static void marks_and_boots_as_they_are_written(void **state)
{
    (void)state;
    struct audit_lane lane;
    const uint8_t public[TLOG_NOTE_PUBLIC] = {0};
    const uint8_t domain[32] = {0xd0};
    struct tlog_note_key key;
    const struct audit_voucher voucher = {{0xaa}, {[64] = 27}};
    const struct audit_previous previous = {2, {{2, "a\n"}, {1, "b"}}};
    struct audit_boot boot = {{1, 2}, "dev", domain, NULL, NULL, NULL};
    const struct audit_mark mark = {{3, 4}, BYTES_LITERAL("5:0x6"), {7, 8, 9}};
    struct buf out = empty_buf();
    assert_status(OK, tlog_note_key_make(BYTES_LITERAL("n"), public, &key));
    audit_lane_init(&lane, boot_id, 0);
    assert_status(OK, audit_lane_boot(&lane, &boot, &out));
#define START \
    "{\"v\":2,\"boot\":\"b0070000000000000000000000000000\",\"lane\":0,\"seq\":0,\"prev\":\""
    assert_bytes(bytes_of(START ZEROS
                          "\",\"type\":\"boot\",\"t_lo\":1,\"t_hi\":2,\"attestation\":null,"
                          "\"pcrs\":null,\"profile\":\"dev\",\"domain\":\"d0"
                          "00000000000000000000000000000000000000000000000000000000000000\","
                          "\"vkey\":null,\"wallet\":null,\"signature\":null,\"previous\":[]}\n"),
                 buf_bytes(&out));
    boot.key = &key;
    boot.voucher = &voucher;
    boot.previous = &previous;
    out = empty_buf();
    assert_status(OK, audit_lane_boot(&lane, &boot, &out));
    buf_put_u8(&out, 0);
    assert_non_null(strstr((const char *)memory, ",\"vkey\":\"n+"));
    assert_non_null(strstr((const char *)memory, ",\"wallet\":\"0xaa00"));
    assert_non_null(strstr((const char *)memory, "001b\",\"previous\":[\"a\\n\",\"b\"]}\n"));
    out = empty_buf();
    assert_status(OK, audit_lane_mark(&lane, &mark, &out));
    buf_put_u8(&out, 0);
    assert_non_null(strstr((const char *)memory,
                           "\",\"type\":\"mark\",\"t_lo\":3,\"t_hi\":4,\"block\":\"5:0x6\","
                           "\"peers\":[],\"dropped\":{\"full\":7,\"rate\":8,\"overloaded\":9}}\n"));
}

/* Numbers go on, the chain of what is kept has no hole, and the hashes of the rest are bound. */
static void a_gap_stands_for_what_was_dropped(void **state)
{
    (void)state;
    struct audit_lane lane;
    struct audit_lane kept;
    struct audit_gap gap = {.count = 0};
    struct audit_record record = {.outcome = AUDIT_OK};
    struct buf out = empty_buf();
    struct sha256 sha;
    uint8_t hashes[SHA256_BYTES];
    audit_lane_init(&lane, boot_id, 1);
    assert_status(OK, audit_lane_append(&lane, &record, &out));
    kept = lane;
    sha256_init(&sha);
    for (size_t i = 0; i < 3; i++) {
        assert_status(OK, audit_lane_drop(&lane, &record, &gap));
        sha256_update(&sha, BYTES_ARRAY(lane.prev));
    }
    sha256_final(&sha, hashes);
    struct audit_lane before = lane;
    struct buf none = buf_over(memory, 10);
    assert_status(BUFFER_FULL, audit_lane_gap(&lane, (struct clock_interval){8, 9}, &gap, &none));
    assert_memory_equal(&before, &lane, sizeof lane);
    assert_int_equal(3, gap.count);
    out = empty_buf();
    assert_status(OK, audit_lane_gap(&lane, (struct clock_interval){8, 9}, &gap, &out));
    assert_int_equal(0, gap.count);
    assert_int_equal(5, lane.seq);
    char expected[512];
    uint8_t digits[2][65] = {{0}, {0}};
    struct buf prev = buf_over(digits[0], 64);
    struct buf all = buf_over(digits[1], 64);
    hex_put(&prev, BYTES_ARRAY(kept.prev));
    hex_put(&all, BYTES_ARRAY(hashes));
    snprintf(expected, sizeof expected,
             "{\"v\":2,\"boot\":\"b0070000000000000000000000000000\",\"lane\":1,\"seq\":4,\"prev\":"
             "\"%s\",\"type\":\"gap\",\"t_lo\":8,\"t_hi\":9,\"from\":1,\"to\":3,\"count\":3,"
             "\"hashes\":\"%s\"}\n",
             (const char *)digits[0], (const char *)digits[1]);
    assert_bytes(bytes_of(expected), buf_bytes(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_has_all_members_in_their_order),
        cmocka_unit_test(what_is_not_known_is_null),
        cmocka_unit_test(marks_and_boots_as_they_are_written),
        cmocka_unit_test(a_gap_stands_for_what_was_dropped),
        cmocka_unit_test(each_record_carries_the_hash_of_the_line_before),
        cmocka_unit_test(a_record_that_does_not_fit_leaves_the_lane_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
