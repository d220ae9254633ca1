/* Who the peers are: what the registry says, and who has shown that they know the root. */
#include <string.h>

#include "base/invariant.h"
#include "cluster/cluster_internal.h"

struct peer *cluster_peer(const struct cluster *cluster, const struct eth_address *wallet)
{
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        struct peer *peer = cluster->peers[i];
        if (peer != NULL && eth_address_equal(&peer->known.grant.wallet, wallet)) {
            return peer;
        }
    }
    return NULL;
}

void cluster_peer_forget(struct cluster *cluster, size_t place)
{
    struct peer *peer = cluster->peers[place];
    if (peer == NULL) {
        return;
    }
    kv_feed_close(&peer->feed);
    mem_free(cluster->setup.mem, &peer->message);
    cluster_strict_forget(cluster, peer);
    void *block = peer;
    mem_free(cluster->setup.mem, &block);
    cluster->peers[place] = NULL;
    for (size_t i = 0; i < CLUSTER_WRITES_MAX; i++) {
        cluster->tickets[i].holders &= ~((uint64_t)1 << place);
    }
}

/* What was written before is told by comparing; the feed begins with what comes now. */
static void peer_add(struct cluster *cluster, const struct cluster_now *now,
                     const struct registry_peer *known)
{
    void *block;
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        if (cluster->peers[i] != NULL) {
            continue;
        }
        if (!status_is_ok(mem_alloc(cluster->setup.mem, sizeof(struct peer), &block))) {
            return; /* at the next look */
        }
        struct peer *peer = block;
        peer->known = *known;
        peer->is_listed = true;
        peer->repair_ms = now->ms;
        peer->held = kv_seq(cluster->setup.kv);
        kv_feed_open(cluster->setup.kv, &peer->feed, false);
        cluster->peers[i] = peer;
        return;
    }
}

/* What goes from node to node while they are asked may be seen at none of them: one had not got
 * it yet, the other one has died since. So there must be a moment at which all were idle who are,
 * after which all others were asked for what they have, and nobody who may have held something
 * has gone. Who was not asked since is asked again. */
static bool is_one_sight(const struct cluster *cluster, const struct cluster_now *now)
{
    uint64_t moment = cluster->gone;
    bool is_one = true;
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        const struct peer *peer = cluster->peers[i];
        if (peer != NULL && peer->is_listed && peer->is_idle && !peer->is_pulled &&
            peer->idle_since > moment) {
            moment = peer->idle_since;
        }
    }
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        struct peer *peer = cluster->peers[i];
        bool is_seen = peer != NULL && peer->is_listed && (peer->is_pulled || peer->is_idle);
        if (is_seen && peer->seen < moment) {
            is_one = false;
            cluster_walk_soon(peer, now);
        }
    }
    return is_one;
}

/* A node is current with what all others have. So who holds a settled write may be any of them; and
 * each of them knows this one by then and counts it, so that from now on W nodes means W. Who says
 * that it is not current has promised to hold nothing since it started; whoever cannot be asked may
 * have. A list without this node is older than its registration, and may lack one that was
 * registered just before it: neither of the two would know the other. What was pulled and waits for
 * its time is not in sight, and neither is what it has replaced at the others; but nobody's wrong
 * clock keeps a node away for long. */
static void judge(struct cluster *cluster, const struct cluster_now *now, size_t others)
{
    size_t members = 0;
    size_t pulled = 0;
    size_t idle = 0;
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        const struct peer *peer = cluster->peers[i];
        bool is_listed = peer != NULL && peer->is_listed;
        members += is_listed && peer->is_member;
        pulled += is_listed && peer->is_pulled;
        idle += is_listed && peer->is_idle && !peer->is_pulled;
    }
    size_t needed = others > idle ? others - idle : 1;
    cluster->stats.peers = others;
    cluster->stats.members = members;
    cluster->stats.pulled = pulled;
    cluster->stats.pulled_needed = needed;
    /* The first of ours beside nodes of version 1 has nobody of ours to pull from. */
    bool is_first = cluster->is_beside_v1 && others == 0;
    bool is_one = cluster->is_current || is_one_sight(cluster, now);
    cluster->stats.may_begin = !cluster->is_current && is_one && cluster->is_least &&
                               !cluster->is_beside_v1 && idle == others;
    bool begins = cluster->stats.may_begin && cluster->setup.is_restored;
    is_first = is_first || begins;
    if (begins) {
        cluster->begin_ms = now->ms + cluster->setup.begin_ms;
    }
    if (!is_first && (pulled < needed || !is_one || !cluster->is_listed)) {
        cluster->enough_ms = UINT64_MAX;
        return;
    }
    cluster->enough_ms = cluster->enough_ms < now->ms ? cluster->enough_ms : now->ms;
    bool is_in_sight = kv_stats(cluster->setup.kv).waiting == 0 ||
                       now->ms - cluster->enough_ms >= CLUSTER_WAITING_MS;
    cluster->is_current = cluster->is_current || is_first || is_in_sight;
    cluster->has_origin = cluster->has_origin || is_first;
    cluster->stats.may_begin = cluster->stats.may_begin && !cluster->is_current;
}

