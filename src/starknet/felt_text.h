/* Felts and other integers as text and as JSON values.
 *
 * Read: 0x and 1 to 64 hex digits, or decimal digits without leading zero; in JSON also an integer
 * from 0 to 2^53 - 1. Never a sign, a space, an empty text, a bool or a real. Written: 0x and
 * lower-case digits. A string is always a number here: text needs starknet/short_string.h.
 * Used by everything that reads or answers a request of this module. */
#ifndef COFFER_STARKNET_FELT_TEXT_H
#define COFFER_STARKNET_FELT_TEXT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "codec/json_out.h"
#include "crypto/felt.h"

/* Bytes of the longest text that felt_text_put writes. */
#define FELT_TEXT_MAX 66

/* Read a number below 2^256. Out: limbs, least significant first.
 * Returns: OK; INVALID_FELT; U256_RANGE for a number of 2^256 or more.
 * On failure: zeros. */
struct status felt_text_u256(struct bytes text, uint64_t ret_limb[static 4]);

/* Read a felt. Returns: OK; INVALID_FELT; FELT_RANGE for p or more. On failure: *ret is 0. */
struct status felt_text_read(struct bytes text, struct felt *ret);

/* The same from a JSON string or integer; on failure the place is noted in the document.
 * Returns: as above; BAD_TYPE for other values, INVALID_FELT for a negative integer,
 * JSON_NUMBER_RANGE for an integer of 2^53 or more. */
struct status felt_text_json_u256(const struct json_in *at, uint64_t ret_limb[static 4]);
struct status felt_text_json(const struct json_in *at, struct felt *ret);

/* The same for a number below 2^bits, bits from 1 to 251.
 * Returns: also NUMBER_RANGE for a felt that is larger. On failure: *ret is 0. */
struct status felt_text_json_bits(const struct json_in *at, unsigned bits, struct felt *ret);
struct status felt_text_json_u64(const struct json_in *at, uint64_t *ret);

/* The two halves of a 256-bit integer as felts, as Cairo's u256 has them. */
void felt_text_halves(const uint64_t limb[static 4], struct felt *ret_low, struct felt *ret_high);

/* Append 0x and the digits without leading zeros ("0x0" for zero), or all 64 of them. */
void felt_text_put(struct buf *buf, const struct felt *felt);
void felt_text_put_padded(struct buf *buf, const struct felt *felt);

/* A JSON string, and a member that is one: without leading zeros. */
void felt_text_out(struct json_out *out, const struct felt *felt);
void felt_text_member(struct json_out *out, const char *name, const struct felt *felt);

#endif
