#include "audit/pseudonym.h"
#include "config/trust_dev.h"
#include "fixtures/vector_file.h"
#include "starknet/account.h"
#include "tenant/tenant.h"

static struct mem mem;
static struct arena arena;
static struct key_cache *cache;
static struct trust trust;
static char where[CONFIG_WHERE_MAX];

static const char seed_hex[] = "c96aebe2b0a226d024df86b3b3d74e7750a0e96f43cacd6bbe2907926ac11e6d";

static int start(void **state)
{
    (void)state;
    mem_init(&mem, (size_t)64 << 20);
    struct entropy entropy = entropy_system();
    bool done = status_is_ok(arena_init(&arena, 32u << 20)) &&
                status_is_ok(key_cache_open(64, &mem, &entropy, &cache));
    return done ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    key_cache_close(&cache);
    arena_deinit(&arena);
    return mem_used(&mem) == 0 ? 0 : -1;
}

static struct status open_set(struct bytes text, struct tenant_set **ret)
{
    arena_reset(&arena);
    assert_status(OK, trust_parse(text, &arena, &trust, where));
    return tenant_set_open(&trust, &mem, cache, ret, where);
}

#define BYTES_32    "0x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define TENANT_TAIL "\"chains\":[\"SN_MAIN\"],\"assurance\":\"asserted\""
#define TWO(first, second) \
    "{\"profile\":\"dev\",\"tenants\":[{" first "," TENANT_TAIL "},{" second "," TENANT_TAIL "}]}"
#define HASH "\"0x0000000000000000000000000000000000000000000000000000000000000123\""
#define DOCUMENT(classes, tenants) \
    "{\"profile\":\"dev\",\"account_classes\":[" classes "],\"tenants\":[" tenants "]}"
#define IMPORTED(name, members)                                                       \
    "{\"name\":\"" name "\",\"seed\":\"imported\",\"derivation\":\"v1\",\"chains\":[" \
    "\"SN_MAIN\"],\"assurance\":\"asserted\"" members "}"
#define NATIVE(name, members)                                                                   \
    "{\"name\":\"" name "\",\"seed\":\"native\",\"derivation\":\"v2\",\"chains\":[\"sepolia\"," \
    "\"0x7\"],\"assurance\":\"proven\",\"opaque\":true,\"fee_ceiling\":5" members "}"
#define MINE "{\"name\":\"mine\",\"kind\":\"ready\",\"hash\":" HASH "}"

