#include "config/trust_dev.h"
#include "fixtures/vector_file.h"
#include "tenant/user_account.h"

enum { ENTRIES = 4, STEPS = 3000 };

static struct mem mem;
static struct arena arena;
static struct key_cache *cache;
static struct key_cache *plain; /* of one entry, cleared before each use: nothing is kept */

/* The class makes the addresses of openzeppelin-1.0.0, which comes before it. */
static const char document[] =
    "{\"profile\":\"dev\",\"account_classes\":[{\"name\":\"twin\",\"kind\":\"braavos\","
    "\"hash\":\"0x05b4b537eaa2399e3aa99c4e2e0208ebd6c71bc1467938cd52c798c601e43564\","
    "\"implementation\":\"0x0000000000000000000000000000000000000000000000000000000000000001\"}],"
    "\"tenants\":["
    "{\"name\":\"a\",\"seed\":\"imported\",\"derivation\":\"v1\",\"chains\":[\"SN_MAIN\"],"
    "\"assurance\":\"asserted\"},"
    "{\"name\":\"b\",\"seed\":\"imported\",\"derivation\":\"v2\",\"chains\":[\"SN_MAIN\"],"
    "\"assurance\":\"asserted\",\"account_class\":\"ready-0.4.0\"}]}";

static int start(void **state)
{
    (void)state;
    struct entropy entropy = entropy_system();
    mem_init(&mem, (size_t)64 << 20);
    bool done = status_is_ok(arena_init(&arena, 32u << 20)) &&
                status_is_ok(key_cache_open(ENTRIES, &mem, &entropy, &cache)) &&
                status_is_ok(key_cache_open(1, &mem, &entropy, &plain));
    return done ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    key_cache_close(&cache);
    key_cache_close(&plain);
    arena_deinit(&arena);
    return mem_used(&mem) == 0 ? 0 : -1;
}

/* A set whose two tenants have seeds of these bytes. */
static struct tenant_set *open_set(struct key_cache *in, uint8_t byte)
{
    static struct trust trust;
    char where[CONFIG_WHERE_MAX];
    struct tenant_set *set;
    const char *const names[] = {"a", "b"};
    arena_reset(&arena);
    assert_status(OK, trust_parse(bytes_of(document), &arena, &trust, where));
    assert_status(OK, tenant_set_open(&trust, &mem, in, &set, where));
    for (size_t i = 0; i < 2; i++) {
        struct secret32 seed = {{byte, (uint8_t)i}};
        assert_status(OK, tenant_set_seed(set, bytes_of(names[i]), &seed));
    }
    return set;
}

static struct account_keys alone(const struct user_key *key)
{
    return (struct account_keys){key->public_key, FELT_ZERO};
}

static uint64_t next_random(uint64_t below)
{
    static uint64_t random;
    random = random * 6364136223846793005u + 1442695040888963407u;
    return (random >> 33) % below;
}

/* One of four: two other keys, each in either role. */
static struct account_keys guarded(const struct user_key *key)
{
    struct felt other = felt_from_u64(5 + next_random(2));
    return next_random(2) == 0 ? (struct account_keys){key->public_key, other}
                               : (struct account_keys){other, key->public_key};
}

/* A class of the tenant's that takes a guardian when there is one. */
static const struct account_class *some_class(const struct tenant *tenant, bool has_guardian)
{
    const struct account_class *class;
    do {
        class = &tenant->classes[next_random(2) == 0 ? next_random(tenant->class_count) : 0];
    } while (has_guardian && !account_class_has_guardian(class) &&
             !account_class_has_guardian(&tenant->classes[0]));
    return !has_guardian || account_class_has_guardian(class) ? class : &tenant->classes[0];
}

