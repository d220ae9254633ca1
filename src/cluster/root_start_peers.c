/* Asking peers: what they hold, and for it. */
#include <string.h>

#include "base/invariant.h"
#include "cluster/root_start_internal.h"
#include "cluster/root_turn_internal.h"

/* Whether it asks for roots. */
static bool asks(const struct root_start *start)
{
    return start->state == ROOT_START_ASKING || root_turn_seeks(start);
}

static void free_peer(struct root_start *start, size_t place)
{
    void *block = start->peers[place];
    if (start->peers[place] != NULL && start->peers[place]->is_asked) {
        handoff_asking_wipe(&start->secrets->asking);
    }
    mem_free(start->setup.mem, &block);
    start->peers[place] = NULL;
}

void root_start_peers_free(struct root_start *start)
{
    for (size_t i = 0; i < REGISTRY_PEERS_MAX; i++) {
        free_peer(start, i);
    }
}

static void question_end(struct root_start *start, struct start_peer *peer)
{
    if (peer->is_asked) {
        handoff_asking_wipe(&start->secrets->asking);
    }
    peer->is_asked = false;
    peer->flight = 0;
    peer->again = 0;
}

void root_start_peers_forget(struct root_start *start, const struct cluster_now *now)
{
    for (size_t i = 0; i < REGISTRY_PEERS_MAX; i++) {
        struct start_peer *peer = start->peers[i];
        if (peer != NULL) {
            if (peer->is_asked && peer->flight == 0) {
                question_end(start, peer);
            }
            peer->has_said = false;
            peer->has_nonce = false;
            peer->failures = 0;
            peer->retry_ms = now->ms;
        }
    }
}

static struct start_peer *peer_of(const struct root_start *start, const struct eth_address *wallet)
{
    for (size_t i = 0; i < REGISTRY_PEERS_MAX; i++) {
        struct start_peer *peer = start->peers[i];
        if (peer != NULL && eth_address_equal(&peer->known.grant.wallet, wallet)) {
            return peer;
        }
    }
    return NULL;
}

/* Without memory or place: at the next look. */
static void peer_add(struct root_start *start, const struct registry_peer *known)
{
    void *block;
    for (size_t i = 0; i < REGISTRY_PEERS_MAX; i++) {
        if (start->peers[i] == NULL) {
            if (status_is_ok(mem_alloc(start->setup.mem, sizeof(struct start_peer), &block))) {
                start->peers[i] = block;
                start->peers[i]->known = *known;
                start->peers[i]->is_listed = true;
            }
            return;
        }
    }
}

/* Look at the registry when it is time. */
static void look_at_registry(struct root_start *start, const struct cluster_now *now)
{
    struct registry_peer listed[REGISTRY_PEERS_MAX];
    size_t count = registry_peers(start->setup.registry, now->ms, listed);
    if (count == 0) {
        return; /* not known */
    }
    for (size_t i = 0; i < REGISTRY_PEERS_MAX; i++) {
        if (start->peers[i] != NULL) {
            start->peers[i]->is_listed = false;
        }
    }
    bool was_listed = start->is_listed;
    start->is_listed = false;
    for (size_t i = 0; i < count; i++) {
        struct start_peer *peer = peer_of(start, &listed[i].grant.wallet);
        if (eth_address_equal(&listed[i].grant.wallet, &start->setup.wallet)) {
            start->is_listed = true;
        } else if (peer == NULL) {
            peer_add(start, &listed[i]);
        } else {
            peer->known = listed[i];
            peer->is_listed = true;
        }
    }
    for (size_t i = 0; i < REGISTRY_PEERS_MAX; i++) {
        if (start->peers[i] != NULL && !start->peers[i]->is_listed) {
            free_peer(start, i);
        } else if (start->peers[i] != NULL && start->is_listed && !was_listed) {
            start->peers[i]->failures = 0; /* until now they knew nothing of this node */
            start->peers[i]->retry_ms = now->ms;
        }
    }
}

bool root_start_is_alone(const struct root_start *start, const struct cluster_now *now)
{
    for (size_t i = 0; i < REGISTRY_PEERS_MAX; i++) {
        const struct start_peer *peer = start->peers[i];
        if (peer == NULL) {
            continue;
        }
        bool says_nothing = peer->has_said && peer->holds == HANDOFF_NOTHING &&
                            now->ms - peer->said_ms <= ROOT_START_FRESH_MS;
        if (!says_nothing && peer->failures < ROOT_START_TRIES) {
            return false;
        }
    }
    return true;
}

/* --- messages out ----------------------------------------------------------------------------- */

