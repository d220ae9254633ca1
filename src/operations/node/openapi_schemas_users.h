/* The shapes of the API description that are about users: as openapi_schemas.h, for the same. */
#ifndef COFFER_OPERATIONS_NODE_OPENAPI_SCHEMAS_USERS_H
#define COFFER_OPERATIONS_NODE_OPENAPI_SCHEMAS_USERS_H

#include "operations/node/openapi_table.h"

/* clang-format off */
#define OPENAPI_SCHEMAS_USERS(X) \
    X("Nothing", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "properties": {}, "additionalProperties": false})) \
    X("Hash", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "string", "pattern": "^[0-9a-fA-F]{64}$"})) \
    X("ClientKey", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["scheme", "key"], \
        "description": "The key that will sign the requests of the session, in base64.", \
        "properties": {"scheme": {"type": "string", \
        "enum": ["p256", "eip191", "stark", "ed25519", "passkey"]}, \
        "key": {"type": "string", "minLength": 4}}, "additionalProperties": false})) \
    X("ChallengeRequest", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["username"], \
        "properties": {"username": {"$ref": "#/components/schemas/Username"}, \
        "tenant": {"allOf": [{"$ref": "#/components/schemas/Hash"}], \
        "description": "Id of a local tenant; without it default."}, \
        "client_key": {"allOf": [{"$ref": "#/components/schemas/ClientKey"}], \
        "description": "Without it the session is a bearer's."}, \
        "purpose": {"type": "string", "enum": ["login", "step-up"], "default": "login"}}, \
        "additionalProperties": false})) \
    X("Challenge", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "challenge", "domain_id", "tenant", \
        "expires_at"], "properties": {"success": {"type": "boolean", "enum": [true]}, \
        "challenge": {"$ref": "#/components/schemas/Hash"}, \
        "domain_id": {"$ref": "#/components/schemas/Hash"}, \
        "tenant": {"$ref": "#/components/schemas/Hash"}, \
        "expires_at": {"type": "string", "format": "date-time"}}})) \
    X("Proof", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["scheme", "proof"], \
        "properties": {"scheme": {"type": "string", "enum": ["p256", "eip191", "stark", \
        "ed25519", "passkey", "snip12", "oidc"]}, "key": {"type": "string", \
        "description": "In base64. Of a passkey it may be left out, of oidc it is."}, \
        "proof": {"type": "string", "description": "In base64."}}, \
        "additionalProperties": false})) \
    X("Scope", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "string", "enum": ["read", "accounts", "sign", "lanes", "revoke"]})) \
    X("Login", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["username", "challenge", "proofs"], \
        "properties": {"username": {"$ref": "#/components/schemas/Username"}, \
        "tenant": {"$ref": "#/components/schemas/Hash"}, \
        "client_key": {"$ref": "#/components/schemas/ClientKey"}, \
        "challenge": {"$ref": "#/components/schemas/Hash"}, \
        "proofs": {"type": "array", "minItems": 1, "maxItems": 2, \
        "items": {"$ref": "#/components/schemas/Proof"}}, \
        "scopes": {"type": "array", "minItems": 1, "uniqueItems": true, \
        "items": {"$ref": "#/components/schemas/Scope"}, \
        "description": "What the session may do; without it all of these."}}, \
        "additionalProperties": false})) \
    X("Session", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["session_id", "username", "timestamp", "expires_at", \
        "ip_address", "metadata"], "properties": {"session_id": {"type": "string", \
        "format": "uuid"}, "username": {"$ref": "#/components/schemas/Username"}, \
        "timestamp": {"type": "string", "format": "date-time", \
        "description": "When it began: that of its challenge."}, \
        "expires_at": {"type": "string", "format": "date-time", \
        "description": "Of the token; in a list of the session."}, \
        "ip_address": {"oneOf": [{"type": "string"}, {"type": "null"}], \
        "description": "What the gateway says of who logged in."}, \
        "metadata": {"type": "object", "required": ["tenant", "assurance", "factors", \
        "scopes", "client_key", "ends_at"], "properties": { \
        "tenant": {"$ref": "#/components/schemas/Hash"}, \
        "assurance": {"type": "integer", "minimum": 3, "maximum": 5}, \
        "factors": {"type": "array", "items": {"type": "string"}}, \
        "scopes": {"type": "array", "items": {"$ref": "#/components/schemas/Scope"}}, \
        "client_key": {"oneOf": [{"type": "object", "required": ["scheme", "hash"]}, \
        {"type": "null"}]}, "ends_at": {"type": "string", "format": "date-time"}, \
        "is_current": {"type": "boolean"}}}}})) \
    X("SessionToken", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"allOf": [{"$ref": "#/components/schemas/Session"}], "type": "object", \
        "required": ["success", "token"], "properties": { \
        "success": {"type": "boolean", "enum": [true]}, \
        "token": {"type": "string", "description": "For the header Authorization: Bearer."}}})) \
    X("SessionList", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "sessions"], "properties": { \
        "success": {"type": "boolean", "enum": [true]}, "sessions": {"type": "array", \
        "items": {"$ref": "#/components/schemas/Session"}}}})) \
    X("SessionRevoked", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "session_id", "revoked"], "properties": { \
        "success": {"type": "boolean", "enum": [true]}, \
        "session_id": {"oneOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]}, \
        "revoked": {"type": "boolean", "enum": [true]}}}))
/* clang-format on */

#endif
