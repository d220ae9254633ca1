#include "cluster/strict/strict_table.h"
#include "fixtures/unit.h"

enum { CAPACITY = 20 };

static struct mem mem;
static struct strict_table *table;

static int open_table(void **state)
{
    (void)state;
    const struct entropy entropy = entropy_system();
    mem_init(&mem, (size_t)1 << 20);
    assert_status(OK, strict_table_open(&mem, &entropy, CAPACITY, &table));
    return 0;
}

static int close_table(void **state)
{
    (void)state;
    strict_table_close(&table);
    assert_int_equal(0, mem_used(&mem));
    return 0;
}

static struct strict_record record(uint16_t slot, const char *key, const char *value)
{
    return (struct strict_record){.slot = slot,
                                  .kind = STRICT_LANE,
                                  .tenant = {3},
                                  .key = bytes_of(key),
                                  .version = {{.term = 1}, bytes_of(value)}};
}

static struct status put(uint16_t slot, const char *key, const char *value)
{
    struct strict_record one = record(slot, key, value);
    return strict_table_merge(table, &one, 0);
}

static void what_is_no_record_is_refused(void **state)
{
    (void)state;
    static char long_key[STRICT_KEY_MAX + 2];
    struct strict_record odd = record(1, "k", "v");
    memset(long_key, 'k', STRICT_KEY_MAX + 1);
    odd.kind = STRICT_KINDS_COUNT;
    assert_status(RECORD_INVALID, put(STRICT_SLOTS, "k", "v"));
    assert_status(RECORD_INVALID, put(1, "", "v"));
    assert_status(RECORD_INVALID, put(1, long_key, "v"));
    assert_status(RECORD_INVALID, put(1, "k", ""));
    assert_status(RECORD_INVALID, strict_table_merge(table, &odd, 0));
    assert_int_equal(0, strict_table_count(table));
}

static void nothing_gives_way(void **state)
{
    (void)state;
    char key[2] = "a";
    for (size_t i = 0; i < CAPACITY; i++) {
        key[0] = (char)('a' + i);
        assert_status(OK, put(1, key, "v"));
    }
    assert_status(OVERLOADED, put(1, "!", "v"));
    assert_status(OK, put(1, "a", "w")); /* what is there may change */
    assert_int_equal(CAPACITY, strict_table_count(table));
}

static void assert_there(struct strict_record *named, const char *value)
{
    uint8_t id[STRICT_ID];
    struct strict_record there;
    strict_record_id(named, id);
    assert_true(strict_table_find(table, id, &there));
    assert_int_equal(named->slot, there.slot);
    assert_true(bytes_equal(named->key, there.key));
    assert_true(bytes_equal(bytes_of(value), there.version.value));
}

static void sums_say_whether_two_hold_the_same(void **state)
{
    (void)state;
    struct strict_sum empty = strict_table_sum(table, 5);
    assert_status(OK, put(5, "a", "1"));
    struct strict_sum first = strict_table_sum(table, 5);
    assert_false(strict_sum_equal(&empty, &first));
    assert_status(OK, put(5, "a", "2"));
    struct strict_sum second = strict_table_sum(table, 5);
    assert_false(strict_sum_equal(&first, &second));
    assert_status(OK, put(5, "a", "1")); /* brings nothing */
    struct strict_sum third = strict_table_sum(table, 5);
    assert_true(strict_sum_equal(&second, &third));
    struct strict_record named = record(5, "a", "1");
    assert_there(&named, "2");
    struct strict_sum other = strict_table_sum(table, 6);
    assert_true(strict_sum_equal(&empty, &other));
}

