#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "client/client_key.h"
#include "client/client_odyn.h"
#include "codec/utf8.h"
#include "exported/exported_internal.h"

enum {
    OPEN_ARENA = 72u << 20, /* to read the files: address space, of which little is touched */
    ARENA = 8u << 20,
};

_Static_assert((int)COFFER_CLIENT_TEXT_SIZE >= (int)CLIENT_WHERE_MAX, "a place fits");
_Static_assert((int)COFFER_CLIENT_TEXT_SIZE >= (int)DEPLOYMENT_WHERE_MAX, "a member fits");

/* --- errors ----------------------------------------------------------------------------------- */

static void put_text(char *to, size_t size, const char *text)
{
    (void)snprintf(to, size, "%s", text);
}

int exported_end(struct status status, const char *about, coffer_client_error *ret)
{
    if (ret != NULL) {
        memset(ret, 0, sizeof *ret);
    }
    if (status_is_ok(status)) {
        return 0;
    }
    if (ret != NULL) {
        enum status_code code = (enum status_code)status.code;
        put_text(ret->code, sizeof ret->code, status_name(code));
        put_text(ret->text, sizeof ret->text, status_text(code));
        put_text(ret->hint, sizeof ret->hint, status_hint(code));
        put_text(ret->about, sizeof ret->about, about == NULL ? "" : about);
    }
    return -1;
}

static void take_text(const struct json_in *root, const char *name, char *to, size_t size)
{
    struct json_in member;
    struct bytes text;
    if (json_in_find(root, name, &member) && status_is_ok(json_in_string(&member, &text))) {
        (void)snprintf(to, size, "%.*s", (int)text.len, (const char *)text.ptr);
    }
}

/* A node's own words, as far as it has some; without its signature they are no refusal of a node,
 * but the reason for which it could not be asked. */
static int refused(const struct client_answer *answer, coffer_client_error *ret)
{
    (void)exported_end(FAIL(UNAVAILABLE), answer->url, ret);
    if (ret == NULL) {
        return -1;
    }
    ret->http = answer->is_signed ? answer->http : 0;
    if (answer->doc.root != NULL) {
        struct json_in_doc doc = answer->doc;
        struct json_in root = json_in_root(&doc);
        take_text(&root, "error_code", ret->code, sizeof ret->code);
        take_text(&root, "error", ret->text, sizeof ret->text);
        take_text(&root, "hint", ret->hint, sizeof ret->hint);
    }
    return -1;
}

/* --- a client --------------------------------------------------------------------------------- */

/* What a client is made of. */
struct sources {
    const char *deployment_path;
    const char *key_path;
    const char *odyn_url; /* NULL: the wallet is that of the key file */
};

/* Out: ret_about, CLIENT_WHERE_MAX bytes. */
static struct status open_identity(const struct sources *sources, struct arena *arena,
                                   struct client_identity *ret, char *ret_about)
{
    SECRET(client_key, key);
    put_text(ret_about, CLIENT_WHERE_MAX, sources->key_path);
    TRY(client_key_read(sources->key_path, arena, &key));
    if (sources->odyn_url == NULL) {
        return client_key_identity(&key, ret);
    }
    put_text(ret_about, CLIENT_WHERE_MAX, sources->odyn_url);
    return client_odyn_identity(sources->odyn_url, &key, ret);
}

