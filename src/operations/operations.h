/* All that a node does: the table of routes over the operations of each family.
 * Used by programs/coffer-node and tests, which pass it to the service. */
#ifndef COFFER_OPERATIONS_OPERATIONS_H
#define COFFER_OPERATIONS_OPERATIONS_H

#include "pipeline/context/routes.h"

const struct routes *operations_routes(void);

#endif
