#include "codec/decimal.h"

#include <stdbool.h>
#include <string.h>

enum {
    CHUNK = 9,   /* digits that are taken at once: 10^9 is below 2^32 */
    DIGITS = 78, /* of 2^256 - 1 */
    WORDS = 8,
};

static bool is_well_formed(struct bytes text)
{
    if (text.len == 0 || (text.ptr[0] == '0' && text.len != 1)) {
        return false;
    }
    bool digits = true;
    for (size_t i = 0; i < text.len; i++) {
        digits &= text.ptr[i] >= '0' && text.ptr[i] <= '9';
    }
    return digits;
}

/* word = word * factor + add. Returns: false when the result is 2^256 or more. */
static bool multiply_add(uint32_t word[static WORDS], uint32_t factor, uint32_t add)
{
    uint64_t carry = add;
    for (size_t i = 0; i < WORDS; i++) {
        carry += (uint64_t)word[i] * factor;
        word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return carry == 0;
}

static bool convert(struct bytes text, uint32_t word[static WORDS])
{
    for (size_t at = 0; at < text.len;) {
        uint32_t chunk = 0;
        uint32_t factor = 1;
        for (size_t i = 0; i < CHUNK && at < text.len; i++, at++) {
            chunk = chunk * 10 + (uint32_t)(text.ptr[at] - '0');
            factor *= 10;
        }
        if (!multiply_add(word, factor, chunk)) {
            return false;
        }
    }
    return true;
}

struct status decimal_u256(struct bytes text, uint64_t ret_limb[static 4])
{
    uint32_t word[WORDS] = {0};
    memset(ret_limb, 0, 4 * sizeof ret_limb[0]);
    if (!is_well_formed(text)) {
        return FAIL(INVALID_DECIMAL);
    }
    if (text.len > DIGITS || !convert(text, word)) {
        return FAIL(NUMBER_RANGE);
    }
    for (size_t i = 0; i < 4; i++) {
        ret_limb[i] = (uint64_t)word[2 * i + 1] << 32 | word[2 * i];
    }
    return OK;
}

struct status decimal_u64(struct bytes text, uint64_t *ret)
{
    uint64_t limb[4];
    *ret = 0;
    TRY(decimal_u256(text, limb));
    if ((limb[1] | limb[2] | limb[3]) != 0) {
        return FAIL(NUMBER_RANGE);
    }
    *ret = limb[0];
    return OK;
}
