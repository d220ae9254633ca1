#include "cluster/strict/strict_kinds.h"
#include "fixtures/unit.h"

enum { VALUES = 24 };

static uint64_t state_of_random = 7;

static uint8_t draw(unsigned end)
{
    state_of_random = state_of_random * 6364136223846793005u + 1442695040888963407u;
    return (uint8_t)((state_of_random >> 33) % end);
}

struct value {
    uint8_t bytes[STRICT_VALUE_MAX];
    size_t len;
    struct strict_ballot ballot;
};

static struct strict_version version_of(const struct value *value)
{
    return (struct strict_version){value->ballot, {value->bytes, value->len}};
}

/* Few different ones, so that they meet. */
static void draw_buckets(struct value *value)
{
    size_t count = 0;
    for (uint8_t i = 0; i < 90; i++) {
        if (draw(3) == 0) {
            continue;
        }
        uint8_t *at = value->bytes + STRICT_BUCKET * count++;
        memset(at, 0, STRICT_BUCKET);
        at[0] = i / 45;
        at[8] = i;
        at[STRICT_BUCKET - 1] = draw(3);
    }
    value->len = count * STRICT_BUCKET;
}

static void draw_value(enum strict_kind kind, struct value *value)
{
    value->ballot = (struct strict_ballot){.term = draw(3)};
    value->len = kind == STRICT_REVOKED ? 8 : kind == STRICT_BEGUN ? 16 : (size_t)draw(4) + 1;
    for (size_t i = 0; i < value->len; i++) {
        value->bytes[i] = draw(3);
    }
    if (kind == STRICT_SPENT) {
        draw_buckets(value);
    }
    assert_true(strict_value_is_valid(kind, version_of(value).value));
}

static void merge(enum strict_kind kind, const struct value *a, const struct value *b,
                  struct value *ret)
{
    static uint8_t memory[STRICT_SPENT_MAX];
    struct strict_version left = version_of(a);
    struct strict_version right = version_of(b);
    struct strict_version merged = strict_merge(kind, &left, &right, memory);
    struct value out = {.len = merged.value.len, .ballot = merged.ballot};
    memcpy(out.bytes, merged.value.ptr, merged.value.len);
    assert_true(strict_value_is_valid(kind, version_of(&out).value));
    *ret = out;
}

static void assert_same(const struct value *a, const struct value *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->bytes, b->bytes, a->len);
    assert_int_equal(0, strict_ballot_order(&a->ballot, &b->ballot));
}

/* Whatever way and however often records go, members come to hold the same. */
static void every_merge_is_a_join(void **state)
{
    (void)state;
    static struct value a, b, c, ab, ba, abc, bc, a_bc, again;
    for (enum strict_kind kind = 0; kind < STRICT_KINDS_COUNT; kind++) {
        for (size_t i = 0; i < VALUES; i++) {
            draw_value(kind, &a);
            draw_value(kind, &b);
            draw_value(kind, &c);
            merge(kind, &a, &b, &ab);
            merge(kind, &b, &a, &ba);
            assert_same(&ab, &ba);
            merge(kind, &ab, &c, &abc);
            merge(kind, &b, &c, &bc);
            merge(kind, &a, &bc, &a_bc);
            assert_same(&abc, &a_bc);
            merge(kind, &ab, &b, &again);
            assert_same(&ab, &again);
        }
    }
}

static void what_is_no_value_is_refused(void **state)
{
    (void)state;
    static uint8_t zeros[STRICT_VALUE_MAX + 1];
    struct {
        enum strict_kind kind;
        size_t len;
    } bad[] = {{STRICT_STATEMENT, 0},
               {STRICT_STATEMENT, STRICT_VALUE_MAX + 1},
               {STRICT_REVOKED, 7},
               {STRICT_REVOKED, 9},
               {STRICT_FACTOR, 513},
               {STRICT_SPENT, 40},
               {STRICT_SPENT, 2 * STRICT_BUCKET},
               {STRICT_LANE, 4097},
               {STRICT_APPROVAL, 8193},
               {STRICT_DECISION, 0},
               {STRICT_OBJECT, 513}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(strict_value_is_valid(bad[i].kind, (struct bytes){zeros, bad[i].len}));
    }
    zeros[0] = STRICT_WINDOWS_MAX;
    assert_false(strict_value_is_valid(STRICT_SPENT, (struct bytes){zeros, STRICT_BUCKET}));
    zeros[0] = STRICT_WINDOWS_MAX - 1;
    assert_true(strict_value_is_valid(STRICT_SPENT, (struct bytes){zeros, STRICT_BUCKET}));
}

static void a_revocation_goes_when_its_time_is_over(void **state)
{
    (void)state;
    uint8_t until[8] = {0, 0, 0, 0, 0, 0, 0, 9};
    assert_int_equal(60000, strict_value_gone_ms(STRICT_REVOKED, BYTES_ARRAY(until)));
    assert_int_equal(UINT64_MAX, strict_value_gone_ms(STRICT_LANE, BYTES_ARRAY(until)));
    memcpy(until, (uint8_t[]){0, 0, 0, 0, 0, 0, 0xea, 0x60}, 8); /* 60000 */
    assert_int_equal(120000, strict_value_gone_ms(STRICT_REVOKED, BYTES_ARRAY(until)));
    memset(until, 0xff, sizeof until);
    assert_int_equal(UINT64_MAX, strict_value_gone_ms(STRICT_REVOKED, BYTES_ARRAY(until)));
}

/* What only a minority held is no first one: the later ballot knew that nobody was told. */
static void an_object_is_that_of_the_later_ballot(void **state)
{
    (void)state;
    uint8_t memory[STRICT_SPENT_MAX];
    struct strict_version left_over = {{.term = 1}, BYTES_LITERAL("a")};
    struct strict_version held = {{.term = 2}, BYTES_LITERAL("b")};
    struct strict_version merged = strict_merge(STRICT_OBJECT, &left_over, &held, memory);
    assert_true(bytes_equal(merged.value, held.value));
}

/* A home that wrote what only a minority held, and one after it that gave the same to another. */
static void a_lane_is_that_of_the_later_ballot(void **state)
{
    (void)state;
    uint8_t memory[STRICT_SPENT_MAX];
    struct strict_version left_over = {{.term = 1}, BYTES_LITERAL("b")};
    struct strict_version held = {{.term = 2}, BYTES_LITERAL("a")};
    struct strict_version later = {{.term = 2}, BYTES_LITERAL("b")};
    struct strict_version merged = strict_merge(STRICT_LANE, &left_over, &held, memory);
    assert_true(bytes_equal(merged.value, held.value));
    merged = strict_merge(STRICT_LANE, &held, &later, memory);
    assert_true(bytes_equal(merged.value, later.value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_merge_is_a_join),
        cmocka_unit_test(what_is_no_value_is_refused),
        cmocka_unit_test(a_revocation_goes_when_its_time_is_over),
        cmocka_unit_test(an_object_is_that_of_the_later_ballot),
        cmocka_unit_test(a_lane_is_that_of_the_later_ballot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
