/* What the API description says about each operation, parameter and group: one row each.
 *
 * Every operation of the table of routes has a row; the shapes that rows name are in
 * openapi_schemas.h. Where an app or a peer asks, request and answer are what is in the envelope.
 * Included by operations/node/openapi*.c only; an end-to-end test holds it against the running
 * program. */
#ifndef COFFER_OPERATIONS_NODE_OPENAPI_TABLE_H
#define COFFER_OPERATIONS_NODE_OPENAPI_TABLE_H

/* clang-format off */
/* Operation, group, summary, schemas of request and answer; an empty answer is text. */
#define OPENAPI_TABLE(X) \
    X("overview", "Node", "What the service offers", "", "Overview") \
    X("nodes", "Node", "The nodes of this service", "", "Nodes") \
    X("kms.nonce", "Apps of version 1", "A nonce for a proof of version 1", "", "KmsNonce") \
    X("kms.derive", "Apps of version 1", "Derive a key of the app", "KmsKeyRequest", "KmsKey") \
    X("kms.get", "Apps of version 1", "A value of the app", "", "KmsValue") \
    X("kms.list", "Apps of version 1", \
      "The names of all values of the app, or with key one value", "", "KmsNames") \
    X("kms.put", "Apps of version 1", "Store a value of the app", "KmsValuePut", "KmsValueStored") \
    X("kms.delete", "Apps of version 1", "Delete a value of the app", \
      "KmsValueDelete", "KmsValueDeleted") \
    X("app.derive", "Apps", "Derive a key of the app", "AppKeyRequest", "AppKey") \
    X("app.values.get", "Apps", "A value of the app", "", "Value") \
    X("app.values.read", "Apps", "A value of the app, without its name in the path", \
      "ValueRead", "Value") \
    X("app.values.names", "Apps", \
      "A page of the names of values, without the prefix in the path", "ValueList", "ValuePage") \
    X("app.values.list", "Apps", "A page of the names of values of the app", "", "ValuePage") \
    X("app.values.put", "Apps", "Store a value of the app", "ValuePut", "ValueStored") \
    X("app.values.delete", "Apps", "Delete a value of the app", "ValueDelete", "ValueDeleted") \
    X("app.usage", "Apps", "What the values of the app take, and of how much", "", "Usage") \
    X("sessions.challenge", "Sessions", "What a login has to be about", \
      "ChallengeRequest", "Challenge") \
    X("sessions.login", "Sessions", "Log in: a session of a user, with its token", \
      "Login", "SessionToken") \
    X("sessions.renew", "Sessions", "A new token of the session that asks", \
      "Nothing", "SessionToken") \
    X("sessions.list", "Sessions", "The sessions of the user", "", "SessionList") \
    X("sessions.revoke", "Sessions", "Revoke a session of the user", "Nothing", "SessionRevoked") \
    X("sessions.revoke_all", "Sessions", "Revoke all sessions of the user", \
      "Nothing", "SessionRevoked") \
    X("statement", "Users", "State something about users, service keys or policies", \
      "Statement", "StatementDone") \
    X("statements", "Users", "A page of what was stated about a scope", "", "StatementPage") \
    X("nonce", "Apps", "A nonce for a proof of version 2", "", "Nonce") \
    X("identity", "Apps", "Who the node is, and which key its envelopes are sealed with", \
      "", "Identity") \
    X("attestation", "Node", \
      "A new attestation of who the node is and which code it runs, with a nonce of the caller's", \
      "AttestationRequest", "Attestation") \
    X("cluster.sync", "Cluster", "What nodes tell each other about their records", \
      "PeerMessage", "PeerMessage") \
    X("root.handoff", "Cluster", "How a node gets the root from another one", \
      "PeerMessage", "PeerMessage") \
    X("kms.sync", "Cluster of version 1", \
      "What nodes of version 1 tell each other about their records, and how they get the root", \
      "KmsPeerMessage", "KmsPeerAnswer") \
    X("health", "Node", "Whether the node answers", "", "Health") \
    X("ready", "Node", "Whether the node would serve: 503 with the reason when not", "", "Ready") \
    X("status", "Node", "What the node is and serves", "", "Status") \
    X("metrics", "Node", "Metrics for Prometheus", "", "") \
    X("openapi", "Node", "This document", "", "Description") \
    X("starknet.accounts", "Starknet", \
      "Address and public key of a user, or of a range of key indices", \
      "AccountRequest", "Account") \
    X("starknet.sign", "Starknet", "Sign one thing, or a batch of up to 256", \
      "SignRequest", "SignAnswer") \
    X("seed.sign", "Seed document", "Sign one call, in the form of the seed document", \
      "SeedSign", "SeedSigned") \
    X("seed.account", "Seed document", "Account of a user, in the form of the seed document", \
      "SeedAccountRequest", "SeedAccount") \
    X("seed.derive", "Seed document", "The same under its other name", \
      "SeedDeriveRequest", "SeedAccount")

