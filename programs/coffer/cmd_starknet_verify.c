#include "coffer/answer_check.h"
#include "coffer/commands.h"
#include "coffer/starknet_input.h"
#include "coffer/typed_input.h"
#include "starknet/felt_text.h"

/* --signature R,S. */
static enum cli_exit read_signature(struct cli *cli, struct felt ret[static 2])
{
    struct bytes text = bytes_of(cli_value(cli, "--signature", ""));
    size_t comma = bytes_find(text, ',');
    if (comma == text.len) {
        return cli_usage(cli, "a signature is two numbers with a comma between them",
                         "--signature R,S");
    }
    struct status status = felt_text_read(bytes_slice(text, 0, comma), &ret[0]);
    if (status_is_ok(status)) {
        status = felt_text_read(bytes_slice(text, comma + 1, text.len), &ret[1]);
    }
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, "--signature");
}

/* The hash itself, or that of a document. */
static enum cli_exit read_hash(struct cli *cli, struct felt *ret)
{
    const char *transaction_file = cli_value(cli, "--transaction", NULL);
    const char *typed_file = cli_value(cli, "--typed-data", NULL);
    struct json_in_doc doc;
    if ((cli_has(cli, "--hash") ? 1 : 0) + (transaction_file != NULL ? 1 : 0) +
            (typed_file != NULL ? 1 : 0) !=
        1) {
        return cli_usage(cli, "say what was signed, in one way",
                         "--hash, --transaction, --typed-data or --answer");
    }
    if (typed_file != NULL) {
        struct typed_data data;
        return typed_input_read(cli, typed_file, &doc, &data, ret);
    }
    if (transaction_file != NULL) {
        struct account account;
        struct transaction transaction;
        enum cli_exit result =
            starknet_input_transaction(cli, transaction_file, &account, &transaction, &doc);
        if (result == CLI_DONE) {
            *ret = transaction_hash(&transaction);
        }
        return result;
    }
    return starknet_input_felt(cli, "--hash", ret);
}

static enum cli_exit say_valid(struct cli *cli)
{
    out_bool(&cli->out, "valid", true);
    out_line(&cli->out, "Coffer's and OpenSSL's arithmetic agree");
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

/* All that is needed is in the answer: its key, its signature, its transaction or hash. */
static enum cli_exit run_answer(struct cli *cli, const char *path)
{
    struct json_in_doc doc;
    size_t given = 0;
    for (size_t i = 0; i < cli->command->options_count; i++) {
        given += cli->values[i] != NULL;
    }
    if (given != 1) {
        return cli_usage(cli, "an answer has the key, the signature and the hash itself",
                         "--answer goes alone");
    }
    enum cli_exit result = starknet_input_json(cli, path, &doc);
    if (result != CLI_DONE) {
        return result;
    }
    struct json_in root = json_in_root(&doc);
    result = answer_check(cli, &root, NULL);
    return result == CLI_DONE ? say_valid(cli) : result;
}

static enum cli_exit run_starknet_verify(struct cli *cli)
{
    struct felt key;
    struct felt hash;
    struct felt signature[2];
    const char *answer = cli_value(cli, "--answer", NULL);
    if (answer != NULL) {
        return run_answer(cli, answer);
    }
    if (!cli_has(cli, "--public-key") || !cli_has(cli, "--signature")) {
        return cli_usage(cli, "an option is missing", "--public-key and --signature, or --answer");
    }
    enum cli_exit result = starknet_input_felt(cli, "--public-key", &key);
    if (result != CLI_DONE || (result = read_signature(cli, signature)) != CLI_DONE ||
        (result = read_hash(cli, &hash)) != CLI_DONE ||
        (result = answer_check_signature(cli, &key, &hash, signature)) != CLI_DONE) {
        return result;
    }
    starknet_input_put_felt(&cli->out, "hash", &hash);
    return say_valid(cli);
}

static const struct cli_option options[] = {
    {"--public-key", "FELT", "the x coordinate of the key"},
    {"--signature", "R,S", "the two numbers of the signature"},
    {"--hash", "FELT", "what was signed"},
    {"--transaction", "FILE", "or the transaction, as starknet hash takes it"},
    {"--typed-data", "FILE", "or typed data, as starknet typed-data takes it, with --account"},
    {"--account", "ADDRESS", "the account that signed the typed data"},
    {"--class", "NAME", "the class of the account, when a transaction has no sender_address"},
    {"--chain", "NAME", "the chain, where the transaction does not say it"},
    {"--answer", "FILE", "or all of it: the answer of a node or of coffer sign"},
};

const struct cli_command cmd_starknet_verify = {
    .name = "starknet verify",
    .arguments = "",
    .summary = "Check a signature twice: with our arithmetic and with OpenSSL's",
    .help =
        "The hash is computed from the document where one is given. Nothing is asked of a node.\n"
        "With --answer the account is not checked, as nobody said whose it must be. The exit code\n"
        "is 1 when the signature does not verify.\n\n"
        "Example:\n"
        "  coffer starknet verify --hash 0x3 --public-key "
        "0x2202275e27873286b71dae62930bbf6420d2e933bbc7cb08e09019e7218ad9c \\\n"
        "      --signature "
        "0x636891ed7d6a8a4bf0c6c96cf3a1562b03d6fb63909691f9504f2f2b67d43be,"
        "0x48a454cea5a00c0feb67ed2bac186c26c845e75a2115e23bf25443c118a0c21\n",
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_starknet_verify,
};