/* One request of anybody, beside a derivation and an address that nobody kept. */
static void request(const struct tenant *tenant, const struct tenant *naive)
{
    const char name[2] = {(char)('a' + next_random(6)), 0};
    uint64_t index = next_random(2);
    SECRET(user_key, key);
    SECRET(user_key, expected);
    struct account account;
    key_cache_clear(plain);
    assert_status(OK, user_keys_get(tenant_keys(tenant), bytes_of(name), index, &key));
    assert_status(OK, user_keys_get(tenant_keys(naive), bytes_of(name), index, &expected));
    assert_memory_equal(&expected.public_key, &key.public_key, sizeof key.public_key);
    assert_memory_equal(&expected.key, &key.key, sizeof key.key);
    bool has_guardian = account_class_has_guardian(&tenant->classes[0]) && next_random(2) == 0;
    struct account_keys keys = has_guardian ? guarded(&expected) : alone(&expected);
    const struct account_class *class = some_class(tenant, has_guardian);
    struct account right = account_of_keys(class, &keys);
    if (next_random(2) == 0) {
        assert_status(OK, user_account_get(tenant, &key, class, &keys, &account));
        assert_ptr_equal(class, account.class);
    } else {
        assert_status(OK, user_account_find(tenant, &key, &keys, &right.address, &account));
        assert_ptr_equal(account_find(tenant->classes, tenant->class_count, &keys, &right.address),
                         account.class);
        right.class = account.class;
    }
    assert_memory_equal(&right, &account, sizeof right);
    right.address.limb[next_random(4)] ^= 2;
    assert_status(SENDER_MISMATCH,
                  next_random(8) != 0
                      ? FAIL(SENDER_MISMATCH)
                      : user_account_find(tenant, &key, &keys, &right.address, &account));
    assert_status(OK, user_keys_intact(tenant_keys(tenant), &key));
    if (next_random(3) == 0) {
        user_keys_verified(tenant_keys(tenant), &key);
    }
}

/* Four tenants, two of which took the place of others with the same ids and other seeds, in one
 * cache of a few entries. */
static void nobody_ever_gets_the_key_or_the_address_of_another(void **state)
{
    (void)state;
    struct tenant_set *sets[2] = {open_set(cache, 1), open_set(cache, 2)};
    struct tenant_set *naive[2] = {open_set(plain, 1), open_set(plain, 2)};
    for (unsigned i = 0; i < STEPS; i += unit_step()) {
        size_t epoch = next_random(2);
        size_t tenant = next_random(2);
        request(tenant_set_at(sets[epoch], tenant), tenant_set_at(naive[epoch], tenant));
    }
    struct key_cache_stats stats = key_cache_stats(cache);
    const size_t enough = 100 / unit_step();
    assert_true(stats.hits > enough && stats.evictions > enough && stats.recalled > enough);
    for (size_t i = 0; i < 2; i++) {
        tenant_set_close(&sets[i]);
        tenant_set_close(&naive[i]);
    }
}

/* Users of a seed that changed are new: neither key nor notes nor address are of the old one. */
static void a_new_seed_knows_nobody(void **state)
{
    (void)state;
    struct tenant_set *before = open_set(cache, 3);
    struct tenant_set *after = open_set(cache, 4);
    SECRET(user_key, old);
    SECRET(user_key, new);
    struct account account;
    const struct tenant *tenant = tenant_set_at(before, 0);
    struct bytes user = BYTES_LITERAL("alice");
    assert_status(OK, user_keys_get(tenant_keys(tenant), user, 0, &old));
    struct account_keys keys = alone(&old);
    assert_status(OK, user_account_get(tenant, &old, &tenant->classes[0], &keys, &account));
    user_keys_verified(tenant_keys(tenant), &old);
    assert_status(OK, user_keys_get(tenant_keys(tenant_set_at(after, 0)), user, 0, &new));
    assert_memory_not_equal(&old.key, &new.key, sizeof new.key);
    assert_memory_not_equal(&old.id, &new.id, sizeof new.id);
    assert_int_equal(0, new.notes);
    assert_int_equal(0, new.account.which);
    tenant_set_close(&before);
    tenant_set_close(&after);
}

