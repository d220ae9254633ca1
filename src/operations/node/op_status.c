#include <string.h>

#include "base/arena.h"
#include "base/profile.h"
#include "base/version.h"
#include "cluster/membership/membership.h"
#include "codec/hex.h"
#include "operations/node/node_op.h"
#include "operations/node/readiness.h"
#include "pipeline/context/service.h"
#include "pipeline/permit.h"
#include "starknet/chain.h"
#include "starknet/felt_text.h"

static void hex_member(struct json_out *out, const char *name, struct bytes data)
{
    uint8_t memory[2 * 32 + 2];
    struct buf text = buf_over(memory, sizeof memory);
    hex_put(&text, data);
    json_out_member_string(out, name, buf_bytes(&text));
}

/* What the registry says of this node and its peers. */
struct company {
    struct registry_peer *peers;
    size_t count;
    const struct registry_peer *self; /* NULL: not among them */
};

static struct status find_company(struct work *work, const struct service_setup *setup,
                                  struct company *ret_company)
{
    *ret_company = (struct company){.count = 0};
    if (setup->apps == NULL) {
        return OK;
    }
    struct registry_peer *peers = arena_array(work->arena, REGISTRY_PEERS_MAX, sizeof *peers);
    if (peers == NULL) {
        return FAIL(NO_MEMORY);
    }
    ret_company->peers = peers;
    ret_company->count =
        registry_peers(&setup->apps->registry, clock_monotonic_ms(&setup->clock), peers);
    for (size_t i = 0; i < ret_company->count; i++) {
        if (eth_address_equal(&peers[i].grant.wallet,
                              &node_identity_facts(setup->apps->identity)->wallet)) {
            ret_company->self = &peers[i];
        }
    }
    return OK;
}

/* Whether the root is there, where it came from, and what the chain says of it. */
static void root_part(struct json_out *out, const struct service *service, bool has_root,
                      struct status usable)
{
    const struct service_setup *setup = &service->setup;
    const char *source = setup->apps != NULL ? setup->apps->root_source : "file";
    const char *made = has_root ? "generated" : "uninitialized"; /* none is from a peer yet */
    uint8_t hash[ROOT_GATE_HASH];
    json_out_name(out, "master_secret");
    json_out_object(out);
    json_out_member_text(out, "state", made);
    json_out_member_null(out, "synced_from");
    if (has_root) {
        json_out_member_text(out, "source", source);
    } else {
        json_out_member_null(out, "source");
    }
    if (service->root_gate == NULL) {
        json_out_member_null(out, "hash");
        json_out_member_text(out, "published_hash", root_gate_state_name(ROOT_GATE_UNPUBLISHED));
    } else {
        uint64_t now_ms = clock_monotonic_ms(&setup->clock);
        if (root_gate_hash(service->root_gate, hash)) {
            hex_member(out, "hash", BYTES_ARRAY(hash));
        } else {
            json_out_member_null(out, "hash");
        }
        enum root_gate_state state = root_gate_state(service->root_gate, now_ms);
        json_out_member_text(out, "published_hash", root_gate_state_name(state));
    }
    if (status_is_ok(usable)) {
        json_out_member_null(out, "error_code");
    } else {
        json_out_member_text(out, "error_code", status_name((enum status_code)usable.code));
    }
    json_out_object_end(out);
}

