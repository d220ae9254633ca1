#include "coffer/document.h"

#include <ctype.h>
#include <string.h>

#include "codec/json_canonical.h"
#include "codec/json_out.h"

enum { TEXT_MAX = 16 * 1024 * 1024, TYPE_MAX = 32 };

/* True for a member of the request or answer around a transaction, or that is said anew. */
static bool is_left_out(struct bytes name)
{
    return bytes_equal(name, BYTES_LITERAL("signature")) ||
           bytes_equal(name, BYTES_LITERAL("chain_id")) || bytes_equal(name, BYTES_LITERAL("type"));
}

static void put_name(struct json_out *out, struct bytes name)
{
    json_out_string(out, name);
    buf_put_u8(out->buf, ':');
    out->comma = false;
}

/* A value as it is, in its canonical spelling. */
static struct status put_value(struct json_out *out, struct arena *arena, const struct json_in *at)
{
    if (out->comma) {
        buf_put_u8(out->buf, ',');
    }
    out->comma = true;
    return json_canonical_put(at, arena, out->buf);
}

static struct status put_type(struct json_out *out, struct arena *arena, const struct json_in *at)
{
    struct bytes text;
    uint8_t type[TYPE_MAX];
    if (!status_is_ok(json_in_string(at, &text)) || text.len > sizeof type) {
        return put_value(out, arena, at);
    }
    for (size_t i = 0; i < text.len; i++) {
        type[i] = (uint8_t)toupper(text.ptr[i]);
    }
    json_out_string(out, (struct bytes){type, text.len});
    return OK;
}

static struct status put_transaction(struct cli *cli, struct json_out *out,
                                     const struct json_in *root, const struct json_in *at)
{
    struct json_in member;
    void *state = NULL;
    json_out_object(out);
    if (cli_has(cli, "--chain")) {
        json_out_member_text(out, "chain_id", cli_value(cli, "--chain", ""));
    } else if (json_in_find(at, "chain_id", &member) || json_in_find(root, "chain_id", &member)) {
        json_out_name(out, "chain_id");
        TRY(put_value(out, &cli->arena, &member));
    }
    if (json_in_find(at, "type", &member)) {
        json_out_name(out, "type");
        TRY(put_type(out, &cli->arena, &member));
    }
    while (json_in_next(at, &state, &member)) {
        if (!is_left_out(member.name)) {
            put_name(out, member.name);
            TRY(put_value(out, &cli->arena, &member));
        }
    }
    json_out_object_end(out);
    return OK;
}

static enum cli_exit open_text(struct cli *cli, struct buf *ret)
{
    uint8_t *memory = arena_alloc(&cli->arena, TEXT_MAX);
    *ret = buf_over(memory, memory == NULL ? 0 : TEXT_MAX);
    return memory == NULL ? cli_fail(cli, FAIL(NO_MEMORY), "") : CLI_DONE;
}

/* In: status, of writing. */
static enum cli_exit close_text(struct cli *cli, struct status status, const struct buf *text,
                                struct bytes *ret_text, struct json_in_doc *ret_doc)
{
    status = status_is_ok(status) ? buf_check(text) : status;
    *ret_text = buf_bytes(text);
    status = status_is_ok(status) ? json_in_parse(&cli->arena, *ret_text, ret_doc) : status;
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, "the document");
}

enum cli_exit document_transaction(struct cli *cli, const struct json_in *root,
                                   struct bytes *ret_text, struct json_in_doc *ret_doc)
{
    struct json_in at = *root;
    struct json_in member;
    struct buf text;
    if (json_in_find(root, "results", &member)) {
        return cli_fail_text(cli, "BAD_TYPE", "this is the answer to a batch",
                             "give one of its results, such as: jq .results[0]");
    }
    if (json_in_find(root, "transaction", &member) && json_in_kind(&member) == JSON_IN_OBJECT) {
        at = member;
    }
    if (json_in_kind(&at) != JSON_IN_OBJECT) {
        return cli_fail_text(cli, "BAD_TYPE", "this is no transaction: it is no JSON object",
                             "give a transaction as POST /v1/starknet/sign takes it");
    }
    enum cli_exit result = open_text(cli, &text);
    if (result != CLI_DONE) {
        return result;
    }
    struct json_out out = json_out_over(&text);
    struct status status = put_transaction(cli, &out, root, &at);
    return close_text(cli, status, &text, ret_text, ret_doc);
}

enum cli_exit document_plain(struct cli *cli, const struct json_in *root, const char *name,
                             struct bytes *ret_text, struct json_in_doc *ret_doc)
{
    struct json_in at = *root;
    struct json_in member;
    struct buf text;
    if (json_in_find(root, name, &member) && json_in_kind(&member) == JSON_IN_OBJECT) {
        at = member;
    }
    enum cli_exit result = open_text(cli, &text);
    if (result != CLI_DONE) {
        return result;
    }
    return close_text(cli, json_canonical_put(&at, &cli->arena, &text), &text, ret_text, ret_doc);
}
