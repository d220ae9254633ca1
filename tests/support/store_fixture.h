/* What the tests of the store share: numbers that look random, keys, and a check of everything that
 * the store holds against itself. Header only, for the fuzz targets too. */
#ifndef COFFER_TESTS_SUPPORT_STORE_FIXTURE_H
#define COFFER_TESTS_SUPPORT_STORE_FIXTURE_H

#include <string.h>

#include "base/invariant.h"
#include "store/kv_internal.h"

struct store_random {
    uint64_t state;
};

/* splitmix64. */
static inline uint64_t store_random(struct store_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline uint64_t store_random_below(struct store_random *random, uint64_t end)
{
    return store_random(random) % end;
}

/* The keys of a namespace, of one epoch; the same for the same name. */
static inline void store_keys(struct value_seal_keys *keys, uint8_t name)
{
    const uint8_t domain[DOMAIN_ID] = {0xd0, 1};
    const uint8_t tenant[DOMAIN_TENANT_ID] = {0x7e, name};
    const struct secret32 key = {{0x5e, name}};
    value_seal_keys_init(keys, domain, tenant);
    value_seal_keys_add(keys, 0, &key);
}

/* A wallet by its number. */
static inline void store_wallet(uint8_t number, uint8_t wallet[static VECTOR_CLOCK_WALLET])
{
    memset(wallet, number, VECTOR_CLOCK_WALLET);
}

struct store_count {
    size_t records;
    size_t dead;
    size_t due;
    size_t changes;
    size_t bytes;
    size_t system_bytes;
};

/* Height of a tree whose links and balance are right. In: depth, how far down node is. */
static inline unsigned store_check_tree(const struct ordered_tree *tree)
{
    size_t count = 0;
    for (struct ordered_node *node = ordered_tree_first(tree); node != NULL;
         node = ordered_tree_next(node)) {
        unsigned left = node->left == NULL ? 0 : node->left->height;
        unsigned right = node->right == NULL ? 0 : node->right->height;
        INVARIANT(node->height == (left > right ? left : right) + 1);
        INVARIANT(left <= right + 1 && right <= left + 1);
        INVARIANT(node->left == NULL || node->left->parent == node);
        INVARIANT(node->right == NULL || node->right->parent == node);
        INVARIANT(node->parent != NULL || tree->root == node);
        count++;
    }
    INVARIANT(count == tree->count);
    return tree->root == NULL ? 0 : tree->root->height;
}

static inline size_t store_list_len(const struct kv_link *head)
{
    size_t len = 0;
    for (const struct kv_link *link = head->next; link != head; link = link->next) {
        INVARIANT(link->next->previous == link);
        len++;
    }
    return len;
}

static inline void store_check_space(const struct kv *kv, const struct kv_space *space,
                                     struct store_count *all)
{
    size_t by_state[4] = {0};
    size_t bytes = kv_cost(sizeof *space);
    size_t grave_bytes = 0;
    struct bytes last = {NULL, 0};
    store_check_tree(&space->records);
    for (struct ordered_node *node = ordered_tree_first(&space->records); node != NULL;
         node = ordered_tree_next(node)) {
        const struct kv_record *record = kv_record_of(node);
        bool is_grave = record->state == KV_SPENT || record->state == KV_BURIED;
        struct bytes key = kv_record_key(record);
        INVARIANT(record->space == space && bytes_compare(last, key) < 0);
        INVARIANT(record->has_due || record->state == KV_LIVE);
        INVARIANT((record->state == KV_BURIED) == ((record->flags & RECORD_TOMBSTONE) != 0));
        last = key;
        by_state[record->state]++;
        bytes += kv_record_cost(record);
        grave_bytes += is_grave ? kv_record_cost(record) : 0;
        all->due += record->has_due ? 1 : 0;
        all->changes += record->state == KV_SPENT ? 0 : 1;
    }
    INVARIANT(store_list_len(&space->live) == by_state[KV_LIVE]);
    INVARIANT(store_list_len(&space->expired) == by_state[KV_EXPIRED]);
    INVARIANT(store_list_len(&space->graves) == by_state[KV_SPENT] + by_state[KV_BURIED]);
    INVARIANT(space->grave_count == by_state[KV_SPENT] + by_state[KV_BURIED]);
    INVARIANT(space->grave_bytes == grave_bytes && space->bytes == bytes);
    INVARIANT(space->is_sized == (!space->is_system && space->records.count != 0));
    INVARIANT(space->records.count != 0 || space->floor_ms != 0);
    INVARIANT(space->is_system || space->bytes <= kv->limits.app_bytes);
    all->records += by_state[KV_LIVE];
    all->dead += space->records.count - by_state[KV_LIVE];
    *(space->is_system ? &all->system_bytes : &all->bytes) += bytes;
}

/* Count everything anew and compare. */
static inline void store_check(const struct kv *kv)
{
    struct store_count all = {0};
    size_t sized = 0;
    size_t changes = 0;
    uint64_t seq = 0;
    store_check_tree(&kv->spaces);
    store_check_tree(&kv->by_size);
    store_check_tree(&kv->due);
    for (struct ordered_node *node = ordered_tree_first(&kv->spaces); node != NULL;
         node = ordered_tree_next(node)) {
        const struct kv_space *space = (const void *)node;
        store_check_space(kv, space, &all);
        sized += space->is_sized ? 1 : 0;
    }
    for (const struct kv_change *change = kv->changes.next; change != &kv->changes;
         change = change->next) {
        INVARIANT(change->next->previous == change && (change->seq == 0 || change->seq > seq));
        seq = change->seq == 0 ? seq : change->seq;
        changes += change->seq == 0 ? 0 : 1;
    }
    INVARIANT(sized == kv->by_size.count && all.due == kv->due.count && all.changes == changes);
    INVARIANT(all.records == kv->stats.records && all.dead == kv->stats.dead);
    INVARIANT(all.bytes == kv->stats.bytes && all.system_bytes == kv->stats.system_bytes);
    INVARIANT(kv->stats.namespaces == kv->spaces.count);
    INVARIANT(all.bytes <= kv->limits.all_apps_bytes &&
              all.system_bytes <= kv->limits.system_bytes);
}

#endif
