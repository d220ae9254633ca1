#include <stdio.h>
#include <string.h>

#include "codec/hex.h"
#include "coffer/app_client.h"
#include "coffer/cluster_nodes.h"
#include "coffer/commands.h"
#include "coffer/status_words.h"

enum { HASH_TEXT = 65 };

/* What all nodes must agree about, and what is wrong so far. */
struct view {
    struct cli *cli;
    const struct deployment *deployment;
    struct directory_list list; /* who is registered */
    char root[HASH_TEXT];       /* of the first that says one; "" */
    char trust[HASH_TEXT];      /* the same of what they trust */
    size_t well;
};

/* --- one node --------------------------------------------------------------------------------- */

/* What is found first. */
static void say_wrong(struct view *view, const char *text, bool *is_well)
{
    if (*is_well) {
        out_string(&view->cli->out, "wrong", text);
    }
    *is_well = false;
}

/* True when all that said one said the same. In: text, of the root or of what is trusted. */
static bool is_of_all(struct bytes text, char first[static HASH_TEXT])
{
    if (first[0] == '\0') {
        memcpy(first, text.ptr, text.len);
    }
    return bytes_equal(text, (struct bytes){(const uint8_t *)first, strlen(first)});
}

/* The root is one where all hashes are. Returns: what is wrong with it, or NULL. */
static const char *look_at_root(struct view *view, const struct json_in *root)
{
    struct json_in node;
    struct json_in secret;
    struct bytes hash = {0};
    if (json_in_find(root, "node", &node) && json_in_find(&node, "master_secret", &secret)) {
        hash = cluster_nodes_text(&secret, "hash");
    }
    if (hash.len == 0 || hash.len >= sizeof view->root) {
        return "it has no root yet";
    }
    return is_of_all(hash, view->root) ? NULL : "its root is another one";
}

/* What is measured has to be the same on all, but while it is changed. */
static const char *look_at_trust(struct view *view, const struct json_in *root)
{
    struct bytes digest = cluster_nodes_text(root, "trust_digest");
    bool is_same = digest.len != 0 && digest.len < HASH_TEXT && is_of_all(digest, view->trust);
    return is_same ? NULL : "its trust configuration is another one";
}

static void say_membership(struct view *view, const struct json_in *root, bool *is_well)
{
    struct out *out = &view->cli->out;
    struct json_in cluster;
    struct json_in part;
    if (!json_in_find(root, "cluster", &cluster) || !json_in_find(&cluster, "membership", &part)) {
        say_wrong(view, "it is alone: its trust configuration has no write_holders", is_well);
        return;
    }
    bool is_current = cluster_nodes_is(&part, "current");
    uint64_t members = cluster_nodes_number(&part, "members");
    out_text(out, "root", cluster_nodes_text(&part, "root"));
    out_bool(out, "current", is_current);
    out_u64(out, "members", members);
    out_u64(out, "peers", cluster_nodes_number(&part, "peers"));
    const char *wrong = look_at_root(view, root);
    wrong = wrong == NULL ? look_at_trust(view, root) : wrong;
    if (wrong != NULL) {
        say_wrong(view, wrong, is_well);
    } else if (!is_current) {
        say_wrong(view, "it does not have all records yet", is_well);
    } else if (members + 1 != view->list.count) {
        say_wrong(view, "it has not met all that are registered", is_well);
    }
}

static bool say_answer(struct view *view, struct node_api_answer *answer,
                       const struct deployment_node *node)
{
    bool is_well = true;
    struct json_in root = json_in_root(&answer->json);
    uint8_t memory[2 * DEPLOYMENT_DOMAIN];
    struct buf domain = buf_over(memory, sizeof memory);
    hex_put(&domain, BYTES_ARRAY(view->deployment->domain));
    if (!bytes_equal(cluster_nodes_text(&root, "domain_id"), buf_bytes(&domain))) {
        say_wrong(view, "it is of another service: its domain_id is not the deployment's",
                  &is_well);
    }
    is_well = !status_words_mismatch(&view->cli->out, &root, node) && is_well;
    say_membership(view, &root, &is_well);
    return is_well;
}

static void say_one(struct view *view, const struct deployment_node *node)
{
    struct cli *cli = view->cli;
    struct node_api_answer answer;
    uint8_t memory[ETH_ADDRESS_TEXT];
    struct buf wallet = buf_over(memory, sizeof memory);
    size_t mark = cli->arena.used;
    eth_address_put(&wallet, &node->wallet);
    out_item(&cli->out, "url", node->url);
    out_text(&cli->out, "wallet", buf_bytes(&wallet));
    bool is_well = true;
    if (cluster_nodes_ask(cli, view->deployment, node->url, &answer)) {
        is_well = say_answer(view, &answer, node);
    } else {
        say_wrong(view, "it does not answer", &is_well);
    }
    out_bool(&cli->out, "well", is_well);
    out_item_end(&cli->out);
    view->well += is_well;
    arena_rewind(&cli->arena, mark);
}

static enum cli_exit run_cluster_status(struct cli *cli)
{
    struct view *view = arena_alloc(&cli->arena, sizeof *view);
    if (view == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), "");
    }
    view->cli = cli;
    enum cli_exit result = app_client_deployment(cli, &view->deployment);
    result = result == CLI_DONE ? cluster_nodes_read(cli, view->deployment, &view->list) : result;
    if (result != CLI_DONE) {
        return result;
    }
    out_list(&cli->out, "nodes");
    for (size_t i = 0; i < view->list.count; i++) {
        say_one(view, &view->list.nodes[i]);
    }
    out_list_end(&cli->out);
    out_u64(&cli->out, "registered", view->list.count);
    out_u64(&cli->out, "well", view->well);
    bool is_well = view->well == view->list.count;
    return out_flush(&cli->out, is_well) && is_well ? CLI_DONE : CLI_FAILED;
}

static const struct cli_option options[] = {
    {"--deployment", "FILE", "what the operator publishes about the service"},
};

const struct cli_command cmd_cluster_status = {
    .name = "cluster status",
    .arguments = "",
    .summary = "Show whether the nodes of a cluster are well, together",
    .help =
        "Every node that the deployment or its chain names is asked what it says of itself: its\n"
        "wallet and key must be the registered ones, its root and its trust configuration those\n"
        "of the others, and it must have all records and have met all others. Fails when\n"
        "something is wrong. Nothing of it is proved; coffer status does that, with the keys of\n"
        "an app.\n\n"
        "Example:\n"
        "  coffer cluster status --deployment deployment.json\n",
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_cluster_status,
};
