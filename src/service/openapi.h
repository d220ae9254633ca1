/* The description of the HTTP API, made from the table of routes. Used by GET /openapi.json. */
#ifndef COFFER_SERVICE_OPENAPI_H
#define COFFER_SERVICE_OPENAPI_H

#include "codec/json_out.h"

/* Write the whole document, OpenAPI 3.0.3, as one object. */
void openapi_out(struct json_out *out);

#endif
