#include "crypto/felt.h"

#include <string.h>

#include "base/invariant.h"

static const struct felt prime = {{1, 0, 0, 0x0800000000000011}};

static uint64_t load_be(const uint8_t *in)
{
    uint64_t value = 0;
    for (size_t i = 0; i < 8; i++) {
        value = value << 8 | in[i];
    }
    return value;
}

bool felt_from_limbs(const uint64_t limb[static 4], struct felt *ret)
{
    const struct felt value = {{limb[0], limb[1], limb[2], limb[3]}};
    bool in_range = felt_compare(&value, &prime) < 0;
    *ret = in_range ? value : FELT_ZERO;
    return in_range;
}

bool felt_from_be(const uint8_t in[static 32], struct felt *ret)
{
    uint64_t limb[4];
    for (size_t i = 0; i < 4; i++) {
        limb[i] = load_be(in + 8 * (3 - i));
    }
    return felt_from_limbs(limb, ret);
}

void felt_to_be(const struct felt *felt, uint8_t out[static 32])
{
    for (size_t i = 0; i < 32; i++) {
        out[i] = (uint8_t)(felt->limb[3 - i / 8] >> (56 - 8 * (i % 8)));
    }
}

struct felt felt_from_short(const char *text)
{
    uint8_t padded[32] = {0};
    size_t len = strlen(text);
    INVARIANT(len <= 31);
    memcpy(padded + 32 - len, text, len);
    struct felt felt;
    INVARIANT(felt_from_be(padded, &felt));
    return felt;
}

bool felt_equal(const struct felt *a, const struct felt *b)
{
    return felt_compare(a, b) == 0;
}

bool felt_is_zero(const struct felt *felt)
{
    return (felt->limb[0] | felt->limb[1] | felt->limb[2] | felt->limb[3]) == 0;
}

int felt_compare(const struct felt *a, const struct felt *b)
{
    for (size_t i = 4; i-- > 0;) {
        if (a->limb[i] != b->limb[i]) {
            return a->limb[i] < b->limb[i] ? -1 : 1;
        }
    }
    return 0;
}

unsigned felt_bits(const struct felt *felt)
{
    for (unsigned i = 4; i-- > 0;) {
        if (felt->limb[i] != 0) {
            return 64 * i + 64 - (unsigned)__builtin_clzll(felt->limb[i]);
        }
    }
    return 0;
}

struct felt felt_negate(const struct felt *felt)
{
    if (felt_is_zero(felt)) {
        return FELT_ZERO;
    }
    struct felt difference = FELT_ZERO;
    uint64_t borrow = 0;
    for (size_t i = 0; i < 4; i++) {
        uint64_t partial = 0;
        uint64_t first = __builtin_sub_overflow(prime.limb[i], felt->limb[i], &partial);
        uint64_t second = __builtin_sub_overflow(partial, borrow, &difference.limb[i]);
        borrow = first | second;
    }
    return difference;
}
