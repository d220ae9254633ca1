#include <netinet/in.h>
#include <string.h>

#include "net/peer_rate_internal.h"

#include <linux/vm_sockets.h>

struct rate_table_key peer_rate_key(int fd, const struct sockaddr_storage *address)
{
    struct rate_table_key key = {0, (uint64_t)address->ss_family + 1};
    struct ucred credentials = {0};
    socklen_t len = sizeof credentials;
    switch (address->ss_family) {
    case AF_INET:
        key.id = ((const struct sockaddr_in *)address)->sin_addr.s_addr;
        break;
    case AF_INET6:
        memcpy(&key.id, &((const struct sockaddr_in6 *)address)->sin6_addr, sizeof key.id);
        break;
    case AF_VSOCK:
        key.id = ((const struct sockaddr_vm *)address)->svm_cid;
        break;
    default:
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &len) == 0) {
            key.id = credentials.uid;
        }
        break;
    }
    return key;
}
