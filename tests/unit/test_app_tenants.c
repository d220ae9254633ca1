#include "audit/pseudonym.h"
#include "fixtures/unit.h"
#include "starknet/account.h"
#include "starknet/chain.h"
#include "tenant/app_tenants.h"

static struct mem mem;
static struct key_cache *cache;
static struct root root;
static struct domain domain = {.profile = DOMAIN_PROFILE_DEV, .chain_id = 84532};

static int start(void **state)
{
    (void)state;
    mem_init(&mem, (size_t)64 << 20);
    memset(domain.genesis, 0x0d, sizeof domain.genesis);
    memset(domain.registry, 0x0f, sizeof domain.registry);
    memset(domain.kms_registry, 0x1a, sizeof domain.kms_registry);
    domain.kms_app_id[31] = 49;
    struct secret32 master;
    uint8_t id[DOMAIN_ID];
    memset(master.b, 9, sizeof master.b);
    domain_id(&domain, id);
    root_init(&root, &master, id, 0);
    struct entropy entropy = entropy_system();
    return status_is_ok(key_cache_open(512, &mem, &entropy, &cache)) ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    key_cache_close(&cache);
    return mem_used(&mem) == 0 ? 0 : -1;
}

static struct app_tenants *open_table(void)
{
    struct app_tenants *table;
    assert_status(OK, app_tenants_open(&domain, &root, cache, &mem, &table));
    return table;
}

static void app_id(uint64_t value, uint8_t ret[static 32])
{
    memset(ret, 0, 32);
    for (size_t i = 0; i < 8; i++) {
        ret[31 - i] = (uint8_t)(value >> (8 * i));
    }
}

static const struct tenant *get(struct app_tenants *table, uint64_t app)
{
    uint8_t id[32];
    const struct tenant *tenant;
    app_id(app, id);
    assert_status(OK, app_tenants_get(table, id, &tenant));
    return tenant;
}

static const struct hmac_sha256_key *hiding_key(const struct tenant *tenant)
{
    const struct hmac_sha256_key *key;
    assert_status(OK, tenant_pseudonym_key(tenant, &key));
    return key;
}

static void key_of(const struct tenant *tenant, uint8_t ret[static 32])
{
    SECRET(user_key, key);
    assert_status(OK, user_keys_get(tenant_keys(tenant), BYTES_LITERAL("alice"), 3, &key));
    stark_scalar_to_be(&key.key.d, ret);
}

static void no_memory_leaves_nothing_behind(void **state)
{
    (void)state;
    struct mem little;
    struct app_tenants *table;
    mem_init(&little, 100);
    assert_status(NO_MEMORY, app_tenants_open(&domain, &root, cache, &little, &table));
    assert_null(table);
    app_tenants_close(&table);
    assert_int_equal(0, mem_used(&little));
}

static void ids_that_are_no_app(void **state)
{
    (void)state;
    struct app_tenants *table = open_table();
    const struct tenant *kept = get(table, 7);
    const struct tenant *tenant;
    uint8_t id[32];
    static const uint64_t refused[] = {0, 49, (uint64_t)1 << 63, UINT64_MAX};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        app_id(refused[i], id);
        tenant = kept;
        assert_status(FORBIDDEN, app_tenants_get(table, id, &tenant));
        assert_null(tenant);
    }
    /* 7 in the low word is not app 7. */
    for (size_t i = 0; i < 24; i++) {
        app_id(7, id);
        id[i] = 1;
        assert_status(FORBIDDEN, app_tenants_get(table, id, &tenant));
    }
    app_tenants_close(&table);
    assert_null(table);
}

