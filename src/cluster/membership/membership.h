/* A node's part in its cluster: the thread that drives cluster.h and root_start.h.
 *
 * It brings them time, entropy, what the chain says and what became of messages, and carries out
 * what they want: messages go out through a port, the carrier and the contract are asked by a
 * second thread, since they may take long. Everybody else calls in: workers serve what peers send
 * and register writes, from any thread.
 *
 * A third thread keeps snapshots: it restores the newest one where all nodes were lost, before
 * anything is served, and writes the next one now and then (docs/decisions/068-snapshots.md).
 *
 * Locks. What the cluster has belongs to the owner of the store (store/values.h), so that a write
 * and the wait for its holders are one step; what the start of the root has, to a lock of its own.
 * Neither is taken within the other. Within them are taken the locks of the registry and of the
 * gate, and of the mail its wake and, in the start's, its send; in the store's, whoever waits for
 * strict records, or for a cluster that is left, is woken, and who walks through strict records is
 * shown them; nothing else is called. A hand-off is served under the lock of
 * the start, with its attestation: meanwhile this thread waits if it has something for the root,
 * which is rare once the root is there.
 *
 * Beside nodes of version 1 it drives v1_sync.h too, asks them for the root when nobody of version
 * 2 gives it, and gives it to them. What is pulled from them or written again names an intent of
 * this node's own, which whoever writes the trail asks for here.
 *
 * Used by the service and the node. Source: design, sections 6, 7 and 11. */
#ifndef COFFER_CLUSTER_MEMBERSHIP_MEMBERSHIP_H
#define COFFER_CLUSTER_MEMBERSHIP_MEMBERSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "blob/blob.h"
#include "cluster/cluster.h"
#include "cluster/root_start.h"
#include "cluster/strict/strict_port.h"
#include "cluster/v1/v1_sync.h"
#include "keys/root_gate.h"
#include "keys/root_keyring.h"
#include "registry/publisher.h"
#include "registry/registry.h"
#include "snapshot/snapshot_header.h"
#include "store/values.h"

/* The paths that messages go to; to the last one in the form of version 1. */
#define MEMBERSHIP_SYNC     "/v1/sync"
#define MEMBERSHIP_HAND_OFF "/v1/handoff"
#define MEMBERSHIP_SYNC_V1  "/sync"

enum { MEMBERSHIP_EFFECTS = 32 }; /* that wait for their records at once */

/* A message of ours; its views end with the call. */
struct membership_message {
    uint64_t id;
    const struct registry_peer *peer;
    const char *target; /* one of the paths above */
    struct bytes bytes;
    uint64_t deadline_ms; /* monotonic: no answer is wanted from then on */
};

/* What came of one: bytes are its answer when status is OK, until the next wait. */
struct membership_answer {
    uint64_t id;
    struct status status;
    struct bytes bytes;
};

/* Who brings messages to peers, with our proof and sealed. send and wait: by the thread of this
 * module only; wake: by any. What cannot be sent is told as an answer. */
struct membership_mail {
    void *context;
    void (*send)(void *context, const struct membership_message *message);
    /* Wait for an answer, or to be woken. Returns: whether there is one. */
    bool (*wait)(void *context, uint64_t wait_ms, struct membership_answer *ret);
    void (*wake)(void *context);
};

/* Where roots are kept when all nodes are gone, and how their hash gets onto the chain. They may
 * take as long as they give themselves; one call at a time. As root_start_carrier_read,
 * root_start_carrier_written and root_start_published want it; publish, propose and execute may
 * also return REGISTRY_PENDING while they are at it, and are asked again in a second. */
struct membership_carrier {
    void *context;
    struct status (*read)(void *context, struct root_start_found *ret);
    struct status (*write)(void *context, const struct handoff_roots *roots);
    struct status (*publish)(void *context, const uint8_t hash[static ROOT_GATE_HASH]);
    struct status (*propose)(void *context, uint32_t epoch,
                             const uint8_t hash[static ROOT_GATE_HASH]);
    struct status (*execute)(void *context, uint64_t proposal,
                             const uint8_t hash[static ROOT_GATE_HASH]);
};

/* Where snapshots lie, and how they are anchored. The storage is nobody's to trust. */
struct membership_snapshots {
    struct blob_port storage; /* its functions are NULL: there is none */
    struct publisher_port publisher;
    uint64_t interval_ms; /* from one snapshot of the cluster to the next; 1 or more */
    /* By operators: to be restored in place of the anchored header that is named with it (zeros:
     * where none is anchored), whatever else is known. Height 0: none. */
    struct snapshot_point ordered;
    uint8_t ordered_for[SNAPSHOT_DIGEST];
};

