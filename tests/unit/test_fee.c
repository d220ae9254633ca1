#include "base/arena.h"
#include "fixtures/unit.h"
#include "starknet/fee.h"

static struct arena arena;
static struct json_in_doc doc;

static struct status read(const char *text, bool is_strict, struct fee_bounds *ret)
{
    arena_reset(&arena);
    assert_status(OK, json_in_parse(&arena, bytes_of(text), &doc));
    struct json_in at = json_in_root(&doc);
    return fee_bounds_json(&at, is_strict, ret);
}

#define ZERO(name)        "\"" name "\":{\"max_amount\":0,\"max_price_per_unit\":\"0x0\"}"
#define L2(amount, price) "\"l2_gas\":{\"max_amount\":" amount ",\"max_price_per_unit\":" price "}"
#define ALL(l2)           "{" ZERO("l1_gas") "," ZERO("l1_data_gas") "," l2 "}"

static void wrong_bounds_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum status_code code;
    } rows[] = {
        {"[]", STATUS_BAD_TYPE},
        {"{}", STATUS_RESOURCE_BOUNDS},
        {"{" ZERO("l1_gas") "," ZERO("l2_gas") "}", STATUS_RESOURCE_BOUNDS},
        {ALL("\"l2_gas\":null"), STATUS_RESOURCE_BOUNDS},
        {ALL("\"l2_gas\":7"), STATUS_BAD_TYPE},
        {ALL("\"l2_gas\":{\"max_amount\":1}"), STATUS_MISSING_FIELD},
        {ALL(L2("true", "1")), STATUS_BAD_TYPE},
        {ALL(L2("-1", "1")), STATUS_INVALID_FELT},
        {ALL(L2("\"0x10000000000000000\"", "1")), STATUS_NUMBER_RANGE},
        {ALL(L2("1", "\"0x100000000000000000000000000000000\"")), STATUS_NUMBER_RANGE},
        {ALL(L2("1", "\"0x\"")), STATUS_INVALID_FELT},
        {ALL(L2("1", "2") ",\"L2_GAS\":1"), STATUS_UNKNOWN_FIELD},
        {ALL("\"l2_gas\":{\"max_amount\":1,\"max_price_per_unit\":1,\"x\":1}"),
         STATUS_UNKNOWN_FIELD},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fee_bounds bounds = {.l1_gas.max_amount = 1};
        struct status status = read(rows[i].text, true, &bounds);
        assert_string_equal(status_name(rows[i].code), status_name(status.code));
        assert_int_equal(0, bounds.l1_gas.max_amount);
    }
}

static void unknown_members_pass_where_nothing_is_strict(void **state)
{
    (void)state;
    struct fee_bounds bounds;
    assert_status(OK, read(ALL(L2("\"0xffffffffffffffff\"", "2") ",\"x\":1"), false, &bounds));
    assert_true(bounds.l2_gas.max_amount == UINT64_MAX);
    assert_true(bounds.l2_gas.max_price.limb[0] == 2);
    assert_true(bounds.l1_data_gas.max_amount == 0);
}

static void too_little_for_a_unit_of_l2_gas_is_refused(void **state)
{
    (void)state;
    struct fee_bounds bounds;
    struct felt max_fee = FELT_ZERO;
    assert_status(FEE_TOO_LOW, fee_split(&fee_table_default, &max_fee, &bounds));
    max_fee = felt_from_u64(11999999999);
    assert_status(FEE_TOO_LOW, fee_split(&fee_table_default, &max_fee, &bounds));
    assert_true(felt_is_zero(&bounds.l2_gas.max_price));
    max_fee = felt_from_u64(12000000000);
    assert_status(OK, fee_split(&fee_table_default, &max_fee, &bounds));
    assert_true(bounds.l2_gas.max_amount == 1);
}

