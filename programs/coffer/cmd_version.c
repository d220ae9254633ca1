#include <openssl/crypto.h>

#include "base/profile.h"
#include "base/version.h"
#include "coffer/commands.h"

static enum cli_exit run_version(struct cli *cli)
{
    out_string(&cli->out, "version", VERSION_TEXT);
    out_string(&cli->out, "profile", PROFILE_TEXT);
    out_string(&cli->out, "compiler", __VERSION__);
    out_string(&cli->out, "openssl", OpenSSL_version(OPENSSL_VERSION));
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

const struct cli_command cmd_version = {
    .name = "version",
    .arguments = "",
    .summary = "Show the version, the profile and what it was built with",
    .help = "",
    .run = run_version,
};
