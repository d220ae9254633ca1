#include "registry/registry_view.h"

#include <string.h>

#include "base/invariant.h"
#include "registry/registry_view_internal.h"

enum {
    UNREACHABLE_MS_MAX = 30000,
    SLOW_MS = 10000,
    FAULT_MS = 60000,
    RETRY_MS = 500, /* doubled so often, then as between any two looks */
    RETRIES = 3,
};

unsigned registry_view_count(uint32_t endpoints)
{
    return (unsigned)__builtin_popcount(endpoints);
}

struct status registry_view_open(const struct registry_view_setup *setup, uint64_t now_ms,
                                 struct registry_view **ret)
{
    *ret = NULL;
    INVARIANT(setup->endpoints >= 1 && setup->endpoints <= REGISTRY_VIEW_ENDPOINTS_MAX);
    INVARIANT(setup->quorum >= 1 && setup->quorum <= setup->endpoints);
    INVARIANT(setup->confirmations <= REGISTRY_VIEW_CONFIRMATIONS_MAX);
    INVARIANT(setup->grants >= 1 && setup->grants <= REGISTRY_VIEW_ENTRIES_MAX);
    INVARIANT(setup->strangers >= 1 && setup->strangers <= REGISTRY_VIEW_ENTRIES_MAX);
    void *block = NULL;
    TRY(mem_alloc(setup->mem, sizeof(struct registry_view), &block));
    struct registry_view *view = block;
    view->setup = *setup;
    view->now.ms = now_ms;
    view->opened_ms = now_ms;
    view->slots_max = REGISTRY_VIEW_SLOTS;
    struct status status = registry_table_init(&view->table, setup->strangers, setup->grants,
                                               setup->mem, &setup->entropy);
    if (!status_is_ok(status)) {
        mem_free(setup->mem, &block);
        return status;
    }
    for (size_t i = 0; i < setup->endpoints; i++) {
        view->endpoint[i].needs_check = true;
    }
    *ret = view;
    return OK;
}

void registry_view_close(struct registry_view **view)
{
    if (*view != NULL) {
        struct mem *mem = (*view)->setup.mem;
        void *block = *view;
        registry_table_deinit(&(*view)->table);
        mem_free(mem, &block);
        *view = NULL;
    }
}

void registry_view_pass(struct registry_view *view, uint64_t now_ms)
{
    view->now.ms = now_ms > view->now.ms ? now_ms : view->now.ms;
}

void registry_view_note(struct registry_view *view, enum registry_report_kind kind, size_t endpoint,
                        uint64_t number)
{
    if (view->reports == REGISTRY_VIEW_REPORTS) {
        view->report_first = (view->report_first + 1) % REGISTRY_VIEW_REPORTS;
        view->reports--;
    }
    size_t place = (view->report_first + view->reports++) % REGISTRY_VIEW_REPORTS;
    view->report[place] = (struct registry_report){kind, endpoint, number};
}

bool registry_view_report(struct registry_view *view, struct registry_report *ret_report)
{
    *ret_report = (struct registry_report){0};
    if (view->reports == 0) {
        return false;
    }
    *ret_report = view->report[view->report_first];
    view->report_first = (view->report_first + 1) % REGISTRY_VIEW_REPORTS;
    view->reports--;
    return true;
}

const char *registry_view_report_text(enum registry_report_kind kind)
{
    static const char *const texts[] = {
        [REGISTRY_REPORT_GOOD] = "is used",
        [REGISTRY_REPORT_UNREACHABLE] = "does not answer",
        [REGISTRY_REPORT_SLOW] = "is too slow",
        [REGISTRY_REPORT_LAGS] = "is behind",
        [REGISTRY_REPORT_LIES] = "contradicts the others",
        [REGISTRY_REPORT_WRONG_CHAIN] = "is on another chain",
        [REGISTRY_REPORT_WRONG_GENESIS] = "has another first block",
        [REGISTRY_REPORT_WRONG_CODE] = "has other code at a contract's address",
        [REGISTRY_REPORT_DISAGREE] = "endpoints disagree",
        [REGISTRY_REPORT_REORG] = "a block of grants left the chain",
        [REGISTRY_REPORT_ROOT_CONFLICT] = "two different hashes of the root",
    };
    return texts[kind];
}

static uint64_t suspension_ms(const struct registry_endpoint *endpoint,
                              enum registry_report_kind kind)
{
    if (kind == REGISTRY_REPORT_UNREACHABLE) {
        uint64_t ms = endpoint->failures < 5 ? 1000ull << endpoint->failures : UNREACHABLE_MS_MAX;
        return ms < UNREACHABLE_MS_MAX ? ms : UNREACHABLE_MS_MAX;
    }
    return kind == REGISTRY_REPORT_SLOW || kind == REGISTRY_REPORT_LAGS ? SLOW_MS : FAULT_MS;
}

