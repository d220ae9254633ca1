/* How failures are told: one JSON object with a code, a text and what to do next.
 * Used by the pipeline, by batches for their items, and by the node. Source: design, section 5. */
#ifndef COFFER_PIPELINE_FAIL_H
#define COFFER_PIPELINE_FAIL_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "codec/json_out.h"
#include "pipeline/context/routes.h"

/* What is told beside the code. Open data. */
struct fail_context {
    enum routes_form form;
    bool is_peer;      /* whom it is told */
    const char *where; /* the path of the offending member, or "" */
    struct bytes request_id;
    struct bytes version; /* of what was changed and is unsettled; empty: none */
    uint64_t now_ms;
};

/* The HTTP status of a failure in this form. */
unsigned fail_http(enum status_code code, enum routes_form form);

/* Write the answer to a failed request as an object. */
void fail_out(struct json_out *out, struct status why, const struct fail_context *context);

/* Write the members of a failure into an open object: success, error, error_code, hint. */
void fail_members_out(struct json_out *out, struct status why, const char *where);

#endif
