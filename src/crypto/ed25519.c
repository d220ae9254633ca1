#include "crypto/ed25519.h"

#include <openssl/bn.h>
#include <string.h>

#include "base/ct.h"
#include "crypto/openssl_internal.h"

static void free_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void free_context(EVP_MD_CTX **context)
{
    EVP_MD_CTX_free(*context);
}

#define FREED_BY(free) __attribute__((cleanup(free)))

/* Freeing it wipes it. */
static struct status load(const struct openssl *openssl, const struct ed25519_key *key,
                          EVP_PKEY **ret)
{
    SECRET(ed25519_key, copy);
    copy = *key;
    ct_public(&copy, sizeof copy);
    *ret = EVP_PKEY_new_raw_private_key_ex(openssl->context, "ED25519", NULL, copy.seed,
                                           sizeof copy.seed);
    return *ret != NULL ? OK : FAIL(NO_MEMORY);
}

struct status ed25519_key_generate(const struct entropy *entropy, struct ed25519_key *ret)
{
    *ret = (struct ed25519_key){{0}};
    return entropy_fill(entropy, ret->seed, sizeof ret->seed);
}

struct status ed25519_public(const struct ed25519_key *key, uint8_t out[static ED25519_PUBLIC])
{
    const struct openssl *openssl;
    FREED_BY(free_key) EVP_PKEY *loaded = NULL;
    size_t len = ED25519_PUBLIC;
    memset(out, 0, ED25519_PUBLIC);
    TRY(openssl_get(&openssl));
    TRY(load(openssl, key, &loaded));
    if (EVP_PKEY_get_raw_public_key(loaded, out, &len) != 1 || len != ED25519_PUBLIC) {
        memset(out, 0, ED25519_PUBLIC);
        return openssl_failed(FAIL(INTERNAL));
    }
    return OK;
}

static struct status make(const struct ed25519_key *key, struct bytes text, uint8_t *out)
{
    const struct openssl *openssl;
    FREED_BY(free_key) EVP_PKEY *loaded = NULL;
    FREED_BY(free_context) EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t len = ED25519_SIGNATURE;
    TRY(openssl_get(&openssl));
    TRY(load(openssl, key, &loaded));
    if (context == NULL) {
        return FAIL(NO_MEMORY);
    }
    bool made =
        EVP_DigestSignInit_ex(context, NULL, NULL, openssl->context, NULL, loaded, NULL) == 1 &&
        EVP_DigestSign(context, out, &len, text.ptr, text.len) == 1;
    return made && len == ED25519_SIGNATURE ? OK : openssl_failed(FAIL(INTERNAL));
}

struct status ed25519_sign(const struct ed25519_key *key,
                           const uint8_t public[static ED25519_PUBLIC], struct bytes text,
                           uint8_t out[static ED25519_SIGNATURE])
{
    struct status status = make(key, text, out);
    if (status_is_ok(status)) {
        status = ed25519_verify(public, text, out);
    }
    if (!status_is_ok(status)) {
        memset(out, 0, ED25519_SIGNATURE);
    }
    return status.code == STATUS_SIGNATURE_INVALID ? FAIL(SELF_CHECK) : status;
}

struct status ed25519_verify(const uint8_t public[static ED25519_PUBLIC], struct bytes text,
                             const uint8_t signature[static ED25519_SIGNATURE])
{
    const struct openssl *openssl;
    FREED_BY(free_key) EVP_PKEY *loaded = NULL;
    FREED_BY(free_context) EVP_MD_CTX *context = EVP_MD_CTX_new();
    TRY(openssl_get(&openssl));
    loaded =
        EVP_PKEY_new_raw_public_key_ex(openssl->context, "ED25519", NULL, public, ED25519_PUBLIC);
    if (loaded == NULL || context == NULL ||
        EVP_DigestVerifyInit_ex(context, NULL, NULL, openssl->context, NULL, loaded, NULL) != 1) {
        return FAIL(NO_MEMORY);
    }
    return EVP_DigestVerify(context, signature, ED25519_SIGNATURE, text.ptr, text.len) == 1
               ? OK
               : openssl_failed(FAIL(SIGNATURE_INVALID));
}

/* p, which is 2^255 - 19, and d of the curve, as keys are written: the least byte first. */
static const uint8_t prime[ED25519_PUBLIC] = {
    0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
};
static const uint8_t curve_d[ED25519_PUBLIC] = {
    0xa3, 0x78, 0x59, 0x13, 0xca, 0x4d, 0xeb, 0x75, 0xab, 0xd8, 0x41, 0x41, 0x4d, 0x0a, 0x70, 0x00,
    0x98, 0xe8, 0x79, 0x77, 0x79, 0x40, 0xc7, 0x8c, 0x73, 0xfe, 0x6f, 0x2b, 0xee, 0x6c, 0x03, 0x52,
};

/* The y of the points of order 4, 1, 2, 8 and 8, below p, which their sign is no part of. */
static const uint8_t small[][ED25519_PUBLIC] = {
    {0},
    {1},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
     0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
     0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
     0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
     0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
};

static void free_numbers(BN_CTX **numbers)
{
    if (*numbers != NULL) {
        BN_CTX_end(*numbers);
    }
    BN_CTX_free(*numbers);
}

/* Whether there is an x: x^2 = (y^2 - 1) / (d y^2 + 1), so that the product of both is a square. */
static struct status check_curve(const uint8_t y[static ED25519_PUBLIC])
{
    const struct openssl *openssl;
    TRY(openssl_get(&openssl));
    FREED_BY(free_numbers) BN_CTX *numbers = BN_CTX_new_ex(openssl->context);
    if (numbers == NULL) {
        return FAIL(NO_MEMORY);
    }
    BN_CTX_start(numbers);
    BIGNUM *p = BN_CTX_get(numbers);
    BIGNUM *square = BN_CTX_get(numbers);
    BIGNUM *under = BN_CTX_get(numbers);
    if (under == NULL || BN_lebin2bn(prime, ED25519_PUBLIC, p) == NULL ||
        BN_lebin2bn(curve_d, ED25519_PUBLIC, under) == NULL ||
        BN_lebin2bn(y, ED25519_PUBLIC, square) == NULL ||
        BN_mod_sqr(square, square, p, numbers) != 1 ||
        BN_mod_mul(under, under, square, p, numbers) != 1 || BN_add_word(under, 1) != 1 ||
        BN_sub_word(square, 1) != 1 || BN_mod_mul(square, square, under, p, numbers) != 1) {
        return FAIL(NO_MEMORY);
    }
    int symbol = BN_kronecker(square, p, numbers);
    if (symbol < -1) {
        return FAIL(NO_MEMORY);
    }
    return symbol == 1 ? OK : FAIL(POINT_INVALID);
}

struct status ed25519_key_check(const uint8_t public[static ED25519_PUBLIC])
{
    uint8_t y[ED25519_PUBLIC];
    memcpy(y, public, sizeof y);
    y[sizeof y - 1] &= 0x7f; /* the rest is the sign of x */
    int difference = 0;
    for (size_t i = sizeof y; i-- > 0 && difference == 0;) {
        difference = y[i] - prime[i];
    }
    bool is_good = difference < 0;
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        is_good = is_good && !bytes_equal(BYTES_ARRAY(y), BYTES_ARRAY(small[i]));
    }
    return is_good ? check_curve(y) : FAIL(POINT_INVALID);
}
