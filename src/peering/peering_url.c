#include "peering/peering_url.h"

#include <stdio.h>
#include <string.h>

#include "codec/ip_range.h"
#include "codec/url.h"

static const uint16_t foreign_ports[] = {25, 465, 587, 3306, 5432, 6379, 11211, 27017};

/* Names that are not of the public tree. */
static const char *const inner_names[] = {"localhost", "local", "internal", "arpa", "onion"};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool is_range_fine(enum ip_range range, const struct peering_url_rules *rules)
{
    return range == IP_RANGE_PUBLIC || (range == IP_RANGE_PRIVATE && rules->may_be_private);
}

/* The part of a name behind its last point. */
static struct bytes top_of(struct bytes name)
{
    size_t at = name.len;
    while (at != 0 && name.ptr[at - 1] != '.') {
        at--;
    }
    return bytes_slice(name, at, name.len);
}

/* Letters, digits and hyphens, none of these at an end. */
static bool is_label(struct bytes label)
{
    return label.len != 0 && label.len < 64 && label.ptr[0] != '-' &&
           label.ptr[label.len - 1] != '-' && bytes_find(label, '_') == label.len;
}

static bool are_labels(struct bytes name)
{
    while (name.len != 0) {
        size_t end = bytes_find(name, '.');
        if (!is_label(bytes_slice(name, 0, end))) {
            return false;
        }
        name = bytes_slice(name, end + 1, name.len);
    }
    return true;
}

/* In: name, without a last point. A top of digits is what is left of an address that nothing could
 * read. */
static bool is_name_fine(struct bytes name, const struct peering_url_rules *rules)
{
    struct bytes top = top_of(name);
    if (!are_labels(name) || top.ptr[0] < 'a' || top.ptr[0] > 'z') {
        return false;
    }
    if (rules->may_be_private) {
        return true;
    }
    for (size_t i = 0; i < COUNT(inner_names); i++) {
        if (bytes_equal(top, bytes_of(inner_names[i]))) {
            return false;
        }
    }
    return rules->has_proxy && top.len != name.len;
}

static bool is_host_fine(const struct url_server *server, const struct peering_url_rules *rules)
{
    switch (server->kind) {
    case URL_HOST_V4:
        return is_range_fine(ip_range_v4(server->address), rules);
    case URL_HOST_V6:
        return is_range_fine(ip_range_v6(server->address), rules);
    case URL_HOST_NAME:
        return is_name_fine(bytes_of(server->host), rules);
    default:
        return false;
    }
}

static bool is_port_fine(uint16_t port)
{
    for (size_t i = 0; i < COUNT(foreign_ports); i++) {
        if (foreign_ports[i] == port) {
            return false;
        }
    }
    return true;
}

/* Scheme, host and perhaps a port, to the end or one last slash. Out: *ret_host, as written. */
static bool is_origin(struct bytes url, struct bytes *ret_host)
{
    struct bytes scheme = bytes_starts(url, BYTES_LITERAL("https")) ? BYTES_LITERAL("https://")
                                                                    : BYTES_LITERAL("http://");
    struct bytes rest = bytes_slice(url, scheme.len, url.len);
    if (!bytes_starts(url, scheme) || url.len >= REGISTRY_URL_MAX) {
        return false;
    }
    if (rest.len != 0 && rest.ptr[rest.len - 1] == '/') {
        rest.len--;
    }
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.ptr[i] <= ' ' || rest.ptr[i] > '~' || strchr("/?#@\\%", rest.ptr[i]) != NULL) {
            return false;
        }
    }
    *ret_host = bytes_slice(rest, 0, bytes_find(rest, ':'));
    return rest.len != 0 && rest.ptr[rest.len - 1] != ':';
}

/* An address of IPv4 and a name have one way to be written here. */
static bool is_usual(const struct url_server *server, struct bytes host)
{
    if (server->kind == URL_HOST_V6) {
        return true;
    }
    return host.len == strlen(server->host) &&
           (server->kind == URL_HOST_NAME || bytes_equal(host, bytes_of(server->host)));
}

struct status peering_url_read(struct bytes url, const struct peering_url_rules *rules,
                               char ret_origin[static PEERING_ORIGIN_MAX])
{
    struct url_server server;
    struct bytes host;
    ret_origin[0] = '\0';
    if (!is_origin(url, &host) || !status_is_ok(url_server_read(url, &server)) ||
        !is_usual(&server, host) || !is_host_fine(&server, rules) || !is_port_fine(server.port)) {
        return FAIL(CONFIG_INVALID);
    }
    (void)snprintf(ret_origin, PEERING_ORIGIN_MAX, "%s://%s:%u", server.is_https ? "https" : "http",
                   server.host, server.port);
    return OK;
}
