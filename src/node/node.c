#include "node/node.h"

#include "base/invariant.h"
#include "cluster/membership/membership.h"
#include "node/backroom_internal.h"
#include "node/station_internal.h"

static struct request request_of(const struct http_request *request)
{
    struct request ours = {
        .head = request->head,
        .body = request->body,
        .listeners = REQUEST_PUBLIC,
        .is_loopback = request->is_local,
    };
#ifndef COFFER_PRODUCTION
    ours.listeners |= REQUEST_LOCAL;
#endif
    return ours;
}

static struct status on_head(void *context, const struct http_request *request,
                             size_t *ret_body_max)
{
    const struct node *node = context;
    const struct station *station = &node->stations[request->loop];
    return pipeline_body_max(station->worker, request->head, ret_body_max);
}

/* A flight that just came; NULL when the request was turned away, because there is no memory. */
static struct flight *take_off(struct station *station, struct http_request *request)
{
    struct flight *flight = flight_pool_take(&station->pool, station, request);
    if (flight == NULL) {
        station_turn_away(station, request);
        return NULL;
    }
    flight->started_ns = clock_monotonic_ns(station->worker->clock);
    return flight;
}

/* With keys that are elsewhere, whatever may need them goes to the back; when it is known that they
 * cannot be used, it does not even wait there. */
static struct status hand_over(struct station *station, struct flight *flight,
                               const struct request *request)
{
    const struct service_apps *apps = station->service->setup.apps;
    TRY(node_identity_check(apps->identity));
    return backroom_put(flight, request);
}

static void serve(struct station *station, struct flight *flight, struct request *request)
{
    request->may_wait = !atomic_load(&station->node->stopping);
    station_follow(station, flight, pipeline_run(station->worker, flight->job, request));
}

static void on_request(void *context, struct http_request *request)
{
    struct node *node = context;
    struct station *station = &node->stations[request->loop];
    struct request ours = request_of(request);
    struct flight *flight = take_off(station, request);
    if (flight == NULL) {
        return;
    }
    if (request->body.len != 0 && station_is_full(station)) {
        station_refuse(station, flight, &ours, FAIL(OVERLOADED));
    } else if (node->setup.back_loops != 0 &&
               pipeline_needs_identity(station->worker, request->head)) {
        struct status handed = hand_over(station, flight, &ours);
        if (!status_is_ok(handed)) {
            station_refuse(station, flight, &ours, handed);
        }
    } else {
        serve(station, flight, &ours);
    }
}

static void on_refusal(void *context, struct http_request *request, struct status why)
{
    struct node *node = context;
    struct station *station = &node->stations[request->loop];
    struct request ours = request_of(request);
    struct flight *flight = take_off(station, request);
    if (why.code == STATUS_RATE_LIMITED) {
        metrics_add(station->worker->metrics, METRICS_LIMITED, 0, 0, 1);
    }
    if (flight != NULL) {
        station_refuse(station, flight, &ours, why);
    }
}

void node_wake(struct node *node)
{
    for (size_t i = 0; i < node->setup.service->setup.workers; i++) {
        struct station *station = &node->stations[i];
        if (!atomic_exchange(&station->wake_posted, true)) {
            loop_post(station->loop, &station->wake);
        }
    }
}

static struct service_connections connections(void *context)
{
    const struct node *node = context;
    if (!atomic_load(&node->serving)) {
        return (struct service_connections){0};
    }
    struct http_server_stats stats = http_server_stats(node->server);
    size_t parked = 0;
    for (size_t i = 0; i < node->setup.service->setup.workers; i++) {
        parked += atomic_load(&node->stations[i].lookups_count);
    }
    return (struct service_connections){
        .open = stats.connections,
        .accepted = stats.accepted,
        .evicted = stats.evicted,
        .timeouts = stats.timeouts,
        .parked = parked,
    };
}

static void take_root(void *context)
{
    struct node *node = context;
    service_root_came(node->setup.service);
}

static void wake_station(void *context, size_t worker)
{
    struct node *node = context;
    station_settle_soon(&node->stations[worker]);
}

/* When there is who serves what others send, and who is told. */
static struct status start_membership(struct node *node)
{
    struct membership *membership = node->setup.service->membership;
    const struct membership_tell tell = {node, take_root, wake_station};
    return membership == NULL ? OK : membership_start(membership, &tell);
}

static struct status start(struct node *node)
{
    struct service *service = node->setup.service;
    const struct http_server_config config = {
        .loops = node->setup.loops,
        .loops_count = service->setup.workers - node->setup.back_loops,
        .listeners = node->setup.listeners,
        .listeners_count = node->setup.listeners_count,
        .handler = {node, on_head, on_request, on_refusal},
        .limits = node->setup.limits,
        .clock = service->setup.clock,
        .entropy = service->setup.entropy,
        .memory = node->setup.mem,
    };
    for (size_t i = 0; i < service->setup.workers; i++) {
        TRY(station_open(node, i));
    }
    TRY(committer_start(&service->committer));
    for (size_t i = 0; i < service->setup.workers; i++) {
        TRY(loop_start(node->setup.loops[i]));
    }
    service->connections_context = node;
    service->connections = connections;
    TRY(http_server_new(&config, &node->server));
    atomic_store(&node->serving, true);
    return start_membership(node);
}

struct status node_start(const struct node_setup *setup, struct node **ret_node)
{
    void *memory = NULL;
    *ret_node = NULL;
    TRY(mem_alloc(setup->mem, sizeof **ret_node, &memory));
    struct node *node = memory;
    node->setup = *setup;
    INVARIANT(setup->back_loops < setup->service->setup.workers);
    backroom_init(node);
    struct status status = start(node);
    if (!status_is_ok(status)) {
        node_stop(node, 0);
        node_free(&node);
        return status;
    }
    *ret_node = node;
    return OK;
}

void node_stop(struct node *node, uint64_t grace_ms)
{
    if (!atomic_exchange(&node->stopping, true) && node->server != NULL) {
        node_wake(node);
    }
    if (node->server != NULL) {
        http_server_stop(node->server, grace_ms);
    }
    if (node->setup.service->membership != NULL) {
        membership_stop(node->setup.service->membership);
    }
    committer_stop(&node->setup.service->committer);
    atomic_store(&node->serving, false);
    atomic_store(&node->stopped, true);
    http_server_free(&node->server);
}

void node_free(struct node **node)
{
    if (*node == NULL) {
        return;
    }
    struct mem *mem = (*node)->setup.mem;
    struct service *service = (*node)->setup.service;
    service->connections = NULL;
    backroom_deinit(*node);
    for (size_t i = 0; i < service->setup.workers; i++) {
        station_close(&(*node)->stations[i]);
    }
    void *memory = *node;
    mem_free(mem, &memory);
    *node = NULL;
}
