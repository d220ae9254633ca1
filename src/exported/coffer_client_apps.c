#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "exported/exported_internal.h"

/* A text member of an answer, as bytes; ptr NULL when it is not there. */
static struct bytes text_of(const struct json_in *root, const char *name)
{
    struct json_in member;
    struct bytes text = {NULL, 0};
    if (!json_in_find(root, name, &member) || !status_is_ok(json_in_string(&member, &text))) {
        return (struct bytes){NULL, 0};
    }
    return text;
}

/* What a node of the deployment signed and is nevertheless not what was asked for. */
static struct status take_version(const struct json_in *root, char *ret_version)
{
    struct bytes text = text_of(root, "version");
    if (text.len == 0 || text.len >= COFFER_CLIENT_VERSION_SIZE) {
        return FAIL(NODE_UNTRUSTED);
    }
    memcpy(ret_version, text.ptr, text.len);
    ret_version[text.len] = '\0';
    return OK;
}

_Static_assert((int)COFFER_CLIENT_VALUE_MAX == LIMIT_KV_VALUE, "the contract's bounds are ours");
_Static_assert((int)COFFER_CLIENT_BODY_MAX == LIMIT_BODY_APP, "the contract's bounds are ours");
_Static_assert((int)COFFER_CLIENT_PAGE_MAX == LIMIT_KV_PAGE, "the contract's bounds are ours");
_Static_assert((int)COFFER_CLIENT_NAME_MAX == LIMIT_KV_KEY, "the contract's bounds are ours");

/* --- keys ------------------------------------------------------------------------------------- */

static struct status write_key(coffer_client *client, const coffer_client_key_request *request)
{
    TRY(exported_begin(client));
    TRY(exported_text(client, "path", request->path));
    TRY(exported_text(client, "context", request->context));
    TRY(exported_text(client, "curve", request->curve));
    if (request->length != 0) {
        json_out_member_u64(&client->json, "length", request->length);
    }
    if (request->epoch != NULL) {
        json_out_member_u64(&client->json, "epoch", *request->epoch);
    }
    return OK;
}

static struct status read_key(const struct json_in *root, coffer_client_key *ret)
{
    struct json_in member;
    uint64_t epoch = 0;
    struct buf key = buf_over(ret->bytes, sizeof ret->bytes);
    if (!status_is_ok(base64_read(text_of(root, "key"), &key)) || key.len == 0 ||
        !json_in_find(root, "epoch", &member) ||
        !status_is_ok(json_in_u64(&member, 0, UINT32_MAX, &epoch))) {
        coffer_client_wipe(ret, sizeof *ret);
        return FAIL(NODE_UNTRUSTED);
    }
    ret->length = key.len;
    ret->epoch = (uint32_t)epoch;
    return OK;
}

int coffer_client_derive(coffer_client *client, const coffer_client_key_request *request,
                         coffer_client_key *ret, coffer_client_error *ret_error)
{
    struct client_answer answer;
    memset(ret, 0, sizeof *ret);
    struct status status = write_key(client, request);
    if (!status_is_ok(status)) {
        return exported_end(status, NULL, ret_error);
    }
    if (exported_send(client, "POST", "/v1/app/keys", &answer, ret_error) != 0) {
        return -1;
    }
    struct json_in root = json_in_root(&answer.doc);
    return exported_end(read_key(&root, ret), answer.url, ret_error);
}

/* --- values ----------------------------------------------------------------------------------- */

static uint64_t now_ms(void)
{
    const struct clock clock = clock_system();
    return clock_monotonic_ms(&clock);
}

/* What this client has seen of a value; NULL when that is nothing. */
static const char *seen_of(const coffer_client *client, const char *key)
{
    const char *version =
        key == NULL ? "" : seen_versions_of(&client->seen, bytes_of(key), now_ms());
    return version[0] == '\0' ? NULL : version;
}

/* What may give way is not to be waited for: it may be gone. */
static void note_seen(coffer_client *client, const char *key, const char *version, bool may_go)
{
    if (may_go) {
        seen_versions_forget(&client->seen, bytes_of(key));
    } else {
        seen_versions_note(&client->seen, bytes_of(key), bytes_of(version), now_ms());
    }
}

static struct status write_put(coffer_client *client, const coffer_client_put_request *request)
{
    TRY(exported_begin(client));
    if (request->length > COFFER_CLIENT_VALUE_MAX) {
        return FAIL(VALUE_TOO_LARGE);
    }
    TRY(exported_text(client, "key", request->key));
    TRY(exported_text(client, "if_version", request->if_version));
    TRY(exported_text(client, "after", seen_of(client, request->key)));
    if (request->if_absent != 0) {
        json_out_member_bool(&client->json, "if_absent", true);
    }
    if (request->ttl_ms != 0) {
        json_out_member_u64(&client->json, "ttl_ms", request->ttl_ms);
    }
    json_out_name(&client->json, "value");
    json_out_base64(&client->json, (struct bytes){request->value, request->length});
    return OK;
}

int coffer_client_put(coffer_client *client, const coffer_client_put_request *request,
                      char *ret_version, coffer_client_error *ret_error)
{
    struct client_answer answer;
    char version[COFFER_CLIENT_VERSION_SIZE] = "";
    char *to = ret_version == NULL ? version : ret_version;
    to[0] = '\0';
    struct status status = write_put(client, request);
    if (!status_is_ok(status)) {
        return exported_end(status, NULL, ret_error);
    }
    if (exported_send(client, "PUT", "/v1/app/values", &answer, ret_error) != 0) {
        return -1;
    }
    struct json_in root = json_in_root(&answer.doc);
    status = take_version(&root, to);
    if (status_is_ok(status)) {
        note_seen(client, request->key, to, request->ttl_ms != 0);
    }
    return exported_end(status, answer.url, ret_error);
}

