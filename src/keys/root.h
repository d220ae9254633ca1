/* The root of one epoch, and what is derived from it directly.
 *
 * PRK = HKDF-Extract(salt "coffer/v2/root", M); everything else is a label under it. Used by
 * tenants, app_keys.h, values and the cluster. Source: formats, section 4. */
#ifndef COFFER_KEYS_ROOT_H
#define COFFER_KEYS_ROOT_H

#include <stdint.h>

#include "base/secret.h"
#include "digest/hmac_sha256.h"
#include "keys/domain.h"

enum { ROOT_INCARNATION = 16 };

/* A prepared root. *secret*. */
struct root {
    struct hmac_sha256_key prk;
    uint32_t epoch;
    uint8_t domain[DOMAIN_ID];
};

void root_wipe(struct root *root);

/* Prepare a root. In: master, *secret*; domain, the id of the deployment. Timing: constant. */
void root_init(struct root *root, const struct secret32 *master,
               const uint8_t domain[static DOMAIN_ID], uint32_t epoch);

/* The native seed of a tenant. Out: *ret_seed, *secret*; no route returns it. Timing: constant. */
void root_tenant_seed(const struct root *root, const uint8_t tenant[static DOMAIN_TENANT_ID],
                      struct secret32 *ret_seed);

/* The key under which the audit trail hides a tenant's usernames. Timing: constant. */
void root_pseudonym_key(const struct root *root, const uint8_t tenant[static DOMAIN_TENANT_ID],
                        struct secret32 *ret_key);

/* The key that a tenant's stored values are sealed under. Timing: constant. */
void root_values_key(const struct root *root, const uint8_t tenant[static DOMAIN_TENANT_ID],
                     struct secret32 *ret_key);

/* The keys of snapshots, and of messages between nodes. Timing: constant. */
void root_snapshot_key(const struct root *root, struct secret32 *ret_key);
void root_sync_key(const struct root *root, struct secret32 *ret_key);

/* The key that sessions of users are made with, in one incarnation of the cluster: after a restore
 * those of before are void. Timing: constant. */
void root_session_key(const struct root *root, const uint8_t incarnation[static ROOT_INCARNATION],
                      struct secret32 *ret_key);

/* What is published to recognise a root by: SHA-256 of the bytes under the label of the check.
 * Of epoch 0 it is root_master_hash. Out: ret_hash, public. Timing: constant. */
void root_check_hash(const struct root *root, uint8_t ret_hash[static 32]);

/* Keccak-256 of M itself: what is on the chain for epoch 0. In: master, *secret*.
 * Out: ret_hash, public. Timing: constant. */
void root_master_hash(const struct secret32 *master, uint8_t ret_hash[static 32]);

#endif
