#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "digest/sha1.h"
#include "fixtures/unit.h"

static void check_hash(struct bytes data, const char *expected)
{
    uint8_t out[SHA1_BYTES];
    sha1_hash(data, out);
    assert_bytes(unit_hex(expected), BYTES_ARRAY(out));
}

static void check_hmac(struct bytes key, struct bytes message, const char *expected)
{
    uint8_t out[SHA1_BYTES];
    sha1_hmac(key, message, out);
    assert_bytes(unit_hex(expected), BYTES_ARRAY(out));
}

static struct bytes repeated(uint8_t byte, size_t len)
{
    static uint8_t memory[2][128];
    static size_t turn;
    uint8_t *here = memory[turn++ % 2];
    memset(here, byte, len);
    return (struct bytes){here, len};
}

/* RFC 3174, section 7.3, and the empty text. */
static void the_published_digests(void **state)
{
    (void)state;
    uint8_t eighty[640];
    check_hash(BYTES_LITERAL(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    check_hash(BYTES_LITERAL("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    check_hash(BYTES_LITERAL("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
               "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    for (size_t i = 0; i < sizeof eighty; i++) {
        eighty[i] = (uint8_t)('0' + i % 8);
    }
    check_hash(BYTES_ARRAY(eighty), "dea356a2cddd90c7a7ecedc5ebb563934f460452");
}

/* RFC 2202, section 3. */
static void the_published_codes(void **state)
{
    (void)state;
    uint8_t counting[25];
    for (size_t i = 0; i < sizeof counting; i++) {
        counting[i] = (uint8_t)(i + 1);
    }
    check_hmac(repeated(0x0b, 20), BYTES_LITERAL("Hi There"),
               "b617318655057264e28bc0b6fb378c8ef146be00");
    check_hmac(BYTES_LITERAL("Jefe"), BYTES_LITERAL("what do ya want for nothing?"),
               "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    check_hmac(repeated(0xaa, 20), repeated(0xdd, 50), "125d7342b9ac11cd91a39af48aa17b4f63f175d3");
    check_hmac(BYTES_ARRAY(counting), repeated(0xcd, 50),
               "4c9007f4026250c6bc8414f9bf50c86c2d7235da");
    check_hmac(repeated(0x0c, 20), BYTES_LITERAL("Test With Truncation"),
               "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04");
    check_hmac(repeated(0xaa, 80),
               BYTES_LITERAL("Test Using Larger Than Block-Size Key - Hash Key First"),
               "aa4ae5e15272d00e95705637ce8a3b55ed402112");
    check_hmac(repeated(0xaa, 80),
               BYTES_LITERAL("Test Using Larger Than Block-Size Key and Larger Than One Block-Size "
                             "Data"),
               "e8e99d0f45237d786d6bbaa7965c7808bbff1a91");
}

static void every_pair_of_lengths_agrees_with_openssl(void **state)
{
    (void)state;
    uint8_t key[140];
    uint8_t message[140];
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = (uint8_t)(i * 31 + 7);
        message[i] = (uint8_t)(i * 17 + 3);
    }
    for (size_t k = 0; k <= sizeof key; k++) {
        uint8_t expected[SHA1_BYTES];
        uint8_t out[SHA1_BYTES];
        assert_int_equal(1, EVP_Digest(key, k, expected, NULL, EVP_sha1(), NULL));
        sha1_hash((struct bytes){key, k}, out);
        assert_memory_equal(expected, out, sizeof out);
        for (size_t m = 0; m <= sizeof message; m += k % 3 + 1) {
            HMAC(EVP_sha1(), key, (int)k, message, m, expected, NULL);
            sha1_hmac((struct bytes){key, k}, (struct bytes){message, m}, out);
            assert_memory_equal(expected, out, sizeof out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_digests),
        cmocka_unit_test(the_published_codes),
        cmocka_unit_test(every_pair_of_lengths_agrees_with_openssl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
