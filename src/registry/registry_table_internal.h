/* The wallets that a view knows or is asked about. Private to registry.
 *
 * Bounded twice: so many with a grant, and so many without one, so that whoever makes wallets up
 * takes no place from those with a grant. When all without one wait to be read, the one that has
 * waited longest gives way to another, and every second one that is read is the one that came last:
 * so a crowd that comes faster than it can be read takes from everybody a share of the reads, and
 * never all of them. Entries are found by a hash whose key
 * is random. */
#ifndef COFFER_REGISTRY_REGISTRY_TABLE_INTERNAL_H
#define COFFER_REGISTRY_REGISTRY_TABLE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "registry/registry.h"

/* The kinds of entries, each with its bound. */
enum registry_table_kind {
    REGISTRY_TABLE_STRANGER,
    REGISTRY_TABLE_GRANTED,
    REGISTRY_TABLE_KINDS,
};

/* Neighbours in a list: positions plus one, 0 for none. */
struct registry_table_link {
    uint32_t before;
    uint32_t after;
};

struct registry_table_list {
    uint32_t first;
    uint32_t last;
    size_t count;
};

struct registry_entry {
    struct registry_grant grant; /* of a granted one, without deadline */
    struct eth_address wallet;
    enum registry_role role;
    enum registry_table_kind kind;
    bool is_waiting;        /* to be read */
    bool is_reading;        /* in the work of the view */
    struct status refusal;  /* of a stranger: why it has no grant, until until_ms */
    uint64_t until_ms;      /* 0: nothing is known; of a grant: 0, or it could not be read anew */
    uint64_t used_ms;       /* last lookup */
    uint64_t latest_number; /* the newest block that a grant was checked against */
    uint32_t chain;         /* next in the bucket */
    struct registry_table_link age;
    struct registry_table_link queue;
};

struct registry_table {
    struct registry_entry *entries;
    uint32_t *buckets;
    uint32_t bucket_mask;
    uint32_t used; /* positions that were in use once */
    uint32_t free; /* list of positions given back, by chain */
    size_t capacity[REGISTRY_TABLE_KINDS];
    size_t count[REGISTRY_TABLE_KINDS];
    struct registry_table_list age[REGISTRY_TABLE_KINDS]; /* last used first; strangers that wait or
                                                             are read are in no such list */
    struct registry_table_list queue[REGISTRY_TABLE_KINDS]; /* who waits, first come first */
    uint64_t key[7];
    uint64_t turns; /* strangers taken out of their queue so far */
    uint64_t evicted;
    struct mem *mem;
};

/* In: capacities of 1 to REGISTRY_VIEW_ENTRIES_MAX.
 * Returns: OK, NO_MEMORY, ENTROPY. On failure: nothing is held. */
struct status registry_table_init(struct registry_table *table, size_t strangers, size_t granted,
                                  struct mem *mem, const struct entropy *entropy);
void registry_table_deinit(struct registry_table *table);

/* The entry of a wallet in a role; NULL when there is none. */
struct registry_entry *registry_table_find(struct registry_table *table,
                                           const struct eth_address *wallet,
                                           enum registry_role role);

/* A new stranger, in place of the one that was used longest ago if there is no room.
 * Where all of them wait the first of these gives way. Returns: NULL when all are being read. */
struct registry_entry *registry_table_add(struct registry_table *table,
                                          const struct eth_address *wallet,
                                          enum registry_role role);

/* Note a lookup. */
void registry_table_touch(struct registry_table *table, struct registry_entry *entry,
                          uint64_t now_ms);

/* Queue an entry to be read, unless it is already or is being read. */
void registry_table_want(struct registry_table *table, struct registry_entry *entry);

/* Take the next one of a kind out of its queue to read it: of strangers the first and the last in
 * turn. Returns: NULL when none waits. */
struct registry_entry *registry_table_next(struct registry_table *table,
                                           enum registry_table_kind kind);

/* What came out for an entry that was being read: a grant; a refusal that is kept until until_ms;
 * or nothing, so that a stranger is refused with REGISTRY_LOST until then and a grant stays as it
 * is, but for until_ms. A refused entry may be gone after that. */
void registry_table_grant(struct registry_table *table, struct registry_entry *entry,
                          const struct registry_grant *grant, uint64_t latest_number);
void registry_table_refuse(struct registry_table *table, struct registry_entry *entry,
                           struct status refusal, uint64_t until_ms);
void registry_table_fail(struct registry_table *table, struct registry_entry *entry,
                         uint64_t until_ms);

/* Forget all grants; who was used since since_ms waits to be read. None may be being read. */
void registry_table_drop_grants(struct registry_table *table, uint64_t since_ms);

/* Queue the granted ones that were used since since_ms, were seen before seen_ms and were not
 * checked against block latest_number or a later one. */
void registry_table_refresh(struct registry_table *table, uint64_t since_ms, uint64_t seen_ms,
                            uint64_t latest_number);

#endif
