/* Whose an address of a client is, for limits by address.
 *
 * One of IPv4 counts for itself. Of IPv6 a customer has a network of 2^64, so its first half
 * counts; one of IPv4 in its clothes is one of IPv4. A port behind one of IPv4 does not count: each
 * connection has another. Used where a limit is by an address that a header names. */
#ifndef COFFER_CODEC_IP_NETWORK_H
#define COFFER_CODEC_IP_NETWORK_H

#include <stdint.h>

#include "base/bytes.h"

enum { IP_NETWORK = 8 /* bytes at most */ };

/* In: text from outside, of any length. Out: memory, which *ret lies in. Returns: empty for what is
 * no address. */
struct bytes ip_network(struct bytes text, uint8_t memory[static IP_NETWORK]);

#endif
