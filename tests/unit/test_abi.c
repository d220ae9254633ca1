#include "codec/abi.h"
#include "fixtures/unit.h"

/* Answers of whole words, each written as its last bytes. */
struct answer {
    uint8_t memory[32 * 16];
    size_t len;
};

static void add(struct answer *answer, const char *hex)
{
    struct bytes value = unit_hex(hex);
    uint8_t *word = answer->memory + answer->len;
    assert_true(value.len <= 32 && answer->len < sizeof answer->memory);
    memset(word, 0, 32);
    memcpy(word + 32 - value.len, value.ptr, value.len);
    answer->len += 32;
}

static struct bytes bytes_in(const struct answer *answer)
{
    return (struct bytes){answer->memory, answer->len};
}

/* Two fields: a string of three bytes, and a number. */
static struct answer good(void)
{
    struct answer answer = {{0}, 0};
    add(&answer, "40");
    add(&answer, "07");
    add(&answer, "03");
    add(&answer, "6162630000000000000000000000000000000000000000000000000000000000");
    return answer;
}

static struct status read_good(struct bytes data, size_t max)
{
    struct abi_in in = abi_in_over(data, 2);
    struct bytes text = abi_in_bytes(&in, 0, max);
    uint64_t number = abi_in_u64(&in, 1);
    if (status_is_ok(abi_in_check(&in))) {
        assert_bytes(BYTES_LITERAL("abc"), text);
        assert_int_equal(7, number);
    } else {
        assert_int_equal(0, text.len);
        assert_int_equal(0, number);
    }
    return abi_in_check(&in);
}

static void wrong_offsets_and_lengths_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t word;
        const char *hex;
    } bad[] = {
        {0, "00"},                                                               /* in the heads */
        {0, "20"},                                                               /* the same */
        {0, "41"},                                                               /* no word */
        {0, "5f"},                                                               /* the same */
        {0, "80"},                                                               /* at the end */
        {0, "a0"},                                                               /* behind it */
        {0, "ffffffffffffffe0"},                                                 /* far behind */
        {0, "010000000000000040"},                                               /* 2^64 more */
        {0, "8000000000000000000000000000000000000000000000000000000000000040"}, /* 2^255 more */
        {2, "21"},                                                               /* too long */
        {2, "ffffffffffffffff"},
        {2, "010000000000000003"},
        {3, "6162630000000000000000000000000000000000000000000000000000000001"}, /* padding */
        {3, "6162636400000000000000000000000000000000000000000000000000000000"},
    };
    struct answer whole = good();
    assert_status(OK, read_good(bytes_in(&whole), 3));
    assert_status(ABI_LIMIT, read_good(bytes_in(&whole), 2));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct answer answer = good();
        size_t len = answer.len;
        answer.len = bad[i].word * 32;
        add(&answer, bad[i].hex);
        answer.len = len;
        assert_status(ABI_INVALID, read_good(bytes_in(&answer), 100));
    }
    for (size_t len = 0; len < whole.len; len++) {
        assert_status(ABI_INVALID, read_good((struct bytes){whole.memory, len}, 100));
    }
}

