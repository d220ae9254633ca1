#include "coffer/commands.h"
#include "coffer/say_json.h"
#include "coffer/user_request.h"

static void put_request(struct cli *cli, struct json_out *out)
{
    bool many = cli_has(cli, "--count");
    user_request_put(cli, many ? "first_index" : "key_index", out);
    if (many) {
        json_out_member_u64(out, "count", cli_number(cli, "--count", 1));
    }
    if (cli_has(cli, "--public-key")) {
        json_out_member_text(out, "public_key", cli_value(cli, "--public-key", ""));
    }
    if (cli_has(cli, "--address")) {
        json_out_member_text(out, "address", cli_value(cli, "--address", ""));
    }
}

/* False when the answer says that something is not the user's. */
static bool is_owned(const struct json_in *answer)
{
    static const char *const names[] = {"owned", "owns_public_key", "owns_address"};
    struct json_in member;
    bool owned = true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bool says = true;
        if (json_in_find(answer, names[i], &member) && status_is_ok(json_in_bool(&member, &says))) {
            owned = owned && says;
        }
    }
    return owned;
}

static enum cli_exit say(struct cli *cli, struct node_api_answer *answer)
{
    struct json_in root = json_in_root(&answer->json);
    bool owned = is_owned(&root);
    say_json_members(&cli->out, &cli->arena, &root, "constructor_calldata");
    return out_flush(&cli->out, owned) && owned ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit run_accounts(struct cli *cli)
{
    struct user_request request;
    struct node_api_answer answer;
    bool asks = cli_has(cli, "--public-key") || cli_has(cli, "--address");
    if (asks && cli_has(cli, "--count")) {
        return cli_usage(cli, "a range of accounts is listed or one is looked for, not both",
                         "--count");
    }
    enum cli_exit result = user_request_open(cli, &request);
    if (result == CLI_DONE) {
        put_request(cli, &request.json);
        result = user_request_send(cli, &request, "/v1/starknet/accounts", &answer);
    }
    result = result == CLI_DONE ? say(cli, &answer) : result;
    user_request_close(&request);
    return result;
}

static const struct cli_option options[] = {
    USER_REQUEST_OPTIONS,
    {"--count", "1..1000", "so many accounts, from --key-index on"},
    {"--public-key", "FELT", "is this a key of the user?"},
    {"--address", "ADDRESS", "is this the account of a key of the user?"},
};

const struct cli_command cmd_accounts = {
    .name = "accounts",
    .arguments = "USERNAME",
    .summary = "Show the accounts of a user, or whether a key or address is the user's",
    .help = "With --public-key or --address the exit code is 1 when it is not the user's; the\n"
            "answer names the index of its key where it is.\n\n"
            "Examples:\n"
            "  coffer accounts alice\n"
            "  coffer accounts alice --count 10 --class braavos-1.2.0 --json\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_accounts,
};
