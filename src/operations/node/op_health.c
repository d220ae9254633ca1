#include "operations/node/node_op.h"
#include "pipeline/permit.h"

static struct status put_health(struct work *work, const struct permit *permit)
{
    (void)permit;
    json_out_object(&work->out);
    json_out_member_text(&work->out, "status", "healthy");
    json_out_member_text(&work->out, "service", "coffer");
    json_out_member_u64(&work->out, "timestamp", work->now.hi_ms / 1000);
    json_out_object_end(&work->out);
    return OK;
}

const struct operation node_op_health = {.perform = put_health};
