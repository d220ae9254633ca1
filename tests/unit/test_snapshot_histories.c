/* Random histories of one or two writers: what is restored is what was there, each time.
 *
 * COFFER_SNAPSHOT_ROUNDS sets how many histories. */
#include "fixtures/snapshot_one.h"

static struct store_random draw;

static void write_something(size_t keys)
{
    char key[32];
    static char value[40001];
    uint8_t tenant = (uint8_t)store_random_below(&draw, 3);
    SECRET(value_seal_keys, own);
    world_keys(&world, tenant, &own);
    struct kv_at at = {&own, world.now.wall_ms += store_random_below(&draw, 3), tenant == 0};
    (void)snprintf(key, sizeof key, "key-%d", (int)store_random_below(&draw, keys));
    size_t len = store_random_below(&draw, store_random_below(&draw, 40) == 0 ? 40000 : 300);
    memset(value, 'a' + (int)store_random_below(&draw, 26), len);
    value[len] = '\0';
    struct kv_write write = write_of(key, value);
    write.evictable = store_random_below(&draw, 2) == 0;
    write.ttl_ms = store_random_below(&draw, 4) == 0 ? 1 + store_random_below(&draw, 400) : 0;
    if (store_random_below(&draw, 4) == 0) {
        write.value = (struct bytes){NULL, 0};
        write.ttl_ms = 0;
        write.evictable = false;
        struct status status = kv_delete(kv, &at, &write, NULL);
        assert_true(status_is_ok(status) || status.code == STATUS_VALUE_NOT_FOUND);
    } else {
        assert_status(OK, kv_put(kv, &at, &write, NULL));
    }
}

/* What the host kept of before, as it was or with some of what is there now: with the newest one
 * anchored, it restores to that or to nothing. */
static void roll_back(const struct storage *before)
{
    uint8_t here[KV_DIGEST];
    uint8_t digest[KV_DIGEST];
    struct world_run run;
    struct storage *mixed = storage_copy(before);
    kv_digest_root(kv, here);
    for (size_t tries = 0; tries < 3; tries++) {
        struct status status = restore(mixed, digest, &run);
        if (status_is_ok(status)) {
            assert_memory_equal(&world.anchored, &run.point, sizeof run.point);
            assert_memory_equal(here, digest, sizeof here);
        } else {
            assert_true(status.code == STATUS_SNAPSHOT_OLD || status.code == STATUS_BLOB_ABSENT);
        }
        for (size_t i = 0; i < storage->count; i++) {
            const struct storage_object *object = &storage->objects[i];
            bool is_there;
            storage_find(mixed, object->name.text, &is_there);
            if (!is_there && store_random_below(&draw, 4) != 0) {
                storage_insert(mixed, &object->name, (struct bytes){object->bytes, object->len});
            }
        }
    }
    storage_free(mixed);
}

static void live(uint64_t seed)
{
    draw.state = seed;
    size_t keys = (size_t)10 << store_random_below(&draw, 9);
    world.has_chain = store_random_below(&draw, 2) == 0;
    size_t snapshots = 1 + store_random_below(&draw, 6);
    for (size_t i = 0; i < snapshots; i++) {
        size_t writes = (size_t)1 << store_random_below(&draw, 11);
        for (size_t j = 0; j < writes; j++) {
            write_something(keys);
        }
        if (store_random_below(&draw, 4) == 0) { /* one that dies, or that cannot end */
            struct world_run killed = run_over(storage);
            killed.actions = 1 + store_random_below(&draw, 30);
            (void)world_write(&world, &killed).code;
        }
        if (store_random_below(&draw, 8) == 0 && storage->count != 0) { /* something is lost */
            storage_delete(storage, store_random_below(&draw, storage->count));
            world.is_full = true; /* as the sweep would tell */
        }
        struct storage *before = storage_copy(storage);
        snapshot();
        world.is_full = false;
        kv_tick(kv, world.now.wall_ms, SIZE_MAX);
        snapshot();
        restores_to_this(storage);
        if (world.has_chain) {
            roll_back(before);
        }
        storage_free(before);
    }
}

static void what_was_written_comes_back(void **state)
{
    const char *rounds = getenv("COFFER_SNAPSHOT_ROUNDS");
    size_t count = rounds == NULL ? 40 : strtoul(rounds, NULL, 10);
    for (size_t i = 0; i < count; i++) {
        set_up(state);
        live(i);
        assert_int_equal(0, tear_down(state));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_written_comes_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
