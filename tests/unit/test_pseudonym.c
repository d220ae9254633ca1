#include "audit/pseudonym.h"
#include "fixtures/unit.h"

/* Expected values by Python: hmac.new(b"k" * 32, b"u" + name, "sha256"). */
static void assert_pseudonym(const char *expected, struct bytes name)
{
    uint8_t secret[32];
    memset(secret, 'k', sizeof secret);
    struct hmac_sha256_key key;
    hmac_sha256_key_init(&key, BYTES_ARRAY(secret));
    uint8_t out[PSEUDONYM_BYTES];
    pseudonym_make(&key, name, out);
    assert_bytes(unit_hex(expected), BYTES_ARRAY(out));
}

static void names_become_what_another_implementation_makes_of_them(void **state)
{
    (void)state;
    assert_pseudonym("876e3c95a148c85e521e93fa70fc2fe4741a78ac112c96d276e94abd3417b48d",
                     BYTES_LITERAL("alice"));
    assert_pseudonym("cc15ee1252a4936cfe289757d4d06b618914976571e87b42587af94f0ceebef2",
                     BYTES_LITERAL("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));
}

/* By Python: the same with b"r" + sha256(b'{"username":"alice"}').digest(), b"p" + b"plan-7" and
 * b"n" + b"alice". */
static void requests_plans_and_names_of_apps_have_letters_of_their_own(void **state)
{
    (void)state;
    uint8_t secret[32];
    uint8_t hash[32];
    uint8_t out[PSEUDONYM_BYTES];
    struct hmac_sha256_key key;
    memset(secret, 'k', sizeof secret);
    hmac_sha256_key_init(&key, BYTES_ARRAY(secret));
    sha256_hash(BYTES_LITERAL("{\"username\":\"alice\"}"), hash);
    pseudonym_request(&key, hash, out);
    assert_bytes(unit_hex("9c2e0c298aeb2e04e296b8113f397fe22d2dff2542cb741b8c3c666627071b4f"),
                 BYTES_ARRAY(out));
    pseudonym_plan(&key, BYTES_LITERAL("plan-7"), out);
    assert_bytes(unit_hex("97e7913efbdc815c984f82756eeac524cc9a2b2952b900520caa757d4ded4699"),
                 BYTES_ARRAY(out));
    pseudonym_name(&key, BYTES_LITERAL("alice"), out);
    assert_bytes(unit_hex("cf655cd6f5b0418a5b18d173c30a42e463fc1427e303f3d4d3530e053a217858"),
                 BYTES_ARRAY(out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_plans_and_names_of_apps_have_letters_of_their_own),
        cmocka_unit_test(names_become_what_another_implementation_makes_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
