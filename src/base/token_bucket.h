/* A token bucket: how often something may happen, with bursts, in integers.
 *
 * Used for limits by peer and by app. Not thread-safe: one owner each. */
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

/* What something costs. tokens: to be taken now; paid: taken for it already, since a moment ago. */
struct token_bucket_price {
    uint32_t tokens;
    uint32_t paid;
};

/* Take what something costs, all of it or nothing. Something that costs more than a burst needs a
 * full bucket, which then owes the rest: it is paid back before anything else is given, so that
 * over time nobody has more than the rate. For something of which a part is paid, the rest is owed,
 * unless anything is owed already: what was paid would be lost for nothing, again and again.
 * In: now_ns, as above. Returns: 0 when it is taken; otherwise in how many nanoseconds it could be,
 * from its first part on. Takes one division. */
uint64_t token_bucket_charge(struct token_bucket *bucket, const struct token_bucket_rule *rule,
                             struct token_bucket_price price, uint64_t now_ns);

/* Take tokens for what is done already: what is not there is owed. */
void token_bucket_owe(struct token_bucket *bucket, const struct token_bucket_rule *rule,
                      uint32_t tokens);

#endif
