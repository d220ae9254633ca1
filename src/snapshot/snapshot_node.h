/* Nodes of a snapshot: what lies below each of the 16 children of a node of the tree of digests.
 *
 * 16 entries: kind u8 (0 nothing, 1 a node, 2 records), sum 16, records u32, count u16, then so
 * many names of 32 bytes. Nothing has zeros and no names; a node one; records one, and of a leaf
 * (level 4) one for each part. Leaves have no nodes below them. Where there are strict records the
 * root has an entry more, for the tree of those (snapshot_strict_internal.h).
 * Used by snapshots. Source: docs/decisions/068-snapshots.md. */
#ifndef COFFER_SNAPSHOT_SNAPSHOT_NODE_H
#define COFFER_SNAPSHOT_SNAPSHOT_NODE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "snapshot/snapshot_object.h"
#include "store/kv_digest.h"

enum {
    SNAPSHOT_NAMES_MAX = 8192,       /* in one node */
    SNAPSHOT_STRICT = KV_DIGEST_FAN, /* that child of the root has the strict records */
    SNAPSHOT_CHILDREN = KV_DIGEST_FAN + 1,
    SNAPSHOT_ENTRY = 1 + KV_DIGEST + 4 + 2,
    SNAPSHOT_NODE_MAX = KV_DIGEST_FAN * SNAPSHOT_ENTRY + SNAPSHOT_NAMES_MAX * SNAPSHOT_DIGEST,
};

struct snapshot_entry {
    uint8_t kind; /* enum snapshot_kind, or 0 */
    uint8_t sum[KV_DIGEST];
    uint32_t records;
    struct bytes names; /* SNAPSHOT_DIGEST bytes each */
};

struct snapshot_node {
    struct snapshot_entry entries[SNAPSHOT_CHILDREN]; /* the last one of the root only */
};

/* Append an entry. */
void snapshot_node_put(struct buf *out, const struct snapshot_entry *entry);

/* Read a node, which borrows from the bytes. In: level, of the node, below KV_DIGEST_LEVELS.
 * Returns: OK; SNAPSHOT_INVALID. On failure: *ret is zero. */
struct status snapshot_node_read(struct bytes from, unsigned level, struct snapshot_node *ret);

/* Where the children of a node are. */
struct snapshot_place snapshot_node_child(const struct snapshot_place *node, unsigned child,
                                          enum snapshot_kind kind, size_t part);

/* Add a sum to another, both big-endian, mod 2^128. */
void snapshot_node_add(uint8_t sum[static KV_DIGEST], const uint8_t other[static KV_DIGEST]);

#endif
