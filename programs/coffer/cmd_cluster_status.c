#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "client/directory.h"
#include "codec/hex.h"
#include "coffer/app_client.h"
#include "coffer/commands.h"
#include "coffer/node_api.h"
#include "coffer/status_words.h"

enum { READ_MS = 30000, HASH_TEXT = 65 };

/* What all nodes must agree about, and what is wrong so far. */
struct view {
    struct cli *cli;
    const struct deployment *deployment;
    struct directory_list list; /* who is registered */
    char root[HASH_TEXT];       /* of the first that says one; "" */
    size_t well;
};

/* --- who is registered ------------------------------------------------------------------------ */

static enum cli_exit read_chain(struct cli *cli, struct view *view)
{
    struct mem mem;
    struct directory *directory = NULL;
    const char *where = "";
    const struct directory_setup setup = {.deployment = view->deployment,
                                          .clock = clock_system(),
                                          .entropy = entropy_system(),
                                          .mem = &mem};
    mem_init(&mem, DIRECTORY_MEMORY);
    struct status status = directory_open(&setup, &directory, &where);
    if (status_is_ok(status)) {
        status = directory_read(directory, READ_MS, &view->list);
        where = directory_about(directory);
    }
    enum cli_exit result = status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, where);
    directory_close(&directory);
    return result;
}

static enum cli_exit read_list(struct cli *cli, struct view *view)
{
    const struct deployment *deployment = view->deployment;
    if (deployment->node_count == 0) {
        return read_chain(cli, view);
    }
    view->list.count = deployment->node_count;
    memcpy(view->list.nodes, deployment->nodes, sizeof view->list.nodes);
    return CLI_DONE;
}

/* --- one node --------------------------------------------------------------------------------- */

/* What is found first. */
static void say_wrong(struct view *view, const char *text, bool *is_well)
{
    if (*is_well) {
        out_string(&view->cli->out, "wrong", text);
    }
    *is_well = false;
}

static struct bytes text_of(const struct json_in *at, const char *name)
{
    struct json_in member;
    struct bytes text = BYTES_LITERAL("");
    if (json_in_find(at, name, &member)) {
        (void)json_in_string(&member, &text);
    }
    return text;
}

static bool is_true(const struct json_in *at, const char *name)
{
    struct json_in member;
    bool truth = false;
    return json_in_find(at, name, &member) && status_is_ok(json_in_bool(&member, &truth)) && truth;
}

static uint64_t number_of(const struct json_in *at, const char *name)
{
    struct json_in member;
    uint64_t number = 0;
    bool is_there = json_in_find(at, name, &member) &&
                    status_is_ok(json_in_u64(&member, 0, INT64_MAX, &number));
    return is_there ? number : 0;
}

/* The root is one where all hashes are. Returns: what is wrong with it, or NULL. */
static const char *look_at_root(struct view *view, const struct json_in *root)
{
    struct json_in node;
    struct json_in secret;
    struct bytes hash = {0};
    if (json_in_find(root, "node", &node) && json_in_find(&node, "master_secret", &secret)) {
        hash = text_of(&secret, "hash");
    }
    if (hash.len == 0 || hash.len >= sizeof view->root) {
        return "it has no root yet";
    }
    if (view->root[0] == '\0') {
        memcpy(view->root, hash.ptr, hash.len);
    }
    return bytes_equal(hash, bytes_of(view->root)) ? NULL : "its root is another one";
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
    bool is_current = is_true(&part, "current");
    uint64_t members = number_of(&part, "members");
    out_text(out, "root", text_of(&part, "root"));
    out_bool(out, "current", is_current);
    out_u64(out, "members", members);
    out_u64(out, "peers", number_of(&part, "peers"));
    const char *wrong = look_at_root(view, root);
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
    if (!bytes_equal(text_of(&root, "domain_id"), buf_bytes(&domain))) {
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
    struct node_api api;
    struct node_api_answer answer = {0};
    uint8_t memory[ETH_ADDRESS_TEXT];
    struct buf wallet = buf_over(memory, sizeof memory);
    const char *ca_file = view->deployment->ca_file;
    size_t mark = cli->arena.used;
    eth_address_put(&wallet, &node->wallet);
    out_item(&cli->out, "url", node->url);
    out_text(&cli->out, "wallet", buf_bytes(&wallet));
    struct status status = node_api_open(&api, &cli->arena, node->url);
    api.ca_file = *ca_file == '\0' ? NULL : ca_file;
    if (status_is_ok(status)) {
        status = node_api_call(&api, "/status", (struct bytes){0}, &answer);
    }
    node_api_close(&api);
    bool is_well = true;
    if (status_is_ok(status) && answer.http == 200 && answer.json.root != NULL) {
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
    result = result == CLI_DONE ? read_list(cli, view) : result;
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
        "wallet and key must be the registered ones, its root that of the others, and it must "
        "have\n"
        "all records and have met all others. Nothing of it is proved; coffer status does that,\n"
        "with the keys of an app. Fails when something is wrong.\n\n"
        "Example:\n"
        "  coffer cluster status --deployment deployment.json\n",
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_cluster_status,
};
