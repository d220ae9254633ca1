/* The shape of the table of routes, and finding a row in it. The table itself is passed in; its
 * rows are in operations/routes_table.h.
 * Used by the pipeline and by the API description, which is made from it. */
#ifndef COFFER_PIPELINE_CONTEXT_ROUTES_H
#define COFFER_PIPELINE_CONTEXT_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "net/http1.h"
#include "registry/registry.h"

struct work;
struct permit;

/* Who may use a route. */
enum routes_principal {
    ROUTES_ANYONE,
    ROUTES_USER,  /* a user of a tenant, or who speaks for one: a session, a service key, an app,
                   * the loopback caller */
    ROUTES_GUEST, /* whoever comes: what the body holds shows who says it, and is judged as that */
    ROUTES_APP,   /* a registered app */
    ROUTES_PEER,  /* another node of this service; not there on a node that is alone */
};

/* What a session or service key must have to use a route of users: the number of a bit of its
 * scopes. Source: formats for users, section 13. */
enum routes_scope {
    ROUTES_READ,
    ROUTES_ACCOUNTS,
    ROUTES_SIGN,
    ROUTES_LANES,
    ROUTES_ENROL,
    ROUTES_REVOKE,
    ROUTES_PROPOSE,
    ROUTES_AUDITS,
};

/* The assurance of bearers: above it whoever asks has proven something, below it the node takes
 * programs of its machine too. As TRUST_BEARER. */
enum { ROUTES_BEARER = 3 };

/* The shape of answers, and how strict requests are read. */
enum routes_form {
    ROUTES_OURS, /* unknown members are refused, times are RFC 3339 */
    ROUTES_SEED, /* unknown members are ignored, times are Unix seconds */
    ROUTES_KMS,  /* unknown members are ignored, errors have detail, message and code besides */
};

/* What is recorded, and what must be durable before what. The pipeline alone writes records. */
enum routes_audit {
    ROUTES_AUDIT_NONE,    /* nothing; for routes that anyone may use */
    ROUTES_AUDIT_OUTCOME, /* what came of it */
    ROUTES_AUDIT_KEY, /* intent before a key is used, and outcome; both durable before it leaves */
    ROUTES_AUDIT_EFFECT, /* intent, durable before what it says is done; then the outcome */
};

/* An operation, in steps that the pipeline calls in this order; a step may be NULL.
 *
 * begin reads the request as a whole, says in work->items what it is made of (one item, otherwise),
 * and opens the answer. For each item prepare reads and judges it and says whom and what it is
 * about (trail.h); nothing may have been used or changed then. The intent is written; perform does
 * it and writes its part of the answer, all of it or, on failure, nothing that matters. The outcome
 * is written. end closes the answer. Where perform takes long, for a request that may stop (of a
 * route with a body and records), it asks turn_is_over (turn.h) between its parts, sets work->pause
 * to WORK_YIELDS and returns OK; it is called again then, and knows from work->state how far it is.
 *
 * price comes before all of them: how much work the body asks for beyond that of one small item, in
 * units of docs/operations.md, as far as the shape of its JSON shows. It judges nothing else. */
struct operation {
    struct status (*begin)(struct work *work, const struct permit *permit);
    struct status (*prepare)(struct work *work, const struct permit *permit);
    struct status (*perform)(struct work *work, const struct permit *permit);
    struct status (*end)(struct work *work, const struct permit *permit);
    uint64_t (*price)(struct work *work);
    bool items_stand_alone; /* an item of a batch may be refused and the others not */
    bool attests;           /* it has something attested, which may have to be waited for */
    bool renews;            /* it takes the token of a session that is over for a new one */
    bool needs_records;     /* it is refused where not all records of the cluster are here */
};

/* Which wire a route belongs to. */
enum routes_wire {
    ROUTES_ALWAYS,
    ROUTES_V1, /* there under v1_wire only */
};

struct route {
    const char *method;
    const char *path;      /* its last segment may be a variable: /v1/app/values/{key} */
    const char *query;     /* names that a query may have, with commas between; "": none */
    const char *operation; /* in metrics, logs and the audit trail */
    size_t body_max;
    unsigned listeners; /* of enum request_listener */
    enum routes_principal principal;
    enum registry_use use;   /* how fresh the registry must be for an app or a peer */
    uint8_t assurance;       /* the least, as enum trust_assurance; the tenant may want more */
    enum routes_scope scope; /* of a route of users, for who has scopes */
    enum routes_form form;
    enum routes_wire wire;
    enum routes_audit audit;
    const struct operation *operate;
};

/* A table of routes with what metrics call things. All of it is static data. */
struct routes {
    const struct route *rows;
    size_t count;                  /* rows of one path are beside each other */
    const char *const *operations; /* label operation: count + 1, 0 for no row */
    const char *const *items;      /* label kind */
    size_t items_count;
};

/* What is found for a head. */
struct routes_match {
    const struct route *route; /* NULL when there is none */
    size_t operation;          /* of the route, as metrics count it; 0 when there is none */
    struct bytes tail;         /* the variable's value, still percent-encoded; ptr NULL without */
    const char *allow;         /* the methods of the path where only the method is wrong, or NULL */
    enum routes_form form;     /* of the route, or of the answer that says there is none */
};

/* The row of a request; HEAD has that of GET, whose answer leaves without its body.
 * In: v1_wire: whether rows of ROUTES_V1 are there.
 * Returns: OK; NOT_FOUND; METHOD_NOT_ALLOWED. On failure: ret_match->route is NULL. */
struct status routes_find(const struct routes *routes, const struct http1_head *head, bool v1_wire,
                          struct routes_match *ret_match);

/* True when a path is the one of a row. A variable takes everything from its place on, slashes
 * included, and at least one byte. Out: *ret_tail as in struct routes_match. */
bool routes_path_is(const char *path, struct bytes target, struct bytes *ret_tail);

/* True when a row's query may have a member of this name. */
bool routes_query_has(const struct route *route, struct bytes name);

#endif
