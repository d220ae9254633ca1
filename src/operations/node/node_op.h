/* Operations that anyone may ask of a node: what it is, how it is, what it offers.
 *
 * Each is in the file of its name. Its steps take a permit, which shows that the request was
 * admitted, authenticated and authorised; together they write one JSON value to work->out, or fail
 * and leave the answer and all records to the pipeline. Used by the table of routes. */
#ifndef COFFER_OPERATIONS_NODE_NODE_OP_H
#define COFFER_OPERATIONS_NODE_NODE_OP_H

#include "pipeline/context/routes.h"

extern const struct operation node_op_overview;
extern const struct operation node_op_nodes;
extern const struct operation node_op_identity;
extern const struct operation node_op_attestation;
extern const struct operation node_op_nonce;
extern const struct operation node_op_health;
extern const struct operation node_op_ready;
extern const struct operation node_op_status;
extern const struct operation node_op_metrics;
extern const struct operation node_op_openapi;

#endif
