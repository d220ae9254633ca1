#include "store/kv_digest.h"

#include <string.h>

#include "base/buf.h"
#include "base/invariant.h"
#include "base/reader.h"
#include "digest/sha256.h"
#include "store/kv_internal.h"

enum {
    ROOT = 0, /* the children of node n are FAN * n + 1 and on, as in a heap */
    FIRST_LEAF = KV_DIGEST_NODES - KV_DIGEST_LEAVES,
    HEAD = DOMAIN_TENANT_ID + 2,
    NUMBERS = 8 + 8 + 1 + RECORD_TIE,
};

/* Where a record is looked for in its leaf. */
struct spot {
    struct bytes tenant;
    struct bytes key;
};

static struct kv_record *record_of(const struct ordered_node *node)
{
    uintptr_t at = (uintptr_t)node - offsetof(struct kv_record, by_leaf);
    return (struct kv_record *)at; /* NOLINT(performance-no-int-to-ptr) */
}

static int compare_spot(const void *key, const struct ordered_node *node)
{
    const struct spot *spot = key;
    const struct kv_record *record = record_of(node);
    int order = bytes_compare(spot->tenant, BYTES_ARRAY(record->space->id));
    return order != 0 ? order : bytes_compare(spot->key, kv_record_key(record));
}

/* The records of a leaf, but for their number. */
static struct ordered_tree tree_of(const struct kv *kv, uint16_t leaf)
{
    struct ordered_tree tree = ordered_tree_over(compare_spot);
    tree.root = kv->leaves[leaf];
    return tree;
}

/* --- what a record adds ----------------------------------------------------------------------- */

static uint16_t leaf_of(const struct kv_record *record)
{
    struct sha256 sha;
    uint8_t digest[SHA256_BYTES];
    sha256_init(&sha);
    sha256_update(&sha, BYTES_ARRAY(record->space->id));
    sha256_update(&sha, kv_record_key(record));
    sha256_final(&sha, digest);
    struct reader reader = reader_over(BYTES_ARRAY(digest));
    return reader_u16(&reader);
}

static struct kv_sum digest_of(const struct kv_record *record)
{
    struct record view = kv_record_view(record);
    struct sha256 sha;
    uint8_t memory[HEAD];
    uint8_t more[NUMBERS];
    uint8_t digest[SHA256_BYTES];
    struct buf head = buf_over(memory, sizeof memory);
    struct buf numbers = buf_over(more, sizeof more);
    buf_put(&head, BYTES_ARRAY(record->space->id));
    buf_put_u16(&head, record->key_len);
    buf_put_u64(&numbers, view.updated_at_ms);
    buf_put_u64(&numbers, view.ttl_ms);
    buf_put_u8(&numbers, view.flags);
    buf_put(&numbers, BYTES_ARRAY(view.tie));
    const struct bytes parts[] = {buf_bytes(&head),
                                  view.key,
                                  buf_bytes(&numbers),
                                  view.clock,
                                  view.seen,
                                  BYTES_ARRAY(view.op),
                                  BYTES_ARRAY(view.cause)};
    sha256_init(&sha);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        sha256_update(&sha, parts[i]);
    }
    sha256_final(&sha, digest);
    struct reader reader = reader_over(BYTES_ARRAY(digest));
    uint64_t high = reader_u64(&reader);
    return (struct kv_sum){high, reader_u64(&reader)};
}

static void add_sum(struct kv_sum *sum, struct kv_sum part)
{
    sum->low += part.low;
    sum->high += part.high + (sum->low < part.low);
}

static void subtract_sum(struct kv_sum *sum, struct kv_sum part)
{
    sum->high -= part.high + (sum->low < part.low);
    sum->low -= part.low;
}

/* Put record (or NULL) in the place of old (or NULL) in their leaf. */
static void place_in_leaf(struct kv *kv, struct kv_record *old, struct kv_record *record)
{
    uint16_t leaf = old != NULL ? old->leaf : record->leaf;
    struct ordered_tree tree = tree_of(kv, leaf);
    if (old != NULL && record != NULL) {
        ordered_tree_replace(&tree, &old->by_leaf, &record->by_leaf);
    } else if (old != NULL) {
        ordered_tree_remove(&tree, &old->by_leaf);
    } else {
        const struct spot spot = {BYTES_ARRAY(record->space->id), kv_record_key(record)};
        ordered_tree_insert(&tree, &spot, &record->by_leaf);
    }
    kv->leaves[leaf] = tree.root;
}

