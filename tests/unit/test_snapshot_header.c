/* Headers that were changed or are of others, their names, and incarnations. */
#include "fixtures/snapshot_keys.h"
#include "fixtures/unit.h"

static struct root_keyring *roots;
static uint8_t bytes[SNAPSHOT_HEADER];
static struct snapshot_point point;
static const struct snapshot_header header = {
    .epoch = 1,
    .incarnation = {1, 2, 3},
    .height = 0x0102030405060708,
    .prev = {9},
    .root = {8},
    .block = 77,
    .time_ms = 1700000000000,
    .records = 5,
};

static int set_up(void **state)
{
    (void)state;
    roots = snapshot_roots(snapshot_domain, 2);
    struct status status = snapshot_header_make(root_keyring_newest(roots), &header, bytes, &point);
    return status_is_ok(status) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    root_keyring_close(&roots);
    return 0;
}

static struct status open_with(const struct root_keyring *with, const struct snapshot_point *as,
                               struct bytes from)
{
    struct snapshot_header got;
    static const struct snapshot_header none;
    struct status status = snapshot_header_open(with, snapshot_domain, as, from, &got);
    assert_memory_equal(status_is_ok(status) ? &header : &none, &got, sizeof got);
    return status;
}

/* Under the name that a liar would give it. */
static struct snapshot_point named(struct bytes from)
{
    struct snapshot_point as = point;
    sha256_hash(from, as.digest);
    return as;
}

static void every_bit_counts(void **state)
{
    (void)state;
    assert_status(OK, open_with(roots, &point, BYTES_ARRAY(bytes)));
    for (size_t bit = 0; bit < 8 * SNAPSHOT_HEADER; bit++) {
        uint8_t other[SNAPSHOT_HEADER];
        memcpy(other, bytes, sizeof other);
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_status(SNAPSHOT_INVALID, open_with(roots, &point, BYTES_ARRAY(other)));
        struct snapshot_point as = named(BYTES_ARRAY(other));
        bool is_epoch = bit >= 8 * 36 && bit < 8 * 40;
        struct status status = open_with(roots, &as, BYTES_ARRAY(other));
        assert_true(status.code == STATUS_SNAPSHOT_INVALID ||
                    (is_epoch && status.code == STATUS_VALUE_EPOCH));
        as.height ^= bit >= 8 * 56 && bit < 8 * 64 ? (uint64_t)1 << (8 * (63 - bit / 8) + bit % 8)
                                                   : 0; /* with the height that it claims */
        status = open_with(roots, &as, BYTES_ARRAY(other));
        assert_int_not_equal(STATUS_OK, status.code);
    }
}

static void every_length_counts(void **state)
{
    (void)state;
    uint8_t longer[SNAPSHOT_HEADER + 1] = {0};
    memcpy(longer, bytes, sizeof bytes);
    for (size_t len = 0; len <= sizeof longer; len++) {
        struct bytes cut = {longer, len};
        struct snapshot_point as = named(cut);
        assert_int_equal(len == SNAPSHOT_HEADER ? STATUS_OK : STATUS_SNAPSHOT_INVALID,
                         open_with(roots, &as, cut).code);
    }
}

static void it_is_that_one_of_this_deployment(void **state)
{
    const uint8_t other_domain[DOMAIN_ID] = {0xd0, 2};
    struct snapshot_header got;
    (void)state;
    struct snapshot_point as = point;
    as.height++;
    assert_status(SNAPSHOT_INVALID, open_with(roots, &as, BYTES_ARRAY(bytes)));
    assert_status(SNAPSHOT_INVALID,
                  snapshot_header_open(roots, other_domain, &point, BYTES_ARRAY(bytes), &got));
    struct root_keyring *other = snapshot_roots(other_domain, 2);
    assert_status(SNAPSHOT_INVALID,
                  snapshot_header_open(other, snapshot_domain, &point, BYTES_ARRAY(bytes), &got));
    root_keyring_close(&other);
    struct root_keyring *old = snapshot_roots(snapshot_domain, 1);
    assert_status(VALUE_EPOCH, open_with(old, &point, BYTES_ARRAY(bytes)));
    root_keyring_close(&old);
}

static void names_are_exact(void **state)
{
    struct snapshot_point got;
    static const struct snapshot_point none;
    (void)state;
    struct blob_name name = snapshot_header_name(&point);
    assert_true(blob_name_valid(name.text));
    assert_memory_equal("h0102030405060708-", name.text, 18);
    assert_true(snapshot_header_point(&name, &got));
    assert_memory_equal(&point, &got, sizeof got);
    for (size_t i = 0; name.text[i] != '\0'; i++) {
        for (unsigned c = 1; c < 256; c++) {
            struct blob_name other = name;
            other.text[i] = (char)c;
            bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
            bool is_right = (char)c == name.text[i] || (i != 0 && i != 17 && is_digit);
            assert_int_equal(is_right, snapshot_header_point(&other, &got));
            assert_true(is_right || memcmp(&none, &got, sizeof got) == 0);
        }
    }
    name.text[strlen(name.text) - 1] = '\0';
    assert_false(snapshot_header_point(&name, &got));
    name = snapshot_header_name(&none);
    assert_false(snapshot_header_point(&name, &got)); /* heights begin with 1 */
}

static void names_are_in_order(void **state)
{
    (void)state;
    const struct snapshot_point points[] = {{1, {0}},    {1, {0, 1}},  {1, {9}},
                                            {0xff, {1}}, {0x100, {0}}, {UINT64_MAX, {0}}};
    for (size_t a = 0; a < 6; a++) {
        for (size_t b = 0; b < 6; b++) {
            struct blob_name left = snapshot_header_name(&points[a]);
            struct blob_name right = snapshot_header_name(&points[b]);
            int order = strcmp(left.text, right.text);
            int expected = (a > b) - (a < b);
            assert_int_equal(expected, (order > 0) - (order < 0));
            order = snapshot_point_order(&points[a], &points[b]);
            assert_int_equal(expected, (order > 0) - (order < 0));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_bit_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_length_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_that_one_of_this_deployment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_are_exact, set_up, tear_down),
        cmocka_unit_test(names_are_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
