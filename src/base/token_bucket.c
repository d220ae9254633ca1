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

bool token_bucket_take(struct token_bucket *bucket, const struct token_bucket_rule *rule,
                       uint64_t now_ns)
{
    if (rule->rate == 0) {
        return true;
    }
    bucket->nano = level_at(bucket, rule, now_ns);
    bucket->at_ns = now_ns > bucket->at_ns ? now_ns : bucket->at_ns;
    if (bucket->nano < token) {
        return false;
    }
    bucket->nano -= token;
    return true;
}

void token_bucket_charge(struct token_bucket *bucket, const struct token_bucket_rule *rule,
                         uint32_t tokens)
{
    if (rule->rate == 0) {
        return;
    }
    int64_t floor = -full_of(rule);
    int64_t left = bucket->nano - (int64_t)tokens * token;
    bucket->nano = left < floor ? floor : left;
}
