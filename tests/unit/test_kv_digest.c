/* The digest of what peers can get, against one that is counted anew from all records. */
#include <stdio.h>

#include "fixtures/digest_oracle.h"
#include "fixtures/store_nodes.h"

enum { SPACES = 3, KEYS = 64, SYSTEM = 2, ALL_NODES = 1 + 16 + 256 + 4096 + 65536 };

static struct value_seal_keys spaces[SPACES];

static int start(void **state)
{
    for (uint8_t i = 0; i < SPACES; i++) {
        store_keys(&spaces[i], i);
    }
    return open_stores(state);
}

static void root_of(unsigned node, uint8_t ret[static KV_DIGEST])
{
    kv_digest_root(nodes[node], ret);
}

static void an_empty_store_has_zeros(void **state)
{
    (void)state;
    static const uint8_t zeros[KV_DIGEST_FAN * KV_DIGEST];
    uint8_t sums[KV_DIGEST_FAN * KV_DIGEST];
    struct kv_digest_place place = {.leaf = 0};
    struct kv_feed_item item;
    memset(sums, 1, sizeof sums);
    root_of(0, sums);
    assert_memory_equal(zeros, sums, KV_DIGEST);
    for (unsigned level = 0; level < KV_DIGEST_LEVELS; level++) {
        kv_digest_children(nodes[0], level, (1u << 4 * level) - 1, sums);
        assert_memory_equal(zeros, sums, sizeof sums);
    }
    assert_false(kv_digest_next(nodes[0], &place, KV_DIGEST_LEAVES - 1, &item, sums));
    assert_int_equal(0, item.record.key.len);
}

/* Made by another program from the words of the header. */
static void a_record_has_a_known_digest(void **state)
{
    (void)state;
    static const uint8_t expected[KV_DIGEST] = {0x8e, 0x7e, 0xd6, 0x15, 0x83, 0x23, 0xe9, 0xc0,
                                                0x2b, 0x64, 0x07, 0x6d, 0xa4, 0x8f, 0x1f, 0xa1};
    static const uint8_t zeros[KV_DIGEST];
    const uint32_t leaf = 0x9fae;
    uint8_t sums[KV_DIGEST_FAN * KV_DIGEST];
    struct kv_at at = here();
    struct kv_write write = {.key = BYTES_LITERAL("a/key"), .value = BYTES_LITERAL("value")};
    write.ttl_ms = 60000;
    write.evictable = true;
    memset(write.nonce, 0xa1, sizeof write.nonce);
    memset(write.op, 0xb2, sizeof write.op);
    memset(write.cause, 0xc3, sizeof write.cause);
    assert_status(OK, kv_put(nodes[0], &at, &write, NULL));
    root_of(0, sums);
    assert_memory_equal(expected, sums, KV_DIGEST);
    for (unsigned level = 0; level < KV_DIGEST_LEVELS; level++) {
        uint32_t on_path = leaf >> (16 - 4 * level);
        kv_digest_children(nodes[0], level, on_path, sums);
        for (unsigned i = 0; i < KV_DIGEST_FAN; i++) {
            bool is_on_path = i == (leaf >> (12 - 4 * level) & 15);
            assert_memory_equal(is_on_path ? expected : zeros, sums + i * KV_DIGEST, KV_DIGEST);
        }
    }
}

/* --- random histories ------------------------------------------------------------------------- */

static unsigned below(unsigned end)
{
    return (unsigned)store_random_below(&random_state, end);
}

/* Where, as the clock of one node has it, which may be far enough ahead that others let wait. */
static struct kv_at somewhere(unsigned node, unsigned space)
{
    return (struct kv_at){&spaces[space], now_ms + node * 50, space == SYSTEM};
}

static struct bytes some_key(void)
{
    static char names[KEYS][4];
    unsigned i = below(KEYS);
    names[i][0] = 'k';
    names[i][1] = (char)('0' + i);
    return bytes_of(names[i]);
}

