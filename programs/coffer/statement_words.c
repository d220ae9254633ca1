#include "coffer/statement_words.h"

#include <stdio.h>

#include "base/utc.h"
#include "codec/hex.h"
#include "coffer/script.h"
#include "coffer/statement_table.h"

enum { LIST_MAX = STATEMENT_LIST_MAX * (2 * AUTH_TEXT_HASH + 1), NAMES_MAX = 1 << 17 };

static const char *const sentences[STATEMENT_OPS_COUNT] = {
    [STATEMENT_USER_ADD] = "a key speaks for the user from now on",
    [STATEMENT_USER_RECOVER] = "a key will speak for the user, after a delay, unless it is vetoed",
    [STATEMENT_USER_GRANT] = "a service key may act in the name of the user",
    [STATEMENT_FOREIGN_ADD] = "an account that exists already is one of the user's",
    [STATEMENT_LANE_SET] = "nonces of an account go on from a number",
    [STATEMENT_USER_REVOKE] = "keys never speak for the user again",
    [STATEMENT_USER_VETO] = "a statement that waits shall never count",
    [STATEMENT_USER_JOIN] = "a log that was forked is one again",
    [STATEMENT_SERVICE_ADD] = "a service key may act for users",
    [STATEMENT_SERVICE_REVOKE] = "a service key never acts again",
    [STATEMENT_APPROVER_ADD] = "a key may approve",
    [STATEMENT_APPROVER_REVOKE] = "a key never approves again",
    [STATEMENT_POLICY_SET] = "a policy holds from now on",
    [STATEMENT_POLICY_FREEZE] = "nothing is signed under a policy until a greater version counts",
    [STATEMENT_TENANT_SET] = "the tenant is described anew",
    [STATEMENT_IDENTITY_RESUME] = "users and policies count again after a restore",
};

static const struct {
    unsigned who;
    const char *text;
} signers[] = {
    {STATEMENT_BY_ITSELF, "the key itself"},
    {STATEMENT_BY_TICKET, "the first time with a ticket"},
    {STATEMENT_BY_AUTHENTICATOR, "a key of the user"},
    {STATEMENT_BY_AUTHORITY, "as many operators as it takes, or the wallet of the app"},
    {STATEMENT_BY_REVOKER, "a service key with scope revoke"},
    {STATEMENT_BY_APPROVER, "an approver, or any operator"},
    {STATEMENT_BY_KEY, "the service key itself"},
};

const char *statement_words_of(enum statement_op op)
{
    return sentences[op];
}

/* --- values --------------------------------------------------------------------------------- */

static void say_bytes(struct out *out, const char *name, const char *prefix, struct bytes data)
{
    uint8_t memory[2 + 2 * STATEMENT_KEY_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, prefix);
    hex_put(&text, data);
    out_text(out, name, buf_bytes(&text));
}

void statement_words_hex(struct out *out, const char *name, struct bytes data)
{
    say_bytes(out, name, "", data);
}

void statement_words_time(struct out *out, const char *name, uint64_t ms)
{
    uint8_t memory[UTC_TEXT];
    struct buf text = buf_over(memory, sizeof memory);
    if (out->json) {
        out_u64(out, name, ms);
        return;
    }
    utc_put(&text, ms);
    out_text(out, name, buf_bytes(&text));
}

void statement_words_key(struct out *out, const char *name, uint64_t scheme, struct bytes key)
{
    out_string(out, "scheme", user_key_scheme_name((enum auth_scheme)scheme));
    say_bytes(out, name, "0x", key);
}

static void say_items(struct cli *cli, const char *name, const struct statement_list *list,
                      size_t size)
{
    struct buf text = script_begin(cli, LIST_MAX);
    for (size_t i = 0; i < list->count; i++) {
        buf_put_text(&text, i == 0 ? "" : ",");
        hex_put(&text, (struct bytes){list->items + i * size, size});
    }
    out_text(&cli->out, name, buf_bytes(&text));
}

static void say_names(struct cli *cli, const char *name, const struct statement_names *names)
{
    struct buf text = script_begin(cli, NAMES_MAX);
    buf_put_text(&text, names->is_all ? "all" : "");
    for (size_t i = 0; i < names->count; i++) {
        buf_put_text(&text, i == 0 ? "" : ",");
        buf_put(&text, names->list[i]);
    }
    out_text(&cli->out, name, buf_bytes(&text));
}

