/* Arithmetic that says when it does not fit. Used wherever a size or a count comes from outside. */
#ifndef COFFER_BASE_CHECKED_H
#define COFFER_BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each returns true and sets *ret when the exact result fits;
 * otherwise false, and *ret is unspecified. */
static inline bool checked_add_size(size_t a, size_t b, size_t *ret)
{
    return !__builtin_add_overflow(a, b, ret);
}

static inline bool checked_mul_size(size_t a, size_t b, size_t *ret)
{
    return !__builtin_mul_overflow(a, b, ret);
}

static inline bool checked_add_u64(uint64_t a, uint64_t b, uint64_t *ret)
{
    return !__builtin_add_overflow(a, b, ret);
}

#endif