static void write_something(unsigned node)
{
    static const uint8_t value[12000];
    struct kv_at at = somewhere(node, below(SPACES));
    struct kv_write write = write_of("", "");
    write.key = some_key();
    write.op[3] = (uint8_t)below(4);
    write.cause[7] = (uint8_t)below(4);
    struct status status;
    if (below(4) == 0) {
        status = kv_delete(nodes[node], &at, &write, NULL);
    } else {
        write.value = (struct bytes){value, at.is_system ? 5 : below(4) == 0 ? 12000 : below(300)};
        write.ttl_ms = below(2) * below(400);
        write.evictable = below(3) != 0;
        status = kv_put(nodes[node], &at, &write, NULL);
    }
    assert_true(status_is_ok(status) || status.code == STATUS_VALUE_NOT_FOUND ||
                status.code == STATUS_VALUE_QUOTA || status.code == STATUS_IDEMPOTENCY_CONFLICT);
}

static void hear_something(unsigned node)
{
    unsigned from = below(NODES);
    unsigned space = below(SPACES);
    struct kv_at at = somewhere(node, space);
    struct kv_write fresh = write_of("", "");
    struct record record;
    enum kv_merged merged;
    if (from != node && kv_peek(nodes[from], at.keys->tenant, some_key(), &record)) {
        struct status status = kv_merge(nodes[node], &at, &record, fresh.nonce, &merged);
        assert_true(status_is_ok(status) || status.code == STATUS_RECORD_STALE ||
                    status.code == STATUS_RECORD_FUTURE || status.code == STATUS_VALUE_QUOTA);
    }
}

static void let_time_pass(unsigned node)
{
    struct kv_feed_item item;
    now_ms += below(60);
    kv_tick(nodes[node], now_ms + node * 50, below(8));
    while (kv_waiting_next(nodes[node], now_ms + node * 50, &item)) {
        struct kv_write fresh = write_of("", "");
        struct kv_at at = {NULL, now_ms + node * 50, item.is_system};
        enum kv_merged merged;
        for (unsigned i = 0; i < SPACES; i++) {
            if (bytes_equal(item.tenant, BYTES_ARRAY(spaces[i].tenant))) {
                at.keys = &spaces[i];
            }
        }
        (void)status_is_ok(kv_waiting_merge(nodes[node], &at, fresh.nonce, &merged));
    }
}

static size_t spent_of(unsigned node)
{
    struct kv_stats stats = kv_stats(nodes[node]);
    return stats.records + stats.dead - digest_oracle_count(nodes[node])->count;
}

static void it_follows_all_that_happens(void **state)
{
    (void)state;
    size_t spent = 0;
    for (unsigned step = 0; step < 60000; step++) {
        unsigned node = below(NODES);
        unsigned what = below(12);
        if (what < 5) {
            write_something(node);
        } else if (what < 11) {
            hear_something(node);
        } else {
            let_time_pass(node);
        }
        if (step % (16 * unit_step()) == 0) {
            digest_oracle_check(nodes[node]);
            uint16_t first = (uint16_t)below(KV_DIGEST_LEAVES);
            uint16_t last = (uint16_t)(first + below(KV_DIGEST_LEAVES - (unsigned)first));
            digest_oracle_walk(nodes[node], digest_oracle_count(nodes[node]), first, last);
            spent += spent_of(node);
        }
    }
    /* The histories are of the kind that this is about. */
    struct kv_stats stats = kv_stats(nodes[0]);
    assert_true(stats.evictions > 100 && stats.early_ends > 10 && stats.expiries > 100);
    assert_true(spent > 100 / unit_step() && stats.namespaces == SPACES);
}

/* --- two stores ------------------------------------------------------------------------------- */

