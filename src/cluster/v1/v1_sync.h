/* Sync with nodes of version 1: one service of theirs and ours together.
 *
 * A state machine without thread, socket, clock or entropy of its own, beside that of cluster.h and
 * over the same store. Its owner brings time, messages that came, and what became of those that
 * went; takes actions and carries them out. Messages are plain here: proof, envelope and code
 * (v1_code.h) are the owner's.
 *
 * Out. A node of version 1 pushes what it has once, resends nothing and asks for nothing after its
 * start. So everything here that is of version 1, whoever wrote it, goes to each of them, at once,
 * in messages that it can take, until it has answered.
 *
 * In. What it pushes, and what it has: a whole snapshot of each is pulled again and again, because
 * what a push of its missed comes no other way. Every record is proved and merged by itself; one
 * that is bad loses no other. Live values go before tombstones, which may need the room of others.
 *
 * Between. Where it would keep another write than we do, that is repaired (v1_repair.h): once for
 * each key and write of its, as an effect of its own with an intent of its own. So is a value of
 * ours that it has not taken although it has answered. Where it shows a value older than what was
 * forgotten here it is told that it was deleted.
 *
 * Who. Nodes of ours take these messages too. They say that they are ours, in a member that version
 * 1 ignores and that is as genuine as all in the envelope; then only cluster.h speaks with them.
 *
 * Start. A node is whole when it made the root; or when every node of version 1 was pulled to its
 * end, or not reached in V1_SYNC_TRIES, and there are none, or one was pulled, or there is one of
 * ours, which cluster.h pulls from. Before that nothing is served. Who asks for a snapshot gets
 * what fits into a message, wallets first, and all of it in pushes behind that.
 *
 * Used by the node under v1_wire, which asks for no audit here: causes are intents that are durable
 * already. One owner at a time, who owns the store as well.
 * Source: the reference of the Nova KMS, section 6; formats, sections 11 and 12. */
#ifndef COFFER_CLUSTER_V1_V1_SYNC_H
#define COFFER_CLUSTER_V1_V1_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "cluster/cluster.h"
#include "cluster/v1/v1_message.h"
#include "ethereum/eth_address.h"
#include "keys/root_keyring.h"
#include "keys/v1_apps.h"
#include "registry/registry.h"
#include "store/kv.h"

enum {
    V1_SYNC_TRIES = 3,            /* after which a node that does not answer is not waited for */
    V1_SYNC_ANSWER_MS = 10000,    /* that it has for a push */
    V1_SYNC_PULL_MS = 30000,      /* that it has for a snapshot */
    V1_SYNC_AGAIN_MS = 15000,     /* between two pulls, and a millisecond for each */
    V1_SYNC_AGAIN_BYTES = 64,     /* such part of the snapshot before */
    V1_SYNC_RETRY_MS = 500,       /* after a first failure, then twice as long, */
    V1_SYNC_RETRY_MAX_MS = 30000, /* up to that */
    V1_SYNC_STEP = 256,           /* records of a snapshot that are merged in one step */
    V1_SYNC_STEP_BYTES = 1 << 20, /* or so many characters of them */
    V1_SYNC_REPAIRS_MAX = 256,    /* that wait; the next pull finds what had no place */
    V1_SYNC_REPAIR_BYTES = 8 << 20,
    V1_SYNC_REPAIR_MS = 10000, /* that an intent may take */
    V1_SYNC_REMEMBERED = 4096, /* writes that were repaired */
};

/* All of it outlives the sync. */
struct v1_sync_setup {
    struct mem *mem; /* for 3 MiB, V1_SYNC_REPAIR_BYTES, and each peer's snapshot and message */
    struct entropy entropy;
    struct kv *kv;
    const struct root_keyring *roots;
    const struct registry_port *registry;
    struct v1_apps *apps;
    uint8_t domain[DOMAIN_ID];
    struct eth_address wallet;
    bool is_first; /* it made the root, so that nobody else has anything */
};

struct v1_sync;

