#include "operations/operations.h"

#include "base/limits.h"
#include "base/metrics.h"
#include "config/trust.h"
#include "operations/app/app_op.h"
#include "operations/cluster/cluster_op.h"
#include "operations/compat/compat_op.h"
#include "operations/node/node_op.h"
#include "operations/routes_table.h"
#include "operations/starknet/items.h"
#include "operations/starknet/starknet_op.h"
#include "operations/users/session_op.h"
#include "operations/users/users_op.h"
#include "pipeline/context/request.h"

#define ANY   (REQUEST_PUBLIC | REQUEST_LOCAL)
#define LOCAL REQUEST_LOCAL

static const struct route rows[] = {
#define ROW(...) {__VA_ARGS__},
    ROUTES_TABLE(ROW)
#undef ROW
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static const char *const names[ROWS + 1] = {"none",
#define NAME(method, path, query, operation, ...) operation,
                                            ROUTES_TABLE(NAME)
#undef NAME
};

_Static_assert((int)ROUTES_BEARER == (int)TRUST_BEARER, "assurance has one scale");
_Static_assert(ROWS + 1 <= METRICS_OPERATIONS, "every operation has a label");

static const struct routes table = {
    .rows = rows,
    .count = ROWS,
    .operations = names,
    .items = items_metric_names,
    .items_count = ITEMS_KINDS,
};

const struct routes *operations_routes(void)
{
    return &table;
}
