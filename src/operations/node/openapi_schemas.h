/* The shapes of the API description: name, whose wire it belongs to, JSON Schema.
 *
 * A row of the wire of version 1 is left out with it. Included by operations/node/openapi.c only.
 * Rows may refer to each other in any order. */
#ifndef COFFER_OPERATIONS_NODE_OPENAPI_SCHEMAS_H
#define COFFER_OPERATIONS_NODE_OPENAPI_SCHEMAS_H

#include "operations/node/openapi_table.h"

/* clang-format off */
#define OPENAPI_SCHEMAS(X) \
    X("Username", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,255}$"})) \
    X("KeyIndex", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "integer", "minimum": 0, "maximum": 2147483647, "default": 0})) \
    X("ChainId", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"description": "A name or a felt; testnet is sepolia.", "oneOf": [{"type": "string", \
        "enum": ["mainnet", "sepolia", "testnet", "SN_MAIN", "SN_SEPOLIA"]}, {"type": "string", \
        "pattern": "^(0x[0-9a-fA-F]{1,64}|0|[1-9][0-9]{0,75})$"}]})) \
    X("AccountClass", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "string", "minLength": 1, \
        "description": "Name or hash of a class, as GET /status lists them."})) \
    X("Felt", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "string", "pattern": "^0x(0|[1-9a-f][0-9a-f]{0,63})$"})) \
    X("Number", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"description": "Below the field prime, 2^251 + 17 * 2^192 + 1.", \
        "oneOf": [{"type": "integer", "minimum": 0, "maximum": 9007199254740991}, \
        {"type": "string", "pattern": "^(0x[0-9a-fA-F]{1,64}|0|[1-9][0-9]{0,75})$"}]})) \
    X("Uint64", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"description": "Below 2^64; a JSON integer only below 2^53.", \
        "oneOf": [{"type": "integer", "minimum": 0, "maximum": 9007199254740991}, \
        {"type": "string", "pattern": "^(0x0*[0-9a-fA-F]{1,16}|0|[1-9][0-9]{0,19})$"}]})) \
    X("Address", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"description": "Of a contract; in mixed case its checksum must be right.", \
        "allOf": [{"$ref": "#/components/schemas/Number"}]})) \
    X("Calldata", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "array", "items": {"oneOf": [{"$ref": "#/components/schemas/Number"}, \
        {"$ref": "#/components/schemas/Calldata"}, {"type": "object", \
        "required": ["short_string"], "properties": {"short_string": {"type": "string", \
        "maxLength": 31}}, "additionalProperties": false}, {"type": "object", \
        "required": ["u256"], "properties": {"u256": {"oneOf": [{"type": "integer", \
        "minimum": 0, "maximum": 9007199254740991}, {"type": "string"}]}}, \
        "additionalProperties": false}, {"type": "object", "required": ["byte_array"], \
        "properties": {"byte_array": {"type": "string"}}, "additionalProperties": false}]}, \
        "description": "Numbers, and what becomes several: an array, a u256, a text."})) \
    X("Bound", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["max_amount", "max_price_per_unit"], \
        "properties": {"max_amount": {"allOf": [{"$ref": "#/components/schemas/Number"}], \
        "description": "Below 2^64."}, \
        "max_price_per_unit": {"allOf": [{"$ref": "#/components/schemas/Number"}], \
        "description": "Below 2^128."}}, "additionalProperties": false})) \
    X("Bounds", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["l1_gas", "l2_gas", "l1_data_gas"], \
        "properties": {"l1_gas": {"$ref": "#/components/schemas/Bound"}, \
        "l2_gas": {"$ref": "#/components/schemas/Bound"}, \
        "l1_data_gas": {"$ref": "#/components/schemas/Bound"}}, "additionalProperties": false})) \
    X("Call", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "oneOf": [{"required": ["entrypoint"]}, {"required": ["selector"]}], \
        "required": ["to"], "properties": {"to": {"$ref": "#/components/schemas/Address"}, \
        "entrypoint": {"type": "string", "minLength": 1}, \
        "selector": {"$ref": "#/components/schemas/Number"}, \
        "calldata": {"$ref": "#/components/schemas/Calldata"}}, "additionalProperties": false})) \
    X("DataAvailability", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"oneOf": [{"type": "string", "enum": ["L1", "L2"]}, {"type": "integer", "enum": [0, 1]}]})) \
    X("Numbers", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "array", "items": {"$ref": "#/components/schemas/Number"}})) \
    X("Felts", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "array", "items": {"$ref": "#/components/schemas/Felt"}})) \
    X("Transaction", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"oneOf": [{"$ref": "#/components/schemas/Invoke"}, \
        {"$ref": "#/components/schemas/DeployAccount"}, \
        {"$ref": "#/components/schemas/Declare"}]})) \
    X("TransactionNonce", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"description": "next: the next one of the lane.", \
        "oneOf": [{"$ref": "#/components/schemas/Number"}, \
        {"type": "string", "enum": ["next"]}]})) \
    X("Invoke", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "anyOf": [{"required": ["calls"]}, {"required": ["calldata"]}], \
        "required": ["type", "chain_id", "nonce", "resource_bounds"], \
        "properties": {"type": {"type": "string", "enum": ["INVOKE", "invoke", \
        "INVOKE_FUNCTION"]}, "chain_id": {"$ref": "#/components/schemas/ChainId"}, \
        "version": {"allOf": [{"$ref": "#/components/schemas/Number"}], \
        "description": "3, or 2^128 + 3 for a query that can be estimated and never executed."}, \
        "nonce": {"$ref": "#/components/schemas/TransactionNonce"}, \
        "resource_bounds": {"$ref": "#/components/schemas/Bounds"}, \
        "tip": {"allOf": [{"$ref": "#/components/schemas/Number"}], \
        "description": "Below 2^64."}, \
        "paymaster_data": {"$ref": "#/components/schemas/Numbers"}, \
        "nonce_data_availability_mode": {"$ref": "#/components/schemas/DataAvailability"}, \
        "fee_data_availability_mode": {"$ref": "#/components/schemas/DataAvailability"}, \
        "sender_address": {"$ref": "#/components/schemas/Address"}, \
        "account_deployment_data": {"$ref": "#/components/schemas/Numbers"}, \
        "calls": {"type": "array", "items": {"$ref": "#/components/schemas/Call"}}, \
        "calldata": {"allOf": [{"$ref": "#/components/schemas/Numbers"}], \
        "description": "The encoded calls, instead of or equal to calls."}, \
        "cairo_version": {"$ref": "#/components/schemas/Number"}, \
        "proof_facts": {"$ref": "#/components/schemas/Numbers"}, "proof": {"type": "string"}}, \
        "additionalProperties": false})) \
    X("DeployAccount", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "description": "Class, salt and constructor come together.", \
        "required": ["type", "chain_id", "nonce", "resource_bounds"], \
        "properties": {"type": {"type": "string", "enum": ["DEPLOY_ACCOUNT", "deploy_account"]}, \
        "chain_id": {"$ref": "#/components/schemas/ChainId"}, \
        "version": {"allOf": [{"$ref": "#/components/schemas/Number"}], \
        "description": "3, or 2^128 + 3 for a query that can be estimated and never executed."}, \
        "nonce": {"$ref": "#/components/schemas/TransactionNonce"}, \
        "resource_bounds": {"$ref": "#/components/schemas/Bounds"}, \
        "tip": {"allOf": [{"$ref": "#/components/schemas/Number"}], \
        "description": "Below 2^64."}, \
        "paymaster_data": {"$ref": "#/components/schemas/Numbers"}, \
        "nonce_data_availability_mode": {"$ref": "#/components/schemas/DataAvailability"}, \
        "fee_data_availability_mode": {"$ref": "#/components/schemas/DataAvailability"}, \
        "class_hash": {"$ref": "#/components/schemas/Number"}, \
        "contract_address_salt": {"$ref": "#/components/schemas/Number"}, \
        "constructor_calldata": {"$ref": "#/components/schemas/Numbers"}}, \
        "anyOf": [ \
        {"required": ["class_hash", "contract_address_salt", "constructor_calldata"]}, \
        {"not": {"anyOf": [{"required": ["class_hash"]}, {"required": ["contract_address_salt"]}, \
        {"required": ["constructor_calldata"]}]}}], \
        "additionalProperties": false})) \
    X("Declare", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["type", "chain_id", "nonce", "resource_bounds", \
        "class_hash", "compiled_class_hash"], "properties": {"type": {"type": "string", \
        "enum": ["DECLARE", "declare"]}, "chain_id": {"$ref": "#/components/schemas/ChainId"}, \
        "version": {"allOf": [{"$ref": "#/components/schemas/Number"}], \
        "description": "3, or 2^128 + 3 for a query that can be estimated and never executed."}, \
        "nonce": {"$ref": "#/components/schemas/TransactionNonce"}, \
        "resource_bounds": {"$ref": "#/components/schemas/Bounds"}, \
        "tip": {"allOf": [{"$ref": "#/components/schemas/Number"}], \
        "description": "Below 2^64."}, \
        "paymaster_data": {"$ref": "#/components/schemas/Numbers"}, \
        "nonce_data_availability_mode": {"$ref": "#/components/schemas/DataAvailability"}, \
        "fee_data_availability_mode": {"$ref": "#/components/schemas/DataAvailability"}, \
        "sender_address": {"$ref": "#/components/schemas/Address"}, \
        "account_deployment_data": {"$ref": "#/components/schemas/Numbers"}, \
        "class_hash": {"$ref": "#/components/schemas/Number"}, \
        "compiled_class_hash": {"$ref": "#/components/schemas/Number"}}, \
        "additionalProperties": false})) \
    X("OutsideExecution", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "description": "SNIP-9 without typed data.", "required": ["version", \
        "caller", "nonce", "execute_after", "execute_before", "calls"], \
        "properties": {"version": {"allOf": [{"$ref": "#/components/schemas/Uint64"}], \
        "description": "1 or 2."}, "caller": {"oneOf": [{"$ref": "#/components/schemas/Number"}, \
        {"type": "string", "enum": ["ANY_CALLER"]}]}, \
        "nonce": {"$ref": "#/components/schemas/Number"}, \
        "execute_after": {"$ref": "#/components/schemas/Uint64"}, \
        "execute_before": {"$ref": "#/components/schemas/Uint64"}, "calls": {"type": "array", \
        "items": {"$ref": "#/components/schemas/Call"}}}, "additionalProperties": false})) \
    X("TypedData", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "description": "SNIP-12, revision 0 or 1.", "required": ["types", \
        "primaryType", "domain", "message"], "properties": {"types": {"type": "object", \
        "additionalProperties": {"type": "array", "items": {"type": "object", \
        "required": ["name", "type"], "properties": {"name": {"type": "string"}, \
        "type": {"type": "string"}, "contains": {"type": "string"}}, \
        "additionalProperties": false}}}, "primaryType": {"type": "string"}, \
        "domain": {"type": "object"}, "message": {"type": "object"}}, \
        "additionalProperties": false})) \
    X("SignItem", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "description": "One thing to sign.", \
        "oneOf": [{"required": ["transaction"]}, {"required": ["typed_data"]}, \
        {"required": ["outside_execution"]}, {"required": ["message_hash"]}], \
        "anyOf": [{"required": ["outside_execution", "chain_id"]}, \
        {"not": {"anyOf": [{"required": ["outside_execution"]}, {"required": ["chain_id"]}]}}], \
        "properties": {"username": {"$ref": "#/components/schemas/Username"}, \
        "key_index": {"$ref": "#/components/schemas/KeyIndex"}, \
        "account_class": {"$ref": "#/components/schemas/AccountClass"}, \
        "guardian": {"allOf": [{"$ref": "#/components/schemas/Number"}], \
        "description": "Public key of the account's guardian; the user's key is the owner."}, \
        "owner": {"allOf": [{"$ref": "#/components/schemas/Number"}], \
        "description": "Public key of the account's owner; the user's key is the guardian."}, \
        "transaction": {"$ref": "#/components/schemas/Transaction"}, \
        "typed_data": {"$ref": "#/components/schemas/TypedData"}, \
        "outside_execution": {"$ref": "#/components/schemas/OutsideExecution"}, \
        "message_hash": {"$ref": "#/components/schemas/Number"}, \
        "chain_id": {"allOf": [{"$ref": "#/components/schemas/ChainId"}], \
        "description": "Of an outside_execution, and of nothing else."}, \
        "account_address": {"allOf": [{"$ref": "#/components/schemas/Address"}], \
        "description": "The account that is meant; nothing is signed for another."}, \
        "expected_hash": {"allOf": [{"$ref": "#/components/schemas/Number"}], \
        "description": "The hash that is meant; nothing is signed when it is another."}, \
        "other_signature": {"type": "array", "items": {"$ref": "#/components/schemas/Number"}, \
        "minItems": 2, "maxItems": 2, \
        "description": "r and s of the account's other key over the same hash."}, \
        "lane": {"type": "integer", "minimum": 0, "maximum": 4294967295, \
        "description": "Of a transaction: whose nonce it is; 0 when the nonce is next."}, \
        "replace": {"type": "boolean", \
        "description": "The nonce is this transaction's, whatever the lane gave it to."}}, \
        "additionalProperties": false})) \
    X("SignOne", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"allOf": [{"$ref": "#/components/schemas/SignItem"}, {"type": "object", \
        "required": ["username"]}]})) \
    X("SignBatch", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", \
        "description": "What an item leaves out of the members here, the batch says.", \
        "required": ["items"], \
        "properties": {"username": {"$ref": "#/components/schemas/Username"}, \
        "key_index": {"$ref": "#/components/schemas/KeyIndex"}, \
        "account_class": {"$ref": "#/components/schemas/AccountClass"}, \
        "guardian": {"allOf": [{"$ref": "#/components/schemas/Number"}], \
        "description": "Public key of the account's guardian; the user's key is the owner."}, \
        "owner": {"allOf": [{"$ref": "#/components/schemas/Number"}], \
        "description": "Public key of the account's owner; the user's key is the guardian."}, \
        "items": {"type": "array", "items": {"$ref": "#/components/schemas/SignItem"}, \
        "minItems": 1, "maxItems": 256}}, "additionalProperties": false})) \
    X("SignRequest", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"oneOf": [{"$ref": "#/components/schemas/SignOne"}, \
        {"$ref": "#/components/schemas/SignBatch"}]})) \
    X("Warnings", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "array", "items": {"type": "object", "required": ["code", "text"], \
        "properties": {"code": {"type": "string"}, "text": {"type": "string"}}}})) \
    X("FeltBounds", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["l1_gas", "l2_gas", "l1_data_gas"], \
        "properties": {"l1_gas": {"$ref": "#/components/schemas/FeltBound"}, \
        "l2_gas": {"$ref": "#/components/schemas/FeltBound"}, \
        "l1_data_gas": {"$ref": "#/components/schemas/FeltBound"}}})) \
    X("FeltBound", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["max_amount", "max_price_per_unit"], \
        "properties": {"max_amount": {"$ref": "#/components/schemas/Felt"}, \
        "max_price_per_unit": {"$ref": "#/components/schemas/Felt"}}})) \
    X("SignedTransaction", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", \
        "description": "The whole transaction, ready for starknet_add*Transaction.", \
        "required": ["type", "version", "nonce", "resource_bounds", "tip", "paymaster_data", \
        "nonce_data_availability_mode", "fee_data_availability_mode", "signature"], \
        "properties": {"type": {"type": "string", "enum": ["INVOKE", "DEPLOY_ACCOUNT", \
        "DECLARE"]}, "version": {"$ref": "#/components/schemas/Felt"}, \
        "nonce": {"$ref": "#/components/schemas/Felt"}, \
        "resource_bounds": {"$ref": "#/components/schemas/FeltBounds"}, \
        "tip": {"$ref": "#/components/schemas/Felt"}, \
        "paymaster_data": {"$ref": "#/components/schemas/Felts"}, \
        "nonce_data_availability_mode": {"type": "string", "enum": ["L1", "L2"]}, \
        "fee_data_availability_mode": {"type": "string", "enum": ["L1", "L2"]}, \
        "sender_address": {"$ref": "#/components/schemas/Felt"}, \
        "account_deployment_data": {"$ref": "#/components/schemas/Felts"}, \
        "calldata": {"$ref": "#/components/schemas/Felts"}, \
        "proof_facts": {"$ref": "#/components/schemas/Felts"}, "proof": {"type": "string"}, \
        "class_hash": {"$ref": "#/components/schemas/Felt"}, \
        "contract_address_salt": {"$ref": "#/components/schemas/Felt"}, \
        "constructor_calldata": {"$ref": "#/components/schemas/Felts"}, \
        "compiled_class_hash": {"$ref": "#/components/schemas/Felt"}, \
        "signature": {"$ref": "#/components/schemas/Felts"}}})) \
    X("Signed", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "username", "key_index", "type", \
        "account_address", "account_class", "public_key", "signature"], \
        "properties": {"success": {"type": "boolean", "enum": [true]}, \
        "username": {"type": "string"}, "key_index": {"type": "integer", "minimum": 0}, \
        "type": {"type": "string", "enum": ["invoke", "deploy_account", "declare", "typed_data", \
        "outside_execution", "hash"]}, "account_address": {"$ref": "#/components/schemas/Felt"}, \
        "account_class": {"type": "string"}, \
        "public_key": {"$ref": "#/components/schemas/Felt"}, "chain_id": {"type": "string"}, \
        "transaction_hash": {"$ref": "#/components/schemas/Felt"}, \
        "message_hash": {"$ref": "#/components/schemas/Felt"}, \
        "signature": {"$ref": "#/components/schemas/Felts"}, "query": {"type": "boolean", \
        "description": "Of a transaction: can be estimated and never executed."}, \
        "lane": {"type": "integer", "minimum": 0, \
        "description": "Of a transaction whose nonce it gave, as the next."}, \
        "nonce": {"$ref": "#/components/schemas/Felt"}, \
        "transaction": {"$ref": "#/components/schemas/SignedTransaction"}, \
        "warnings": {"$ref": "#/components/schemas/Warnings"}}})) \
    X("Refused", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "error", "error_code", "hint"], \
        "properties": {"success": {"type": "boolean", "enum": [false]}, \
        "error": {"type": "string"}, "error_code": {"type": "string"}, \
        "hint": {"type": "string"}}})) \
    X("SignedBatch", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "results", "signed", "refused"], \
        "properties": {"success": {"type": "boolean", \
        "description": "Whether anything was signed."}, "results": {"type": "array", \
        "items": {"oneOf": [{"$ref": "#/components/schemas/Signed"}, \
        {"$ref": "#/components/schemas/Refused"}]}}, "signed": {"type": "integer", \
        "minimum": 0}, "refused": {"type": "integer", "minimum": 0}}})) \
    X("SignAnswer", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"oneOf": [{"$ref": "#/components/schemas/Signed"}, \
        {"$ref": "#/components/schemas/SignedBatch"}]})) \
    X("AccountRequest", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"oneOf": [{"$ref": "#/components/schemas/AccountOne"}, \
        {"$ref": "#/components/schemas/AccountRange"}]})) \
    X("AccountOne", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["username"], \
        "properties": {"username": {"$ref": "#/components/schemas/Username"}, \
        "key_index": {"$ref": "#/components/schemas/KeyIndex"}, \
        "account_class": {"$ref": "#/components/schemas/AccountClass"}, \
        "guardian": {"allOf": [{"$ref": "#/components/schemas/Number"}], \
        "description": "Public key of the account's guardian; the user's key is the owner."}, \
        "owner": {"allOf": [{"$ref": "#/components/schemas/Number"}], \
        "description": "Public key of the account's owner; the user's key is the guardian."}, \
        "public_key": {"allOf": [{"$ref": "#/components/schemas/Number"}], \
        "description": "Asked whether it is the user's."}, \
        "address": {"allOf": [{"$ref": "#/components/schemas/Address"}], \
        "description": "Asked whether it is the user's."}}, "additionalProperties": false})) \
    X("AccountRange", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["username", "count"], \
        "properties": {"username": {"$ref": "#/components/schemas/Username"}, \
        "account_class": {"$ref": "#/components/schemas/AccountClass"}, \
        "first_index": {"$ref": "#/components/schemas/KeyIndex"}, "count": {"type": "integer", \
        "minimum": 1, "maximum": 1000}}, "additionalProperties": false})) \
    X("Account", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "username", "account_class", "class_hash"], \
        "properties": {"success": {"type": "boolean", "enum": [true]}, \
        "username": {"type": "string"}, "key_index": {"type": "integer", "minimum": 0}, \
        "address": {"$ref": "#/components/schemas/Felt"}, \
        "public_key": {"$ref": "#/components/schemas/Felt"}, \
        "account_class": {"type": "string"}, \
        "class_hash": {"$ref": "#/components/schemas/Felt"}, \
        "salt": {"$ref": "#/components/schemas/Felt"}, \
        "constructor_calldata": {"$ref": "#/components/schemas/Felts"}, \
        "accounts": {"type": "array", "items": {"type": "object", "required": ["key_index", \
        "address", "public_key"], "properties": {"key_index": {"type": "integer", "minimum": 0}, \
        "address": {"$ref": "#/components/schemas/Felt"}, \
        "public_key": {"$ref": "#/components/schemas/Felt"}}}, \
        "description": "Of a range, instead of the members of one account."}, \
        "owned": {"type": "boolean", \
        "description": "Whether what was asked is of key_index, or of the first 32."}, \
        "index": {"type": "integer", "minimum": 0, "description": "The index of that key."}}})) \
    X("SeedSign", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["username", "transaction_payload"], \
        "properties": {"username": {"$ref": "#/components/schemas/Username"}, \
        "account_class": {"$ref": "#/components/schemas/AccountClass"}, \
        "key_index": {"$ref": "#/components/schemas/KeyIndex"}, "operation": {"type": "string", \
        "enum": ["sign_transaction"]}, "transaction_payload": {"type": "object", \
        "anyOf": [{"required": ["max_fee"]}, {"required": ["resource_bounds"]}], \
        "required": ["contract_address", "function_name", "chain_id"], \
        "properties": {"contract_address": {"$ref": "#/components/schemas/Address"}, \
        "function_name": {"type": "string", "pattern": "^[!-~]+$"}, \
        "calldata": {"$ref": "#/components/schemas/Calldata"}, \
        "max_fee": {"$ref": "#/components/schemas/Number"}, \
        "resource_bounds": {"$ref": "#/components/schemas/Bounds"}, \
        "nonce": {"$ref": "#/components/schemas/Number"}, \
        "chain_id": {"$ref": "#/components/schemas/ChainId"}}}}})) \
    X("SeedSigned", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "username", "key_index", "account_address", \
        "transaction_hash", "transaction_signed"], "properties": {"success": {"type": "boolean", \
        "enum": [true]}, "username": {"type": "string"}, "key_index": {"type": "integer", \
        "minimum": 0}, "account_address": {"$ref": "#/components/schemas/Felt"}, \
        "transaction_hash": {"$ref": "#/components/schemas/Felt"}, \
        "transaction_signed": {"type": "string", \
        "description": "r and s, with a comma between."}, "chain_id": {"type": "string"}, \
        "public_key": {"$ref": "#/components/schemas/Felt"}, \
        "account_class": {"type": "string"}, \
        "transaction": {"$ref": "#/components/schemas/SignedTransaction"}, \
        "warnings": {"$ref": "#/components/schemas/Warnings"}}})) \
    X("SeedAccountRequest", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["username"], \
        "properties": {"username": {"$ref": "#/components/schemas/Username"}, \
        "account_class": {"$ref": "#/components/schemas/AccountClass"}, \
        "key_index": {"$ref": "#/components/schemas/KeyIndex"}, "operation": {"type": "string", \
        "enum": ["get_account_info"]}}})) \
    X("SeedDeriveRequest", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["username"], \
        "properties": {"username": {"$ref": "#/components/schemas/Username"}, \
        "account_class": {"$ref": "#/components/schemas/AccountClass"}, \
        "key_index": {"$ref": "#/components/schemas/KeyIndex"}, "operation": {"type": "string", \
        "enum": ["derive_key"]}}})) \
    X("SeedAccount", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "username", "key_index", "account_address", \
        "public_key"], "properties": {"success": {"type": "boolean", "enum": [true]}, \
        "username": {"type": "string"}, "key_index": {"type": "integer", "minimum": 0}, \
        "account_address": {"$ref": "#/components/schemas/Felt"}, \
        "public_key": {"$ref": "#/components/schemas/Felt"}, \
        "account_class": {"type": "string"}}})) \
    X("Overview", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["service", "implementation", "docs", "auth", "endpoints"], \
        "properties": {"service": {"type": "string"}, "implementation": {"type": "string"}, \
        "docs": {"type": "object", "required": ["openapi_json"], \
        "properties": {"openapi_json": {"type": "string"}, "swagger_ui": {"type": "string", \
        "nullable": true}, "redoc": {"type": "string", "nullable": true}}}, \
        "auth": {"type": "object", "required": ["app_pop_headers", "dev_identity_headers", \
        "mutual_response_header"], "properties": {"app_pop_headers": {"type": "array", \
        "items": {"type": "string"}}, "dev_identity_headers": {"type": "array", \
        "items": {"type": "string"}}, "mutual_response_header": {"type": "string"}}}, \
        "endpoints": {"type": "array", "items": {"type": "object", "required": ["method", \
        "path", "auth", "description"], "properties": {"method": {"type": "string", \
        "enum": ["GET", "POST", "PUT", "DELETE"]}, "path": {"type": "string"}, \
        "auth": {"type": "string", "enum": ["none", "user", "body", "app", "peer"]}, \
        "description": {"type": "string"}}}}}})) \
    X("Nodes", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["operators", "count"], \
        "properties": {"operators": {"type": "array", "items": {"type": "object", \
        "required": ["operator", "instance", "connection"], \
        "properties": {"operator": {"type": "string"}, "instance": {"type": "object", \
        "required": ["instance_id", "app_id", "version_id", "operator", "instance_url", \
        "tee_wallet", "zk_verified", "instance_status", "registered_at"], \
        "properties": {"instance_id": {"type": "integer", "minimum": 0}, \
        "app_id": {"type": "integer", "minimum": 0}, "version_id": {"type": "integer", \
        "minimum": 0}, "operator": {"type": "string"}, "instance_url": {"type": "string"}, \
        "tee_wallet": {"type": "string"}, "zk_verified": {"type": "boolean"}, \
        "instance_status": {"type": "object", "required": ["value", "name"], \
        "properties": {"value": {"type": "integer", "minimum": 0}, "name": {"type": "string"}}}, \
        "registered_at": {"type": "integer", "minimum": 0}}}, "connection": {"type": "object", \
        "required": ["in_peer_cache", "cached_status"], \
        "properties": {"in_peer_cache": {"type": "boolean"}, \
        "cached_status": {"type": "string"}}}}}}, "count": {"type": "integer", "minimum": 0}}})) \
    X("KmsEnvelope", ROUTES_V1, OPENAPI_JSON( \
      {"type": "object", "description": "All hex; one of encrypted_data and ciphertext.", \
        "anyOf": [{"required": ["encrypted_data"]}, {"required": ["ciphertext"]}], \
        "required": ["sender_tee_pubkey", "nonce"], \
        "properties": {"sender_tee_pubkey": {"type": "string"}, "nonce": {"type": "string"}, \
        "encrypted_data": {"type": "string"}, "ciphertext": {"type": "string"}}})) \
    X("Envelope", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["v", "sender", "iv", "sealed"], \
        "properties": {"v": {"type": "integer", "enum": [2]}, "sender": {"type": "string", \
        "format": "byte", "description": "Key of the sender, 97 bytes."}, \
        "iv": {"type": "string", "format": "byte", "description": "12 bytes."}, \
        "sealed": {"type": "string", "format": "byte"}}, "additionalProperties": false})) \
    X("KmsNonce", ROUTES_V1, OPENAPI_JSON( \
      {"type": "object", "required": ["nonce"], "properties": {"nonce": {"type": "string", \
        "format": "byte"}}})) \
    X("Nonce", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["nonce", "node", "domain_id"], \
        "properties": {"nonce": {"type": "string", "pattern": "^([0-9a-f]{2})*$"}, \
        "node": {"type": "string"}, "domain_id": {"type": "string", \
        "pattern": "^([0-9a-f]{2})*$"}}})) \
    X("AppKeyRequest", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["path"], "properties": {"path": {"type": "string", \
        "minLength": 1, "maxLength": 1024}, "context": {"type": "string", "maxLength": 1024}, \
        "length": {"type": "integer", "minimum": 1, "maximum": 64, "default": 32}, \
        "curve": {"type": "string", "enum": ["bytes", "stark", "secp256k1", "p256"], \
        "default": "bytes"}, "epoch": {"type": "integer", "minimum": 0, \
        "description": "Of the root; the newest if it is missing."}, \
        "bind_measurement": {"type": "boolean", \
        "description": "The key is of this code alone."}}, "additionalProperties": false})) \
    X("AppKey", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "app_id", "path", "key", "length", "curve", \
        "epoch"], "properties": {"success": {"type": "boolean", "enum": [true]}, \
        "app_id": {"type": "string"}, "path": {"type": "string"}, "key": {"type": "string", \
        "format": "byte"}, "length": {"type": "integer", "minimum": 0}, \
        "curve": {"type": "string"}, "epoch": {"type": "integer", "minimum": 0}}})) \
    X("ValueRead", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["key"], "properties": {"key": {"type": "string", \
        "minLength": 1, "maxLength": 1024}, "min_version": {"type": "string"}}, \
        "additionalProperties": false})) \
    X("Value", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "app_id", "key", "value", "version", \
        "updated_at", "ttl_ms", "evictable"], "properties": {"success": {"type": "boolean", \
        "enum": [true]}, "app_id": {"type": "string"}, "key": {"type": "string"}, \
        "value": {"type": "string", "format": "byte"}, "version": {"type": "string"}, \
        "updated_at": {"type": "string", "format": "date-time"}, "ttl_ms": {"type": "integer", \
        "minimum": 0}, "evictable": {"type": "boolean"}}})) \
    X("ValueList", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "properties": {"prefix": {"type": "string", "maxLength": 1024}, \
        "limit": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, \
        "cursor": {"type": "string", "pattern": "^([0-9a-fA-F]{2}){1,1024}$"}}, \
        "additionalProperties": false})) \
    X("ValuePage", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "app_id", "keys", "next"], \
        "properties": {"success": {"type": "boolean", "enum": [true]}, \
        "app_id": {"type": "string"}, "keys": {"type": "array", "items": {"type": "object", \
        "required": ["key", "version", "updated_at", "ttl_ms", "evictable", "bytes"], \
        "properties": {"key": {"type": "string"}, "version": {"type": "string"}, \
        "updated_at": {"type": "string", "format": "date-time"}, "ttl_ms": {"type": "integer", \
        "minimum": 0}, "evictable": {"type": "boolean"}, "bytes": {"type": "integer", \
        "minimum": 0}}}}, "next": {"type": "string", \
        "description": "The cursor of the next page; null after the last.", "nullable": true}}})) \
    X("ValuePut", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "description": "At most one of if_version and if_absent.", \
        "required": ["key", "value"], "properties": {"key": {"type": "string", "minLength": 1, \
        "maxLength": 1024}, "value": {"type": "string", "format": "byte", \
        "description": "Of up to 1 MiB."}, "ttl_ms": {"type": "integer", "minimum": 0, \
        "maximum": 9223372036854775807, "default": 0, "description": "0: for ever."}, \
        "evictable": {"type": "boolean"}, "if_version": {"type": "string"}, \
        "if_absent": {"type": "boolean"}, "after": {"type": "string", "description": \
        "The version that the caller saw last, which this write comes after."}}, \
        "additionalProperties": false})) \
    X("ValueStored", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "app_id", "key", "version", "updated_at"], \
        "properties": {"success": {"type": "boolean", "enum": [true]}, \
        "app_id": {"type": "string"}, "key": {"type": "string"}, "version": {"type": "string"}, \
        "updated_at": {"type": "string", "format": "date-time"}}})) \
    X("ValueDelete", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["key"], "properties": {"key": {"type": "string", \
        "minLength": 1, "maxLength": 1024}, "if_version": {"type": "string"}, \
        "after": {"type": "string"}}, "additionalProperties": false})) \
    X("ValueDeleted", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "app_id", "key", "deleted", "version", \
        "updated_at"], "properties": {"success": {"type": "boolean", "enum": [true]}, \
        "app_id": {"type": "string"}, "key": {"type": "string"}, "deleted": {"type": "boolean"}, \
        "version": {"type": "string"}, "updated_at": {"type": "string", "format": "date-time"}}})) \
    X("Usage", ROUTES_ALWAYS, OPENAPI_JSON( \
      {"type": "object", "required": ["success", "app_id", "bytes", "limit_bytes", "kept_bytes", \
        "limit_kept_bytes", "values", "kept_values", "dead"], \
        "properties": {"success": {"type": "boolean", "enum": [true]}, \
        "app_id": {"type": "string"}, "bytes": {"type": "integer", "minimum": 0}, \
        "limit_bytes": {"type": "integer", "minimum": 0}, "kept_bytes": {"type": "integer", \
        "minimum": 0}, "limit_kept_bytes": {"type": "integer", "minimum": 0}, \
        "values": {"type": "integer", "minimum": 0}, "kept_values": {"type": "integer", \
        "minimum": 0}, "dead": {"type": "integer", "minimum": 0}}})) \
    X("KmsKeyRequest", ROUTES_V1, OPENAPI_JSON( \
      {"type": "object", "required": ["path"], "properties": {"path": {"type": "string", \
        "minLength": 1, "maxLength": 1024}, "context": {"type": "string"}, \
        "length": {"default": 32, "oneOf": [{"type": "integer", "minimum": 1, "maximum": 1024}, \
        {"type": "string"}]}}})) \
    X("KmsKey", ROUTES_V1, OPENAPI_JSON( \
      {"type": "object", "required": ["app_id", "path", "key", "length"], \
        "properties": {"app_id": {"type": "integer", "minimum": 0}, "path": {"type": "string"}, \
        "key": {"type": "string", "format": "byte"}, "length": {"type": "integer", \
        "minimum": 0}}})) \
    X("KmsValue", ROUTES_V1, OPENAPI_JSON( \
      {"type": "object", "required": ["app_id", "key", "value", "updated_at_ms"], \
        "properties": {"app_id": {"type": "integer", "minimum": 0}, "key": {"type": "string"}, \
        "value": {"type": "string", "format": "byte"}, "updated_at_ms": {"type": "integer", \
        "minimum": 0}}})) \
    X("KmsNames", ROUTES_V1, OPENAPI_JSON( \
      {"anyOf": [{"type": "object", "required": ["app_id", "keys", "count"], \
        "properties": {"app_id": {"type": "integer", "minimum": 0}, "keys": {"type": "array", \
        "items": {"type": "string"}}, "count": {"type": "integer", "minimum": 0}}}, \
        {"$ref": "#/components/schemas/KmsValue"}]})) \
    X("KmsValuePut", ROUTES_V1, OPENAPI_JSON( \
      {"type": "object", "required": ["key", "value"], "properties": {"key": {"type": "string", \
        "minLength": 1, "maxLength": 1024}, "value": {"type": "string", "format": "byte"}, \
        "ttl_ms": {"type": "integer", "description": "0 or less: for ever."}}})) \
    X("KmsValueStored", ROUTES_V1, OPENAPI_JSON( \
      {"type": "object", "required": ["app_id", "key", "updated_at_ms"], \
        "properties": {"app_id": {"type": "integer", "minimum": 0}, "key": {"type": "string"}, \
        "updated_at_ms": {"type": "integer", "minimum": 0}}})) \
    X("KmsValueDelete", ROUTES_V1, OPENAPI_JSON( \
      {"type": "object", "required": ["key"], "properties": {"key": {"type": "string", \
        "minLength": 1, "maxLength": 1024}}})) \
    X("KmsValueDeleted", ROUTES_V1, OPENAPI_JSON( \
      {"type": "object", "required": ["app_id", "key", "deleted"], \
        "properties": {"app_id": {"type": "integer", "minimum": 0}, "key": {"type": "string"}, \
        "deleted": {"type": "boolean"}}}))
/* clang-format on */

#endif
