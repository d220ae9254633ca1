/* Logging in with an Ethereum wallet: the message that it shows and signs, made here anew.
 *
 * The wallet's page makes the same message and sends what we do not know of it: {"origin",
 * "chain_id","issued_at","sig"}. Domain and URI are the origin's, one of the tenant's, so that a
 * wallet warns of a page elsewhere; the statement is Coffer and what it is for; the nonce is P,
 * which has user, client key and challenge in it. Chain and time are the wallet's own affair: how
 * old a login may be is a question for its challenge. Contracts that are wallets are not asked.
 *
 *   app.example wants you to sign in with your Ethereum account:
 *   0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045
 *
 *   Coffer login
 *
 *   URI: https://app.example
 *   Version: 1
 *   Chain ID: 1
 *   Nonce: 31b6a5f0bc8f7b5136fd689d5dca25d1dec8222ab8a0085c17e32568e06c1ba2
 *   Issued At: 2026-01-02T03:04:05.678Z
 *
 * Used by authenticators. Any thread. Source: EIP-4361; EIP-191; RFC 3339 for the time. */
#ifndef COFFER_AUTHENTICATORS_EIP4361_H
#define COFFER_AUTHENTICATORS_EIP4361_H

#include "authenticators/authenticator.h"
#include "base/buf.h"
#include "crypto/k256.h"
#include "ethereum/eth_address.h"

enum { EIP4361_TEXT = 5120 }; /* room for every message */

/* A proof. Views into the document, in the arena. */
struct eip4361 {
    struct bytes origin;
    uint64_t chain_id; /* 1 to 2^53 - 1 */
    struct bytes issued_at;
    struct k256_signature signature;
};

/* Read a proof: chain_id is an integer, issued_at an instant to the second or with up to 9 digits
 * behind it, in UTC (Z) or with an offset, T and Z in upper case; sig as eip191_read takes it.
 * Returns: OK; BAD_REQUEST for another form; ORIGIN_UNLISTED, also for an origin that has no
 * domain; NO_MEMORY. On failure: *ret is unspecified. */
struct status eip4361_read(struct arena *arena, struct bytes proof,
                           const struct authenticator_rules *rules, struct eip4361 *ret);

/* Append the message. In: read, of eip4361_read; address, the wallet. Returns: OK; BUFFER_FULL. */
struct status eip4361_put(const struct eip4361 *read, const struct eth_address *address,
                          const struct authenticator_said *said, struct buf *out);

/* All of it. In: claim, whose key is an address in length.
 * Returns: OK; as eip4361_read; SIGNATURE_INVALID when another wallet, or another message, was
 * signed, or s is high; ENTROPY. */
struct status eip4361_verify(struct arena *arena, const struct authenticator_said *said,
                             const struct authenticator_rules *rules,
                             const struct authenticator_claim *claim);

#endif
