#include "starknet/grind_key.h"

#include <stdbool.h>

#include "base/ct.h"
#include "digest/sha256.h"

/* *secret* */
struct grind {
    uint64_t limb[4];
};

static void grind_wipe(struct grind *value)
{
    secret_wipe(value, sizeof *value);
}

/* The order of the curve, least significant limb first. */
static const uint64_t order[4] = {
    0x1e66a241adc64d2f,
    0xb781126dcae7b232,
    0xffffffffffffffff,
    0x0800000000000010,
};

/* value - n * 2^shift, shift at most 4. Returns: 1 when that is negative. */
static uint64_t subtract(const struct grind *value, unsigned shift, struct grind *ret)
{
    uint64_t borrow = 0;
    for (size_t i = 0; i < 4; i++) {
        uint64_t below = i == 0 || shift == 0 ? 0 : order[i - 1] >> (64 - shift);
        uint64_t term = order[i] << shift | below;
        uint64_t difference = value->limb[i] - term;
        uint64_t under = (uint64_t)(value->limb[i] < term);
        ret->limb[i] = difference - borrow;
        borrow = under | (uint64_t)(difference < borrow);
    }
    return borrow;
}

/* value mod n for a value below 32n. Returns: 1 when the value was 31n or more. */
static uint64_t reduce(struct grind *value)
{
    uint64_t quotient = 0;
    for (unsigned shift = 5; shift-- > 0;) {
        SECRET(grind, less);
        uint64_t fits = subtract(value, shift, &less) ^ 1;
        uint64_t mask = ct_mask_bit(fits);
        for (size_t i = 0; i < 4; i++) {
            value->limb[i] = ct_select(mask, less.limb[i], value->limb[i]);
        }
        quotient = quotient << 1 | fits;
    }
    return ct_mask_equal(quotient, 31) & 1;
}

static void draw(struct bytes seed, unsigned i, struct grind *ret)
{
    SECRET(sha256, sha);
    SECRET32(hash);
    const uint8_t counter[2] = {(uint8_t)(i >> 8), (uint8_t)i};
    size_t skip = i < 256 ? 1 : 0;
    sha256_init(&sha);
    sha256_update(&sha, seed);
    sha256_update(&sha, (struct bytes){counter + skip, sizeof counter - skip});
    sha256_final(&sha, hash.b);
    *ret = (struct grind){0};
    for (size_t at = 0; at < sizeof hash.b; at++) {
        ret->limb[3 - at / 8] = ret->limb[3 - at / 8] << 8 | hash.b[at];
    }
}

struct status grind_key(struct bytes seed, struct secret32 *ret_key)
{
    SECRET(grind, value);
    uint64_t thrown = 1;
    /* Each draw fails with probability 1/32; 2^16 of them never do. */
    for (unsigned i = 0; thrown != 0 && i <= UINT16_MAX; i++) {
        draw(seed, i, &value);
        thrown = ct_declassify(reduce(&value));
    }
    uint64_t any = value.limb[0] | value.limb[1] | value.limb[2] | value.limb[3];
    uint64_t bad = ct_declassify(ct_mask_zero(any) | ct_mask_bit(thrown));
    for (size_t at = 0; at < sizeof ret_key->b; at++) {
        uint64_t byte = value.limb[3 - at / 8] >> (56 - 8 * (at % 8)) & 0xff;
        ret_key->b[at] = (uint8_t)(byte & ~bad);
    }
    return bad == 0 ? OK : FAIL(KEY_INVALID);
}