static struct status read_value(coffer_client *client, const struct json_in *root,
                                coffer_client_value *ret)
{
    struct bytes text = text_of(root, "value");
    size_t cap = text.len / 4 * 3 + 1;
    uint8_t *memory = arena_alloc(&client->arena, cap);
    struct buf value = buf_over(memory, cap);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    if (text.ptr == NULL || !status_is_ok(base64_read(text, &value))) {
        return FAIL(NODE_UNTRUSTED);
    }
    TRY(take_version(root, ret->version));
    ret->bytes = memory;
    ret->length = value.len;
    return OK;
}

static struct status write_named(coffer_client *client, const char *key, const char *name,
                                 const char *text)
{
    TRY(exported_begin(client));
    TRY(exported_text(client, "key", key));
    return exported_text(client, name, text);
}

/* The later one of what the caller wants and what was seen, by their text, whose order it is. */
static const char *least_version(const coffer_client *client, const char *key, const char *wanted)
{
    const char *seen = seen_of(client, key);
    bool is_later = wanted == NULL || (seen != NULL && strlen(wanted) == SEEN_VERSION_TEXT &&
                                       strcmp(seen, wanted) > 0);
    return is_later ? seen : wanted;
}

int coffer_client_get(coffer_client *client, const char *key, const char *min_version,
                      coffer_client_value *ret, coffer_client_error *ret_error)
{
    struct client_answer answer;
    struct json_in member;
    bool may_go = false;
    memset(ret, 0, sizeof *ret);
    min_version = least_version(client, key, min_version);
    struct status status = write_named(client, key, "min_version", min_version);
    if (!status_is_ok(status)) {
        return exported_end(status, NULL, ret_error);
    }
    if (exported_send(client, "POST", "/v1/app/values/get", &answer, ret_error) != 0) {
        return -1;
    }
    struct json_in root = json_in_root(&answer.doc);
    status = read_value(client, &root, ret);
    if (status_is_ok(status)) {
        may_go = json_in_find(&root, "evictable", &member) &&
                 status_is_ok(json_in_bool(&member, &may_go)) && may_go;
        note_seen(client, key, ret->version, may_go);
    }
    return exported_end(status, answer.url, ret_error);
}

int coffer_client_delete(coffer_client *client, const char *key, const char *if_version,
                         coffer_client_error *ret_error)
{
    struct client_answer answer;
    char version[COFFER_CLIENT_VERSION_SIZE] = "";
    struct status status = write_named(client, key, "if_version", if_version);
    status = status_is_ok(status) ? exported_text(client, "after", seen_of(client, key)) : status;
    if (!status_is_ok(status)) {
        return exported_end(status, NULL, ret_error);
    }
    if (exported_send(client, "DELETE", "/v1/app/values", &answer, ret_error) != 0) {
        return -1;
    }
    struct json_in root = json_in_root(&answer.doc);
    status = take_version(&root, version);
    if (status_is_ok(status)) {
        note_seen(client, key, version, false);
    }
    return exported_end(status, answer.url, ret_error);
}

/* --- names ------------------------------------------------------------------------------------ */

static struct status write_list(coffer_client *client, const coffer_client_list_request *request)
{
    TRY(exported_begin(client));
    TRY(exported_text(client, "prefix", request->prefix));
    TRY(exported_text(client, "cursor", request->cursor));
    if (request->limit != 0) {
        json_out_member_u64(&client->json, "limit", request->limit);
    }
    return OK;
}

static struct status copy_text(coffer_client *client, struct bytes text, const char **ret)
{
    char *copy = arena_alloc(&client->arena, text.len + 1);
    if (copy == NULL) {
        return FAIL(NO_MEMORY);
    }
    memcpy(copy, text.ptr, text.len);
    *ret = copy;
    return OK;
}

static struct status read_names(coffer_client *client, const struct json_in *root,
                                coffer_client_names *ret)
{
    struct json_in keys;
    size_t count = 0;
    struct bytes next = text_of(root, "next");
    if (!json_in_find(root, "keys", &keys) || json_in_kind(&keys) != JSON_IN_ARRAY ||
        !status_is_ok(json_in_count(&keys, &count))) {
        return FAIL(NODE_UNTRUSTED);
    }
    const char **names = arena_array(&client->arena, count + 1, sizeof *names);
    if (names == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in row = json_in_item(&keys, i);
        struct bytes key = text_of(&row, "key");
        if (key.len == 0) {
            return FAIL(NODE_UNTRUSTED);
        }
        TRY(copy_text(client, key, &names[i]));
    }
    if (next.ptr != NULL) {
        TRY(copy_text(client, next, &ret->next));
    }
    ret->count = count;
    ret->name = names;
    return OK;
}

int coffer_client_list(coffer_client *client, const coffer_client_list_request *request,
                       coffer_client_names *ret, coffer_client_error *ret_error)
{
    struct client_answer answer;
    memset(ret, 0, sizeof *ret);
    struct status status = write_list(client, request);
    if (!status_is_ok(status)) {
        return exported_end(status, NULL, ret_error);
    }
    if (exported_send(client, "POST", "/v1/app/values/list", &answer, ret_error) != 0) {
        return -1;
    }
    struct json_in root = json_in_root(&answer.doc);
    status = read_names(client, &root, ret);
    if (!status_is_ok(status)) {
        memset(ret, 0, sizeof *ret);
    }
    return exported_end(status, answer.url, ret_error);
}
