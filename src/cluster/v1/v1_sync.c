#include "cluster/v1/v1_sync.h"

#include <string.h>

#include "base/due.h"
#include "base/invariant.h"
#include "cluster/v1/v1_secret.h"
#include "cluster/v1/v1_sync_internal.h"

void v1_sync_close(struct v1_sync **sync)
{
    if (*sync == NULL) {
        return;
    }
    struct v1_sync *own = *sync;
    struct mem *mem = own->setup.mem;
    for (size_t i = 0; i < V1_SYNC_PEERS_MAX; i++) {
        v1_sync_peer_forget(own, i);
    }
    for (size_t i = 0; i < V1_SYNC_REPAIRS_MAX; i++) {
        v1_sync_repair_drop(own, &own->repairs[i]);
    }
    mem_free(mem, &own->scratch);
    mem_free(mem, &own->blob);
    arena_deinit(&own->arena);
    void *block = own;
    mem_free(mem, &block);
    *sync = NULL;
}

static struct status get_memory(struct v1_sync *sync)
{
    TRY(mem_alloc(sync->setup.mem, V1_MESSAGE_MAX, &sync->scratch));
    TRY(mem_alloc(sync->setup.mem, V1_RECORD_BLOB, &sync->blob));
    TRY(arena_init(&sync->arena, V1_MESSAGE_ARENA));
    sync->memory.arena = &sync->arena;
    sync->memory.names = &sync->names;
    sync->memory.blob = sync->blob;
    return OK;
}

struct status v1_sync_open(const struct v1_sync_setup *setup, const struct cluster_now *now,
                           struct v1_sync **ret)
{
    void *block;
    *ret = NULL;
    TRY(mem_alloc(setup->mem, sizeof **ret, &block));
    struct v1_sync *sync = block;
    sync->setup = *setup;
    sync->is_whole = setup->is_first;
    sync->look_ms = now->ms;
    struct status status = get_memory(sync);
    if (!status_is_ok(status)) {
        v1_sync_close(&sync);
        return status;
    }
    *ret = sync;
    return OK;
}

/* --- messages out ----------------------------------------------------------------------------- */

static void flight_end(struct v1_sync *sync, struct v1_sync_peer *peer)
{
    peer->flight = 0;
    mem_free(sync->setup.mem, &peer->message);
    peer->message_len = 0;
}

static void flight_failed(struct v1_sync *sync, const struct cluster_now *now,
                          struct v1_sync_peer *peer)
{
    uint64_t pause = V1_SYNC_RETRY_MS;
    for (unsigned i = 0; i < peer->failures && pause < V1_SYNC_RETRY_MAX_MS; i++) {
        pause *= 2;
    }
    flight_end(sync, peer);
    sync->stats.failures++;
    peer->failures++;
    peer->retry_ms = now->ms + (pause < V1_SYNC_RETRY_MAX_MS ? pause : V1_SYNC_RETRY_MAX_MS);
    switch (peer->kind) {
    case V1_SYNC_PUSH:
        kv_feed_rewind(sync->setup.kv, &peer->feed, peer->held);
        peer->told = peer->held;
        break;
    case V1_SYNC_BURY: /* they stay, and go again */
        break;
    case V1_SYNC_PULL:
        peer->pull_ms = peer->retry_ms;
        v1_sync_judge(sync);
        break;
    }
}

/* Ask for a snapshot when it is time; of a new peer first, but not for ever before all else. */
static bool pull_next(struct v1_sync *sync, const struct cluster_now *now,
                      struct v1_sync_peer *peer, bool is_first, struct buf *out)
{
    bool is_time = is_first ? !peer->is_pulled && peer->failures == 0 : now->ms >= peer->pull_ms;
    if (!is_time || peer->pull.data != NULL) {
        return false;
    }
    *out = buf_over(sync->scratch, V1_MESSAGE_MAX);
    v1_message_put_request(out, &sync->setup.wallet);
    peer->kind = V1_SYNC_PULL;
    peer->pull.told = peer->held;
    return true;
}

