/* What the files of the membership share. */
#ifndef COFFER_CLUSTER_MEMBERSHIP_MEMBERSHIP_INTERNAL_H
#define COFFER_CLUSTER_MEMBERSHIP_MEMBERSHIP_INTERNAL_H

#include <stdatomic.h>

#include "base/thread.h"
#include "cluster/membership/membership.h"

/* Where a wait stands. Whoever has it in its hands now moves it on: free, the owner of the store;
 * waiting, the same; over, the worker; given up while it waits, the owner again. */
enum wait_state {
    WAIT_FREE,
    WAIT_WAITS,
    WAIT_SETTLED,
    WAIT_UNSETTLED,
    WAIT_GIVEN_UP,
};

struct wait {
    uint64_t ticket;
    size_t worker;
    _Atomic unsigned state; /* of enum wait_state */
};

/* What the carrier and the contract are asked, one kind of each at a time. */
enum errand {
    ERRAND_READ,
    ERRAND_WRITE,
    ERRAND_PUBLISH,
    ERRANDS,
};

/* In guarded memory. *secret*. */
struct errand_secrets {
    struct handoff_roots to_write;
    struct root_start_found found;
};

struct errands {
    struct thread thread;
    struct thread_signal changed; /* under the lock of the start, as what follows */
    bool is_due[ERRANDS];
    bool is_stopping;
    enum root_start_action_kind publishes; /* what is published, with the next two */
    uint64_t number;
    uint8_t hash[ROOT_GATE_HASH];
    struct errand_secrets *secrets; /* to_write: under the lock, or while a write is not due */
};

/* What the trail is to be told, bit by bit. */
enum {
    NEWS_OPEN = 1,
    NEWS_WIPED = 2,
    NEWS_STOPPED = 4,
    NEWS_MADE = 8,
    NEWS_TURNED = 16,
    NEWS_REJECTED = 32,
};

struct membership {
    struct membership_setup setup;
    struct membership_tell tell;
    struct thread thread;
    _Atomic bool is_stopping;
    _Atomic bool is_current;
    _Atomic bool has_joined;
    _Atomic unsigned news;
    struct thread_lock lock;  /* of the start, and of errands */
    struct root_start *start; /* under the lock */
    struct errands errands;
    enum root_start_state told; /* in the log; of the thread, as the next three */
    bool told_suspect;          /* likewise */
    bool is_joining;            /* the root is there, and its records do not take part yet */
    bool is_own;                /* the root was made here */
    uint32_t turned;            /* the newest root, while it is not in use; 0: it is */
    uint64_t turned_ms;         /* since then */
    struct cluster *cluster;    /* of the store's owner, as the next */
    struct wait waits[CLUSTER_WRITES_MAX];
};

struct cluster_now membership_now(const struct membership *membership);

/* Carry out an action of the start that is an errand. With the lock. */
void membership_errand(struct membership *membership, const struct root_start_action *action);

/* The thread of errands. Returns: OK; NO_MEMORY; IO. */
struct status membership_errands_start(struct membership *membership);
void membership_errands_stop(struct membership *membership);

/* Note what became of a ticket. By the store's owner. Returns: whose it is; SIZE_MAX: nobody's. */
size_t membership_ended(struct membership *membership, uint64_t ticket, bool is_settled);

#endif
