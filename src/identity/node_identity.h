/* What a node is for the life of its process: a wallet, P-384 keys of envelopes and a boot id.
 *
 * Either all of it is random and lies in guarded memory, never to leave it. Or the wallet and the
 * key of version 1 lie with somebody who uses them for us (struct node_identity_remote: Odyn), and
 * only the key of version 2, which Odyn cannot use, is made here. Then what needs them waits for an
 * answer from elsewhere: not on the thread of an event loop. Immutable once made, so any thread may
 * use it. Used by the check of proofs, by answers and by what registers the node.
 * Source: formats, sections 4 and 5. */
#ifndef COFFER_IDENTITY_NODE_IDENTITY_H
#define COFFER_IDENTITY_NODE_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/entropy.h"
#include "base/status.h"
#include "crypto/k256.h"
#include "crypto/p384.h"
#include "ethereum/eth_address.h"
#include "ethereum/eth_transaction.h"
#include "wire/envelope.h"
#include "wire/pop.h"

/* The private half lies behind it. */
struct node_identity;

/* What everybody may know. Texts as they stand in signed lines. */
struct node_identity_facts {
    struct eth_address wallet;
    struct p384_point point;    /* of envelopes of version 2 */
    struct p384_point point_v1; /* the registered one, of version 1; the same without Odyn */
    uint8_t boot_id[POP_BOOT_ID];
    uint8_t wallet_text[POP_WALLET_TEXT];   /* lower case */
    uint8_t checksum_text[POP_WALLET_TEXT]; /* EIP-55 */
    uint8_t node_text[POP_NODE_TEXT];       /* wallet:boot_id */
};

/* Who has the wallet and the key of version 1. Calls come from any thread and may take a while; how
 * long is bounded by who answers them. context outlives the identity. */
struct node_identity_remote {
    void *context;
    struct eth_address wallet;
    struct p384_point point;
    /* Whether there is any use in asking now; answers at once. Returns: OK, or why not. */
    struct status (*check)(void *context);
    /* Sign a text (EIP-191). Out: *ret, v of 0 or 1, low s, made by the wallet. */
    struct status (*sign)(void *context, struct bytes text, struct k256_signature *ret);
    /* Sign a transaction. Out: raw, appended, which the wallet made of just that. */
    struct status (*sign_transaction)(void *context, const struct eth_transaction *transaction,
                                      struct buf *raw);
    /* Open an envelope of version 1. Out: *ret_text in arena. Also returns: AEAD_INVALID. */
    struct status (*open)(void *context, struct arena *arena, const struct envelope *envelope,
                          struct bytes *ret_text);
    /* Seal one for a peer. In: text, JSON. Out: iv and sealed of *ret, in arena. */
    struct status (*seal)(void *context, struct arena *arena, const struct p384_point *peer,
                          struct bytes text, struct envelope *ret);
};

/* Make a new identity. Out: *ret, to be closed. Returns: OK; ENTROPY; NO_MEMORY; INTERNAL.
 * On failure: *ret is NULL. */
struct status node_identity_open(const struct entropy *entropy, struct node_identity **ret);

/* The same with given keys. In: wallet and key, *secret*; entropy, of the sum that they are
 * compared with whenever they were used. Returns: as above; KEY_INVALID.
 * On failure: *ret is NULL. */
struct status node_identity_from(const struct k256_key *wallet, const struct p384_key *key,
                                 const uint8_t boot_id[static POP_BOOT_ID],
                                 const struct entropy *entropy, struct node_identity **ret);

/* Make one whose wallet, and key of version 1, are with somebody else. In: remote, copied.
 * Returns: as node_identity_open. On failure: *ret is NULL. */
struct status node_identity_open_remote(const struct node_identity_remote *remote,
                                        const struct entropy *entropy, struct node_identity **ret);

/* Wipe and give back; *identity becomes NULL (it may be NULL). */
void node_identity_close(struct node_identity **identity);

const struct node_identity_facts *node_identity_facts(const struct node_identity *identity);

/* Whether its keys can be used now. Returns: OK, always with keys of our own; ODYN_UNAVAILABLE,
 * ODYN_INVALID, IDENTITY_CHANGED. */
struct status node_identity_check(const struct node_identity *identity);

/* True when what needs the wallet, or opens or seals version 1, may have to wait. */
bool node_identity_is_remote(const struct node_identity *identity);

/* Sign a text with the wallet (EIP-191). Returns: as eip191_sign; SELF_CHECK when our own keys are
 * not what they were at the start, until the node is started again; of a remote wallet those of
 * node_identity_check besides. On failure: *ret is zero. */
struct status node_identity_sign(const struct node_identity *identity, struct bytes text,
                                 struct k256_signature *ret);

/* Sign a transaction with the wallet. In: raw, empty. Out: raw, ready to be sent.
 * Returns: as node_identity_sign; BUFFER_FULL. On failure: raw is empty. */
struct status node_identity_sign_transaction(const struct node_identity *identity,
                                             const struct eth_transaction *transaction,
                                             struct buf *raw);

/* The keys of envelopes with a peer: one agreement. With a remote wallet those of version 2 only,
 * and those of version 1 are of no use. Out: *ret, *secret*.
 * Returns: as envelope_keys; SELF_CHECK as node_identity_sign. On failure: *ret is zero.
 * Timing: depends on the answer only. */
struct status node_identity_keys(const struct node_identity *identity,
                                 const struct p384_point *peer, enum envelope_end end,
                                 struct envelope_keys *ret);

/* Open an envelope of version 1 with a remote key, and seal an answer to it; only where
 * node_identity_is_remote. In: envelope, whose sender is known; to, whose sender is the receiver of
 * the answer and whose member names the ciphertext; text, JSON, *secret*. Out: *ret_text,
 * *secret*, and *ret_json in arena.
 * Returns: OK; AEAD_INVALID of opening; those of node_identity_check; NO_MEMORY. On failure: what
 * is returned is empty. */
struct status node_identity_open_v1(const struct node_identity *identity, struct arena *arena,
                                    const struct envelope *envelope, struct bytes *ret_text);
struct status node_identity_seal_v1(const struct node_identity *identity, struct arena *arena,
                                    const struct envelope *to, struct bytes text,
                                    struct bytes *ret_json);

/* Append the text by which the wallet vouches for the key of version 2. In: domain, of the
 * deployment. Returns: as pop_key_text. */
struct status node_identity_key_text(const struct node_identity *identity,
                                     const uint8_t domain[static POP_HASH], struct buf *out);

/* Sign an answer of version 1: append the value of its header, v of 0 or 1. In: signature, the
 * caller's header as received; is_checksum, which spelling of the wallet the caller signed.
 * Returns: OK; POP_MALFORMED; BUFFER_FULL; those of node_identity_sign. */
struct status node_identity_answer_v1(const struct node_identity *identity, struct bytes signature,
                                      bool is_checksum, struct buf *out);

/* Sign an answer of version 2: append the value of its signature header, v of 27 or 28. In: answer,
 * whose node is this one whatever it says. Returns: as above. */
struct status node_identity_answer(const struct node_identity *identity,
                                   const struct pop_answer *answer, struct buf *out);

#endif
