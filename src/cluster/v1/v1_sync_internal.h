/* What the files of the sync share. */
#ifndef COFFER_CLUSTER_V1_V1_SYNC_INTERNAL_H
#define COFFER_CLUSTER_V1_V1_SYNC_INTERNAL_H

#include "base/arena.h"
#include "cluster/v1/v1_record.h"
#include "cluster/v1/v1_sync.h"

enum {
    V1_SYNC_PEERS_MAX = REGISTRY_PEERS_MAX,
    V1_SYNC_BATCH = 1024, /* records in one message */
    V1_SYNC_LOOK_MS = 1000,
    V1_SYNC_MARK = 8, /* bytes of the hash by which a foreign write is remembered */
};

/* What a peer is not told by the changes of the store, and all that it was asked. */
enum v1_sync_flight {
    V1_SYNC_PUSH,
    V1_SYNC_BURY, /* a push of tombstones for what it should have forgotten */
    V1_SYNC_PULL,
};

/* A snapshot that is being merged: live values first, then all again for tombstones. */
struct v1_sync_pull {
    void *data; /* NULL: there is none */
    size_t len;
    struct v1_message_walk walk;
    bool is_second;
    uint64_t told; /* the last change that the peer had been told of when it answered */
    uint8_t cause[RECORD_CAUSE];
};

struct v1_sync_peer {
    struct registry_peer known;
    bool is_listed; /* by the registry, at the last look */
    bool is_ours;   /* it has said so */
    bool is_met;    /* it has answered */
    bool is_pulled; /* to the end */
    struct kv_feed feed;
    uint64_t told;   /* the last of our changes that was looked at for it */
    uint64_t held;   /* the last that it has answered for */
    uint64_t flying; /* the last in the message that it has not answered */
    uint64_t flight; /* the id of the message that it has not answered; 0: none */
    enum v1_sync_flight kind;
    void *message;
    size_t message_len;
    uint64_t deadline_ms;
    uint64_t retry_ms; /* not before that */
    uint64_t pull_ms;  /* when to pull again */
    unsigned failures; /* in a row */
    struct v1_sync_pull pull;
};

enum v1_sync_repair_state {
    V1_SYNC_REPAIR_WANTED,
    V1_SYNC_REPAIR_GIVEN, /* its action was, the intent is awaited */
    V1_SYNC_REPAIR_SENT,  /* of a tombstone: may go to its peer */
};

/* A repair that waits. */
struct v1_sync_repair {
    uint64_t id; /* 0: free */
    enum v1_sync_repair_state state;
    bool is_burial;        /* a tombstone for one peer, else a record for the store */
    struct eth_address to; /* of a burial */
    bool is_flying;        /* of a burial: in the message that its peer has not answered */
    uint8_t app[V1_APPS_ID];
    uint8_t tenant[DOMAIN_TENANT_ID];
    struct record_version over; /* what must still be here */
    struct record record;       /* the chosen one; of a burial the tombstone */
    void *block;                /* that it borrows from */
    size_t block_len;
    uint8_t mark[V1_SYNC_MARK];
    uint64_t deadline_ms;
};

struct v1_sync_gathered {
    uint8_t app[V1_APPS_ID];
    struct record record;
};

struct v1_sync {
    struct v1_sync_setup setup;
    struct arena arena;
    struct v1_names names;
    struct v1_record_memory memory; /* where records are read to */
    void *blob;                     /* of that */
    void *scratch;                  /* [V1_MESSAGE_MAX], where messages are written */
    bool is_whole;
    bool is_known; /* the registry has been read */
    uint64_t last_id;
    uint64_t look_ms;
    struct v1_sync_peer *peers[V1_SYNC_PEERS_MAX];
    struct v1_sync_repair repairs[V1_SYNC_REPAIRS_MAX];
    size_t repair_bytes;
    uint8_t remembered[V1_SYNC_REMEMBERED][V1_SYNC_MARK]; /* a ring */
    size_t remembered_next;
    struct v1_sync_gathered gathered[V1_SYNC_BATCH];
    struct v1_sync_stats stats;
};

