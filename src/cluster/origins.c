/* What the cluster began with, and whom a node gives way to. */
#include <string.h>

#include "cluster/cluster_internal.h"

int cluster_origin_order(const struct cluster_origin *a, const struct cluster_origin *b)
{
    return a->height != b->height ? (a->height < b->height ? -1 : 1)
                                  : bytes_compare(BYTES_ARRAY(a->digest), BYTES_ARRAY(b->digest));
}

static bool was_anchored(const struct cluster *cluster, const struct cluster_origin *origin)
{
    for (size_t i = 0; i < CLUSTER_ANCHORS; i++) {
        if (cluster_origin_order(&cluster->anchors[i], origin) == 0) {
            return true;
        }
    }
    return false;
}

void cluster_note_anchor(struct cluster *cluster, const struct cluster_now *now)
{
    struct registry_anchor anchor;
    if (!status_is_ok(registry_anchor(cluster->setup.registry, REGISTRY_SERVE, now->ms, &anchor)) ||
        anchor.height == 0) {
        return;
    }
    struct cluster_origin seen = {.height = anchor.height};
    _Static_assert(sizeof seen.digest == sizeof anchor.header, "both are digests of a header");
    memcpy(seen.digest, anchor.header, sizeof seen.digest);
    if (!was_anchored(cluster, &seen)) {
        cluster->anchors[cluster->anchors_next] = seen;
        cluster->anchors_next = (cluster->anchors_next + 1) % CLUSTER_ANCHORS;
    }
}

static void note_apart(struct cluster_stats *stats, const struct peer *peer)
{
    if (!stats->is_apart) {
        stats->is_apart = true;
        stats->apart = peer->known.grant.wallet;
    }
}

bool cluster_meet_origin(struct cluster *cluster, const struct cluster_now *now,
                         const struct peer *peer, const struct cluster_origin *origin)
{
    int order = cluster_origin_order(origin, &cluster->setup.origin);
    if (!cluster->has_origin) {
        cluster->has_origin = true;
        cluster->setup.origin = *origin;
        return true;
    }
    if (order == 0) {
        return true;
    }
    /* Who is not current loses nothing that others lack. Who is would lose everything to whoever
     * says a greater number. */
    if (!cluster->is_current) {
        cluster->stats.must_yield = true;
    } else if (order > 0) {
        cluster_note_anchor(cluster, now);
        if (was_anchored(cluster, origin)) {
            cluster->stats.must_yield = true;
        } else {
            note_apart(&cluster->stats, peer);
        }
    }
    return false;
}
