/* Taking in what nodes of version 1 have, record by record. */
#include <string.h>

#include "cluster/v1/v1_repair.h"
#include "cluster/v1/v1_sync_internal.h"
#include "record/namespace_keys.h"

/* A walk through records in work: the keys are those of the app that it is at. *secret*. */
struct taking {
    struct v1_sync *sync;
    const struct cluster_now *now;
    const struct v1_sync_source *source;
    bool has_app;
    bool is_served; /* the app may have values here */
    uint8_t app[V1_APPS_ID];
    uint8_t tenant[DOMAIN_TENANT_ID];
    struct value_seal_keys keys;
    size_t taken;
};

static void taking_wipe(struct taking *taking)
{
    value_seal_keys_wipe(&taking->keys);
}

static void enter_app(struct taking *taking, const uint8_t app[static V1_APPS_ID])
{
    const struct v1_sync_setup *setup = &taking->sync->setup;
    const struct namespace_keys from = {setup->roots, setup->domain, setup->apps};
    struct bytes next = {app, V1_APPS_ID};
    if (taking->has_app && bytes_equal(BYTES_ARRAY(taking->app), next)) {
        return;
    }
    taking->has_app = true;
    memcpy(taking->app, app, sizeof taking->app);
    taking->is_served = status_is_ok(v1_apps_meet(setup->apps, app, taking->tenant));
    value_seal_keys_wipe(&taking->keys);
    if (taking->is_served) {
        namespace_keys_of(&from, taking->tenant, &taking->keys);
    }
}

/* Which of both is to be written again; NULL for none. In: here, what the record meets. */
static const struct record *chosen_of(const struct taking *taking, const struct record *here,
                                      const struct record *record)
{
    int order = record_order(here, record);
    const struct record *greater = order > 0 ? here : record;
    const struct record *lower = order > 0 ? record : here;
    struct kv *kv = taking->sync->setup.kv;
    switch (v1_repair_of(here, record)) {
    case V1_REPAIR_LOWER:
        return lower;
    case V1_REPAIR_GREATER:
        return greater;
    case V1_REPAIR_NOTHING:
        break;
    }
    /* It was told of what is here, has answered, and still shows another. */
    bool is_told = order > 0 && !v1_repair_is_evicted(record, here) &&
                   kv_changed(kv, taking->tenant, here->key) <= taking->source->told;
    return is_told ? here : NULL;
}

static struct v1_sync_repair *keep_repair(struct taking *taking, const struct record *record)
{
    struct v1_sync *sync = taking->sync;
    struct record here;
    const struct v1_sync_meeting meeting = {taking->app, taking->tenant, record,
                                            &taking->source->wallet};
    if (!kv_peek(sync->setup.kv, taking->tenant, record->key, &here)) {
        return NULL;
    }
    const struct record *chosen = chosen_of(taking, &here, record);
    if (chosen == NULL || !v1_record_is_theirs(chosen) ||
        v1_message_put_max(chosen) > V1_MESSAGE_MAX - V1_MESSAGE_FRAME) {
        return NULL;
    }
    struct record_version over = record_version(record_order(&here, record) > 0 ? &here : record);
    return v1_sync_repair_keep(sync, &meeting, chosen, &over);
}

/* A value from before what was forgotten here is answered. */
static void keep_burial(struct taking *taking, const struct record *record)
{
    const struct record_version none = {0};
    const struct v1_sync_meeting meeting = {taking->app, taking->tenant, record,
                                            &taking->source->wallet};
    if ((record->flags & RECORD_TOMBSTONE) == 0) {
        v1_sync_repair_keep(taking->sync, &meeting, NULL, &none);
    }
}

/* What a peer gave is no news to it: with nothing else to tell it, its feed goes behind that. */
static void skip_own(struct v1_sync *sync, struct v1_sync_peer *peer)
{
    struct kv_feed_item item;
    while (kv_feed_next(sync->setup.kv, &peer->feed, &item)) {
    }
    peer->told = kv_seq(sync->setup.kv);
}

/* Merge a record. A value that others must give way to comes in from a push alone: full nodes would
 * hand each other for ever what each has evicted. */
static struct status merge(struct taking *taking, struct record *record, enum kv_merged *ret_merged)
{
    const struct v1_sync_setup *setup = &taking->sync->setup;
    struct kv_at at = {.keys = &taking->keys, .now_ms = taking->now->wall_ms};
    uint8_t nonce[VALUE_SEAL_NONCE];
    *ret_merged = KV_KEPT;
    TRY(entropy_fill(&setup->entropy, nonce, sizeof nonce));
    memcpy(record->cause, taking->source->cause, sizeof record->cause);
    return taking->source->is_pull ? kv_merge_if_room(setup->kv, &at, record, nonce, ret_merged)
                                   : kv_merge(setup->kv, &at, record, nonce, ret_merged);
}

