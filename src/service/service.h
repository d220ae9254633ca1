/* The service: what all workers of a node share, and its start.
 *
 * Everything here is read only once it has started, or has its own lock. Used by the pipeline, the
 * operations and programs/coffer-node; tests and fuzzers drive it without a network. */
#ifndef COFFER_SERVICE_SERVICE_H
#define COFFER_SERVICE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/status.h"
#include "config/config.h"
#include "config/trust.h"
#include "keys/key_cache.h"
#include "service/committer.h"
#include "service/idempotency.h"
#include "service/worker.h"
#include "tenant/tenant.h"

/* What a node knows about its connections, for metrics. */
struct service_connections {
    uint64_t open;
    uint64_t accepted;
    uint64_t evicted;
    uint64_t timeouts;
};

enum { SERVICE_NONCE = 16 };

/* Where the nonces of proofs come from; issue is NULL where there are none. */
struct service_nonces {
    void *context;
    struct status (*issue)(void *context, size_t worker, uint8_t ret_nonce[static SERVICE_NONCE]);
};

/* What a service is made of. All of it outlives the service. */
struct service_setup {
    struct clock clock;
    struct entropy entropy;
    const struct log *log;
    struct mem *mem;
    const struct trust *trust;
    const struct tenant_set *tenants; /* with their seeds, or nothing is signed */
    struct key_cache *cache;
    struct committer_port audit;
    struct service_nonces nonces;
    size_t workers; /* 1 to LIMIT_LOOPS */
    size_t idempotency_entries;
};

struct service {
    struct service_setup setup;
    const struct tenant *tenant; /* "default" */
    struct committer committer;
    struct idempotency *idempotency;
    struct metrics_slot *metrics; /* of the workers, aligned in their block */
    void *metrics_block;
    uint8_t boot[AUDIT_BOOT_BYTES];
    uint64_t started_ns;
    bool is_ready; /* every tenant has its seed */
    bool is_open;  /* the boot record is durable */
    struct worker workers[LIMIT_LOOPS];
    /* Set by the node before it serves. */
    void *connections_context;
    struct service_connections (*connections)(void *context);
#ifdef COFFER_CHECKED
    unsigned fault; /* of enum service_fault; for tests */
    /* Whether callers can be known already; NULL: they can. For tests. */
    bool (*knows)(void *context);
    void *knows_context;
#endif
};

#ifdef COFFER_CHECKED
/* What a test spoils. */
enum service_fault {
    SERVICE_FAULT_NONE,
    SERVICE_FAULT_HASH,       /* the hash that is signed */
    SERVICE_FAULT_DERIVATION, /* the key that signs */
};
#endif

/* Make a service and write the boot record. In: setup, copied.
 * Returns: OK; UNAVAILABLE when there is no tenant "default"; NO_MEMORY; ENTROPY; what the audit
 * port returned. On failure: *ret_service is NULL. */
struct status service_open(const struct service_setup *setup, struct service **ret_service);

/* Write the end record and give everything back; *service becomes NULL (it may be NULL). No worker
 * may be in use, and every answer has left. */
void service_close(struct service **service);

/* The local tenant "default"; NULL when there is none. */
const struct tenant *service_default_tenant(const struct service *service);

#endif
