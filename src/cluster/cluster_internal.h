/* What the files of the cluster share. */
#ifndef COFFER_CLUSTER_CLUSTER_INTERNAL_H
#define COFFER_CLUSTER_CLUSTER_INTERNAL_H

#include "cluster/cluster.h"
#include "store/kv_digest.h"

enum {
    WALK_NODES = 512,  /* asked about in one message */
    WALK_LEAVES = 512, /* in one page's request */
    WALK_HAVES = 8192, /* listed in one page's request, all leaves together */
    WALK_STEPS = 8192, /* records looked at for one page */
    WALK_BITS = KV_DIGEST_LEAVES / 64,
    CLUSTER_ANCHORS = 8, /* remembered; storage keeps as many heights to restore from */
};

/* The comparison of our tree with a peer's, level by level: which nodes of this level differ. */
struct walk {
    bool is_active;
    bool is_clean;   /* nothing was refused for want of something here */
    bool is_current; /* the peer was, in each answer */
    unsigned level;  /* of the nodes in marks; KV_DIGEST_LEVELS: leaves, whose records are pulled */
    uint64_t marks[WALK_BITS];
    uint64_t below[WALK_BITS]; /* the same of the next level, as far as it is known */
    struct kv_digest_place place;
};

/* The keys of codes, by epoch of the root. *secret*, but for the numbers. */
struct sync_keys {
    struct hmac_sha256_key list[LIMIT_ROOT_EPOCHS];
    uint32_t has; /* bit i: epoch i */
    uint32_t oldest;
    uint32_t newest;
};

_Static_assert(LIMIT_ROOT_EPOCHS <= 32, "epochs have a bit each");

/* A message about strict records that was not answered. */
struct strict_flight {
    uint64_t id; /* 0: none */
    uint64_t deadline_ms;
    uint32_t epoch;
    uint8_t boot[SYNC_BOOT]; /* whom it is for */
    void *message;
    size_t len;
};

struct peer {
    struct registry_peer known;
    uint8_t boot[SYNC_BOOT]; /* zeros: not met yet */
    bool is_listed;          /* by the registry, at the last look */
    bool is_member;
    bool is_pulled;      /* everything that it held as this boot */
    bool is_idle;        /* it has said, since this node started, that it is not current itself */
    uint64_t idle_since; /* the moment at which it first did, as this boot */
    uint64_t seen;       /* that at which the question was asked that it was pulled by, or idle */
    struct kv_feed feed;
    uint64_t held;       /* the last of our changes that it was told of and took */
    uint64_t flight;     /* the id of the message that it has not answered; 0: none */
    enum sync_type kind; /* of that */
    uint64_t sequence;   /* of that */
    uint32_t flight_epoch;
    uint32_t epoch;    /* the newest whose root this boot has shown to know */
    uint64_t probe_ms; /* when a newer one is tried next, if there is one */
    uint64_t sent_ms;  /* of the flight */
    uint64_t deadline_ms;
    uint64_t retry_ms;  /* not before that */
    bool is_away;       /* it did not answer, and has said nothing since */
    uint64_t repair_ms; /* when to compare again */
    unsigned failures;  /* in a row */
    bool has_clock;     /* this boot has said what time it is, */
    uint64_t clock_ms;  /* then: between these two, less the monotonic time here */
    int64_t clock_lo_ms;
    int64_t clock_hi_ms;
    void *message; /* of the flight */
    size_t message_len;
    uint64_t walk_ms; /* when the last walk began, */
    uint64_t walk_moment;
    uint64_t walk_asks; /* how often all were to be compared with, when the walk began; */
    uint64_t compared;  /* and when the last one began that ended well */
    struct walk walk;
    struct strict_flight strict;
};

/* A message that was opened. */
struct cluster_opened {
    uint32_t epoch; /* whose key it has */
    struct sync_head head;
    struct reader body;
};

