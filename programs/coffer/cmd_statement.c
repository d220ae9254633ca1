#include <string.h>

#include "base/secret.h"
#include "coffer/commands.h"
#include "coffer/input.h"
#include "coffer/key_path.h"
#include "coffer/statement_file.h"
#include "coffer/statement_words.h"
#include "coffer/stating.h"

enum { SIGNATURE_MAX = 1024 };

/* --- statement sign --- */

static enum cli_exit fail_sign(struct cli *cli, struct status status, const char *path)
{
    if (status.code == STATUS_STATEMENT_SIGNER) {
        return cli_fail_about(cli, "STATEMENT_SIGNER", "this key has signed it already", path,
                              "have another key sign it, or submit it");
    }
    if (status.code == STATUS_AUTH_FAILED) {
        return cli_fail_about(cli, "AUTH_FAILED", "the key did not sign this text", path,
                              "sign what coffer statement text writes, byte for byte, without an "
                              "end of line");
    }
    if (status.code == STATUS_BAD_REQUEST) {
        return cli_fail_about(cli, "BAD_REQUEST", "this is no signature of such a key", path,
                              "give r and s, or DER, of P-256; 64 bytes of Ed25519 and Stark; 65 "
                              "of a wallet");
    }
    return cli_fail(cli, status, path);
}

static enum cli_exit sign_with_key(struct cli *cli, const char *path,
                                   struct user_statement *statement)
{
    SECRET(user_key, key);
    enum cli_exit result = key_path_read(cli, "--key", path, &key);
    if (result != CLI_DONE) {
        return result;
    }
    struct status status = user_statement_sign(&cli->arena, statement, &key);
    return status_is_ok(status) ? CLI_DONE : fail_sign(cli, status, path);
}

/* What a device or another program signed. */
static enum cli_exit sign_elsewhere(struct cli *cli, struct user_statement *statement)
{
    struct user_public public;
    struct bytes made;
    const char *path = cli_value(cli, "--signature", "");
    enum cli_exit result =
        key_path_read_public(cli, "--public-key", cli_value(cli, "--public-key", ""), &public);
    if (result != CLI_DONE) {
        return result;
    }
    struct status status = input_read(&cli->arena, path, SIGNATURE_MAX, &made);
    if (!status_is_ok(status)) {
        return cli_fail_file(cli, status, path);
    }
    status = user_statement_add(&cli->arena, statement, &public, made);
    return status_is_ok(status) ? CLI_DONE : fail_sign(cli, status, path);
}

static enum cli_exit run_sign(struct cli *cli)
{
    struct user_statement statement;
    const char *path = cli->arguments[0];
    bool is_elsewhere = cli_given(cli, "--public-key") || cli_given(cli, "--signature");
    bool is_here = cli_given(cli, "--key") || (!is_elsewhere && cli_has(cli, "--key"));
    if (is_elsewhere == is_here ||
        (is_elsewhere && cli_given(cli, "--public-key") != cli_given(cli, "--signature"))) {
        return cli_usage(cli, "give a key, or a public key with a signature",
                         "--key, or --public-key and --signature");
    }
    enum cli_exit result = statement_file_read(cli, path, &statement);
    if (result != CLI_DONE) {
        return result;
    }
    result = is_here ? sign_with_key(cli, cli_value(cli, "--key", ""), &statement)
                     : sign_elsewhere(cli, &statement);
    return result == CLI_DONE ? statement_file_replace(cli, path, &statement) : result;
}

static const struct cli_option sign_options[] = {
    {"--key", "FILE", "the key that signs, as key new or openssl writes it"},
    {"--public-key", "FILE", "or the public key of one that has signed elsewhere"},
    {"--signature", "FILE", "and what it signed: r and s, or DER"},
};

