/* The keys of codes while roots change: nodes do not get a new root at the same moment.
 *
 * A message of any root that is here is taken, and answered with the same key. A peer is sent
 * messages of the newest root that it has shown to know; one that it may not know yet is tried with
 * the question that begins a comparison, of which nothing is lost when it is refused. So the two
 * go on with the older root until both have the newer one, and who gets it last tells the other. */
#include "cluster/cluster_internal.h"

static void add_key(struct sync_keys *keys, const struct root *root)
{
    SECRET32(key);
    root_sync_key(root, &key);
    hmac_sha256_key_init(&keys->list[root->epoch], BYTES_ARRAY(key.b));
    keys->has |= (uint32_t)1 << root->epoch;
}

struct status cluster_keys(struct cluster *cluster, const struct cluster_now *now)
{
    struct sync_keys *keys = &cluster->keys;
    uint32_t before = keys->has;
    for (uint32_t epoch = 0; epoch < LIMIT_ROOT_EPOCHS; epoch++) {
        bool is_new =
            (keys->has >> epoch & 1) == 0 && root_keyring_has(cluster->setup.roots, epoch);
        const struct root *root = is_new ? root_keyring_root(cluster->setup.roots, epoch) : NULL;
        if (root != NULL) {
            add_key(keys, root);
        }
    }
    if (keys->has == 0) {
        return FAIL(UNAVAILABLE);
    }
    if (keys->has == before) {
        return OK;
    }
    keys->oldest = (uint32_t)__builtin_ctz(keys->has);
    keys->newest = 31 - (uint32_t)__builtin_clz(keys->has);
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        if (cluster->peers[i] != NULL) {
            cluster->peers[i]->probe_ms = now->ms;
            cluster->peers[i]->repair_ms = now->ms;
        }
    }
    return OK;
}

uint32_t cluster_epoch_for(const struct cluster *cluster, const struct cluster_now *now,
                           struct peer *peer, enum sync_type kind)
{
    const struct sync_keys *keys = &cluster->keys;
    uint32_t shown = peer->epoch > keys->oldest ? peer->epoch : keys->oldest;
    bool is_first = kind == SYNC_DIGEST && peer->walk.level == 0;
    if (shown < keys->newest && is_first && now->ms >= peer->probe_ms) {
        peer->probe_ms = now->ms + CLUSTER_REPAIR_MS;
        return keys->newest;
    }
    return shown;
}

struct status cluster_open_any(const struct cluster *cluster, struct bytes message,
                               const struct sync_way *way, struct cluster_opened *ret)
{
    const struct sync_keys *keys = &cluster->keys;
    struct status status = FAIL(SYNC_CODE);
    for (uint32_t i = LIMIT_ROOT_EPOCHS; i-- != 0 && status.code == STATUS_SYNC_CODE;) {
        if ((keys->has >> i & 1) != 0) {
            ret->epoch = i;
            status = sync_message_open(message, &keys->list[i], way, &ret->head, &ret->body);
        }
    }
    return status;
}
