#include "operations/node/node_op.h"
#include "operations/node/readiness.h"
#include "pipeline/permit.h"

static struct status put_ready(struct work *work, const struct permit *permit)
{
    TRY(readiness_check(permit_view(permit)));
    json_out_object(&work->out);
    json_out_member_text(&work->out, "status", "ready");
    json_out_object_end(&work->out);
    return OK;
}

const struct operation node_op_ready = {.perform = put_ready};
