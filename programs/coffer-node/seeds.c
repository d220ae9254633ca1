/* A production build gets its root from the cluster or from an attested KMS; until it has one it
 * serves its status and refuses everything else. Who is registered only the chain says. */
#ifdef COFFER_PRODUCTION
#    include "coffer-node/setup.h"

struct bytes setup_default_trust(void)
{
    return (struct bytes){NULL, 0};
}

struct status setup_seeds(struct setup *setup, const struct options *options)
{
    (void)setup;
    (void)options;
    return OK;
}

struct status setup_rows(struct setup *setup, const struct options *options)
{
    (void)setup;
    (void)options;
    return OK;
}

void setup_rows_close(struct setup *setup)
{
    (void)setup;
}
#else
typedef int seeds_are_in_seeds_dev;
#endif