/* --- peers ------------------------------------------------------------------------------------ */

/* The peer of a wallet; NULL when it has none. */
struct v1_sync_peer *v1_sync_peer(const struct v1_sync *sync, const struct eth_address *wallet);

/* Look at the registry when it is time. */
void v1_sync_look(struct v1_sync *sync, const struct cluster_now *now);

void v1_sync_peer_forget(struct v1_sync *sync, size_t place);

/* It has said what it is. */
void v1_sync_meet(struct v1_sync *sync, struct v1_sync_peer *peer, bool is_ours);

/* Find out whether this node is whole now. */
void v1_sync_judge(struct v1_sync *sync);

/* --- out -------------------------------------------------------------------------------------- */

/* Write what is next for a peer, if there is anything: tombstones that it is told of, changes.
 * Returns: false when there is nothing. */
bool v1_sync_bury_next(struct v1_sync *sync, struct v1_sync_peer *peer, struct buf *out);
bool v1_sync_push_next(struct v1_sync *sync, struct v1_sync_peer *peer, struct buf *out);

/* Write what fits of all that is here as a snapshot. Returns: whether that is all. */
bool v1_sync_put_snapshot(struct v1_sync *sync, struct buf *out);

/* Tell a peer of everything once more. */
void v1_sync_push_all(struct v1_sync *sync, struct v1_sync_peer *peer);

/* --- in --------------------------------------------------------------------------------------- */

/* Where records come from. */
struct v1_sync_source {
    struct v1_sync_peer *peer; /* NULL: not listed */
    struct eth_address wallet;
    const uint8_t *cause; /* [RECORD_CAUSE] */
    bool is_pull;
    uint64_t told; /* of a snapshot: as in struct v1_sync_pull; else 0 */
};

/* Take in all that a push has. Returns: how many records changed something. */
size_t v1_sync_take_push(struct v1_sync *sync, const struct cluster_now *now,
                         const struct v1_sync_source *source, struct bytes data);

/* Start to merge a snapshot. Returns: OK; NO_MEMORY. */
struct status v1_sync_pull_start(struct v1_sync *sync, struct v1_sync_peer *peer, struct bytes data,
                                 const uint8_t cause[static RECORD_CAUSE]);
void v1_sync_pull_stop(struct v1_sync *sync, struct v1_sync_peer *peer);

/* Go on with it. In: peer, whose pull has data. Returns: whether it is still not at its end. */
bool v1_sync_pull_step(struct v1_sync *sync, const struct cluster_now *now,
                       struct v1_sync_peer *peer);

/* --- repairs ---------------------------------------------------------------------------------- */

/* What two writes of a key met, and where. */
struct v1_sync_meeting {
    const uint8_t *app;             /* [V1_APPS_ID] */
    const uint8_t *tenant;          /* [DOMAIN_TENANT_ID] */
    const struct record *foreign;   /* the write of version 1 */
    const struct eth_address *from; /* who has it */
};

/* Keep for a repair that chosen is to be written again over what has that version; or, if chosen is
 * NULL, that the peer is told a tombstone over the foreign one. Returns: NULL when there is no
 * place for it, or the same was repaired or waits. */
struct v1_sync_repair *v1_sync_repair_keep(struct v1_sync *sync,
                                           const struct v1_sync_meeting *meeting,
                                           const struct record *chosen,
                                           const struct record_version *over);
void v1_sync_repair_drop(struct v1_sync *sync, struct v1_sync_repair *repair);

/* The next one whose intent is to be made durable. */
bool v1_sync_repair_next(struct v1_sync *sync, const struct cluster_now *now,
                         struct v1_sync_action *ret_action, uint64_t *ret_due_ms);

/* Drop the burials in the message that a peer has answered. */
void v1_sync_buried(struct v1_sync *sync, const struct v1_sync_peer *peer);

#endif
