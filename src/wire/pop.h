/* Proof of possession: the texts that callers and nodes sign, and the headers around them.
 *
 * Version 1 is that of the Nova reference and covers a nonce, the node's wallet and the time;
 * version 2 covers the whole request, and its answers the whole answer. Apps and peers sign with
 * their wallets; users and service keys with a key of one of the schemes 1 to 5 of auth_text.h,
 * and they name the node that they sign for, so that another one can tell them so. Here are only
 * texts: who signed them, whether a nonce is good and what the time is are questions for identity.
 * Used by the node and by clients. Source: formats, section 5; formats for users, section 12; Nova
 * reference, section 3. */
#ifndef COFFER_WIRE_POP_H
#define COFFER_WIRE_POP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

enum {
    POP_HASH = 32,
    POP_NONCE = 16,
    POP_NONCE_V1_TEXT = 24, /* base64 */
    POP_NONCE_V2_TEXT = 32, /* hex */
    POP_BOOT_ID = 16,
    POP_POINT = 97,
    POP_WALLET_TEXT = 42,
    POP_NODE_TEXT = POP_WALLET_TEXT + 1 + 2 * POP_BOOT_ID,
    POP_COUNTER_TEXT = 16, /* hex */
    POP_ID = 16,           /* of a session, a service key */
    POP_KEY_MAX = 64,      /* bytes of the key of a session */
    POP_PROOF_MAX = 2048,  /* bytes of what a user's or service's key signed with */
    POP_TEXT_MAX = 10240,  /* room for every text here */
};

/* Whose proof it is, and of which version. */
enum pop_kind {
    POP_APP_V1,
    POP_PEER_V1,
    POP_APP,
    POP_PEER,
    POP_USER,    /* a session, with its key */
    POP_SERVICE, /* a service key */
    POP_KINDS,
};

static inline bool pop_is_v1(enum pop_kind kind)
{
    return kind == POP_APP_V1 || kind == POP_PEER_V1;
}

/* Headers in lower case. caller is optional in version 1 and required in version 2; the last two
 * are NULL but for users and services, and the very last for those too. */
struct pop_names {
    const char *signature;
    const char *nonce;
    const char *time;
    const char *caller;
    const char *recipient;
    const char *key;
};

#define POP_V1_APP_ANSWER  "x-kms-response-signature"
#define POP_V1_PEER_ANSWER "x-kms-peer-signature"

/* The headers of an answer of version 2. */
#define POP_ANSWER_SIGNATURE "coffer-resp-signature"
#define POP_ANSWER_NODE      "coffer-resp-node"
#define POP_ANSWER_BLOCK     "coffer-resp-block"
#define POP_ANSWER_EPOCH     "coffer-resp-epoch"
#define POP_ANSWER_AUDIT     "coffer-resp-audit"
#define POP_ANSWER_TIME      "coffer-resp-time"

/* Values of headers as received; ptr NULL where there is none. */
struct pop_headers {
    struct bytes signature;
    struct bytes nonce;
    struct bytes time;
    struct bytes caller;
    struct bytes recipient;
    struct bytes key;
};

/* A proof whose headers are well-formed. Texts are those of the headers. */
struct pop {
    enum pop_kind kind;
    struct pop_headers text;
    uint8_t nonce[POP_NONCE]; /* zeros of a user */
    uint64_t counter;         /* of a user, in place of a nonce */
    uint8_t caller[POP_ID];   /* of a user or service */
    bool is_for_all;          /* of a user: signed for all nodes, not for one */
    uint64_t time;            /* Unix seconds in version 1, milliseconds in version 2 */
};

/* What a request of version 2 is signed over. Texts are of visible ASCII, none empty. */
struct pop_request {
    enum pop_kind kind; /* of version 2 */
    struct bytes method;
    struct bytes target;      /* as received, with its query */
    const uint8_t *body_hash; /* [POP_HASH], SHA-256; NULL: - stands in its line */
    const uint8_t *domain;    /* [POP_HASH] */
    struct bytes recipient;   /* wallet:boot_id of the node; cluster:tenant for all nodes */
    struct bytes caller;      /* wallet, id of a session as a UUID, id of a service key in hex */
    struct bytes nonce;
    uint64_t time_ms;
    struct bytes idempotency_key; /* empty: - stands in its line */
};

