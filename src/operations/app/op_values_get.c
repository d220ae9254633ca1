#include "operations/app/app_form.h"
#include "operations/app/app_op.h"
#include "pipeline/context/service.h"
#include "pipeline/query.h"
#include "store/values.h"

static const char *const members[] = {"key", "min_version"};

/* The least version, from the body or the query of version 2. */
static struct status read_since(struct work *work, struct kv_read *read)
{
    struct bytes text;
    if (work->route->body_max != 0) {
        struct json_in root = json_in_root(&work->doc);
        TRY(app_form_text(&root, "min_version", &text));
    } else {
        TRY(query_text(work, "min_version", &text));
    }
    read->has_since = text.ptr != NULL;
    return read->has_since ? record_version_read(text, &read->since) : OK;
}

static struct status read_asked(struct work *work, struct kv_read *ret_read)
{
    struct json_in root;
    *ret_read = (struct kv_read){.has_since = false};
    if (work->route->body_max != 0) {
        TRY(app_form_root(work, members, sizeof members / sizeof members[0], &root));
    }
    TRY(app_form_key(work, &ret_read->key));
    return app_form_is_v1(work) ? OK : read_since(work, ret_read);
}

/* The value, in the request's arena. *secret*. */
static struct status get(struct work *work, const struct permit *permit, const struct kv_read *read,
                         struct bytes *ret_value, struct kv_found *ret_found)
{
    SECRET(value_seal_keys, keys);
    TRY(permit_space(permit, &keys));
    struct buf value = arena_open(work->arena);
    struct status status = values_get(permit_values(permit), &keys, read, &value, ret_found);
    arena_close(work->arena, &value);
    *ret_value = buf_bytes(&value);
    return status;
}

static struct status prepare(struct work *work, const struct permit *permit)
{
    struct kv_read *asked = arena_alloc(work->arena, sizeof *asked);
    (void)permit;
    if (asked == NULL) {
        return FAIL(NO_MEMORY);
    }
    work->state = asked;
    return read_asked(work, asked);
}

static struct status perform(struct work *work, const struct permit *permit)
{
    const struct kv_read *asked = work->state;
    struct kv_found found;
    struct bytes value;
    struct status status = get(work, permit, asked, &value, &found);
    if (status.code == STATUS_VERSION_BEHIND) {
        return app_form_catch_up(work, permit, status);
    }
    TRY(status);
    app_form_open(work, permit);
    json_out_member_string(&work->out, "key", asked->key);
    json_out_name(&work->out, "value");
    json_out_base64(&work->out, value);
    app_form_version(work, &found);
    if (!app_form_is_v1(work)) {
        json_out_member_u64(&work->out, "ttl_ms", found.ttl_ms);
        json_out_member_bool(&work->out, "evictable", found.evictable);
    }
    json_out_object_end(&work->out);
    return OK;
}

const struct operation app_op_values_get = {
    .prepare = prepare, .perform = perform, .needs_records = true};
