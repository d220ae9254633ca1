/* Single values of typed data.
 *
 * Used by typed_data.c and outside_execution.c. Source: SNIP-12, "Types", as starknet.js reads it.
 */
#ifndef COFFER_STARKNET_TYPED_VALUE_INTERNAL_H
#define COFFER_STARKNET_TYPED_VALUE_INTERNAL_H

#include "base/status.h"
#include "codec/json_in.h"
#include "crypto/felt.h"

/* Each returns OK; BAD_TYPE, INVALID_FELT, FELT_RANGE, NUMBER_RANGE, JSON_NUMBER_RANGE; notes the
 * place in the document. On failure: *ret is 0. */

/* A felt as a number, or as a short string when it does not look like any number; empty text is 0.
 * Returns: also SHORT_STRING; CHECKSUM_ADDRESS as address_text_felt. */
struct status typed_value_text(const struct json_in *at, struct felt *ret);

/* A felt that is a number. */
struct status typed_value_number(const struct json_in *at, struct felt *ret);

/* The address of a contract. Returns: as address_text_json. */
struct status typed_value_address(const struct json_in *at, struct felt *ret);

/* A number below 2^bits, bits from 1 to 251. */
struct status typed_value_bits(const struct json_in *at, unsigned bits, struct felt *ret);

/* A number from -2^127 to 2^127 - 1; a negative one is added to p. */
struct status typed_value_i128(const struct json_in *at, struct felt *ret);

/* A JSON bool. */
struct status typed_value_bool(const struct json_in *at, struct felt *ret);

/* A selector as 0x hex or the name that it is of. Returns: also INVALID_SELECTOR. */
struct status typed_value_selector(const struct json_in *at, struct felt *ret);

#endif
