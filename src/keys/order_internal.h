/* Integers against the order n of a curve, in constant time: what derivation needs of it.
 * Private to keys. */
#ifndef COFFER_KEYS_ORDER_INTERNAL_H
#define COFFER_KEYS_ORDER_INTERNAL_H

#include <stdint.h>

#include "base/secret.h"
#include "digest/sha256.h"

/* Bytes of the integers that order_map takes. */
#define ORDER_WIDE 48

enum order_curve {
    ORDER_STARK,
    ORDER_SECP256K1,
    ORDER_P256,
};

/* 1 if 0 < value < n of the Stark curve, else 0. In: value, *secret*, eight words, most significant
 * first. Timing: constant. */
uint64_t order_accepts(const struct sha256_state *value);

/* (wide mod (n-1)) + 1, n of the Stark curve, which lies in 1 to n-1. In: wide, *secret*, 48 bytes,
 * big-endian. Out: *ret, big-endian. Timing: constant. */
void order_map(const uint8_t wide[static ORDER_WIDE], struct secret32 *ret);

/* The same for any of the curves, bit by bit and so slower. In: wide, *secret*. */
void order_map_of(enum order_curve curve, const uint8_t wide[static ORDER_WIDE],
                  struct secret32 *ret);

#endif
