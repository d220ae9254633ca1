/* The parts of rounds. Private to rpc. */
#ifndef COFFER_RPC_RPC_ROUNDS_INTERNAL_H
#define COFFER_RPC_RPC_ROUNDS_INTERNAL_H

#include "base/arena.h"
#include "ethereum/eth_rpc.h"
#include "fetch/fetch_many.h"
#include "rpc/rpc_rounds.h"

enum {
    RPC_ROUNDS_REQUEST = 64 * 1024,     /* bytes of a request */
    RPC_ROUNDS_DATA = 1024 * 1024,      /* bytes of what one endpoint says to one work */
    RPC_ROUNDS_ANSWER = 2 * 1024 * 1024 /* bytes of one answer */
};

/* One endpoint at its work, which may take several requests. */
struct rpc_rounds_place {
    bool is_busy;
    bool is_done; /* through, and not handed out yet */
    bool is_new;  /* one of the answers came over a new connection */
    struct status status;
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

struct rpc_rounds {
    struct clock clock;
    struct mem *mem;
    size_t endpoints;
    size_t batch;
    struct fetch_many *fetch;
    struct arena arena;
    void *buffers;
    uint64_t work;
    uint64_t deadline_ms;
    bool is_begun; /* and nothing of it was sent yet */
    uint32_t asked;
    size_t count;
    uint32_t next_id; /* of a call */
    struct registry_read read[REGISTRY_VIEW_READS_MAX];
    struct rpc_rounds_place place[REGISTRY_VIEW_ENDPOINTS_MAX];
};

/* Write the next request of an endpoint. In: place, with reads left.
 * Returns: OK, BUFFER_FULL. On failure: *ret_body is empty. */
struct status rpc_rounds_ask(struct rpc_rounds *rounds, struct rpc_rounds_place *place,
                             struct bytes *ret_body);

/* Read the answer to it. In: body, unsafe.
 * Returns: OK; the codes of eth_rpc_read; BUFFER_FULL when all answers are too large together. */
struct status rpc_rounds_take(struct rpc_rounds *rounds, struct rpc_rounds_place *place,
                              struct bytes body);

#endif
