#include "service/routes.h"

#include "base/invariant.h"
#include "base/limits.h"
#include "base/metrics.h"
#include "config/trust.h"
#include "service/op.h"
#include "service/request.h"
#include "service/routes_table.h"

#define ANY   (REQUEST_PUBLIC | REQUEST_LOCAL)
#define LOCAL REQUEST_LOCAL

static const struct route routes[] = {
#define ROW(...) {__VA_ARGS__},
    ROUTES_TABLE(ROW)
#undef ROW
};

enum { ROUTES = sizeof routes / sizeof routes[0] };

static const char *const metric_names[ROUTES + 1] = {"none",
#define NAME(method, path, operation, ...) operation,
                                                     ROUTES_TABLE(NAME)
#undef NAME
};

_Static_assert(ROUTES + 1 <= METRICS_OPERATIONS, "every operation has a label");

const struct route *routes_all(size_t *ret_count)
{
    *ret_count = ROUTES;
    return routes;
}

struct status routes_find(const struct http1_head *head, const struct route **ret_route,
                          const char **ret_allow)
{
    *ret_route = NULL;
    *ret_allow = NULL;
    for (size_t i = 0; i < ROUTES; i++) {
        if (bytes_equal(head->path, bytes_of(routes[i].path))) {
            if (bytes_equal(head->method, bytes_of(routes[i].method))) {
                *ret_route = &routes[i];
                *ret_allow = NULL;
                return OK;
            }
            *ret_allow = routes[i].method;
        }
    }
    return *ret_allow == NULL ? FAIL(NOT_FOUND) : FAIL(METHOD_NOT_ALLOWED);
}

size_t routes_metric(const struct route *route)
{
    return route == NULL ? 0 : (size_t)(route - routes) + 1;
}

const char *const *routes_metric_names(size_t *ret_count)
{
    *ret_count = ROUTES + 1;
    return metric_names;
}
