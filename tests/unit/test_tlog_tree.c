#include "fixtures/tree_oracle.h"
#include "tlog/tlog_tree.h"

static void the_tree_is_that_of_the_rfc(void **state)
{
    (void)state;
    struct tlog_tree tree = {0};
    for (size_t count = 0; count < 300; count++) {
        uint8_t root[32];
        uint8_t expected[32];
        uint8_t leaf[32];
        tlog_tree_root(&tree, root);
        tree_oracle_root(0, count, expected);
        assert_memory_equal(expected, root, 32);
        tree_oracle_leaf(count, leaf);
        tlog_tree_add(&tree, leaf);
        assert_int_equal(count + 1, tree.count);
    }
}

/* The same bytes as a leaf and as a node are different hashes. */
static void a_leaf_is_no_node(void **state)
{
    (void)state;
    uint8_t entry[65] = {0};
    uint8_t hash[32];
    uint8_t expected[32];
    tlog_tree_leaf((struct bytes){entry, 64}, hash);
    tree_oracle_hash(entry, 65, expected);
    assert_memory_equal(expected, hash, 32);
    tlog_tree_node(entry, entry + 32, hash);
    entry[0] = 1;
    tree_oracle_hash(entry, 65, expected);
    assert_memory_equal(expected, hash, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree_is_that_of_the_rfc),
        cmocka_unit_test(a_leaf_is_no_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
