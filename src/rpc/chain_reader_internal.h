/* The parts of the chain reader. Private to the service. */
#ifndef COFFER_RPC_CHAIN_READER_INTERNAL_H
#define COFFER_RPC_CHAIN_READER_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/thread.h"
#include "registry/registry_view.h"
#include "rpc/chain_reader.h"
#include "rpc/rpc_rounds.h"

enum chain_reader_outcome {
    CHAIN_READER_GRANTED,
    CHAIN_READER_DENIED,
    CHAIN_READER_PENDING,
    CHAIN_READER_LOST,
    CHAIN_READER_OUTCOMES,
};

struct chain_reader {
    struct chain_reader_setup setup;
    struct chain_reader_wake wake;
    size_t endpoints;
    struct rpc_rounds *rounds;
    struct thread thread;
    _Atomic bool is_stopping;

    struct thread_lock lock; /* of the view and the two below */
    struct registry_view *view;
    bool is_idle; /* the thread waits for the time of the next look */
    uint64_t lookups[CHAIN_READER_OUTCOMES];
    uint64_t changes;         /* the thread's own, as the next */
    enum registry_lease told; /* the last that was logged */
};

/* Append its metrics as text. */
void chain_reader_put_metrics(struct chain_reader *reader, struct buf *out);

#endif
