#include "base/ordered_tree.h"

#include "base/invariant.h"

struct ordered_tree ordered_tree_over(ordered_tree_compare *compare)
{
    return (struct ordered_tree){.compare = compare};
}

struct ordered_node *ordered_tree_find(const struct ordered_tree *tree, const void *key)
{
    struct ordered_node *node = tree->root;
    while (node != NULL) {
        int order = tree->compare(key, node);
        if (order == 0) {
            break;
        }
        node = order < 0 ? node->left : node->right;
    }
    return node;
}

/* The first node to which the key is at most most (-1: below, 0: below or equal). */
static struct ordered_node *first_where(const struct ordered_tree *tree, const void *key, int most)
{
    struct ordered_node *best = NULL;
    struct ordered_node *node = tree->root;
    while (node != NULL) {
        int order = tree->compare(key, node);
        if (order < 0 || order == most) {
            best = node;
            node = node->left;
        } else {
            node = node->right;
        }
    }
    return best;
}

struct ordered_node *ordered_tree_from(const struct ordered_tree *tree, const void *key)
{
    return first_where(tree, key, 0);
}

struct ordered_node *ordered_tree_above(const struct ordered_tree *tree, const void *key)
{
    return first_where(tree, key, -1);
}

static struct ordered_node *leftmost(struct ordered_node *node)
{
    while (node != NULL && node->left != NULL) {
        node = node->left;
    }
    return node;
}

static struct ordered_node *rightmost(struct ordered_node *node)
{
    while (node != NULL && node->right != NULL) {
        node = node->right;
    }
    return node;
}

struct ordered_node *ordered_tree_first(const struct ordered_tree *tree)
{
    return leftmost(tree->root);
}

struct ordered_node *ordered_tree_last(const struct ordered_tree *tree)
{
    return rightmost(tree->root);
}

struct ordered_node *ordered_tree_next(const struct ordered_node *node)
{
    if (node->right != NULL) {
        return leftmost(node->right);
    }
    while (node->parent != NULL && node->parent->right == node) {
        node = node->parent;
    }
    return node->parent;
}

struct ordered_node *ordered_tree_previous(const struct ordered_node *node)
{
    if (node->left != NULL) {
        return rightmost(node->left);
    }
    while (node->parent != NULL && node->parent->left == node) {
        node = node->parent;
    }
    return node->parent;
}

static unsigned height_of(const struct ordered_node *node)
{
    return node == NULL ? 0 : node->height;
}

static void measure(struct ordered_node *node)
{
    unsigned left = height_of(node->left);
    unsigned right = height_of(node->right);
    node->height = (left > right ? left : right) + 1;
}

/* The link that points at node. */
static struct ordered_node **link_of(struct ordered_tree *tree, struct ordered_node *node)
{
    if (node->parent == NULL) {
        return &tree->root;
    }
    return node->parent->left == node ? &node->parent->left : &node->parent->right;
}

static void adopt(struct ordered_node *child, struct ordered_node *parent)
{
    if (child != NULL) {
        child->parent = parent;
    }
}

/* Lift a child over its parent. Returns: the child. */
static struct ordered_node *lift(struct ordered_tree *tree, struct ordered_node *child)
{
    struct ordered_node *node = child->parent;
    *link_of(tree, node) = child;
    child->parent = node->parent;
    if (node->left == child) {
        node->left = child->right;
        adopt(node->left, node);
        child->right = node;
    } else {
        node->right = child->left;
        adopt(node->right, node);
        child->left = node;
    }
    node->parent = child;
    measure(node);
    measure(child);
    return child;
}

/* Bring a node whose children are balanced into balance. Returns: the top of what was under it. */
static struct ordered_node *balance(struct ordered_tree *tree, struct ordered_node *node)
{
    unsigned left = height_of(node->left);
    unsigned right = height_of(node->right);
    if (left > right + 1) {
        struct ordered_node *child = node->left;
        if (height_of(child->right) > height_of(child->left)) {
            child = lift(tree, child->right);
        }
        return lift(tree, child);
    }
    if (right > left + 1) {
        struct ordered_node *child = node->right;
        if (height_of(child->left) > height_of(child->right)) {
            child = lift(tree, child->left);
        }
        return lift(tree, child);
    }
    measure(node);
    return node;
}

/* Balance from node upwards, until nothing changes. */
static void balance_up(struct ordered_tree *tree, struct ordered_node *node)
{
    while (node != NULL) {
        unsigned before = node->height;
        node = balance(tree, node);
        if (node->height == before) {
            break;
        }
        node = node->parent;
    }
}

void ordered_tree_insert(struct ordered_tree *tree, const void *key, struct ordered_node *node)
{
    struct ordered_node **link = &tree->root;
    struct ordered_node *parent = NULL;
    while (*link != NULL) {
        parent = *link;
        int order = tree->compare(key, parent);
        INVARIANT(order != 0);
        link = order < 0 ? &parent->left : &parent->right;
    }
    *node = (struct ordered_node){.parent = parent, .height = 1};
    *link = node;
    tree->count++;
    balance_up(tree, parent);
}

void ordered_tree_replace(struct ordered_tree *tree, struct ordered_node *old,
                          struct ordered_node *node)
{
    *link_of(tree, old) = node;
    *node = *old;
    adopt(node->left, node);
    adopt(node->right, node);
    *old = (struct ordered_node){0};
}

void ordered_tree_remove(struct ordered_tree *tree, struct ordered_node *node)
{
    struct ordered_node *from; /* the lowest node whose height may have changed */
    if (node->left != NULL && node->right != NULL) {
        struct ordered_node *heir = leftmost(node->right);
        from = heir->parent == node ? heir : heir->parent;
        *link_of(tree, heir) = heir->right;
        adopt(heir->right, heir->parent);
        ordered_tree_replace(tree, node, heir);
    } else {
        struct ordered_node *child = node->left != NULL ? node->left : node->right;
        from = node->parent;
        *link_of(tree, node) = child;
        adopt(child, node->parent);
    }
    *node = (struct ordered_node){0};
    tree->count--;
    balance_up(tree, from);
}
