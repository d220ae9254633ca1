/* Listening sockets: TCP, unix and vsock, from an address to a bound descriptor.
 *
 * A development build opens loopback addresses and unix sockets only.
 * Used by net/http_server.h and by the programs. */
#ifndef COFFER_NET_LISTENER_H
#define COFFER_NET_LISTENER_H

#include <stdint.h>

#include "base/status.h"
#include "net/address/socket_address.h"

/* A bound and listening socket. fd is -1 when it is closed. */
struct listener {
    int fd;
    struct socket_address address; /* with the port that the system chose */
    uint64_t device;               /* of the file of a unix socket, with its inode: */
    uint64_t inode;                /* nobody else's file is ever removed */
};

/* Bind and listen. The file of a unix socket has mode 0600 from the start; one that is there
 * already is replaced only if it is a socket on which nobody listens.
 * Returns: OK; ADDRESS_IN_USE (also where a file is in the way); LISTENER_DENIED (no local address
 * in a development build; a port or folder that the process may not use); IO (no such address or
 * folder, or anything else). On failure: *ret_listener is closed. */
struct status listener_open(const struct socket_address *address, struct listener *ret_listener);

/* Close, and remove the file of a unix socket; may be closed already. */
void listener_close(struct listener *listener);

#endif
