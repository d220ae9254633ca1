/* Snapshots written to storage and restored from it; and all that storage may do in between. */
#include "fixtures/snapshot_one.h"
#include "fixtures/unit.h"

/* --- what is restored ------------------------------------------------------------------------- */

static void nothing_comes_from_nothing(void **state)
{
    (void)state;
    assert_status(SNAPSHOT_OLD, try_restore(storage));
    snapshot(); /* of no record */
    restores_to_this(storage);
}

static void all_of_a_record_comes_back(void **state)
{
    SECRET(value_seal_keys, keys);
    struct kv_found found;
    uint8_t memory[64];
    struct buf value = buf_over(memory, sizeof memory);
    (void)state;
    put(0, "of the system", "s", 0);
    put(1, "a", "one", 0);
    put(1, "a", "two", 1000000);
    put(1, "gone", "x", 0);
    drop(1, "gone");
    put(1, "expired", "x", 5);
    put(2, "a", "other", 0);
    world.now.wall_ms += 10;
    kv_tick(kv, world.now.wall_ms, 100);
    snapshot();
    restores_to_this(storage);
    struct kv *into = world_store(&world, &limits);
    struct world_run run = {.storage = storage, .kv = into};
    assert_status(OK, world_restore(&world, &run));
    world_keys(&world, 1, &keys);
    struct kv_at at = {&keys, world.now.wall_ms, false};
    struct kv_read read = {.key = bytes_of("a")};
    assert_status(OK, kv_get(into, &at, &read, &value, &found));
    assert_bytes(bytes_of("two"), buf_bytes(&value));
    assert_int_equal(1000000, found.ttl_ms);
    read.key = bytes_of("gone");
    assert_status(VALUE_NOT_FOUND, kv_get(into, &at, &read, &value, NULL));
    read.key = bytes_of("expired");
    assert_status(VALUE_NOT_FOUND, kv_get(into, &at, &read, &value, NULL));
    assert_int_equal(2, kv_stats(into).dead);
    kv_close(&into);
}

static void large_values_and_many_leaves_come_back(void **state)
{
    static char large[LIMIT_KV_VALUE + 1];
    (void)state;
    memset(large, 'x', LIMIT_KV_VALUE);
    put_many(3000, "value");
    put(1, "large", large, 0);
    put(2, "large too", large, 0);
    snapshot();
    restores_to_this(storage);
}

/* One leaf that has more than one object takes. */
static void a_full_leaf_has_parts(void **state)
{
    static char value[300001];
    char key[32];
    size_t found = 0;
    (void)state;
    memset(value, 'x', sizeof value - 1);
    const uint8_t id[DOMAIN_TENANT_ID] = {0x7e, 1};
    for (size_t i = 0; found < 9; i++) {
        struct sha256 sha;
        uint8_t digest[SHA256_BYTES];
        (void)snprintf(key, sizeof key, "%zu", i);
        sha256_init(&sha);
        sha256_update(&sha, BYTES_ARRAY(id));
        sha256_update(&sha, bytes_of(key));
        sha256_final(&sha, digest);
        if (digest[0] == 0x12 && digest[1] == 0x34) {
            put(1, key, value, 0);
            found++;
        }
    }
    struct world_run run = snapshot();
    assert_int_equal(3 + 4, run.wrote.objects); /* three to a part; nodes down to the leaf */
    restores_to_this(storage);
    put(1, key, "small", 0);
    run = snapshot();
    assert_int_equal(3 + 4, run.wrote.objects);
    restores_to_this(storage);
}

static void a_snapshot_costs_what_changed(void **state)
{
    (void)state;
    put_many(3000, "value");
    struct world_run whole = snapshot();
    assert_int_equal(3000, whole.wrote.records);
    put(1, "key-0", "another", 0);
    drop(2, "key-1");
    struct world_run part = snapshot();
    assert_int_equal(whole.point.height + 1, part.point.height);
    assert_int_equal(3000, part.wrote.records);
    assert_true(part.wrote.bytes < whole.wrote.bytes / 5);
    assert_true(part.wrote.objects <= 3 && part.wrote.read_records < 500);
    restores_to_this(storage);
    size_t before = storage->count;
    struct world_run none = snapshot();
    assert_int_equal(0, none.wrote.objects);
    assert_int_equal(before, storage->count);
    assert_memory_equal(&part.point, &none.point, sizeof part.point);
}

