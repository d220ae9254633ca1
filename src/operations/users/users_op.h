/* Operations on users: what is stated about them.
 *
 * Each is in the file of its name. Its steps take a permit, which shows that the request was
 * admitted; together they write one JSON value to work->out, or fail and leave the answer and all
 * records to the pipeline. Used by the table of routes. */
#ifndef COFFER_OPERATIONS_USERS_USERS_OP_H
#define COFFER_OPERATIONS_USERS_USERS_OP_H

#include "pipeline/context/routes.h"

extern const struct operation users_op_state;
extern const struct operation users_op_statements;

#endif