/* Send what was written for a peer. */
static bool flight_send(struct v1_sync *sync, const struct cluster_now *now,
                        struct v1_sync_peer *peer, const struct buf *message,
                        struct v1_sync_action *ret_action)
{
    INVARIANT(status_is_ok(buf_check(message)));
    if (!status_is_ok(mem_alloc(sync->setup.mem, message->len, &peer->message))) {
        flight_failed(sync, now, peer);
        return false;
    }
    memcpy(peer->message, message->ptr, message->len);
    peer->flight = ++sync->last_id;
    peer->message_len = message->len;
    peer->deadline_ms =
        now->ms + (peer->kind == V1_SYNC_PULL ? V1_SYNC_PULL_MS : V1_SYNC_ANSWER_MS);
    ret_action->kind = V1_SYNC_SEND;
    ret_action->id = peer->flight;
    ret_action->peer = &peer->known;
    ret_action->message = (struct bytes){peer->message, peer->message_len};
    ret_action->deadline_ms = peer->deadline_ms;
    return true;
}

/* What a peer gets next, if anything now. */
static bool peer_next(struct v1_sync *sync, const struct cluster_now *now,
                      struct v1_sync_peer *peer, struct v1_sync_action *ret_action,
                      uint64_t *ret_due_ms)
{
    struct buf message;
    if (peer->flight != 0) {
        if (now->ms < peer->deadline_ms) {
            due_sooner(ret_due_ms, peer->deadline_ms);
            return false;
        }
        flight_failed(sync, now, peer);
    }
    if (peer->is_ours) {
        return false;
    }
    if (now->ms < peer->retry_ms) {
        due_sooner(ret_due_ms, peer->retry_ms);
        return false;
    }
    if (pull_next(sync, now, peer, true, &message) || v1_sync_bury_next(sync, peer, &message) ||
        v1_sync_push_next(sync, peer, &message) || pull_next(sync, now, peer, false, &message)) {
        return flight_send(sync, now, peer, &message, ret_action);
    }
    if (peer->pull.data == NULL) {
        due_sooner(ret_due_ms, peer->pull_ms);
    }
    return false;
}

/* Go on with one of the snapshots that were pulled. */
static void merge_some(struct v1_sync *sync, const struct cluster_now *now, uint64_t *ret_due_ms)
{
    for (size_t i = 0; i < V1_SYNC_PEERS_MAX; i++) {
        struct v1_sync_peer *peer = sync->peers[i];
        if (peer != NULL && peer->pull.data != NULL) {
            v1_sync_pull_step(sync, now, peer);
            *ret_due_ms = now->ms;
            return;
        }
    }
}

bool v1_sync_next(struct v1_sync *sync, const struct cluster_now *now,
                  struct v1_sync_action *ret_action, uint64_t *ret_due_ms)
{
    *ret_action = (struct v1_sync_action){0};
    *ret_due_ms = UINT64_MAX;
    v1_sync_look(sync, now);
    due_sooner(ret_due_ms, sync->look_ms);
    if (!root_keyring_has(sync->setup.roots, 0)) {
        return false;
    }
    if (v1_sync_repair_next(sync, now, ret_action, ret_due_ms)) {
        return true;
    }
    for (size_t i = 0; i < V1_SYNC_PEERS_MAX; i++) {
        if (sync->peers[i] != NULL &&
            peer_next(sync, now, sync->peers[i], ret_action, ret_due_ms)) {
            return true;
        }
    }
    merge_some(sync, now, ret_due_ms);
    return false;
}

/* --- messages in ------------------------------------------------------------------------------ */

