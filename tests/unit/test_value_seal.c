#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/limits.h"
#include "fixtures/unit.h"
#include "record/value_seal.h"
#include "record/vector_clock.h"

static const uint8_t domain[DOMAIN_ID] = {0xd0, 1};
static const uint8_t tenant[DOMAIN_TENANT_ID] = {0x7e, 2};
static const struct secret32 key_0 = {{1, 2, 3}};
static const struct secret32 key_7 = {{4, 5, 6}};
static const uint8_t nonce[VALUE_SEAL_NONCE] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2,
                                                3, 4, 5, 6, 7, 8, 9, 8, 7, 6, 5, 4};
static const uint8_t clock_bytes[2 + VECTOR_CLOCK_ENTRY] = {0, 1, 0xaa, [29] = 4};

static struct value_seal_keys two_epochs(void)
{
    struct value_seal_keys keys;
    value_seal_keys_init(&keys, domain, tenant);
    value_seal_keys_add(&keys, 0, &key_0);
    value_seal_keys_add(&keys, 7, &key_7);
    return keys;
}

static struct record greeting(void)
{
    return (struct record){
        .key = BYTES_LITERAL("a/greeting"),
        .clock = BYTES_ARRAY(clock_bytes),
        .seen = BYTES_ARRAY(clock_bytes),
        .updated_at_ms = 1700000000000,
        .ttl_ms = 60000,
        .tie = {9, 8, 7},
    };
}

/* Seal into blob, which the record then borrows. */
static void seal(const struct value_seal_keys *keys, struct record *record, struct bytes plaintext,
                 uint8_t *blob)
{
    assert_status(OK, value_seal_seal(keys, record, plaintext, nonce, blob));
    record->blob = (struct bytes){blob, value_seal_sealed_len(record->flags, plaintext.len)};
    assert_int_equal(plaintext.len, value_seal_plaintext_len(record));
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
    uint8_t all = 0;
    for (size_t i = 0; i < len; i++) {
        all |= bytes[i];
    }
    return all == 0;
}

/* It must not open, and nothing may come out. */
static void refuse(const struct value_seal_keys *keys, const struct record *record)
{
    uint8_t out[64];
    memset(out, 0x55, sizeof out);
    assert_true(value_seal_plaintext_len(record) <= sizeof out);
    assert_status(VALUE_SEAL, value_seal_open(keys, record, out));
    assert_true(is_zero(out, value_seal_plaintext_len(record)));
}

static void every_byte_of_a_blob_counts(void **state)
{
    (void)state;
    struct value_seal_keys keys = two_epochs();
    struct record record = greeting();
    uint8_t blob[64 + VALUE_SEAL_OVERHEAD];
    uint8_t out[64];
    seal(&keys, &record, BYTES_LITERAL("hello"), blob);
    for (size_t i = 0; i < record.blob.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            blob[i] ^= (uint8_t)(1u << bit);
            if (i >= 1 && i < 5) {
                assert_status(VALUE_EPOCH, value_seal_open(&keys, &record, out));
            } else {
                refuse(&keys, &record);
            }
            blob[i] ^= (uint8_t)(1u << bit);
        }
    }
    blob[4] = 0; /* an epoch that is here, but another */
    refuse(&keys, &record);
    blob[4] = 7;
    struct bytes whole = record.blob;
    for (size_t len = 0; len < whole.len; len++) {
        record.blob.len = len;
        refuse(&keys, &record);
    }
    blob[whole.len] = 0;
    record.blob.len = whole.len + 1;
    refuse(&keys, &record);
    record.blob = whole;
    assert_status(OK, value_seal_open(&keys, &record, out));
    assert_memory_equal("hello", out, 5);
}

/* Change every byte of a part of the record and expect a refusal. */
static void spoil_part(const struct value_seal_keys *keys, struct record *record,
                       struct bytes *part)
{
    uint8_t memory[64];
    struct bytes original = *part;
    memcpy(memory, original.ptr, original.len);
    for (size_t i = 0; i < original.len; i++) {
        memory[i] ^= 0x10;
        *part = (struct bytes){memory, original.len};
        refuse(keys, record);
        memory[i] ^= 0x10;
    }
    *part = (struct bytes){memory, original.len - 1};
    refuse(keys, record);
    memory[original.len] = 0;
    *part = (struct bytes){memory, original.len + 1};
    refuse(keys, record);
    *part = original;
}

