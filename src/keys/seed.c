#include "keys/seed.h"

#include "digest/hmac_sha256.h"

void seed_commitment(const struct secret32 *seed, uint8_t ret_commitment[static 32])
{
    SECRET(hmac_sha256_key, key);
    hmac_sha256_key_init(&key, BYTES_ARRAY(seed->b));
    hmac_sha256_mac(&key, BYTES_LITERAL("coffer/seed-commit/1"), ret_commitment);
}
