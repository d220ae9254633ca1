/* How many requests each peer has sent lately: one token bucket per peer, in a table of fixed size.
 *
 * A full set forgets the bucket that is closest to full, so that many peers cannot make a busy one
 * forgotten. Shared by all loops. */
#ifndef COFFER_NET_PEER_RATE_INTERNAL_H
#define COFFER_NET_PEER_RATE_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/status.h"
#include "base/token_bucket.h"

struct peer_rate;

/* Who sends: an IPv4 address, the first half of an IPv6 address, a user id, a CID. */
struct peer_rate_key {
    uint64_t peer;
    uint64_t family;
};

/* Returns: OK, NO_MEMORY, ENTROPY. Without a limit in the rule *ret_table is NULL, which the other
 * functions take. On failure: *ret_table is NULL. */
struct status peer_rate_new(struct mem *memory, const struct token_bucket_rule *rule,
                            struct peer_rate **ret_table);
void peer_rate_free(struct mem *memory, struct peer_rate **table);

/* The key of an accepted connection. In: its address as accept gave it. */
struct peer_rate_key peer_rate_key(int fd, const struct sockaddr_storage *address);

/* Take a token of a peer. Returns: false when it has none. Any thread. */
bool peer_rate_take(struct peer_rate *table, struct peer_rate_key key, uint64_t now_ns);

#endif
