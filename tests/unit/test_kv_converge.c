/* All orders of hearing of writes end the same, with clocks that are not. */
#include "fixtures/store_nodes.h"
#include "store/kv_digest.h"

enum { KEYS = 6 };

static const char *key_name(unsigned number)
{
    static const char *const names[KEYS] = {"a", "a/b", "c", "d", "e", "f"};
    return names[number];
}

/* As the clock of one node has it. */
static struct kv_at at_node(unsigned node)
{
    static const int skew_ms[NODES] = {0, 40, -40, 3, -7};
    struct kv_at at = here();
    at.now_ms = now_ms + (uint64_t)skew_ms[node];
    return at;
}

static void random_write(unsigned node)
{
    struct kv_at at = at_node(node);
    char value[2] = {(char)('a' + store_random_below(&random_state, 3)), 0};
    const char *key = key_name((unsigned)store_random_below(&random_state, KEYS));
    struct kv_write write = write_of(key, value);
    /* Some are repeated. */
    write.op[0] = store_random_below(&random_state, 2) == 0 ? (uint8_t)value[0] : 0;
    write.cause[0] = (uint8_t)(store_random(&random_state) & 0xff);
    if (store_random_below(&random_state, 4) == 0) {
        write.value.len = 0;
        (void)!status_is_ok(kv_delete(nodes[node], &at, &write, NULL));
        return;
    }
    write.ttl_ms = store_random_below(&random_state, 3) * 40;
    assert_status(OK, kv_put(nodes[node], &at, &write, NULL));
}

/* All that one node has, to another, in order of changes. */
static unsigned sync(unsigned from, unsigned to)
{
    struct kv_feed feed;
    struct kv_feed_item item;
    unsigned changes = 0;
    kv_feed_open(nodes[from], &feed, true);
    while (kv_feed_next(nodes[from], &feed, &item)) {
        enum kv_merged merged;
        struct kv_at at = at_node(to);
        struct kv_write fresh = write_of("", "");
        assert_status(OK, kv_merge(nodes[to], &at, &item.record, fresh.nonce, &merged));
        changes += merged == KV_KEPT ? 0 : 1;
    }
    kv_feed_close(&feed);
    return changes;
}

static void require_same(unsigned a, unsigned b, const char *key)
{
    struct record left;
    struct record right;
    bool has_left = kv_peek(nodes[a], keys.tenant, bytes_of(key), &left);
    bool has_right = kv_peek(nodes[b], keys.tenant, bytes_of(key), &right);
    assert_int_equal(has_left, has_right);
    assert_int_equal(left.updated_at_ms, right.updated_at_ms);
    assert_int_equal(left.ttl_ms, right.ttl_ms);
    assert_int_equal(left.flags, right.flags);
    assert_memory_equal(left.tie, right.tie, RECORD_TIE);
    assert_memory_equal(left.op, right.op, RECORD_OP);
    assert_memory_equal(left.cause, right.cause, RECORD_CAUSE);
    assert_bytes(left.clock, right.clock);
    assert_bytes(left.seen, right.seen);
    const char *value = value_of(a, key);
    const char *other = value_of(b, key);
    assert_true((value == NULL) == (other == NULL));
    assert_true(value == NULL || strcmp(value, other) == 0);
}

static void require_same_digest(unsigned a, unsigned b)
{
    uint8_t left[KV_DIGEST];
    uint8_t right[KV_DIGEST];
    kv_digest_root(nodes[a], left);
    kv_digest_root(nodes[b], right);
    assert_memory_equal(left, right, KV_DIGEST);
}

static void nodes_that_hear_of_everything_agree(void **state)
{
    for (unsigned round = 0; round < 300; round++) {
        for (unsigned step = 0; step < 40; step++) {
            unsigned node = (unsigned)store_random_below(&random_state, NODES);
            unsigned other = (unsigned)store_random_below(&random_state, NODES);
            uint64_t what = store_random_below(&random_state, 8);
            if (what == 0 && node != other) {
                sync(node, other);
            } else if (what < 3) {
                now_ms += store_random_below(&random_state, 3);
            } else {
                random_write(node);
            }
        }
        /* Twice around: the second time everybody has everything. */
        for (unsigned pass = 0; pass < 2; pass++) {
            for (unsigned from = 0; from < NODES; from++) {
                for (unsigned to = 0; to < NODES; to++) {
                    (void)(from == to ? 0 : sync(from, to));
                }
            }
        }
        for (unsigned node = 0; node < NODES; node++) {
            unsigned other = (node + 1) % NODES;
            assert_int_equal(0, sync(node, other) + sync(other, node));
            kv_tick(nodes[node], now_ms + 40, SIZE_MAX);
        }
        for (unsigned key = 0; key < KEYS; key++) {
            for (unsigned node = 1; node < NODES; node++) {
                require_same(0, node, key_name(key));
            }
        }
        for (unsigned node = 1; node < NODES; node++) {
            require_same_digest(0, node);
        }
        if (round % 20 == 0) {
            close_stores(state);
            uint64_t seed = random_state.state;
            open_stores(state);
            random_state.state = seed;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nodes_that_hear_of_everything_agree, open_stores,
                                        close_stores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
