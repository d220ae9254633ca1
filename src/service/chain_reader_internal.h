/* The parts of the chain reader. Private to the service. */
#ifndef COFFER_SERVICE_CHAIN_READER_INTERNAL_H
#define COFFER_SERVICE_CHAIN_READER_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/arena.h"
#include "ethereum/eth_rpc.h"
#include "fetch/fetch_many.h"
#include "registry/registry_view.h"
#include "service/chain_reader.h"

enum {
    CHAIN_READER_REQUEST = 64 * 1024,     /* bytes of a request */
    CHAIN_READER_DATA = 1024 * 1024,      /* bytes of what one endpoint says to one work */
    CHAIN_READER_ANSWER = 2 * 1024 * 1024 /* bytes of one answer */
};

enum chain_reader_outcome {
    CHAIN_READER_GRANTED,
    CHAIN_READER_DENIED,
    CHAIN_READER_PENDING,
    CHAIN_READER_LOST,
    CHAIN_READER_OUTCOMES,
};

/* One endpoint at its work, which may take several requests. */
struct chain_reader_place {
    bool is_busy;
    bool is_new; /* one of the answers came over a new connection */
    size_t count;
    size_t read[REGISTRY_VIEW_READS_MAX]; /* positions in the work */
    size_t first;                         /* of the request under way, */
    size_t some;                          /* and how many it has */
    struct eth_rpc rpc;
    struct buf request;
    struct buf data;
    size_t answered;
    struct registry_answer answer[REGISTRY_VIEW_READS_MAX];
};

struct chain_reader {
    struct chain_reader_setup setup;
    struct chain_reader_wake wake;
    size_t endpoints;
    struct fetch_many *fetch;
    struct arena arena;
    void *buffers;
    pthread_t thread;
    bool is_running;
    _Atomic bool is_stopping;

    pthread_mutex_t lock; /* of the view and the two below */
    struct registry_view *view;
    bool is_idle; /* the thread waits for the time of the next look */
    uint64_t lookups[CHAIN_READER_OUTCOMES];

    /* the thread's own */
    uint64_t work;
    uint64_t deadline_ms;
    uint64_t changes;
    uint32_t next_id; /* of a call */
    struct registry_read read[REGISTRY_VIEW_READS_MAX];
    struct chain_reader_place place[REGISTRY_VIEW_ENDPOINTS_MAX];
};

/* Write the next request of an endpoint. In: place, with reads left; max, calls in it.
 * Returns: OK, BUFFER_FULL. On failure: *ret_body is empty. */
struct status chain_reader_ask(struct chain_reader *reader, struct chain_reader_place *place,
                               struct bytes *ret_body);

/* Read the answer to it. In: body, unsafe.
 * Returns: OK; the codes of eth_rpc_read; BUFFER_FULL when all answers are too large together. */
struct status chain_reader_take(struct chain_reader *reader, struct chain_reader_place *place,
                                struct bytes body);

/* Append its metrics as text. */
void chain_reader_put_metrics(struct chain_reader *reader, struct buf *out);

#endif
