/* A token bucket: how often something may happen, with bursts, in integers.
 *
 * Used for limits by peer. Not thread-safe: one owner each. */
#ifndef COFFER_BASE_TOKEN_BUCKET_H
#define COFFER_BASE_TOKEN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/* rate: tokens per second, 0 for no limit, at most TOKEN_BUCKET_MAX; burst: tokens that a rested
 * bucket holds, 1 to TOKEN_BUCKET_MAX. */
struct token_bucket_rule {
    uint32_t rate;
    uint32_t burst;
};

#define TOKEN_BUCKET_MAX 1000000000

/* Made by token_bucket_init. */
struct token_bucket {
    int64_t nano; /* billionths of a token; negative: owed */
    uint64_t at_ns;
};

/* A full bucket at now_ns of the monotonic clock. */
void token_bucket_init(struct token_bucket *bucket, const struct token_bucket_rule *rule,
                       uint64_t now_ns);

/* Take one token. In: now_ns; a time before the last one counts as the last one.
 * Returns: false when there is no whole token; nothing is taken then. */
bool token_bucket_take(struct token_bucket *bucket, const struct token_bucket_rule *rule,
                       uint64_t now_ns);

/* Take tokens more for a request that turned out to be larger: what is not there is owed, one burst
 * at most, and paid back before the next token is given. */
void token_bucket_charge(struct token_bucket *bucket, const struct token_bucket_rule *rule,
                         uint32_t tokens);

#endif
