#include <openssl/core_names.h>
#include <openssl/ecdsa.h>

#include "crypto/ecdsa_internal.h"

size_t ecdsa_der(struct bytes signature, uint8_t out[static ECDSA_DER_MAX])
{
    int half = (int)(signature.len / 2);
    ECDSA_SIG *both = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature.ptr, half, NULL);
    BIGNUM *s = BN_bin2bn(signature.ptr + half, half, NULL);
    int len = 0;
    if (both != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(both, r, s) == 1) {
        r = NULL; /* it has them now */
        s = NULL;
        uint8_t *at = out;
        len = i2d_ECDSA_SIG(both, NULL) <= ECDSA_DER_MAX ? i2d_ECDSA_SIG(both, &at) : 0;
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(both);
    return len > 0 ? (size_t)len : 0;
}

/* The casts are for parameters that OpenSSL only reads. */
EVP_PKEY *ecdsa_key(OSSL_LIB_CTX *context, const char *curve, struct bytes sec1)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(context, "EC", NULL);
    OSSL_PARAM parts[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)curve, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)sec1.ptr,
                                          sec1.len),
        OSSL_PARAM_construct_end(),
    };
    if (maker != NULL && EVP_PKEY_fromdata_init(maker) == 1) {
        (void)EVP_PKEY_fromdata(maker, &key, EVP_PKEY_PUBLIC_KEY, parts);
    }
    EVP_PKEY_CTX_free(maker);
    return key;
}
