/* Calldata from JSON.
 *
 * An item is a number (JSON integer from 0 to 2^53 - 1, decimal string, 0x hex string: one felt),
 * a nested array (its length, then its items: Cairo's Array and Span), or an object with one
 * member:
 *   {"short_string": "text"}   one felt
 *   {"u256": number}           low half, high half
 *   {"byte_array": "text"}     Cairo's ByteArray of the UTF-8 bytes
 * A string is always a number: "1000" is one thousand. Used by calls. */
#ifndef COFFER_STARKNET_CALLDATA_H
#define COFFER_STARKNET_CALLDATA_H

#include "base/arena.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "starknet/felts.h"

/* In: a JSON array. Out: its felts, in arena. On failure the place is noted in the document.
 * Returns: OK; BAD_TYPE when it is no array; INVALID_CALLDATA for an item of another form;
 * INVALID_FELT, FELT_RANGE, U256_RANGE, JSON_NUMBER_RANGE, SHORT_STRING; CHECKSUM_ADDRESS as
 * address_text_felt; CALLDATA_TOO_LARGE over LIMIT_FELTS; NO_MEMORY.
 * On failure: *ret is empty. */
struct status calldata_json(struct arena *arena, const struct json_in *at, struct felts *ret);

#endif
