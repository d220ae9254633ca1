/* Connecting without waiting. Private to src/net; used by what connects on a loop. */
#ifndef COFFER_NET_DIAL_INTERNAL_H
#define COFFER_NET_DIAL_INTERNAL_H

#include "base/status.h"
#include "net/address/socket_address.h"

/* Begin to connect. Out: *ret_fd, which does not block and becomes writable when it is decided;
 * then dial_end says how it went.
 * Returns: OK; UNAVAILABLE (nobody listens there, or not now); IO. On failure: *ret_fd is -1. */
struct status dial_begin(const struct socket_address *address, int *ret_fd);

/* Returns: OK, it is connected; UNAVAILABLE. */
struct status dial_end(int fd);

#endif
