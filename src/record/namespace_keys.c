#include "record/namespace_keys.h"

#include "keys/app_keys.h"

static void add_v1(const struct namespace_keys *from, const uint8_t tenant[static DOMAIN_TENANT_ID],
                   struct value_seal_keys *keys)
{
    SECRET32(key);
    uint8_t app[V1_APPS_ID];
    const struct secret32 *master = root_keyring_master(from->roots, 0);
    if (master != NULL && v1_apps_find(from->apps, tenant, app)) {
        app_keys_v1_data(master, app, &key);
        value_seal_keys_v1(keys, &key, true);
    }
}

void namespace_keys_of(const struct namespace_keys *from,
                       const uint8_t tenant[static DOMAIN_TENANT_ID],
                       struct value_seal_keys *ret_keys)
{
    SECRET32(key);
    value_seal_keys_init(ret_keys, from->domain, tenant);
    for (uint32_t epoch = 0; epoch < VALUE_SEAL_EPOCHS; epoch++) {
        const struct root *root = root_keyring_root(from->roots, epoch);
        if (root != NULL) {
            root_values_key(root, tenant, &key);
            value_seal_keys_add(ret_keys, epoch, &key);
        }
    }
    value_seal_keys_seal_with(ret_keys, root_keyring_newest_epoch(from->roots));
    if (from->apps != NULL) {
        add_v1(from, tenant, ret_keys);
    }
}
