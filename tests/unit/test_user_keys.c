#include <pthread.h>

#include "base/limits.h"
#include "crypto/stark_ecdsa.h"
#include "fixtures/vector_file.h"
#include "keys/cache/key_cache_internal.h"
#include "keys/user_keys.h"

static struct mem mem;
static struct key_cache *cache;
static struct user_keys keys;
static const uint8_t tenant[DOMAIN_TENANT_ID] = {1};

static struct secret32 seed_of(const char *hex)
{
    struct secret32 seed;
    memcpy(seed.b, unit_hex(hex).ptr, 32);
    return seed;
}

static const char seed_hex[] = "c96aebe2b0a226d024df86b3b3d74e7750a0e96f43cacd6bbe2907926ac11e6d";

static int start(void **state)
{
    (void)state;
    mem_init(&mem, (size_t)16 << 20);
    struct entropy entropy = entropy_system();
    if (!status_is_ok(key_cache_open(64, &mem, &entropy, &cache))) {
        return -1;
    }
    struct secret32 seed = seed_of(seed_hex);
    user_keys_init(&keys, tenant, USER_KEYS_V1, &seed, cache);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    key_cache_close(&cache);
    user_keys_wipe(&keys);
    return 0;
}

static void users_and_indices_that_are_refused(void **state)
{
    (void)state;
    static const struct user_key zero;
    struct user_key key;
    memset(&key, 0xee, sizeof key);
    assert_status(INVALID_USERNAME, user_keys_get(&keys, BYTES_LITERAL(""), 0, &key));
    assert_memory_equal(&zero, &key, sizeof key);
    assert_status(INVALID_USERNAME, user_keys_get(&keys, BYTES_LITERAL("a b"), 0, &key));
    assert_status(INVALID_KEY_INDEX,
                  user_keys_get(&keys, BYTES_LITERAL("a"), LIMIT_KEY_INDEX + 1ull, &key));
    assert_status(OK, user_keys_get(&keys, BYTES_LITERAL("a"), LIMIT_KEY_INDEX, &key));
    struct felt public[2];
    assert_status(INVALID_COUNT, user_keys_batch(&keys, BYTES_LITERAL("a"), 0, 0, public));
    assert_status(INVALID_COUNT, user_keys_batch(&keys, BYTES_LITERAL("a"), 0, 1001, public));
    assert_status(INVALID_KEY_INDEX,
                  user_keys_batch(&keys, BYTES_LITERAL("a"), LIMIT_KEY_INDEX, 2, public));
    assert_status(INVALID_KEY_INDEX,
                  user_keys_batch(&keys, BYTES_LITERAL("a"), UINT64_MAX, 2, public));
    assert_status(INVALID_USERNAME, user_keys_batch(&keys, BYTES_LITERAL("a/"), 0, 2, public));
    bool owns = true;
    assert_status(INVALID_USERNAME, user_keys_owns(&keys, BYTES_LITERAL(""), 0, public, &owns));
    assert_false(owns);
}

static struct felt felt_of(struct bytes hex)
{
    struct felt felt;
    assert_int_equal(32, hex.len);
    assert_true(felt_from_be(hex.ptr, &felt));
    return felt;
}

/* Every vector of this seed with an index that the service takes: twice, so that the second one
 * comes from the cache, and among so many others that it is evicted in between. */
