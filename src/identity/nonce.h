/* Nonces that a node gives out, of which nothing is kept, and the few that were spent, which are.
 *
 * A nonce is u32 seconds since the start, u32 counter, 8 bytes of HMAC under a key of this boot: so
 * whether a nonce is ours and how old it is can be told from itself, strangers cost no memory, and
 * no nonce outlives a restart. A spent nonce is remembered until it is too old to be taken anyway.
 *
 * Whatever loop gave a nonce out, any loop may get it back, and two may get it at once. So spent
 * ones are kept in shards, and nonce_shard says which; a nonce has one shard for ever, and its
 * owner holds a lock around nonce_spend. That step alone decides: it goes by the shard's own time,
 * which never goes back, so that what a shard forgot it refuses as too old, also for a loop whose
 * idea of the time is behind. Used by the check of proofs. Source: formats, section 5. */
#ifndef COFFER_IDENTITY_NONCE_H
#define COFFER_IDENTITY_NONCE_H

#include <stdint.h>

#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "digest/hmac_sha256.h"
#include "digest/keyed_sum.h"

enum {
    NONCE_BYTES = 16,
    NONCE_APP = 32, /* an app id */
};

/* Makes and tells nonces. Immutable but for the counter: any thread. *secret*. */
struct nonce_issuer {
    struct hmac_sha256_key key;
    uint64_t start_ms;
    struct keyed_sum_key sum_key;
    struct keyed_sum sum; /* of key and start */
    _Atomic uint32_t counter;
};

/* One shard of spent nonces. One thread at a time. */
struct nonce_spent;

void nonce_issuer_wipe(struct nonce_issuer *issuer);

/* Start. In: now_ms, monotonic, from which the seconds of nonces count.
 * Out: *ret, *secret*. Returns: OK; ENTROPY. On failure: *ret is zero. */
struct status nonce_start(const struct entropy *entropy, uint64_t now_ms, struct nonce_issuer *ret);

/* A new nonce. In: issuer, *secret*; now_ms, monotonic. Returns: OK; SELF_CHECK when the key or the
 * start is not what it was, until the node is started again. On failure: ret_nonce is zeros.
 * Timing: constant. */
struct status nonce_issue(struct nonce_issuer *issuer, uint64_t now_ms,
                          uint8_t ret_nonce[static NONCE_BYTES]);

/* Is it ours and young enough? Keeps nothing. In: issuer, *secret*; nonce, public.
 * Returns: OK; NONCE_INVALID when it is not from this boot of this node, or older than
 * LIMIT_NONCE_MS; SELF_CHECK as above. Timing: depends on the answer only. */
struct status nonce_check(const struct nonce_issuer *issuer,
                          const uint8_t nonce[static NONCE_BYTES], uint64_t now_ms);

/* The shard of a nonce. In: shards, a power of two, LIMIT_NONCE_SHARDS in the service. */
uint32_t nonce_shard(const uint8_t nonce[static NONCE_BYTES], uint32_t shards);

/* Memory for so many spent nonces, of which one app may hold per_app, and never more than are free.
 * In: entries from 1 to 2^24.
 * Returns: OK; NO_MEMORY. On failure: *ret is NULL. */
struct status nonce_spent_open(uint32_t entries, uint32_t per_app, struct mem *mem,
                               struct nonce_spent **ret);

/* Give back; *spent becomes NULL (it may be NULL). */
void nonce_spent_close(struct nonce_spent **spent);

/* Spend a nonce that nonce_check took, for an app that is known. In: issuer, for its start; now_ms,
 * monotonic.
 * Returns: OK, for one caller only; NONCE_SPENT; NONCE_INVALID when it is too old by now;
 * NONCE_LIMIT when this app holds its share already; OVERLOADED when the shard is full. */
struct status nonce_spend(struct nonce_spent *spent, const struct nonce_issuer *issuer,
                          const uint8_t nonce[static NONCE_BYTES],
                          const uint8_t app[static NONCE_APP], uint64_t now_ms);

/* How many are held now, without those that are too old at now_ms. */
uint32_t nonce_spent_count(struct nonce_spent *spent, const struct nonce_issuer *issuer,
                           uint64_t now_ms);

#endif
