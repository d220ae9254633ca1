#include "coffer/commands.h"
#include "coffer/demo_story_dev.h"
#include "coffer/demo_user_dev.h"
#include "coffer/node_api.h"

static enum cli_exit run_demo_dev(struct cli *cli)
{
    const char *where = cli_value(cli, "--node", NULL);
    struct demo_teller teller = {.cli = cli};
    enum cli_exit result = where == NULL ? demo_story_tell(cli) : demo_user_show(&teller, where);
    if (result != CLI_DONE) {
        return result;
    }
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static const struct cli_option options[] = {NODE_API_OPTION};

const struct cli_command cmd_demo = {
    .name = "demo",
    .arguments = "",
    .summary = "Run three nodes, kill them, cut one off, and show what holds, in seconds",
    .help =
        "Three nodes are started as one cluster, in a folder of their own in /tmp, with a file in\n"
        "place of the chain; all is gone afterwards. They agree on a root and give an app the "
        "same\n"
        "key; one signs for a user. Then one is killed and comes back, one is cut off, an app is\n"
        "revoked, and all three are killed and restored. The exit code is 0 only when every step\n"
        "was as it must be; otherwise the folder stays, and is named.\n\n"
        "With --node a running node is taken through the steps of a user alone.\n\n"
        "Example:\n"
        "  coffer demo\n",
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_demo_dev,
};
