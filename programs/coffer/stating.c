#include "coffer/stating.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/secret.h"
#include "codec/hex.h"
#include "codec/json_out.h"
#include "coffer/key_path.h"
#include "coffer/node_trust.h"
#include "coffer/place_option.h"
#include "coffer/statement_words.h"

enum {
    BODY_MAX = 1 << 18,
    TARGET_MAX = AUTH_TEXT_SCOPE + 160,
    CURSOR_MAX = 2 * AUTH_TEXT_HASH + 1,
    PAGE = 100,
    RECORDS_MAX = 4096, /* more than a scope may have */
    PATH_MAX_LEN = 4096,
    RECOVERY_MS = 72 * 3600 * 1000, /* unless the tenant says otherwise: to show when it counts */
};

/* --- what there is -------------------------------------------------------------------------- */

/* The session says which node, and whom it is about. */
static enum cli_exit open_session(struct cli *cli, struct stating *ret)
{
    if (cli_given(cli, "--node") || cli_given(cli, "--tenant")) {
        return cli_usage(cli, "the session says which node and tenant", "--node or --tenant");
    }
    enum cli_exit result = session_call_open(cli, cli_value(cli, "--session", ""), &ret->session);
    ret->has_session = true;
    ret->url = ret->session.session.url;
    ret->place = ret->session.session.place;
    return result;
}

enum cli_exit stating_open(struct cli *cli, struct stating *ret)
{
    struct node_trust trust;
    *ret = (struct stating){.url = cli_value(cli, "--node", NODE_API_DEFAULT)};
    enum cli_exit result = cli_has(cli, "--session") ? open_session(cli, ret) : CLI_DONE;
    if (result != CLI_DONE) {
        return result;
    }
    struct status status = node_api_open(&ret->api, &cli->arena, ret->url);
    if (!status_is_ok(status)) {
        return node_api_fail(cli, status, ret->url);
    }
    if (ret->has_session) {
        return CLI_DONE;
    }
    result = node_trust_find(cli, &ret->api, ret->url, &trust);
    memcpy(ret->place.domain, trust.domain, sizeof ret->place.domain);
    return result == CLI_DONE ? place_option_tenant(cli, &ret->place) : result;
}

void stating_close(struct stating *stating)
{
    node_api_close(&stating->api);
    session_call_close(&stating->session);
}

enum cli_exit stating_about(struct cli *cli, struct stating *stating, const char *kind,
                            const char *name)
{
    struct statement_scope scope;
    int len = snprintf(stating->scope, sizeof stating->scope, "%s%s", kind, name);
    if (len < 0 || (size_t)len >= sizeof stating->scope ||
        !status_is_ok(statement_scope_read(bytes_of(stating->scope), &scope))) {
        return cli_usage(cli,
                         "what it is about is u:NAME of a user, s:ID of a service key, o:NAME or "
                         "t; a username has 1 to 255 of A-Z, a-z, 0-9, _, . and -, an id 32 hex "
                         "digits in lower case; not",
                         stating->scope);
    }
    return CLI_DONE;
}

/* A record that the node has: taken when it is about this scope, and all who signed it did. */
static bool take_record(struct cli *cli, const struct stating *stating, const struct json_in *item,
                        const struct statement **ret)
{
    struct statement *statement;
    const struct auth_place place = user_place_of(&stating->place);
    if (!status_is_ok(user_statement_take(&cli->arena, item, &statement)) ||
        !statement_is_of(statement, &place, bytes_of(stating->scope))) {
        return false;
    }
    const struct user_statement said = {.text = statement->parts.text};
    for (size_t i = 0; i < statement->parts.sigs.count; i++) {
        const struct statement_sig *sig = &statement->parts.sigs.list[i];
        if (user_statement_is_plain(sig->scheme) &&
            !status_is_ok(user_statement_check(&cli->arena, &said, sig))) {
            return false;
        }
    }
    *ret = statement;
    return true;
}

static enum cli_exit take_page(struct cli *cli, const struct stating *stating,
                               const struct json_in *list, const struct statement **to)
{
    size_t count = 0;
    (void)json_in_count(list, &count);
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(list, i);
        if (!take_record(cli, stating, &item, &to[i])) {
            return cli_fail_about(cli, "RECORD_INVALID",
                                  "the node has a statement that nobody can have signed",
                                  stating->scope, "do not go by what it says; ask another node");
        }
    }
    return CLI_DONE;
}