/* Numbers from a computation with Python's hashlib and integers. */
static void what_a_tenant_is_made_of(void **state)
{
    (void)state;
    static const struct {
        uint64_t app;
        const char *id, *key, *pseudonym;
    } rows[] = {
        {7, "af5b1569bd80936a4d7d17e82a90ffa57f0b92b70b5ce18bf0a731de63507029",
         "0425eff15446a76cd69c0548ce5e53c7331722e37dc1ec28f3673ab0b606ba52",
         "bf7fae9542f65e1d103080d9b84a79d5c3b34e7f7a9205d519ed089222fc5a18"},
        {8, "0e196fa315e6f88f9137ed700ebbc7b78873278fdb75a8d375822d4c074a4adf",
         "0693a1a88185c3fe820b1978afc5d8a9f6150e4fdc70ca32f7a48dbba3f70a8c",
         "36ab14605aeb6787e4cfc58459747c1695b6289aecb17a434d2f9512a723d0e2"},
        {INT64_MAX, "f79a4d0fe9ab825396c2fd47d8433c288aa40f0e9bb76a1e5ad651ae6385774f",
         "048eb495ca8e05be9d41be612e7989b0e8cca053314b1c399aa447a7dcd47b00",
         "29c491094a35c3157ca6ff214d00d2f7d5de552ccce4e10f0c521c2019c6e9ad"},
    };
    struct app_tenants *table = open_table();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct tenant *tenant = get(table, rows[i].app);
        uint8_t bytes[32];
        assert_bytes(unit_hex(rows[i].id), BYTES_ARRAY(tenant->id));
        key_of(tenant, bytes);
        assert_bytes(unit_hex(rows[i].key), BYTES_ARRAY(bytes));
        pseudonym_make(hiding_key(tenant), BYTES_LITERAL("alice"), bytes);
        assert_bytes(unit_hex(rows[i].pseudonym), BYTES_ARRAY(bytes));
    }
    app_tenants_close(&table);
}

static struct status judge(const struct tenant *tenant, enum policy_kind kind, const char *chain,
                           bool is_own, const uint64_t fee[static 2])
{
    struct policy_request request = {.kind = kind, .is_own_account = is_own};
    memcpy(request.fee_max, fee, 2 * sizeof fee[0]);
    assert_status(OK, chain_read(bytes_of(chain), &request.chain));
    return policy_judge(&tenant->rules, &request);
}

static void the_default_policy(void **state)
{
    (void)state;
    static const uint64_t none[2] = {0, 0};
    static const uint64_t most[2] = {0x6bc75e2d63100000, 5}; /* 100 STRK */
    static const uint64_t above[2] = {0x6bc75e2d63100001, 5};
    struct app_tenants *table = open_table();
    const struct tenant *tenant = get(table, 7);
    assert_status(OPAQUE_DENIED, judge(tenant, POLICY_OPAQUE, "SN_MAIN", true, none));
    assert_status(DECLARE_DENIED, judge(tenant, POLICY_DECLARE, "SN_MAIN", true, none));
    assert_status(TYPED_DATA_UNLISTED, judge(tenant, POLICY_TYPED_DATA, "SN_MAIN", true, none));
    assert_status(CHAIN_DENIED, judge(tenant, POLICY_INVOKE, "0x7", true, none));
    assert_status(SENDER_MISMATCH, judge(tenant, POLICY_INVOKE, "SN_MAIN", false, none));
    assert_status(FEE_CEILING, judge(tenant, POLICY_INVOKE, "SN_MAIN", true, above));
    assert_status(OK, judge(tenant, POLICY_INVOKE, "SN_MAIN", true, most));
    assert_status(OK, judge(tenant, POLICY_DEPLOY_ACCOUNT, "SN_SEPOLIA", true, most));
    assert_status(OK, judge(tenant, POLICY_OUTSIDE_EXECUTION, "SN_MAIN", true, none));
    assert_int_equal(TENANT_APP, tenant->kind);
    assert_int_equal(TRUST_ASSERTED_APP, tenant->assurance);
    assert_true(!tenant->export && !tenant->plain_nonce);
    const struct account_class *class;
    size_t known;
    account_class_known(&known);
    assert_int_equal(known, tenant->class_count);
    assert_status(OK, tenant_class(tenant, BYTES_LITERAL(""), &class));
    assert_string_equal("openzeppelin-1.0.0", class->name);
    assert_status(OK, tenant_class(tenant, BYTES_LITERAL("braavos-1.2.0"), &class));
    struct fee_bounds bounds;
    struct felt fee = {{1000000000000000u, 0, 0, 0}};
    assert_status(OK, fee_split(&tenant->fees, &fee, &bounds));
    app_tenants_close(&table);
}

/* The same name and index in two apps: other keys, other pseudonyms, whoever is in the cache, and
 * no app owns what is another's. */
