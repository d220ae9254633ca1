/* Strict records in snapshots: all of them, only what changed, and never less than before. */
#include "fixtures/snapshot_one.h"
#include "snapshot/snapshot_sweep.h"

enum { BYTES_MAX = 16 << 20 };

static struct strict_table *into;

static int open_tables(void **state)
{
    const struct entropy entropy = {&world.random, snapshot_random};
    set_up(state);
    put_many(40, "value");
    assert_status(OK, strict_table_open(&world.mem, &entropy, BYTES_MAX, &into));
    world.into = into;
    return 0;
}

static int close_tables(void **state)
{
    strict_table_close(&into);
    return tear_down(state);
}

static void write_one(uint16_t slot, size_t number, size_t len, uint64_t term)
{
    static uint8_t value[4096];
    uint8_t key[2] = {(uint8_t)(number >> 8), (uint8_t)number};
    struct strict_record record = {.slot = slot,
                                   .kind = STRICT_LANE,
                                   .tenant = {9},
                                   .key = BYTES_ARRAY(key),
                                   .version = {{term, {4}}, {value, len}}};
    value[0] = (uint8_t)term;
    assert_status(OK, strict_table_merge(strict, &record, 0));
}

static void into_is(const struct strict_table *as)
{
    assert_int_equal(strict_table_count(as), strict_table_count(into));
    for (uint16_t slot = 0; slot < STRICT_SLOTS; slot++) {
        struct strict_sum a = strict_table_sum(as, slot);
        struct strict_sum b = strict_table_sum(into, slot);
        assert_true(strict_sum_equal(&a, &b));
    }
}

static void new_into(void)
{
    const struct entropy entropy = {&world.random, snapshot_random};
    strict_table_close(&into);
    assert_status(OK, strict_table_open(&world.mem, &entropy, BYTES_MAX, &into));
    world.into = into;
}

static void restores_table(void)
{
    new_into();
    restores_to_this(storage);
    into_is(strict);
}

/* Of all sizes: in one object, along the tree, in parts of a leaf. */
static void all_come_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        write_one((uint16_t)(i * 255), i, 100, 1);
    }
    snapshot();
    restores_table();
    for (size_t i = 0; i < 600; i++) {
        write_one((uint16_t)(i * 7 % STRICT_SLOTS), i, 300, 1);
    }
    snapshot();
    restores_table();
    for (size_t i = 0; i < 700; i++) {
        write_one(1023, i, 4096, 1);
    }
    struct world_run run = snapshot();
    assert_int_equal(40 + strict_table_count(strict), run.wrote.records);
    restores_table();
}

static void only_what_changed_is_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2000; i++) {
        write_one((uint16_t)(i % STRICT_SLOTS), i, 400, 1);
    }
    struct world_run first = snapshot();
    struct world_run again = snapshot();
    assert_int_equal(0, again.wrote.objects);
    assert_memory_equal(&first.point, &again.point, sizeof first.point);
    write_one(700, 2000, 400, 1);
    struct world_run second = snapshot();
    assert_true(second.wrote.objects >= 3 && second.wrote.objects <= 5);
    assert_true(second.wrote.read_records < 400);
    restores_table();
    write_one(700, 2000, 400, 2); /* a later value in its place */
    snapshot();
    restores_table();
}

/* A node that does not have all of them takes those of before, and leaves none out. */
static void who_has_none_keeps_those_of_before(void **state)
{
    (void)state;
    for (size_t i = 0; i < 600; i++) {
        write_one((uint16_t)(i % STRICT_SLOTS), i, 300, 1);
    }
    snapshot();
    world.strict = NULL;
    put(1, "more", "value", 0);
    snapshot();
    restores_table();
    world.is_full = true;
    put(1, "still more", "value", 0);
    snapshot();
    restores_table();
}