/* Expected amounts by hand: data gas is ⌊⌊fee/10⌋/10^12⌋, L2 gas what its cost leaves. */
static void max_fee_is_split_by_the_table(void **state)
{
    (void)state;
    struct fee_bounds bounds;
    struct felt max_fee = felt_from_u64(0x1000000000000);
    assert_status(OK, fee_split(&fee_table_default, &max_fee, &bounds));
    assert_true(bounds.l1_gas.max_amount == 0 && felt_is_zero(&bounds.l1_gas.max_price));
    assert_true(bounds.l1_data_gas.max_amount == 28);
    assert_true(bounds.l1_data_gas.max_price.limb[0] == 1000000000000);
    assert_true(bounds.l2_gas.max_amount == 21122);
    assert_true(bounds.l2_gas.max_price.limb[0] == 12000000000);
    max_fee = felt_from_u128(UINT64_MAX, UINT64_MAX);
    assert_status(OK, fee_split(&fee_table_default, &max_fee, &bounds));
    assert_true(bounds.l1_data_gas.max_amount == UINT64_MAX);
    assert_true(bounds.l2_gas.max_amount == 1210000000);
}

static void parts_never_buy_more_than_max_fee(void **state)
{
    (void)state;
    const struct fee_table table = {.l1_gas_divisor = 1,
                                    .l1_gas_price = 3,
                                    .l1_data_gas_divisor = 1,
                                    .l1_data_gas_price = 2,
                                    .l2_gas_price = 1,
                                    .l2_gas_amount_max = UINT64_MAX};
    struct fee_bounds bounds;
    struct felt max_fee = felt_from_u64(100);
    assert_status(OK, fee_split(&table, &max_fee, &bounds));
    assert_true(bounds.l1_gas.max_amount == 33);
    assert_true(bounds.l1_data_gas.max_amount == 0);
    assert_true(bounds.l2_gas.max_amount == 1);
    max_fee = felt_from_u64(99);
    assert_status(FEE_TOO_LOW, fee_split(&table, &max_fee, &bounds));
}

/* 3 * (2^64-1) * (2^128-1) + (2^64-1)^2, by Python's integers. */
static void the_greatest_sum_does_not_overflow(void **state)
{
    (void)state;
    const struct fee_bound most = {UINT64_MAX, felt_from_u128(UINT64_MAX, UINT64_MAX)};
    const struct fee_bounds bounds = {most, most, most};
    const uint64_t expected[4] = {0x4, 0xfffffffffffffffb, 0xfffffffffffffffd, 0x2};
    uint64_t sum[4];
    fee_max(&bounds, UINT64_MAX, sum);
    assert_memory_equal(expected, sum, sizeof sum);
}

static void tips_are_paid_for_l2_gas(void **state)
{
    (void)state;
    const struct fee_bounds bounds = {.l1_gas = {2, felt_from_u64(3)},
                                      .l2_gas = {5, felt_from_u64(7)},
                                      .l1_data_gas = {11, felt_from_u64(13)}};
    uint64_t sum[4];
    fee_max(&bounds, 100, sum);
    const uint64_t expected[4] = {2 * 3 + 5 * 107 + 11 * 13, 0, 0, 0};
    assert_memory_equal(expected, sum, sizeof sum);
}

static void bounds_are_written_in_hex(void **state)
{
    (void)state;
    const struct fee_bounds bounds = {.l2_gas = {16, felt_from_u64(255)}};
    uint8_t memory[512];
    struct buf buf = buf_over(memory, sizeof memory);
    struct json_out out = json_out_over(&buf);
    fee_bounds_out(&out, &bounds);
    assert_bytes(
        BYTES_LITERAL("{\"l1_gas\":{\"max_amount\":\"0x0\",\"max_price_per_unit\":\"0x0\"},"
                      "\"l1_data_gas\":{\"max_amount\":\"0x0\","
                      "\"max_price_per_unit\":\"0x0\"},"
                      "\"l2_gas\":{\"max_amount\":\"0x10\","
                      "\"max_price_per_unit\":\"0xff\"}}"),
        buf_bytes(&buf));
}

int main(void)
{
    if (!status_is_ok(arena_init(&arena, 1 << 20))) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_bounds_are_refused),
        cmocka_unit_test(unknown_members_pass_where_nothing_is_strict),
        cmocka_unit_test(too_little_for_a_unit_of_l2_gas_is_refused),
        cmocka_unit_test(max_fee_is_split_by_the_table),
        cmocka_unit_test(parts_never_buy_more_than_max_fee),
        cmocka_unit_test(the_greatest_sum_does_not_overflow),
        cmocka_unit_test(tips_are_paid_for_l2_gas),
        cmocka_unit_test(bounds_are_written_in_hex),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
