/* Whose requests count together. Private to the server. */
#ifndef COFFER_NET_PEER_RATE_INTERNAL_H
#define COFFER_NET_PEER_RATE_INTERNAL_H

#include <sys/socket.h>

#include "base/rate_table.h"

/* The key of an accepted connection: an IPv4 address, the first half of an IPv6 address, a user id,
 * a CID. In: its address as accept gave it. */
struct rate_table_key peer_rate_key(int fd, const struct sockaddr_storage *address);

#endif
