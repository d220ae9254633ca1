#include "operations/app/app_form.h"

#include <string.h>

#include "base/utc.h"
#include "codec/decimal.h"
#include "pipeline/caller.h"
#include "pipeline/query.h"
#include "pipeline/trail.h"
#include "store/values.h"

bool app_form_is_v1(const struct work *work)
{
    return work->route->wire == ROUTES_V1;
}

void app_form_open(struct work *work, const struct permit *permit)
{
    const struct caller_app *app = permit_app(permit);
    json_out_object(&work->out);
    if (app_form_is_v1(work)) {
        json_out_name(&work->out, "app_id");
        json_out_raw(&work->out, bytes_of(app->id));
    } else {
        json_out_member_bool(&work->out, "success", true);
        json_out_member_text(&work->out, "app_id", app->id);
    }
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        found = found || strcmp(name, names[i]) == 0;
    }
    return found;
}

/* Method and path are not in the proof of version 1: a body that whoever passes it on takes to
 * another route must not mean anything there. */
static struct status refuse_other_shapes(const struct json_in *root, const char *const *names,
                                         size_t count)
{
    static const char *const all[] = {"path", "context", "length", "key", "value", "ttl_ms"};
    struct json_in member;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (!is_among(all[i], names, count) && json_in_find(root, all[i], &member)) {
            return JSON_IN_FAIL(&member, UNKNOWN_FIELD);
        }
    }
    return OK;
}

struct status app_form_root(struct work *work, const char *const *names, size_t count,
                            struct json_in *ret_root)
{
    *ret_root = json_in_root(&work->doc);
    if (json_in_kind(ret_root) != JSON_IN_OBJECT) {
        return JSON_IN_FAIL(ret_root, BAD_TYPE);
    }
    return app_form_is_v1(work) ? refuse_other_shapes(ret_root, names, count)
                                : json_in_members(ret_root, names, count);
}

struct status app_form_text(const struct json_in *root, const char *name, struct bytes *ret)
{
    struct json_in member;
    *ret = (struct bytes){NULL, 0};
    return json_in_find(root, name, &member) ? json_in_string(&member, ret) : OK;
}

static struct status find_key(struct work *work, struct bytes *ret_key)
{
    if (work->route->body_max != 0) {
        struct json_in root = json_in_root(&work->doc);
        struct json_in member;
        TRY(json_in_member(&root, "key", &member));
        return json_in_string(&member, ret_key);
    }
    return work->tail.ptr != NULL ? query_tail(work, ret_key) : query_text(work, "key", ret_key);
}

struct status app_form_key(struct work *work, struct bytes *ret_key)
{
    TRY(find_key(work, ret_key));
    if (!values_key_valid(*ret_key)) {
        return FAIL(VALUE_KEY);
    }
    trail_name(work, *ret_key);
    return OK;
}

static struct status read_after(const struct json_in *root, struct kv_write *write)
{
    struct json_in member;
    struct bytes text;
    write->has_after = json_in_find(root, "after", &member);
    if (!write->has_after) {
        return OK;
    }
    TRY(json_in_string(&member, &text));
    return json_in_about(&member, record_version_read(text, &write->after));
}

struct status app_form_condition(const struct json_in *root, struct kv_write *write)
{
    struct json_in member;
    struct bytes text;
    bool is_absent = false;
    TRY(read_after(root, write));
    if (json_in_find(root, "if_absent", &member)) {
        TRY(json_in_bool(&member, &is_absent));
    }
    write->condition = is_absent ? KV_IF_ABSENT : KV_ALWAYS;
    if (!json_in_find(root, "if_version", &member)) {
        return OK;
    }
    if (is_absent) {
        return JSON_IN_FAIL(&member, BAD_REQUEST);
    }
    write->condition = KV_IF_VERSION;
    TRY(json_in_string(&member, &text));
    return json_in_about(&member, record_version_read(text, &write->version));
}

void app_form_note_version(struct work *work, const struct kv_found *found)
{
    uint8_t *memory = arena_alloc(work->arena, RECORD_VERSION_TEXT);
    struct buf text = buf_over(memory, memory == NULL ? 0 : RECORD_VERSION_TEXT);
    record_version_write(&found->version, &text);
    work->version = text.failed ? (struct bytes){NULL, 0} : buf_bytes(&text);
}

void app_form_version(struct work *work, const struct kv_found *found)
{
    uint8_t memory[RECORD_VERSION_TEXT > UTC_TEXT ? RECORD_VERSION_TEXT : UTC_TEXT];
    struct buf text = buf_over(memory, sizeof memory);
    if (app_form_is_v1(work)) {
        json_out_member_u64(&work->out, "updated_at_ms", found->version.updated_at_ms);
        return;
    }
    record_version_write(&found->version, &text);
    json_out_member_string(&work->out, "version", buf_bytes(&text));
    text = buf_over(memory, sizeof memory);
    utc_put(&text, found->version.updated_at_ms);
    json_out_member_string(&work->out, "updated_at", buf_bytes(&text));
}

/* Who asks for fewer holders than usual gets those. */
static struct status read_replicas(const struct work *work, size_t *ret_holders)
{
    struct bytes text = http1_header(work->request->head, BYTES_LITERAL("x-replicas"));
    uint64_t count = 0;
    if (text.ptr != NULL) {
        TRY(decimal_u64(text, &count));
    }
    *ret_holders = (size_t)count;
    return count > REGISTRY_PEERS_MAX ? FAIL(NUMBER_RANGE) : OK;
}

/* Whether the request may have been done elsewhere. */
static struct status read_again(struct work *work, bool *ret_is_again)
{
    struct bytes text;
    *ret_is_again = false;
    if (app_form_is_v1(work)) {
        return OK;
    }
    TRY(query_text(work, "again", &text));
    *ret_is_again = text.ptr != NULL;
    bool is_good = !*ret_is_again || bytes_equal(text, BYTES_LITERAL("true"));
    return is_good ? OK : query_about(work, "again", FAIL(BAD_REQUEST));
}

struct status app_form_write_start(struct work *work, const struct permit *permit,
                                   struct app_form_write **ret_write)
{
    *ret_write = arena_alloc(work->arena, sizeof **ret_write);
    if (*ret_write == NULL) {
        return FAIL(NO_MEMORY);
    }
    work->state = *ret_write;
    (*ret_write)->write.condition = KV_ALWAYS;
    TRY(read_replicas(work, &(*ret_write)->shared.holders));
    TRY(read_again(work, &(*ret_write)->is_again));
    return permit_space(permit, &(*ret_write)->keys);
}

const struct values_also *app_form_also(const struct permit *permit, struct app_form_write *put)
{
    if (!permit_share(permit, &put->shared)) {
        return NULL;
    }
    put->shared.key = put->write.key;
    put->also = membership_also(&put->shared);
    return &put->also;
}

void app_form_share(struct work *work, const struct app_form_write *put)
{
    work->wait = put->shared.wait;
    if (work->wait != 0) {
        membership_wake(put->shared.membership);
    }
}

struct status app_form_catch_up(struct work *work, const struct permit *permit, struct status why)
{
    struct membership_write other;
    if (work->is_caught_up || work->route->body_max == 0 || !permit_share(permit, &other)) {
        return why;
    }
    work->is_caught_up = true;
    TRY(membership_catch_up(other.membership, other.worker, &work->wait));
    work->pause = WORK_SETTLES;
    return OK;
}

struct status app_form_again(struct work *work, const struct permit *permit)
{
    const struct app_form_write *put = work->state;
    return put->is_again ? app_form_catch_up(work, permit, OK) : OK;
}
