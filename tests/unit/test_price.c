#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "fixtures/unit.h"
#include "operations/starknet/price.h"

static struct arena arena;

static uint64_t price_of(const char *text)
{
    struct json_in_doc doc = {0};
    arena_rewind(&arena, 0);
    assert_status(OK, json_in_parse(&arena, bytes_of(text), &doc));
    struct json_in root = json_in_root(&doc);
    return price_signature(&root);
}

/* An item with a list of so many numbers in the place of %s. */
static const char *text_with(const char *form, size_t count)
{
    static char text[65536];
    static char list[32768];
    char *at = list;
    for (size_t i = 0; i < count; i++) {
        at += sprintf(at, "%s1", i == 0 ? "" : ",");
    }
    const char *hole = strstr(form, "%s");
    assert_non_null(hole);
    (void)snprintf(text, sizeof text, "%.*s%.*s%s", (int)(hole - form), form, (int)(at - list),
                   list, hole + 2);
    return text;
}

static uint64_t price_with(const char *form, size_t count)
{
    return price_of(text_with(form, count));
}

static const char *const cheap[] = {
    "{\"transaction\":{\"calls\":[{\"calldata\":[%s]}]}}",
    "{\"typed_data\":{\"types\":{\"StarknetDomain\":[]},\"message\":{\"v\":[%s]}}}",
    "{\"outside_execution\":{\"version\":2,\"calls\":[%s]}}",
    "{\"outside_execution\":{\"version\":\"0x2\",\"calls\":[%s]}}",
    "{\"typed_data\":{\"types\":[%s]}}", /* of types the text is hashed, with neither */
};

/* What does not say that it is of the new kind is not, and what is nothing at all is dear too. */
static const char *const dear[] = {
    "{\"typed_data\":{\"types\":{\"StarkNetDomain\":[]},\"message\":{\"v\":[%s]}}}",
    "{\"typed_data\":{\"message\":{\"StarknetDomain\":[%s]}}}",
    "{\"typed_data\":[%s]}",
    "{\"typed_data\":{\"types\":{\"StarknetDomain\":null},\"message\":[%s]}}",
    "{\"outside_execution\":{\"version\":1,\"calls\":[%s]}}",
    "{\"outside_execution\":{\"version\":258,\"calls\":[%s]}}",
    "{\"outside_execution\":{\"version\":[2],\"calls\":[%s]}}",
    "{\"outside_execution\":[%s]}",
};

static void a_small_item_is_a_plain_signature(void **state)
{
    (void)state;
    assert_int_equal(0, price_of("{}"));
    assert_int_equal(0, price_of("[]"));
    for (size_t i = 0; i < sizeof cheap / sizeof cheap[0]; i++) {
        assert_int_equal(0, price_with(cheap[i], 40));
    }
    for (size_t i = 0; i < sizeof dear / sizeof dear[0]; i++) {
        assert_int_equal(0, price_with(dear[i], 1));
    }
}

/* Else 256 of them in a batch take twenty times what they cost. */
static void small_items_pay_for_what_is_hashed_with_pedersen(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof dear / sizeof dear[0]; i++) {
        assert_in_range(price_with(dear[i], 47), 7, 8);
    }
}

static void what_is_hashed_with_pedersen_costs_four_times_as_much(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cheap / sizeof cheap[0]; i++) {
        assert_in_range(price_with(cheap[i], 5000), 240, 255);
    }
    for (size_t i = 0; i < sizeof dear / sizeof dear[0]; i++) {
        assert_in_range(price_with(dear[i], 5000), 980, 1000);
    }
}

static void long_texts_are_values_too(void **state)
{
    (void)state;
    static char text[65536];
    (void)snprintf(
        text, sizeof text,
        "{\"typed_data\":{\"types\":{\"StarknetDomain\":[]},\"message\":{\"v\":\"%064000d\"}}}", 0);
    assert_in_range(price_of(text), 45, 55);
}

static void the_signature_of_another_key_is_one(void **state)
{
    (void)state;
    struct json_in_doc doc = {0};
    static const char *const texts[] = {"{}", "{\"other_signature\":[1,2]}"};
    for (size_t i = 0; i < 2; i++) {
        arena_rewind(&arena, 0);
        assert_status(OK, json_in_parse(&arena, bytes_of(texts[i]), &doc));
        struct json_in root = json_in_root(&doc);
        assert_int_equal(i, price_other(&root));
    }
}

static void a_key_that_is_not_kept_is_one(void **state)
{
    (void)state;
    struct user_key key = {.notes = 0};
    assert_int_equal(1, price_key(&key));
    key.account.which = 2;
    assert_int_equal(0, price_key(&key));
}

static void a_first_signature_is_three_and_its_item_again(void **state)
{
    (void)state;
    struct json_in_doc doc = {0};
    struct user_key key = {.notes = 0};
    uint64_t item = price_with(dear[0], 1000);
    assert_in_range(item, 190, 210);
    arena_rewind(&arena, 0);
    assert_status(OK, json_in_parse(&arena, bytes_of(text_with(dear[0], 1000)), &doc));
    struct json_in root = json_in_root(&doc);
    assert_int_equal(3 + item, price_first(&key, &root));
    key.notes = KEY_CACHE_SHOWN;
    assert_int_equal(3 + item, price_first(&key, &root));
    key.notes = KEY_CACHE_SHOWN | KEY_CACHE_VERIFIED;
    assert_int_equal(0, price_first(&key, &root));
}

static void accounts_are_three(void **state)
{
    (void)state;
    assert_int_equal(0, price_accounts(0));
    assert_int_equal(3000, price_accounts(1000));
}

static void two_classes_are_searched_for_one(void **state)
{
    (void)state;
    assert_int_equal(0, price_searches(0, 23));
    assert_int_equal(1, price_searches(1, 1));
    assert_int_equal(12, price_searches(1, 23));
    assert_int_equal(368, price_searches(32, 23));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_item_is_a_plain_signature),
        cmocka_unit_test(small_items_pay_for_what_is_hashed_with_pedersen),
        cmocka_unit_test(what_is_hashed_with_pedersen_costs_four_times_as_much),
        cmocka_unit_test(long_texts_are_values_too),
        cmocka_unit_test(the_signature_of_another_key_is_one),
        cmocka_unit_test(a_key_that_is_not_kept_is_one),
        cmocka_unit_test(a_first_signature_is_three_and_its_item_again),
        cmocka_unit_test(accounts_are_three),
        cmocka_unit_test(two_classes_are_searched_for_one),
    };
    assert_status(OK, arena_init(&arena, 64u << 20));
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
