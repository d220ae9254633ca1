/* An app under Odyn: the wallet that its instance is registered with is Odyn's.
 *
 * Odyn signs; that is all that this client has it do. Odyn's P-384 key seals and opens version 1 of
 * envelopes only, and a node answers to the registered key, so that for version 2 the instance has
 * to be registered with a key of the app's own: Odyn's attestation takes one. An app whose
 * registered key is Odyn's uses version 1, which this client does not speak. Used where a client is
 * opened: by the exported library and by the command line.
 * Source: reference of the Nova protocol, sections 4.2 and 4.6. */
#ifndef COFFER_CLIENT_CLIENT_ODYN_H
#define COFFER_CLIENT_CLIENT_ODYN_H

#include "base/status.h"
#include "client/client_identity.h"
#include "client/client_key.h"

/* An identity with the wallet of the Odyn at url, which is asked for it now and signs each request,
 * and the P-384 key of key, whose own wallet is left aside. In: url, of loopback, as
 * odyn_link_url_valid has it; key, *secret*, copied to guarded memory.
 * Returns: OK; CONFIG_INVALID; ODYN_UNAVAILABLE, ODYN_INVALID; NO_MEMORY. So does signing; a
 * signature of another wallet is ODYN_INVALID. On failure: *ret is closed. */
struct status client_odyn_identity(const char *url, const struct client_key *key,
                                   struct client_identity *ret);

#endif
