#include "fixtures/unit.h"
#include "starknet/felt_text.h"

#define P         "0x800000000000011000000000000000000000000000000000000000000000001"
#define P_MINUS_1 "0x800000000000011000000000000000000000000000000000000000000000000"
#define P_DECIMAL "3618502788666131213697322783095070105623107215331596699973092056135872020481"

static struct arena arena;

static void malformed_text_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    "0x",   "0X1",  "-1",  "-0x1", "+1",    " 1",
                                      "1 ",  "0x 1", "0x-1", "0xg", "01",   "1.0",   "1e5",
                                      "abc", "0b11", "0o7",  "x",   "1_0",  "0x1\n", "\"1\""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct felt felt = felt_from_u64(1);
        assert_status(INVALID_FELT, felt_text_read(bytes_of(bad[i]), &felt));
        assert_true(felt_is_zero(&felt));
    }
    char long_hex[68] = "0x";
    memset(long_hex + 2, '0', 65);
    struct felt felt;
    assert_status(INVALID_FELT, felt_text_read(bytes_of(long_hex), &felt));
}

static void numbers_from_p_on_are_refused(void **state)
{
    (void)state;
    char digits[301] = {0};
    memset(digits, '9', 300);
    char full[67] = "0x";
    memset(full + 2, 'f', 64);
    const char *bad[] = {P, P_DECIMAL, full, digits};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct felt felt = felt_from_u64(1);
        assert_status(FELT_RANGE, felt_text_read(bytes_of(bad[i]), &felt));
        assert_true(felt_is_zero(&felt));
    }
}

static void both_bases_give_the_same_felt(void **state)
{
    (void)state;
    struct felt hex;
    struct felt decimal;
    char text[] = P_DECIMAL;
    text[sizeof text - 2] = '0';
    assert_status(OK, felt_text_read(BYTES_LITERAL(P_MINUS_1), &hex));
    assert_status(OK, felt_text_read(bytes_of(text), &decimal));
    assert_true(felt_equal(&hex, &decimal));
    assert_status(OK, felt_text_read(BYTES_LITERAL("1000"), &decimal));
    assert_true(decimal.limb[0] == 1000);
    assert_status(OK, felt_text_read(BYTES_LITERAL("0x00000000aB"), &hex));
    assert_true(hex.limb[0] == 0xab);
}

static void writing_takes_every_length(void **state)
{
    (void)state;
    struct felt felt = FELT_ZERO;
    for (unsigned digits = 0; digits <= 63; digits++) {
        uint8_t memory[FELT_TEXT_MAX];
        struct buf buf = buf_over(memory, sizeof memory);
        felt_text_put(&buf, &felt);
        assert_int_equal(buf.len, 2 + (digits == 0 ? 1 : digits));
        struct felt back;
        assert_status(OK, felt_text_read(buf_bytes(&buf), &back));
        assert_true(felt_equal(&felt, &back));
        buf = buf_over(memory, sizeof memory);
        felt_text_put_padded(&buf, &felt);
        assert_int_equal(buf.len, 66);
        assert_status(OK, felt_text_read(buf_bytes(&buf), &back));
        assert_true(felt_equal(&felt, &back));
        felt.limb[digits / 16] |= (uint64_t)(digits % 7 + 1) << (4 * (digits % 16));
    }
    uint8_t memory[3];
    struct buf buf = buf_over(memory, sizeof memory);
    felt_text_put_padded(&buf, &felt);
    assert_status(BUFFER_FULL, buf_check(&buf));
}

static struct json_in_doc doc;

/* The only item of an array. */
static struct json_in item(const char *text)
{
    static struct json_in root;
    arena_reset(&arena);
    assert_status(OK, json_in_parse(&arena, bytes_of(text), &doc));
    root = json_in_root(&doc);
    return json_in_item(&root, 0);
}

static void json_values_other_than_numbers_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"[true]", "[false]", "[null]", "[1.0]",
                                      "[0.5]",  "[[]]",    "[{}]"};
    struct felt felt;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct json_in at = item(bad[i]);
        assert_status(BAD_TYPE, felt_text_json(&at, &felt));
        assert_string_equal(doc.where, "[0]");
    }
    struct json_in at = item("[-1]");
    assert_status(INVALID_FELT, felt_text_json(&at, &felt));
    at = item("[\"-1\"]");
    assert_status(INVALID_FELT, felt_text_json(&at, &felt));
    assert_string_equal(doc.where, "[0]");
    at = item("[\"" P "\"]");
    assert_status(FELT_RANGE, felt_text_json(&at, &felt));
    at = item("[\"\"]");
    assert_status(INVALID_FELT, felt_text_json(&at, &felt));
}

