#include "coffer/commands.h"
#include "coffer/starknet_input.h"
#include "starknet/fee.h"
#include "starknet/felt_text.h"

static void put_fee(struct out *out, const struct transaction *transaction)
{
    uint64_t limb[4];
    fee_max(&transaction->bounds, transaction->tip, limb);
    struct felt fee = {{limb[0], limb[1], limb[2], limb[3]}};
    starknet_input_put_felt(out, "fee_at_most_fri", &fee);
}

static enum cli_exit run(struct cli *cli)
{
    struct account account;
    struct transaction transaction;
    enum cli_exit result =
        starknet_input_transaction(cli, cli->arguments[0], &account, &transaction);
    if (result != CLI_DONE) {
        return result;
    }
    struct felt hash = transaction_hash(&transaction);
    starknet_input_put_felt(&cli->out, "transaction_hash", &hash);
    out_string(&cli->out, "type", transaction_kind_name(transaction.kind));
    starknet_input_put_chain(&cli->out, "chain_id", &transaction.chain);
    starknet_input_put_address(&cli->out, "sender_address", &transaction.sender);
    starknet_input_put_felt(&cli->out, "nonce", &transaction.nonce);
    put_fee(&cli->out, &transaction);
    if (transaction.kind == TRANSACTION_INVOKE) {
        starknet_input_put_calls(&cli->out, transaction.calls.ptr, transaction.calls.len);
    }
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static const struct cli_option options[] = {
    {"--public-key", "FELT", "whose account it is, when it has no sender_address"},
    {"--class", "NAME", "the class of that account; openzeppelin-1.0.0 by default"},
};

const struct cli_command cmd_starknet_hash = {
    .name = "starknet hash",
    .arguments = "FILE",
    .summary = "Compute the hash of a transaction and say what it does",
    .help =
        "FILE is a version 3 transaction as POST /v1/starknet/sign takes it; - is standard input.\n"
        "Nothing is asked of a node.\n\n"
        "Example:\n"
        "  coffer starknet hash transaction.json\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run,
};