static void what_has_no_meaning_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *code;
        const char *where;
    } rows[] = {
        {TWO("\"name\":\"a\",\"seed\":\"native\",\"derivation\":\"v2\"",
             "\"name\":\"b\",\"seed\":\"native\",\"derivation\":\"v1\""),
         "CONFIG_INVALID", "tenants[1].derivation"},
        {TWO("\"name\":\"a\",\"seed\":\"native\",\"derivation\":\"v2\",\"arn\":\"x\"",
             "\"name\":\"b\",\"seed\":\"native\",\"derivation\":\"v2\""),
         "CONFIG_INVALID", "tenants[0].arn"},
        {TWO("\"name\":\"a\",\"seed\":\"native\",\"derivation\":\"v2\"",
             "\"name\":\"a\",\"seed\":\"imported\",\"derivation\":\"v2\""),
         "CONFIG_INVALID", "tenants[1].name"},
        {TWO("\"name\":\"a\",\"seed\":\"native\",\"derivation\":\"v2\",\"commitment\":\"" BYTES_32
             "\"",
             "\"name\":\"b\",\"seed\":\"native\",\"derivation\":\"v2\""),
         "CONFIG_INVALID", "tenants[0].commitment"},
        {TWO("\"name\":\"a\",\"seed\":\"imported\",\"derivation\":\"v1\",\"commitment\":\"" BYTES_32
             "\"",
             "\"name\":\"b\",\"seed\":\"imported\",\"derivation\":\"v1\",\"commitment\":\"" BYTES_32
             "\""),
         "CONFIG_INVALID", "tenants[1].commitment"},
        {DOCUMENT("", IMPORTED("Default", "")), "CONFIG_INVALID", "tenants[0].name"},
        {DOCUMENT("", IMPORTED("a", "") "," NATIVE("b c", "")), "CONFIG_INVALID",
         "tenants[1].name"},
        {"{\"profile\":\"dev\",\"tenants\":[{\"name\":\"a\",\"seed\":\"native\",\"derivation\":"
         "\"v2\",\"chains\":[\"SN_MAIN\",\"goerli\"],\"assurance\":\"proven\"}]}",
         "UNKNOWN_CHAIN", "tenants[0].chains[1]"},
        {DOCUMENT("", IMPORTED("a", ",\"account_class\":\"mine\"")), "UNKNOWN_ACCOUNT_CLASS",
         "tenants[0].account_class"},
        {DOCUMENT(MINE, IMPORTED("a", ",\"account_classes\":[\"openzeppelin-1.0.0\",\"you\"]")),
         "UNKNOWN_ACCOUNT_CLASS", "tenants[0].account_classes[1]"},
        {DOCUMENT(MINE, IMPORTED("a", ",\"account_classes\":[\"mine\"]")), "CONFIG_INVALID",
         "tenants[0].account_class"},
        {DOCUMENT("{\"name\":\"braavos-1.2.0\",\"kind\":\"ready\",\"hash\":" HASH "}",
                  IMPORTED("a", "")),
         "CONFIG_INVALID", "account_classes[0].name"},
        {DOCUMENT("{\"name\":\"x\",\"kind\":\"Ready\",\"hash\":" HASH "}", IMPORTED("a", "")),
         "UNKNOWN_ACCOUNT_CLASS", "account_classes[0].kind"},
        {DOCUMENT("{\"name\":\"x\",\"kind\":\"ready\",\"hash\":\"0xff000000000000000000000000000000"
                  "00000000000000000000000000000000\"}",
                  IMPORTED("a", "")),
         "FELT_RANGE", "account_classes[0].hash"},
        {DOCUMENT(MINE ",{\"name\":\"x\",\"kind\":\"ready\",\"hash\":" HASH
                       ",\"implementation\":" HASH "}",
                  IMPORTED("a", "")),
         "CONFIG_INVALID", "account_classes[1].implementation"},
        {DOCUMENT("{\"name\":\"x\",\"kind\":\"braavos\",\"hash\":" HASH "}", IMPORTED("a", "")),
         "CONFIG_INVALID", "account_classes[0].implementation"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tenant_set *set;
        assert_string_equal(rows[i].code, status_name(open_set(bytes_of(rows[i].text), &set).code));
        assert_string_equal(rows[i].where, where);
        assert_null(set);
    }
}

static struct secret32 seed_of(uint8_t byte)
{
    struct secret32 seed;
    memset(seed.b, byte, sizeof seed.b);
    return seed;
}

#define COMMITMENT "0xd9bbbc6ece0b681c810497a9c5ff33091a04296b2359001973d3a8d8f68c5f85"

static void seeds_that_are_refused(void **state)
{
    (void)state;
    struct tenant_set *set;
    struct secret32 one = seed_of(1);
    struct secret32 two = seed_of(2);
    struct secret32 right;
    memcpy(right.b, unit_hex(seed_hex).ptr, 32);
    assert_status(
        OK, open_set(bytes_of(DOCUMENT(
                         "", IMPORTED("a", "") "," IMPORTED("b", "") "," IMPORTED(
                                 "c", ",\"commitment\":\"" COMMITMENT "\"") "," NATIVE("n", ""))),
                     &set));
    assert_status(UNAVAILABLE, tenant_set_ready(set));
    tenant_set_root(set, &two, 0);
    assert_status(NOT_FOUND, tenant_set_seed(set, BYTES_LITERAL("d"), &one));
    assert_status(NOT_FOUND, tenant_set_seed(set, BYTES_LITERAL("n"), &one));
    assert_status(OK, tenant_set_seed(set, BYTES_LITERAL("a"), &one));
    assert_status(SEED_TAKEN, tenant_set_seed(set, BYTES_LITERAL("a"), &two));
    assert_status(SEED_TAKEN, tenant_set_seed(set, BYTES_LITERAL("b"), &one));
    assert_status(UNAVAILABLE, tenant_set_ready(set));
    assert_status(OK, tenant_set_seed(set, BYTES_LITERAL("b"), &two));
    struct secret32 wrong = seed_of(3);
    assert_status(SEED_COMMITMENT, tenant_set_seed(set, BYTES_LITERAL("c"), &wrong));
    assert_status(UNAVAILABLE, tenant_set_ready(set));
    assert_status(OK, tenant_set_seed(set, BYTES_LITERAL("c"), &right));
    assert_status(OK, tenant_set_ready(set));
    tenant_set_close(&set);
    assert_null(set);
    tenant_set_close(&set);
}

