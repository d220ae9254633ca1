/* What the files of the membership share. */
#ifndef COFFER_CLUSTER_MEMBERSHIP_MEMBERSHIP_INTERNAL_H
#define COFFER_CLUSTER_MEMBERSHIP_MEMBERSHIP_INTERNAL_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/thread.h"
#include "cluster/membership/keeper_internal.h"
#include "cluster/membership/membership.h"
#include "crypto/p384.h"

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

enum { STRICT_WAITS_MAX = STRICT_PUTS_MAX + STRICT_FORWARDS_MAX };

/* A strict record or a request to a home that waits, by the same rules: what came of it is there
 * before it is settled. */
struct strict_wait {
    uint64_t ticket;
    size_t worker;
    bool is_forward;
    void *answer; /* of a request; or NULL */
    size_t len;
    _Atomic unsigned state; /* of enum wait_state; settled: STRICT_HELD */
};

/* Strict records for workers. */
struct strict_access {
    struct strict_port port;
    struct strict_wait waits[STRICT_WAITS_MAX]; /* of the store's owner, as the next two */
    size_t waiting;                             /* of them, up to WAIT_GIVEN_UP */
    uint64_t asked;                             /* requests that worker 0 was woken for */
    _Atomic uint64_t fresh_until_ms;            /* as strict_fresh_until */
    _Atomic uint64_t changes[STRICT_SLOTS];
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
    struct root_start_found given; /* of the driving thread, as the next: from version 1, */
    struct p384_key asking;        /* and the key of the question */
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

/* Where an effect stands. The thread that drives wants, takes and ends it; who writes the trail
 * moves it on in between. */
enum effect_stage {
    EFFECT_FREE,
    EFFECT_WANTED,  /* its intent is to be written, */
    EFFECT_WRITTEN, /* to become durable, */
    EFFECT_DURABLE, /* and it may be made */
    EFFECT_MADE,    /* it is being made, */
    EFFECT_OVER,    /* and what came of it is to be written, */
    EFFECT_ENDING,  /* is being written */
};

struct effect {
    enum effect_stage stage;
    const char *op;
    uint64_t id; /* of the repair; 0: all that is pulled */
    bool has_key;
    uint8_t tenant[DOMAIN_TENANT_ID];
    uint8_t key[LIMIT_KV_KEY];
    size_t key_len;
    uint8_t cause[RECORD_CAUSE];
    struct status status;
};

struct effects {
    struct thread_lock lock; /* within which nothing else is taken */
    struct effect list[MEMBERSHIP_EFFECTS];
};

/* Version 1, where it is spoken. Of the thread that drives, but for what is said. */
struct beside {
    struct v1_apps *apps; /* of the store's owner, as the next */
    struct v1_sync *sync; /* NULL before the root is there */
    struct arena arena;
    bool has_cause; /* of what is pulled; */
    uint8_t cause[RECORD_CAUSE];
    uint64_t cause_ms; /* when it is wanted again */
    bool has_hash;     /* of the root */
    uint8_t hash[ROOT_GATE_HASH];
    size_t asked; /* peers, for the root */
    uint64_t ask_id;
    uint64_t ask_ms;        /* when the next is asked; 0: none is */
    uint64_t ask_until_ms;  /* the last one has for its answer; 0: it has answered */
    _Atomic uint64_t given; /* the root, by workers */
};

/* What the trail is to be told, bit by bit. */
enum {
    NEWS_OPEN = 1,
    NEWS_WIPED = 2,
    NEWS_STOPPED = 4,
    NEWS_MADE = 8,
    NEWS_TURNED = 16,
    NEWS_REJECTED = 32,
    NEWS_RESTORED = 64,
    NEWS_REFUSED = 128,
    NEWS_YIELDED = 256,
    NEWS_SNAPSHOT = 512,
};

struct membership {
    struct membership_setup setup;
    struct membership_tell tell;
    struct thread thread;
    _Atomic bool is_stopping;
    _Atomic bool is_current;
    _Atomic bool has_joined;
    _Atomic unsigned news;
    _Atomic unsigned refused; /* the code of NEWS_REFUSED */
    struct thread_lock lock;  /* of the start, and of errands */
    struct root_start *start; /* under the lock */
    struct errands errands;
    enum root_start_state told; /* in the log; of the thread, as the next three */
    bool told_suspect;          /* likewise */
    bool told_apart;            /* likewise */
    bool is_joining;            /* the root is there, and its records do not take part yet */
    bool is_own;                /* the root was made here */
    uint32_t turned;            /* the newest root, while it is not in use; 0: it is */
    uint64_t turned_ms;         /* since then */
    bool is_restoring;          /* it left the cluster for it */
    bool is_restored;           /* there is nothing more without the others, from origin on */
    struct cluster_origin origin;
    struct strict_table *restored; /* with it, until it is joined with */
    struct cluster_origin left; /* the origin of a cluster whose strict records it has forgotten */
    bool has_left;
    struct keeper keeper;
    struct cluster *cluster; /* of the store's owner, as the next two */
    uint64_t opening;        /* how often it was opened */
    struct wait waits[CLUSTER_WRITES_MAX];
    struct effects effects;
    struct beside beside;
    struct strict_access strict;
};

/* No write that waits will be told of any more. By the store's owner, who closes the cluster. */
void membership_waits_end(struct membership *membership);

/* --- strict records --------------------------------------------------------------------------- */

void membership_strict_open(struct membership *membership);
/* What nobody has asked for goes. */
void membership_strict_close(struct membership *membership);

/* The cluster is another one, or none: what was made of records is out of date. By the store's
 * owner. */
void membership_strict_moved(struct membership *membership);

/* Tell workers what came. By the store's owner, after a step of the cluster; of the thread that
 * drives. */
void membership_strict_tell(struct membership *membership, uint64_t now_ms);

/* Nothing that waits comes to anything any more; as WAIT_UNSETTLED. By the store's owner. */
void membership_strict_end(struct membership *membership, bool is_told);

/* Leave the cluster: nobody has the records any more, and it is this node that brings them back. By
 * the membership's thread; tests call it before that has anything to do. */
void membership_leave_to_restore(struct membership *membership);

/* Have something written to the trail. Any thread. */
void membership_tell_news(struct membership *membership, unsigned news);

struct cluster_now membership_now(const struct membership *membership);

/* Which machine a message is of, and its id for the mail. */
enum mail_of { MAIL_CLUSTER, MAIL_HAND_OFF, MAIL_BESIDE, MAIL_SECRET, MAIL_OF };
static inline uint64_t membership_mail_id(uint64_t id, enum mail_of of)
{
    return MAIL_OF * id + of;
}

/* Find out anew whether records may be served. By the store's owner. */
void membership_note_current(struct membership *membership);

/* Why there are no records to speak of. */
struct status membership_why_not_joined(struct membership *membership);

/* Do what is due for the root. By the cluster's thread, without the lock. Returns: when there is
 * something to do again, in monotonic ms. */
uint64_t membership_act_for_root(struct membership *membership);

/* Carry out an action of the start that is an errand. With the lock. */
void membership_errand(struct membership *membership, const struct root_start_action *action);

/* The thread of errands. Returns: OK; NO_MEMORY; IO. */
struct status membership_errands_start(struct membership *membership);
void membership_errands_stop(struct membership *membership);

/* Note what became of a ticket. By the store's owner. Returns: whose it is; SIZE_MAX: nobody's. */
size_t membership_ended(struct membership *membership, uint64_t ticket, bool is_settled);

/* --- effects ---------------------------------------------------------------------------------- */

/* In: key, of what is written again; ptr NULL, as tenant: of nothing. */
struct effect_wanted {
    const char *op;
    uint64_t id;
    const uint8_t *tenant;
    struct bytes key;
};

/* One whose intent is durable. */
struct effect_taken {
    size_t place;
    uint64_t id;
    uint8_t cause[RECORD_CAUSE];
};

bool membership_effects_have_room(struct membership *membership);
/* Without room it is forgotten, and wanted again by who wanted it. */
void membership_effect_want(struct membership *membership, const struct effect_wanted *wanted);
bool membership_effect_take(struct membership *membership, struct effect_taken *ret);
void membership_effect_made(struct membership *membership, size_t place, struct status status);

/* --- beside nodes of version 1; each does nothing where that is not spoken -------------------- */

struct status membership_beside_open(struct membership *membership);
void membership_beside_close(struct membership *membership);

/* Take part in their sync. By the store's owner. */
struct status membership_beside_join(struct membership *membership, const struct cluster_now *now,
                                     struct kv *kv, bool is_first);

/* As cluster_setup wants it. By the store's owner. */
bool membership_is_v1(void *context, const struct eth_address *wallet);

/* Do what is due. Returns: when there is something to do again. */
uint64_t membership_beside_act(struct membership *membership);
uint64_t membership_beside_ask(struct membership *membership, enum root_start_state state,
                               const struct root_start_chain *chain);

/* What came of a message; ptr NULL: nothing. */
void membership_beside_answered(struct membership *membership, uint64_t id, struct bytes message);
void membership_beside_given(struct membership *membership, uint64_t id, struct bytes message);

/* By the store's owner. */
struct membership_v1_stats membership_beside_stats(const struct membership *membership);

#endif
