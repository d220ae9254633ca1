/* Who a client is: the port behind which the app's two keys lie.
 *
 * A wallet that signs, and a P-384 key that agrees on keys of envelopes; whoever holds them, in a
 * file (client_key.h) or elsewhere, answers these two questions and nothing else. Used by client.h.
 * Source: formats, section 5. */
#ifndef COFFER_CLIENT_CLIENT_IDENTITY_H
#define COFFER_CLIENT_CLIENT_IDENTITY_H

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/k256.h"
#include "crypto/p384.h"
#include "ethereum/eth_address.h"
#include "wire/envelope.h"

/* All zero but for the facts: closed. */
struct client_identity {
    void *context;
    struct eth_address wallet; /* that the instance is registered with */
    struct p384_point point;   /* and its key */
    /* Sign a text with the wallet (EIP-191). Returns: OK; a code of the provider's, with which the
     * call ends. */
    struct status (*sign)(void *context, struct bytes text, struct k256_signature *ret);
    /* The keys of envelopes with a node. Out: *ret, *secret*. Returns: likewise. */
    struct status (*agree)(void *context, const struct p384_point *node, struct envelope_keys *ret);
    /* Wipe and give back. */
    void (*close)(void *context);
};

/* Each as its member says. On failure: *ret is zero. */
struct status client_identity_sign(const struct client_identity *identity, struct bytes text,
                                   struct k256_signature *ret);
struct status client_identity_agree(const struct client_identity *identity,
                                    const struct p384_point *node, struct envelope_keys *ret);

/* Close; fine twice. */
void client_identity_close(struct client_identity *identity);

#endif
