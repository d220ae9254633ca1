/* Where a socket is: TCP, unix and vsock, from the text form to what the system takes.
 *
 * Text forms: 127.0.0.1:4000, [::1]:4000 (both also with tcp: in front), unix:/path, vsock:5000
 * (any CID of this machine) and vsock:CID:5000. Numbers are decimal without leading zeros; names
 * are not resolved. No I/O. Used by what listens and what connects (net, fetch). */
#ifndef COFFER_NET_ADDRESS_SOCKET_ADDRESS_H
#define COFFER_NET_ADDRESS_SOCKET_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

#include <linux/vm_sockets.h>

enum socket_address_kind {
    SOCKET_TCP4,
    SOCKET_TCP6,
    SOCKET_UNIX,
    SOCKET_VSOCK,
};

enum {
    SOCKET_ADDRESS_PATH_MAX = 107, /* of a unix socket, without NUL */
    SOCKET_ADDRESS_TEXT_MAX = 128, /* of every text form */
};

/* Open data; made by socket_address_parse. */
struct socket_address {
    enum socket_address_kind kind;
    uint8_t ip[16]; /* network order; 4 bytes of it for TCP4 */
    uint32_t cid;
    uint32_t port; /* 0 lets the system choose (TCP only) */
    char path[SOCKET_ADDRESS_PATH_MAX + 1];
};

/* Read a text form.
 * Returns: OK; CONFIG_INVALID for anything else, a unix path that is relative, too long or has a
 * NUL among it. On failure: *ret_address is all zeros. */
struct status socket_address_parse(struct bytes text, struct socket_address *ret_address);

/* Append the text form, without tcp:. */
void socket_address_put(const struct socket_address *address, struct buf *out);

/* True for loopback addresses and unix sockets. */
bool socket_address_is_local(const struct socket_address *address);

/* An address as the system takes it, with its length. */
struct socket_address_system {
    union {
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un local;
        struct sockaddr_vm vm;
    } of;
    socklen_t len;
};

void socket_address_system(const struct socket_address *address, struct socket_address_system *ret);

#endif
