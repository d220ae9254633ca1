#include "crypto/es384.h"

#include "crypto/ecdsa_internal.h"
#include "crypto/openssl_internal.h"

_Static_assert((int)ECDSA_HALF_MAX >= P384_BYTES, "its signatures fit");

struct status es384_verify(const struct p384_point *key, struct bytes text,
                           const uint8_t signature[static ES384_SIGNATURE])
{
    const struct openssl *openssl;
    uint8_t der[ECDSA_DER_MAX];
    TRY(openssl_get(&openssl));
    size_t len = ecdsa_der((struct bytes){signature, ES384_SIGNATURE}, der);
    EVP_PKEY *public = ecdsa_key(openssl->context, "secp384r1", BYTES_ARRAY(key->sec1));
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool is_good =
        len != 0 && public != NULL && hash != NULL &&
        EVP_DigestVerifyInit_ex(hash, NULL, "SHA384", openssl->context, NULL, public, NULL) == 1 &&
        EVP_DigestVerify(hash, der, len, text.ptr, text.len) == 1;
    EVP_MD_CTX_free(hash);
    EVP_PKEY_free(public);
    return is_good ? OK : openssl_failed(FAIL(SIGNATURE_INVALID));
}
