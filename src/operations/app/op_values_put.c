#include "codec/base64.h"
#include "operations/app/app_form.h"
#include "operations/app/app_op.h"
#include "pipeline/context/service.h"
#include "pipeline/trail.h"
#include "store/values.h"

static const char *const members[] = {"key",        "value",     "ttl_ms", "evictable",
                                      "if_version", "if_absent", "after"};

/* The bytes of a value, from base64. *secret*. */
static struct status read_value(struct work *work, const struct json_in *root,
                                struct bytes *ret_value)
{
    struct json_in member;
    struct bytes text;
    TRY(json_in_member(root, "value", &member));
    TRY(json_in_string(&member, &text));
    uint8_t *memory = arena_alloc(work->arena, text.len + 1);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf out = buf_over(memory, text.len + 1);
    TRY(json_in_about(&member, base64_read(text, &out)));
    *ret_value = buf_bytes(&out);
    return OK;
}

/* In version 1 a number below 0 means for ever, as 0 does. */
static struct status read_ttl(const struct work *work, const struct json_in *root,
                              uint64_t *ret_ttl_ms)
{
    struct json_in member;
    *ret_ttl_ms = 0;
    if (!json_in_find(root, "ttl_ms", &member)) {
        return OK;
    }
    if (app_form_is_v1(work) && json_in_kind(&member) == JSON_IN_INTEGER &&
        json_in_integer(&member) < 0) {
        return OK;
    }
    return json_in_u64(&member, 0, INT64_MAX, ret_ttl_ms);
}

/* In version 2 what has an end may go before it, and what its writer says. */
static struct status read_evictable(const struct work *work, const struct json_in *root,
                                    struct kv_write *write)
{
    struct json_in member;
    write->evictable = write->ttl_ms != 0;
    if (app_form_is_v1(work)) {
        write->evictable = record_v1_evictable(write->key);
        return OK;
    }
    if (!json_in_find(root, "evictable", &member)) {
        return OK;
    }
    bool is_evictable;
    TRY(json_in_bool(&member, &is_evictable));
    write->evictable = write->evictable || is_evictable;
    return OK;
}

static struct status read_put(struct work *work, struct kv_write *ret_write)
{
    struct json_in root;
    *ret_write = (struct kv_write){.condition = KV_ALWAYS};
    TRY(app_form_root(work, members, sizeof members / sizeof members[0], &root));
    TRY(app_form_key(work, &ret_write->key));
    TRY(read_value(work, &root, &ret_write->value));
    TRY(read_ttl(work, &root, &ret_write->ttl_ms));
    TRY(read_evictable(work, &root, ret_write));
    return app_form_is_v1(work) ? OK : app_form_condition(&root, ret_write);
}

static struct status prepare(struct work *work, const struct permit *permit)
{
    struct app_form_write *put = NULL;
    TRY(app_form_write_start(work, permit, &put));
    return read_put(work, &put->write);
}

static struct status perform(struct work *work, const struct permit *permit)
{
    struct app_form_write *put = work->state;
    struct kv_found found;
    TRY(app_form_again(work, permit));
    if (work->pause != WORK_GOES_ON) {
        return OK;
    }
    trail_origin(work, put->write.op, put->write.cause);
    const struct values_also *also = app_form_also(permit, put);
    struct status status = values_put(permit_values(permit), &put->keys, &put->write, also, &found);
    if (status.code == STATUS_VERSION_BEHIND) {
        return app_form_catch_up(work, permit, status);
    }
    TRY(status);
    app_form_share(work, put);
    app_form_note_version(work, &found);
    app_form_open(work, permit);
    json_out_member_string(&work->out, "key", put->write.key);
    app_form_version(work, &found);
    json_out_object_end(&work->out);
    return OK;
}

const struct operation app_op_values_put = {
    .prepare = prepare, .perform = perform, .needs_records = true};
