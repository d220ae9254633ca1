#include "base/arena.h"
#include "operations/node/node_op.h"
#include "pipeline/context/service.h"
#include "pipeline/permit.h"

static void wallet_member(struct json_out *out, const char *name, const struct eth_address *wallet)
{
    uint8_t memory[ETH_ADDRESS_TEXT];
    struct buf text = buf_over(memory, sizeof memory);
    eth_address_put(&text, wallet);
    json_out_member_string(out, name, buf_bytes(&text));
}

/* Who is in the list has a grant, so that its instance is active and proven. */
static void peer_out(struct json_out *out, const struct registry_peer *peer, uint64_t kms_app_id)
{
    json_out_object(out);
    wallet_member(out, "operator", &peer->operator);
    json_out_name(out, "instance");
    json_out_object(out);
    json_out_member_u64(out, "instance_id", peer->grant.instance_id);
    json_out_member_u64(out, "app_id", kms_app_id);
    json_out_member_u64(out, "version_id", peer->grant.version_id);
    wallet_member(out, "operator", &peer->operator);
    json_out_member_text(out, "instance_url", peer->url);
    wallet_member(out, "tee_wallet", &peer->grant.wallet);
    json_out_member_bool(out, "zk_verified", true);
    json_out_name(out, "instance_status");
    json_out_object(out);
    json_out_member_u64(out, "value", 0);
    json_out_member_text(out, "name", "ACTIVE");
    json_out_object_end(out);
    json_out_member_u64(out, "registered_at", peer->registered_at);
    json_out_object_end(out);
    json_out_name(out, "connection");
    json_out_object(out);
    json_out_member_bool(out, "in_peer_cache", true);
    json_out_member_text(out, "cached_status", "ACTIVE");
    json_out_object_end(out);
    json_out_object_end(out);
}

/* A node without a registry knows of no other. */
static struct status find_peers(struct work *work, const struct service_setup *setup,
                                struct registry_peer **ret_peers, size_t *ret_count)
{
    *ret_count = 0;
    *ret_peers = arena_array(work->arena, REGISTRY_PEERS_MAX, sizeof **ret_peers);
    if (*ret_peers == NULL) {
        return FAIL(NO_MEMORY);
    }
    if (setup->apps != NULL) {
        *ret_count =
            registry_peers(&setup->apps->registry, clock_monotonic_ms(&setup->clock), *ret_peers);
    }
    return OK;
}

static struct status put_nodes(struct work *work, const struct permit *permit)
{
    const struct service_setup *setup = &permit_view(permit)->setup;
    uint64_t kms_app_id = service_app_number(setup->trust->kms_app_id);
    struct registry_peer *peers = NULL;
    size_t count = 0;
    TRY(find_peers(work, setup, &peers, &count));
    json_out_object(&work->out);
    json_out_name(&work->out, "operators");
    json_out_array(&work->out);
    for (size_t i = 0; i < count; i++) {
        peer_out(&work->out, &peers[i], kms_app_id);
    }
    json_out_array_end(&work->out);
    json_out_member_u64(&work->out, "count", count);
    json_out_object_end(&work->out);
    return OK;
}

const struct operation node_op_nodes = {.perform = put_nodes};
