#include "rpc/chain_reader.h"

#include <string.h>

#include "base/invariant.h"
#include "fetch/fetch_many.h"
#include "rpc/chain_reader_internal.h"

enum { WAIT_MS_MAX = 1000 };

static struct registry_view_now now_of(const struct chain_reader *reader)
{
    const struct clock *clock = &reader->setup.clock;
    return (struct registry_view_now){clock_monotonic_ms(clock), clock_wall(clock)};
}

/* --- start and end --- */

static struct registry_view_setup view_setup(const struct chain_reader_setup *setup)
{
    const struct trust *trust = setup->trust;
    struct registry_view_setup view = {
        .endpoints = trust->rpc_endpoint_count,
        .quorum = (size_t)trust->rpc_quorum,
        .chain_id = trust->chain_id,
        .confirmations = trust->confirmations,
        .has_finality = trust->profile == TRUST_PRODUCTION,
        .grants = setup->entries,
        .strangers = setup->entries,
        .mem = setup->mem,
        .entropy = setup->entropy,
    };
    memcpy(view.genesis, trust->genesis, sizeof view.genesis);
    memcpy(view.registry.b, trust->registry, sizeof view.registry.b);
    memcpy(view.registry_code, trust->registry_code, sizeof view.registry_code);
    memcpy(view.kms_registry.b, trust->kms_registry, sizeof view.kms_registry.b);
    memcpy(view.kms_registry_code, trust->kms_registry_code, sizeof view.kms_registry_code);
    memcpy(view.kms_app_id, trust->kms_app_id, sizeof view.kms_app_id);
    return view;
}

static struct status open_parts(struct chain_reader *reader, const char **ret_where)
{
    const struct chain_reader_setup *setup = &reader->setup;
    const struct trust *trust = setup->trust;
    const char *urls[TRUST_ENDPOINTS_MAX];
    struct registry_view_setup view = view_setup(setup);
    for (size_t i = 0; i < reader->endpoints; i++) {
        urls[i] = trust->rpc_endpoints[i].text;
    }
    const struct rpc_rounds_setup rounds = {
        .count = reader->endpoints,
        .urls = urls,
        .ca_file = trust->rpc_ca_file[0] != '\0' ? trust->rpc_ca_file : NULL,
        .proxy = setup->proxy,
        .may_be_public = trust->profile == TRUST_DEV,
        .batch = setup->batch,
        .clock = setup->clock,
        .entropy = setup->entropy,
        .mem = setup->mem,
    };
    TRY(rpc_rounds_open(&rounds, &reader->rounds, ret_where));
    return registry_view_open(&view, clock_monotonic_ms(&setup->clock), &reader->view);
}

struct status chain_reader_open(const struct chain_reader_setup *setup, struct chain_reader **ret,
                                const char **ret_where)
{
    void *block = NULL;
    *ret = NULL;
    *ret_where = "";
    INVARIANT(setup->trust->rpc_endpoint_count != 0);
    TRY(mem_alloc(setup->mem, sizeof(struct chain_reader), &block));
    struct chain_reader *reader = block;
    reader->setup = *setup;
    reader->endpoints = setup->trust->rpc_endpoint_count;
    thread_lock_init(&reader->lock);
    struct status status = open_parts(reader, ret_where);
    if (!status_is_ok(status)) {
        chain_reader_close(&reader);
        return status;
    }
    *ret = reader;
    return OK;
}

void chain_reader_close(struct chain_reader **reader)
{
    struct chain_reader *one = *reader;
    if (one == NULL) {
        return;
    }
    chain_reader_stop(one);
    struct mem *mem = one->setup.mem;
    void *block = one;
    rpc_rounds_close(&one->rounds);
    registry_view_close(&one->view);
    thread_lock_deinit(&one->lock);
    mem_free(mem, &block);
    *reader = NULL;
}

/* --- the thread --- */

