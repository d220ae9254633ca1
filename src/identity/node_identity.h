/* What a node is for the life of its process: a wallet, a P-384 key and a boot id, all random.
 *
 * The keys lie in guarded memory and never leave it; others are given signatures and the keys of
 * envelopes. Immutable once made, so any thread may use it. Used by the check of proofs, by answers
 * and by what registers the node. Source: formats, sections 4 and 5. */
#ifndef COFFER_IDENTITY_NODE_IDENTITY_H
#define COFFER_IDENTITY_NODE_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/entropy.h"
#include "base/status.h"
#include "crypto/k256.h"
#include "crypto/p384.h"
#include "ethereum/eth_address.h"
#include "wire/envelope.h"
#include "wire/pop.h"

/* The private half lies behind it. */
struct node_identity;

/* What everybody may know. Texts as they stand in signed lines. */
struct node_identity_facts {
    struct eth_address wallet;
    struct p384_point point;
    uint8_t boot_id[POP_BOOT_ID];
    uint8_t wallet_text[POP_WALLET_TEXT];   /* lower case */
    uint8_t checksum_text[POP_WALLET_TEXT]; /* EIP-55 */
    uint8_t node_text[POP_NODE_TEXT];       /* wallet:boot_id */
};

/* Make a new identity. Out: *ret, to be closed. Returns: OK; ENTROPY; NO_MEMORY; INTERNAL.
 * On failure: *ret is NULL. */
struct status node_identity_open(const struct entropy *entropy, struct node_identity **ret);

/* The same with given keys. In: wallet and key, *secret*. Returns: as above; KEY_INVALID.
 * On failure: *ret is NULL. */
struct status node_identity_from(const struct k256_key *wallet, const struct p384_key *key,
                                 const uint8_t boot_id[static POP_BOOT_ID],
                                 struct node_identity **ret);

/* Wipe and give back; *identity becomes NULL (it may be NULL). */
void node_identity_close(struct node_identity **identity);

const struct node_identity_facts *node_identity_facts(const struct node_identity *identity);

/* Sign a text with the wallet (EIP-191). Returns: as eip191_sign. On failure: *ret is zero. */
struct status node_identity_sign(const struct node_identity *identity, struct bytes text,
                                 struct k256_signature *ret);

/* The keys of envelopes with a peer: one agreement. Out: *ret, *secret*.
 * Returns: as envelope_keys. On failure: *ret is zero. Timing: constant. */
struct status node_identity_keys(const struct node_identity *identity,
                                 const struct p384_point *peer, enum envelope_end end,
                                 struct envelope_keys *ret);

/* Sign an answer of version 1: append the value of its header. In: signature, the caller's header
 * as received; is_checksum, which spelling of the wallet the caller signed.
 * Returns: OK; POP_MALFORMED; BUFFER_FULL; those of eip191_sign. */
struct status node_identity_answer_v1(const struct node_identity *identity, struct bytes signature,
                                      bool is_checksum, struct buf *out);

/* Sign an answer of version 2: append the value of its signature header. In: answer, whose node is
 * this one whatever it says. Returns: as above. */
struct status node_identity_answer(const struct node_identity *identity,
                                   const struct pop_answer *answer, struct buf *out);

#endif
