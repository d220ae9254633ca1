#include <stdio.h>

#include "codec/cbor.h"
#include "fixtures/unit.h"

static void other_forms_of_an_item_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",                   /* nothing */
        "18",                 /* cut off in the argument */
        "1900",               /* the same */
        "1817",               /* a long form of 23 */
        "190018",             /* of 24 */
        "1900ff",             /* of 255 */
        "1a0000ffff",         /* of 65535 */
        "1b00000000ffffffff", /* of 4294967295 */
        "1c",                 /* no such length */
        "1d",                 /* the same */
        "1e",                 /* the same */
        "1f",                 /* the same */
        "5f4100ff",           /* bytes without a length */
        "7f6161ff",           /* text */
        "9f01ff",             /* an array */
        "bf6161f6ff",         /* a map */
        "ff",                 /* the end of such */
        "41",                 /* content that is not there */
        "580100",             /* a long form of a short length */
        "5bffffffffffffffff", /* the longest length there is */
        "6261",               /* text that is cut off */
        "61ff",               /* text that is no UTF-8 */
        "62c080",             /* an overlong form */
        "63eda080",           /* a surrogate */
        "81",                 /* an item that is not there */
        "8201",               /* two, of which one is */
        "9bffffffffffffffff", /* as many as there can be */
        "a161",               /* a pair of which half is there */
        "a1",                 /* one that is not there */
        "bbffffffffffffffff", /* as many as there can be */
        "c001",               /* a tag */
        "d2840000",           /* the one of COSE_Sign1 */
        "f7",                 /* undefined */
        "e0",                 /* a simple value */
        "f820",               /* the same */
        "f90000",             /* a float */
        "fa00000000",         /* the same */
        "fb0000000000000000", /* the same */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct bytes whole = unit_hex(bad[i]);
        struct bytes rest = whole;
        struct bytes skipped = whole;
        struct cbor_item item = {CBOR_TEXT, 7, whole};
        /* The head of an array or map may be whole where what it promises is not. */
        if (status_is_ok(cbor_next(&rest, &item))) {
            assert_true(item.kind == CBOR_ARRAY || item.kind == CBOR_MAP);
            rest = whole;
        } else {
            assert_int_equal(CBOR_NULL, item.kind);
            assert_int_equal(0, item.value);
            assert_int_equal(0, item.content.len);
        }
        assert_ptr_equal(whole.ptr, rest.ptr);
        assert_int_equal(whole.len, rest.len);
        assert_status(CBOR_INVALID, cbor_skip(&skipped));
        assert_int_equal(whole.len, skipped.len);
    }
}

static void an_item_of_another_kind_is_refused(void **state)
{
    (void)state;
    struct bytes rest = unit_hex("01");
    struct cbor_item item;
    assert_status(CBOR_INVALID, cbor_expect(&rest, CBOR_TEXT, &item));
    assert_int_equal(1, rest.len);
    assert_int_equal(0, item.value);
    assert_status(OK, cbor_expect(&rest, CBOR_UINT, &item));
    assert_int_equal(1, item.value);
    assert_int_equal(0, rest.len);
}

static struct bytes nested(uint8_t *memory, size_t depth)
{
    memset(memory, 0x81, depth);
    memory[depth] = 0xf6;
    return (struct bytes){memory, depth + 1};
}

static void what_is_nested_too_deep_is_not_followed(void **state)
{
    (void)state;
    uint8_t memory[100002];
    struct bytes rest = nested(memory, CBOR_DEPTH + 1);
    assert_status(CBOR_INVALID, cbor_skip(&rest));
    rest = nested(memory, 100000);
    assert_status(CBOR_INVALID, cbor_skip(&rest));
    rest = nested(memory, CBOR_DEPTH);
    assert_status(OK, cbor_skip(&rest));
    assert_int_equal(0, rest.len);
}

