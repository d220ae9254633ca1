/* The deployment and the tenant that texts are about, as options say them. */
#ifndef COFFER_PROGRAM_PLACE_OPTION_H
#define COFFER_PROGRAM_PLACE_OPTION_H

#include "client/user_place.h"
#include "coffer/cli.h"

#define PLACE_OPTION_TENANT "default"

#define PLACE_OPTION_TENANT_ROW                                                                  \
    {                                                                                            \
        "--tenant", "NAME", "the tenant: a local one by its name, or its id; default by default" \
    }

#define PLACE_OPTIONS                                                            \
    {"--domain", "HEX", "domain_id of the deployment, as coffer status has it"}, \
        PLACE_OPTION_TENANT_ROW

/* Read both. Returns: CLI_DONE; otherwise it has said what is wrong. */
enum cli_exit place_option_read(struct cli *cli, struct user_place *ret);

/* The tenant alone, of a domain that is known. In, Out: *place. */
enum cli_exit place_option_tenant(struct cli *cli, struct user_place *place);

#endif
