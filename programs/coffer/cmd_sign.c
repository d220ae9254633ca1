#include "codec/json_out.h"
#include "coffer/answer_check.h"
#include "coffer/asked.h"
#include "coffer/commands.h"
#include "coffer/node_api.h"
#include "coffer/say_json.h"
#include "coffer/user_request.h"
#include "starknet/felt_text.h"

/* What the node is sent: the user, and what is to be signed. */
static void put_request(struct cli *cli, const struct asked *asked, struct json_out *out)
{
    user_request_put(cli, "key_index", out);
    if (asked->kind == ASKED_OUTSIDE) {
        felt_text_member(out, "chain_id", &asked->chain);
    }
    json_out_name(out, asked->member);
    json_out_raw(out, asked->text);
}

static enum cli_exit say(struct cli *cli, struct node_api_answer *answer, struct asked *asked)
{
    struct json_in root = json_in_root(&answer->json);
    struct json_in signature;
    if (!json_in_find(&root, "signature", &signature)) {
        return cli_fail_text(cli, "IO", "the answer has no signature",
                             "check that --node names a Coffer node");
    }
    bool verify = cli_has(cli, "--verify");
    enum cli_exit result = verify ? answer_check(cli, &root, asked) : CLI_DONE;
    if (result != CLI_DONE) {
        return result;
    }
    say_json_members(&cli->out, &cli->arena, &root, "transaction");
    if (verify) {
        out_bool(&cli->out, "verified", true);
    }
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit run_sign(struct cli *cli)
{
    struct user_request request;
    struct node_api_answer answer;
    struct asked *asked = arena_alloc(&cli->arena, sizeof *asked);
    if (asked == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), "");
    }
    enum cli_exit result = asked_read(cli, asked);
    if (result != CLI_DONE) {
        return result;
    }
    result = user_request_open(cli, &request);
    if (result == CLI_DONE) {
        put_request(cli, asked, &request.json);
        result = user_request_send(cli, &request, "/v1/starknet/sign", &answer);
    }
    result = result == CLI_DONE ? say(cli, &answer, asked) : result;
    user_request_close(&request);
    return result;
}

static const struct cli_option options[] = {
    USER_REQUEST_OPTIONS,
    ASKED_OPTIONS,
    {"--verify", NULL, "check the answer on this machine, without believing the node"},
};

const struct cli_command cmd_sign = {
    .name = "sign",
    .arguments = "USERNAME",
    .summary = "Have a node sign for a user",
    .help =
        "What is to be signed is read here first, so that what is wrong with it is said before\n"
        "a node is asked. With --json the answer is whole: its member transaction can be\n"
        "broadcast, and starknet hash and starknet verify read it. With --verify the account\n"
        "must be that of the key, the hash that of the document, and the signature valid by\n"
        "OpenSSL's arithmetic too; the exit code is 1 when it is not.\n\n"
        "Examples:\n"
        "  coffer sign alice --transaction transfer.json --verify\n"
        "  coffer sign alice --key-index 3 --typed-data typed-data.json --json\n"
        "  coffer sign alice --outside-execution outside.json --chain sepolia\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_sign,
};
