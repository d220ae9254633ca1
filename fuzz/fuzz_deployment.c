/* covers: src/client/deployment.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "client/deployment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct arena arena;

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static bool is_text(const char *text, size_t max)
{
    return strnlen(text, max) < max;
}

/* What can be asked has a place and a key; what is the chain's has everything that checks it. */
static void check(const struct deployment *deployment)
{
    static const uint8_t no_key[P384_SEC1];
    require(deployment->node_count != 0 || deployment->rpc_count != 0);
    require(deployment->node_count <= DEPLOYMENT_NODES_MAX);
    for (size_t i = 0; i < deployment->node_count; i++) {
        const struct deployment_node *node = &deployment->nodes[i];
        require(node->url[0] != '\0' && is_text(node->url, DEPLOYMENT_URL_MAX));
        require(memcmp(node->point.sec1, no_key, sizeof no_key) != 0);
    }
    require(deployment->rpc_count <= DEPLOYMENT_RPC_MAX);
    for (size_t i = 0; i < deployment->rpc_count; i++) {
        require(deployment->rpc[i][0] != '\0' && is_text(deployment->rpc[i], DEPLOYMENT_URL_MAX));
    }
    if (deployment->rpc_count != 0) {
        require(deployment->rpc_quorum >= 1 && deployment->rpc_quorum <= deployment->rpc_count);
        require(deployment->chain_id != 0 && deployment->confirmations <= 256);
    }
    require(is_text(deployment->ca_file, DEPLOYMENT_URL_MAX));
    require(is_text(deployment->rpc_ca_file, DEPLOYMENT_URL_MAX));
}

/* A document is taken whole or not at all. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct deployment deployment;
    static const struct deployment nothing;
    char where[DEPLOYMENT_WHERE_MAX];
    if (arena.base == NULL) {
        require(status_is_ok(arena_init(&arena, 64u << 20)));
    }
    arena_reset(&arena);
    if (status_is_ok(deployment_parse((struct bytes){data, len}, &arena, &deployment, where))) {
        check(&deployment);
    } else {
        require(memcmp(&deployment, &nothing, sizeof deployment) == 0);
    }
    require(is_text(where, sizeof where));
    return 0;
}
