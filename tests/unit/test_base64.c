#include "codec/base64.h"
#include "fixtures/unit.h"

static void only_the_canonical_form_is_read(void **state)
{
    (void)state;
    static const char *const bad[] = {"A",
                                      "AA",
                                      "AAA",
                                      "A===",
                                      "====",
                                      "=AAA",
                                      "AA=A",
                                      "AB==",
                                      "AAB=",
                                      "AA-_",
                                      "AAAA\n",
                                      " AAAA",
                                      "AAAAA",
                                      "AA==AAAA",
                                      "AAAA=",
                                      "==",
                                      "AAAA====",
                                      ("A\x80"
                                       "AA")};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t memory[16];
        struct buf out = buf_over(memory, sizeof memory);
        assert_status(INVALID_BASE64, base64_read(bytes_of(bad[i]), &out));
        assert_int_equal(out.len, 0);
        assert_false(base64_valid(bytes_of(bad[i])));
    }
    uint8_t memory[2];
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(BUFFER_FULL, base64_read(BYTES_LITERAL("AAAA"), &out));
}

/* In each place of a text that is longer than what is read at once. */
static void no_foreign_character_is_missed(void **state)
{
    (void)state;
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t text[200];
    uint8_t memory[150];
    for (size_t i = 0; i < sizeof text; i++) {
        memset(text, 'A', sizeof text);
        for (unsigned c = 0; c < 256; c++) {
            struct buf out = buf_over(memory, sizeof memory);
            text[i] = (uint8_t)c;
            const char *known = c == 0 ? NULL : strchr(alphabet, (int)c);
            struct status status = base64_read((struct bytes){text, sizeof text}, &out);
            if (known == NULL && (c != '=' || i < sizeof text - 1)) {
                assert_int_equal(STATUS_INVALID_BASE64, status.code);
                continue;
            }
            assert_status(OK, status);
            uint32_t value = known == NULL ? 0 : (uint32_t)(known - alphabet);
            uint32_t group = value << 6 * (3 - i % 4);
            const uint8_t *three = memory + i / 4 * 3;
            assert_int_equal(group >> 16, three[0]);
            assert_int_equal(group >> 8 & 255, three[1]);
            assert_true(c == '=' || (group & 255) == three[2]);
        }
    }
}

/* RFC 4648, section 10. */
static void the_vectors_of_the_rfc(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        uint8_t memory[16];
        struct buf out = buf_over(memory, sizeof memory);
        base64_put(&out, bytes_of(pairs[i][0]));
        assert_bytes(bytes_of(pairs[i][1]), buf_bytes(&out));
        out = buf_over(memory, sizeof memory);
        assert_status(OK, base64_read(bytes_of(pairs[i][1]), &out));
        assert_bytes(bytes_of(pairs[i][0]), buf_bytes(&out));
    }
}

static void every_byte_survives_the_round_trip(void **state)
{
    (void)state;
    uint8_t all[256];
    for (size_t i = 0; i < sizeof all; i++) {
        all[i] = (uint8_t)(i * 7 + 3);
    }
    for (size_t len = 0; len <= sizeof all; len++) {
        uint8_t text[352];
        uint8_t back[256];
        struct buf out = buf_over(text, sizeof text);
        base64_put(&out, (struct bytes){all, len});
        assert_int_equal(out.len, (len + 2) / 3 * 4);
        struct buf again = buf_over(back, sizeof back);
        assert_status(OK, base64_read(buf_bytes(&out), &again));
        assert_bytes(((struct bytes){all, len}), buf_bytes(&again));
    }
    uint8_t small[5];
    struct buf out = buf_over(small, sizeof small);
    base64_put(&out, BYTES_LITERAL("four"));
    assert_status(BUFFER_FULL, buf_check(&out));
}

static void the_alphabet_of_urls_has_no_padding(void **state)
{
    (void)state;
    static const char *const bad[] = {"A",    "AA=",   "AA==", "AB", "AAB",
                                      "AA+/", "AAAAA", "AA A", "A-B"};
    uint8_t memory[64];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buf out = buf_over(memory, sizeof memory);
        buf_put_u8(&out, 1);
        assert_status(INVALID_BASE64, base64_read_url(bytes_of(bad[i]), &out));
        assert_int_equal(1, out.len);
    }
    static const uint8_t data[] = {0xfb, 0xff, 0xbf, 0x3e, 0x00, 0xff};
    static const char *const texts[] = {"", "-w", "-_8", "-_-_", "-_-_Pg", "-_-_PgA", "-_-_PgD_"};
    for (size_t len = 0; len <= sizeof data; len++) {
        struct buf out = buf_over(memory, sizeof memory);
        base64_put_url(&out, (struct bytes){data, len});
        assert_int_equal(strlen(texts[len]), out.len);
        assert_memory_equal(texts[len], memory, out.len);
        uint8_t read[8];
        struct buf back = buf_over(read, sizeof read);
        assert_status(OK, base64_read_url(bytes_of(texts[len]), &back));
        assert_int_equal(len, back.len);
        assert_memory_equal(data, read, len);
        back = buf_over(read, len == 0 ? 0 : len - 1);
        assert_int_equal(len == 0 ? STATUS_OK : STATUS_BUFFER_FULL,
                         base64_read_url(bytes_of(texts[len]), &back).code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_alphabet_of_urls_has_no_padding),
        cmocka_unit_test(only_the_canonical_form_is_read),
        cmocka_unit_test(no_foreign_character_is_missed),
        cmocka_unit_test(the_vectors_of_the_rfc),
        cmocka_unit_test(every_byte_survives_the_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
