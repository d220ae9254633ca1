#include "keys/root_keyring.h"

#include <stdatomic.h>
#include <string.h>

#include "base/ct.h"
#include "base/limits.h"

struct entry {
    struct secret32 master;
    struct root root;
    _Atomic bool installed; /* set last, so that whoever sees it sees the rest */
};

struct root_keyring {
    uint8_t domain[DOMAIN_ID];
    struct entry entries[LIMIT_ROOT_EPOCHS];
};

struct status root_keyring_open(const uint8_t domain[static DOMAIN_ID], struct root_keyring **ret)
{
    *ret = NULL;
    void *memory;
    TRY(secret_alloc(sizeof(struct root_keyring), &memory));
    struct root_keyring *ring = memory;
    memcpy(ring->domain, domain, DOMAIN_ID);
    *ret = ring;
    return OK;
}

void root_keyring_close(struct root_keyring **ring)
{
    void *memory = *ring;
    secret_free(&memory, sizeof **ring);
    *ring = NULL;
}

struct status root_keyring_install(struct root_keyring *ring, uint32_t epoch,
                                   const struct secret32 *master)
{
    if (epoch >= LIMIT_ROOT_EPOCHS) {
        return FAIL(NUMBER_RANGE);
    }
    struct entry *entry = &ring->entries[epoch];
    if (atomic_load_explicit(&entry->installed, memory_order_acquire)) {
        bool same = ct_declassify(ct_equal(entry->master.b, master->b, sizeof master->b)) == 1;
        return same ? OK : FAIL(ROOT_CONFLICT);
    }
    entry->master = *master;
    root_init(&entry->root, master, ring->domain, epoch);
    atomic_store_explicit(&entry->installed, true, memory_order_release);
    return OK;
}

static const struct entry *find(const struct root_keyring *ring, uint32_t epoch)
{
    if (epoch >= LIMIT_ROOT_EPOCHS ||
        !atomic_load_explicit(&ring->entries[epoch].installed, memory_order_acquire)) {
        return NULL;
    }
    return &ring->entries[epoch];
}

const struct root *root_keyring_root(const struct root_keyring *ring, uint32_t epoch)
{
    const struct entry *entry = find(ring, epoch);
    return entry == NULL ? NULL : &entry->root;
}

const struct secret32 *root_keyring_master(const struct root_keyring *ring, uint32_t epoch)
{
    const struct entry *entry = find(ring, epoch);
    return entry == NULL ? NULL : &entry->master;
}

const struct root *root_keyring_newest(const struct root_keyring *ring)
{
    const struct root *root = NULL;
    for (uint32_t epoch = LIMIT_ROOT_EPOCHS; epoch > 0 && root == NULL; epoch--) {
        root = root_keyring_root(ring, epoch - 1);
    }
    return root;
}

const struct root *root_keyring_oldest(const struct root_keyring *ring)
{
    const struct root *root = NULL;
    for (uint32_t epoch = 0; epoch < LIMIT_ROOT_EPOCHS && root == NULL; epoch++) {
        root = root_keyring_root(ring, epoch);
    }
    return root;
}
