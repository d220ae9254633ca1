#include "base/token_bucket.h"

static const int64_t token = 1000000000;

static int64_t full_of(const struct token_bucket_rule *rule)
{
    return (int64_t)rule->burst * token;
}

void token_bucket_init(struct token_bucket *bucket, const struct token_bucket_rule *rule,
                       uint64_t now_ns)
{
    *bucket = (struct token_bucket){full_of(rule), now_ns};
}

/* A rate of r tokens per second is r billionths of a token per nanosecond. */
static int64_t level_at(const struct token_bucket *bucket, const struct token_bucket_rule *rule,
                        uint64_t now_ns)
{
    uint64_t elapsed = now_ns > bucket->at_ns ? now_ns - bucket->at_ns : 0;
    uint64_t missing = (uint64_t)(full_of(rule) - bucket->nano);
    if (elapsed > missing / rule->rate) {
        return full_of(rule);
    }
    return bucket->nano + (int64_t)(elapsed * rule->rate);
}

/* The bucket as it is now. */
static void refill(struct token_bucket *bucket, const struct token_bucket_rule *rule,
                   uint64_t now_ns)
{
    bucket->nano = level_at(bucket, rule, now_ns);
    bucket->at_ns = now_ns > bucket->at_ns ? now_ns : bucket->at_ns;
}

bool token_bucket_take(struct token_bucket *bucket, const struct token_bucket_rule *rule,
                       uint64_t now_ns)
{
    if (rule->rate == 0) {
        return true;
    }
    refill(bucket, rule, now_ns);
    if (bucket->nano < token) {
        return false;
    }
    bucket->nano -= token;
    return true;
}

/* What the bucket must hold for so many tokens. */
static int64_t needed(const struct token_bucket_rule *rule, uint32_t tokens)
{
    int64_t whole = (int64_t)tokens * token;
    return whole < full_of(rule) ? whole : full_of(rule);
}

static uint64_t time_until(const struct token_bucket *bucket, const struct token_bucket_rule *rule,
                           int64_t level)
{
    uint64_t missing = (uint64_t)(level - bucket->nano);
    return missing / rule->rate + (missing % rule->rate != 0);
}

uint64_t token_bucket_charge(struct token_bucket *bucket, const struct token_bucket_rule *rule,
                             struct token_bucket_price price, uint64_t now_ns)
{
    if (rule->rate == 0) {
        return 0;
    }
    refill(bucket, rule, now_ns);
    bool is_first = price.paid == 0;
    int64_t level = needed(rule, is_first ? price.tokens : price.paid);
    if (price.tokens != 0 && bucket->nano < (is_first ? level : 0)) {
        return time_until(bucket, rule, level);
    }
    token_bucket_owe(bucket, rule, price.tokens);
    return 0;
}

/* Whatever is owed, it is paid back in a time that can be counted. */
void token_bucket_owe(struct token_bucket *bucket, const struct token_bucket_rule *rule,
                      uint32_t tokens)
{
    if (rule->rate == 0) {
        return;
    }
    int64_t most = -(int64_t)TOKEN_BUCKET_MAX * token;
    int64_t left = bucket->nano - (int64_t)tokens * token;
    bucket->nano = left < most ? most : left;
}
