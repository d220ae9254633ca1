#include "digest/hmac_sha256.h"

#include <string.h>

#include "base/invariant.h"
#include "base/secret.h"
#include "digest/sha256_internal.h"

void hmac_sha256_key_wipe(struct hmac_sha256_key *key)
{
    secret_wipe(key, sizeof *key);
}

void hmac_sha256_wipe(struct hmac_sha256 *hmac)
{
    secret_wipe(hmac, sizeof *hmac);
}

void hmac_sha256_key_init(struct hmac_sha256_key *key, struct bytes secret)
{
    uint8_t block[SHA256_BLOCK] = {0};
    if (secret.len > SHA256_BLOCK) {
        sha256_hash(secret, block);
    } else if (secret.len != 0) {
        memcpy(block, secret.ptr, secret.len);
    }
    for (size_t i = 0; i < sizeof block; i++) {
        block[i] ^= 0x36;
    }
    key->inner = sha256_start();
    sha256_compress(&key->inner, block, 1);
    for (size_t i = 0; i < sizeof block; i++) {
        block[i] ^= 0x36 ^ 0x5c;
    }
    key->outer = sha256_start();
    sha256_compress(&key->outer, block, 1);
    secret_wipe(block, sizeof block);
}

void hmac_sha256_init(struct hmac_sha256 *hmac, const struct hmac_sha256_key *key)
{
    sha256_resume(&hmac->hash, &key->inner, SHA256_BLOCK);
    hmac->outer = key->outer;
}

void hmac_sha256_update(struct hmac_sha256 *hmac, struct bytes data)
{
    sha256_update(&hmac->hash, data);
}

void hmac_sha256_final(struct hmac_sha256 *hmac, uint8_t out[static SHA256_BYTES])
{
    uint8_t digest[SHA256_BYTES];
    sha256_final(&hmac->hash, digest);
    sha256_resume(&hmac->hash, &hmac->outer, SHA256_BLOCK);
    sha256_update(&hmac->hash, BYTES_ARRAY(digest));
    sha256_final(&hmac->hash, out);
    secret_wipe(digest, sizeof digest);
    hmac_sha256_wipe(hmac);
}

void hmac_sha256_mac(const struct hmac_sha256_key *key, struct bytes message,
                     uint8_t out[static SHA256_BYTES])
{
    struct hmac_sha256 hmac;
    hmac_sha256_init(&hmac, key);
    hmac_sha256_update(&hmac, message);
    hmac_sha256_final(&hmac, out);
}

void hmac_sha256_pad(struct bytes message, uint8_t block[static SHA256_BLOCK])
{
    INVARIANT(message.len <= HMAC_SHA256_SHORT);
    memset(block, 0, SHA256_BLOCK);
    if (message.len != 0) {
        memcpy(block, message.ptr, message.len);
    }
    block[message.len] = 0x80;
    /* The length in bits, with the block of the key before it: at most 952, so two bytes. */
    size_t bits = 8 * (SHA256_BLOCK + message.len);
    block[62] = (uint8_t)(bits >> 8);
    block[63] = (uint8_t)bits;
}

void hmac_sha256_pair(const struct hmac_sha256_key *key,
                      const uint8_t blocks[static 2 * SHA256_BLOCK],
                      struct sha256_state ret_codes[static 2])
{
    sha256_nested_pair(&key->inner, &key->outer, blocks, ret_codes);
}
