/* Operations of apps: keys that they derive, and their values.
 *
 * Each is in the file of its name. Its steps take a permit, which shows that the request was
 * admitted, authenticated and authorised; together they write one JSON value to work->out, or fail
 * and leave the answer and all records to the pipeline. Used by the table of routes. */
#ifndef COFFER_OPERATIONS_APP_APP_OP_H
#define COFFER_OPERATIONS_APP_APP_OP_H

#include "pipeline/context/routes.h"

extern const struct operation app_op_derive;
extern const struct operation app_op_values_get;
extern const struct operation app_op_values_list;
extern const struct operation app_op_values_put;
extern const struct operation app_op_values_delete;
extern const struct operation app_op_usage;

#endif