void cluster_judge(struct cluster *cluster, const struct cluster_now *now)
{
    judge(cluster, now, cluster->stats.peers);
}

static bool is_v1(const struct cluster *cluster, const struct eth_address *wallet)
{
    return cluster->setup.is_v1 != NULL && cluster->setup.is_v1(cluster->setup.v1, wallet);
}

void cluster_peer_again(const struct cluster_now *now, struct peer *peer)
{
    peer->is_away = false;
    peer->failures = 0;
    peer->retry_ms = now->ms;
}

/* Whoever is not registered yet is refused by all; from now on not. */
static void note_own(struct cluster *cluster, const struct cluster_now *now, bool is_listed)
{
    for (size_t i = 0; is_listed && !cluster->is_listed && i < CLUSTER_PEERS_MAX; i++) {
        if (cluster->peers[i] != NULL) {
            cluster_peer_again(now, cluster->peers[i]);
        }
    }
    cluster->is_listed = is_listed;
}

static void look_at_list(struct cluster *cluster, const struct cluster_now *now)
{
    struct registry_peer listed[REGISTRY_PEERS_MAX];
    cluster_note_anchor(cluster, now);
    size_t count = registry_peers(cluster->setup.registry, now->ms, listed);
    if (count == 0) {
        return; /* not known: who was a member stays one, and gets nothing without its grant */
    }
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        if (cluster->peers[i] != NULL) {
            cluster->peers[i]->is_listed = false;
        }
    }
    size_t others = 0;
    bool is_listed = false;
    bool has_less = false;
    cluster->is_beside_v1 = false;
    for (size_t i = 0; i < count; i++) {
        if (eth_address_equal(&listed[i].grant.wallet, &cluster->setup.wallet)) {
            is_listed = true;
            continue;
        }
        has_less = has_less || bytes_compare(BYTES_ARRAY(listed[i].grant.wallet.b),
                                             BYTES_ARRAY(cluster->setup.wallet.b)) < 0;
        if (is_v1(cluster, &listed[i].grant.wallet)) {
            cluster->is_beside_v1 = true;
            continue;
        }
        others++;
        struct peer *peer = cluster_peer(cluster, &listed[i].grant.wallet);
        if (peer == NULL) {
            peer_add(cluster, now, &listed[i]);
        } else {
            peer->known = listed[i];
            peer->is_listed = true;
        }
    }
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        if (cluster->peers[i] != NULL && !cluster->peers[i]->is_listed) {
            cluster->gone = ++cluster->moments;
            cluster_peer_forget(cluster, i);
        }
    }
    note_own(cluster, now, is_listed);
    cluster->is_least = is_listed && !has_less;
    judge(cluster, now, others);
    cluster_strict_look(cluster, now);
}

/* The list has a frame of its own: to clear it costs more than a call that does not look. */
void cluster_look(struct cluster *cluster, const struct cluster_now *now)
{
    if (now->ms >= cluster->members_ms) {
        cluster->members_ms =
            now->ms + (cluster->is_current ? CLUSTER_MEMBERS_MS : CLUSTER_JOINING_MS);
        look_at_list(cluster, now);
    }
}

void cluster_meet(struct cluster *cluster, const struct cluster_now *now, struct peer *peer,
                  const uint8_t boot[static SYNC_BOOT], uint32_t epoch)
{
    if (peer->is_member && bytes_equal(BYTES_ARRAY(peer->boot), (struct bytes){boot, SYNC_BOOT})) {
        peer->epoch = epoch > peer->epoch ? epoch : peer->epoch;
        return;
    }
    /* It is new, or has forgotten everything: what it held, it does not. */
    cluster->gone = peer->is_member ? ++cluster->moments : cluster->gone;
    memcpy(peer->boot, boot, SYNC_BOOT);
    peer->epoch = epoch;
    peer->is_member = true;
    peer->is_pulled = false;
    peer->is_idle = false;
    peer->has_clock = false;
    peer->retry_ms = now->ms;
    peer->repair_ms = now->ms;
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        if (cluster->peers[i] == peer) {
            cluster_writes_forget(cluster, i);
        }
    }
    cluster_judge(cluster, now);
    cluster_strict_look(cluster, now);
}
