#include "audit/audit_lane.h"
#include "base/limits.h"
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
    };
    struct buf out = empty_buf();
    assert_status(OK, audit_lane_append(&lane, &record, &out));
#define DIGEST "abcd000000000000000000000000000000000000000000000000000000000000"
#define ZEROS  "0000000000000000000000000000000000000000000000000000000000000000"
    assert_bytes(bytes_of("{\"v\":1,\"boot\":\"b0070000000000000000000000000000\",\"lane\":3,"
                          "\"seq\":0,\"prev\":\"" ZEROS "\",\"t_lo\":1,\"t_hi\":2,"
                          "\"tenant\":\"" DIGEST "\",\"user\":\"" DIGEST "\","
                          "\"principal\":\"loopback\",\"assurance\":1,\"sid\":null,"
                          "\"op\":\"sign\",\"route\":\"POST /v1/starknet/sign\","
                          "\"key_index\":7,\"key_epoch\":0,\"chain\":\"SN_SEPOLIA\","
                          "\"object\":\"0x1\",\"req\":\"" DIGEST "\",\"policy\":null,"
                          "\"outcome\":\"refused\",\"code\":\"FEE_CEILING\",\"rid\":\"r1\","
                          "\"crid\":\"c\\\"1\",\"block\":null}\n"),
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
                           "\"sid\":null,\"op\":null,\"route\":null,\"key_index\":null,"
                           "\"key_epoch\":null,\"chain\":null,\"object\":null,\"req\":null,"
                           "\"policy\":null,\"outcome\":\"intent\",\"code\":\"OK\",\"rid\":null,"
                           "\"crid\":null,\"block\":null}\n"));
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
    assert_non_null(strstr((const char *)memory, "\"t_hi\":6,\"op\":\"end\"}\n"));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_has_all_members_in_their_order),
        cmocka_unit_test(what_is_not_known_is_null),
        cmocka_unit_test(each_record_carries_the_hash_of_the_line_before),
        cmocka_unit_test(a_record_that_does_not_fit_leaves_the_lane_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
