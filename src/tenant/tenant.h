/* Tenants: who the users belong to, what is allowed there, and where its keys come from.
 *
 * The set of local tenants is made from the measured configuration at start, then gets its seeds,
 * and is read only after that: every thread may use it. Tenants of apps: tenant/app_tenants.h.
 * Used by the pipeline and every operation. Source: formats, section 3. */
#ifndef COFFER_TENANT_TENANT_H
#define COFFER_TENANT_TENANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/status.h"
#include "config/trust.h"
#include "crypto/felt.h"
#include "digest/hmac_sha256.h"
#include "keys/cache/key_cache.h"
#include "keys/domain.h"
#include "keys/user_keys.h"
#include "policy/policy.h"
#include "starknet/account_class.h"
#include "starknet/fee.h"

/* The local tenant that the routes of the Starknet seed document reach. */
#define TENANT_DEFAULT "default"

enum {
    /* All known classes and all of the configuration fit. */
    TENANT_CLASSES_MAX = 64,
};

enum tenant_kind {
    TENANT_APP = 1, /* the values of formats 3 */
    TENANT_LOCAL = 2,
};

/* A tenant's record. Read only for everybody outside this module. Public; what is secret is behind
 * the two functions below. */
struct tenant {
    uint8_t id[DOMAIN_TENANT_ID];
    struct trust_name name; /* of a local tenant */
    enum tenant_kind kind;
    enum trust_seed seed;
    enum trust_derivation derivation;
    uint32_t seed_epoch;
    enum trust_assurance assurance; /* the least */
    bool export;
    bool plain_nonce; /* signatures without extra entropy */
    struct felt chains[TRUST_CHAINS_MAX];
    struct policy_rules rules; /* borrows chains */
    struct fee_table fees;
    const struct account_class *classes; /* the default comes first; kept for as long as we run */
    size_t class_count;
    const struct tenant_secrets *secrets; /* without a seed at first */
};

/* All tenants of a node. */
struct tenant_set;

/* Make the set, without seeds. In: trust, from trust_parse; mem, for the records; cache, which must
 * outlive the set.
 * Out: ret_where, what is wrong, such as `tenants[0].chains[1]`, or "".
 * Returns: OK; CONFIG_INVALID; UNKNOWN_CHAIN; UNKNOWN_ACCOUNT_CLASS; FELT_RANGE (a class hash);
 * NO_MEMORY. On failure: *ret is NULL. */
struct status tenant_set_open(const struct trust *trust, struct mem *mem, struct key_cache *cache,
                              struct tenant_set **ret, char ret_where[static CONFIG_WHERE_MAX]);

/* Wipe and free; *set becomes NULL (it may be NULL). */
void tenant_set_close(struct tenant_set **set);

/* Give the root to every tenant: native seeds of its epoch, and the keys of all pseudonyms. To be
 * called once, before anybody uses them. In: master, M_e of epoch, *secret*. Timing: constant. */
void tenant_set_root(struct tenant_set *set, const struct secret32 *master, uint32_t epoch);

/* Give an imported seed to its tenant. In: seed, *secret*.
 * Returns: OK; NOT_FOUND when no tenant of this name has an imported seed; SEED_COMMITMENT when it
 * is not the one that the configuration names; SEED_TAKEN when another tenant has it, or when this
 * tenant has one already. On failure: nothing changed. Timing: constant but for the outcome. */
struct status tenant_set_seed(struct tenant_set *set, struct bytes name,
                              const struct secret32 *seed);

/* Returns: OK when every tenant has its seed; UNAVAILABLE. */
struct status tenant_set_ready(const struct tenant_set *set);

/* What the deployment is bound to, and its id. */
struct domain tenant_domain(const struct trust *trust);
const uint8_t *tenant_set_domain(const struct tenant_set *set);

/* The tenants in the order of the configuration. Index is below the count. */
size_t tenant_set_count(const struct tenant_set *set);
const struct tenant *tenant_set_at(const struct tenant_set *set, size_t index);

/* A tenant by its id, or a local one by its name; NULL when there is none. */
const struct tenant *tenant_find(const struct tenant_set *set,
                                 const uint8_t id[static DOMAIN_TENANT_ID]);
const struct tenant *tenant_find_local(const struct tenant_set *set, struct bytes name);

/* The keys of a tenant's users. *secret*. In: a tenant that has its seed. */
const struct user_keys *tenant_keys(const struct tenant *tenant);

/* The key under which the audit trail hides their names. Out: *ret, *secret*, of the tenant.
 * Returns: OK; SELF_CHECK when it is not what it was. On failure: *ret is NULL. */
struct status tenant_pseudonym_key(const struct tenant *tenant, const struct hmac_sha256_key **ret);

/* The class that a request means: by name, or by its hash as felt text; an empty name means the
 * tenant's default. Returns: OK; UNKNOWN_ACCOUNT_CLASS. On failure: *ret is NULL. */
struct status tenant_class(const struct tenant *tenant, struct bytes name,
                           const struct account_class **ret);

#endif
