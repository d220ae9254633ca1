/* The operations, each in the file of its name. An operation takes a permit, which shows that the
 * request was admitted, authenticated and authorised; it writes one JSON value to work->out, or
 * fails and leaves the answer to the pipeline. Used by the table of routes. */
#ifndef COFFER_SERVICE_OP_H
#define COFFER_SERVICE_OP_H

#include "base/status.h"

struct work;
struct permit;

struct status op_overview(struct work *work, const struct permit *permit);
struct status op_nodes(struct work *work, const struct permit *permit);
struct status op_identity(struct work *work, const struct permit *permit);
struct status op_nonce(struct work *work, const struct permit *permit);
struct status op_health(struct work *work, const struct permit *permit);
struct status op_status(struct work *work, const struct permit *permit);
struct status op_metrics(struct work *work, const struct permit *permit);
struct status op_openapi(struct work *work, const struct permit *permit);
struct status op_app_derive(struct work *work, const struct permit *permit);
struct status op_values_get(struct work *work, const struct permit *permit);
struct status op_values_list(struct work *work, const struct permit *permit);
struct status op_values_put(struct work *work, const struct permit *permit);
struct status op_values_delete(struct work *work, const struct permit *permit);
struct status op_accounts(struct work *work, const struct permit *permit);
struct status op_sign(struct work *work, const struct permit *permit);
struct status op_seed_sign(struct work *work, const struct permit *permit);
struct status op_seed_account(struct work *work, const struct permit *permit);

#endif
