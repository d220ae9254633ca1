/* Every limit of the service, with the relations between them. Bytes unless a name says otherwise.
 *
 * Changing a number here changes behaviour that the API description states. */
#ifndef COFFER_BASE_LIMITS_H
#define COFFER_BASE_LIMITS_H

/* HTTP messages */
#define LIMIT_HTTP_TARGET       8192
#define LIMIT_HTTP_HEADER_BYTES 16384 /* request line and all headers together */
#define LIMIT_HTTP_HEADERS      64
#define LIMIT_HTTP_REQUEST_MS   30000 /* from the first byte of a request to its last */
#define LIMIT_HTTP_IDLE_MS      75000 /* between two requests of a connection */
#define LIMIT_HTTP_WRITE_MS     30000 /* for a client to take the whole answer */
#define LIMIT_HTTP_CONNECTIONS  16384
#define LIMIT_HTTP_READ         65536 /* taken from a connection at once */
#define LIMIT_HTTP_CHUNK_ROOM   4096  /* for the framing of what comes next in a chunked body */
#define LIMIT_HTTP_PROGRESS     16384 /* so many bytes of a message are progress */
#define LIMIT_HTTP_BUFFER_MIN   (8u * 1024 * 1024) /* for partial requests of a loop */
#define LIMIT_HTTP_LINGER_BYTES (64 * 1024 * 1024) /* read and dropped after a last answer */
#define LIMIT_HTTP_LINGER_MS    5000

/* Tunnels of the gateway */
#define LIMIT_TUNNEL_HEAD 4096  /* a request for one, and what comes early */
#define LIMIT_TUNNEL_READ 65536 /* taken from one side at once, and kept for the other at most */

/* Bodies by route */
#define LIMIT_BODY_STARKNET_SIGN (4 * 1024 * 1024)
#define LIMIT_BODY_APP           (2 * 1024 * 1024)
#define LIMIT_BODY_SYNC          (1536 * 1024)     /* a message of peers, sealed and in base64 */
#define LIMIT_BODY_SYNC_V1       (2 * 1024 * 1024) /* the same in hex, as version 1 takes it */
#define LIMIT_BODY_HANDOFF       (64 * 1024)
#define LIMIT_BODY_LEGACY        (256 * 1024)
#define LIMIT_BODY_STATEMENT     (128 * 1024)
#define LIMIT_BODY_NONCE         2048
#define LIMIT_BODY_SESSION       (64 * 1024)
#define LIMIT_BODY_IGNORED       1024 /* of a request that reads: taken and not looked at */

/* JSON */
#define LIMIT_JSON_DEPTH  32
#define LIMIT_JSON_VALUES 100000 /* values in one document */

/* Starknet requests */
#define LIMIT_SIGN_ITEMS        256
#define LIMIT_SIGN_ITEM_BYTES   (1024 * 1024)
#define LIMIT_FELTS             5000 /* compiled calldata and proof facts of one item */
#define LIMIT_CALLS             1024
#define LIMIT_DERIVE_COUNT      1000
#define LIMIT_OWNED_WINDOW      32 /* key indices among which the owner of a key is looked for */
#define LIMIT_TYPED_DATA_TYPES  128
#define LIMIT_TYPED_DATA_FIELDS 1024          /* of all types together */
#define LIMIT_TYPED_DATA_NAME   256           /* bytes of a name or a type */
#define LIMIT_TYPED_DATA_TEXT   (1024 * 1024) /* bytes of all types, times how many there are */
#define LIMIT_TYPED_DATA_VALUES 4096          /* that are hashed */
#define LIMIT_TYPED_DATA_OLD    1024 /* the same in revision 0: each takes four times as long */

/* Users and keys */
#define LIMIT_USERNAME    255
#define LIMIT_TENANT_NAME 32
#define LIMIT_KEY_INDEX   2147483647
#define LIMIT_V1_ATTEMPTS 1000 /* then the fallback; part of the derivation, never a setting */

/* Keys of apps */
#define LIMIT_APP_PATH    1024
#define LIMIT_APP_CONTEXT 1024
#define LIMIT_APP_KEY     64    /* bytes that one label v2 yields to an app */
#define LIMIT_APP_V1_INFO 16384 /* path and context of the form that apps already use */
#define LIMIT_ROOT_EPOCHS 16    /* roots that a node holds */