static void node_part(struct json_out *out, const struct service *service,
                      const struct company *company)
{
    const struct service_apps *apps = service->setup.apps;
    bool has_root = apps != NULL ? root_keyring_newest(apps->roots) != NULL : service->is_ready;
    struct status usable = readiness_root(service);
    uint8_t memory[2 * P384_SPKI];
    struct buf text = buf_over(memory, sizeof memory);
    struct bytes wallet = {NULL, 0};
    if (apps != NULL) {
        const struct node_identity_facts *facts = node_identity_facts(apps->identity);
        uint8_t spki[P384_SPKI];
        p384_point_spki(&facts->point_v1, spki);
        hex_put(&text, BYTES_ARRAY(spki));
        wallet = BYTES_ARRAY(facts->wallet_text);
    }
    json_out_name(out, "node");
    json_out_object(out);
    json_out_member_string(out, "tee_wallet", wallet);
    json_out_member_string(out, "tee_pubkey", buf_bytes(&text));
    json_out_member_text(out, "node_url", company->self == NULL ? "" : company->self->url);
    json_out_member_bool(out, "is_operator", company->self != NULL);
    json_out_member_bool(out, "service_available", status_is_ok(readiness_check(service)));
    root_part(out, service, has_root, usable);
    json_out_member_bool(out, "master_secret_initialized", has_root);
    json_out_object_end(out);
}

static void keeping_part(struct json_out *out, const struct membership_keeping *keeping)
{
    bool is_well = status_is_ok(keeping->status);
    json_out_name(out, "snapshots");
    json_out_object(out);
    json_out_member_text(out, "state", membership_keeps_name(keeping->state));
    json_out_member_text(out, "code", is_well ? "" : status_name(keeping->status.code));
    json_out_member_u64(out, "anchored_height", keeping->anchored_height);
    json_out_member_u64(out, "restored_height", keeping->restored_height);
    json_out_member_u64(out, "height", keeping->height);
    json_out_member_u64(out, "time_ms", keeping->time_ms);
    json_out_object_end(out);
}

/* Where the change of the root is. */
static void rotation_part(struct json_out *out, const struct membership_stats *stats)
{
    static const uint8_t none[ROOT_GATE_HASH];
    const struct root_turn *turn = &stats->turn;
    bool has_hash = !bytes_equal(BYTES_ARRAY(none), BYTES_ARRAY(turn->hash));
    json_out_name(out, "rotation");
    json_out_object(out);
    json_out_member_u64(out, "newest", turn->newest);
    json_out_member_u64(out, "in_use", turn->in_use);
    json_out_member_u64(out, "wanted", turn->wanted);
    json_out_member_text(out, "next", root_turn_state_name(turn->state));
    hex_member(out, "commitment",
               has_hash ? BYTES_ARRAY(turn->hash) : (struct bytes){turn->hash, 0});
    json_out_member_u64(out, "proposal", stats->epochs.proposal);
    json_out_member_u64(out, "executable_at", stats->epochs.executable_at);
    json_out_member_u64(out, "vetoes", stats->epochs.vetoes);
    json_out_member_bool(out, "rejected", turn->is_rejected);
    json_out_member_u64(out, "resealed_epoch", stats->cluster.resealed_epoch);
    json_out_member_u64(out, "resealed", stats->cluster.resealed);
    json_out_member_u64(out, "reseal_failed", stats->cluster.reseal_failed);
    json_out_object_end(out);
}

/* The node's part in its cluster. */
static void membership_part(struct json_out *out, struct membership *membership)
{
    struct membership_stats stats = membership_stats(membership);
    json_out_name(out, "membership");
    json_out_object(out);
    json_out_member_text(out, "root", root_start_state_name(stats.root));
    json_out_member_bool(out, "current", stats.cluster.is_current);
    json_out_member_u64(out, "peers", stats.cluster.peers);
    json_out_member_u64(out, "members", stats.cluster.members);
    json_out_member_u64(out, "pulled", stats.cluster.pulled);
    json_out_member_u64(out, "pulled_needed", stats.cluster.pulled_needed);
    json_out_member_u64(out, "writes_waiting", stats.cluster.waiting);
    json_out_member_bool(out, "clock_suspect", stats.cluster.is_clock_suspect);
    json_out_name(out, "clock_off_ms");
    json_out_i64(out, stats.cluster.clock_off_ms);
    rotation_part(out, &stats);
    keeping_part(out, &stats.keeping);
    json_out_object_end(out);
}

