/* The thread that keeps the keys of issuers: it fetches the key sets that the trust configuration
 * names, over TLS that ends here, and has those that stand in it.
 *
 * When a set is fetched and how long it counts is authenticators/oidc_cache.h; whom a server must
 * be, tls/tls_roots.h: the chain is judged by the node's clock while the connection is made. What
 * carries the bytes may withhold an answer, hold it back or send an old connection's bytes again,
 * and all of that is a fetch that failed, or keys that are older.
 * Tokens are checked by any thread, against a copy of a key, and never wait for the network.
 * 25 KiB for an issuer, 64 KiB more while a set comes.
 * Used by programs/coffer-node. Source: formats for users, section 15. */
#ifndef COFFER_OIDC_OIDC_READER_H
#define COFFER_OIDC_OIDC_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authenticators/oidc_port.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "config/trust.h"

struct socket_address;

enum { OIDC_READER_FETCH_MS = 10 * 1000 }; /* for one fetch, everything together */

/* All of it outlives the reader. */
struct oidc_reader_setup {
    const struct trust *trust;          /* with an issuer at least */
    const uint8_t *const *tenants;      /* ids of its tenants, [OIDC_PORT_TENANT] each */
    const struct socket_address *proxy; /* as in fetch_many.h; or NULL */
    const char *authorities; /* a file of certificates, as tls_pool_open; what is in it is trusted
                                only as far as the trust configuration lists its keys */
    struct clock clock;
    const struct log *log;
    struct mem *mem;
};

/* How it is told that whoever waits for keys shall ask again: called on the reader's thread,
 * without its lock. */
struct oidc_reader_wake {
    void *context;
    void (*call)(void *context);
};

struct oidc_reader;

/* How many issuers a trust configuration has; whether keys of one of them are fetched. */
size_t oidc_reader_issuers(const struct trust *trust);
bool oidc_reader_is_needed(const struct trust *trust);

/* A file of authorities that cannot be read is logged, and is as an empty one.
 * Returns: OK; OIDC_KEYS_STALE (pinned keys that are no key set); CONFIG_INVALID (an address that
 * cannot be used; a libcurl without OpenSSL 3); NO_MEMORY. On failure: *ret is NULL, and *ret_where
 * the issuer that is wrong, or "". */
struct status oidc_reader_open(const struct oidc_reader_setup *setup, struct oidc_reader **ret,
                               const char **ret_where);

/* Start the thread, if anything is to be fetched. Returns: as thread_start. */
struct status oidc_reader_start(struct oidc_reader *reader, struct oidc_reader_wake wake);

/* End the thread, which drops what is under way; it may not run. What is known stays to be asked
 * until it is too old. */
void oidc_reader_stop(struct oidc_reader *reader);

/* Stop and give everything back; *reader becomes NULL (it may be NULL). */
void oidc_reader_close(struct oidc_reader **reader);

/* What asks it. Any thread, until it is closed. */
struct oidc_port oidc_reader_port(struct oidc_reader *reader);

#endif
