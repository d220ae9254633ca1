#include "coffer/node_api.h"

#include <stdio.h>
#include <string.h>

/* A production build starts no node. */
#ifdef COFFER_PRODUCTION
#    define START_HINT "start it; or name another with --node URL"
#else
#    define START_HINT "start one with: coffer dev; or name another with --node URL"
#endif

enum { CALL_MS = 30000, HEALTH_MS = 1000, HEADERS_MAX = 16384 };

static struct fetch_place place_of(const char *where)
{
    if (strncmp(where, "unix:/", 6) == 0) {
        /* The name only fills the Host header, which a node takes when it means this machine. */
        return (struct fetch_place){.origin = "http://localhost", .unix_path = where + 5};
    }
    return (struct fetch_place){.origin = where};
}

struct status node_api_open(struct node_api *api, struct arena *arena, const char *where)
{
    *api = (struct node_api){.arena = arena, .place = place_of(where)};
    return fetch_init(&api->fetch);
}

void node_api_close(struct node_api *api)
{
    fetch_deinit(&api->fetch);
}

/* What the body says, if it is an object. */
static struct status read_object(struct arena *arena, struct node_api_answer *answer)
{
    struct status parsed = json_in_parse(arena, answer->body, &answer->json);
    if (status_is_shortage(parsed)) {
        return parsed;
    }
    if (!status_is_ok(parsed)) {
        answer->json = (struct json_in_doc){0};
        return OK;
    }
    struct json_in root = json_in_root(&answer->json);
    if (json_in_kind(&root) != JSON_IN_OBJECT) {
        answer->json = (struct json_in_doc){0};
    }
    return OK;
}

struct status node_api_send(struct node_api *api, const struct node_api_message *message,
                            struct node_api_answer *ret_answer)
{
    *ret_answer = (struct node_api_answer){0};
    uint8_t *memory = arena_alloc(api->arena, HEADERS_MAX);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf headers = buf_over(memory, HEADERS_MAX);
    struct buf answer = arena_open(api->arena);
    struct fetch_request request = {.place = &api->place,
                                    .path = message->path,
                                    .body = message->body,
                                    .timeout_ms = CALL_MS,
                                    .method = message->method,
                                    .headers = message->headers,
                                    .header_count = message->header_count,
                                    .ca_file = api->ca_file,
                                    .ret_headers = &headers};
    unsigned http;
    struct status status = fetch_call(&api->fetch, &request, &answer, &http);
    arena_close(api->arena, &answer);
    TRY(status);
    ret_answer->http = http;
    ret_answer->headers = buf_bytes(&headers);
    ret_answer->body = buf_bytes(&answer);
    return read_object(api->arena, ret_answer);
}

struct status node_api_call(struct node_api *api, const char *path, struct bytes body,
                            struct node_api_answer *ret_answer)
{
    const struct node_api_message message = {.path = path, .body = body};
    return node_api_send(api, &message, ret_answer);
}

bool node_api_is_healthy(const char *where)
{
    uint8_t memory[4096];
    struct buf answer = buf_over(memory, sizeof memory);
    struct fetch fetch;
    struct fetch_place place = place_of(where);
    struct fetch_request request = {.place = &place, .path = "/health", .timeout_ms = HEALTH_MS};
    unsigned http = 0;
    struct status status = fetch_init(&fetch);
    if (status_is_ok(status)) {
        status = fetch_call(&fetch, &request, &answer, &http);
        fetch_deinit(&fetch);
    }
    return status_is_ok(status) && http == 200;
}

static bool find(struct node_api_answer *answer, struct json_in *root, const char *name,
                 struct json_in *ret)
{
    if (answer->json.root == NULL) {
        return false;
    }
    *root = json_in_root(&answer->json);
    return json_in_find(root, name, ret);
}

