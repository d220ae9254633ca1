#include "crypto/rsa.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "crypto/openssl_internal.h"

enum { SALT = 32 };

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "OpenSSL takes numbers as they lie here");

static bool is_odd_number(struct bytes number)
{
    return number.len != 0 && number.ptr[0] != 0 && (number.ptr[number.len - 1] & 1) != 0;
}

struct status rsa_key_read(struct bytes modulus, struct bytes exponent, struct rsa_key *ret)
{
    *ret = (struct rsa_key){0};
    bool fits = modulus.len >= RSA_MODULUS_MIN && modulus.len <= RSA_MODULUS_MAX &&
                exponent.len <= RSA_EXPONENT_MAX;
    if (!fits || !is_odd_number(modulus) || !is_odd_number(exponent) ||
        (modulus.len == RSA_MODULUS_MIN && modulus.ptr[0] < 0x80)) {
        return FAIL(KEY_INVALID);
    }
    uint32_t value = 0;
    for (size_t i = 0; i < exponent.len; i++) {
        value = value << 8 | exponent.ptr[i];
    }
    if (value == 1) {
        return FAIL(KEY_INVALID);
    }
    ret->exponent = value;
    ret->modulus_len = modulus.len;
    memcpy(ret->modulus, modulus.ptr, modulus.len);
    return OK;
}

static EVP_PKEY *make_key(OSSL_LIB_CTX *context, const struct rsa_key *key)
{
    uint8_t modulus[RSA_MODULUS_MAX];
    uint32_t exponent = key->exponent;
    EVP_PKEY *made = NULL;
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(context, "RSA", NULL);
    for (size_t i = 0; i < key->modulus_len; i++) {
        modulus[i] = key->modulus[key->modulus_len - 1 - i];
    }
    OSSL_PARAM parts[] = {
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, modulus, key->modulus_len),
        OSSL_PARAM_construct_uint32(OSSL_PKEY_PARAM_RSA_E, &exponent),
        OSSL_PARAM_construct_end(),
    };
    if (maker != NULL && EVP_PKEY_fromdata_init(maker) == 1) {
        (void)EVP_PKEY_fromdata(maker, &made, EVP_PKEY_PUBLIC_KEY, parts);
    }
    EVP_PKEY_CTX_free(maker);
    return made;
}

/* MGF1 takes the hash of the text; a salt would be of any length. */
static bool set_scheme(EVP_PKEY_CTX *check, enum rsa_scheme scheme)
{
    if (scheme == RSA_PKCS1_V15) {
        return EVP_PKEY_CTX_set_rsa_padding(check, RSA_PKCS1_PADDING) == 1;
    }
    return EVP_PKEY_CTX_set_rsa_padding(check, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(check, SALT) == 1;
}

struct status rsa_verify(enum rsa_scheme scheme, const struct rsa_key *key, struct bytes text,
                         struct bytes signature)
{
    const struct openssl *openssl;
    EVP_PKEY_CTX *check = NULL; /* the hash owns it */
    TRY(openssl_get(&openssl));
    EVP_PKEY *public = make_key(openssl->context, key);
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool is_good = public != NULL && hash != NULL &&
                   EVP_DigestVerifyInit_ex(hash, &check, "SHA256", openssl->context, NULL, public,
                                           NULL) == 1 &&
                   set_scheme(check, scheme) &&
                   EVP_DigestVerify(hash, signature.ptr, signature.len, text.ptr, text.len) == 1;
    EVP_MD_CTX_free(hash);
    EVP_PKEY_free(public);
    return is_good ? OK : openssl_failed(FAIL(SIGNATURE_INVALID));
}
