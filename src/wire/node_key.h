/* The key that a node's envelopes of version 2 are sealed with: what GET /v1/identity of the node
 * says, believed because the node's wallet signed it.
 *
 * It is the key that the node is registered with, or, where Odyn holds that one and can use it for
 * version 1 only, one of the node's own. No I/O. Used by clients and between nodes.
 * Source: docs/decisions/030-under-odyn-the-wallet-vouches-for-the-key-of-version-2.md. */
#ifndef COFFER_WIRE_NODE_KEY_H
#define COFFER_WIRE_NODE_KEY_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "codec/json_in.h"
#include "crypto/p384.h"
#include "ethereum/eth_address.h"

/* Whom the answer has to be about. */
struct node_key_owner {
    const uint8_t *domain; /* [32] of the deployment */
    struct bytes node;     /* wallet:boot_id, as it said with its nonce */
    struct eth_address wallet;
    struct p384_point registered;
};

/* Read the answer. Returns: OK; NODE_UNTRUSTED when it is not of this form, is about another node,
 * deployment or registered key, or is not signed by the wallet; NO_MEMORY, INTERNAL.
 * On failure: *ret is zero. */
struct status node_key_read(struct json_in_doc *doc, const struct node_key_owner *owner,
                            struct p384_point *ret);

#endif
