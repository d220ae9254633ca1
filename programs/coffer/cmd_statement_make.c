#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "codec/hex.h"
#include "coffer/commands.h"
#include "coffer/key_path.h"
#include "coffer/place_option.h"
#include "coffer/statement_file.h"
#include "coffer/statement_members.h"
#include "coffer/statement_words.h"

enum { TICKET_LIFE_MS = 24 * 3600 * 1000 };

/* --- statement make --- */

static enum cli_exit read_op(struct cli *cli, enum statement_op *ret)
{
    char text[512];
    struct buf words = buf_over((uint8_t *)text, sizeof text - 1);
    if (status_is_ok(statement_op_read(bytes_of(cli->arguments[0]), ret))) {
        return CLI_DONE;
    }
    buf_put_text(&words, "an operation is one of ");
    for (int i = 0; i < STATEMENT_OPS_COUNT; i++) {
        buf_put_text(&words, i == 0 ? "" : ", ");
        buf_put_text(&words, statement_op_name((enum statement_op)i));
    }
    buf_put_text(&words, "; not");
    text[words.len] = '\0';
    return cli_usage(cli, text, cli->arguments[0]);
}

/* The scope that follows from what is said; one that does not has to be given. */
static enum cli_exit read_scope(struct cli *cli, enum statement_op op,
                                const struct user_place *place, const union statement_body *body,
                                struct buf *scope)
{
    uint8_t id[AUTH_TEXT_ID];
    struct statement_scope read;
    const char *given = cli_value(cli, "--scope", NULL);
    if (given == NULL && op == STATEMENT_SERVICE_ADD) {
        auth_text_service(place->tenant, (enum auth_scheme)body->service.alg, body->service.key,
                          id);
        buf_put_text(scope, "s:");
        hex_put(scope, BYTES_ARRAY(id));
    } else if (given == NULL && op == STATEMENT_APPROVER_ADD) {
        auth_text_authenticator(place->tenant, (enum auth_scheme)body->approver.scheme,
                                body->approver.key, id);
        buf_put_text(scope, "a:");
        hex_put(scope, BYTES_ARRAY(id));
    } else if (given == NULL && statement_op_scopes(op) == STATEMENT_TENANT) {
        buf_put_text(scope, "t");
    } else if (given != NULL) {
        buf_put_text(scope, given);
    }
    if (scope->len == 0 || !status_is_ok(statement_scope_read(buf_bytes(scope), &read)) ||
        (statement_op_scopes(op) & read.kind) == 0) {
        return cli_usage(cli,
                         "say what it is about: u:NAME of a user, o:NAME of a user's own policy, "
                         "s:ID of a service key, a:ID of an approver, or t; this operation takes "
                         "another, or it is missing",
                         "--scope");
    }
    return CLI_DONE;
}

/* Where it stands in the chain, and from when on it counts. */
static enum cli_exit read_order(struct cli *cli, enum statement_op op, uint8_t *prev,
                                struct auth_statement *about)
{
    const char *after = cli_value(cli, "--prev", NULL);
    about->seq = cli_number(cli, "--seq", 1);
    if (!statement_op_is_chained(op) && (after != NULL || cli_has(cli, "--seq"))) {
        return cli_usage(cli, "this operation has no place in a chain",
                         after != NULL ? "--prev" : "--seq");
    }
    if (statement_op_is_chained(op) && (after != NULL) != (about->seq > 1)) {
        return cli_usage(cli,
                         "the first of a log has number 1 and follows nothing; every other "
                         "one names the one before it",
                         "--seq and --prev");
    }
    if (after != NULL) {
        if (!status_is_ok(statement_members_hex(bytes_of(after), AUTH_TEXT_HASH, prev))) {
            return cli_usage(cli, "the proof_of of the one before has 64 hex digits", "--prev");
        }
        about->prev = prev;
    }
    const char *from = cli_value(cli, "--not-before", NULL);
    if (from != NULL &&
        !status_is_ok(statement_members_time(bytes_of(from), &about->not_before_ms))) {
        return cli_usage(cli, "a time is Unix milliseconds, or so long from now, such as 24h",
                         "--not-before");
    }
    return CLI_DONE;
}

static enum cli_exit make(struct cli *cli, enum statement_op op, const struct user_place *place)
{
    union statement_body body;
    struct user_statement statement;
    uint8_t scope_text[AUTH_TEXT_SCOPE];
    uint8_t prev[AUTH_TEXT_HASH];
    uint8_t salt[AUTH_TEXT_SALT];
    struct entropy entropy = entropy_system();
    struct buf scope = buf_over(scope_text, sizeof scope_text);
    struct auth_statement about = {.place = user_place_of(place), .salt = salt};
    enum cli_exit result = statement_members_read(cli, op, 1, &body);
    result = result == CLI_DONE ? read_scope(cli, op, place, &body, &scope) : result;
    result = result == CLI_DONE ? read_order(cli, op, prev, &about) : result;
    if (result != CLI_DONE) {
        return result;
    }
    about.scope = buf_bytes(&scope);
    struct status status = entropy_fill(&entropy, salt, sizeof salt);
    status = status_is_ok(status) ? user_statement_make(&cli->arena, &about, op, &body, &statement)
                                  : status;
    if (status.code == STATUS_RECORD_INVALID) {
        return cli_fail_about(cli, "RECORD_INVALID", "this cannot be stated", statement_op_name(op),
                              "check that every value is within its limits, and that the scope is "
                              "that of the key");
    }
    return status_is_ok(status) ? statement_file_end(cli, &statement) : cli_fail(cli, status, "");
}