/* Whoever pages gets what was there when it began; what changes meanwhile is not passed over. */
static void a_slot_is_paged_in_the_order_of_coming(void **state)
{
    (void)state;
    struct strict_record one;
    uint64_t place = 0;
    assert_status(OK, put(9, "a", "1"));
    assert_status(OK, put(8, "x", "1"));
    assert_status(OK, put(9, "b", "1"));
    assert_status(OK, put(9, "c", "1"));
    assert_true(strict_table_next(table, 9, &place, &one));
    assert_true(bytes_equal(bytes_of("a"), one.key));
    assert_status(OK, put(9, "b", "2"));
    assert_status(OK, put(9, "d", "1"));
    assert_true(strict_table_next(table, 9, &place, &one));
    assert_true(bytes_equal(bytes_of("b"), one.key));
    assert_true(bytes_equal(bytes_of("2"), one.version.value));
    assert_true(strict_table_next(table, 9, &place, &one));
    assert_true(strict_table_next(table, 9, &place, &one));
    assert_true(bytes_equal(bytes_of("d"), one.key));
    assert_false(strict_table_next(table, 9, &place, &one));
}

/* A place comes from whoever asks, who may name one of another slot. */
static void a_place_of_another_slot_brings_none_of_its_records(void **state)
{
    (void)state;
    struct strict_record one;
    uint64_t place = 0;
    assert_status(OK, put(9, "a", "1"));
    assert_status(OK, put(9, "b", "1"));
    assert_status(OK, put(8, "x", "1"));
    assert_true(strict_table_next(table, 9, &place, &one));
    assert_true(strict_table_next(table, 8, &place, &one));
    assert_int_equal(8, one.slot);
    assert_true(bytes_equal(bytes_of("x"), one.key));
}

static void what_is_gone_leaves_no_sum(void **state)
{
    (void)state;
    static const uint8_t until[8] = {0, 0, 0, 0, 0, 0, 0, 9};
    struct strict_sum none = strict_table_listed(table);
    struct strict_record one = record(0, "r", "");
    one.kind = STRICT_REVOKED;
    one.version = (struct strict_version){{0}, BYTES_ARRAY(until)};
    assert_status(OK, strict_table_merge(table, &one, 9));
    struct strict_sum some = strict_table_listed(table);
    assert_false(strict_sum_equal(&none, &some));
    for (size_t i = 0; i < STRICT_SLOTS; i++) {
        strict_table_tick(table, 10);
    }
    struct strict_sum after = strict_table_listed(table);
    assert_true(strict_sum_equal(&none, &after));
    assert_int_equal(0, strict_table_count(table));
    assert_status(OK, strict_table_merge(table, &one, 10));
    assert_int_equal(0, strict_table_count(table));
    assert_status(OK, put(0, "next", "1"));
    uint64_t place = 0;
    assert_true(strict_table_next(table, 0, &place, &one));
}

static void a_record_that_is_cut_is_refused(void **state)
{
    (void)state;
    uint8_t memory[STRICT_RECORD_MAX];
    struct buf out = buf_over(memory, sizeof memory);
    struct strict_record one = record(7, "key", "value");
    struct strict_record read;
    strict_record_put(&out, &one);
    for (size_t len = 0; len < out.len; len++) {
        struct reader cut = reader_over((struct bytes){memory, len});
        assert_false(strict_record_read(&cut, &read));
    }
    struct reader whole = reader_over(buf_bytes(&out));
    assert_true(strict_record_read(&whole, &read));
    assert_true(reader_done(&whole));
    assert_int_equal(7, read.slot);
    assert_int_equal(1, read.version.ballot.term);
    assert_true(bytes_equal(one.key, read.key));
    assert_true(bytes_equal(one.version.value, read.version.value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_no_record_is_refused, open_table, close_table),
        cmocka_unit_test_setup_teardown(nothing_gives_way, open_table, close_table),
        cmocka_unit_test_setup_teardown(sums_say_whether_two_hold_the_same, open_table,
                                        close_table),
        cmocka_unit_test_setup_teardown(a_slot_is_paged_in_the_order_of_coming, open_table,
                                        close_table),
        cmocka_unit_test_setup_teardown(a_place_of_another_slot_brings_none_of_its_records,
                                        open_table, close_table),
        cmocka_unit_test_setup_teardown(what_is_gone_leaves_no_sum, open_table, close_table),
        cmocka_unit_test(a_record_that_is_cut_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
