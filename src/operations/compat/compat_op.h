/* Operations in the form of the Starknet seed document, over those of operations/starknet.
 *
 * Each is in the file of its name. Its steps take a permit, which shows that the request was
 * admitted, authenticated and authorised; together they write one JSON value to work->out, or fail
 * and leave the answer and all records to the pipeline. Used by the table of routes. */
#ifndef COFFER_OPERATIONS_COMPAT_COMPAT_OP_H
#define COFFER_OPERATIONS_COMPAT_COMPAT_OP_H

#include "pipeline/context/routes.h"

extern const struct operation compat_op_sign;
extern const struct operation compat_op_account;

#endif
