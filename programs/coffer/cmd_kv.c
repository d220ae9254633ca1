#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "codec/base64.h"
#include "coffer/app_client.h"
#include "coffer/commands.h"
#include "coffer/input.h"

enum { VALUE_MAX = 1 << 20 };

#define EXAMPLE_FILES "--deployment deployment.json --key app-key.json"

static const char *const said[] = {"key", "version", "updated_at"};

static enum cli_exit with_client(struct cli *cli,
                                 enum cli_exit (*ask)(struct cli *, struct app_client *))
{
    struct app_client app;
    enum cli_exit result = app_client_open(cli, &app);
    result = result == CLI_DONE ? ask(cli, &app) : result;
    app_client_close(&app);
    return result;
}

static enum cli_exit end(struct cli *cli, struct node_api_answer *answer)
{
    app_client_say(cli, answer, said, sizeof said / sizeof said[0]);
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

/* --- put -------------------------------------------------------------------------------------- */

static enum cli_exit put_value(struct cli *cli, struct app_client *app)
{
    const char *path = cli_value(cli, "--file", "-");
    struct bytes value;
    struct status status = input_read(&cli->arena, path, VALUE_MAX, &value);
    if (!status_is_ok(status)) {
        return cli_fail_file(cli, status, path);
    }
    json_out_name(&app->json, "value");
    json_out_base64(&app->json, value);
    return CLI_DONE;
}

static enum cli_exit put(struct cli *cli, struct app_client *app)
{
    struct node_api_answer answer;
    json_out_member_text(&app->json, "key", cli->arguments[0]);
    app_client_text(cli, app, "--if-version", "if_version");
    app_client_text(cli, app, "--after", "after");
    if (cli_has(cli, "--if-absent")) {
        json_out_member_bool(&app->json, "if_absent", true);
    }
    app_client_number(cli, app, "--ttl", "ttl_ms");
    enum cli_exit result = put_value(cli, app);
    result =
        result == CLI_DONE ? app_client_call(cli, app, "PUT", "/v1/app/values", &answer) : result;
    return result == CLI_DONE ? end(cli, &answer) : result;
}

static enum cli_exit run_put(struct cli *cli)
{
    if (cli_has(cli, "--if-version") && cli_has(cli, "--if-absent")) {
        return cli_usage(cli, "a value that is not there has no version",
                         "--if-version or --if-absent");
    }
    return with_client(cli, put);
}

static const struct cli_option put_options[] = {
    APP_CLIENT_OPTIONS,
    {"--file", "FILE", "where the value is; standard input by default"},
    {"--ttl", "0..9223372036854775807",
     "milliseconds until the value is gone; 0, the default: never"},
    {"--if-version", "VERSION", "only if the value has this version"},
    {"--if-absent", NULL, "only if there is no value"},
    {"--after", "VERSION", "come after this version, on whichever node"},
};

const struct cli_command cmd_kv_put = {
    .name = "kv put",
    .arguments = "KEY",
    .summary = "Store a value of this app",
    .help = "The value is read from a file or from standard input, never from an argument.\n\n"
            "Example:\n"
            "  coffer kv put db/password --file password.txt " EXAMPLE_FILES "\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = put_options,
    .options_count = sizeof put_options / sizeof put_options[0],
    .run = run_put,
};

/* --- get -------------------------------------------------------------------------------------- */

/* The value as it is, and nothing else. */
static enum cli_exit write_raw(struct cli *cli, struct bytes text)
{
    uint8_t *memory = arena_alloc(&cli->arena, VALUE_MAX);
    struct buf value = buf_over(memory, memory == NULL ? 0 : VALUE_MAX);
    struct status status = base64_read(text, &value);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, "the value");
    }
    for (size_t done = 0; done < value.len;) {
        ssize_t wrote = write(STDOUT_FILENO, value.ptr + done, value.len - done);
        if (wrote <= 0) {
            return cli_fail(cli, FAIL(IO), "standard output");
        }
        done += (size_t)wrote;
    }
    return CLI_DONE;
}

static enum cli_exit get(struct cli *cli, struct app_client *app)
{
    struct node_api_answer answer;
    json_out_member_text(&app->json, "key", cli->arguments[0]);
    app_client_text(cli, app, "--min-version", "min_version");
    enum cli_exit result = app_client_call(cli, app, "POST", "/v1/app/values/get", &answer);
    if (result != CLI_DONE) {
        return result;
    }
    struct bytes value = node_api_text(&answer, "value");
    if (cli_has(cli, "--raw")) {
        return write_raw(cli, value);
    }
    out_text(&cli->out, "value", value);
    return end(cli, &answer);
}