#ifdef COFFER_CHECKED
/* One of two computations goes wrong: nothing is kept. Of a user that was met there is but one. */
static void two_computations_that_differ_are_found(void **state)
{
    (void)state;
    static const struct account zero;
    struct tenant_set *set = open_set(cache, 5);
    const struct tenant *tenant = tenant_set_at(set, 0);
    const struct account_class *class = &tenant->classes[0];
    SECRET(user_key, key);
    struct account account;
    struct account again;
    key_cache_clear(cache);
    assert_status(OK, user_keys_get(tenant_keys(tenant), BYTES_LITERAL("u"), 0, &key));
    struct account_keys keys = alone(&key);
    struct account right = account_of_keys(class, &keys);
    user_account_fault_planted = true;
    memset(&account, 0xee, sizeof account);
    assert_status(SELF_CHECK, user_account_get(tenant, &key, class, &keys, &account));
    assert_memory_equal(&zero, &account, sizeof account);
    assert_status(SELF_CHECK, user_account_find(tenant, &key, &keys, &right.address, &account));
    assert_memory_equal(&zero, &account, sizeof account);
    assert_status(SELF_CHECK, user_account_once(class, &keys, &account));
    assert_int_equal(0, key.account.which);
    user_account_fault_planted = false;
    assert_status(OK, user_account_get(tenant, &key, class, &keys, &account));
    for (uint64_t i = 1; i <= ENTRIES; i++) {
        SECRET(user_key, other);
        assert_status(OK, user_keys_get(tenant_keys(tenant), BYTES_LITERAL("u"), i, &other));
    }
    user_account_fault_planted = true;
    assert_status(OK, user_keys_get(tenant_keys(tenant), BYTES_LITERAL("u"), 0, &key));
    assert_int_equal(0, key.account.which);
    assert_int_equal(KEY_CACHE_SHOWN, key.notes);
    assert_status(OK, user_account_get(tenant, &key, class, &keys, &again));
    assert_memory_equal(&account, &again, sizeof again);
    user_account_fault_planted = false;
    tenant_set_close(&set);
}

/* With the second computation wrong, only what is kept can be had: the last account, with the other
 * key in its role. */
static void the_last_account_is_kept_whoever_shares_it(void **state)
{
    (void)state;
    struct tenant_set *set = open_set(cache, 7);
    const struct tenant *tenant = tenant_set_at(set, 1);
    const struct account_class *class = &tenant->classes[0];
    SECRET(user_key, key);
    assert_status(OK, user_keys_get(tenant_keys(tenant), BYTES_LITERAL("u"), 0, &key));
    const struct felt other = felt_from_u64(5);
    const struct account_keys keys[] = {
        {key.public_key, FELT_ZERO}, {key.public_key, other},          {other, key.public_key},
        {key.public_key, {{6}}},     {key.public_key, key.public_key},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct account account;
        struct account again;
        user_account_fault_planted = false;
        assert_status(OK, user_account_get(tenant, &key, class, &keys[i], &account));
        user_account_fault_planted = true;
        assert_status(OK, user_keys_get(tenant_keys(tenant), BYTES_LITERAL("u"), 0, &key));
        for (size_t j = 0; j < sizeof keys / sizeof keys[0]; j++) {
            struct status get = user_account_get(tenant, &key, class, &keys[j], &again);
            struct status found =
                user_account_find(tenant, &key, &keys[j], &account.address, &again);
            assert_int_equal(i == j ? STATUS_OK : STATUS_SELF_CHECK, get.code);
            assert_int_equal(i == j ? STATUS_OK : STATUS_SENDER_MISMATCH, found.code);
        }
    }
    const struct account_keys strangers = {other, {{8}}};
    struct account account;
    user_account_fault_planted = false;
    struct key_cache_account kept = key.account;
    assert_status(OK, user_account_get(tenant, &key, class, &strangers, &account));
    assert_memory_equal(&kept, &key.account, sizeof kept);
    tenant_set_close(&set);
}
#endif

/* A key that changed since it was given out gets no account, and its entry goes. */
static void a_flipped_key_keeps_no_account(void **state)
{
    (void)state;
    static const struct account zero;
    struct tenant_set *set = open_set(cache, 6);
    const struct tenant *tenant = tenant_set_at(set, 0);
    SECRET(user_key, key);
    struct account account;
    assert_status(OK, user_keys_get(tenant_keys(tenant), BYTES_LITERAL("u"), 0, &key));
    struct account_keys keys = alone(&key);
    uint64_t entries = key_cache_stats(cache).entries;
    key.key.d.limb[0] ^= 1;
    assert_status(SELF_CHECK, user_account_get(tenant, &key, &tenant->classes[0], &keys, &account));
    assert_memory_equal(&zero, &account, sizeof account);
    assert_int_equal(entries - 1, key_cache_stats(cache).entries);
    tenant_set_close(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_ever_gets_the_key_or_the_address_of_another),
        cmocka_unit_test(a_new_seed_knows_nobody),
#ifdef COFFER_CHECKED
        cmocka_unit_test(two_computations_that_differ_are_found),
        cmocka_unit_test(the_last_account_is_kept_whoever_shares_it),
#endif
        cmocka_unit_test(a_flipped_key_keeps_no_account),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
