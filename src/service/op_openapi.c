#include "service/op.h"
#include "service/openapi.h"
#include "service/permit.h"
#include "service/service.h"

struct status op_openapi(struct work *work, const struct permit *permit)
{
    (void)permit;
    openapi_out(&work->out, work->worker->service->setup.trust->v1_wire);
    return OK;
}
