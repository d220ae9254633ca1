/* Pushes: what was written here goes to every member at once. */
#include <string.h>

#include "base/invariant.h"
#include "cluster/cluster_internal.h"

/* Another's write is its sender's to push, unless somebody waits for it to be held. */
static bool is_ours(const struct cluster *cluster, const struct kv_feed_item *item)
{
    uint8_t key[8];
    if (bytes_starts(BYTES_ARRAY(item->record.cause), BYTES_ARRAY(cluster->setup.boot))) {
        return true;
    }
    if (cluster->waiting == 0) {
        return false;
    }
    cluster_write_key(item->tenant.ptr, item->record.key, key);
    return cluster_writes_wait_for(cluster, key);
}

/* Fill a push. Returns: the number of its last record; 0 when there is none to send. */
static uint64_t fill(struct cluster *cluster, struct peer *peer, struct buf *out)
{
    struct kv_feed_item item;
    uint64_t last = 0;
    while (kv_feed_next(cluster->setup.kv, &peer->feed, &item)) {
        struct sync_record record = {item.tenant, item.is_system, item.record};
        if (!is_ours(cluster, &item)) {
            continue;
        }
        if (last != 0 && out->len + 8 + sync_message_record_len(&record) > SYNC_HEAD + SYNC_PAGE) {
            kv_feed_rewind(cluster->setup.kv, &peer->feed, item.seq - 1);
            break;
        }
        buf_put_u64(out, item.seq);
        sync_message_put_record(out, &record);
        last = item.seq;
    }
    return last;
}

bool cluster_push_next(struct cluster *cluster, struct peer *peer, struct buf *out)
{
    /* Who was not met yet is compared with first, which is how one meets. */
    if (!peer->is_member) {
        return false;
    }
    *out = cluster_flight_begin(cluster, peer, SYNC_PUSH);
    uint64_t last = fill(cluster, peer, out);
    if (last == 0) {
        return false;
    }
    peer->sequence = last;
    sync_message_number(out, last);
    return true;
}

void cluster_push_failed(struct cluster *cluster, struct peer *peer)
{
    kv_feed_rewind(cluster->setup.kv, &peer->feed, peer->held);
}

/* Who waits for a record of the push in flight that was refused waits for others. In: push, what
 * of it was not looked at yet. Returns: false when the number is of none of these. */
static bool refuse(struct cluster *cluster, size_t place, struct reader *push, uint64_t seq)
{
    struct sync_record record;
    uint8_t key[8];
    while (push->rest.len != 0) {
        uint64_t number = reader_u64(push);
        bool is_there = sync_message_next_record(push, &record);
        INVARIANT(is_there); /* we wrote it */
        if (number == seq) {
            cluster_write_key(record.tenant.ptr, record.record.key, key);
            cluster_writes_refused(cluster, place, key);
            return true;
        }
    }
    return false;
}

bool cluster_push_answered(struct cluster *cluster, size_t place, struct reader *body,
                           uint64_t sequence)
{
    struct peer *peer = cluster->peers[place];
    struct reader push = cluster_flight_body(peer);
    size_t count = reader_u16(body);
    for (size_t i = 0; i < count && !body->failed; i++) {
        uint64_t seq = reader_u64(body);
        reader_u16(body); /* the code is for people who read the peer's messages */
        if (!refuse(cluster, place, &push, seq)) {
            return false;
        }
    }
    if (!reader_done(body)) {
        return false;
    }
    if (sequence == 0) {
        /* It is not current, or its clock is off: nothing is promised. It pulls what it lacks. */
        return false;
    }
    cluster->stats.pushes++;
    cluster->stats.refused += count;
    cluster_writes_held(cluster, place, peer->held, sequence);
    peer->held = sequence;
    return true;
}

static bool serve_records(struct cluster *cluster, const struct cluster_now *now,
                          struct reader *body, struct buf *answer)
{
    struct sync_record record;
    uint64_t before = 0;
    size_t refused = 0;
    size_t count_at = answer->len;
    buf_put_u16(answer, 0);
    while (body->rest.len != 0) {
        uint64_t seq = reader_u64(body);
        if (!sync_message_next_record(body, &record) || seq <= before) {
            return false;
        }
        before = seq;
        struct status status = cluster_take(cluster, now, &record, false);
        if (!status_is_ok(status)) {
            buf_put_u64(answer, seq);
            buf_put_u16(answer, (uint16_t)status.code);
            refused++;
        }
    }
    INVARIANT(refused <= UINT16_MAX);
    struct buf count = buf_over(answer->ptr + count_at, 2);
    buf_put_u16(&count, (uint16_t)refused);
    return true;
}

bool cluster_serve_push(struct cluster *cluster, const struct cluster_now *now,
                        const struct sync_head *head, struct reader *body, struct buf *answer)
{
    cluster_clocks(cluster, now);
    if (!cluster->is_current || cluster->stats.is_clock_suspect) {
        sync_message_number(answer, 0);
    } else {
        sync_message_number(answer, head->sequence);
    }
    return serve_records(cluster, now, body, answer);
}
