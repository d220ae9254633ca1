#include "codec/base64.h"
#include "fixtures/unit.h"
#include "tlog/tlog_note.h"

/* A key that the documentation of Go's package note gives as its example. */
static const char neumann[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

/* A signature that anybody can make: the public key and the hash of the text. */
static void sign(const struct tlog_note_key *key, struct bytes text, uint8_t *ret)
{
    memcpy(ret, key->public, 32);
    sha256_hash(text, ret + 32);
}

static struct status verify(void *context, const uint8_t *public, struct bytes text,
                            const uint8_t *signature)
{
    uint8_t hash[32];
    size_t *calls = context;
    ++*calls;
    sha256_hash(text, hash);
    bool same = memcmp(public, signature, 32) == 0 && memcmp(hash, signature + 32, 32) == 0;
    return same ? OK : FAIL(SIGNATURE_INVALID);
}

static struct tlog_note_key key_of(const char *name, uint8_t byte)
{
    struct tlog_note_key key;
    uint8_t public[32] = {byte};
    assert_status(OK, tlog_note_key_make(bytes_of(name), public, &key));
    return key;
}

static void a_key_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct tlog_note_key key;
    uint8_t memory[TLOG_NOTE_VKEY];
    struct buf text = buf_over(memory, sizeof memory);
    assert_status(OK, tlog_note_key_read(bytes_of(neumann), &key));
    assert_memory_equal("PeterNeumann", key.name, key.name_len);
    tlog_note_key_put(&key, &text);
    assert_bytes(bytes_of(neumann), buf_bytes(&text));
}

static void a_changed_key_is_refused(void **state)
{
    (void)state;
    static const struct tlog_note_key none = {.name_len = 0};
    for (size_t i = 0; i < sizeof neumann - 1; i++) {
        char text[sizeof neumann];
        struct tlog_note_key key;
        memcpy(text, neumann, sizeof text);
        text[i] = text[i] == 'b' ? 'd' : 'b';
        assert_status(AUDIT_NOTE_INVALID, tlog_note_key_read(bytes_of(text), &key));
        assert_memory_equal(&none, &key, sizeof key);
        assert_status(AUDIT_NOTE_INVALID,
                      tlog_note_key_read(bytes_slice(bytes_of(neumann), 0, i), &key));
    }
    uint8_t longest[TLOG_NOTE_NAME + 1];
    const uint8_t public[32] = {0};
    const char *const bad[] = {"", "a b", "a+b", "a\nb", "a\x7f", "\xff"};
    struct tlog_note_key key;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(AUDIT_NOTE_INVALID, tlog_note_key_make(bytes_of(bad[i]), public, &key));
    }
    memset(longest, 'x', sizeof longest);
    assert_status(AUDIT_NOTE_INVALID, tlog_note_key_make(BYTES_ARRAY(longest), public, &key));
    assert_status(OK, tlog_note_key_make((struct bytes){longest, TLOG_NOTE_NAME}, public, &key));
}

static uint8_t memory[4096];

static struct bytes note_of(const struct tlog_note_key *key, uint64_t size)
{
    uint8_t root[32];
    uint8_t signature[64];
    struct buf out = buf_over(memory, sizeof memory);
    memset(root, 7, sizeof root);
    tlog_note_text((struct bytes){key->name, key->name_len}, size, root, &out);
    sign(key, buf_bytes(&out), signature);
    tlog_note_sign(key, signature, &out);
    assert_status(OK, buf_check(&out));
    return buf_bytes(&out);
}

static void the_note_as_it_is_written(void **state)
{
    (void)state;
    struct tlog_note_key key = key_of("audit.coffer/0011223344556677/x", 1);
    static const char start[] =
        "audit.coffer/0011223344556677/x\n20\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n"
        "\xe2\x80\x94 audit.coffer/0011223344556677/x ";
    struct bytes note = note_of(&key, 20);
    assert_true(bytes_starts(note, bytes_of(start)));
    uint8_t blob[68];
    struct buf out = buf_over(blob, sizeof blob);
    struct bytes rest = bytes_slice(note, sizeof start - 1, SIZE_MAX);
    assert_status(OK, base64_read(bytes_slice(rest, 0, rest.len - 1), &out));
    assert_int_equal('\n', rest.ptr[rest.len - 1]);
    assert_memory_equal(key.id, blob, 4);
    struct tlog_note read;
    size_t calls = 0;
    const struct tlog_note_port port = {&calls, verify};
    assert_status(OK, tlog_note_read(note, &read));
    assert_int_equal(20, read.size);
    assert_bytes(bytes_of("audit.coffer/0011223344556677/x"), read.origin);
    assert_status(OK, tlog_note_check(&read, &key, &port));
    assert_int_equal(1, calls);
    struct tlog_note_key other = key_of("audit.coffer/0011223344556677/x", 2);
    assert_status(SIGNATURE_INVALID, tlog_note_check(&read, &other, &port));
    other = key_of("y", 1);
    assert_status(SIGNATURE_INVALID, tlog_note_check(&read, &other, &port));
}

