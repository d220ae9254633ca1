#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "codec/hex.h"
#include "coffer/commands.h"
#include "coffer/input.h"
#include "coffer/key_path.h"
#include "coffer/place_option.h"
#include "coffer/statement_file.h"
#include "coffer/statement_members.h"
#include "coffer/statement_words.h"
#include "coffer/stating.h"

enum { TICKET_MS = 3600 * 1000 };

/* In: must, as stating_read. */
static enum cli_exit open_user(struct cli *cli, struct stating *stating, bool must,
                               struct user_log *log)
{
    enum cli_exit result = stating_open(cli, stating);
    result = result == CLI_DONE ? stating_about(cli, stating, "u:", cli->arguments[0]) : result;
    result = result == CLI_DONE ? stating_read(cli, stating, must) : result;
    return result == CLI_DONE ? stating_log(cli, stating, log) : result;
}

/* The body of an entry that adds a key. */
static enum cli_exit put_key(struct cli *cli, const char *option, struct statement_key *ret)
{
    struct user_public public;
    const char *label = cli_value(cli, "--label", "");
    enum cli_exit result = key_path_read_public(cli, option, cli_value(cli, option, ""), &public);
    if (result != CLI_DONE) {
        return result;
    }
    ret->scheme = public.scheme;
    ret->label = bytes_of(label);
    struct status status = arena_copy(&cli->arena, user_public_bytes(&public), &ret->key);
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, option);
}

/* --- user enrol --- */

/* A ticket of the authority for this key, made and signed here. */
static enum cli_exit make_ticket(struct cli *cli, const struct stating *stating,
                                 const struct statement_key *key, struct user_statement *ret)
{
    struct entropy entropy = entropy_system();
    const struct clock clock = clock_system();
    uint8_t id[AUTH_TEXT_ID];
    uint8_t salt[AUTH_TEXT_SALT];
    uint64_t now_ms = clock_wall(&clock).lo_ms;
    const struct auth_ticket about = {.place = user_place_of(&stating->place),
                                      .user = bytes_of(cli->arguments[0]),
                                      .authenticator = id,
                                      .issued_ms = now_ms,
                                      .not_after_ms = now_ms + TICKET_MS,
                                      .salt = salt};
    auth_text_authenticator(stating->place.tenant, (enum auth_scheme)key->scheme, key->key, id);
    struct status status = entropy_fill(&entropy, salt, sizeof salt);
    status = status_is_ok(status) ? user_statement_make_ticket(&cli->arena, &about, ret) : status;
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, "the ticket");
    }
    return stating_sign(cli, ret, "--authority", cli_value(cli, "--authority", ""));
}

/* Who says that the user may have this key: somebody who gave a ticket, or a key from before. */
static enum cli_exit take_leave(struct cli *cli, const struct stating *stating,
                                const struct user_log *log, struct user_statement *ticket,
                                struct statement_key *key)
{
    enum cli_exit result = CLI_DONE;
    if (log->is_known) {
        return cli_has(cli, "--with")
                   ? CLI_DONE
                   : cli_fail_about(cli, "STATEMENT_SIGNER", "this user has keys already",
                                    cli->arguments[0],
                                    "sign with one of them, too: --with FILE; where all are lost: "
                                    "coffer user recover");
    }
    if (cli_has(cli, "--ticket")) {
        result = statement_file_read(cli, cli_value(cli, "--ticket", ""), ticket);
    } else if (cli_has(cli, "--authority")) {
        result = make_ticket(cli, stating, key, ticket);
    } else {
        return cli_usage(cli,
                         "there is no such user yet: a first key needs leave, by a ticket or an "
                         "operator's key",
                         "--ticket or --authority");
    }
    key->ticket = (struct statement_ticket){ticket->text, {ticket->sigs, ticket->sig_count}};
    return result;
}

