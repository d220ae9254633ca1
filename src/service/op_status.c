#include "base/version.h"
#include "codec/hex.h"
#include "service/op.h"
#include "service/permit.h"
#include "service/service.h"
#include "starknet/chain.h"
#include "starknet/felt_text.h"

static void hex_member(struct json_out *out, const char *name, struct bytes data)
{
    uint8_t memory[2 * 32 + 2];
    struct buf text = buf_over(memory, sizeof memory);
    hex_put(&text, data);
    json_out_member_string(out, name, buf_bytes(&text));
}

/* The members of the seed's /status. A node has no wallet until it has joined a registry. */
static void seed_part(struct json_out *out, const struct service *service)
{
    json_out_name(out, "node");
    json_out_object(out);
    json_out_member_text(out, "tee_wallet", "");
    json_out_member_text(out, "tee_pubkey", "");
    json_out_member_text(out, "node_url", "");
    json_out_member_bool(out, "is_operator", false);
    json_out_member_bool(out, "service_available", service->is_ready);
    json_out_name(out, "master_secret");
    json_out_object(out);
    json_out_member_text(out, "state", service->is_ready ? "generated" : "uninitialized");
    json_out_member_null(out, "synced_from");
    json_out_object_end(out);
    json_out_member_bool(out, "master_secret_initialized", service->is_ready);
    json_out_object_end(out);
    json_out_name(out, "cluster");
    json_out_object(out);
    json_out_member_u64(out, "kms_app_id", 0);
    json_out_member_text(out, "registry_address", "");
    json_out_member_u64(out, "total_instances", 1);
    json_out_object_end(out);
    json_out_name(out, "data_store");
    json_out_object(out);
    json_out_object_end(out);
}

static void build_part(struct json_out *out, const struct service *service)
{
    const struct service_setup *setup = &service->setup;
    uint64_t up_ns = clock_monotonic_ns(&setup->clock) - service->started_ns;
    json_out_name(out, "build");
    json_out_object(out);
    json_out_member_text(out, "version", VERSION_TEXT);
    json_out_member_text(out, "profile", VERSION_PROFILE);
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
    json_out_member_bool(out, "sender_override", tenant->rules.sender_override);
    json_out_object_end(out);
}

struct status op_status(struct work *work, const struct permit *permit)
{
    const struct service *service = work->worker->service;
    (void)permit;
    json_out_object(&work->out);
    seed_part(&work->out, service);
    build_part(&work->out, service);
    tenant_part(&work->out, service->tenant);
    json_out_object_end(&work->out);
    return OK;
}
