#include <string.h>

#include "codec/hex.h"
#include "coffer/commands.h"
#include "coffer/key_path.h"
#include "coffer/place_option.h"
#include "coffer/statement_members.h"
#include "coffer/stating.h"

#define DEFAULT_LIFE "90d"

/* The scope of a key of this tenant. */
static enum cli_exit about_key(struct cli *cli, struct stating *stating,
                               const struct statement_service *service)
{
    char id[2 * AUTH_TEXT_ID + 1] = "";
    uint8_t bytes[AUTH_TEXT_ID];
    struct buf text = buf_over((uint8_t *)id, sizeof id - 1);
    auth_text_service(stating->place.tenant, (enum auth_scheme)service->alg, service->key, bytes);
    hex_put(&text, BYTES_ARRAY(bytes));
    return stating_about(cli, stating, "s:", id);
}

static enum cli_exit read_key(struct cli *cli, struct statement_service *ret)
{
    struct user_public public;
    enum cli_exit result = key_path_read_public(cli, "--key", cli_value(cli, "--key", ""), &public);
    if (result != CLI_DONE) {
        return result;
    }
    ret->alg = public.scheme;
    struct status status = arena_copy(&cli->arena, user_public_bytes(&public), &ret->key);
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, "--key");
}

static enum cli_exit read_life(struct cli *cli, struct statement_service *ret)
{
    const char *until = cli_value(cli, "--not-after", DEFAULT_LIFE);
    ret->not_before_ms = statement_members_begin();
    return status_is_ok(statement_members_time(bytes_of(until), &ret->not_after_ms))
               ? CLI_DONE
               : cli_usage(cli, "a time is Unix milliseconds, or so long from now, such as 90d",
                           "--not-after");
}

static enum cli_exit need(struct cli *cli, const char *option, const char *text)
{
    return cli_has(cli, option) ? CLI_DONE : cli_usage(cli, text, option);
}

/* Have operators sign that a key may act. */
static enum cli_exit add(struct cli *cli, struct stating *stating,
                         const struct statement_service *service)
{
    struct user_statement statement;
    const struct stating_words words = {.op = STATEMENT_SERVICE_ADD, .body = {.service = *service}};
    enum cli_exit result = about_key(cli, stating, service);
    result = result == CLI_DONE ? stating_make(cli, stating, &words, &statement) : result;
    result = result == CLI_DONE
                 ? stating_sign(cli, &statement, "--authority", cli_value(cli, "--authority", ""))
                 : result;
    return result == CLI_DONE ? stating_end(cli, stating, &statement) : result;
}

/* --- service-key add --- */

static enum cli_exit read_terms(struct cli *cli, struct statement_service *ret)
{
    const char *users = cli_value(cli, "--users", "");
    struct status status =
        statement_members_scopes(bytes_of(cli_value(cli, "--scopes", "")), &ret->scopes);
    if (!status_is_ok(status)) {
        return cli_usage(cli,
                         "scopes are read, accounts, sign, lanes, enrol, revoke, propose, audit, "
                         "with commas between them",
                         "--scopes");
    }
    status = statement_members_people(&cli->arena, bytes_of(users), &ret->users);
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, "--users");
}

static enum cli_exit run_add(struct cli *cli)
{
    struct stating stating = {0};
    struct statement_service service = {0};
    enum cli_exit result = need(cli, "--key", "the service key, or its public key, is missing");
    result = result == CLI_DONE ? need(cli, "--users", "say for which users it may act, or all")
                                : result;
    result = result == CLI_DONE ? need(cli, "--authority", "operators have to sign") : result;
    result = result == CLI_DONE ? read_terms(cli, &service) : result;
    result = result == CLI_DONE ? read_life(cli, &service) : result;
    result = result == CLI_DONE ? read_key(cli, &service) : result;
    result = result == CLI_DONE ? stating_open(cli, &stating) : result;
    result = result == CLI_DONE ? add(cli, &stating, &service) : result;
    stating_close(&stating);
    return result;
}

