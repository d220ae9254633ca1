/* What is known to be of no use before a request has cost anything.
 * Private to the pipeline; in the order in which they are asked. */
#ifndef COFFER_PIPELINE_CHECKS_INTERNAL_H
#define COFFER_PIPELINE_CHECKS_INTERNAL_H

#include "base/status.h"
#include "pipeline/context/work.h"

/* Returns: OK; AUDIT_UNAVAILABLE when no record can be written. */
struct status checks_trail(const struct work *work);

/* Returns: OK; as node_identity_check, for requests with a proof. */
struct status checks_identity(const struct work *work);

/* Returns: OK; as root_gate_check and registry_check_age. Sets work->waits where the registry has
 * to be read first. */
struct status checks_root(struct work *work);

/* Returns: OK; NOT_CURRENT where the operation needs all records. */
struct status checks_records(const struct work *work);

/* Whether it may wait beside what its owner has waiting already, once that is known.
 * Returns: OK; OVERLOADED. */
struct status checks_room(const struct work *work);

#endif
