/* Values of apps: the one owner of the store.
 *
 * The store is a state machine of one thread. Whoever works on it is its owner for one step, under
 * one lock: a record, or a page of a list. So all changes have one order, which is the feed's. A
 * step must be short, and must not call back into values. Used by the operations on values.
 * Any thread. */
#ifndef COFFER_STORE_VALUES_H
#define COFFER_STORE_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "store/kv.h"

struct values;

/* What the store is made of. mem outlives it. */
struct values_setup {
    struct kv_limits limits;
    const uint8_t *node; /* [VECTOR_CLOCK_WALLET]: the wallet that counts writes here */
    struct mem *mem;
    struct clock clock;
    struct entropy entropy;
};

/* A page of keys. found lives in the arena that it was read into, with all that it names. */
struct values_page {
    struct kv_found *found;
    size_t count;
    bool more;
    struct bytes next;
};

/* Returns: OK; NO_MEMORY. On failure: *ret is NULL. */
struct status values_open(const struct values_setup *setup, struct values **ret);
void values_close(struct values **values);

/* Drop all records. No feed may be open. */
void values_empty(struct values *values);

/* True for a key that can be written: 1 to LIMIT_KV_KEY bytes of UTF-8 without control characters,
 * so that a path can name it too. */
bool values_key_valid(struct bytes key);

/* What is done in the same step as a write, by who wants to know of it: may, before it, whose
 * failure is the write's; done, once it is there. Both as short as any step. */
struct values_also {
    void *context;
    struct status (*may)(void *context);
    void (*done)(void *context);
};

/* As kv_put, kv_delete and kv_get; keys is *secret*; the nonce is made here; also may be NULL.
 * ret_found->key is the key that was asked for. Returns: also ENTROPY, and what also says. */
struct status values_put(struct values *values, const struct value_seal_keys *keys,
                         struct kv_write *write, const struct values_also *also,
                         struct kv_found *ret_found);
struct status values_delete(struct values *values, const struct value_seal_keys *keys,
                            struct kv_write *write, const struct values_also *also,
                            struct kv_found *ret_found);
struct status values_get(struct values *values, const struct value_seal_keys *keys,
                         const struct kv_read *read, struct buf *ret_value,
                         struct kv_found *ret_found);

/* The same for a record of the system, which never goes. */
struct status values_put_system(struct values *values, const struct value_seal_keys *keys,
                                struct kv_write *write, struct kv_found *ret_found);

/* True when there is a record of this key, visible or not. In: tenant, whose namespace it is. */
bool values_has(struct values *values, const uint8_t tenant[static DOMAIN_TENANT_ID],
                struct bytes key);

/* As kv_list, into arena. Returns: OK; NUMBER_RANGE; NO_MEMORY. On failure: the page is empty. */
struct status values_list(struct values *values, const struct value_seal_keys *keys,
                          const struct kv_list *list, struct arena *arena,
                          struct values_page *ret_page);

/* Make one step as the owner: for what moves records between nodes (feeds, merges, what waits,
 * expiry), as many as are few. In: step, which gets context and the store. */
typedef void values_step(void *context, struct kv *kv);
void values_as_owner(struct values *values, values_step *step, void *context);

/* As kv_usage, of an app's namespace. */
struct kv_usage values_usage(struct values *values, const uint8_t tenant[static DOMAIN_TENANT_ID]);

struct kv_stats values_stats(struct values *values);

#endif
