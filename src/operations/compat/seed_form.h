/* What the routes of the Starknet seed document have in common. Used by their operations. */
#ifndef COFFER_OPERATIONS_COMPAT_SEED_FORM_H
#define COFFER_OPERATIONS_COMPAT_SEED_FORM_H

#include "base/status.h"
#include "codec/json_in.h"

/* The member operation, when it is there, names the operation of the route.
 * Returns: OK; BAD_TYPE; UNKNOWN_OPERATION. */
struct status seed_form_operation(const struct json_in *root, const char *name);

#endif
