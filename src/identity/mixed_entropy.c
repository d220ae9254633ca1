#include "identity/mixed_entropy.h"

#include <string.h>

#include "base/buf.h"
#include "digest/hkdf_sha256.h"

struct status mixed_entropy_init(const struct entropy *kernel, const struct secret32 *other,
                                 struct mixed_entropy *ret)
{
    SECRET32(salt);
    SECRET32(seed);
    memset(ret, 0, sizeof *ret);
    TRY(entropy_fill(kernel, salt.b, sizeof salt.b));
    hkdf_sha256_extract(BYTES_ARRAY(salt.b), BYTES_ARRAY(other->b), &seed);
    hmac_sha256_key_init(&ret->seed, BYTES_ARRAY(seed.b));
    ret->kernel = *kernel;
    return OK;
}

void mixed_entropy_wipe(struct mixed_entropy *mixed)
{
    secret_wipe(mixed, sizeof *mixed);
}

static struct status fill(void *context, uint8_t *out, size_t len)
{
    struct mixed_entropy *mixed = context;
    TRY(entropy_fill(&mixed->kernel, out, len));
    for (size_t at = 0; at < len; at += SHA256_BYTES) {
        SECRET32(block);
        uint8_t memory[8];
        struct buf number = buf_over(memory, sizeof memory);
        buf_put_u64(&number, atomic_fetch_add(&mixed->blocks, 1));
        hmac_sha256_mac(&mixed->seed, buf_bytes(&number), block.b);
        for (size_t i = 0; i < SHA256_BYTES && at + i < len; i++) {
            out[at + i] ^= block.b[i];
        }
    }
    return OK;
}

struct entropy mixed_entropy_port(struct mixed_entropy *mixed)
{
    return (struct entropy){mixed, fill};
}
