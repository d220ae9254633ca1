#include "coffer/app_client.h"
#include "coffer/cluster_check.h"
#include "coffer/cluster_nodes.h"
#include "coffer/commands.h"
#include "coffer/verify_trust.h"

static enum cli_exit say_all(struct cluster_check *check)
{
    struct out *out = &check->cli->out;
    out_list(out, "findings");
    cluster_check_chain(check);
    for (size_t i = 0; i < check->list.count; i++) {
        cluster_check_node(check, i);
    }
    out_list_end(out);
    if (check->verify.is_dev) {
        out_line(out, "With --dev nothing of what nodes attest to is proved.");
    }
    out_u64(out, "registered", check->list.count);
    out_u64(out, "compared", check->compared);
    out_u64(out, "differs", check->differs);
    bool is_well = check->differs == 0;
    return out_flush(out, is_well) && is_well ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit run_cluster_check(struct cli *cli)
{
    struct cluster_check *check = arena_alloc(&cli->arena, sizeof *check);
    if (check == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), "");
    }
    *check = (struct cluster_check){.cli = cli};
    enum cli_exit result = app_client_deployment(cli, &check->deployment);
    bool is_of_chain = result == CLI_DONE && check->deployment->node_count == 0;
    result = result == CLI_DONE ? verify_trust_read(cli, !is_of_chain, &check->verify) : result;
    result = result == CLI_DONE ? cluster_check_read(check) : result;
    result = result == CLI_DONE ? cluster_nodes_read(cli, check->deployment, &check->list) : result;
    return result == CLI_DONE ? say_all(check) : result;
}

static const struct cli_option options[] = {
    {"--trust", "FILE", "the nodes' trust configuration, which names the contract"},
    {"--contracts", "FILE", "what tools/deploy-contracts wrote: agreed guardians and delay"},
    VERIFY_TRUST_OPTIONS,
    VERIFY_TRUST_DEV_OPTION};

const struct cli_command cmd_cluster_check = {
    .name = "cluster check",
    .arguments = "",
    .summary = "Compare what was agreed with the chain and with what nodes attest to",
    .help =
        "Every registered node is asked for a document of its security module: its keys must be\n"
        "the registered ones, its code what its version is enrolled as (or what --pcrs or\n"
        "--measurement says), its trust configuration that of --trust or of the other nodes, its\n"
        "root the published one. On a chain the contract must have the code, registry and app id\n"
        "of --trust and of the deployment, the guardians and delay of --contracts, and as\n"
        "operators the nodes that are registered. Each comparison is a line; fails when one\n"
        "differs. Where the deployment names its nodes, say which code you trust.\n\n"
        "Examples:\n"
        "  coffer cluster check --deployment deployment.json --trust trust.json \\\n"
        "      --contracts contracts.json\n"
        "  coffer cluster check --deployment deployment.json --pcrs pcrs.json\n",
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_cluster_check,
};
