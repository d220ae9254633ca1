#include "service/op.h"
#include "service/permit.h"

/* A node without a registry knows of no other. */
struct status op_nodes(struct work *work, const struct permit *permit)
{
    (void)permit;
    json_out_object(&work->out);
    json_out_name(&work->out, "operators");
    json_out_array(&work->out);
    json_out_array_end(&work->out);
    json_out_member_u64(&work->out, "count", 0);
    json_out_object_end(&work->out);
    return OK;
}
