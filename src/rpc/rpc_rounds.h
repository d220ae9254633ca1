/* The works of a registry's view, carried out: each read is asked of every RPC endpoint that it
 * names, of all of them at once, and the answers of an endpoint are handed out when it is through.
 *
 * The view decides what is read and what the answers are worth; this only speaks. The caller hands
 * a work in when it is another one, waits, and gives the view what comes. One thread at a time, but
 * for rpc_rounds_wake; rpc_rounds_begin only copies, so it may stand under the lock of a view.
 * Used by the thread of the service that reads the chain, and by clients. */
#ifndef COFFER_RPC_RPC_ROUNDS_H
#define COFFER_RPC_RPC_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "registry/registry_view.h"

struct rpc_rounds_setup {
    size_t count;            /* of endpoints, 1 to REGISTRY_VIEW_ENDPOINTS_MAX */
    const char *const *urls; /* each http or https, until rpc_rounds_open returns */
    const char *ca_file;     /* as in fetch_many.h, and the next */
    const struct socket_address *proxy;
    bool may_be_public; /* plain http to other machines, too */
    size_t batch;       /* calls in one request; 1 to LIMIT_ETH_RPC_BATCH */
    struct clock clock;
    struct entropy entropy;
    struct mem *mem;
};

/* What an endpoint made of its part of a work. */
struct rpc_rounds_done {
    struct registry_answers answers; /* until the next call; none when it failed */
    struct status status;            /* why it failed */
};

struct rpc_rounds;

/* Returns: OK; CONFIG_INVALID (a URL that cannot be used, or is plain http to another machine; a
 * file of authorities that cannot be used); NO_MEMORY; ENTROPY.
 * On failure: *ret is NULL, and *ret_where is the URL that is wrong, or "". */
struct status rpc_rounds_open(const struct rpc_rounds_setup *setup, struct rpc_rounds **ret,
                              const char **ret_where);

/* Drop what is under way and give everything back; *rounds becomes NULL (it may be NULL). */
void rpc_rounds_close(struct rpc_rounds **rounds);

/* Take a work over, unless it is the one at hand; what was under way for another is dropped by the
 * next wait. */
void rpc_rounds_begin(struct rpc_rounds *rounds, const struct registry_work *work);

/* Wait until an endpoint is through, at most wait_ms. Returns: false when none is so far, which may
 * be before the time is over; at once after rpc_rounds_wake. */
bool rpc_rounds_wait(struct rpc_rounds *rounds, uint32_t wait_ms, struct rpc_rounds_done *ret);

/* Drop what is under way; the next work may be one of another view. */
void rpc_rounds_drop(struct rpc_rounds *rounds);

/* End the wait of another thread, or the next one. From any thread. */
void rpc_rounds_wake(struct rpc_rounds *rounds);

#endif
