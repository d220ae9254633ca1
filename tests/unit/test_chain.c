#include "fixtures/unit.h"
#include "starknet/chain.h"

static void unknown_names_are_errors_and_never_a_default(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",          "Mainnet",
        "MAINNET",   "main",
        "SN_GOERLI", "sn_main",
        "testnet2",  "goerli",
        " mainnet",  "mainnet ",
        "0x",        "0",
        "0x0",       "-1",
        "SN_MAIN\n", "0x800000000000011000000000000000000000000000000000000000000000001"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct felt felt = felt_from_u64(1);
        assert_status(UNKNOWN_CHAIN, chain_read(bytes_of(bad[i]), &felt));
    }
}

static void json_other_than_a_string_is_refused(void **state)
{
    (void)state;
    struct arena arena;
    struct json_in_doc doc;
    assert_status(OK, arena_init(&arena, 1 << 16));
    assert_status(OK, json_in_parse(&arena, BYTES_LITERAL("[1,\"goerli\",\"mainnet\"]"), &doc));
    struct json_in root = json_in_root(&doc);
    struct json_in at = json_in_item(&root, 0);
    struct felt felt;
    assert_status(BAD_TYPE, chain_json(&at, &felt));
    at = json_in_item(&root, 1);
    assert_status(UNKNOWN_CHAIN, chain_json(&at, &felt));
    assert_string_equal(doc.where, "[1]");
    at = json_in_item(&root, 2);
    assert_status(OK, chain_json(&at, &felt));
    arena_deinit(&arena);
}

static void names_and_felts_mean_the_same_chain(void **state)
{
    (void)state;
    static const char *const main_names[] = {"mainnet", "SN_MAIN", "0x534e5f4d41494e",
                                             "23448594291968334"};
    static const char *const sepolia_names[] = {
        "sepolia", "SN_SEPOLIA", "testnet", "0x534E5F5345504F4C4941", "393402133025997798000961"};
    const struct felt main_chain = felt_from_short("SN_MAIN");
    const struct felt sepolia = felt_from_short("SN_SEPOLIA");
    struct felt felt;
    for (size_t i = 0; i < sizeof main_names / sizeof main_names[0]; i++) {
        assert_status(OK, chain_read(bytes_of(main_names[i]), &felt));
        assert_true(felt_equal(&main_chain, &felt));
    }
    for (size_t i = 0; i < sizeof sepolia_names / sizeof sepolia_names[0]; i++) {
        assert_status(OK, chain_read(bytes_of(sepolia_names[i]), &felt));
        assert_true(felt_equal(&sepolia, &felt));
    }
}

static void answers_name_the_chain(void **state)
{
    (void)state;
    uint8_t memory[64];
    struct buf buf = buf_over(memory, sizeof memory);
    const struct felt other = felt_from_u64(0x1234);
    chain_put(&buf, &chain_main);
    buf_put_u8(&buf, ' ');
    chain_put(&buf, &chain_sepolia);
    buf_put_u8(&buf, ' ');
    chain_put(&buf, &other);
    assert_bytes(BYTES_LITERAL("SN_MAIN SN_SEPOLIA 0x1234"), buf_bytes(&buf));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_names_are_errors_and_never_a_default),
        cmocka_unit_test(json_other_than_a_string_is_refused),
        cmocka_unit_test(names_and_felts_mean_the_same_chain),
        cmocka_unit_test(answers_name_the_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
