#include <string.h>

#include "coffer/commands.h"
#include "coffer/judge.h"
#include "coffer/starknet_input.h"
#include "coffer/typed_input.h"
#include "crypto/stark_ecdsa.h"
#include "starknet/felt_text.h"

/* --signature R,S. */
static enum cli_exit read_signature(struct cli *cli, struct stark_signature *ret)
{
    struct bytes text = bytes_of(cli_value(cli, "--signature", ""));
    size_t comma = bytes_find(text, ',');
    struct status status = felt_text_read(bytes_slice(text, 0, comma), &ret->r);
    if (status_is_ok(status)) {
        status = felt_text_read(bytes_slice(text, comma + 1, text.len), &ret->s);
    }
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, "--signature");
}

/* The hash itself, or that of a document. */
static enum cli_exit read_hash(struct cli *cli, struct felt *ret)
{
    const char *transaction_file = cli_value(cli, "--transaction", NULL);
    const char *typed_file = cli_value(cli, "--typed-data", NULL);
    if ((cli_has(cli, "--hash") ? 1 : 0) + (transaction_file != NULL ? 1 : 0) +
            (typed_file != NULL ? 1 : 0) !=
        1) {
        return cli_usage(cli, "say what was signed, in one way",
                         "--hash, --transaction or --typed-data");
    }
    if (typed_file != NULL) {
        struct json_in_doc doc;
        struct typed_data data;
        return typed_input_read(cli, typed_file, &doc, &data, ret);
    }
    if (transaction_file != NULL) {
        struct account account;
        struct transaction transaction;
        enum cli_exit result =
            starknet_input_transaction(cli, transaction_file, &account, &transaction);
        if (result == CLI_DONE) {
            *ret = transaction_hash(&transaction);
        }
        return result;
    }
    return starknet_input_felt(cli, "--hash", ret);
}

static enum cli_exit run(struct cli *cli)
{
    struct felt key;
    struct felt hash;
    struct stark_signature signature;
    if (!cli_has(cli, "--public-key") || !cli_has(cli, "--signature")) {
        return cli_usage(cli, "an option is missing", "--public-key and --signature");
    }
    enum cli_exit result = starknet_input_felt(cli, "--public-key", &key);
    if (result != CLI_DONE || (result = read_signature(cli, &signature)) != CLI_DONE ||
        (result = read_hash(cli, &hash)) != CLI_DONE) {
        return result;
    }
    struct status ours = stark_ecdsa_verify_x_var(&key, &hash, &signature);
    struct status theirs = judge_verify(&key, &hash, &signature.r, &signature.s);
    if (status_is_ok(ours) != status_is_ok(theirs)) {
        return cli_fail_text(cli, "INTERNAL", "Coffer's and OpenSSL's arithmetic disagree",
                             "report this with the key, the hash and the signature");
    }
    if (!status_is_ok(ours)) {
        return cli_fail(cli, ours, "");
    }
    starknet_input_put_felt(&cli->out, "hash", &hash);
    out_bool(&cli->out, "valid", true);
    out_line(&cli->out, "Coffer's and OpenSSL's arithmetic agree");
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static const struct cli_option options[] = {
    {"--public-key", "FELT", "the x coordinate of the key"},
    {"--signature", "R,S", "the two numbers of the signature"},
    {"--hash", "FELT", "what was signed"},
    {"--transaction", "FILE", "or the transaction, as starknet hash takes it"},
    {"--typed-data", "FILE", "or typed data, as starknet typed-data takes it, with --account"},
    {"--account", "ADDRESS", "the account that signed the typed data"},
    {"--class", "NAME", "the class of the account, when a transaction has no sender_address"},
};

const struct cli_command cmd_starknet_verify = {
    .name = "starknet verify",
    .arguments = "",
    .summary = "Check a signature twice: with our arithmetic and with OpenSSL's",
    .help =
        "The hash is computed from the document where one is given. Nothing is asked of a node.\n"
        "The exit code is 1 when the signature does not verify.\n\n"
        "Example:\n"
        "  coffer starknet verify --hash 0x3 --public-key "
        "0x2202275e27873286b71dae62930bbf6420d2e933bbc7cb08e09019e7218ad9c \\\n"
        "      --signature "
        "0x636891ed7d6a8a4bf0c6c96cf3a1562b03d6fb63909691f9504f2f2b67d43be,"
        "0x48a454cea5a00c0feb67ed2bac186c26c845e75a2115e23bf25443c118a0c21\n",
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run,
};
