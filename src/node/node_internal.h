/* The parts of a node that its loops at the front and at the back share. Private to node.c and
 * backroom.c. */
#ifndef COFFER_NODE_NODE_INTERNAL_H
#define COFFER_NODE_NODE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "audit/gather.h"
#include "node/held_internal.h"
#include "node/node.h"
#include "node/parked_internal.h"

/* One loop's part. */
struct station {
    struct node *node;
    struct worker *worker;
    struct loop *loop;
    struct loop_task submit;
    struct loop_task collect;
    _Atomic bool collect_posted;
    struct loop_timer *timer;
    bool submit_deferred;
    bool is_committing; /* a batch was handed over and is not collected */
    struct gather gather;
    struct held_list held;
    struct loop_task wake;
    _Atomic bool wake_posted;
    struct loop_timer *patience; /* runs while anything is parked */
    struct parked_list parked;
    _Atomic size_t parked_count; /* for others to read */
    struct loop_task fetch;      /* at the back only, as is_idle, which has the backroom's lock */
    bool is_idle;
};

struct node {
    struct node_setup setup;
    struct http_server *server;
    _Atomic bool serving;  /* server is set */
    _Atomic bool stopping; /* no request may wait any more */
    _Atomic bool stopped;  /* the server, and the requests that are held, are gone or about to be */
    pthread_mutex_t backroom; /* of the list of those that wait for a loop at the back */
    struct parked_list errands;
    struct station stations[LIMIT_LOOPS]; /* those at the back come last */
};

/* Whom an answer is for. errand: the request is another loop's, which sends the answer. */
struct node_asker {
    struct http_request *request;
    struct parked *errand;
    uint64_t started_ns;
};

/* A request as the pipeline sees it. */
struct request node_request(const struct http_request *request, const struct http1_head *head,
                            struct bytes body);

/* Returns: whether it was answered, or will be; otherwise it waits. */
bool node_serve(struct station *station, const struct node_asker *asker,
                const struct request *ours);

/* Answer that it will not be handled. */
void node_refuse(struct station *station, const struct node_asker *asker,
                 const struct request *ours, struct status why);

/* Answer that what it was answered may not leave. In: held, what is known of it. */
void node_withhold(struct station *station, const struct node_asker *asker, struct status why,
                   const struct held *held);

/* Something was added to what the station has parked. */
void node_parked(struct station *station);

#endif
