#include "keys/root.h"

#include <string.h>

#include "base/invariant.h"
#include "digest/hkdf_sha256.h"
#include "digest/keccak256.h"
#include "digest/sha256.h"
#include "keys/label.h"

void root_wipe(struct root *root)
{
    secret_wipe(root, sizeof *root);
}

void root_init(struct root *root, const struct secret32 *master,
               const uint8_t domain[static DOMAIN_ID], uint32_t epoch)
{
    SECRET32(prk);
    hkdf_sha256_extract(BYTES_LITERAL("coffer/v2/root"), BYTES_ARRAY(master->b), &prk);
    hmac_sha256_key_init(&root->prk, BYTES_ARRAY(prk.b));
    memcpy(root->domain, domain, DOMAIN_ID);
    root->epoch = epoch;
}

/* In: label, with what it has beside domain and epoch. */
static void expand(const struct root *root, struct label *label, struct secret32 *ret)
{
    label_set(label, LABEL_DOMAIN, BYTES_ARRAY(root->domain));
    label_set_epoch(label, root->epoch);
    struct status status = label_expand(&root->prk, label, ret->b, sizeof ret->b);
    INVARIANT(status_is_ok(status));
}

/* In: tenant, NULL where the purpose has none. */
static void derive(const struct root *root, enum label_purpose purpose, const uint8_t *tenant,
                   struct secret32 *ret)
{
    struct label label = label_start(purpose);
    if (tenant != NULL) {
        label_set(&label, LABEL_TENANT, (struct bytes){tenant, DOMAIN_TENANT_ID});
    }
    expand(root, &label, ret);
}

void root_tenant_seed(const struct root *root, const uint8_t tenant[static DOMAIN_TENANT_ID],
                      struct secret32 *ret_seed)
{
    derive(root, LABEL_TENANT_SEED, tenant, ret_seed);
}

void root_pseudonym_key(const struct root *root, const uint8_t tenant[static DOMAIN_TENANT_ID],
                        struct secret32 *ret_key)
{
    derive(root, LABEL_PSEUDONYM, tenant, ret_key);
}

void root_values_key(const struct root *root, const uint8_t tenant[static DOMAIN_TENANT_ID],
                     struct secret32 *ret_key)
{
    derive(root, LABEL_VALUES, tenant, ret_key);
}

void root_snapshot_key(const struct root *root, struct secret32 *ret_key)
{
    derive(root, LABEL_SNAPSHOT, NULL, ret_key);
}

void root_sync_key(const struct root *root, struct secret32 *ret_key)
{
    derive(root, LABEL_SYNC, NULL, ret_key);
}

void root_session_key(const struct root *root, const uint8_t incarnation[static ROOT_INCARNATION],
                      struct secret32 *ret_key)
{
    struct label label = label_start(LABEL_SESSION);
    label_set(&label, LABEL_INCARNATION, (struct bytes){incarnation, ROOT_INCARNATION});
    expand(root, &label, ret_key);
}

void root_check_hash(const struct root *root, uint8_t ret_hash[static 32])
{
    SECRET32(check);
    derive(root, LABEL_ROOT_CHECK, NULL, &check);
    sha256_hash(BYTES_ARRAY(check.b), ret_hash);
}

void root_master_hash(const struct secret32 *master, uint8_t ret_hash[static 32])
{
    keccak256_hash(BYTES_ARRAY(master->b), ret_hash);
}