static void say_scopes(struct out *out, const char *name, uint64_t scopes)
{
    uint8_t memory[128];
    struct buf text = buf_over(memory, sizeof memory);
    for (size_t i = 0; i < STATEMENT_TABLE_SCOPES; i++) {
        if ((scopes >> i & 1) != 0) {
            buf_put_text(&text, text.len == 0 ? "" : ",");
            buf_put_text(&text, statement_table_scope(i));
        }
    }
    out_text(out, name, buf_bytes(&text));
}

static void say_document(struct out *out, const char *name, struct bytes text)
{
    if (text.ptr == NULL) {
        out_string(out, name, "none");
    } else {
        out_text(out, name, text);
    }
}

static void say_member(struct cli *cli, const struct statement_member *member, const void *from)
{
    struct out *out = &cli->out;
    const uint64_t *number = from;
    const struct bytes *bytes = from;
    switch (member->kind) {
    case KIND_KEY: {
        const struct statement_key *key = from;
        statement_words_key(out, "public_key", key->scheme, key->key);
        return;
    }
    case KIND_BYTES:
        statement_words_hex(out, member->name, *bytes);
        return;
    case KIND_LABEL:
        out_text(out, member->name, *bytes);
        return;
    case KIND_NUMBER:
        out_u64(out, member->name, *number);
        return;
    case KIND_SINCE:
        if (*number == STATEMENT_SINCE_NEVER) {
            out_string(out, member->name, "never: what they signed stays");
        } else {
            out_u64(out, member->name, *number);
        }
        return;
    case KIND_TIME:
        statement_words_time(out, member->name, *number);
        return;
    case KIND_FIXED:
        statement_words_hex(out, member->name, (struct bytes){from, member->size});
        return;
    case KIND_FELT:
    case KIND_CHAIN:
        say_bytes(out, member->name, "0x", (struct bytes){from, STATEMENT_FELT});
        return;
    case KIND_ITEMS:
        say_items(cli, member->name, from, member->size);
        return;
    case KIND_NAMES:
    case KIND_PEOPLE:
        say_names(cli, member->name, from);
        return;
    case KIND_SCOPES:
        say_scopes(out, member->name, *number);
        return;
    case KIND_DOCUMENT:
        say_document(out, member->name, *bytes);
        return;
    case KIND_TICKET:
        out_string(out, member->name, bytes->len == 0 ? "none" : "of an authority");
        return;
    case KIND_TRUTH:
        out_bool(out, member->name, *(const bool *)from);
        return;
    }
}

/* --- what it says --------------------------------------------------------------------------- */

static void say_place(struct out *out, const uint8_t *domain, const uint8_t *tenant)
{
    statement_words_hex(out, "tenant", (struct bytes){tenant, AUTH_TEXT_HASH});
    statement_words_hex(out, "domain_id", (struct bytes){domain, AUTH_TEXT_HASH});
}

static void say_chain(struct out *out, const struct auth_statement *text)
{
    if (text->is_apart) {
        return;
    }
    out_u64(out, "number", text->seq);
    if (text->prev == NULL) {
        out_string(out, "follows", "nothing: it is the first");
    } else {
        statement_words_hex(out, "follows", (struct bytes){text->prev, AUTH_TEXT_HASH});
    }
}

static void say_signers(struct out *out, unsigned who)
{
    char text[512];
    struct buf words = buf_over((uint8_t *)text, sizeof text);
    for (size_t i = 0; i < sizeof signers / sizeof signers[0]; i++) {
        if ((who & signers[i].who) != 0) {
            buf_put_text(&words, words.len == 0 ? "" : "; ");
            buf_put_text(&words, signers[i].text);
        }
    }
    out_text(out, "to_be_signed_by", buf_bytes(&words));
}