/* The epoch of the root is not the one of the tenant's seed. */
static void a_native_seed_comes_from_its_own_epoch(void **state)
{
    (void)state;
    struct tenant_set *set;
    struct secret32 master = seed_of(9);
    struct bytes text = BYTES_LITERAL(DOCUMENT("", NATIVE("native-1", ",\"seed_epoch\":2")));
    assert_status(OK, open_set(text, &set));
    tenant_set_root(set, &master, 1);
    assert_status(UNAVAILABLE, tenant_set_ready(set));
    tenant_set_close(&set);
}

/* Numbers from a computation with Python's hashlib and integers. */
static void a_native_tenant(void **state)
{
    (void)state;
    struct tenant_set *set;
    struct secret32 master = seed_of(9);
    struct bytes text = BYTES_LITERAL(DOCUMENT(MINE, NATIVE("native-1", ",\"seed_epoch\":2")));
    assert_status(OK, open_set(text, &set));
    tenant_set_root(set, &master, 2);
    assert_status(OK, tenant_set_ready(set));
    assert_bytes(unit_hex("c1b353bc24b62f3e230517ac12f9cdb6991bcc30b6b249fc459217b20f57dfd1"),
                 ((struct bytes){tenant_set_domain(set), DOMAIN_ID}));
    struct bytes id = unit_hex("927701a4b689b613cbfcc916cb549a85f5e325ef684191872cfbab29515d576f");
    const struct tenant *tenant = tenant_find(set, id.ptr);
    assert_non_null(tenant);
    assert_ptr_equal(tenant, tenant_find_local(set, BYTES_LITERAL("native-1")));
    assert_ptr_equal(tenant, tenant_set_at(set, 0));
    assert_int_equal(1, tenant_set_count(set));
    assert_null(tenant_find_local(set, BYTES_LITERAL("native")));
    assert_null(tenant_find(set, tenant_set_domain(set)));
    SECRET(user_key, key);
    uint8_t bytes[32];
    assert_status(OK, user_keys_get(tenant_keys(tenant), BYTES_LITERAL("alice"), 3, &key));
    stark_scalar_to_be(&key.key.d, bytes);
    assert_bytes(unit_hex("0343ba11a0a6bc5130719c2b09f48f7c7f613ada9b72467ba16f9ad5978e7289"),
                 BYTES_ARRAY(bytes));
    felt_to_be(&key.public_key, bytes);
    assert_bytes(unit_hex("00d687fc250ce8006ca0620af82decfa3f243b4ddb9e369f80744e5a1cf92e6d"),
                 BYTES_ARRAY(bytes));
    const struct hmac_sha256_key *hiding;
    assert_status(OK, tenant_pseudonym_key(tenant, &hiding));
    pseudonym_make(hiding, BYTES_LITERAL("bob"), bytes);
    assert_bytes(unit_hex("f2e46cd2aa836228d9e06a57b6d4651873997ca3554fe4df52f817bc83cdb50c"),
                 BYTES_ARRAY(bytes));
    assert_int_equal(2, tenant->rules.chain_count);
    assert_int_equal(0x7, tenant->rules.chains[1].limb[0]);
    assert_true(tenant->rules.opaque && !tenant->rules.declare && !tenant->rules.typed_data);
    assert_int_equal(5, tenant->rules.fee_ceiling[0]);
    assert_int_equal(TRUST_PROVEN, tenant->assurance);
    tenant_set_close(&set);
}

