#include <pthread.h>
#include <stdlib.h>

#include "base/ct.h"
#include "fixtures/unit.h"
#include "keys/cache/key_cache_internal.h"

static struct mem mem;
static struct entropy entropy;

static int make_mem(void **state)
{
    (void)state;
    mem_init(&mem, (size_t)64 << 20);
    entropy = entropy_system();
    return 0;
}

static struct key_cache *open_cache(size_t entries)
{
    struct key_cache *cache;
    assert_status(OK, key_cache_open(entries, &mem, &entropy, &cache));
    return cache;
}

static struct key_cache_id id_of(struct key_cache *cache, uint8_t tenant, const char *user,
                                 uint64_t index)
{
    const uint8_t name[KEY_CACHE_TENANT] = {tenant};
    const struct keyed_sum source = {{7}};
    struct key_cache_tenant prepared = key_cache_tenant(cache, name, &source);
    return key_cache_id(&prepared, bytes_of(user), index);
}

/* A key that can be told from its number, with no zero limb. */
static struct key_cache_value value_of(uint64_t number)
{
    struct key_cache_value value = {.public_key = felt_from_u64(number)};
    for (size_t i = 0; i < 4; i++) {
        value.key.d.limb[i] = (number + 1) * 0x9e3779b97f4a7c15u + i;
    }
    return value;
}

static bool is_value(const struct key_cache_value *value, uint64_t number)
{
    struct key_cache_value expected = value_of(number);
    return ct_equal(&expected.key, &value->key, sizeof value->key) == 1 &&
           felt_equal(&expected.public_key, &value->public_key);
}

static bool has(struct key_cache *cache, uint64_t number)
{
    struct key_cache_id id = id_of(cache, 1, "u", number);
    struct key_cache_value value;
    bool hit = false;
    assert_status(OK, key_cache_get(cache, &id, &value, &hit));
    assert_true(!hit || is_value(&value, number));
    return hit;
}

static void put_at(struct key_cache *cache, const struct key_cache_id *id, uint64_t number)
{
    struct key_cache_value value = value_of(number);
    key_cache_sum(cache, id, &value);
    key_cache_put(cache, id, &value);
}

static void put(struct key_cache *cache, uint64_t number)
{
    struct key_cache_id id = id_of(cache, 1, "u", number);
    put_at(cache, &id, number);
}

static void note(struct key_cache *cache, uint64_t number, enum key_cache_note note)
{
    struct key_cache_id id = id_of(cache, 1, "u", number);
    struct key_cache_value value = value_of(number);
    key_cache_note(cache, &id, &value, note);
}

/* Of the public half below 256, of the secret one from there. */
static void flip_bit(struct key_cache_value *value, unsigned bit)
{
    uint64_t *half = bit < 256 ? value->public_key.limb : value->key.d.limb;
    half[bit / 64 % 4] ^= (uint64_t)1 << bit % 64;
}

/* Of the entry. */
static uint64_t notes_of(struct key_cache *cache, uint64_t number)
{
    struct key_cache_id id = id_of(cache, 1, "u", number);
    struct key_cache_value value;
    bool hit = false;
    assert_status(OK, key_cache_get(cache, &id, &value, &hit));
    return value.notes;
}

/* How often the key of number lies in locked memory. */
static size_t copies(const struct key_cache *cache, uint64_t number)
{
    struct key_cache_value value = value_of(number);
    const struct stark_key *keys = cache->keys;
    size_t count = 0;
    for (size_t i = 0; i < cache->keys_len / sizeof *keys; i++) {
        count += ct_equal(&keys[i], &value.key, sizeof *keys);
    }
    return count;
}

static bool is_all_zero(const struct key_cache *cache)
{
    const uint8_t *bytes = cache->keys;
    uint8_t sum = 0;
    for (size_t i = 0; i < cache->keys_len; i++) {
        sum |= bytes[i];
    }
    return sum == 0;
}

