/* The service: what all workers of a node share, and its start.
 *
 * Everything here is read only once it has started, or has its own lock. Used by the pipeline, the
 * operations and programs/coffer-node; tests and fuzzers drive it without a network. */
#ifndef COFFER_PIPELINE_CONTEXT_SERVICE_H
#define COFFER_PIPELINE_CONTEXT_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attestation/attestation.h"
#include "audit/committer.h"
#include "authenticators/oidc_port.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/rate_table.h"
#include "base/status.h"
#include "base/wall_clock.h"
#include "cluster/membership/membership.h"
#include "cluster/strict/strict_alone.h"
#include "cluster/strict/strict_desks.h"
#include "config/config.h"
#include "config/trust.h"
#include "ethereum/eip191.h"
#include "identity/agreements.h"
#include "identity/log_key.h"
#include "identity/node_identity.h"
#include "identity/nonces.h"
#include "keys/cache/key_cache.h"
#include "keys/domain.h"
#include "keys/root_gate.h"
#include "keys/root_keyring.h"
#include "lanes/lanes.h"
#include "pipeline/context/idempotency.h"
#include "pipeline/context/speakers.h"
#include "pipeline/context/worker.h"
#include "registry/registry.h"
#include "sessions/sessions.h"
#include "store/values.h"
#include "tenant/tenant.h"
#include "users/users.h"
#include "wire/identity_binding.h"

/* What a node knows about its connections, for metrics. */
struct service_connections {
    uint64_t open;
    uint64_t accepted;
    uint64_t evicted;
    uint64_t timeouts;
    uint64_t parked; /* requests that wait for the registry, or keys of an issuer */
};

/* Who attests what the node is. In: nonce, empty: the document that is there; otherwise a new one
 * with it in, which may have to be waited for. Out: *ret_document in arena. */
struct service_attestation {
    void *context;
    enum attestation_maker maker;
    struct identity_binding binding; /* what its documents are bound to */
    struct status (*show)(void *context, struct arena *arena, struct bytes nonce,
                          struct bytes *ret_document); /* NULL: there is none */
};

/* What it takes to serve apps. All of it outlives the service. */
struct service_apps {
    struct registry_port registry;
    const struct node_identity *identity;
    struct root_keyring *roots;
    const char *root_source;                /* where the root came from: "generated" or "file" */
    struct service_attestation attestation; /* of the identity, to be shown */
    bool is_key_old; /* a process before this one took envelopes of version 1 under this key */
    struct token_bucket_rule rate; /* work of one app, in units of docs/operations.md */
    struct kv_limits limits;       /* of their values */
    struct mem *mem;               /* for values and nonces */
    /* What makes the node one of a cluster, from which it gets its root: roots is empty then. NULL:
     * it is alone. */
    const struct membership_ports *cluster;
};

/* What a service is made of. All of it outlives the service. */
struct service_setup {
    const struct routes *routes;
    struct clock clock;
    const struct wall_clock *wall; /* behind clock, to say how it does; NULL: the machine's own */
    struct entropy entropy;
    const struct log *log;
    struct mem *mem;
    const struct trust *trust;
    struct tenant_set *tenants; /* with their seeds, or nothing is signed; in a cluster they get
                                 * those of the root when that is there */
    struct oidc_port issuers;   /* of the tenants; zeros: there are none */
    struct key_cache *cache;
    struct committer_port audit;
    const struct audit_previous *audit_previous; /* in the trail already; NULL: nothing */
    const struct service_apps *apps;             /* NULL: none are served */
    size_t workers;                              /* 1 to LIMIT_LOOPS */
    size_t idempotency_entries;
    struct token_bucket_rule strangers; /* recorded refusals of unknown callers, for each worker */
};

