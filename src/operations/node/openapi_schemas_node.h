/* The shapes of what a node tells about itself, and of what nodes tell each other, as those of
 * openapi_schemas.h. Included by operations/node/openapi.c only. */
#ifndef COFFER_OPERATIONS_NODE_OPENAPI_SCHEMAS_NODE_H
#define COFFER_OPERATIONS_NODE_OPENAPI_SCHEMAS_NODE_H

#include "operations/node/openapi_table.h"

/* clang-format off */
#define OPENAPI_SCHEMAS_NODE(X) \
    X("PeerMessage", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "string", "format": "binary"})) \
    X("KmsPeerMessage", ROUTES_V1, OPENAPI_JSON( \
      {"type": "object", "required": ["type"], "properties": {"type": {"type": "string", \
        "enum": ["delta", "snapshot_request", "master_secret_request"]}, \
        "sender_wallet": {"type": "string"}, "ecdh_pubkey": {"type": "string"}, \
        "data": {"type": "object", "additionalProperties": {"type": "array"}}}})) \
    X("KmsPeerAnswer", ROUTES_V1, OPENAPI_JSON( \
      {"type": "object", "required": ["status"], "properties": {"status": {"type": "string", \
        "enum": ["ok"]}, "merged": {"type": "integer", "minimum": 0}, \
        "data": {"type": "object", "additionalProperties": {"type": "array"}}, \
        "sealed": {"type": "object"}}})) \
    X("Identity", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["node", "domain_id", "tee_pubkey", "envelope_key", \
        "envelope_key_signature", "attestation"], "properties": {"node": {"type": "string"}, \
        "domain_id": {"type": "string", "pattern": "^([0-9a-f]{2})*$"}, \
        "tee_pubkey": {"type": "string", "pattern": "^([0-9a-f]{2})*$"}, \
        "envelope_key": {"type": "string", "pattern": "^([0-9a-f]{2})*$"}, \
        "envelope_key_signature": {"type": "string"}, "attestation": {"type": "string", \
        "format": "byte", "nullable": true}}})) \
    X("AttestationRequest", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["nonce"], "properties": {"nonce": {"type": "string", \
        "minLength": 24, "pattern": "^([A-Za-z0-9+/]{4}){5,170}([A-Za-z0-9+/][AQgw]==|\
[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$", "description": "Base64 of 16 to 512 bytes that nobody \
could guess, used once."}}, "additionalProperties": false})) \
    X("Attestation", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["kind", "binding", "document"], "properties": { \
        "kind": {"type": "string", "enum": ["module", "odyn"], "description": "How the user data \
stands in the document: as it is, or in the member coffer of a JSON object."}, \
        "binding": {"$ref": "#/components/schemas/IdentityBinding"}, \
        "document": {"type": "string", "format": "byte"}}})) \
    X("IdentityBinding", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "description": "What the document is bound to.", "required": \
        ["domain_id", "wallet", "envelope_key", "tee_pubkey", "boot_id", "trust_digest"], \
        "additionalProperties": false, "properties": { \
        "domain_id": {"type": "string", "pattern": "^[0-9a-f]{64}$"}, \
        "wallet": {"type": "string", "pattern": "^0x[0-9a-f]{40}$"}, \
        "envelope_key": {"type": "string", "pattern": "^04[0-9a-f]{192}$"}, \
        "tee_pubkey": {"type": "string", "pattern": "^[0-9a-f]{240}$"}, \
        "boot_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"}, \
        "trust_digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}})) \
    X("Health", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["status", "service", "timestamp"], \
        "properties": {"status": {"type": "string"}, "service": {"type": "string"}, \
        "timestamp": {"type": "integer", "minimum": 0}}})) \
    X("Ready", ROUTES_ALWAYS, OPENAPI_JSON( \
        {"type": "object", "required": ["status"], "additionalProperties": false, "properties": { \
            "status": {"type": "string", "enum": ["ready"]}}})) \
    X("Rotation", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "description": "Where the change of the root is.", "required": [ \
        "newest", "in_use", "wanted", "next", "commitment", "proposal", "executable_at", "vetoes", \
        "rejected", "resealed_epoch", "resealed", "reseal_failed"], "properties": { \
        "newest": {"type": "integer", "minimum": 0, "description": "Epoch of the newest root."}, \
        "in_use": {"type": "integer", "minimum": 0, "description": "Epoch that new values are \
sealed under."}, \
        "wanted": {"type": "integer", "minimum": 0, "description": "Epoch of the newest root that \
the configuration asks for."}, \
        "next": {"type": "string", "enum": ["none", "seeking", "storing", "reading back", \
        "proposing", "waiting"], "description": "Where the node is with the one after it."}, \
        "commitment": {"type": "string", "pattern": "^([0-9a-f]{64})?$"}, \
        "proposal": {"type": "integer", "minimum": 0}, \
        "executable_at": {"type": "integer", "minimum": 0}, \
        "vetoes": {"type": "integer", "minimum": 0}, "rejected": {"type": "boolean", \
        "description": "One was: this boot makes no other."}, \
        "resealed_epoch": {"type": "integer", "minimum": 0, "description": "No record lies \
under an earlier root."}, \
        "resealed": {"type": "integer", "minimum": 0}, \
        "reseal_failed": {"type": "integer", "minimum": 0}}})) \
    X("IssuerState", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "description": "The keys of an issuer of ID tokens.", "required": [ \
        "tenant", "iss", "state", "last", "keys", "age_ms"], "properties": { \
        "tenant": {"type": "string"}, "iss": {"type": "string"}, "state": {"type": "string", \
        "enum": ["none", "fresh", "old", "dead", "pinned"], "description": "old: they count, and \
fetches fail. dead: too old to count."}, \
        "last": {"type": "string", "enum": ["", "ok", "away", "late", "root", "time", "name", \
        "certificate", "answer", "large", "keys", "broken"], "description": "What came of the last \
fetch."}, \
        "keys": {"type": "integer", "minimum": 0}, "age_ms": {"type": "integer", "minimum": 0, \
        "nullable": true, "description": "Since the fetch was sent that brought them."}}})) \
    X("Status", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["node", "cluster", "data_store", "registry", "identity", \
        "issuers", "clock", "build", "uptime_seconds", "boot", "domain_id", "trust_digest", \
        "tenant"], \
        "properties": {"node": {"type": "object", "required": ["tee_wallet", "tee_pubkey", \
        "node_url", "is_operator", "service_available", "master_secret", \
        "master_secret_initialized"], "properties": {"tee_wallet": {"type": "string"}, \
        "tee_pubkey": {"type": "string"}, "node_url": {"type": "string"}, \
        "is_operator": {"type": "boolean"}, "service_available": {"type": "boolean"}, \
        "master_secret": {"type": "object", "required": ["state", "synced_from", "source", \
        "published_hash", "error_code"], "properties": {"state": {"type": "string", \
        "enum": ["generated", "uninitialized"]}, "synced_from": {"type": "string", \
        "nullable": true}, "source": {"type": "string", "nullable": true}, \
        "hash": {"type": "string", "pattern": "^([0-9a-f]{2})*$", "nullable": true}, \
        "published_hash": {"type": "string"}, "error_code": {"type": "string", \
        "nullable": true}}}, "master_secret_initialized": {"type": "boolean"}}}, \
        "cluster": {"type": "object", "required": ["kms_app_id", "registry_address", \
        "total_instances"], "properties": {"kms_app_id": {"type": "integer", "minimum": 0}, \
        "membership": {"$ref": "#/components/schemas/Membership"}, \
        "registry_address": {"type": "string"}, "total_instances": {"type": "integer", \
        "minimum": 0}}}, "data_store": {"type": "object", \
        "properties": {"namespaces": {"type": "integer", "minimum": 0}, \
        "total_keys": {"type": "integer", "minimum": 0}, "total_bytes": {"type": "integer", \
        "minimum": 0}}}, "registry": {"type": "object", "required": ["static", "lost", "lease", \
        "head", "age_ms", "endpoints", "endpoints_good"], "properties": {"static": \
        {"type": "boolean"}, "lost": {"type": "boolean"}, "lease": {"type": "string", \
        "enum": ["fresh", "stale", "no hand-off", "no keys", "none"]}, \
        "head": {"type": "integer", "minimum": 0}, \
        "age_ms": {"type": "integer", "minimum": 0, "nullable": true}, \
        "endpoints": {"type": "integer", "minimum": 0}, "endpoints_good": {"type": "integer", \
        "minimum": 0}}, "nullable": true}, "identity": {"type": "object", \
        "required": ["provider", "error_code"], "properties": {"provider": {"type": "string", \
        "enum": ["odyn", "own"]}, "error_code": {"type": "string", "nullable": true}}, \
        "nullable": true}, "issuers": {"type": "array", "items": \
        {"$ref": "#/components/schemas/IssuerState"}}, \
        "clock": {"$ref": "#/components/schemas/ClockState"}, \
        "build": {"type": "object", "required": ["version", "profile"], \
        "properties": {"version": {"type": "string"}, "profile": {"type": "string"}}}, \
        "uptime_seconds": {"type": "integer", "minimum": 0}, "boot": {"type": "string", \
        "pattern": "^([0-9a-f]{2})*$"}, "domain_id": {"type": "string", \
        "pattern": "^([0-9a-f]{2})*$"}, "trust_digest": {"type": "string", \
        "pattern": "^([0-9a-f]{2})*$"}, "tenant": {"type": "object", "required": ["name", \
        "derivation", "least_assurance", "chains", "account_class", "account_classes", "opaque", \
        "declare", "typed_data", "session", "query", "sender_override"], \
        "properties": {"name": {"type": "string"}, "derivation": {"type": "string"}, \
        "least_assurance": {"type": "string"}, "chains": {"type": "array", \
        "items": {"type": "string"}}, "account_class": {"type": "string"}, \
        "account_classes": {"type": "array", "items": {"type": "object", "required": ["name", \
        "kind", "class_hash"], "properties": {"name": {"type": "string"}, \
        "kind": {"type": "string"}, "class_hash": {"$ref": "#/components/schemas/Felt"}}}}, \
        "opaque": {"type": "boolean"}, "declare": {"type": "boolean"}, \
        "typed_data": {"type": "boolean"}, "session": {"type": "boolean"}, \
        "query": {"type": "boolean"}, "sender_override": {"type": "boolean"}}}}})) \
    X("ClockState", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["source", "lo_ms", "hi_ms", "behind_ms", "host_off_ms", \
        "error_code"], "properties": {"source": {"type": "string", \
        "enum": ["attestation", "host"]}, \
        "lo_ms": {"type": "integer", "minimum": 0, "description": "The time is not before this."}, \
        "hi_ms": {"type": "integer", "minimum": 0, "description": "What ends by then has ended."}, \
        "behind_ms": {"type": "integer", "minimum": 0, "description": "So much the node's clock \
is behind what was known to be past."}, \
        "host_off_ms": {"type": "integer", "description": "So much the host's clock is before or \
after it."}, \
        "error_code": {"type": "string", "nullable": true}}})) \
    X("Membership", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["root", "current", "peers", "members", \
        "pulled", "pulled_needed", "writes_waiting", "clock_suspect", "clock_off_ms", "rotation", \
        "snapshots"], \
        "properties": {"root": {"type": "string"}, "clock_suspect": {"type": "boolean"}, \
        "clock_off_ms": {"type": "integer"}, \
        "rotation": {"$ref": "#/components/schemas/Rotation"}, \
        "current": {"type": "boolean"}, "peers": {"type": "integer"}, \
        "members": {"type": "integer"}, "pulled": {"type": "integer"}, \
        "pulled_needed": {"type": "integer"}, "writes_waiting": {"type": "integer"}, \
        "snapshots": {"$ref": \
        "#/components/schemas/SnapshotState"}}})) \
    X("SnapshotState", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["state", "code", "anchored_height", "restored_height", \
        "height", "time_ms"], "properties": {"state": {"type": "string", \
        "enum": ["none", "waiting", "writing", "restoring", "refused"]}, \
        "code": {"type": "string", "description": "Why none was written or restored, or empty."}, \
        "anchored_height": {"type": "integer"}, "restored_height": {"type": "integer"}, \
        "height": {"type": "integer"}, "time_ms": {"type": "integer"}}})) \
    X("Description", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["openapi", "info", "servers", "tags", "paths", \
        "components"], "properties": {"openapi": {"type": "string"}, \
        "servers": {"type": "array", "items": {"type": "object"}}, "tags": {"type": "array", \
        "items": {"type": "object"}}, "info": {"type": "object"}, "paths": {"type": "object"}, \
        "components": {"type": "object"}}}))
/* clang-format on */

#endif
