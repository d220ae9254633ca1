/* The cluster: what makes many nodes one service.
 *
 * A state machine without thread, socket, clock or entropy of its own. Its owner brings time,
 * requests of peers and what became of messages; takes actions and carries them out. Everything
 * that arrives is hostile until its code was checked.
 *
 * Records. Every write is pushed at once to every member, and counts as settled when so many of
 * them hold it; what a push missed is found by comparing trees of digests, from time to time and
 * after every trouble, and pulled, so that repair costs what differs. A push carries only what was
 * written at its sender (the cause of a record names the boot): no write goes around twice.
 *
 * Members are the nodes of this service that the registry grants, and that know the root: they
 * have said something with a good code. A node is current when it was the first, or has pulled
 * everything from all others but those that say that they are not current themselves, and when
 * nothing of it waits for its time any more. Before that it serves no records and acknowledges
 * none.
 *
 * When all were lost nobody is current: every node that is listed says so to the others. Then the
 * one with the least wallet begins anew, with what was restored, and the others pull from it. Two
 * cannot: whoever has answered another one knows that it is listed. What a cluster began with is
 * its origin, which answers carry; should two meet nevertheless, the greater one stays, if the
 * other has seen it anchored: no peer's word alone empties a store.
 *
 * What may be counted once only has rules and messages of its own: strict/strict.h.
 *
 * Used by the node, and in virtual time by the simulator. One owner at a time, who owns the store
 * as well. Source: design, sections 6 and 11; formats, sections 11 to 13. */
#ifndef COFFER_CLUSTER_CLUSTER_H
#define COFFER_CLUSTER_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "cluster/strict/strict.h"
#include "cluster/sync_message.h"
#include "ethereum/eth_address.h"
#include "keys/root_keyring.h"
#include "keys/v1_apps.h"
#include "registry/registry.h"
#include "store/kv.h"

enum {
    CLUSTER_PEERS_MAX = REGISTRY_PEERS_MAX,
    CLUSTER_WRITES_MAX = 1024, /* that wait for others, */
    CLUSTER_READS_MAX = 256,   /* and of these places, for what others have */

    CLUSTER_REPAIR_MS = 10000,    /* between two comparisons with a peer that answers */
    CLUSTER_ASKED_MS = 20,        /* between the starts of two that are waited for */
    CLUSTER_ANSWER_MS = 3000,     /* that a peer has for its answer */
    CLUSTER_RETRY_MS = 250,       /* after a first failure, then twice as long, */
    CLUSTER_RETRY_MAX_MS = 15000, /* up to that, half of it by chance */
    CLUSTER_SETTLE_MS = 2000,     /* that a write waits for others */
    CLUSTER_MEMBERS_MS = 1000,    /* between two looks at the registry, */
    CLUSTER_JOINING_MS = 250,     /* also before this node is current */
    CLUSTER_WAITING_MS = 10000,   /* at most, until what was pulled is in sight */
    CLUSTER_TICK_MS = 500,        /* between two looks at what time does to records */
    CLUSTER_SKEW_MS = 2000,       /* that a clock may be off the median of the peers' */
    CLUSTER_CLOCK_MS = 35000,     /* that it counts what time it was at a peer */

    CLUSTER_RESEAL_MS = 600000,     /* between two walks over all records after one that found */
    CLUSTER_RESEAL_SOON_MS = 10000, /* nothing under an earlier root, and after another one */
};

/* Both times of a moment. */
struct cluster_now {
    uint64_t ms;      /* monotonic */
    uint64_t wall_ms; /* Unix */
};

/* The snapshot that a cluster began with: height and digest of its header. Zeros: with nothing. */
struct cluster_origin {
    uint64_t height;
    uint8_t digest[SYNC_ORIGIN - 8];
};

/* All of it outlives the cluster. */
struct cluster_setup {
    struct mem *mem;
    struct entropy entropy;
    struct kv *kv;
    const struct root_keyring *roots;
    const struct registry_port *registry;
    struct v1_apps *apps; /* where there are values of version 1; or NULL */
    /* Whether a node speaks version 1 alone, so that nothing is to be had of it here; or NULL. */
    bool (*is_v1)(void *context, const struct eth_address *wallet);
    void *v1;
    uint8_t domain[DOMAIN_ID];
    struct eth_address wallet;
    uint8_t boot[SYNC_BOOT];
    size_t
        holders;   /* that a settled write has, this node included, where there are as many; >= 1 */
    bool is_first; /* it made the root, so that there are no records but its own */
    /* Whatever is left when all nodes were lost is in the store, and its origin: may_begin of the
     * stats is enough to be current. */
    bool is_restored;
    struct cluster_origin origin;
    /* Likewise strict records, also of the first; or NULL. The cluster's own, once it is open. */
    struct strict_table *restored;
    _Atomic uint64_t *strict_changes; /* as strict_setup.changes */
    uint64_t begin_ms; /* that they wait for nodes of before, which may not know yet */
    /* This node, as this boot, was a member there and has forgotten: strict records are kept only
     * in a cluster of a greater origin. */
    struct cluster_origin left;
    bool has_left;
    uint64_t first_id; /* behind those of an opening before, whose answers may still come */
};

/* Less than, equal to, greater than zero as a is to b: height, then digest. */
int cluster_origin_order(const struct cluster_origin *a, const struct cluster_origin *b);

struct cluster;

