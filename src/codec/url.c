#include "codec/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "codec/decimal.h"

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
}

/* Cut a scheme of any case off. */
static bool take_scheme(struct bytes *rest, const char *scheme)
{
    size_t len = strlen(scheme);
    if (rest->len < len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (lower(rest->ptr[i]) != (uint8_t)scheme[i]) {
            return false;
        }
    }
    *rest = bytes_slice(*rest, len, SIZE_MAX);
    return true;
}

/* What stands between the scheme and the path, without the user. */
static struct bytes authority_of(struct bytes rest)
{
    size_t end = 0;
    size_t begin = 0;
    while (end < rest.len && strchr("/?#\\", rest.ptr[end]) == NULL) {
        begin = rest.ptr[end] == '@' ? end + 1 : begin;
        end++;
    }
    return bytes_slice(rest, begin, end - begin);
}

static bool is_name_byte(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
           byte == '.' || byte == '_';
}

static bool take_v4(const void *address, struct url_server *ret)
{
    ret->kind = URL_HOST_V4;
    memcpy(ret->address, address, 4);
    return inet_ntop(AF_INET, address, ret->host, URL_HOST_MAX) != NULL;
}

/* A name, or an address of IPv4 in any of the forms that programs take: 127.1 is 127.0.0.1. */
static bool take_name(struct bytes host, struct url_server *ret)
{
    struct in_addr address;
    if (host.len != 0 && host.ptr[host.len - 1] == '.') {
        host.len--;
    }
    if (host.len == 0 || host.len >= URL_HOST_MAX) {
        return false;
    }
    for (size_t i = 0; i < host.len; i++) {
        ret->host[i] = (char)lower(host.ptr[i]);
        if (!is_name_byte((uint8_t)ret->host[i])) {
            return false;
        }
    }
    ret->host[host.len] = '\0';
    ret->kind = URL_HOST_NAME;
    return inet_aton(ret->host, &address) == 0 || take_v4(&address, ret);
}

/* An address of IPv6, or one of IPv4 in its clothes. */
static bool take_address(struct bytes host, struct url_server *ret)
{
    char text[INET6_ADDRSTRLEN] = "";
    struct in6_addr address;
    if (host.len >= sizeof text) {
        return false;
    }
    memcpy(text, host.ptr, host.len);
    if (bytes_find(host, 0) != host.len || inet_pton(AF_INET6, text, &address) != 1) {
        return false;
    }
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
        return take_v4(&address.s6_addr[12], ret);
    }
    ret->kind = URL_HOST_V6;
    memcpy(ret->address, address.s6_addr, sizeof ret->address);
    if (inet_ntop(AF_INET6, &address, text, sizeof text) == NULL) {
        return false;
    }
    (void)snprintf(ret->host, URL_HOST_MAX, "[%s]", text);
    return true;
}

/* In: rest, what follows the host: nothing, or a colon and perhaps a number. */
static bool take_port(struct bytes rest, bool is_https, uint16_t *ret)
{
    uint64_t port = is_https ? 443 : 80;
    if (rest.len > 1) {
        if (rest.ptr[0] != ':' ||
            !status_is_ok(decimal_u64(bytes_slice(rest, 1, SIZE_MAX), &port))) {
            return false;
        }
    }
    bool is_fit = port != 0 && port <= UINT16_MAX && (rest.len == 0 || rest.ptr[0] == ':');
    *ret = is_fit ? (uint16_t)port : 0;
    return is_fit;
}

struct status url_server_read(struct bytes url, struct url_server *ret)
{
    struct url_server server = {.is_https = take_scheme(&url, "https://")};
    *ret = (struct url_server){.port = 0};
    if (!server.is_https && !take_scheme(&url, "http://")) {
        return FAIL(CONFIG_INVALID);
    }
    struct bytes authority = authority_of(url);
    bool is_address = authority.len != 0 && authority.ptr[0] == '[';
    size_t end = bytes_find(authority, is_address ? ']' : ':');
    if (is_address && end == authority.len) {
        return FAIL(CONFIG_INVALID);
    }
    struct bytes host = bytes_slice(authority, is_address, end - is_address);
    struct bytes rest = bytes_slice(authority, end + is_address, SIZE_MAX);
    bool is_good = is_address ? take_address(host, &server) : take_name(host, &server);
    if (!is_good || !take_port(rest, server.is_https, &server.port)) {
        return FAIL(CONFIG_INVALID);
    }
    *ret = server;
    return OK;
}

bool url_server_equal(const struct url_server *a, const struct url_server *b)
{
    return a->port == b->port && strcmp(a->host, b->host) == 0;
}
