#include "pipeline/pipeline.h"

#include <string.h>

#include "base/invariant.h"
#include "codec/hex.h"
#include "pipeline/admit.h"
#include "pipeline/caller.h"
#include "pipeline/exchange.h"
#include "pipeline/fail.h"
#include "pipeline/idempotency.h"
#include "pipeline/permit.h"
#include "pipeline/proof.h"
#include "pipeline/query.h"
#include "pipeline/service.h"
#include "pipeline/trail_internal.h"

static struct status find_route(const struct worker *worker, const struct http1_head *head,
                                struct routes_match *ret_match)
{
    const struct service_setup *setup = &worker->service->setup;
    return routes_find(setup->routes, head, setup->trust->v1_wire, ret_match);
}

struct status pipeline_body_max(const struct worker *worker, const struct http1_head *head,
                                size_t *ret_body_max)
{
    struct routes_match match;
    *ret_body_max = 0;
    TRY(find_route(worker, head, &match));
    *ret_body_max = match.route->body_max;
    return OK;
}

bool pipeline_needs_identity(const struct worker *worker, const struct http1_head *head)
{
    struct routes_match match;
    return status_is_ok(find_route(worker, head, &match)) &&
           match.route->principal != ROUTES_ANYONE && proof_in_head(match.route, head);
}

/* Ours is unique: start of the node, worker, count. */
static void make_request_ids(struct work *work)
{
    const struct service *service = work->worker->service;
    struct buf text = buf_over((uint8_t *)work->rid, sizeof work->rid);
    hex_put(&text, (struct bytes){service->boot, 4});
    buf_put_u8(&text, '-');
    buf_put_decimal(&text, work->worker->index);
    buf_put_u8(&text, '-');
    buf_put_decimal(&text, ++work->worker->requests);
    work->rid_len = text.len;
}

/* What a client may call its request; anything else is not taken over. */
static bool request_id_valid(struct bytes id)
{
    if (id.len == 0 || id.len > LIMIT_REQUEST_ID) {
        return false;
    }
    for (size_t i = 0; i < id.len; i++) {
        uint8_t c = id.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '-' && c != '_' && c != '.' && c != ':' && c != '/') {
            return false;
        }
    }
    return true;
}

static void start(struct worker *worker, const struct request *request, struct work *work,
                  struct answer *answer)
{
    pipeline_clear(worker);
    work->worker = worker;
    work->arena = &worker->arena;
    work->answers = &worker->answers;
    work->metrics = worker->metrics;
    work->request = request;
    work->now = clock_wall(&worker->service->setup.clock);
    work->media_type = "application/json";
    make_request_ids(work);
    struct bytes rid = {(const uint8_t *)work->rid, work->rid_len};
    struct bytes crid = http1_header(request->head, BYTES_LITERAL("x-request-id"));
    work->crid = request_id_valid(crid) ? crid : (struct bytes){NULL, 0};
    work->record.at = work->now;
    work->record.rid = rid;
    work->record.crid = work->crid;
    *answer = (struct answer){.http_status = 200};
    struct bytes shown = work->crid.len != 0 ? work->crid : rid;
    struct status copied = arena_copy(&worker->arena, shown, &answer->request_id);
    INVARIANT(status_is_ok(copied));
}

static bool is_audited(const struct work *work)
{
    return work->route != NULL && work->route->principal != ROUTES_ANYONE;
}

/* Prepare what the audit records of this request have in common. */
static void start_records(struct work *work)
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, work->request->body);
    sha256_final(&sha, work->body_hash);
    work->record.req = work->body_hash;
    work->record.op = work->route->operation;
    work->record.route = work->route->path;
}

static void open_body(struct work *work)
{
    arena_rewind(work->answers, 0);
    work->body = arena_open(work->answers);
    work->out = json_out_over(&work->body);
}

/* Errors are not sealed, and the place of one may have names out of a body that was. */
static bool is_sealed(const struct work *work)
{
    return work->caller != NULL && caller_app(work->caller) != NULL && work->route->body_max != 0;
}

static void write_failure(struct work *work, struct status why, struct answer *answer)
{
    const struct fail_context context = {
        .form = work->form,
        .where = is_sealed(work) ? "" : work->doc.where,
        .request_id = answer->request_id,
        .now_ms = work->now.hi_ms,
    };
    open_body(work);
    work->media_type = "application/json";
    fail_out(&work->out, why, &context);
    answer->code = (enum status_code)why.code;
    answer->http_status = fail_http(answer->code, work->form);
}

