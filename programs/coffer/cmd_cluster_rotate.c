#include <stdio.h>
#include <string.h>

#include "codec/hex.h"
#include "coffer/app_client.h"
#include "coffer/cluster_nodes.h"
#include "coffer/commands.h"
#include "ethereum/nova_abi.h"

enum { HASH_TEXT = 65 };

/* What the nodes say of what is proposed: they must agree. */
struct proposed {
    uint64_t id;
    uint64_t executable_at;
    uint64_t vetoes;
    char commitment[HASH_TEXT]; /* "": nothing is */
};

struct view {
    struct cli *cli;
    const struct deployment *deployment;
    struct directory_list list;
    struct proposed proposed; /* by the first that says so */
    uint64_t least;           /* that all have sealed everything under */
    uint64_t newest;
    uint64_t wanted; /* by whichever node wants most */
    size_t done;
    bool disagree;
};

static void take_proposal(struct view *view, const struct json_in *part)
{
    struct proposed *proposed = &view->proposed;
    struct bytes hash = cluster_nodes_text(part, "commitment");
    uint64_t id = cluster_nodes_number(part, "proposal");
    if (id == 0 || hash.len != HASH_TEXT - 1) {
        return;
    }
    if (proposed->commitment[0] == '\0') {
        proposed->id = id;
        proposed->executable_at = cluster_nodes_number(part, "executable_at");
        proposed->vetoes = cluster_nodes_number(part, "vetoes");
        memcpy(proposed->commitment, hash.ptr, hash.len);
    }
    view->disagree =
        view->disagree || proposed->id != id || !bytes_equal(hash, bytes_of(proposed->commitment));
}

/* Returns: whether it has what there is to have. */
static bool say_rotation(struct view *view, const struct json_in *root)
{
    static const char *const numbers[] = {"newest",         "in_use",   "wanted",
                                          "resealed_epoch", "resealed", "reseal_failed"};
    struct out *out = &view->cli->out;
    struct json_in cluster;
    struct json_in member;
    struct json_in part;
    if (!json_in_find(root, "cluster", &cluster) ||
        !json_in_find(&cluster, "membership", &member) ||
        !json_in_find(&member, "rotation", &part)) {
        out_string(out, "wrong", "it is alone, or of an earlier version");
        return false;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        out_u64(out, numbers[i], cluster_nodes_number(&part, numbers[i]));
    }
    out_text(out, "next", cluster_nodes_text(&part, "next"));
    out_text(out, "commitment", cluster_nodes_text(&part, "commitment"));
    out_bool(out, "rejected", cluster_nodes_is(&part, "rejected"));
    take_proposal(view, &part);
    uint64_t newest = cluster_nodes_number(&part, "newest");
    uint64_t sealed = cluster_nodes_number(&part, "resealed_epoch");
    uint64_t wanted = cluster_nodes_number(&part, "wanted");
    view->newest = newest > view->newest ? newest : view->newest;
    view->wanted = wanted > view->wanted ? wanted : view->wanted;
    view->least = sealed < view->least ? sealed : view->least;
    return true;
}

static void say_one(struct view *view, const struct deployment_node *node)
{
    struct cli *cli = view->cli;
    struct node_api_answer answer;
    size_t mark = cli->arena.used;
    out_item(&cli->out, "url", node->url);
    if (cluster_nodes_ask(cli, view->deployment, node->url, &answer)) {
        struct json_in root = json_in_root(&answer.json);
        view->done += say_rotation(view, &root);
    } else {
        out_string(&cli->out, "wrong", "it does not answer");
    }
    out_item_end(&cli->out);
    arena_rewind(&cli->arena, mark);
}

/* What a guardian sends to the contract to stop it. */
static void say_veto(struct out *out, const struct proposed *proposed)
{
    uint8_t hash[NOVA_ABI_HASH];
    uint8_t data_memory[NOVA_ABI_CALL];
    uint8_t text_memory[2 + 2 * NOVA_ABI_CALL];
    struct buf data = buf_over(data_memory, sizeof data_memory);
    struct buf text = buf_over(text_memory, sizeof text_memory);
    if (!status_is_ok(hex_read(bytes_of(proposed->commitment), sizeof hash, hash))) {
        return;
    }
    nova_abi_put_numbered(&data, NOVA_ABI_VETO, proposed->id, hash);
    buf_put_text(&text, "0x");
    hex_put(&text, buf_bytes(&data));
    out_u64(out, "proposal", proposed->id);
    out_string(out, "proposed_commitment", proposed->commitment);
    out_u64(out, "executable_at", proposed->executable_at);
    out_u64(out, "vetoes", proposed->vetoes);
    out_text(out, "veto_data", buf_bytes(&text));
}

static enum cli_exit say_all(struct view *view)
{
    struct out *out = &view->cli->out;
    for (size_t i = 0; i < view->list.count; i++) {
        say_one(view, &view->list.nodes[i]);
    }
    out_list_end(out);
    bool all = view->done == view->list.count && view->list.count != 0;
    bool is_proposed = view->proposed.commitment[0] != '\0';
    if (is_proposed && !view->disagree) {
        say_veto(out, &view->proposed);
    }
    out_u64(out, "newest_epoch", view->newest);
    out_u64(out, "wanted_epoch", view->wanted);
    out_bool(out, "complete",
             all && !is_proposed && view->least == view->newest && view->newest >= view->wanted);
    if (view->disagree) {
        out_string(out, "wrong", "nodes do not agree about what is proposed: ask the contract");
    }
    bool is_well = all && !view->disagree;
    return out_flush(out, is_well) && is_well ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit run_cluster_rotate(struct cli *cli)
{
    struct view *view = arena_alloc(&cli->arena, sizeof *view);
    if (view == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), "");
    }
    *view = (struct view){.cli = cli, .least = UINT64_MAX};
    enum cli_exit result = app_client_deployment(cli, &view->deployment);
    result = result == CLI_DONE ? cluster_nodes_read(cli, view->deployment, &view->list) : result;
    if (result != CLI_DONE) {
        return result;
    }
    out_list(&cli->out, "nodes");
    return say_all(view);
}

static const struct cli_option options[] = {
    {"--deployment", "FILE", "what the operator publishes about the service"},
};

const struct cli_command cmd_cluster_rotate = {
    .name = "cluster rotate",
    .arguments = "",
    .summary = "Show how far the change of a cluster's root is, and how to veto it",
    .help =
        "A change begins with a node that is started with root_epochs one higher in its trust\n"
        "configuration. It proposes a root; after the delay of the contract any node makes that\n"
        "final, unless guardians veto it. This command asks every node where it is with that:\n"
        "the newest root, the one in use and the wanted one, the next one, and whether all\n"
        "records are sealed under the newest. It is complete when they are on all nodes and no\n"
        "node wants another root. While something is proposed it shows what a guardian sends to\n"
        "the contract of the service to veto it (veto_data). Nothing of it is proved: a guardian\n"
        "compares proposal and commitment with pendingProposal(0) of the contract.\n\n"
        "Example:\n"
        "  coffer cluster rotate --deployment deployment.json\n",
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_cluster_rotate,
};