static void stores_that_met_the_same_agree(void **state)
{
    (void)state;
    uint8_t left[KV_DIGEST];
    uint8_t right[KV_DIGEST];
    put(0, "a", "zero", 0);
    put(0, "b", "zero", 0);
    put(1, "b", "one", 0);
    put(1, "c", "one", 50);
    drop(1, "c");
    struct record a = peek(0, "a");
    struct record b[2] = {peek(0, "b"), peek(1, "b")};
    struct record c = peek(1, "c");
    const struct record *const orders[2][4] = {{&a, &b[0], &b[1], &c}, {&b[1], &c, &b[0], &a}};
    for (unsigned i = 0; i < 4; i++) {
        enum kv_merged merged;
        assert_status(OK, merge(2, orders[0][i], &merged));
        assert_status(OK, merge(3, orders[1][i], &merged));
        root_of(2, left);
        root_of(3, right);
        assert_true((memcmp(left, right, KV_DIGEST) == 0) == (i == 3));
    }
    /* What a peer can't get is no difference. */
    now_ms += 500;
    put(2, "brief", "v", 1);
    now_ms += 2000;
    kv_tick(nodes[2], now_ms, SIZE_MAX);
    kv_tick(nodes[3], now_ms, SIZE_MAX);
    root_of(2, left);
    root_of(3, right);
    assert_memory_equal(left, right, KV_DIGEST);
}

/* The sums of all nodes, level by level. */
static void sums_of(unsigned node, uint8_t ret[static ALL_NODES][KV_DIGEST])
{
    size_t at = 1;
    root_of(node, ret[0]);
    for (unsigned level = 0; level < KV_DIGEST_LEVELS; level++) {
        for (uint32_t index = 0; index < 1u << 4 * level; index++) {
            kv_digest_children(nodes[node], level, index, ret[at]);
            at += KV_DIGEST_FAN;
        }
    }
    assert_int_equal(ALL_NODES, at);
}

static void a_change_moves_one_path(void **state)
{
    (void)state;
    static uint8_t before[ALL_NODES][KV_DIGEST];
    static uint8_t after[ALL_NODES][KV_DIGEST];
    char key[8];
    for (unsigned i = 0; i < 100; i++) {
        snprintf(key, sizeof key, "k%u", i);
        put(0, key, "v", 0);
    }
    sums_of(0, before);
    for (unsigned i = 0; i < 100; i += 7) {
        snprintf(key, sizeof key, "k%u", i);
        put(0, key, "other", 0);
        struct record record = peek(0, key);
        unsigned leaf = digest_oracle_of(keys.tenant, &record).leaf;
        sums_of(0, after);
        size_t first = 0;
        for (unsigned level = 0; level <= KV_DIGEST_LEVELS; level++) {
            for (size_t index = 0; index < (size_t)1 << 4 * level; index++) {
                bool differs = memcmp(before[first + index], after[first + index], KV_DIGEST) != 0;
                assert_true(differs == (index == leaf >> (16 - 4 * level)));
            }
            first += (size_t)1 << 4 * level;
        }
        memcpy(before, after, sizeof before);
    }
}

/* Records go, come and move on while a walk is under way. */
static void a_walk_goes_on_where_it_was(void **state)
{
    (void)state;
    struct kv_digest_place place = {.leaf = 0};
    struct kv_feed_item item;
    uint8_t digest[KV_DIGEST];
    char key[8];
    for (unsigned i = 0; i < 50; i++) {
        snprintf(key, sizeof key, "k%u", i);
        put(0, key, "v", i % 2 == 0 ? 10 : 0);
    }
    for (unsigned i = 0; i < 10; i++) {
        assert_true(kv_digest_next(nodes[0], &place, UINT16_MAX, &item, digest));
    }
    now_ms += 5000;
    kv_tick(nodes[0], now_ms, SIZE_MAX);
    assert_int_equal(25, kv_stats(nodes[0]).records);
    const struct digest_oracle *oracle = digest_oracle_count(nodes[0]);
    size_t at = 0;
    while (at < oracle->count && oracle->records[at].leaf <= place.leaf) {
        at++;
    }
    assert_true(at > 0 && at < 10);
    for (; at < oracle->count; at++) {
        assert_true(kv_digest_next(nodes[0], &place, UINT16_MAX, &item, digest));
        assert_bytes(oracle->records[at].key, item.record.key);
    }
    struct kv_digest_place last = place;
    assert_false(kv_digest_next(nodes[0], &place, UINT16_MAX, &item, digest));
    assert_memory_equal(&last, &place, sizeof last);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, close_stores)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_store_has_zeros),    TEST(a_record_has_a_known_digest),
        TEST(it_follows_all_that_happens), TEST(stores_that_met_the_same_agree),
        TEST(a_change_moves_one_path),     TEST(a_walk_goes_on_where_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