static void log_report(const struct chain_reader *reader, const struct registry_report *report)
{
    const struct log *log = reader->setup.log;
    const char *reason = registry_view_report_text(report->kind);
    if (report->kind >= REGISTRY_REPORT_DISAGREE) {
        LOG_EVENT(log, WARN, "chain", LOG_TEXT("reason", reason), LOG_U64("block", report->number));
        return;
    }
    struct bytes origin =
        fetch_many_origin(reader->setup.trust->rpc_endpoints[report->endpoint].text);
    if (report->kind == REGISTRY_REPORT_GOOD) {
        LOG_EVENT(log, INFO, "RPC endpoint", LOG_TEXT("reason", reason),
                  LOG_U64("endpoint", report->endpoint), LOG_TOKEN("origin", origin));
    } else {
        LOG_EVENT(log, WARN, "RPC endpoint", LOG_TEXT("reason", reason),
                  LOG_U64("endpoint", report->endpoint), LOG_TOKEN("origin", origin));
    }
}

static void log_reports(struct chain_reader *reader)
{
    struct registry_report report;
    bool is_there = true;
    while (is_there) {
        thread_lock_take(&reader->lock);
        is_there = registry_view_report(reader->view, &report);
        thread_lock_give(&reader->lock);
        if (is_there) {
            log_report(reader, &report);
        }
    }
}

/* What the node may still do, whenever that changes. */
static void log_lease(struct chain_reader *reader, const struct registry_health *health)
{
    const struct log *log = reader->setup.log;
    enum registry_lease lease = registry_lease(health);
    struct log_field field = LOG_TEXT("lease", registry_lease_name(lease));
    if (lease == reader->told) {
        return;
    }
    reader->told = lease;
    if (lease == REGISTRY_LEASE_FRESH) {
        LOG_EVENT(log, INFO, "view of the chain", field, LOG_U64("block", health->head_number));
    } else if (lease == REGISTRY_LEASE_STALE) {
        LOG_EVENT(log, WARN, "view of the chain", field, LOG_U64("block", health->head_number));
    } else {
        LOG_EVENT(log, ERROR, "view of the chain", field, LOG_U64("block", health->head_number));
    }
}

/* Hand in what an endpoint said, or that it failed. */
static void hand_in(struct chain_reader *reader, const struct rpc_rounds_done *done)
{
    struct registry_view_now now = now_of(reader);
    thread_lock_take(&reader->lock);
    registry_view_answer(reader->view, &now, &done->answers);
    thread_lock_give(&reader->lock);
    if (!status_is_ok(done->status)) {
        LOG_EVENT(reader->setup.log, DEBUG, "RPC endpoint failed",
                  LOG_U64("endpoint", done->answers.endpoint), LOG_STATUS(done->status));
    }
}

/* Ask the view what to do. Returns: how long nothing else has to be done, in ms. */
static uint32_t turn(struct chain_reader *reader)
{
    struct registry_work work;
    uint64_t due_ms = 0;
    struct registry_view_now now = now_of(reader);
    thread_lock_take(&reader->lock);
    bool has_work = registry_view_work(reader->view, &now, &work, &due_ms);
    if (has_work) {
        rpc_rounds_begin(reader->rounds, &work);
    }
    reader->is_idle = !has_work;
    uint64_t changes = registry_view_changes(reader->view);
    struct registry_health health = registry_view_health(reader->view, now.ms);
    thread_lock_give(&reader->lock);
    log_reports(reader);
    log_lease(reader, &health);
    if (reader->setup.wall != NULL) {
        wall_clock_block(reader->setup.wall, health.confirmed_time);
    }
    if (changes != reader->changes) {
        reader->changes = changes;
        reader->wake.call(reader->wake.context);
    }
    uint64_t wait_ms = due_ms > now.ms ? due_ms - now.ms : 0;
    return (uint32_t)(wait_ms < WAIT_MS_MAX ? wait_ms : WAIT_MS_MAX);
}

static void read_chain(void *context)
{
    struct chain_reader *reader = context;
    while (!reader->is_stopping) {
        struct rpc_rounds_done done;
        uint32_t wait_ms = turn(reader);
        if (rpc_rounds_wait(reader->rounds, wait_ms, &done)) {
            hand_in(reader, &done);
        }
    }
    rpc_rounds_drop(reader->rounds);
}

