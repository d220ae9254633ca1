#include "node/node.h"

#include "base/invariant.h"
#include "node/backroom_internal.h"
#include "node/node_internal.h"
#include "pipeline/pipeline.h"
#include "pipeline/trail.h"

static void count(struct station *station, size_t operation, enum status_code code,
                  uint64_t started_ns)
{
    const struct service *service = station->node->setup.service;
    uint64_t now_ns = clock_monotonic_ns(&service->setup.clock);
    metrics_add(station->worker->metrics, METRICS_REQUESTS, operation, code, 1);
    metrics_observe(station->worker->metrics, METRICS_REQUEST_TIME, operation, now_ns - started_ns);
}

static void log_answer(struct station *station, const struct answer *answer)
{
    const struct log *log = station->node->setup.service->setup.log;
    if (log->level > LOG_LEVEL_DEBUG) {
        return;
    }
    LOG_EVENT(log, DEBUG, "answer", LOG_U64("status", answer->http_status),
              LOG_TEXT("code", status_name(answer->code)),
              LOG_TOKEN("request_id", answer->request_id));
}

enum { HEADERS_MAX = 5 + ANSWER_HEADERS };

/* An answer as the server takes it. headers must live as long as the response. */
static struct http1_response response_of(const struct answer *answer,
                                         struct http1_header headers[static HEADERS_MAX])
{
    size_t n = 0;
    headers[n++] =
        (struct http1_header){BYTES_LITERAL("Content-Type"), bytes_of(answer->media_type)};
    headers[n++] = (struct http1_header){BYTES_LITERAL("Cache-Control"), BYTES_LITERAL("no-store")};
    headers[n++] =
        (struct http1_header){BYTES_LITERAL("X-Content-Type-Options"), BYTES_LITERAL("nosniff")};
    headers[n++] = (struct http1_header){BYTES_LITERAL("X-Request-Id"), answer->request_id};
    if (answer->allow != NULL) {
        headers[n++] = (struct http1_header){BYTES_LITERAL("Allow"), bytes_of(answer->allow)};
    }
    for (size_t i = 0; i < answer->headers_count; i++) {
        headers[n++] = answer->headers[i];
    }
    return (struct http1_response){.status = answer->http_status,
                                   .headers = headers,
                                   .headers_count = n,
                                   .body = answer->body};
}

static void respond(const struct node_asker *asker, const struct answer *answer)
{
    struct http1_header headers[HEADERS_MAX];
    struct http1_response response = response_of(answer, headers);
    if (asker->errand == NULL) {
        http_server_respond(asker->request, &response);
    } else {
        (void)backroom_stage(asker->errand, &response);
        backroom_send(asker->errand);
    }
}

/* Answer something else in the place of what may not leave. */
void node_withhold(struct station *station, const struct node_asker *asker, struct status why,
                   const struct held *held)
{
    struct answer answer;
    struct bytes request_id = {held->request_id, held->request_id_len};
    pipeline_withhold(station->worker, why, held->form, request_id, &answer);
    respond(asker, &answer);
    count(station, held->operation, answer.code, asker->started_ns);
}

static void settle(struct station *station, uint64_t entry, bool keep)
{
    if (entry != 0) {
        idempotency_settle(station->node->setup.service->idempotency, entry, keep);
    }
}

/* The records of these answers are durable. */
static void release(void *context, struct held *held)
{
    struct station *station = context;
    settle(station, held->entry, true);
    if (held->request == NULL) {
        return;
    }
    if (held->errand != NULL) {
        backroom_send(held->errand);
    } else if (!atomic_load(&station->node->stopped)) {
        http_server_release(held->request);
    }
    count(station, held->operation, held->code, held->started_ns);
}

/* They never will be, or not in time. */
static void lose(void *context, struct held *held)
{
    struct station *station = context;
    const struct node_asker asker = {held->request, held->errand, held->started_ns};
    settle(station, held->entry, false);
    if (held->request != NULL && (held->errand != NULL || !atomic_load(&station->node->stopped))) {
        node_withhold(station, &asker, FAIL(AUDIT_UNAVAILABLE), held);
    }
}

