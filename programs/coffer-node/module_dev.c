#include <stdio.h>

#include "coffer-node/setup.h"
#include "enclave/simulated_module_dev.h"

struct status setup_module(struct setup *setup)
{
    const struct simulated_module_dev_setup parts = {.image = SIMULATED_MODULE_DEV_IMAGE,
                                                     .clock = clock_system(),
                                                     .entropy = setup->entropy,
                                                     .mem = &setup->mem};
    (void)snprintf(setup->about, sizeof setup->about, "the simulated security module");
    TRY(simulated_module_dev_open(&parts, &setup->simulated));
    setup->module = simulated_module_dev_port(setup->simulated);
    return OK;
}

void setup_module_close(struct setup *setup)
{
    simulated_module_dev_close(&setup->simulated);
}