/* Returns: OK; NO_MEMORY. On failure: *ret is NULL. */
struct status v1_sync_open(const struct v1_sync_setup *setup, const struct cluster_now *now,
                           struct v1_sync **ret);
void v1_sync_close(struct v1_sync **sync);

enum v1_sync_action_kind {
    V1_SYNC_SEND,   /* message to peer, before deadline_ms; then v1_sync_answered */
    V1_SYNC_REPAIR, /* make an intent (values.repair) about tenant and key durable; then
                       v1_sync_repair */
};

/* What the owner has to do. */
struct v1_sync_action {
    enum v1_sync_action_kind kind;
    uint64_t id;
    const struct registry_peer *peer; /* of a message; of the sync, as long */
    struct bytes message;             /* of the sync, until it is answered */
    uint64_t deadline_ms;             /* of a message */
    uint8_t tenant[DOMAIN_TENANT_ID]; /* of a repair */
    struct bytes key;                 /* of a repair; of the sync, until it is done */
};

/* The next action, if there is one now; a step of what was pulled is made here too. Returns: false
 * when there is none before *ret_due_ms, or the next call of another function. */
bool v1_sync_next(struct v1_sync *sync, const struct cluster_now *now,
                  struct v1_sync_action *ret_action, uint64_t *ret_due_ms);

/* What came of a message. Of what is late nothing is taken. */
struct v1_sync_answer {
    uint64_t id;
    struct bytes message; /* ptr NULL: there is none, or it was no success, or did not open */
    const uint8_t *cause; /* [RECORD_CAUSE], of the intent to take in what comes of it */
};
void v1_sync_answered(struct v1_sync *sync, const struct cluster_now *now,
                      const struct v1_sync_answer *answer);

/* A message of a peer: the proof recovered its wallet, which has a grant as peer, the envelope was
 * sealed by the key that is registered for it, and its code was good. */
struct v1_sync_request {
    struct eth_address from;
    struct bytes message;
    const uint8_t *cause; /* [RECORD_CAUSE], of its intent */
};

/* Answer it. In: answer, empty, V1_MESSAGE_MAX bytes of room. Returns: OK; SYNC_INVALID, also for a
 * request for the root, which v1_give.h answers; FORBIDDEN for another sender; NOT_CURRENT for a
 * snapshot before this node is whole; NO_MEMORY. On failure: answer is empty, nothing changes. */
struct status v1_sync_serve(struct v1_sync *sync, const struct cluster_now *now,
                            const struct v1_sync_request *request, struct buf *answer);

/* Do a repair whose intent is durable, unless it is no more of use. In: id, of an action. Returns:
 * OK, done; VERSION_CONFLICT when it is no more of use; as kv_merge. */
struct status v1_sync_repair(struct v1_sync *sync, const struct cluster_now *now, uint64_t id,
                             const uint8_t cause[static RECORD_CAUSE]);

/* Whether this node is whole: may serve values. Returns: OK; NOT_CURRENT. */
struct status v1_sync_check(const struct v1_sync *sync);

/* Whether a node has shown that it speaks version 1 alone, so that there is nothing else to be had
 * of it. */
bool v1_sync_is_v1(const struct v1_sync *sync, const struct eth_address *wallet);

/* How it is, for status and metrics. */
struct v1_sync_stats {
    size_t peers; /* that the registry grants and that are not known to be ours */
    size_t pulled;
    size_t repairs_waiting;
    bool is_whole;
    uint64_t pushes;    /* answered */
    uint64_t pulls;     /* to their end */
    uint64_t failures;  /* messages without a good answer */
    uint64_t taken;     /* records that changed something here */
    uint64_t refused;   /* records, and apps, that were none or were not taken */
    uint64_t too_large; /* records of ours that no message can carry */
    uint64_t repairs;   /* values written again */
    uint64_t buried;    /* values that were answered by a tombstone */
};
struct v1_sync_stats v1_sync_stats(const struct v1_sync *sync);

#endif