/* Out: ret_about, as above. */
static struct status open_with(const struct sources *sources, struct arena *arena,
                               struct coffer_client *client, char *ret_about)
{
    struct client_identity identity;
    char where[DEPLOYMENT_WHERE_MAX];
    struct deployment *deployment = arena_alloc(arena, sizeof *deployment);
    if (deployment == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct status status = deployment_read(sources->deployment_path, arena, deployment, where);
    put_text(ret_about, CLIENT_WHERE_MAX, where[0] == '\0' ? sources->deployment_path : where);
    TRY(status);
    TRY(open_identity(sources, arena, &identity, ret_about));
    return client_open(deployment, &identity, &client->client, ret_about);
}

static int open_client(const struct sources *sources, coffer_client **ret,
                       coffer_client_error *ret_error)
{
    void *memory = NULL;
    char about[CLIENT_WHERE_MAX] = "";
    struct arena arena;
    *ret = NULL;
    struct status status = secret_alloc(sizeof(struct coffer_client), &memory);
    if (!status_is_ok(status)) {
        return exported_end(status, "", ret_error);
    }
    struct coffer_client *client = memory;
    status = arena_init(&client->arena, ARENA);
    if (status_is_ok(status)) {
        status = arena_init(&arena, OPEN_ARENA);
    }
    if (status_is_ok(status)) {
        status = open_with(sources, &arena, client, about);
        arena_deinit(&arena);
    }
    if (!status_is_ok(status)) {
        coffer_client_close(&client);
        return exported_end(status, about, ret_error);
    }
    *ret = client;
    return exported_end(OK, NULL, ret_error);
}

int coffer_client_open(const char *deployment_path, const char *key_path, coffer_client **ret,
                       coffer_client_error *ret_error)
{
    const struct sources sources = {deployment_path, key_path, NULL};
    return open_client(&sources, ret, ret_error);
}

int coffer_client_open_odyn(const char *deployment_path, const char *key_path, const char *odyn_url,
                            coffer_client **ret, coffer_client_error *ret_error)
{
    const struct sources sources = {deployment_path, key_path, odyn_url};
    return open_client(&sources, ret, ret_error);
}

void coffer_client_close(coffer_client **client)
{
    if (*client == NULL) {
        return;
    }
    void *memory = *client;
    client_close(&(*client)->client);
    arena_deinit(&(*client)->arena);
    secret_free(&memory, sizeof(struct coffer_client));
    *client = NULL;
}

void coffer_client_wipe(void *memory, size_t length)
{
    secret_wipe(memory, length);
}

/* --- calls ------------------------------------------------------------------------------------ */

struct status exported_begin(struct coffer_client *client)
{
    arena_reset(&client->arena);
    uint8_t *memory = arena_alloc(&client->arena, COFFER_CLIENT_BODY_MAX);
    client->body = buf_over(memory, memory == NULL ? 0 : COFFER_CLIENT_BODY_MAX);
    client->json = json_out_over(&client->body);
    json_out_object(&client->json);
    return memory == NULL ? FAIL(NO_MEMORY) : OK;
}

struct status exported_text(struct coffer_client *client, const char *name, const char *text)
{
    if (text == NULL) {
        return OK;
    }
    if (!utf8_valid(bytes_of(text))) {
        return FAIL(INVALID_UTF8);
    }
    json_out_member_text(&client->json, name, text);
    return OK;
}

int exported_call(struct coffer_client *client, const struct client_request *request,
                  struct client_answer *ret, coffer_client_error *ret_error)
{
    struct status status = client_call(client->client, request, ret);
    if (!status_is_ok(status)) {
        return exported_end(status, ret->url, ret_error);
    }
    return ret->http == 200 ? exported_end(OK, NULL, ret_error) : refused(ret, ret_error);
}

int exported_send(struct coffer_client *client, const char *method, const char *target,
                  struct client_answer *ret, coffer_client_error *ret_error)
{
    json_out_object_end(&client->json);
    if (!status_is_ok(buf_check(&client->body))) {
        return exported_end(FAIL(BODY_TOO_LARGE), NULL, ret_error);
    }
    const struct client_request request = {
        .method = method, .target = target, .body = buf_bytes(&client->body)};
    return exported_call(client, &request, ret, ret_error);
}

static struct bytes given(const char *text)
{
    return text == NULL ? (struct bytes){NULL, 0} : bytes_of(text);
}

int coffer_client_call(coffer_client *client, const coffer_client_request *request,
                       coffer_client_answer *ret, coffer_client_error *ret_error)
{
    struct client_answer answer;
    const struct client_request sent = {.method = request->method,
                                        .target = request->target,
                                        .body = given(request->body),
                                        .idempotency = given(request->idempotency_key)};
    memset(ret, 0, sizeof *ret);
    arena_reset(&client->arena);
    if (sent.body.len > COFFER_CLIENT_BODY_MAX) {
        return exported_end(FAIL(BODY_TOO_LARGE), NULL, ret_error);
    }
    if (exported_call(client, &sent, &answer, ret_error) != 0) {
        return -1;
    }
    char *body = arena_alloc(&client->arena, answer.body.len + 1);
    if (body == NULL) {
        return exported_end(FAIL(NO_MEMORY), NULL, ret_error);
    }
    memcpy(body, answer.body.ptr, answer.body.len);
    *ret = (coffer_client_answer){body, answer.body.len, answer.url};
    return 0;
}
