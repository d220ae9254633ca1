#include "operations/node/node_op.h"
#include "operations/node/openapi.h"
#include "pipeline/context/service.h"
#include "pipeline/permit.h"

static struct status put_openapi(struct work *work, const struct permit *permit)
{
    const struct service_setup *setup = &permit_view(permit)->setup;
    openapi_out(&work->out, setup->routes, setup->trust->v1_wire);
    return OK;
}

const struct operation node_op_openapi = {.perform = put_openapi};
