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

/* One member of the answer's member node. */
static void put_fact(struct json_out *json, const struct json_in *node, const char *from,
                     const char *name)
{
    struct json_in member;
    struct bytes text = {NULL, 0};
    if (json_in_find(node, from, &member)) {
        (void)json_in_string(&member, &text);
    }
    json_out_member_string(json, name, text);
}

/* The file that clients of apps need, from what the node says about itself: on one machine nobody
 * else could say it. */
static struct status write_facts(struct cli *cli, const char *url, const char *data)
{
    struct node_api api;
    struct node_api_answer answer;
    struct json_in node;
    uint8_t memory[2048];
    struct buf text = buf_over(memory, sizeof memory);
    struct json_out json = json_out_over(&text);
    struct status status = node_api_open(&api, &cli->arena, url);
    status =
        status_is_ok(status) ? node_api_call(&api, "/status", (struct bytes){0}, &answer) : status;
    node_api_close(&api);
    TRY(status);
    if (answer.json.root == NULL) {
        return FAIL(UNAVAILABLE);
    }
    struct json_in root = json_in_root(&answer.json);
    TRY(json_in_member(&root, "node", &node));
    json_out_object(&json);
    json_out_member_string(&json, "domain_id", node_api_text(&answer, "domain_id"));
    json_out_name(&json, "nodes");
    json_out_array(&json);
    json_out_object(&json);
    json_out_member_text(&json, "url", url);
    put_fact(&json, &node, "tee_wallet", "wallet");
    put_fact(&json, &node, "tee_pubkey", "tee_pubkey");
    json_out_object_end(&json);
    json_out_array_end(&json);
    json_out_object_end(&json);
    TRY(buf_check(&text));
    return node_process_write(data, NODE_PROCESS_FACTS, buf_bytes(&text));
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
    struct node_process_setup setup = {
        .data = data, .listen = listen, .rows = cli_value(cli, "--registry-file", NULL)};
    struct status status = node_process_start(&setup, &node);
    if (!status_is_ok(status)) {
        return fail_start(cli, status, data);
    }
    if (!status_is_ok(node_process_ready(&node, url))) {
        (void)node_process_stop(&node);
        return cli_fail_text(cli, "UNAVAILABLE", "the node did not start",
                             "see its last lines above; coffer doctor looks for the usual reasons");
    }
    /* Clients of apps speak HTTP over TCP. */
    status = is_unix ? OK : write_facts(cli, url, data);
    if (!status_is_ok(status)) {
        (void)node_process_stop(&node);
        return fail_start(cli, status, data);
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
    {"--registry-file", "FILE", "which apps are registered; docs/apps.md shows one"},
};

const struct cli_command cmd_dev = {
    .name = "dev",
    .arguments = "",
    .summary = "Run a development node on this machine until it is stopped",
    .help =
        "The node makes a development seed at its first start and keeps it in the data folder.\n"
        "It listens on loopback or a unix socket only and logs to standard error. With --json one\n"
        "object is written as soon as the node answers. What apps need to find it is written to\n"
        "deployment.json in the data folder; the node's keys are new at each start.\n\n"
        "Example:\n"
        "  coffer dev --data /tmp/coffer --listen 127.0.0.1:4010\n",
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run,
};
