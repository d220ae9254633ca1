#include "base/invariant.h"
#include "node/backroom_internal.h"
#include "node/station_internal.h"
#include "pipeline/trail.h"

uint64_t station_now_ms(const struct station *station)
{
    return clock_monotonic_ms(station->worker->clock);
}

static uint64_t now_ns(const struct station *station)
{
    return clock_monotonic_ns(station->worker->clock);
}

static void count_answer(struct station *station, size_t operation, enum status_code code,
                         uint64_t started_ns)
{
    metrics_add(station->worker->metrics, METRICS_REQUESTS, operation, code, 1);
    metrics_observe(station->worker->metrics, METRICS_REQUEST_TIME, operation,
                    now_ns(station) - started_ns);
}

static void log_answer(struct station *station, const struct answer *answer)
{
    const struct log *log = station->service->setup.log;
    if (log->level > LOG_LEVEL_DEBUG) {
        return;
    }
    LOG_EVENT(log, DEBUG, "answer", LOG_U64("status", answer->http_status),
              LOG_TEXT("code", status_name(answer->code)),
              LOG_TOKEN("request_id", answer->request_id));
}

static void settle_entry(struct station *station, struct idempotency_entry *entry, bool keep)
{
    if (entry != NULL) {
        idempotency_settle(station->service->idempotency, entry, keep);
    }
}

/* --- answers ---------------------------------------------------------------------------------- */

enum { HEADERS_MAX = 6 + ANSWER_HEADERS };

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
    if (answer->http_status == 429) {
        headers[n++] = (struct http1_header){BYTES_LITERAL("Retry-After"), answer->retry_after};
    }
    for (size_t i = 0; i < answer->headers_count; i++) {
        headers[n++] = answer->headers[i];
    }
    return (struct http1_response){.status = answer->http_status,
                                   .headers = headers,
                                   .headers_count = n,
                                   .body = answer->body};
}

static void respond(struct http_request *request, const struct answer *answer)
{
    struct http1_header headers[HEADERS_MAX];
    struct http1_response response = response_of(answer, headers);
    http_server_respond(request, &response);
}

/* On the thread of its home, with its answer in its job. */
static void end_at_home(struct flight *flight)
{
    struct station *home = flight->home;
    if (!atomic_load(&home->node->stopped)) {
        respond(flight->request, &flight->job->answer);
    }
    flight_move(flight, FLIGHT_OVER);
    flight_pool_put(&home->pool, flight);
}

static void arrive(void *context)
{
    end_at_home(context);
}

/* Let the answer in its job leave, from wherever it was made. */
static void send_answer(struct station *station, struct flight *flight)
{
    count_answer(station, flight->operation, flight->code, flight->started_ns);
    if (flight->home == station) {
        end_at_home(flight);
        return;
    }
    flight_move(flight, FLIGHT_RETURNS);
    flight->task = (struct loop_task){.run = arrive, .context = flight};
    loop_post(flight->home->loop, &flight->task);
}

/* With the job that is kept for it: what was made before is in nobody's way. */
static void respond_spare(struct station *station, struct http_request *request, struct status why,
                          const struct pipeline_withheld *withheld)
{
    pipeline_withhold(station->worker, station->spare, why, withheld);
    if (!atomic_load(&station->node->stopped)) {
        respond(request, &station->spare->answer);
    }
    job_clear(station->spare);
}

/* Answer something else in the place of what may not leave. */
static void send_withheld(struct station *station, struct flight *flight, struct status why)
{
    const struct pipeline_withheld withheld = {
        .form = flight->form,
        .request_id = {flight->request_id, flight->request_id_len},
        .version = {flight->version, flight->version_len},
    };
    settle_entry(station, flight->entry, false);
    flight->code = (enum status_code)why.code;
    if (flight->home != station) {
        pipeline_withhold(station->worker, flight->job, why, &withheld);
        send_answer(station, flight);
        return;
    }
    respond_spare(station, flight->request, why, &withheld);
    count_answer(station, flight->operation, flight->code, flight->started_ns);
    flight_move(flight, FLIGHT_OVER);
    flight_pool_put(&station->pool, flight);
}

/* What an answer becomes when its records are not durable. */
static struct status why_withheld(const struct flight *flight)
{
    return flight->is_effect ? FAIL(WRITE_UNSETTLED) : FAIL(AUDIT_UNAVAILABLE);
}

/* --- records ---------------------------------------------------------------------------------- */

static bool has_waited(const struct flight *flight, uint64_t now_ms, uint64_t ms)
{
    return now_ms >= flight->since_ms + ms;
}