static void an_id_is_tenant_user_and_index_together(void **state)
{
    (void)state;
    struct key_cache *cache = open_cache(10);
    struct key_cache *other = open_cache(10);
    const struct key_cache_id ids[] = {
        id_of(cache, 1, "alice", 0),  id_of(cache, 2, "alice", 0), id_of(cache, 1, "alice", 1),
        id_of(cache, 1, "alice1", 0), id_of(cache, 1, "Alice", 0), id_of(other, 1, "alice", 0),
    };
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(&ids[i], &ids[j], sizeof ids[0]);
        }
    }
    struct key_cache_id again = id_of(cache, 1, "alice", 0);
    assert_memory_equal(&ids[0], &again, sizeof again);
    struct key_cache_value value;
    bool hit = true;
    put_at(cache, &ids[0], 5);
    for (size_t i = 1; i < sizeof ids / sizeof ids[0]; i++) {
        assert_status(OK, key_cache_get(cache, &ids[i], &value, &hit));
        assert_false(hit);
        assert_true(felt_is_zero(&value.public_key));
    }
    assert_status(OK, key_cache_get(cache, &ids[0], &value, &hit));
    assert_true(hit);
    assert_true(is_value(&value, 5));
    key_cache_close(&cache);
    key_cache_close(&other);
    assert_null(cache);
    key_cache_close(&cache);
    assert_int_equal(0, mem_used(&mem));
}

/* A username of 255 bytes takes several blocks of the hash. */
static void long_names_differ_in_their_last_byte(void **state)
{
    (void)state;
    struct key_cache *cache = open_cache(10);
    char name[256] = {0};
    memset(name, 'x', 255);
    struct key_cache_id first = id_of(cache, 1, name, 0);
    name[254] = 'y';
    struct key_cache_id second = id_of(cache, 1, name, 0);
    assert_memory_not_equal(&first, &second, sizeof first);
    key_cache_close(&cache);
}

static void eviction_wipes_the_key(void **state)
{
    (void)state;
    struct key_cache *cache = open_cache(8);
    for (uint64_t i = 0; i < 8; i++) {
        put(cache, i);
        assert_int_equal(1, copies(cache, i));
    }
    for (uint64_t i = 8; i < 100; i++) {
        put(cache, i);
        size_t kept = 0;
        for (uint64_t j = 0; j <= i; j++) {
            size_t here = copies(cache, j);
            assert_int_equal(has(cache, j) ? 1 : 0, here);
            kept += here;
        }
        assert_int_equal(8, kept);
        assert_true(has(cache, i));
        struct key_cache_stats stats = key_cache_stats(cache);
        assert_int_equal(8, stats.entries);
        assert_int_equal(i - 7, stats.evictions);
    }
    key_cache_close(&cache);
}

static void what_is_in_use_outlives_what_was_used_once(void **state)
{
    (void)state;
    struct key_cache *cache = open_cache(8);
    for (uint64_t i = 0; i < 1000; i++) {
        put(cache, 1000 + i);
        put(cache, 0);
        assert_true(has(cache, 0));
    }
    assert_true(has(cache, 0));
    assert_int_equal(8, key_cache_stats(cache).entries);
    key_cache_close(&cache);
}

/* Every entry was used lately, so the hand comes round without having found one. */
static void a_cache_of_entries_in_use_still_takes_new_ones(void **state)
{
    (void)state;
    struct key_cache *cache = open_cache(500);
    for (uint64_t i = 0; i < 500; i++) {
        put(cache, i);
        assert_true(has(cache, i));
    }
    for (uint64_t i = 500; i < 600; i++) {
        put(cache, i);
        assert_true(has(cache, i));
        assert_int_equal(500, key_cache_stats(cache).entries);
    }
    key_cache_close(&cache);
}

static void one_entry_is_enough(void **state)
{
    (void)state;
    struct key_cache *cache = open_cache(1);
    for (uint64_t i = 0; i < 10; i++) {
        put(cache, i);
        assert_true(has(cache, i));
        assert_false(has(cache, i + 1));
    }
    key_cache_close(&cache);
}

static void a_second_put_changes_nothing(void **state)
{
    (void)state;
    struct key_cache *cache = open_cache(8);
    put(cache, 3);
    struct key_cache_id id = id_of(cache, 1, "u", 3);
    note(cache, 3, KEY_CACHE_SHOWN);
    put_at(cache, &id, 4);
    assert_true(has(cache, 3));
    assert_int_equal(KEY_CACHE_SHOWN, notes_of(cache, 3));
    assert_int_equal(1, key_cache_stats(cache).entries);
    key_cache_close(&cache);
}

