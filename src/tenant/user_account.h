/* The accounts of users' keys: their addresses, which lie with the keys in the cache.
 *
 * Every address is computed twice and compared before it is kept or shown, but for one that it is
 * remembered of that it was kept. An entry has room for the last account of its key. Classes of a
 * tenant id are the same for as long as the cache lives: what is kept names them by their place.
 * Public data only.
 * Used by the operations that sign or show accounts. Source: formats, section 11. */
#ifndef COFFER_TENANT_USER_ACCOUNT_H
#define COFFER_TENANT_USER_ACCOUNT_H

#include <stdbool.h>

#include "base/status.h"
#include "crypto/felt.h"
#include "keys/user_keys.h"
#include "starknet/account.h"
#include "tenant/tenant.h"

/* The account of keys under a class of the tenant's. In: key, of a user of the tenant, *secret*;
 * keys, one of which is its public key. Out: key->account, unless none is; *ret_account.
 * Returns: OK; SELF_CHECK when two computations differ, or as user_keys_intact.
 * On failure: *ret_account is zero. */
struct status user_account_get(const struct tenant *tenant, struct user_key *key,
                               const struct account_class *class, const struct account_keys *keys,
                               struct account *ret_account);

/* The same for keys that are not kept: always computed twice.
 * Returns: OK; SELF_CHECK. On failure: *ret_account is zero. */
struct status user_account_once(const struct account_class *class, const struct account_keys *keys,
                                struct account *ret_account);

/* The account of keys that has this address, under the first class of the tenant that makes it.
 * Returns: OK; SENDER_MISMATCH when there is none; SELF_CHECK. On failure: *ret_account is zero. */
struct status user_account_find(const struct tenant *tenant, struct user_key *key,
                                const struct account_keys *keys, const struct felt *address,
                                struct account *ret_account);

#ifdef COFFER_CHECKED
/* The second one of two computations goes wrong; for tests. */
extern _Thread_local bool user_account_fault_planted;
#endif

#endif