/* Whether another one can be asked for the root. */
static bool has_other_holder(const struct root_start *start, const struct start_peer *peer)
{
    for (size_t i = 0; i < REGISTRY_PEERS_MAX; i++) {
        const struct start_peer *other = start->peers[i];
        if (other != NULL && other != peer && other->has_nonce) {
            return true;
        }
    }
    return false;
}

/* The same request is taken again: by a holder that has yet to read the registry anew, and by one
 * whose answer was lost, which gives nothing else for a minute. */
static void question_failed(struct root_start *start, const struct cluster_now *now,
                            struct start_peer *peer)
{
    size_t most = has_other_holder(start, peer) ? 1 : ROOT_START_AGAIN;
    if (peer->is_asked && asks(start) && peer->again < most) {
        peer->flight = 0;
        peer->again++;
    } else {
        peer->has_nonce = peer->has_nonce && !peer->is_asked;
        peer->has_said = peer->has_said && !peer->is_asked;
        question_end(start, peer);
    }
    peer->failures++;
    peer->retry_ms = now->ms + root_start_pause_ms(start, peer->failures);
}

static void send_to_peer(struct root_start *start, const struct cluster_now *now,
                         struct start_peer *peer, struct bytes message,
                         struct root_start_action *ret_action)
{
    INVARIANT(message.len != 0 && peer->flight == 0);
    peer->flight = ++start->last_id;
    peer->deadline_ms = now->ms + ROOT_START_ANSWER_MS;
    *ret_action = (struct root_start_action){
        .kind = ROOT_START_SEND,
        .id = peer->flight,
        .peer = &peer->known,
        .message = message,
        .deadline_ms = peer->deadline_ms,
    };
}

static bool is_asking(const struct root_start *start)
{
    for (size_t i = 0; i < REGISTRY_PEERS_MAX; i++) {
        if (start->peers[i] != NULL && start->peers[i]->is_asked) {
            return true;
        }
    }
    return false;
}

static bool may_be_asked(const struct start_peer *peer, const struct cluster_now *now)
{
    return peer != NULL && peer->flight == 0 && peer->has_nonce && now->ms >= peer->retry_ms;
}

/* All that are final, or the next one. */
static struct handoff_epochs epochs_to_ask(const struct root_start *start)
{
    if (start->state == ROOT_START_OPEN) {
        return (struct handoff_epochs){.count = 1, .list = {start->turn.target.epoch}};
    }
    struct handoff_epochs epochs = {.count = start->final.count};
    for (uint32_t i = 0; i < epochs.count; i++) {
        epochs.list[i] = i;
    }
    return epochs;
}

/* One at a time is asked for the root, any of those that have given a nonce. */
static bool request_next(struct root_start *start, const struct cluster_now *now,
                         struct root_start_action *ret_action)
{
    struct start_peer *peer = NULL;
    uint32_t chance = 0;
    if (!asks(start) || is_asking(start)) {
        return false;
    }
    (void)status_is_ok(entropy_fill(&start->setup.ports.entropy, (void *)&chance, sizeof chance));
    for (size_t i = 0; i < REGISTRY_PEERS_MAX && peer == NULL; i++) {
        struct start_peer *other = start->peers[(chance + i) % REGISTRY_PEERS_MAX];
        peer = may_be_asked(other, now) ? other : NULL;
    }
    if (peer == NULL) {
        return false;
    }
    struct handoff_ends ends = {.asker = start->setup.wallet, .holder = peer->known.grant.wallet};
    struct handoff_epochs epochs = epochs_to_ask(start);
    struct buf message = buf_over(start->request, sizeof start->request);
    memcpy(ends.domain, start->setup.domain, sizeof ends.domain);
    memcpy(ends.nonce, peer->nonce, sizeof ends.nonce);
    struct status status =
        handoff_ask(&start->setup.ports, &ends, &epochs, &message, &start->secrets->asking);
    peer->is_asked = status_is_ok(status);
    if (!status_is_ok(status)) {
        question_failed(start, now, peer);
        return false;
    }
    start->request_len = message.len;
    send_to_peer(start, now, peer, buf_bytes(&message), ret_action);
    return true;
}

