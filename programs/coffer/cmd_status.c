#include "base/clock.h"
#include "coffer/app_client.h"
#include "coffer/cli_words.h"
#include "coffer/commands.h"
#include "coffer/node_api.h"
#include "coffer/say_json.h"
#include "coffer/status_words.h"

/* --- one node, and what it says of itself ----------------------------------------------------- */

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
    struct json_in root = json_in_root(&answer.json);
    out_string(&cli->out, "url", where);
    size_t findings = status_words_put(&cli->out, &root);
    if (cli->out.json) {
        out_raw(&cli->out, "status", answer.body);
    } else {
        out_u64(&cli->out, "findings", findings);
        say_json_members(&cli->out, &cli->arena, &root, NULL);
    }
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit run_node(struct cli *cli)
{
    const char *where = cli_value(cli, "--node", NODE_API_DEFAULT);
    struct node_api api;
    struct status status = node_api_open(&api, &cli->arena, where);
    enum cli_exit result =
        status_is_ok(status) ? ask(cli, &api, where) : node_api_fail(cli, status, where);
    node_api_close(&api);
    return result;
}

/* --- the nodes of a deployment, and what they show -------------------------------------------- */

static void say_wallet(struct cli *cli, const struct deployment_node *node)
{
    uint8_t memory[ETH_ADDRESS_TEXT];
    struct buf text = buf_over(memory, sizeof memory);
    eth_address_put(&text, &node->wallet);
    out_text(&cli->out, "wallet", buf_bytes(&text));
}

/* A refusal is in the node's own words where it has any. */
static void say_refusal(struct cli *cli, struct status status, struct node_api_answer *answer)
{
    static const char *const names[] = {"error_code", "error", "hint"};
    if (status_is_ok(status)) {
        app_client_say(cli, answer, names, sizeof names / sizeof names[0]);
        return;
    }
    enum status_code code = (enum status_code)status.code;
    struct cli_words words = cli_words(code);
    if (code == STATUS_UNAVAILABLE) {
        words = (struct cli_words){"it does not answer, or says that it cannot now",
                                   "check its URL, and its log"};
    }
    out_string(&cli->out, names[0], status_name(code));
    out_string(&cli->out, names[1], words.text);
    out_string(&cli->out, names[2], words.hint);
}

/* What the node says of itself, unproved, against what clients expect of it. */
static void say_mismatch(struct cli *cli, const struct app_client *app,
                         const struct deployment_node *node)
{
    struct node_api api;
    struct node_api_answer answer = {0};
    const char *ca_file = app->deployment->ca_file;
    struct status status = node_api_open(&api, &cli->arena, node->url);
    api.ca_file = *ca_file == '\0' ? NULL : ca_file;
    if (status_is_ok(status)) {
        status = node_api_call(&api, "/status", (struct bytes){0}, &answer);
    }
    node_api_close(&api);
    if (status_is_ok(status) && answer.json.root != NULL) {
        struct json_in root = json_in_root(&answer.json);
        (void)status_words_mismatch(&cli->out, &root, node);
    }
}

/* A request that changes nothing, through everything that an app's request goes through. */
static bool say_one(struct cli *cli, const struct app_client *app, size_t index)
{
    struct client *client = app->client;
    const struct client_request request = {.method = "GET", .target = "/v1/app/values?limit=1"};
    const struct clock clock = clock_system();
    struct client_answer answer;
    const struct deployment_node *node = client_node(client, index);
    out_item(&cli->out, "url", node->url);
    say_wallet(cli, node);
    uint64_t before_ms = clock_monotonic_ms(&clock);
    struct status status = client_call_node(client, index, &request, &answer);
    uint64_t ms = clock_monotonic_ms(&clock) - before_ms;
    struct node_api_answer said = app_client_answer(&answer);
    bool serves = status_is_ok(status) && answer.http == 200;
    out_bool(&cli->out, "serves", serves);
    out_bool(&cli->out, "proved", status_is_ok(status) && answer.is_signed);
    if (!serves) {
        say_refusal(cli, status, &said);
    }
    out_u64(&cli->out, "milliseconds", ms);
    say_mismatch(cli, app, node);
    out_item_end(&cli->out);
    return serves;
}

static enum cli_exit say_all(struct cli *cli, const struct app_client *app)
{
    struct client *client = app->client;
    size_t count = 0;
    size_t serving = 0;
    const char *why;
    struct status status = client_find(client, &count, &why);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, why);
    }
    out_list(&cli->out, "nodes");
    for (size_t i = 0; i < count; i++) {
        serving += say_one(cli, app, i);
    }
    out_list_end(&cli->out);
    out_u64(&cli->out, "known", count);
    out_u64(&cli->out, "serving", serving);
    return out_flush(&cli->out, serving != 0) && serving != 0 ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit run_status(struct cli *cli)
{
    struct app_client app;
    if (cli_given(cli, "--node") && cli_given(cli, "--deployment")) {
        return cli_usage(cli, "a node or a deployment, not both", "--node");
    }
    /* Between two variables the deployment says more. */
    if (cli_given(cli, "--node") || !cli_has(cli, "--deployment")) {
        return run_node(cli);
    }
    enum cli_exit result = app_client_open(cli, &app);
    result = result == CLI_DONE ? say_all(cli, &app) : result;
    app_client_close(&app);
    return result;
}

static const struct cli_option options[] = {NODE_API_OPTION, APP_CLIENT_OPTIONS};

const struct cli_command cmd_status = {
    .name = "status",
    .arguments = "",
    .summary = "Show what a running node says about itself, or which nodes serve",
    .help =
        "What needs somebody comes first, with what to do. With a deployment, every node that it\n"
        "or its chain names is asked as an app would ask it, and must prove that it is this node;\n"
        "where it has other keys than it is registered with, a mismatch is shown. Fails when none\n"
        "serves. An option goes before both variables, and COFFER_DEPLOYMENT before "
        "COFFER_NODE.\n\n"
        "Examples:\n"
        "  coffer status --node http://127.0.0.1:4000\n"
        "  coffer status --deployment deployment.json --key app-key.json\n",
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_status,
};