static void cluster_part(struct json_out *out, const struct service *service,
                         const struct company *company)
{
    const struct trust *trust = service->setup.trust;
    struct eth_address registry;
    uint8_t memory[ETH_ADDRESS_TEXT];
    struct buf text = buf_over(memory, sizeof memory);
    memcpy(registry.b, trust->registry, sizeof registry.b);
    if (!eth_address_is_zero(&registry)) {
        eth_address_put(&text, &registry);
    }
    json_out_name(out, "cluster");
    json_out_object(out);
    json_out_member_u64(out, "kms_app_id", service_app_number(trust->kms_app_id));
    json_out_member_string(out, "registry_address", buf_bytes(&text));
    json_out_member_u64(out, "total_instances", company->count == 0 ? 1 : company->count);
    if (service->membership != NULL) {
        membership_part(out, service->membership);
    }
    json_out_object_end(out);
}

static void store_part(struct json_out *out, const struct service *service)
{
    json_out_name(out, "data_store");
    json_out_object(out);
    if (service->values != NULL) {
        struct kv_stats stats = values_stats(service->values);
        json_out_member_u64(out, "namespaces", stats.namespaces);
        json_out_member_u64(out, "total_keys", stats.records);
        json_out_member_u64(out, "total_bytes", stats.bytes);
    }
    json_out_object_end(out);
}

/* How the view of the chain does. Null without apps, who alone need one. */
static void registry_part(struct json_out *out, const struct service *service)
{
    const struct service_setup *setup = &service->setup;
    if (setup->apps == NULL) {
        json_out_member_null(out, "registry");
        return;
    }
    struct registry_health health =
        registry_health(&setup->apps->registry, clock_monotonic_ms(&setup->clock));
    json_out_name(out, "registry");
    json_out_object(out);
    json_out_member_bool(out, "static", health.is_static);
    json_out_member_bool(out, "lost", health.is_lost);
    json_out_member_text(out, "lease", registry_lease_name(registry_lease(&health)));
    json_out_member_u64(out, "head", health.head_number);
    if (health.age_ms == UINT64_MAX) {
        json_out_member_null(out, "age_ms");
    } else {
        json_out_member_u64(out, "age_ms", health.age_ms);
    }
    json_out_member_u64(out, "endpoints", health.endpoints);
    json_out_member_u64(out, "endpoints_good", health.endpoints_good);
    json_out_object_end(out);
}

/* Whose keys the node uses, and whether they can be used. Null without apps, as the registry. */
static void identity_part(struct json_out *out, const struct service *service)
{
    const struct service_apps *apps = service->setup.apps;
    if (apps == NULL) {
        json_out_member_null(out, "identity");
        return;
    }
    struct status usable = node_identity_check(apps->identity);
    json_out_name(out, "identity");
    json_out_object(out);
    json_out_member_text(out, "provider", node_identity_is_remote(apps->identity) ? "odyn" : "own");
    if (status_is_ok(usable)) {
        json_out_member_null(out, "error_code");
    } else {
        json_out_member_text(out, "error_code", status_name((enum status_code)usable.code));
    }
    json_out_object_end(out);
}

