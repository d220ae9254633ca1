#include "coffer/place_option.h"

#include "codec/hex.h"

enum cli_exit place_option_tenant(struct cli *cli, struct user_place *place)
{
    const char *tenant = cli_value(cli, "--tenant", PLACE_OPTION_TENANT);
    if (!status_is_ok(user_place_tenant(place->domain, bytes_of(tenant), place->tenant))) {
        return cli_usage(cli, "a tenant is a name of a-z, 0-9 and -, or 64 hex digits", "--tenant");
    }
    return CLI_DONE;
}

enum cli_exit place_option_read(struct cli *cli, struct user_place *ret)
{
    const char *domain = cli_value(cli, "--domain", NULL);
    *ret = (struct user_place){0};
    if (domain == NULL) {
        return cli_usage(cli, "the deployment is missing: its domain_id", "--domain");
    }
    if (!status_is_ok(hex_read(bytes_of(domain), sizeof ret->domain, ret->domain))) {
        return cli_usage(cli, "a domain_id has 64 hex digits", "--domain");
    }
    return place_option_tenant(cli, ret);
}
