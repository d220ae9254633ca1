#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coffer/chain_dev.h"
#include "coffer/commands.h"
#include "coffer/dev_config.h"
#include "coffer/node_api.h"
#include "coffer/node_facts_dev.h"
#include "coffer/node_process.h"
#include "coffer/nodes_dev.h"
#include "config/data_folder.h"

/* A word as a shell reads it back. */
static void put_word(struct buf *line, const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+=,-";
    if (word[strspn(word, plain)] == '\0') {
        buf_put_text(line, word);
        return;
    }
    buf_put_u8(line, '\'');
    for (const char *at = word; *at != '\0'; at++) {
        buf_put_text(line, *at == '\'' ? "'\\'" : "");
        buf_put_u8(line, (uint8_t)*at);
    }
    buf_put_u8(line, '\'');
}

/* How curl is told where the node is, and what its address is called there. */
static void put_curl(struct buf *line, const char *url)
{
    bool is_unix = strncmp(url, "unix:", 5) == 0;
    buf_put_text(line, "  curl -s ");
    if (is_unix) {
        buf_put_text(line, "--unix-socket ");
        put_word(line, url + 5);
        buf_put_text(line, " ");
    }
    buf_put_text(line, "-H 'Content-Type: application/json' ");
    buf_put_text(line, is_unix ? "http://localhost" : url);
    buf_put_text(line, "/account \\\n       -d '{\"username\":\"alice\",\"key_index\":0}'\n");
}

/* As this one was called: make run calls what is not on the path. */
static void put_demo(struct buf *line, const char *url)
{
    buf_put_text(line, "  ");
    put_word(line, program_invocation_name);
    buf_put_text(line, " demo --node ");
    put_word(line, url);
}

/* Two commands that can be typed as they stand. */
static void put_commands(struct cli *cli, const char *url)
{
    uint8_t memory[4096];
    struct buf text = buf_over(memory, sizeof memory);
    put_curl(&text, url);
    put_demo(&text, url);
    buf_put_u8(&text, '\0');
    if (status_is_ok(buf_check(&text))) {
        out_line(&cli->out, (const char *)memory);
    }
}

/* What to do next, on one screen. */
static void put_next(struct cli *cli, const char *url, const struct dev_config *config, bool first)
{
    out_string(&cli->out, "data", config->data);
    if (!config->is_ours) {
        out_string(&cli->out, "config", config->file);
    }
    if (config->chain[0] != '\0') {
        out_string(&cli->out, "chain", config->chain);
    }
    if (first) {
        out_line(&cli->out, "");
        out_line(&cli->out,
                 "A DEVELOPMENT SEED was made in the data folder (mode 0600). Every key comes");
        out_line(&cli->out,
                 "from it: anybody who reads it has them all. Never put real money on them.");
    }
    out_line(&cli->out, "");
    out_line(&cli->out, "Next, in another terminal:");
    put_commands(cli, url);
    out_line(&cli->out, config->is_cluster
                            ? "Ctrl-C stops the nodes; the data folder stays. One that you kill is "
                              "started again."
                            : "Ctrl-C stops the node; the data folder stays.");
    out_line(&cli->out, "");
}