static void no_app_reaches_the_users_of_another(void **state)
{
    (void)state;
    struct app_tenants *table = open_table();
    const struct tenant *one = get(table, 1001);
    const struct tenant *two = get(table, 1002);
    struct bytes alice = BYTES_LITERAL("alice");
    SECRET(user_key, first);
    SECRET(user_key, second);
    SECRET(user_key, again);
    struct stark_public public;
    assert_status(OK, user_keys_get(tenant_keys(one), alice, 0, &first));
    assert_status(OK, user_keys_get(tenant_keys(two), alice, 0, &second));
    assert_memory_not_equal(&first.key, &second.key, sizeof first.key);
    assert_memory_not_equal(first.id.b, second.id.b, sizeof first.id.b);
    /* Now both come from the cache. */
    assert_status(OK, user_keys_get(tenant_keys(one), alice, 0, &again));
    assert_memory_equal(&first.key, &again.key, sizeof first.key);
    assert_status(OK, user_keys_again(tenant_keys(one), alice, 0, &again, &public));
    assert_status(OK, user_keys_get(tenant_keys(two), alice, 0, &again));
    assert_memory_equal(&second.key, &again.key, sizeof first.key);
    assert_status(SELF_CHECK, user_keys_again(tenant_keys(one), alice, 0, &again, &public));
    assert_false(felt_equal(&first.public_key, &second.public_key));
    uint8_t hidden[2][PSEUDONYM_BYTES];
    pseudonym_make(hiding_key(one), alice, hidden[0]);
    pseudonym_make(hiding_key(two), alice, hidden[1]);
    assert_memory_not_equal(hidden[0], hidden[1], PSEUDONYM_BYTES);
    app_tenants_close(&table);
}

/* Any mix of apps beyond what is kept: each gets its own keys, always the same ones, also in
 * another table. */
static void a_table_gives_back_the_same_keys_however_often_it_evicts(void **state)
{
    (void)state;
    enum { APPS = 3 * APP_TENANTS_KEPT };
    static uint8_t keys[APPS][32];
    struct app_tenants *tables[2] = {open_table(), open_table()};
    uint64_t random = 1;
    for (uint64_t app = 0; app < APPS; app++) {
        key_of(get(tables[0], app + 100), keys[app]);
    }
    for (size_t round = 0; round < 2000; round++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        uint64_t app = (random >> 33) % APPS;
        uint8_t key[32];
        key_of(get(tables[round % 2], app + 100), key);
        assert_memory_equal(keys[app], key, sizeof key);
    }
    for (size_t i = 0; i < APPS; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_memory_not_equal(keys[i], keys[k], 32);
        }
    }
    app_tenants_close(&tables[0]);
    app_tenants_close(&tables[1]);
}

/* The promise of the contract: a tenant stays while fewer than APP_TENANTS_KEPT others follow, and
 * the one that was unused for longest gives way. */
static void the_one_unused_for_longest_gives_way(void **state)
{
    (void)state;
    struct app_tenants *table = open_table();
    const struct tenant *kept = get(table, 1);
    uint8_t id[DOMAIN_TENANT_ID];
    memcpy(id, kept->id, sizeof id);
    for (uint64_t app = 100; app < 100 + APP_TENANTS_KEPT - 1; app++) {
        assert_ptr_not_equal(kept, get(table, app));
        assert_memory_equal(id, kept->id, sizeof id);
    }
    assert_ptr_equal(kept, get(table, 1));
    const struct tenant *oldest = get(table, 101);
    oldest = get(table, 100);
    assert_ptr_not_equal(oldest, get(table, 500));
    assert_ptr_equal(oldest, get(table, 100));
    assert_ptr_equal(kept, get(table, 1));
    for (uint64_t app = 1000; app < 1000 + APP_TENANTS_KEPT; app++) {
        get(table, app);
    }
    assert_memory_not_equal(id, kept->id, sizeof id);
    app_tenants_close(&table);
}

static void every_flipped_bit_of_a_pseudonym_key_is_found(void **state)
{
    (void)state;
    struct app_tenants *table = open_table();
    const struct tenant *tenant = get(table, 7);
    uint8_t *memory = (uint8_t *)(uintptr_t)hiding_key(tenant);
    for (size_t bit = 0; bit < 8 * sizeof(struct hmac_sha256_key); bit++) {
        const struct hmac_sha256_key *key = (const struct hmac_sha256_key *)state;
        memory[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(SELF_CHECK, tenant_pseudonym_key(tenant, &key));
        assert_null(key);
        memory[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_ptr_equal(memory, hiding_key(tenant));
    app_tenants_close(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flipped_bit_of_a_pseudonym_key_is_found),
        cmocka_unit_test(no_memory_leaves_nothing_behind),
        cmocka_unit_test(ids_that_are_no_app),
        cmocka_unit_test(what_a_tenant_is_made_of),
        cmocka_unit_test(the_default_policy),
        cmocka_unit_test(no_app_reaches_the_users_of_another),
        cmocka_unit_test(a_table_gives_back_the_same_keys_however_often_it_evicts),
        cmocka_unit_test(the_one_unused_for_longest_gives_way),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
