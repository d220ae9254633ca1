#include "crypto/p256.h"

#include <string.h>

#include "crypto/ecdsa_internal.h"
#include "crypto/openssl_internal.h"

_Static_assert((int)ECDSA_HALF_MAX >= P256_BYTES, "its signatures fit");

static struct status load_key(struct bytes sec1, const struct openssl **ret_openssl, EVP_PKEY **ret)
{
    *ret = NULL;
    TRY(openssl_get(ret_openssl));
    *ret = ecdsa_key((*ret_openssl)->context, "prime256v1", sec1);
    return *ret != NULL ? OK : openssl_failed(FAIL(POINT_INVALID));
}

static struct status check_point(struct bytes sec1)
{
    const struct openssl *openssl;
    EVP_PKEY *public;
    struct status status = load_key(sec1, &openssl, &public);
    EVP_PKEY_free(public);
    return status;
}

struct status p256_key_check(const uint8_t sec1[static P256_SEC1])
{
    return check_point((struct bytes){sec1, P256_SEC1});
}

struct status p256_point(const uint8_t x[static P256_BYTES], const uint8_t y[static P256_BYTES],
                         uint8_t ret[static P256_SEC1])
{
    uint8_t whole[1 + 2 * P256_BYTES] = {4};
    memcpy(whole + 1, x, P256_BYTES);
    memcpy(whole + 1 + P256_BYTES, y, P256_BYTES);
    memset(ret, 0, P256_SEC1);
    TRY(check_point(BYTES_ARRAY(whole)));
    ret[0] = (uint8_t)(2 + (y[P256_BYTES - 1] & 1));
    memcpy(ret + 1, x, P256_BYTES);
    return OK;
}

struct status p256_verify(const uint8_t sec1[static P256_SEC1],
                          const uint8_t digest[static P256_DIGEST],
                          const uint8_t signature[static P256_SIGNATURE])
{
    const struct openssl *openssl;
    EVP_PKEY *public;
    uint8_t der[ECDSA_DER_MAX];
    TRY(load_key((struct bytes){sec1, P256_SEC1}, &openssl, &public));
    size_t len = ecdsa_der((struct bytes){signature, P256_SIGNATURE}, der);
    EVP_PKEY_CTX *work = EVP_PKEY_CTX_new_from_pkey(openssl->context, public, NULL);
    bool is_good = len != 0 && work != NULL && EVP_PKEY_verify_init(work) == 1 &&
                   EVP_PKEY_verify(work, der, len, digest, P256_DIGEST) == 1;
    EVP_PKEY_CTX_free(work);
    EVP_PKEY_free(public);
    return is_good ? OK : openssl_failed(FAIL(SIGNATURE_INVALID));
}
