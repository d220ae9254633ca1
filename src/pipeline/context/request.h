/* A request as the pipeline sees it, and the answer that comes out. Open data.
 * Made by node.h from what the HTTP server has, and by tests from bytes. */
#ifndef COFFER_PIPELINE_CONTEXT_REQUEST_H
#define COFFER_PIPELINE_CONTEXT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "digest/sha256.h"
#include "net/http1.h"
#include "pipeline/context/routes.h"

/* Where a request may come in; a listener may be several of them. */
enum request_listener {
    REQUEST_PUBLIC = 1,
    REQUEST_LOCAL = 2, /* the link of the gateway */
    REQUEST_PEER = 4,
};

struct request {
    const struct http1_head *head;
    struct bytes body;
    unsigned listeners; /* of enum request_listener */
    bool is_loopback;   /* from this machine: loopback or a unix socket */
    bool may_wait;      /* for something to be looked up: it can be run again later */
};

enum {
    ANSWER_HEADERS = 8,
    ANSWER_VERSION = 64,
};

/* What the caller gets. Views end with the worker's next request. */
struct answer {
    enum status_code code;
    unsigned http_status;
    const char *media_type;
    struct bytes body;
    struct bytes request_id; /* to be returned in X-Request-Id */
    enum routes_form form;
    struct bytes retry_after; /* for 429: seconds, in decimal */
    const char *allow;        /* for 405: the methods of the path; otherwise NULL */
    struct http1_header headers[ANSWER_HEADERS]; /* of its own, beside those of every answer */
    size_t headers_count;
    size_t operation;                /* index for metrics */
    uint64_t ticket;                 /* the audit batch that must be durable first; 0: none */
    struct idempotency_entry *entry; /* what idempotency_settle takes; NULL: none */
    bool is_recorded;                /* the last record of it has the hash below */
    uint8_t record[SHA256_BYTES];
    bool is_effect;       /* something was changed, and is not undone where this may not leave */
    struct bytes version; /* of what was changed, up to ANSWER_VERSION */
};

#endif
