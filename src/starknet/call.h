/* Calls of an account, and the list of them as the calldata of its __execute__.
 *
 * Cairo 1 accounts: n, then (to, selector, length, data…) for each. Cairo 0 accounts: n, then
 * (to, selector, offset, length) for each, the total length, all data. The two are never guessed.
 * Used by transactions and by policy, which judges the decoded calls.
 * Source: the account interface SNIP-6; OpenZeppelin's Cairo 0 account. */
#ifndef COFFER_STARKNET_CALL_H
#define COFFER_STARKNET_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "crypto/felt.h"
#include "starknet/felts.h"

struct call {
    struct felt to;
    struct felt selector;
    struct felts calldata;
};

/* Borrowed, read-only. ptr may be NULL only when len is 0. */
struct calls {
    const struct call *ptr;
    size_t len;
};

enum call_encoding {
    CALL_CAIRO1,
    CALL_CAIRO0,
};

/* The number of a Cairo version in JSON, 0 or 1. Returns: OK, BAD_TYPE, INVALID_FELT, FELT_RANGE,
 * NUMBER_RANGE. On failure: *ret is CALL_CAIRO1. */
struct status call_encoding_json(const struct json_in *at, enum call_encoding *ret);

/* One call: {to, entrypoint or selector, calldata}. An entrypoint is a name, a selector a felt;
 * calldata, as starknet/calldata.h, may be missing. With is_strict unknown members are refused.
 * Returns: OK; BAD_TYPE, MISSING_FIELD, UNKNOWN_FIELD, INVALID_SELECTOR, and as calldata_json and
 * address_text_json.
 * On failure: *ret is zero. */
struct status call_json(struct arena *arena, const struct json_in *at, bool is_strict,
                        struct call *ret);

/* An array of calls, none included. Returns: as call_json; CALLDATA_TOO_LARGE over LIMIT_CALLS.
 * On failure: *ret is empty. */
struct status call_list_json(struct arena *arena, const struct json_in *at, bool is_strict,
                             struct calls *ret);

/* Returns: OK; CALLDATA_TOO_LARGE over LIMIT_FELTS; NO_MEMORY. On failure: *ret is empty. */
struct status call_encode(struct arena *arena, struct calls calls, enum call_encoding encoding,
                          struct felts *ret);

/* The calls that calldata stands for; they borrow from it. Strict: calldata is what call_encode
 * makes of the calls, to the last felt.
 * Returns: OK; INVALID_CALLDATA; CALLDATA_TOO_LARGE over LIMIT_CALLS; NO_MEMORY.
 * On failure: *ret is empty. */
struct status call_decode(struct arena *arena, struct felts calldata, enum call_encoding encoding,
                          struct calls *ret);

#endif
