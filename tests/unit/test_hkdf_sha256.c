#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "digest/hkdf_sha256.h"
#include "fixtures/unit.h"

static void derive(struct bytes salt, struct bytes secret, struct bytes info, uint8_t *out,
                   size_t len)
{
    struct secret32 prk;
    struct hmac_sha256_key key;
    hkdf_sha256_extract(salt, secret, &prk);
    hmac_sha256_key_init(&key, BYTES_ARRAY(prk.b));
    assert_status(OK, hkdf_sha256_expand(&key, info, out, len));
}

static void more_than_255_blocks_are_refused_and_nothing_is_written(void **state)
{
    (void)state;
    static uint8_t out[HKDF_SHA256_MAX + 1];
    struct hmac_sha256_key key;
    hmac_sha256_key_init(&key, BYTES_LITERAL("k"));
    assert_status(NUMBER_RANGE, hkdf_sha256_expand(&key, BYTES_LITERAL("i"), out, sizeof out));
    assert_status(NUMBER_RANGE, hkdf_sha256_expand(&key, BYTES_LITERAL("i"), out, SIZE_MAX));
    for (size_t i = 0; i < sizeof out; i++) {
        assert_int_equal(0, out[i]);
    }
}

static void no_bytes_at_all_is_fine(void **state)
{
    (void)state;
    struct hmac_sha256_key key;
    hmac_sha256_key_init(&key, BYTES_LITERAL("k"));
    uint8_t out[1] = {0x77};
    assert_status(OK, hkdf_sha256_expand(&key, BYTES_LITERAL("i"), out, 0));
    assert_int_equal(0x77, out[0]);
}

static void pieces_are_one_info(void **state)
{
    (void)state;
    struct hmac_sha256_key key;
    hmac_sha256_key_init(&key, BYTES_LITERAL("k"));
    const struct bytes parts[] = {BYTES_LITERAL("ab"), BYTES_LITERAL(""), BYTES_LITERAL("c")};
    uint8_t whole[70];
    uint8_t pieces[70];
    assert_status(OK, hkdf_sha256_expand(&key, BYTES_LITERAL("abc"), whole, sizeof whole));
    assert_status(OK, hkdf_sha256_expand_parts(&key, parts, 3, pieces, sizeof pieces));
    assert_memory_equal(whole, pieces, sizeof whole);
    assert_status(OK, hkdf_sha256_expand_parts(&key, parts, 2, pieces, sizeof pieces));
    assert_memory_not_equal(whole, pieces, sizeof whole);
}

static void the_cases_of_rfc_5869(void **state)
{
    (void)state;
    static const struct {
        const char *secret, *salt, *info, *prk, *okm;
    } rows[] = {
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
         "f0f1f2f3f4f5f6f7f8f9", "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
         "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
        {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
         "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
         "404142434445464748494a4b4c4d4e4f",
         "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
         "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
         "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
         "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
         "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
         "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
         "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
         "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
         "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
         "cc30c58179ec3e87c14c01d5c1f3434f1d87"},
        {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
         "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
         "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes okm = unit_hex(rows[i].okm);
        struct secret32 prk;
        uint8_t out[82];
        hkdf_sha256_extract(unit_hex(rows[i].salt), unit_hex(rows[i].secret), &prk);
        assert_bytes(unit_hex(rows[i].prk), BYTES_ARRAY(prk.b));
        derive(unit_hex(rows[i].salt), unit_hex(rows[i].secret), unit_hex(rows[i].info), out,
               okm.len);
        assert_bytes(okm, ((struct bytes){out, okm.len}));
    }
}

static void oracle(struct bytes salt, struct bytes secret, struct bytes info, uint8_t *out,
                   size_t len)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)secret.ptr,
                                          secret.len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info.ptr,
                                          info.len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt.ptr,
                                          salt.len),
        OSSL_PARAM_construct_end(),
    };
    assert_int_equal(1, EVP_KDF_derive(context, out, len, params));
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}

static void lengths_of_all_four_agree_with_openssl(void **state)
{
    (void)state;
    uint8_t data[300];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 29 + 11);
    }
    static uint8_t expected[HKDF_SHA256_MAX];
    static uint8_t out[HKDF_SHA256_MAX];
    static const size_t lengths[] = {1, 31, 32, 33, 48, 64, 65, 255, HKDF_SHA256_MAX};
    for (size_t i = 0; i < 120; i++) {
        struct bytes salt = {data, i % 70 + 1};
        struct bytes secret = {data + 70, i + 1};
        struct bytes info = {data + 200, i % 97};
        size_t len = lengths[i % (sizeof lengths / sizeof lengths[0])];
        oracle(salt, secret, info, expected, len);
        derive(salt, secret, info, out, len);
        assert_memory_equal(expected, out, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_than_255_blocks_are_refused_and_nothing_is_written),
        cmocka_unit_test(no_bytes_at_all_is_fine),
        cmocka_unit_test(pieces_are_one_info),
        cmocka_unit_test(the_cases_of_rfc_5869),
        cmocka_unit_test(lengths_of_all_four_agree_with_openssl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
