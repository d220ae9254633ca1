/* The description of the HTTP API, made from the table of routes. Used by GET /openapi.json. */
#ifndef COFFER_OPERATIONS_NODE_OPENAPI_H
#define COFFER_OPERATIONS_NODE_OPENAPI_H

#include <stdbool.h>

#include "codec/json_out.h"
#include "pipeline/context/routes.h"

/* Write the whole document, OpenAPI 3.0.3, as one object. In: v1_wire: with the routes of v1. */
void openapi_out(struct json_out *out, const struct routes *routes, bool v1_wire);

/* What an operation of the table of routes does, in a few words. */
const char *openapi_summary(const char *operation);

#endif
