/* The operations between nodes. Used by operations.h only. */
#ifndef COFFER_OPERATIONS_CLUSTER_CLUSTER_OP_H
#define COFFER_OPERATIONS_CLUSTER_CLUSTER_OP_H

#include "pipeline/context/routes.h"

extern const struct operation cluster_op_sync;
extern const struct operation cluster_op_sync_v1;
extern const struct operation cluster_op_handoff;

#endif
