/* The strict records of a node: a table in memory, never evicted.
 *
 * A record has a slot (who counts for it), a kind, a tenant and a key. Nothing leaves the table but
 * what its kind says is gone. It grows with its records up to a budget of bytes; then nothing new
 * comes in, and what is there may change within an eighth more. Each slot has a sum over its
 * records, so that two members see whether theirs are the same, and an order in which they are
 * paged: that in which they first came. What a node may not lack has a later place with every
 * change, so that a peer reads what came since it read last.
 *
 * Costs: to find, add or change one, log2 of how many its slot has; to go on where a peer has
 * stopped, what is new; a tick, what is gone.
 * One owner at a time. Used by the machine of strict records (strict.h). */
#ifndef COFFER_CLUSTER_STRICT_STRICT_TABLE_H
#define COFFER_CLUSTER_STRICT_STRICT_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/reader.h"
#include "base/status.h"
#include "cluster/strict/strict_kinds.h"

enum {
    STRICT_SLOTS = 1024,
    STRICT_TENANT = 32,
    STRICT_KEY_MAX = 290, /* of a statement about the longest name */
    STRICT_RECORD_MAX = 2 + 1 + STRICT_TENANT + 2 + STRICT_KEY_MAX + 8 + STRICT_BOOT + 4 +
                        STRICT_VALUE_MAX, /* on the wire */
};

/* Borrows. */
struct strict_record {
    uint16_t slot;
    enum strict_kind kind;
    uint8_t tenant[STRICT_TENANT];
    struct bytes key; /* 1 to STRICT_KEY_MAX */
    struct strict_version version;
};

/* Two sums of halves of digests. */
struct strict_sum {
    uint64_t halves[2];
};

struct strict_table;

/* In: bytes_max, of all records with what they cost beside keys and values (strict_table_bytes).
 * Returns: OK; NO_MEMORY; ENTROPY. On failure: *ret is NULL. */
struct status strict_table_open(struct mem *mem, const struct entropy *entropy, size_t bytes_max,
                                struct strict_table **ret);
void strict_table_close(struct strict_table **table);

/* Count from now on what comes, changes and goes, in a number for each slot that others read at any
 * time. In: changes, [STRICT_SLOTS], outlives the table; or NULL. */
void strict_table_watch(struct strict_table *table, _Atomic uint64_t *changes);

/* Take a record in. Returns: OK, also when it brought nothing or is gone; RECORD_INVALID when it is
 * none; OVERLOADED when the table is full, NO_MEMORY. On failure: nothing changes. */
struct status strict_table_merge(struct strict_table *table, const struct strict_record *record,
                                 uint64_t wall_ms);

/* What is there under the slot, kind, tenant and key of a record. Out: borrows from the table, until
 * it changes. Returns: false without one. */
bool strict_table_find(struct strict_table *table, const struct strict_record *named,
                       struct strict_record *ret);

/* The next record of a slot in the order of coming, behind a place; 0: from the start. Out:
 * *place, its own. Returns: false at the end. */
bool strict_table_next(struct strict_table *table, uint16_t slot, uint64_t *place,
                       struct strict_record *ret);

/* Records of a slot, shown one after the other. */
struct strict_walk {
    uint16_t slot;
    size_t limit; /* so many are shown at most, 1 or more */
    /* Only those of its slot, kind and tenant whose keys begin with its key, in the order of keys; or
     * NULL: all, in the order of coming. Its key may be empty. */
    const struct strict_record *named;
    void *visitor;
    /* Calls nothing of the table. */
    void (*visit)(void *visitor, const struct strict_record *record);
    /* Where to go on; zeros: from the start. Of the table, until the end. */
    uint64_t place;
    uint8_t last[STRICT_KEY_MAX];
    size_t last_len;
};

/* Returns: whether there is more. */
bool strict_table_walk(struct strict_table *table, struct strict_walk *walk);

/* --- what is new ------------------------------------------------------------------------------ */

/* A number of this table, other than 0 and than that of any other one: places are of one table. */
uint64_t strict_table_name(const struct strict_table *table);

/* The place of the last change so far. */
uint64_t strict_table_top(const struct strict_table *table);

/* What a node may not lack and came behind a place, slot after slot. */
struct strict_news {
    uint64_t since;
    uint16_t slot; /* how far it is; 0 and 0 at the start */
    uint64_t place;
};

/* The next such record. Returns: false at the end. */
bool strict_table_news(struct strict_table *table, struct strict_news *at,
                       struct strict_record *ret);

/* --- the whole -------------------------------------------------------------------------------- */

/* Remove what is gone, some at a time. */
void strict_table_tick(struct strict_table *table, uint64_t wall_ms);

/* Of all records of a slot; of those, of all slots, that a node may not lack. */
struct strict_sum strict_table_sum(const struct strict_table *table, uint16_t slot);
struct strict_sum strict_table_listed(const struct strict_table *table);
/* What one record adds to them. */
struct strict_sum strict_record_sum(const struct strict_record *record);
bool strict_sum_equal(const struct strict_sum *a, const struct strict_sum *b);

/* The greatest term under which a record that was here was written. */
uint64_t strict_table_term(const struct strict_table *table);

size_t strict_table_count(const struct strict_table *table);
size_t strict_table_bytes(const struct strict_table *table);

/* slot u16, kind u8, tenant 32, key after its length u16, ballot (term u64, boot 16), value after
 * its length u32. Returns of read: false when it is malformed (body->failed is set). */
void strict_record_put(struct buf *out, const struct strict_record *record);
bool strict_record_read(struct reader *body, struct strict_record *ret);

#endif
