/* What is remembered of keys when their entries are gone: a mark of 8 bytes each. Private to this
 * module.
 *
 * A mark says of one key that it was derived, whether a signature of it was verified in full, and
 * which account of it was kept. It is made of sums under a key of the process, so it tells nothing,
 * and fits no other key and no other account. There are KEY_MEMORY_WAYS places for a mark; where
 * all are taken, the oldest gives way. Whoever calls holds the lock of the shard. */
#ifndef COFFER_KEYS_CACHE_KEY_MEMORY_INTERNAL_H
#define COFFER_KEYS_CACHE_KEY_MEMORY_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

enum { KEY_MEMORY_WAYS = 8 };

struct key_mark {
    uint32_t key;     /* of id and key; 0: free */
    uint32_t account; /* of these and an account, 31 bits, 0: none; lowest bit: verified */
};

enum { KEY_MARK_VERIFIED = 1 };

struct key_memory {
    struct key_mark *marks; /* [sets][KEY_MEMORY_WAYS] */
    uint32_t sets;
};

/* The mark of a key, all zero when there is none. In: place, any number that belongs to the key;
 * key, not 0. */
struct key_mark key_memory_find(const struct key_memory *memory, uint32_t place, uint32_t key);

/* Remember a mark: what it has besides what is known of its key. An account takes the place of the
 * one before. In: mark, with a key. */
void key_memory_note(struct key_memory *memory, uint32_t place, struct key_mark mark);

#endif
