#include "fixtures/store_fixture.h"
#include "fixtures/unit.h"
#include "record/vector_clock.h"

/* A clock of (wallet, count) pairs, ended by a count of 0. */
static struct vector_clock clock_of(const unsigned *pairs)
{
    struct vector_clock clock = {0};
    for (; pairs[1] != 0; pairs += 2) {
        uint8_t wallet[VECTOR_CLOCK_WALLET];
        store_wallet((uint8_t)pairs[0], wallet);
        vector_clock_raise(&clock, wallet, pairs[1]);
    }
    return clock;
}

#define CLOCK(...) clock_of((const unsigned[]){__VA_ARGS__ __VA_OPT__(, ) 0, 0})

static bool same(const struct vector_clock *a, const struct vector_clock *b)
{
    return vector_clock_compare(a, b) == VECTOR_CLOCK_EQUAL;
}

static void bytes_that_are_no_clock_are_refused(void **state)
{
    (void)state;
    uint8_t memory[VECTOR_CLOCK_BYTES + VECTOR_CLOCK_ENTRY] = {0};
    struct vector_clock clock = CLOCK(1, 5, 2, 6);
    struct vector_clock read;
    struct buf out = buf_over(memory, sizeof memory);
    vector_clock_write(&clock, &out);
    struct bytes good = buf_bytes(&out);
    assert_status(OK, vector_clock_read(good, &read));
    assert_true(same(&clock, &read));
    for (size_t len = 0; len < good.len; len++) {
        assert_status(RECORD_INVALID, vector_clock_read(bytes_slice(good, 0, len), &read));
        assert_int_equal(0, read.len);
    }
    assert_status(RECORD_INVALID, vector_clock_read((struct bytes){memory, good.len + 1}, &read));
    memory[2] = 3; /* descends */
    assert_status(RECORD_INVALID, vector_clock_read(good, &read));
    memset(memory + 2, 2, VECTOR_CLOCK_WALLET); /* twice the same */
    assert_status(RECORD_INVALID, vector_clock_read(good, &read));
    memset(memory + 2, 1, VECTOR_CLOCK_WALLET);
    assert_status(OK, vector_clock_read(good, &read));
    memory[2 + VECTOR_CLOCK_ENTRY - 1] = 0; /* a count of 0 */
    assert_status(RECORD_INVALID, vector_clock_read(good, &read));
}

/* One of more than 256 wallets, ascending. */
static void wide_wallet(uint64_t number, uint8_t wallet[static VECTOR_CLOCK_WALLET])
{
    memset(wallet, 0, VECTOR_CLOCK_WALLET);
    wallet[0] = (uint8_t)(number >> 8);
    wallet[1] = (uint8_t)number;
}

static void a_clock_has_a_bound(void **state)
{
    (void)state;
    uint8_t memory[VECTOR_CLOCK_BYTES + VECTOR_CLOCK_ENTRY];
    struct buf out = buf_over(memory, sizeof memory);
    struct vector_clock clock;
    buf_put_u16(&out, LIMIT_CLOCK_NODES + 1);
    for (unsigned i = 0; i <= LIMIT_CLOCK_NODES; i++) {
        uint8_t wallet[VECTOR_CLOCK_WALLET];
        wide_wallet(i, wallet);
        buf_put(&out, BYTES_ARRAY(wallet));
        buf_put_u64(&out, 1);
    }
    assert_status(OK, buf_check(&out));
    assert_status(RECORD_INVALID, vector_clock_read(buf_bytes(&out), &clock));
    memory[0] = LIMIT_CLOCK_NODES >> 8;
    memory[1] = (uint8_t)LIMIT_CLOCK_NODES;
    out.len -= VECTOR_CLOCK_ENTRY;
    assert_int_equal(VECTOR_CLOCK_BYTES, out.len);
    assert_status(OK, vector_clock_read(buf_bytes(&out), &clock));
    assert_int_equal(LIMIT_CLOCK_NODES, clock.len);

    /* Full: the oldest writer gives way to the newest, an older one stays out. */
    uint8_t newcomer[VECTOR_CLOCK_WALLET];
    uint8_t first[VECTOR_CLOCK_WALLET];
    wide_wallet(LIMIT_CLOCK_NODES + 9, newcomer);
    wide_wallet(0, first);
    vector_clock_bump(&clock, newcomer);
    assert_int_equal(LIMIT_CLOCK_NODES, clock.len);
    assert_int_equal(2, vector_clock_count(&clock, newcomer));
    assert_int_equal(0, vector_clock_count(&clock, first));
    vector_clock_raise(&clock, first, 1);
    assert_int_equal(0, vector_clock_count(&clock, first));
    vector_clock_raise(&clock, first, 2);
    assert_int_equal(2, vector_clock_count(&clock, first));
    assert_int_equal(LIMIT_CLOCK_NODES, clock.len);
}