static enum cli_exit run_make(struct cli *cli)
{
    enum statement_op op;
    struct user_place place;
    enum cli_exit result = read_op(cli, &op);
    result = result == CLI_DONE ? place_option_read(cli, &place) : result;
    return result == CLI_DONE ? make(cli, op, &place) : result;
}

static const struct cli_option make_options[] = {
    PLACE_OPTIONS,
    {"--scope", "TEXT", "what it is about: u:NAME, o:NAME, s:ID, a:ID or t"},
    {"--seq", "1..4294967295", "its number in the log of a user; 1 by default"},
    {"--prev", "HEX", "proof_of of the one before it"},
    {"--not-before", "TIME", "it counts from then on: Unix ms, or so long from now, such as 24h"},
    STATEMENT_FILE_OUTPUT_ROW,
};

const struct cli_command cmd_statement_make = {
    .name = "statement make",
    .arguments = "OPERATION",
    .summary = "Make a statement about a user, a key or a policy, for others to sign",
    .help =
        "After the operation come the members of its body, MEMBER=VALUE. Lists have commas, bytes\n"
        "are hex, a key is a file with a key or public key (or passkey:HEX), times are Unix ms or\n"
        "so long from now (90d), a document is its text or @FILE:\n\n"
        "  user.add        key, ticket, label, cred       user.recover    key, label, cred\n"
        "  user.grant      service, not_after, document   user.revoke     ids, since\n"
        "  user.veto       of                             user.join       heads\n"
        "  foreign.add     chain, address, class, index   lane.set        chain, account, lane, "
        "next\n"
        "  service.add     key, scopes, users, not_after, not_before, document\n"
        "  service.revoke  -                              approver.revoke -\n"
        "  approver.add    key, groups                    policy.freeze   version\n"
        "  policy.set      version, document              tenant.set      version, document\n"
        "  identity.resume incarnation, policies, spent\n\n"
        "What is printed is signed with statement sign and sent with statement submit.\n\n"
        "Examples:\n"
        "  coffer statement make policy.freeze version=1 --output freeze.json --scope t \\\n"
        "    --domain f2ff83860a4dc203988ed1a22ba1f21237f04abdbd0c4c951103cfbed121de78\n"
        "  coffer statement make service.add key=backend.pub scopes=read,sign users=all \\\n"
        "    not_after=90d \\\n"
        "    --domain f2ff83860a4dc203988ed1a22ba1f21237f04abdbd0c4c951103cfbed121de78\n",
    .arguments_min = 1,
    .arguments_max = 16,
    .options = make_options,
    .options_count = sizeof make_options / sizeof make_options[0],
    .run = run_make,
};

/* --- ticket make --- */

static enum cli_exit make_ticket(struct cli *cli, const struct user_place *place,
                                 const struct user_public *public)
{
    struct clock clock = clock_system();
    struct entropy entropy = entropy_system();
    struct user_statement ticket;
    uint8_t id[AUTH_TEXT_ID];
    uint8_t salt[AUTH_TEXT_SALT];
    uint64_t now_ms = clock_wall(&clock).lo_ms;
    struct auth_ticket about = {.place = user_place_of(place),
                                .user = bytes_of(cli->arguments[0]),
                                .authenticator = id,
                                .issued_ms = now_ms,
                                .not_after_ms = now_ms + TICKET_LIFE_MS,
                                .salt = salt};
    const char *until = cli_value(cli, "--not-after", NULL);
    if (until != NULL &&
        !status_is_ok(statement_members_time(bytes_of(until), &about.not_after_ms))) {
        return cli_usage(cli, "a time is Unix milliseconds, or so long from now, such as 24h",
                         "--not-after");
    }
    auth_text_authenticator(place->tenant, public->scheme, user_public_bytes(public), id);
    struct status status = entropy_fill(&entropy, salt, sizeof salt);
    status =
        status_is_ok(status) ? user_statement_make_ticket(&cli->arena, &about, &ticket) : status;
    return status_is_ok(status) ? statement_file_end(cli, &ticket) : cli_fail(cli, status, "");
}

static enum cli_exit run_ticket(struct cli *cli)
{
    struct user_place place;
    struct user_public public;
    const char *path = cli_value(cli, "--for", NULL);
    if (path == NULL) {
        return cli_usage(cli, "the key that is to be enrolled is missing", "--for");
    }
    if (!statement_user_is_valid(bytes_of(cli->arguments[0]))) {
        return cli_usage(cli, "a username has 1 to 255 of A-Z, a-z, 0-9, _, . and -",
                         cli->arguments[0]);
    }
    enum cli_exit result = place_option_read(cli, &place);
    result = result == CLI_DONE ? key_path_read_public(cli, "--for", path, &public) : result;
    return result == CLI_DONE ? make_ticket(cli, &place, &public) : result;
}

static const struct cli_option ticket_options[] = {
    PLACE_OPTIONS,
    {"--for", "FILE", "the key that the user will enrol, or its public key"},
    {"--not-after", "TIME", "until when: Unix ms, or so long from now; 24h by default"},
    STATEMENT_FILE_OUTPUT_ROW,
};

const struct cli_command cmd_ticket_make = {
    .name = "ticket make",
    .arguments = "USERNAME",
    .summary = "Make a ticket with which a user may enrol a first key",
    .help = "The authority of the tenant signs it with statement sign; the user then gives it to\n"
            "user.add: coffer statement make user.add key=FILE ticket=FILE --scope u:USERNAME.\n\n"
            "Example:\n"
            "  coffer ticket make alice --for alice.pub --output ticket.json \\\n"
            "    --domain f2ff83860a4dc203988ed1a22ba1f21237f04abdbd0c4c951103cfbed121de78\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = ticket_options,
    .options_count = sizeof ticket_options / sizeof ticket_options[0],
    .run = run_ticket,
};
