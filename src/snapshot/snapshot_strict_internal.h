/* Strict records as a tree, for snapshots.
 *
 * The tree has the shape of that of digests below one child of its root: from the root of strict
 * records, on level 1, to leaves on level 4, with 12 bits of an index. A slot is the first of four
 * leaves, of which the others stay empty; so each node is of the same slots for ever. The sum of a
 * node is that of its slots, in halves (strict_table.h).
 * Used by snapshots. Source: docs/decisions/081-strict-records-restored.md. */
#ifndef COFFER_SNAPSHOT_SNAPSHOT_STRICT_INTERNAL_H
#define COFFER_SNAPSHOT_SNAPSHOT_STRICT_INTERNAL_H

#include "cluster/strict/strict_table.h"
#include "snapshot/snapshot_object.h"
#include "store/kv_digest.h"

/* Where the reading of a node is. */
struct snapshot_strict_at {
    uint32_t slot;
    uint32_t end; /* the slot behind the last one */
    uint64_t place;
};

/* The start of what lies below a place, which is of strict records. */
struct snapshot_strict_at snapshot_strict_begin(const struct snapshot_place *place);

/* The next record. Out: borrows from the table; its digest. Returns: false at the end. */
bool snapshot_strict_next(struct strict_table *table, struct snapshot_strict_at *at,
                          struct strict_record *ret, uint8_t ret_digest[static KV_DIGEST]);

/* The sum of all that lies below a place. */
void snapshot_strict_sum(const struct strict_table *table, const struct snapshot_place *place,
                         uint8_t ret[static KV_DIGEST]);

/* Add a sum to another. */
void snapshot_strict_add(uint8_t sum[static KV_DIGEST], const uint8_t other[static KV_DIGEST]);

#endif
