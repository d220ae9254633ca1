/* Field elements as public integers: the form in which values enter and leave the Stark crypto.
 *
 * A felt is an integer in [0, p), p = 2^251 + 17*2^192 + 1, always fully reduced. Public data
 * only: nothing here is constant time. The arithmetic form is in crypto/stark_fe.h.
 * Source: Starknet documentation, "Cryptography"; StarkWare's Stark curve definition. */
#ifndef COFFER_CRYPTO_FELT_H
#define COFFER_CRYPTO_FELT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Little-endian limbs, value below p. Two felts are equal when their limbs are. */
struct felt {
    uint64_t limb[4];
};

#define FELT_ZERO ((struct felt){{0, 0, 0, 0}})

/* A felt from a small integer. */
static inline struct felt felt_from_u64(uint64_t value)
{
    return (struct felt){{value, 0, 0, 0}};
}

/* A felt from a 128-bit integer, given as its halves. */
static inline struct felt felt_from_u128(uint64_t high, uint64_t low)
{
    return (struct felt){{low, high, 0, 0}};
}

/* In: 32 bytes, big-endian. Out: *ret, zero on failure. Returns: false when the value is p or
 * more. */
bool felt_from_be(const uint8_t in[static 32], struct felt *ret);

/* In: an integer below 2^256, least significant limb first. Out: *ret, zero on failure.
 * Returns: false when it is p or more. */
bool felt_from_limbs(const uint64_t limb[static 4], struct felt *ret);

/* Out: 32 bytes, big-endian. */
void felt_to_be(const struct felt *felt, uint8_t out[static 32]);

/* In: up to 31 bytes of text. Returns: the bytes as a big-endian integer (a short string when they
 * are ASCII). */
struct felt felt_from_short(const char *text);

bool felt_equal(const struct felt *a, const struct felt *b);
bool felt_is_zero(const struct felt *felt);

/* Less than, equal, greater than zero, as integers. */
int felt_compare(const struct felt *a, const struct felt *b);

/* Number of significant bits, 0 for zero, at most 252. */
unsigned felt_bits(const struct felt *felt);

/* p - felt, or zero for zero. */
struct felt felt_negate(const struct felt *felt);

#endif