static void clocks_compare(void **state)
{
    (void)state;
    struct vector_clock none = CLOCK();
    struct vector_clock a1 = CLOCK(1, 1);
    struct vector_clock a2 = CLOCK(1, 2);
    struct vector_clock b1 = CLOCK(2, 1);
    struct vector_clock a1b1 = CLOCK(2, 1, 1, 1);
    assert_int_equal(VECTOR_CLOCK_EQUAL, vector_clock_compare(&none, &none));
    assert_int_equal(VECTOR_CLOCK_BEFORE, vector_clock_compare(&none, &a1));
    assert_int_equal(VECTOR_CLOCK_AFTER, vector_clock_compare(&a1, &none));
    assert_int_equal(VECTOR_CLOCK_BEFORE, vector_clock_compare(&a1, &a2));
    assert_int_equal(VECTOR_CLOCK_CONCURRENT, vector_clock_compare(&a1, &b1));
    assert_int_equal(VECTOR_CLOCK_BEFORE, vector_clock_compare(&a1, &a1b1));
    assert_int_equal(VECTOR_CLOCK_AFTER, vector_clock_compare(&a1b1, &b1));
    assert_int_equal(VECTOR_CLOCK_CONCURRENT, vector_clock_compare(&a2, &a1b1));
    assert_int_equal(VECTOR_CLOCK_EQUAL, vector_clock_compare(&a1b1, &a1b1));
}

static void a_bump_exceeds_every_count(void **state)
{
    (void)state;
    uint8_t own[VECTOR_CLOCK_WALLET];
    store_wallet(9, own);
    struct vector_clock clock = {0};
    assert_null(vector_clock_latest(&clock));
    vector_clock_bump(&clock, own);
    vector_clock_bump(&clock, own);
    assert_int_equal(2, vector_clock_count(&clock, own));
    struct vector_clock other = CLOCK(1, 7);
    vector_clock_join(&clock, &other);
    struct vector_clock before = clock;
    vector_clock_bump(&clock, own);
    assert_int_equal(8, vector_clock_count(&clock, own));
    assert_int_equal(VECTOR_CLOCK_BEFORE, vector_clock_compare(&before, &clock));
    assert_memory_equal(own, vector_clock_latest(&clock)->wallet, sizeof own);
    vector_clock_raise(&clock, own, UINT64_MAX);
    vector_clock_bump(&clock, own);
    assert_true(vector_clock_count(&clock, own) == UINT64_MAX);
}

/* Up to the bound and beyond it, with many equal counts. */
static struct vector_clock any(struct store_random *random)
{
    struct vector_clock clock = {0};
    uint64_t raises = store_random_below(random, 2 * LIMIT_CLOCK_NODES);
    for (uint64_t i = 0; i < raises; i++) {
        uint8_t wallet[VECTOR_CLOCK_WALLET];
        wide_wallet(store_random_below(random, LIMIT_CLOCK_NODES + 16), wallet);
        vector_clock_raise(&clock, wallet, store_random_below(random, 12));
    }
    return clock;
}

static struct vector_clock join(const struct vector_clock *a, const struct vector_clock *b)
{
    struct vector_clock joined = *a;
    vector_clock_join(&joined, b);
    return joined;
}

static void the_join_is_a_join(void **state)
{
    (void)state;
    struct store_random random = {1};
    for (unsigned i = 0; i < 1000; i++) {
        struct vector_clock a = any(&random);
        struct vector_clock b = any(&random);
        struct vector_clock c = any(&random);
        struct vector_clock ab = join(&a, &b);
        struct vector_clock ba = join(&b, &a);
        struct vector_clock bc = join(&b, &c);
        struct vector_clock left = join(&ab, &c);
        struct vector_clock right = join(&a, &bc);
        struct vector_clock again = join(&ab, &b);
        assert_true(same(&ab, &ba) && same(&left, &right) && same(&again, &ab));
        for (size_t at = 0; at < ab.len; at++) {
            uint64_t in_a = vector_clock_count(&a, ab.entries[at].wallet);
            uint64_t in_b = vector_clock_count(&b, ab.entries[at].wallet);
            assert_int_equal(in_a > in_b ? in_a : in_b, ab.entries[at].count);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_that_are_no_clock_are_refused),
        cmocka_unit_test(a_clock_has_a_bound),
        cmocka_unit_test(clocks_compare),
        cmocka_unit_test(a_bump_exceeds_every_count),
        cmocka_unit_test(the_join_is_a_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
