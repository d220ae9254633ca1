#include "coffer/asked.h"

#include <string.h>

#include "coffer/document.h"
#include "coffer/input.h"
#include "coffer/starknet_input.h"
#include "starknet/chain.h"
#include "starknet/felt_text.h"

enum { HASH_TEXT_MAX = 256 };

static enum cli_exit read_transaction(struct cli *cli, const struct json_in *root,
                                      struct asked *asked)
{
    enum cli_exit result = document_transaction(cli, root, &asked->text, &asked->doc);
    if (result != CLI_DONE) {
        return result;
    }
    struct json_in at = json_in_root(&asked->doc);
    struct status status = transaction_json(&cli->arena, &at, CALL_CAIRO1, &asked->transaction);
    return status_is_ok(status) ? CLI_DONE
                                : cli_fail_place(cli, status, asked->path, asked->doc.where);
}

static enum cli_exit read_typed(struct cli *cli, const struct json_in *root, struct asked *asked)
{
    enum cli_exit result = document_plain(cli, root, "typed_data", &asked->text, &asked->doc);
    if (result != CLI_DONE) {
        return result;
    }
    struct json_in at = json_in_root(&asked->doc);
    struct status status = typed_data_read(&cli->arena, &at, &asked->typed);
    return status_is_ok(status) ? CLI_DONE
                                : cli_fail_place(cli, status, asked->path, asked->doc.where);
}

static enum cli_exit read_outside(struct cli *cli, const struct json_in *root, struct asked *asked)
{
    const char *chain = cli_value(cli, "--chain", NULL);
    enum cli_exit result =
        document_plain(cli, root, "outside_execution", &asked->text, &asked->doc);
    if (result != CLI_DONE) {
        return result;
    }
    struct json_in at = json_in_root(&asked->doc);
    struct status status = outside_execution_read(&cli->arena, &at, &asked->outside);
    if (!status_is_ok(status)) {
        return cli_fail_place(cli, status, asked->path, asked->doc.where);
    }
    if (chain == NULL) {
        return cli_usage(cli, "an outside execution does not say its chain", "give --chain");
    }
    status = chain_read(bytes_of(chain), &asked->chain);
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, "--chain");
}

/* A hash is public, and short enough for the command line; - reads it. */
static enum cli_exit read_hash(struct cli *cli, const char *value, struct asked *asked)
{
    struct bytes text = bytes_of(value);
    if (strcmp(value, "-") == 0) {
        struct status status = input_read(&cli->arena, value, HASH_TEXT_MAX, &text);
        if (!status_is_ok(status)) {
            return cli_fail_file(cli, status, value);
        }
        while (text.len != 0 && text.ptr[text.len - 1] <= ' ') {
            text.len--;
        }
    }
    struct status status = felt_text_read(text, &asked->hash);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, "--message-hash");
    }
    uint8_t *memory = arena_alloc(&cli->arena, FELT_TEXT_MAX + 2);
    struct buf json = buf_over(memory, memory == NULL ? 0 : FELT_TEXT_MAX + 2);
    buf_put_u8(&json, '"');
    felt_text_put(&json, &asked->hash);
    buf_put_u8(&json, '"');
    status = buf_check(&json);
    asked->text = buf_bytes(&json);
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, "");
}

static const struct {
    const char *option;
    const char *member;
    enum cli_exit (*read)(struct cli *cli, const struct json_in *root, struct asked *asked);
} kinds[] = {
    [ASKED_TRANSACTION] = {"--transaction", "transaction", read_transaction},
    [ASKED_TYPED_DATA] = {"--typed-data", "typed_data", read_typed},
    [ASKED_OUTSIDE] = {"--outside-execution", "outside_execution", read_outside},
    [ASKED_HASH] = {"--message-hash", "message_hash", NULL},
};

enum cli_exit asked_read(struct cli *cli, struct asked *ret)
{
    size_t found = 0;
    *ret = (struct asked){.kind = ASKED_TRANSACTION};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (cli_has(cli, kinds[i].option)) {
            ret->kind = (enum asked_kind)i;
            found++;
        }
    }
    if (found != 1) {
        return cli_usage(cli, "say what is to be signed, in one way",
                         "--transaction, --typed-data, --outside-execution or --message-hash");
    }
    const char *value = cli_value(cli, kinds[ret->kind].option, "");
    ret->member = kinds[ret->kind].member;
    ret->path = value;
    if (ret->kind == ASKED_HASH) {
        return read_hash(cli, value, ret);
    }
    struct json_in_doc *doc = arena_alloc(&cli->arena, sizeof *doc);
    if (doc == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), "");
    }
    enum cli_exit result = starknet_input_json(cli, value, doc);
    if (result != CLI_DONE) {
        return result;
    }
    struct json_in root = json_in_root(doc);
    return kinds[ret->kind].read(cli, &root, ret);
}

struct status asked_hash(struct asked *asked, const struct account *account, struct felt *ret)
{
    *ret = asked->hash;
    switch (asked->kind) {
    case ASKED_TRANSACTION:
        TRY(transaction_use_account(&asked->transaction, account));
        *ret = transaction_hash(&asked->transaction);
        break;
    case ASKED_TYPED_DATA:
        typed_data_hash(&asked->typed, &account->address, ret);
        break;
    case ASKED_OUTSIDE:
        outside_execution_hash(&asked->outside, &asked->chain, &account->address, ret);
        break;
    case ASKED_HASH:
        break;
    }
    return OK;
}
