/* The tree of RFC 6962 over the records of a log, as it grows: one hash for each level.
 *
 * A leaf is h of a record, SHA-256(0x00 ‖ line); a node is SHA-256(0x01 ‖ left ‖ right).
 * Used by whoever writes, follows, exports or proves a log. Source: RFC 6962, section 2.1. */
#ifndef COFFER_TLOG_TLOG_TREE_H
#define COFFER_TLOG_TLOG_TREE_H

#include <stdint.h>

#include "base/bytes.h"
#include "digest/sha256.h"

enum { TLOG_TREE_LEVELS = 40 };

/* A tree in the making: peaks[i] is the root of 2^i leaves where bit i of count is set. A value;
 * zeros are the empty tree. */
struct tlog_tree {
    uint64_t count;
    uint8_t peaks[TLOG_TREE_LEVELS][SHA256_BYTES];
};

/* The leaf of an entry. In: entry, a line without its line end. */
void tlog_tree_leaf(struct bytes entry, uint8_t out[static SHA256_BYTES]);

/* The node over two. out may be either of them. */
void tlog_tree_node(const uint8_t left[static SHA256_BYTES],
                    const uint8_t right[static SHA256_BYTES], uint8_t out[static SHA256_BYTES]);

/* Add a leaf, of fewer than 2^TLOG_TREE_LEVELS. */
void tlog_tree_add(struct tlog_tree *tree, const uint8_t leaf[static SHA256_BYTES]);

/* The root so far; without leaves it is the hash of nothing. */
void tlog_tree_root(const struct tlog_tree *tree, uint8_t out[static SHA256_BYTES]);

#endif