struct status chain_reader_start(struct chain_reader *reader, struct chain_reader_wake wake)
{
    reader->wake = wake;
    reader->is_stopping = false;
    reader->told = REGISTRY_LEASE_NONE;
    return thread_start(&reader->thread, "chain", read_chain, reader);
}

void chain_reader_stop(struct chain_reader *reader)
{
    if (reader->thread.is_started) {
        reader->is_stopping = true;
        rpc_rounds_wake(reader->rounds);
        thread_join(&reader->thread);
    }
}

/* --- the port --- */

static enum chain_reader_outcome outcome_of(struct status status)
{
    switch (status.code) {
    case STATUS_OK:
        return CHAIN_READER_GRANTED;
    case STATUS_REGISTRY_PENDING:
        return CHAIN_READER_PENDING;
    case STATUS_REGISTRY_LOST:
    case STATUS_OVERLOADED:
        return CHAIN_READER_LOST;
    default:
        return CHAIN_READER_DENIED;
    }
}

static struct status lookup(void *context, const struct registry_question *question,
                            struct registry_grant *ret_grant)
{
    struct chain_reader *reader = context;
    thread_lock_take(&reader->lock);
    struct status status = registry_view_lookup(reader->view, question, ret_grant);
    bool wakes = status.code == STATUS_REGISTRY_PENDING && reader->is_idle;
    reader->is_idle &= !wakes;
    reader->lookups[outcome_of(status)]++;
    thread_lock_give(&reader->lock);
    if (wakes) {
        rpc_rounds_wake(reader->rounds);
    }
    return status;
}

static struct status root(void *context, enum registry_use use, uint64_t now_ms,
                          struct registry_root *ret_root)
{
    struct chain_reader *reader = context;
    thread_lock_take(&reader->lock);
    struct status status = registry_view_root(reader->view, use, now_ms, ret_root);
    thread_lock_give(&reader->lock);
    return status;
}

static struct status anchor(void *context, enum registry_use use, uint64_t now_ms,
                            struct registry_anchor *ret_anchor)
{
    struct chain_reader *reader = context;
    thread_lock_take(&reader->lock);
    struct status status = registry_view_anchor(reader->view, use, now_ms, ret_anchor);
    thread_lock_give(&reader->lock);
    return status;
}

static struct status epochs(void *context, enum registry_use use, uint64_t now_ms,
                            struct registry_epochs *ret_epochs)
{
    struct chain_reader *reader = context;
    thread_lock_take(&reader->lock);
    struct status status = registry_view_epochs(reader->view, use, now_ms, ret_epochs);
    thread_lock_give(&reader->lock);
    return status;
}

static size_t peers(void *context, uint64_t now_ms, struct registry_peer *ret_peers)
{
    struct chain_reader *reader = context;
    thread_lock_take(&reader->lock);
    size_t count = registry_view_all_peers(reader->view, now_ms, ret_peers);
    thread_lock_give(&reader->lock);
    return count;
}

static struct registry_health health(void *context, uint64_t now_ms)
{
    struct chain_reader *reader = context;
    thread_lock_take(&reader->lock);
    struct registry_health health = registry_view_health(reader->view, now_ms);
    thread_lock_give(&reader->lock);
    return health;
}

static void look_again(void *context, uint64_t now_ms)
{
    struct chain_reader *reader = context;
    thread_lock_take(&reader->lock);
    bool wakes = registry_view_look_again(reader->view, now_ms) && reader->is_idle;
    reader->is_idle &= !wakes;
    thread_lock_give(&reader->lock);
    if (wakes) {
        rpc_rounds_wake(reader->rounds);
    }
}

static void put_metrics(void *context, struct buf *out)
{
    chain_reader_put_metrics(context, out);
}

struct registry_port chain_reader_port(struct chain_reader *reader)
{
    return (struct registry_port){reader, lookup, root,        anchor,    epochs,
                                  peers,  health, put_metrics, look_again};
}
