/* Intents that wait for their outcome, while a trail is checked: fixed memory, no order.
 * An intent and its outcome name the same request, user, key and operation.
 * Used by audit/audit_verify.h. Finding costs a few steps; a full table takes no more. */
#ifndef COFFER_AUDIT_AUDIT_INTENTS_H
#define COFFER_AUDIT_AUDIT_INTENTS_H

#include <stdbool.h>
#include <stdint.h>

enum { AUDIT_INTENTS_SLOTS = 16384 };

/* A table; zeros are an empty one. count of a slot is 0 where it is free. */
struct audit_intents {
    uint64_t keys[AUDIT_INTENTS_SLOTS];
    uint32_t counts[AUDIT_INTENTS_SLOTS];
    uint32_t used;
};

/* Remember one more. In: key, of what it names, well mixed. Returns: false: there is no room. */
bool audit_intents_add(struct audit_intents *intents, uint64_t key);

/* Forget one. Returns: whether there was one. */
bool audit_intents_take(struct audit_intents *intents, uint64_t key);

/* Forget all. Returns: how many there were. */
uint64_t audit_intents_clear(struct audit_intents *intents);

#endif
