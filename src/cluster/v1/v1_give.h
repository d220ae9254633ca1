/* Giving the root of epoch 0 to a node of version 1 that asks for it.
 *
 * Its question is v1_secret.h's. It goes to a wallet with a grant as a peer that was read after it
 * asked first, once a minute and ten times in all, beside what hand-off of version 2 gave; whatever
 * code the message has, since a node that holds an old root makes it with that one's key. Its owner
 * has looked at proof and envelope, and writes down that it is given before it leaves.
 * Used by the node under v1_wire. One owner at a time, who owns the guard as well.
 * Source: the reference of the Nova KMS, sections 6.1 and 6.4; formats, section 8. */
#ifndef COFFER_CLUSTER_V1_V1_GIVE_H
#define COFFER_CLUSTER_V1_V1_GIVE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/entropy.h"
#include "base/status.h"
#include "cluster/handoff_guard.h"
#include "ethereum/eth_address.h"
#include "keys/root_gate.h"
#include "keys/root_keyring.h"
#include "registry/registry.h"

/* All of it outlives the call. */
struct v1_give {
    const struct entropy *entropy;
    const struct root_keyring *roots;
    const struct registry_port *registry;
    struct handoff_guard *guard; /* of hand-offs of either version */
    struct root_gate *gate;      /* whether the root may be given */
};

/* Who asks, and what. */
struct v1_give_question {
    struct eth_address from; /* the wallet that the proof recovered */
    struct bytes message;
    uint64_t now_ms; /* monotonic */
};

/* Whether it may be given now, which is not used up by this. In: arena, scratch. Returns: OK;
 * SYNC_INVALID; FORBIDDEN for another sender; POINT_INVALID without a point; as root_gate_check;
 * UNAVAILABLE without a root; as registry_lookup and handoff_guard_asked; REGISTRY_PENDING until
 * the grant was read after it asked first; OVERLOADED, ENTROPY, NO_MEMORY. */
struct status v1_give_check(const struct v1_give *give, const struct v1_give_question *question,
                            struct arena *arena);

/* Give it. In: give, *secret* in its roots. Out: answer, with room for V1_SECRET_ANSWER_MAX.
 * Returns: as above; INTERNAL. On failure: answer is as it was. */
struct status v1_give_answer(const struct v1_give *give, const struct v1_give_question *question,
                             struct arena *arena, struct buf *answer);

#endif