static void watch(struct station *station)
{
    uint64_t oldest_ms = 0;
    if (!held_oldest(&station->held, &oldest_ms)) {
        loop_timer_stop(station->timer);
        return;
    }
    const struct clock *clock = &station->node->setup.service->setup.clock;
    uint64_t due_ms = oldest_ms + LIMIT_AUDIT_WAIT_MS;
    uint64_t now_ms = clock_monotonic_ms(clock);
    loop_timer_start(station->timer, due_ms > now_ms ? due_ms - now_ms : 1, 0);
}

static void run_timer(void *context)
{
    struct station *station = context;
    /* What became durable while this thread was waiting for something else is not late: the news of
     * it comes first. */
    if (atomic_load(&station->collect_posted)) {
        loop_timer_start(station->timer, 1, 0);
        return;
    }
    const struct clock *clock = &station->node->setup.service->setup.clock;
    uint64_t now_ms = clock_monotonic_ms(clock);
    uint64_t before_ms = now_ms >= LIMIT_AUDIT_WAIT_MS ? now_ms - LIMIT_AUDIT_WAIT_MS + 1 : 0;
    held_expire(&station->held, before_ms, lose, station);
    watch(station);
}

static void defer_submit(struct station *station)
{
    station->submit_deferred = true;
    loop_defer(station->loop, &station->submit);
}

static void start_gathering(struct station *station)
{
    station->gather = gather_start(clock_monotonic_ns(&station->node->setup.service->setup.clock));
    defer_submit(station);
}

static void run_submit(void *context)
{
    struct station *station = context;
    station->submit_deferred = false;
    uint64_t now_ns = clock_monotonic_ns(&station->node->setup.service->setup.clock);
    if (gather_more(&station->gather, station->worker->requests, now_ns)) {
        defer_submit(station);
        return;
    }
    station->is_committing = committer_submit(station->worker->lane);
}

static void run_collect(void *context)
{
    struct station *station = context;
    struct committer_news news;
    atomic_store(&station->collect_posted, false);
    if (!committer_collect(station->worker->lane, &news)) {
        return;
    }
    metrics_add(station->worker->metrics, METRICS_AUDIT_COMMITS, news.status.code, 0, 1);
    metrics_add(station->worker->metrics, METRICS_AUDIT_RECORDS, 0, 0, news.records);
    metrics_observe(station->worker->metrics, METRICS_AUDIT_TIME, 0, news.duration_ns);
    if (news.durable != 0) {
        held_take(&station->held, news.durable, release, station);
    } else {
        LOG_EVENT(station->node->setup.service->setup.log, ERROR, "audit records not written",
                  LOG_STATUS(news.status));
        held_take(&station->held, news.failed_to, lose, station);
    }
    watch(station);
    station->is_committing = false;
    start_gathering(station);
}

/* On the committer's thread. */
static void wake(void *context)
{
    struct station *station = context;
    atomic_store(&station->collect_posted, true);
    loop_post(station->loop, &station->collect);
}

static bool stage(const struct node_asker *asker, const struct answer *answer)
{
    struct http1_header headers[HEADERS_MAX];
    struct http1_response response = response_of(answer, headers);
    return asker->errand != NULL ? backroom_stage(asker->errand, &response)
                                 : status_is_ok(http_server_stage(asker->request, &response));
}

static void hold(struct station *station, const struct node_asker *asker,
                 const struct answer *answer)
{
    struct held *held = held_add(&station->held, answer->ticket);
    if (held == NULL || !stage(asker, answer)) {
        const struct held none = {.operation = answer->operation, .form = answer->form};
        settle(station, answer->entry, false);
        if (held != NULL) {
            held_drop_last(&station->held);
        }
        node_withhold(station, asker, FAIL(OVERLOADED), &none);
        return;
    }
    held->request = asker->request;
    held->errand = asker->errand;
    held->entry = answer->entry;
    held->operation = answer->operation;
    held->code = answer->code;
    held->form = answer->form;
    held->started_ns = asker->started_ns;
    held_set_request_id(held, answer->request_id);
    if (station->held.count == 1) {
        watch(station);
    }
}

static void commit_soon(struct station *station)
{
    if (!station->submit_deferred && !station->is_committing) {
        start_gathering(station);
    }
}

