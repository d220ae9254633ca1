/* A set of digests in memory that grows. They are hashes, so their first bytes spread them. */
#ifndef COFFER_SNAPSHOT_SNAPSHOT_DIGESTS_INTERNAL_H
#define COFFER_SNAPSHOT_SNAPSHOT_DIGESTS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "snapshot/snapshot_object.h"

/* Zeros at first, but for mem. */
struct snapshot_digests {
    struct mem *mem;
    uint8_t *slots; /* [slot_count] of SNAPSHOT_DIGEST bytes; zeros: free */
    size_t slot_count;
    size_t count;
};

bool snapshot_digests_has(const struct snapshot_digests *set,
                          const uint8_t digest[static SNAPSHOT_DIGEST]);

/* Whether there are so many where it would be that looking for it would take long. To ask before
 * digests are added that others have chosen. */
bool snapshot_digests_is_crowded(const struct snapshot_digests *set,
                                 const uint8_t digest[static SNAPSHOT_DIGEST]);

/* Returns: OK, also when it is in it; NO_MEMORY, and nothing changes. */
struct status snapshot_digests_add(struct snapshot_digests *set,
                                   const uint8_t digest[static SNAPSHOT_DIGEST]);
void snapshot_digests_clear(struct snapshot_digests *set);

#endif
