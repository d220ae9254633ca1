#include "registry/registry_view_internal.h"

static uint64_t since(uint64_t then_ms, uint64_t now_ms)
{
    return now_ms > then_ms ? now_ms - then_ms : 0;
}

/* No block was agreed on for so long that nobody should wait for one. */
static bool is_lost(const struct registry_view *view, uint64_t now_ms)
{
    uint64_t last_ms = view->blocks_ms > view->opened_ms ? view->blocks_ms : view->opened_ms;
    return since(last_ms, now_ms) > REGISTRY_VIEW_LOST_MS;
}

/* Why there is no answer: one is on its way, or what would come is too old already. */
static struct status unknown(const struct registry_view *view, enum registry_use use)
{
    uint64_t now_ms = view->now.ms;
    bool is_stale = view->has_head && now_ms >= view->seen_ms + registry_use_ms(use);
    return is_lost(view, now_ms) || is_stale ? FAIL(REGISTRY_LOST) : FAIL(REGISTRY_PENDING);
}

/* Whether a grant was not looked at for so long that a revocation may have been missed, and the
 * chain is there to say so. Where reading it has just failed the grant lasts as without a chain. */
static bool must_be_read(const struct registry_view *view, const struct registry_entry *entry)
{
    uint64_t now_ms = view->now.ms;
    return since(entry->grant.seen_ms, now_ms) >= REGISTRY_FRESH_MS &&
           entry->latest_number < view->head_number && view->seen_ms > entry->grant.seen_ms &&
           now_ms >= entry->until_ms && !is_lost(view, now_ms);
}

static struct status answer(struct registry_view *view, struct registry_entry *entry,
                            enum registry_use use, struct registry_grant *ret_grant)
{
    uint64_t now_ms = view->now.ms;
    if (entry->kind == REGISTRY_TABLE_GRANTED) {
        uint64_t deadline_ms = entry->grant.seen_ms + registry_use_ms(use);
        bool is_live = now_ms < deadline_ms;
        bool is_old = now_ms >= entry->grant.seen_ms + REGISTRY_VIEW_REFRESH_MS;
        /* At the same block there is nothing new to read. */
        if (is_old && entry->latest_number < view->head_number) {
            registry_table_want(&view->table, entry);
        }
        if (is_live && must_be_read(view, entry)) {
            return FAIL(REGISTRY_PENDING);
        }
        if (is_live) {
            *ret_grant = entry->grant;
            ret_grant->deadline_ms = deadline_ms;
            return OK;
        }
        return unknown(view, use);
    }
    if (now_ms < entry->until_ms) {
        return entry->refusal;
    }
    registry_table_want(&view->table, entry);
    return unknown(view, use);
}

struct status registry_view_lookup(struct registry_view *view,
                                   const struct registry_question *question,
                                   struct registry_grant *ret_grant)
{
    registry_view_pass(view, question->now_ms);
    struct registry_entry *entry =
        registry_table_find(&view->table, &question->wallet, question->role);
    if (entry == NULL) {
        entry = registry_table_add(&view->table, &question->wallet, question->role);
    }
    if (entry == NULL) {
        return FAIL(OVERLOADED);
    }
    registry_table_touch(&view->table, entry, view->now.ms);
    return answer(view, entry, question->use, ret_grant);
}

struct status registry_view_root(const struct registry_view *view, enum registry_use use,
                                 uint64_t now_ms, struct registry_root *ret_root)
{
    uint64_t deadline_ms = view->root_seen_ms + registry_use_ms(use);
    if (view->is_root_conflict) {
        return FAIL(ROOT_CONFLICT);
    }
    if (eth_address_is_zero(&view->setup.kms_registry)) {
        *ret_root = (struct registry_root){.deadline_ms = now_ms + registry_use_ms(use)};
        return OK;
    }
    if (view->has_root && now_ms < deadline_ms) {
        *ret_root = view->root;
        ret_root->deadline_ms = deadline_ms;
        return OK;
    }
    return view->has_root || is_lost(view, now_ms) ? FAIL(REGISTRY_LOST) : FAIL(REGISTRY_PENDING);
}