/* JavaScript reads the second one as the first. */
static void integers_that_some_programs_round_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"[9007199254740992]", "[9007199254740993]",
                                      "[9223372036854775807]", "[-9007199254740993]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct felt felt = felt_from_u64(1);
        uint64_t value = 1;
        uint64_t limb[4] = {1, 1, 1, 1};
        struct json_in at = item(bad[i]);
        assert_status(JSON_NUMBER_RANGE, felt_text_json(&at, &felt));
        assert_true(felt_is_zero(&felt));
        assert_string_equal(doc.where, "[0]");
        assert_status(JSON_NUMBER_RANGE, felt_text_json_u64(&at, &value));
        assert_true(value == 0);
        assert_status(JSON_NUMBER_RANGE, felt_text_json_u256(&at, limb));
        assert_true(limb[0] == 0);
    }
}

static void numbers_of_256_bits_have_a_range_of_their_own(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "[\"115792089237316195423570985008687907853269984665640564039457584007913129639936\"]",
        "[\"0x10000000000000000000000000000000000000000000000000000000000000000\"]",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint64_t limb[4];
        struct felt felt;
        struct json_in at = item(bad[i]);
        assert_status(U256_RANGE, felt_text_json_u256(&at, limb));
        assert_true((limb[0] | limb[1] | limb[2] | limb[3]) == 0);
        assert_status(FELT_RANGE, felt_text_json(&at, &felt));
    }
    uint64_t limb[4];
    assert_status(INVALID_FELT, felt_text_u256(BYTES_LITERAL("0x1000000000000000000000000000000000"
                                                             "000000000000000000000000000000g"),
                                               limb));
}

static void json_numbers_and_strings_are_felts(void **state)
{
    (void)state;
    struct felt felt;
    struct json_in at = item("[9007199254740991]");
    assert_status(OK, felt_text_json(&at, &felt));
    assert_true(felt.limb[0] == (UINT64_C(1) << 53) - 1);
    at = item("[\"1000\"]");
    assert_status(OK, felt_text_json(&at, &felt));
    assert_true(felt.limb[0] == 1000);
    uint64_t limb[4];
    at = item("[\"" P "\"]");
    assert_status(OK, felt_text_json_u256(&at, limb));
    struct felt low;
    struct felt high;
    felt_text_halves(limb, &low, &high);
    assert_true(low.limb[0] == 1 && low.limb[1] == 0);
    assert_true(high.limb[0] == 0 && high.limb[1] == 0x0800000000000011);
}

static void bounded_numbers_end_where_they_say(void **state)
{
    (void)state;
    struct felt felt;
    uint64_t value;
    struct json_in at = item("[\"0xffffffffffffffff\"]");
    assert_status(OK, felt_text_json_u64(&at, &value));
    assert_true(value == UINT64_MAX);
    at = item("[\"0x10000000000000000\"]");
    assert_status(NUMBER_RANGE, felt_text_json_u64(&at, &value));
    assert_true(value == 0);
    assert_status(OK, felt_text_json_bits(&at, 65, &felt));
    at = item("[\"0x100000000000000000000000000000000\"]");
    assert_status(NUMBER_RANGE, felt_text_json_bits(&at, 128, &felt));
    assert_true(felt_is_zero(&felt));
    at = item("[\"x\"]");
    assert_status(INVALID_FELT, felt_text_json_u64(&at, &value));
}

static void json_output_is_a_quoted_number(void **state)
{
    (void)state;
    uint8_t memory[64];
    struct buf buf = buf_over(memory, sizeof memory);
    struct json_out out = json_out_over(&buf);
    struct felt felt = felt_from_u64(0xab);
    json_out_object(&out);
    felt_text_member(&out, "a", &felt);
    json_out_name(&out, "b");
    felt_text_out(&out, &FELT_ZERO);
    json_out_object_end(&out);
    assert_bytes(BYTES_LITERAL("{\"a\":\"0xab\",\"b\":\"0x0\"}"), buf_bytes(&buf));
}

int main(void)
{
    if (!status_is_ok(arena_init(&arena, 1 << 20))) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_text_is_refused),
        cmocka_unit_test(numbers_from_p_on_are_refused),
        cmocka_unit_test(both_bases_give_the_same_felt),
        cmocka_unit_test(writing_takes_every_length),
        cmocka_unit_test(json_values_other_than_numbers_are_refused),
        cmocka_unit_test(integers_that_some_programs_round_are_refused),
        cmocka_unit_test(numbers_of_256_bits_have_a_range_of_their_own),
        cmocka_unit_test(json_numbers_and_strings_are_felts),
        cmocka_unit_test(bounded_numbers_end_where_they_say),
        cmocka_unit_test(json_output_is_a_quoted_number),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
