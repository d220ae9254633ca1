/* Listening sockets: TCP, unix and vsock, from their text form to a bound descriptor.
 *
 * Text forms: 127.0.0.1:4000, [::1]:4000 (both also with tcp: in front), unix:/path, vsock:5000
 * (any CID of this machine) and vsock:CID:5000. Numbers are decimal without leading zeros; names
 * are not resolved. A development build opens loopback addresses and unix sockets only.
 * Used by net/http_server.h and by the programs. */
#ifndef COFFER_NET_LISTENER_H
#define COFFER_NET_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

enum listener_kind {
    LISTENER_TCP4,
    LISTENER_TCP6,
    LISTENER_UNIX,
    LISTENER_VSOCK,
};

enum {
    LISTENER_PATH_MAX = 107, /* of a unix socket, without NUL */
    LISTENER_TEXT_MAX = 128, /* of every text form */
};

/* Open data; made by listener_parse. */
struct listener_address {
    enum listener_kind kind;
    uint8_t ip[16]; /* network order; 4 bytes of it for TCP4 */
    uint32_t cid;
    uint32_t port; /* 0 lets the system choose (TCP only) */
    char path[LISTENER_PATH_MAX + 1];
};

/* A bound and listening socket. fd is -1 when it is closed. */
struct listener {
    int fd;
    struct listener_address address; /* with the port that the system chose */
    uint64_t device;                 /* of the file of a unix socket, with its inode: */
    uint64_t inode;                  /* nobody else's file is ever removed */
};

/* Read a text form.
 * Returns: OK; CONFIG_INVALID for anything else, a unix path that is relative, too long or has a
 * NUL among it. On failure: *ret_address is all zeros. */
struct status listener_parse(struct bytes text, struct listener_address *ret_address);

/* Append the text form, without tcp:. */
void listener_put(const struct listener_address *address, struct buf *out);

/* True for loopback addresses and unix sockets. */
bool listener_is_local(const struct listener_address *address);

/* Bind and listen. The file of a unix socket has mode 0600 from the start; one that is there
 * already is replaced only if it is a socket on which nobody listens.
 * Returns: OK; ADDRESS_IN_USE (also where a file is in the way); LISTENER_DENIED (no local address
 * in a development build; a port or folder that the process may not use); IO (no such address or
 * folder, or anything else). On failure: *ret_listener is closed. */
struct status listener_open(const struct listener_address *address, struct listener *ret_listener);

/* Close, and remove the file of a unix socket; may be closed already. */
void listener_close(struct listener *listener);

#endif