struct status registry_view_anchor(const struct registry_view *view, enum registry_use use,
                                   uint64_t now_ms, struct registry_anchor *ret_anchor)
{
    uint64_t deadline_ms = view->anchor_seen_ms + registry_use_ms(use);
    if (eth_address_is_zero(&view->setup.kms_registry)) {
        *ret_anchor = (struct registry_anchor){.deadline_ms = now_ms + registry_use_ms(use)};
        return OK;
    }
    if (view->has_anchor && now_ms < deadline_ms) {
        *ret_anchor = view->anchor;
        ret_anchor->deadline_ms = deadline_ms;
        return view->is_anchor_broken ? FAIL(REGISTRY_MISMATCH) : OK;
    }
    return view->has_anchor || is_lost(view, now_ms) ? FAIL(REGISTRY_LOST) : FAIL(REGISTRY_PENDING);
}

struct status registry_view_epochs(const struct registry_view *view, enum registry_use use,
                                   uint64_t now_ms, struct registry_epochs *ret_epochs)
{
    uint64_t deadline_ms = view->epochs_seen_ms + registry_use_ms(use);
    if (view->is_root_conflict) {
        return FAIL(ROOT_CONFLICT);
    }
    if (eth_address_is_zero(&view->setup.kms_registry)) {
        *ret_epochs = (struct registry_epochs){.deadline_ms = now_ms + registry_use_ms(use)};
        return OK;
    }
    if (view->has_epochs && now_ms < deadline_ms) {
        *ret_epochs = view->epochs;
        ret_epochs->deadline_ms = deadline_ms;
        ret_epochs->is_due = view->epochs.next == REGISTRY_NEXT_PROPOSED &&
                             view->head_time >= view->epochs.executable_at;
        return OK;
    }
    return view->has_epochs || is_lost(view, now_ms) ? FAIL(REGISTRY_LOST) : FAIL(REGISTRY_PENDING);
}

size_t registry_view_peers(struct registry_view *view, uint64_t now_ms,
                           struct registry_peer ret_peers[static REGISTRY_PEERS_MAX])
{
    size_t count = 0;
    struct registry_question question = {
        .role = REGISTRY_PEER, .use = REGISTRY_SERVE, .now_ms = now_ms};
    for (size_t i = 0; i < view->peers; i++) {
        question.wallet = view->peer[i].grant.wallet;
        ret_peers[count] = view->peer[i];
        if (status_is_ok(registry_view_lookup(view, &question, &ret_peers[count].grant))) {
            count++;
        }
    }
    return count;
}

/* After a failure the next look has its time. */
bool registry_view_look_again(struct registry_view *view, uint64_t now_ms)
{
    registry_view_pass(view, now_ms);
    now_ms = view->now.ms;
    if (now_ms < view->again_ms) {
        return false;
    }
    view->again_ms = now_ms + REGISTRY_VIEW_AGAIN_MS;
    view->peers_due_ms = now_ms;
    view->is_again = true;
    bool is_idle = view->stage == REGISTRY_STAGE_IDLE;
    if (view->failed == 0 && is_idle) {
        view->next_look_ms = now_ms;
    }
    return view->failed == 0 && is_idle;
}

bool registry_view_knows_peers(struct registry_view *view, uint64_t now_ms)
{
    bool knows = view->has_peers;
    struct registry_question question = {
        .role = REGISTRY_PEER, .use = REGISTRY_SERVE, .now_ms = now_ms};
    for (size_t i = 0; i < view->peers; i++) {
        struct registry_grant grant;
        question.wallet = view->peer[i].grant.wallet;
        struct status status = registry_view_lookup(view, &question, &grant);
        knows &= status.code == STATUS_REGISTRY_CHANGING ||
                 status_class((enum status_code)status.code) != STATUS_CLASS_UNAVAILABLE;
    }
    return knows;
}

size_t registry_view_all_peers(struct registry_view *view, uint64_t now_ms,
                               struct registry_peer ret_peers[static REGISTRY_PEERS_MAX])
{
    bool knows = registry_view_knows_peers(view, now_ms);
    size_t count = registry_view_peers(view, now_ms, ret_peers);
    return knows ? count : 0;
}

struct registry_health registry_view_health(const struct registry_view *view, uint64_t now_ms)
{
    struct registry_health health = {
        .is_lost = is_lost(view, now_ms),
        .head_number = view->head_number,
        .head_time = view->head_time,
        .confirmed_time = view->confirmed_time,
        .age_ms = view->has_head ? since(view->seen_ms, now_ms) : UINT64_MAX,
        .endpoints = view->setup.endpoints,
    };
    for (size_t i = 0; i < view->setup.endpoints; i++) {
        health.endpoints_good += view->endpoint[i].is_good;
    }
    return health;
}
