/* Accounts of keys, kept for a while: an address costs more than a signature.
 *
 * Public data. Every address is computed twice and compared before it is kept or shown.
 * One per worker. Used by the operations that sign or show accounts.
 * Source: formats, section 11. */
#ifndef COFFER_TENANT_ADDRESS_CACHE_H
#define COFFER_TENANT_ADDRESS_CACHE_H

#include <stdbool.h>

#include "base/mem.h"
#include "base/status.h"
#include "crypto/felt.h"
#include "starknet/account.h"
#include "tenant/tenant.h"

enum {
    ADDRESS_CACHE_SETS = 2048,
    ADDRESS_CACHE_WAYS = 4,
};

struct address_cache {
    struct account entry[ADDRESS_CACHE_SETS][ADDRESS_CACHE_WAYS]; /* class NULL: free */
    uint8_t next[ADDRESS_CACHE_SETS];                             /* the way to be replaced */
#ifdef COFFER_CHECKED
    bool fault; /* spoil one of the two computations; for tests */
#endif
};

/* The account of keys under a class of tenant tables, which outlive the cache.
 * Returns: OK; SELF_CHECK when two computations differ. On failure: *ret_account is zero. */
struct status address_cache_get(struct address_cache *cache, const struct account_class *class,
                                const struct account_keys *keys, struct account *ret_account);

/* The account of keys that has this address, under any class of the tenant.
 * Returns: OK; SENDER_MISMATCH when there is none; SELF_CHECK. On failure: *ret_account is zero. */
struct status address_cache_find(struct address_cache *cache, const struct tenant *tenant,
                                 const struct account_keys *keys, const struct felt *address,
                                 struct account *ret_account);

#endif
