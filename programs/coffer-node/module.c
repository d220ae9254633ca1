/* The security module of a production build is asked through Odyn; without that nothing attests
 * the node. */
#ifdef COFFER_PRODUCTION
#    include "coffer-node/setup.h"

struct status setup_module(struct setup *setup)
{
    (void)setup;
    return OK;
}

void setup_module_close(struct setup *setup)
{
    (void)setup;
}
#else
typedef int module_is_in_module_dev;
#endif
