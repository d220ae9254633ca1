/* What was used up on this node: nonces of proofs, and envelopes of version 1. Made of
 * identity/nonce.h and identity/replay.h, with the locks that let any loop ask.
 * Used by proof.h, exchange.h and the routes of nonces. */
#ifndef COFFER_IDENTITY_NONCES_H
#define COFFER_IDENTITY_NONCES_H

#include <stdint.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "identity/nonce.h"
#include "identity/replay.h"

struct nonces;

/* Returns: OK; NO_MEMORY, ENTROPY. On failure: *ret is NULL. */
struct status nonces_open(const struct clock *clock, const struct entropy *entropy, struct mem *mem,
                          struct nonces **ret);
void nonces_close(struct nonces **nonces);

/* As nonce_issue, nonce_check and nonce_spend, now. */
struct status nonces_issue(struct nonces *nonces, uint8_t ret_nonce[static NONCE_BYTES]);
struct status nonces_check(const struct nonces *nonces, const uint8_t nonce[static NONCE_BYTES]);
struct status nonces_spend(struct nonces *nonces, const uint8_t nonce[static NONCE_BYTES],
                           const uint8_t app[static NONCE_APP]);

/* As replay_remember. */
struct status nonces_remember(struct nonces *nonces, const uint8_t app[static REPLAY_APP],
                              const struct p384_point *sender, const uint8_t iv[static AEAD_IV]);

#endif
