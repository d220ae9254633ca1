#include "coffer/verify_trust.h"
#include "enclave/simulated_module_dev.h"

_Static_assert((int)SIMULATED_MODULE_DEV_MEASURED == (int)ATTESTATION_MEASURED, "registers");

bool verify_trust_is_dev(const struct cli *cli)
{
    return cli_has(cli, "--dev");
}

struct status verify_trust_dev(struct verify_trust *trust)
{
    trust->root = simulated_module_dev_root();
    if (trust->measurement_count != 0 || trust->code_count != 0) {
        return OK;
    }
    trust->measurement_count = 1;
    return simulated_module_dev_measure(SIMULATED_MODULE_DEV_IMAGE, trust->measurement.pcrs);
}