static enum cli_exit enrol(struct cli *cli, struct stating *stating)
{
    struct user_log log;
    struct user_statement statement;
    struct stating_words words = {.op = STATEMENT_USER_ADD, .log = &log};
    struct user_statement *ticket = arena_alloc(&cli->arena, sizeof *ticket);
    if (ticket == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), "");
    }
    enum cli_exit result = open_user(cli, stating, cli_has(cli, "--with"), &log);
    result = result == CLI_DONE ? put_key(cli, "--key", &words.body.key) : result;
    result = result == CLI_DONE ? take_leave(cli, stating, &log, ticket, &words.body.key) : result;
    result = result == CLI_DONE ? stating_make(cli, stating, &words, &statement) : result;
    result = result == CLI_DONE
                 ? stating_sign(cli, &statement, "--key", cli_value(cli, "--key", ""))
                 : result;
    if (result == CLI_DONE && log.is_known) {
        result = stating_sign(cli, &statement, "--with", cli_value(cli, "--with", ""));
    }
    return result == CLI_DONE ? stating_end(cli, stating, &statement) : result;
}

static enum cli_exit run_enrol(struct cli *cli)
{
    struct stating stating = {0};
    if (!cli_has(cli, "--key")) {
        return cli_usage(cli, "the key that is to be enrolled is missing", "--key or COFFER_KEY");
    }
    enum cli_exit result = enrol(cli, &stating);
    stating_close(&stating);
    return result;
}

static const struct cli_option enrol_options[] = {
    STATING_OPTIONS,
    {"--key", "FILE", "the key that will speak for the user; it signs, too"},
    {"--ticket", "FILE", "a ticket for it, of the authority: for the first key"},
    STATING_AUTHORITY_ROW,
    {"--with", "FILE", "a key that the user has already: for a further one"},
    {"--label", "TEXT", "what the user calls it, such as a laptop"},
};

const struct cli_command cmd_user_enrol = {
    .name = "user enrol",
    .arguments = "USERNAME",
    .summary = "Enrol a key of a user: the first one, or a further one",
    .help =
        "The first key of a user needs leave of the tenant's authority: a ticket that it signed\n"
        "(coffer ticket make), or its keys themselves. A further one is signed by one that the\n"
        "user has. It makes, signs and sends what coffer statement does one by one.\n\n"
        "Examples:\n"
        "  coffer user enrol alice --key alice.pem --authority coffer-data/operator.pem\n"
        "  coffer user enrol alice --key phone.pem --with alice.pem --label phone\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = enrol_options,
    .options_count = sizeof enrol_options / sizeof enrol_options[0],
    .run = run_enrol,
};

/* --- user list --- */

static void say_key(struct out *out, const struct user_log_key *key)
{
    const struct statement_key *said = &key->by->body.key;
    char id[2 * AUTH_TEXT_ID + 1] = "";
    struct buf digits = buf_over((uint8_t *)id, sizeof id - 1);
    hex_put(&digits, BYTES_ARRAY(key->id));
    out_item(out, "authenticator", id);
    statement_words_key(out, "public_key", said->scheme, said->key);
    out_text(out, "label", said->label);
    statement_words_time(out, "since", key->by->parts.t_ms);
    out_item_end(out);
}

static void say_revoked(struct out *out, const struct user_log_id *id)
{
    char text[2 * AUTH_TEXT_ID + 1] = "";
    struct buf digits = buf_over((uint8_t *)text, sizeof text - 1);
    hex_put(&digits, BYTES_ARRAY(id->id));
    out_item(out, "authenticator", text);
    statement_words_time(out, "revoked", id->revoked_ms);
    out_item_end(out);
}

static void say_pending(struct out *out, const struct user_log_pending *pending)
{
    char text[2 * AUTH_TEXT_HASH + 1] = "";
    struct buf digits = buf_over((uint8_t *)text, sizeof text - 1);
    hex_put(&digits, BYTES_ARRAY(pending->statement->proof_of));
    out_item(out, "proof_of", text);
    out_string(out, "operation", statement_op_name(pending->statement->op));
    out_string(out, "meaning", statement_words_of(pending->statement->op));
    out_item_end(out);
}

