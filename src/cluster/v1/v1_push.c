/* What peers are told: changes, whole snapshots, tombstones of what they should have forgotten. */
#include <stdlib.h>

#include "cluster/v1/v1_sync_internal.h"

static int compare_apps(const void *a, const void *b)
{
    const struct v1_sync_gathered *left = a;
    const struct v1_sync_gathered *right = b;
    return bytes_compare(BYTES_ARRAY(left->app), BYTES_ARRAY(right->app));
}

/* What is gathered for one message. */
struct batch {
    size_t count;
    size_t len;
};

enum fit { FITS, FULL, NEVER };

/* Gather a record. Returns: FULL when the message has to go first; NEVER when none can carry it. */
static enum fit gather(struct v1_sync *sync, struct batch *batch, const uint8_t *app,
                       const struct record *record)
{
    size_t len = v1_message_put_max(record);
    if (len > V1_MESSAGE_MAX - V1_MESSAGE_FRAME) {
        return NEVER;
    }
    if (batch->count == V1_SYNC_BATCH || batch->len + len > V1_MESSAGE_MAX - V1_MESSAGE_FRAME) {
        return FULL;
    }
    struct v1_sync_gathered *one = &sync->gathered[batch->count++];
    struct buf to = buf_over(one->app, sizeof one->app);
    buf_put(&to, (struct bytes){app, V1_APPS_ID});
    one->record = *record;
    batch->len += len;
    return FITS;
}

/* Write what was gathered, app by app. */
static void put_batch(struct v1_sync *sync, const struct batch *batch, struct v1_message_out *out)
{
    qsort(sync->gathered, batch->count, sizeof sync->gathered[0], compare_apps);
    for (size_t i = 0; i < batch->count; i++) {
        v1_message_put(out, sync->gathered[i].app, &sync->gathered[i].record);
    }
    v1_message_end(out);
}

static bool is_for_them(struct v1_sync *sync, const struct kv_feed_item *item,
                        uint8_t ret_app[static V1_APPS_ID])
{
    return !item->is_system && v1_record_is_theirs(&item->record) &&
           v1_apps_find(sync->setup.apps, item->tenant.ptr, ret_app);
}

static struct batch gather_changes(struct v1_sync *sync, struct v1_sync_peer *peer)
{
    struct kv *kv = sync->setup.kv;
    struct kv_feed_item item;
    struct batch batch = {0};
    uint8_t app[V1_APPS_ID];
    while (kv_feed_next(kv, &peer->feed, &item)) {
        enum fit fit =
            is_for_them(sync, &item, app) ? gather(sync, &batch, app, &item.record) : FITS;
        if (fit == FULL) {
            kv_feed_rewind(kv, &peer->feed, item.seq - 1);
            return batch;
        }
        sync->stats.too_large += fit == NEVER;
        peer->told = item.seq;
    }
    peer->told = kv_seq(kv);
    return batch;
}

bool v1_sync_push_next(struct v1_sync *sync, struct v1_sync_peer *peer, struct buf *out)
{
    struct batch batch = gather_changes(sync, peer);
    if (batch.count == 0) {
        peer->held = peer->told;
        return false;
    }
    *out = buf_over(sync->scratch, V1_MESSAGE_MAX);
    struct v1_message_out message = v1_message_push(out, &sync->names, &sync->setup.wallet);
    put_batch(sync, &batch, &message);
    peer->kind = V1_SYNC_PUSH;
    peer->flying = peer->told;
    return true;
}

void v1_sync_push_all(struct v1_sync *sync, struct v1_sync_peer *peer)
{
    kv_feed_rewind(sync->setup.kv, &peer->feed, 0);
    peer->told = 0;
    peer->held = 0;
    peer->flying = 0;
}

bool v1_sync_bury_next(struct v1_sync *sync, struct v1_sync_peer *peer, struct buf *out)
{
    struct batch batch = {0};
    for (size_t i = 0; i < V1_SYNC_REPAIRS_MAX; i++) {
        struct v1_sync_repair *repair = &sync->repairs[i];
        if (repair->id != 0 && repair->is_burial && repair->state == V1_SYNC_REPAIR_SENT &&
            eth_address_equal(&repair->to, &peer->known.grant.wallet)) {
            repair->is_flying = gather(sync, &batch, repair->app, &repair->record) == FITS;
        }
    }
    if (batch.count == 0) {
        return false;
    }
    *out = buf_over(sync->scratch, V1_MESSAGE_MAX);
    struct v1_message_out message = v1_message_push(out, &sync->names, &sync->setup.wallet);
    put_batch(sync, &batch, &message);
    peer->kind = V1_SYNC_BURY;
    return true;
}

/* Gather the records below wallet/, or the others. Returns: whether those are all. */
static bool gather_all(struct v1_sync *sync, bool wants_wallets, struct batch *batch)
{
    struct kv_feed feed;
    struct kv_feed_item item;
    uint8_t app[V1_APPS_ID];
    bool is_all = true;
    kv_feed_open(sync->setup.kv, &feed, true);
    while (kv_feed_next(sync->setup.kv, &feed, &item)) {
        bool is_wallet = !record_v1_evictable(item.record.key);
        if (is_wallet == wants_wallets && is_for_them(sync, &item, app)) {
            is_all = gather(sync, batch, app, &item.record) != FULL && is_all;
        }
    }
    kv_feed_close(&feed);
    return is_all;
}

bool v1_sync_put_snapshot(struct v1_sync *sync, struct buf *out)
{
    struct batch batch = {0};
    bool is_all = gather_all(sync, true, &batch);
    is_all = gather_all(sync, false, &batch) && is_all;
    struct v1_message_out message = v1_message_snapshot(out, &sync->names);
    put_batch(sync, &batch, &message);
    return is_all;
}