static const struct cli_option add_options[] = {
    STATING_OPTIONS,
    {"--key", "FILE", "the key, or its public key"},
    {"--scopes", "LIST", "read, accounts, sign, lanes, enrol, revoke, propose, audit; with commas"},
    {"--users", "LIST", "usernames with commas between them, or all"},
    {"--not-after", "TIME", "until when: Unix ms, or so long from now; 90d by default"},
    STATING_AUTHORITY_ROW,
};

const struct cli_command cmd_service_key_add = {
    .name = "service-key add",
    .arguments = "",
    .summary = "Let a key of a back end act for users",
    .help = "A service key signs every request itself. It acts for the users that it is given, as\n"
            "far as its scopes go, and lives 400 days at most.\n\n"
            "Example:\n"
            "  coffer service-key add --key backend.pub --scopes read,sign --users alice \\\n"
            "    --authority coffer-data/operator.pem\n",
    .options = add_options,
    .options_count = sizeof add_options / sizeof add_options[0],
    .run = run_add,
};

/* --- service-key rotate --- */

/* What was said when the old key was added. */
static const struct statement *added(const struct stating *stating)
{
    for (size_t i = 0; i < stating->set.count; i++) {
        if (stating->set.list[i]->op == STATEMENT_SERVICE_ADD) {
            return stating->set.list[i];
        }
    }
    return NULL;
}

static enum cli_exit rotate(struct cli *cli, struct stating *stating)
{
    struct statement_service service;
    enum cli_exit result = stating_about(cli, stating, "s:", cli->arguments[0]);
    result = result == CLI_DONE ? stating_read(cli, stating, true) : result;
    const struct statement *old = result == CLI_DONE ? added(stating) : NULL;
    if (result == CLI_DONE && old == NULL) {
        return cli_fail_about(cli, "NOT_FOUND", "there is no such service key", cli->arguments[0],
                              "check its id: coffer key show FILE --domain HEX");
    }
    if (result != CLI_DONE) {
        return result;
    }
    service = old->body.service;
    result = read_life(cli, &service);
    result = result == CLI_DONE ? read_key(cli, &service) : result;
    return result == CLI_DONE ? add(cli, stating, &service) : result;
}

static enum cli_exit run_rotate(struct cli *cli)
{
    struct stating stating = {0};
    enum cli_exit result = need(cli, "--key", "the new key, or its public key, is missing");
    result = result == CLI_DONE ? need(cli, "--authority", "operators have to sign") : result;
    result = result == CLI_DONE ? stating_open(cli, &stating) : result;
    result = result == CLI_DONE ? rotate(cli, &stating) : result;
    stating_close(&stating);
    return result;
}

static const struct cli_option rotate_options[] = {
    STATING_OPTIONS,
    {"--key", "FILE", "the new key, or its public key"},
    {"--not-after", "TIME", "until when: Unix ms, or so long from now; 90d by default"},
    STATING_AUTHORITY_ROW,
};

const struct cli_command cmd_service_key_rotate = {
    .name = "service-key rotate",
    .arguments = "ID",
    .summary = "Add a key that may do what another one may",
    .help =
        "The new key has the scopes, users and document of the old one, which stays: revoke it\n"
        "with service-key revoke as soon as the new one is in use.\n\n"
        "Example:\n"
        "  coffer service-key rotate 105f7326873540a28f839c15150de756 --key new.pub \\\n"
        "    --authority coffer-data/operator.pem\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = rotate_options,
    .options_count = sizeof rotate_options / sizeof rotate_options[0],
    .run = run_rotate,
};

/* --- service-key revoke --- */

static enum cli_exit revoke(struct cli *cli, struct stating *stating)
{
    struct user_statement statement;
    const struct stating_words words = {.op = STATEMENT_SERVICE_REVOKE};
    enum cli_exit result = stating_about(cli, stating, "s:", cli->arguments[0]);
    result = result == CLI_DONE ? stating_make(cli, stating, &words, &statement) : result;
    result = result == CLI_DONE
                 ? stating_sign(cli, &statement, "--key", cli_value(cli, "--key", ""))
                 : result;
    result = result == CLI_DONE
                 ? stating_sign(cli, &statement, "--authority", cli_value(cli, "--authority", ""))
                 : result;
    return result == CLI_DONE ? stating_end(cli, stating, &statement) : result;
}