static enum cli_exit ask_page(struct cli *cli, struct stating *stating, const char *target,
                              struct node_api_answer *ret)
{
    const struct node_api_message message = {.method = "GET", .path = target};
    if (stating->has_session) {
        return session_call_send(cli, &stating->session, &message, ret);
    }
    struct status status = node_api_send(&stating->api, &message, ret);
    return status_is_ok(status) ? CLI_DONE : node_api_fail(cli, status, stating->url);
}

/* Those behind a cursor, which is replaced by the next one, or becomes empty. */
static enum cli_exit read_page(struct cli *cli, struct stating *stating, bool must, char *cursor,
                               const struct statement **all)
{
    char target[TARGET_MAX];
    struct node_api_answer answer;
    struct json_in list;
    size_t count = 0;
    (void)snprintf(target, sizeof target, "/v1/statements?scope=%s&limit=%d%s%s", stating->scope,
                   PAGE, *cursor == '\0' ? "" : "&cursor=", cursor);
    enum cli_exit result = ask_page(cli, stating, target, &answer);
    if (result != CLI_DONE) {
        return result;
    }
    cursor[0] = '\0';
    bool is_closed = answer.http == 401 || answer.http == 403;
    if (is_closed && !must) {
        stating->is_told = false;
        return CLI_DONE;
    }
    if (answer.http != 200 || answer.json.root == NULL) {
        return node_api_refused(cli, &answer);
    }
    struct json_in root = json_in_root(&answer.json);
    bool has_list = json_in_find(&root, "statements", &list) &&
                    json_in_kind(&list) == JSON_IN_ARRAY &&
                    status_is_ok(json_in_count(&list, &count)) && count <= PAGE;
    if (!has_list || stating->set.count + count > RECORDS_MAX) {
        return cli_fail_text(cli, "IO", "the answer has no statements, or too many",
                             "check that --node names a Coffer node");
    }
    struct bytes next = node_api_text(&answer, "next");
    result = take_page(cli, stating, &list, all + stating->set.count);
    stating->set.count += count;
    if (next.len == 2 * AUTH_TEXT_HASH) {
        (void)snprintf(cursor, CURSOR_MAX, "%.*s", (int)next.len, (const char *)next.ptr);
    }
    return result;
}

enum cli_exit stating_read(struct cli *cli, struct stating *stating, bool must)
{
    char cursor[CURSOR_MAX] = "";
    const struct statement **all = arena_array(&cli->arena, RECORDS_MAX, sizeof(const void *));
    if (all == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), "");
    }
    stating->set = (struct statement_set){all, 0};
    stating->is_told = true;
    enum cli_exit result;
    do {
        result = read_page(cli, stating, must, cursor, all);
    } while (result == CLI_DONE && cursor[0] != '\0');
    return result;
}

enum cli_exit stating_log(struct cli *cli, struct stating *stating, struct user_log *ret)
{
    const struct clock clock = clock_system();
    const struct user_log_rules rules = {.place = user_place_of(&stating->place),
                                         .scope = bytes_of(stating->scope),
                                         .recovery_ms = RECOVERY_MS,
                                         .now_ms = clock_wall(&clock).lo_ms};
    struct status status = user_log_read(&cli->arena, &stating->set, &rules, ret);
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, stating->scope);
}

/* --- one more ------------------------------------------------------------------------------- */

enum cli_exit stating_make(struct cli *cli, const struct stating *stating,
                           const struct stating_words *words, struct user_statement *ret)
{
    uint8_t salt[AUTH_TEXT_SALT];
    struct entropy entropy = entropy_system();
    const struct user_log *log = words->log;
    struct auth_statement about = {
        .place = user_place_of(&stating->place), .scope = bytes_of(stating->scope), .salt = salt};
    if (log != NULL && log->is_forked) {
        return cli_fail_about(cli, "LOG_FORKED", "two devices have stated things at once",
                              stating->scope, "join them first: coffer user join USERNAME");
    }
    if (log != NULL) {
        about.seq = (uint64_t)log->number + 1;
        about.prev = log->number == 0 ? NULL : log->head;
    }
    struct status status = entropy_fill(&entropy, salt, sizeof salt);
    status = status_is_ok(status)
                 ? user_statement_make(&cli->arena, &about, words->op, &words->body, ret)
                 : status;
    if (status.code == STATUS_RECORD_INVALID) {
        return cli_fail_about(cli, "RECORD_INVALID", "this cannot be stated",
                              statement_op_name(words->op),
                              "check that every value is within its limits");
    }
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, "");
}

