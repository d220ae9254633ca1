#include "audit/pseudonym.h"

void pseudonym_make(const struct hmac_sha256_key *key, struct bytes name,
                    uint8_t out[static PSEUDONYM_BYTES])
{
    struct hmac_sha256 hmac;
    hmac_sha256_init(&hmac, key);
    hmac_sha256_update(&hmac, BYTES_LITERAL("u"));
    hmac_sha256_update(&hmac, name);
    hmac_sha256_final(&hmac, out);
}
