#include <secp256k1.h>

#include "crypto/rfc6979.h"
#include "fixtures/unit.h"

/* Bytes that differ from each other, and from those of other seeds. */
static void fill(uint8_t *bytes, size_t len, unsigned seed)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(seed * 167 + i * (seed | 1));
    }
}

/* Section A.2.5, SHA-256 of "sample": the nonce on P-256 is the bytes as they are. */
static void bytes_of_the_document(void **state)
{
    (void)state;
    uint8_t key[32];
    uint8_t hash[32];
    memcpy(key, unit_hex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721").ptr,
           32);
    memcpy(hash, unit_hex("af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf").ptr,
           32);
    struct rfc6979 generator;
    rfc6979_init(&generator, key, hash, (struct bytes){NULL, 0});
    rfc6979_next(&generator);
    assert_memory_equal(
        unit_hex("a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60").ptr,
        generator.value, 32);
}

/* The library's own function is the judge, with additional input and without. */
static void bytes_are_those_of_libsecp256k1(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 64; i++) {
        uint8_t key[32];
        uint8_t hash[32];
        uint8_t extra[RFC6979_EXTRA];
        uint8_t expected[32];
        fill(key, sizeof key, 3 * i + 1);
        fill(hash, sizeof hash, 3 * i + 2);
        fill(extra, sizeof extra, 3 * i + 3);
        bool has_extra = i % 2 == 1;
        struct rfc6979 generator;
        rfc6979_init(&generator, key, hash,
                     has_extra ? BYTES_ARRAY(extra) : (struct bytes){NULL, 0});
        for (unsigned attempt = 0; attempt < 4; attempt++) {
            assert_int_equal(1, secp256k1_nonce_function_rfc6979(
                                    expected, hash, key, NULL, has_extra ? extra : NULL, attempt));
            rfc6979_next(&generator);
            assert_memory_equal(expected, generator.value, sizeof expected);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_of_the_document),
        cmocka_unit_test(bytes_are_those_of_libsecp256k1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
