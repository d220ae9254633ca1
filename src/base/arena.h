/* One bounded arena per request: bump allocation, everything given back and wiped at once.
 *
 * Pages come from the kernel on first touch and go back after an unusually large request, so an
 * idle arena costs little. Used by the pipeline and by the JSON reader. One thread at a time. */
#ifndef COFFER_BASE_ARENA_H
#define COFFER_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

struct arena {
    uint8_t *base;
    size_t cap;
    size_t used;
};

/* Reserve address space for cap bytes. In: cap from 4096 to 2^36.
 * Returns: OK, NO_MEMORY. On failure: the arena is empty and arena_deinit is still fine. */
struct status arena_init(struct arena *arena, size_t cap);

/* Wipe and give everything back. */
void arena_deinit(struct arena *arena);

/* len bytes, zeroed, aligned to 16; NULL when the arena is full. They live until arena_reset. */
void *arena_alloc(struct arena *arena, size_t len) __attribute__((malloc, alloc_size(2)));

/* count objects of size bytes, zeroed; NULL when count * size overflows or does not fit. */
void *arena_array(struct arena *arena, size_t count, size_t size) __attribute__((malloc));

/* All that is left, as one block whose length is not known yet: write into it, then arena_close it
 * with what was used. Nothing else may be allocated in between. */
struct buf arena_open(struct arena *arena);
void arena_close(struct arena *arena, const struct buf *buf);

/* Wipe what was used and start again. Pointers from before are dead. */
void arena_reset(struct arena *arena);

/* Give back and wipe what was allocated since used was mark; what is older stays.
 * In: mark, a value of used since the last reset. */
void arena_rewind(struct arena *arena, size_t mark);

/* A copy of data inside the arena. Returns: OK, NO_MEMORY. On failure: *ret_copy is empty. */
struct status arena_copy(struct arena *arena, struct bytes data, struct bytes *ret_copy);

#endif
