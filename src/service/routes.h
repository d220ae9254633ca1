/* The table of routes: what the service does, and for whom. The whole security policy.
 * Used by the pipeline and by the API description, which is made from it. */
#ifndef COFFER_SERVICE_ROUTES_H
#define COFFER_SERVICE_ROUTES_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "net/http1.h"

struct work;
struct permit;

/* Who may use a route. */
enum routes_principal {
    ROUTES_ANYONE,
    ROUTES_USER, /* a user of a tenant, or who speaks for one */
};

/* The shape of answers. */
enum routes_form {
    ROUTES_OURS, /* unknown members are refused, times are RFC 3339 */
    ROUTES_SEED, /* unknown members are ignored, times are Unix seconds */
};

struct route {
    const char *method;
    const char *path;
    const char *operation; /* in metrics, logs and the audit trail */
    size_t body_max;
    unsigned listeners; /* of enum request_listener */
    enum routes_principal principal;
    uint8_t assurance; /* the least, as enum trust_assurance; the tenant may want more */
    enum routes_form form;
    struct status (*operate)(struct work *work, const struct permit *permit);
};

/* All rows. Out: *ret_count. */
const struct route *routes_all(size_t *ret_count);

/* The row of a request. Out: ret_allow, the methods of the path where only the method is wrong.
 * Returns: OK; NOT_FOUND; METHOD_NOT_ALLOWED. On failure: *ret_route is NULL. */
struct status routes_find(const struct http1_head *head, const struct route **ret_route,
                          const char **ret_allow);

/* The index of a row for metrics; 0 is for requests without one. */
size_t routes_metric(const struct route *route);

/* The names of the label operation, in the order of that index. Out: *ret_count. */
const char *const *routes_metric_names(size_t *ret_count);

#endif
