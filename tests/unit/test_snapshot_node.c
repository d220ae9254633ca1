/* Nodes that cannot be. */
#include "fixtures/unit.h"
#include "snapshot/snapshot_node.h"

enum { MEMORY = SNAPSHOT_NODE_MAX + 4096 };

static uint8_t memory[MEMORY];
static uint8_t names[(SNAPSHOT_NAMES_MAX + 1) * SNAPSHOT_DIGEST];

static struct snapshot_entry entry(enum snapshot_kind kind, size_t count)
{
    return (struct snapshot_entry){.kind = (uint8_t)kind,
                                   .sum = {1},
                                   .records = (uint32_t)count,
                                   .names = {names, count * 32}};
}

/* A node with one entry among nothing. */
static struct status read_with(unsigned level, unsigned child, const struct snapshot_entry *one)
{
    struct snapshot_node node;
    static const struct snapshot_node none;
    static const struct snapshot_entry nothing;
    struct buf out = buf_over(memory, sizeof memory);
    for (unsigned i = 0; i < KV_DIGEST_FAN; i++) {
        snapshot_node_put(&out, i == child ? one : &nothing);
    }
    assert_status(OK, buf_check(&out));
    struct status status = snapshot_node_read(buf_bytes(&out), level, &node);
    if (!status_is_ok(status)) {
        assert_memory_equal(&none, &node, sizeof node);
        return status;
    }
    assert_int_equal(one->kind, node.entries[child].kind);
    assert_int_equal(one->records, node.entries[child].records);
    assert_memory_equal(one->sum, node.entries[child].sum, KV_DIGEST);
    assert_bytes(one->names, node.entries[child].names);
    return OK;
}

static void entries_that_can_be(void **state)
{
    (void)state;
    for (unsigned level = 0; level < KV_DIGEST_LEVELS; level++) {
        for (unsigned child = 0; child < KV_DIGEST_FAN; child++) {
            struct snapshot_entry one = entry(SNAPSHOT_RECORDS, 1);
            assert_status(OK, read_with(level, child, &one));
            one.records = UINT32_MAX;
            assert_status(OK, read_with(level, child, &one));
            bool is_last = level + 1 == KV_DIGEST_LEVELS;
            one = entry(SNAPSHOT_NODE, 1);
            assert_int_equal(is_last ? STATUS_SNAPSHOT_INVALID : STATUS_OK,
                             read_with(level, child, &one).code);
            one = entry(SNAPSHOT_RECORDS, 2);
            assert_int_equal(is_last ? STATUS_OK : STATUS_SNAPSHOT_INVALID,
                             read_with(level, child, &one).code);
        }
    }
    struct snapshot_entry most = entry(SNAPSHOT_RECORDS, SNAPSHOT_NAMES_MAX);
    assert_status(OK, read_with(3, 15, &most));
    most = entry(SNAPSHOT_RECORDS, SNAPSHOT_NAMES_MAX + 1);
    assert_status(SNAPSHOT_INVALID, read_with(3, 15, &most));
}

static void entries_that_cannot_be(void **state)
{
    (void)state;
    struct snapshot_entry bad[] = {
        entry(SNAPSHOT_NODE, 0),
        entry(SNAPSHOT_NODE, 2),
        entry(SNAPSHOT_RECORDS, 0),
        entry(SNAPSHOT_RECORDS, 1),
        entry(SNAPSHOT_NODE, 1),
        entry(3, 1),
        entry(255, 1),
        {.sum = {1}},
        {.records = 1},
        {.names = {names, 32}},
    };
    bad[0].records = 1;
    bad[2].records = 1;
    bad[3].records = 0;
    bad[4].records = 0;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(SNAPSHOT_INVALID, read_with(1, 3, &bad[i]));
    }
}

static void lengths_are_exact(void **state)
{
    struct snapshot_node node;
    struct buf out = buf_over(memory, sizeof memory);
    (void)state;
    for (unsigned i = 0; i < KV_DIGEST_FAN; i++) {
        struct snapshot_entry one = entry(SNAPSHOT_RECORDS, 1);
        snapshot_node_put(&out, &one);
    }
    for (size_t len = 0; len <= out.len + 1; len++) {
        assert_int_equal(len == out.len ? STATUS_OK : STATUS_SNAPSHOT_INVALID,
                         snapshot_node_read((struct bytes){memory, len}, 0, &node).code);
    }
}

static void children_are_where_the_tree_has_them(void **state)
{
    (void)state;
    struct snapshot_place at = {SNAPSHOT_NODE, false, 0, 0, 0};
    for (unsigned level = 0; level < KV_DIGEST_LEVELS; level++) {
        at = snapshot_node_child(&at, 0xa - level, SNAPSHOT_NODE, 0);
    }
    assert_int_equal(4, at.level);
    assert_int_equal(0xa987, at.index);
}

static void sums_carry(void **state)
{
    uint8_t sum[KV_DIGEST] = {0x80, [15] = 1};
    const uint8_t most[KV_DIGEST] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const uint8_t half[KV_DIGEST] = {0x80};
    (void)state;
    snapshot_node_add(sum, most);
    assert_memory_equal(half, sum, sizeof sum);
    snapshot_node_add(sum, half);
    assert_memory_equal((const uint8_t[KV_DIGEST]){0}, sum, sizeof sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_that_can_be),
        cmocka_unit_test(entries_that_cannot_be),
        cmocka_unit_test(lengths_are_exact),
        cmocka_unit_test(children_are_where_the_tree_has_them),
        cmocka_unit_test(sums_carry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
