/* What the tests see of listeners: the address that is given to bind. */
#ifndef COFFER_NET_LISTENER_INTERNAL_H
#define COFFER_NET_LISTENER_INTERNAL_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "net/listener.h"

#include <linux/vm_sockets.h>

/* An address as the system takes it, with its length. */
struct listener_sockaddr {
    union {
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un local;
        struct sockaddr_vm vm;
    } of;
    socklen_t len;
};

void listener_sockaddr(const struct listener_address *address, struct listener_sockaddr *ret);

#endif
