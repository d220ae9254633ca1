#include "audit/pseudonym.h"

static void make(const struct hmac_sha256_key *key, struct bytes kind, struct bytes name,
                 uint8_t out[static PSEUDONYM_BYTES])
{
    struct hmac_sha256 hmac;
    hmac_sha256_init(&hmac, key);
    hmac_sha256_update(&hmac, kind);
    hmac_sha256_update(&hmac, name);
    hmac_sha256_final(&hmac, out);
}

void pseudonym_make(const struct hmac_sha256_key *key, struct bytes name,
                    uint8_t out[static PSEUDONYM_BYTES])
{
    make(key, BYTES_LITERAL("u"), name, out);
}

void pseudonym_name(const struct hmac_sha256_key *key, struct bytes name,
                    uint8_t out[static PSEUDONYM_BYTES])
{
    make(key, BYTES_LITERAL("n"), name, out);
}

void pseudonym_request(const struct hmac_sha256_key *key,
                       const uint8_t body_hash[static PSEUDONYM_BYTES],
                       uint8_t out[static PSEUDONYM_BYTES])
{
    make(key, BYTES_LITERAL("r"), (struct bytes){body_hash, PSEUDONYM_BYTES}, out);
}

void pseudonym_plan(const struct hmac_sha256_key *key, struct bytes plan,
                    uint8_t out[static PSEUDONYM_BYTES])
{
    make(key, BYTES_LITERAL("p"), plan, out);
}