/* Appendix A of RFC 8949, of the kinds that there are here. */
static void the_known_examples_agree(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        enum cbor_kind kind;
        uint64_t value;
        const char *content; /* hex */
    } known[] = {
        {"00", CBOR_UINT, 0, ""},
        {"17", CBOR_UINT, 23, ""},
        {"1818", CBOR_UINT, 24, ""},
        {"1864", CBOR_UINT, 100, ""},
        {"1903e8", CBOR_UINT, 1000, ""},
        {"1a000f4240", CBOR_UINT, 1000000, ""},
        {"1b000000e8d4a51000", CBOR_UINT, 1000000000000, ""},
        {"1bffffffffffffffff", CBOR_UINT, UINT64_MAX, ""},
        {"20", CBOR_NEGATIVE, 0, ""},
        {"3863", CBOR_NEGATIVE, 99, ""},
        {"3903e7", CBOR_NEGATIVE, 999, ""},
        {"3bffffffffffffffff", CBOR_NEGATIVE, UINT64_MAX, ""},
        {"f4", CBOR_BOOL, 0, ""},
        {"f5", CBOR_BOOL, 1, ""},
        {"f6", CBOR_NULL, 0, ""},
        {"40", CBOR_BYTES, 0, ""},
        {"4401020304", CBOR_BYTES, 0, "01020304"},
        {"60", CBOR_TEXT, 0, ""},
        {"6449455446", CBOR_TEXT, 0, "49455446"},
        {"62c3bc", CBOR_TEXT, 0, "c3bc"},
        {"64f0908591", CBOR_TEXT, 0, "f0908591"},
        {"80", CBOR_ARRAY, 0, ""},
        {"a0", CBOR_MAP, 0, ""},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct bytes rest = unit_hex(known[i].hex);
        struct cbor_item item;
        assert_status(OK, cbor_next(&rest, &item));
        assert_int_equal(known[i].kind, item.kind);
        assert_true(known[i].value == item.value);
        assert_bytes(unit_hex(known[i].content), item.content);
        assert_int_equal(0, rest.len);
    }
}

static void whole_items_are_skipped(void **state)
{
    (void)state;
    static const char *const whole[] = {
        "01",
        "83010203",
        "8301820203820405",
        "a201020304",
        "a26161016162820203",
        "826161a161626163",
        "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
        "a180f6",
    };
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        char text[128];
        (void)snprintf(text, sizeof text, "%s%s", whole[i], "f5");
        struct bytes rest = unit_hex(text);
        assert_status(OK, cbor_skip(&rest));
        assert_bytes(unit_hex("f5"), rest);
    }
}

static void what_is_written_is_the_shortest_form(void **state)
{
    (void)state;
    uint8_t memory[256];
    struct buf out = buf_over(memory, sizeof memory);
    const uint64_t values[] = {0, 23, 24, 255, 256, 65535, 65536, UINT32_MAX, 1ULL << 32};
    cbor_put_array(&out, 9);
    for (size_t i = 0; i < 9; i++) {
        cbor_put_uint(&out, values[i]);
    }
    cbor_put_map(&out, 2);
    cbor_put_text(&out, "a");
    cbor_put_null(&out);
    cbor_put_text(&out, "b");
    cbor_put_bool(&out, true);
    cbor_put_negative(&out, 34);
    cbor_put_bytes(&out, unit_hex("0102"));
    assert_bytes(unit_hex("890017181818ff19010019ffff1a000100001affffffff1b0000000100000000"
                          "a26161f66162f53822420102"),
                 buf_bytes(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_forms_of_an_item_are_refused),
        cmocka_unit_test(an_item_of_another_kind_is_refused),
        cmocka_unit_test(what_is_nested_too_deep_is_not_followed),
        cmocka_unit_test(the_known_examples_agree),
        cmocka_unit_test(whole_items_are_skipped),
        cmocka_unit_test(what_is_written_is_the_shortest_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
