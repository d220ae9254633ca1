#include "base/secret.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/invariant.h"

static bool unlocked_is_allowed;
static atomic_bool unlocked_was_given;

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

void secret_allow_unlocked(void)
{
    unlocked_is_allowed = true;
}

bool secret_is_unlocked(void)
{
    return atomic_load_explicit(&unlocked_was_given, memory_order_relaxed);
}

static struct status lock(void *memory, size_t len)
{
    if (mlock(memory, len) == 0) {
        return OK;
    }
    if (!unlocked_is_allowed) {
        return FAIL(MEMORY_LOCK);
    }
    atomic_store_explicit(&unlocked_was_given, true, memory_order_relaxed);
    return OK;
}

/* Everything that can be refused about the inner pages. */
static struct status protect(void *memory, size_t len)
{
    if (mprotect(memory, len, PROT_READ | PROT_WRITE) != 0) {
        return FAIL(NO_MEMORY);
    }
    TRY(lock(memory, len));
    bool is_kept =
        madvise(memory, len, MADV_DONTDUMP) == 0 && madvise(memory, len, MADV_WIPEONFORK) == 0;
    return is_kept ? OK : FAIL(NO_MEMORY);
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
    struct status status = protect(memory, inner);
    if (!status_is_ok(status)) {
        munmap(outer, inner + 2 * page);
        return status;
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