static void every_byte_of_what_goes_with_it_counts(void **state)
{
    (void)state;
    struct value_seal_keys keys = two_epochs();
    struct record record = greeting();
    uint8_t blob[64 + VALUE_SEAL_OVERHEAD];
    uint8_t out[64];
    seal(&keys, &record, BYTES_LITERAL("hello"), blob);
    spoil_part(&keys, &record, &record.key);
    spoil_part(&keys, &record, &record.clock);
    for (unsigned bit = 0; bit < 64; bit++) {
        record.updated_at_ms ^= (uint64_t)1 << bit;
        refuse(&keys, &record);
        record.updated_at_ms ^= (uint64_t)1 << bit;
        record.ttl_ms ^= (uint64_t)1 << bit;
        refuse(&keys, &record);
        record.ttl_ms ^= (uint64_t)1 << bit;
    }
    for (size_t i = 0; i < RECORD_TIE; i++) {
        record.tie[i] ^= 1;
        refuse(&keys, &record);
        record.tie[i] ^= 1;
    }
    record.flags ^= RECORD_TOMBSTONE;
    refuse(&keys, &record);
    record.flags ^= RECORD_TOMBSTONE;
    for (size_t i = 0; i < DOMAIN_ID; i++) {
        keys.domain[i] ^= 1;
        refuse(&keys, &record);
        keys.domain[i] ^= 1;
        keys.tenant[i] ^= 1;
        refuse(&keys, &record);
        keys.tenant[i] ^= 1;
    }
    record.seen = (struct bytes){NULL, 0}; /* grows without the record */
    assert_status(OK, value_seal_open(&keys, &record, out));
}

/* The blob as OpenSSL makes it from the document. */
static size_t by_openssl(const struct record *record, uint32_t epoch, const struct secret32 *key,
                         struct bytes plaintext, uint8_t *out)
{
    uint8_t info[14 + 12 + 1] = "coffer/value/2";
    uint8_t subkey[32];
    unsigned subkey_len = 0;
    int len = 0;
    memcpy(info + 14, nonce, 12);
    info[26] = 1; /* the first and only block of HKDF-Expand */
    assert_non_null(HMAC(EVP_sha256(), key->b, 32, info, sizeof info, subkey, &subkey_len));
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    assert_int_equal(1, EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, subkey, nonce + 12));
    uint8_t times[2][8];
    for (unsigned i = 0; i < 8; i++) {
        times[0][i] = (uint8_t)(record->updated_at_ms >> (56 - 8 * i));
        times[1][i] = (uint8_t)(record->ttl_ms >> (56 - 8 * i));
    }
    const struct bytes parts[8] = {BYTES_ARRAY(domain),   BYTES_ARRAY(tenant),
                                   record->key,           record->clock,
                                   BYTES_ARRAY(times[0]), BYTES_ARRAY(times[1]),
                                   {&record->flags, 1},   BYTES_ARRAY(record->tie)};
    for (size_t i = 0; i < 8; i++) {
        const uint8_t prefix[4] = {0, 0, (uint8_t)(parts[i].len >> 8), (uint8_t)parts[i].len};
        assert_int_equal(1, EVP_EncryptUpdate(context, NULL, &len, prefix, 4));
        assert_int_equal(1,
                         EVP_EncryptUpdate(context, NULL, &len, parts[i].ptr, (int)parts[i].len));
    }
    const uint8_t head[5] = {2, (uint8_t)(epoch >> 24), (uint8_t)(epoch >> 16),
                             (uint8_t)(epoch >> 8), (uint8_t)epoch};
    memcpy(out, head, 5);
    memcpy(out + 5, nonce, sizeof nonce);
    if (plaintext.len != 0) {
        assert_int_equal(
            1, EVP_EncryptUpdate(context, out + 29, &len, plaintext.ptr, (int)plaintext.len));
    }
    assert_int_equal(1, EVP_EncryptFinal_ex(context, out + 29 + plaintext.len, &len));
    assert_int_equal(
        1, EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, out + 29 + plaintext.len));
    EVP_CIPHER_CTX_free(context);
    return 45 + plaintext.len;
}