/* Returns: OK; NO_MEMORY; ENTROPY. On failure: *ret is NULL. */
struct status cluster_open(const struct cluster_setup *setup, const struct cluster_now *now,
                           struct cluster **ret);
void cluster_close(struct cluster **cluster);

enum cluster_action_kind {
    CLUSTER_SEND,      /* message to peer, before deadline_ms; tell what came of it */
    CLUSTER_SETTLED,   /* the write of that ticket is held by as many as it has to be */
    CLUSTER_UNSETTLED, /* it is here, and may be elsewhere: nobody knows */
};

/* A write that was made here, now or before. */
struct cluster_written {
    uint8_t tenant[DOMAIN_TENANT_ID];
    struct bytes key;
    size_t holders; /* if it wants more than the setup says; or 0 */
};

/* How it is, for status and metrics. */
struct cluster_stats {
    size_t peers;   /* that the registry grants, without this node */
    size_t members; /* of them, that have shown that they know the root */
    size_t pulled;  /* of them, of whom everything was pulled */
    size_t pulled_needed;
    size_t waiting; /* writes */
    bool is_current;
    bool may_begin;  /* it is not, nobody else is, and it is this node that begins */
    bool must_yield; /* others are current with another origin: empty the store and open anew */
    bool is_apart;   /* a peer has a greater one that was not seen anchored; nothing is had of it */
    struct eth_address apart;     /* that peer, the first one */
    struct cluster_origin origin; /* of what is here, once is_current */
    bool is_clock_suspect;
    size_t clocks;        /* of peers that are known */
    int64_t clock_off_ms; /* ours is for certain so far ahead of their median, or behind */
    uint64_t pushes;      /* answered */
    uint64_t walks;       /* ended */
    uint64_t failures;    /* messages without a good answer */
    uint64_t refused;     /* records of ours that a peer did not take */
    uint64_t taken;       /* records that changed something here */
    uint64_t repaired;    /* of them, by comparing */

    uint64_t resealed;       /* records, under a newer root than before */
    uint64_t reseal_failed;  /* of the last walk: they stay as they were */
    uint32_t resealed_epoch; /* at the end of some walk no record lay under an earlier one */
};

/* What the owner has to do. */
struct cluster_action {
    enum cluster_action_kind kind;
    uint64_t id;                      /* of the message, for cluster_answered; or the ticket */
    const struct registry_peer *peer; /* of a message; of the cluster, as long */
    struct bytes message;             /* of the cluster, until cluster_answered */
    uint64_t deadline_ms;
};

/* The next action, if there is one now. Returns: false when there is none before *ret_due_ms, or
 * the next call of another function. */
bool cluster_next(struct cluster *cluster, const struct cluster_now *now,
                  struct cluster_action *ret_action, uint64_t *ret_due_ms);

/* What came of a message: its answer, or ptr NULL when there is none. Late ones are dropped. */
void cluster_answered(struct cluster *cluster, const struct cluster_now *now, uint64_t id,
                      struct bytes answer);

/* Answer a message of a peer whose proof was checked. In: from, its wallet, which has a grant as
 * peer. Out: answer, SYNC_MESSAGE_MAX bytes of room. Returns: OK; SYNC_INVALID, SYNC_CODE;
 * UNAVAILABLE without a root, and to who is not on the registry's list of peers yet. On failure:
 * nothing changes, answer is empty. */
struct status cluster_serve(struct cluster *cluster, const struct cluster_now *now,
                            const struct eth_address *from, struct bytes message,
                            struct buf *answer);

/* Wait for others to hold what was written here; what a request that is asked again finds written
 * is pushed again. In the same step as the write. Out: *ret_ticket, named by an action once.
 * Returns: OK; OVERLOADED when too many wait. */
struct status cluster_write(struct cluster *cluster, const struct cluster_now *now,
                            const struct cluster_written *written, uint64_t *ret_ticket);

/* Wait until whatever was settled before this call is here: compare anew with so many others that
 * one of each write's holders is among them. Out: *ret_ticket, as of a write: CLUSTER_SETTLED
 * then, also where there are no others; CLUSTER_UNSETTLED when they did not answer in time.
 * Returns: OK; OVERLOADED when too many wait. */
struct status cluster_catch_up(struct cluster *cluster, const struct cluster_now *now,
                               uint64_t *ret_ticket);

/* Whether records may be served here. Returns: OK; NOT_CURRENT. */
struct status cluster_check(const struct cluster *cluster);

/* Go on sealing records of earlier roots under the newest one that is in use; one short step, for
 * turns in which nothing else is to be done. Returns: whether there is more to do now. */
bool cluster_reseal(struct cluster *cluster, const struct cluster_now *now);

/* Whether every listed peer has shown that it has the root of this epoch or a later one. */
bool cluster_all_know(const struct cluster *cluster, uint32_t epoch);

/* Whether they may be written. Returns: OK; NOT_CURRENT; CLOCK_SUSPECT when our clock is more than
 * CLUSTER_SKEW_MS off: then nothing of others is acknowledged either, and no write that waits is
 * settled. */
struct status cluster_check_write(struct cluster *cluster, const struct cluster_now *now);

struct cluster_stats cluster_stats(const struct cluster *cluster);

/* How it began, if with a snapshot (strict.h). Returns: false otherwise, or when that is not here
 * yet. */
bool cluster_begun(struct cluster *cluster, struct strict_begun *ret);

/* Its strict records. Whoever puts or forwards something there calls cluster_next then. */
struct strict *cluster_strict(const struct cluster *cluster);

#endif
