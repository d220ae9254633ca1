/* Where a URL leads, so that two ways to write one server are seen to be one.
 *
 * Endpoints that must agree with each other are only as many as they are different servers.
 * Source: RFC 3986, sections 3.2 and 6.2. */
#ifndef COFFER_CODEC_URL_H
#define COFFER_CODEC_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum { URL_HOST_MAX = 256 }; /* with its NUL */

/* How a host is known. */
enum url_host {
    URL_HOST_NAME,
    URL_HOST_V4, /* also one that was written as of IPv6, ::ffff:1.2.3.4 */
    URL_HOST_V6,
};

/* Open data. The host is in lower case without a last point, or an address in its usual form, that
 * of IPv6 in brackets. */
struct url_server {
    bool is_https;
    enum url_host kind;
    uint8_t address[16]; /* of IPv4 the first four */
    char host[URL_HOST_MAX];
    uint16_t port; /* also where the URL leaves it out */
};

/* Read the server of a URL; user, path, query and fragment are no part of it. In: url, http or
 * https; a host of letters, digits, points, hyphens and underscores, or an address.
 * Returns: OK, CONFIG_INVALID. On failure: *ret is zero. */
struct status url_server_read(struct bytes url, struct url_server *ret);

/* True when both are the same host and port, whatever the scheme. */
bool url_server_equal(const struct url_server *a, const struct url_server *b);

#endif
