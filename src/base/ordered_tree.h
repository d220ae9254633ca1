/* A balanced tree of nodes that lie inside the caller's objects, with no memory of its own.
 *
 * An AVL tree: depth below 1.45 log2 n whatever the keys are, so that hostile keys cost nothing.
 * Keys stay with the caller, who compares. Used by the store and by strict records. */
#ifndef COFFER_BASE_ORDERED_TREE_H
#define COFFER_BASE_ORDERED_TREE_H

#include <stddef.h>
#include <stdint.h>

struct ordered_node {
    struct ordered_node *parent;
    struct ordered_node *left;
    struct ordered_node *right;
    unsigned height;
};

/* Less than, equal to, greater than zero as key is to the node's own. */
typedef int ordered_tree_compare(const void *key, const struct ordered_node *node);

struct ordered_tree {
    struct ordered_node *root;
    size_t count;
    ordered_tree_compare *compare;
};

/* An empty tree. */
struct ordered_tree ordered_tree_over(ordered_tree_compare *compare);

/* The node of this key, or NULL. */
struct ordered_node *ordered_tree_find(const struct ordered_tree *tree, const void *key);

/* The first node that is not below key, or above it; NULL when there is none. */
struct ordered_node *ordered_tree_from(const struct ordered_tree *tree, const void *key);
struct ordered_node *ordered_tree_above(const struct ordered_tree *tree, const void *key);

/* The ends, and the neighbours of a node; NULL when there is none. */
struct ordered_node *ordered_tree_first(const struct ordered_tree *tree);
struct ordered_node *ordered_tree_last(const struct ordered_tree *tree);
struct ordered_node *ordered_tree_next(const struct ordered_node *node);
struct ordered_node *ordered_tree_previous(const struct ordered_node *node);

/* Add a node. In: key, the node's own, not yet in the tree. */
void ordered_tree_insert(struct ordered_tree *tree, const void *key, struct ordered_node *node);

/* Take a node out. */
void ordered_tree_remove(struct ordered_tree *tree, struct ordered_node *node);

/* Put a node with the same key in the place of another. */
void ordered_tree_replace(struct ordered_tree *tree, struct ordered_node *old,
                          struct ordered_node *node);

#endif
