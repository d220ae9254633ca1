/* The thread that reads the chain: it carries out what the registry's view wants to know, against
 * all RPC endpoints at once, and tells whoever waits for a lookup.
 *
 * The view is behind a lock; lookups are answered from it by any thread and never wait for the
 * network. Endpoints are those of the trust configuration.
 * Used by programs/coffer-node. Source: formats, section 9. */
#ifndef COFFER_RPC_CHAIN_READER_H
#define COFFER_RPC_CHAIN_READER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/wall_clock.h"
#include "config/trust.h"
#include "registry/registry.h"

/* All of it outlives the reader. */
struct chain_reader_setup {
    const struct trust *trust;          /* with endpoints */
    const struct socket_address *proxy; /* as in fetch_many.h; or NULL */
    size_t entries; /* wallets with a grant that are kept, and as many without */
    size_t batch;   /* calls in one request; 1 to LIMIT_ETH_RPC_BATCH */
    struct clock clock;
    struct wall_clock *wall; /* what learns of blocks that it is not earlier; NULL: nothing */
    struct entropy entropy;
    const struct log *log;
    struct mem *mem;
};

/* How it is told that lookups which were pending have other answers now: called on the reader's
 * thread, without its lock. */
struct chain_reader_wake {
    void *context;
    void (*call)(void *context);
};

struct chain_reader;

/* Returns: OK; CONFIG_INVALID (an endpoint's URL that cannot be used, or, in a production build,
 * plain http to another machine; a file of authorities that cannot be used); NO_MEMORY; ENTROPY.
 * On failure: *ret is NULL, and *ret_where is the endpoint that is wrong, or "". */
struct status chain_reader_open(const struct chain_reader_setup *setup, struct chain_reader **ret,
                                const char **ret_where);

/* Start the thread. Returns: as thread_start. */
struct status chain_reader_start(struct chain_reader *reader, struct chain_reader_wake wake);

/* End the thread, which drops what is under way; it may not run. What is known stays to be asked
 * until it is too old. */
void chain_reader_stop(struct chain_reader *reader);

/* Stop and give everything back; *reader becomes NULL (it may be NULL). */
void chain_reader_close(struct chain_reader **reader);

/* What asks it. Any thread, until it is closed. */
struct registry_port chain_reader_port(struct chain_reader *reader);

#endif
