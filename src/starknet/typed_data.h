/* Typed data of SNIP-12, revisions 0 and 1: a strict check of the JSON, and its hash.
 *
 * Hashes are those of starknet.js 10.8, which wallets and contracts follow where it differs from
 * the text of the SNIP: a felt or shortstring that reads as a number is one, an enum is hashed
 * without its type hash, a unit variant with a zero, the type of a tree's leaves and of an array of
 * arrays is no part of the type string. Where that library breaks (control characters in a string)
 * the SNIP holds. Types that refer to themselves are refused: starknet.js 10.8 runs out of stack,
 * starknet.py 0.30 and starknet-rust-core 0.20 give different hashes. Refused although the library
 * takes it: what is not signed (members that no type names, types that nothing uses, unknown types
 * of revision 0), what contracts do not hash (another domain type of revision 1), what can be read
 * in two ways (numbers that are not in the form of starknet/felt_text.h, JSON numbers beyond 2^53,
 * names with quotes, backslashes or brackets).
 * Used by the signing operations and the command line. Source: SNIP-12. */
#ifndef COFFER_STARKNET_TYPED_DATA_H
#define COFFER_STARKNET_TYPED_DATA_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "crypto/felt.h"

/* What has to be kept until the values are hashed. */
struct typed_data_rest;

/* What was read. The names live as long as the document. */
struct typed_data {
    unsigned revision; /* 0 or 1 */
    struct bytes primary_type;
    struct felt primary_hash;     /* of the primary type's type string */
    struct felt domain_type;      /* of the domain's */
    struct felt chain;            /* chainId of the domain, as it is hashed */
    struct typed_data_rest *rest; /* in the arena */
    struct felt domain_hash;
    struct felt message_hash; /* of the message alone, without domain and account */
};

/* Read {types, primaryType, domain, message} in two steps, so that it can be judged in between:
 * what it is and for which chain costs little, hashing its values may cost much. arena: for
 * tables, a few KiB. Returns: OK; BAD_TYPE, MISSING_FIELD, UNKNOWN_FIELD, for the shape;
 * TYPED_DATA_INVALID (names, misplaced or malformed types); TYPED_DATA_UNKNOWN_TYPE;
 * TYPED_DATA_SHADOWED; TYPED_DATA_REVISION; TYPED_DATA_CYCLE; TYPED_DATA_DANGLING;
 * TYPED_DATA_DOMAIN; TYPED_DATA_TOO_LARGE (types, fields, names or values beyond their limits);
 * INVALID_FELT, FELT_RANGE, NUMBER_RANGE, SHORT_STRING, INVALID_SELECTOR, CHECKSUM_ADDRESS,
 * ADDRESS_FORM, JSON_NUMBER_RANGE for a value; NO_MEMORY. The place is noted in the document. at,
 * and what it is in, must outlive the second step. On failure: *ret is zeros. */
struct status typed_data_open(struct arena *arena, const struct json_in *at,
                              struct typed_data *ret);
struct status typed_data_finish(struct typed_data *data);

/* Both. */
struct status typed_data_read(struct arena *arena, const struct json_in *at,
                              struct typed_data *ret);

/* The hash that account signs. */
void typed_data_hash(const struct typed_data *data, const struct felt *account, struct felt *ret);

#endif