static void openssl_makes_the_same_blob(void **state)
{
    (void)state;
    struct value_seal_keys keys = two_epochs();
    static const char text[] = "0123456789abcdef0123456789abcdef0123456789";
    for (size_t len = 0; len < sizeof text; len++) {
        struct record record = greeting();
        struct bytes plaintext = {(const uint8_t *)text, len};
        uint8_t blob[sizeof text + VALUE_SEAL_OVERHEAD];
        uint8_t expected[sizeof text + VALUE_SEAL_OVERHEAD];
        uint8_t out[sizeof text];
        record.flags = len == 0 ? RECORD_TOMBSTONE : 0;
        record.ttl_ms = len == 0 ? 0 : len;
        seal(&keys, &record, plaintext, blob);
        size_t expected_len = by_openssl(&record, 7, &key_7, plaintext, expected);
        assert_bytes(((struct bytes){expected, expected_len}), record.blob);
        /* One of an older epoch still opens. */
        expected_len = by_openssl(&record, 0, &key_0, plaintext, expected);
        record.blob = (struct bytes){expected, expected_len};
        assert_status(OK, value_seal_open(&keys, &record, out));
        assert_memory_equal(text, out, len);
    }
}

static void every_nonce_has_a_key_of_its_own(void **state)
{
    (void)state;
    struct value_seal_keys keys = two_epochs();
    struct record record = greeting();
    uint8_t one[8 + VALUE_SEAL_OVERHEAD];
    uint8_t two[8 + VALUE_SEAL_OVERHEAD];
    uint8_t other[VALUE_SEAL_NONCE];
    memcpy(other, nonce, sizeof other);
    other[0] ^= 1; /* the same IV */
    seal(&keys, &record, BYTES_LITERAL("same"), one);
    assert_status(OK, value_seal_seal(&keys, &record, BYTES_LITERAL("same"), other, two));
    assert_memory_not_equal(one + 29, two + 29, 4);
}

static void keys_that_are_not_here_are_named(void **state)
{
    (void)state;
    struct value_seal_keys keys = two_epochs();
    struct value_seal_keys none;
    struct record record = greeting();
    uint8_t blob[8 + VALUE_SEAL_OVERHEAD];
    uint8_t out[8 + VALUE_SEAL_OVERHEAD]; /* read as v1 it would be longer */
    seal(&keys, &record, BYTES_LITERAL("x"), blob);
    value_seal_keys_init(&none, domain, tenant);
    assert_status(VALUE_EPOCH, value_seal_open(&none, &record, out));
    assert_status(VALUE_EPOCH, value_seal_seal(&none, &record, BYTES_LITERAL("x"), nonce, blob));
    assert_true(is_zero(blob, 1 + VALUE_SEAL_OVERHEAD));
    record.flags = RECORD_V1;
    assert_status(VALUE_EPOCH, value_seal_open(&keys, &record, out));
    assert_status(VALUE_EPOCH, value_seal_seal(&keys, &record, BYTES_LITERAL("x"), nonce, blob));
}

static void v1_blobs_open_only_where_the_record_says_so(void **state)
{
    (void)state;
    struct value_seal_keys keys = two_epochs();
    struct record record = greeting();
    uint8_t blob[16 + VALUE_SEAL_V1_OVERHEAD];
    uint8_t out[16];
    value_seal_keys_v1(&keys, &key_0, true);
    record.flags = RECORD_V1;
    seal(&keys, &record, BYTES_LITERAL("hello"), blob);
    assert_int_equal(5 + 28, record.blob.len);
    assert_memory_equal(nonce, blob, 12);
    for (size_t i = 0; i < record.blob.len; i++) {
        blob[i] ^= 1;
        refuse(&keys, &record);
        blob[i] ^= 1;
    }
    record.flags = 0;
    refuse(&keys, &record);
    record.flags = RECORD_V1;
    record.key = BYTES_LITERAL("moved"); /* what the v1 form does not bind */
    assert_status(OK, value_seal_open(&keys, &record, out));
    assert_memory_equal("hello", out, 5);
    record.flags |= RECORD_TOMBSTONE;
    assert_status(VALUE_SEAL, value_seal_open(&keys, &record, out));
    record.blob.len = 0;
    assert_status(OK, value_seal_open(&keys, &record, out));
    assert_int_equal(0, value_seal_sealed_len(record.flags, 0));
}

