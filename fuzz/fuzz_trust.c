/* covers: src/config/trust.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "config/trust.h"
#include "tenant/tenant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct arena arena;
static struct mem mem;
static struct key_cache *cache;

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static void start(void)
{
    struct entropy entropy = entropy_system();
    mem_init(&mem, 16u << 20);
    require(status_is_ok(arena_init(&arena, 64u << 20)));
    require(status_is_ok(key_cache_open(8, &mem, &entropy, &cache)));
}

/* Tenants that can be made have their own ids, and classes and chains to choose from. */
static void check_tenants(const struct trust *trust)
{
    struct tenant_set *set;
    char where[CONFIG_WHERE_MAX];
    struct status status = tenant_set_open(trust, &mem, cache, &set, where);
    require(status_is_ok(status) == (set != NULL));
    require(status_is_ok(status) == (where[0] == 0));
    for (size_t i = 0; set != NULL && i < tenant_set_count(set); i++) {
        const struct tenant *tenant = tenant_set_at(set, i);
        require(tenant_find(set, tenant->id) == tenant);
        require(tenant_find_local(set, bytes_of(tenant->name.text)) == tenant);
        require(tenant->class_count != 0 && tenant->rules.chain_count != 0);
    }
    tenant_set_close(&set);
}

/* A document is taken whole or not at all. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct trust trust;
    static const struct trust nothing;
    char where[CONFIG_WHERE_MAX];
    if (arena.base == NULL) {
        start();
    }
    arena_reset(&arena);
    if (status_is_ok(trust_parse((struct bytes){data, len}, &arena, &trust, where))) {
        require(trust.tenant_count != 0 && trust.tenant_count <= TRUST_TENANTS_MAX);
        check_tenants(&trust);
    } else {
        require(memcmp(&trust, &nothing, sizeof trust) == 0);
    }
    return 0;
}
