#include "coffer/app_client.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "client/client_key.h"
#include "client/client_odyn.h"
#include "codec/decimal.h"
#include "coffer/key_path.h"

enum { BODY_MAX = 2 << 20 };

enum cli_exit app_client_deployment(struct cli *cli, const struct deployment **ret)
{
    const char *path = cli_value(cli, "--deployment", NULL);
    char where[DEPLOYMENT_WHERE_MAX];
    if (path == NULL) {
        return cli_usage(cli, "the deployment is missing", "--deployment or COFFER_DEPLOYMENT");
    }
    struct deployment *deployment = arena_alloc(&cli->arena, sizeof *deployment);
    *ret = deployment;
    if (deployment == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), path);
    }
    struct status status = deployment_read(path, &cli->arena, deployment, where);
    if (status_is_ok(status)) {
        return CLI_DONE;
    }
    return where[0] == '\0' ? cli_fail_file(cli, status, path)
                            : cli_fail_place(cli, status, path, where);
}

/* The hints of these codes are for a node and its configuration. */
static enum cli_exit fail_odyn(struct cli *cli, struct status status, const char *url)
{
    if (status.code == STATUS_CONFIG_INVALID) {
        return cli_fail_about(cli, status_name(status.code), "this is no address of Odyn", url,
                              "write http://127.0.0.1:PORT or http://[::1]:PORT");
    }
    bool is_odyn = status.code == STATUS_ODYN_UNAVAILABLE || status.code == STATUS_ODYN_INVALID;
    return is_odyn ? cli_fail_about(cli, status_name(status.code), status_text(status.code), url,
                                    "check that Odyn runs and listens where --odyn says")
                   : cli_fail(cli, status, url);
}

/* Out: ret_where, what a failure is about. */
static struct status read_key(struct cli *cli, const char *path, struct client_identity *ret,
                              const char **ret_where)
{
    const char *url = cli_value(cli, "--odyn", NULL);
    SECRET(client_key, key);
    *ret_where = path;
    TRY(client_key_read(path, &cli->arena, &key));
    if (url == NULL) {
        return client_key_identity(&key, ret);
    }
    *ret_where = url;
    return client_odyn_identity(url, &key, ret);
}

enum cli_exit app_client_open(struct cli *cli, struct app_client *app)
{
    struct client_identity identity;
    char where[CLIENT_WHERE_MAX];
    const char *path = cli_value(cli, "--key", NULL);
    *app = (struct app_client){0};
    const struct deployment *deployment = NULL;
    enum cli_exit result = app_client_deployment(cli, &deployment);
    if (result != CLI_DONE) {
        return result;
    }
    app->deployment = deployment;
    if (path == NULL) {
        return cli_usage(cli, "the key file is missing", "--key or COFFER_KEY");
    }
    if (key_path_is_key(path)) {
        return cli_usage(cli, "this is the name of a file, never a key itself", "--key");
    }
    const char *about = path;
    struct status status = read_key(cli, path, &identity, &about);
    if (!status_is_ok(status)) {
        return about == path ? key_path_fail(cli, status, path) : fail_odyn(cli, status, about);
    }
    status = client_open(deployment, &identity, &app->client, where);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, where);
    }
    uint8_t *memory = arena_alloc(&cli->arena, BODY_MAX);
    if (memory == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), "the request");
    }
    app->body = buf_over(memory, BODY_MAX);
    app->json = json_out_over(&app->body);
    json_out_object(&app->json);
    return CLI_DONE;
}

void app_client_close(struct app_client *app)
{
    client_close(&app->client);
}

struct node_api_answer app_client_answer(const struct client_answer *answer)
{
    return (struct node_api_answer){
        .http = answer->http, .body = answer->body, .json = answer->doc};
}

/* The reason is only what somebody says, since no signature stands for it. */
static enum cli_exit say_unasked(struct cli *cli, struct node_api_answer *answer)
{
    char code[64];
    char text[320];
    char hint[256];
    struct bytes given = node_api_text(answer, "error_code");
    (void)snprintf(code, sizeof code, "%.*s", (int)given.len, (const char *)given.ptr);
    given = node_api_text(answer, "error");
    (void)snprintf(text, sizeof text, "no node could be asked; one says, unsigned: %.*s",
                   (int)given.len, (const char *)given.ptr);
    given = node_api_text(answer, "hint");
    (void)snprintf(hint, sizeof hint, "%.*s", (int)given.len, (const char *)given.ptr);
    return cli_fail_text(cli, code, text, hint);
}

static bool is_unavailable(struct status status, struct node_api_answer *answer)
{
    return status.code == STATUS_UNAVAILABLE ||
           bytes_equal(node_api_text(answer, "error_code"),
                       bytes_of(status_name(STATUS_UNAVAILABLE)));
}

enum cli_exit app_client_call(struct cli *cli, struct app_client *app, const char *method,
                              const char *target, struct node_api_answer *ret_answer)
{
    struct client_answer answer;
    json_out_object_end(&app->json);
    *ret_answer = (struct node_api_answer){0};
    if (!status_is_ok(buf_check(&app->body))) {
        return cli_fail(cli, FAIL(BODY_TOO_LARGE), "the request");
    }
    const struct client_request request = {
        .method = method, .target = target, .body = buf_bytes(&app->body)};
    struct status status = client_call(app->client, &request, &answer);
    if (status_is_ok(status)) {
        *ret_answer = app_client_answer(&answer);
    }
    if (cli_has(cli, "--epoch") && is_unavailable(status, ret_answer)) {
        return cli_fail_text(cli, "UNAVAILABLE",
                             "no node answers, or none has a root of this epoch",
                             "leave --epoch out, or give the one that an answer said");
    }
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, answer.url);
    }
    if (answer.http == 200) {
        return CLI_DONE;
    }
    return answer.is_signed ? node_api_refused(cli, ret_answer) : say_unasked(cli, ret_answer);
}

void app_client_number(struct cli *cli, struct app_client *app, const char *option,
                       const char *member)
{
    if (cli_has(cli, option)) {
        json_out_member_u64(&app->json, member, cli_number(cli, option, 0));
    }
}

void app_client_text(struct cli *cli, struct app_client *app, const char *option,
                     const char *member)
{
    const char *text = cli_value(cli, option, NULL);
    if (text != NULL) {
        json_out_member_text(&app->json, member, text);
    }
}

void app_client_say(struct cli *cli, struct node_api_answer *answer, const char *const *names,
                    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct bytes text = node_api_text(answer, names[i]);
        if (text.ptr != NULL) {
            out_text(&cli->out, names[i], text);
        }
    }
}