const struct cli_command cmd_statement_sign = {
    .name = "statement sign",
    .arguments = "FILE",
    .summary = "Sign a statement or a ticket, on a machine that needs no network",
    .help = "Adds a signature to FILE, checks it, and says what was signed; FILE goes from one\n"
            "signer to the next. For a key in a device, sign what statement text writes, and give\n"
            "the public key and the signature here. With - it is read from standard input and\n"
            "written to standard output.\n\n"
            "Examples:\n"
            "  coffer statement sign freeze.json --key operator.pem\n"
            "  coffer statement sign freeze.json --public-key device.pub --signature freeze.sig\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = sign_options,
    .options_count = sizeof sign_options / sizeof sign_options[0],
    .run = run_sign,
};

/* --- statement show --- */

static enum cli_exit run_show(struct cli *cli)
{
    struct user_statement statement;
    bool is_good;
    enum cli_exit result = statement_file_read(cli, cli->arguments[0], &statement);
    result = result == CLI_DONE ? statement_words_say(cli, &statement, &is_good) : result;
    if (result != CLI_DONE) {
        return result;
    }
    return out_flush(&cli->out, is_good) && is_good ? CLI_DONE : CLI_FAILED;
}

const struct cli_command cmd_statement_show = {
    .name = "statement show",
    .arguments = "FILE",
    .summary = "Show what a statement or a ticket says, and check its signatures",
    .help = "The exit code is 1 when a signature is not one of its key over this text. Whether\n"
            "those who signed may say this is for the node to judge.\n\n"
            "Example:\n"
            "  coffer statement show freeze.json\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run_show,
};

/* --- statement text --- */

static enum cli_exit run_text(struct cli *cli)
{
    struct user_statement statement;
    enum cli_exit result = statement_file_read(cli, cli->arguments[0], &statement);
    if (result != CLI_DONE) {
        return result;
    }
    out_whole(&cli->out, "text", statement.text);
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

const struct cli_command cmd_statement_text = {
    .name = "statement text",
    .arguments = "FILE",
    .summary = "Write the text that is signed, for a key that another program or a device has",
    .help =
        "Exactly the bytes that are signed, without an end of line. P-256 signs their SHA-256,\n"
        "Ed25519 the text itself, a wallet the text as personal_sign has it.\n\n"
        "Example:\n"
        "  coffer statement text freeze.json\n\n"
        "A key of P-256 then signs it with openssl dgst -sha256 -sign KEY, one in a device\n"
        "with pkcs11-tool --sign --mechanism ECDSA-SHA256.\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run_text,
};

/* --- statement submit --- */

static enum cli_exit submit(struct cli *cli, struct node_api *api, const char *url)
{
    struct user_statement statement;
    struct node_api_answer answer;
    enum cli_exit result = statement_file_read(cli, cli->arguments[0], &statement);
    if (result == CLI_DONE && user_statement_is_ticket(&statement)) {
        return cli_fail_about(cli, "RECORD_INVALID", "this is a ticket", cli->arguments[0],
                              "it goes into a statement: coffer user enrol --ticket FILE");
    }
    result = result == CLI_DONE ? stating_submit(cli, api, url, &statement, &answer) : result;
    return result == CLI_DONE ? stating_say(cli, &statement, &answer) : result;
}

static enum cli_exit run_submit(struct cli *cli)
{
    struct node_api api;
    const char *url = cli_value(cli, "--node", NODE_API_DEFAULT);
    struct status status = node_api_open(&api, &cli->arena, url);
    enum cli_exit result =
        status_is_ok(status) ? submit(cli, &api, url) : node_api_fail(cli, status, url);
    node_api_close(&api);
    return result;
}

static const struct cli_option submit_options[] = {NODE_API_OPTION};

const struct cli_command cmd_statement_submit = {
    .name = "statement submit",
    .arguments = "FILE",
    .summary = "Send a statement that was signed to a node, which commits it",
    .help =
        "It may be sent again, to any node, as often as one likes: it is committed once. Until\n"
        "a majority of the nodes has it the exit code is 1.\n\n"
        "Example:\n"
        "  coffer statement submit freeze.json\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = submit_options,
    .options_count = sizeof submit_options / sizeof submit_options[0],
    .run = run_submit,
};
