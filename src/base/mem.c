#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/checked.h"
#include "base/invariant.h"
#include "base/secret.h"

/* In front of every block. */
struct prefix {
    size_t len; /* of the block */
    size_t pad; /* keeps the block aligned to 16 */
};

_Static_assert(sizeof(struct prefix) % 16 == 0, "blocks are aligned to 16");

void mem_init(struct mem *mem, size_t cap)
{
    mem->cap = cap;
    atomic_init(&mem->used, 0);
    atomic_init(&mem->peak, 0);
}

/* Counts len against the budget, unless that would go over the cap. */
static bool take_budget(struct mem *mem, size_t len)
{
    size_t used = atomic_load_explicit(&mem->used, memory_order_relaxed);
    do {
        if (len > mem->cap || used > mem->cap - len) {
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(&mem->used, &used, used + len,
                                                    memory_order_relaxed, memory_order_relaxed));
    size_t peak = atomic_load_explicit(&mem->peak, memory_order_relaxed);
    while (peak < used + len &&
           !atomic_compare_exchange_weak_explicit(&mem->peak, &peak, used + len,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
    return true;
}

static void give_back(struct mem *mem, size_t len)
{
    size_t before = atomic_fetch_sub_explicit(&mem->used, len, memory_order_relaxed);
    INVARIANT(before >= len);
}

struct status mem_alloc(struct mem *mem, size_t len, void **ret)
{
    *ret = NULL;
    INVARIANT(len != 0);
    size_t whole = 0;
    if (!checked_add_size(len, sizeof(struct prefix), &whole) || !take_budget(mem, whole)) {
        return FAIL(NO_MEMORY);
    }
    struct prefix *prefix = calloc(1, whole);
    if (prefix == NULL) {
        give_back(mem, whole);
        return FAIL(NO_MEMORY);
    }
    prefix->len = len;
    *ret = prefix + 1;
    return OK;
}

void mem_free(struct mem *mem, void **block)
{
    if (*block == NULL) {
        return;
    }
    struct prefix *prefix = (struct prefix *)*block - 1;
    *block = NULL;
    size_t whole = prefix->len + sizeof *prefix;
    secret_wipe(prefix, whole);
    free(prefix);
    give_back(mem, whole);
}

size_t mem_used(const struct mem *mem)
{
    return atomic_load_explicit(&mem->used, memory_order_relaxed);
}

size_t mem_peak(const struct mem *mem)
{
    return atomic_load_explicit(&mem->peak, memory_order_relaxed);
}
