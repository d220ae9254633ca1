#include "crypto/p256_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <string.h>

#include "base/ct.h"
#include "crypto/ecdsa_internal.h"
#include "crypto/openssl_internal.h"

#define FREED_BY(function) __attribute__((cleanup(function)))

static const uint8_t order[P256_BYTES] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};

static void free_number(BIGNUM **number)
{
    BN_clear_free(*number);
}

static void free_group(EC_GROUP **group)
{
    EC_GROUP_free(*group);
}

static void free_point(EC_POINT **point)
{
    EC_POINT_clear_free(*point);
}

static void free_numbers(BN_CTX **numbers)
{
    BN_CTX_free(*numbers);
}

static void free_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void free_work(EVP_PKEY_CTX **work)
{
    EVP_PKEY_CTX_free(*work);
}

static void free_build(OSSL_PARAM_BLD **build)
{
    OSSL_PARAM_BLD_free(*build);
}

static void free_params(OSSL_PARAM **params)
{
    OSSL_PARAM_free(*params);
}

static void free_pair(ECDSA_SIG **pair)
{
    ECDSA_SIG_free(*pair);
}

struct status p256_key_from(const uint8_t in[static P256_BYTES], struct p256_key *ret)
{
    uint32_t borrow = 0;
    uint32_t any = 0;
    for (size_t i = P256_BYTES; i-- > 0;) {
        borrow = ((uint32_t)in[i] - order[i] - borrow) >> 31;
        any |= in[i];
    }
    uint64_t in_range = borrow & (1 ^ (ct_mask_zero(any) & 1));
    *ret = (struct p256_key){0};
    if (!ct_declassify(in_range)) {
        return FAIL(KEY_INVALID);
    }
    memcpy(ret->d, in, P256_BYTES);
    return OK;
}

/* The scalar as the library has it; NULL for want of memory. */
static BIGNUM *load(const struct p256_key *key)
{
    SECRET(p256_key, copy);
    copy = *key;
    ct_public(&copy, sizeof copy);
    BIGNUM *scalar = BN_secure_new();
    if (scalar == NULL || BN_bin2bn(copy.d, sizeof copy.d, scalar) == NULL) {
        BN_clear_free(scalar);
        return NULL;
    }
    BN_set_flags(scalar, BN_FLG_CONSTTIME);
    return scalar;
}

static struct status multiply(const struct p256_key *key, uint8_t ret_whole[static P256_KEY_WHOLE])
{
    const struct openssl *openssl;
    TRY(openssl_get(&openssl));
    FREED_BY(free_group)
    EC_GROUP *group = EC_GROUP_new_by_curve_name_ex(openssl->context, NULL, NID_X9_62_prime256v1);
    FREED_BY(free_number) BIGNUM *scalar = load(key);
    FREED_BY(free_numbers) BN_CTX *numbers = BN_CTX_secure_new_ex(openssl->context);
    FREED_BY(free_point) EC_POINT *point = group == NULL ? NULL : EC_POINT_new(group);
    if (scalar == NULL || numbers == NULL || point == NULL) {
        return FAIL(NO_MEMORY);
    }
    bool made = EC_POINT_mul(group, point, scalar, NULL, NULL, numbers) == 1 &&
                EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, ret_whole,
                                   P256_KEY_WHOLE, numbers) == P256_KEY_WHOLE;
    return made ? OK : openssl_failed(FAIL(INTERNAL));
}

struct status p256_key_public(const struct p256_key *key, uint8_t ret_sec1[static P256_SEC1],
                              uint8_t ret_whole[static P256_KEY_WHOLE])
{
    memset(ret_sec1, 0, P256_SEC1);
    memset(ret_whole, 0, P256_KEY_WHOLE);
    struct status status = multiply(key, ret_whole);
    status = status_is_ok(status) ? p256_point(ret_whole + 1, ret_whole + 1 + P256_BYTES, ret_sec1)
                                  : status;
    if (!status_is_ok(status)) {
        memset(ret_whole, 0, P256_KEY_WHOLE);
    }
    return status;
}

/* A pair of keys that the library signs with; NULL for want of memory. */
static EVP_PKEY *load_pair(const struct openssl *openssl, const struct p256_key *key,
                           const uint8_t *sec1)
{
    EVP_PKEY *pair = NULL;
    FREED_BY(free_number) BIGNUM *scalar = load(key);
    FREED_BY(free_build) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    if (scalar == NULL || build == NULL ||
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, sec1, P256_SEC1) != 1 ||
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, scalar) != 1) {
        return NULL;
    }
    FREED_BY(free_params) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    FREED_BY(free_work)
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(openssl->context, "EC", NULL);
    if (params != NULL && maker != NULL && EVP_PKEY_fromdata_init(maker) == 1) {
        (void)EVP_PKEY_fromdata(maker, &pair, EVP_PKEY_KEYPAIR, params);
    }
    return pair;
}

static struct status sign(const struct p256_key *key, const uint8_t *sec1, const uint8_t *digest,
                          uint8_t *out)
{
    const struct openssl *openssl;
    uint8_t der[ECDSA_DER_MAX];
    size_t len = sizeof der;
    TRY(openssl_get(&openssl));
    FREED_BY(free_key) EVP_PKEY *pair = load_pair(openssl, key, sec1);
    FREED_BY(free_work)
    EVP_PKEY_CTX *work =
        pair == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(openssl->context, pair, NULL);
    if (work == NULL || EVP_PKEY_sign_init(work) != 1 ||
        EVP_PKEY_sign(work, der, &len, digest, P256_DIGEST) != 1) {
        return openssl_failed(FAIL(INTERNAL));
    }
    const uint8_t *at = der;
    FREED_BY(free_pair) ECDSA_SIG *halves = d2i_ECDSA_SIG(NULL, &at, (long)len);
    bool is_pair =
        halves != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(halves), out, P256_BYTES) == P256_BYTES &&
        BN_bn2binpad(ECDSA_SIG_get0_s(halves), out + P256_BYTES, P256_BYTES) == P256_BYTES;
    return is_pair ? p256_verify(sec1, digest, out) : openssl_failed(FAIL(INTERNAL));
}

struct status p256_key_sign(const struct p256_key *key, const uint8_t sec1[static P256_SEC1],
                            const uint8_t digest[static P256_DIGEST],
                            uint8_t out[static P256_SIGNATURE])
{
    struct status status = sign(key, sec1, digest, out);
    if (!status_is_ok(status)) {
        memset(out, 0, P256_SIGNATURE);
    }
    bool is_other = status.code == STATUS_SIGNATURE_INVALID || status.code == STATUS_POINT_INVALID;
    return is_other ? FAIL(SELF_CHECK) : status;
}
