/* covers: src/authenticators/oidc_keys.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "authenticators/oidc_keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct arena arena;

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

/* Every key has a name that leads to it alone, and bounds; what does not verify says so. */
static void check_key(const struct oidc_keys *keys, size_t index)
{
    const struct oidc_key *key = &keys->keys[index];
    static const uint8_t zeros[RSA_MODULUS_MAX];
    bool is_rsa = key->alg == OIDC_RS256 || key->alg == OIDC_PS256;
    require(key->kid_len != 0 && key->kid_len <= OIDC_KID_MAX && key->alg <= OIDC_EDDSA);
    require(oidc_keys_find(keys, (struct bytes){key->kid, key->kid_len}) == key);
    require(is_rsa == (key->rsa.modulus_len != 0));
    require(!is_rsa || (key->rsa.modulus_len >= RSA_MODULUS_MIN && key->rsa.exponent >= 3));
    require(key->alg != OIDC_ES256 || key->point[0] == 2 || key->point[0] == 3);
    struct bytes signature = {zeros, is_rsa ? key->rsa.modulus_len : 64};
    struct status status = oidc_keys_verify(key, BYTES_LITERAL("text"), signature);
    require(status.code == STATUS_AUTH_FAILED);
}

/* A set is taken whole or not at all. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct oidc_keys keys;
    static const struct oidc_keys nothing;
    if (arena.base == NULL) {
        require(status_is_ok(arena_init(&arena, 8u << 20)));
    }
    arena_reset(&arena);
    struct status status = oidc_keys_read((struct bytes){data, len}, &arena, &keys);
    if (!status_is_ok(status)) {
        require(status.code == STATUS_OIDC_KEYS_STALE);
        require(memcmp(&keys, &nothing, sizeof keys) == 0);
        return 0;
    }
    require(keys.count != 0 && keys.count <= OIDC_KEYS_MAX);
    for (size_t i = 0; i < keys.count; i++) {
        check_key(&keys, i);
    }
    return 0;
}
