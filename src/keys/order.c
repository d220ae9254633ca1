#include <stddef.h>

#include "base/ct.h"
#include "keys/order_internal.h"

enum {
    WIDE = 12,    /* words of 32 bits in the input */
    TOP = 6,      /* of its upper half */
    QUOTIENT = 5, /* words that hold a quotient, below 2^133 */
    MODULUS = 8,
};

/* n - 1, least significant word first; n itself differs in the first word only. */
static const uint32_t moduli[][MODULUS] = {
    [ORDER_STARK] = {0xadc64d2e, 0x1e66a241, 0xcae7b232, 0xb781126d, 0xffffffff, 0xffffffff,
                     0x00000010, 0x08000000},
    [ORDER_SECP256K1] = {0xd0364140, 0xbfd25e8c, 0xaf48a03b, 0xbaaedce6, 0xfffffffe, 0xffffffff,
                         0xffffffff, 0xffffffff},
    [ORDER_P256] = {0xfc632550, 0xf3b9cac2, 0xa7179e84, 0xbce6faad, 0xffffffff, 0xffffffff,
                    0x00000000, 0xffffffff},
};

static const uint32_t *const modulus = moduli[ORDER_STARK];

/* floor(2^384 / (n - 1)). */
static const uint32_t reciprocal[QUOTIENT] = {
    0x00908121, 0x00000000, 0xffffbc00, 0xffffffff, 0x0000001f,
};

uint64_t order_accepts(const struct sha256_state *value)
{
    uint64_t any = 0;
    uint64_t borrow = 0;
    for (size_t i = 0; i < MODULUS; i++) {
        uint64_t word = value->h[MODULUS - 1 - i];
        uint64_t order = modulus[i] + (uint64_t)(i == 0);
        any |= word;
        borrow = (word - order - borrow) >> 63;
    }
    return borrow & ~ct_mask_zero(any) & 1;
}

/* remainder -= modulus if it is at least modulus. The remainder has a spare top word. */
static void subtract_once(uint32_t remainder[static MODULUS])
{
    uint32_t difference[MODULUS];
    uint64_t borrow = 0;
    for (size_t i = 0; i < MODULUS; i++) {
        uint64_t word = (uint64_t)remainder[i] - modulus[i] - borrow;
        difference[i] = (uint32_t)word;
        borrow = word >> 63;
    }
    uint64_t keep = ct_mask_bit(borrow);
    for (size_t i = 0; i < MODULUS; i++) {
        remainder[i] = (uint32_t)ct_select(keep, remainder[i], difference[i]);
    }
    secret_wipe(difference, sizeof difference);
}

/* Barrett: q = floor(floor(x / 2^192) * reciprocal / 2^192) is at most 2 below floor(x / modulus):
 * the two roundings of the factors take less than x / 2^384 + 2^192 / modulus < 1 + 2^-59 from the
 * quotient and the last one less than 1. So x - q * modulus is below 3 * modulus, fits eight words
 * and needs two conditional subtractions. */
static void quotient_of(const uint32_t x[static WIDE], uint32_t q[static QUOTIENT])
{
    uint32_t product[TOP + QUOTIENT] = {0};
    for (size_t i = 0; i < TOP; i++) {
        uint64_t carry = 0;
        for (size_t j = 0; j < QUOTIENT; j++) {
            carry += (uint64_t)x[TOP + i] * reciprocal[j] + product[i + j];
            product[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        product[i + QUOTIENT] = (uint32_t)carry;
    }
    for (size_t i = 0; i < QUOTIENT; i++) {
        q[i] = product[TOP + i];
    }
    secret_wipe(product, sizeof product);
}

/* x - q * modulus, modulo 2^256. */
static void remainder_of(const uint32_t x[static WIDE], const uint32_t q[static QUOTIENT],
                         uint32_t remainder[static MODULUS])
{
    uint32_t product[MODULUS] = {0};
    for (size_t i = 0; i < QUOTIENT; i++) {
        uint64_t carry = 0;
        for (size_t j = 0; i + j < MODULUS; j++) {
            carry += (uint64_t)q[i] * modulus[j] + product[i + j];
            product[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    uint64_t borrow = 0;
    for (size_t i = 0; i < MODULUS; i++) {
        uint64_t word = (uint64_t)x[i] - product[i] - borrow;
        remainder[i] = (uint32_t)word;
        borrow = word >> 63;
    }
    secret_wipe(product, sizeof product);
}

/* remainder + 1, which fits, as bytes. */
static void put_next(const uint32_t remainder[static MODULUS], struct secret32 *ret)
{
    uint64_t carry = 1;
    for (size_t i = 0; i < MODULUS; i++) {
        carry += remainder[i];
        for (size_t j = 0; j < 4; j++) {
            ret->b[31 - 4 * i - j] = (uint8_t)(carry >> (8 * j));
        }
        carry >>= 32;
    }
}

void order_map(const uint8_t wide[static ORDER_WIDE], struct secret32 *ret)
{
    uint32_t x[WIDE];
    uint32_t q[QUOTIENT];
    uint32_t remainder[MODULUS];
    for (size_t i = 0; i < WIDE; i++) {
        const uint8_t *at = wide + 4 * (WIDE - 1 - i);
        x[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    }
    quotient_of(x, q);
    remainder_of(x, q, remainder);
    subtract_once(remainder);
    subtract_once(remainder);
    put_next(remainder, ret);
    secret_wipe(x, sizeof x);
    secret_wipe(q, sizeof q);
    secret_wipe(remainder, sizeof remainder);
}

/* remainder = 2 * remainder + bit, less the modulus if it is at least that. */
static void take_bit(uint32_t remainder[static MODULUS], const uint32_t by[static MODULUS],
                     uint32_t bit)
{
    uint32_t difference[MODULUS];
    uint64_t borrow = 0;
    uint32_t carry = bit;
    for (size_t i = 0; i < MODULUS; i++) {
        uint32_t doubled = remainder[i] << 1 | carry;
        carry = remainder[i] >> 31;
        remainder[i] = doubled;
        uint64_t word = (uint64_t)doubled - by[i] - borrow;
        difference[i] = (uint32_t)word;
        borrow = word >> 63;
    }
    uint64_t keep = ct_mask_bit(borrow & ~(uint64_t)carry & 1);
    for (size_t i = 0; i < MODULUS; i++) {
        remainder[i] = (uint32_t)ct_select(keep, remainder[i], difference[i]);
    }
    secret_wipe(difference, sizeof difference);
}

void order_map_of(enum order_curve curve, const uint8_t wide[static ORDER_WIDE],
                  struct secret32 *ret)
{
    uint32_t remainder[MODULUS] = {0};
    for (size_t i = 0; i < 8 * (size_t)ORDER_WIDE; i++) {
        take_bit(remainder, moduli[curve], (uint32_t)wide[i / 8] >> (7 - i % 8) & 1);
    }
    put_next(remainder, ret);
    secret_wipe(remainder, sizeof remainder);
}
