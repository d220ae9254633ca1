#include <string.h>

#include "base/checked.h"
#include "base/due.h"
#include "base/invariant.h"
#include "base/limits.h"
#include "cluster/cluster_internal.h"
#include "record/namespace_keys.h"

enum { TICK_STEPS = 256 }; /* of the store, in one tick */

void cluster_close(struct cluster **cluster)
{
    if (*cluster == NULL) {
        return;
    }
    struct cluster *own = *cluster;
    struct mem *mem = own->setup.mem;
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        cluster_peer_forget(own, i);
    }
    secret_wipe(&own->keys, sizeof own->keys);
    strict_close(&own->strict);
    mem_free(mem, &own->scratch);
    void *block = own;
    mem_free(mem, &block);
    *cluster = NULL;
}

static struct status open_parts(struct cluster *cluster, const struct cluster_now *now)
{
    const struct cluster_setup *setup = &cluster->setup;
    struct strict_setup strict = {
        .mem = setup->mem,
        .entropy = setup->entropy,
        .bytes_max = LIMIT_STRICT_BYTES,
        .is_first = setup->is_first && setup->restored == NULL,
        .restored = setup->restored,
        .changes = setup->strict_changes,
    };
    memcpy(strict.domain, setup->domain, sizeof strict.domain);
    memcpy(strict.self.wallet, setup->wallet.b, sizeof strict.self.wallet);
    memcpy(strict.self.boot, setup->boot, sizeof strict.self.boot);
    TRY(mem_alloc(setup->mem, SYNC_MESSAGE_MAX, &cluster->scratch));
    return strict_open(&strict, now->ms, &cluster->strict);
}

struct status cluster_open(const struct cluster_setup *setup, const struct cluster_now *now,
                           struct cluster **ret)
{
    void *block;
    INVARIANT(setup->holders >= 1);
    *ret = NULL;
    TRY(mem_alloc(setup->mem, sizeof **ret, &block));
    struct cluster *cluster = block;
    cluster->setup = *setup;
    struct status status = open_parts(cluster, now);
    if (!status_is_ok(status)) {
        mem_free(setup->mem, &cluster->scratch);
        mem_free(setup->mem, &block);
        return status;
    }
    cluster->is_current = setup->is_first;
    cluster->begin_ms = setup->is_first && setup->restored != NULL ? now->ms + setup->begin_ms : 0;
    cluster->last_id = setup->first_id;
    cluster->has_origin = setup->is_first || setup->origin.height != 0;
    cluster->enough_ms = UINT64_MAX;
    cluster->members_ms = now->ms;
    cluster->tick_ms = now->ms;
    *ret = cluster;
    return OK;
}

/* --- records ---------------------------------------------------------------------------------- */

static void keys_of(const struct cluster *cluster, const uint8_t tenant[static DOMAIN_TENANT_ID],
                    struct value_seal_keys *ret_keys)
{
    const struct namespace_keys from = {cluster->setup.roots, cluster->setup.domain,
                                        cluster->setup.apps};
    namespace_keys_of(&from, tenant, ret_keys);
}

struct status cluster_take(struct cluster *cluster, const struct cluster_now *now,
                           const struct sync_record *record, bool is_repair)
{
    static const uint8_t none[RECORD_CAUSE];
    SECRET(value_seal_keys, keys);
    uint8_t nonce[VALUE_SEAL_NONCE];
    enum kv_merged merged;
    if (bytes_equal(BYTES_ARRAY(none), BYTES_ARRAY(record->record.cause))) {
        return FAIL(RECORD_INVALID);
    }
    keys_of(cluster, record->tenant.ptr, &keys);
    TRY(entropy_fill(&cluster->setup.entropy, nonce, sizeof nonce));
    struct kv_at at = {&keys, now->wall_ms, record->is_system};
    TRY(is_repair ? kv_merge_if_room(cluster->setup.kv, &at, &record->record, nonce, &merged)
                  : kv_merge(cluster->setup.kv, &at, &record->record, nonce, &merged));
    bool is_news = merged == KV_JOINED || merged == KV_REPLACED;
    if (is_news && cluster->waiting != 0) {
        uint8_t key[8];
        cluster_write_key(record->tenant.ptr, record->record.key, key);
        cluster_writes_moved(cluster, key);
    }
    cluster->stats.taken += is_news;
    cluster->stats.repaired += is_news && is_repair;
    return merged == KV_WAITS ? FAIL(RECORD_FUTURE) : OK;
}

