/* Which URLs of other nodes are asked.
 *
 * They come from a registry that anybody may write to, so that each is an attempt to have this node
 * talk to something that only it can reach. Taken is http or https, a host, perhaps a port, and
 * nothing else: no user, path, query or fragment. A host is an address of the public Internet in
 * its one usual form (of IPv6 in any), or a name. An address in another form, such as 0x7f.1, 127.1
 * or ::ffff:8.8.8.8, is refused wherever it leads, and one that anything but the public Internet
 * may take for itself is refused in every form. Names only go to a proxy, which looks them up where
 * it stands; without one a node looks nothing up. Ports of mail and of data bases, which make
 * something of a request that was not meant for them, are refused too.
 *
 * What is taken is written anew from what was understood, so that nobody reads it in another way.
 * A pure function. Used by peering.h. Source: IANA's registries of special-purpose addresses (RFC
 * 6890) as of 2025, RFC 6052, RFC 6761, RFC 6762; Nova reference, 6.8, for the ports. */
#ifndef COFFER_PEERING_PEERING_URL_H
#define COFFER_PEERING_PEERING_URL_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/status.h"
#include "registry/registry.h"

enum { PEERING_ORIGIN_MAX = REGISTRY_URL_MAX + 16 }; /* with its NUL */

struct peering_url_rules {
    bool has_proxy; /* who looks names up */
    /* For development and tests: loopback and private networks are fine (127/8, 10/8, 172.16/12,
     * 192.168/16, ::1, fc00::/7), and names are looked up here, whatever they are. */
    bool may_be_private;
};

/* Read a URL. Out: ret_origin, scheme, host and port, such as http://192.0.2.1:4000.
 * Returns: OK; CONFIG_INVALID. On failure: ret_origin is "". */
struct status peering_url_read(struct bytes url, const struct peering_url_rules *rules,
                               char ret_origin[static PEERING_ORIGIN_MAX]);

#endif