static enum cli_exit sign_one(struct cli *cli, struct user_statement *statement, const char *option,
                              const char *path)
{
    SECRET(user_key, key);
    enum cli_exit result = key_path_read(cli, option, path, &key);
    if (result != CLI_DONE) {
        return result;
    }
    struct status status = user_statement_sign(&cli->arena, statement, &key);
    /* Who is authority and user at once signs once. */
    bool is_signed = status_is_ok(status) || status.code == STATUS_STATEMENT_SIGNER;
    return is_signed ? CLI_DONE : cli_fail(cli, status, path);
}

enum cli_exit stating_sign(struct cli *cli, struct user_statement *statement, const char *option,
                           const char *paths)
{
    enum cli_exit result = CLI_DONE;
    while (*paths != '\0' && result == CLI_DONE) {
        char path[PATH_MAX_LEN];
        size_t len = strcspn(paths, ",");
        if (len >= sizeof path) {
            return cli_usage(cli, "the path is too long", option);
        }
        (void)snprintf(path, sizeof path, "%.*s", (int)len, paths);
        result = sign_one(cli, statement, option, path);
        paths += len + (paths[len] == ',');
    }
    return result;
}

/* --- the node ------------------------------------------------------------------------------- */

/* The tenant is that of the text, which the node reads; its route has to be told, too. */
static struct status put_body(struct cli *cli, const struct user_statement *statement,
                              struct buf *ret)
{
    struct statement *said;
    uint8_t *memory = arena_alloc(&cli->arena, BODY_MAX);
    *ret = buf_over(memory, memory == NULL ? 0 : BODY_MAX);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    TRY(user_statement_open(&cli->arena, statement, &said));
    TRY(user_statement_put(statement, ret));
    ret->len--; /* its brace */
    buf_put_text(ret, ",\"tenant\":\"");
    hex_put(ret, BYTES_ARRAY(said->read.tenant));
    buf_put_text(ret, "\"}");
    return buf_check(ret);
}

enum cli_exit stating_submit(struct cli *cli, struct node_api *api, const char *url,
                             const struct user_statement *statement,
                             struct node_api_answer *ret_answer)
{
    struct buf body;
    if (statement->sig_count == 0) {
        return cli_fail_text(cli, "STATEMENT_SIGNER", "nobody has signed it",
                             "have it signed first: coffer statement sign FILE --key KEYFILE");
    }
    struct status status = put_body(cli, statement, &body);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, "the statement");
    }
    status = node_api_call(api, "/v1/statements", buf_bytes(&body), ret_answer);
    if (!status_is_ok(status)) {
        return node_api_fail(cli, status, url);
    }
    bool is_taken =
        (ret_answer->http == 200 || ret_answer->http == 202) && ret_answer->json.root != NULL;
    return is_taken ? CLI_DONE : node_api_refused(cli, ret_answer);
}

enum cli_exit stating_say(struct cli *cli, const struct user_statement *statement,
                          struct node_api_answer *answer)
{
    bool is_good = false;
    enum cli_exit result = statement_words_say(cli, statement, &is_good);
    if (result != CLI_DONE) {
        return result;
    }
    bool is_held = answer->http == 200;
    out_string(&cli->out, "state",
               is_held ? "committed: a majority of the nodes has it"
                       : "here: no majority has it yet; send it again until one has");
    return out_flush(&cli->out, is_held) && is_held ? CLI_DONE : CLI_FAILED;
}

enum cli_exit stating_end(struct cli *cli, struct stating *stating,
                          const struct user_statement *statement)
{
    struct node_api_answer answer = {0};
    enum cli_exit result = stating_submit(cli, &stating->api, stating->url, statement, &answer);
    return result == CLI_DONE ? stating_say(cli, statement, &answer) : result;
}
