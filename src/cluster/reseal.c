/* Values under a new root: all records are walked in the order of the digest, a little at a time,
 * and those under an earlier root sealed again. Each node does so for itself, and tells nobody: the
 * blob is no part of a record's version or digest.
 *
 * What a peer sends may still lie under an earlier root, so that walks go on until one has found
 * nothing to do, and are made again from time to time. What does not open stays, and is counted. */
#include <string.h>

#include "cluster/cluster_internal.h"
#include "record/namespace_keys.h"

enum {
    LOOKS = 512,        /* of one step, */
    RECORDS = 32,       /* that are sealed again, */
    BYTES = 256 * 1024, /* of their blobs */
    LAST_LEAF = KV_DIGEST_LEAVES - 1,
};

static void begin_walk(struct cluster *cluster)
{
    struct resealing *resealing = &cluster->resealing;
    memset(&resealing->place, 0, sizeof resealing->place);
    resealing->is_walking = true;
    resealing->old = 0;
    resealing->failed = 0;
}

static void end_walk(struct cluster *cluster, const struct cluster_now *now)
{
    struct resealing *resealing = &cluster->resealing;
    resealing->is_walking = false;
    bool is_clean = resealing->old == 0;
    resealing->due_ms = now->ms + (is_clean ? CLUSTER_RESEAL_MS : CLUSTER_RESEAL_SOON_MS);
    cluster->stats.reseal_failed = resealing->failed;
    cluster->stats.resealed_epoch =
        is_clean && resealing->failed == 0 ? resealing->epoch : cluster->stats.resealed_epoch;
}

/* Returns: the bytes that were sealed again. */
static size_t seal_again(struct cluster *cluster, const struct cluster_now *now,
                         const struct kv_feed_item *item)
{
    SECRET(value_seal_keys, keys);
    struct resealing *resealing = &cluster->resealing;
    const struct namespace_keys from = {cluster->setup.roots, cluster->setup.domain,
                                        cluster->setup.apps};
    uint8_t nonce[VALUE_SEAL_NONCE];
    size_t len = item->record.blob.len;
    bool is_changed = false;
    namespace_keys_of(&from, item->tenant.ptr, &keys);
    const struct kv_at at = {&keys, now->wall_ms, item->is_system};
    struct status status = entropy_fill(&cluster->setup.entropy, nonce, sizeof nonce);
    if (status_is_ok(status)) {
        const struct bytes key = {resealing->place.key, resealing->place.key_len};
        status = kv_reseal(cluster->setup.kv, &at, key, nonce, &is_changed);
    }
    resealing->failed += !status_is_ok(status);
    resealing->old += is_changed;
    cluster->stats.resealed += is_changed;
    return len;
}

static void walk_on(struct cluster *cluster, const struct cluster_now *now)
{
    struct resealing *resealing = &cluster->resealing;
    struct kv_feed_item item;
    uint8_t digest[KV_DIGEST];
    size_t records = 0;
    size_t bytes = 0;
    for (size_t looks = 0; looks < LOOKS && records < RECORDS && bytes < BYTES; looks++) {
        uint32_t epoch;
        if (!kv_digest_next(cluster->setup.kv, &resealing->place, LAST_LEAF, &item, digest)) {
            end_walk(cluster, now);
            return;
        }
        if (value_seal_epoch_of(&item.record, &epoch) && epoch < resealing->epoch) {
            bytes += seal_again(cluster, now, &item);
            records++;
        }
    }
}

bool cluster_reseal(struct cluster *cluster, const struct cluster_now *now)
{
    struct resealing *resealing = &cluster->resealing;
    uint32_t epoch = root_keyring_newest_epoch(cluster->setup.roots);
    if (epoch != resealing->epoch) {
        resealing->epoch = epoch;
        begin_walk(cluster);
    } else if (epoch != 0 && !resealing->is_walking && now->ms >= resealing->due_ms) {
        begin_walk(cluster);
    }
    if (resealing->is_walking) {
        walk_on(cluster, now);
    }
    return resealing->is_walking;
}

bool cluster_all_know(const struct cluster *cluster, uint32_t epoch)
{
    bool all = true;
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        const struct peer *peer = cluster->peers[i];
        all =
            all && (peer == NULL || !peer->is_listed || (peer->is_member && peer->epoch >= epoch));
    }
    return all;
}
