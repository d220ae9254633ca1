/* Cases of what nodes of version 1 share secrets for: codes, the root on its way, values. */
#include "base/ct.h"
#include "base/invariant.h"
#include "cluster/v1/v1_code.h"
#include "cluster/v1/v1_message.h"
#include "cluster/v1/v1_secret.h"
#include "keys/root.h"
#include "record/namespace_keys.h"
#include "tools/ctime/ctime.h"

static void succeed(struct status status)
{
    INVARIANT(status_is_ok(status));
}

/* A code that is good, and one that is not. */
static void codes(void)
{
    const struct bytes body = BYTES_LITERAL("{\"nonce\":\"00\",\"ciphertext\":\"01\"}");
    uint8_t canonical[64];
    uint8_t text[64];
    struct secret32 master;
    struct arena arena;
    struct buf out = buf_over(canonical, sizeof canonical);
    struct buf code = buf_over(text, sizeof text);
    ctime_secret(&master, sizeof master);
    succeed(arena_init(&arena, 1u << 20));
    succeed(v1_code_put(&master, body, &arena, &out, &code));
    succeed(v1_code_check(&master, body, buf_bytes(&code), &arena));
    text[0] = text[0] == '0' ? '1' : '0';
    struct status status = v1_code_check(&master, body, buf_bytes(&code), &arena);
    INVARIANT(status.code == STATUS_SYNC_CODE);
    arena_deinit(&arena);
}

static void secrets(void)
{
    static const struct eth_address sender = {{1}};
    const struct entropy entropy = entropy_system();
    uint8_t request[V1_SECRET_REQUEST_MAX];
    uint8_t sealed[V1_SECRET_ANSWER_MAX];
    uint8_t hash[V1_SECRET_HASH];
    struct secret32 master;
    struct secret32 got;
    struct p384_key key;
    struct arena arena;
    struct v1_message message;
    struct buf out = buf_over(request, sizeof request);
    struct buf answer = buf_over(sealed, sizeof sealed);
    ctime_secret(&master, sizeof master);
    succeed(arena_init(&arena, 1u << 20));
    root_master_hash(&master, hash);
    ctime_public(hash, sizeof hash);
    succeed(v1_secret_ask(&entropy, &sender, &out, &key));
    succeed(v1_message_read(buf_bytes(&out), &sender, &arena, &message));
    succeed(v1_secret_answer(&entropy, message.ecdh_pubkey, &master, &answer));
    succeed(v1_secret_open(&key, buf_bytes(&answer), hash, &arena, &got));
    arena_deinit(&arena);
}

static void keys_of_values(void)
{
    static const uint8_t domain_of_all[DOMAIN_ID] = {1};
    static const struct domain domain = {.chain_id = 1};
    const uint8_t app[V1_APPS_ID] = {[31] = 7};
    const struct entropy entropy = entropy_system();
    uint8_t tenant[DOMAIN_TENANT_ID];
    struct mem mem;
    struct namespace_keys from = {.domain = domain_of_all};
    struct root_keyring *roots;
    struct value_seal_keys keys;
    struct secret32 master;
    mem_init(&mem, 1u << 20);
    ctime_secret(&master, sizeof master);
    succeed(v1_apps_open(&mem, &domain, &from.apps));
    succeed(v1_apps_meet(from.apps, app, tenant));
    succeed(root_keyring_open(domain_of_all, &entropy, &roots));
    succeed(root_keyring_install(roots, 0, &master));
    from.roots = roots;
    namespace_keys_of(&from, tenant, &keys);
    INVARIANT(keys.opens_v1 && keys.count == 1);
    value_seal_keys_wipe(&keys);
    root_keyring_close(&roots);
    v1_apps_close(&from.apps);
}

const struct ctime_case ctime_v1[] = {
    {"v1_code_check v1_code_put", codes},
    {"v1_secret_answer v1_secret_ask v1_secret_open", secrets},
    {"namespace_keys_of", keys_of_values},
    {NULL, NULL},
};
