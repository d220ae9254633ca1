#include "base/ct.h"

uint64_t ct_equal(const void *a, const void *b, size_t len)
{
    const uint8_t *x = a;
    const uint8_t *y = b;
    uint64_t difference = 0;
    for (size_t i = 0; i < len; i++) {
        difference |= (uint64_t)(x[i] ^ y[i]);
    }
    return ct_mask_zero(difference) & 1;
}