void registry_view_suspend(struct registry_view *view, size_t endpoint,
                           enum registry_report_kind kind)
{
    struct registry_endpoint *one = &view->endpoint[endpoint];
    bool is_news = one->is_good || one->reported != kind;
    one->until_ms = view->now.ms + suspension_ms(one, kind);
    one->is_good = false;
    one->has_heads = false;
    one->needs_check = true;
    one->late = 0;
    one->failures++;
    one->errors++;
    one->reported = kind;
    view->readers &= ~(1u << endpoint);
    if (is_news) {
        registry_view_note(view, kind, endpoint, 0);
    }
}

void registry_view_begin(struct registry_view *view, enum registry_stage stage)
{
    view->stage = stage;
    view->id++;
    view->started_ms = view->now.ms;
    view->enough_ms = UINT64_MAX;
    view->asked = 0;
    view->done = 0;
    view->count = 0;
    memset(view->tally, 0, sizeof view->tally);
}

void registry_view_add(struct registry_view *view, const struct registry_read *read,
                       uint32_t endpoints, struct registry_purpose purpose)
{
    INVARIANT(view->count < REGISTRY_VIEW_READS_MAX);
    view->read[view->count] = *read;
    view->read[view->count].endpoints = endpoints;
    view->purpose[view->count] = purpose;
    view->count++;
    view->asked |= endpoints;
}

void registry_view_rest(struct registry_view *view, uint64_t next_ms)
{
    view->stage = REGISTRY_STAGE_IDLE;
    view->count = 0;
    view->next_look_ms = view->is_again && view->failed == 0 ? view->now.ms : next_ms;
    view->not_before_ms = 0;
}

void registry_view_rest_failed(struct registry_view *view)
{
    uint64_t wait_ms =
        view->failed < RETRIES ? (uint64_t)RETRY_MS << view->failed : REGISTRY_VIEW_HEAD_MS;
    view->failed++;
    registry_view_rest(view, view->now.ms + wait_ms);
    view->not_before_ms = view->next_look_ms;
}

bool registry_view_is_asked(const struct registry_view *view)
{
    return view->table.queue[REGISTRY_TABLE_GRANTED].count != 0 ||
           view->table.queue[REGISTRY_TABLE_STRANGER].count != 0;
}

/* Whether everything that was read is known, so that nobody has to be waited for long. */
static bool has_enough(const struct registry_view *view)
{
    size_t heads = 0;
    if (view->stage == REGISTRY_STAGE_HEADS) {
        for (size_t i = 0; i < view->setup.endpoints; i++) {
            heads += view->endpoint[i].has_heads;
        }
        return heads >= view->setup.quorum;
    }
    for (size_t i = 0; i < view->count; i++) {
        if (!view->tally[i].is_decided) {
            return false;
        }
    }
    return true;
}

static bool is_finished(const struct registry_view *view)
{
    uint64_t enough =
        view->enough_ms == UINT64_MAX ? UINT64_MAX : view->enough_ms + REGISTRY_VIEW_GRACE_MS;
    return view->stage != REGISTRY_STAGE_IDLE &&
           (view->done == view->asked || view->now.ms >= enough ||
            view->now.ms >= view->started_ms + REGISTRY_VIEW_WORK_MS);
}

static void judge_silent(struct registry_view *view)
{
    bool is_over = view->now.ms >= view->started_ms + REGISTRY_VIEW_WORK_MS;
    for (size_t i = 0; i < view->setup.endpoints; i++) {
        struct registry_endpoint *endpoint = &view->endpoint[i];
        if ((view->asked & ~view->done) >> i & 1) {
            if (is_over || ++endpoint->late >= REGISTRY_VIEW_LATE_MAX) {
                registry_view_suspend(view, i,
                                      is_over ? REGISTRY_REPORT_UNREACHABLE : REGISTRY_REPORT_SLOW);
            }
        }
    }
}

/* At one block hash there is one truth. */
static void judge_contradictions(struct registry_view *view)
{
    uint32_t liars = 0;
    bool is_split = false;
    for (size_t i = 0; i < view->count; i++) {
        const struct registry_tally *tally = &view->tally[i];
        liars |= registry_tally_differ(tally);
        is_split |=
            !tally->is_decided && registry_view_count(tally->answered) >= view->setup.quorum;
    }
    for (size_t i = 0; i < view->setup.endpoints; i++) {
        if (liars >> i & 1) {
            registry_view_suspend(view, i, REGISTRY_REPORT_LIES);
        }
    }
    if (is_split) {
        view->was_split = true;
        registry_view_note(view, REGISTRY_REPORT_DISAGREE, 0, view->head_number);
    }
}

