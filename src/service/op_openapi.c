#include "service/op.h"
#include "service/openapi.h"
#include "service/permit.h"

struct status op_openapi(struct work *work, const struct permit *permit)
{
    (void)permit;
    openapi_out(&work->out);
    return OK;
}
