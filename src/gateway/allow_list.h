/* Which hosts and ports tunnels may lead to.
 *
 * A list of HOST:PORT from the configuration, host a name or an address. Names are compared, not
 * understood: a name reaches what it leads to only where that is an address of the public Internet,
 * or one that stands in the list itself with the port, so that nobody who answers for a name can
 * have us reach what only we can. Used by gateway/outward.h. Source: codec/ip_range.h. */
#ifndef COFFER_GATEWAY_ALLOW_LIST_H
#define COFFER_GATEWAY_ALLOW_LIST_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/status.h"
#include "codec/url.h"
#include "config/gateway_config.h"
#include "net/tunnels.h"

struct allow_list {
    struct url_server items[GATEWAY_CONFIG_ALLOW_MAX];
    size_t count;
};

/* Add an item. Returns: OK; CONFIG_INVALID for anything but HOST:PORT, or when it is full. */
struct status allow_list_add(struct allow_list *list, struct bytes text);

/* Whether a tunnel may lead there. In: authority, unsafe. Out: *ret, of which the host says in any
 * case what was read, "" if nothing.
 * Returns: OK; BAD_HTTP (no host and port); TUNNEL_DENIED. */
struct status allow_list_admit(const struct allow_list *list, struct bytes authority,
                               struct tunnels_target *ret);

/* Whether an address that a listed name leads to may be reached. Returns: OK, TUNNEL_ADDRESS. */
struct status allow_list_check(const struct allow_list *list, const struct socket_address *address);

#endif
