#include "coffer/call_words.h"
#include "coffer/commands.h"
#include "coffer/starknet_input.h"
#include "starknet/fee.h"
#include "starknet/felt_text.h"

static void put_fee(struct out *out, const struct transaction *transaction)
{
    uint64_t limb[4];
    uint8_t number[32];
    uint8_t memory[80];
    struct buf text = buf_over(memory, sizeof memory);
    fee_max(&transaction->bounds, transaction->tip, limb);
    for (size_t i = 0; i < sizeof number; i++) {
        number[i] = (uint8_t)(limb[3 - i / 8] >> (56 - 8 * (i % 8)));
    }
    buf_put_decimal_u256(&text, number);
    out_text(out, "fee_at_most_fri", buf_bytes(&text));
}

static void put_kind(struct out *out, const struct json_in *root,
                     const struct transaction *transaction)
{
    struct json_in named;
    switch (transaction->kind) {
    case TRANSACTION_INVOKE:
        call_words_put(out, json_in_find(root, "calls", &named) ? &named : NULL,
                       transaction->calls);
        break;
    case TRANSACTION_DECLARE:
        starknet_input_put_felt(out, "compiled_class_hash", &transaction->compiled_class_hash);
        starknet_input_put_felt(out, "class_hash", &transaction->class_hash);
        break;
    case TRANSACTION_DEPLOY_ACCOUNT:
        starknet_input_put_felt(out, "class_hash", &transaction->class_hash);
        break;
    }
}

static enum cli_exit run_starknet_hash(struct cli *cli)
{
    struct account account;
    struct transaction transaction;
    struct json_in_doc doc;
    enum cli_exit result =
        starknet_input_transaction(cli, cli->arguments[0], &account, &transaction, &doc);
    if (result != CLI_DONE) {
        return result;
    }
    struct json_in root = json_in_root(&doc);
    struct felt hash = transaction_hash(&transaction);
    starknet_input_put_felt(&cli->out, "transaction_hash", &hash);
    out_string(&cli->out, "type", transaction_kind_name(transaction.kind));
    if (transaction.is_query) {
        out_bool(&cli->out, "for_estimation_only", true);
    }
    starknet_input_put_chain(&cli->out, "chain_id", &transaction.chain);
    starknet_input_put_felt(&cli->out, "sender_address", &transaction.sender);
    starknet_input_put_felt(&cli->out, "nonce", &transaction.nonce);
    put_fee(&cli->out, &transaction);
    put_kind(&cli->out, &root, &transaction);
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static const struct cli_option options[] = {
    {"--public-key", "FELT", "whose account it is, when it has no sender_address"},
    {"--class", "NAME", "the class of that account; openzeppelin-1.0.0 by default"},
    {"--chain", "NAME", "the chain, where the transaction does not say it"},
};

const struct cli_command cmd_starknet_hash = {
    .name = "starknet hash",
    .arguments = "FILE",
    .summary = "Compute the hash of a transaction and say what it does",
    .help =
        "FILE is a version 3 transaction as POST /v1/starknet/sign takes it, a request or answer\n"
        "that has one, or what is broadcast; - is standard input. Nothing is asked of a node. Of\n"
        "the functions of ERC-20 tokens recipient and amount are shown (for NFTs their number).\n\n"
        "Example:\n"
        "  coffer starknet hash transaction.json\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_starknet_hash,
};