static bool take_answer(struct v1_sync *sync, struct v1_sync_peer *peer,
                        const struct v1_sync_answer *answer)
{
    struct v1_message message;
    bool is_pull = peer->kind == V1_SYNC_PULL;
    struct status status = v1_message_read_answer(
        answer->message, is_pull ? V1_MESSAGE_SNAPSHOT : V1_MESSAGE_DELTA, &message);
    if (!status_is_ok(status)) {
        return false;
    }
    v1_sync_meet(sync, peer, message.is_ours);
    if (is_pull) {
        return message.is_ours ||
               status_is_ok(v1_sync_pull_start(sync, peer, message.data, answer->cause));
    }
    sync->stats.pushes++;
    if (peer->kind == V1_SYNC_PUSH) {
        peer->held = peer->flying;
    } else {
        v1_sync_buried(sync, peer);
    }
    return true;
}

void v1_sync_answered(struct v1_sync *sync, const struct cluster_now *now,
                      const struct v1_sync_answer *answer)
{
    for (size_t i = 0; i < V1_SYNC_PEERS_MAX; i++) {
        struct v1_sync_peer *peer = sync->peers[i];
        if (peer == NULL || answer->id == 0 || peer->flight != answer->id) {
            continue;
        }
        if (answer->message.ptr == NULL || !take_answer(sync, peer, answer)) {
            flight_failed(sync, now, peer);
            return;
        }
        flight_end(sync, peer);
        peer->failures = 0;
        v1_sync_judge(sync);
        return;
    }
}

static struct status serve_snapshot(struct v1_sync *sync, const struct eth_address *from,
                                    bool is_ours, struct buf *answer)
{
    struct v1_sync_peer *peer = v1_sync_peer(sync, from);
    if (is_ours) {
        struct v1_message_out out = v1_message_snapshot(answer, &sync->names);
        v1_message_end(&out);
        return OK;
    }
    TRY(v1_sync_check(sync));
    if (!v1_sync_put_snapshot(sync, answer) && peer != NULL) {
        v1_sync_push_all(sync, peer);
    }
    return buf_check(answer);
}

static struct status serve_push(struct v1_sync *sync, const struct cluster_now *now,
                                const struct v1_sync_request *request,
                                const struct v1_message *message, struct buf *answer)
{
    const struct v1_sync_source source = {.peer = v1_sync_peer(sync, &request->from),
                                          .wallet = request->from,
                                          .cause = request->cause};
    v1_message_put_merged(answer, v1_sync_take_push(sync, now, &source, message->data));
    return buf_check(answer);
}

static struct status serve(struct v1_sync *sync, const struct cluster_now *now,
                           const struct v1_sync_request *request, struct buf *answer)
{
    struct v1_message message;
    arena_reset(&sync->arena);
    TRY(v1_message_read(request->message, &request->from, &sync->arena, &message));
    if (message.kind == V1_MESSAGE_SECRET) {
        return FAIL(SYNC_INVALID); /* it is v1_give.h's */
    }
    struct v1_sync_peer *peer = v1_sync_peer(sync, &request->from);
    if (peer != NULL && message.is_ours) {
        v1_sync_meet(sync, peer, true);
    }
    return message.kind == V1_MESSAGE_DELTA
               ? serve_push(sync, now, request, &message, answer)
               : serve_snapshot(sync, &request->from, message.is_ours, answer);
}

struct status v1_sync_serve(struct v1_sync *sync, const struct cluster_now *now,
                            const struct v1_sync_request *request, struct buf *answer)
{
    INVARIANT(answer->len == 0);
    struct status status = serve(sync, now, request, answer);
    if (!status_is_ok(status)) {
        answer->len = 0;
    }
    return status;
}

struct status v1_sync_check(const struct v1_sync *sync)
{
    return sync->is_whole ? OK : FAIL(NOT_CURRENT);
}

struct v1_sync_stats v1_sync_stats(const struct v1_sync *sync)
{
    struct v1_sync_stats stats = sync->stats;
    stats.is_whole = sync->is_whole;
    for (size_t i = 0; i < V1_SYNC_REPAIRS_MAX; i++) {
        stats.repairs_waiting += sync->repairs[i].id != 0;
    }
    return stats;
}
