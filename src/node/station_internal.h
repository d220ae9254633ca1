/* Stations, one for each loop of a node: what its loops at the front and at the back share. Private
 * to the node. */
#ifndef COFFER_NODE_STATION_INTERNAL_H
#define COFFER_NODE_STATION_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "audit/gather.h"
#include "base/thread.h"
#include "cluster/membership/membership.h"
#include "node/flight_internal.h"
#include "node/node.h"
#include "pipeline/pipeline.h"

/* A record of an effect of the cluster's own, on its way. */
struct station_effect {
    uint64_t ticket; /* 0: free */
    size_t place;    /* as struct membership_effect has it, as the next */
    bool is_over;
    uint8_t cause[RECORD_CAUSE];
};

/* One loop's part. Touched by its thread only, but for what is atomic or said to have a lock. */
struct station {
    struct node *node;
    struct service *service;
    struct worker *worker;       /* of the service */
    struct committer_lane *lane; /* of the worker */
    struct loop *loop;
    struct flight_pool pool;

    struct flight_list records; /* wait for a batch of records, in the order of the batches */
    struct loop_timer *timer;   /* runs while there are any */
    struct loop_task submit;
    struct loop_task collect;
    _Atomic bool collect_posted;
    bool submit_deferred;
    bool is_committing; /* a batch was handed over and is not collected */
    struct gather gather;

    struct flight_list lookups;   /* wait until it is known who is asking */
    _Atomic size_t lookups_count; /* for others to read */
    struct loop_timer *patience;  /* runs while there are any */
    struct loop_task wake;

    struct flight_list yields; /* wait for their next turn */
    struct loop_task turn;

    struct flight_list settles; /* wait for other nodes, in the order of their writes */
    struct loop_task settle;
    struct loop_timer *look; /* runs while any waits for what wakes nobody */
    struct station_effect effects[MEMBERSHIP_EFFECTS];

    bool turn_deferred;
    _Atomic bool wake_posted;
    _Atomic bool settle_posted;

    struct job *spare; /* to refuse with when there is no memory */

    struct loop_task fetch; /* at the back only, as is_idle, which has the lock of the queue */
    bool is_idle;
};

struct node {
    struct node_setup setup;
    struct http_server *server;
    _Atomic bool serving;  /* server is set */
    _Atomic bool stopping; /* no request may wait for a lookup any more */
    _Atomic bool stopped;  /* the server, and the requests that wait, are gone or about to be */
    struct thread_lock queue_lock;
    struct flight_list queue; /* wait for a loop at the back; under the lock, as the next */
    size_t queue_bytes;       /* of their requests */
    struct station stations[LIMIT_LOOPS]; /* those at the back come last */
};

/* Make a station of a node whose setup is there. Returns: OK, NO_MEMORY. */
struct status station_open(struct node *node, size_t index);

/* Give back its flights and jobs. After its loop has ended. */
void station_close(struct station *station);

/* What becomes of a flight after the pipeline had it. */
void station_follow(struct station *station, struct flight *flight, enum pipeline_state state);

/* Let a flight go on that waited in the middle. In: waited, as pipeline_resume. */
void station_resume(struct station *station, struct flight *flight, struct status waited);

/* Answer a flight that will not be handled. */
void station_refuse(struct station *station, struct flight *flight, const struct request *request,
                    struct status why);

/* Answer a request for which there is not even a flight. */
void station_turn_away(struct station *station, struct http_request *request);

/* True when so many requests wait here that none that may have to is taken. */
bool station_is_full(const struct station *station);

/* There are records to be committed. */
void station_commit_soon(struct station *station);

/* Writes of this station are over, or there are news or effects of the cluster: look at them soon,
 * from any thread; and now, a task whose context is the station (settling.c). */
void station_settle_soon(struct station *station);
void station_settle(void *context);

/* Records up to that batch are durable: of effects among them the cluster is told. */
void station_settle_effects(struct station *station, uint64_t ticket);

uint64_t station_now_ms(const struct station *station);

#endif
