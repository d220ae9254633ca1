#include "fixtures/unit.h"
#include "starknet/grind_key.h"

static void assert_key(struct bytes seed, const char *expected)
{
    struct secret32 key;
    assert_status(OK, grind_key(seed, &key));
    assert_bytes(unit_hex(expected), BYTES_ARRAY(key.b));
}

/* Seeds and keys of starknet.js 10. */
static void known_seeds_give_known_keys(void **state)
{
    (void)state;
    assert_key(unit_hex("00"), "06a296d224f284947bee93c30f8a309670dd8eeb197b30f81dd40fc4d2186279");
    assert_key(unit_hex("01"), "07dc540c94ceb67ca23875c11273e16df4b0150c96474d002bec214912e388dc");
    assert_key(unit_hex("86f3e7293141f20a8baff320e8ee4accb9d4a4bf2b4d295e8cee784db46e0519"),
               "05c8c8683596c732541a59e03007b2d30dbbbb873556fe65b5fb63c16688f941");
    assert_key(unit_hex("f9572e6bb9f888c4ced826fe98362e975a7f093d"),
               "07572fab24c8aa1098172d4b82553ad695abf0401d4758b090a2ea2bb482824c");
}

/* The first two values of this seed are 31n or more (found with an independent script). */
static void values_from_31n_on_are_thrown_away(void **state)
{
    (void)state;
    assert_key(BYTES_LITERAL("reject1664"),
               "041470c20f2815e988a98330b8be1275fe589dd9220cc74d48fe066dd2b8eb8c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_seeds_give_known_keys),
        cmocka_unit_test(values_from_31n_on_are_thrown_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