static void add_to_path(struct kv *kv, uint16_t leaf, struct kv_sum change)
{
    size_t node = FIRST_LEAF + (size_t)leaf;
    add_sum(&kv->sums[node], change);
    while (node != ROOT) {
        node = (node - 1) / KV_DIGEST_FAN;
        add_sum(&kv->sums[node], change);
    }
}

void kv_digest_change(struct kv *kv, struct kv_record *old, struct kv_record *record)
{
    struct kv_sum change = {0, 0};
    uint16_t leaf = old != NULL ? old->leaf : leaf_of(record);
    if (record != NULL) {
        record->leaf = leaf;
    }
    old = old != NULL && old->state == KV_SPENT ? NULL : old;
    record = record != NULL && record->state == KV_SPENT ? NULL : record;
    if (record != NULL) {
        record->digest = digest_of(record);
        add_sum(&change, record->digest);
    }
    if (old != NULL) {
        subtract_sum(&change, old->digest);
    }
    if (old != NULL || record != NULL) {
        place_in_leaf(kv, old, record);
        add_to_path(kv, leaf, change);
    }
}

/* --- what peers ask --------------------------------------------------------------------------- */

static void put_sum(struct buf *out, struct kv_sum sum)
{
    buf_put_u64(out, sum.high);
    buf_put_u64(out, sum.low);
}

void kv_digest_root(const struct kv *kv, uint8_t ret[static KV_DIGEST])
{
    struct buf out = buf_over(ret, KV_DIGEST);
    put_sum(&out, kv->sums[ROOT]);
}

void kv_digest_children(const struct kv *kv, unsigned level, uint32_t index,
                        uint8_t ret[static KV_DIGEST_FAN * KV_DIGEST])
{
    INVARIANT(level < KV_DIGEST_LEVELS && index >> 4 * level == 0);
    struct buf out = buf_over(ret, (size_t)KV_DIGEST_FAN * KV_DIGEST);
    size_t first = ROOT;
    for (unsigned down = 0; down <= level; down++) {
        first = first * KV_DIGEST_FAN + 1;
    }
    first += (size_t)index * KV_DIGEST_FAN;
    for (size_t i = 0; i < KV_DIGEST_FAN; i++) {
        put_sum(&out, kv->sums[first + i]);
    }
}

/* The first record from a leaf to another. */
static const struct ordered_node *first_of(const struct kv *kv, uint32_t leaf, uint32_t last_leaf)
{
    while (leaf <= last_leaf && kv->leaves[leaf] == NULL) {
        leaf++;
    }
    if (leaf > last_leaf) {
        return NULL;
    }
    const struct ordered_tree tree = tree_of(kv, (uint16_t)leaf);
    return ordered_tree_first(&tree);
}

bool kv_digest_next(const struct kv *kv, struct kv_digest_place *place, uint16_t last_leaf,
                    struct kv_feed_item *ret_item, uint8_t ret_digest[static KV_DIGEST])
{
    const struct spot spot = {BYTES_ARRAY(place->tenant), {place->key, place->key_len}};
    const struct ordered_tree tree = tree_of(kv, place->leaf);
    const struct ordered_node *node = NULL;
    *ret_item = (struct kv_feed_item){0};
    memset(ret_digest, 0, KV_DIGEST);
    if (place->leaf <= last_leaf) {
        node = ordered_tree_above(&tree, &spot);
        node = node != NULL ? node : first_of(kv, place->leaf + 1u, last_leaf);
    }
    if (node == NULL) {
        return false;
    }
    const struct kv_record *record = record_of(node);
    struct buf out = buf_over(ret_digest, KV_DIGEST);
    put_sum(&out, record->digest);
    *ret_item = kv_record_item(record);
    place->leaf = record->leaf;
    place->key_len = record->key_len;
    memcpy(place->tenant, record->space->id, sizeof place->tenant);
    memcpy(place->key, record->bytes, record->key_len);
    return true;
}
