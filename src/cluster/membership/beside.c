/* Beside nodes of version 1: their sync, and the root from them and for them. */
#include <string.h>

#include "base/invariant.h"
#include "cluster/membership/membership_internal.h"
#include "cluster/v1/v1_code.h"
#include "cluster/v1/v1_give.h"
#include "cluster/v1/v1_secret.h"

enum {
    ASK_FIRST_MS = 5000,   /* those of version 2 come first */
    ASK_EVERY_MS = 2000,   /* between two questions, */
    ASK_ANSWER_MS = 15000, /* each of which has so long */
};

#define OP_PULL   "kms.pull"
#define OP_REPAIR "values.repair"

/* --- start and end ---------------------------------------------------------------------------- */

struct status membership_beside_open(struct membership *membership)
{
    const struct membership_setup *setup = &membership->setup;
    thread_lock_init(&membership->effects.lock);
    TRY(arena_init(&membership->beside.arena, V1_MESSAGE_ARENA));
    /* Values of version 1 are there for as long as anybody has some. */
    return v1_apps_open(setup->mem, setup->deployment, &membership->beside.apps);
}

void membership_beside_close(struct membership *membership)
{
    struct beside *beside = &membership->beside;
    v1_apps_close(&beside->apps);
    arena_deinit(&beside->arena);
    thread_lock_deinit(&membership->effects.lock);
}

bool membership_is_v1(void *context, const struct eth_address *wallet)
{
    const struct membership *membership = context;
    const struct v1_sync *sync = membership->beside.sync;
    return sync != NULL && v1_sync_is_v1(sync, wallet);
}

struct status membership_beside_join(struct membership *membership, const struct cluster_now *now,
                                     struct kv *kv, bool is_first)
{
    const struct membership_setup *setup = &membership->setup;
    struct v1_sync_setup parts = {
        .mem = setup->mem,
        .entropy = setup->entropy,
        .kv = kv,
        .roots = setup->roots,
        .registry = setup->registry,
        .apps = membership->beside.apps,
        .wallet = setup->wallet,
        .is_first = is_first,
    };
    memcpy(parts.domain, setup->domain, sizeof parts.domain);
    return !setup->has_v1 ? OK : v1_sync_open(&parts, now, &membership->beside.sync);
}

/* --- sync ------------------------------------------------------------------------------------- */

struct beside_step {
    struct membership *membership;
    struct cluster_now now;
    struct v1_sync_action action;
    bool has_action;
    uint64_t due_ms;
    struct effect_taken effect;
    struct status status;
};

static void next_step(void *context, struct kv *kv)
{
    struct beside_step *step = context;
    struct membership *membership = step->membership;
    (void)kv;
    step->has_action =
        v1_sync_next(membership->beside.sync, &step->now, &step->action, &step->due_ms);
    membership_note_current(membership);
}

static void repair_step(void *context, struct kv *kv)
{
    struct beside_step *step = context;
    (void)kv;
    step->status = v1_sync_repair(step->membership->beside.sync, &step->now, step->effect.id,
                                  step->effect.cause);
}

/* Make what the trail has. What all pulls name is an effect that lasts. */
static void make_effects(struct membership *membership)
{
    struct beside_step step = {.membership = membership, .now = membership_now(membership)};
    while (membership_effect_take(membership, &step.effect)) {
        step.status = OK;
        if (step.effect.id == 0) {
            memcpy(membership->beside.cause, step.effect.cause, sizeof step.effect.cause);
            membership->beside.has_cause = true;
        } else {
            values_as_owner(membership->setup.values, repair_step, &step);
        }
        membership_effect_made(membership, step.effect.place, step.status);
    }
}

static void act(struct membership *membership, const struct v1_sync_action *action)
{
    const struct membership_mail *mail = &membership->setup.ports->mail;
    if (action->kind == V1_SYNC_REPAIR) {
        const struct effect_wanted wanted = {OP_REPAIR, action->id, action->tenant, action->key};
        membership_effect_want(membership, &wanted);
        return;
    }
    const struct membership_message message = {
        .id = membership_mail_id(action->id, MAIL_BESIDE),
        .peer = action->peer,
        .target = MEMBERSHIP_SYNC_V1,
        .bytes = action->message,
        .deadline_ms = action->deadline_ms,
    };
    mail->send(mail->context, &message);
}

/* What is pulled names an intent, which is there before anything is asked for. */
static bool has_cause(struct membership *membership)
{
    struct beside *beside = &membership->beside;
    const struct effect_wanted wanted = {.op = OP_PULL};
    uint64_t now_ms = membership_now(membership).ms;
    if (!beside->has_cause && now_ms >= beside->cause_ms) {
        beside->cause_ms = now_ms + V1_SYNC_REPAIR_MS;
        membership_effect_want(membership, &wanted);
    }
    return beside->has_cause;
}

