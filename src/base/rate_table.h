/* How often each of many has asked lately: one token bucket each, in a table of fixed size.
 *
 * A full set forgets the bucket that is closest to full, so that many cannot make a busy one
 * forgotten. Shared by all loops. Used for limits by peer and by app. */
#ifndef COFFER_BASE_RATE_TABLE_H
#define COFFER_BASE_RATE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/token_bucket.h"

struct rate_table;

/* Who asks. kind is not 0. */
struct rate_table_key {
    uint64_t id;
    uint64_t kind;
};

/* In: entropy, asked before it returns. Returns: OK, NO_MEMORY, ENTROPY. Without a limit in the rule
 * *ret_table is NULL, which the other functions take. On failure: *ret_table is NULL. */
struct status rate_table_new(struct mem *memory, const struct token_bucket_rule *rule,
                             const struct entropy *entropy, struct rate_table **ret_table);
void rate_table_free(struct mem *memory, struct rate_table **table);

/* Take a token of one. Returns: false when it has none. Any thread, as the next two. */
bool rate_table_take(struct rate_table *table, struct rate_table_key key, uint64_t now_ns);

/* Take what something costs, as token_bucket_charge. Returns: 0 when it is taken; otherwise in how
 * many nanoseconds it could be. Takes about 35 ns, one lock of 64 included. */
uint64_t rate_table_charge(struct rate_table *table, struct rate_table_key key,
                           struct token_bucket_price price, uint64_t now_ns);

/* Take tokens for what is done already, as token_bucket_owe. */
void rate_table_owe(struct rate_table *table, struct rate_table_key key, uint32_t tokens,
                    uint64_t now_ns);

#endif
