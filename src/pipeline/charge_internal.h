/* What a request costs its app, peer, user or service key, and whether they may have it done now.
 *
 * The unit is the work of one plain signature: hash, key, signature, check and records, about
 * 60 µs of one core (docs/operations.md). Each request costs one, and one more for each
 * LIMIT_UNIT_BYTES of its body, before the body is opened; then what its operation says of the
 * parsed body, before anything of it is done; and one for each LIMIT_UNIT_BYTES of its answer,
 * which is owed, since it is known when it is there, as is what an operation finds out
 * only when it does it. A charge takes about 50 ns.
 *
 * What cannot be had is refused with RATE_LIMITED and the seconds after which it can
 * (work->retry_after_s). A peer has a bucket of its own, of LIMIT_PEER_UNITS a second, so that none
 * takes more of a node than that. A user has a quarter of what an app has, a service key and a
 * tenant as much as an app; users and service keys pay from their own and from their tenant's.
 * Other callers are not charged.
 * Private to the pipeline. */
#ifndef COFFER_PIPELINE_CHARGE_INTERNAL_H
#define COFFER_PIPELINE_CHARGE_INTERNAL_H

#include <stddef.h>

#include "pipeline/context/work.h"

/* The request and its body, whose caller has just become known. Out: work->units.
 * Returns: OK, RATE_LIMITED. On failure: nothing is taken, but of who has what his tenant has not:
 * then his own part is. */
struct status charge_request(struct work *work);

/* A key that is to be agreed on with a point that is nobody's registered one: twice what that
 * takes, and its place among those that are kept. Returns: as charge_request. */
struct status charge_agreement(struct work *work);

/* What its operation makes of its body, which is parsed. Out: work->units, also of callers that are
 * not charged. Returns: as charge_request; what was taken for the request stays taken. */
struct status charge_operation(struct work *work);

/* An answer of so many bytes, and what its operation says is owed (work->owed). */
void charge_answer(struct work *work, size_t bytes);

/* True for a request that takes more than a turn, as far as was charged. */
bool charge_is_dear(const struct work *work);

#endif
