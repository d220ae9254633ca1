#include "pipeline/pipeline.h"

#include <string.h>

#include "base/invariant.h"
#include "codec/hex.h"
#include "pipeline/admit.h"
#include "pipeline/caller.h"
#include "pipeline/charge_internal.h"
#include "pipeline/checks_internal.h"
#include "pipeline/context/idempotency.h"
#include "pipeline/context/service.h"
#include "pipeline/exchange.h"
#include "pipeline/fail.h"
#include "pipeline/operate_internal.h"
#include "pipeline/permit.h"
#include "pipeline/proof.h"
#include "pipeline/query.h"
#include "pipeline/trail_internal.h"

static struct status find_route(const struct worker *worker, const struct http1_head *head,
                                struct routes_match *ret_match)
{
    const struct service_setup *setup = &worker->service->setup;
    struct status status = routes_find(setup->routes, head, setup->trust->v1_wire, ret_match);
    if (status.code == STATUS_METHOD_NOT_ALLOWED && admit_is_page(head)) {
        /* A browser asks first, with a method that no route has. */
        ret_match->allow = NULL;
        return FAIL(ORIGIN_DENIED);
    }
    return status;
}

struct status pipeline_body_max(const struct worker *worker, const struct http1_head *head,
                                size_t *ret_body_max)
{
    struct routes_match match;
    *ret_body_max = 0;
    TRY(find_route(worker, head, &match));
    /* What a client says without need when it reads is dropped. */
    bool is_read = strcmp(match.route->method, "GET") == 0;
    *ret_body_max = is_read ? LIMIT_BODY_IGNORED : match.route->body_max;
    return OK;
}

enum { HTTP_ACCEPTED = 202 };

/* Whether something new shall be attested. */
static bool has_nonce(const struct route *route, const struct http1_head *head)
{
    struct bytes value = {NULL, 0};
    return routes_query_has(route, BYTES_LITERAL("nonce")) &&
           status_is_ok(http1_query(head->query, BYTES_LITERAL("nonce"), &value)) &&
           value.ptr != NULL;
}

