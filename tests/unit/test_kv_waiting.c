/* Records from the future. */
#include "fixtures/store_nodes.h"

/* Write where the clock is ahead. */
static void put_ahead(unsigned node, const char *key, const char *value, uint64_t ahead_ms)
{
    struct kv_at at = here();
    struct kv_write write = write_of(key, value);
    at.now_ms += ahead_ms;
    assert_status(OK, kv_put(nodes[node], &at, &write, NULL));
}

/* Take in what waited long enough. Returns: how many. */
static unsigned release(unsigned node)
{
    struct kv_feed_item item;
    struct kv_at at = here();
    struct kv_write fresh = write_of("", "");
    unsigned count = 0;
    for (; kv_waiting_next(nodes[node], now_ms, &item); count++) {
        enum kv_merged merged;
        assert_bytes(BYTES_ARRAY(keys.tenant), item.tenant);
        assert_status(OK, kv_waiting_merge(nodes[node], &at, fresh.nonce, &merged));
    }
    return count;
}

static void what_is_from_the_future_waits(void **state)
{
    (void)state;
    put(1, "k", "mine", 0);
    put_ahead(0, "k", "near", 100);
    assert_int_equal(KV_REPLACED, hand(0, 1, "k")); /* not far enough */
    put_ahead(0, "k", "later", 150);
    put_ahead(2, "k", "last", 180);
    assert_int_equal(KV_WAITS, hand(2, 1, "k"));
    assert_int_equal(KV_WAITS, hand(0, 1, "k"));
    assert_int_equal(KV_WAITS, hand(0, 1, "k")); /* once */
    assert_int_equal(2, kv_stats(nodes[1]).waiting);
    assert_string_equal("near", value_of(1, "k"));
    now_ms += 49;
    assert_int_equal(0, release(1));
    now_ms++;
    assert_int_equal(1, release(1));
    assert_string_equal("later", value_of(1, "k"));
    now_ms += 30;
    assert_int_equal(1, release(1));
    assert_string_equal("last", value_of(1, "k"));
    assert_int_equal(0, kv_stats(nodes[1]).waiting_bytes);
    /* One that waits as the store is closed. */
    put_ahead(0, "k", "never", 200);
    assert_int_equal(KV_WAITS, hand(0, 1, "k"));
}

static void the_nearest_wait_when_there_is_no_room(void **state)
{
    (void)state;
    enum kv_merged merged;
    put_ahead(0, "far", "v", 1u << 30);
    put_ahead(0, "farther", "v", 1u << 31);
    put_ahead(0, "near", "v", 500);
    put_ahead(0, "nearer", "v", 400);
    assert_int_equal(KV_WAITS, hand(0, 1, "far"));
    struct record farther = peek(0, "farther");
    assert_int_equal(KV_WAITS, hand(0, 1, "near"));
    assert_status(RECORD_FUTURE, merge(1, &farther, &merged));
    assert_int_equal(KV_KEPT, merged);
    assert_int_equal(KV_WAITS, hand(0, 1, "nearer"));
    now_ms += 400;
    assert_int_equal(2, release(1));
    assert_string_equal("v", value_of(1, "near"));
    assert_string_equal("v", value_of(1, "nearer"));
    assert_int_equal(0, kv_stats(nodes[1]).waiting);
    size_t cap = mem.cap;
    mem.cap = mem_used(&mem) + 200;
    assert_status(NO_MEMORY, merge(1, &farther, &merged));
    mem.cap = cap;
    assert_int_equal(0, kv_stats(nodes[1]).waiting_bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_from_the_future_waits, open_stores, close_stores),
        cmocka_unit_test_setup_teardown(the_nearest_wait_when_there_is_no_room, open_stores,
                                        close_stores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