static void the_vectors_of_the_reference(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("heimdall.json");
    struct json_in vectors = vector_file_member(&root, "vectors");
    size_t checked = 0;
    for (size_t i = 0; i < 2 * vector_file_count(&vectors); i++) {
        struct json_in vector = json_in_item(&vectors, i % vector_file_count(&vectors));
        struct json_in index = vector_file_member(&vector, "key_index");
        bool mine = bytes_equal(vector_file_text(&vector, "seed"), bytes_of(seed_hex));
        if (!mine || json_in_kind(&index) != JSON_IN_INTEGER ||
            json_in_integer(&index) > LIMIT_KEY_INDEX) {
            continue;
        }
        struct bytes user = vector_file_text(&vector, "username");
        uint64_t number = vector_file_u64(&vector, "key_index");
        SECRET(user_key, key);
        assert_status(OK, user_keys_get(&keys, user, number, &key));
        uint8_t bytes[32];
        stark_scalar_to_be(&key.key.d, bytes);
        assert_bytes(vector_file_hex(&vector, "private_key"), BYTES_ARRAY(bytes));
        struct felt public_key = felt_of(vector_file_hex(&vector, "public_key_x"));
        assert_true(felt_equal(&public_key, &key.public_key));
        bool owns = false;
        assert_status(OK, user_keys_owns(&keys, user, number, &public_key, &owns));
        assert_true(owns);
        public_key.limb[0] ^= 1;
        assert_status(OK, user_keys_owns(&keys, user, number, &public_key, &owns));
        assert_false(owns);
        checked++;
    }
    assert_true(checked >= 40);
    assert_true(key_cache_stats(cache).hits > checked);
}

static void adding_users_changes_no_existing_key(void **state)
{
    (void)state;
    struct user_key before;
    struct user_key after;
    struct user_key other;
    assert_status(OK, user_keys_get(&keys, BYTES_LITERAL("first"), 3, &before));
    for (uint64_t i = 0; i < 300; i++) {
        assert_status(OK, user_keys_get(&keys, BYTES_LITERAL("second"), i, &other));
        assert_memory_not_equal(&before.key, &other.key, sizeof other.key);
    }
    assert_true(key_cache_stats(cache).evictions > 0);
    assert_status(OK, user_keys_get(&keys, BYTES_LITERAL("first"), 3, &after));
    assert_memory_equal(&before, &after, sizeof before);
}

/* Two tenants share the cache, and even the seed: a name in one says nothing about the other. */
static void the_same_name_in_another_tenant_is_another_entry(void **state)
{
    (void)state;
    const uint8_t name[DOMAIN_TENANT_ID] = {2};
    struct user_keys others;
    struct secret32 seed = seed_of(seed_hex);
    user_keys_init(&others, name, USER_KEYS_V2, &seed, cache);
    struct user_key mine;
    struct user_key theirs;
    assert_status(OK, user_keys_get(&keys, BYTES_LITERAL("alice"), 0, &mine));
    assert_status(OK, user_keys_get(&others, BYTES_LITERAL("alice"), 0, &theirs));
    assert_memory_not_equal(&mine.id, &theirs.id, sizeof mine.id);
    assert_memory_not_equal(&mine.key, &theirs.key, sizeof mine.key);
    user_keys_wipe(&others);
}

static void a_batch_is_what_single_calls_give(void **state)
{
    (void)state;
    struct felt public[70];
    uint64_t entries = key_cache_stats(cache).entries;
    uint64_t evictions = key_cache_stats(cache).evictions;
    assert_status(OK, user_keys_batch(&keys, BYTES_LITERAL("batch"), 5, 70, public));
    assert_int_equal(entries, key_cache_stats(cache).entries);
    assert_int_equal(evictions, key_cache_stats(cache).evictions);
    for (uint64_t i = 0; i < 70; i++) {
        struct user_key key;
        assert_status(OK, user_keys_get(&keys, BYTES_LITERAL("batch"), 5 + i, &key));
        assert_memory_equal(&key.public_key, &public[i], sizeof public[i]);
    }
}

static void the_first_signature_and_one_in_64_are_verified(void **state)
{
    (void)state;
    SECRET(user_key, key);
    struct stark_public again;
    struct stark_signature signature;
    const struct felt hash = felt_from_u64(77);
    assert_status(OK, user_keys_get(&keys, BYTES_LITERAL("signer"), 0, &key));
    assert_true(user_keys_must_verify(&keys, &key));
    assert_status(OK, stark_ecdsa_sign(&key.key, &hash, BYTES_LITERAL(""), &signature));
    assert_status(OK, user_keys_again(&keys, BYTES_LITERAL("signer"), 0, &key, &again));
    assert_status(OK, stark_ecdsa_verify_var(&again, &hash, &signature));
    assert_true(user_keys_must_verify(&keys, &key));
    user_keys_verified(&keys, &key);
    for (unsigned i = 0; i < 63; i++) {
        assert_false(user_keys_must_verify(&keys, &key));
    }
    assert_true(user_keys_must_verify(&keys, &key));
}

