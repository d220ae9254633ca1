/* COFFER_MERGE_TRIPLES sets how many random triples are held against the laws of a join. */
#include <stdlib.h>

#include "base/limits.h"
#include "codec/decimal.h"
#include "fixtures/store_fixture.h"
#include "fixtures/unit.h"
#include "store/record.h"

static const uint8_t no_clock[2] = {0, 0};

static struct record live(const char *key)
{
    static const uint8_t blob[VALUE_SEAL_OVERHEAD] = {2};
    return (struct record){
        .key = bytes_of(key),
        .clock = BYTES_ARRAY(no_clock),
        .sealed_clock = BYTES_ARRAY(no_clock),
        .blob = BYTES_ARRAY(blob),
        .updated_at_ms = 1000,
    };
}

static void keys_are_bounded_utf8(void **state)
{
    (void)state;
    static uint8_t text[LIMIT_KV_KEY + 1];
    memset(text, 'k', sizeof text);
    assert_status(VALUE_KEY, record_check_key((struct bytes){NULL, 0}));
    assert_status(VALUE_KEY, record_check_key(BYTES_ARRAY(text)));
    assert_status(VALUE_KEY, record_check_key(BYTES_LITERAL("a\xff")));
    assert_status(VALUE_KEY, record_check_key(BYTES_LITERAL("\xed\xa0\x80")));
    assert_status(OK, record_check_key((struct bytes){text, LIMIT_KV_KEY}));
    assert_status(OK, record_check_key(BYTES_LITERAL("a/b//ä\n")));
}

static void records_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static uint8_t large[LIMIT_KV_VALUE + VALUE_SEAL_OVERHEAD + 1];
    struct record record = live("k");
    assert_status(OK, record_check(&record));
    record.key.len = 0;
    assert_status(VALUE_KEY, record_check(&record));
    record = live("k");
    record.flags = 4;
    assert_status(RECORD_INVALID, record_check(&record));
    record = live("k");
    record.clock.len = 1;
    assert_status(RECORD_INVALID, record_check(&record));
    record = live("k");
    record.sealed_clock.len = 0;
    assert_status(RECORD_INVALID, record_check(&record));
    record = live("k");
    record.blob.len--;
    assert_status(RECORD_INVALID, record_check(&record));
    record.flags = RECORD_V1;
    assert_status(OK, record_check(&record));
    record.blob.len = VALUE_SEAL_V1_OVERHEAD - 1;
    assert_status(RECORD_INVALID, record_check(&record));
    record = live("k");
    record.blob = BYTES_ARRAY(large);
    assert_status(RECORD_INVALID, record_check(&record));
    record.blob.len--;
    assert_status(OK, record_check(&record));
}

static void tombstones_have_neither_value_nor_ttl(void **state)
{
    (void)state;
    struct record record = live("k");
    record.flags = RECORD_TOMBSTONE;
    assert_status(OK, record_check(&record));
    record.ttl_ms = 1;
    assert_status(RECORD_INVALID, record_check(&record));
    record.ttl_ms = 0;
    record.flags |= RECORD_V1;
    assert_status(RECORD_INVALID, record_check(&record));
    record.blob.len = 0;
    assert_status(OK, record_check(&record));
}

static void expiry_is_strict_and_never_wraps(void **state)
{
    (void)state;
    struct record record = live("k");
    assert_false(record_is_expired(&record, UINT64_MAX));
    record.ttl_ms = 5;
    assert_false(record_is_expired(&record, 1005));
    assert_true(record_is_expired(&record, 1006));
    record.ttl_ms = UINT64_MAX;
    assert_false(record_is_expired(&record, UINT64_MAX));
    record.ttl_ms = UINT64_MAX - 1000;
    assert_false(record_is_expired(&record, UINT64_MAX));
}

static void versions_have_a_text(void **state)
{
    (void)state;
    struct record_version version = {0x0102030405060708, 9, {0xaa, 0xbb}};
    struct record_version read;
    uint8_t memory[RECORD_VERSION_TEXT];
    struct buf out = buf_over(memory, sizeof memory);
    record_version_write(&version, &out);
    assert_status(OK, buf_check(&out));
    assert_bytes(BYTES_LITERAL("01020304050607080000000000000009aabb000000000000"),
                 buf_bytes(&out));
    assert_status(OK, record_version_read(buf_bytes(&out), &read));
    assert_true(record_version_equal(&version, &read));
    for (size_t len = 0; len < sizeof memory; len++) {
        assert_status(VERSION_INVALID, record_version_read((struct bytes){memory, len}, &read));
    }
    memory[3] = 'g';
    assert_status(VERSION_INVALID, record_version_read(buf_bytes(&out), &read));
    read.count++;
    assert_false(record_version_equal(&version, &read));
}

static void encode(const struct vector_clock *clock, struct buf *out)
{
    out->len = 0;
    vector_clock_write(clock, out);
}

