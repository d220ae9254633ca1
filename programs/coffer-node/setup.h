/* What a node is made of, from its files to a running service. */
#ifndef COFFER_NODE_SETUP_H
#define COFFER_NODE_SETUP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "attestation/attestation.h"
#include "audit/audit_sink.h"
#include "base/arena.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/wall_clock.h"
#include "blob/blob_folder.h"
#include "cluster/membership/membership.h"
#include "cluster/root_carrier.h"
#include "coffer-node/options.h"
#include "config/config.h"
#include "config/trust.h"
#include "enclave/security_module.h"
#include "identity/node_identity.h"
#include "keys/cache/key_cache.h"
#include "keys/root_keyring.h"
#include "net/address/socket_address.h"
#include "net/listener.h"
#include "net/loop.h"
#include "node/node.h"
#include "odyn/odyn_keys.h"
#include "oidc/oidc_reader.h"
#include "peering/peering.h"
#include "pipeline/context/service.h"
#include "registry/publisher.h"
#include "registry/registry.h"
#include "rpc/chain_reader.h"
#include "rpc/chain_writer.h"
#include "tenant/tenant.h"

enum { SETUP_UNSENT_MAX = 64 };

/* Everything that setup_open made; setup_close takes it down from wherever it got to. */
struct setup {
    struct config config;
    struct trust trust;
    struct socket_address proxy; /* if the tunables name one */
    struct log log;              /* in the machine's time */
    struct wall_clock wall;
    struct clock clock; /* what all else goes by */
    struct entropy entropy;
    struct mem mem;
    struct arena arena; /* for reading files */
    bool is_look;       /* nothing is written, and nothing served */
    int folder;         /* of the data; below 0: it is still to be made */
    bool has_history;   /* there is an audit trail */
    struct key_cache *cache;
    struct tenant_set *tenants;
    struct audit_sink sink;
    _Atomic bool is_reopen_asked;     /* the next write is to go to what has the path then */
    bool is_audit_told;               /* that the last write failed is in the log */
    struct chain_reader *reader;      /* NULL: there is no chain */
    struct static_registry_dev *rows; /* in place of it, in a development build */
    struct registry_port registry;
    bool has_registry;
    struct oidc_reader *issuers; /* NULL: no tenant has one */
    const uint8_t *tenant_ids[TRUST_TENANTS_MAX];
    struct odyn_keys *odyn;                   /* NULL: keys are our own */
    struct simulated_module_dev *simulated;   /* in a development build */
    struct security_module module;            /* its functions are NULL: there is none */
    uint8_t user_data[ATTESTATION_USER_DATA]; /* of documents of the identity */
    struct node_identity *identity;
    struct root_keyring *roots;
    const char *root_source; /* as in struct service_apps */
    struct mem state;        /* of values and nonces */
    struct service_apps apps;
    /* Of a cluster; NULL and zeros: the node is alone. */
    struct membership_ports ports;
    struct peering *peering;
    struct membership_answer unsent[SETUP_UNSENT_MAX];
    size_t unsent_count;
    struct root_seal_dev *seal; /* in a development build */
    struct root_folder *root_folder;
    struct root_carrier carrier;
    struct chain_writer *writer;
    struct publisher_port publisher;
    struct blob_folder snapshots; /* where the ports have a storage */
    struct service *service;
    struct loop *loops[LIMIT_LOOPS];
    size_t loops_count;
    struct listener listeners[CONFIG_LISTEN_MAX];
    size_t listeners_count;
    struct node *node;
    /* What a failure is about: a file, a member of one, an address. */
    char about[CONFIG_TEXT_MAX + CONFIG_WHERE_MAX];
    const char *hint; /* about it, in place of the code's; NULL: none */
};

/* From options to a serving node; or, where options want a check only, to just before anything is
 * written or served. In: setup, zeros.
 * Returns: OK; any failure, with setup->about. On failure: setup_close is still due. */
struct status setup_open(struct setup *setup, const struct options *options);

/* Have the audit trail go on in the file that has its path now, from a mark and a checkpoint on,
 * which are written at once. Of a node that serves. */
void setup_reopen_audit(struct setup *setup);

/* Let requests in work finish, write the end record, close and wipe everything. */
void setup_close(struct setup *setup);

/* What everything outbound goes through; NULL: it goes directly. */
const struct socket_address *setup_proxy(const struct setup *setup);

/* Give the tenants their seeds; each build has its own way. */
struct status setup_seeds(struct setup *setup, const struct options *options);

/* Prepare to say who is registered: from the chain of the trust configuration, or in a development
 * build from a file of rows; without both nobody is. Then, once the node serves, start to read. */
struct status setup_registry(struct setup *setup, const struct options *options);
struct status setup_registry_start(struct setup *setup);

/* Stop to read, while the node still runs; and give everything back, when it is gone. */
void setup_registry_stop(struct setup *setup);
void setup_registry_close(struct setup *setup);

/* The rows; each build has its own way. */
struct status setup_rows(struct setup *setup, const struct options *options);
void setup_rows_close(struct setup *setup);

/* Where tenants have issuers: what keeps their keys. After the tenants; then, once the node serves,
 * start to fetch; stop while the node still runs; give everything back when the service is gone. */
struct status setup_issuers(struct setup *setup);
struct oidc_port setup_issuers_port(const struct setup *setup);
struct status setup_issuers_start(struct setup *setup);
void setup_issuers_stop(struct setup *setup);
void setup_issuers_close(struct setup *setup);

/* Under Odyn: ask for its keys, and mix its random bytes into ours from now on; later, when the
 * tenants are there, make the identity of them. */
struct status setup_odyn(struct setup *setup);
struct status setup_odyn_identity(struct setup *setup);

/* At last, before anything is served: note that Odyn's key is in use, and whether it was before. */
struct status setup_odyn_life(struct setup *setup);
void setup_odyn_close(struct setup *setup);

/* What it takes to serve apps: an identity, made now, beside the registry and the root. Without a
 * registry setup->identity stays NULL, and no apps are served. */
struct status setup_apps(struct setup *setup);

void setup_apps_close(struct setup *setup);

/* Where the trust configuration has a cluster: what the node needs to be of it. After the apps.
 * Stop what writes to the chain, and give everything back, when the service is gone. */
struct status setup_cluster(struct setup *setup);
void setup_cluster_stop(struct setup *setup);
void setup_cluster_close(struct setup *setup);

/* Where its snapshots lie, if the configuration says so. */
struct status setup_snapshots(struct setup *setup);
void setup_snapshots_close(struct setup *setup);

/* What keeps its roots, who publishes their hash where there is no chain, and the root that
 * documents of other nodes are verified with; each build has its own way. */
struct status setup_carrier(struct setup *setup);
void setup_carrier_close(struct setup *setup);
struct status setup_publisher(struct setup *setup);
struct bytes setup_attestation_root(void);

/* Say who attests the identity: Odyn, or the security module, or nobody. */
struct status setup_attestation(struct setup *setup);

/* Open the security module; each build has its own way. */
struct status setup_module(struct setup *setup);
void setup_module_close(struct setup *setup);

/* The trust configuration where no file is given: empty when this build has none. */
struct bytes setup_default_trust(void);

#endif
