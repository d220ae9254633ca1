#include "operations/app/app_form.h"
#include "operations/app/app_op.h"
#include "pipeline/service.h"
#include "pipeline/trail.h"
#include "store/values.h"

static const char *const members[] = {"key", "if_version"};

struct status app_op_values_delete(struct work *work, const struct permit *permit)
{
    struct json_in root;
    struct kv_write write = {.condition = KV_ALWAYS};
    struct kv_found found;
    SECRET(value_seal_keys, keys);
    TRY(app_form_root(work, members, sizeof members / sizeof members[0], &root));
    TRY(app_form_key(work, permit, &write.key));
    if (!app_form_is_v1(work)) {
        TRY(app_form_condition(&root, &write));
    }
    TRY(app_form_space(work, permit, &keys));
    TRY(trail_intent(work));
    TRY(values_delete(work->worker->service->values, &keys, &write, &found));
    app_form_open(work, permit);
    json_out_member_string(&work->out, "key", write.key);
    json_out_member_bool(&work->out, "deleted", true);
    if (!app_form_is_v1(work)) {
        app_form_version(work, &found);
    }
    json_out_object_end(&work->out);
    return trail_ok(work);
}
