/* Words and comparisons whose time does not depend on their operands, all of which may be
 * *secret*.
 *
 * A mask is all ones for true and zero for false. Every mask passes a barrier, because compilers
 * turn masks back into branches when they can see that a value has only two cases.
 * Used wherever a secret decides something. */
#ifndef COFFER_BASE_CT_H
#define COFFER_BASE_CT_H

#include <stddef.h>
#include <stdint.h>

/* The same value, about which the compiler knows nothing. */
static inline uint64_t ct_barrier(uint64_t value)
{
#ifdef COFFER_CTIME_VOLATILE
    /* For the memory sanitizer, which loses track of a secret in an asm statement. */
    volatile uint64_t kept = value;
    return kept;
#else
    __asm__ volatile("" : "+r"(value));
    return value;
#endif
}

/* The same value, which is public from here on although it was made from secrets: the answer of a
 * check, the fate of a candidate. The builds that test for constant time (COFFER_CTIME) track
 * secrets up to here; tests/tools/ctime/declassified counts the uses in each file. */
#ifdef COFFER_CTIME
uint64_t ct_declassify(uint64_t value);
#else
static inline uint64_t ct_declassify(uint64_t value)
{
    return value;
}
#endif

/* The same for len bytes: public from here on, because they are ciphertext, or because they are a
 * copy that goes into a library whose code is constant time by its own tests, not ours; and secret
 * again, when a library made them. Nothing happens but in the builds that test for constant time;
 * tests/tools/ctime/declassified counts the uses of the first. */
#ifdef COFFER_CTIME
void ct_public(const void *memory, size_t len);
void ct_secret(void *memory, size_t len);
#else
static inline void ct_public(const void *memory, size_t len)
{
    (void)memory;
    (void)len;
}

static inline void ct_secret(void *memory, size_t len)
{
    (void)memory;
    (void)len;
}
#endif

/* All ones if value is zero. */
static inline uint64_t ct_mask_zero(uint64_t value)
{
    return ct_barrier(((value | (0 - value)) >> 63) - 1);
}

/* All ones if bit is 1. In: 0 or 1. */
static inline uint64_t ct_mask_bit(uint64_t bit)
{
    return ct_barrier(0 - bit);
}

/* All ones if a equals b. */
static inline uint64_t ct_mask_equal(uint64_t a, uint64_t b)
{
    return ct_mask_zero(a ^ b);
}

/* a where mask is all ones, b where it is zero. */
static inline uint64_t ct_select(uint64_t mask, uint64_t a, uint64_t b)
{
    return b ^ (mask & (a ^ b));
}

/* 1 if the len bytes at a and b are equal, else 0.
 * In: secret or public, public length. Timing: depends on len only. */
uint64_t ct_equal(const void *a, const void *b, size_t len);

#endif
