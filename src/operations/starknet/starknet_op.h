/* Operations on the Starknet keys of users: accounts and signatures.
 *
 * Each is in the file of its name. An operation takes a permit, which shows that the request was
 * admitted, authenticated and authorised; it writes one JSON value to work->out, or fails and
 * leaves the answer to the pipeline. Used by the table of routes. */
#ifndef COFFER_OPERATIONS_STARKNET_STARKNET_OP_H
#define COFFER_OPERATIONS_STARKNET_STARKNET_OP_H

#include "base/status.h"

struct work;
struct permit;

struct status starknet_op_accounts(struct work *work, const struct permit *permit);
struct status starknet_op_sign(struct work *work, const struct permit *permit);

#endif
