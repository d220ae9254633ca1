#include "keys/root_keyring.h"

#include <stdatomic.h>
#include <string.h>

#include "base/ct.h"
#include "base/limits.h"
#include "digest/keyed_sum.h"

struct entry {
    struct secret32 master;
    struct root root;
    struct keyed_sum sum;   /* of both, but for the domain, of which the ring has its own */
    _Atomic bool installed; /* set last, so that whoever sees it sees the rest */
};

struct root_keyring {
    uint8_t domain[DOMAIN_ID];
    struct keyed_sum_key sum_key;
    _Atomic uint32_t held_back; /* from this epoch on they are not in use */
    struct entry entries[LIMIT_ROOT_EPOCHS];
};

/* What the sum of an entry is made of. */
enum { SUM_PARTS = 3 };

static void sum_parts(const struct entry *entry, struct bytes ret[static SUM_PARTS])
{
    const struct root *root = &entry->root;
    ret[0] = BYTES_ARRAY(entry->master.b);
    ret[1] = (struct bytes){(const uint8_t *)&root->prk, sizeof root->prk};
    ret[2] = (struct bytes){(const uint8_t *)&root->epoch, sizeof root->epoch};
}

struct status root_keyring_open(const uint8_t domain[static DOMAIN_ID],
                                const struct entropy *entropy, struct root_keyring **ret)
{
    *ret = NULL;
    void *memory;
    TRY(secret_alloc(sizeof(struct root_keyring), &memory));
    struct root_keyring *ring = memory;
    memcpy(ring->domain, domain, DOMAIN_ID);
    root_keyring_use_all(ring);
    struct status status = keyed_sum_key_make(entropy, &ring->sum_key);
    if (!status_is_ok(status)) {
        root_keyring_close(&ring);
        return status;
    }
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
    struct bytes parts[SUM_PARTS];
    sum_parts(entry, parts);
    entry->sum = keyed_sum_of(&ring->sum_key, parts, SUM_PARTS);
    atomic_store_explicit(&entry->installed, true, memory_order_release);
    return OK;
}

void root_keyring_hold_back(struct root_keyring *ring, uint32_t epoch)
{
    atomic_store_explicit(&ring->held_back, epoch, memory_order_release);
}

void root_keyring_use_all(struct root_keyring *ring)
{
    root_keyring_hold_back(ring, LIMIT_ROOT_EPOCHS);
}

bool root_keyring_has(const struct root_keyring *ring, uint32_t epoch)
{
    return epoch < LIMIT_ROOT_EPOCHS &&
           atomic_load_explicit(&ring->entries[epoch].installed, memory_order_acquire);
}

static struct status check_entry(const struct root_keyring *ring, uint32_t epoch)
{
    const struct entry *entry = &ring->entries[epoch];
    struct bytes parts[SUM_PARTS];
    if (!bytes_equal(BYTES_ARRAY(entry->root.domain), BYTES_ARRAY(ring->domain))) {
        return FAIL(SELF_CHECK);
    }
    sum_parts(entry, parts);
    return keyed_sum_check(&ring->sum_key, parts, SUM_PARTS, &entry->sum);
}

struct status root_keyring_check(const struct root_keyring *ring)
{
    for (uint32_t epoch = 0; epoch < LIMIT_ROOT_EPOCHS; epoch++) {
        TRY(root_keyring_has(ring, epoch) ? check_entry(ring, epoch) : OK);
    }
    return OK;
}

static const struct entry *find_epoch(const struct root_keyring *ring, uint32_t epoch)
{
    bool is_there = root_keyring_has(ring, epoch) && status_is_ok(check_entry(ring, epoch));
    return is_there ? &ring->entries[epoch] : NULL;
}

const struct root *root_keyring_root(const struct root_keyring *ring, uint32_t epoch)
{
    const struct entry *entry = find_epoch(ring, epoch);
    return entry == NULL ? NULL : &entry->root;
}

const struct secret32 *root_keyring_master(const struct root_keyring *ring, uint32_t epoch)
{
    const struct entry *entry = find_epoch(ring, epoch);
    return entry == NULL ? NULL : &entry->master;
}

uint32_t root_keyring_newest_epoch(const struct root_keyring *ring)
{
    uint32_t end = atomic_load_explicit(&ring->held_back, memory_order_acquire);
    uint32_t epoch = end > LIMIT_ROOT_EPOCHS ? LIMIT_ROOT_EPOCHS - 1 : end > 0 ? end - 1 : 0;
    while (epoch > 0 && !root_keyring_has(ring, epoch)) {
        epoch--;
    }
    return epoch;
}

const struct root *root_keyring_newest(const struct root_keyring *ring)
{
    return root_keyring_root(ring, root_keyring_newest_epoch(ring));
}

const struct root *root_keyring_oldest(const struct root_keyring *ring)
{
    uint32_t epoch = 0;
    while (epoch < LIMIT_ROOT_EPOCHS && !root_keyring_has(ring, epoch)) {
        epoch++;
    }
    return root_keyring_root(ring, epoch);
}
