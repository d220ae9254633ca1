#include "ethereum/eip191.h"
#include "fixtures/vector_file.h"

static struct k256_key key_of(struct bytes raw)
{
    struct secret32 bytes;
    struct k256_key key;
    assert_int_equal(sizeof bytes.b, raw.len);
    memcpy(bytes.b, raw.ptr, raw.len);
    assert_status(OK, k256_key_from(&bytes, &key));
    return key;
}

static const struct eth_address *address_of(const struct k256_key *key)
{
    static struct eth_address address;
    struct k256_public public;
    assert_status(OK, k256_public(key, &public));
    eth_address_of(&public, &address);
    return &address;
}

static void what_is_no_signature_is_refused(void **state)
{
    (void)state;
    static char text[EIP191_TEXT + 3];
    struct k256_signature signature;
    memset(text, '1', sizeof text - 1);
    memcpy(text, "0x", 2);
    static const struct {
        size_t skip;
        size_t len;
        const char *v;
        bool is_good;
    } rows[] = {
        {0, 132, "00", true},  {0, 132, "01", true},  {0, 132, "1b", true},  {0, 132, "1c", true},
        {2, 130, "1b", true},  {0, 132, "02", false}, {0, 132, "1a", false}, {0, 132, "1d", false},
        {0, 132, "23", false}, {0, 132, "24", false}, {0, 132, "25", false}, {0, 132, "ff", false},
        {0, 132, "1g", false}, {0, 131, "1b", false}, {0, 134, "1b", false}, {0, 130, "1b", false},
        {1, 131, "1b", false}, {2, 128, "1b", false}, {2, 132, "1b", false}, {0, 0, "1b", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memcpy(text + EIP191_TEXT - 2, rows[i].v, 2);
        struct bytes at = {(const uint8_t *)text + rows[i].skip, rows[i].len};
        memset(&signature, 1, sizeof signature);
        struct status status = eip191_read(at, &signature);
        assert_int_equal(rows[i].is_good ? STATUS_OK : STATUS_SIGNATURE_INVALID, status.code);
        assert_int_equal(rows[i].is_good ? 0x11 : 0, signature.rs[0]);
        assert_true(signature.v <= 1);
    }
    text[10] = 'g';
    memcpy(text + EIP191_TEXT - 2, "1b", 2);
    assert_status(SIGNATURE_INVALID,
                  eip191_read((struct bytes){(const uint8_t *)text, EIP191_TEXT}, &signature));
}

/* One of the second form has n - s for s and the other v. */
static struct k256_signature second_form(const struct k256_signature *signature)
{
    struct k256_signature other = *signature;
    struct bytes n = unit_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    unsigned borrow = 0;
    for (size_t i = 32; i-- > 0;) {
        unsigned digit = 256u + n.ptr[i] - signature->rs[32 + i] - borrow;
        other.rs[32 + i] = (uint8_t)digit;
        borrow = digit < 256;
    }
    other.v ^= 1;
    return other;
}

static void others_are_never_taken_for_the_signer(void **state)
{
    (void)state;
    static const uint8_t raw[32] = {[31] = 7};
    struct k256_key key = key_of(BYTES_ARRAY(raw));
    struct bytes text = BYTES_LITERAL("a text");
    struct k256_signature signature;
    struct eth_address signer;
    assert_status(OK, eip191_sign(&key, text, &signature));
    assert_status(OK, eip191_recover(text, &signature, true, &signer));
    assert_true(eth_address_equal(&signer, address_of(&key)));
    for (size_t bit = 0; bit < 8 * sizeof signature.rs; bit++) {
        struct k256_signature changed = signature;
        changed.rs[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct status status = eip191_recover(text, &changed, false, &signer);
        assert_true(status_is_ok(status) || eth_address_is_zero(&signer));
        assert_false(eth_address_equal(&signer, address_of(&key)));
    }
    assert_status(OK, eip191_recover(BYTES_LITERAL("a texT"), &signature, true, &signer));
    assert_false(eth_address_equal(&signer, address_of(&key)));
    struct k256_signature other = second_form(&signature);
    assert_status(OK, eip191_recover(text, &other, false, &signer));
    assert_true(eth_address_equal(&signer, address_of(&key)));
    assert_status(SIGNATURE_INVALID, eip191_recover(text, &other, true, &signer));
    assert_true(eth_address_is_zero(&signer));
}

static void a_key_that_was_never_made_signs_nothing(void **state)
{
    (void)state;
    static const struct k256_key none;
    struct k256_signature signature = {{1}, 1};
    assert_status(KEY_INVALID, eip191_sign(&none, BYTES_LITERAL("text"), &signature));
    assert_int_equal(0, signature.rs[0] | signature.v);
}

/* The reference's proofs: message, digest, signer and the signature in both forms of v. */
static void the_vectors_agree(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("nova.json");
    struct json_in proofs = vector_file_member(&root, "pop");
    struct json_in wallets = vector_file_member(&root, "wallets");
    for (size_t i = 0; i < vector_file_count(&proofs); i++) {
        struct json_in at = json_in_item(&proofs, i);
        struct bytes message = vector_file_text(&at, "message");
        uint8_t digest[EIP191_DIGEST];
        eip191_digest(message, digest);
        assert_bytes(vector_file_hex(&at, "digest"), BYTES_ARRAY(digest));
        static const char *const forms[] = {"sig_v27", "sig_v01"};
        struct k256_signature signature;
        struct eth_address signer;
        struct eth_address expected;
        assert_status(OK, eth_address_read(vector_file_text(&at, "signer"), &expected));
        for (size_t form = 0; form < 2; form++) {
            assert_status(OK, eip191_read(vector_file_text(&at, forms[form]), &signature));
            assert_status(OK, eip191_recover(message, &signature, true, &signer));
            assert_true(eth_address_equal(&expected, &signer));
        }
        struct json_in wallet;
        for (void *next = NULL; json_in_next(&wallets, &next, &wallet);) {
            struct k256_key key = key_of(vector_file_hex(&wallet, "priv"));
            if (!eth_address_equal(&expected, address_of(&key))) {
                continue;
            }
            uint8_t memory[EIP191_TEXT];
            struct buf text = buf_over(memory, sizeof memory);
            assert_status(OK, eip191_sign(&key, message, &signature));
            eip191_put(&text, &signature);
            assert_bytes(vector_file_text(&at, "sig_v27"), buf_bytes(&text));
            text = buf_over(memory, sizeof memory);
            eip191_put_parity(&text, &signature);
            assert_bytes(vector_file_text(&at, "sig_v01"), buf_bytes(&text));
        }
    }
    assert_int_equal(8, vector_file_count(&proofs));
}

static void every_length_of_text_has_its_own_digest(void **state)
{
    (void)state;
    static uint8_t text[1001];
    uint8_t digest[EIP191_DIGEST];
    uint8_t before[EIP191_DIGEST] = {0};
    for (size_t len = 0; len <= sizeof text; len++) {
        eip191_digest((struct bytes){text, len}, digest);
        assert_memory_not_equal(before, digest, sizeof digest);
        memcpy(before, digest, sizeof digest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_signature_is_refused),
        cmocka_unit_test(others_are_never_taken_for_the_signer),
        cmocka_unit_test(a_key_that_was_never_made_signs_nothing),
        cmocka_unit_test(the_vectors_agree),
        cmocka_unit_test(every_length_of_text_has_its_own_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
