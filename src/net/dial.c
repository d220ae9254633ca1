#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/dial_internal.h"

struct status dial_begin(const struct socket_address *address, int *ret_fd)
{
    struct socket_address_system place;
    const int on = 1;
    socket_address_system(address, &place);
    *ret_fd = -1;
    int family = place.of.local.sun_family;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return FAIL(IO);
    }
    if (family == AF_INET || family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    if (connect(fd, (const struct sockaddr *)&place.of, place.len) != 0 && errno != EINPROGRESS) {
        close(fd);
        return FAIL(UNAVAILABLE);
    }
    *ret_fd = fd;
    return OK;
}

struct status dial_end(int fd)
{
    int error = 0;
    socklen_t len = sizeof error;
    bool is_known = getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0;
    return is_known && error == 0 ? OK : FAIL(UNAVAILABLE);
}
