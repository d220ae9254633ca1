#include "coffer/user_request.h"

#include <string.h>

enum { BODY_MAX = 20 * 1024 * 1024 };

/* The session says which node it is of. */
static enum cli_exit open_session(struct cli *cli, struct user_request *ret)
{
    if (cli_given(cli, "--node")) {
        return cli_usage(cli, "the session says which node is asked", "--node");
    }
    enum cli_exit result = session_call_open(cli, cli_value(cli, "--session", ""), &ret->session);
    if (result == CLI_DONE && strcmp(ret->session.session.user, cli->arguments[0]) != 0) {
        return cli_usage(cli, "the session is another user's", ret->session.session.user);
    }
    return result;
}

static enum cli_exit open_node(struct cli *cli, struct user_request *ret)
{
    struct status status = node_api_open(&ret->api, &cli->arena, ret->where);
    return status_is_ok(status) ? CLI_DONE : node_api_fail(cli, status, ret->where);
}

enum cli_exit user_request_open(struct cli *cli, struct user_request *ret)
{
    *ret = (struct user_request){.where = cli_value(cli, "--node", NODE_API_DEFAULT),
                                 .is_session = cli_has(cli, "--session")};
    enum cli_exit result = ret->is_session ? open_session(cli, ret) : open_node(cli, ret);
    if (result != CLI_DONE) {
        return result;
    }
    uint8_t *memory = arena_alloc(&cli->arena, BODY_MAX);
    if (memory == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), "");
    }
    ret->body = buf_over(memory, BODY_MAX);
    ret->json = json_out_over(&ret->body);
    json_out_object(&ret->json);
    return CLI_DONE;
}

void user_request_close(struct user_request *request)
{
    node_api_close(&request->api);
    session_call_close(&request->session);
}

void user_request_put(struct cli *cli, const char *index_name, struct json_out *out)
{
    json_out_member_text(out, "username", cli->arguments[0]);
    if (cli_has(cli, "--key-index")) {
        json_out_member_u64(out, index_name, cli_number(cli, "--key-index", 0));
    }
    if (cli_has(cli, "--class")) {
        json_out_member_text(out, "account_class", cli_value(cli, "--class", ""));
    }
}

enum cli_exit user_request_send(struct cli *cli, struct user_request *request, const char *path,
                                struct node_api_answer *ret_answer)
{
    json_out_object_end(&request->json);
    struct status status = buf_check(&request->body);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, "");
    }
    if (request->is_session) {
        const struct node_api_message message = {
            .method = "POST", .path = path, .body = buf_bytes(&request->body)};
        return session_call_send(cli, &request->session, &message, ret_answer);
    }
    status = node_api_call(&request->api, path, buf_bytes(&request->body), ret_answer);
    if (!status_is_ok(status)) {
        return node_api_fail(cli, status, request->where);
    }
    bool good = ret_answer->http == 200 && ret_answer->json.root != NULL;
    return good ? CLI_DONE : node_api_refused(cli, ret_answer);
}