static void take_record(struct taking *taking, struct record *record)
{
    struct v1_sync *sync = taking->sync;
    struct v1_sync_peer *peer = taking->source->peer;
    enum kv_merged merged;
    bool is_even = peer != NULL && peer->told == kv_seq(sync->setup.kv);
    struct v1_sync_repair *repair = keep_repair(taking, record);
    struct status status = merge(taking, record, &merged);
    if (!status_is_ok(status) || merged == KV_WAITS) {
        v1_sync_repair_drop(sync, repair);
    }
    if (status.code == STATUS_RECORD_STALE) {
        keep_burial(taking, record);
    }
    if (merged == KV_REPLACED && is_even) {
        skip_own(sync, peer);
    }
    bool is_news = merged == KV_REPLACED || merged == KV_JOINED;
    taking->taken += is_news;
    sync->stats.taken += is_news;
    sync->stats.refused += !status_is_ok(status);
}

/* What a snapshot is walked through for, or all. */
enum part { ALL, LIVE, DEAD };

static void take_text(struct taking *taking, struct bytes text, enum part part)
{
    struct v1_sync *sync = taking->sync;
    struct record record;
    arena_reset(&sync->arena);
    struct status status = v1_record_read(text, &sync->memory, &record);
    if (!status_is_ok(status) || !taking->is_served) {
        sync->stats.refused += part != DEAD;
        return;
    }
    enum part own = (record.flags & RECORD_TOMBSTONE) != 0 ? DEAD : LIVE;
    if (part == ALL || part == own) {
        take_record(taking, &record);
    }
}

size_t v1_sync_take_push(struct v1_sync *sync, const struct cluster_now *now,
                         const struct v1_sync_source *source, struct bytes data)
{
    SECRET(taking, taking);
    struct v1_message_walk walk = v1_message_walk(data);
    struct bytes text;
    taking.sync = sync;
    taking.now = now;
    taking.source = source;
    while (v1_message_next(&walk, &text)) {
        enter_app(&taking, walk.app);
        take_text(&taking, text, ALL);
    }
    sync->stats.refused += walk.bad_apps;
    return taking.taken;
}

/* --- snapshots -------------------------------------------------------------------------------- */

struct status v1_sync_pull_start(struct v1_sync *sync, struct v1_sync_peer *peer, struct bytes data,
                                 const uint8_t cause[static RECORD_CAUSE])
{
    struct v1_sync_pull *pull = &peer->pull;
    TRY(mem_alloc(sync->setup.mem, data.len, &pull->data));
    memcpy(pull->data, data.ptr, data.len);
    memcpy(pull->cause, cause, sizeof pull->cause);
    pull->len = data.len;
    pull->walk = v1_message_walk((struct bytes){pull->data, pull->len});
    pull->is_second = false;
    return OK;
}

void v1_sync_pull_stop(struct v1_sync *sync, struct v1_sync_peer *peer)
{
    mem_free(sync->setup.mem, &peer->pull.data);
    peer->pull.len = 0;
}

static void pull_end(struct v1_sync *sync, const struct cluster_now *now, struct v1_sync_peer *peer)
{
    struct v1_sync_pull *pull = &peer->pull;
    peer->pull_ms = now->ms + V1_SYNC_AGAIN_MS + pull->len / V1_SYNC_AGAIN_BYTES;
    if (pull->walk.apps.failed) {
        peer->failures++;
        sync->stats.failures++;
    } else {
        peer->is_pulled = true;
        sync->stats.pulls++;
        sync->stats.refused += pull->walk.bad_apps;
    }
    v1_sync_pull_stop(sync, peer);
    v1_sync_judge(sync);
}

bool v1_sync_pull_step(struct v1_sync *sync, const struct cluster_now *now,
                       struct v1_sync_peer *peer)
{
    SECRET(taking, taking);
    struct v1_sync_pull *pull = &peer->pull;
    const struct v1_sync_source source = {.peer = peer,
                                          .wallet = peer->known.grant.wallet,
                                          .cause = pull->cause,
                                          .is_pull = true,
                                          .told = pull->told};
    struct bytes text;
    size_t bytes = 0;
    taking.sync = sync;
    taking.now = now;
    taking.source = &source;
    for (size_t i = 0; i < V1_SYNC_STEP && bytes < V1_SYNC_STEP_BYTES; i++) {
        if (!v1_message_next(&pull->walk, &text)) {
            if (pull->is_second || pull->walk.apps.failed) {
                pull_end(sync, now, peer);
                return false;
            }
            pull->is_second = true;
            pull->walk = v1_message_walk((struct bytes){pull->data, pull->len});
            continue;
        }
        enter_app(&taking, pull->walk.app);
        take_text(&taking, text, pull->is_second ? DEAD : LIVE);
        bytes += text.len;
    }
    return true;
}