/* What an answer of version 2 is signed over. */
struct pop_answer {
    uint8_t request[POP_HASH]; /* pop_request_digest of the request, with its body */
    unsigned status;
    uint8_t body_hash[POP_HASH];
    struct bytes node; /* wallet:boot_id */
    uint64_t block_number;
    uint8_t block_hash[POP_HASH];
    uint32_t epoch;
    bool is_audited;
    uint32_t audit_lane;
    uint64_t audit_seq;
    uint8_t audit_hash[POP_HASH];
    uint64_t time_ms;
};

/* Values of the headers of an answer, without its signature. */
struct pop_answer_headers {
    struct bytes node;
    struct bytes block;
    struct bytes epoch;
    struct bytes audit;
    struct bytes time;
};

/* The headers of a kind. */
const struct pop_names *pop_names(enum pop_kind kind);

/* Whose proof of version 2 the form of a caller shows: POP_USER for a UUID, POP_SERVICE for 32
 * digits, POP_APP for all else. */
enum pop_kind pop_kind_of(struct bytes caller);

/* Read the headers of a proof. Times are decimal numbers; nonces are 16 bytes, in base64 in version
 * 1, in lower-case hex in version 2; callers of version 2 are wallets in lower case; a signature is
 * 130 hex digits with or without 0x. The caller of version 1 is for the authenticator to compare.
 * Of users and services signature and key are base64 of URLs, the recipient is wallet:boot_id; a
 * user's may be cluster:tenant in hex, its nonce is a counter of 16 lower-case hex digits, its
 * caller a UUID; a service's caller is its id in lower-case hex, and it names no key.
 * Returns: OK; POP_MISSING when a header that must be there is not; POP_MALFORMED.
 * On failure: *ret is zero. */
struct status pop_read(enum pop_kind kind, const struct pop_headers *headers, struct pop *ret);

/* Append the text that a caller signs in version 1. In: kind, POP_APP_V1 or POP_PEER_V1; nonce and
 * time as in their headers; wallet of the node that is asked.
 * Returns: OK; POP_MALFORMED when a piece is empty or not visible ASCII; BUFFER_FULL.
 * On failure: out is unspecified, as in all below. */
struct status pop_v1_text(enum pop_kind kind, struct bytes nonce, struct bytes wallet,
                          struct bytes time, struct buf *out);

/* Append the text that a node signs in answer. In: signature, the caller's header as received.
 * Returns: as pop_v1_text. */
struct status pop_v1_answer_text(struct bytes signature, struct bytes wallet, struct buf *out);

/* Append wallet:boot_id. In: wallet in lower case. Returns: as pop_v1_text. */
struct status pop_node_text(struct bytes wallet, const uint8_t boot_id[static POP_BOOT_ID],
                            struct buf *out);

/* Append the text that a node's wallet signs about the key of its envelopes of version 2: who knows
 * the wallet, from the registry, knows the key by it. In: domain, of the deployment; node, its
 * wallet:boot_id; point, 97 bytes of SEC1. Returns: as pop_v1_text. */
struct status pop_key_text(const uint8_t domain[static POP_HASH], struct bytes node,
                           struct bytes point, struct buf *out);

/* Append the text that a caller signs. Returns: as pop_v1_text; POP_MALFORMED also when target or
 * key are longer than their limits, or another piece than 128 bytes: the text fits POP_TEXT_MAX. */
struct status pop_request_text(const struct pop_request *request, struct buf *out);

/* SHA-256 of the text of a request: with its body hash for the answer to it (signed, or sealed),
 * without for the request's own envelope. Returns: as pop_request_text. On failure: zeros. */
struct status pop_request_digest(const struct pop_request *request,
                                 uint8_t ret_digest[static POP_HASH]);

/* Append the text that a node signs in answer. Returns: as pop_v1_text. */
struct status pop_answer_text(const struct pop_answer *answer, struct buf *out);

/* Append the values of the headers that have parts: number:hash, and lane:seq:hash or -. */
void pop_answer_put_block(const struct pop_answer *answer, struct buf *out);
void pop_answer_put_audit(const struct pop_answer *answer, struct buf *out);

/* Read the headers of an answer. In: all but request, status and body_hash of *ret come from them.
 * Returns: OK; POP_MISSING; POP_MALFORMED. On failure: what *ret had from headers is zero. */
struct status pop_answer_read(const struct pop_answer_headers *headers, struct pop_answer *ret);

#endif
