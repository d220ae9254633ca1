/* The keys that this node shares with apps, kept so that an agreement is made once for each app's
 * point and not for each request; and how each made its last envelope of version 1, so that it is
 * tried first, and an answer to a request without an envelope is one that the app can open.
 *
 * A bounded table in guarded memory, each entry with a sum that is compared when it is used; the
 * one that was used longest ago gives way. Shared by all loops. Used by exchange.h. */
#ifndef COFFER_IDENTITY_AGREEMENTS_H
#define COFFER_IDENTITY_AGREEMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/entropy.h"
#include "base/status.h"
#include "crypto/p384.h"
#include "identity/node_identity.h"
#include "wire/envelope.h"

struct agreements;

/* In: identity, which outlives the table; entries, for how many points; first, the derivation of a
 * point that has sent no envelope yet.
 * Returns: OK; NO_MEMORY, ENTROPY. On failure: *ret is NULL. */
struct status agreements_open(const struct node_identity *identity, size_t entries,
                              enum envelope_derivation first, const struct entropy *entropy,
                              struct agreements **ret);
void agreements_close(struct agreements **agreements);

/* The keys with a peer's point. Out: *ret_keys, *secret*; *ret_derivation, that of its last
 * envelope of version 1. Returns: as node_identity_keys; SELF_CHECK also when what was kept is not
 * what it was: the next call makes it again. On failure: *ret_keys is zero. */
struct status agreements_get(struct agreements *agreements, const struct p384_point *peer,
                             struct envelope_keys *ret_keys,
                             enum envelope_derivation *ret_derivation);

/* Note how a peer made an envelope that opened. */
void agreements_note(struct agreements *agreements, const struct p384_point *peer,
                     enum envelope_derivation derivation);

/* How often keys were asked for and had to be made. */
struct agreements_stats {
    uint64_t hits;
    uint64_t misses;
};
struct agreements_stats agreements_stats(struct agreements *agreements);

#endif
