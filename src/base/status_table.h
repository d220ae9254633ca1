/* Every error code of the project: name, class, public text, what to do next.
 *
 * Names are part of the API and never change their meaning. Included by base/status.h only. */
#ifndef COFFER_BASE_STATUS_TABLE_H
#define COFFER_BASE_STATUS_TABLE_H

/* clang-format off */
#define STATUS_TABLE(X) \
    X(OK, OK, "ok", "") \
    /* the message as a whole */ \
    X(BAD_HTTP, INPUT, "the HTTP message is malformed", "send one well-formed HTTP/1.1 request with a single Content-Length and one Host header") \
    X(HTTP_VERSION, VERSION, "this HTTP version is not served", "use HTTP/1.1") \
    X(HEADERS_TOO_LARGE, HEADERS, "the request line or the headers are too large", "send fewer or shorter headers; the limits are in the API description") \
    X(BODY_TOO_LARGE, TOO_LARGE, "the body is larger than this route takes", "split the request; the limit of each route is in the API description") \
    X(TRANSFER_ENCODING, UNSUPPORTED, "this Transfer-Encoding is not supported", "send the body in chunks or with Content-Length") \
    X(REQUEST_TIMEOUT, TIMEOUT, "the request took too long to arrive", "send the whole request at once and try again") \
    X(MEDIA_TYPE, MEDIA_TYPE, "the body must be JSON", "set the header Content-Type: application/json") \
    X(CONTENT_ENCODING, MEDIA_TYPE, "a compressed body is not read", "send the body without Content-Encoding") \
    X(HOST_DENIED, DENIED, "this Host header is not served", "address the node as localhost or 127.0.0.1") \
    X(ORIGIN_DENIED, DENIED, "requests from web pages are refused", "call the API from a program, not from a browser page") \
    X(NOT_FOUND, MISSING, "there is no such route", "see GET /openapi.json for the routes") \
    X(METHOD_NOT_ALLOWED, METHOD, "this route does not take this method", "see GET /openapi.json for the methods of each route") \
    X(BAD_JSON, INPUT, "the body is not valid JSON", "send one JSON object in UTF-8 without duplicate keys") \
    X(JSON_TOO_DEEP, INPUT, "the JSON is nested too deeply", "nest at most 32 levels") \
    X(JSON_TOO_COMPLEX, TOO_LARGE, "the JSON has too many values", "split the request") \
    X(JSON_DUPLICATE_KEY, INPUT, "the JSON has a duplicate key", "name every member of an object once") \
    X(JSON_NUMBER_RANGE, INPUT, "a JSON number is out of range", "send integers beyond 2^53 as decimal or hex strings") \
    X(BAD_REQUEST, INPUT, "the request does not have the expected shape", "see GET /openapi.json for the request") \
    X(MISSING_FIELD, INPUT, "a required member is missing", "add the named member") \
    X(UNKNOWN_FIELD, INPUT, "the request has a member that this route does not know", "remove the named member or check its spelling") \
    X(BAD_TYPE, INPUT, "a value has the wrong JSON type", "see GET /openapi.json for the type of each member") \
    X(UNKNOWN_OPERATION, INPUT, "there is no such operation", "use the operation that belongs to the route, or leave the member out") \
    X(BATCH_EMPTY, INPUT, "the batch is empty", "send at least one item") \
    X(BATCH_TOO_LARGE, TOO_LARGE, "the batch has too many items", "split the batch") \
    X(IDEMPOTENCY_KEY, INPUT, "the Idempotency-Key is not usable", "send 1 to 255 visible ASCII characters other than a single -") \
    X(IDEMPOTENCY_CONFLICT, CONFLICT, "this Idempotency-Key was used with another request", "use a new key for a new request") \
    X(IDEMPOTENCY_BUSY, CONFLICT, "a request with this Idempotency-Key is still being worked on", "wait for its answer, then repeat") \
    /* who and whether */ \
    X(UNAUTHENTICATED, UNAUTHENTICATED, "the caller is not authenticated", "send a proof of possession; a development build also takes programs of its own machine on the routes of users") \
    X(FORBIDDEN, DENIED, "the caller may not do this", "ask the operator of the node for access") \
    X(RATE_LIMITED, RATE, "too many requests, or too large ones", "try again after as many seconds as Retry-After says, or ask for less at once") \
    X(OVERLOADED, UNAVAILABLE, "the node is at its limit of connections or memory", "try again shortly or use another node") \
    X(UNAVAILABLE, UNAVAILABLE, "the node is not ready", "see GET /status and try again") \
    X(AUDIT_UNAVAILABLE, UNAVAILABLE, "the audit trail could not be written, so nothing was released", "free space for the audit file, then try again") \
    X(WRITE_UNSETTLED, UNAVAILABLE, "it was done, but so many nodes as should do not hold it yet, or the record of its outcome was not written", "read the value and compare its version before you write again") \
    X(AUDIT_FULL, UNAVAILABLE, "the audit trail has more to write than it may hold, so nothing was released", "try again shortly; if it lasts, see whether the disk of the audit file is full or slow") \
    X(AUDIT_BUSY, CONFLICT, "another process writes to this audit file", "stop the other node or give this one a data folder of its own") \
    X(AUDIT_INVALID, CONFLICT, "the audit trail does not verify", "look at the named line; compare the file with another copy") \
    X(AUDIT_NOTE_INVALID, INPUT, "the checkpoint, key or proof of an audit log is not valid", "take it as the node or coffer audit wrote it, unchanged") \
    /* a gateway, and what is behind it */ \
    X(NODE_AWAY, UNAVAILABLE, "the node behind this gateway is not there, so nothing was asked of it", "try again shortly or use another node") \
    X(NODE_SILENT, GATEWAY, "the node behind this gateway was asked and did not answer", "it may have been done: repeat it with its Idempotency-Key, or read first what became of it") \
    X(TUNNEL_DENIED, DENIED, "this host and port are not reached from here", "add them to outward_allow of the gateway if the node is to reach them") \
    X(TUNNEL_ADDRESS, DENIED, "the name leads to an address that is not of the public Internet", "add the address and port to outward_allow of the gateway if the node is to reach them") \
    X(TUNNEL_FAILED, GATEWAY, "the host was not found or could not be reached", "see whether it is up, and how the machine of the gateway looks names up") \
    /* who is registered */ \
    X(INSTANCE_NOT_FOUND, DENIED, "no instance is registered for this wallet", "register the instance and wait until the registration is deep enough in the chain; for a development node give it a row in --registry-file") \
    X(INSTANCE_NOT_ACTIVE, DENIED, "the instance is not active", "start the instance again in the registry, or use another one") \
    X(INSTANCE_NOT_VERIFIED, DENIED, "the instance is not zkVerified", "have the instance's proof verified in the registry") \
    X(INSTANCE_KEY_INVALID, DENIED, "the instance has no valid P-384 key in the registry", "register the instance with its public key") \
    X(APP_NOT_FOUND, DENIED, "the app of the instance is not registered", "check the instance's app id in the registry") \
    X(APP_NOT_ACTIVE, DENIED, "the app is not active", "activate the app in the registry") \
    X(APP_RESERVED, DENIED, "this app id is not served", "use an app id from 1 to 2^63-1 that is not this service's own") \
    X(VERSION_NOT_FOUND, DENIED, "the version of the instance is not registered", "check the instance's version id in the registry") \
    X(VERSION_NOT_ENROLLED, DENIED, "the version of the instance is not enrolled", "enrol the version, or run an enrolled one") \
    X(NOT_A_PEER, DENIED, "the instance is not one of this service", "register the node under the service's own app id") \
    X(REGISTRY_MISMATCH, DENIED, "the registry's records do not match each other or the wallet", "check app, version, instance and wallet in the registry") \
    X(REGISTRY_CHANGING, UNAVAILABLE, "the registration is not deep enough in the chain yet", "try again in a few blocks; confirmations of the trust configuration says how many") \
    X(REGISTRY_PENDING, UNAVAILABLE, "the registry is being read", "try again shortly") \
    X(REGISTRY_LOST, UNAVAILABLE, "the registry cannot be read at present", "see GET /status; check the RPC endpoints") \
    /* users and keys */ \
    X(INVALID_USERNAME, INPUT, "the username is not valid", "use 1 to 255 of A-Z a-z 0-9 _ - .") \
    X(INVALID_KEY_INDEX, INPUT, "the key index is not valid", "send a JSON integer from 0 to 2147483647") \
    X(INVALID_COUNT, INPUT, "the count is not valid", "send a JSON integer from 1 to 1000") \
    X(UNKNOWN_ACCOUNT_CLASS, INPUT, "there is no such account class", "use openzeppelin- 0.8.1 0.9.0 0.10.0 0.11.0 0.12.0 0.13.0 0.14.0 0.15.0 0.16.0 0.17.0 0.18.0 0.19.0 0.20.0 1.0.0 2.0.0 3.0.0 4.0.0-rc.1, argent- 0.3.0 0.3.1, ready- 0.4.0 0.5.0, braavos- 1.2.0 1.1.0, the hash of one of them, or a class that GET /status lists") \
    X(KEY_INVALID, INPUT, "the private key is out of range", "use an integer from 1 to n-1") \
    X(SEED_INVALID, INPUT, "the seed is not usable", "give a file of mode 0600 with exactly 32 bytes") \
    X(SEED_TAKEN, CONFLICT, "the same seed serves two tenants", "give each tenant a seed of its own") \
    X(SEED_COMMITMENT, CONFLICT, "the seed does not match its commitment", "put back the seed that the folder or the configuration was made for; with another one every key would be another") \
    X(SEED_LOST, CONFLICT, "the seed that this data folder belongs to is not there", "put the file back from a backup, or begin with another data folder: its users would all have other keys") \
    X(INVALID_PATH, INPUT, "the path or the context of the key is not valid", "use a path of 1 to 1024 bytes and a context of at most 1024 bytes") \
    X(ROOT_CONFLICT, UNAVAILABLE, "there are two roots of one epoch, or two hashes of one", "stop the node; compare the root with the hash on the chain") \
    X(ROOT_MISMATCH, UNAVAILABLE, "the chain has the hash of another root", "stop the node; start it with the root of this deployment") \
    X(ROOT_UNPUBLISHED, UNAVAILABLE, "the hash of the root is not on the chain", "publish the hash that the node logs at its start, and wait until it is final") \
    X(ROOT_REJECTED, CONFLICT, "the next root was vetoed, or was not made final in time", "nothing has changed: the root before stays; ask the guardians why") \
    X(ROOT_CARRIER, UNAVAILABLE, "a root is stored that cannot be opened, and none is published", "make what it is stored with reachable again; a new root is never made beside it") \
    X(HANDOFF_INVALID, INPUT, "this is no message of hand-off", "send messages as nodes of this version make them") \
    X(HANDOFF_DOMAIN, DENIED, "the message is for another deployment", "check that both nodes have the same trust configuration") \
    X(HANDOFF_NONCE, DENIED, "the nonce of this hand-off was not given, is spent or too old", "ask for a new one first") \
    X(HANDOFF_LIMIT, RATE, "this instance was given the root just now, or too often", "ask another node, or wait a minute") \
    /* users, back ends, sessions */ \
    X(AUTH_FAILED, UNAUTHENTICATED, "the proof does not show this user", "log in again; check tenant, user, client key and which authenticators are enrolled; of a service key which users it was added for, and until when") \
    X(CHALLENGE_STALE, UNAUTHENTICATED, "the challenge is too old", "ask for a new challenge and sign that one") \
    X(ORIGIN_UNLISTED, DENIED, "the origin is not one of the tenant's", "serve the page from an origin that the trust configuration lists for the tenant") \
    X(WEBAUTHN_FORMAT, INPUT, "this is no assertion of a passkey", "send cred, client, auth and sig as the browser gave them, in base64 of URLs") \
    X(WEBAUTHN_FLAGS, DENIED, "the passkey did not say what it must", "ask for user verification; a passkey that was enrolled on one device must stay there") \
    X(WEBAUTHN_COUNTER, DENIED, "the passkey's counter went back", "revoke this passkey: there may be two of it") \
    X(OIDC_ISSUER, DENIED, "the issuer of the token is not one of the tenant's", "log in with an issuer that the trust configuration lists for the tenant") \
    X(OIDC_AUDIENCE, DENIED, "the token is for somebody else", "use a client id that the trust configuration lists for the issuer") \
    X(OIDC_EXPIRED, UNAUTHENTICATED, "the token is too old, or not valid yet", "log in with the issuer again") \
    X(OIDC_NONCE, UNAUTHENTICATED, "the token is not for this challenge", "send the challenge's nonce to the issuer when you log in") \
    X(OIDC_ALG, DENIED, "the token is signed in a way that is not taken", "have the issuer sign with RS256, PS256, ES256 or EdDSA and name the key") \
    X(OIDC_KEYS_STALE, UNAVAILABLE, "the issuer's keys cannot be read at present", "try again shortly; see GET /status") \
    X(TOTP_LOCKED, RATE, "too many wrong codes", "wait, or use another authenticator") \
    X(SEALED_REQUIRED, INPUT, "this request must be sealed", "seal it in an envelope for the node's key") \
    X(TICKET_INVALID, DENIED, "the ticket is not good for this", "ask the tenant's authority for a new ticket") \
    X(SESSION_EXPIRED, UNAUTHENTICATED, "the session is over", "renew it in time, or log in again") \
    X(SESSION_REVOKED, UNAUTHENTICATED, "the session was revoked", "log in again") \
    X(BEHIND, UNAVAILABLE, "this node does not know yet what the request says", "try again shortly or use another node") \
    X(NODE_CHANGED, MISDIRECTED, "the request was signed for another node, or an earlier start of this one", "verify the node that GET /v1/identity shows, then sign for it") \
    X(SCOPE, DENIED, "the key or session may not do this", "use one with the scope for it; the next nonce needs lanes besides sign") \
    X(FROZEN, DENIED, "the user, the tenant or the deployment is frozen", "ask the operators or the tenant's authority what happened") \
    X(LOG_FORKED, CONFLICT, "two statements follow the same one", "have the authority or an earlier authenticator join the log with user.join") \
    X(RESUME_REQUIRED, UNAVAILABLE, "users are not served until the tenant's authority says so", "present the statements that were kept, then identity.resume") \
    X(STATEMENT_SEQ, CONFLICT, "the statement does not follow the last one", "read the log, then make and sign the statement anew") \
    X(STATEMENT_SIGNER, DENIED, "who signed the statement may not say this", "see the table of statements in the documentation for who must sign") \
    X(STATEMENT_DELAYED, CONFLICT, "the statement does not count yet", "wait until the time that it names") \
    X(POLICY_INVALID, INPUT, "the document is no policy that this node can apply", "name no document, or the one that the documentation of users has") \
    X(LIMIT_EXCEEDED, CONFLICT, "there are as many of these as there may be", "revoke what is not used any more; see the limits in the documentation") \
    X(LANE_UNSET, CONFLICT, "the lane has no next nonce", "name the nonce and the lane once, or state lane.set; after a restore the latter") \
    X(LANE_CONFLICT, CONFLICT, "this nonce was given to another object", "give next as the nonce for the next one, or say replace") \
    /* numbers and strings */ \
    X(INVALID_HEX, INPUT, "this is not valid hexadecimal", "write hex digits, as many as it takes and with 0x or without as it is described, or give it as it came") \
    X(INVALID_BASE64, INPUT, "this is not valid base64", "use the standard alphabet with padding") \
    X(INVALID_DECIMAL, INPUT, "this is not a valid decimal number", "write digits without sign, space or leading zero") \
    X(INVALID_UTF8, INPUT, "this is not valid UTF-8", "encode text as UTF-8") \
    X(INVALID_FELT, INPUT, "this is not a field element", "write an integer from 0 to 2^251 + 17*2^192, in decimal or 0x hex") \
    X(FELT_RANGE, INPUT, "a number is not below the field prime", "write an integer below 2^251 + 17*2^192 + 1") \
    X(U256_RANGE, INPUT, "a number is not below 2^256", "write an integer from 0 to 2^256-1, in decimal or 0x hex") \
    X(NUMBER_RANGE, INPUT, "a number is out of its range", "see GET /openapi.json for the range of each member") \
    X(SHORT_STRING, INPUT, "this is not a short string", "use at most 31 ASCII characters") \
    X(CHECKSUM_ADDRESS, INPUT, "the checksum of the address is wrong", "check the address, or write it in lower case") \
    X(ADDRESS_FORM, INPUT, "this form of address is not read", "write the address of the contract as 0x and hex digits") \
    /* values */ \
    X(VALUE_KEY, INPUT, "the key of the value is not usable", "use 1 to 1024 bytes of UTF-8") \
    X(VALUE_NOT_FOUND, MISSING, "there is no value under this key", "check the key; the value may have expired or given way to newer ones") \
    X(VALUE_TOO_LARGE, TOO_LARGE, "the value is too large", "store at most 1 MiB under one key") \
    X(VALUE_QUOTA, TOO_LARGE, "the value does not fit into the quota", "store less, or delete what is not needed") \
    X(VALUE_SEAL, INTERNAL, "the stored value does not open", "write the value again; if it happens twice, take the node out of service") \
    X(VALUE_EPOCH, UNAVAILABLE, "the key that this value is sealed with is not here", "try another node") \
    X(VERSION_INVALID, INPUT, "this is not a version", "send a version as an answer gave it") \
    X(VERSION_CONFLICT, CONFLICT, "the value is not of the expected version", "read it again, then decide again") \
    X(VERSION_BEHIND, UNAVAILABLE, "this node has not seen that version yet", "try again shortly or use another node") \
    X(RECORD_INVALID, INPUT, "a record is malformed", "send records as the store gives them") \
    X(RECORD_FUTURE, INPUT, "a record is from the future", "set the clock of the node that wrote it") \
    X(SYNC_INVALID, INPUT, "this is no message of sync", "send messages as nodes of this version make them") \
    X(SYNC_CODE, DENIED, "the code of the message is not that of this cluster's root", "check that both nodes are of one deployment") \
    X(SYNC_CODE_MISSING, DENIED, "the message has no code of this cluster's root", "send X-Sync-Signature with every message but the request for the root") \
    X(BLOB_NAME, INPUT, "this is not the name of an object", "use lower-case letters, digits and hyphens") \
    X(BLOB_ABSENT, MISSING, "the storage has no object of this name", "check that it is the storage of this deployment") \
    X(BLOB_EXISTS, CONFLICT, "something else lies under the name of the object", "look who else writes to the storage") \
    X(BLOB_FOREIGN, CONFLICT, "what lies under the name is no object of ours", "look who else writes to the storage") \
    X(BLOB_FULL, UNAVAILABLE, "the storage is full", "make room in the storage of snapshots, or enlarge it") \
    X(SNAPSHOT_INVALID, CONFLICT, "what the storage has of a snapshot is not what was written", "restore from another copy of the storage") \
    X(SNAPSHOT_OLD, CONFLICT, "the storage has no snapshot that is as new as it must be", "bring the storage of the newest snapshot, or name one to restore as operators") \
    X(SNAPSHOT_STORAGE, CONFLICT, "a snapshot is anchored, and this node has no storage of snapshots", "name the storage with snapshot_dir in the configuration of the node") \
    X(SNAPSHOT_LOST, CONFLICT, "a snapshot was anchored that is not the one that was written", "write the next one") \
    X(NOT_CURRENT, UNAVAILABLE, "this node has not caught up with the others yet", "try another node, or this one again shortly") \
    X(CLOCK_SUSPECT, UNAVAILABLE, "this node's clock is not that of the others, so it takes no writes", "try another node; set the clocks of the nodes") \
    X(CLOCK_BEHIND, UNAVAILABLE, "this node's clock was set back, so it cannot say what is too late and what too early", "try another node; set the clock of this one's machine, and start the node again if it was ahead before") \
    X(RECORD_STALE, CONFLICT, "a record is older than what was deleted here", "leave it out") \
    /* Starknet */ \
    X(UNKNOWN_CHAIN, INPUT, "there is no such chain", "use mainnet, sepolia, SN_MAIN, SN_SEPOLIA or the chain id as a felt") \
    X(CHAIN_DENIED, DENIED, "the tenant may not sign for this chain", "use a chain that GET /status lists") \
    X(INVALID_TRANSACTION, INPUT, "the transaction is not valid", "see GET /openapi.json for the members of each type") \
    X(TRANSACTION_VERSION, INPUT, "this transaction version is not signed", "send a version 3 transaction with three resource bounds") \
    X(RESOURCE_BOUNDS, INPUT, "the resource bounds are missing or wrong", "give l1_gas, l2_gas and l1_data_gas, or max_fee on the seed routes") \
    X(FEE_CEILING, DENIED, "the fee is above the tenant's ceiling", "lower the resource bounds or the tip") \
    X(FEE_TOO_LOW, INPUT, "max_fee does not buy one unit of L2 gas", "raise max_fee or send resource bounds") \
    X(CALLDATA_TOO_LARGE, TOO_LARGE, "the calldata is too large", "send at most 5000 felts of calldata and proof facts; an outside execution of version 1 has at most 1024") \
    X(INVALID_CALLDATA, INPUT, "the calldata is not valid", "send numbers, decimal or 0x hex strings, or explicit short strings") \
    X(CAIRO_VERSION, INPUT, "the calls are not encoded as the account's class reads them", "leave cairo_version out and name the account_class; the class says how calls are encoded") \
    X(INVALID_SELECTOR, INPUT, "the selector or function name is not valid", "give a function name of printable ASCII or a selector as 0x hex") \
    X(SENDER_MISMATCH, DENIED, "the sender address does not belong to this key", "leave sender_address out, or use the address that POST /v1/starknet/accounts gives") \
    X(OPAQUE_DENIED, DENIED, "an opaque hash is not signed for this tenant", "send the transaction or typed data itself") \
    X(DECLARE_DENIED, DENIED, "declare transactions are not allowed for this tenant", "ask the operator to allow declare") \
    X(POLICY_DENIED, DENIED, "the policy of the tenant refuses this request", "ask the operator which calls the tenant allows") \
    X(TYPED_DATA_INVALID, INPUT, "the typed data is not valid", "check types, primaryType, domain and message against SNIP-12") \
    X(TYPED_DATA_UNKNOWN_TYPE, INPUT, "the typed data uses a type that it does not define", "define the named type in types; in revision 0 some libraries take an unknown type for a felt, so that the text does not say what is signed") \
    X(TYPED_DATA_SHADOWED, INPUT, "the typed data redefines a basic or preset type", "rename the type") \
    X(TYPED_DATA_REVISION, INPUT, "the revision does not match the domain type", "use StarkNetDomain for revision 0; StarknetDomain and 1, as text or number, for revision 1") \
    X(TYPED_DATA_CYCLE, INPUT, "the types refer to each other in a circle", "remove the circular reference; libraries hash such types each in their own way, so that nobody could check the signature") \
    X(TYPED_DATA_DANGLING, INPUT, "the typed data defines a type that it does not use", "remove the named type") \
    X(TYPED_DATA_DOMAIN, INPUT, "the domain type is not that of revision 1", "define StarknetDomain with name, version, chainId and revision, in this order, each a shortstring") \
    X(TYPED_DATA_TOO_LARGE, TOO_LARGE, "the typed data is too large", "define fewer types or send fewer values; the limits are in the API description") \
    X(TYPED_DATA_UNLISTED, DENIED, "this kind of typed data is not allowed for this tenant", "ask the operator to allow it") \
    X(SESSION_DENIED, DENIED, "grants of session keys are not allowed for this tenant", "sign each transaction here; the operator may allow grants, whose keys then sign without this service") \
    X(QUERY_DENIED, DENIED, "transactions of the query version are not signed for this tenant", "estimate fees with SKIP_VALIDATE, or ask the operator to allow queries") \
    X(OUTSIDE_VERSION, INPUT, "this version of outside execution is not signed", "use version 1 or 2 of SNIP-9; version 3 is of one vendor's accounts") \
    X(ACCOUNT_MISMATCH, DENIED, "account_address is not the account that would sign", "compare username, key_index, account_class and guardian with what POST /v1/starknet/accounts gives") \
    X(HASH_MISMATCH, CONFLICT, "the hash is not the expected one, so nothing was signed", "compare chain, nonce, bounds, account and calldata with what was hashed") \
    X(GUARDIAN, INPUT, "there is no account with this guardian or owner", "name an account_class of Argent or Ready and one of guardian and owner, whose key is not 0") \
    X(DOMAIN_CHAIN, DENIED, "the chain id of the domain is not one of the tenant's chains", "use the chain id that the tenant allows") \
    X(MESSAGE_HASH_RANGE, INPUT, "the message hash is 2^251 or more and cannot be signed", "change the nonce or any other member and try again") \
    X(SIGNATURE_INVALID, INPUT, "the signature does not verify", "check the hash, the public key and the signature") \
    X(POINT_INVALID, INPUT, "this is not a point of the curve", "check the public key") \
    /* envelopes and proofs */ \
    X(ENVELOPE_REQUIRED, INPUT, "the body must be an envelope", "encrypt the request; a plain body is never taken here") \
    X(ENVELOPE_INVALID, INPUT, "the envelope is malformed", "check the named member against the description of envelopes") \
    X(POP_MISSING, DENIED, "the proof of possession is missing", "send the signature, nonce and time headers of this route") \
    X(POP_MALFORMED, DENIED, "a header of the proof of possession is malformed", "write nonce, time, caller and signature in the forms that the API description gives") \
    X(POP_STALE, DENIED, "the time of the proof of possession is too far from ours", "set the clock, and sign right before sending") \
    X(POP_SIGNATURE, DENIED, "the signature of the proof of possession is not valid", "sign the exact text that the API description gives, with the wallet or key that the caller names") \
    X(POP_WALLET, DENIED, "the wallet header does not match the signature", "leave the header out, or name the wallet that signs") \
    X(ENVELOPE_SENDER, DENIED, "the sender of the envelope is not the registered key of the caller", "encrypt with the key that the registry has for this instance") \
    X(NONCE_INVALID, DENIED, "the nonce is not from this node or too old", "fetch a nonce from the node that is called, and use it within two minutes") \
    X(NONCE_SPENT, DENIED, "the nonce was used before", "fetch a new nonce for every request") \
    X(NONCE_LIMIT, RATE, "this app has used too many nonces in two minutes", "slow down, or spread requests over nodes") \
    X(ENVELOPE_REPLAYED, DENIED, "this envelope was sent before, or holds an answer", "encrypt every request anew, with a new nonce; app_id is a member of answers, so leave it out of requests") \
    X(V1_KEY_OLD, DENIED, "this node was started anew beside a key of version 1 that was in use before, and cannot tell old envelopes from new ones", "write with version 2, or start Odyn anew; reading and keys are served") \
    X(V1_AFTER_V2, DENIED, "this app has used version 2, and version 1 is not served to it any more", "use version 2") \
    X(V1_EXHAUSTED, DENIED, "this node has taken as many envelopes of version 1 from this app as it can remember", "use version 2, or another node") \
    X(AEAD_INVALID, INPUT, "the encrypted data does not open", "encrypt with the key that both sides share, and send it unchanged") \
    /* the chain and its contracts */ \
    X(INVALID_ADDRESS, INPUT, "this is not an Ethereum address", "write 40 hex digits, with or without 0x") \
    X(RLP_INVALID, INPUT, "this is not valid RLP", "encode every item in its shortest form") \
    X(CBOR_INVALID, INPUT, "this is not valid CBOR", "encode every item in its shortest, definite form") \
    /* attestation: who makes documents, and what they are judged by */ \
    X(NOT_ATTESTED, UNAVAILABLE, "nothing attests this node: it has no security module", "ask a node that runs in an enclave") \
    X(SECURITY_MODULE, UNAVAILABLE, "the security module refused or failed", "start the node again; if it happens again, replace the host") \
    X(CERTIFICATE_INVALID, INPUT, "a certificate has another form, key or use than it must", "use P-384 certificates of the platform as they are issued") \
    X(CERTIFICATE_ROOT, DENIED, "the certificates do not begin with the root that is trusted", "check the root certificate in the configuration") \
    X(CERTIFICATE_CHAIN, DENIED, "a certificate was not issued by the one before it", "send the document as the security module made it") \
    X(CERTIFICATE_TIME, DENIED, "a certificate is not valid at this time", "ask for a new document; check the clock of this machine") \
    X(ATTESTATION_INVALID, INPUT, "this is not an attestation document in its one form", "send the document as the security module made it") \
    X(ATTESTATION_ALGORITHM, INPUT, "the document is signed or measured in another way than ES384 and SHA-384", "send the document as the security module made it") \
    X(ATTESTATION_SIGNATURE, DENIED, "the document is not signed by its certificate", "send the document as the security module made it") \
    X(ATTESTATION_DEBUG, DENIED, "the enclave runs in debug mode, in which its code is not measured", "start it without debug mode") \
    X(ATTESTATION_MEASUREMENT, DENIED, "the enclave runs other code than is trusted", "compare its measurements with those of the release") \
    X(ATTESTATION_PURPOSE, DENIED, "the document was made for another purpose", "ask for one for this purpose") \
    X(ATTESTATION_BINDING, DENIED, "the document is bound to something else", "ask for one that is bound to what it comes with") \
    X(ATTESTATION_PUBLIC_KEY, DENIED, "the document has a public key where its purpose has none, or none where it has one", "ask for one for this purpose") \
    X(ATTESTATION_FUTURE, DENIED, "the document was made in the future", "check the clock of this machine") \
    X(ATTESTATION_STALE, DENIED, "the document is too old", "ask for a new document") \
    X(ATTESTATION_NONCE, DENIED, "the document does not answer the nonce that was sent", "ask for one with a nonce of your own, used once") \
    X(ABI_INVALID, UNAVAILABLE, "a contract's answer is malformed", "check the contract's address and the RPC endpoint") \
    X(ABI_LIMIT, UNAVAILABLE, "a contract's answer is larger than is read", "shorten what is registered") \
    X(RPC_INVALID, UNAVAILABLE, "an RPC endpoint's answer is malformed", "check the RPC endpoint") \
    X(RPC_ERROR, UNAVAILABLE, "an RPC endpoint answered with an error", "check the RPC endpoint") \
    X(RPC_NOTHING, UNAVAILABLE, "an RPC endpoint does not know the block or transaction", "try again shortly") \
    X(CALL_REVERTED, CONFLICT, "the contract refused the call", "see the contract's reason in the log") \
    X(ALREADY_PUBLISHED, CONFLICT, "the contract has the hash of another root", "take the root of this deployment from its nodes or from what keeps it; the first hash stays") \
    X(ANCHOR_HEIGHT, CONFLICT, "the contract has an anchor that is as high, or the height is too far above it", "anchor a newer snapshot") \
    X(ANCHOR_MOVED, CONFLICT, "the contract has another anchor than the one that the snapshot follows", "nothing; the next snapshot follows the anchored one") \
    X(ANCHORS_MISSING, UNSUPPORTED, "there are no anchors without a chain", "name a chain and its contracts in the trust configuration") \
    X(WALLET_FUNDS, UNAVAILABLE, "the wallet of the node cannot pay for a transaction", "send the wallet what the log of the node says that it needs; it is tried again by itself") \
    X(FEE_LIMIT, UNAVAILABLE, "a transaction would cost more than is allowed", "wait, or raise tx_fee_gwei or tx_gas in the configuration") \
    X(WRONG_CHAIN, UNAVAILABLE, "the RPC endpoints are of another chain", "compare chain_id and rpc_endpoints in the trust configuration") \
    /* clients */ \
    X(KEY_FILE, INPUT, "the key file is not usable", "give a file of mode 0600 as coffer app keygen writes it") \
    X(NODE_UNTRUSTED, UNAVAILABLE, "no node could show that it is one of the deployment", "check the deployment file against the registry, and that nobody stands between") \
    X(NO_NODES, UNAVAILABLE, "no node of the service is known", "name nodes in the deployment file, or endpoints of the chain that has them") \
    /* who holds keys for a node or a client */ \
    X(ODYN_UNAVAILABLE, UNAVAILABLE, "Odyn, which holds the keys, does not answer", "check that Odyn runs and listens where the configuration says; it is asked again by itself") \
    X(ODYN_INVALID, UNAVAILABLE, "Odyn, which holds the keys, gave an answer that is not right", "check what listens where the configuration has Odyn; it is asked again by itself") \
    X(IDENTITY_CHANGED, UNAVAILABLE, "Odyn has other keys than when the node started", "start the node again and register its new keys; until then use another node") \
    /* ours */ \
    X(SELF_CHECK, INTERNAL, "a result failed its self-check, so nothing was released", "try again; if it happens twice, take the node out of service") \
    X(ENTROPY, INTERNAL, "the random generator failed", "restart the node; if it happens again, replace the host") \
    X(NO_MEMORY, UNAVAILABLE, "the node is out of memory", "try again shortly or use another node") \
    X(MEMORY_LOCK, UNAVAILABLE, "memory for secrets could not be locked, so it might be swapped", "raise the limit RLIMIT_MEMLOCK (ulimit -l unlimited; LimitMEMLOCK=infinity in a systemd unit; --ulimit memlock=-1 for a container), or give the capability CAP_IPC_LOCK") \
    X(BUFFER_FULL, INTERNAL, "an internal buffer was too small", "report this with the request id") \
    X(IO, UNAVAILABLE, "a file or socket operation failed", "check that it exists and may be used; the log of a node says more") \
    X(DATA_FOLDER, CONFLICT, "the data folder is not safe to use", "it and all in it must belong to the user of the node and be writable by nobody else: chown, chmod go-w; or name another folder") \
    X(CONFIG_INVALID, INPUT, "the configuration is not valid", "see the named key and the documentation of the configuration") \
    X(ADDRESS_IN_USE, CONFLICT, "the listening address is already in use", "stop the other program or choose another port") \
    X(LISTENER_DENIED, DENIED, "a development build listens on loopback or unix sockets only", "use 127.0.0.1, ::1 or a unix path") \
    X(INTERNAL, INTERNAL, "something went wrong inside the node", "report this with the request id")
/* clang-format on */

#endif
