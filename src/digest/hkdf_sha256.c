#include "digest/hkdf_sha256.h"

#include <string.h>

void hkdf_sha256_extract(struct bytes salt, struct bytes secret, struct secret32 *ret_prk)
{
    SECRET(hmac_sha256_key, key);
    hmac_sha256_key_init(&key, salt);
    hmac_sha256_mac(&key, secret, ret_prk->b);
}

struct status hkdf_sha256_expand(const struct hmac_sha256_key *prk, struct bytes info, uint8_t *out,
                                 size_t len)
{
    return hkdf_sha256_expand_parts(prk, &info, 1, out, len);
}

struct status hkdf_sha256_expand_parts(const struct hmac_sha256_key *prk, const struct bytes *parts,
                                       size_t count, uint8_t *out, size_t len)
{
    if (len > HKDF_SHA256_MAX) {
        return FAIL(NUMBER_RANGE);
    }
    SECRET32(block);
    for (size_t done = 0; done < len; done += SHA256_BYTES) {
        uint8_t counter = (uint8_t)(done / SHA256_BYTES + 1);
        struct hmac_sha256 hmac;
        hmac_sha256_init(&hmac, prk);
        if (done != 0) {
            hmac_sha256_update(&hmac, BYTES_ARRAY(block.b));
        }
        for (size_t i = 0; i < count; i++) {
            hmac_sha256_update(&hmac, parts[i]);
        }
        hmac_sha256_update(&hmac, (struct bytes){&counter, 1});
        hmac_sha256_final(&hmac, block.b);
        memcpy(out + done, block.b, len - done < SHA256_BYTES ? len - done : SHA256_BYTES);
    }
    return OK;
}
