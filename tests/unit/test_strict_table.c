#include "cluster/strict/strict_table.h"
#include "fixtures/unit.h"

enum { BYTES_MAX = 8192 };

static struct mem mem;
static struct strict_table *table;

static int open_table(void **state)
{
    (void)state;
    const struct entropy entropy = entropy_system();
    mem_init(&mem, (size_t)1 << 20);
    assert_status(OK, strict_table_open(&mem, &entropy, BYTES_MAX, &table));
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
    static uint8_t large[BYTES_MAX]; /* greater than "v" */
    char key[2] = "a";
    size_t count = 0;
    struct strict_record one = record(1, "a", "");
    memset(large, 'z', sizeof large);
    one.version.value = (struct bytes){large, BYTES_MAX / 16};
    while (status_is_ok(put(1, key, "v"))) {
        key[0]++;
        count++;
        assert_true(strict_table_bytes(table) <= BYTES_MAX);
    }
    assert_true(count >= BYTES_MAX / 256);
    assert_status(OVERLOADED, put(1, "!", "v"));
    assert_int_equal(count, strict_table_count(table));
    /* What is there may change, within an eighth; and what goes again may come. */
    one.version.ballot.term = 2;
    assert_status(OK, strict_table_merge(table, &one, 0));
    assert_true(strict_table_bytes(table) > BYTES_MAX);
    static const uint8_t until[8] = {0, 0, 0, 0, 0, 0, 0, 9};
    struct strict_record revoked = record(1, "r", "");
    revoked.kind = STRICT_REVOKED;
    revoked.version = (struct strict_version){{0}, BYTES_ARRAY(until)};
    assert_status(OK, strict_table_merge(table, &revoked, 0));
    one.version = (struct strict_version){{.term = 3}, {large, BYTES_MAX / 2}};
    assert_status(OVERLOADED, strict_table_merge(table, &one, 0));
    size_t bytes = strict_table_bytes(table);
    assert_status(OK, put(1, "b", "w"));
    assert_int_equal(bytes, strict_table_bytes(table));
    strict_table_tick(table, 60000);
    assert_int_equal(count, strict_table_count(table));
}

static void assert_there(struct strict_record *named, const char *value)
{
    struct strict_record there;
    assert_true(strict_table_find(table, named, &there));
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

static void collect(void *visitor, const struct strict_record *one)
{
    struct buf *out = visitor;
    buf_put(out, one->key);
    buf_put_u8(out, ' ');
}

/* Only those of the same slot, kind and tenant whose keys begin alike; piece by piece, whatever
 * comes meanwhile. */
static void what_begins_alike_is_walked(void **state)
{
    (void)state;
    uint8_t memory[64];
    struct buf out = buf_over(memory, sizeof memory);
    struct strict_record named = record(9, "a/", "");
    struct strict_record other = record(9, "a/x", "1");
    struct strict_walk walk = {
        .slot = 9, .limit = 2, .named = &named, .visitor = &out, .visit = collect};
    assert_false(strict_table_walk(table, &walk));
    const char *const keys[] = {"a/3", "b/1", "a/1", "a", "a/2", "a0", "a."};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_status(OK, put(9, keys[i], "1"));
    }
    other.tenant[0]++;
    assert_status(OK, strict_table_merge(table, &other, 0));
    other.tenant[0]--;
    other.kind = STRICT_STATEMENT;
    assert_status(OK, strict_table_merge(table, &other, 0));
    assert_status(OK, put(8, "a/4", "1"));
    assert_true(strict_table_walk(table, &walk));
    assert_bytes(BYTES_LITERAL("a/1 a/2 "), buf_bytes(&out));
    assert_status(OK, put(9, "a/0", "1"));
    assert_status(OK, put(9, "a/22", "1"));
    assert_false(strict_table_walk(table, &walk));
    assert_bytes(BYTES_LITERAL("a/1 a/2 a/22 a/3 "), buf_bytes(&out));
    named.key.len = 0; /* all of the kind and tenant */
    out.len = 0;
    struct strict_walk all = {
        .slot = 9, .limit = 20, .named = &named, .visitor = &out, .visit = collect};
    assert_false(strict_table_walk(table, &all));
    assert_bytes(BYTES_LITERAL("a a. a/0 a/1 a/2 a/22 a/3 a0 b/1 "), buf_bytes(&out));
}

static void put_listed(uint16_t slot, const char *key, const char *value)
{
    struct strict_record one = record(slot, key, value);
    one.kind = STRICT_STATEMENT;
    assert_status(OK, strict_table_merge(table, &one, 0));
}

/* What a node may not lack, and nothing that was there before; a change is new again. */
static void what_is_new_is_found_in_all_slots(void **state)
{
    (void)state;
    struct strict_record one;
    put_listed(5, "old", "2");
    put_listed(9, "same", "1");
    uint64_t top = strict_table_top(table);
    struct strict_news at = {.since = top};
    assert_false(strict_table_news(table, &at, &one));
    put_listed(9, "new", "1");
    assert_status(OK, put(9, "lane", "1"));
    put_listed(5, "old", "1"); /* the lesser one wins */
    put_listed(9, "same", "2");
    put_listed(1023, "last", "1");
    at = (struct strict_news){.since = top};
    assert_true(strict_table_news(table, &at, &one));
    assert_bytes(BYTES_LITERAL("old"), one.key);
    assert_bytes(BYTES_LITERAL("1"), one.version.value);
    assert_true(strict_table_news(table, &at, &one));
    assert_bytes(BYTES_LITERAL("new"), one.key);
    assert_true(strict_table_news(table, &at, &one));
    assert_bytes(BYTES_LITERAL("last"), one.key);
    assert_false(strict_table_news(table, &at, &one));
    at = (struct strict_news){.since = strict_table_top(table)};
    assert_false(strict_table_news(table, &at, &one));
    at = (struct strict_news){0};
    size_t count = 0;
    while (strict_table_news(table, &at, &one)) {
        count++;
    }
    assert_int_equal(4, count);
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
    strict_table_tick(table, 59999); /* in that minute */
    assert_int_equal(1, strict_table_count(table));
    strict_table_tick(table, 60000);
    struct strict_sum after = strict_table_listed(table);
    assert_true(strict_sum_equal(&none, &after));
    assert_int_equal(0, strict_table_count(table));
    assert_status(OK, strict_table_merge(table, &one, 60000));
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
        cmocka_unit_test_setup_teardown(what_begins_alike_is_walked, open_table, close_table),
        cmocka_unit_test_setup_teardown(what_is_new_is_found_in_all_slots, open_table, close_table),
        cmocka_unit_test_setup_teardown(what_is_gone_leaves_no_sum, open_table, close_table),
        cmocka_unit_test(a_record_that_is_cut_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