/* Sessions of users */
#define LIMIT_LOGIN_USER          10 /* challenges, and tries, a second: of a user at an address */
#define LIMIT_LOGIN_USER_BURST    50
#define LIMIT_LOGIN_ADDRESS       50 /* of an address */
#define LIMIT_LOGIN_ADDRESS_BURST 500
#define LIMIT_LOGIN_ALL           500 /* of all together: about a tenth of a core */
#define LIMIT_LOGIN_ALL_BURST     2000
#define LIMIT_LOGIN_FAILED        10        /* what a try that failed counts for, beside itself */
#define LIMIT_REVOKE_USER_BURST   64        /* sessions that a user ends one by one at each node */
#define LIMIT_REVOKE_USER_EVERY   10        /* seconds until one more may be */
#define LIMIT_SESSIONS_USER       32        /* that are listed; the oldest gives way */
#define LIMIT_SESSION_WINDOWS     (1 << 17) /* sessions that ask within two minutes */
#define LIMIT_SESSION_PROOF       16384     /* bytes of one proof in base64 */

/* Ethereum */
#define LIMIT_ETH_TEXT      4096 /* of one string or byte string that a contract answers with */
#define LIMIT_ETH_LIST      4096 /* ids or addresses that a contract answers with at once */
#define LIMIT_ETH_DATA      4096 /* of the call data of a transaction */
#define LIMIT_ETH_RPC_BATCH 128  /* calls in one request */
#define LIMIT_ETH_RPC_BODY  (4 * 1024 * 1024) /* of an answer */

/* Nonces, and envelopes of version 1 */
#define LIMIT_NONCE_MS        120000
#define LIMIT_NONCE_SHARDS    16
#define LIMIT_NONCE_SPENT     (1u << 21) /* nonces held as spent; sustained, 17,000 a second */
#define LIMIT_NONCE_SPENT_APP (1u << 20) /* of one app */
#define LIMIT_REPLAY_APP      (1u << 22) /* envelopes of version 1 of one app, until a restart */
#define LIMIT_REPLAY_BYTES    (256u * 1024 * 1024) /* for those of all apps */

/* Requests in work */
#define LIMIT_ARENA             (192u * 1024 * 1024) /* address space; pages come on use */
#define LIMIT_LOOPS             64
#define LIMIT_IDEMPOTENCY_KEY   255
#define LIMIT_IDEMPOTENCY_MS    600000
#define LIMIT_IDEMPOTENCY_BYTES (256u * 1024 * 1024) /* of all answers that are kept */
#define LIMIT_REQUEST_ID        64
#define LIMIT_TURN_US           1000 /* of one request; then others have theirs */
#define LIMIT_UNIT_BYTES        4096 /* of a body or an answer cost as much as a plain signature */
#define LIMIT_TURN_UNITS        16   /* plain signatures in a turn, about */
#define LIMIT_WAITING           1024 /* requests of a loop that wait in the middle of it */
#define LIMIT_PARKED            256  /* requests of a loop that wait until their caller is known */
#define LIMIT_PARKED_BYTES      (32u * 1024 * 1024)
#define LIMIT_PARKED_MS         5000 /* then they are run for the last time */

/* Proofs of possession */
#define LIMIT_POP_V1_MS 120000 /* how far the time of a proof may be from ours */
#define LIMIT_POP_MS    60000
#define LIMIT_PEER_KEYS 4096 /* peers whose envelope keys are kept */

/* Other nodes: what one may ask for, in plain signatures */
#define LIMIT_PEER_UNITS       4000 /* per second: of 4 KiB each, about a quarter of a core */
#define LIMIT_PEER_UNITS_BURST 8000
#define LIMIT_AGREEMENT_UNITS  32 /* of a key with a point that is not registered */

/* Odyn, which holds the keys of a node */
#define LIMIT_ODYN_MS        1500 /* for one call */
#define LIMIT_ODYN_PROBE_MS  1000 /* between two looks at one that did not answer */
#define LIMIT_ODYN_IDLE_MS   15000
#define LIMIT_ODYN_WAIT_MS   3000 /* of a request, for a thread that waits for it */
#define LIMIT_ODYN_THREADS   32
#define LIMIT_ODYN_DOCUMENT  (64 * 1024) /* an attestation */
#define LIMIT_ODYN_ATTEST_MS 3600000 /* until a new one; its certificates live about three hours */
#define LIMIT_ATTEST_NONCE   512     /* bytes that a caller may have attested */