static enum cli_exit run_get(struct cli *cli)
{
    if (cli_has(cli, "--raw") && cli->out.json) {
        return cli_usage(cli, "a value as it is, and nothing else, is no JSON object",
                         "--raw or --json");
    }
    return with_client(cli, get);
}

static const struct cli_option get_options[] = {
    APP_CLIENT_OPTIONS,
    {"--min-version", "VERSION", "refuse what is older than this"},
    {"--raw", NULL, "write the value itself, and nothing else"},
};

const struct cli_command cmd_kv_get = {
    .name = "kv get",
    .arguments = "KEY",
    .summary = "Read a value of this app",
    .help = "The value is shown in base64, or written as it is with --raw.\n\n"
            "Example:\n"
            "  coffer kv get db/password --raw " EXAMPLE_FILES "\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = get_options,
    .options_count = sizeof get_options / sizeof get_options[0],
    .run = run_get,
};

/* --- list ------------------------------------------------------------------------------------- */

/* One key, which is bytes of the app's own, and what is known of its value. */
static void say_item(struct cli *cli, const struct json_in *item)
{
    char key[LIMIT_KV_KEY + 1] = "";
    struct json_in member;
    struct bytes text;
    if (json_in_find(item, said[0], &member) && status_is_ok(json_in_string(&member, &text)) &&
        text.len <= LIMIT_KV_KEY) {
        memcpy(key, text.ptr, text.len);
    }
    out_item(&cli->out, said[0], key);
    for (size_t i = 1; i < sizeof said / sizeof said[0]; i++) {
        if (json_in_find(item, said[i], &member) && status_is_ok(json_in_string(&member, &text))) {
            out_text(&cli->out, said[i], text);
        }
    }
    out_item_end(&cli->out);
}

static void say_items(struct cli *cli, struct node_api_answer *answer)
{
    struct json_in root = json_in_root(&answer->json);
    struct json_in list;
    size_t count = 0;
    out_list(&cli->out, "keys");
    if (!json_in_find(&root, "keys", &list) || json_in_kind(&list) != JSON_IN_ARRAY ||
        !status_is_ok(json_in_count(&list, &count))) {
        count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(&list, i);
        say_item(cli, &item);
    }
    out_list_end(&cli->out);
}

static enum cli_exit list(struct cli *cli, struct app_client *app)
{
    struct node_api_answer answer;
    app_client_text(cli, app, "--prefix", "prefix");
    app_client_text(cli, app, "--cursor", "cursor");
    app_client_number(cli, app, "--limit", "limit");
    enum cli_exit result = app_client_call(cli, app, "POST", "/v1/app/values/list", &answer);
    if (result != CLI_DONE) {
        return result;
    }
    say_items(cli, &answer);
    struct bytes next = node_api_text(&answer, "next");
    if (next.ptr != NULL) {
        out_text(&cli->out, "next", next);
    }
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit run_list(struct cli *cli)
{
    return with_client(cli, list);
}

static const struct cli_option list_options[] = {
    APP_CLIENT_OPTIONS,
    {"--prefix", "TEXT", "only keys that begin with it"},
    {"--limit", "1..1000", "at most so many"},
    {"--cursor", "TEXT", "go on where the answer before said next"},
};

const struct cli_command cmd_kv_list = {
    .name = "kv list",
    .arguments = "",
    .summary = "List the keys of this app's values",
    .help = "Example:\n"
            "  coffer kv list --prefix db/ " EXAMPLE_FILES "\n",
    .options = list_options,
    .options_count = sizeof list_options / sizeof list_options[0],
    .run = run_list,
};

/* --- delete ----------------------------------------------------------------------------------- */

static enum cli_exit delete (struct cli *cli, struct app_client *app) {
    struct node_api_answer answer; json_out_member_text(&app->json, "key", cli->arguments[0]);
    app_client_text(cli, app, "--if-version", "if_version");
    app_client_text(cli, app, "--after", "after");
    enum cli_exit result = app_client_call(cli, app, "DELETE", "/v1/app/values", &answer);
    return result == CLI_DONE ? end(cli, &answer) : result;
}

static enum cli_exit run_delete(struct cli *cli)
{
    return with_client(cli, delete);
}

static const struct cli_option delete_options[] = {
    APP_CLIENT_OPTIONS,
    {"--if-version", "VERSION", "only if the value has this version"},
    {"--after", "VERSION", "come after this version, on whichever node"},
};

const struct cli_command cmd_kv_delete = {
    .name = "kv delete",
    .arguments = "KEY",
    .summary = "Delete a value of this app",
    .help = "Example:\n"
            "  coffer kv delete db/password " EXAMPLE_FILES "\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = delete_options,
    .options_count = sizeof delete_options / sizeof delete_options[0],
    .run = run_delete,
};
