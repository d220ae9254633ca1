/* What all proofs of version 2 have in common. Private to the pipeline. */
#ifndef COFFER_PIPELINE_PROOF_INTERNAL_H
#define COFFER_PIPELINE_PROOF_INTERNAL_H

#include "base/status.h"
#include "pipeline/context/work.h"
#include "wire/pop.h"

/* Whether both ends of what the time may be are near enough to that of a proof.
 * Returns: OK; POP_STALE; CLOCK_BEHIND. */
struct status proof_check_time(const struct work *work, const struct pop *pop);

/* What a request of version 2 is signed over. In: work->body_hash; pop, well-formed. */
struct pop_request proof_request(const struct work *work, const struct pop *pop);

#endif