/* Two requests of one user at once: what one of them verified is the key that it had. */
static void only_the_key_that_was_verified_needs_no_verification(void **state)
{
    (void)state;
    struct bytes user = BYTES_LITERAL("twofold");
    SECRET(user_key, first);
    SECRET(user_key, second);
    assert_status(OK, user_keys_get(&keys, user, 0, &first));
    assert_status(OK, user_keys_get(&keys, user, 0, &second));
    user_keys_verified(&keys, &first);
    assert_false(user_keys_must_verify(&keys, &first));
    assert_true(user_keys_must_verify(&keys, &second));
    assert_status(OK, user_keys_get(&keys, user, 0, &second));
    assert_false(user_keys_must_verify(&keys, &second));
}

static void an_address_is_derived_twice_before_it_is_first_shown(void **state)
{
    (void)state;
    SECRET(user_key, key);
    assert_status(OK, user_keys_get(&keys, BYTES_LITERAL("shown"), 0, &key));
    assert_int_equal(0, key.notes);
    assert_status(OK, user_keys_show(&keys, BYTES_LITERAL("shown"), 0, &key));
    assert_int_equal(KEY_CACHE_SHOWN, key.notes);
    assert_status(OK, user_keys_get(&keys, BYTES_LITERAL("shown"), 0, &key));
    assert_int_equal(KEY_CACHE_SHOWN, key.notes);
}

/* A fault flips a bit of a key in the cache, or of the one in use. */
static void a_fault_in_a_key_is_found_and_the_entry_dropped(void **state)
{
    (void)state;
    for (unsigned fault = 0; fault < 2; fault++) {
        struct bytes user = BYTES_LITERAL("faulty");
        SECRET(user_key, key);
        assert_status(OK, user_keys_get(&keys, user, 0, &key));
        struct user_key right = key;
        key.key.d.limb[1] ^= fault == 0 ? 1u << 20 : 0;
        key.public_key.limb[2] ^= fault == 1 ? 1u : 0;
        uint64_t entries = key_cache_stats(cache).entries;
        assert_status(SELF_CHECK, user_keys_show(&keys, user, 0, &key));
        assert_int_equal(entries - 1, key_cache_stats(cache).entries);
        struct stark_public again;
        static const struct stark_public zero;
        assert_status(SELF_CHECK, user_keys_again(&keys, user, 0, &key, &again));
        assert_memory_equal(&zero, &again, sizeof again);
        assert_status(OK, user_keys_get(&keys, user, 0, &key));
        assert_memory_equal(&right, &key, sizeof key);
    }
}

/* One bit of the key in the cache, then of the copy in use: no signature that is not verified in
 * full may leave with it. */
static void every_flipped_bit_of_a_key_is_found_before_it_is_released(void **state)
{
    (void)state;
    struct bytes user = BYTES_LITERAL("flipped");
    for (size_t bit = 0; bit < 8 * sizeof(struct stark_key); bit++) {
        struct user_key right;
        struct user_key key;
        key_cache_clear(cache);
        assert_status(OK, user_keys_get(&keys, user, 0, &right));
        uint8_t flip = (uint8_t)(1u << bit % 8);
        ((uint8_t *)cache->keys)[bit / 8] ^= flip;
        assert_status(SELF_CHECK, user_keys_get(&keys, user, 0, &key));
        assert_status(OK, user_keys_get(&keys, user, 0, &key));
        assert_memory_equal(&right, &key, sizeof key);
        assert_status(OK, user_keys_intact(&keys, &key));
        ((uint8_t *)&key.key)[bit / 8] ^= flip;
        assert_status(SELF_CHECK, user_keys_intact(&keys, &key));
        assert_int_equal(0, key_cache_stats(cache).entries);
    }
}