/* What may be repeated safely only when its answer is kept: everything that signs or changes
 * something. Keys that an app asks for are the same each time, and are not kept for anybody. */
static bool is_repeatable(const struct route *route)
{
    return route->principal == ROUTES_USER || strcmp(route->method, "PUT") == 0 ||
           strcmp(route->method, "DELETE") == 0;
}

/* Returns: whether the operation is still to be done, in *ret_new. */
static struct status begin_idempotent(struct work *work, const struct caller *caller,
                                      struct bytes text, struct answer *answer, bool *ret_new)
{
    struct bytes key = http1_header(work->request->head, BYTES_LITERAL("idempotency-key"));
    *ret_new = true;
    if (key.ptr == NULL || !is_repeatable(work->route)) {
        return OK;
    }
    if (!idempotency_key_valid(key)) {
        return FAIL(IDEMPOTENCY_KEY);
    }
    const struct service *service = work->worker->service;
    struct idempotency_id id;
    struct sha256 sha;
    idempotency_id_make(caller_scope(caller), work->route->operation, key, &id);
    sha256_init(&sha);
    sha256_update(&sha, text);
    sha256_final(&sha, id.body);
    const struct caller_app *app = caller_app(caller);
    if (app != NULL) {
        id.owner = idempotency_owner(BYTES_ARRAY(app->proof.grant.app_id));
    }
    uint64_t now_ms = clock_monotonic_ms(&service->setup.clock);
    TRY(idempotency_begin(service->idempotency, &id, now_ms, work->answers, answer));
    *ret_new = answer->entry != 0;
    return OK;
}

/* From here on the answer is for somebody. */
static struct status authenticate(struct work *work, const struct admitted *admitted)
{
    const struct caller *caller = NULL;
    TRY(caller_authenticate(work, admitted, &caller));
    work->caller = caller;
    work->record.principal = caller_principal(caller);
    work->record.assurance = caller_assurance(caller);
    const struct caller_app *app = caller_app(caller);
    if (app == NULL) {
        return OK;
    }
    work->record.block = (struct bytes){(const uint8_t *)app->block, app->block_len};
    if (!service_app_take(work->worker->service, app->proof.grant.app_id)) {
        metrics_add(work->metrics, METRICS_APP_LIMITED, 0, 0, 1);
        return FAIL(RATE_LIMITED);
    }
    return OK;
}

/* What an app has or does depends on the root, and so do native seeds. */
static bool needs_root(const struct work *work)
{
    const struct service *service = work->worker->service;
    return service->root_gate != NULL &&
           (work->route->principal == ROUTES_APP || proof_is_there(work) ||
            service_default_tenant(service)->seed == TRUST_NATIVE);
}

/* Before anything is asked or spent: an answer that cannot be signed is of no use to an app. */
static struct status check_identity(const struct work *work)
{
    const struct service_apps *apps = work->worker->service->setup.apps;
    return apps != NULL && proof_is_there(work) ? node_identity_check(apps->identity) : OK;
}

/* Before anything else is asked or spent: behind a root that may not be used nobody is served. */
static struct status check_root(struct work *work)
{
    const struct service *service = work->worker->service;
    if (!needs_root(work)) {
        return OK;
    }
    uint64_t now_ms = clock_monotonic_ms(&service->setup.clock);
    struct status status = root_gate_check(service->root_gate, work->route->use, now_ms);
    work->waits = status.code == STATUS_REGISTRY_PENDING;
    return status;
}

/* --- the operation, and its records ---------------------------------------------------------- */

/* A step that an operation may not have. */
static struct status take_step(struct work *work, const struct permit *permit,
                               struct status (*step)(struct work *, const struct permit *))
{
    return step == NULL ? OK : step(work, permit);
}

/* Users' items are counted by what they are and what became of them. */
static void count_item(struct work *work, struct status outcome)
{
    if (work->route->principal == ROUTES_USER) {
        metrics_add(work->metrics, METRICS_ITEMS, work->items.kind, outcome.code, 1);
    }
}

static bool has_intent(const struct work *work)
{
    return work->route->audit == ROUTES_AUDIT_KEY || work->route->audit == ROUTES_AUDIT_EFFECT;
}

