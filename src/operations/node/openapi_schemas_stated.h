/* The shapes of what is stated about users, as those of openapi_schemas.h. Included by
 * operations/node/openapi.c only. */
#ifndef COFFER_OPERATIONS_NODE_OPENAPI_SCHEMAS_STATED_H
#define COFFER_OPERATIONS_NODE_OPENAPI_SCHEMAS_STATED_H

#include "operations/node/openapi_table.h"

/* clang-format off */
#define OPENAPI_SCHEMAS_STATED(X) \
    X("StatementHash", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "string", "pattern": "^[0-9a-f]{64}$"})) \
    X("StatementProofs", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "array", "minItems": 1, "maxItems": 16, "items": {"type": "array", \
        "minItems": 3, "maxItems": 3, "items": {"oneOf": [{"type": "integer"}, \
        {"type": "string"}]}}, \
        "description": "Number of the scheme, key and proof, in base64 of URLs."})) \
    X("Statement", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["text", "body", "sigs"], "properties": { \
        "tenant": {"allOf": [{"$ref": "#/components/schemas/StatementHash"}], \
        "description": "Id of the tenant; the local one called default if not given."}, \
        "text": {"type": "string", "maxLength": 2048}, \
        "body": {"type": "string", "description": "In base64 of URLs."}, \
        "sigs": {"$ref": "#/components/schemas/StatementProofs"}}, \
        "additionalProperties": false})) \
    X("StatementDone", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "statement"], "properties": { \
        "success": {"type": "boolean", "enum": [true]}, \
        "statement": {"$ref": "#/components/schemas/StatementHash"}, \
        "seq": {"type": "integer", "minimum": 0, \
        "description": "Of the last entry of the log of the user, if it is about one."}, \
        "head": {"$ref": "#/components/schemas/StatementHash"}}})) \
    X("StatementPage", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "scope", "statements", "next"], \
        "properties": {"success": {"type": "boolean", "enum": [true]}, \
        "scope": {"type": "string"}, "seq": {"type": "integer", "minimum": 0}, \
        "head": {"type": "string", "pattern": "^[0-9a-f]{64}$", "nullable": true}, \
        "heads": {"type": "array", "items": {"$ref": "#/components/schemas/StatementHash"}}, \
        "statements": {"type": "array", "items": {"type": "object", \
        "required": ["v", "text", "body", "sigs", "t", "block"], "properties": { \
        "v": {"type": "integer", "enum": [1]}, "text": {"type": "string"}, \
        "body": {"type": "string"}, "sigs": {"$ref": "#/components/schemas/StatementProofs"}, \
        "t": {"type": "integer", "minimum": 0}, "block": {"type": "string"}}, \
        "additionalProperties": false}}, \
        "next": {"type": "string", "pattern": "^[0-9a-f]{64}$", "nullable": true, \
        "description": "The cursor of the next page; null after the last."}}}))
/* clang-format on */

#endif