/* Each record as of some moment between start and end: a version that it had then. */
struct writing {
    struct store_random random;
    size_t steps;
};

static void write_on(void *context)
{
    struct writing *writing = context;
    char key[32];
    writing->steps++;
    for (size_t i = 0; i < 20; i++) {
        (void)snprintf(key, sizeof key, "key-%d", (int)store_random_below(&writing->random, 3000));
        put((uint8_t)(1 + store_random_below(&writing->random, 2)), key, "later", 0);
    }
}

static void what_was_there_before_the_start_is_in_it(void **state)
{
    struct writing writing = {{3}, 0};
    struct kv_digest_place place = {0};
    struct kv_feed_item item;
    uint8_t digest[KV_DIGEST];
    (void)state;
    put_many(3000, "value");
    uint64_t start_ms = world.now.wall_ms;
    struct kv *before = world_store(&world, &limits);
    struct world_run first = snapshot();
    (void)first;
    struct world_run copy = {.storage = storage, .kv = before};
    assert_status(OK, world_restore(&world, &copy));
    world.is_full = true;
    struct world_run run = run_over(storage);
    run.between = write_on;
    run.context = &writing;
    assert_status(OK, world_write(&world, &run));
    assert_true(writing.steps > 20);
    struct kv *into = world_store(&world, &limits);
    struct world_run back = {.storage = storage, .kv = into};
    assert_status(OK, world_restore(&world, &back));
    while (kv_digest_next(before, &place, UINT16_MAX, &item, digest)) {
        struct record got;
        struct record now;
        assert_true(kv_peek(into, item.tenant.ptr, item.record.key, &got));
        assert_true(kv_peek(kv, item.tenant.ptr, item.record.key, &now));
        assert_true(record_order(&got, &item.record) >= 0 && record_order(&got, &now) <= 0);
        assert_true(got.updated_at_ms < start_ms || got.updated_at_ms <= world.now.wall_ms);
    }
    world.is_full = false;
    snapshot(); /* what changed meanwhile is found */
    restores_to_this(storage);
    kv_close(&before);
    kv_close(&into);
}

static void roots_change(void **state)
{
    (void)state;
    put_many(500, "value");
    snapshot();
    struct root_keyring *old = world.roots;
    world.roots = snapshot_roots(snapshot_domain, 3);
    put(1, "key-0", "under the new root", 0);
    struct world_run run = snapshot();
    assert_true(run.wrote.objects < 8);
    restores_to_this(storage);
    struct root_keyring *newer = world.roots;
    world.roots = old;
    assert_status(VALUE_EPOCH, try_restore(storage));
    struct world_run behind = run_over(storage);
    assert_status(VALUE_EPOCH, world_write(&world, &behind));
    root_keyring_close(&newer);
}

/* Dead records that overflow keep nothing alive out. */
static void more_dead_than_there_is_room_for(void **state)
{
    uint8_t digest[KV_DIGEST];
    struct world_run run;
    (void)state;
    put_many(200, "value");
    for (size_t i = 0; i < 100; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "dead-%zu", i);
        put(1, key, "x", 0);
        drop(1, key);
    }
    snapshot();
    limits.tombstones = 3;
    assert_status(OK, restore(storage, digest, &run));
    assert_int_equal(0, run.restored.left_out);
    struct kv *into = world_store(&world, &limits);
    run = (struct world_run){.storage = storage, .kv = into};
    assert_status(OK, world_restore(&world, &run));
    assert_int_equal(200, kv_stats(into).records);
    assert_int_equal(3, kv_stats(into).dead);
    kv_close(&into);
}

static void a_clock_that_is_behind_loses_nothing(void **state)
{
    (void)state;
    put_many(50, "value");
    snapshot();
    world.now.wall_ms -= 3600000;
    restores_to_this(storage);
}

static void what_does_not_fit_is_told(void **state)
{
    uint8_t digest[KV_DIGEST];
    struct world_run run;
    static char value[30001];
    (void)state;
    memset(value, 'x', sizeof value - 1);
    put_many(40, value);
    snapshot();
    limits.app_bytes = 400000;
    assert_status(OK, restore(storage, digest, &run));
    assert_true(run.restored.left_out > 10 && run.restored.left_out < 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_comes_from_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_of_a_record_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(large_values_and_many_leaves_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_leaf_has_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_snapshot_costs_what_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_there_before_the_start_is_in_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(roots_change, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_dead_than_there_is_room_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_clock_that_is_behind_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
