/* Whether a node would serve, and why not. Used by the operations of this folder. */
#ifndef COFFER_OPERATIONS_NODE_READINESS_H
#define COFFER_OPERATIONS_NODE_READINESS_H

#include "base/status.h"
#include "pipeline/context/service.h"

/* Whether what depends on the root is served. Returns: OK; as root_gate_check. */
struct status readiness_root(const struct service *service);

/* Whether what needs a seed, the root, the keys of the node or a record is served: all of it, since
 * a node that serves a part of it should get no requests where another one serves everything.
 * Returns: OK; UNAVAILABLE without a seed; as root_gate_check and node_identity_check; NOT_CURRENT
 * where a cluster has records that are not here;
 * AUDIT_UNAVAILABLE when the last write of the audit trail failed. */
struct status readiness_check(const struct service *service);

#endif
