#include "crypto/es384.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include "crypto/openssl_internal.h"

enum { DER_MAX = 2 * (P384_BYTES + 3) + 3 };

/* r and s in DER, as OpenSSL takes them. Returns: the length, or 0. */
static size_t put_der(const uint8_t signature[static ES384_SIGNATURE], uint8_t out[static DER_MAX])
{
    ECDSA_SIG *both = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, P384_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(signature + P384_BYTES, P384_BYTES, NULL);
    int len = 0;
    if (both != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(both, r, s) == 1) {
        r = NULL; /* it has them now */
        s = NULL;
        uint8_t *at = out;
        len = i2d_ECDSA_SIG(both, NULL) <= DER_MAX ? i2d_ECDSA_SIG(both, &at) : 0;
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(both);
    return len > 0 ? (size_t)len : 0;
}

static EVP_PKEY *make_key(OSSL_LIB_CTX *context, const struct p384_point *point)
{
    char curve[] = "secp384r1";
    struct p384_point copy = *point;
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(context, "EC", NULL);
    OSSL_PARAM parts[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy.sec1, sizeof copy.sec1),
        OSSL_PARAM_construct_end(),
    };
    if (maker != NULL && EVP_PKEY_fromdata_init(maker) == 1) {
        (void)EVP_PKEY_fromdata(maker, &key, EVP_PKEY_PUBLIC_KEY, parts);
    }
    EVP_PKEY_CTX_free(maker);
    return key;
}

struct status es384_verify(const struct p384_point *key, struct bytes text,
                           const uint8_t signature[static ES384_SIGNATURE])
{
    const struct openssl *openssl;
    uint8_t der[DER_MAX];
    TRY(openssl_get(&openssl));
    size_t len = put_der(signature, der);
    EVP_PKEY *public = make_key(openssl->context, key);
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool is_good =
        len != 0 && public != NULL && hash != NULL &&
        EVP_DigestVerifyInit_ex(hash, NULL, "SHA384", openssl->context, NULL, public, NULL) == 1 &&
        EVP_DigestVerify(hash, der, len, text.ptr, text.len) == 1;
    EVP_MD_CTX_free(hash);
    EVP_PKEY_free(public);
    return is_good ? OK : openssl_failed(FAIL(SIGNATURE_INVALID));
}
