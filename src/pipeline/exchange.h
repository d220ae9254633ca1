/* The sealed part of requests and answers of apps and peers: envelopes in, envelopes and a
 * signature out.
 *
 * The body of such a request is an envelope of the version of its proof, from the point that is
 * registered for the wallet that signed; there is no plain body. A peer's of version 2 may be from
 * another point, since the key of its envelopes is not the registered one everywhere: the wallet
 * signed it with the body. That costs more, as a new point does. What the operation wrote is sealed
 * the same way, in version 1 with the derivation of the caller's own envelope; and every answer to
 * a caller that proved who it is, users and service keys too, is signed by the node's wallet, in
 * version 1 those that succeeded. Who asked no chain is told no block: number and hash are zeros.
 * With NODE_CHANGED goes the name of this node, which nobody signs.
 * For other callers bodies are what they are.
 * Used by the pipeline. Source: formats, section 5; nova reference, sections 3 and 4. */
#ifndef COFFER_PIPELINE_EXCHANGE_H
#define COFFER_PIPELINE_EXCHANGE_H

#include "base/bytes.h"
#include "base/status.h"
#include "pipeline/caller.h"
#include "pipeline/context/work.h"

/* Shows that the body was opened; comes from exchange_open and from nowhere else. */
struct opened;

/* Open the body of a caller's request. Out: what it says, *secret* of an app; it lives as long as
 * the request. Returns: OK; for apps and peers: what json_in_parse and envelope_read return;
 * ENVELOPE_SENDER when it is from another point than the registered one; AEAD_INVALID; of version
 * 1 ENVELOPE_REPLAYED, V1_EXHAUSTED, and V1_KEY_OLD for what would change something; NO_MEMORY,
 * INTERNAL. On failure: *ret_opened is NULL. */
struct status exchange_open(struct work *work, const struct caller *caller,
                            const struct opened **ret_opened);
struct bytes exchange_text(const struct opened *opened);

/* Refuse an answer of ours that comes back as an app's request: version 1 has one key for both
 * ways. Every answer that is sealed under it has the member app_id, and no request has; answers to
 * peers have no type. In: work->doc, what was opened. Returns: OK; ENVELOPE_REPLAYED. */
struct status exchange_check_way(struct work *work, const struct caller *caller);

/* Seal and sign an answer. In: caller, or NULL when nobody is authenticated, who gets it as it is.
 * Out: answer's body and headers. Returns: OK; ENTROPY; NO_MEMORY; INTERNAL.
 * On failure: answer is not to be sent. */
struct status exchange_seal(struct work *work, const struct caller *caller, struct answer *answer);
struct status exchange_sign(struct work *work, const struct caller *caller, struct answer *answer);

#endif
