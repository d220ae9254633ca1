#include "coffer/cli.h"
#include "coffer/commands.h"

int main(int argc, char **argv)
{
    static const struct cli_command *const table[] = {
#ifndef COFFER_PRODUCTION
        &cmd_dev,
#endif
        &cmd_status, &cmd_doctor, &cmd_audit_verify, &cmd_version,
    };
    return (int)cli_main(table, sizeof table / sizeof table[0], argc, argv);
}