/* Take in what waited for its time, and let the store forget what it may. */
static void tick(struct cluster *cluster, const struct cluster_now *now)
{
    struct kv_feed_item item;
    SECRET(value_seal_keys, keys);
    uint8_t nonce[VALUE_SEAL_NONCE];
    uint8_t key[8];
    enum kv_merged merged;
    if (now->ms < cluster->tick_ms) {
        return;
    }
    cluster->tick_ms = now->ms + CLUSTER_TICK_MS;
    kv_tick(cluster->setup.kv, now->wall_ms, TICK_STEPS);
    strict_tick(cluster->strict, now->wall_ms);
    for (size_t i = 0; i < TICK_STEPS; i++) {
        if (!kv_waiting_next(cluster->setup.kv, now->wall_ms, &item) ||
            !status_is_ok(entropy_fill(&cluster->setup.entropy, nonce, sizeof nonce))) {
            return;
        }
        keys_of(cluster, item.tenant.ptr, &keys);
        cluster_write_key(item.tenant.ptr, item.record.key, key);
        struct kv_at at = {.keys = &keys, .now_ms = now->wall_ms, .is_system = item.is_system};
        struct status status = kv_waiting_merge(cluster->setup.kv, &at, nonce, &merged);
        if (status_is_ok(status) && merged != KV_KEPT) {
            cluster_writes_moved(cluster, key);
            cluster->stats.taken++;
        }
    }
}

/* --- messages out ----------------------------------------------------------------------------- */

struct buf cluster_flight_begin(struct cluster *cluster, struct peer *peer, enum sync_type kind)
{
    INVARIANT(peer->flight == 0 && peer->message == NULL);
    struct buf out = buf_over(cluster->scratch, SYNC_MESSAGE_MAX);
    peer->kind = kind;
    peer->sequence = cluster->last_id + 1;
    struct sync_head head = {.type = kind, .sequence = peer->sequence};
    memcpy(head.boot, cluster->setup.boot, SYNC_BOOT);
    sync_message_begin(&out, &head);
    return out;
}

struct reader cluster_flight_body(const struct peer *peer)
{
    INVARIANT(peer->message != NULL && peer->message_len >= SYNC_HEAD + SYNC_CODE);
    return reader_over((struct bytes){(const uint8_t *)peer->message + SYNC_HEAD,
                                      peer->message_len - SYNC_HEAD - SYNC_CODE});
}

static void flight_end(struct cluster *cluster, struct peer *peer)
{
    peer->flight = 0;
    mem_free(cluster->setup.mem, &peer->message);
    peer->message_len = 0;
}

static uint64_t retry_pause(struct cluster *cluster, unsigned failures)
{
    uint64_t pause = CLUSTER_RETRY_MS;
    for (unsigned i = 1; i < failures && pause < CLUSTER_RETRY_MAX_MS; i++) {
        pause *= 2;
    }
    pause = pause < CLUSTER_RETRY_MAX_MS ? pause : CLUSTER_RETRY_MAX_MS;
    uint32_t chance = 0;
    /* Without entropy they all try again at once, which is no more than unwise. */
    (void)status_is_ok(entropy_fill(&cluster->setup.entropy, (void *)&chance, sizeof chance));
    return pause / 2 + chance % (pause / 2 + 1);
}

static void flight_failed(struct cluster *cluster, const struct cluster_now *now, struct peer *peer)
{
    enum sync_type kind = peer->kind;
    flight_end(cluster, peer);
    if (peer->flight_epoch > peer->epoch && peer->is_member) {
        cluster_walk_stop(peer); /* it has not got that root yet: at once with an older one */
        return;
    }
    cluster->stats.failures++;
    peer->failures++;
    peer->retry_ms = now->ms + retry_pause(cluster, peer->failures);
    if (kind == SYNC_PUSH) {
        cluster_push_failed(cluster, peer);
    } else {
        cluster_walk_stop(peer);
    }
}