static void parts_do_not_overlap_and_come_in_order(void **state)
{
    (void)state;
    static const struct {
        const char *first;
        const char *second;
        bool is_good;
    } rows[] = {
        {"40", "80", true},  {"40", "a0", true},  {"40", "40", false}, {"40", "60", false},
        {"80", "40", false}, {"60", "60", false}, {"a0", "c0", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct answer answer = {{0}, 0};
        add(&answer, rows[i].first);
        add(&answer, rows[i].second);
        add(&answer, "01");
        add(&answer, "6100000000000000000000000000000000000000000000000000000000000000");
        add(&answer, "00");
        add(&answer, "00");
        struct abi_in in = abi_in_over(bytes_in(&answer), 2);
        struct bytes first = abi_in_bytes(&in, 0, 10);
        struct bytes second = abi_in_bytes(&in, 1, 10);
        assert_int_equal(rows[i].is_good, status_is_ok(abi_in_check(&in)));
        if (rows[i].is_good) {
            assert_bytes(BYTES_LITERAL("a"), first);
            assert_int_equal(0, second.len);
        }
    }
}

static void words_that_are_not_of_the_type_are_refused(void **state)
{
    (void)state;
    struct answer answer = {{0}, 0};
    add(&answer, "010000000000000000");                         /* 2^64 */
    add(&answer, "0100");                                       /* 256 */
    add(&answer, "02");                                         /* no bool */
    add(&answer, "010000000000000000000000000000000000000000"); /* 2^160 */
    struct abi_in in = abi_in_over(bytes_in(&answer), 4);
    assert_int_equal(0, abi_in_u64(&in, 0));
    assert_status(ABI_INVALID, abi_in_check(&in));
    in = abi_in_over(bytes_in(&answer), 4);
    assert_int_equal(0, abi_in_u8(&in, 1));
    assert_status(ABI_INVALID, abi_in_check(&in));
    in = abi_in_over(bytes_in(&answer), 4);
    assert_false(abi_in_bool(&in, 2));
    assert_status(ABI_INVALID, abi_in_check(&in));
    in = abi_in_over(bytes_in(&answer), 4);
    uint8_t address[ABI_ADDRESS] = {1};
    static const uint8_t zero[ABI_WORD];
    abi_in_address(&in, 3, address);
    assert_status(ABI_INVALID, abi_in_check(&in));
    assert_memory_equal(zero, address, sizeof address);
    /* Once failed, everything is zero. */
    uint8_t word[ABI_WORD] = {1};
    abi_in_word(&in, 2, word);
    assert_memory_equal(zero, word, sizeof word);
    struct abi_in below = abi_in_tuple(&in, 0, 1);
    assert_status(ABI_INVALID, abi_in_check(&below));
    below = abi_in_array(&in, 0, 1);
    assert_status(ABI_INVALID, abi_in_check(&below));
    assert_int_equal(0, below.words);
}

static void the_largest_of_each_type_is_read(void **state)
{
    (void)state;
    struct answer answer = {{0}, 0};
    add(&answer, "ffffffffffffffff");
    add(&answer, "ff");
    add(&answer, "01");
    add(&answer, "ffffffffffffffffffffffffffffffffffffffff");
    struct abi_in in = abi_in_over(bytes_in(&answer), 4);
    uint8_t address[ABI_ADDRESS];
    assert_true(abi_in_u64(&in, 0) == UINT64_MAX);
    assert_int_equal(255, abi_in_u8(&in, 1));
    assert_true(abi_in_bool(&in, 2));
    abi_in_address(&in, 3, address);
    assert_bytes(unit_hex("ffffffffffffffffffffffffffffffffffffffff"), BYTES_ARRAY(address));
    assert_status(OK, abi_in_check(&in));
}

static void arrays_are_bounded(void **state)
{
    (void)state;
    struct answer answer = {{0}, 0};
    add(&answer, "20");
    add(&answer, "02");
    add(&answer, "0a");
    add(&answer, "14");
    struct abi_in in = abi_in_over(bytes_in(&answer), 1);
    struct abi_in items = abi_in_array(&in, 0, 2);
    assert_status(OK, abi_in_check(&items));
    assert_int_equal(2, items.words);
    assert_int_equal(20, abi_in_u64(&items, 1));

    in = abi_in_over(bytes_in(&answer), 1);
    items = abi_in_array(&in, 0, 1);
    assert_status(ABI_LIMIT, abi_in_check(&items));

    static const char *const bad[] = {"03", "0800000000000000", "ffffffffffffffff",
                                      "0800000000000000000000000000000002"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        answer.len = 32;
        add(&answer, bad[i]);
        answer.len = 128;
        in = abi_in_over(bytes_in(&answer), 1);
        items = abi_in_array(&in, 0, SIZE_MAX);
        assert_status(ABI_INVALID, abi_in_check(&items));
        assert_int_equal(0, items.words);
    }
}

static void a_tuple_takes_the_rest(void **state)
{
    (void)state;
    struct answer answer = {{0}, 0};
    add(&answer, "40");
    add(&answer, "80");
    add(&answer, "05");
    add(&answer, "06");
    add(&answer, "00");
    struct abi_in in = abi_in_over(bytes_in(&answer), 2);
    struct abi_in tuple = abi_in_tuple(&in, 0, 2);
    assert_int_equal(5, abi_in_u64(&tuple, 0));
    assert_int_equal(6, abi_in_u64(&tuple, 1));
    assert_status(OK, abi_in_check(&tuple));
    abi_in_bytes(&in, 1, 100);
    assert_status(ABI_INVALID, abi_in_check(&in));

    in = abi_in_over(bytes_in(&answer), 2);
    tuple = abi_in_tuple(&in, 0, 4);
    assert_status(ABI_INVALID, abi_in_check(&tuple));
    in = abi_in_over(bytes_in(&answer), 6);
    assert_status(ABI_INVALID, abi_in_check(&in));
}

static void calls_are_a_selector_and_words(void **state)
{
    (void)state;
    uint8_t memory[128];
    struct buf out = buf_over(memory, sizeof memory);
    abi_put_selector(&out, 0x01020304);
    abi_put_u64(&out, 0x0506);
    abi_put_address(&out, unit_hex("00112233445566778899aabbccddeeff00112233").ptr);
    abi_put_word(&out, (const uint8_t[32]){[0] = 9, [31] = 8});
    assert_bytes(unit_hex("01020304"
                          "0000000000000000000000000000000000000000000000000000000000000506"
                          "00000000000000000000000000112233445566778899aabbccddeeff00112233"
                          "0900000000000000000000000000000000000000000000000000000000000008"),
                 buf_bytes(&out));
    out = buf_over(memory, 35);
    abi_put_selector(&out, 1);
    abi_put_u64(&out, 1);
    assert_status(BUFFER_FULL, buf_check(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_offsets_and_lengths_are_refused),
        cmocka_unit_test(parts_do_not_overlap_and_come_in_order),
        cmocka_unit_test(words_that_are_not_of_the_type_are_refused),
        cmocka_unit_test(the_largest_of_each_type_is_read),
        cmocka_unit_test(arrays_are_bounded),
        cmocka_unit_test(a_tuple_takes_the_rest),
        cmocka_unit_test(calls_are_a_selector_and_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
