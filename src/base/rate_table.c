#include "base/rate_table.h"

#include <string.h>

#include "base/thread.h"

/* Not base/table: what gives way is not the oldest but the fullest bucket, and each set has a lock
 * of many, so that loops do not wait for each other. */
enum {
    SETS = 4096,
    WAYS = 8,
    LOCKS = 64,
};

struct entry {
    struct rate_table_key key; /* kind 0: free */
    struct token_bucket bucket;
};

struct rate_table {
    struct token_bucket_rule rule;
    uint64_t salt[2];
    struct thread_lock locks[LOCKS];
    struct entry sets[SETS][WAYS];
};

struct status rate_table_new(struct mem *memory, const struct token_bucket_rule *rule,
                             const struct entropy *entropy, struct rate_table **ret_table)
{
    *ret_table = NULL;
    if (rule->rate == 0) {
        return OK;
    }
    uint64_t salt[2];
    TRY(entropy_fill(entropy, (uint8_t *)salt, sizeof salt));
    void *block = NULL;
    TRY(mem_alloc(memory, sizeof(struct rate_table), &block));
    struct rate_table *table = block;
    table->rule = *rule;
    memcpy(table->salt, salt, sizeof salt);
    for (size_t i = 0; i < LOCKS; i++) {
        thread_lock_init(&table->locks[i]);
    }
    *ret_table = table;
    return OK;
}

void rate_table_free(struct mem *memory, struct rate_table **table)
{
    if (*table == NULL) {
        return;
    }
    for (size_t i = 0; i < LOCKS; i++) {
        thread_lock_deinit(&(*table)->locks[i]);
    }
    void *block = *table;
    mem_free(memory, &block);
    *table = NULL;
}

/* Mixed with numbers nobody outside knows, so that a set cannot be filled on purpose. */
static size_t set_of(const struct rate_table *table, struct rate_table_key key)
{
    uint64_t mixed = key.id ^ table->salt[0];
    mixed = (mixed ^ mixed >> 32) * 0x9e3779b97f4a7c15u;
    mixed ^= key.kind ^ table->salt[1];
    mixed = (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9u;
    mixed ^= mixed >> 32;
    mixed *= 0x94d049bb133111ebu;
    return mixed >> 52;
}

_Static_assert(SETS == 1 << (64 - 52), "the top bits choose a set");

/* The bucket of one, with its lock taken. */
static struct token_bucket *bucket_locked(struct rate_table *table, struct rate_table_key key,
                                          uint64_t now_ns, struct thread_lock **ret_lock)
{
    size_t index = set_of(table, key);
    struct entry *set = table->sets[index];
    *ret_lock = &table->locks[index % LOCKS];
    thread_lock_take(*ret_lock);
    struct entry *spare = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key.id == key.id && set[i].key.kind == key.kind) {
            return &set[i].bucket;
        }
        if (spare->key.kind != 0 &&
            (set[i].key.kind == 0 || set[i].bucket.nano > spare->bucket.nano)) {
            spare = &set[i];
        }
    }
    spare->key = key;
    token_bucket_init(&spare->bucket, &table->rule, now_ns);
    return &spare->bucket;
}

bool rate_table_take(struct rate_table *table, struct rate_table_key key, uint64_t now_ns)
{
    if (table == NULL) {
        return true;
    }
    struct thread_lock *lock = NULL;
    struct token_bucket *bucket = bucket_locked(table, key, now_ns, &lock);
    bool is_taken = token_bucket_take(bucket, &table->rule, now_ns);
    thread_lock_give(lock);
    return is_taken;
}

uint64_t rate_table_charge(struct rate_table *table, struct rate_table_key key,
                           struct token_bucket_price price, uint64_t now_ns)
{
    if (table == NULL) {
        return 0;
    }
    struct thread_lock *lock = NULL;
    struct token_bucket *bucket = bucket_locked(table, key, now_ns, &lock);
    uint64_t wait_ns = token_bucket_charge(bucket, &table->rule, price, now_ns);
    thread_lock_give(lock);
    return wait_ns;
}

void rate_table_owe(struct rate_table *table, struct rate_table_key key, uint32_t tokens,
                    uint64_t now_ns)
{
    if (table == NULL) {
        return;
    }
    struct thread_lock *lock = NULL;
    struct token_bucket *bucket = bucket_locked(table, key, now_ns, &lock);
    token_bucket_owe(bucket, &table->rule, tokens);
    thread_lock_give(lock);
}
