/* Where a record comes from: a request that is asked again is done once, and copies of one write
 * agree on who asked for it. */
#include "fixtures/store_nodes.h"

/* A write of a request, and where the trail has it. */
static struct kv_write asked(const char *key, const char *value, uint8_t op, uint8_t cause)
{
    struct kv_write write = write_of(key, value);
    write.op[RECORD_OP - 1] = op;
    write.cause[RECORD_CAUSE - 1] = cause;
    return write;
}

static struct status put_write(unsigned node, const struct kv_write *write, struct kv_found *ret)
{
    struct kv_at at = here();
    return kv_put(nodes[node], &at, write, ret);
}

static struct status delete_write(unsigned node, const struct kv_write *write, struct kv_found *ret)
{
    struct kv_at at = here();
    return kv_delete(nodes[node], &at, write, ret);
}

static void require_origin(unsigned node, const char *key, uint8_t op, uint8_t cause)
{
    const struct kv_write expected = asked(key, "", op, cause);
    struct record record = peek(node, key);
    assert_memory_equal(expected.op, record.op, RECORD_OP);
    assert_memory_equal(expected.cause, record.cause, RECORD_CAUSE);
}

static void a_repeated_put_changes_nothing(void **state)
{
    (void)state;
    struct kv_found first;
    struct kv_found again;
    struct kv_write write = asked("k", "value", 1, 1);
    write.condition = KV_IF_ABSENT;
    assert_status(OK, put_write(0, &write, &first));
    require_origin(0, "k", 1, 1);
    assert_int_equal(KV_REPLACED, hand(0, 1, "k"));
    require_origin(1, "k", 1, 1);
    now_ms += 50;
    for (unsigned node = 0; node < 2; node++) {
        uint64_t seq = kv_seq(nodes[node]);
        struct kv_write retry = asked("k", "value", 1, 2);
        retry.condition = KV_IF_ABSENT; /* which no longer holds */
        assert_status(OK, put_write(node, &retry, &again));
        assert_int_equal(0, record_version_order(&first.version, &again.version));
        assert_bytes(BYTES_LITERAL("k"), again.key);
        assert_int_equal(5, again.value_len);
        assert_int_equal(seq, kv_seq(nodes[node]));
        require_origin(node, "k", 1, 1);
    }
    /* Under another key it is another write. */
    write = asked("other", "value", 1, 1);
    assert_status(OK, put_write(0, &write, NULL));
}

static void what_is_not_repeated_is_done(void **state)
{
    (void)state;
    struct kv_found first;
    struct kv_found second;
    struct kv_write write = asked("k", "value", 0, 1);
    assert_status(OK, put_write(0, &write, &first));
    assert_status(OK, put_write(0, &write, &second)); /* without a key both count */
    assert_true(record_version_order(&first.version, &second.version) < 0);
    write = asked("k", "value", 1, 1);
    assert_status(OK, put_write(0, &write, &first));
    assert_true(record_version_order(&second.version, &first.version) < 0);
    write = asked("k", "value", 2, 2); /* a later request, then the first one again */
    assert_status(OK, put_write(0, &write, NULL));
    write = asked("k", "value", 1, 3);
    assert_status(OK, put_write(0, &write, &second));
    assert_true(record_version_order(&first.version, &second.version) < 0);
    require_origin(0, "k", 1, 3);
    write = asked("k", "", 1, 4); /* a value is not what a delete has left */
    assert_status(OK, delete_write(0, &write, NULL));
    write = asked("k", "value", 1, 5);
    assert_status(OK, put_write(0, &write, NULL));
    assert_string_equal("value", value_of(0, "k"));
}

static void another_value_is_no_repeat(void **state)
{
    (void)state;
    struct kv_write write = asked("k", "value", 1, 1);
    assert_status(OK, put_write(0, &write, NULL));
    uint64_t seq = kv_seq(nodes[0]);
    static const char *const others[] = {"valuf", "walue", "valu", "value+", ""};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct kv_found found;
        write = asked("k", others[i], 1, 1);
        assert_status(IDEMPOTENCY_CONFLICT, put_write(0, &write, &found));
        assert_int_equal(0, found.version.updated_at_ms);
    }
    write = asked("k", "value", 1, 1);
    size_t cap = mem.cap;
    mem.cap = mem_used(&mem);
    assert_status(NO_MEMORY, put_write(0, &write, NULL));
    mem.cap = cap;
    keys.epochs[0].epoch++;
    assert_status(VALUE_EPOCH, put_write(0, &write, NULL));
    keys.epochs[0].epoch--;
    assert_int_equal(seq, kv_seq(nodes[0]));
    assert_string_equal("value", value_of(0, "k"));
    write = asked("empty", "", 1, 1);
    assert_status(OK, put_write(0, &write, NULL));
    assert_status(OK, put_write(0, &write, NULL));
}