static void watch_records(struct station *station)
{
    const struct flight *oldest = station->records.first;
    if (oldest == NULL) {
        loop_timer_stop(station->timer);
        return;
    }
    uint64_t due_ms = oldest->since_ms + LIMIT_AUDIT_WAIT_MS;
    uint64_t now_ms = station_now_ms(station);
    loop_timer_start(station->timer, due_ms > now_ms ? due_ms - now_ms : 1, 0);
}

static void wait_for_records(struct station *station, struct flight *flight,
                             enum flight_state state)
{
    flight_move(flight, state);
    flight->since_ms = station_now_ms(station);
    flight_list_put(&station->records, flight);
    if (station->records.count == 1) {
        watch_records(station);
    }
    station_commit_soon(station);
}

/* No more room for what it keeps, or it goes on. */
static void stop_waiting(struct station *station, const struct flight *flight)
{
    room_give(&station->worker->room, flight->owner, flight->job->kept);
}

static void start_waiting(struct station *station, struct flight *flight)
{
    flight->owner = flight->job->work.owner;
    room_take(&station->worker->room, flight->owner, flight->job->kept);
}

void station_resume(struct station *station, struct flight *flight, struct status waited)
{
    stop_waiting(station, flight);
    flight_move(flight, FLIGHT_RUNS);
    station_follow(station, flight, pipeline_resume(station->worker, flight->job, waited));
}

/* Its batch is durable. */
static void release(struct station *station, struct flight *flight)
{
    if (flight->state == FLIGHT_INTENT) {
        station_resume(station, flight, OK);
        return;
    }
    settle_entry(station, flight->entry, true);
    if (flight->home != station) {
        send_answer(station, flight);
        return;
    }
    count_answer(station, flight->operation, flight->code, flight->started_ns);
    if (!atomic_load(&station->node->stopped)) {
        http_server_release(flight->request);
    }
    flight_move(flight, FLIGHT_OVER);
    flight_pool_put(&station->pool, flight);
}

/* Its batch is not durable in time. */
static void lose(struct station *station, struct flight *flight)
{
    if (flight->state == FLIGHT_INTENT) {
        station_resume(station, flight, FAIL(AUDIT_UNAVAILABLE));
    } else {
        send_withheld(station, flight, why_withheld(flight));
    }
}

/* All that wait for a batch up to ticket; what waits anew, for a later one, stays. */
static void release_records(struct station *station, uint64_t ticket)
{
    while (station->records.first != NULL && station->records.first->ticket <= ticket) {
        release(station, flight_list_take(&station->records));
    }
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
    uint64_t now_ms = station_now_ms(station);
    while (station->records.first != NULL &&
           has_waited(station->records.first, now_ms, LIMIT_AUDIT_WAIT_MS)) {
        lose(station, flight_list_take(&station->records));
    }
    watch_records(station);
}

static void defer_submit(struct station *station)
{
    station->submit_deferred = true;
    loop_defer(station->loop, &station->submit);
}

static void start_gathering(struct station *station)
{
    station->gather = gather_start(now_ns(station));
    defer_submit(station);
}

static void run_submit(void *context)
{
    struct station *station = context;
    station->submit_deferred = false;
    if (!committer_is_pressed(station->lane) &&
        gather_more(&station->gather, station->worker->requests, now_ns(station))) {
        defer_submit(station);
        return;
    }
    station->is_committing = committer_submit(station->lane);
}

void station_commit_soon(struct station *station)
{
    if (!station->submit_deferred && !station->is_committing) {
        start_gathering(station);
    }
}

static void run_collect(void *context)
{
    struct station *station = context;
    struct committer_news news;
    atomic_store(&station->collect_posted, false);
    if (!committer_collect(station->lane, &news)) {
        return;
    }
    metrics_add(station->worker->metrics, METRICS_AUDIT_COMMITS, news.status.code, 0, 1);
    if (news.durable == 0) {
        /* It is tried again; meanwhile answers expire. */
        LOG_EVENT(station->service->setup.log, ERROR, "audit records not written yet",
                  LOG_STATUS(news.status));
        return;
    }
    station->is_committing = false;
    metrics_add(station->worker->metrics, METRICS_AUDIT_RECORDS, 0, 0, news.records);
    metrics_observe(station->worker->metrics, METRICS_AUDIT_TIME, 0, news.duration_ns);
    release_records(station, news.durable);
    station_settle_effects(station, news.durable);
    watch_records(station);
    station_commit_soon(station);
}

