#include "crypto/ed25519.h"

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
