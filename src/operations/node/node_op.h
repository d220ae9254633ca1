/* Operations that anyone may ask of a node: what it is, how it is, what it offers.
 *
 * Each is in the file of its name. An operation takes a permit, which shows that the request was
 * admitted, authenticated and authorised; it writes one JSON value to work->out, or fails and
 * leaves the answer to the pipeline. Used by the table of routes. */
#ifndef COFFER_OPERATIONS_NODE_NODE_OP_H
#define COFFER_OPERATIONS_NODE_NODE_OP_H

#include "base/status.h"

struct work;
struct permit;

struct status node_op_overview(struct work *work, const struct permit *permit);
struct status node_op_nodes(struct work *work, const struct permit *permit);
struct status node_op_identity(struct work *work, const struct permit *permit);
struct status node_op_nonce(struct work *work, const struct permit *permit);
struct status node_op_health(struct work *work, const struct permit *permit);
struct status node_op_status(struct work *work, const struct permit *permit);
struct status node_op_metrics(struct work *work, const struct permit *permit);
struct status node_op_openapi(struct work *work, const struct permit *permit);

#endif
