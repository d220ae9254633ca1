#include "coffer/session_call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/secret.h"
#include "coffer/key_path.h"
#include "coffer/node_trust.h"

enum { TRIES = 4 };

/* --- its file ------------------------------------------------------------------------------- */

static bool make_folder(const char *folder)
{
    return mkdir(folder, 0700) == 0 || errno == EEXIST;
}

enum cli_exit session_call_path(struct cli *cli, bool makes, char ret[static SESSION_CALL_PATH])
{
    const char *given = cli_value(cli, "--session", NULL);
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    char folder[SESSION_CALL_PATH];
    bool has_config = config != NULL && *config == '/';
    if (given == NULL && !has_config && (home == NULL || *home != '/')) {
        return cli_usage(cli, "there is no configuration folder: neither HOME nor XDG_CONFIG_HOME",
                         "--session");
    }
    int len = given != NULL ? snprintf(ret, SESSION_CALL_PATH, "%s", given)
                            : snprintf(folder, sizeof folder, "%s%s", has_config ? config : home,
                                       has_config ? "" : "/.config");
    bool fits = len > 0 && len < SESSION_CALL_PATH - 32;
    if (fits && given == NULL) {
        (void)snprintf(ret, SESSION_CALL_PATH, "%.*s/coffer/session.json", len, folder);
    }
    if (!fits) {
        return cli_usage(cli, "the path is too long", "--session");
    }
    if (!makes || given != NULL) {
        return CLI_DONE;
    }
    bool is_made = make_folder(folder);
    (void)snprintf(folder + len, sizeof folder - (size_t)len, "/coffer");
    return is_made && make_folder(folder) ? CLI_DONE
                                          : key_path_fail_write(cli, FAIL(KEY_FILE), folder);
}

enum cli_exit session_call_open(struct cli *cli, const char *path, struct session_call *ret)
{
    struct stat about;
    *ret = (struct session_call){.path = path};
    struct status status = user_session_read(path, &cli->arena, &ret->session);
    if (status.code == STATUS_KEY_FILE && lstat(path, &about) != 0) {
        return cli_fail_about(cli, "KEY_FILE", "there is no session", path,
                              "log in first: coffer login USERNAME --key FILE");
    }
    if (status.code == STATUS_KEY_FILE && (about.st_mode & 077) == 0) {
        return cli_fail_about(cli, "KEY_FILE", "this is no file of a session", path,
                              "log in again: coffer login USERNAME --key FILE");
    }
    if (!status_is_ok(status)) {
        return key_path_fail(cli, status, path);
    }
    status = node_api_open(&ret->api, &cli->arena, ret->session.url);
    return status_is_ok(status) ? CLI_DONE : node_api_fail(cli, status, ret->session.url);
}

void session_call_close(struct session_call *call)
{
    node_api_close(&call->api);
    user_session_wipe(&call->session);
}

enum cli_exit session_call_keep(struct cli *cli, const char *path,
                                const struct user_session *session)
{
    struct status status = user_session_write(path, session);
    return status_is_ok(status) ? CLI_DONE : key_path_fail_write(cli, status, path);
}

bool session_call_take(struct user_session *session, struct node_api_answer *answer)
{
    struct bytes token = node_api_text(answer, "token");
    struct bytes sid = node_api_text(answer, "session_id");
    if (token.len == 0 || token.len >= sizeof session->token ||
        !status_is_ok(auth_text_sid_read(sid, session->sid))) {
        return false;
    }
    memcpy(session->token, token.ptr, token.len);
    session->token[token.len] = '\0';
    return true;
}

/* --- one request ---------------------------------------------------------------------------- */

/* True when the node that the session knows signed exactly this answer. */
static bool is_signed(const struct session_call *call, const struct user_session_request *request,
                      const struct node_api_answer *answer)
{
    struct eth_address wallet;
    const struct sealed_call_answer said = {
        .http = answer->http,
        .headers = {.node = fetch_header(answer->headers, POP_ANSWER_NODE),
                    .block = fetch_header(answer->headers, POP_ANSWER_BLOCK),
                    .epoch = fetch_header(answer->headers, POP_ANSWER_EPOCH),
                    .audit = fetch_header(answer->headers, POP_ANSWER_AUDIT),
                    .time = fetch_header(answer->headers, POP_ANSWER_TIME)},
        .signature = fetch_header(answer->headers, POP_ANSWER_SIGNATURE),
        .body = answer->body,
    };
    return status_is_ok(user_session_wallet(call->session.node, &wallet)) &&
           sealed_call_is_signed(&request->call, &wallet, &said);
}