struct ticket {
    uint64_t id; /* 0: free */
    uint64_t seq;
    uint64_t deadline_ms;
    uint64_t holders; /* bit i: the peer in place i */
    size_t wanted;
    uint64_t refused; /* likewise */
    uint64_t asks;    /* not of a write: what its peers' compared must be; 0: of a write */
    uint8_t key[8];   /* of SHA-256 of tenant and key */
};

/* Where the walk over records of earlier roots is. */
struct resealing {
    uint32_t epoch; /* in use when it began */
    bool is_walking;
    struct kv_digest_place place;
    uint64_t due_ms; /* the next one begins */
    uint64_t old;    /* found by this one, */
    uint64_t failed; /* and not sealed again */
};

struct cluster {
    struct cluster_setup setup;
    struct sync_keys keys; /* *secret* */
    bool is_current;
    uint64_t enough_ms; /* since when so much was pulled that it may be; UINT64_MAX: not */
    uint64_t moments;   /* counted, as two things may happen in one millisecond */
    uint64_t gone;      /* that at which somebody last went who may have held something */
    bool is_beside_v1;  /* nodes of version 1 are listed */
    bool is_listed;     /* this one is, at the last look */
    bool is_least;      /* and its wallet is less than all others */
    bool has_origin;    /* somebody who is current has told it, or it is our own */
    struct cluster_origin anchors[CLUSTER_ANCHORS]; /* that the chain has shown; zeros: none */
    size_t anchors_next;                            /* the oldest of them */
    uint64_t last_id;
    uint64_t members_ms; /* when to look at the registry */
    uint64_t tick_ms;    /* when to let time pass in the store */
    void *scratch;       /* [SYNC_MESSAGE_MAX], where messages are written */
    struct strict *strict;
    uint64_t begin_ms; /* when it begins with restored ones; 0: never */
    struct peer *peers[CLUSTER_PEERS_MAX];
    struct ticket tickets[CLUSTER_WRITES_MAX];
    size_t waiting; /* tickets in use, */
    size_t reading; /* of which so many are not of writes */
    uint64_t asks;  /* how often all were to be compared with */
    struct resealing resealing;
    struct cluster_stats stats;
};

/* The place of a wallet among the peers; NULL when it has none. */
struct peer *cluster_peer(const struct cluster *cluster, const struct eth_address *wallet);

/* Look at the registry when it is time. */
void cluster_look(struct cluster *cluster, const struct cluster_now *now);

void cluster_peer_forget(struct cluster *cluster, size_t place);

/* Count members, and whether this node is current now. */
void cluster_judge(struct cluster *cluster, const struct cluster_now *now);

/* A peer has proved that it knows the root of an epoch, as this boot. */
void cluster_meet(struct cluster *cluster, const struct cluster_now *now, struct peer *peer,
                  const uint8_t boot[static SYNC_BOOT], uint32_t epoch);

/* Remember what is anchored now. */
void cluster_note_anchor(struct cluster *cluster, const struct cluster_now *now);

/* What a peer that is current began with: the first that is heard of is ours too. Who is not
 * current yields to any other one; who is, to a greater one that it has seen anchored.
 * Returns: whether the peer's records are such as belong here. */
bool cluster_meet_origin(struct cluster *cluster, const struct cluster_now *now,
                         const struct peer *peer, const struct cluster_origin *origin);

/* A peer has answered that this was its time. In: peer, with its question still in flight. */
void cluster_clock_heard(const struct cluster_now *now, struct peer *peer, uint64_t wall_ms);

/* Compare our clock with what is known of the peers'; what comes out is in stats. */
void cluster_clocks(struct cluster *cluster, const struct cluster_now *now);

/* Try a peer at once, however often it has failed. */
void cluster_peer_again(const struct cluster_now *now, struct peer *peer);

/* Prepare the keys of codes of roots that came since; with a newer root peers are tried and
 * compared with anew. Returns: OK; UNAVAILABLE without a root. */
struct status cluster_keys(struct cluster *cluster, const struct cluster_now *now);

/* The epoch of the next message to a peer. */
uint32_t cluster_epoch_for(const struct cluster *cluster, const struct cluster_now *now,
                           struct peer *peer, enum sync_type kind);