/* One item. Its refusal is recorded by whoever answers it. */
static struct status run_item(struct work *work, const struct permit *permit)
{
    const struct operation *operation = work->route->operate;
    TRY(take_step(work, permit, operation->prepare));
    if (has_intent(work)) {
        TRY(trail_intent(work));
    }
    TRY(operation->perform(work, permit));
    return work->route->audit == ROUTES_AUDIT_NONE ? OK : trail_ok(work);
}

/* An item of a batch: its own answer or, where items stand alone, its own refusal. Fails where the
 * whole batch does, and when no record of it can be written. */
static struct status run_item_of_batch(struct work *work, const struct permit *permit)
{
    work->doc.where[0] = '\0';
    json_out_object(&work->out);
    struct status status = run_item(work, permit);
    count_item(work, status);
    if (!status_is_ok(status)) {
        if (!work->route->operate->items_stand_alone) {
            return status;
        }
        TRY(trail_refused(work, status));
        fail_members_out(&work->out, status, work->doc.where);
    }
    json_out_object_end(&work->out);
    return OK;
}

static struct status run_items(struct work *work, const struct permit *permit)
{
    for (; work->items.index < work->items.count; work->items.index++) {
        size_t mark = work->arena->used;
        trail_clear(work);
        work->items.kind = 0;
        TRY(run_item_of_batch(work, permit));
        arena_rewind(work->arena, mark);
    }
    return OK;
}

static struct status begin_and_run(struct work *work, const struct permit *permit)
{
    work->items.count = 1;
    TRY(take_step(work, permit, work->route->operate->begin));
    return work->items.is_batch ? run_items(work, permit) : run_item(work, permit);
}

static struct status operate(struct work *work, const struct permit *permit)
{
    struct status status = begin_and_run(work, permit);
    if (!work->items.is_batch) {
        count_item(work, status);
    }
    TRY(status);
    TRY(take_step(work, permit, work->route->operate->end));
    return buf_check(&work->body);
}

static struct status run_for_caller(struct work *work, const struct admitted *admitted,
                                    struct answer *answer)
{
    const struct opened *opened = NULL;
    const struct permit *permit = NULL;
    bool is_new = false;
    TRY(check_identity(work));
    TRY(check_root(work));
    TRY(authenticate(work, admitted));
    TRY(query_check(work));
    TRY(exchange_open(work, work->caller, &opened));
    TRY(permit_authorise(work, work->caller, opened, &permit));
    struct bytes text = exchange_text(opened);
    TRY(begin_idempotent(work, work->caller, text, answer, &is_new));
    if (!is_new) {
        metrics_add(work->metrics, METRICS_IDEMPOTENT_REPLAYS, 0, 0, 1);
        return OK;
    }
    if (work->route->body_max != 0) {
        TRY(json_in_parse(work->arena, text, &work->doc));
    }
    open_body(work);
    return operate(work, permit);
}

static struct status run_for_anyone(struct work *work, const struct admitted *admitted)
{
    const struct permit *permit = NULL;
    TRY(permit_anyone(work, admitted, &permit));
    open_body(work);
    return operate(work, permit);
}

/* The first thing that is done with any request, whatever becomes of it. */
static struct status route(struct work *work, struct answer *answer)
{
    struct routes_match match;
    struct status status = find_route(work->worker, work->request->head, &match);
    work->route = match.route;
    work->tail = match.tail;
    work->form = match.form;
    answer->form = match.form;
    answer->allow = match.allow;
    answer->operation = routes_metric(work->worker->service->setup.routes, match.route);
    return status;
}

static struct status run(struct work *work, struct answer *answer)
{
    const struct admitted *admitted = NULL;
    TRY(route(work, answer));
    if (is_audited(work)) {
        start_records(work);
    }
    TRY(admit_request(work, &admitted));
    return is_audited(work) ? run_for_caller(work, admitted, answer)
                            : run_for_anyone(work, admitted);
}

/* Limits are refused before anything is known about the caller, so often that a record of each
 * would be a way to fill the disk; they are counted instead. */
static bool refusal_is_recorded(struct status why)
{
    return why.code != STATUS_RATE_LIMITED && why.code != STATUS_OVERLOADED;
}

/* Anybody can be an unknown caller as often as he likes. Beyond a rate they are refused for that,
 * unless nobody would be served anyway. */