static void flips_of_a_source_are_found(struct user_keys *source, void *memory, size_t len)
{
    struct bytes user = BYTES_LITERAL("seeded");
    static const struct user_key zero;
    struct user_key right;
    key_cache_clear(cache);
    assert_status(OK, user_keys_get(source, user, 0, &right));
    for (size_t bit = 0; bit < 8 * len; bit++) {
        struct user_key key;
        struct stark_public again;
        struct felt public;
        ((uint8_t *)memory)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(SELF_CHECK, user_keys_again(source, user, 0, &right, &again));
        key_cache_clear(cache);
        assert_status(SELF_CHECK, user_keys_get(source, user, 0, &key));
        assert_memory_equal(&zero, &key, sizeof key);
        assert_status(SELF_CHECK, user_keys_batch(source, user, 0, 1, &public));
        assert_int_equal(0, key_cache_stats(cache).entries);
        ((uint8_t *)memory)[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    struct user_key after;
    assert_status(OK, user_keys_get(source, user, 0, &after));
    assert_memory_equal(&right, &after, sizeof after);
}

/* A seed with a flipped bit derives one and the same wrong key each time. */
static void every_flipped_bit_of_a_source_is_found(void **state)
{
    (void)state;
    struct secret32 seed = seed_of(seed_hex);
    for (enum user_keys_derivation derivation = USER_KEYS_V1; derivation <= USER_KEYS_V2;
         derivation++) {
        struct user_keys source;
        user_keys_init(&source, tenant, derivation, &seed, cache);
        flips_of_a_source_are_found(&source, &source.derivation, 1);
        flips_of_a_source_are_found(&source, &source.seed, sizeof source.seed);
        flips_of_a_source_are_found(&source, &source.v2, sizeof source.v2);
        flips_of_a_source_are_found(&source, &source.tenant, sizeof source.tenant);
        flips_of_a_source_are_found(&source, &source.sum, sizeof source.sum);
        user_keys_wipe(&source);
    }
}

static void *many_users(void *argument)
{
    size_t wrong = 0;
    for (unsigned i = 0; i < 400; i++) {
        uint8_t user[1] = {(uint8_t)('a' + i % 5)};
        struct user_key key;
        struct stark_public again;
        wrong += !status_is_ok(user_keys_get(&keys, BYTES_ARRAY(user), i % 40, &key)) ||
                 !status_is_ok(user_keys_again(&keys, BYTES_ARRAY(user), i % 40, &key, &again));
    }
    return wrong == 0 ? argument : NULL;
}

static void two_threads_get_the_same_keys(void **state)
{
    (void)state;
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(0, pthread_create(&threads[i], NULL, many_users, cache));
    }
    for (size_t i = 0; i < 2; i++) {
        void *answer;
        assert_int_equal(0, pthread_join(threads[i], &answer));
        assert_ptr_equal(cache, answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_and_indices_that_are_refused),
        cmocka_unit_test(the_vectors_of_the_reference),
        cmocka_unit_test(adding_users_changes_no_existing_key),
        cmocka_unit_test(the_same_name_in_another_tenant_is_another_entry),
        cmocka_unit_test(a_batch_is_what_single_calls_give),
        cmocka_unit_test(the_first_signature_and_one_in_64_are_verified),
        cmocka_unit_test(only_the_key_that_was_verified_needs_no_verification),
        cmocka_unit_test(an_address_is_derived_twice_before_it_is_first_shown),
        cmocka_unit_test(a_fault_in_a_key_is_found_and_the_entry_dropped),
        cmocka_unit_test(every_flipped_bit_of_a_key_is_found_before_it_is_released),
        cmocka_unit_test(every_flipped_bit_of_a_source_is_found),
        cmocka_unit_test(two_threads_get_the_same_keys),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
