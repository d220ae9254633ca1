#include <stdio.h>

#include "coffer-node/setup.h"

/* Beside the quotas of values and strict records, of which an eighth more may change: nonces,
 * envelopes and two values. */
enum { STATE_SPARE = 256 * 1024 * 1024 };

struct status setup_apps(struct setup *setup)
{
    if (!setup->has_registry) {
        return OK;
    }
    (void)snprintf(setup->about, sizeof setup->about, "the identity of the node");
    if (setup->odyn != NULL) {
        TRY(setup_odyn_identity(setup));
    } else {
        TRY(node_identity_open(&setup->entropy, &setup->identity));
    }
    mem_init(&setup->state, (size_t)LIMIT_KV_ALL_APPS_BYTES + LIMIT_KV_SYSTEM_BYTES +
                                LIMIT_KV_WAITING_BYTES + LIMIT_STRICT_BYTES / 8 * 9 + STATE_SPARE);
    setup->apps = (struct service_apps){
        .registry = setup->registry,
        .identity = setup->identity,
        .roots = setup->roots,
        .root_source = setup->root_source,
        .rate = {(uint32_t)setup->config.app_rate, (uint32_t)setup->config.app_burst},
        .limits = kv_limits_default(),
        .mem = &setup->state,
    };
    return setup_attestation(setup);
}

void setup_apps_close(struct setup *setup)
{
    node_identity_close(&setup->identity);
    root_keyring_close(&setup->roots);
}
