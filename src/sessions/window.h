/* Which counters of sessions were used: a window of 64 for each session that has asked lately.
 *
 * The first counter of a session may be any; from then on, what is 64 or more below the greatest is
 * too old, and what was used is spent. A window is forgotten WINDOW_LIFE_MS after it was looked at
 * last; until then a request is too old by its time (LIMIT_POP_MS either way). None goes before:
 * when all are in use, sessions without one wait. Whoever asks has shown that he has the session.
 *
 * It is of one start of one node: what is signed for another one does not count here. Any thread;
 * sessions are spread over locks. Used by the pipeline. Source: formats, section 5; formats for
 * users, section 12. */
#ifndef COFFER_SESSIONS_WINDOW_H
#define COFFER_SESSIONS_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "base/entropy.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/status.h"

enum {
    WINDOW_ID = 16,
    WINDOW_WIDE = 64,
    WINDOW_LIFE_MS = 2 * LIMIT_POP_MS,
    WINDOW_SHARDS = 16,
};

struct window;

/* In: capacity, sessions at once: WINDOW_SHARDS or more; spread by random numbers, so that a share
 * can be full a little before all are.
 * Returns: OK; NO_MEMORY; ENTROPY. On failure: *ret is NULL. */
struct status window_open(size_t capacity, const struct entropy *entropy, struct mem *mem,
                          struct window **ret);
void window_close(struct window **window);

/* Use a counter. In: id, of a session; now_ms, monotonic.
 * Returns: OK; NONCE_SPENT; NONCE_INVALID when it is too old; OVERLOADED. On failure: no counter is
 * used. */
struct status window_take(struct window *window, const uint8_t id[static WINDOW_ID],
                          uint64_t counter, uint64_t now_ms);

#endif