/* Code and send what was written for a peer. */
static bool flight_send(struct cluster *cluster, const struct cluster_now *now, size_t place,
                        struct buf *message, struct cluster_action *ret_action)
{
    struct peer *peer = cluster->peers[place];
    struct sync_way way = {cluster->setup.wallet.b, peer->known.grant.wallet.b};
    peer->flight_epoch = cluster_epoch_for(cluster, now, peer, peer->kind);
    struct status status = sync_message_end(message, &cluster->keys.list[peer->flight_epoch], &way);
    INVARIANT(status_is_ok(status)); /* there is room for every message */
    if (!status_is_ok(mem_alloc(cluster->setup.mem, message->len, &peer->message))) {
        peer->flight = 0;
        flight_failed(cluster, now, peer);
        return false;
    }
    memcpy(peer->message, message->ptr, message->len);
    peer->flight = ++cluster->last_id;
    peer->message_len = message->len;
    peer->sent_ms = now->ms;
    peer->deadline_ms = now->ms + CLUSTER_ANSWER_MS;
    *ret_action = (struct cluster_action){
        .kind = CLUSTER_SEND,
        .id = peer->flight,
        .peer = &peer->known,
        .message = {peer->message, peer->message_len},
        .deadline_ms = peer->deadline_ms,
    };
    return true;
}

/* What a peer gets next, if anything now. */
static bool peer_next(struct cluster *cluster, const struct cluster_now *now, size_t place,
                      struct cluster_action *ret_action, uint64_t *ret_due_ms)
{
    struct peer *peer = cluster->peers[place];
    struct buf message;
    if (peer->flight != 0) {
        if (now->ms < peer->deadline_ms) {
            due_sooner(ret_due_ms, peer->deadline_ms);
            return false;
        }
        peer->is_away = true;
        flight_failed(cluster, now, peer);
    }
    if (!peer->is_listed) {
        return false;
    }
    if (now->ms < peer->retry_ms) {
        due_sooner(ret_due_ms, peer->retry_ms);
        return false;
    }
    if (cluster_push_next(cluster, peer, &message) ||
        cluster_walk_next(cluster, now, peer, &message)) {
        return flight_send(cluster, now, place, &message, ret_action);
    }
    due_sooner(ret_due_ms, peer->repair_ms);
    return false;
}

bool cluster_next(struct cluster *cluster, const struct cluster_now *now,
                  struct cluster_action *ret_action, uint64_t *ret_due_ms)
{
    *ret_action = (struct cluster_action){0};
    *ret_due_ms = UINT64_MAX;
    tick(cluster, now);
    if (!cluster->is_current) {
        cluster_judge(cluster, now);
    }
    cluster_look(cluster, now);
    cluster_clocks(cluster, now);
    due_sooner(ret_due_ms, cluster->members_ms);
    due_sooner(ret_due_ms, cluster->tick_ms);
    if (cluster_writes_ended(cluster, now, ret_action, ret_due_ms)) {
        return true;
    }
    if (!status_is_ok(cluster_keys(cluster, now))) {
        return false;
    }
    cluster_strict_begin(cluster, now, ret_due_ms);
    if (cluster_strict_next(cluster, now, ret_action, ret_due_ms)) {
        return true;
    }
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        if (cluster->peers[i] != NULL && peer_next(cluster, now, i, ret_action, ret_due_ms)) {
            return true;
        }
    }
    return false;
}

/* --- messages in ------------------------------------------------------------------------------ */

/* Whether a message is the answer to what this peer was sent. */
static bool is_answer(const struct peer *peer, const struct sync_head *head)
{
    enum sync_type kind = peer->kind == SYNC_PUSH ? SYNC_ACK : peer->kind;
    bool is_its = peer->kind == SYNC_PUSH ? head->sequence == peer->sequence || head->sequence == 0
                                          : head->sequence == peer->sequence;
    return head->type == kind && is_its;
}