/* The file that clients of apps need. */
static struct status write_facts(struct cli *cli, const char *url, const char *data)
{
    struct node_facts facts = {0};
    (void)snprintf(facts.url, sizeof facts.url, "%s", url);
    TRY(node_facts_ask(&cli->arena, &facts));
    return node_facts_write_deployment(data, &facts, 1);
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

/* Who ended it, where it was not this command. */
static enum cli_exit fail_signal(struct cli *cli, const struct node_process *node)
{
    char text[128];
    (void)snprintf(text, sizeof text, "the node was ended by signal %d (%s)", node->signal,
                   strsignal(node->signal));
    return cli_fail_text(cli, "NODE_ENDED", text,
                         node->signal == SIGKILL
                             ? "somebody killed it, or the kernel did for want of memory (see "
                               "dmesg); what it answered is in the audit trail: start it again"
                             : "see its last lines above; start it again, and report it if it "
                               "happens twice");
}

static enum cli_exit fail_ready(struct cli *cli, struct node_process *node)
{
    (void)node_process_stop(node);
    if (node->signal != 0) {
        return fail_signal(cli, node);
    }
    return cli_fail_text(cli, "UNAVAILABLE", "the node did not start",
                         "see its last lines above; coffer doctor finds the reason too");
}

static bool has_file(const char *data, const char *name)
{
    char path[CONFIG_TEXT_MAX + 16];
    struct stat found;
    (void)snprintf(path, sizeof path, "%s/%s", data, name);
    return stat(path, &found) == 0;
}

static bool has_seed(const char *data)
{
    return has_file(data, "dev-seed");
}

/* A folder is of a node alone, of nodes without a chain, or of nodes with one: of each the root is
 * another, and where one is missed it would be taken as lost. */
static enum cli_exit look_at_kind(struct cli *cli, const struct dev_config *config)
{
    bool is_of_chain = has_file(config->data, CHAIN_DEV_FOLDER);
    bool is_of_rows = has_file(config->data, NODE_FACTS_ROOT);
    bool is_of_one = has_file(config->data, "dev-root");
    if (is_of_chain && !config->has_chain) {
        return cli_fail_text(cli, "CONFIG_INVALID", "this data folder is of nodes with a chain",
                             "start it with --registry chain, or name another with --data");
    }
    if (is_of_rows && config->has_chain) {
        return cli_fail_text(cli, "CONFIG_INVALID", "this data folder is of nodes without a chain",
                             "start it without --registry, or name another with --data");
    }
    if (is_of_rows && !is_of_one && !config->is_cluster) {
        return cli_fail_text(cli, "CONFIG_INVALID", "this data folder is of several nodes",
                             "start it with --nodes 3, or name another with --data");
    }
    return CLI_DONE;
}

/* The folder must be safe before anything of it is believed or written. */
static enum cli_exit open_folder(struct cli *cli, const char *data)
{
    int folder = -1;
    char why[DATA_FOLDER_WHY_MAX];
    struct status status = data_folder_open(data, true, &folder, why);
    if (folder >= 0) {
        close(folder);
    }
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, why);
}

static enum cli_exit wait_for_end(struct cli *cli, struct node_process *node)
{
    char text[64];
    int code = node_process_wait(node);
    if (node->signal != 0) {
        return fail_signal(cli, node);
    }
    if (code != 0) {
        (void)snprintf(text, sizeof text, "the node ended with exit code %d", code);
        return cli_fail_text(cli, "NODE_ENDED", text, "see its last lines above");
    }
    return CLI_DONE;
}

static enum cli_exit serve(struct cli *cli, const struct dev_config *config, const char *url)
{
    struct node_process node;
    bool first = !has_seed(config->data);
    const struct node_process_setup setup = {.config = config->file,
                                             .trust = config->trust,
                                             .rows = cli_value(cli, "--registry-file", NULL),
                                             .is_debuggable = cli_has(cli, "--debuggable")};
    struct status status = dev_config_write(config);
    status = status_is_ok(status) ? dev_config_write_trust(&cli->arena, config) : status;
    status = status_is_ok(status) ? node_process_start(&setup, &node) : status;
    if (!status_is_ok(status)) {
        return fail_start(cli, status, config->data);
    }
    if (!status_is_ok(node_process_ready(&node, url))) {
        return fail_ready(cli, &node);
    }
    /* Clients of apps speak HTTP over TCP. */
    bool is_unix = strncmp(url, "unix:", 5) == 0;
    status = is_unix ? OK : write_facts(cli, url, config->data);
    if (!status_is_ok(status)) {
        (void)node_process_stop(&node);
        return fail_start(cli, status, config->data);
    }
    out_string(&cli->out, "node", url);
    put_next(cli, url, config, first);
    if (!out_flush(&cli->out, true)) {
        (void)node_process_stop(&node);
        return CLI_FAILED;
    }
    return wait_for_end(cli, &node);
}

static void put_nodes(struct cli *cli, const struct nodes_dev *nodes)
{
    out_list(&cli->out, "nodes");
    for (size_t i = 0; i < nodes->count; i++) {
        out_item(&cli->out, "url", nodes->facts[i].url);
        out_string(&cli->out, "wallet", nodes->facts[i].wallet);
        out_u64(&cli->out, "process", (uint64_t)nodes->process[i].pid);
        out_item_end(&cli->out);
    }
    out_list_end(&cli->out);
}

