/* Calls of Odyn's local API, each of which waits for its answer, within a bound.
 *
 * Plain HTTP on loopback: Odyn is beside the program or nowhere. What it answers is believed as far
 * as it can be checked: a signature is given out only if the wallet made it. What passes through is
 * secret: the memory of a call is wiped at its end. One thread at a time for a link.
 * Used by the service for a node whose keys Odyn has, and by clients.
 * Source: reference of the Nova protocol, sections 4.3 and 4.6. */
#ifndef COFFER_ODYN_ODYN_LINK_H
#define COFFER_ODYN_ODYN_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/secret.h"
#include "base/status.h"
#include "crypto/aead.h"
#include "crypto/k256.h"
#include "crypto/p384.h"
#include "ethereum/eth_address.h"
#include "ethereum/eth_transaction.h"
#include "fetch/fetch_local.h"

/* Its members are its own. */
struct odyn_link {
    struct fetch_local local;
    struct arena arena; /* of the call in work */
};

/* What was sealed with Odyn's key and a peer's. */
struct odyn_link_sealed {
    struct p384_point peer;
    uint8_t iv[AEAD_IV];
    struct bytes sealed; /* ciphertext and tag */
};

/* Whose keys Odyn has. */
struct odyn_link_keys {
    struct eth_address wallet;
    struct p384_point point;
};

/* True for http:// to 127.0.0.1 or [::1] with or without a port, and nothing else. */
bool odyn_link_url_valid(const char *url);

/* A link, without asking anything. In: timeout_ms, of each call, 1 to 600000.
 * Returns: OK; CONFIG_INVALID when the URL is not as above; NO_MEMORY. On failure: odyn_link_deinit
 * is still fine, calls are not. */
struct status odyn_link_init(struct odyn_link *link, const char *url, uint32_t timeout_ms);

/* Close and wipe. Fine twice, and for zeros. */
void odyn_link_deinit(struct odyn_link *link);

/* All calls return, besides what they name: OK; ODYN_UNAVAILABLE when there is no answer in time,
 * or none that is HTTP; ODYN_INVALID for one that is not what was asked for; NO_MEMORY.
 * On failure: outputs are zero or empty. */

struct status odyn_link_keys(struct odyn_link *link, struct odyn_link_keys *ret);

/* Sign a text as EIP-191 has it. In: text, UTF-8, not empty; wallet, that has to have signed.
 * Out: *ret, v of 0 or 1, low s, recovered to that wallet. */
struct status odyn_link_sign(struct odyn_link *link, const struct eth_address *wallet,
                             struct bytes text, struct k256_signature *ret);

/* Sign a transaction that calls a contract and sends nothing. In: raw, with room for it. Out: raw,
 * appended: just that transaction, signed by that wallet. On failure: raw is as it was. */
struct status odyn_link_sign_transaction(struct odyn_link *link, const struct eth_address *wallet,
                                         const struct eth_transaction *transaction,
                                         struct buf *raw);

/* 32 bytes of its random generator. Out: *ret, *secret*. */
struct status odyn_link_random(struct odyn_link *link, struct secret32 *ret);

/* Open what a peer sealed for Odyn's P-384 key, version 1 of envelopes. Out: *ret_text in arena,
 * *secret*. Also returns: AEAD_INVALID when Odyn refuses it. */
struct status odyn_link_decrypt(struct odyn_link *link, struct arena *arena,
                                const struct odyn_link_sealed *in, struct bytes *ret_text);

/* Seal for a peer. In: text, JSON, *secret*. Out: *ret, in arena. */
struct status odyn_link_encrypt(struct odyn_link *link, struct arena *arena,
                                const struct p384_point *peer, struct bytes text,
                                struct odyn_link_sealed *ret);

/* An attestation document of up to LIMIT_ODYN_DOCUMENT bytes, which nothing is checked of.
 * In: nonce and binding, as odyn_attestation_body has them. Out: *ret_document in arena. */
struct status odyn_link_attest(struct odyn_link *link, struct arena *arena, struct bytes nonce,
                               struct bytes binding, struct bytes *ret_document);

#endif