static void a_repeated_delete_is_done_once(void **state)
{
    (void)state;
    struct kv_found first;
    struct kv_found again;
    put(0, "k", "value", 0);
    struct kv_write write = asked("k", "", 1, 1);
    write.condition = KV_IF_VERSION;
    struct record before = peek(0, "k");
    write.version = record_version(&before);
    assert_status(OK, delete_write(0, &write, &first));
    assert_int_equal(KV_REPLACED, hand(0, 1, "k"));
    now_ms += 50;
    for (unsigned node = 0; node < 2; node++) {
        uint64_t seq = kv_seq(nodes[node]);
        assert_status(OK, delete_write(node, &write, &again));
        assert_int_equal(0, record_version_order(&first.version, &again.version));
        assert_int_equal(seq, kv_seq(nodes[node]));
    }
    write = asked("k", "", 2, 1);
    assert_status(VALUE_NOT_FOUND, delete_write(0, &write, NULL));
    write = asked("k", "", 0, 1);
    assert_status(VALUE_NOT_FOUND, delete_write(0, &write, NULL));
}

/* What was not found is not found again, though a tombstone was left for a peer's copy. */
static void a_repeated_delete_of_nothing_finds_nothing(void **state)
{
    (void)state;
    static uint8_t value[40000];
    struct kv_write write = asked("k", "", 1, 1);
    write.value = BYTES_ARRAY(value);
    assert_status(OK, put_write(0, &write, NULL));
    write.key = BYTES_LITERAL("n");
    assert_status(OK, put_write(0, &write, NULL));
    assert_int_equal(1, kv_stats(nodes[0]).evictions);
    write = asked("k", "", 2, 7);
    for (unsigned again = 0; again < 2; again++) {
        assert_status(VALUE_NOT_FOUND, delete_write(0, &write, NULL));
        assert_int_equal(RECORD_TOMBSTONE, peek(0, "k").flags);
        require_origin(0, "k", 0, 7);
    }
}

static void an_expired_value_was_written(void **state)
{
    (void)state;
    struct kv_found first;
    struct kv_found again;
    struct kv_write write = asked("k", "value", 1, 1);
    write.ttl_ms = 10;
    assert_status(OK, put_write(0, &write, &first));
    now_ms += 20;
    assert_status(OK, put_write(0, &write, &again));
    assert_int_equal(0, record_version_order(&first.version, &again.version));
    assert_null(value_of(0, "k"));
    now_ms += 2000; /* nothing is left of it */
    assert_status(OK, put_write(0, &write, NULL));
    assert_string_equal("value", value_of(0, "k"));
}

/* Cause first, then op; whoever hears of the other has something new to tell. */
static void of_two_origins_the_greater_stays(void **state)
{
    (void)state;
    put(0, "k", "value", 0);
    struct record copies[3] = {peek(0, "k"), peek(0, "k"), peek(0, "k")};
    copies[0].op[0] = 9;
    copies[1].cause[RECORD_CAUSE - 1] = 1;
    copies[2] = copies[1];
    copies[2].op[RECORD_OP - 1] = 1;
    for (unsigned node = 1; node < 3; node++) {
        enum kv_merged merged;
        for (unsigned i = 0; i < 3; i++) {
            const struct record *copy = &copies[node == 1 ? i : 2 - i];
            assert_status(OK, merge(node, copy, &merged));
            assert_int_equal(i == 0 ? KV_REPLACED : node == 1 ? KV_JOINED : KV_KEPT, merged);
        }
        assert_status(OK, merge(node, &copies[2], &merged));
        assert_int_equal(KV_KEPT, merged);
        require_origin(node, "k", 1, 1);
        assert_string_equal("value", value_of(node, "k"));
    }
    /* A greater write brings its own, whatever that is. */
    now_ms += 5;
    put(0, "k", "later", 0);
    assert_int_equal(KV_REPLACED, hand(0, 1, "k"));
    require_origin(1, "k", 0, 0);
    (void)hand(2, 0, "k");
    require_origin(0, "k", 0, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stores, close_stores)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_repeated_put_changes_nothing),
        TEST(what_is_not_repeated_is_done),
        TEST(another_value_is_no_repeat),
        TEST(a_repeated_delete_is_done_once),
        TEST(a_repeated_delete_of_nothing_finds_nothing),
        TEST(an_expired_value_was_written),
        TEST(of_two_origins_the_greater_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
