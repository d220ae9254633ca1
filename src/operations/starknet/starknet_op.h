/* Operations on the Starknet keys of users: accounts and signatures.
 *
 * Each is in the file of its name. Its steps take a permit, which shows that the request was
 * admitted, authenticated and authorised; together they write one JSON value to work->out, or fail
 * and leave the answer and all records to the pipeline. Used by the table of routes. */
#ifndef COFFER_OPERATIONS_STARKNET_STARKNET_OP_H
#define COFFER_OPERATIONS_STARKNET_STARKNET_OP_H

#include "pipeline/context/routes.h"

extern const struct operation starknet_op_accounts;
extern const struct operation starknet_op_sign;

#endif
