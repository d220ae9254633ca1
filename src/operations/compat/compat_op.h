/* Operations in the form of the Starknet seed document, over those of operations/starknet.
 *
 * Each is in the file of its name. An operation takes a permit, which shows that the request was
 * admitted, authenticated and authorised; it writes one JSON value to work->out, or fails and
 * leaves the answer to the pipeline. Used by the table of routes. */
#ifndef COFFER_OPERATIONS_COMPAT_COMPAT_OP_H
#define COFFER_OPERATIONS_COMPAT_COMPAT_OP_H

#include "base/status.h"

struct work;
struct permit;

struct status compat_op_sign(struct work *work, const struct permit *permit);
struct status compat_op_account(struct work *work, const struct permit *permit);

#endif
