/* A running node, asked over HTTP by the commands. */
#ifndef COFFER_PROGRAM_NODE_API_H
#define COFFER_PROGRAM_NODE_API_H

#include "codec/json_in.h"
#include "coffer/cli.h"
#include "fetch/fetch.h"

#define NODE_API_DEFAULT "http://127.0.0.1:4000"

/* The option that every command which asks a node takes. */
#define NODE_API_OPTION                                                    \
    {                                                                      \
        "--node", "URL", "the node: http://HOST:PORT or unix:/path/socket" \
    }

struct node_api {
    struct fetch fetch;
    struct fetch_place place;
    const char *ca_file; /* trusted instead of the system's authorities; NULL for those */
    struct arena *arena;
};

/* An answer, which lives as long as the arena. json.root is NULL when the body is no
 * JSON object. */
struct node_api_answer {
    unsigned http;
    struct bytes headers; /* its lines as they came, for fetch_header */
    struct bytes body;
    struct json_in_doc json;
};

/* What is asked. */
struct node_api_message {
    const char *method; /* NULL: POST with a body, GET without */
    const char *path;
    struct bytes body;
    const char *const *headers; /* lines */
    size_t header_count;
};

/* In: where: as --node takes it; it outlives the client. Returns: OK; CONFIG_INVALID; NO_MEMORY.
 * On failure: node_api_close is still fine. */
struct status node_api_open(struct node_api *api, struct arena *arena, const char *where);

void node_api_close(struct node_api *api);

/* GET when body is empty, otherwise POST. Returns: OK whatever the HTTP status; what fetch_call
 * returns; NO_MEMORY. On failure: *ret_answer is empty. */
struct status node_api_call(struct node_api *api, const char *path, struct bytes body,
                            struct node_api_answer *ret_answer);

/* The same with a method and headers, and those of the answer. Returns: as node_api_call. */
struct status node_api_send(struct node_api *api, const struct node_api_message *message,
                            struct node_api_answer *ret_answer);

/* True when GET /health answers 200 there within a second. */
bool node_api_is_healthy(const char *where);

/* A text or number member of the root of an answer, "" or 0 when there is none of that type. */
struct bytes node_api_text(struct node_api_answer *answer, const char *name);
uint64_t node_api_number(struct node_api_answer *answer, const char *name);

/* Say that the node could not be asked, or what it refused, with what to do next.
 * Returns: CLI_FAILED, to be returned. */
enum cli_exit node_api_fail(struct cli *cli, struct status status, const char *where);
enum cli_exit node_api_refused(struct cli *cli, struct node_api_answer *answer);

#endif
