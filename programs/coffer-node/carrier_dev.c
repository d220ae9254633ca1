#include <stdio.h>
#include <string.h>

#include "carrier/root_folder.h"
#include "carrier/root_seal_dev.h"
#include "coffer-node/setup.h"
#include "enclave/simulated_module_dev.h"
#include "registry/static_registry_dev.h"

#define CARRIER_FOLDER "roots"

struct status setup_carrier(struct setup *setup)
{
    const struct seed_dev_folder folder = {.directory = setup->folder, .entropy = &setup->entropy};
    (void)snprintf(setup->about, sizeof setup->about, "%.300s/%s", setup->config.data_dir.text,
                   CARRIER_FOLDER);
    TRY(root_seal_dev_open(&folder, &setup->seal));
    struct root_folder_setup parts = {
        .directory = setup->folder,
        .name = CARRIER_FOLDER,
        .seal = root_seal_dev_port(setup->seal),
        .entropy = setup->entropy,
    };
    memcpy(parts.domain, tenant_set_domain(setup->tenants), sizeof parts.domain);
    TRY(root_folder_open(&parts, &setup->root_folder));
    setup->carrier = root_folder_port(setup->root_folder);
    return OK;
}

void setup_carrier_close(struct setup *setup)
{
    root_folder_close(&setup->root_folder);
    root_seal_dev_close(&setup->seal);
}

/* Without a chain, where the rows say. */
struct status setup_publisher(struct setup *setup)
{
    (void)snprintf(setup->about, sizeof setup->about, "root_hash_file, in the rows of a cluster");
    return static_registry_dev_publisher(setup->rows, &setup->publisher) ? OK
                                                                         : FAIL(CONFIG_INVALID);
}

struct bytes setup_attestation_root(void)
{
    return simulated_module_dev_root();
}
