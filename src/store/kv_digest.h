/* A digest of the records that peers can get, as a tree: two nodes find with a few sums what one of
 * them lacks.
 *
 * It has KV_DIGEST_FAN branches at each node and KV_DIGEST_LEVELS levels below its root. A record
 * is of the leaf whose number is SHA-256(tenant, key)[0..2]; its own digest is the first KV_DIGEST
 * bytes of SHA-256 over tenant (32 bytes), length of the key as u16, key, updated_at and ttl as
 * u64, flags as u8, tie, clock and seen as encoded, op and cause. The blob is no part of it: the
 * tie names what is sealed, however often that was. The sum of a leaf is that of the digests of its
 * records, as big-endian integers mod 2^128; of any other node, that of its children. So stores
 * that hold the same records have the same sums, in whatever order they came, and a write changes
 * one path. Records of the system count, what waits for its time and what is left of an evicted or
 * expired one does not.
 *
 * The sums are kept with every write: a put over a value costs one SHA-256 over its times and
 * clocks, one under a new key another over the key; reading them costs nothing. They are no proof:
 * who can choose many records can make different ones with one sum, and then only keeps its own
 * records from being compared. Used by the cluster. Source: formats, section 13. */
#ifndef COFFER_STORE_KV_DIGEST_H
#define COFFER_STORE_KV_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "keys/domain.h"
#include "store/kv.h"

enum {
    KV_DIGEST = 16, /* bytes of a sum */
    KV_DIGEST_FAN = 16,
    KV_DIGEST_LEVELS = 4,
    KV_DIGEST_LEAVES = 65536,
};

/* A place in the order of leaves, tenants and keys, whether a record is there or not. With zeros
 * behind the leaf it is before all records of that leaf. */
struct kv_digest_place {
    uint16_t leaf;
    uint16_t key_len;
    uint8_t tenant[DOMAIN_TENANT_ID];
    uint8_t key[LIMIT_KV_KEY];
};

/* The sum of all. */
void kv_digest_root(const struct kv *kv, uint8_t ret[static KV_DIGEST]);

/* The sums of the children of a node, in order. In: level, below KV_DIGEST_LEVELS, 0 for the root;
 * index, of the node on its level, below KV_DIGEST_FAN^level. The children have the indexes
 * KV_DIGEST_FAN * index and on; those of level 3 are leaves. */
void kv_digest_children(const struct kv *kv, unsigned level, uint32_t index,
                        uint8_t ret[static KV_DIGEST_FAN * KV_DIGEST]);

/* The next record behind a place, which moves there; what is written meanwhile may be anywhere. In:
 * last_leaf, the last one to look at. Out: ret_item, views of the store, until the next call that
 * writes; ret_digest, of this record. Returns: false when there is none; then the place stays.
 * Cost: a step for each empty leaf between, and O(log n). */
bool kv_digest_next(const struct kv *kv, struct kv_digest_place *place, uint16_t last_leaf,
                    struct kv_feed_item *ret_item, uint8_t ret_digest[static KV_DIGEST]);

#endif
