/* Strict records among the messages of sync: frames, codes and who is who; the rest is strict/. */
#include <string.h>

#include "base/invariant.h"
#include "cluster/cluster_internal.h"

void cluster_strict_look(struct cluster *cluster, const struct cluster_now *now)
{
    static const uint8_t unknown[SYNC_BOOT];
    struct strict_peer_known known[STRICT_PEERS_MAX];
    size_t count = 0;
    _Static_assert((int)STRICT_PEERS_MAX >= (int)CLUSTER_PEERS_MAX, "all peers are told");
    if (!cluster->is_listed) {
        return;
    }
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        const struct peer *peer = cluster->peers[i];
        if (peer == NULL || !peer->is_listed) {
            continue;
        }
        memcpy(known[count].wallet, peer->known.grant.wallet.b, sizeof known[count].wallet);
        memcpy(known[count].boot, peer->boot, sizeof known[count].boot);
        /* What is under way to the boot before this one ends first. */
        bool is_stale = peer->strict.id != 0 &&
                        !bytes_equal(BYTES_ARRAY(peer->boot), BYTES_ARRAY(peer->strict.boot));
        known[count].is_met =
            !is_stale && !bytes_equal(BYTES_ARRAY(peer->boot), BYTES_ARRAY(unknown));
        count++;
    }
    strict_look(cluster->strict, now->ms, known, count);
}

static struct strict_member member_of(const struct peer *peer, const uint8_t boot[static SYNC_BOOT])
{
    struct strict_member member;
    memcpy(member.wallet, peer->known.grant.wallet.b, sizeof member.wallet);
    memcpy(member.boot, boot, sizeof member.boot);
    return member;
}

static void flight_end(struct cluster *cluster, const struct cluster_now *now, struct peer *peer,
                       struct bytes body)
{
    struct strict_member member = member_of(peer, peer->strict.boot);
    strict_answered(cluster->strict, now->ms, &member, body);
    mem_free(cluster->setup.mem, &peer->strict.message);
    peer->strict = (struct strict_flight){0};
    if (!bytes_equal(BYTES_ARRAY(peer->boot), BYTES_ARRAY(member.boot))) {
        cluster_strict_look(cluster, now);
    }
}

void cluster_strict_forget(struct cluster *cluster, struct peer *peer)
{
    struct strict_member member = member_of(peer, peer->strict.boot);
    if (peer->strict.id != 0) {
        strict_answered(cluster->strict, 0, &member, (struct bytes){NULL, 0}); /* whenever it is */
    }
    mem_free(cluster->setup.mem, &peer->strict.message);
    peer->strict = (struct strict_flight){0};
}

static void end_late_flights(struct cluster *cluster, const struct cluster_now *now,
                             uint64_t *ret_due_ms)
{
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        struct peer *peer = cluster->peers[i];
        if (peer == NULL || peer->strict.id == 0) {
            continue;
        }
        uint64_t deadline_ms = peer->strict.deadline_ms;
        if (now->ms >= deadline_ms) {
            flight_end(cluster, now, peer, (struct bytes){NULL, 0});
        } else if (deadline_ms < *ret_due_ms) {
            *ret_due_ms = deadline_ms;
        }
    }
}

/* Code what was written for a peer, and keep it until it is answered. */
static bool flight_begin(struct cluster *cluster, const struct cluster_now *now, struct peer *peer,
                         struct buf *message)
{
    struct strict_flight *flight = &peer->strict;
    struct sync_way way = {cluster->setup.wallet.b, peer->known.grant.wallet.b};
    flight->epoch = cluster_epoch_for(cluster, now, peer, SYNC_STRICT);
    struct status status = sync_message_end(message, &cluster->keys.list[flight->epoch], &way);
    INVARIANT(status_is_ok(status)); /* there is room for every message */
    INVARIANT(flight->id == 0 && flight->message == NULL);
    memcpy(flight->boot, peer->boot, SYNC_BOOT);
    flight->id = ++cluster->last_id;
    if (!status_is_ok(mem_alloc(cluster->setup.mem, message->len, &flight->message))) {
        flight_end(cluster, now, peer, (struct bytes){NULL, 0});
        return false;
    }
    memcpy(flight->message, message->ptr, message->len);
    flight->len = message->len;
    flight->deadline_ms = now->ms + CLUSTER_ANSWER_MS;
    return true;
}

/* --- of one origin ---------------------------------------------------------------------------- */

/* Sets have numbers for each origin. Whoever knows none speaks to nobody about strict records, and
 * whoever was a member as this boot, and has emptied its store, does not speak for it again. */
static bool may_speak(const struct cluster *cluster)
{
    const struct cluster_setup *setup = &cluster->setup;
    return cluster->has_origin &&
           (!setup->has_left || cluster_origin_order(&setup->origin, &setup->left) > 0);
}

static void put_origin(const struct cluster_origin *origin, struct buf *out)
{
    buf_put_u64(out, origin->height);
    buf_put(out, BYTES_ARRAY(origin->digest));
}

/* Whether what comes is of our origin. */
static bool is_ours(const struct cluster *cluster, struct reader *body)
{
    uint8_t memory[SYNC_ORIGIN];
    struct buf own = buf_over(memory, sizeof memory);
    put_origin(&cluster->setup.origin, &own);
    struct bytes theirs = reader_take(body, SYNC_ORIGIN);
    return !body->failed && may_speak(cluster) && bytes_equal(buf_bytes(&own), theirs);
}

