/* Messages of this node to other nodes of its cluster, and what they answer.
 *
 * What a message says is not looked at. Each goes as a request of version 2 in the role of a peer:
 * sealed to the key that the other node's wallet vouches for, under a proof by this node's wallet,
 * with a nonce of the other node's. An answer is one only when that wallet, which the registry
 * named, signed it as the answer to exactly this request, and sealed it; everything else is none.
 * The sender of an envelope is this node's key of version 2, which is not the registered one where
 * Odyn holds that; the wallet's proof covers it, as part of the body.
 *
 * For each node (wallet, registered key, URL) is kept what it is called since its start and what is
 * agreed on with it, and one nonce for the next message, fetched ahead when it has answered; so a
 * message is one exchange over a connection that stays open. A node that was started anew is met
 * when it names itself with its nonce, or refuses what was meant for its last start (421, or a code
 * of nonces, signed or not): the message goes again, once. So it may arrive twice, as whenever its
 * answer is lost. Which URLs are asked: peering_url.h. No redirect is followed. All nodes are asked
 * at once, PEERING_CALLS_OF_ONE messages to each, so that a slow one holds up nobody else; time,
 * headers and bytes of all are bounded. With a remote wallet (node_identity.h) each message waits
 * for a signature.
 *
 * To nodes of the Nova KMS a message goes as one of version 1: to the registered key, under a
 * proof that covers a nonce alone, and under the code of the cluster's root. What they take of an
 * envelope (the name of its ciphertext, how its key is made) and how they spell their wallet
 * differs from release to release: what a node refuses that has not answered yet (400, 422; 403)
 * goes again in the next form. An answer is one only when that wallet signed it as the answer to
 * this request, and it is an envelope of the registered key. Not where Odyn holds the keys.
 *
 * One thread at a time, but for peering_wake. Used by what runs the cluster and the start of its
 * root. Source: formats, sections 5 and 13; decisions 010 and 030. */
#ifndef COFFER_PEERING_PEERING_H
#define COFFER_PEERING_PEERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "identity/node_identity.h"
#include "registry/registry.h"
#include "wire/envelope.h"
#include "wire/pop.h"

struct socket_address;

enum {
    PEERING_LINKS_MAX = REGISTRY_PEERS_MAX, /* nodes of which anything is kept */
    PEERING_CALLS_OF_ONE = 2,               /* of each version */
    PEERING_CALLS_MAX = PEERING_CALLS_OF_ONE * PEERING_LINKS_MAX,
    PEERING_DEADLINE_MS_MAX = 60000, /* from now */
    PEERING_NONCE_MS = 60000,        /* that a nonce is kept; it is good for twice as long */
    PEERING_AHEAD_MS = 3000,         /* that one which is fetched ahead may take */
    PEERING_MESSAGE_MAX = 4 << 20,
    PEERING_V1_ANSWER_MAX = 10 << 20, /* bytes of a snapshot, which theirs do not open either */
};

/* What version 1 needs besides. */
struct peering_v1 {
    void *context;
    /* The canonical form of a body and its code in hex, both in arena; without a root the code is
     * empty. NULL: version 1 is not spoken. Returns: OK; NO_MEMORY. */
    struct status (*code)(void *context, struct arena *arena, struct bytes body,
                          struct bytes *ret_body, struct bytes *ret_code);
    enum envelope_derivation derivation; /* of the first envelope to a node */
};

/* All of it outlives the peering. */
struct peering_setup {
    const struct node_identity *identity;
    uint8_t domain[POP_HASH];
    const char *ca_file; /* whom to trust about https, in place of the system's list; or NULL */
    const struct socket_address *proxy; /* through which everything goes; or NULL */
    bool may_be_private;                /* peering_url.h; as the trust configuration says */
    size_t message_max; /* bytes of a message or an answer, 1 to PEERING_MESSAGE_MAX */
    struct clock clock;
    struct entropy entropy;
    struct peering_v1 v1;
    struct mem *mem; /* four times the bytes of each message under way, at most */
};

struct peering_message {
    uint64_t id;                      /* for who reads the answer */
    const struct registry_peer *peer; /* copied */
    const char *target;               /* of the route, such as /v1/sync; outlives the message */
    bool is_v1;
    struct bytes message; /* copied; not empty */
    uint64_t deadline_ms; /* monotonic */
};

/* What came of a message. */
struct peering_answer {
    uint64_t id;
    struct status status; /* OK: there is an answer */
    unsigned http;        /* what the node, or whoever stood there, said last; 0: nothing */
    struct bytes bytes;   /* of the answer, until the next call; ptr NULL when there is none */
};

struct peering;

/* Returns: OK; NO_MEMORY, MEMORY_LOCK.
 * On failure: *ret is NULL. */
struct status peering_open(const struct peering_setup *setup, struct peering **ret);

/* Drop what is under way, wipe keys; *peering becomes NULL (it may be NULL). */
void peering_close(struct peering **peering);

/* Send a message. Returns: OK, and exactly one answer will come, up to the deadline; CONFIG_INVALID
 * for a URL that is not asked; REQUEST_TIMEOUT when the deadline is over; OVERLOADED when as many
 * are under way to this node, or to all; BUFFER_FULL for one that is too long; NO_MEMORY, ENTROPY,
 * INTERNAL; as node_identity_sign. On failure: nothing was sent, and no answer will come. */
struct status peering_send(struct peering *peering, const struct peering_message *message);

/* Wait for what came of a message, at most wait_ms. The status where there is no answer:
 * UNAVAILABLE (nobody there, or no answer with 200); NODE_UNTRUSTED (an answer, an identity or a
 * nonce that is not the node's); REQUEST_TIMEOUT; BUFFER_FULL (longer than allowed); IO (no HTTP);
 * those of peering_send of our own.
 * Returns: false when there is nothing so far, which may be before the time is over; at once after
 * peering_wake. */
bool peering_wait(struct peering *peering, uint32_t wait_ms, struct peering_answer *ret);

/* End the wait of another thread, or the next one. From any thread. */
void peering_wake(struct peering *peering);

#endif
