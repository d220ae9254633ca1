#include "base/arena.h"

#include <string.h>
#include <sys/mman.h>

#include "base/checked.h"
#include "base/invariant.h"
#include "base/secret.h"

enum {
    ALIGNMENT = 16,
    /* What stays resident between requests; the rest is returned to the kernel. */
    RESIDENT_MAX = 256 * 1024,
};

struct status arena_init(struct arena *arena, size_t cap)
{
    *arena = (struct arena){0};
    INVARIANT(cap >= 4096 && cap <= (size_t)1 << 36);
    void *memory =
        mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        return FAIL(NO_MEMORY);
    }
    madvise(memory, cap, MADV_DONTDUMP);
    *arena = (struct arena){memory, cap, 0};
    return OK;
}

void arena_deinit(struct arena *arena)
{
    if (arena->base != NULL) {
        arena_reset(arena);
        munmap(arena->base, arena->cap);
    }
    *arena = (struct arena){0};
}

void *arena_alloc(struct arena *arena, size_t len)
{
    size_t padded = 0;
    if (!checked_add_size(len, ALIGNMENT - 1, &padded)) {
        return NULL;
    }
    padded -= padded % ALIGNMENT;
    if (padded > arena->cap - arena->used) {
        return NULL;
    }
    void *memory = arena->base + arena->used;
    arena->used += padded;
    return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t len = 0;
    return checked_mul_size(count, size, &len) ? arena_alloc(arena, len) : NULL;
}

struct buf arena_open(struct arena *arena)
{
    return buf_over(arena->base + arena->used, arena->cap - arena->used);
}

void arena_close(struct arena *arena, const struct buf *buf)
{
    INVARIANT(buf->ptr == arena->base + arena->used);
    INVARIANT(arena_alloc(arena, buf->len) == buf->ptr || buf->failed);
}

#ifndef MADV_DONTNEED_LOCKED
#    define MADV_DONTNEED_LOCKED 24 /* Linux 5.18 */
#endif

/* Dropped pages read as zeros again: both the wipe and the return of the memory. Where all memory
 * of the process is locked the kernel wants that said, and an old one does not do it at all. */
static bool drop(uint8_t *memory, size_t len)
{
    return madvise(memory, len, MADV_DONTNEED) == 0 ||
           madvise(memory, len, MADV_DONTNEED_LOCKED) == 0;
}

void arena_reset(struct arena *arena)
{
    if (arena->used > RESIDENT_MAX && drop(arena->base + RESIDENT_MAX, arena->cap - RESIDENT_MAX)) {
        arena->used = RESIDENT_MAX;
    }
    secret_wipe(arena->base, arena->used);
    arena->used = 0;
}

void arena_rewind(struct arena *arena, size_t mark)
{
    INVARIANT(mark <= arena->used);
    secret_wipe(arena->base + mark, arena->used - mark);
    arena->used = mark;
}

struct status arena_copy(struct arena *arena, struct bytes data, struct bytes *ret_copy)
{
    *ret_copy = (struct bytes){NULL, 0};
    uint8_t *memory = arena_alloc(arena, data.len);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    if (data.len != 0) {
        memcpy(memory, data.ptr, data.len);
    }
    *ret_copy = (struct bytes){memory, data.len};
    return OK;
}