uint64_t membership_beside_act(struct membership *membership)
{
    struct beside_step step = {
        .membership = membership, .now = membership_now(membership), .due_ms = UINT64_MAX};
    if (membership->beside.sync == NULL) {
        return UINT64_MAX;
    }
    make_effects(membership);
    if (!has_cause(membership)) {
        return UINT64_MAX;
    }
    do {
        if (!membership_effects_have_room(membership)) {
            return UINT64_MAX; /* until one is written */
        }
        values_as_owner(membership->setup.values, next_step, &step);
        if (step.has_action) {
            act(membership, &step.action);
        }
    } while (step.has_action);
    return step.due_ms;
}

struct answered {
    struct membership *membership;
    struct cluster_now now;
    struct v1_sync_answer answer;
};

static void answered_step(void *context, struct kv *kv)
{
    struct answered *answered = context;
    (void)kv;
    v1_sync_answered(answered->membership->beside.sync, &answered->now, &answered->answer);
    membership_note_current(answered->membership);
}

void membership_beside_answered(struct membership *membership, uint64_t id, struct bytes message)
{
    struct answered answered = {
        .membership = membership,
        .now = membership_now(membership),
        .answer = {.id = id, .message = message, .cause = membership->beside.cause},
    };
    if (membership->beside.sync != NULL) {
        values_as_owner(membership->setup.values, answered_step, &answered);
    }
}

/* --- the root from them ----------------------------------------------------------------------- */

/* The next peer to ask: all in turn, this node left out. */
static bool next_holder(struct membership *membership, struct registry_peer *ret)
{
    const struct membership_setup *setup = &membership->setup;
    struct registry_peer listed[REGISTRY_PEERS_MAX];
    size_t count = registry_peers(setup->registry, membership_now(membership).ms, listed);
    for (size_t i = 0; i < count; i++) {
        const struct registry_peer *peer = &listed[membership->beside.asked++ % count];
        if (!eth_address_equal(&peer->grant.wallet, &setup->wallet)) {
            *ret = *peer;
            return true;
        }
    }
    return false;
}

