/* A hash table of fixed capacity: keys of one length, values of one size, and an order in which
 * entries give way.
 *
 * All memory is placed at the start, where the owner says: heap, or locked memory for secrets.
 * Places of keys depend on random numbers of the table (pair-multiply-shift: of keys that were
 * chosen without them, two share a bucket no more often than chance), so that nobody outside fills
 * a bucket on purpose. Values are zeros when they are added and wiped when they go.
 *
 * Costs: find, add and remove touch a bucket, on average 1.5 entries of at most 24 bytes more than
 * key and value, and two neighbours where the order changes; nothing is ever moved or grown. One
 * thread at a time: an owner that is shared holds a lock, or has a table for each of its shards.
 * Used by caches and bounded memories. Source: Thorup, High Speed Hashing for Integers and
 * Strings, 3.5. */
#ifndef COFFER_BASE_TABLE_H
#define COFFER_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/status.h"

enum {
    TABLE_KEY_MAX = 104,
    TABLE_CAPACITY_MAX = 1 << 26,
};

/* What gives way when a table is full. */
enum table_order {
    TABLE_LRU,  /* the entry that was found or added longest ago */
    TABLE_FIFO, /* the entry that was added longest ago */
    TABLE_KEEP, /* none: nothing more is added */
};

struct table_rule {
    size_t capacity;  /* 1 to TABLE_CAPACITY_MAX */
    size_t key_len;   /* 1 to TABLE_KEY_MAX */
    size_t value_len; /* may be 0 */
    enum table_order order;
};

struct table;

/* The memory that a table needs. */
size_t table_size(const struct table_rule *rule);

/* An empty table. In: memory of table_size bytes, zeroed, aligned to 16; it stays the owner's, who
 * frees it when the table is not used any more.
 * Returns: OK, ENTROPY. On failure: *ret_table is NULL. */
struct status table_place(void *memory, const struct table_rule *rule,
                          const struct entropy *entropy, struct table **ret_table);

/* Values are aligned to 8 and stay where they are until they go. Keys are public: time tells where
 * one lies. In: key of key_len bytes. */

/* Returns: the value of a key, which is the newest now under TABLE_LRU; NULL when there is none. */
void *table_find(struct table *table, const void *key);

/* A value of zeros for a key that is not there; the newest. When the table is full the oldest goes
 * first. Returns: NULL when it is full and keeps what it has. */
void *table_add(struct table *table, const void *key);

/* Forget an entry. In: value, of this table. */
void table_remove(struct table *table, void *value);

/* The key of a value of this table. */
const void *table_key(const struct table *table, const void *value);

/* The entry that gives way next, and the one after a value in that order; NULL without one. */
void *table_oldest(const struct table *table);
void *table_newer(const struct table *table, const void *value);

size_t table_count(const struct table *table);

#endif
