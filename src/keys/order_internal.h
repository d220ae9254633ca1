/* Integers against the order n of the Stark curve, in constant time: what derivation needs of it.
 * Private to keys. */
#ifndef COFFER_KEYS_ORDER_INTERNAL_H
#define COFFER_KEYS_ORDER_INTERNAL_H

#include <stdint.h>

#include "base/secret.h"
#include "digest/sha256.h"

/* Bytes of the integers that order_map takes. */
#define ORDER_WIDE 48

/* 1 if 0 < value < n, else 0. In: value, *secret*, eight words, most significant first.
 * Timing: constant. */
uint64_t order_accepts(const struct sha256_state *value);

/* (wide mod (n-1)) + 1, which lies in 1 to n-1. In: wide, *secret*, 48 bytes, big-endian.
 * Out: *ret, big-endian. Timing: constant. */
void order_map(const uint8_t wide[static ORDER_WIDE], struct secret32 *ret);

#endif
