#include "fixtures/unit.h"
#include "starknet/address_text.h"

/* What starknet.js 10 gives, and the examples of the SNIP. */
static const char *const good[] = {
    "0x049D36570D4e46f48e99674bd3fcc84644DdD6b96F7C741B1562B82f9e004dC7",
    "0x0481870bceD39cd9Cf7E75b732feF7198142c6be32FfefB82d7807891541105C",
    "0x00000000000000000000000Bd3fcC84644Ddd6b96F7C741b1562b82F9e004Dc7",
};

static void a_wrong_case_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char text[67];
        memcpy(text, good[i], sizeof text);
        size_t letters = 0;
        for (size_t at = 2; at < 66; at++) {
            if (text[at] >= 'A') {
                text[at] ^= 0x20;
                struct felt felt;
                assert_status(CHECKSUM_ADDRESS, address_text_read(bytes_of(text), &felt));
                assert_true(felt_is_zero(&felt));
                text[at] ^= 0x20;
                letters++;
            }
        }
        assert_true(letters > 10);
    }
}

static void a_mixed_text_needs_all_digits(void **state)
{
    (void)state;
    struct felt felt;
    assert_status(CHECKSUM_ADDRESS, address_text_read(BYTES_LITERAL("0xaB"), &felt));
    assert_status(INVALID_FELT, address_text_read(BYTES_LITERAL("0xaG"), &felt));
    assert_status(INVALID_FELT, address_text_read(BYTES_LITERAL("0x"), &felt));
}

/* A recipient among the calldata is a felt like others, except for its checksum. */
static void a_felt_that_says_it_is_an_address_is_checked(void **state)
{
    (void)state;
    struct felt felt;
    for (size_t i = 0; i < 2; i++) {
        char text[67];
        memcpy(text, good[i], sizeof text);
        assert_status(OK, address_text_felt(bytes_of(text), &felt));
        text[60] ^= text[60] >= 'A' ? 0x20 : 1;
        text[61] ^= text[61] >= 'A' ? 0x20 : 1;
        text[62] ^= text[62] >= 'A' ? 0x20 : 1;
        assert_status(CHECKSUM_ADDRESS, address_text_felt(bytes_of(text), &felt));
        assert_true(felt_is_zero(&felt));
    }
    /* Ethereum's checksum, and a number that somebody typed. */
    assert_status(OK, address_text_felt(BYTES_LITERAL("0x000000000000000000000000d8dA6BF26964aF9D7e"
                                                      "Ed9e03E53415D37aA96045"),
                                        &felt));
    assert_status(OK, address_text_felt(BYTES_LITERAL("0xaB"), &felt));
    assert_true(felt.limb[0] == 0xab);
    assert_status(FELT_RANGE, address_text_felt(BYTES_LITERAL("0xFfffffffffffffffffffffffffffffffff"
                                                              "ffffffffffffffffffffffffffffff"),
                                                &felt));
}

static void other_forms_are_named(void **state)
{
    (void)state;
    static const char *const forms[] = {"strk1qqqqqq", "strkx1qqqqqq", "strku1qqqqqq"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct felt felt;
        assert_status(ADDRESS_FORM, address_text_read(bytes_of(forms[i]), &felt));
        assert_status(ADDRESS_FORM, address_text_felt(bytes_of(forms[i]), &felt));
        assert_true(felt_is_zero(&felt));
    }
}

static void the_written_form_is_read_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct felt felt;
        assert_status(OK, address_text_read(bytes_of(good[i]), &felt));
        uint8_t memory[66];
        struct buf buf = buf_over(memory, sizeof memory);
        address_text_put(&buf, &felt);
        assert_bytes(bytes_of(good[i]), buf_bytes(&buf));
    }
    uint8_t memory[65];
    struct buf buf = buf_over(memory, sizeof memory);
    address_text_put(&buf, &FELT_ZERO);
    assert_status(BUFFER_FULL, buf_check(&buf));
}

static void the_padded_form_of_the_snip_is_read_too(void **state)
{
    (void)state;
    struct felt felt;
    assert_status(OK, address_text_read(BYTES_LITERAL("0x00000000000000000000000Bd3fcc84644dDd6B96F"
                                                      "7C741b1562B82f9e004dc7"),
                                        &felt));
}

static void one_case_carries_no_checksum(void **state)
{
    (void)state;
    struct felt felt;
    assert_status(OK, address_text_read(BYTES_LITERAL("0xabc"), &felt));
    assert_true(felt.limb[0] == 0xabc);
    assert_status(OK, address_text_read(BYTES_LITERAL("0xABC"), &felt));
    assert_status(OK, address_text_read(BYTES_LITERAL("12"), &felt));
    assert_true(felt.limb[0] == 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_case_is_refused),
        cmocka_unit_test(a_mixed_text_needs_all_digits),
        cmocka_unit_test(a_felt_that_says_it_is_an_address_is_checked),
        cmocka_unit_test(other_forms_are_named),
        cmocka_unit_test(the_written_form_is_read_back),
        cmocka_unit_test(the_padded_form_of_the_snip_is_read_too),
        cmocka_unit_test(one_case_carries_no_checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