static void what_is_dropped_or_cleared_is_wiped(void **state)
{
    (void)state;
    struct key_cache *cache = open_cache(8);
    for (uint64_t i = 0; i < 8; i++) {
        put(cache, i);
    }
    for (uint64_t i = 0; i < 4; i++) {
        struct key_cache_id id = id_of(cache, 1, "u", i);
        key_cache_drop(cache, &id);
        key_cache_drop(cache, &id);
        assert_false(has(cache, i));
        assert_int_equal(0, copies(cache, i));
    }
    assert_int_equal(4, key_cache_stats(cache).entries);
    for (uint64_t i = 10; i < 14; i++) {
        put(cache, i);
    }
    struct key_cache_stats stats = key_cache_stats(cache);
    assert_int_equal(8, stats.entries);
    assert_int_equal(0, stats.evictions);
    assert_false(is_all_zero(cache));
    key_cache_clear(cache);
    assert_true(is_all_zero(cache));
    assert_int_equal(0, key_cache_stats(cache).entries);
    assert_false(has(cache, 10));
    put(cache, 10);
    assert_true(has(cache, 10));
    key_cache_close(&cache);
}

/* A bit flips where an entry lies: bytes, of the one entry of a cache of one. */
static void flips_are_found(struct key_cache *cache, const struct key_cache_id *id, uint8_t *bytes,
                            size_t len)
{
    static const struct key_cache_value zero;
    for (size_t bit = 0; bit < 8 * len; bit++) {
        struct key_cache_value value = value_of(7);
        bool hit = true;
        value.account = (struct key_cache_account){felt_from_u64(77), felt_from_u64(78), 3};
        key_cache_sum(cache, id, &value);
        key_cache_put(cache, id, &value);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(SELF_CHECK, key_cache_get(cache, id, &value, &hit));
        assert_false(hit);
        assert_memory_equal(&zero, &value, sizeof value);
        assert_int_equal(0, key_cache_stats(cache).entries);
        assert_true(is_all_zero(cache));
        assert_status(OK, key_cache_get(cache, id, &value, &hit));
        assert_false(hit);
    }
}

static void every_flipped_bit_is_found_and_the_entry_wiped(void **state)
{
    (void)state;
    struct key_cache *cache = open_cache(1);
    struct key_cache_id id = id_of(cache, 1, "u", 7);
    struct key_cache_entry *entry = cache->entries;
    flips_are_found(cache, &id, cache->keys, sizeof(struct stark_key));
    flips_are_found(cache, &id, (uint8_t *)&entry->public_key, sizeof entry->public_key);
    flips_are_found(cache, &id, (uint8_t *)&entry->account, sizeof entry->account);
    flips_are_found(cache, &id, entry->sum.b, sizeof entry->sum.b);
    key_cache_close(&cache);
}

/* A whole entry, with its sum, in the place of another user's. */
static void the_entry_of_another_user_is_found(void **state)
{
    (void)state;
    struct key_cache *cache = open_cache(2);
    struct key_cache_entry *entries = cache->entries;
    struct stark_key *keys = cache->keys;
    put(cache, 0);
    put(cache, 1);
    entries[0].public_key = entries[1].public_key;
    entries[0].sum = entries[1].sum;
    keys[0] = keys[1];
    struct key_cache_id id = id_of(cache, 1, "u", 0);
    struct key_cache_value value;
    bool hit = true;
    assert_status(SELF_CHECK, key_cache_get(cache, &id, &value, &hit));
    assert_true(has(cache, 1));
    key_cache_close(&cache);
}

static void the_first_signature_and_one_in_64_are_verified(void **state)
{
    (void)state;
    struct key_cache *cache = open_cache(8);
    struct key_cache_id id = id_of(cache, 1, "u", 0);
    assert_true(key_cache_count_signature(cache, &id));
    put(cache, 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(key_cache_count_signature(cache, &id));
    }
    note(cache, 0, KEY_CACHE_VERIFIED);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 63; i++) {
            assert_false(key_cache_count_signature(cache, &id));
        }
        assert_true(key_cache_count_signature(cache, &id));
        assert_true(key_cache_count_signature(cache, &id));
        note(cache, 0, KEY_CACHE_VERIFIED);
    }
    key_cache_drop(cache, &id);
    put(cache, 0);
    assert_true(key_cache_count_signature(cache, &id));
    key_cache_close(&cache);
}

