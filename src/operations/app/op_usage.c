#include "operations/app/app_form.h"
#include "operations/app/app_op.h"
#include "pipeline/context/service.h"
#include "store/values.h"

static struct status perform(struct work *work, const struct permit *permit)
{
    const struct kv_usage usage = values_usage(permit_values(permit), permit_tenant_id(permit));
    app_form_open(work, permit);
    json_out_member_u64(&work->out, "bytes", usage.bytes);
    json_out_member_u64(&work->out, "limit_bytes", usage.limit_bytes);
    json_out_member_u64(&work->out, "kept_bytes", usage.kept_bytes);
    json_out_member_u64(&work->out, "limit_kept_bytes", usage.limit_kept_bytes);
    json_out_member_u64(&work->out, "values", usage.values);
    json_out_member_u64(&work->out, "kept_values", usage.kept_values);
    json_out_member_u64(&work->out, "dead", usage.dead);
    json_out_object_end(&work->out);
    return OK;
}

const struct operation app_op_usage = {.perform = perform, .needs_records = true};
