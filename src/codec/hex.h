/* Hexadecimal text. Public data only: reading looks digits up in a table.
 *
 * Used by addresses, hashes, keys on the outside, configuration. Lower case is written, both cases
 * are read, and the prefix, where there is one, is 0x. */
#ifndef COFFER_CODEC_HEX_H
#define COFFER_CODEC_HEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

/* What hex_digit answers for a byte that is no digit. */
#define HEX_NO_DIGIT 16u

/* Value of one hex digit, 0 to 15, or HEX_NO_DIGIT. */
unsigned hex_digit(uint8_t c);

/* The 16 lower-case digits of value, the most significant first. */
void hex_digits(uint64_t value, uint8_t out[static 16]);

/* Append two lower-case digits for each byte of data, without prefix. */
void hex_put(struct buf *buf, struct bytes data);

/* Read exactly 2 * len digits. In: text without prefix. Out: ret_data [len].
 * Returns: OK, INVALID_HEX. On failure: ret_data is zeros. */
struct status hex_read(struct bytes text, size_t len, uint8_t *ret_data);

/* The same with a required 0x before the digits. */
struct status hex_read_0x(struct bytes text, size_t len, uint8_t *ret_data);

/* Read a number of 1 to 64 digits without prefix. Out: limbs, least significant first.
 * Returns: OK; INVALID_HEX, also for more than 64 digits. On failure: zeros. */
struct status hex_u256(struct bytes digits, uint64_t ret_limb[static 4]);

#endif
