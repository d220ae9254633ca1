/* A request to a node on behalf of a user: what coffer accounts and coffer sign have in common. */
#ifndef COFFER_PROGRAM_USER_REQUEST_H
#define COFFER_PROGRAM_USER_REQUEST_H

#include "codec/json_out.h"
#include "coffer/cli.h"
#include "coffer/node_api.h"
#include "coffer/session_call.h"

/* The options that both take. */
#define USER_REQUEST_OPTIONS                                                                      \
    NODE_API_OPTION, {"--session", "FILE", "ask in this session of the user, as login wrote it"}, \
        {"--deployment", "FILE", "the deployment that the node of the session is of"},            \
        {"--key-index", "0..2147483647", "which key of the user; 0 by default"},                  \
    {                                                                                             \
        "--class", "NAME", "account class by name or hash; the tenant's by default"               \
    }

/* A request in the making. Its members are user_request's own but for json. */
struct user_request {
    struct node_api api;
    const char *where;
    struct session_call session; /* in place of these two, where is_session */
    bool is_session;
    struct buf body;
    struct json_out json; /* writes to body: an open object */
};

/* Open a client of the node. Returns: CLI_DONE; otherwise it has said what is wrong.
 * On failure: user_request_close is still fine. */
enum cli_exit user_request_open(struct cli *cli, struct user_request *ret);
void user_request_close(struct user_request *request);

/* Write the user that the first argument names, and the options. In: index_name, what --key-index
 * is called in this request. */
void user_request_put(struct cli *cli, const char *index_name, struct json_out *out);

/* Send it and require success. Returns: CLI_DONE; otherwise it has said what is wrong. */
enum cli_exit user_request_send(struct cli *cli, struct user_request *request, const char *path,
                                struct node_api_answer *ret_answer);

#endif
