#include "net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/listener_internal.h"

#include <linux/vm_sockets.h>

/* --- text forms ------------------------------------------------------------------------------- */

/* Takes prefix off the start of text. */
static bool skip(struct bytes *text, struct bytes prefix)
{
    if (!bytes_starts(*text, prefix)) {
        return false;
    }
    *text = bytes_slice(*text, prefix.len, SIZE_MAX);
    return true;
}

/* A decimal number from 0 to max, of the whole text. */
static struct status read_number(struct bytes text, uint32_t max, uint32_t *ret_number)
{
    uint64_t value = 0;
    *ret_number = 0;
    if (text.len == 0 || text.len > 10 || (text.len > 1 && text.ptr[0] == '0')) {
        return FAIL(CONFIG_INVALID);
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return FAIL(CONFIG_INVALID);
        }
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    if (value > max) {
        return FAIL(CONFIG_INVALID);
    }
    *ret_number = (uint32_t)value;
    return OK;
}

static struct status parse_unix(struct bytes text, struct listener_address *address)
{
    address->kind = LISTENER_UNIX;
    bool is_path = text.len >= 2 && text.ptr[0] == '/' && text.len <= LISTENER_PATH_MAX;
    if (!is_path || bytes_find(text, 0) != text.len) {
        return FAIL(CONFIG_INVALID);
    }
    memcpy(address->path, text.ptr, text.len);
    return OK;
}

static struct status parse_vsock(struct bytes text, struct listener_address *address)
{
    address->kind = LISTENER_VSOCK;
    address->cid = VMADDR_CID_ANY;
    size_t colon = bytes_find(text, ':');
    if (colon != text.len) {
        TRY(read_number((struct bytes){text.ptr, colon}, VMADDR_CID_ANY - 1, &address->cid));
        text = bytes_slice(text, colon + 1, SIZE_MAX);
    }
    TRY(read_number(text, VMADDR_PORT_ANY - 1, &address->port));
    return address->port == 0 ? FAIL(CONFIG_INVALID) : OK;
}

static struct status parse_tcp(struct bytes text, struct listener_address *address)
{
    char host[INET6_ADDRSTRLEN] = {0};
    bool is_v6 = skip(&text, BYTES_LITERAL("["));
    size_t end = bytes_find(text, is_v6 ? ']' : ':');
    struct bytes rest = bytes_slice(text, end, SIZE_MAX);
    address->kind = is_v6 ? LISTENER_TCP6 : LISTENER_TCP4;
    if (end >= sizeof host || bytes_find(text, 0) != text.len ||
        !skip(&rest, is_v6 ? BYTES_LITERAL("]:") : BYTES_LITERAL(":"))) {
        return FAIL(CONFIG_INVALID);
    }
    if (end != 0) {
        memcpy(host, text.ptr, end);
    }
    if (inet_pton(is_v6 ? AF_INET6 : AF_INET, host, address->ip) != 1) {
        return FAIL(CONFIG_INVALID);
    }
    return read_number(rest, 65535, &address->port);
}

static struct status parse_any(struct bytes text, struct listener_address *address)
{
    if (skip(&text, BYTES_LITERAL("unix:"))) {
        return parse_unix(text, address);
    }
    if (skip(&text, BYTES_LITERAL("vsock:"))) {
        return parse_vsock(text, address);
    }
    skip(&text, BYTES_LITERAL("tcp:"));
    return parse_tcp(text, address);
}

struct status listener_parse(struct bytes text, struct listener_address *ret_address)
{
    *ret_address = (struct listener_address){0};
    struct status status = parse_any(text, ret_address);
    if (!status_is_ok(status)) {
        *ret_address = (struct listener_address){0};
    }
    return status;
}

static void put_ip(const struct listener_address *address, struct buf *out)
{
    char host[INET6_ADDRSTRLEN];
    bool is_v6 = address->kind == LISTENER_TCP6;
    if (inet_ntop(is_v6 ? AF_INET6 : AF_INET, address->ip, host, sizeof host) == NULL) {
        host[0] = 0;
    }
    buf_put_text(out, is_v6 ? "[" : "");
    buf_put_text(out, host);
    buf_put_text(out, is_v6 ? "]:" : ":");
    buf_put_decimal(out, address->port);
}