static void origin_bytes(const struct cluster *cluster, uint8_t ret[static STRICT_ORIGIN])
{
    struct buf out = buf_over(ret, STRICT_ORIGIN);
    put_origin(&cluster->setup.origin, &out);
}

void cluster_strict_begin(struct cluster *cluster, const struct cluster_now *now,
                          uint64_t *ret_due_ms)
{
    uint8_t origin[STRICT_ORIGIN];
    origin_bytes(cluster, origin);
    if (cluster->begin_ms == 0) {
        return;
    }
    if (now->ms >= cluster->begin_ms &&
        status_is_ok(strict_begin(cluster->strict, now->ms, now->wall_ms, origin))) {
        cluster->begin_ms = 0;
    } else if (now->ms < cluster->begin_ms && cluster->begin_ms < *ret_due_ms) {
        *ret_due_ms = cluster->begin_ms;
    }
}

bool cluster_begun(struct cluster *cluster, struct strict_begun *ret)
{
    uint8_t origin[STRICT_ORIGIN];
    origin_bytes(cluster, origin);
    *ret = (struct strict_begun){0};
    return cluster->has_origin && strict_begun(cluster->strict, origin, ret);
}

/* --- messages --------------------------------------------------------------------------------- */

bool cluster_strict_next(struct cluster *cluster, const struct cluster_now *now,
                         struct cluster_action *ret_action, uint64_t *ret_due_ms)
{
    struct strict_member to;
    uint64_t due_ms;
    struct buf message = buf_over(cluster->scratch, SYNC_MESSAGE_MAX);
    struct sync_head head = {.type = SYNC_STRICT, .sequence = cluster->last_id + 1};
    end_late_flights(cluster, now, ret_due_ms);
    if (!may_speak(cluster)) {
        return false;
    }
    memcpy(head.boot, cluster->setup.boot, SYNC_BOOT);
    sync_message_begin(&message, &head);
    put_origin(&cluster->setup.origin, &message);
    struct buf body = buf_over(message.ptr + message.len, STRICT_BODY_MAX);
    bool is_there = strict_next(cluster->strict, now->ms, &body, &to, &due_ms);
    *ret_due_ms = due_ms < *ret_due_ms ? due_ms : *ret_due_ms;
    if (!is_there) {
        return false;
    }
    message.len += body.len;
    struct eth_address wallet;
    memcpy(wallet.b, to.wallet, sizeof wallet.b);
    struct peer *peer = cluster_peer(cluster, &wallet);
    if (peer == NULL || !bytes_equal(BYTES_ARRAY(peer->boot), BYTES_ARRAY(to.boot)) ||
        peer->strict.id != 0) {
        strict_answered(cluster->strict, now->ms, &to, (struct bytes){NULL, 0});
        return false;
    }
    if (!flight_begin(cluster, now, peer, &message)) {
        return false;
    }
    *ret_action = (struct cluster_action){
        .kind = CLUSTER_SEND,
        .id = peer->strict.id,
        .peer = &peer->known,
        .message = {peer->strict.message, peer->strict.len},
        .deadline_ms = peer->strict.deadline_ms,
    };
    return true;
}

/* Returns: the body of a good answer; ptr NULL otherwise. */
static struct bytes open_answer(struct cluster *cluster, const struct cluster_now *now,
                                struct peer *peer, struct bytes answer)
{
    const struct strict_flight *flight = &peer->strict;
    struct sync_way way = {peer->known.grant.wallet.b, cluster->setup.wallet.b};
    struct sync_head head;
    struct reader body;
    if (answer.ptr == NULL ||
        !status_is_ok(
            sync_message_open(answer, &cluster->keys.list[flight->epoch], &way, &head, &body))) {
        return (struct bytes){NULL, 0};
    }
    bool is_its = head.type == SYNC_STRICT && head.sequence == flight->id &&
                  bytes_equal(BYTES_ARRAY(head.boot), BYTES_ARRAY(flight->boot));
    if (is_its) {
        cluster_meet(cluster, now, peer, head.boot, flight->epoch);
    }
    return is_its && is_ours(cluster, &body) ? body.rest : (struct bytes){NULL, 0};
}

bool cluster_strict_answered(struct cluster *cluster, const struct cluster_now *now, uint64_t id,
                             struct bytes answer)
{
    for (size_t i = 0; i < CLUSTER_PEERS_MAX; i++) {
        struct peer *peer = cluster->peers[i];
        if (peer != NULL && peer->strict.id == id && id != 0) {
            flight_end(cluster, now, peer, open_answer(cluster, now, peer, answer));
            return true;
        }
    }
    return false;
}

bool cluster_serve_strict(struct cluster *cluster, const struct cluster_now *now,
                          const struct peer *peer, struct reader *body, struct buf *answer)
{
    struct strict_member from = member_of(peer, peer->boot);
    if (!is_ours(cluster, body)) {
        return false;
    }
    put_origin(&cluster->setup.origin, answer);
    struct buf out = buf_over(answer->ptr + answer->len, STRICT_BODY_MAX);
    bool is_good = strict_serve(cluster->strict, now->ms, &from, body->rest, &out);
    answer->len += out.len;
    return is_good;
}