/* Group, what it is for, whose wire it belongs to. */
#define OPENAPI_TAGS(X) \
    X("Node", "What a node is and serves; anybody may ask.", ROUTES_ALWAYS) \
    X("Starknet", "Accounts and signatures of users.", ROUTES_ALWAYS) \
    X("Sessions", "Logging in as a user, and what sessions there are.", ROUTES_ALWAYS) \
    X("Seed document", "The same in the form of the seed document.", ROUTES_ALWAYS) \
    X("Apps", "Keys and values of registered apps, with proofs and envelopes of version 2.", \
      ROUTES_ALWAYS) \
    X("Users", "Who users and service keys are, by signed statements.", ROUTES_ALWAYS) \
    X("Cluster", "What the nodes of one service say to each other; on a node that is alone " \
      "not found.", ROUTES_ALWAYS) \
    X("Apps of version 1", "The same with proofs and envelopes of version 1.", ROUTES_V1) \
    X("Cluster of version 1", "The same of nodes with proofs and envelopes of version 1.", \
      ROUTES_V1)

/* JSON as it stands. */
#define OPENAPI_JSON(...) #__VA_ARGS__

/* Parameter of a path or a query, what it is, its schema. */
#define OPENAPI_PARAMETERS(X) \
    X("key", "Name of the value, percent-encoded, without control characters.", \
      OPENAPI_JSON({"type": "string", "minLength": 1, "maxLength": 1024})) \
    X("min_version", "The least version that is wanted, as an answer gave it.", \
      OPENAPI_JSON({"type": "string"})) \
    X("again", "The request may have been done by another node: what the others hold is looked at " \
      "first.", OPENAPI_JSON({"type": "string", "enum": ["true"]})) \
    X("scope", "About what: t, u:NAME, o:NAME, s:ID or a:ID.", \
      OPENAPI_JSON({"type": "string", "minLength": 1, "maxLength": 257})) \
    X("limit", "The most names of one page; of statements 100, and 50 if not given.", \
      OPENAPI_JSON({"type": "integer", "minimum": 1, "maximum": 1000, "default": 100})) \
    X("cursor", "The member next of the page before.", \
      OPENAPI_JSON({"type": "string", "pattern": "^([0-9a-fA-F]{2}){1,1024}$"})) \
    X("prefix", "How the names begin.", \
      OPENAPI_JSON({"type": "string", "maxLength": 1024})) \
    X("session_id", "Id of a session, as its login said it.", \
      OPENAPI_JSON({"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"})) \
    X("nonce", "Hex, for a new attestation that has it in it.", \
      OPENAPI_JSON({"type": "string", "pattern": "^([0-9a-fA-F]{2}){1,512}$"}))

/* Header of a request, whose proof it is (0: of every request with a body; or of what changes
 * something), whether it must be there, what it is, its schema. */
enum openapi_proof {
    OPENAPI_NO_PROOF,
    OPENAPI_PROOF_V1,
    OPENAPI_PROOF_PEER_V1,
    OPENAPI_PROOF_V2,
    OPENAPI_EFFECT,
};

