/* What coffer verify goes by: a root, code that is trusted, and who asks for documents there. */
#ifndef COFFER_PROGRAM_VERIFY_TRUST_H
#define COFFER_PROGRAM_VERIFY_TRUST_H

#include <stdbool.h>

#include "attestation/attestation.h"
#include "client/deployment.h"
#include "coffer/cli.h"

/* The options that say it. */
#define VERIFY_TRUST_OPTIONS                                                                      \
    {"--pcrs", "FILE", "trusted code: JSON with PCR0, PCR1 and PCR2, as nitro-cli writes it"},    \
        {"--measurement", "HEX", "or its code measurement, as the registry on the chain has it"}, \
        {"--deployment", "FILE", "the deployment that it must be a node of"},                     \
        {"--kind", "module|odyn", "odyn on the Nova platform; module by default"},                \
    {                                                                                             \
        "--root", "FILE", "another root than that of AWS Nitro, in PEM or DER"                    \
    }

/* One more in a development build. */
#ifdef COFFER_PRODUCTION
#    define VERIFY_TRUST_DEV_OPTION
#else
#    define VERIFY_TRUST_DEV_OPTION \
        {"--dev", NULL, "take the simulated module of a development node, which proves nothing"},
#endif

struct verify_trust {
    bool is_dev;
    struct bytes root;
    enum attestation_maker maker;
    size_t measurement_count; /* 0 or 1, as the next */
    struct attestation_measurement measurement;
    size_t code_count;
    struct attestation_code code;
    const struct deployment *deployment; /* NULL: not named */
};

/* Read what the options name. In: needs_code, that some code has to be trusted.
 * Returns: CLI_DONE, or what is to be returned. */
enum cli_exit verify_trust_read(struct cli *cli, bool needs_code, struct verify_trust *ret);

/* Whether --dev was given, and what is taken then; each build has its own way. */
bool verify_trust_is_dev(const struct cli *cli);
struct status verify_trust_dev(struct verify_trust *trust);

#endif