static void a_record_contains_what_its_clock_has_counted(void **state)
{
    (void)state;
    uint8_t a[VECTOR_CLOCK_WALLET];
    uint8_t b[VECTOR_CLOCK_WALLET];
    uint8_t memory[2][VECTOR_CLOCK_BYTES];
    struct buf joined = buf_over(memory[0], sizeof memory[0]);
    struct buf sealed = buf_over(memory[1], sizeof memory[1]);
    struct vector_clock clock = {0};
    store_wallet(1, a);
    store_wallet(2, b);
    vector_clock_raise(&clock, a, 3);
    encode(&clock, &sealed);
    vector_clock_raise(&clock, b, 5);
    encode(&clock, &joined);
    struct record record = live("k");
    record.clock = buf_bytes(&joined);
    record.sealed_clock = buf_bytes(&sealed);
    struct record_version version = record_version(&record);
    assert_int_equal(3, version.count);
    assert_memory_equal(a, version.wallet, sizeof version.wallet);
    assert_true(record_contains(&record, &version));
    version.count = 4;
    assert_false(record_contains(&record, &version));
    memcpy(version.wallet, b, sizeof version.wallet);
    version.count = 5;
    assert_true(record_contains(&record, &version));
    version.updated_at_ms = record.updated_at_ms + 1;
    assert_false(record_contains(&record, &version));
    version.updated_at_ms = record.updated_at_ms - 1;
    version.count = 99;
    assert_true(record_contains(&record, &version));
}

/* --- the join --------------------------------------------------------------------------------- */

/* A record with all that it borrows. */
struct sample {
    struct vector_clock clock;
    struct vector_clock sealed_clock;
    uint8_t sealed[VECTOR_CLOCK_BYTES];
    uint8_t plaintext[2];
    uint8_t blob[8]; /* stands for the nonce: two draws never share it */
    struct record record;
    size_t plaintext_len;
};

/* Few values of everything, so that ties of every depth are frequent. */
static void draw(struct store_random *random, struct sample *ret)
{
    uint64_t bits = store_random(random);
    ret->sealed_clock.len = 0;
    for (uint8_t node = 0; node < 3; node++) {
        uint8_t wallet[VECTOR_CLOCK_WALLET];
        store_wallet(node, wallet);
        vector_clock_raise(&ret->sealed_clock, wallet, bits & 3);
        bits >>= 2;
    }
    ret->clock = ret->sealed_clock;
    struct buf out = buf_over(ret->sealed, sizeof ret->sealed);
    vector_clock_write(&ret->sealed_clock, &out);
    ret->record = (struct record){
        .sealed_clock = buf_bytes(&out),
        .updated_at_ms = bits & 1,
        .ttl_ms = bits >> 1 & 3,
        .flags = bits >> 3 & RECORD_FLAGS,
    };
    ret->plaintext[0] = bits >> 5 & 1;
    ret->plaintext[1] = bits >> 6 & 1;
    ret->plaintext_len = (size_t)(bits >> 7 & 3) % 3;
    uint64_t number = random->state;
    memcpy(ret->blob, &number, sizeof number);
    if ((ret->record.flags & RECORD_TOMBSTONE) != 0) {
        ret->record.ttl_ms = 0;
        ret->plaintext_len = 0;
    }
    ret->record.blob = BYTES_ARRAY(ret->blob);
}

static struct bytes plaintext_of(const struct sample *sample)
{
    return (struct bytes){sample->plaintext, sample->plaintext_len};
}

static int order(const struct sample *a, const struct sample *b)
{
    return record_order(&a->record, plaintext_of(a), &b->record, plaintext_of(b));
}

/* A winner by its place, and the joined clock. */
struct joined {
    const struct sample *winner;
    struct vector_clock clock;
};

static struct joined start(const struct sample *sample)
{
    return (struct joined){sample, sample->clock};
}

static struct joined join(const struct joined *a, const struct joined *b)
{
    struct joined joined = *a;
    vector_clock_join(&joined.clock, &b->clock);
    if (order(a->winner, b->winner) < 0) {
        joined.winner = b->winner;
    }
    return joined;
}

/* Every member but which blob it is. */
static bool same(const struct joined *a, const struct joined *b)
{
    const struct record *left = &a->winner->record;
    const struct record *right = &b->winner->record;
    return left->updated_at_ms == right->updated_at_ms && left->ttl_ms == right->ttl_ms &&
           left->flags == right->flags && bytes_equal(left->sealed_clock, right->sealed_clock) &&
           bytes_equal(plaintext_of(a->winner), plaintext_of(b->winner)) &&
           vector_clock_compare(&a->clock, &b->clock) == VECTOR_CLOCK_EQUAL;
}

static uint64_t triples(void)
{
    uint64_t count = 0;
    const char *wanted = getenv("COFFER_MERGE_TRIPLES");
    if (wanted != NULL && status_is_ok(decimal_u64(bytes_of(wanted), &count))) {
        return count;
    }
    return 2000000;
}