static bool take_answer(struct cluster *cluster, const struct cluster_now *now, size_t place,
                        struct bytes answer)
{
    struct peer *peer = cluster->peers[place];
    struct sync_way way = {peer->known.grant.wallet.b, cluster->setup.wallet.b};
    struct sync_head head;
    struct reader body;
    const struct hmac_sha256_key *key = &cluster->keys.list[peer->flight_epoch];
    if (!status_is_ok(sync_message_open(answer, key, &way, &head, &body)) ||
        !is_answer(peer, &head)) {
        return false;
    }
    cluster_meet(cluster, now, peer, head.boot, peer->flight_epoch);
    return peer->kind == SYNC_PUSH ? cluster_push_answered(cluster, place, &body, head.sequence)
                                   : cluster_walk_answered(cluster, now, peer, &body);
}

void cluster_answered(struct cluster *cluster, const struct cluster_now *now, uint64_t id,
                      struct bytes answer)
{
    if (cluster_strict_answered(cluster, now, id, answer)) {
        return;
    }
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        struct peer *peer = cluster->peers[i];
        if (peer == NULL || peer->flight != id || id == 0) {
            continue;
        }
        peer->is_away = answer.ptr == NULL;
        if (answer.ptr == NULL || !take_answer(cluster, now, i, answer)) {
            flight_failed(cluster, now, peer);
            return;
        }
        flight_end(cluster, peer);
        peer->failures = 0;
        return;
    }
}

static bool serve(struct cluster *cluster, const struct cluster_now *now, const struct peer *peer,
                  struct cluster_opened *opened, struct buf *answer)
{
    const struct sync_head *head = &opened->head;
    struct reader *body = &opened->body;
    switch (head->type) {
    case SYNC_PUSH:
        return cluster_serve_push(cluster, now, head, body, answer);
    case SYNC_DIGEST:
        return cluster_serve_digest(cluster, now, body, answer);
    case SYNC_PAGES:
        return cluster_serve_page(cluster, now, body, answer);
    case SYNC_STRICT:
        return cluster_serve_strict(cluster, now, peer, body, answer);
    case SYNC_ACK:
    default:
        return false;
    }
}

/* The peer with that wallet, also when it is new. Whoever could pull everything from here without
 * being known here would be current without counting among those that a write is settled by. */
static struct peer *listed_peer(struct cluster *cluster, const struct cluster_now *now,
                                const struct eth_address *wallet)
{
    if (cluster_peer(cluster, wallet) == NULL) {
        cluster->members_ms = now->ms;
        cluster_look(cluster, now);
    }
    return cluster_peer(cluster, wallet);
}

struct status cluster_serve(struct cluster *cluster, const struct cluster_now *now,
                            const struct eth_address *from, struct bytes message,
                            struct buf *answer)
{
    struct sync_way in = {from->b, cluster->setup.wallet.b};
    struct sync_way out = {cluster->setup.wallet.b, from->b};
    struct cluster_opened opened;
    INVARIANT(answer->len == 0);
    TRY(cluster_keys(cluster, now));
    TRY(cluster_open_any(cluster, message, &in, &opened));
    struct peer *peer = listed_peer(cluster, now, from);
    if (peer == NULL) {
        return FAIL(UNAVAILABLE);
    }
    const struct sync_head *head = &opened.head;
    cluster_meet(cluster, now, peer, head->boot, opened.epoch);
    if (peer->is_away) {
        cluster_peer_again(now, peer); /* here it is */
    }
    struct sync_head back = {.type = head->type == SYNC_PUSH ? SYNC_ACK : head->type,
                             .sequence = head->sequence};
    memcpy(back.boot, cluster->setup.boot, SYNC_BOOT);
    sync_message_begin(answer, &back);
    struct status status = serve(cluster, now, peer, &opened, answer)
                               ? sync_message_end(answer, &cluster->keys.list[opened.epoch], &out)
                               : FAIL(SYNC_INVALID);
    if (!status_is_ok(status)) {
        answer->len = 0;
    }
    return status;
}

struct status cluster_check(const struct cluster *cluster)
{
    return cluster->is_current ? OK : FAIL(NOT_CURRENT);
}

struct cluster_stats cluster_stats(const struct cluster *cluster)
{
    struct cluster_stats stats = cluster->stats;
    stats.is_current = cluster->is_current;
    stats.waiting = cluster->waiting;
    stats.origin = cluster->setup.origin;
    return stats;
}

struct strict *cluster_strict(const struct cluster *cluster)
{
    return cluster->strict;
}
