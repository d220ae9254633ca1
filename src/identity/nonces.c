#include "identity/nonces.h"

#include "base/limits.h"
#include "base/secret.h"
#include "base/thread.h"

struct shard {
    struct thread_lock lock;
    struct nonce_spent *spent;
};

struct nonces {
    struct mem *mem;
    struct clock clock;
    struct nonce_issuer *issuer; /* in secret memory: who has its key makes nonces */
    struct shard shards[LIMIT_NONCE_SHARDS];
    struct thread_lock lock; /* of envelopes */
    struct mem envelopes;
    struct replay *replay;
};

static struct status open_parts(struct nonces *nonces, const struct entropy *entropy)
{
    void *memory = NULL;
    TRY(secret_alloc(sizeof *nonces->issuer, &memory));
    nonces->issuer = memory;
    TRY(nonce_start(entropy, clock_monotonic_ms(&nonces->clock), nonces->issuer));
    for (size_t i = 0; i < LIMIT_NONCE_SHARDS; i++) {
        TRY(nonce_spent_open(LIMIT_NONCE_SPENT / LIMIT_NONCE_SHARDS,
                             LIMIT_NONCE_SPENT_APP / LIMIT_NONCE_SHARDS, nonces->mem,
                             &nonces->shards[i].spent));
    }
    mem_init(&nonces->envelopes, LIMIT_REPLAY_BYTES);
    return replay_open(LIMIT_REPLAY_APP, entropy, &nonces->envelopes, &nonces->replay);
}

struct status nonces_open(const struct clock *clock, const struct entropy *entropy, struct mem *mem,
                          struct nonces **ret)
{
    void *memory = NULL;
    *ret = NULL;
    TRY(mem_alloc(mem, sizeof **ret, &memory));
    struct nonces *nonces = memory;
    nonces->mem = mem;
    nonces->clock = *clock;
    thread_lock_init(&nonces->lock);
    for (size_t i = 0; i < LIMIT_NONCE_SHARDS; i++) {
        thread_lock_init(&nonces->shards[i].lock);
    }
    struct status status = open_parts(nonces, entropy);
    if (!status_is_ok(status)) {
        nonces_close(&nonces);
    }
    *ret = nonces;
    return status;
}

void nonces_close(struct nonces **nonces)
{
    if (*nonces == NULL) {
        return;
    }
    struct nonces *closing = *nonces;
    struct mem *mem = closing->mem;
    for (size_t i = 0; i < LIMIT_NONCE_SHARDS; i++) {
        nonce_spent_close(&closing->shards[i].spent);
        thread_lock_deinit(&closing->shards[i].lock);
    }
    replay_close(&closing->replay);
    thread_lock_deinit(&closing->lock);
    void *memory = closing->issuer;
    secret_free(&memory, sizeof *closing->issuer);
    memory = closing;
    mem_free(mem, &memory);
    *nonces = NULL;
}

static uint64_t now_ms(const struct nonces *nonces)
{
    return clock_monotonic_ms(&nonces->clock);
}

struct status nonces_issue(struct nonces *nonces, uint8_t ret_nonce[static NONCE_BYTES])
{
    return nonce_issue(nonces->issuer, now_ms(nonces), ret_nonce);
}

struct status nonces_check(const struct nonces *nonces, const uint8_t nonce[static NONCE_BYTES])
{
    return nonce_check(nonces->issuer, nonce, now_ms(nonces));
}

struct status nonces_spend(struct nonces *nonces, const uint8_t nonce[static NONCE_BYTES],
                           const uint8_t app[static NONCE_APP])
{
    struct shard *shard = &nonces->shards[nonce_shard(nonce, LIMIT_NONCE_SHARDS)];
    thread_lock_take(&shard->lock);
    struct status status = nonce_spend(shard->spent, nonces->issuer, nonce, app, now_ms(nonces));
    thread_lock_give(&shard->lock);
    return status;
}

struct status nonces_remember(struct nonces *nonces, const uint8_t app[static REPLAY_APP],
                              const struct p384_point *sender, const uint8_t iv[static AEAD_IV])
{
    thread_lock_take(&nonces->lock);
    struct status status = replay_remember(nonces->replay, app, sender, iv);
    thread_lock_give(&nonces->lock);
    return status;
}
