#include <stdlib.h>

#include "cluster/membership/membership.h"
#include "operations/node/node_op.h"
#include "pipeline/context/service.h"
#include "pipeline/permit.h"

static void cache_part(struct buf *out, const struct service *service)
{
    struct key_cache_stats cache = key_cache_stats(service->setup.cache);
    metrics_put_one(out, "coffer_key_cache_entries", "gauge", "Derived keys in the cache",
                    cache.entries);
    metrics_put_one(out, "coffer_key_cache_hits_total", "counter",
                    "Keys that were found in the cache", cache.hits);
    metrics_put_one(out, "coffer_key_cache_misses_total", "counter", "Keys that had to be derived",
                    cache.misses);
    metrics_put_one(out, "coffer_key_cache_recalled_total", "counter",
                    "Keys that were derived again and had been met before", cache.recalled);
    metrics_put_one(out, "coffer_key_cache_evictions_total", "counter",
                    "Keys that were wiped to make room", cache.evictions);
    metrics_put_one(out, "coffer_key_cache_bytes", "gauge", "Memory of the key cache", cache.bytes);
}

static void connections_part(struct buf *out, const struct service *service)
{
    if (service->connections == NULL) {
        return;
    }
    struct service_connections now = service->connections(service->connections_context);
    metrics_put_one(out, "coffer_connections", "gauge", "Open connections", now.open);
    metrics_put_one(out, "coffer_connections_accepted_total", "counter", "Accepted connections",
                    now.accepted);
    metrics_put_one(out, "coffer_connections_evicted_total", "counter",
                    "Connections closed to make room", now.evicted);
    metrics_put_one(out, "coffer_connections_timeouts_total", "counter",
                    "Requests and connections that took too long", now.timeouts);
    metrics_put_one(out, "coffer_requests_parked", "gauge",
                    "Requests that wait for the registry, or keys of an issuer, to be read",
                    now.parked);
}

static void apps_part(struct buf *out, const struct service *service)
{
    if (service->setup.apps == NULL) {
        return;
    }
    struct agreements_stats agreements = agreements_stats(service->agreements);
    struct kv_stats values = values_stats(service->values);
    metrics_put_one(out, "coffer_agreements_hits_total", "counter",
                    "Keys shared with apps that were found", agreements.hits);
    metrics_put_one(out, "coffer_agreements_misses_total", "counter",
                    "Keys shared with apps that had to be agreed on", agreements.misses);
    metrics_put_one(out, "coffer_values_namespaces", "gauge", "Apps with values",
                    values.namespaces);
    metrics_put_one(out, "coffer_values", "gauge", "Values", values.records);
    metrics_put_one(out, "coffer_values_bytes", "gauge", "Memory of values", values.bytes);
    metrics_put_one(out, "coffer_values_evictions_total", "counter",
                    "Values that gave way to others", values.evictions);
    metrics_put_one(out, "coffer_values_expiries_total", "counter", "Values that expired",
                    values.expiries);
    uint64_t now_ms = clock_monotonic_ms(&service->setup.clock);
    metrics_put_one(out, "coffer_root_state", "gauge",
                    "Published hash of the root: 0 no root, 1 not known, 2 none, 3 equal, "
                    "4 different, 5 two of them",
                    root_gate_state(service->root_gate, now_ms));
    metrics_put_one(out, "coffer_identity_up", "gauge",
                    "Whether the keys of the node can be used; with Odyn's it may be 0",
                    status_is_ok(node_identity_check(service->setup.apps->identity)));
    registry_put_metrics(&service->setup.apps->registry, out);
}

static void clock_part(struct buf *out, const struct service *service)
{
    struct wall_clock_health time = service_time(service);
    metrics_put_one(out, "coffer_clock_behind_ms", "gauge",
                    "How far the clock is behind what was once known to be past", time.behind_ms);
    metrics_put_one(out, "coffer_clock_width_ms", "gauge",
                    "How far the least and the greatest that the time may be lie apart",
                    time.now.hi_ms - time.now.lo_ms);
    metrics_put_one(out, "coffer_clock_attested", "gauge",
                    "Whether the time is that of the security module, not of the host",
                    time.is_attested);
}

static void keeping_part(struct buf *out, const struct membership_keeping *keeping)
{
    metrics_put_one(out, "coffer_snapshot_state", "gauge",
                    "Snapshots: 0 no storage, 1 waiting, 2 writing, 3 restoring, 4 refused to "
                    "restore",
                    keeping->state);
    metrics_put_one(out, "coffer_snapshot_anchored_height", "gauge",
                    "Height of the anchored snapshot", keeping->anchored_height);
    metrics_put_one(out, "coffer_snapshot_time_seconds", "gauge",
                    "When this node wrote one last, or found that nothing had changed",
                    keeping->time_ms / 1000);
    metrics_put_one(out, "coffer_snapshots_total", "counter", "Snapshots that this node wrote",
                    keeping->written);
    metrics_put_one(out, "coffer_snapshots_lost_total", "counter",
                    "Snapshots before which that of another node was anchored", keeping->lost);
    metrics_put_one(out, "coffer_snapshots_failed_total", "counter",
                    "Snapshots that could not be written or anchored", keeping->failed);
    metrics_put_one(out, "coffer_snapshot_missing_objects", "gauge",
                    "Objects that the storage should have, at the last sweep", keeping->missing);
    metrics_put_one(out, "coffer_snapshot_left_out_records", "gauge",
                    "Records that did not fit when the node was restored", keeping->left_out);
}