/* On the committer's thread. */
static void wake_for_news(void *context)
{
    struct station *station = context;
    atomic_store(&station->collect_posted, true);
    loop_post(station->loop, &station->collect);
}

/* --- turns ------------------------------------------------------------------------------------ */

static void defer_turn(struct station *station)
{
    if (!station->turn_deferred && station->yields.first != NULL) {
        station->turn_deferred = true;
        loop_defer(station->loop, &station->turn);
    }
}

/* One turn of one flight; then the sockets are looked at again. */
static void run_turn(void *context)
{
    struct station *station = context;
    struct flight *flight = flight_list_take(&station->yields);
    station->turn_deferred = false;
    if (flight != NULL) {
        station_resume(station, flight, OK);
    }
    defer_turn(station);
}

/* --- lookups ---------------------------------------------------------------------------------- */

/* How long the flight that looks up longest may still wait. */
static uint64_t patience_ms(const struct station *station)
{
    uint64_t now_ms = station_now_ms(station);
    uint64_t due_ms = station->lookups.first->since_ms + LIMIT_PARKED_MS;
    return due_ms > now_ms ? due_ms - now_ms : 0;
}

static void watch_lookups(struct station *station)
{
    atomic_store(&station->lookups_count, station->lookups.count);
    if (station->lookups.first == NULL) {
        loop_timer_stop(station->patience);
        return;
    }
    uint64_t left_ms = patience_ms(station);
    loop_timer_start(station->patience, left_ms > 0 ? left_ms : 1, 0);
}

static void look_up(struct station *station, struct flight *flight)
{
    bool has_room = station->lookups.count < LIMIT_PARKED &&
                    room_has(&station->worker->room, 0, flight->job->kept);
    if (!has_room) {
        station_refuse(station, flight, &flight->job->request, FAIL(OVERLOADED));
        return;
    }
    flight_move(flight, FLIGHT_LOOKS_UP);
    flight->since_ms = station_now_ms(station);
    start_waiting(station, flight);
    flight_list_put(&station->lookups, flight);
    watch_lookups(station);
}

/* Run it again from the start, for the last time when its time is over. */
static void look_again(struct station *station, struct flight *flight, uint64_t now_ms)
{
    bool may_wait =
        !has_waited(flight, now_ms, LIMIT_PARKED_MS) && !atomic_load(&station->node->stopping);
    stop_waiting(station, flight);
    flight_move(flight, FLIGHT_RUNS);
    enum pipeline_state state = pipeline_again(station->worker, flight->job, may_wait);
    if (state == PIPELINE_LOOKS_UP) {
        flight_move(flight, FLIGHT_LOOKS_UP);
        start_waiting(station, flight);
        flight_list_put(&station->lookups, flight);
        return;
    }
    station_follow(station, flight, state);
}

static void look_all_again(struct station *station)
{
    uint64_t now_ms = station_now_ms(station);
    struct flight *next = NULL;
    if (atomic_load(&station->node->stopped)) {
        return;
    }
    for (struct flight *flight = flight_list_take_all(&station->lookups); flight != NULL;
         flight = next) {
        next = flight->next;
        look_again(station, flight, now_ms);
    }
    watch_lookups(station);
}

static void run_patience(void *context)
{
    struct station *station = context;
    /* A loop counts from when it last looked at the clock: the timer may be early. */
    if (station->lookups.first != NULL && patience_ms(station) > 0) {
        watch_lookups(station);
    } else {
        look_all_again(station);
    }
}

/* The first loop looks at what the chain says of the root, whether or not anybody asks. */
static void check_root(struct station *station)
{
    struct root_gate *gate = station->service->root_gate;
    struct status why;
    if (station != &station->node->stations[0] || gate == NULL) {
        return;
    }
    (void)root_gate_state(gate, station_now_ms(station));
    if (root_gate_news(gate, &why) &&
        status_is_ok(trail_event(station->worker, "root.check", why))) {
        root_gate_told(gate);
        station_commit_soon(station);
    }
}

static void run_wake(void *context)
{
    struct station *station = context;
    /* Before anything is looked up, so that no news is missed. */
    atomic_store(&station->wake_posted, false);
    check_root(station);
    look_all_again(station);
}

/* --- what becomes of a flight ----------------------------------------------------------------- */

