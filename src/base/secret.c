#include "base/secret.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/invariant.h"

static const size_t len_max = (size_t)1 << 40;

void secret_wipe(void *memory, size_t len)
{
    if (len != 0) {
        memset(memory, 0, len);
    }
    __asm__ volatile("" : : "r"(memory) : "memory");
}

static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Whole pages for len bytes; len is within len_max, so nothing overflows. */
static size_t inner_bytes(size_t len)
{
    size_t page = page_bytes();
    return (len + page - 1) / page * page;
}

struct status secret_alloc(size_t len, void **ret_memory)
{
    *ret_memory = NULL;
    INVARIANT(len != 0 && len <= len_max);
    size_t page = page_bytes();
    size_t inner = inner_bytes(len);
    uint8_t *outer = mmap(NULL, inner + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (outer == MAP_FAILED) {
        return FAIL(NO_MEMORY);
    }
    uint8_t *memory = outer + page;
    if (mprotect(memory, inner, PROT_READ | PROT_WRITE) != 0 || mlock(memory, inner) != 0 ||
        madvise(memory, inner, MADV_DONTDUMP) != 0 ||
        madvise(memory, inner, MADV_WIPEONFORK) != 0) {
        munmap(outer, inner + 2 * page);
        return FAIL(NO_MEMORY);
    }
    *ret_memory = memory;
    return OK;
}

void secret_free(void **memory, size_t len)
{
    if (*memory == NULL) {
        return;
    }
    size_t page = page_bytes();
    size_t inner = inner_bytes(len);
    secret_wipe(*memory, inner);
    munmap((uint8_t *)*memory - page, inner + 2 * page);
    *memory = NULL;
}