void listener_put(const struct listener_address *address, struct buf *out)
{
    if (address->kind == LISTENER_UNIX) {
        buf_put_text(out, "unix:");
        buf_put_text(out, address->path);
    } else if (address->kind == LISTENER_VSOCK) {
        buf_put_text(out, "vsock:");
        if (address->cid != VMADDR_CID_ANY) {
            buf_put_decimal(out, address->cid);
            buf_put_u8(out, ':');
        }
        buf_put_decimal(out, address->port);
    } else {
        put_ip(address, out);
    }
}

bool listener_is_local(const struct listener_address *address)
{
    static const uint8_t loopback[16] = {[15] = 1};
    switch (address->kind) {
    case LISTENER_TCP4:
        return address->ip[0] == 127;
    case LISTENER_TCP6:
        return bytes_equal(BYTES_ARRAY(address->ip), BYTES_ARRAY(loopback));
    case LISTENER_UNIX:
        return true;
    case LISTENER_VSOCK:
    default:
        return false;
    }
}

/* --- sockets ---------------------------------------------------------------------------------- */

void listener_sockaddr(const struct listener_address *address, struct listener_sockaddr *ret)
{
    *ret = (struct listener_sockaddr){0};
    switch (address->kind) {
    case LISTENER_TCP4:
        ret->of.v4.sin_family = AF_INET;
        ret->of.v4.sin_port = htons((uint16_t)address->port);
        memcpy(&ret->of.v4.sin_addr, address->ip, sizeof ret->of.v4.sin_addr);
        ret->len = sizeof ret->of.v4;
        break;
    case LISTENER_TCP6:
        ret->of.v6.sin6_family = AF_INET6;
        ret->of.v6.sin6_port = htons((uint16_t)address->port);
        memcpy(&ret->of.v6.sin6_addr, address->ip, sizeof ret->of.v6.sin6_addr);
        ret->len = sizeof ret->of.v6;
        break;
    case LISTENER_UNIX:
        ret->of.local.sun_family = AF_UNIX;
        memcpy(ret->of.local.sun_path, address->path, sizeof address->path);
        ret->len = sizeof ret->of.local;
        break;
    case LISTENER_VSOCK:
    default:
        ret->of.vm.svm_family = AF_VSOCK;
        ret->of.vm.svm_cid = address->cid;
        ret->of.vm.svm_port = address->port;
        ret->len = sizeof ret->of.vm;
        break;
    }
}

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
static bool set_options(int fd, const struct listener_address *address)
{
    const int on = 1;
    switch (address->kind) {
    case LISTENER_TCP6:
        if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) {
            return false;
        }
        __attribute__((fallthrough));
    case LISTENER_TCP4:
        return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
               setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
    case LISTENER_UNIX:
        /* bind gives the file the mode of the socket: never wider, not even for a moment. */
        return fchmod(fd, 0600) == 0;
    case LISTENER_VSOCK:
    default:
        return true;
    }
}

/* Removes the file of a unix socket that no process listens on any more. */
static bool remove_stale(const struct listener_sockaddr *place)
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

static struct status bind_to(int fd, const struct listener_address *address)
{
    struct listener_sockaddr place;
    listener_sockaddr(address, &place);
    if (bind(fd, (const struct sockaddr *)&place.of, place.len) == 0) {
        return OK;
    }
    int error = errno;
    if (error == EADDRINUSE && address->kind == LISTENER_UNIX && remove_stale(&place)) {
        error = bind(fd, (const struct sockaddr *)&place.of, place.len) == 0 ? 0 : errno;
    }
    return error == 0 ? OK : failure_of(error);
}

/* What only the bound socket knows: the port that was chosen, the file that was made. */
static struct status look_up(struct listener *listener)
{
    struct listener_sockaddr place = {.len = sizeof place.of};
    struct stat file;
    switch (listener->address.kind) {
    case LISTENER_TCP4:
    case LISTENER_TCP6:
        if (getsockname(listener->fd, (struct sockaddr *)&place.of, &place.len) != 0) {
            return FAIL(IO);
        }
        /* The port lies at the same place in both. */
        listener->address.port = ntohs(place.of.v4.sin_port);
        return OK;
    case LISTENER_UNIX:
        if (lstat(listener->address.path, &file) != 0) {
            return FAIL(IO);
        }
        listener->device = file.st_dev;
        listener->inode = file.st_ino;
        return OK;
    case LISTENER_VSOCK:
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

struct status listener_open(const struct listener_address *address, struct listener *ret_listener)
{
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_VSOCK};
    *ret_listener = (struct listener){.fd = -1};
#ifndef COFFER_PRODUCTION
    if (!listener_is_local(address)) {
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
