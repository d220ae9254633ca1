#include <string.h>

#include "base/invariant.h"
#include "base/reader.h"
#include "snapshot/snapshot_digests_internal.h"

enum { SLOTS_MIN = 1024, CROWD = 64 };

static const uint8_t none[SNAPSHOT_DIGEST];

static bool is_same(const uint8_t *a, const uint8_t *b)
{
    return bytes_equal((struct bytes){a, SNAPSHOT_DIGEST}, (struct bytes){b, SNAPSHOT_DIGEST});
}

/* The slot that a digest is in, or the free one where it would be. There is always one. */
static uint8_t *slot_of(const struct snapshot_digests *set, const uint8_t *digest)
{
    struct reader reader = reader_over((struct bytes){digest, SNAPSHOT_DIGEST});
    size_t at = reader_u64(&reader) & (set->slot_count - 1);
    uint8_t *slot = set->slots + at * SNAPSHOT_DIGEST;
    while (!is_same(slot, none) && !is_same(slot, digest)) {
        at = (at + 1) & (set->slot_count - 1);
        slot = set->slots + at * SNAPSHOT_DIGEST;
    }
    return slot;
}

bool snapshot_digests_has(const struct snapshot_digests *set,
                          const uint8_t digest[static SNAPSHOT_DIGEST])
{
    return set->slot_count != 0 && is_same(slot_of(set, digest), digest);
}

bool snapshot_digests_is_crowded(const struct snapshot_digests *set,
                                 const uint8_t digest[static SNAPSHOT_DIGEST])
{
    struct reader reader = reader_over((struct bytes){digest, SNAPSHOT_DIGEST});
    size_t at = reader_u64(&reader);
    for (size_t i = 0; i < CROWD && set->slot_count != 0; i++) {
        const uint8_t *slot = set->slots + ((at + i) & (set->slot_count - 1)) * SNAPSHOT_DIGEST;
        if (is_same(slot, none) || is_same(slot, digest)) {
            return false;
        }
    }
    return set->slot_count != 0;
}

static struct status grow(struct snapshot_digests *set)
{
    struct snapshot_digests next = {.mem = set->mem};
    void *memory;
    next.slot_count = set->slot_count == 0 ? SLOTS_MIN : 2 * set->slot_count;
    TRY(mem_alloc(set->mem, next.slot_count * SNAPSHOT_DIGEST, &memory));
    next.slots = memory;
    for (size_t i = 0; i < set->slot_count; i++) {
        const uint8_t *digest = set->slots + i * SNAPSHOT_DIGEST;
        if (!is_same(digest, none)) {
            memcpy(slot_of(&next, digest), digest, SNAPSHOT_DIGEST);
            next.count++;
        }
    }
    INVARIANT(next.count == set->count);
    snapshot_digests_clear(set);
    *set = next;
    return OK;
}

struct status snapshot_digests_add(struct snapshot_digests *set,
                                   const uint8_t digest[static SNAPSHOT_DIGEST])
{
    if (is_same(digest, none) || snapshot_digests_has(set, digest)) {
        return OK; /* nothing has the digest of zeros */
    }
    if (2 * (set->count + 1) > set->slot_count) {
        TRY(grow(set));
    }
    memcpy(slot_of(set, digest), digest, SNAPSHOT_DIGEST);
    set->count++;
    return OK;
}

void snapshot_digests_clear(struct snapshot_digests *set)
{
    void *memory = set->slots;
    mem_free(set->mem, &memory);
    *set = (struct snapshot_digests){.mem = set->mem};
}
