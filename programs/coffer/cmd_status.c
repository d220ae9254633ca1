#include "base/clock.h"
#include "coffer/app_client.h"
#include "coffer/commands.h"
#include "coffer/node_api.h"

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
    out_string(&cli->out, "url", where);
    out_raw(&cli->out, "status", answer.body);
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
    out_string(&cli->out, names[0], status_name((enum status_code)status.code));
    out_string(&cli->out, names[1], status_text((enum status_code)status.code));
    out_string(&cli->out, names[2], status_hint((enum status_code)status.code));
}

/* A request that changes nothing, through everything that an app's request goes through. */
static bool say_one(struct cli *cli, struct client *client, size_t index)
{
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
    out_item_end(&cli->out);
    return serves;
}

static enum cli_exit say_all(struct cli *cli, struct client *client)
{
    size_t count = 0;
    size_t serving = 0;
    const char *why;
    struct status status = client_find(client, &count, &why);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, why);
    }
    out_list(&cli->out, "nodes");
    for (size_t i = 0; i < count; i++) {
        serving += say_one(cli, client, i);
    }
    out_list_end(&cli->out);
    out_u64(&cli->out, "known", count);
    out_u64(&cli->out, "serving", serving);
    return out_flush(&cli->out, serving != 0) && serving != 0 ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit run(struct cli *cli)
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
    result = result == CLI_DONE ? say_all(cli, app.client) : result;
    app_client_close(&app);
    return result;
}

static const struct cli_option options[] = {NODE_API_OPTION, APP_CLIENT_OPTIONS};

const struct cli_command cmd_status = {
    .name = "status",
    .arguments = "",
    .summary = "Show what a running node says about itself, or which nodes serve",
    .help =
        "With a deployment, every node that it or its chain names is asked as an app would ask\n"
        "it, and must prove that it is this node. Fails when none serves.\n\n"
        "Examples:\n"
        "  coffer status --node http://127.0.0.1:4000\n"
        "  coffer status --deployment deployment.json --key app-key.json\n",
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run,
};
