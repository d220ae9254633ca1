#include "base/vectors.h"
#include "fixtures/unit.h"

enum { PARTS = 4 };

static const struct bytes parts[PARTS] = {
    {(const uint8_t *)"ab", 2}, {NULL, 0}, {(const uint8_t *)"cde", 3}, {(const uint8_t *)"f", 1}};

/* What is left, in one. */
static struct bytes rest_of(const struct vectors *vectors)
{
    static uint8_t memory[16];
    size_t len = 0;
    for (size_t i = vectors->first; i < vectors->count; i++) {
        const struct iovec *piece = &vectors->list[i];
        if (piece->iov_len != 0) {
            memcpy(memory + len, piece->iov_base, piece->iov_len);
        }
        len += piece->iov_len;
    }
    return (struct bytes){memory, len};
}

/* However many bytes are taken at once, the rest is what follows them. */
static void what_was_written_is_skipped(void **state)
{
    (void)state;
    const struct bytes whole = BYTES_LITERAL("abcdef");
    for (size_t step = 1; step <= whole.len; step++) {
        struct iovec list[PARTS];
        struct vectors left = vectors_of(parts, PARTS, list);
        size_t done = 0;
        while (left.first < left.count) {
            assert_bytes(bytes_slice(whole, done, SIZE_MAX), rest_of(&left));
            assert_true(list[left.first].iov_len != 0);
            size_t taken = step < whole.len - done ? step : whole.len - done;
            vectors_advance(&left, 0);
            vectors_advance(&left, taken);
            done += taken;
        }
        assert_int_equal(whole.len, done);
    }
}

static void nothing_is_done_at_once(void **state)
{
    (void)state;
    struct iovec list[2];
    struct vectors none = vectors_of(parts + 1, 1, list);
    assert_int_equal(none.count, none.first);
    none = vectors_of(parts, 0, list);
    assert_int_equal(none.count, none.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_skipped),
        cmocka_unit_test(nothing_is_done_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
