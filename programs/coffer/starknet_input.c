#include "coffer/starknet_input.h"

#include <string.h>

#include "base/limits.h"
#include "coffer/document.h"
#include "coffer/input.h"
#include "coffer/judge.h"
#include "starknet/address_text.h"
#include "starknet/chain.h"
#include "starknet/felt_text.h"

enum { CHAIN_TEXT_MAX = FELT_TEXT_MAX };

enum cli_exit starknet_input_felt(struct cli *cli, const char *option, struct felt *ret)
{
    const char *text = cli_value(cli, option, NULL);
    *ret = (struct felt){0};
    if (text == NULL) {
        return CLI_DONE;
    }
    struct status status = address_text_read(bytes_of(text), ret);
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, option);
}

enum cli_exit starknet_input_key(struct cli *cli, struct felt *ret)
{
    enum cli_exit result = starknet_input_felt(cli, "--public-key", ret);
    if (result != CLI_DONE || !cli_has(cli, "--public-key")) {
        return result;
    }
    struct status status = judge_key(ret);
    if (status.code == STATUS_POINT_INVALID) {
        return cli_fail_text(cli, "POINT_INVALID", "--public-key is not the x coordinate of a key",
                             "check its digits; coffer accounts shows it");
    }
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, "--public-key");
}

enum cli_exit starknet_input_class(struct cli *cli, const struct account_class **ret)
{
    size_t count;
    const struct account_class *known = account_class_known(&count);
    const char *text = cli_value(cli, "--class", NULL);
    *ret = account_class_default();
    if (text == NULL) {
        return CLI_DONE;
    }
    struct felt hash;
    *ret = account_class_by_name(known, count, bytes_of(text));
    if (*ret == NULL && status_is_ok(felt_text_read(bytes_of(text), &hash))) {
        *ret = account_class_by_hash(known, count, &hash);
    }
    if (*ret != NULL) {
        return CLI_DONE;
    }
    return cli_fail_text(cli, "UNKNOWN_ACCOUNT_CLASS", "there is no such account class",
                         "for the names: coffer starknet address --public-key 1 --all");
}

enum cli_exit starknet_input_json(struct cli *cli, const char *path, struct json_in_doc *ret)
{
    struct bytes text;
    struct status status = input_read(&cli->arena, path, LIMIT_BODY_STARKNET_SIGN, &text);
    if (!status_is_ok(status)) {
        return cli_fail_file(cli, status, path);
    }
    status = json_in_parse(&cli->arena, text, ret);
    if (status_is_ok(status)) {
        return CLI_DONE;
    }
    json_in_note_stop(ret, text);
    return cli_fail_place(cli, status, path, ret->where);
}

enum cli_exit starknet_input_transaction(struct cli *cli, const char *path,
                                         struct account *ret_account, struct transaction *ret,
                                         struct json_in_doc *ret_doc)
{
    struct json_in_doc *whole = arena_alloc(&cli->arena, sizeof *whole);
    struct bytes text;
    struct felt key;
    const struct account_class *class;
    enum cli_exit result = whole == NULL ? cli_fail(cli, FAIL(NO_MEMORY), "") : CLI_DONE;
    if (result != CLI_DONE || (result = starknet_input_json(cli, path, whole)) != CLI_DONE ||
        (result = starknet_input_key(cli, &key)) != CLI_DONE ||
        (result = starknet_input_class(cli, &class)) != CLI_DONE) {
        return result;
    }
    struct json_in root = json_in_root(whole);
    result = document_transaction(cli, &root, &text, ret_doc);
    if (result != CLI_DONE) {
        return result;
    }
    struct json_in at = json_in_root(ret_doc);
    struct status status = transaction_json(&cli->arena, &at, class->encoding, ret);
    if (!status_is_ok(status)) {
        return cli_fail_place(cli, status, path, ret_doc->where);
    }
    if (cli_has(cli, "--public-key")) {
        *ret_account = account_of(class, &key);
        status = transaction_use_account(ret, ret_account);
        if (!status_is_ok(status)) {
            return cli_fail(cli, status, path);
        }
    } else if (!ret->has_sender) {
        return cli_usage(cli, "the transaction does not say which account it is of",
                         "add sender_address to it, or give --public-key");
    }
    return CLI_DONE;
}

void starknet_input_put_felt(struct out *out, const char *name, const struct felt *felt)
{
    uint8_t memory[FELT_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    felt_text_put(&text, felt);
    out_text(out, name, buf_bytes(&text));
}

void starknet_input_put_chain(struct out *out, const char *name, const struct felt *chain)
{
    uint8_t memory[CHAIN_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    chain_put(&text, chain);
    out_text(out, name, buf_bytes(&text));
}