/* Verified once, and evicted after each signature. */
static void one_in_64_is_verified_of_keys_that_never_stay(void **state)
{
    (void)state;
    struct key_cache *cache = open_cache(1);
    unsigned due[2] = {0, 0};
    for (uint64_t i = 0; i < 2 * 640; i++) {
        struct key_cache_id id = id_of(cache, 1, "u", i % 2);
        struct key_cache_value value = value_of(i % 2);
        key_cache_recall(cache, &id, &value);
        assert_int_equal(i < 2 ? 0 : KEY_CACHE_SHOWN | KEY_CACHE_VERIFIED, value.notes);
        key_cache_sum(cache, &id, &value);
        key_cache_put(cache, &id, &value);
        if (key_cache_count_signature(cache, &id)) {
            note(cache, i % 2, KEY_CACHE_VERIFIED);
            due[i % 2]++;
        }
    }
    assert_int_equal(2 + 2 * 640 / 64 - 1, due[0] + due[1]);
    assert_int_equal(2 * 640 - 2, key_cache_stats(cache).recalled);
    key_cache_close(&cache);
}

/* What is remembered is of this key of this user and no other, and is gone with the cache. */
static void what_a_key_passed_is_remembered_of_that_key_alone(void **state)
{
    (void)state;
    struct key_cache *cache = open_cache(1);
    struct key_cache_id id = id_of(cache, 1, "u", 0);
    struct key_cache_id second = id_of(cache, 1, "u", 1);
    struct key_cache_value value = value_of(0);
    key_cache_recall(cache, &id, &value);
    assert_int_equal(0, value.notes);
    put(cache, 0);
    assert_int_equal(0, notes_of(cache, 0));
    note(cache, 0, KEY_CACHE_SHOWN);
    assert_int_equal(KEY_CACHE_SHOWN, notes_of(cache, 0));
    put(cache, 1);
    key_cache_recall(cache, &id, &value);
    assert_int_equal(KEY_CACHE_SHOWN, value.notes);
    note(cache, 0, KEY_CACHE_VERIFIED);
    assert_int_equal(0, notes_of(cache, 1));
    key_cache_recall(cache, &id, &value);
    assert_int_equal(KEY_CACHE_SHOWN | KEY_CACHE_VERIFIED, value.notes);
    key_cache_recall(cache, &second, &value);
    assert_int_equal(0, value.notes);
    for (unsigned bit = 0; bit < 512; bit++) {
        flip_bit(&value, bit);
        key_cache_recall(cache, &id, &value);
        assert_int_equal(0, value.notes);
        flip_bit(&value, bit);
    }
    key_cache_clear(cache);
    key_cache_recall(cache, &id, &value);
    assert_int_equal(0, value.notes);
    key_cache_close(&cache);
}

/* A key that was derived wrong meanwhile does not get the notes of the right one. */
static void a_note_is_for_the_key_that_passed(void **state)
{
    (void)state;
    struct key_cache *cache = open_cache(4);
    struct key_cache_id id = id_of(cache, 1, "u", 0);
    put(cache, 0);
    for (unsigned bit = 0; bit < 512; bit++) {
        struct key_cache_value other = value_of(0);
        flip_bit(&other, bit);
        key_cache_note(cache, &id, &other, KEY_CACHE_VERIFIED);
        assert_int_equal(0, notes_of(cache, 0));
        assert_true(key_cache_count_signature(cache, &id));
    }
    key_cache_close(&cache);
}

