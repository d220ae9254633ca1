#include "net/address/socket_address.h"

#include <arpa/inet.h>
#include <string.h>

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

static struct status parse_unix(struct bytes text, struct socket_address *address)
{
    address->kind = SOCKET_UNIX;
    bool is_path = text.len >= 2 && text.ptr[0] == '/' && text.len <= SOCKET_ADDRESS_PATH_MAX;
    if (!is_path || bytes_find(text, 0) != text.len) {
        return FAIL(CONFIG_INVALID);
    }
    memcpy(address->path, text.ptr, text.len);
    return OK;
}

static struct status parse_vsock(struct bytes text, struct socket_address *address)
{
    address->kind = SOCKET_VSOCK;
    address->cid = VMADDR_CID_ANY;
    size_t colon = bytes_find(text, ':');
    if (colon != text.len) {
        TRY(read_number((struct bytes){text.ptr, colon}, VMADDR_CID_ANY - 1, &address->cid));
        text = bytes_slice(text, colon + 1, SIZE_MAX);
    }
    TRY(read_number(text, VMADDR_PORT_ANY - 1, &address->port));
    return address->port == 0 ? FAIL(CONFIG_INVALID) : OK;
}

static struct status parse_tcp(struct bytes text, struct socket_address *address)
{
    char host[INET6_ADDRSTRLEN] = {0};
    bool is_v6 = skip(&text, BYTES_LITERAL("["));
    size_t end = bytes_find(text, is_v6 ? ']' : ':');
    struct bytes rest = bytes_slice(text, end, SIZE_MAX);
    address->kind = is_v6 ? SOCKET_TCP6 : SOCKET_TCP4;
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

static struct status parse_any(struct bytes text, struct socket_address *address)
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

struct status socket_address_parse(struct bytes text, struct socket_address *ret_address)
{
    *ret_address = (struct socket_address){0};
    struct status status = parse_any(text, ret_address);
    if (!status_is_ok(status)) {
        *ret_address = (struct socket_address){0};
    }
    return status;
}

static void put_ip(const struct socket_address *address, struct buf *out)
{
    char host[INET6_ADDRSTRLEN];
    bool is_v6 = address->kind == SOCKET_TCP6;
    if (inet_ntop(is_v6 ? AF_INET6 : AF_INET, address->ip, host, sizeof host) == NULL) {
        host[0] = 0;
    }
    buf_put_text(out, is_v6 ? "[" : "");
    buf_put_text(out, host);
    buf_put_text(out, is_v6 ? "]:" : ":");
    buf_put_decimal(out, address->port);
}

void socket_address_put(const struct socket_address *address, struct buf *out)
{
    if (address->kind == SOCKET_UNIX) {
        buf_put_text(out, "unix:");
        buf_put_text(out, address->path);
    } else if (address->kind == SOCKET_VSOCK) {
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

bool socket_address_is_local(const struct socket_address *address)
{
    static const uint8_t loopback[16] = {[15] = 1};
    switch (address->kind) {
    case SOCKET_TCP4:
        return address->ip[0] == 127;
    case SOCKET_TCP6:
        return bytes_equal(BYTES_ARRAY(address->ip), BYTES_ARRAY(loopback));
    case SOCKET_UNIX:
        return true;
    case SOCKET_VSOCK:
    default:
        return false;
    }
}

void socket_address_system(const struct socket_address *address, struct socket_address_system *ret)
{
    *ret = (struct socket_address_system){0};
    switch (address->kind) {
    case SOCKET_TCP4:
        ret->of.v4.sin_family = AF_INET;
        ret->of.v4.sin_port = htons((uint16_t)address->port);
        memcpy(&ret->of.v4.sin_addr, address->ip, sizeof ret->of.v4.sin_addr);
        ret->len = sizeof ret->of.v4;
        break;
    case SOCKET_TCP6:
        ret->of.v6.sin6_family = AF_INET6;
        ret->of.v6.sin6_port = htons((uint16_t)address->port);
        memcpy(&ret->of.v6.sin6_addr, address->ip, sizeof ret->of.v6.sin6_addr);
        ret->len = sizeof ret->of.v6;
        break;
    case SOCKET_UNIX:
        ret->of.local.sun_family = AF_UNIX;
        memcpy(ret->of.local.sun_path, address->path, sizeof address->path);
        ret->len = sizeof ret->of.local;
        break;
    case SOCKET_VSOCK:
    default:
        ret->of.vm.svm_family = AF_VSOCK;
        ret->of.vm.svm_cid = address->cid;
        ret->of.vm.svm_port = address->port;
        ret->len = sizeof ret->of.vm;
        break;
    }
}