static enum cli_exit serve_cluster(struct cli *cli, const struct dev_config *config)
{
    struct nodes_dev nodes;
    bool is_stopped = false;
    bool first = !has_seed(config->data);
    enum cli_exit result = nodes_dev_choose(cli, config, config->nodes, &nodes);
    for (size_t i = 0; i < nodes.count && result == CLI_DONE; i++) {
        result = open_folder(cli, nodes.config[i].data);
    }
    result = result == CLI_DONE ? nodes_dev_start(&nodes, &is_stopped) : result;
    if (result != CLI_DONE || is_stopped) {
        return result;
    }
    put_nodes(cli, &nodes);
    put_next(cli, nodes.facts[0].url, config, first);
    if (!out_flush(&cli->out, true)) {
        nodes_dev_stop(&nodes);
        return CLI_FAILED;
    }
    return nodes_dev_watch(&nodes);
}

static enum cli_exit run_dev(struct cli *cli)
{
    struct dev_config config;
    char url[CONFIG_TEXT_MAX + 8];
    enum cli_exit result = dev_config_choose(cli, &config);
    result = result == CLI_DONE ? look_at_kind(cli, &config) : result;
    if (result != CLI_DONE) {
        return result;
    }
    if (config.is_cluster) {
        return serve_cluster(cli, &config);
    }
    bool is_unix = strncmp(config.listen, "unix:", 5) == 0;
    (void)snprintf(url, sizeof url, "%s%s", is_unix ? "" : "http://", config.listen);
    /* A node that is there already would answer in the place of the one started here. */
    if (node_api_is_healthy(url)) {
        return cli_fail(cli, FAIL(ADDRESS_IN_USE), config.listen);
    }
    result = open_folder(cli, config.data);
    return result == CLI_DONE ? serve(cli, &config, url) : result;
}

static const struct cli_option options[] = {
    {"--data", "FOLDER", "seeds, audit trail and configuration; coffer-data by default"},
    {"--listen", "ADDRESS", "127.0.0.1:4000 by default; or [::1]:PORT, unix:/path"},
    {"--nodes", "1..3", "so many as one cluster, on the ports from that one on; 1 by default"},
    {"--registry", "file|chain",
     "where apps and nodes are registered; chain starts one beside them"},
    {"--config", "FILE", "a configuration of your own, in place of these two"},
    {"--trust", "FILE", "a trust configuration in place of the one in the data folder"},
    {"--chain", "NAME", "sign for one more chain: katana, devnet, or a chain id as a felt"},
    {"--registry-file", "FILE", "which apps are registered; docs/apps.md shows one"},
    {"--debuggable", NULL, "let debuggers attach to the node and core files be written"},
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
        "node.json in the data folder is written at each start, until you edit it: from then on\n"
        "it is used as it is. So is trust.json (with --chain trust-CHAIN.json), which is made "
        "once\n"
        "and names operator.pem beside it as the operator: with that key users are enrolled.\n\n"
        "With --nodes 3 all have one root, and hold the same values: an app gets the same key "
        "from\n"
        "each. The second and third are in node-2 and node-3 of the data folder; their accounts\n"
        "are those of the first. One that is ended is started again. The root is another one than\n"
        "that of a node alone, and the rows of --registry-file are taken at the start. What they\n"
        "store comes back from snapshots in the data folder when all were stopped.\n\n"
        "With --registry chain three nodes stand beside anvil with the contracts, at port 8545\n"
        "(4545 above the first node's). They are registered there as soon as they say their keys,\n"
        "their root's hash is published, and clients find them by the chain. tools/dev-chain of\n"
        "the source tree does that, and registers apps: tools/dev-chain --help. It needs Node.js\n"
        "and npm, and fetches packages at the first start.\n\n"
        "Examples:\n"
        "  coffer dev --data /tmp/coffer --listen 127.0.0.1:4010\n"
        "  coffer dev --nodes 3\n"
        "  coffer dev --registry chain --data coffer-chain\n"
        "  coffer dev --chain katana\n",
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_dev,
};