static enum cli_exit say_log(struct cli *cli, const struct user_log *log)
{
    struct out *out = &cli->out;
    out_string(out, "user", cli->arguments[0]);
    out_bool(out, "known", log->is_known);
    out_bool(out, "forked", log->is_forked);
    out_u64(out, "number", log->number);
    statement_words_hex(out, "head", BYTES_ARRAY(log->head));
    out_list(out, "keys");
    for (size_t i = 0; i < log->key_count; i++) {
        say_key(out, &log->keys[i]);
    }
    out_list_end(out);
    out_list(out, "revoked");
    for (size_t i = 0; i < log->id_count; i++) {
        if (log->ids[i].is_revoked) {
            say_revoked(out, &log->ids[i]);
        }
    }
    out_list_end(out);
    out_list(out, "pending");
    for (size_t i = 0; i < log->pending_count; i++) {
        say_pending(out, &log->pending[i]);
    }
    out_list_end(out);
    return out_flush(out, true) ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit run_list(struct cli *cli)
{
    struct stating stating = {0};
    struct user_log log;
    enum cli_exit result = open_user(cli, &stating, true, &log);
    result = result == CLI_DONE ? say_log(cli, &log) : result;
    stating_close(&stating);
    return result;
}

static const struct cli_option list_options[] = {STATING_OPTIONS};

const struct cli_command cmd_user_list = {
    .name = "user list",
    .arguments = "USERNAME",
    .summary = "Show the keys of a user, what was revoked, and what waits",
    .help = "What the node has is checked here: signatures, and what it means together. What it\n"
            "keeps back cannot be seen; number and head, kept from before, would show it.\n\n"
            "Example:\n"
            "  coffer user list alice\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = list_options,
    .options_count = sizeof list_options / sizeof list_options[0],
    .run = run_list,
};

/* --- user revoke, recover, join --- */

static enum cli_exit sign_and_end(struct cli *cli, struct stating *stating,
                                  struct user_statement *statement)
{
    enum cli_exit result = stating_sign(cli, statement, "--key", cli_value(cli, "--key", ""));
    result = result == CLI_DONE
                 ? stating_sign(cli, statement, "--authority", cli_value(cli, "--authority", ""))
                 : result;
    return result == CLI_DONE ? stating_end(cli, stating, statement) : result;
}

static enum cli_exit need_signer(struct cli *cli)
{
    return cli_has(cli, "--key") || cli_has(cli, "--authority")
               ? CLI_DONE
               : cli_usage(cli, "a key has to sign: one of the user, or those of operators",
                           "--key or --authority");
}

/* Ids in ascending order, as bodies have them: read as a list with commas. */
static enum cli_exit read_ids(struct cli *cli, struct statement_revoke *ret)
{
    const char *since = cli_value(cli, "--since", NULL);
    struct status status =
        statement_members_ids(&cli->arena, cli->arguments + 1, cli->arguments_count - 1, &ret->ids);
    if (!status_is_ok(status)) {
        return cli_usage(cli, "the id of a key has 32 hex digits; see coffer user list", "ID");
    }
    ret->since =
        since == NULL ? STATEMENT_SINCE_NEVER : cli_number(cli, "--since", STATEMENT_SINCE_NEVER);
    return CLI_DONE;
}

static enum cli_exit run_revoke(struct cli *cli)
{
    struct stating stating = {0};
    struct user_statement statement;
    struct stating_words words = {.op = STATEMENT_USER_REVOKE};
    enum cli_exit result = need_signer(cli);
    result = result == CLI_DONE ? read_ids(cli, &words.body.revoke) : result;
    result = result == CLI_DONE ? stating_open(cli, &stating) : result;
    result = result == CLI_DONE ? stating_about(cli, &stating, "u:", cli->arguments[0]) : result;
    result = result == CLI_DONE ? stating_make(cli, &stating, &words, &statement) : result;
    result = result == CLI_DONE ? sign_and_end(cli, &stating, &statement) : result;
    stating_close(&stating);
    return result;
}

static const struct cli_option revoke_options[] = {
    STATING_OPTIONS,
    {"--key", "FILE", "the key itself, or one that the user had before it"},
    STATING_AUTHORITY_ROW,
    {"--since", "1..9007199254740991", "what they signed from this number on is void, too"},
};

const struct cli_command cmd_user_revoke = {
    .name = "user revoke",
    .arguments = "USERNAME",
    .summary = "Revoke keys of a user, for good; all sessions of the user end with it",
    .help = "After the username come the ids of the keys, as user list shows them. A key revokes\n"
            "itself and what came after it; operators revoke every key. A revoked key is never\n"
            "enrolled again.\n\n"
            "Example:\n"
            "  coffer user revoke alice c4389308b1e0211bb4a86e1e4b609ee0 --key alice.pem\n",
    .arguments_min = 2,
    .arguments_max = 17,
    .options = revoke_options,
    .options_count = sizeof revoke_options / sizeof revoke_options[0],
    .run = run_revoke,
};

static enum cli_exit recover(struct cli *cli, struct stating *stating)
{
    struct user_log log;
    struct user_statement statement;
    struct stating_words words = {.op = STATEMENT_USER_RECOVER, .log = &log};
    enum cli_exit result = open_user(cli, stating, true, &log);
    if (result == CLI_DONE && !log.is_known) {
        return cli_fail_about(cli, "NOT_FOUND", "there is no such user", cli->arguments[0],
                              "enrol a first key: coffer user enrol");
    }
    result = result == CLI_DONE ? put_key(cli, "--for", &words.body.key) : result;
    result = result == CLI_DONE ? stating_make(cli, stating, &words, &statement) : result;
    result = result == CLI_DONE
                 ? stating_sign(cli, &statement, "--authority", cli_value(cli, "--authority", ""))
                 : result;
    return result == CLI_DONE ? stating_end(cli, stating, &statement) : result;
}

static enum cli_exit run_recover(struct cli *cli)
{
    struct stating stating = {0};
    if (!cli_has(cli, "--for") || !cli_has(cli, "--authority")) {
        return cli_usage(cli, "operators give a user a new key", "--for and --authority");
    }
    enum cli_exit result = recover(cli, &stating);
    stating_close(&stating);
    return result;
}

static const struct cli_option recover_options[] = {
    STATING_OPTIONS,
    {"--for", "FILE", "the new key, or its public key"},
    STATING_AUTHORITY_ROW,
    {"--label", "TEXT", "what the user calls it, such as a laptop"},
};

const struct cli_command cmd_user_recover = {
    .name = "user recover",
    .arguments = "USERNAME",
    .summary = "Give a user who has lost all keys a new one, after the tenant's delay",
    .help =
        "It counts after the delay of the tenant for recoveries (72 hours by default), unless a\n"
        "key of the user vetoes it until then: coffer statement make user.veto of=PROOF_OF.\n\n"
        "Example:\n"
        "  coffer user recover alice --for new.pub --authority coffer-data/operator.pem\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = recover_options,
    .options_count = sizeof recover_options / sizeof recover_options[0],
    .run = run_recover,
};

static enum cli_exit join(struct cli *cli, struct stating *stating)
{
    struct user_log log;
    struct user_statement statement;
    enum cli_exit result = open_user(cli, stating, true, &log);
    if (result == CLI_DONE && !log.is_forked) {
        return cli_fail_about(cli, "NOT_FOUND", "the log of the user is not forked",
                              cli->arguments[0], "there is nothing to be joined");
    }
    const struct stating_words words = {.op = STATEMENT_USER_JOIN,
                                        .body = {.join = {.heads = log.heads}}};
    result = result == CLI_DONE ? stating_make(cli, stating, &words, &statement) : result;
    return result == CLI_DONE ? sign_and_end(cli, stating, &statement) : result;
}

static enum cli_exit run_join(struct cli *cli)
{
    struct stating stating = {0};
    enum cli_exit result = need_signer(cli);
    result = result == CLI_DONE ? join(cli, &stating) : result;
    stating_close(&stating);
    return result;
}

static const struct cli_option join_options[] = {
    STATING_OPTIONS,
    {"--key", "FILE", "a key from before the fork: it counts after 24 hours"},
    STATING_AUTHORITY_ROW,
};

const struct cli_command cmd_user_join = {
    .name = "user join",
    .arguments = "USERNAME",
    .summary = "Make the log of a user one again, after two devices stated things at once",
    .help = "All branches count then: revoke first what is not the user's.\n\n"
            "Example:\n"
            "  coffer user join alice --authority coffer-data/operator.pem\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = join_options,
    .options_count = sizeof join_options / sizeof join_options[0],
    .run = run_join,
};
