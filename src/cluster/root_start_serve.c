/* The other side: a node that holds roots, or a candidate, and is asked. */
#include <string.h>

#include "cluster/root_start_internal.h"
#include "cluster/root_turn_internal.h"

static bool may_give(const struct root_start *start, const struct cluster_now *now)
{
    return start->state == ROOT_START_OPEN &&
           status_is_ok(root_gate_check(start->setup.gate, REGISTRY_HAND_OFF, now->ms));
}

/* A candidate that comes no further keeps nobody else from making one. */
static enum handoff_holds what_is_held(const struct root_start *start,
                                       const struct cluster_now *now)
{
    bool is_candidate = start->state >= ROOT_START_STORING &&
                        start->state <= ROOT_START_PUBLISHING &&
                        start->failures < ROOT_START_GIVE_WAY;
    if (may_give(start, now)) {
        return HANDOFF_ROOTS;
    }
    return is_candidate || start->state == ROOT_START_OPEN ? HANDOFF_CANDIDATE : HANDOFF_NOTHING;
}

static struct status serve_ask(struct root_start *start, const struct cluster_now *now,
                               const struct eth_address *from, struct bytes message,
                               struct buf *answer)
{
    struct registry_grant grant;
    uint8_t nonce[HANDOFF_NONCE] = {0};
    TRY(handoff_read_ask(message, start->setup.domain));
    TRY(handoff_guard_grant(start->setup.registry, from, now->ms, &grant));
    enum handoff_holds holds = what_is_held(start, now);
    if (holds == HANDOFF_ROOTS) {
        TRY(handoff_guard_nonce(&start->guard, &start->setup.ports.entropy, from, now->ms, nonce));
    }
    handoff_put_have(holds, nonce, answer);
    return OK;
}

/* One that is installed, or the candidate. NULL: it is not here. *secret*. */
static const struct secret32 *root_of(const struct root_start *start, uint32_t epoch)
{
    const struct handoff_root *candidate = root_turn_candidate(start, epoch);
    return candidate != NULL ? &candidate->master : root_keyring_master(start->setup.roots, epoch);
}

/* The roots of those epochs. Returns: OK; UNAVAILABLE when one is not here. */
static struct status roots_of(const struct root_start *start, const struct handoff_epochs *epochs,
                              struct handoff_roots *ret_roots)
{
    ret_roots->count = epochs->count;
    for (size_t i = 0; i < epochs->count; i++) {
        const struct secret32 *master = root_of(start, epochs->list[i]);
        if (master == NULL) {
            return FAIL(UNAVAILABLE);
        }
        ret_roots->list[i].epoch = epochs->list[i];
        ret_roots->list[i].master = *master;
    }
    return OK;
}

static bool has_candidate(const struct root_start *start, const struct handoff_epochs *epochs)
{
    bool has = false;
    for (size_t i = 0; i < epochs->count; i++) {
        has = has || root_turn_candidate(start, epochs->list[i]) != NULL;
    }
    return has;
}

static struct status serve_request(struct root_start *start, const struct cluster_now *now,
                                   const struct eth_address *from, struct bytes message,
                                   struct buf *answer)
{
    SECRET(handoff_roots, roots);
    struct registry_grant grant;
    struct handoff_request request;
    struct handoff_ends ends = {.asker = *from, .holder = start->setup.wallet};
    uint8_t digest[SHA256_BYTES];
    uint64_t asked_ms;
    if (start->state != ROOT_START_OPEN) {
        return FAIL(UNAVAILABLE);
    }
    TRY(root_gate_check(start->setup.gate, REGISTRY_HAND_OFF, now->ms));
    sha256_hash(message, digest);
    TRY(handoff_guard_asked(&start->guard, from, digest, now->ms, &asked_ms));
    TRY(handoff_guard_grant(start->setup.registry, from, now->ms, &grant));
    if (grant.seen_ms < asked_ms) {
        return FAIL(REGISTRY_PENDING);
    }
    memcpy(ends.domain, start->setup.domain, sizeof ends.domain);
    handoff_guard_spend(&start->guard, from, digest, ends.nonce);
    const struct handoff_other asker = {grant.measurement, now->wall_ms};
    TRY(handoff_read_request(&start->setup.ports, &ends, &asker, message, &request));
    TRY(roots_of(start, &request.epochs, &roots));
    TRY(handoff_answer(&start->setup.ports, &request, &roots, answer));
    handoff_guard_gave(&start->guard, from, now->ms);
    start->turn.is_shared |= has_candidate(start, &request.epochs);
    return OK;
}

struct status root_start_serve(struct root_start *start, const struct cluster_now *now,
                               const struct eth_address *from, struct bytes message,
                               struct buf *answer)
{
    if (start->state == ROOT_START_CONFLICT) {
        return FAIL(ROOT_CONFLICT);
    }
    switch (handoff_message_type(message)) {
    case HANDOFF_TYPE_ASK:
        return serve_ask(start, now, from, message, answer);
    case HANDOFF_TYPE_REQUEST:
        return serve_request(start, now, from, message, answer);
    default:
        return FAIL(HANDOFF_INVALID);
    }
}
