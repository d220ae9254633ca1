#include "net/listener.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <unistd.h>

static struct status failure_of(int error)
{
    switch (error) {
    case EADDRINUSE:
        return FAIL(ADDRESS_IN_USE);
    case EACCES:
    case EPERM:
        return FAIL(LISTENER_DENIED);
    default:
        return FAIL(IO);
    }
}

/* What an accepted socket inherits is set here once. */
static bool set_options(int fd, const struct socket_address *address)
{
    const int on = 1;
    switch (address->kind) {
    case SOCKET_TCP6:
        if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) {
            return false;
        }
        __attribute__((fallthrough));
    case SOCKET_TCP4:
        return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
               setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
    case SOCKET_UNIX:
        /* bind gives the file the mode of the socket: never wider, not even for a moment. */
        return fchmod(fd, 0600) == 0;
    case SOCKET_VSOCK:
    default:
        return true;
    }
}

/* Removes the file of a unix socket that no process listens on any more. */
static bool remove_stale(const struct socket_address_system *place)
{
    struct stat file;
    const char *path = place->of.local.sun_path;
    if (lstat(path, &file) != 0 || !S_ISSOCK(file.st_mode)) {
        return false;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return false;
    }
    int code = connect(fd, (const struct sockaddr *)&place->of, place->len);
    bool is_stale = code != 0 && errno == ECONNREFUSED;
    close(fd);
    return is_stale && unlink(path) == 0;
}

static struct status bind_to(int fd, const struct socket_address *address)
{
    struct socket_address_system place;
    socket_address_system(address, &place);
    if (bind(fd, (const struct sockaddr *)&place.of, place.len) == 0) {
        return OK;
    }
    int error = errno;
    if (error == EADDRINUSE && address->kind == SOCKET_UNIX && remove_stale(&place)) {
        error = bind(fd, (const struct sockaddr *)&place.of, place.len) == 0 ? 0 : errno;
    }
    return error == 0 ? OK : failure_of(error);
}

/* What only the bound socket knows: the port that was chosen, the file that was made. */
static struct status look_up(struct listener *listener)
{
    struct socket_address_system place = {.len = sizeof place.of};
    struct stat file;
    switch (listener->address.kind) {
    case SOCKET_TCP4:
    case SOCKET_TCP6:
        if (getsockname(listener->fd, (struct sockaddr *)&place.of, &place.len) != 0) {
            return FAIL(IO);
        }
        /* The port lies at the same place in both. */
        listener->address.port = ntohs(place.of.v4.sin_port);
        return OK;
    case SOCKET_UNIX:
        if (lstat(listener->address.path, &file) != 0) {
            return FAIL(IO);
        }
        listener->device = file.st_dev;
        listener->inode = file.st_ino;
        return OK;
    case SOCKET_VSOCK:
    default:
        return OK;
    }
}

static struct status listen_on(struct listener *listener)
{
    if (!set_options(listener->fd, &listener->address)) {
        return FAIL(IO);
    }
    TRY(bind_to(listener->fd, &listener->address));
    TRY(look_up(listener));
    return listen(listener->fd, 4096) == 0 ? OK : failure_of(errno);
}

struct status listener_open(const struct socket_address *address, struct listener *ret_listener)
{
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_VSOCK};
    *ret_listener = (struct listener){.fd = -1};
#ifndef COFFER_PRODUCTION
    if (!socket_address_is_local(address)) {
        return FAIL(LISTENER_DENIED);
    }
#endif
    int fd = socket(families[address->kind], SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return failure_of(errno);
    }
    ret_listener->fd = fd;
    ret_listener->address = *address;
    struct status status = listen_on(ret_listener);
    if (!status_is_ok(status)) {
        listener_close(ret_listener);
    }
    return status;
}

void listener_close(struct listener *listener)
{
    if (listener->fd < 0) {
        return;
    }
    struct stat file;
    if (listener->inode != 0 && lstat(listener->address.path, &file) == 0 &&
        file.st_dev == listener->device && file.st_ino == listener->inode) {
        unlink(listener->address.path);
    }
    close(listener->fd);
    *listener = (struct listener){.fd = -1};
}
