#include "crypto/aead.h"

#include "base/ct.h"
#include "crypto/openssl_internal.h"

enum { LENGTH_MAX = 1 << 30 };

/* Freeing the context wipes the key schedule. */
static void free_context(EVP_CIPHER_CTX **context)
{
    EVP_CIPHER_CTX_free(*context);
}

#define FREED __attribute__((cleanup(free_context)))

static struct status begin(EVP_CIPHER_CTX *context, const struct secret32 *key, const uint8_t *iv,
                           int seal)
{
    const struct openssl *openssl;
    TRY(openssl_get(&openssl));
    if (context == NULL) {
        return FAIL(NO_MEMORY);
    }
    SECRET32(copy);
    copy = *key;
    ct_public(&copy, sizeof copy);
    return EVP_CipherInit_ex2(context, openssl->aes_256_gcm, copy.b, iv, seal, NULL) == 1
               ? OK
               : openssl_failed(FAIL(INTERNAL));
}

/* OpenSSL takes a call with no bytes for the end of the associated data, or for nothing. */
static struct status update(EVP_CIPHER_CTX *context, uint8_t *out, struct bytes data)
{
    int written = 0;
    if (data.len == 0) {
        return OK;
    }
    return EVP_CipherUpdate(context, out, &written, data.ptr, (int)data.len) == 1
               ? OK
               : openssl_failed(FAIL(INTERNAL));
}

static struct status seal(const struct secret32 *key, const uint8_t *iv, struct bytes aad,
                          struct bytes plaintext, uint8_t *out)
{
    FREED EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0;
    TRY(begin(context, key, iv, 1));
    TRY(update(context, NULL, aad));
    TRY(update(context, out, plaintext));
    uint8_t *tag = out + plaintext.len;
    if (EVP_CipherFinal_ex(context, tag, &written) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG, tag) != 1) {
        return openssl_failed(FAIL(INTERNAL));
    }
    return OK;
}

static struct status open_sealed(const struct secret32 *key, const uint8_t *iv, struct bytes aad,
                                 struct bytes sealed, uint8_t *out)
{
    FREED EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0;
    size_t len = sealed.len - AEAD_TAG;
    uint8_t tag[AEAD_TAG];
    uint8_t none[AEAD_TAG];
    for (size_t i = 0; i < AEAD_TAG; i++) {
        tag[i] = sealed.ptr[len + i];
    }
    TRY(begin(context, key, iv, 0));
    TRY(update(context, NULL, aad));
    TRY(update(context, out, bytes_slice(sealed, 0, len)));
    if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG, tag) != 1) {
        return openssl_failed(FAIL(INTERNAL));
    }
    return EVP_CipherFinal_ex(context, none, &written) == 1 ? OK
                                                            : openssl_failed(FAIL(AEAD_INVALID));
}

struct status aead_seal(const struct secret32 *key, const uint8_t iv[static AEAD_IV],
                        struct bytes aad, struct bytes plaintext, uint8_t *out)
{
    bool fits = plaintext.len <= LENGTH_MAX && aad.len <= LENGTH_MAX;
    struct status status = fits ? seal(key, iv, aad, plaintext, out) : FAIL(NUMBER_RANGE);
    if (status_is_ok(status)) {
        ct_public(out, plaintext.len + AEAD_TAG);
    } else {
        secret_wipe(out, plaintext.len + AEAD_TAG);
    }
    return status;
}

struct status aead_open(const struct secret32 *key, const uint8_t iv[static AEAD_IV],
                        struct bytes aad, struct bytes sealed, uint8_t *out)
{
    if (sealed.len < AEAD_TAG) {
        return FAIL(AEAD_INVALID);
    }
    bool fits = sealed.len <= LENGTH_MAX && aad.len <= LENGTH_MAX;
    struct status status = fits ? open_sealed(key, iv, aad, sealed, out) : FAIL(NUMBER_RANGE);
    if (status_is_ok(status)) {
        ct_secret(out, sealed.len - AEAD_TAG);
    } else {
        secret_wipe(out, sealed.len - AEAD_TAG);
    }
    return status;
}
