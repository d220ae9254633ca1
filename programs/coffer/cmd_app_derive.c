#include <string.h>

#include "coffer/app_client.h"
#include "coffer/commands.h"

enum { CURVE_KEY = 32 };

static enum cli_exit ask(struct cli *cli, struct app_client *app)
{
    static const char *const said[] = {"path", "curve", "key"};
    struct node_api_answer answer;
    json_out_member_text(&app->json, "path", cli->arguments[0]);
    app_client_text(cli, app, "--context", "context");
    app_client_text(cli, app, "--curve", "curve");
    app_client_number(cli, app, "--length", "length");
    app_client_number(cli, app, "--epoch", "epoch");
    enum cli_exit result = app_client_call(cli, app, "POST", "/v1/app/keys", &answer);
    if (result != CLI_DONE) {
        return result;
    }
    app_client_say(cli, &answer, said, sizeof said / sizeof said[0]);
    out_u64(&cli->out, "epoch", node_api_number(&answer, "epoch"));
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit run_app_derive(struct cli *cli)
{
    struct app_client app;
    if (cli_number(cli, "--length", CURVE_KEY) != CURVE_KEY &&
        strcmp(cli_value(cli, "--curve", "bytes"), "bytes") != 0) {
        return cli_usage(cli, "a key of a curve has 32 bytes", "--length");
    }
    enum cli_exit result = app_client_open(cli, &app);
    result = result == CLI_DONE ? ask(cli, &app) : result;
    app_client_close(&app);
    return result;
}

static const struct cli_option options[] = {
    APP_CLIENT_OPTIONS,
    {"--context", "TEXT", "another key for the same path"},
    {"--curve", "bytes|stark|secp256k1|p256", "what the key is for; bytes by default"},
    {"--length", "1..64", "bytes of a key of no curve; 32 by default"},
    {"--epoch", "0..15", "the root to derive from, as an answer said it; the newest by default"},
};

const struct cli_command cmd_app_derive = {
    .name = "app derive",
    .arguments = "PATH",
    .summary = "Derive a key of this app",
    .help = "Asks a node of the deployment, and believes only one that shows that it is one. The\n"
            "key is the same from every node; it is printed in base64.\n\n"
            "Example:\n"
            "  coffer app derive disk/0 --deployment deployment.json --key app-key.json\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_app_derive,
};
