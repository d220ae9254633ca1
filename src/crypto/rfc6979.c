#include "crypto/rfc6979.h"

#include <string.h>

#include "base/invariant.h"
#include "base/secret.h"

/* V, one byte, the key, the hash and the additional input. */
struct seed_material {
    uint8_t value[32];
    uint8_t round;
    uint8_t key[32];
    uint8_t hash[32];
    uint8_t extra[RFC6979_EXTRA];
};

static void seed_material_wipe(struct seed_material *seed)
{
    secret_wipe(seed, sizeof *seed);
}

void rfc6979_wipe(struct rfc6979 *generator)
{
    secret_wipe(generator, sizeof *generator);
}

/* K = HMAC(K, message), V = HMAC(K, V). message may hold V. */
static void rekey(struct rfc6979 *generator, struct bytes message)
{
    SECRET32(key);
    hmac_sha256_mac(&generator->key, message, key.b);
    hmac_sha256_key_init(&generator->key, BYTES_ARRAY(key.b));
    hmac_sha256_mac(&generator->key, BYTES_ARRAY(generator->value), generator->value);
}

void rfc6979_init(struct rfc6979 *generator, const uint8_t key[static 32],
                  const uint8_t hash[static 32], struct bytes extra)
{
    INVARIANT(extra.len <= RFC6979_EXTRA);
    static const uint8_t zeros[32];
    SECRET(seed_material, seed);
    struct bytes message = {(const uint8_t *)&seed, sizeof seed - RFC6979_EXTRA + extra.len};
    hmac_sha256_key_init(&generator->key, BYTES_ARRAY(zeros));
    memset(generator->value, 1, sizeof generator->value);
    generator->used = false;
    memcpy(seed.key, key, sizeof seed.key);
    memcpy(seed.hash, hash, sizeof seed.hash);
    if (extra.len != 0) {
        memcpy(seed.extra, extra.ptr, extra.len);
    }
    for (uint8_t round = 0; round < 2; round++) {
        memcpy(seed.value, generator->value, sizeof seed.value);
        seed.round = round;
        rekey(generator, message);
    }
}

void rfc6979_next(struct rfc6979 *generator)
{
    if (generator->used) {
        uint8_t message[33] = {0};
        memcpy(message, generator->value, 32);
        rekey(generator, BYTES_ARRAY(message));
        secret_wipe(message, sizeof message);
    }
    hmac_sha256_mac(&generator->key, BYTES_ARRAY(generator->value), generator->value);
    generator->used = true;
}
