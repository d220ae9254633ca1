/* What the files of the start share. */
#ifndef COFFER_CLUSTER_ROOT_START_INTERNAL_H
#define COFFER_CLUSTER_ROOT_START_INTERNAL_H

#include "base/due.h"
#include "cluster/handoff_guard.h"
#include "cluster/root_start.h"

/* What lies in guarded memory. *secret*. */
struct root_start_secrets {
    struct handoff_roots held; /* a candidate, or what was received and compared */
    struct handoff_roots next; /* the next root while OPEN, likewise: one or none */
    struct handoff_asking asking;
};

struct start_peer {
    struct registry_peer known;
    bool is_listed;
    bool has_said;
    enum handoff_holds holds; /* as it said last, */
    uint64_t said_ms;         /* then */
    uint8_t nonce[HANDOFF_NONCE];
    bool has_nonce;
    uint64_t flight; /* the id of what it has not answered; 0: none */
    bool is_asked;   /* that is a request for roots, or one lies ready to be sent again */
    unsigned again;  /* so often it was */
    uint64_t deadline_ms;
    uint64_t retry_ms;
    unsigned failures; /* in a row */
};

/* What happens to the machine as a whole. */
enum start_event {
    START_CHAIN_LOST,
    START_UNPUBLISHED,
    START_PENDING,
    START_FINAL_OURS,
    START_FINAL_OTHER,
    START_TWO_FINAL,
    START_NOTHING_STORED, /* that fits */
    START_CANDIDATE_STORED,
    START_FINAL_STORED,
    START_STORED_UNREADABLE,
    START_MADE,
    START_WRITTEN,
    START_CONFIRMED,
    START_UNCONFIRMED,
    START_RECEIVED,
    START_EVENTS,
};

/* The next root on the chain. */
struct turn_target {
    bool is_there;
    bool is_final;
    bool is_committed;
    bool is_due;
    uint32_t epoch;
    uint64_t proposal;
    uint8_t hash[ROOT_GATE_HASH];
};

struct turn {
    enum root_turn_state state;
    struct turn_target target; /* as of the last news */
    bool is_own;               /* the candidate was made here, this boot */
    bool is_shared;            /* another node has it */
    bool is_held_back;         /* what was installed last is not in use */
    uint32_t rejected;         /* of this epoch none is made again; 0: of any */
    bool is_writing;
    unsigned failures; /* to store, or to publish, in a row */
    unsigned sent;     /* proposals of this candidate */
    uint64_t make_ms;  /* none is made before that, */
    uint64_t read_ms;  /* the carrier read, */
    uint64_t write_ms; /* written, */
    uint64_t publish_ms;
    uint64_t due_ms; /* since when it may be executed; UINT64_MAX: not */
    /* what the owner has not been told */
    bool tell_made;
    bool tell_turned;
    bool tell_rejected;
    uint32_t rejected_told;
};

struct root_start {
    struct root_start_setup setup;
    struct root_start_secrets *secrets;
    enum root_start_state state;
    struct root_start_chain chain; /* at the last news */
    uint64_t chain_ms;
    struct root_start_chain final; /* what was final, for good; UNKNOWN before */
    bool is_own;                   /* the candidate was made here, this boot */
    bool is_kept;                  /* what is installed is in the carrier */
    bool is_confirming_kept;
    /* what the owner is at */
    bool is_reading;
    bool is_writing;
    bool is_publishing;
    uint64_t read_ms;  /* when the carrier is read next, */
    uint64_t write_ms; /* written, */
    uint64_t publish_ms;
    bool has_read;        /* nothing was stored, */
    uint64_t has_read_ms; /* then */
    unsigned failures;    /* to store or to publish, in a row */
    /* what it has not been told */
    bool tell_wiped;
    bool tell_installed;
    bool tell_stopped;
    /* peers */
    struct start_peer *peers[REGISTRY_PEERS_MAX];
    bool is_listed; /* this node is, itself */
    uint64_t look_ms;
    uint64_t alone_ms; /* no root is made before that */
    uint64_t last_id;
    uint8_t message[HANDOFF_REQUEST_MAX];
    uint8_t request[HANDOFF_REQUEST_MAX]; /* the one for roots that is out */
    size_t request_len;
    struct handoff_guard guard;
    struct turn turn;
};

/* root_start.c */
/* What the chain has of a root, which is public once it is there. */
void root_start_published_hash(const struct root_start *start, const struct handoff_root *of,
                               uint8_t ret[static ROOT_GATE_HASH]);
bool root_start_is_final(const struct root_start *start, const struct handoff_root *root);
void root_start_happen(struct root_start *start, const struct cluster_now *now,
                       enum start_event event);
/* Whether those roots are exactly the final ones. Timing: depends on the outcome. */
bool root_start_roots_are_final(const struct root_start *start, const struct handoff_roots *roots);
/* Two roots of one epoch, or two final hashes: stop. */
void root_start_stop(struct root_start *start);
/* How long to wait after so many failures in a row. */
uint64_t root_start_pause_ms(const struct root_start *start, unsigned failures);

/* root_start_store.c */
/* 32 bytes of the security module, XOR 32 of the kernel, through HKDF. Returns: OK; ENTROPY; as the
 * module. */
struct status root_start_draw(const struct root_start *start, struct secret32 *ret_master);
/* Make a root when there is none anywhere. */
void root_start_make(struct root_start *start, const struct cluster_now *now);
/* The next action for carrier and chain, and when time alone brings one. */
bool root_start_store_next(struct root_start *start, const struct cluster_now *now,
                           struct root_start_action *ret_action);
void root_start_store_due(const struct root_start *start, const struct cluster_now *now,
                          uint64_t *ret_due_ms);

/* root_start_peers.c */
void root_start_peers_free(struct root_start *start);
bool root_start_peers_next(struct root_start *start, const struct cluster_now *now,
                           struct root_start_action *ret_action, uint64_t *ret_due_ms);
/* Whether every peer that can be reached said lately that it holds nothing. */
bool root_start_is_alone(const struct root_start *start, const struct cluster_now *now);
/* What they said before counts no more. */
void root_start_peers_forget(struct root_start *start, const struct cluster_now *now);

#endif