static void an_account_is_kept_and_remembered_bit_for_bit(void **state)
{
    (void)state;
    struct key_cache *cache = open_cache(1);
    struct key_cache_id id = id_of(cache, 1, "u", 0);
    struct key_cache_value value = value_of(0);
    struct key_cache_value got;
    bool hit = false;
    key_cache_sum(cache, &id, &value);
    key_cache_put(cache, &id, &value);
    struct keyed_sum before = value.sum;
    struct keyed_sum wrong = before;
    wrong.b[3] ^= 1;
    value.account = (struct key_cache_account){felt_from_u64(123), FELT_ZERO, 2};
    assert_false(key_cache_recalls_account(cache, &id, &value));
    key_cache_sum(cache, &id, &value);
    key_cache_put_account(cache, &id, &wrong, &value);
    assert_status(OK, key_cache_get(cache, &id, &got, &hit));
    assert_int_equal(0, got.account.which);
    key_cache_put_account(cache, &id, &before, &value);
    assert_status(OK, key_cache_get(cache, &id, &got, &hit));
    assert_true(hit);
    assert_memory_equal(&value.account, &got.account, sizeof got.account);
    put(cache, 1);
    assert_true(key_cache_recalls_account(cache, &id, &value));
    uint8_t *account = (uint8_t *)&value.account;
    for (size_t bit = 0; bit < 8 * sizeof value.account; bit++) {
        account[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(key_cache_recalls_account(cache, &id, &value));
        account[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    key_cache_close(&cache);
}

enum { ROUNDS = 60000, SPAN = 3000 };

static void *hammer(void *argument)
{
    struct key_cache *cache = argument;
    uint64_t random = (uint64_t)(uintptr_t)&random;
    size_t wrong = 0;
    for (unsigned i = 0; i < ROUNDS / unit_step(); i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        uint64_t number = (random >> 33) % SPAN;
        struct key_cache_id id = id_of(cache, 1, "u", number);
        struct key_cache_value value;
        bool hit = false;
        wrong += !status_is_ok(key_cache_get(cache, &id, &value, &hit));
        if (hit) {
            wrong += !is_value(&value, number);
            note(cache, number, i % 7 == 0 ? KEY_CACHE_VERIFIED : KEY_CACHE_SHOWN);
        } else {
            put_at(cache, &id, number);
        }
        if (random % 16 == 0) {
            key_cache_drop(cache, &id);
        }
        if (i % (ROUNDS / 3 / unit_step()) == 0) {
            key_cache_clear(cache);
        }
    }
    return wrong == 0 ? cache : NULL;
}

static void threads_never_see_the_key_of_another_user(size_t entries)
{
    struct key_cache *cache = open_cache(entries);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(0, pthread_create(&threads[i], NULL, hammer, cache));
    }
    for (size_t i = 0; i < 4; i++) {
        void *answer;
        assert_int_equal(0, pthread_join(threads[i], &answer));
        assert_ptr_equal(cache, answer);
    }
    struct key_cache_stats stats = key_cache_stats(cache);
    assert_int_equal(4 * (ROUNDS / unit_step()), stats.hits + stats.misses);
    assert_true(stats.hits > 0 && stats.entries <= stats.capacity);
    size_t found = 0;
    for (uint64_t i = 0; i < SPAN; i++) {
        size_t here = copies(cache, i);
        assert_int_equal(has(cache, i) ? 1 : 0, here);
        found += here;
    }
    assert_int_equal(stats.entries, found);
    key_cache_close(&cache);
    assert_int_equal(0, mem_used(&mem));
}

static void four_threads_on_one_shard(void **state)
{
    (void)state;
    threads_never_see_the_key_of_another_user(100);
}

static void four_threads_on_many_shards(void **state)
{
    (void)state;
    threads_never_see_the_key_of_another_user(16384);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_tenant_user_and_index_together),
        cmocka_unit_test(long_names_differ_in_their_last_byte),
        cmocka_unit_test(eviction_wipes_the_key),
        cmocka_unit_test(what_is_in_use_outlives_what_was_used_once),
        cmocka_unit_test(a_cache_of_entries_in_use_still_takes_new_ones),
        cmocka_unit_test(one_entry_is_enough),
        cmocka_unit_test(a_second_put_changes_nothing),
        cmocka_unit_test(what_is_dropped_or_cleared_is_wiped),
        cmocka_unit_test(every_flipped_bit_is_found_and_the_entry_wiped),
        cmocka_unit_test(the_entry_of_another_user_is_found),
        cmocka_unit_test(the_first_signature_and_one_in_64_are_verified),
        cmocka_unit_test(one_in_64_is_verified_of_keys_that_never_stay),
        cmocka_unit_test(what_a_key_passed_is_remembered_of_that_key_alone),
        cmocka_unit_test(a_note_is_for_the_key_that_passed),
        cmocka_unit_test(an_account_is_kept_and_remembered_bit_for_bit),
        cmocka_unit_test(four_threads_on_one_shard),
        cmocka_unit_test(four_threads_on_many_shards),
    };
    return cmocka_run_group_tests(tests, make_mem, NULL);
}
