#include "coffer/typed_input.h"

#include "coffer/document.h"
#include "coffer/starknet_input.h"

enum cli_exit typed_input_read(struct cli *cli, const char *path, struct json_in_doc *ret_doc,
                               struct typed_data *ret_data, struct felt *ret_hash)
{
    struct felt account;
    if (!cli_has(cli, "--account")) {
        return cli_usage(cli, "the account is part of the hash", "--account");
    }
    struct json_in_doc *whole = arena_alloc(&cli->arena, sizeof *whole);
    struct bytes text;
    enum cli_exit result = starknet_input_felt(cli, "--account", &account);
    if (result == CLI_DONE && whole == NULL) {
        result = cli_fail(cli, FAIL(NO_MEMORY), "");
    }
    if (result != CLI_DONE || (result = starknet_input_json(cli, path, whole)) != CLI_DONE) {
        return result;
    }
    struct json_in around = json_in_root(whole);
    result = document_plain(cli, &around, "typed_data", &text, ret_doc);
    if (result != CLI_DONE) {
        return result;
    }
    struct json_in root = json_in_root(ret_doc);
    struct status status = typed_data_read(&cli->arena, &root, ret_data);
    if (!status_is_ok(status)) {
        return cli_fail_place(cli, status, path, ret_doc->where);
    }
    typed_data_hash(ret_data, &account, ret_hash);
    return CLI_DONE;
}