static void taking_the_winner_and_joining_clocks_is_a_join(void **state)
{
    (void)state;
    struct store_random random = {3};
    uint64_t ties = 0;
    for (uint64_t left = triples(); left != 0; left--) {
        struct sample samples[3];
        struct joined at[3];
        for (size_t i = 0; i < 3; i++) {
            draw(&random, &samples[i]);
            if (i != 0 && left % 4 == 0) {
                /* One write that came two ways, with other clocks joined. */
                samples[i].record = samples[0].record;
                memcpy(samples[i].plaintext, samples[0].plaintext, sizeof samples[i].plaintext);
                samples[i].plaintext_len = samples[0].plaintext_len;
            }
            at[i] = start(&samples[i]);
        }
        struct joined ab = join(&at[0], &at[1]);
        struct joined ba = join(&at[1], &at[0]);
        struct joined bc = join(&at[1], &at[2]);
        struct joined ab_c = join(&ab, &at[2]);
        struct joined a_bc = join(&at[0], &bc);
        struct joined again = join(&ab, &at[0]);
        if (!same(&ab, &ba) || !same(&ab_c, &a_bc) || !same(&again, &ab)) {
            fail();
        }
        /* Nothing older wins, and no value over a tombstone of its time. */
        const struct record *won = &ab.winner->record;
        const struct record *lost =
            ab.winner == &samples[0] ? &samples[1].record : &samples[0].record;
        if (won->updated_at_ms < lost->updated_at_ms ||
            (won->updated_at_ms == lost->updated_at_ms &&
             (won->flags & RECORD_TOMBSTONE) < (lost->flags & RECORD_TOMBSTONE))) {
            fail();
        }
        ties += record_needs_plaintext(won, lost) ? 1 : 0;
    }
    assert_true(triples() == 0 || ties != 0);
}

static void one_blob_decides_without_the_plaintext(void **state)
{
    (void)state;
    struct record a = live("k");
    struct record b = live("k");
    assert_false(record_needs_plaintext(&a, &b));
    assert_int_equal(0, record_order(&a, BYTES_LITERAL("x"), &b, BYTES_LITERAL("y")));
    const uint8_t other[VALUE_SEAL_OVERHEAD] = {2, 1};
    b.blob = BYTES_ARRAY(other);
    assert_true(record_needs_plaintext(&a, &b));
    assert_true(record_order(&a, BYTES_LITERAL("x"), &b, BYTES_LITERAL("y")) < 0);
    assert_true(record_order(&a, BYTES_LITERAL("x"), &b, BYTES_LITERAL("")) > 0);
    b.flags = RECORD_TOMBSTONE;
    assert_false(record_needs_plaintext(&a, &b));
    assert_true(record_order(&a, BYTES_LITERAL("x"), &b, BYTES_LITERAL("")) < 0);
    b.updated_at_ms--;
    assert_true(record_order(&a, BYTES_LITERAL(""), &b, BYTES_LITERAL("")) > 0);
}

static void plaintexts_are_compared_as_bytes(void **state)
{
    (void)state;
    struct store_random random = {5};
    const uint8_t other[VALUE_SEAL_OVERHEAD] = {2, 1};
    struct record a = live("k");
    struct record b = live("k");
    b.blob = BYTES_ARRAY(other);
    for (unsigned i = 0; i < 20000; i++) {
        uint8_t bytes[2][3];
        struct bytes plain[2];
        for (unsigned j = 0; j < 2; j++) {
            uint64_t bits = store_random(&random);
            for (unsigned at = 0; at < 3; at++) {
                bytes[j][at] = (uint8_t)(bits >> (8 * at) & 0x81);
            }
            plain[j] = (struct bytes){bytes[j], bits >> 32 & 3};
        }
        int expected = bytes_compare(plain[0], plain[1]);
        int actual = record_order(&a, plain[0], &b, plain[1]);
        assert_true((expected < 0) == (actual < 0) && (expected > 0) == (actual > 0));
    }
}

static void never_is_the_longest_ttl(void **state)
{
    (void)state;
    struct record a = live("k");
    struct record b = live("k");
    a.ttl_ms = UINT64_MAX;
    assert_true(record_order(&a, a.key, &b, a.key) < 0);
    b.ttl_ms = 7;
    assert_true(record_order(&a, a.key, &b, a.key) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_bounded_utf8),
        cmocka_unit_test(records_that_cannot_be_are_refused),
        cmocka_unit_test(tombstones_have_neither_value_nor_ttl),
        cmocka_unit_test(expiry_is_strict_and_never_wraps),
        cmocka_unit_test(versions_have_a_text),
        cmocka_unit_test(a_record_contains_what_its_clock_has_counted),
        cmocka_unit_test(taking_the_winner_and_joining_clocks_is_a_join),
        cmocka_unit_test(one_blob_decides_without_the_plaintext),
        cmocka_unit_test(plaintexts_are_compared_as_bytes),
        cmocka_unit_test(never_is_the_longest_ttl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