/* Those of before cannot be read: nothing is written that lacks them. */
static void who_has_none_writes_nothing_without_those_of_before(void **state)
{
    (void)state;
    write_one(1, 1, 10, 1);
    struct world_run run = snapshot();
    for (size_t i = storage->count; i-- != 0;) {
        if (storage->objects[i].name.text[0] == 'p') {
            storage_delete(storage, i);
        }
    }
    world.strict = NULL;
    put(1, "more", "value", 0);
    assert_status(NOT_CURRENT, world_write(&world, &run));
    world.strict = strict;
    assert_status(OK, world_write(&world, &run));
    restores_table();
}

/* As written by who knew of no strict records. */
static void snapshots_without_them_restore(void **state)
{
    (void)state;
    world.strict = NULL;
    snapshot();
    restores_table(); /* which is empty */
    world.strict = strict;
    struct world_run run = snapshot();
    assert_int_equal(0, run.wrote.objects); /* without records it is the same snapshot */
    write_one(3, 1, 10, 1);
    snapshot();
    restores_table();
}

static void none_may_be_left_out(void **state)
{
    const struct entropy entropy = {&world.random, snapshot_random};
    (void)state;
    write_one(1, 1, 10, 1);
    write_one(2, 2, 10, 1);
    snapshot();
    strict_table_close(&into);
    assert_status(OK, strict_table_open(&world.mem, &entropy, 300, &into));
    world.into = into;
    assert_status(OVERLOADED, try_restore(storage));
}

/* Every object is needed, each in its place. */
static void nothing_of_them_may_be_missing_or_elsewhere(void **state)
{
    (void)state;
    kv_close(&kv);
    kv = world_store(&world, &limits);
    for (size_t i = 0; i < 600; i++) {
        write_one((uint16_t)(i % STRICT_SLOTS), i, 300, 1);
    }
    struct world_run run = snapshot();
    assert_true(run.wrote.objects > 5);
    for (size_t i = 0; i < storage->count; i++) {
        struct storage *other = storage_copy(storage);
        storage_delete(other, i);
        new_into();
        assert_false(status_is_ok(try_restore(other)));
        storage_free(other);
    }
    restores_table();
}

static void a_sweep_leaves_them(void **state)
{
    static struct blob_list list;
    struct snapshot_sweep *sweep;
    struct snapshot_action action;
    struct snapshot_answer answer;
    uint64_t due_ms;
    (void)state;
    for (size_t i = 0; i < 600; i++) {
        write_one((uint16_t)(i % STRICT_SLOTS), i, 300, 1);
    }
    struct snapshot_point point = snapshot().point;
    assert_status(OK, snapshot_sweep_open(&world.mem, world.roots, snapshot_domain, &sweep));
    for (size_t i = 0; i < 3; i++, world.now.ms += SNAPSHOT_GRACE_MS) {
        snapshot_sweep_begin(sweep, &world.now, &point, &point);
        while (snapshot_sweep_next(sweep, &world.now, &action, &due_ms) &&
               action.kind != SNAPSHOT_ENDED) {
            storage_do(storage, &action, &list, &answer);
            snapshot_sweep_answered(sweep, &world.now, action.id, &answer);
        }
        assert_status(OK, action.status);
    }
    snapshot_sweep_close(&sweep);
    restores_table();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_come_back, open_tables, close_tables),
        cmocka_unit_test_setup_teardown(only_what_changed_is_written, open_tables, close_tables),
        cmocka_unit_test_setup_teardown(who_has_none_keeps_those_of_before, open_tables,
                                        close_tables),
        cmocka_unit_test_setup_teardown(who_has_none_writes_nothing_without_those_of_before,
                                        open_tables, close_tables),
        cmocka_unit_test_setup_teardown(snapshots_without_them_restore, open_tables, close_tables),
        cmocka_unit_test_setup_teardown(none_may_be_left_out, open_tables, close_tables),
        cmocka_unit_test_setup_teardown(nothing_of_them_may_be_missing_or_elsewhere, open_tables,
                                        close_tables),
        cmocka_unit_test_setup_teardown(a_sweep_leaves_them, open_tables, close_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
