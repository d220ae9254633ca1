#include <stdlib.h>

#include "base/mem.h"
#include "base/table.h"
#include "fixtures/unit.h"

struct world {
    struct mem mem;
    void *memory;
    struct table *table;
};

static void enter(struct world *world, const struct table_rule *rule)
{
    struct entropy entropy = entropy_system();
    mem_init(&world->mem, (size_t)64 << 20);
    assert_status(OK, mem_alloc(&world->mem, table_size(rule), &world->memory));
    assert_status(OK, table_place(world->memory, rule, &entropy, &world->table));
    assert_int_equal(0, table_count(world->table));
    assert_null(table_oldest(world->table));
}

static void leave(struct world *world)
{
    mem_free(&world->mem, &world->memory);
    assert_int_equal(0, mem_used(&world->mem));
}

static void put(struct table *table, uint64_t key, uint64_t number)
{
    uint64_t *value = table_add(table, &key);
    assert_non_null(value);
    assert_int_equal(0, *value);
    *value = number;
}

static uint64_t get(struct table *table, uint64_t key)
{
    const uint64_t *value = table_find(table, &key);
    return value == NULL ? 0 : *value;
}

static struct status no_entropy(void *context, uint8_t *out, size_t len)
{
    (void)context;
    memset(out, 0, len);
    return FAIL(ENTROPY);
}

static void without_entropy_there_is_no_table(void **state)
{
    (void)state;
    const struct table_rule rule = {1, 1, 0, TABLE_LRU};
    const struct entropy none = {NULL, no_entropy};
    struct mem mem;
    void *memory = NULL;
    mem_init(&mem, 1 << 20);
    assert_status(OK, mem_alloc(&mem, table_size(&rule), &memory));
    struct table *table = memory;
    assert_status(ENTROPY, table_place(memory, &rule, &none, &table));
    assert_null(table);
    mem_free(&mem, &memory);
}

static void what_was_not_used_for_longest_gives_way(void **state)
{
    (void)state;
    struct world world;
    enter(&world, &(struct table_rule){3, 8, 8, TABLE_LRU});
    put(world.table, 1, 10);
    put(world.table, 2, 20);
    put(world.table, 3, 30);
    assert_int_equal(10, get(world.table, 1));
    put(world.table, 4, 40);
    assert_int_equal(0, get(world.table, 2));
    assert_int_equal(10, get(world.table, 1));
    assert_int_equal(30, get(world.table, 3));
    assert_int_equal(40, get(world.table, 4));
    assert_int_equal(3, table_count(world.table));
    leave(&world);
}

static void what_was_added_first_gives_way(void **state)
{
    (void)state;
    struct world world;
    enter(&world, &(struct table_rule){3, 8, 8, TABLE_FIFO});
    put(world.table, 1, 10);
    put(world.table, 2, 20);
    put(world.table, 3, 30);
    assert_int_equal(10, get(world.table, 1));
    put(world.table, 4, 40);
    assert_int_equal(0, get(world.table, 1));
    assert_int_equal(20, get(world.table, 2));
    leave(&world);
}

static void what_is_kept_gives_no_way(void **state)
{
    (void)state;
    struct world world;
    const uint64_t third = 3;
    enter(&world, &(struct table_rule){2, 8, 8, TABLE_KEEP});
    put(world.table, 1, 10);
    put(world.table, 2, 20);
    assert_null(table_add(world.table, &third));
    assert_int_equal(2, table_count(world.table));
    uint64_t first = 1;
    table_remove(world.table, table_find(world.table, &first));
    put(world.table, 3, 30);
    assert_int_equal(0, get(world.table, 1));
    assert_int_equal(20, get(world.table, 2));
    assert_int_equal(30, get(world.table, 3));
    leave(&world);
}

static bool holds(const uint8_t *memory, size_t len, const char *text)
{
    return memmem(memory, len, text, strlen(text)) != NULL;
}

static void what_goes_is_wiped(void **state)
{
    (void)state;
    struct world world;
    const struct table_rule rule = {1, 4, 16, TABLE_LRU};
    enter(&world, &rule);
    char *value = table_add(world.table, "abcd");
    memcpy(value, "a secret", 9);
    assert_true(holds(world.memory, table_size(&rule), "a secret"));
    assert_ptr_equal(value, table_add(world.table, "efgh"));
    assert_false(holds(world.memory, table_size(&rule), "a secret"));
    memcpy(value, "a secret", 9);
    table_remove(world.table, value);
    assert_false(holds(world.memory, table_size(&rule), "a secret"));
    assert_int_equal(0, table_count(world.table));
    leave(&world);
}

