#include "crypto/stark_rfc6979.h"

#include <string.h>

#include "base/ct.h"
#include "base/invariant.h"
#include "base/secret.h"

/* V, one byte, the key, the hash and the additional input. */
struct seed_material {
    uint8_t value[32];
    uint8_t round;
    uint8_t key[32];
    uint8_t hash[32];
    uint8_t extra[STARK_RFC6979_EXTRA];
};

static void seed_material_wipe(struct seed_material *seed)
{
    secret_wipe(seed, sizeof *seed);
}

void stark_rfc6979_wipe(struct stark_rfc6979 *generator)
{
    secret_wipe(generator, sizeof *generator);
}

/* K = HMAC(K, message), V = HMAC(K, V). message may hold V. */
static void rekey(struct stark_rfc6979 *generator, struct bytes message)
{
    SECRET32(key);
    hmac_sha256_mac(&generator->key, message, key.b);
    hmac_sha256_key_init(&generator->key, BYTES_ARRAY(key.b));
    hmac_sha256_mac(&generator->key, BYTES_ARRAY(generator->value), generator->value);
}

void stark_rfc6979_init(struct stark_rfc6979 *generator, const struct stark_key *key,
                        const struct felt *hash, struct bytes extra)
{
    INVARIANT(extra.len <= STARK_RFC6979_EXTRA);
    static const uint8_t zeros[32];
    SECRET(seed_material, seed);
    struct bytes message = {(const uint8_t *)&seed, sizeof seed - STARK_RFC6979_EXTRA + extra.len};
    hmac_sha256_key_init(&generator->key, BYTES_ARRAY(zeros));
    memset(generator->value, 1, sizeof generator->value);
    generator->used = false;
    stark_scalar_to_be(&key->d, seed.key);
    felt_to_be(hash, seed.hash);
    if (extra.len != 0) {
        memcpy(seed.extra, extra.ptr, extra.len);
    }
    for (uint8_t round = 0; round < 2; round++) {
        memcpy(seed.value, generator->value, sizeof seed.value);
        seed.round = round;
        rekey(generator, message);
    }
}

/* The leftmost 252 bits of V. Returns: 1 if they are a nonce, else 0. */
static uint64_t candidate(const struct stark_rfc6979 *generator, struct stark_scalar *ret)
{
    SECRET32(shifted);
    for (int i = 0; i < 32; i++) {
        uint8_t above = i > 0 ? generator->value[i - 1] : 0;
        shifted.b[i] = (uint8_t)(above << 4 | generator->value[i] >> 4);
    }
    uint64_t below_order = stark_scalar_from_be(shifted.b, ret);
    return below_order & (stark_scalar_is_zero(ret) ^ 1);
}

void stark_rfc6979_next(struct stark_rfc6979 *generator, struct stark_scalar *ret_k)
{
    uint64_t accepted = 0;
    while (!accepted) {
        if (generator->used) {
            uint8_t message[33] = {0};
            memcpy(message, generator->value, 32);
            rekey(generator, BYTES_ARRAY(message));
            secret_wipe(message, sizeof message);
        }
        hmac_sha256_mac(&generator->key, BYTES_ARRAY(generator->value), generator->value);
        generator->used = true;
        accepted = ct_declassify(candidate(generator, ret_k));
    }
}
