#include "pipeline/versions.h"

#include <string.h>

#include "codec/hex.h"

enum { KEY = 8 + 2 * REGISTRY_ID };

/* The namespace of the system: no hash is all zeros, so that no tenant has this id. */
static const uint8_t system_id[DOMAIN_TENANT_ID];

static struct bytes key_of(const uint8_t app_id[static REGISTRY_ID], uint8_t memory[static KEY])
{
    struct buf text = buf_over(memory, KEY);
    buf_put_text(&text, "used-v2/");
    hex_put(&text, (struct bytes){app_id, REGISTRY_ID});
    return buf_bytes(&text);
}

struct status versions_note(struct service *service, const uint8_t app_id[static REGISTRY_ID])
{
    uint8_t memory[KEY];
    struct kv_found found;
    struct kv_write write = {.key = key_of(app_id, memory)};
    SECRET(value_seal_keys, keys);
    SECRET32(key);
    if (!service->setup.trust->v1_wire || values_has(service->values, system_id, write.key)) {
        return OK;
    }
    const struct root *root = root_keyring_newest(service->setup.apps->roots);
    if (root == NULL) {
        return FAIL(UNAVAILABLE);
    }
    root_values_key(root, system_id, &key);
    value_seal_keys_init(&keys, tenant_set_domain(service->setup.tenants), system_id);
    value_seal_keys_add(&keys, root->epoch, &key);
    /* No request asked for it: its cause is the start of the node, record 0 of lane 0. */
    memcpy(write.cause, service->boot, sizeof service->boot);
    TRY(values_put_system(service->values, &keys, &write, &found));
    if (service->membership != NULL) {
        membership_wake(service->membership);
    }
    return OK;
}

struct status versions_check_v1(struct service *service, const uint8_t app_id[static REGISTRY_ID])
{
    uint8_t memory[KEY];
    if (service->membership != NULL) {
        TRY(membership_check(service->membership));
    }
    return values_has(service->values, system_id, key_of(app_id, memory)) ? FAIL(V1_AFTER_V2) : OK;
}
