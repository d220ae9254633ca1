/* The keys that this node shares with apps, kept so that an agreement is made once for each app's
 * point and not for each request.
 *
 * A bounded table in guarded memory: every point has a few places; of those the one that was used
 * longest ago gives way. Shared by all loops. Used by exchange.h. */
#ifndef COFFER_SERVICE_AGREEMENTS_H
#define COFFER_SERVICE_AGREEMENTS_H

#include <stdint.h>

#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "crypto/p384.h"
#include "wire/envelope.h"

struct agreements;

/* In: key, *secret*, and its point, which outlive the table.
 * Returns: OK; NO_MEMORY, ENTROPY. On failure: *ret is NULL. */
struct status agreements_open(const struct p384_key *key, const struct p384_point *point,
                              const struct entropy *entropy, struct agreements **ret);
void agreements_close(struct agreements **agreements);

/* The keys with a peer's point. Out: *ret_keys, *secret*.
 * Returns: as envelope_keys. On failure: *ret_keys is zero. */
struct status agreements_get(struct agreements *agreements, const struct p384_point *peer,
                             struct envelope_keys *ret_keys);

/* How often keys were asked for and had to be made. */
struct agreements_stats {
    uint64_t hits;
    uint64_t misses;
};
struct agreements_stats agreements_stats(struct agreements *agreements);

#endif
