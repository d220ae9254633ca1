/* Counted heap memory with a cap: the only user of malloc.
 *
 * For buffers whose number or size follows the traffic. What is freed is wiped. Any thread. */
#ifndef COFFER_BASE_MEM_H
#define COFFER_BASE_MEM_H

#include <stdatomic.h>
#include <stddef.h>

#include "base/status.h"

/* A budget. Zeros but for cap at the start. */
struct mem {
    size_t cap;
    _Atomic size_t used;
    _Atomic size_t peak;
};

/* An empty budget of cap bytes. */
void mem_init(struct mem *mem, size_t cap);

/* len bytes, zeroed, aligned to 16. In: len from 1. Large blocks are not touched before use.
 * Returns: OK; NO_MEMORY above the cap or when the system has none. On failure: *ret is NULL. */
struct status mem_alloc(struct mem *mem, size_t len, void **ret);

/* Wipe and free a block of mem_alloc; *block becomes NULL (it may be NULL). */
void mem_free(struct mem *mem, void **block);

/* Bytes in use now, and at most so far. */
size_t mem_used(const struct mem *mem);
size_t mem_peak(const struct mem *mem);

#endif
