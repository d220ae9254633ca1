/* Cases of derivations, user keys and what hangs on them. */
#include <fcntl.h>
#include <stdbool.h>

#include "audit/pseudonym.h"
#include "base/entropy.h"
#include "base/invariant.h"
#include "base/limits.h"
#include "keys/app_keys.h"
#include "keys/derive_v1.h"
#include "keys/label.h"
#include "keys/order_internal.h"
#include "keys/root.h"
#include "keys/root_keyring.h"
#include "keys/seed.h"
#include "keys/seed_dev.h"
#include "keys/user_keys.h"
#include "starknet/grind_key.h"
#include "tools/ctime/ctime.h"

static struct secret32 secret_bytes(void)
{
    struct secret32 ret;
    ctime_secret(&ret, sizeof ret);
    return ret;
}

static void succeed(struct status status)
{
    INVARIANT(status_is_ok(status));
}

static void order(void)
{
    struct sha256_state value;
    uint8_t long_number[ORDER_WIDE];
    struct secret32 key;
    ctime_secret(&value, sizeof value);
    ctime_secret(long_number, sizeof long_number);
    uint64_t accepted = order_accepts(&value);
    order_map(long_number, &key);
    order_map_of(ORDER_P256, long_number, &key);
    ctime_public(&accepted, sizeof accepted);
}

static void derive_v1(void)
{
    struct secret32 seed = secret_bytes();
    struct derive_v1 derived;
    succeed(derive_v1_key(&seed, BYTES_LITERAL("alice"), 7, &derived));
    /* The fallback. */
    succeed(derive_v1_limited(&seed, BYTES_LITERAL("alice"), BYTES_LITERAL("7"), 0, &derived));
}

static void derive_v2(void)
{
    struct secret32 seed = secret_bytes();
    struct derive_v2 tenant;
    struct secret32 key;
    derive_v2_init(&tenant, &seed);
    succeed(derive_v2_key(&tenant, BYTES_LITERAL("alice"), 7, &key));
}

static void roots(void)
{
    const uint8_t id[32] = {1};
    struct secret32 master = secret_bytes();
    struct secret32 out;
    struct root root;
    uint8_t bytes[32];
    root_init(&root, &master, id, 1);
    root_tenant_seed(&root, id, &out);
    root_pseudonym_key(&root, id, &out);
    root_values_key(&root, id, &out);
    root_snapshot_key(&root, &out);
    root_sync_key(&root, &out);
    root_session_key(&root, id, &out);
    root_check_hash(&root, bytes);
    root_master_hash(&master, bytes);
    struct label label = label_start(LABEL_USER_KEY);
    label_set(&label, LABEL_USER, BYTES_LITERAL("alice"));
    label_set_index(&label, 1);
    uint8_t long_number[48];
    succeed(label_expand(&root.prk, &label, long_number, sizeof long_number));
    pseudonym_make(&root.prk, BYTES_LITERAL("alice"), bytes);
    pseudonym_name(&root.prk, BYTES_LITERAL("disk/0"), bytes);
    pseudonym_request(&root.prk, id, bytes);
    pseudonym_plan(&root.prk, BYTES_LITERAL("plan"), bytes);
    seed_commitment(&master, bytes);
}

static void keyring(void)
{
    const uint8_t domain[32] = {1};
    struct secret32 master = secret_bytes();
    struct root_keyring *ring;
    struct secret32 out;
    struct entropy entropy = entropy_system();
    succeed(root_keyring_open(domain, &entropy, &ring));
    succeed(root_keyring_install(ring, 0, &master));
    succeed(root_keyring_install(ring, 0, &master));
    root_snapshot_key(root_keyring_root(ring, 0), &out);
    succeed(root_keyring_check(ring));
    INVARIANT(root_keyring_newest(ring) == root_keyring_oldest(ring));
    app_keys_v1_sync(root_keyring_master(ring, 0), &out);
    root_snapshot_key(root_keyring_newest(ring), &out);
    root_snapshot_key(root_keyring_oldest(ring), &out);
    root_keyring_close(&ring);
}