/* What the deployment brings. All of it outlives the membership. */
struct membership_ports {
    struct membership_mail mail;
    struct membership_carrier carrier;
    struct handoff_attest attest;
    struct entropy module; /* the security module's generator */
    size_t holders;        /* that a write is acknowledged with; 1 or more */
    size_t epochs;         /* so many roots there shall be; 0 and 1: as many as there are */
    struct membership_snapshots snapshots;
};

/* All of it outlives the membership. */
struct membership_setup {
    const struct membership_ports *ports;
    struct mem *mem;
    const struct log *log;
    struct clock clock;
    struct entropy entropy;
    struct values *values;
    struct root_keyring *roots; /* empty */
    const struct registry_port *registry;
    struct root_gate *gate; /* needs a published hash */
    uint8_t domain[DOMAIN_ID];
    const struct domain *deployment; /* of which that is the id */
    bool has_v1;                     /* version 1 is spoken */
    struct eth_address wallet;
    uint8_t boot[SYNC_BOOT];
};

/* Whom it tells what. By its own threads: wake also from within the lock of the store. */
struct membership_tell {
    void *context;
    /* The root is in the keyring; called once, before anything is served with it. */
    void (*installed)(void *context);
    /* A write or a strict record of this worker is over, or an answer of a home came; or (worker 0)
     * there are news, effects, or requests of others for strict records. */
    void (*wake)(void *context, size_t worker);
};

struct membership;

/* Returns: OK; NO_MEMORY; MEMORY_LOCK. On failure: *ret is NULL. */
struct status membership_open(const struct membership_setup *setup, struct membership **ret);

/* Stop, free, wipe; *membership becomes NULL (it may be NULL). */
void membership_close(struct membership **membership);

/* Start to drive. Returns: OK; NO_MEMORY; IO. */
struct status membership_start(struct membership *membership, const struct membership_tell *tell);

/* Stop; it may not be running. Writes that wait are told nothing any more; strict records that do
 * are STRICT_UNKNOWN, and nobody is woken. Takes as long as the carrier takes for what it is at. */
void membership_stop(struct membership *membership);

/* Look now at what is to be done. */
void membership_wake(struct membership *membership);

/* --- for workers ------------------------------------------------------------------------------ */

/* Whether records may be served here. Takes no lock. Returns: OK; NOT_CURRENT. */
struct status membership_check(const struct membership *membership);

/* Answer a peer's message, as cluster_serve and root_start_serve. Returns: as they do; of sync,
 * without the root, also as root_start_check, and as root_gate_check. On failure: answer is empty.
 */
struct status membership_sync(struct membership *membership, const struct eth_address *from,
                              struct bytes message, struct buf *answer);
struct status membership_hand_off(struct membership *membership, const struct eth_address *from,
                                  struct bytes message, struct buf *answer);

/* A message of version 1. Its proof recovered the wallet, which has a grant as a peer, and its
 * envelope was sealed with the key that is registered for it. */
struct membership_v1 {
    const struct eth_address *from;
    struct bytes body;    /* as it came, which the code is over */
    struct bytes code;    /* X-Sync-Signature; empty: there is none */
    struct bytes message; /* out of the envelope */
    struct arena *arena;  /* scratch */
    const uint8_t *cause; /* [RECORD_CAUSE], of its intent; not looked at before the answer */
};

/* Whether it is answered, and whether it asks for the root. Nothing changes. INVARIANT that version
 * 1 is spoken. Returns: OK; SYNC_CODE_MISSING, SYNC_CODE; SYNC_INVALID; of the root as
 * v1_give_check; of others, without the root, as root_start_check, and as root_gate_check. */
struct status membership_v1_check(struct membership *membership,
                                  const struct membership_v1 *request, bool *ret_is_root);

/* Answer it. In: answer, empty, V1_MESSAGE_MAX bytes of room. Returns: as above; as v1_sync_serve
 * and v1_give_answer. On failure: answer is empty. */
struct status membership_v1_answer(struct membership *membership,
                                   const struct membership_v1 *request, struct buf *answer);

/* A write that waits for its holders. */
struct membership_write {
    struct membership *membership;
    const uint8_t *tenant; /* [DOMAIN_TENANT_ID] */
    struct bytes key;
    size_t holders; /* if it wants more than usual; or 0 */
    size_t worker;  /* who is woken when it is over */
    size_t wait;    /* out: what membership_outcome takes; 0: none */
};

