#include "fixtures/unit.h"
#include "starknet/felt_text.h"
#include "starknet/selector.h"

static void names_that_nobody_can_see_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"", " ", "a b", "a\n", "\x7f", "caf\xc3\xa9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct felt felt = felt_from_u64(1);
        assert_status(INVALID_SELECTOR, selector_of_name(bytes_of(bad[i]), &felt));
        assert_true(felt_is_zero(&felt));
    }
    struct felt felt;
    struct bytes with_nul = {(const uint8_t *)"a\0", 2};
    assert_status(INVALID_SELECTOR, selector_of_name(with_nul, &felt));
}

/* Values of starknet.js 10; `__default__` is hashed like any name. */
static void known_names_have_their_selectors(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"transfer", "0x83afd3f4caedc6eebf44246fe54e38c95e3179a5ec9ea81740eca5b482d12e"},
        {"__execute__", "0x15d40a3d6ca2ac30f4031e42be28da9b056fef9bb7357ac5e85627ee876e5ad"},
        {"__default__", "0x2e4c01ac72b840834c6c3146a782496a90a442ac831e5188090c1d33a7c0f50"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct felt expected;
        struct felt felt;
        assert_status(OK, felt_text_read(bytes_of(pairs[i][1]), &expected));
        assert_status(OK, selector_of_name(bytes_of(pairs[i][0]), &felt));
        assert_true(felt_equal(&expected, &felt));
    }
}

static void a_stream_gives_the_same_hash_below_two_to_the_250(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        uint8_t data[2] = {(uint8_t)i, 7};
        struct felt whole;
        struct felt pieces;
        selector_keccak(BYTES_ARRAY(data), &whole);
        struct keccak256 keccak;
        keccak256_init(&keccak);
        keccak256_update(&keccak, (struct bytes){data, 1});
        keccak256_update(&keccak, (struct bytes){data + 1, 1});
        selector_keccak_final(&keccak, &pieces);
        assert_true(felt_equal(&whole, &pieces));
        assert_true(felt_bits(&whole) <= 250);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_nobody_can_see_are_refused),
        cmocka_unit_test(known_names_have_their_selectors),
        cmocka_unit_test(a_stream_gives_the_same_hash_below_two_to_the_250),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