#define OPENAPI_HEADERS(X) \
    X("Idempotency-Key", OPENAPI_NO_PROOF, false, "Same body, same answer for ten minutes.", \
      OPENAPI_JSON({"type": "string", "minLength": 1, "maxLength": 255, \
                    "pattern": "^([!-,.-~]|[!-~]{2,255})$"})) \
    X("X-Replicas", OPENAPI_EFFECT, false, \
      "So many nodes must hold it, where that is more than usual; a node that is alone ignores " \
      "it. No proof covers it.", \
      OPENAPI_JSON({"type": "string", "pattern": "^([0-9]|[1-5][0-9]|6[0-4])$"})) \
    X("X-Request-Id", OPENAPI_NO_PROOF, false, "Returned, and kept in the audit trail.", \
      OPENAPI_JSON({"type": "string", "maxLength": 64})) \
    X("Coffer-Pop-Signature", OPENAPI_PROOF_V2, true, "EIP-191, by the caller's wallet.", \
      OPENAPI_JSON({"type": "string", "pattern": "^(0x)?[0-9a-fA-F]{130}$"})) \
    X("Coffer-Pop-Nonce", OPENAPI_PROOF_V2, true, "From GET /v1/nonce.", \
      OPENAPI_JSON({"type": "string", "pattern": "^[0-9a-f]{32}$"})) \
    X("Coffer-Pop-Time", OPENAPI_PROOF_V2, true, "Milliseconds since 1970.", \
      OPENAPI_JSON({"type": "string", "pattern": "^(0|[1-9][0-9]*)$"})) \
    X("Coffer-Pop-Caller", OPENAPI_PROOF_V2, true, "The caller's wallet.", \
      OPENAPI_JSON({"type": "string", "pattern": "^0x[0-9a-f]{40}$"})) \
    X("X-App-Signature", OPENAPI_PROOF_V1, true, "EIP-191, by the app's wallet.", \
      OPENAPI_JSON({"type": "string", "pattern": "^(0x)?[0-9a-fA-F]{130}$"})) \
    X("X-App-Nonce", OPENAPI_PROOF_V1, true, "From GET /nonce, in base64.", \
      OPENAPI_JSON({"type": "string", "minLength": 24, "maxLength": 24})) \
    X("X-App-Timestamp", OPENAPI_PROOF_V1, true, "Seconds since 1970.", \
      OPENAPI_JSON({"type": "string", "pattern": "^(0|[1-9][0-9]*)$"})) \
    X("X-App-Wallet", OPENAPI_PROOF_V1, false, "The wallet that signed.", \
      OPENAPI_JSON({"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"})) \
    X("X-KMS-Signature", OPENAPI_PROOF_PEER_V1, true, "EIP-191, by the node's wallet.", \
      OPENAPI_JSON({"type": "string", "pattern": "^(0x)?[0-9a-fA-F]{130}$"})) \
    X("X-KMS-Nonce", OPENAPI_PROOF_PEER_V1, true, "From GET /nonce, in base64.", \
      OPENAPI_JSON({"type": "string", "minLength": 24, "maxLength": 24})) \
    X("X-KMS-Timestamp", OPENAPI_PROOF_PEER_V1, true, "Seconds since 1970.", \
      OPENAPI_JSON({"type": "string", "pattern": "^(0|[1-9][0-9]*)$"})) \
    X("X-KMS-Wallet", OPENAPI_PROOF_PEER_V1, false, "The wallet that signed.", \
      OPENAPI_JSON({"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"})) \
    X("X-Sync-Signature", OPENAPI_PROOF_PEER_V1, false, \
      "HMAC-SHA-256 of the body under a key of the root; of all but the request for the root.", \
      OPENAPI_JSON({"type": "string", "pattern": "^[0-9a-fA-F]{64}$"}))

/* How an app shows who it is: the headers above together. */
#define OPENAPI_PROOF \
    "\"proof\":" OPENAPI_JSON({"type": "apiKey", "in": "header", "name": "Coffer-Pop-Signature", \
        "description": "Proof of possession of version 2, in all of Coffer-Pop-*."})
#define OPENAPI_SESSION \
    "\"session\":" OPENAPI_JSON({"type": "http", "scheme": "bearer", \
        "description": "The token of a session. Without a proof, when it has no key: to read."}) "," \
    "\"session_proof\":" OPENAPI_JSON({"type": "apiKey", "in": "header", \
        "name": "Coffer-Pop-Signature", \
        "description": "Of a session, beside its token, or of a service key; all of Coffer-Pop-*."})
#define OPENAPI_PROOF_OLD \
    "\"proof_v1\":" OPENAPI_JSON({"type": "apiKey", "in": "header", "name": "X-App-Signature", \
        "description": "Proof of possession of version 1, in all of X-App-*."}) "," \
    "\"proof_peer_v1\":" OPENAPI_JSON({"type": "apiKey", "in": "header", \
        "name": "X-KMS-Signature", \
        "description": "The same of a node, in all of X-KMS-*."})

/* The members of every error; which codes it may have, the answers say. */
#define OPENAPI_ERROR \
    OPENAPI_JSON({"type": "object", \
        "required": ["success", "error", "error_code", "hint", "timestamp", "request_id"], \
        "properties": {"success": {"type": "boolean", "enum": [false]}, \
            "error_code": {"type": "string"}, "error": {"type": "string"}, \
            "hint": {"type": "string"}, "request_id": {"type": "string"}, \
            "timestamp": {"oneOf": [{"type": "string", "format": "date-time"}, \
                {"type": "integer"}]}}})
#define OPENAPI_ERROR_KMS \
    OPENAPI_JSON({"allOf": [{"$ref": "#/components/schemas/Error"}], "type": "object", \
        "required": ["detail", "message", "code"], \
        "properties": {"message": {"type": "string"}, "code": {"type": "string"}, \
            "detail": {"oneOf": [{"type": "string"}, {"type": "object"}]}}})
/* clang-format on */

#endif
