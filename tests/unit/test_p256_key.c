#include "crypto/p256_key.h"
#include "digest/sha256.h"
#include "fixtures/unit.h"

/* RFC 6979, section A.2.5. */
#define SECRET_D "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
#define SEC1     "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
#define Y        "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
#define N        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define BELOW_N  "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"
#define ABOVE_N  "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552"
#define ZERO     "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static struct p256_key example(void)
{
    struct p256_key key;
    assert_status(OK, p256_key_from(unit_hex(SECRET_D).ptr, &key));
    return key;
}

static void scalars_out_of_range_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {ZERO, N, ABOVE_N, ONES};
    struct p256_key key;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memset(&key, 1, sizeof key);
        assert_status(KEY_INVALID, p256_key_from(unit_hex(bad[i]).ptr, &key));
        assert_bytes(unit_hex(ZERO), BYTES_ARRAY(key.d));
    }
    assert_status(OK, p256_key_from(unit_hex(BELOW_N).ptr, &key));
}

static void public_keys_are_those_of_the_standard(void **state)
{
    (void)state;
    uint8_t sec1[P256_SEC1];
    uint8_t whole[P256_KEY_WHOLE];
    struct p256_key key = example();
    assert_status(OK, p256_key_public(&key, sec1, whole));
    assert_bytes(unit_hex(SEC1), BYTES_ARRAY(sec1));
    assert_int_equal(4, whole[0]);
    assert_bytes(unit_hex(Y), ((struct bytes){whole + 33, 32}));
}

static void signatures_verify_and_those_of_another_key_do_not_leave(void **state)
{
    (void)state;
    uint8_t digest[P256_DIGEST];
    uint8_t signature[P256_SIGNATURE];
    uint8_t sec1[P256_SEC1];
    struct p256_key key = example();
    memcpy(sec1, unit_hex(SEC1).ptr, sizeof sec1);
    sha256_hash(BYTES_LITERAL("sample"), digest);
    for (int i = 0; i < 20; i++) {
        assert_status(OK, p256_key_sign(&key, sec1, digest, signature));
        assert_status(OK, p256_verify(sec1, digest, signature));
        digest[0]++;
    }
    sec1[0] ^= 1;
    assert_status(SELF_CHECK, p256_key_sign(&key, sec1, digest, signature));
    assert_bytes(unit_hex(ZERO ZERO), BYTES_ARRAY(signature));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_out_of_range_are_none),
        cmocka_unit_test(public_keys_are_those_of_the_standard),
        cmocka_unit_test(signatures_verify_and_those_of_another_key_do_not_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
