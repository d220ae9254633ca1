/* Typed data of SNIP-12, revisions 0 and 1: a strict check of the JSON, and its hash.
 *
 * Hashes are those of starknet.js 10.8, which wallets and contracts follow where it differs from
 * the text of the SNIP: a felt or shortstring that reads as a number is one, an enum is hashed
 * without its type hash, a unit variant with a zero, the type of a tree's leaves and of an array of
 * arrays is no part of the type string. Where that library breaks (control characters in a string)
 * the SNIP holds. Refused although the library takes it: what is not signed (members that no type
 * names, unknown types of revision 0), what can be read in two ways (numbers that are not in the
 * form of starknet/felt_text.h, JSON numbers beyond 2^53, type names with quotes or brackets).
 * Used by the signing operations and the command line. Source: SNIP-12. */
#ifndef COFFER_STARKNET_TYPED_DATA_H
#define COFFER_STARKNET_TYPED_DATA_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "crypto/felt.h"

/* What was read. The names live as long as the document. */
struct typed_data {
    unsigned revision; /* 0 or 1 */
    struct bytes primary_type;
    struct felt primary_hash; /* of the primary type's type string */
    struct felt chain;        /* chainId of the domain, as it is hashed */
    struct felt domain_hash;
    struct felt message_hash; /* of the message alone, without domain and account */
};

/* Read {types, primaryType, domain, message}. arena: for tables, a few KiB.
 * Returns: OK; BAD_TYPE, MISSING_FIELD, UNKNOWN_FIELD, for the shape; TYPED_DATA_INVALID (names,
 * misplaced or malformed types); TYPED_DATA_UNKNOWN_TYPE; TYPED_DATA_SHADOWED; TYPED_DATA_REVISION;
 * TYPED_DATA_CYCLE; TYPED_DATA_TOO_LARGE (types, fields, names or values beyond their limits);
 * INVALID_FELT, FELT_RANGE, NUMBER_RANGE, SHORT_STRING, INVALID_SELECTOR for a value; NO_MEMORY.
 * The place is noted in the document.
 * On failure: *ret is zeros. */
struct status typed_data_read(struct arena *arena, const struct json_in *at,
                              struct typed_data *ret);

/* The hash that account signs. */
void typed_data_hash(const struct typed_data *data, const struct felt *account, struct felt *ret);

#endif
