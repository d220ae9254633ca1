#include "tlog/tlog_tree.h"

#include <stdbool.h>
#include <string.h>

#include "base/invariant.h"

void tlog_tree_leaf(struct bytes entry, uint8_t out[static SHA256_BYTES])
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, BYTES_LITERAL("\0"));
    sha256_update(&sha, entry);
    sha256_final(&sha, out);
}

void tlog_tree_node(const uint8_t left[static SHA256_BYTES],
                    const uint8_t right[static SHA256_BYTES], uint8_t out[static SHA256_BYTES])
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, BYTES_LITERAL("\1"));
    sha256_update(&sha, (struct bytes){left, SHA256_BYTES});
    sha256_update(&sha, (struct bytes){right, SHA256_BYTES});
    sha256_final(&sha, out);
}

void tlog_tree_add(struct tlog_tree *tree, const uint8_t leaf[static SHA256_BYTES])
{
    uint8_t carry[SHA256_BYTES];
    size_t level = 0;
    memcpy(carry, leaf, sizeof carry);
    while ((tree->count >> level & 1) != 0) {
        tlog_tree_node(tree->peaks[level], carry, carry);
        level++;
    }
    INVARIANT(level < TLOG_TREE_LEVELS);
    memcpy(tree->peaks[level], carry, sizeof carry);
    tree->count++;
}

void tlog_tree_root(const struct tlog_tree *tree, uint8_t out[static SHA256_BYTES])
{
    bool any = false;
    for (size_t level = 0; level < TLOG_TREE_LEVELS; level++) {
        if ((tree->count >> level & 1) == 0) {
            continue;
        }
        if (any) {
            tlog_tree_node(tree->peaks[level], out, out);
        } else {
            memcpy(out, tree->peaks[level], SHA256_BYTES);
        }
        any = true;
    }
    if (!any) {
        sha256_hash((struct bytes){NULL, 0}, out);
    }
}
