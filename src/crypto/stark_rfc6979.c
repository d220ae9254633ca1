#include "crypto/stark_rfc6979.h"

#include "base/ct.h"
#include "base/secret.h"

void stark_rfc6979_wipe(struct stark_rfc6979 *generator)
{
    rfc6979_wipe(&generator->bytes);
}

void stark_rfc6979_init(struct stark_rfc6979 *generator, const struct stark_key *key,
                        const struct felt *hash, struct bytes extra)
{
    SECRET32(scalar);
    uint8_t digest[32];
    stark_scalar_to_be(&key->d, scalar.b);
    felt_to_be(hash, digest);
    rfc6979_init(&generator->bytes, scalar.b, digest, extra);
}

/* The leftmost 252 bits of V. Returns: 1 if they are a nonce, else 0. */
static uint64_t candidate(const struct rfc6979 *bytes, struct stark_scalar *ret)
{
    SECRET32(shifted);
    for (int i = 0; i < 32; i++) {
        uint8_t above = i > 0 ? bytes->value[i - 1] : 0;
        shifted.b[i] = (uint8_t)(above << 4 | bytes->value[i] >> 4);
    }
    uint64_t below_order = stark_scalar_from_be(shifted.b, ret);
    return below_order & (stark_scalar_is_zero(ret) ^ 1);
}

void stark_rfc6979_next(struct stark_rfc6979 *generator, struct stark_scalar *ret_k)
{
    uint64_t accepted = 0;
    while (!accepted) {
        rfc6979_next(&generator->bytes);
        accepted = ct_declassify(candidate(&generator->bytes, ret_k));
    }
}