static void the_largest_record_has_room(void **state)
{
    (void)state;
    static uint8_t value[LIMIT_KV_VALUE];
    static uint8_t blob[LIMIT_KV_VALUE + VALUE_SEAL_OVERHEAD];
    static uint8_t out[LIMIT_KV_VALUE];
    static uint8_t key[LIMIT_KV_KEY];
    uint8_t memory[VECTOR_CLOCK_BYTES];
    struct vector_clock clock = {0};
    for (unsigned i = 0; i < LIMIT_CLOCK_NODES; i++) {
        const uint8_t wallet[VECTOR_CLOCK_WALLET] = {(uint8_t)(i >> 8), (uint8_t)i};
        vector_clock_raise(&clock, wallet, 1);
    }
    struct buf encoded = buf_over(memory, sizeof memory);
    vector_clock_write(&clock, &encoded);
    struct value_seal_keys keys = two_epochs();
    struct record record = greeting();
    memset(key, 'k', sizeof key);
    memset(value, 0xa5, sizeof value);
    record.key = BYTES_ARRAY(key);
    record.clock = buf_bytes(&encoded);
    seal(&keys, &record, BYTES_ARRAY(value), blob);
    assert_status(OK, value_seal_open(&keys, &record, out));
    assert_memory_equal(value, out, sizeof value);
}

static void the_key_that_was_chosen_seals(void **state)
{
    (void)state;
    struct value_seal_keys keys = two_epochs();
    struct record record = greeting();
    uint8_t blob[64];
    uint8_t out[2];
    uint32_t epoch;
    assert_int_equal(7, value_seal_keys_epoch(&keys));
    value_seal_keys_seal_with(&keys, 3);
    assert_int_equal(7, value_seal_keys_epoch(&keys));
    value_seal_keys_seal_with(&keys, 0);
    assert_int_equal(0, value_seal_keys_epoch(&keys));
    assert_false(value_seal_epoch_of(&record, &epoch));
    seal(&keys, &record, BYTES_LITERAL("hi"), blob);
    assert_true(value_seal_epoch_of(&record, &epoch));
    assert_int_equal(0, epoch);
    assert_status(OK, value_seal_open(&keys, &record, out));
    value_seal_keys_seal_with(&keys, 7);
    assert_status(OK, value_seal_open(&keys, &record, out));
    seal(&keys, &record, BYTES_LITERAL("hi"), blob);
    assert_true(value_seal_epoch_of(&record, &epoch));
    assert_int_equal(7, epoch);
    record.blob.len = VALUE_SEAL_OVERHEAD - 1;
    assert_false(value_seal_epoch_of(&record, &epoch));
    record.flags = RECORD_V1;
    record.blob.len = 64;
    assert_false(value_seal_epoch_of(&record, &epoch));
    value_seal_keys_wipe(&keys);
    assert_int_equal(0, value_seal_keys_epoch(&keys));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_that_was_chosen_seals),
        cmocka_unit_test(every_byte_of_a_blob_counts),
        cmocka_unit_test(every_byte_of_what_goes_with_it_counts),
        cmocka_unit_test(openssl_makes_the_same_blob),
        cmocka_unit_test(every_nonce_has_a_key_of_its_own),
        cmocka_unit_test(keys_that_are_not_here_are_named),
        cmocka_unit_test(v1_blobs_open_only_where_the_record_says_so),
        cmocka_unit_test(the_largest_record_has_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
