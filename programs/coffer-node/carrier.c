/* In a production build the keys of stored roots are sealed by an attested KMS, and the hash is
 * published by the node's wallet. */
#ifdef COFFER_PRODUCTION
#    include "attestation/platform_root.h"
#    include "coffer-node/setup.h"

struct status setup_carrier(struct setup *setup)
{
    (void)setup;
    return FAIL(ROOT_CARRIER);
}

void setup_carrier_close(struct setup *setup)
{
    (void)setup;
}

struct status setup_publisher(struct setup *setup)
{
    (void)setup;
    return FAIL(CONFIG_INVALID);
}

struct bytes setup_attestation_root(void)
{
    return platform_root_der();
}
#else
typedef int carrier_is_in_carrier_dev;
#endif
