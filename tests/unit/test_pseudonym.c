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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_become_what_another_implementation_makes_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