static void ask(struct membership *membership, uint64_t now_ms)
{
    const struct membership_setup *setup = &membership->setup;
    const struct membership_mail *mail = &setup->ports->mail;
    struct beside *beside = &membership->beside;
    uint8_t memory[V1_SECRET_REQUEST_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct registry_peer peer;
    if (!next_holder(membership, &peer) ||
        !status_is_ok(v1_secret_ask(&setup->entropy, &setup->wallet, &text,
                                    &membership->errands.secrets->asking))) {
        return;
    }
    beside->ask_until_ms = now_ms + ASK_ANSWER_MS;
    const struct membership_message message = {
        .id = membership_mail_id(++beside->ask_id, MAIL_SECRET),
        .peer = &peer,
        .target = MEMBERSHIP_SYNC_V1,
        .bytes = buf_bytes(&text),
        .deadline_ms = beside->ask_until_ms,
    };
    mail->send(mail->context, &message);
}

uint64_t membership_beside_ask(struct membership *membership, enum root_start_state state,
                               const struct root_start_chain *chain)
{
    struct beside *beside = &membership->beside;
    uint64_t now_ms = membership_now(membership).ms;
    if (!membership->setup.has_v1 || state != ROOT_START_ASKING) {
        beside->ask_ms = 0;
        beside->ask_until_ms = 0;
        return UINT64_MAX;
    }
    if (chain->kind == ROOT_CHAIN_FINAL) {
        memcpy(beside->hash, chain->hashes[0], sizeof beside->hash);
        beside->has_hash = true;
    }
    beside->ask_ms = beside->ask_ms == 0 ? now_ms + ASK_FIRST_MS : beside->ask_ms;
    if (beside->has_hash && now_ms >= beside->ask_ms && now_ms >= beside->ask_until_ms) {
        beside->ask_ms = now_ms + ASK_EVERY_MS;
        ask(membership, now_ms);
    }
    return beside->ask_ms > beside->ask_until_ms ? beside->ask_ms : beside->ask_until_ms;
}

void membership_beside_given(struct membership *membership, uint64_t id, struct bytes message)
{
    struct beside *beside = &membership->beside;
    struct errand_secrets *secrets = membership->errands.secrets;
    struct root_start_found *found = &secrets->given;
    if (id != beside->ask_id || beside->ask_until_ms == 0) {
        return;
    }
    beside->ask_until_ms = 0;
    arena_reset(&beside->arena);
    *found = (struct root_start_found){.count = 1};
    struct status status = message.ptr == NULL
                               ? FAIL(UNAVAILABLE)
                               : v1_secret_open(&secrets->asking, message, beside->hash,
                                                &beside->arena, &found->list[0].master);
    if (status_is_ok(status)) {
        struct cluster_now now = membership_now(membership);
        thread_lock_take(&membership->lock);
        root_start_received(membership->start, &now, found);
        thread_lock_give(&membership->lock);
    } else if (message.ptr != NULL) {
        LOG_EVENT(membership->setup.log, WARN, "root", LOG_TEXT("failed", "to get it by version 1"),
                  LOG_STATUS(status));
    }
    arena_reset(&beside->arena);
    root_start_found_wipe(found);
    p384_key_wipe(&secrets->asking);
}

/* --- for workers ------------------------------------------------------------------------------ */

static struct status check_code(const struct membership *membership,
                                const struct membership_v1 *request)
{
    const struct secret32 *master = root_keyring_master(membership->setup.roots, 0);
    if (master == NULL) {
        return FAIL(UNAVAILABLE);
    }
    return request->code.len == 0
               ? FAIL(SYNC_CODE_MISSING)
               : v1_code_check(master, request->body, request->code, request->arena);
}

static struct v1_give giving(struct membership *membership)
{
    const struct membership_setup *setup = &membership->setup;
    return (struct v1_give){&setup->entropy, setup->roots, setup->registry,
                            root_start_guard(membership->start), setup->gate};
}

static struct v1_give_question question_of(const struct membership *membership,
                                           const struct membership_v1 *request)
{
    return (struct v1_give_question){*request->from, request->message,
                                     membership_now(membership).ms};
}

struct status membership_v1_check(struct membership *membership,
                                  const struct membership_v1 *request, bool *ret_is_root)
{
    enum v1_message_kind kind;
    struct status known = v1_message_kind(request->message, &kind);
    *ret_is_root = status_is_ok(known) && kind == V1_MESSAGE_SECRET;
    INVARIANT(membership->setup.has_v1);
    if (*ret_is_root) {
        const struct v1_give_question question = question_of(membership, request);
        thread_lock_take(&membership->lock);
        const struct v1_give give = giving(membership);
        struct status status = v1_give_check(&give, &question, request->arena);
        thread_lock_give(&membership->lock);
        return status;
    }
    if (!atomic_load(&membership->has_joined)) {
        return membership_why_not_joined(membership);
    }
    TRY(root_gate_check(membership->setup.gate, REGISTRY_SERVE, membership_now(membership).ms));
    TRY(check_code(membership, request));
    return known;
}

static struct status give_root(struct membership *membership, const struct membership_v1 *request,
                               struct buf *answer)
{
    const struct v1_give_question question = question_of(membership, request);
    thread_lock_take(&membership->lock);
    const struct v1_give give = giving(membership);
    struct status status = v1_give_answer(&give, &question, request->arena, answer);
    thread_lock_give(&membership->lock);
    if (status_is_ok(status)) {
        atomic_fetch_add(&membership->beside.given, 1);
    }
    return status;
}

struct serving {
    struct membership *membership;
    struct cluster_now now;
    struct v1_sync_request request;
    struct buf *answer;
    struct status status;
};

static void serve_step(void *context, struct kv *kv)
{
    struct serving *serving = context;
    (void)kv;
    if (serving->membership->beside.sync == NULL) {
        serving->status = FAIL(NOT_CURRENT);
        return;
    }
    serving->status = v1_sync_serve(serving->membership->beside.sync, &serving->now,
                                    &serving->request, serving->answer);
    membership_note_current(serving->membership);
}

struct status membership_v1_answer(struct membership *membership,
                                   const struct membership_v1 *request, struct buf *answer)
{
    struct serving serving = {
        .membership = membership,
        .now = membership_now(membership),
        .request = {*request->from, request->message, request->cause},
        .answer = answer,
    };
    bool is_root = false;
    TRY(membership_v1_check(membership, request, &is_root));
    if (is_root) {
        return give_root(membership, request, answer);
    }
    values_as_owner(membership->setup.values, serve_step, &serving);
    membership_wake(membership);
    return serving.status;
}

/* --- for people ------------------------------------------------------------------------------- */

struct membership_v1_stats membership_beside_stats(const struct membership *membership)
{
    const struct beside *beside = &membership->beside;
    struct membership_v1_stats stats = {.is_there = beside->sync != NULL,
                                        .given = atomic_load(&beside->given)};
    if (stats.is_there) {
        stats.sync = v1_sync_stats(beside->sync);
    }
    return stats;
}
