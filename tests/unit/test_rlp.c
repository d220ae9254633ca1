#include "codec/rlp.h"
#include "fixtures/unit.h"

static void other_forms_of_an_item_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",                     /* nothing */
        "81",                   /* cut off in the content */
        "8261",                 /* the same */
        "8100",                 /* one byte below 0x80 is itself */
        "817f",                 /* the same */
        "b8",                   /* cut off in the length */
        "b90000",               /* a length with a leading zero */
        "b801ff",               /* a long form of a short string */
        "b837",                 /* the same, which would fit into the first byte */
        "c1",                   /* a list that is cut off */
        "f801c0",               /* a long form of a short list */
        "bfffffffffffffffff",   /* the longest length there is */
        "ffffffffffffffffff00", /* the same of a list */
        "b838",                 /* 56 bytes that are not there */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct bytes whole = unit_hex(bad[i]);
        struct bytes rest = whole;
        struct rlp_item item = {true, whole};
        assert_status(RLP_INVALID, rlp_next(&rest, &item));
        assert_ptr_equal(whole.ptr, rest.ptr);
        assert_int_equal(whole.len, rest.len);
        assert_false(item.is_list);
        assert_int_equal(0, item.content.len);
    }
}

static void numbers_of_another_form_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"00", "820001", "83010203", "c0", "c101"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct bytes rest = unit_hex(bad[i]);
        struct rlp_item item;
        uint8_t number[2] = {1, 1};
        assert_status(OK, rlp_next(&rest, &item));
        assert_status(RLP_INVALID, rlp_number(&item, sizeof number, number));
        assert_int_equal(0, number[0] | number[1]);
    }
}

/* The examples of the Yellow Paper's companion page. */
static void the_known_examples_agree(void **state)
{
    (void)state;
    uint8_t memory[128];
    struct buf out = buf_over(memory, sizeof memory);
    rlp_put_bytes(&out, BYTES_LITERAL("dog"));
    rlp_put_bytes(&out, BYTES_LITERAL(""));
    rlp_put_u64(&out, 0);
    rlp_put_u64(&out, 15);
    rlp_put_u64(&out, 1024);
    rlp_put_bytes(&out, unit_hex("00"));
    assert_bytes(unit_hex("83646f67"
                          "80"
                          "80"
                          "0f"
                          "820400"
                          "00"),
                 buf_bytes(&out));

    out = buf_over(memory, sizeof memory);
    size_t list = rlp_list_begin(&out);
    rlp_put_bytes(&out, BYTES_LITERAL("cat"));
    rlp_put_bytes(&out, BYTES_LITERAL("dog"));
    rlp_list_end(&out, list);
    assert_bytes(unit_hex("c88363617483646f67"), buf_bytes(&out));

    /* [ [], [[]], [ [], [[]] ] ] */
    out = buf_over(memory, sizeof memory);
    size_t all = rlp_list_begin(&out);
    rlp_list_end(&out, rlp_list_begin(&out));
    size_t one = rlp_list_begin(&out);
    rlp_list_end(&out, rlp_list_begin(&out));
    rlp_list_end(&out, one);
    size_t two = rlp_list_begin(&out);
    rlp_list_end(&out, rlp_list_begin(&out));
    one = rlp_list_begin(&out);
    rlp_list_end(&out, rlp_list_begin(&out));
    rlp_list_end(&out, one);
    rlp_list_end(&out, two);
    rlp_list_end(&out, all);
    assert_bytes(unit_hex("c7c0c1c0c3c0c1c0"), buf_bytes(&out));

    out = buf_over(memory, sizeof memory);
    rlp_put_bytes(&out, BYTES_LITERAL("Lorem ipsum dolor sit amet, consectetur adipisicing elit"));
    assert_int_equal(58, out.len);
    assert_bytes(unit_hex("b838"), bytes_slice(buf_bytes(&out), 0, 2));
}

static void what_is_written_is_read_at_every_length(void **state)
{
    (void)state;
    static uint8_t data[70000];
    static uint8_t memory[80000];
    static const size_t lens[] = {0, 1, 2, 54, 55, 56, 57, 255, 256, 257, 65535, 65536, 70000};
    memset(data, 0xa5, sizeof data);
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        struct buf out = buf_over(memory, sizeof memory);
        size_t list = rlp_list_begin(&out);
        rlp_put_bytes(&out, (struct bytes){data, lens[i]});
        rlp_put_u64(&out, UINT64_MAX - i);
        rlp_list_end(&out, list);
        assert_status(OK, buf_check(&out));
        struct bytes rest = buf_bytes(&out);
        struct rlp_item item;
        assert_status(OK, rlp_next(&rest, &item));
        assert_true(item.is_list && rest.len == 0);
        rest = item.content;
        assert_status(OK, rlp_next(&rest, &item));
        assert_bytes(((struct bytes){data, lens[i]}), item.content);
        uint8_t number[9];
        assert_status(OK, rlp_next(&rest, &item));
        assert_status(OK, rlp_number(&item, sizeof number, number));
        assert_int_equal(0, number[0]);
        assert_int_equal(255 - i, number[8]);
        assert_status(RLP_INVALID, rlp_number(&item, 7, number));
        assert_int_equal(0, rest.len);
    }
}

static void a_full_buffer_is_noticed(void **state)
{
    (void)state;
    uint8_t memory[4];
    struct buf out = buf_over(memory, sizeof memory);
    size_t list = rlp_list_begin(&out);
    rlp_put_bytes(&out, BYTES_LITERAL("dog"));
    rlp_list_end(&out, list);
    assert_status(BUFFER_FULL, buf_check(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_forms_of_an_item_are_refused),
        cmocka_unit_test(numbers_of_another_form_are_refused),
        cmocka_unit_test(the_known_examples_agree),
        cmocka_unit_test(what_is_written_is_read_at_every_length),
        cmocka_unit_test(a_full_buffer_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
