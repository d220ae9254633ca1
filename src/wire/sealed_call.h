/* A request of version 2 as its sender makes it, and the answer as its sender believes it.
 *
 * What an app and a node do alike when they ask a node: take its nonce, seal what they say to its
 * key, put it under a proof of possession, and believe an answer when the node's wallet signed it
 * as the answer to exactly this request. Nothing here sends, signs or keeps anything.
 * Used by clients and between nodes. Source: formats, section 5. */
#ifndef COFFER_WIRE_SEALED_CALL_H
#define COFFER_WIRE_SEALED_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "crypto/k256.h"
#include "crypto/p384.h"
#include "ethereum/eth_address.h"
#include "wire/envelope.h"
#include "wire/pop.h"

enum {
    SEALED_CALL_LINES = 5,   /* header lines of a request, at most */
    SEALED_CALL_LINE = 512,  /* bytes of one, with its NUL */
    SEALED_CALL_FRAME = 512, /* at most that many of an envelope are not what is sealed */
};

/* What a node says to GET /v1/nonce: texts, NUL-terminated. */
struct sealed_call_nonce {
    char nonce[POP_NONCE_V2_TEXT + 1];
    char node[POP_NODE_TEXT + 1]; /* wallet:boot_id */
};

/* One request. Not to be copied once it was sealed. */
struct sealed_call {
    struct pop_request proof; /* all but body_hash is its owner's; its texts outlive the call */
    uint8_t body_hash[POP_HASH];
    uint8_t digest[POP_HASH]; /* of the signed text, which answers are bound to */
    struct bytes body;        /* what is sent; empty for none */
};

/* A node as it answers: what is agreed on with it, *secret*, and the key that it seals with. */
struct sealed_call_node {
    const struct envelope_keys *keys;
    const struct p384_point *point;
};

/* One answer as it came. */
struct sealed_call_answer {
    unsigned http;
    struct pop_answer_headers headers;
    struct bytes signature; /* the header POP_ANSWER_SIGNATURE */
    struct bytes body;
};

/* Bytes of an envelope of version 2 with a text of len bytes, at most. */
size_t sealed_call_body_max(size_t len);

/* Read what a node said about its nonce; whether it is the node, its signature will show.
 * In: wallet, whose it has to be. Returns: OK; NODE_UNTRUSTED for another one, or what is not of
 * this form. On failure: *ret is zero. */
struct status sealed_call_read_nonce(struct json_in_doc *doc, const struct eth_address *wallet,
                                     struct sealed_call_nonce *ret);

/* Seal what is said, and hash it. In: sealer, *secret* in its keys; text, *secret*; empty: there is
 * no body. Out: call, all but proof; its body in arena. Returns: OK; POP_MALFORMED; as
 * envelope_seal. On failure: call is of no use. Timing: depends on lengths only. */
struct status sealed_call_seal(struct arena *arena, const struct envelope_sealer *sealer,
                               struct bytes text, struct sealed_call *call);

/* The header lines of its proof, such as "name: value", NUL-terminated, in arena. In: signature, by
 * the caller's wallet over pop_request_text of the call's proof. Returns: OK; NO_MEMORY;
 * BUFFER_FULL. On failure: *ret_count is 0. */
struct status sealed_call_put_lines(struct arena *arena, const struct sealed_call *call,
                                    const struct k256_signature *signature,
                                    const char *ret_lines[static SEALED_CALL_LINES],
                                    size_t *ret_count);

/* True when that wallet, as the node that was asked, signed exactly this answer to exactly this
 * request. */
bool sealed_call_is_signed(const struct sealed_call *call, const struct eth_address *wallet,
                           const struct sealed_call_answer *answer);

/* Open the body of an answer that was signed. In: node, *secret* in its keys. Out: *ret_text in
 * arena, *secret*. Returns: OK; NODE_UNTRUSTED when it is no envelope of this node in answer to
 * this request; NO_MEMORY, INTERNAL. On failure: *ret_text is empty.
 * Timing: depends on lengths and on the answer. */
struct status sealed_call_open(struct arena *arena, const struct sealed_call *call,
                               const struct sealed_call_node *node, struct bytes body,
                               struct bytes *ret_text);

#endif