/* How to have a write wait, for values_put and values_delete: refused as cluster_check_write does,
 * and with OVERLOADED when too many wait. In: write, which outlives the call. */
struct values_also membership_also(struct membership_write *write);

/* Wait until what other nodes hold is here, as cluster_catch_up. In: worker, who is woken when it
 * is over. Out: ret_wait, for membership_outcome; it is unsettled when they did not answer in time.
 * Returns: OK; NOT_CURRENT; OVERLOADED. On failure: *ret_wait is 0. */
struct status membership_catch_up(struct membership *membership, size_t worker, size_t *ret_wait);

enum membership_outcome {
    MEMBERSHIP_WAITS,
    MEMBERSHIP_SETTLED,
    MEMBERSHIP_UNSETTLED, /* after CLUSTER_SETTLE_MS: it is here, and may be elsewhere */
};

/* What came of it; unless it waits still, it is forgotten. Takes no lock. In: wait, of
 * membership_write. */
enum membership_outcome membership_outcome(struct membership *membership, size_t wait);

/* Forget it, whatever comes of it. */
void membership_give_up(struct membership *membership, size_t wait);

/* Strict records of the cluster. Until the membership is closed. */
const struct strict_port *membership_strict(const struct membership *membership);

/* --- for the trail ---------------------------------------------------------------------------- */

/* What is to be recorded of an effect that no request asked for. */
struct membership_effect {
    size_t place;
    const char *op;        /* a literal */
    const uint8_t *tenant; /* [DOMAIN_TENANT_ID]; NULL: of none, and no key */
    struct bytes key;      /* both until it is written */
    bool is_over;          /* what came of it, status; otherwise its intent */
    struct status status;
};

/* The next record. One caller at a time. Returns: false when there is none. */
bool membership_effect_next(struct membership *membership, struct membership_effect *ret);

/* It is durable. In: cause, [RECORD_CAUSE], which names an intent; NULL: of what is over, or there
 * was no room for it. */
void membership_effect_written(struct membership *membership, size_t place, const uint8_t *cause);

/* --- for people ------------------------------------------------------------------------------- */

enum {
    MEMBERSHIP_TURN_MS = 5000, /* from a new root's installation to its use, at least, so that no */
    MEMBERSHIP_TURN_MAX_MS = 60000, /* request goes on without it; and at most, whoever lacks it */
};

/* Of version 1. Open data. */
struct membership_v1_stats {
    bool is_there;  /* it is spoken, and the root is there; otherwise sync is zero */
    uint64_t given; /* the root, to a node */
    struct v1_sync_stats sync;
};

/* What the thread of snapshots is at. */
enum membership_keeps {
    MEMBERSHIP_KEEPS_NONE, /* there is no storage */
    MEMBERSHIP_KEEPS_UP,   /* it waits until one is due */
    MEMBERSHIP_WRITES,
    MEMBERSHIP_RESTORES, /* nothing is served before it has */
    MEMBERSHIP_REFUSES,  /* to restore what there is; likewise */
    MEMBERSHIP_KEEPS_STATES,
};

/* A word for it. */
const char *membership_keeps_name(enum membership_keeps state);

struct membership_keeping {
    enum membership_keeps state;
    struct status status;     /* why the last one was not written or restored; OK otherwise */
    uint64_t anchored_height; /* as the chain has it; 0: not known, or none */
    uint64_t restored_height; /* by this node, at its start; 0: none */
    uint64_t height;          /* of the last one that this node wrote, or found to be the same */
    uint64_t time_ms;         /* of that, Unix; 0: none */
    uint64_t written;
    uint64_t lost; /* another node's was anchored before */
    uint64_t failed;
    uint64_t left_out; /* records that did not fit when it was restored */
    uint64_t swept;    /* objects that were deleted */
    uint64_t missing;  /* objects that the storage should have, at the last sweep */
};

/* Open data. */
struct membership_stats {
    struct membership_keeping keeping;
    enum root_start_state root;
    struct root_turn turn;         /* the next one */
    struct registry_epochs epochs; /* what the chain says of it; zero when it is not known */
    bool has_joined; /* it has the root, and its records take part; otherwise the rest is zero */
    struct cluster_stats cluster;
    struct membership_v1_stats v1;
};

struct membership_stats membership_stats(struct membership *membership);

/* The next of what the trail should know of the root: op, a literal, and what came of it. One
 * caller at a time. Returns: false when there is none. */
bool membership_news(struct membership *membership, const char **ret_op, struct status *ret_status);

#endif
