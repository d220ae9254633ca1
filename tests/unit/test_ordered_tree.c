#include "base/ordered_tree.h"
#include "fixtures/store_fixture.h"
#include "fixtures/unit.h"

enum { NUMBERS = 1024 };

struct item {
    struct ordered_node node;
    unsigned number;
    bool is_in;
};

static struct item items[NUMBERS];
static struct item twins[NUMBERS];

static int compare(const void *key, const struct ordered_node *node)
{
    unsigned a = *(const unsigned *)key;
    unsigned b = ((const struct item *)(const void *)node)->number;
    return a < b ? -1 : a > b ? 1 : 0;
}

static unsigned number_of(const struct ordered_node *node)
{
    return node == NULL ? NUMBERS : ((const struct item *)(const void *)node)->number;
}

/* The first number from start on that is in; NUMBERS when there is none. */
static unsigned expected_from(unsigned start)
{
    while (start < NUMBERS && !items[start].is_in) {
        start++;
    }
    return start;
}

static void an_empty_tree_has_nothing(void **state)
{
    (void)state;
    struct ordered_tree tree = ordered_tree_over(compare);
    unsigned key = 3;
    assert_null(ordered_tree_find(&tree, &key));
    assert_null(ordered_tree_from(&tree, &key));
    assert_null(ordered_tree_above(&tree, &key));
    assert_null(ordered_tree_first(&tree));
    assert_null(ordered_tree_last(&tree));
}

static void look_up(const struct ordered_tree *tree, unsigned key)
{
    unsigned from = expected_from(key);
    assert_int_equal(items[key].is_in ? key : NUMBERS, number_of(ordered_tree_find(tree, &key)));
    assert_int_equal(from, number_of(ordered_tree_from(tree, &key)));
    assert_int_equal(expected_from(key + 1), number_of(ordered_tree_above(tree, &key)));
    assert_int_equal(expected_from(0), number_of(ordered_tree_first(tree)));
    struct ordered_node *node = ordered_tree_find(tree, &from);
    if (node != NULL && ordered_tree_next(node) != NULL) {
        assert_ptr_equal(node, ordered_tree_previous(ordered_tree_next(node)));
    }
}

static void random_changes_agree_with_a_table(void **state)
{
    (void)state;
    struct ordered_tree tree = ordered_tree_over(compare);
    struct store_random random = {2};
    memset(items, 0, sizeof items);
    for (unsigned step = 0; step < 60000; step++) {
        unsigned key = (unsigned)store_random_below(&random, NUMBERS);
        struct item *item = &items[key];
        item->number = key;
        twins[key].number = key;
        struct ordered_node *found = ordered_tree_find(&tree, &key);
        if (!item->is_in) {
            ordered_tree_insert(&tree, &key, &item->node);
        } else if (store_random_below(&random, 3) == 0) {
            bool is_twin = found == &twins[key].node;
            ordered_tree_replace(&tree, found, is_twin ? &item->node : &twins[key].node);
            item->is_in = false; /* toggled below */
        } else {
            ordered_tree_remove(&tree, found);
        }
        item->is_in = !item->is_in;
        look_up(&tree, (unsigned)store_random_below(&random, NUMBERS));
        if (step % 512 == 0) {
            store_check_tree(&tree);
        }
    }
}

static void hostile_orders_stay_shallow(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 3; order++) {
        struct ordered_tree tree = ordered_tree_over(compare);
        for (unsigned i = 0; i < NUMBERS; i++) {
            unsigned zigzag = i % 2 == 0 ? i / 2 : NUMBERS - 1 - i / 2;
            unsigned key = order == 0 ? i : order == 1 ? NUMBERS - 1 - i : zigzag;
            items[key].number = key;
            ordered_tree_insert(&tree, &key, &items[key].node);
        }
        assert_true(store_check_tree(&tree) <= 14); /* 1.45 log2 1024 */
        for (unsigned i = 0; i < NUMBERS; i++) {
            ordered_tree_remove(&tree, &items[i].node);
            assert_true(i % 64 != 0 || store_check_tree(&tree) <= 14);
        }
        assert_null(tree.root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_tree_has_nothing),
        cmocka_unit_test(random_changes_agree_with_a_table),
        cmocka_unit_test(hostile_orders_stay_shallow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
