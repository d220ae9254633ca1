#include "crypto/aead.h"
#include "fixtures/vector_file.h"

static const uint8_t iv[AEAD_IV] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const struct secret32 key = {{9, 8, 7}};

static void assert_zero(const uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(0, at[i]);
    }
}

static void what_is_shorter_than_a_tag_is_refused(void **state)
{
    (void)state;
    uint8_t sealed[AEAD_TAG] = {0};
    uint8_t out[1] = {7};
    for (size_t len = 0; len < sizeof sealed; len++) {
        struct bytes part = {sealed, len};
        assert_status(AEAD_INVALID, aead_open(&key, iv, BYTES_LITERAL(""), part, out));
    }
    assert_status(AEAD_INVALID, aead_open(&key, iv, BYTES_LITERAL(""), BYTES_ARRAY(sealed), out));
    assert_int_equal(7, out[0]);
}

static void lengths_that_overflow_are_refused(void **state)
{
    (void)state;
    uint8_t out[64] = {0};
    struct bytes huge = {out, ((size_t)1 << 30) + 1};
    assert_status(NUMBER_RANGE, aead_seal(&key, iv, huge, BYTES_LITERAL("x"), out));
    assert_status(NUMBER_RANGE, aead_open(&key, iv, huge, BYTES_ARRAY(out), out));
}

static void every_changed_bit_is_noticed(void **state)
{
    (void)state;
    struct bytes aad = BYTES_LITERAL("what goes with it");
    struct bytes text = BYTES_LITERAL("thirty-five bytes of some plaintext");
    uint8_t sealed[35 + AEAD_TAG];
    uint8_t out[35];
    assert_status(OK, aead_seal(&key, iv, aad, text, sealed));
    for (size_t bit = 0; bit < 8 * sizeof sealed; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        memset(out, 0x55, sizeof out);
        assert_status(AEAD_INVALID, aead_open(&key, iv, aad, BYTES_ARRAY(sealed), out));
        assert_zero(out, sizeof out);
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * AEAD_IV; bit++) {
        uint8_t other[AEAD_IV];
        memcpy(other, iv, sizeof other);
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(AEAD_INVALID, aead_open(&key, other, aad, BYTES_ARRAY(sealed), out));
    }
    for (size_t bit = 0; bit < 8 * 32; bit++) {
        struct secret32 other = key;
        other.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(AEAD_INVALID, aead_open(&other, iv, aad, BYTES_ARRAY(sealed), out));
    }
    for (size_t bit = 0; bit < 8 * aad.len; bit++) {
        uint8_t other[17];
        memcpy(other, aad.ptr, aad.len);
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(AEAD_INVALID,
                      aead_open(&key, iv, BYTES_ARRAY(other), BYTES_ARRAY(sealed), out));
    }
    assert_status(AEAD_INVALID, aead_open(&key, iv, BYTES_LITERAL(""), BYTES_ARRAY(sealed), out));
    assert_status(OK, aead_open(&key, iv, aad, BYTES_ARRAY(sealed), out));
    assert_bytes(text, BYTES_ARRAY(out));
}

static void cut_short_or_with_more_behind_it_does_not_open(void **state)
{
    (void)state;
    struct bytes none = BYTES_LITERAL("");
    uint8_t sealed[20 + AEAD_TAG + 1] = {0};
    uint8_t out[sizeof sealed];
    assert_status(OK, aead_seal(&key, iv, none, BYTES_LITERAL("twenty bytes of text"), sealed));
    for (size_t len = 0; len <= sizeof sealed; len++) {
        struct bytes part = {sealed, len};
        uint16_t code = len == 20 + AEAD_TAG ? STATUS_OK : STATUS_AEAD_INVALID;
        assert_int_equal(code, aead_open(&key, iv, none, part, out).code);
    }
}

static void nothing_at_all_is_sealed_as_a_tag(void **state)
{
    (void)state;
    uint8_t sealed[AEAD_TAG];
    uint8_t out[1] = {7};
    struct bytes none = {NULL, 0};
    assert_status(OK, aead_seal(&key, iv, none, none, sealed));
    assert_status(OK, aead_open(&key, iv, none, BYTES_ARRAY(sealed), out));
    assert_int_equal(7, out[0]);
    sealed[15] ^= 1;
    assert_status(AEAD_INVALID, aead_open(&key, iv, none, BYTES_ARRAY(sealed), out));
}

static void in_place_it_gives_the_same(void **state)
{
    (void)state;
    struct bytes aad = BYTES_LITERAL("a");
    uint8_t apart[100 + AEAD_TAG];
    uint8_t place[100 + AEAD_TAG];
    uint8_t text[100];
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = place[i] = (uint8_t)(7 * i);
    }
    assert_status(OK, aead_seal(&key, iv, aad, BYTES_ARRAY(text), apart));
    assert_status(OK, aead_seal(&key, iv, aad, (struct bytes){place, sizeof text}, place));
    assert_memory_equal(apart, place, sizeof apart);
    assert_status(OK, aead_open(&key, iv, aad, BYTES_ARRAY(place), place));
    assert_memory_equal(text, place, sizeof text);
}

/* The cases 13 to 16 of the specification of GCM (McGrew and Viega). */
static void the_cases_of_the_specification(void **state)
{
    (void)state;
    static const char *const long_key =
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
    static const char *const zero_key =
        "0000000000000000000000000000000000000000000000000000000000000000";
    static const struct {
        const char *key, *iv, *aad, *text, *sealed;
    } rows[] = {
        {zero_key, "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
        {zero_key, "000000000000000000000000", "", "00000000000000000000000000000000",
         "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
        {long_key, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
         "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
         "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
         "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
         "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551"
         "b"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct secret32 one;
        uint8_t out[128];
        memcpy(one.b, unit_hex(rows[i].key).ptr, sizeof one.b);
        struct bytes text = unit_hex(rows[i].text);
        struct bytes sealed = unit_hex(rows[i].sealed);
        struct bytes aad = unit_hex(rows[i].aad);
        assert_status(OK, aead_seal(&one, unit_hex(rows[i].iv).ptr, aad, text, out));
        assert_bytes(sealed, ((struct bytes){out, text.len + AEAD_TAG}));
        assert_status(OK, aead_open(&one, unit_hex(rows[i].iv).ptr, aad, sealed, out));
        assert_bytes(text, ((struct bytes){out, text.len}));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_shorter_than_a_tag_is_refused),
        cmocka_unit_test(lengths_that_overflow_are_refused),
        cmocka_unit_test(every_changed_bit_is_noticed),
        cmocka_unit_test(cut_short_or_with_more_behind_it_does_not_open),
        cmocka_unit_test(nothing_at_all_is_sealed_as_a_tag),
        cmocka_unit_test(in_place_it_gives_the_same),
        cmocka_unit_test(the_cases_of_the_specification),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