/* How the keys of the tenants' issuers are. */
static void issuers_part(struct json_out *out, const struct service *service)
{
    struct oidc_facts facts;
    json_out_name(out, "issuers");
    json_out_array(out);
    for (size_t i = 0; oidc_port_facts(&service->setup.issuers, i, &facts); i++) {
        json_out_object(out);
        json_out_member_text(out, "tenant", facts.tenant);
        json_out_member_text(out, "iss", facts.iss);
        json_out_member_text(out, "state", oidc_port_state_name(facts.state));
        json_out_member_text(out, "last", facts.last);
        json_out_member_u64(out, "keys", facts.keys);
        if (facts.age_ms == UINT64_MAX) {
            json_out_member_null(out, "age_ms");
        } else {
            json_out_member_u64(out, "age_ms", facts.age_ms);
        }
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

/* What it takes the time to be, and where from. */
static void clock_part(struct json_out *out, const struct service *service)
{
    struct wall_clock_health time = service_time(service);
    json_out_name(out, "clock");
    json_out_object(out);
    json_out_member_text(out, "source", time.is_attested ? "attestation" : "host");
    json_out_member_u64(out, "lo_ms", time.now.lo_ms);
    json_out_member_u64(out, "hi_ms", time.now.hi_ms);
    json_out_member_u64(out, "behind_ms", time.behind_ms);
    json_out_name(out, "host_off_ms");
    json_out_i64(out, time.host_off_ms);
    if (time.is_behind) {
        json_out_member_text(out, "error_code", status_name(STATUS_CLOCK_BEHIND));
    } else {
        json_out_member_null(out, "error_code");
    }
    json_out_object_end(out);
}

static void build_part(struct json_out *out, const struct service *service)
{
    const struct service_setup *setup = &service->setup;
    uint64_t up_ns = clock_monotonic_ns(&setup->clock) - service->started_ns;
    json_out_name(out, "build");
    json_out_object(out);
    json_out_member_text(out, "version", VERSION_TEXT);
    json_out_member_text(out, "profile", PROFILE_TEXT);
    json_out_object_end(out);
    json_out_member_u64(out, "uptime_seconds", up_ns / 1000000000);
    hex_member(out, "boot", BYTES_ARRAY(service->boot));
    hex_member(out, "domain_id", (struct bytes){tenant_set_domain(setup->tenants), DOMAIN_ID});
    hex_member(out, "trust_digest", BYTES_ARRAY(setup->trust->digest));
}

static void chains_out(struct json_out *out, const struct tenant *tenant)
{
    json_out_name(out, "chains");
    json_out_array(out);
    for (size_t i = 0; i < tenant->rules.chain_count; i++) {
        uint8_t memory[FELT_TEXT_MAX];
        struct buf text = buf_over(memory, sizeof memory);
        chain_put(&text, &tenant->chains[i]);
        json_out_string(out, buf_bytes(&text));
    }
    json_out_array_end(out);
}

static void classes_out(struct json_out *out, const struct tenant *tenant)
{
    json_out_member_text(out, "account_class", tenant->classes[0].name);
    json_out_name(out, "account_classes");
    json_out_array(out);
    for (size_t i = 0; i < tenant->class_count; i++) {
        const struct account_class *class = &tenant->classes[i];
        json_out_object(out);
        json_out_member_text(out, "name", class->name);
        json_out_member_text(out, "kind", account_class_kind_name(class->kind));
        felt_text_member(out, "class_hash", &class->hash);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void tenant_part(struct json_out *out, const struct tenant *tenant)
{
    json_out_name(out, "tenant");
    json_out_object(out);
    json_out_member_text(out, "name", tenant->name.text);
    json_out_member_text(out, "derivation", trust_derivation_name(tenant->derivation));
    json_out_member_text(out, "least_assurance", trust_assurance_name(tenant->assurance));
    chains_out(out, tenant);
    classes_out(out, tenant);
    json_out_member_bool(out, "opaque", tenant->rules.opaque);
    json_out_member_bool(out, "declare", tenant->rules.declare);
    json_out_member_bool(out, "typed_data", tenant->rules.typed_data);
    json_out_member_bool(out, "session", tenant->rules.session);
    json_out_member_bool(out, "query", tenant->rules.query);
    json_out_member_bool(out, "sender_override", tenant->rules.sender_override);
    json_out_object_end(out);
}

static struct status put_status(struct work *work, const struct permit *permit)
{
    const struct service *service = permit_view(permit);
    struct company company;
    TRY(find_company(work, &service->setup, &company));
    json_out_object(&work->out);
    node_part(&work->out, service, &company);
    cluster_part(&work->out, service, &company);
    store_part(&work->out, service);
    registry_part(&work->out, service);
    identity_part(&work->out, service);
    issuers_part(&work->out, service);
    clock_part(&work->out, service);
    build_part(&work->out, service);
    tenant_part(&work->out, service->tenant);
    json_out_object_end(&work->out);
    return OK;
}

const struct operation node_op_status = {.perform = put_status};