/* In: is_late, that a number before was not new enough. */
static enum cli_exit ask(struct cli *cli, struct session_call *call, bool is_late,
                         const struct node_api_message *message, struct node_api_answer *ret)
{
    const char *lines[USER_SESSION_LINES];
    const struct clock clock = clock_system();
    struct user_session_request request = {.method = message->method,
                                           .target = message->path,
                                           .body = message->body,
                                           .now_ms = clock_wall(&clock).hi_ms};
    request.number = user_session_number(call->path, request.now_ms, is_late ? request.now_ms : 0);
    struct node_api_message signed_message = *message;
    struct status status = user_session_sign(&cli->arena, &call->session, &request, lines,
                                             &signed_message.header_count);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, "the request");
    }
    signed_message.headers = lines;
    status = node_api_send(&call->api, &signed_message, ret);
    if (!status_is_ok(status)) {
        return node_api_fail(cli, status, call->session.url);
    }
    if (ret->http == 200 && !is_signed(call, &request, ret)) {
        return cli_fail_about(cli, "NODE_UNTRUSTED", "the answer is not signed by the node",
                              call->session.url,
                              "do not use it: somebody on the way has changed it, or made it");
    }
    return CLI_DONE;
}

/* Another node, or another start of it: it must be found out anew who it is. */
static enum cli_exit meet_again(struct cli *cli, struct session_call *call)
{
    struct node_trust trust;
    enum cli_exit result = node_trust_find(cli, &call->api, call->session.url, &trust);
    if (result != CLI_DONE) {
        return result;
    }
    if (!bytes_equal(BYTES_ARRAY(trust.domain), BYTES_ARRAY(call->session.place.domain))) {
        return cli_fail_about(cli, "NODE_UNTRUSTED", "the node is of another deployment",
                              call->session.url, "log in there: coffer login USERNAME --key FILE");
    }
    memcpy(call->session.node, trust.node, sizeof call->session.node);
    return session_call_keep(cli, call->path, &call->session);
}

static bool says(struct node_api_answer *answer, const char *code)
{
    return bytes_equal(node_api_text(answer, "error_code"), bytes_of(code));
}

/* Ask until the answer is none about node or number. */
static enum cli_exit ask_again(struct cli *cli, struct session_call *call,
                               const struct node_api_message *message, struct node_api_answer *ret)
{
    bool is_spent = false;
    for (int i = 0;; i++) {
        enum cli_exit result = ask(cli, call, is_spent, message, ret);
        is_spent = result == CLI_DONE && says(ret, "NONCE_SPENT");
        bool is_late =
            result == CLI_DONE && (says(ret, "NONCE_SPENT") || says(ret, "NODE_CHANGED"));
        if (!is_late || i == TRIES) {
            return result;
        }
        result = says(ret, "NODE_CHANGED") ? meet_again(cli, call) : CLI_DONE;
        if (result != CLI_DONE) {
            return result;
        }
    }
}

/* What to do about a refusal, where a person can do more than the program that is spoken to. */
static enum cli_exit refuse(struct cli *cli, struct node_api_answer *answer)
{
    static const struct {
        const char *code;
        const char *hint;
    } ours[] = {
        {"SESSION_EXPIRED", "log in again: coffer login USERNAME --key FILE"},
        {"SESSION_REVOKED", "log in again: coffer login USERNAME --key FILE"},
        {"BEHIND", "try again shortly; a node that stands alone forgets its users when it stops: "
                   "coffer user enrol, and log in again"},
    };
    struct bytes said = node_api_text(answer, "error");
    char text[256];
    (void)snprintf(text, sizeof text, "%.*s", (int)said.len, (const char *)said.ptr);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (says(answer, ours[i].code)) {
            return cli_fail_text(cli, ours[i].code, text, ours[i].hint);
        }
    }
    return node_api_refused(cli, answer);
}

enum cli_exit session_call_renew(struct cli *cli, struct session_call *call,
                                 struct node_api_answer *ret_answer)
{
    const struct node_api_message message = {
        .method = "POST", .path = "/v1/sessions/renew", .body = BYTES_LITERAL("{}")};
    enum cli_exit result = ask_again(cli, call, &message, ret_answer);
    if (result != CLI_DONE) {
        return result;
    }
    if (ret_answer->http != 200) {
        return refuse(cli, ret_answer);
    }
    if (!session_call_take(&call->session, ret_answer)) {
        return cli_fail_text(cli, "IO", "the answer has no token",
                             "check that the session is one of a Coffer node: coffer status");
    }
    return session_call_keep(cli, call->path, &call->session);
}

enum cli_exit session_call_send(struct cli *cli, struct session_call *call,
                                const struct node_api_message *message,
                                struct node_api_answer *ret_answer)
{
    enum cli_exit result = ask_again(cli, call, message, ret_answer);
    if (result == CLI_DONE && says(ret_answer, "SESSION_EXPIRED")) {
        struct node_api_answer renewed;
        result = session_call_renew(cli, call, &renewed);
        result = result == CLI_DONE ? ask_again(cli, call, message, ret_answer) : result;
    }
    if (result != CLI_DONE) {
        return result;
    }
    bool is_good = ret_answer->http == 200 && ret_answer->json.root != NULL;
    return is_good ? CLI_DONE : refuse(cli, ret_answer);
}