/* Open a message with the key of any epoch. Returns: as sync_message_open. */
struct status cluster_open_any(const struct cluster *cluster, struct bytes message,
                               const struct sync_way *way, struct cluster_opened *ret);

/* Take a record of a peer in. Returns: as kv_merge; RECORD_INVALID without a cause. */
struct status cluster_take(struct cluster *cluster, const struct cluster_now *now,
                           const struct sync_record *record, bool is_repair);

/* Start the message that a peer gets next. */
struct buf cluster_flight_begin(struct cluster *cluster, struct peer *peer, enum sync_type kind);

/* The body of the message in flight, for who reads again what it asked. */
struct reader cluster_flight_body(const struct peer *peer);

/* Write what is next for a peer, if there is anything: a push first, then comparing.
 * Returns: false when there is nothing. */
bool cluster_push_next(struct cluster *cluster, struct peer *peer, struct buf *out);
bool cluster_walk_next(struct cluster *cluster, const struct cluster_now *now, struct peer *peer,
                       struct buf *out);

/* Take the good answer to it. Returns: false when its body is malformed. */
bool cluster_push_answered(struct cluster *cluster, size_t place, struct reader *body,
                           uint64_t sequence);
bool cluster_walk_answered(struct cluster *cluster, const struct cluster_now *now,
                           struct peer *peer, struct reader *body);

/* Compare with a peer as soon as may be, as somebody waits for it. */
void cluster_walk_soon(struct peer *peer, const struct cluster_now *now);

/* Nothing came of it. */
void cluster_push_failed(struct cluster *cluster, struct peer *peer);
void cluster_walk_stop(struct peer *peer);

/* Answer a request whose code was good. Returns: false when its body is malformed. */
bool cluster_serve_push(struct cluster *cluster, const struct cluster_now *now,
                        const struct sync_head *head, struct reader *body, struct buf *answer);
bool cluster_serve_digest(const struct cluster *cluster, const struct cluster_now *now,
                          struct reader *body, struct buf *answer);
bool cluster_serve_page(const struct cluster *cluster, const struct cluster_now *now,
                        struct reader *body, struct buf *answer);

/* Strict records: nobody waits for a peer any more; who the peers are; the next message; what came
 * of one (returns: whether it was one of those); the answer to one. */
void cluster_strict_forget(struct cluster *cluster, struct peer *peer);
void cluster_strict_look(struct cluster *cluster, const struct cluster_now *now);
void cluster_strict_begin(struct cluster *cluster, const struct cluster_now *now,
                          uint64_t *ret_due_ms);
bool cluster_strict_next(struct cluster *cluster, const struct cluster_now *now,
                         struct cluster_action *ret_action, uint64_t *ret_due_ms);
bool cluster_strict_answered(struct cluster *cluster, const struct cluster_now *now, uint64_t id,
                             struct bytes answer);
bool cluster_serve_strict(struct cluster *cluster, const struct cluster_now *now,
                          const struct peer *peer, struct reader *body, struct buf *answer);

/* Writes that wait: whether one of this key does; that its record is another now, with the newest
 * number of the feed, under which it is sent; what a peer took or refused of our changes; the next
 * that ended. */
void cluster_write_key(const uint8_t tenant[static DOMAIN_TENANT_ID], struct bytes key,
                       uint8_t ret[static 8]);
bool cluster_writes_wait_for(const struct cluster *cluster, const uint8_t key[static 8]);
void cluster_writes_moved(struct cluster *cluster, const uint8_t key[static 8]);
void cluster_writes_held(struct cluster *cluster, size_t place, uint64_t from, uint64_t to);
void cluster_writes_refused(struct cluster *cluster, size_t place, const uint8_t key[static 8]);
void cluster_writes_forget(struct cluster *cluster, size_t place);
bool cluster_writes_ended(struct cluster *cluster, const struct cluster_now *now,
                          struct cluster_action *ret_action, uint64_t *ret_due_ms);

#endif