struct service {
    struct service_setup setup;
    const struct tenant *tenant; /* "default" */
    struct committer committer;
    struct idempotency *idempotency;
    struct metrics_slot *metrics; /* of the workers, aligned in their block */
    void *metrics_block;
    struct domain domain;
    struct values *values; /* of apps, as the next five */
    struct agreements *agreements;
    struct nonces *nonces;
    struct rate_table *app_rates;
    struct rate_table *peer_rates;
    struct rate_table *user_rates; /* of users, and of service keys and tenants */
    struct rate_table *tenant_rates;
    struct speakers speakers; /* zeros: none */
    struct root_gate *root_gate;
    struct membership *membership;     /* NULL: the node is alone */
    struct strict_alone *strict_alone; /* strict records of a node that is */
    struct strict_desks *desks;        /* what other nodes ask of it as a home */
    struct users *users;
    struct lanes *lanes;
    struct sessions *sessions;          /* NULL: there is no root that they could be made with */
    uint8_t key_signature[EIP191_TEXT]; /* the wallet's, of node_identity_key_text */
    uint8_t boot[AUDIT_BOOT_BYTES];     /* of the identity, where there is one */
    struct log_key *log_key;            /* signs the audit trail */
    uint64_t started_ns;
    _Atomic bool is_ready; /* every tenant has its seed */
    bool is_open;          /* the boot record is durable */
    struct worker workers[LIMIT_LOOPS];
    /* Set by the node before it serves. */
    void *connections_context;
    struct service_connections (*connections)(void *context);
#ifdef COFFER_CHECKED
    unsigned fault; /* of enum service_fault; for tests */
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
 * port or the identity returned. On failure: *ret_service is NULL. */
struct status service_open(const struct service_setup *setup, struct service **ret_service);

/* Write the end record and give everything back; *service becomes NULL (it may be NULL). No worker
 * may be in use, and every answer has left. */
void service_close(struct service **service);

/* How the trust configuration says that envelopes of version 1 are made at first. */
enum envelope_derivation service_envelope(enum trust_envelope envelope);

/* What its clock knows of the time. */
struct wall_clock_health service_time(const struct service *service);

/* The local tenant "default"; NULL when there is none. */
const struct tenant *service_default_tenant(const struct service *service);

/* The number of an app id below 2^64, which every one that is served is. */
uint64_t service_app_number(const uint8_t app_id[static REGISTRY_ID]);

/* The tenant of an app, for the request that the worker has in hand. In: app_id, of a grant.
 * Returns: OK; UNAVAILABLE while there is no root; FORBIDDEN, NO_MEMORY. On failure: *ret_tenant
 * is NULL. */
struct status service_app_tenant(struct worker *worker, const uint8_t app_id[static REGISTRY_ID],
                                 const struct tenant **ret_tenant);

/* Count what an unknown caller costs. Returns: false when they have cost too much lately. */
bool service_stranger_take(struct worker *worker);

/* Charge an app, as rate_table_charge and rate_table_owe: all instances of it share one bucket. */
uint64_t service_app_charge(struct service *service, const uint8_t app_id[static REGISTRY_ID],
                            struct token_bucket_price price);
void service_app_owe(struct service *service, const uint8_t app_id[static REGISTRY_ID],
                     uint32_t units);

/* The same for another node. */
uint64_t service_peer_charge(struct service *service, const struct eth_address *wallet,
                             struct token_bucket_price price);
void service_peer_owe(struct service *service, const struct eth_address *wallet, uint32_t units);

/* Who pays for a request in the name of a user. */
struct service_payer {
    const uint8_t *tenant; /* its id */
    struct bytes name;     /* of the user, or the id of the service key */
    bool is_service;
};

/* The same for a user or service key, and its tenant besides: both must have it. When it is only
 * the tenant that has not, what the other one paid is gone. */
uint64_t service_user_charge(struct service *service, const struct service_payer *payer,
                             struct token_bucket_price price);
void service_user_owe(struct service *service, const struct service_payer *payer, uint32_t units);

/* In a cluster: the root is in the keyring now. Give the tenants what comes from it. */
void service_root_came(struct service *service);

#endif
