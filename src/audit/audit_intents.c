#include "audit/audit_intents.h"

#include <string.h>

enum { MASK = AUDIT_INTENTS_SLOTS - 1, FULL = AUDIT_INTENTS_SLOTS / 4 * 3 };

static uint32_t home_of(uint64_t key)
{
    return (uint32_t)(key & MASK);
}

/* The slot of a key, or the free one where it would be. */
static uint32_t slot_of(const struct audit_intents *intents, uint64_t key)
{
    uint32_t at = home_of(key);
    while (intents->counts[at] != 0 && intents->keys[at] != key) {
        at = (at + 1) & MASK;
    }
    return at;
}

bool audit_intents_add(struct audit_intents *intents, uint64_t key)
{
    uint32_t at = slot_of(intents, key);
    if (intents->counts[at] == 0) {
        if (intents->used == FULL) {
            return false;
        }
        intents->used++;
        intents->keys[at] = key;
    }
    intents->counts[at]++;
    return true;
}

/* Move up what could not be found any more behind a slot that became free. */
static void close_up(struct audit_intents *intents, uint32_t hole)
{
    uint32_t at = hole;
    for (;;) {
        at = (at + 1) & MASK;
        if (intents->counts[at] == 0) {
            return;
        }
        uint32_t home = home_of(intents->keys[at]);
        if (((at - home) & MASK) >= ((at - hole) & MASK)) {
            intents->keys[hole] = intents->keys[at];
            intents->counts[hole] = intents->counts[at];
            intents->counts[at] = 0;
            hole = at;
        }
    }
}

bool audit_intents_take(struct audit_intents *intents, uint64_t key)
{
    uint32_t at = slot_of(intents, key);
    if (intents->counts[at] == 0) {
        return false;
    }
    if (--intents->counts[at] == 0) {
        intents->used--;
        close_up(intents, at);
    }
    return true;
}

uint64_t audit_intents_clear(struct audit_intents *intents)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < AUDIT_INTENTS_SLOTS; i++) {
        count += intents->counts[i];
    }
    memset(intents, 0, sizeof *intents);
    return count;
}