/* What a peer is asked next, if anything now. */
static bool peer_next(struct root_start *start, const struct cluster_now *now,
                      struct start_peer *peer, struct root_start_action *ret_action,
                      uint64_t *ret_due_ms)
{
    if (peer->flight != 0) {
        if (now->ms < peer->deadline_ms) {
            due_sooner(ret_due_ms, peer->deadline_ms);
            return false;
        }
        question_failed(start, now, peer);
    }
    uint64_t due_ms =
        peer->has_said && !peer->is_asked ? peer->said_ms + ROOT_START_POLL_MS : now->ms;
    due_ms = due_ms > peer->retry_ms ? due_ms : peer->retry_ms;
    if (now->ms < due_ms) {
        due_sooner(ret_due_ms, due_ms);
        return false;
    }
    if (peer->is_asked) {
        struct bytes request = {start->request, start->request_len};
        send_to_peer(start, now, peer, request, ret_action);
        return true;
    }
    struct buf message = buf_over(start->message, sizeof start->message);
    handoff_put_ask(start->setup.domain, &message);
    send_to_peer(start, now, peer, buf_bytes(&message), ret_action);
    return true;
}

bool root_start_peers_next(struct root_start *start, const struct cluster_now *now,
                           struct root_start_action *ret_action, uint64_t *ret_due_ms)
{
    if (start->state == ROOT_START_OPEN && !root_turn_is_active(start)) {
        return false;
    }
    if (now->ms >= start->look_ms) {
        start->look_ms = now->ms + ROOT_START_LOOK_MS;
        look_at_registry(start, now);
    }
    due_sooner(ret_due_ms, start->look_ms);
    if (start->state != ROOT_START_POLLING && !asks(start)) {
        return false;
    }
    if (request_next(start, now, ret_action)) {
        return true;
    }
    for (size_t i = 0; i < REGISTRY_PEERS_MAX; i++) {
        if (start->peers[i] != NULL &&
            peer_next(start, now, start->peers[i], ret_action, ret_due_ms)) {
            return true;
        }
    }
    return false;
}

/* --- answers ---------------------------------------------------------------------------------- */

/* What a peer holds. Returns: false when that is no answer. */
static bool take_have(struct start_peer *peer, const struct cluster_now *now, struct bytes answer)
{
    if (!status_is_ok(handoff_read_have(answer, &peer->holds, peer->nonce))) {
        return false;
    }
    peer->has_said = true;
    peer->said_ms = now->ms;
    peer->has_nonce = peer->holds == HANDOFF_ROOTS;
    return true;
}

/* Roots, from a holder that is registered now. Returns: whether they open; otherwise there are
 * none. */
static bool open_roots(struct root_start *start, const struct cluster_now *now,
                       const struct start_peer *peer, struct bytes answer,
                       struct handoff_roots *ret_roots)
{
    struct registry_grant grant;
    const struct registry_question question = {
        .wallet = peer->known.grant.wallet,
        .role = REGISTRY_PEER,
        .use = REGISTRY_HAND_OFF,
        .now_ms = now->ms,
    };
    if (!status_is_ok(registry_lookup(start->setup.registry, &question, &grant))) {
        return false;
    }
    const struct handoff_other holder = {grant.measurement, now->wall_ms};
    return status_is_ok(
        handoff_open(&start->setup.ports, &start->secrets->asking, &holder, answer, ret_roots));
}

/* Returns: whether they are the final ones, which are held then; otherwise nothing is. */
static bool take_roots(struct root_start *start, const struct cluster_now *now,
                       const struct start_peer *peer, struct bytes answer)
{
    struct handoff_roots *held = &start->secrets->held;
    bool is_good =
        open_roots(start, now, peer, answer, held) && root_start_roots_are_final(start, held);
    if (!is_good) {
        handoff_roots_wipe(held);
    }
    return is_good;
}

static void take_peer_answer(struct root_start *start, const struct cluster_now *now,
                             struct start_peer *peer, struct bytes answer)
{
    bool is_there = answer.ptr != NULL;
    if (is_there && !peer->is_asked && take_have(peer, now, answer)) {
        peer->flight = 0;
        peer->failures = 0;
    } else if (is_there && peer->is_asked && start->state == ROOT_START_ASKING &&
               take_roots(start, now, peer, answer)) {
        question_end(start, peer);
        root_start_happen(start, now, START_RECEIVED);
    } else if (is_there && peer->is_asked && root_turn_seeks(start) &&
               open_roots(start, now, peer, answer, &start->secrets->next) &&
               root_turn_is_sought(start)) {
        question_end(start, peer);
        peer->failures = 0;
        root_turn_received(start, now);
    } else {
        question_failed(start, now, peer);
    }
}

void root_start_answered(struct root_start *start, const struct cluster_now *now, uint64_t id,
                         struct bytes answer)
{
    for (size_t i = 0; i < REGISTRY_PEERS_MAX; i++) {
        struct start_peer *peer = start->peers[i];
        if (peer != NULL && id != 0 && peer->flight == id) {
            take_peer_answer(start, now, peer, answer);
            return;
        }
    }
}
