#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "coffer/commands.h"
#include "coffer/node_api.h"
#include "coffer/node_process.h"

/* What to do next, on one screen. */
static void put_next(struct cli *cli, const char *url, const char *data, bool first)
{
    char line[512];
    out_string(&cli->out, "node", url);
    out_string(&cli->out, "data", data);
    if (first) {
        out_line(&cli->out, "");
        out_line(&cli->out,
                 "A DEVELOPMENT SEED was made in the data folder (mode 0600). Every key comes");
        out_line(&cli->out,
                 "from it: anybody who reads it has them all. Never put real money on them.");
    }
    out_line(&cli->out, "");
    out_line(&cli->out, "Next, in another terminal:");
    (void)snprintf(line, sizeof line, "  curl -s -H 'Content-Type: application/json' %s/account \\",
                   url);
    out_line(&cli->out, line);
    out_line(&cli->out, "       -d '{\"username\":\"alice\",\"key_index\":0}'");
    (void)snprintf(line, sizeof line, "  coffer demo --node %s", url);
    out_line(&cli->out, line);
    out_line(&cli->out, "Ctrl-C stops the node; the data folder stays.");
    out_line(&cli->out, "");
}

static enum cli_exit fail_start(struct cli *cli, struct status status, const char *data)
{
    if (status.code == STATUS_NOT_FOUND) {
        return cli_fail_text(cli, "NOT_FOUND", "coffer-node is not beside this program",
                             "build both with make, or install both with make install");
    }
    if (status.code == STATUS_IO) {
        return cli_fail_text(cli, "IO", "the data folder cannot be written",
                             "check its owner and mode, or name another with --data");
    }
    return cli_fail(cli, status, data);
}

static bool has_seed(const char *data)
{
    char path[NODE_PROCESS_PATH_MAX + 16];
    struct stat found;
    (void)snprintf(path, sizeof path, "%s/dev-seed", data);
    return stat(path, &found) == 0;
}

static enum cli_exit run(struct cli *cli)
{
    const char *data = cli_value(cli, "--data", "coffer-data");
    const char *listen = cli_value(cli, "--listen", "127.0.0.1:4000");
    char url[NODE_PROCESS_PATH_MAX];
    bool is_unix = strncmp(listen, "unix:", 5) == 0;
    (void)snprintf(url, sizeof url, "%s%s", is_unix ? "" : "http://", listen);
    /* A node that is there already would answer in the place of the one started here. */
    if (node_api_is_healthy(url)) {
        return cli_fail(cli, FAIL(ADDRESS_IN_USE), listen);
    }
    bool first = !has_seed(data);
    struct node_process node;
    struct node_process_setup setup = {data, listen, false};
    struct status status = node_process_start(&setup, &node);
    if (!status_is_ok(status)) {
        return fail_start(cli, status, data);
    }
    if (!status_is_ok(node_process_ready(&node, url))) {
        (void)node_process_stop(&node);
        return cli_fail_text(cli, "UNAVAILABLE", "the node did not start",
                             "see its last lines above; coffer doctor looks for the usual reasons");
    }
    put_next(cli, url, data, first);
    if (!out_flush(&cli->out, true)) {
        (void)node_process_stop(&node);
        return CLI_FAILED;
    }
    return node_process_wait(&node) == 0 ? CLI_DONE : CLI_FAILED;
}

static const struct cli_option options[] = {
    {"--data", "FOLDER", "seeds, audit trail and configuration; coffer-data by default"},
    {"--listen", "ADDRESS", "127.0.0.1:4000 by default; or [::1]:PORT, unix:/path"},
};

const struct cli_command cmd_dev = {
    .name = "dev",
    .arguments = "",
    .summary = "Run a development node on this machine until it is stopped",
    .help =
        "The node makes a development seed at its first start and keeps it in the data folder.\n"
        "It listens on loopback or a unix socket only and logs to standard error. With --json one\n"
        "object is written as soon as the node answers.\n\n"
        "Example:\n"
        "  coffer dev --data /tmp/coffer --listen 127.0.0.1:4010\n",
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run,
};