/* Values of apps, and the records of the system */
#define LIMIT_KV_KEY            1024
#define LIMIT_KV_VALUE          (1024 * 1024)
#define LIMIT_KV_APP_BYTES      (10u * 1024 * 1024) /* of one app, with keys, clocks and indexes */
#define LIMIT_KV_ALL_APPS_BYTES (1024u * 1024 * 1024)
#define LIMIT_KV_SYSTEM_BYTES   (256u * 1024 * 1024)
#define LIMIT_KV_TOMBSTONES     10000 /* of one namespace */
#define LIMIT_KV_RETENTION_MS   86400000
#define LIMIT_KV_FUTURE_MS      5000                /* ahead of us: a peer's record beyond waits */
#define LIMIT_KV_WAITING_BYTES  (16u * 1024 * 1024) /* of records that wait for their time */
#define LIMIT_KV_PAGE           1000                /* keys in a page of a list */
#define LIMIT_KV_PAGE_STEPS     4000                /* records looked at for one page */
#define LIMIT_CLOCK_NODES       256                 /* in one vector clock */
#define LIMIT_STRICT_BYTES      (1536u * 1024 * 1024) /* of strict records: of a million users */

/* Audit */
#define LIMIT_AUDIT_LINE         4096
#define LIMIT_AUDIT_WAIT_MS      2000  /* then the answer is 503 */
#define LIMIT_CHECKPOINT_RECORDS 4096  /* or more, if more become durable at once */
#define LIMIT_CHECKPOINT_MS      1000  /* while there are records */
#define LIMIT_CHECKPOINT_IDLE_MS 60000 /* without any */
#define LIMIT_AUDIT_RETRY_MS     200   /* after a batch could not be written */
#define LIMIT_AUDIT_GATHER_US    2000  /* a batch waits so long for requests that are there */

_Static_assert(LIMIT_AUDIT_RETRY_MS < LIMIT_AUDIT_WAIT_MS, "records are tried again in time");
_Static_assert(LIMIT_ODYN_THREADS < LIMIT_LOOPS, "there are lanes for loops too");
_Static_assert(LIMIT_APP_PATH + LIMIT_APP_CONTEXT <= LIMIT_APP_V1_INFO, "v1 takes what v2 takes");
_Static_assert(4 * LIMIT_ATTEST_NONCE / 3 < LIMIT_BODY_NONCE / 2, "a nonce fits into a body");
_Static_assert(LIMIT_BODY_LEGACY <= LIMIT_BODY_STARKNET_SIGN, "seed routes are thin forms");
_Static_assert(LIMIT_SIGN_ITEM_BYTES <= LIMIT_BODY_STARKNET_SIGN, "an item fits into a body");
_Static_assert(2 * LIMIT_BODY_STARKNET_SIGN <= LIMIT_HTTP_BUFFER_MIN,
               "any body fits, and may grow");
_Static_assert(LIMIT_HTTP_HEADER_BYTES < LIMIT_HTTP_READ, "a head fits into one read");
_Static_assert(LIMIT_HTTP_TARGET < LIMIT_HTTP_HEADER_BYTES, "a target fits into the headers");
_Static_assert(LIMIT_KV_VALUE < LIMIT_BODY_APP, "a value fits into a body");
_Static_assert(LIMIT_KV_APP_BYTES <= LIMIT_KV_ALL_APPS_BYTES, "one app is some of all apps");
_Static_assert(2 * LIMIT_KV_VALUE <= LIMIT_KV_APP_BYTES, "a value fits into a quota");
_Static_assert(LIMIT_KV_PAGE <= LIMIT_KV_PAGE_STEPS, "a page can be full");
_Static_assert(LIMIT_ETH_LIST * 64 < LIMIT_ETH_RPC_BODY, "a whole list fits into an answer");
_Static_assert(LIMIT_ARENA / 16 >= LIMIT_BODY_STARKNET_SIGN, "a body and its parse fit the arena");

#endif