static void a_change_of_any_byte_is_seen(void **state)
{
    (void)state;
    struct tlog_note_key key = key_of("log", 1);
    struct bytes note = note_of(&key, 12345);
    size_t calls = 0;
    const struct tlog_note_port port = {&calls, verify};
    for (size_t i = 0; i < 8 * note.len; i++) {
        struct tlog_note read;
        memory[i / 8] ^= (uint8_t)(1 << i % 8);
        if (status_is_ok(tlog_note_read(note, &read))) {
            assert_status(SIGNATURE_INVALID, tlog_note_check(&read, &key, &port));
        }
        memory[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t len = 0; len < note.len; len++) {
        struct tlog_note read;
        assert_status(AUDIT_NOTE_INVALID, tlog_note_read(bytes_slice(note, 0, len), &read));
    }
}

/* Signatures of others do not disturb, wherever they stand; a second one of ours must be right. */
static void the_signatures_of_witnesses_are_passed_over(void **state)
{
    (void)state;
    struct tlog_note_key key = key_of("log", 1);
    struct tlog_note_key witness = key_of("witness.example/w", 9);
    const uint8_t wrong[64] = {1};
    struct bytes note = note_of(&key, 1);
    struct buf out = buf_over(memory, sizeof memory);
    out.len = note.len;
    size_t calls = 0;
    const struct tlog_note_port port = {&calls, verify};
    struct tlog_note read;
    for (size_t i = 0; i < 20; i++) {
        size_t before = out.len;
        tlog_note_sign(&witness, wrong, &out);
        memmove(memory + before, memory + before + 1, out.len - before - 1);
        out.len--;
    }
    assert_status(OK, tlog_note_read(buf_bytes(&out), &read));
    assert_status(OK, tlog_note_check(&read, &key, &port));
    assert_int_equal(1, calls);
    assert_status(SIGNATURE_INVALID, tlog_note_check(&read, &witness, &port));
    size_t before = out.len;
    tlog_note_sign(&key, wrong, &out);
    memmove(memory + before, memory + before + 1, out.len - before - 1);
    out.len--;
    assert_status(OK, tlog_note_read(buf_bytes(&out), &read));
    assert_status(SIGNATURE_INVALID, tlog_note_check(&read, &key, &port));
}

#define ROOT   "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n"
#define SIGNED "\n\xe2\x80\x94 w AAAAAAA=\n"

static void other_texts_are_no_checkpoints(void **state)
{
    (void)state;
    struct tlog_note read;
    const char *const good[] = {
        "o\n0\n" ROOT SIGNED,
        "with spaces\n18446744073709551615\n" ROOT SIGNED,
        "o\n1\n" ROOT "extension\nmore\n" SIGNED,
    };
    const char *const bad[] = {
        "",
        "\n",
        SIGNED,
        "o\n1\n" ROOT,
        "o\n1\n" ROOT "\n",
        "o\n1\n" SIGNED,
        "\n1\n" ROOT SIGNED,
        "o\n01\n" ROOT SIGNED,
        "o\n-1\n" ROOT SIGNED,
        "o\n18446744073709551616\n" ROOT SIGNED,
        "o\n1\nBwc=\n" SIGNED,
        "o\n1\n" ROOT "\n" SIGNED,
        "o\r\n1\n" ROOT SIGNED,
        "o\t\n1\n" ROOT SIGNED,
        "o\xff\n1\n" ROOT SIGNED,
        "o\n1\n" ROOT "\n- w AAAAAAA=\n",
        "o\n1\n" ROOT "\n\xe2\x80\x94 w AAAAAA==\n",
        "o\n1\n" ROOT "\n\xe2\x80\x94 w+ AAAAAAA=\n",
        "o\n1\n" ROOT "\n\xe2\x80\x94 w\n",
        "o\n1\n" ROOT "\n\xe2\x80\x94 w !\n",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_status(OK, tlog_note_read(bytes_of(good[i]), &read));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(AUDIT_NOTE_INVALID, tlog_note_read(bytes_of(bad[i]), &read));
    }
}

static void what_a_wallet_signs(void **state)
{
    (void)state;
    struct tlog_note_key key;
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(OK, tlog_note_key_read(bytes_of(neumann), &key));
    tlog_note_key_binding(&key, &out);
    assert_true(bytes_starts(buf_bytes(&out), BYTES_LITERAL("CofferAudit/1\n")));
    assert_bytes(bytes_of(neumann), bytes_slice(buf_bytes(&out), 14, SIZE_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_read_as_it_was_written),
        cmocka_unit_test(a_changed_key_is_refused),
        cmocka_unit_test(the_note_as_it_is_written),
        cmocka_unit_test(a_change_of_any_byte_is_seen),
        cmocka_unit_test(the_signatures_of_witnesses_are_passed_over),
        cmocka_unit_test(other_texts_are_no_checkpoints),
        cmocka_unit_test(what_a_wallet_signs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