static enum cli_exit say_statement(struct cli *cli, const struct user_statement *file,
                                   const uint8_t **ret_tenant)
{
    struct out *out = &cli->out;
    struct statement *statement;
    struct status status = user_statement_open(&cli->arena, file, &statement);
    if (!status_is_ok(status)) {
        return cli_fail_about(cli, status_name((enum status_code)status.code),
                              "this is no statement", "text and body do not fit together",
                              "make it with coffer statement make, and change nothing in it");
    }
    const struct auth_statement *text = &statement->read.text;
    *ret_tenant = statement->read.tenant;
    out_string(out, "operation", statement_op_name(statement->op));
    out_string(out, "meaning", sentences[statement->op]);
    out_text(out, "scope", text->scope);
    for (const struct statement_member *at = statement_table(statement->op); at->name != NULL;
         at++) {
        say_member(cli, at, (const uint8_t *)&statement->body + at->at);
    }
    say_chain(out, text);
    if (text->not_before_ms != 0) {
        statement_words_time(out, "counts_from", text->not_before_ms);
    }
    say_place(out, statement->read.domain, statement->read.tenant);
    statement_words_hex(out, "proof_of", BYTES_ARRAY(statement->proof_of));
    say_signers(out, statement_op_who(statement->op));
    return CLI_DONE;
}

static enum cli_exit say_ticket(struct cli *cli, const struct user_statement *file,
                                struct auth_text_read_ticket *ticket)
{
    struct out *out = &cli->out;
    struct status status = user_statement_open_ticket(file, ticket);
    if (!status_is_ok(status)) {
        return cli_fail_about(cli, status_name((enum status_code)status.code), "this is no ticket",
                              "its text is none",
                              "make it with coffer ticket make, and change nothing in it");
    }
    out_string(out, "operation", "ticket");
    out_string(out, "meaning", "a user who is not known yet may enrol with a key, once");
    out_text(out, "user", ticket->text.user);
    statement_words_hex(out, "authenticator", BYTES_ARRAY(ticket->authenticator));
    statement_words_time(out, "issued", ticket->text.issued_ms);
    statement_words_time(out, "not_after", ticket->text.not_after_ms);
    say_place(out, ticket->domain, ticket->tenant);
    out_string(out, "to_be_signed_by",
               "as many operators as it takes, the wallet of the app; a service key with scope "
               "enrol");
    return CLI_DONE;
}

/* --- who signed ----------------------------------------------------------------------------- */

static void say_signature(struct cli *cli, const struct user_statement *file, size_t index,
                          const uint8_t *tenant, bool *is_good)
{
    const struct statement_sig *sig = &file->sigs[index];
    char id[2 * AUTH_TEXT_ID + 1] = "";
    char text[128];
    uint8_t bytes[AUTH_TEXT_ID];
    struct buf digits = buf_over((uint8_t *)id, sizeof id - 1);
    auth_text_authenticator(tenant, sig->scheme, sig->key, bytes);
    hex_put(&digits, BYTES_ARRAY(bytes));
    const char *scheme = user_key_scheme_name(sig->scheme);
    if (!user_statement_is_plain(sig->scheme)) {
        (void)snprintf(text, sizeof text, "of a key of %s, which is not checked here", scheme);
        out_finding(&cli->out, "open", id, text, "");
        return;
    }
    bool verifies = status_is_ok(user_statement_check(&cli->arena, file, sig));
    *is_good = *is_good && verifies;
    (void)snprintf(text, sizeof text,
                   verifies ? "a key of %s signed this text" : "a key of %s did not sign this text",
                   scheme);
    out_finding(&cli->out, verifies ? "ok" : "FAILED", id, text,
                verifies ? "" : "have it signed again; the text was changed, or the signature");
}

enum cli_exit statement_words_say(struct cli *cli, const struct user_statement *statement,
                                  bool *ret_is_good)
{
    struct auth_text_read_ticket ticket;
    const uint8_t *tenant = ticket.tenant;
    *ret_is_good = true;
    enum cli_exit result = user_statement_is_ticket(statement)
                               ? say_ticket(cli, statement, &ticket)
                               : say_statement(cli, statement, &tenant);
    if (result != CLI_DONE) {
        return result;
    }
    out_list(&cli->out, "signatures");
    for (size_t i = 0; i < statement->sig_count; i++) {
        say_signature(cli, statement, i, tenant, ret_is_good);
    }
    out_list_end(&cli->out);
    if (statement->sig_count == 0) {
        out_line(&cli->out, "nobody has signed it yet: coffer statement sign FILE --key KEYFILE");
    }
    return CLI_DONE;
}