/* Where nothing is to be written the commitment is made and looked for, no more. */
static void seed_folder(void)
{
    const struct seed_dev_folder folder = {.directory = AT_FDCWD, .is_look = true};
    const struct secret32 seed = secret_bytes();
    succeed(seed_dev_bind(&folder, "no-such-seed", &seed));
}

static void app_keys(void)
{
    const uint8_t id[32] = {1};
    struct app_keys_request request = {
        .app = id, .path = BYTES_LITERAL("p"), .context = BYTES_LITERAL("c"), .measurement = id};
    struct secret32 master = secret_bytes();
    struct secret32 key;
    uint8_t out[LIMIT_APP_KEY];
    struct root root;
    root_init(&root, &master, id, 0);
    succeed(app_keys_v1(&master, &request, out, sizeof out));
    app_keys_v1_data(&master, id, &key);
    app_keys_v1_sync(&master, &key);
    succeed(app_keys_v2(&root, &request, out, sizeof out));
    for (request.alg = LABEL_STARK; request.alg <= LABEL_P256; request.alg++) {
        succeed(app_keys_v2(&root, &request, out, 32));
    }
}

static void grind(void)
{
    struct secret32 seed = secret_bytes();
    struct secret32 key;
    succeed(grind_key(BYTES_ARRAY(seed.b), &key));
}

static void user_keys_of(enum user_keys_derivation derivation, struct key_cache *cache)
{
    const uint8_t tenant[DOMAIN_TENANT_ID] = {(uint8_t)derivation};
    struct bytes user = BYTES_LITERAL("alice");
    struct secret32 seed = secret_bytes();
    struct user_keys keys;
    struct user_key key;
    struct stark_public again;
    struct felt public[3];
    bool first = false;
    user_keys_init(&keys, tenant, derivation, &seed, cache);
    succeed(user_keys_get(&keys, user, 7, &key));
    succeed(user_keys_get(&keys, user, 7, &key));
    succeed(user_keys_again(&keys, user, 7, &key, &again));
    succeed(user_keys_show(&keys, user, 7, &key));
    const struct key_cache_account account = {key.public_key, key.public_key, 1};
    succeed(user_keys_keep_account(&keys, &key, &account));
    INVARIANT(user_keys_recalls_account(&keys, &key, &account));
    succeed(user_keys_batch(&keys, user, 6, 3, public));
    succeed(user_keys_owns(&keys, user, 7, &public[1], &first));
    INVARIANT(first && user_keys_must_verify(&keys, &key));
    succeed(user_keys_intact(&keys, &key));
    user_keys_verified(&keys, &key);
}

static void user_keys(void)
{
    struct mem mem;
    struct entropy entropy = entropy_system();
    struct key_cache *cache;
    mem_init(&mem, (size_t)1 << 24);
    succeed(key_cache_open(16, &mem, &entropy, &cache));
    user_keys_of(USER_KEYS_V1, cache);
    user_keys_of(USER_KEYS_V2, cache);
    key_cache_close(&cache);
}

const struct ctime_case ctime_keys[] = {
    {"order_accepts order_map order_map_of", order},
    {"derive_v1_key derive_v1_limited", derive_v1},
    {"derive_v2_init derive_v2_key", derive_v2},
    {"label_expand pseudonym_make pseudonym_name pseudonym_plan pseudonym_request root_check_hash "
     "root_init root_master_hash root_pseudonym_key "
     "root_session_key root_snapshot_key root_sync_key root_tenant_seed root_values_key "
     "seed_commitment",
     roots},
    {"root_keyring_check root_keyring_install root_keyring_master root_keyring_newest "
     "root_keyring_oldest "
     "root_keyring_root",
     keyring},
    {"seed_dev_bind", seed_folder},
    {"app_keys_v1 app_keys_v1_data app_keys_v1_sync app_keys_v2", app_keys},
    {"grind_key", grind},
    {"key_cache_check key_cache_get key_cache_note key_cache_put key_cache_put_account "
     "key_cache_recall key_cache_recalls_account key_cache_sum key_cache_sum_key "
     "user_keys_again user_keys_batch user_keys_get user_keys_init user_keys_intact "
     "user_keys_keep_account user_keys_must_verify user_keys_owns user_keys_recalls_account "
     "user_keys_show user_keys_verified",
     user_keys},
    {NULL, NULL},
};
