#include <string.h>

#include "keys/cache/key_memory_internal.h"

static struct key_mark *set_of(const struct key_memory *memory, uint32_t place)
{
    size_t set = (size_t)((uint64_t)place * memory->sets >> 32);
    return &memory->marks[set * KEY_MEMORY_WAYS];
}

struct key_mark key_memory_find(const struct key_memory *memory, uint32_t place, uint32_t key)
{
    const struct key_mark *set = set_of(memory, place);
    for (size_t i = 0; i < KEY_MEMORY_WAYS; i++) {
        if (set[i].key == key) {
            return set[i];
        }
    }
    return (struct key_mark){0, 0};
}

/* The place of a key: its own, or the first one, for which the last one gives way. */
static struct key_mark *place_of(struct key_mark *set, uint32_t key)
{
    for (size_t i = 0; i < KEY_MEMORY_WAYS; i++) {
        if (set[i].key == key) {
            return &set[i];
        }
    }
    memmove(&set[1], &set[0], (KEY_MEMORY_WAYS - 1) * sizeof set[0]);
    set[0] = (struct key_mark){0, 0};
    return &set[0];
}

void key_memory_note(struct key_memory *memory, uint32_t place, struct key_mark mark)
{
    struct key_mark *kept = place_of(set_of(memory, place), mark.key);
    uint32_t verified = (kept->account | mark.account) & KEY_MARK_VERIFIED;
    uint32_t account = mark.account > KEY_MARK_VERIFIED ? mark.account : kept->account;
    *kept = (struct key_mark){mark.key, (account & ~(uint32_t)KEY_MARK_VERIFIED) | verified};
}
