/* Operations of apps: keys that they derive, and their values.
 *
 * Each is in the file of its name. An operation takes a permit, which shows that the request was
 * admitted, authenticated and authorised; it writes one JSON value to work->out, or fails and
 * leaves the answer to the pipeline. Used by the table of routes. */
#ifndef COFFER_OPERATIONS_APP_APP_OP_H
#define COFFER_OPERATIONS_APP_APP_OP_H

#include "base/status.h"

struct work;
struct permit;

struct status app_op_derive(struct work *work, const struct permit *permit);
struct status app_op_values_get(struct work *work, const struct permit *permit);
struct status app_op_values_list(struct work *work, const struct permit *permit);
struct status app_op_values_put(struct work *work, const struct permit *permit);
struct status app_op_values_delete(struct work *work, const struct permit *permit);

#endif