static void rotation_part(struct buf *out, const struct membership_stats *stats)
{
    metrics_put_one(out, "coffer_cluster_root_epoch", "gauge",
                    "Epoch of the newest root that is here", stats->turn.newest);
    metrics_put_one(out, "coffer_cluster_root_epoch_in_use", "gauge",
                    "Epoch of the root that values are sealed under", stats->turn.in_use);
    metrics_put_one(out, "coffer_cluster_next_root_state", "gauge",
                    "Where the node is with the next root: 0 none, 1 seeking, 2 storing, "
                    "3 reading back, 4 proposing, 5 waiting",
                    stats->turn.state);
    metrics_put_one(out, "coffer_cluster_resealed_epoch", "gauge",
                    "No record lay under an earlier root than this at the end of some walk",
                    stats->cluster.resealed_epoch);
    metrics_put_one(out, "coffer_cluster_resealed_total", "counter",
                    "Records that were sealed again under a newer root", stats->cluster.resealed);
    metrics_put_one(out, "coffer_cluster_reseal_failed", "gauge",
                    "Records that could not be, in the last walk", stats->cluster.reseal_failed);
}

static void membership_part(struct buf *out, struct membership *membership)
{
    struct membership_stats stats = membership_stats(membership);
    const struct cluster_stats *cluster = &stats.cluster;
    metrics_put_one(out, "coffer_cluster_root_state", "gauge",
                    "How the node gets its root: 0 looking, 1 reading, 2 polling, 3 storing, "
                    "4 confirming, 5 publishing, 6 asking, 7 open, 8 blocked, 9 conflict",
                    stats.root);
    metrics_put_one(out, "coffer_cluster_current", "gauge",
                    "Whether the node has all records and serves them", cluster->is_current);
    metrics_put_one(out, "coffer_cluster_peers", "gauge", "Other nodes that are registered",
                    cluster->peers);
    metrics_put_one(out, "coffer_cluster_members", "gauge",
                    "Of them, those that have shown that they know the root", cluster->members);
    metrics_put_one(out, "coffer_cluster_writes_waiting", "gauge",
                    "Writes that wait for other nodes", cluster->waiting);
    metrics_put_one(out, "coffer_cluster_clock_suspect", "gauge",
                    "Whether the clock is too far from those of the other nodes to take writes",
                    cluster->is_clock_suspect);
    metrics_put_one(out, "coffer_cluster_clock_off_ms", "gauge",
                    "How far it is from their median for certain, ahead or behind",
                    (uint64_t)llabs(cluster->clock_off_ms));
    metrics_put_one(out, "coffer_cluster_pushes_total", "counter",
                    "Messages with records that were taken", cluster->pushes);
    metrics_put_one(out, "coffer_cluster_walks_total", "counter", "Comparisons with other nodes",
                    cluster->walks);
    metrics_put_one(out, "coffer_cluster_failures_total", "counter",
                    "Messages without a good answer", cluster->failures);
    metrics_put_one(out, "coffer_cluster_refused_total", "counter",
                    "Records that another node did not take", cluster->refused);
    metrics_put_one(out, "coffer_cluster_taken_total", "counter",
                    "Records of other nodes that changed something here", cluster->taken);
    metrics_put_one(out, "coffer_cluster_repaired_total", "counter",
                    "Of them, those that were found by comparing", cluster->repaired);
    keeping_part(out, &stats.keeping);
    rotation_part(out, &stats);
}

static struct status put_metrics(struct work *work, const struct permit *permit)
{
    const struct service *service = permit_view(permit);
    const struct routes *routes = service->setup.routes;
    const struct metrics_names names = {routes->operations, routes->count + 1, routes->items,
                                        routes->items_count};
    (void)permit;
    metrics_put(service->metrics, service->setup.workers, &names, &work->body);
    cache_part(&work->body, service);
    connections_part(&work->body, service);
    apps_part(&work->body, service);
    clock_part(&work->body, service);
    oidc_port_put_metrics(&service->setup.issuers, &work->body);
    if (service->membership != NULL) {
        membership_part(&work->body, service->membership);
    }
    metrics_put_one(&work->body, "coffer_memory_bytes", "gauge",
                    "Memory of requests and answers in work", mem_used(service->setup.mem));
    metrics_put_one(&work->body, "coffer_uptime_seconds", "gauge", "Seconds since the start",
                    (clock_monotonic_ns(&service->setup.clock) - service->started_ns) / 1000000000);
    work->media_type = "text/plain; version=0.0.4; charset=utf-8";
    return OK;
}

const struct operation node_op_metrics = {.perform = put_metrics};
