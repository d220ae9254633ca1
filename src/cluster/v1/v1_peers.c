/* Which nodes there are, what they are, and whether this one has all that they have. */
#include <string.h>

#include "cluster/v1/v1_sync_internal.h"

struct v1_sync_peer *v1_sync_peer(const struct v1_sync *sync, const struct eth_address *wallet)
{
    for (size_t i = 0; i < V1_SYNC_PEERS_MAX; i++) {
        struct v1_sync_peer *peer = sync->peers[i];
        if (peer != NULL && eth_address_equal(&peer->known.grant.wallet, wallet)) {
            return peer;
        }
    }
    return NULL;
}

void v1_sync_peer_forget(struct v1_sync *sync, size_t place)
{
    struct v1_sync_peer *peer = sync->peers[place];
    if (peer == NULL) {
        return;
    }
    v1_sync_pull_stop(sync, peer);
    kv_feed_close(&peer->feed);
    mem_free(sync->setup.mem, &peer->message);
    void *block = peer;
    mem_free(sync->setup.mem, &block);
    sync->peers[place] = NULL;
}

static void peer_add(struct v1_sync *sync, const struct cluster_now *now,
                     const struct registry_peer *known)
{
    void *block;
    for (size_t i = 0; i < V1_SYNC_PEERS_MAX; i++) {
        if (sync->peers[i] != NULL) {
            continue;
        }
        if (!status_is_ok(mem_alloc(sync->setup.mem, sizeof(struct v1_sync_peer), &block))) {
            return; /* at the next look */
        }
        struct v1_sync_peer *peer = block;
        peer->known = *known;
        peer->is_listed = true;
        peer->pull_ms = now->ms;
        kv_feed_open(sync->setup.kv, &peer->feed, true);
        sync->peers[i] = peer;
        return;
    }
}

static void look_at_list(struct v1_sync *sync, const struct cluster_now *now)
{
    struct registry_peer listed[REGISTRY_PEERS_MAX];
    size_t count = registry_peers(sync->setup.registry, now->ms, listed);
    if (count == 0) {
        return; /* not known: who was a peer stays one, and gets nothing without its grant */
    }
    for (size_t i = 0; i < V1_SYNC_PEERS_MAX; i++) {
        if (sync->peers[i] != NULL) {
            sync->peers[i]->is_listed = false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct v1_sync_peer *peer = v1_sync_peer(sync, &listed[i].grant.wallet);
        if (peer != NULL) {
            peer->known = listed[i];
            peer->is_listed = true;
        } else if (!eth_address_equal(&listed[i].grant.wallet, &sync->setup.wallet)) {
            peer_add(sync, now, &listed[i]);
        }
    }
    for (size_t i = 0; i < V1_SYNC_PEERS_MAX; i++) {
        if (sync->peers[i] != NULL && !sync->peers[i]->is_listed) {
            v1_sync_peer_forget(sync, i);
        }
    }
    sync->is_known = true;
    v1_sync_judge(sync);
}

void v1_sync_look(struct v1_sync *sync, const struct cluster_now *now)
{
    if (now->ms >= sync->look_ms) {
        sync->look_ms = now->ms + V1_SYNC_LOOK_MS;
        look_at_list(sync, now);
    }
}

void v1_sync_meet(struct v1_sync *sync, struct v1_sync_peer *peer, bool is_ours)
{
    peer->is_met = true;
    peer->is_ours = is_ours;
    if (is_ours) {
        v1_sync_pull_stop(sync, peer);
    }
}

bool v1_sync_is_v1(const struct v1_sync *sync, const struct eth_address *wallet)
{
    const struct v1_sync_peer *peer = v1_sync_peer(sync, wallet);
    return peer != NULL && peer->is_met && !peer->is_ours;
}

void v1_sync_judge(struct v1_sync *sync)
{
    size_t peers = 0;
    size_t ours = 0;
    size_t pulled = 0;
    size_t awaited = 0;
    for (size_t i = 0; i < V1_SYNC_PEERS_MAX; i++) {
        const struct v1_sync_peer *peer = sync->peers[i];
        if (peer != NULL && peer->is_ours) {
            ours++;
        } else if (peer != NULL) {
            peers++;
            pulled += peer->is_pulled;
            awaited += !peer->is_pulled && peer->failures < V1_SYNC_TRIES;
        }
    }
    bool has_one = peers == 0 || pulled != 0 || ours != 0;
    bool is_whole = sync->is_known && awaited == 0 && has_one;
    sync->is_whole = sync->is_whole || is_whole;
    sync->stats.peers = peers;
    sync->stats.pulled = pulled;
}