static struct status bound_strangers(struct work *work, struct status why, bool *ret_is_recorded)
{
    *ret_is_recorded = refusal_is_recorded(why);
    if (!*ret_is_recorded || work->caller != NULL || service_stranger_take(work->worker)) {
        return why;
    }
    metrics_add(work->metrics, METRICS_STRANGERS_LIMITED, 0, 0, 1);
    *ret_is_recorded = false;
    enum status_class class = status_class((enum status_code)why.code);
    bool is_ours = class == STATUS_CLASS_UNAVAILABLE || class == STATUS_CLASS_INTERNAL;
    return is_ours ? why : FAIL(RATE_LIMITED);
}

static void fail(struct work *work, struct status why, struct answer *answer)
{
    bool is_recorded = false;
    if (is_audited(work)) {
        why = bound_strangers(work, why, &is_recorded);
    }
    if (is_recorded) {
        struct status recorded = trail_refused(work, why);
        why = status_is_ok(recorded) ? why : recorded;
    }
    if (status_class((enum status_code)why.code) == STATUS_CLASS_INTERNAL) {
        LOG_EVENT(work->worker->service->setup.log, ERROR, "request failed", LOG_STATUS(why),
                  LOG_TOKEN("request_id", answer->request_id));
    }
    write_failure(work, why, answer);
}

/* Failures of ours and refusals for load may go away, so they are not kept. */
static bool answer_is_final(const struct answer *answer)
{
    return answer->http_status < 500 && answer->http_status != 429;
}

static struct status keep_for_repeats(struct work *work, struct answer *answer)
{
    struct idempotency *table = work->worker->service->idempotency;
    if (answer->entry == 0 || !answer_is_final(answer)) {
        return OK;
    }
    return idempotency_store(table, answer);
}

static void close_body(struct work *work, struct answer *answer)
{
    arena_close(work->answers, &work->body);
    answer->body = buf_bytes(&work->body);
    answer->media_type = work->media_type;
}

/* Kept as it is, so that a repeat is sealed and signed anew. */
static struct status release(struct work *work, struct answer *answer)
{
    TRY(keep_for_repeats(work, answer));
    TRY(exchange_seal(work, work->caller, answer));
    return exchange_sign(work, work->caller, answer);
}

static void finish(struct work *work, struct answer *answer)
{
    if (answer->body.ptr == NULL) {
        close_body(work, answer);
    }
    answer->ticket = work->recorded ? committer_ticket(work->worker->lane) : 0;
    struct status released = release(work, answer);
    if (!status_is_ok(released)) {
        answer->headers_count = 0;
        write_failure(work, released, answer);
        close_body(work, answer);
    }
}

void pipeline_clear(struct worker *worker)
{
    arena_reset(&worker->arena);
    arena_reset(&worker->answers);
}

void pipeline_run(struct worker *worker, const struct request *request, struct answer *ret_answer)
{
    struct work work = {0};
    start(worker, request, &work, ret_answer);
    struct status status = run(&work, ret_answer);
    if (!status_is_ok(status) && work.waits && request->may_wait) {
        INVARIANT(!work.recorded && ret_answer->entry == 0);
        ret_answer->waits = true;
        return;
    }
    if (!status_is_ok(status)) {
        fail(&work, status, ret_answer);
    }
    finish(&work, ret_answer);
}

void pipeline_refuse(struct worker *worker, const struct request *request, struct status why,
                     struct answer *ret_answer)
{
    struct work work = {0};
    start(worker, request, &work, ret_answer);
    (void)route(&work, ret_answer);
    if (is_audited(&work)) {
        start_records(&work);
        work.record.req = NULL;
    }
    fail(&work, why, ret_answer);
    finish(&work, ret_answer);
}

void pipeline_withhold(struct worker *worker, struct status why, enum routes_form form,
                       struct bytes request_id, struct answer *ret_answer)
{
    struct work work = {0};
    static const struct http1_head no_head;
    const struct request none = {.head = &no_head};
    start(worker, &none, &work, ret_answer);
    work.form = form;
    if (request_id.len != 0) {
        struct status copied = arena_copy(&worker->arena, request_id, &ret_answer->request_id);
        INVARIANT(status_is_ok(copied));
    }
    write_failure(&work, why, ret_answer);
    finish(&work, ret_answer);
}
