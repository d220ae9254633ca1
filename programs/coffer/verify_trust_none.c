/* A production build takes the simulated module from nobody. */
#ifdef COFFER_PRODUCTION
#    include "coffer/verify_trust.h"

bool verify_trust_is_dev(const struct cli *cli)
{
    (void)cli;
    return false;
}

struct status verify_trust_dev(struct verify_trust *trust)
{
    (void)trust;
    return FAIL(CERTIFICATE_ROOT);
}
#else
typedef int verify_trust_is_in_verify_trust_dev;
#endif