static void leave(struct station *station, const struct node_asker *asker,
                  const struct answer *answer)
{
    log_answer(station, answer);
    if (answer->ticket == 0) {
        settle(station, answer->entry, true);
        respond(asker, answer);
        count(station, answer->operation, answer->code, asker->started_ns);
        return;
    }
    hold(station, asker, answer);
    commit_soon(station);
}

void node_refuse(struct station *station, const struct node_asker *asker,
                 const struct request *ours, struct status why)
{
    struct answer answer;
    pipeline_refuse(station->worker, ours, why, &answer);
    leave(station, asker, &answer);
}

struct request node_request(const struct http_request *request, const struct http1_head *head,
                            struct bytes body)
{
    struct request ours = {
        .head = head,
        .body = body,
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

bool node_serve(struct station *station, const struct node_asker *asker, const struct request *ours)
{
    struct answer answer;
    pipeline_run(station->worker, ours, &answer);
    if (!answer.waits) {
        leave(station, asker, &answer);
    }
    /* Keys and values do not lie about until the next request comes. */
    pipeline_clear(station->worker);
    return !answer.waits;
}

/* Run a parked request again, for the last time when its time is over. */
static enum parked_fate retry(void *context, struct parked *parked)
{
    struct station *station = context;
    struct http1_head head;
    struct bytes body;
    uint64_t now_ms = clock_monotonic_ms(&station->node->setup.service->setup.clock);
    const struct node_asker asker = {parked->request, parked->home != NULL ? parked : NULL,
                                     parked->started_ns};
    if (atomic_load(&station->node->stopped)) {
        return PARKED_OVER;
    }
    parked_read(parked, &head, &body);
    struct request ours = node_request(parked->request, &head, body);
    ours.may_wait =
        now_ms < parked->since_ms + LIMIT_PARKED_MS && !atomic_load(&station->node->stopping);
    if (!node_serve(station, &asker, &ours)) {
        return PARKED_STAYS;
    }
    return asker.errand != NULL ? PARKED_TAKEN : PARKED_OVER;
}

/* How long the request that was parked first may still wait. */
static uint64_t patience_ms(const struct station *station)
{
    uint64_t now_ms = clock_monotonic_ms(&station->node->setup.service->setup.clock);
    uint64_t due_ms = station->parked.first->since_ms + LIMIT_PARKED_MS;
    return due_ms > now_ms ? due_ms - now_ms : 0;
}

static void watch_parked(struct station *station)
{
    atomic_store(&station->parked_count, station->parked.count);
    if (station->parked.first == NULL) {
        loop_timer_stop(station->patience);
        return;
    }
    uint64_t left_ms = patience_ms(station);
    loop_timer_start(station->patience, left_ms > 0 ? left_ms : 1, 0);
}

static void run_retry(void *context)
{
    struct station *station = context;
    parked_visit(&station->parked, retry, station);
    watch_parked(station);
}

static void run_patience(void *context)
{
    struct station *station = context;
    /* A loop counts from when it last looked at the clock: the timer may be early. */
    if (station->parked.first != NULL && patience_ms(station) > 0) {
        watch_parked(station);
    } else {
        run_retry(station);
    }
}

/* The first loop looks at what the chain says of the root, whether or not anybody asks. */
static void check_root(struct station *station)
{
    const struct service *service = station->node->setup.service;
    struct root_gate *gate = service->root_gate;
    struct status why;
    if (station != &station->node->stations[0] || gate == NULL) {
        return;
    }
    (void)root_gate_state(gate, clock_monotonic_ms(&service->setup.clock));
    if (root_gate_news(gate, &why) &&
        status_is_ok(trail_event(station->worker, "root.check", why))) {
        root_gate_told(gate);
        commit_soon(station);
    }
}

static void run_wake(void *context)
{
    struct station *station = context;
    /* Before anything is looked up, so that no news is missed. */
    atomic_store(&station->wake_posted, false);
    check_root(station);
    run_retry(station);
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

void node_parked(struct station *station)
{
    if (station->parked.count == 1) {
        watch_parked(station);
    } else {
        atomic_store(&station->parked_count, station->parked.count);
    }
}

static void park(struct station *station, const struct node_asker *asker,
                 const struct request *ours)
{
    struct parked *parked = parked_add(&station->parked, asker->request);
    if (parked == NULL) {
        node_refuse(station, asker, ours, FAIL(OVERLOADED));
        return;
    }
    parked->since_ms = clock_monotonic_ms(&station->node->setup.service->setup.clock);
    parked->started_ns = asker->started_ns;
    node_parked(station);
}

/* With keys that are elsewhere, whatever may need them goes to the back; when it is known that they
 * cannot be used, it does not even wait there. */
static struct status hand_over(struct station *station, const struct node_asker *asker)
{
    const struct service_apps *apps = station->node->setup.service->setup.apps;
    TRY(node_identity_check(apps->identity));
    return backroom_put(station, asker->request, asker->started_ns) ? OK : FAIL(OVERLOADED);
}

static void on_request(void *context, struct http_request *request)
{
    struct node *node = context;
    struct station *station = &node->stations[request->loop];
    const struct node_asker asker = {request, NULL,
                                     clock_monotonic_ns(&node->setup.service->setup.clock)};
    struct request ours = node_request(request, request->head, request->body);
    if (node->setup.back_loops != 0 && pipeline_needs_identity(station->worker, request->head)) {
        struct status status = hand_over(station, &asker);
        if (!status_is_ok(status)) {
            node_refuse(station, &asker, &ours, status);
        }
        return;
    }
    ours.may_wait = !atomic_load(&node->stopping);
    if (!node_serve(station, &asker, &ours)) {
        park(station, &asker, &ours);
    }
}

static void on_refusal(void *context, struct http_request *request, struct status why)
{
    struct node *node = context;
    struct station *station = &node->stations[request->loop];
    const struct node_asker asker = {request, NULL,
                                     clock_monotonic_ns(&node->setup.service->setup.clock)};
    struct request ours = node_request(request, request->head, request->body);
    if (why.code == STATUS_RATE_LIMITED) {
        metrics_add(station->worker->metrics, METRICS_LIMITED, 0, 0, 1);
    }
    node_refuse(station, &asker, &ours, why);
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
        parked += atomic_load(&node->stations[i].parked_count);
    }
    return (struct service_connections){
        .open = stats.connections,
        .accepted = stats.accepted,
        .evicted = stats.evicted,
        .timeouts = stats.timeouts,
        .parked = parked,
    };
}

static struct status start_stations(struct node *node)
{
    struct service *service = node->setup.service;
    for (size_t i = 0; i < service->setup.workers; i++) {
        struct station *station = &node->stations[i];
        station->node = node;
        station->worker = &service->workers[i];
        station->loop = node->setup.loops[i];
        station->submit = (struct loop_task){.run = run_submit, .context = station};
        station->collect = (struct loop_task){.run = run_collect, .context = station};
        held_init(&station->held, node->setup.mem, &service->setup.clock);
        station->worker->lane->wake = (struct committer_wake){station, wake};
        TRY(loop_timer_new(station->loop, run_timer, station, &station->timer));
        station->wake = (struct loop_task){.run = run_wake, .context = station};
        parked_init(&station->parked, node->setup.mem);
        TRY(loop_timer_new(station->loop, run_patience, station, &station->patience));
        station->fetch = (struct loop_task){.run = backroom_fetch, .context = station};
        station->is_idle = true;
    }
    return OK;
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
        .memory = node->setup.mem,
    };
    TRY(start_stations(node));
    TRY(committer_start(&service->committer));
    for (size_t i = 0; i < service->setup.workers; i++) {
        TRY(loop_start(node->setup.loops[i]));
    }
    service->connections_context = node;
    service->connections = connections;
    TRY(http_server_new(&config, &node->server));
    atomic_store(&node->serving, true);
    return OK;
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
    committer_stop(&node->setup.service->committer);
    atomic_store(&node->serving, false);
    atomic_store(&node->stopped, true);
    http_server_free(&node->server);
}

/* An answer that never left. */
static void drop(void *context, struct held *held)
{
    struct node *node = context;
    if (held->request != NULL && held->errand != NULL) {
        backroom_drop(node, held->errand);
    }
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
        service->workers[i].lane->wake = (struct committer_wake){NULL, NULL};
        held_take(&(*node)->stations[i].held, UINT64_MAX, drop, *node);
        held_deinit(&(*node)->stations[i].held);
        parked_deinit(&(*node)->stations[i].parked);
    }
    void *memory = *node;
    mem_free(mem, &memory);
    *node = NULL;
}
