/* Decimal numbers as text: digits only, no sign, no space, no leading zero.
 *
 * Used where numbers beyond 2^53 arrive as strings. Public data only. */
#ifndef COFFER_CODEC_DECIMAL_H
#define COFFER_CODEC_DECIMAL_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

/* Read a number below 2^64.
 * Returns: OK; INVALID_DECIMAL; NUMBER_RANGE when it is well-formed and too large.
 * On failure: *ret is 0. */
struct status decimal_u64(struct bytes text, uint64_t *ret);

/* Read a number below 2^256. Out: limbs, least significant first.
 * Returns: as decimal_u64. On failure: zeros. Timing: linear in the length of text. */
struct status decimal_u256(struct bytes text, uint64_t ret_limb[static 4]);

#endif
