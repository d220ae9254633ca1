/* What one event loop has for itself, so that requests share nothing that is written.
 * Made by service.h; used by everything that handles a request. */
#ifndef COFFER_PIPELINE_CONTEXT_WORKER_H
#define COFFER_PIPELINE_CONTEXT_WORKER_H

#include <stddef.h>
#include <stdint.h>

#include "audit/committer.h"
#include "base/metrics.h"
#include "base/token_bucket.h"
#include "pipeline/context/room.h"
#include "starknet/transaction.h"
#include "tenant/app_tenants.h"

struct service;

struct worker {
    struct service *service;
    size_t index;
    struct committer_lane *lane;
    struct metrics_slot *metrics;
    const struct clock *clock;
    struct transaction_fee_memory fees;
    struct app_tenants *tenants; /* NULL until an app acts for a user */
    struct token_bucket strangers;
    uint64_t requests; /* so far, for request ids */
    struct room room;  /* for requests that wait */
};

#endif