static void end_stage(struct registry_view *view)
{
    view->works++;
    judge_silent(view);
    switch (view->stage) {
    case REGISTRY_STAGE_HEADS:
        registry_view_end_heads(view);
        break;
    case REGISTRY_STAGE_BLOCKS:
        registry_view_end_blocks(view);
        break;
    case REGISTRY_STAGE_RECORDS:
    case REGISTRY_STAGE_DETAILS:
        judge_contradictions(view);
        registry_view_end_records(view);
        break;
    case REGISTRY_STAGE_IDLE:
    default:
        break;
    }
}

static void start_look(struct registry_view *view)
{
    bool is_asked = registry_view_is_asked(view) && view->now.ms >= view->not_before_ms;
    if (is_asked && registry_view_has_blocks(view)) {
        registry_view_start_records(view);
    } else if (is_asked || view->now.ms >= view->next_look_ms) {
        registry_view_start_heads(view);
    }
}

bool registry_view_work(struct registry_view *view, const struct registry_view_now *now,
                        struct registry_work *ret_work, uint64_t *ret_due_ms)
{
    *ret_work = (struct registry_work){0};
    registry_view_pass(view, now->ms);
    view->now.wall = now->wall;
    while (is_finished(view)) {
        end_stage(view);
    }
    if (view->stage == REGISTRY_STAGE_IDLE) {
        start_look(view);
    }
    if (view->stage == REGISTRY_STAGE_IDLE) {
        *ret_due_ms = view->next_look_ms;
        return false;
    }
    uint64_t deadline = view->started_ms + REGISTRY_VIEW_WORK_MS;
    bool is_enough = view->enough_ms != UINT64_MAX;
    uint64_t grace = is_enough ? view->enough_ms + REGISTRY_VIEW_GRACE_MS : deadline;
    *ret_due_ms = grace < deadline ? grace : deadline;
    *ret_work = (struct registry_work){view->id, deadline, view->asked, view->count, view->read};
    return true;
}

/* Count the answers of an endpoint. Returns: how many there are that say something. */
static size_t take_answers(struct registry_view *view, const struct registry_answers *answers)
{
    size_t said = 0;
    for (size_t i = 0; i < answers->count; i++) {
        const struct registry_answer *answer = &answers->list[i];
        if (answer->read >= view->count || answer->kind == REGISTRY_ANSWER_NONE ||
            (view->read[answer->read].endpoints >> answers->endpoint & 1) == 0) {
            continue;
        }
        said++;
        if (!registry_tally_add(&view->tally[answer->read], answers->endpoint, answer,
                                view->setup.quorum)) {
            continue;
        }
        if (view->stage == REGISTRY_STAGE_BLOCKS) {
            registry_view_take_block(view, answer->read, answer);
        } else {
            registry_view_take_record(view, answer->read, answer);
        }
    }
    return said;
}

void registry_view_answer(struct registry_view *view, const struct registry_view_now *now,
                          const struct registry_answers *answers)
{
    registry_view_pass(view, now->ms);
    view->now.wall = now->wall;
    uint32_t bit = 1u << answers->endpoint;
    if (view->stage == REGISTRY_STAGE_IDLE || answers->work != view->id ||
        (view->asked & ~view->done & bit) == 0) {
        return;
    }
    struct registry_endpoint *endpoint = &view->endpoint[answers->endpoint];
    view->done |= bit;
    endpoint->late = 0;
    if (view->stage == REGISTRY_STAGE_HEADS) {
        registry_view_take_heads(view, answers);
    } else if (answers->is_too_large) {
        endpoint->errors++;
        view->is_too_large = true;
    } else if (take_answers(view, answers) == 0) {
        registry_view_suspend(view, answers->endpoint, REGISTRY_REPORT_UNREACHABLE);
    } else {
        endpoint->needs_check |= answers->is_new;
    }
    if (view->enough_ms == UINT64_MAX && has_enough(view)) {
        view->enough_ms = view->now.ms;
    }
}

uint64_t registry_view_changes(const struct registry_view *view)
{
    return view->changes;
}

struct registry_view_stats registry_view_stats(const struct registry_view *view)
{
    struct registry_view_stats stats = {
        .works = view->works,
        .failed = view->failed,
        .granted = view->table.count[REGISTRY_TABLE_GRANTED],
        .strangers = view->table.count[REGISTRY_TABLE_STRANGER],
        .waiting = view->table.queue[REGISTRY_TABLE_GRANTED].count +
                   view->table.queue[REGISTRY_TABLE_STRANGER].count,
        .evicted = view->table.evicted,
    };
    for (size_t i = 0; i < view->setup.endpoints; i++) {
        const struct registry_endpoint *endpoint = &view->endpoint[i];
        uint64_t head = endpoint->head[REGISTRY_DEPTH_LATEST];
        stats.errors[i] = endpoint->errors;
        stats.behind[i] = head < view->head_number ? view->head_number - head : 0;
        stats.is_good[i] = endpoint->is_good;
    }
    return stats;
}
