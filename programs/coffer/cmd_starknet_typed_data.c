#include "coffer/call_words.h"
#include "coffer/commands.h"
#include "coffer/say_json.h"
#include "coffer/starknet_input.h"
#include "coffer/typed_input.h"
#include "starknet/call.h"
#include "starknet/outside_execution.h"

/* Calls that somebody else may submit are said as what they are. */
static enum cli_exit put_outside(struct cli *cli, struct json_in_doc *doc,
                                 const struct typed_data *data)
{
    struct outside_execution outside;
    struct json_in root = json_in_root(doc);
    struct status status = outside_execution_decode(&cli->arena, &root, data, &outside);
    if (!status_is_ok(status)) {
        return cli_fail_place(cli, status, cli->arguments[0], doc->where);
    }
    if (felt_equal(&outside.caller, &outside_execution_any_caller)) {
        out_string(&cli->out, "caller", "ANY_CALLER");
    } else {
        starknet_input_put_felt(&cli->out, "caller", &outside.caller);
    }
    out_u64(&cli->out, "execute_after", outside.execute_after);
    out_u64(&cli->out, "execute_before", outside.execute_before);
    call_words_put(&cli->out, NULL, (struct calls){outside.calls, outside.call_count});
    return CLI_DONE;
}

/* Where it belongs and what it says. In: count, how many of the two. */
static void put_text(struct cli *cli, struct json_in_doc *doc, size_t count)
{
    static const char *const names[] = {"domain", "message"};
    struct json_in root = json_in_root(doc);
    struct json_in member;
    for (size_t i = 0; i < count; i++) {
        if (json_in_find(&root, names[i], &member)) {
            say_json_value(&cli->out, &cli->arena, names[i], &member);
        }
    }
}

static enum cli_exit run_starknet_typed_data(struct cli *cli)
{
    struct json_in_doc doc;
    struct typed_data data;
    struct felt hash;
    enum cli_exit result = typed_input_read(cli, cli->arguments[0], &doc, &data, &hash);
    if (result != CLI_DONE) {
        return result;
    }
    bool outside = outside_execution_is(&data);
    starknet_input_put_felt(&cli->out, "message_hash", &hash);
    out_text(&cli->out, "primary_type", data.primary_type);
    out_u64(&cli->out, "revision", data.revision);
    starknet_input_put_chain(&cli->out, "chain_id", &data.chain);
    starknet_input_put_felt(&cli->out, "domain_hash", &data.domain_hash);
    starknet_input_put_felt(&cli->out, "type_hash", &data.primary_hash);
    starknet_input_put_felt(&cli->out, "content_hash", &data.message_hash);
    out_bool(&cli->out, "outside_execution", outside);
    put_text(cli, &doc, outside ? 1 : 2);
    result = outside ? put_outside(cli, &doc, &data) : CLI_DONE;
    if (result != CLI_DONE) {
        return result;
    }
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static const struct cli_option options[] = {
    {"--account", "ADDRESS", "the account that signs; it is part of the hash"},
};

const struct cli_command cmd_starknet_typed_data = {
    .name = "starknet typed-data",
    .arguments = "FILE",
    .summary = "Compute the hash of SNIP-12 typed data and say what it is",
    .help =
        "FILE holds types, primaryType, domain and message; - is standard input. Revisions 0 "
        "and 1.\n"
        "An outside execution (SNIP-9) is shown as the calls that it allows, with recipient and\n"
        "amount of those of ERC-20 tokens.\n\n"
        "Example:\n"
        "  coffer starknet typed-data typed-data.json --account 0x1234\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_starknet_typed_data,
};
