/* Outside execution of SNIP-9, versions 1 and 2: calls that an account signs as typed data and
 * somebody else submits and pays for.
 *
 * Read from its fields or recognised in typed data, so that it is judged as the calls that it is.
 * Used by the signing operations, before policy. Source: SNIP-9. */
#ifndef COFFER_STARKNET_OUTSIDE_EXECUTION_H
#define COFFER_STARKNET_OUTSIDE_EXECUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "crypto/felt.h"
#include "starknet/call.h"
#include "starknet/felts.h"
#include "starknet/typed_data.h"

/* "ANY_CALLER": everybody may submit it. */
extern const struct felt outside_execution_any_caller;

/* The window is open: after < block time < before, Unix seconds. */
struct outside_execution {
    unsigned version; /* 1 or 2 */
    struct felt caller;
    struct felt nonce;
    uint64_t execute_after;
    uint64_t execute_before;
    const struct call *calls;
    size_t call_count;
};

/* Read {version, caller, nonce, execute_after, execute_before, calls}: the fields by themselves,
 * calls as in transactions. caller may be the text ANY_CALLER.
 * Returns: OK; BAD_TYPE, MISSING_FIELD, UNKNOWN_FIELD, NUMBER_RANGE, OUTSIDE_VERSION, or what
 * starknet/call.h, starknet/address_text.h and starknet/felt_text.h return; CALLDATA_TOO_LARGE also
 * when calldata and 4 for each call are more than LIMIT_FELTS together, in version 1 more than
 * LIMIT_TYPED_DATA_OLD. The place is noted in the document. On failure: *ret is zeros. */
struct status outside_execution_read(struct arena *arena, const struct json_in *at,
                                     struct outside_execution *ret);

/* True when typed data is an outside execution: by the type hash of its primary type, which is all
 * that an account looks at. */
bool outside_execution_is(const struct typed_data *data);

/* The calls inside typed data. In: data, opened, for which outside_execution_is; at, what it was
 * read from. Returns: OK; TYPED_DATA_INVALID when domain and types do not belong together or a
 * length does not match its list; NUMBER_RANGE for a time beyond 64 bits; CALLDATA_TOO_LARGE,
 * NO_MEMORY. The place is noted in the document. On failure: *ret is zeros. */
struct status outside_execution_decode(struct arena *arena, const struct json_in *at,
                                       const struct typed_data *data,
                                       struct outside_execution *ret);

/* The hash that account signs: that of the typed data. In: version 1 or 2. */
void outside_execution_hash(const struct outside_execution *outside, const struct felt *chain,
                            const struct felt *account, struct felt *ret);

/* The calldata of the account's entry point, execute_from_outside or execute_from_outside_v2.
 * Returns: OK, CALLDATA_TOO_LARGE, NO_MEMORY. On failure: *ret is empty. */
struct status outside_execution_calldata(struct arena *arena,
                                         const struct outside_execution *outside,
                                         struct felts signature, struct felts *ret);

#endif