static void keys_of_all_lengths_are_told_apart(void **state)
{
    (void)state;
    for (size_t len = 1; len <= TABLE_KEY_MAX; len++) {
        struct world world;
        uint8_t key[TABLE_KEY_MAX] = {0};
        enter(&world, &(struct table_rule){TABLE_KEY_MAX + 1, len, 8, TABLE_KEEP});
        uint64_t *zero = table_add(world.table, key);
        *zero = 1000;
        for (size_t i = 0; i < len; i++) {
            key[i] = 1;
            assert_null(table_find(world.table, key));
            uint64_t *value = table_add(world.table, key);
            assert_int_equal(0, (uintptr_t)value % 8);
            assert_memory_equal(key, table_key(world.table, value), len);
            *value = i;
            key[i] = 0;
        }
        for (size_t i = 0; i < len; i++) {
            key[i] = 1;
            assert_int_equal(i, *(uint64_t *)table_find(world.table, key));
            key[i] = 0;
        }
        assert_int_equal(1000, *(uint64_t *)table_find(world.table, key));
        leave(&world);
    }
}

static void the_order_can_be_walked(void **state)
{
    (void)state;
    struct world world;
    enter(&world, &(struct table_rule){8, 8, 8, TABLE_LRU});
    for (uint64_t i = 1; i <= 5; i++) {
        put(world.table, i, i);
    }
    get(world.table, 2);
    const uint64_t expected[] = {1, 3, 4, 5, 2};
    const uint64_t *value = table_oldest(world.table);
    for (size_t i = 0; i < 5; i++) {
        assert_non_null(value);
        assert_int_equal(expected[i], *value);
        value = table_newer(world.table, value);
    }
    assert_null(value);
    leave(&world);
}

/* Held against the slowest table there is: an array in the order of use. */
enum { MODEL = 16, KEYS = 40, STEPS = 200000 };

struct model {
    uint64_t key[MODEL];
    uint64_t value[MODEL];
    size_t count;
};

static size_t model_find(const struct model *model, uint64_t key)
{
    size_t i = 0;
    while (i < model->count && model->key[i] != key) {
        i++;
    }
    return i;
}

static void model_remove(struct model *model, size_t at)
{
    model->count--;
    memmove(&model->key[at], &model->key[at + 1], (model->count - at) * sizeof model->key[0]);
    memmove(&model->value[at], &model->value[at + 1], (model->count - at) * sizeof model->key[0]);
}

static void model_append(struct model *model, uint64_t key, uint64_t value)
{
    model->key[model->count] = key;
    model->value[model->count++] = value;
}

static void step(struct table *table, struct model *model, uint64_t key, uint64_t number)
{
    size_t at = model_find(model, key);
    uint64_t *value = table_find(table, &key);
    assert_int_equal(at < model->count, value != NULL);
    if (value != NULL && number % 4 == 0) {
        table_remove(table, value);
        model_remove(model, at);
    } else if (value != NULL) {
        assert_int_equal(model->value[at], *value);
        uint64_t same = model->value[at];
        model_remove(model, at);
        model_append(model, key, same);
    } else {
        if (model->count == MODEL) {
            model_remove(model, 0);
        }
        *(uint64_t *)table_add(table, &key) = number;
        model_append(model, key, number);
    }
    assert_int_equal(model->count, table_count(table));
    if (model->count != 0) {
        assert_int_equal(model->value[0], *(uint64_t *)table_oldest(table));
    }
}

static void it_does_what_a_list_does(void **state)
{
    (void)state;
    struct world world;
    struct model model = {0};
    uint64_t random = 88172645463325252u;
    enter(&world, &(struct table_rule){MODEL, 8, 8, TABLE_LRU});
    for (uint64_t i = 1; i <= STEPS; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        step(world.table, &model, random % KEYS * 0x100000001u, i);
    }
    leave(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_entropy_there_is_no_table),
        cmocka_unit_test(what_was_not_used_for_longest_gives_way),
        cmocka_unit_test(what_was_added_first_gives_way),
        cmocka_unit_test(what_is_kept_gives_no_way),
        cmocka_unit_test(what_goes_is_wiped),
        cmocka_unit_test(keys_of_all_lengths_are_told_apart),
        cmocka_unit_test(the_order_can_be_walked),
        cmocka_unit_test(it_does_what_a_list_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