bool pipeline_needs_identity(const struct worker *worker, const struct http1_head *head)
{
    struct routes_match match;
    if (!status_is_ok(find_route(worker, head, &match))) {
        return false;
    }
    if (match.route->principal != ROUTES_ANYONE) {
        return proof_in_head(match.route, head);
    }
    return match.route->operate->attests || has_nonce(match.route, head);
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

/* Whom a job works for from now on, and since when. */
static void take_turn(struct worker *worker, struct job *job)
{
    struct work *work = &job->work;
    work->worker = worker;
    work->lane = worker->lane;
    work->metrics = worker->metrics;
    work->clock = worker->clock;
    work->apps = worker->service->setup.apps;
    work->now = clock_wall(work->clock);
    work->record.at = work->now;
    work->turn_ns = clock_monotonic_ns(work->clock);
    work->begun_ns = work->begun_ns == 0 ? work->turn_ns : work->begun_ns;
}

/* In: job, with nothing in it but the copy of a request. */
static void start(struct worker *worker, struct job *job, const struct request *request)
{
    struct work *work = &job->work;
    take_turn(worker, job);
    work->arena = &job->arena;
    work->answers = &job->answers;
    work->request = request;
    work->media_type = "application/json";
    make_request_ids(work);
    struct bytes rid = {(const uint8_t *)work->rid, work->rid_len};
    struct bytes crid = http1_header(request->head, BYTES_LITERAL("x-request-id"));
    work->crid = request_id_valid(crid) ? crid : (struct bytes){NULL, 0};
    work->record.rid = rid;
    work->record.crid = work->crid;
    job->answer.http_status = 200;
    struct bytes shown = work->crid.len != 0 ? work->crid : rid;
    struct status copied = arena_copy(&job->arena, shown, &job->answer.request_id);
    INVARIANT(status_is_ok(copied));
}

static bool is_audited(const struct work *work)
{
    return work->route != NULL && work->route->principal != ROUTES_ANYONE;
}

/* Prepare what the audit records of this request have in common. */
static void start_records(struct work *work)
{
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
    bool is_proven = work->caller != NULL && caller_proof(work->caller) != NULL;
    return is_proven && work->route != NULL && work->route->body_max != 0;
}

/* Where nothing says more: the rate of every bucket is at least one in a second. */
static struct bytes retry_after(struct work *work)
{
    struct buf text = buf_over((uint8_t *)work->retry_after, sizeof work->retry_after);
    buf_put_decimal(&text, work->retry_after_s == 0 ? 1 : work->retry_after_s);
    return buf_bytes(&text);
}

static void write_failure(struct work *work, struct status why, struct answer *answer)
{
    const struct fail_context context = {
        .form = work->form,
        .is_peer = work->route != NULL && work->route->principal == ROUTES_PEER,
        .where = is_sealed(work) ? "" : work->doc.where,
        .request_id = answer->request_id,
        .version = work->version,
        .now_ms = work->now.hi_ms,
    };
    open_body(work);
    work->media_type = "application/json";
    fail_out(&work->out, why, &context);
    answer->retry_after = retry_after(work);
    answer->code = (enum status_code)why.code;
    answer->http_status = fail_http(answer->code, work->form);
}

/* What may be repeated safely only when its answer is kept: everything that signs or changes
 * something. Keys that an app asks for are the same each time, and are not kept for anybody.
 * Version 1 does not sign the header: whoever passes the request on would say what is a repeat. */
static bool is_repeatable(const struct route *route)
{
    bool changes = strcmp(route->method, "PUT") == 0 || strcmp(route->method, "DELETE") == 0;
    return route->principal == ROUTES_USER || (changes && route->wire != ROUTES_V1);
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
    idempotency_op_make(caller_scope(caller), work->route->operation, key, work->op);
    sha256_init(&sha);
    sha256_update(&sha, text);
    sha256_final(&sha, id.body);
    const struct caller_app *app = caller_app(caller);
    if (app != NULL) {
        id.owner = idempotency_owner(BYTES_ARRAY(app->proof.grant.app_id));
    } else if (caller_user(caller) != NULL) {
        id.owner = idempotency_owner(bytes_of(caller_scope(caller)));
    }
    uint64_t now_ms = clock_monotonic_ms(work->clock);
    TRY(idempotency_begin(service->idempotency, &id, now_ms, work->answers, answer));
    *ret_new = answer->entry != NULL;
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
    work->record.block = caller_block(caller);
    work->record.sid = caller_sid(caller);
    work->record.auth = caller_auth(caller);
    work->record.factors = caller_factors(caller);
    if (app != NULL) {
        work->owner = room_owner(service_app_number(app->proof.grant.app_id));
    } else if (caller_user(caller) != NULL) {
        work->owner = room_owner(idempotency_owner(bytes_of(caller_scope(caller))));
    }
    TRY(checks_room(work));
    return charge_request(work);
}

/* What peers say to each other is no JSON. */
static struct status read_text(struct work *work)
{
    work->is_read = true;
    if (work->route->body_max != 0 && work->route->principal != ROUTES_PEER) {
        struct bytes text = admit_is_empty(work) ? BYTES_LITERAL("{}") : work->text;
        TRY(json_in_parse(work->arena, text, &work->doc));
        TRY(exchange_check_way(work, work->caller));
        TRY(charge_operation(work));
    }
    open_body(work);
    return OK;
}

/* What is left to do of a request that may be done. */
static struct status run_opened(struct work *work)
{
    work->pause = WORK_GOES_ON;
    if (!work->is_read) {
        TRY(read_text(work));
    }
    return operate_run(work);
}

static struct status run_for_caller(struct work *work, const struct admitted *admitted,
                                    struct answer *answer)
{
    const struct opened *opened = NULL;
    const struct permit *permit = NULL;
    bool is_new = false;
    TRY(checks_trail(work));
    TRY(checks_identity(work));
    TRY(checks_root(work));
    TRY(checks_records(work));
    TRY(authenticate(work, admitted));
    TRY(query_check(work));
    TRY(exchange_open(work, work->caller, &opened));
    TRY(permit_authorise(work, work->caller, opened, &permit));
    struct bytes text = exchange_text(opened);
    TRY(begin_idempotent(work, work->caller, text, answer, &is_new));
    if (!is_new) {
        metrics_add(work->metrics, METRICS_IDEMPOTENT_REPLAYS, 0, 0, 1);
        return trail_repeat(work, answer);
    }
    work->text = text;
    work->permit = permit;
    if (charge_is_dear(work)) {
        work->pause = WORK_YIELDS;
        return OK;
    }
    return run_opened(work);
}

static struct status run_for_anyone(struct work *work, const struct admitted *admitted)
{
    const struct permit *permit = NULL;
    TRY(permit_anyone(work, admitted, &permit));
    work->is_read = true;
    if (work->route->body_max != 0) {
        TRY(json_in_parse(work->arena, work->request->body, &work->doc));
    }
    open_body(work);
    work->permit = permit;
    return operate_run(work);
}

/* The first thing that is done with any request, whatever becomes of it. */
static struct status route(struct work *work, struct answer *answer)
{
    struct routes_match match;
    struct status status = find_route(work->worker, work->request->head, &match);
    work->route = match.route;
    work->operate = match.route == NULL ? NULL : match.route->operate;
    work->tail = match.tail;
    work->form = match.form;
    answer->form = match.form;
    answer->allow = match.allow;
    answer->operation = match.operation;
    return status;
}

static struct status run_stages(struct work *work, struct answer *answer)
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
 * would be a way to fill the disk; they are counted instead. And where a record could not be
 * written there is no use in another one. */
static bool refusal_is_recorded(struct status why)
{
    return why.code != STATUS_RATE_LIMITED && why.code != STATUS_OVERLOADED &&
           why.code != STATUS_AUDIT_UNAVAILABLE && why.code != STATUS_AUDIT_FULL;
}

/* The next mark of the trail says how many there were. */
static void count_unrecorded(struct work *work, struct status why)
{
    if (why.code == STATUS_RATE_LIMITED) {
        committer_drop(work->lane, AUDIT_DROPPED_RATE);
    } else if (why.code == STATUS_OVERLOADED) {
        committer_drop(work->lane, AUDIT_DROPPED_OVERLOADED);
    }
}

/* Who could be anybody. */
static bool is_stranger(const struct work *work)
{
    return work->caller == NULL || caller_kind(work->caller) == CALLER_IS_GUEST;
}

/* Anybody can be an unknown caller as often as he likes. Beyond a rate they are refused for that,
 * unless nobody would be served anyway. */
static struct status bound_strangers(struct work *work, struct status why, bool *ret_is_recorded)
{
    *ret_is_recorded = refusal_is_recorded(why);
    if (!*ret_is_recorded || !is_stranger(work) || service_stranger_take(work->worker)) {
        return why;
    }
    metrics_add(work->metrics, METRICS_STRANGERS_LIMITED, 0, 0, 1);
    *ret_is_recorded = false;
    enum status_class class = status_class((enum status_code)why.code);
    bool is_ours = class == STATUS_CLASS_UNAVAILABLE || class == STATUS_CLASS_INTERNAL;
    return is_ours ? why : FAIL(RATE_LIMITED);
}

static bool is_unsettled(struct status status)
{
    return status.code == STATUS_WRITE_UNSETTLED;
}

static void fail(struct work *work, struct status why, struct answer *answer)
{
    const struct service *service = work->worker->service;
    bool is_recorded = false;
    if (is_audited(work)) {
        why = bound_strangers(work, why, &is_recorded);
    }
    if (is_recorded) {
        struct status recorded =
            is_unsettled(why) ? trail_unsettled(work, why) : trail_refused(work, why);
        why = status_is_ok(recorded) ? why : recorded;
    } else if (is_audited(work)) {
        count_unrecorded(work, why);
    }
    if (status_class((enum status_code)why.code) == STATUS_CLASS_INTERNAL) {
        LOG_EVENT(service->setup.log, ERROR, "request failed", LOG_STATUS(why),
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
    struct service *service = work->worker->service;
    if (answer->entry == NULL || !answer_is_final(answer)) {
        return OK;
    }
    return idempotency_store(service->idempotency, answer);
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
    charge_answer(work, answer->body.len);
    answer->ticket = work->recorded ? committer_ticket(work->lane) : 0;
    answer->is_recorded = work->recorded;
    memcpy(answer->record, work->lane->chain.prev, sizeof answer->record);
    struct status released = release(work, answer);
    if (!status_is_ok(released)) {
        answer->headers_count = 0;
        write_failure(work, released, answer);
        close_body(work, answer);
    }
}

static enum pipeline_state state_of(enum work_pause pause)
{
    static const enum pipeline_state states[] = {
        [WORK_GOES_ON] = PIPELINE_ANSWERED,
        [WORK_RECORDS] = PIPELINE_RECORDS,
        [WORK_YIELDS] = PIPELINE_YIELDS,
        [WORK_SETTLES] = PIPELINE_SETTLES,
    };
    return states[pause];
}

/* What the node has to wait for before the answer, or that it is there. */
static enum pipeline_state settle(struct job *job, struct status status)
{
    struct work *work = &job->work;
    if (status_is_ok(status) && work->pause != WORK_GOES_ON) {
        job->answer.ticket = work->recorded ? committer_ticket(work->lane) : 0;
        metrics_add(work->metrics, METRICS_TURNS, 0, 0, work->pause == WORK_YIELDS);
        return state_of(work->pause);
    }
    bool is_done = status_is_ok(status) || is_unsettled(status);
    if (!status_is_ok(status)) {
        fail(work, status, &job->answer);
    } else if (work->is_unsettled) {
        job->answer.http_status = HTTP_ACCEPTED;
    }
    job->answer.is_effect = is_done && work->route->audit == ROUTES_AUDIT_EFFECT;
    job->answer.version = work->version;
    finish(work, &job->answer);
    return PIPELINE_ANSWERED;
}

/* True for requests that may stop in the middle, when the call that brought them is over. */
static bool may_stop(const struct worker *worker, const struct request *request)
{
    struct routes_match match;
    return status_is_ok(find_route(worker, request->head, &match)) &&
           match.route->principal != ROUTES_ANYONE && match.route->body_max != 0;
}

/* Whether it starts again when what it depends on is known. What is begun does not: no record, and
 * no answer that is kept for repeats, is begun twice. */
static bool is_to_wait(const struct job *job, const struct request *request, struct status status)
{
    const struct work *work = &job->work;
    return !status_is_ok(status) && work->waits && request->may_wait && !work->recorded &&
           job->answer.entry == NULL;
}

static enum pipeline_state run_once(struct worker *worker, struct job *job,
                                    const struct request *request)
{
    start(worker, job, request);
    struct status status = run_stages(&job->work, &job->answer);
    if (is_to_wait(job, request, status)) {
        struct request copied = *request;
        job_rewind(job);
        if (job->kept != 0 || status_is_ok(job_keep(job, &copied))) {
            return PIPELINE_LOOKS_UP;
        }
        start(worker, job, request);
        (void)route(&job->work, &job->answer);
        status = FAIL(OVERLOADED);
    }
    return settle(job, status);
}

enum pipeline_state pipeline_run(struct worker *worker, struct job *job,
                                 const struct request *request)
{
    job_clear(job);
    if (may_stop(worker, request)) {
        struct status kept = job_keep(job, request);
        INVARIANT(status_is_ok(kept)); /* a body is a small part of an empty arena */
        request = &job->request;
    }
    return run_once(worker, job, request);
}

enum pipeline_state pipeline_again(struct worker *worker, struct job *job, bool may_wait)
{
    INVARIANT(job->kept != 0);
    job_rewind(job);
    job->request.may_wait = may_wait;
    return run_once(worker, job, &job->request);
}

enum pipeline_state pipeline_resume(struct worker *worker, struct job *job, struct status waited)
{
    INVARIANT(job->work.pause != WORK_GOES_ON && job->kept != 0);
    take_turn(worker, job);
    job->work.wait = 0;
    job->work.waiting = (struct work_waiting){0};
    if (!status_is_ok(waited)) {
        job->work.pause = WORK_GOES_ON;
        job->work.recorded = false;
        return settle(job, waited);
    }
    return settle(job, run_opened(&job->work));
}

void pipeline_refuse(struct worker *worker, struct job *job, const struct request *request,
                     struct status why)
{
    struct work *work = &job->work;
    job_rewind(job);
    start(worker, job, request);
    (void)route(work, &job->answer);
    if (is_audited(work)) {
        start_records(work);
    }
    (void)settle(job, why);
}

void pipeline_withhold(struct worker *worker, struct job *job, struct status why,
                       const struct pipeline_withheld *withheld)
{
    static const struct http1_head no_head;
    const struct request none = {.head = &no_head};
    struct work *work = &job->work;
    job_clear(job);
    start(worker, job, &none);
    work->form = withheld->form;
    work->version = withheld->version;
    if (withheld->request_id.len != 0) {
        struct status copied =
            arena_copy(&job->arena, withheld->request_id, &job->answer.request_id);
        INVARIANT(status_is_ok(copied));
    }
    write_failure(work, why, &job->answer);
    finish(work, &job->answer);
}

void pipeline_abandon(struct worker *worker, struct job *job)
{
    if (job->answer.entry != NULL) {
        idempotency_settle(worker->service->idempotency, job->answer.entry, false);
    }
    if (job->work.wait != 0) {
        membership_give_up(worker->service->membership, job->work.wait);
    }
    if (job->work.waiting.context != NULL) {
        job->work.waiting.give_up(job->work.waiting.context);
    }
    job_clear(job);
}