static void classes_by_name_and_by_hash(void **state)
{
    (void)state;
    struct tenant_set *set;
    assert_status(
        OK, open_set(
                bytes_of(DOCUMENT(MINE, IMPORTED("a", "") "," IMPORTED(
                                            "b", ",\"account_class\":\"mine\",\"account_classes\":["
                                                 "\"argent-0.3.1\",\"mine\"]"))),
                &set));
    const struct tenant *all = tenant_set_at(set, 0);
    const struct tenant *few = tenant_set_at(set, 1);
    size_t known;
    account_class_known(&known);
    const struct account_class *class;
    assert_int_equal(known + 1, all->class_count);
    assert_int_equal(2, few->class_count);
    assert_status(OK, tenant_class(all, BYTES_LITERAL(""), &class));
    assert_string_equal("openzeppelin-1.0.0", class->name);
    assert_status(OK, tenant_class(few, BYTES_LITERAL(""), &class));
    assert_string_equal("mine", class->name);
    assert_int_equal(ACCOUNT_CLASS_READY, class->kind);
    assert_status(OK, tenant_class(all, BYTES_LITERAL("0x123"), &class));
    assert_string_equal("mine", class->name);
    assert_status(OK, tenant_class(few, BYTES_LITERAL("argent-0.3.1"), &class));
    assert_string_equal("argent-0.3.1", class->name);
    assert_status(UNKNOWN_ACCOUNT_CLASS,
                  tenant_class(few, BYTES_LITERAL("openzeppelin-1.0.0"), &class));
    assert_null(class);
    assert_status(UNKNOWN_ACCOUNT_CLASS, tenant_class(all, BYTES_LITERAL("0x124"), &class));
    assert_status(UNKNOWN_ACCOUNT_CLASS, tenant_class(all, BYTES_LITERAL("0x"), &class));
    tenant_set_close(&set);
}

/* The addresses of the reference's own seed under a published class. */
/* Whether an address is of a user's key under a class of the tenant. */
static bool owns(const struct tenant *tenant, struct bytes user, uint64_t index,
                 const struct felt *address)
{
    SECRET(user_key, key);
    assert_status(OK, user_keys_get(tenant_keys(tenant), user, index, &key));
    const struct account_keys keys = {key.public_key, FELT_ZERO};
    return account_find(tenant->classes, tenant->class_count, &keys, address) != NULL;
}

static void a_user_owns_its_address_only(void **state)
{
    (void)state;
    struct tenant_set *set;
    struct secret32 root = seed_of(9);
    struct secret32 seed;
    memcpy(seed.b, unit_hex(seed_hex).ptr, 32);
    assert_status(OK, open_set(trust_dev_text(), &set));
    tenant_set_root(set, &root, 0);
    assert_status(OK, tenant_set_seed(set, BYTES_LITERAL(TENANT_DEFAULT), &seed));
    const struct tenant *tenant = tenant_find_local(set, BYTES_LITERAL(TENANT_DEFAULT));
    struct json_in file = vector_file_root("heimdall.json");
    struct json_in vectors = vector_file_member(&file, "real_addresses");
    for (size_t i = 0; i < vector_file_count(&vectors); i++) {
        struct json_in vector = json_in_item(&vectors, i);
        if (!bytes_equal(vector_file_text(&vector, "seed_id"), BYTES_LITERAL("T"))) {
            continue;
        }
        struct bytes user = vector_file_text(&vector, "username");
        uint64_t index = vector_file_u64(&vector, "key_index");
        struct felt address;
        assert_true(felt_from_be(vector_file_hex(&vector, "address_salt_pub").ptr, &address));
        assert_true(owns(tenant, user, index, &address));
        assert_false(owns(tenant, user, index + 7, &address));
        assert_false(owns(tenant, BYTES_LITERAL("other"), index, &address));
    }
    tenant_set_close(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_no_meaning_is_named),
        cmocka_unit_test(seeds_that_are_refused),
        cmocka_unit_test(a_native_seed_comes_from_its_own_epoch),
        cmocka_unit_test(a_native_tenant),
        cmocka_unit_test(classes_by_name_and_by_hash),
        cmocka_unit_test(a_user_owns_its_address_only),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
