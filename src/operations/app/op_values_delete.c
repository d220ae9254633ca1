#include "operations/app/app_form.h"
#include "operations/app/app_op.h"
#include "pipeline/context/service.h"
#include "pipeline/trail.h"
#include "store/values.h"

static const char *const members[] = {"key", "if_version", "after"};

static struct status prepare(struct work *work, const struct permit *permit)
{
    struct json_in root;
    struct app_form_write *gone = NULL;
    TRY(app_form_write_start(work, permit, &gone));
    TRY(app_form_root(work, members, sizeof members / sizeof members[0], &root));
    TRY(app_form_key(work, &gone->write.key));
    return app_form_is_v1(work) ? OK : app_form_condition(&root, &gone->write);
}

static struct status perform(struct work *work, const struct permit *permit)
{
    struct app_form_write *gone = work->state;
    struct kv_found found;
    TRY(app_form_again(work, permit));
    if (work->pause != WORK_GOES_ON) {
        return OK;
    }
    trail_origin(work, gone->write.op, gone->write.cause);
    const struct values_also *also = app_form_also(permit, gone);
    struct status status =
        values_delete(permit_values(permit), &gone->keys, &gone->write, also, &found);
    if (status.code == STATUS_VERSION_BEHIND) {
        return app_form_catch_up(work, permit, status);
    }
    TRY(status);
    app_form_share(work, gone);
    app_form_note_version(work, &found);
    app_form_open(work, permit);
    json_out_member_string(&work->out, "key", gone->write.key);
    json_out_member_bool(&work->out, "deleted", true);
    if (!app_form_is_v1(work)) {
        app_form_version(work, &found);
    }
    json_out_object_end(&work->out);
    return OK;
}

const struct operation app_op_values_delete = {
    .prepare = prepare, .perform = perform, .needs_records = true};