/* The server holds the answer of a flight that is at home; one at the back keeps it in its job. */
static bool stage(struct station *station, struct flight *flight)
{
    struct http1_header headers[HEADERS_MAX];
    struct http1_response response = response_of(&flight->job->answer, headers);
    if (flight->home != station) {
        return true;
    }
    if (!status_is_ok(http_server_stage(flight->request, &response))) {
        return false;
    }
    /* Keys and values do not lie about until the record is written. */
    flight_pool_take_job(&station->pool, flight);
    return true;
}

static void leave(struct station *station, struct flight *flight)
{
    flight_note_answer(flight);
    log_answer(station, &flight->job->answer);
    if (flight->ticket == 0) {
        settle_entry(station, flight->entry, true);
        send_answer(station, flight);
    } else if (stage(station, flight)) {
        wait_for_records(station, flight, FLIGHT_OUTCOME);
    } else {
        send_withheld(station, flight,
                      flight->is_effect ? FAIL(WRITE_UNSETTLED) : FAIL(OVERLOADED));
        station_commit_soon(station);
    }
}

void station_follow(struct station *station, struct flight *flight, enum pipeline_state state)
{
    switch (state) {
    case PIPELINE_ANSWERED:
        leave(station, flight);
        break;
    case PIPELINE_LOOKS_UP:
        look_up(station, flight);
        break;
    case PIPELINE_RECORDS:
        flight->ticket = flight->job->answer.ticket;
        start_waiting(station, flight);
        wait_for_records(station, flight, FLIGHT_INTENT);
        break;
    case PIPELINE_YIELDS:
        flight_move(flight, FLIGHT_YIELDS);
        start_waiting(station, flight);
        flight_list_put(&station->yields, flight);
        defer_turn(station);
        station_commit_soon(station);
        break;
    case PIPELINE_SETTLES:
        flight_move(flight, FLIGHT_SETTLES);
        start_waiting(station, flight);
        flight_list_put(&station->settles, flight);
        station_settle_soon(station); /* it may be over by now */
        break;
    }
}

void station_refuse(struct station *station, struct flight *flight, const struct request *request,
                    struct status why)
{
    pipeline_refuse(station->worker, flight->job, request, why);
    leave(station, flight);
}

void station_turn_away(struct station *station, struct http_request *request)
{
    static const struct pipeline_withheld nothing = {.form = ROUTES_OURS};
    respond_spare(station, request, FAIL(OVERLOADED), &nothing);
}

bool station_is_full(const struct station *station)
{
    return room_is_full(&station->worker->room);
}

/* --- construction ----------------------------------------------------------------------------- */

struct status station_open(struct node *node, size_t index)
{
    struct service *service = node->setup.service;
    struct station *station = &node->stations[index];
    station->node = node;
    station->service = service;
    station->worker = &service->workers[index];
    station->lane = station->worker->lane;
    station->loop = node->setup.loops[index];
    station->submit = (struct loop_task){.run = run_submit, .context = station};
    station->collect = (struct loop_task){.run = run_collect, .context = station};
    station->turn = (struct loop_task){.run = run_turn, .context = station};
    station->wake = (struct loop_task){.run = run_wake, .context = station};
    station->settle = (struct loop_task){.run = station_settle, .context = station};
    station->fetch = (struct loop_task){.run = backroom_fetch, .context = station};
    station->is_idle = true;
    flight_list_init(&station->records);
    flight_list_init(&station->lookups);
    flight_list_init(&station->yields);
    flight_list_init(&station->settles);
    flight_pool_init(&station->pool, node->setup.mem);
    TRY(job_open(node->setup.mem, &station->spare));
    station->lane->wake = (struct committer_wake){station, wake_for_news};
    TRY(loop_timer_new(station->loop, run_timer, station, &station->timer));
    TRY(loop_timer_new(station->loop, station_settle, station, &station->look));
    return loop_timer_new(station->loop, run_patience, station, &station->patience);
}

static void abandon_all(struct station *station, struct flight_list *list)
{
    struct flight *flight = NULL;
    while ((flight = flight_list_take(list)) != NULL) {
        if (flight->job != NULL) {
            pipeline_abandon(station->worker, flight->job);
        }
        flight_move(flight, FLIGHT_OVER);
        flight_pool_put(&station->pool, flight);
    }
}

void station_close(struct station *station)
{
    if (station->node == NULL) {
        return;
    }
    station->lane->wake = (struct committer_wake){NULL, NULL};
    abandon_all(station, &station->records);
    abandon_all(station, &station->lookups);
    abandon_all(station, &station->yields);
    abandon_all(station, &station->settles);
    flight_pool_deinit(&station->pool);
    job_close(station->node->setup.mem, &station->spare);
}