struct bytes node_api_text(struct node_api_answer *answer, const char *name)
{
    struct json_in root;
    struct json_in member;
    struct bytes text = {0};
    if (!find(answer, &root, name, &member) || !status_is_ok(json_in_string(&member, &text))) {
        return (struct bytes){0};
    }
    return text;
}

uint64_t node_api_number(struct node_api_answer *answer, const char *name)
{
    struct json_in root;
    struct json_in member;
    uint64_t number = 0;
    if (!find(answer, &root, name, &member) ||
        !status_is_ok(json_in_u64(&member, 0, UINT64_MAX, &number))) {
        return 0;
    }
    return number;
}

/* True for an https address at which a node speaks plain HTTP. */
static bool is_plain(const char *where)
{
    char plain[320];
    if (strncmp(where, "https://", 8) != 0) {
        return false;
    }
    (void)snprintf(plain, sizeof plain, "http://%.256s", where + 8);
    return node_api_is_healthy(plain);
}

enum cli_exit node_api_fail(struct cli *cli, struct status status, const char *where)
{
    char text[320];
    const char *what = NULL;
    const char *hint = "see which program has this address; or name another with --node URL";
    if (status.code == STATUS_UNAVAILABLE) {
        what = "no node answers at";
        hint = START_HINT;
    } else if (status.code == STATUS_REQUEST_TIMEOUT) {
        what = "no answer came in time from";
    } else if (status.code == STATUS_IO && is_plain(where)) {
        what = "the node speaks plain HTTP, and no TLS, at";
        hint = "write http:// for it; or name the proxy before it that speaks TLS";
    } else if (status.code == STATUS_IO || status.code == STATUS_BUFFER_FULL) {
        what = "no node, but something else answers at";
    } else if (status.code == STATUS_CONFIG_INVALID) {
        what = "there is no such kind of address as";
        hint = "write http://HOST:PORT, https://HOST or unix:/path/socket";
    } else {
        return cli_fail(cli, status, where);
    }
    (void)snprintf(text, sizeof text, "%s %.256s", what, where);
    return cli_fail_text(cli, status_name((enum status_code)status.code), text, hint);
}

/* What to do about a refusal: the node's own words, but where they send a program to a route of the
 * node a person is sent to a command. */
static const char *hint_of(struct bytes code, struct bytes given, char *text, size_t size)
{
    static const struct {
        const char *code;
        const char *hint;
    } ours[] = {
        {"NOT_FOUND", "the node is of another version, or this is no Coffer node: coffer status"},
        {"METHOD_NOT_ALLOWED", "the node is of another version: coffer status, coffer version"},
        {"UNAUTHENTICATED", "a production node serves registered apps only: coffer app, coffer kv"},
    };
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        if (bytes_equal(code, bytes_of(ours[i].code))) {
            return ours[i].hint;
        }
    }
    (void)snprintf(text, size, "%.*s", (int)given.len, (const char *)given.ptr);
    char *route = strstr(text, "GET /status");
    if (route != NULL) {
        char rest[256];
        (void)snprintf(rest, sizeof rest, "%s", route + strlen("GET /status"));
        (void)snprintf(route, size - (size_t)(route - text), "coffer status%s", rest);
    }
    return text;
}

enum cli_exit node_api_refused(struct cli *cli, struct node_api_answer *answer)
{
    char code[64];
    char text[256];
    char hint[256];
    struct bytes given = node_api_text(answer, "error_code");
    struct bytes error = node_api_text(answer, "error");
    if (given.len == 0) {
        (void)snprintf(text, sizeof text, "the answer has HTTP status %u and no error code",
                       answer->http);
        return cli_fail_text(cli, "IO", text, "check that --node names a Coffer node");
    }
    (void)snprintf(code, sizeof code, "%.*s", (int)given.len, (const char *)given.ptr);
    (void)snprintf(text, sizeof text, "%.*s", (int)error.len, (const char *)error.ptr);
    return cli_fail_text(cli, code, text,
                         hint_of(given, node_api_text(answer, "hint"), hint, sizeof hint));
}
