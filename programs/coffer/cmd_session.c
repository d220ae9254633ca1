#include <stdio.h>
#include <string.h>

#include "coffer/commands.h"
#include "coffer/say_json.h"
#include "coffer/session_call.h"

static enum cli_exit open_session(struct cli *cli, char *path, struct session_call *call)
{
    *call = (struct session_call){0};
    enum cli_exit result = session_call_path(cli, false, path);
    return result == CLI_DONE ? session_call_open(cli, path, call) : result;
}

static enum cli_exit say(struct cli *cli, struct node_api_answer *answer, const char *hidden)
{
    struct json_in root = json_in_root(&answer->json);
    say_json_members(&cli->out, &cli->arena, &root, hidden);
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static const struct cli_option options[] = {SESSION_CALL_OPTION_ROW};

enum { OPTIONS_COUNT = sizeof options / sizeof options[0] };

/* --- session list --- */

static enum cli_exit run_list(struct cli *cli)
{
    char path[SESSION_CALL_PATH];
    struct session_call call;
    struct node_api_answer answer;
    const struct node_api_message message = {.method = "GET", .path = "/v1/sessions"};
    enum cli_exit result = open_session(cli, path, &call);
    result = result == CLI_DONE ? session_call_send(cli, &call, &message, &answer) : result;
    result = result == CLI_DONE ? say(cli, &answer, NULL) : result;
    session_call_close(&call);
    return result;
}

const struct cli_command cmd_session_list = {
    .name = "session list",
    .arguments = "",
    .summary = "Show the sessions of the user whose session is kept",
    .help = "Example:\n"
            "  coffer session list\n",
    .options = options,
    .options_count = OPTIONS_COUNT,
    .run = run_list,
};

/* --- session renew --- */

static enum cli_exit run_renew(struct cli *cli)
{
    char path[SESSION_CALL_PATH];
    struct session_call call;
    struct node_api_answer answer;
    enum cli_exit result = open_session(cli, path, &call);
    result = result == CLI_DONE ? session_call_renew(cli, &call, &answer) : result;
    if (result == CLI_DONE) {
        out_string(&cli->out, "file", path);
        out_string(&cli->out, "user", call.session.user);
        out_text(&cli->out, "expires_at", node_api_text(&answer, "expires_at"));
        result = out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
    }
    session_call_close(&call);
    return result;
}

const struct cli_command cmd_session_renew = {
    .name = "session renew",
    .arguments = "",
    .summary = "Have a new token for the session that is kept",
    .help = "A token lives 15 minutes, and other commands renew it themselves when it is over. A\n"
            "session that was not used for an hour, or is 12 hours old, is over.\n\n"
            "Example:\n"
            "  coffer session renew\n",
    .options = options,
    .options_count = OPTIONS_COUNT,
    .run = run_renew,
};

/* --- session revoke --- */

static enum cli_exit run_revoke(struct cli *cli)
{
    char path[SESSION_CALL_PATH];
    char target[64 + AUTH_TEXT_SID_TEXT] = "/v1/sessions";
    uint8_t sid[AUTH_TEXT_ID];
    struct session_call call;
    struct node_api_answer answer;
    struct buf text = buf_over((uint8_t *)target, sizeof target - 1);
    const struct node_api_message message = {
        .method = "DELETE", .path = target, .body = BYTES_LITERAL("{}")};
    const char *named = cli->arguments_count == 0 ? NULL : cli->arguments[0];
    if (named != NULL && cli_has(cli, "--all")) {
        return cli_usage(cli, "one session is revoked or all are, not both", "--all");
    }
    if (named != NULL && !status_is_ok(auth_text_sid_read(bytes_of(named), sid))) {
        return cli_usage(cli, "the id of a session is a UUID; see coffer session list", named);
    }
    enum cli_exit result = open_session(cli, path, &call);
    if (result == CLI_DONE && !cli_has(cli, "--all")) {
        buf_put_text(&text, "/v1/sessions/");
        auth_text_sid_put(named == NULL ? call.session.sid : sid, &text);
        target[text.len] = '\0';
    }
    result = result == CLI_DONE ? session_call_send(cli, &call, &message, &answer) : result;
    result = result == CLI_DONE ? say(cli, &answer, NULL) : result;
    session_call_close(&call);
    return result;
}

static const struct cli_option revoke_options[] = {
    SESSION_CALL_OPTION_ROW,
    {"--all", NULL, "every session of the user that has begun up to now"},
};

const struct cli_command cmd_session_revoke = {
    .name = "session revoke",
    .arguments = "ID",
    .summary = "End a session for good: the one that is kept, another one, or all",
    .help =
        "Without ID the session that is kept. What was revoked is refused by every node within\n"
        "30 seconds.\n\n"
        "Example:\n"
        "  coffer session revoke\n",
    .arguments_min = 0,
    .arguments_max = 1,
    .options = revoke_options,
    .options_count = sizeof revoke_options / sizeof revoke_options[0],
    .run = run_revoke,
};
