/* Which addresses anybody may be asked at, and which lead to something that only we can reach.
 *
 * Used where an address comes from somebody else: URLs of other nodes, names that were looked up.
 * Source: IANA's registries of special-purpose addresses (RFC 6890) as of 2025, RFC 6052. */
#ifndef COFFER_CODEC_IP_RANGE_H
#define COFFER_CODEC_IP_RANGE_H

#include <stdint.h>

enum ip_range {
    IP_RANGE_PUBLIC,
    IP_RANGE_PRIVATE, /* loopback and private networks: 127/8, 10/8, 172.16/12, 192.168/16, ::1,
                         fc00::/7 */
    IP_RANGE_SPECIAL, /* all others, such as those of one link, multicast and translation */
};

/* In: an address in network order. One of IPv4 inside one of IPv6 is special. */
enum ip_range ip_range_v4(const uint8_t address[static 4]);
enum ip_range ip_range_v6(const uint8_t address[static 16]);

#endif
