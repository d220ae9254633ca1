#include "coffer/commands.h"
#include "coffer/node_api.h"

static enum cli_exit ask(struct cli *cli, struct node_api *api, const char *where)
{
    struct node_api_answer answer;
    struct status status = node_api_call(api, "/status", (struct bytes){0}, &answer);
    if (!status_is_ok(status)) {
        return node_api_fail(cli, status, where);
    }
    if (answer.http != 200 || answer.json.root == NULL) {
        return node_api_refused(cli, &answer);
    }
    out_string(&cli->out, "url", where);
    out_raw(&cli->out, "status", answer.body);
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit run(struct cli *cli)
{
    const char *where = cli_value(cli, "--node", NODE_API_DEFAULT);
    struct node_api api;
    struct status status = node_api_open(&api, &cli->arena, where);
    enum cli_exit result =
        status_is_ok(status) ? ask(cli, &api, where) : node_api_fail(cli, status, where);
    node_api_close(&api);
    return result;
}

static const struct cli_option options[] = {NODE_API_OPTION};

const struct cli_command cmd_status = {
    .name = "status",
    .arguments = "",
    .summary = "Show what a running node says about itself",
    .help = "Example:\n"
            "  coffer status --node http://127.0.0.1:4000\n",
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run,
};