static enum cli_exit run_revoke(struct cli *cli)
{
    struct stating stating = {0};
    if (!cli_has(cli, "--key") && !cli_has(cli, "--authority")) {
        return cli_usage(cli, "a key has to sign: the service key, or those of operators",
                         "--key or --authority");
    }
    enum cli_exit result = stating_open(cli, &stating);
    result = result == CLI_DONE ? revoke(cli, &stating) : result;
    stating_close(&stating);
    return result;
}

static const struct cli_option revoke_options[] = {
    STATING_OPTIONS,
    {"--key", "FILE", "the service key itself"},
    STATING_AUTHORITY_ROW,
};

const struct cli_command cmd_service_key_revoke = {
    .name = "service-key revoke",
    .arguments = "ID",
    .summary = "End a service key for good",
    .help = "Example:\n"
            "  coffer service-key revoke 105f7326873540a28f839c15150de756 \\\n"
            "    --authority coffer-data/operator.pem\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = revoke_options,
    .options_count = sizeof revoke_options / sizeof revoke_options[0],
    .run = run_revoke,
};

/* --- freeze --- */

/* The greatest version of a policy that there is; 0 where there is none. */
static uint64_t greatest_version(const struct statement_set *set)
{
    uint64_t version = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct statement *at = set->list[i];
        if (at->op == STATEMENT_POLICY_SET && at->body.version.version > version) {
            version = at->body.version.version;
        }
    }
    return version;
}

static enum cli_exit freeze(struct cli *cli, struct stating *stating)
{
    struct user_statement statement;
    const char *scope = cli->arguments_count == 0 ? "t" : cli->arguments[0];
    struct stating_words words = {.op = STATEMENT_POLICY_FREEZE};
    bool is_said = cli_has(cli, "--version");
    enum cli_exit result = stating_about(cli, stating, scope, "");
    result = result == CLI_DONE && !is_said ? stating_read(cli, stating, true) : result;
    words.body.freeze.version =
        is_said ? cli_number(cli, "--version", 0) : greatest_version(&stating->set);
    result = result == CLI_DONE ? stating_make(cli, stating, &words, &statement) : result;
    result = result == CLI_DONE
                 ? stating_sign(cli, &statement, "--key", cli_value(cli, "--key", ""))
                 : result;
    return result == CLI_DONE ? stating_end(cli, stating, &statement) : result;
}

static enum cli_exit run_freeze(struct cli *cli)
{
    struct stating stating = {0};
    enum cli_exit result =
        need(cli, "--key", "a key has to sign: of one operator, an approver, or the user");
    result = result == CLI_DONE ? stating_open(cli, &stating) : result;
    result = result == CLI_DONE ? freeze(cli, &stating) : result;
    stating_close(&stating);
    return result;
}

static const struct cli_option freeze_options[] = {
    STATING_OPTIONS,
    {"--key", "FILE", "of any one operator, of an approver; of the user for o:NAME"},
    {"--version", "0..9007199254740991", "the greatest of its policies, where the node shows none"},
};

const struct cli_command cmd_freeze = {
    .name = "freeze",
    .arguments = "SCOPE",
    .summary = "Stop all signing of a tenant, a user or a service key",
    .help =
        "SCOPE is t for the tenant (without it), u:NAME for a user, s:ID for a service key, or\n"
        "o:NAME for the own layer of a user. One operator is enough. It holds until a policy\n"
        "with a greater version counts, which as many operators sign as it takes:\n"
        "coffer statement make policy.set version=1 'document={\"v\":1}' with the same --scope\n"
        "(version=2 the next time).\n\n"
        "Examples:\n"
        "  coffer freeze --key coffer-data/operator.pem\n"
        "  coffer freeze u:alice --key coffer-data/operator.pem\n",
    .arguments_min = 0,
    .arguments_max = 1,
    .options = freeze_options,
    .options_count = sizeof freeze_options / sizeof freeze_options[0],
    .run = run_freeze,
};
