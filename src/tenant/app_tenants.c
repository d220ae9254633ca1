#include "tenant/app_tenants.h"

#include <string.h>

#include "base/invariant.h"
#include "base/secret.h"
#include "starknet/chain.h"
#include "tenant/tenant_internal.h"

enum { CHAINS = 2 };

struct slot {
    struct tenant tenant;
    uint64_t used; /* when it was asked for last, in requests; 0: never */
};

struct app_tenants {
    struct domain domain;
    const struct root *root;
    struct key_cache *cache;
    struct mem *mem;
    uint64_t requests;
    struct felt chains[CHAINS];
    struct account_class classes[TENANT_CLASSES_MAX];
    size_t class_count;
    struct slot slots[APP_TENANTS_KEPT];
    struct tenant_secrets *secrets; /* [APP_TENANTS_KEPT], locked */
};

static const size_t secrets_len = APP_TENANTS_KEPT * sizeof(struct tenant_secrets);

static void add_class(struct app_tenants *table, const struct account_class *class)
{
    INVARIANT(table->class_count < TENANT_CLASSES_MAX);
    table->classes[table->class_count++] = *class;
}

static void set_defaults(struct app_tenants *table)
{
    INVARIANT(status_is_ok(chain_read(BYTES_LITERAL("SN_MAIN"), &table->chains[0])));
    INVARIANT(status_is_ok(chain_read(BYTES_LITERAL("SN_SEPOLIA"), &table->chains[1])));
    size_t known;
    const struct account_class *classes = account_class_known(&known);
    const struct account_class *first = account_class_default();
    add_class(table, first);
    for (size_t i = 0; i < known; i++) {
        if (&classes[i] != first) {
            add_class(table, &classes[i]);
        }
    }
}

struct status app_tenants_open(const struct domain *domain, const struct root *root,
                               struct key_cache *cache, struct mem *mem, struct app_tenants **ret)
{
    *ret = NULL;
    void *block;
    TRY(mem_alloc(mem, sizeof(struct app_tenants), &block));
    struct app_tenants *table = block;
    *table = (struct app_tenants){.domain = *domain, .root = root, .cache = cache, .mem = mem};
    set_defaults(table);
    void *secrets;
    struct status status = secret_alloc(secrets_len, &secrets);
    table->secrets = secrets;
    if (!status_is_ok(status)) {
        app_tenants_close(&table);
    }
    *ret = table;
    return status;
}

void app_tenants_close(struct app_tenants **table)
{
    if (*table == NULL) {
        return;
    }
    void *secrets = (*table)->secrets;
    secret_free(&secrets, secrets_len);
    struct mem *mem = (*table)->mem;
    void *block = *table;
    mem_free(mem, &block);
    *table = NULL;
}

/* What an app may sign: transactions of its users' own accounts, and nothing that is opaque. */
static struct policy_rules default_rules(const struct app_tenants *table)
{
    return (struct policy_rules){
        .chains = table->chains,
        .chain_count = CHAINS,
        .query = true,
        .fee_ceiling = {0x6bc75e2d63100000, 5}, /* 10^20 fri: 100 STRK, as for local tenants */
    };
}

static void fill(struct app_tenants *table, size_t index, const uint8_t id[static DOMAIN_TENANT_ID])
{
    struct tenant *tenant = &table->slots[index].tenant;
    struct tenant_secrets *secrets = &table->secrets[index];
    secret_wipe(secrets, sizeof *secrets);
    *tenant = (struct tenant){
        .kind = TENANT_APP,
        .seed = TRUST_NATIVE,
        .derivation = TRUST_V2,
        .seed_epoch = table->root->epoch,
        .assurance = TRUST_ASSERTED_APP,
        .rules = default_rules(table),
        .fees = fee_table_default,
        .classes = table->classes,
        .class_count = table->class_count,
        .secrets = secrets,
    };
    memcpy(tenant->id, id, DOMAIN_TENANT_ID);
    SECRET32(bytes);
    root_pseudonym_key(table->root, id, &bytes);
    tenant_set_pseudonym(secrets, id, &bytes, table->cache);
    root_tenant_seed(table->root, id, &bytes);
    user_keys_init(&secrets->keys, id, USER_KEYS_V2, &bytes, table->cache);
    secrets->has_seed = true;
}

static bool holds(const struct slot *slot, const uint8_t id[static DOMAIN_TENANT_ID])
{
    struct bytes wanted = {id, DOMAIN_TENANT_ID};
    return slot->used != 0 && bytes_equal(BYTES_ARRAY(slot->tenant.id), wanted);
}

/* Where the tenant is, or the one that was unused for longest. */
static size_t find_place(const struct app_tenants *table, const uint8_t id[static DOMAIN_TENANT_ID])
{
    size_t oldest = 0;
    for (size_t i = 0; i < APP_TENANTS_KEPT; i++) {
        const struct slot *slot = &table->slots[i];
        if (holds(slot, id)) {
            return i;
        }
        if (slot->used < table->slots[oldest].used) {
            oldest = i;
        }
    }
    return oldest;
}

struct status app_tenants_get(struct app_tenants *table, const uint8_t app_id[static 32],
                              const struct tenant **ret)
{
    *ret = NULL;
    uint8_t id[DOMAIN_TENANT_ID];
    TRY(domain_app_tenant(&table->domain, app_id, id));
    size_t index = find_place(table, id);
    struct slot *slot = &table->slots[index];
    if (!holds(slot, id)) {
        fill(table, index, id);
    }
    slot->used = ++table->requests;
    *ret = &slot->tenant;
    return OK;
}
