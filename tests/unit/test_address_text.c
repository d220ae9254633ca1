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
        cmocka_unit_test(the_written_form_is_read_back),
        cmocka_unit_test(the_padded_form_of_the_snip_is_read_too),
        cmocka_unit_test(one_case_carries_no_checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
