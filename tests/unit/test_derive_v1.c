#include "base/buf.h"
#include "base/limits.h"
#include "fixtures/vector_file.h"
#include "keys/derive_v1.h"

static struct secret32 seed_of(const struct json_in *vector)
{
    struct secret32 seed;
    struct bytes bytes = vector_file_hex(vector, "seed");
    assert_int_equal(32, bytes.len);
    memcpy(seed.b, bytes.ptr, 32);
    return seed;
}

/* The key index of a vector as decimal text; a number or a string in the file. */
static struct bytes index_of(const struct json_in *vector, uint8_t memory[static 20])
{
    struct json_in member = vector_file_member(vector, "key_index");
    if (json_in_kind(&member) == JSON_IN_STRING) {
        return vector_file_text(vector, "key_index");
    }
    if (json_in_kind(&member) == JSON_IN_BOOL) {
        return BYTES_LITERAL("True");
    }
    struct buf text = buf_over(memory, 20);
    buf_put_decimal(&text, vector_file_u64(vector, "key_index"));
    return buf_bytes(&text);
}

static void check_vector(const struct json_in *vector)
{
    struct secret32 seed = seed_of(vector);
    struct bytes user = vector_file_text(vector, "username");
    uint8_t memory[20];
    struct bytes index = index_of(vector, memory);
    unsigned attempts_max = (unsigned)vector_file_u64(vector, "max_attempts");
    struct derive_v1 derived;
    if (bytes_equal(index, BYTES_LITERAL("True"))) {
        assert_status(INVALID_KEY_INDEX,
                      derive_v1_limited(&seed, user, index, attempts_max, &derived));
        return;
    }
    assert_status(OK, derive_v1_limited(&seed, user, index, attempts_max, &derived));
    assert_bytes(vector_file_hex(vector, "private_key"), BYTES_ARRAY(derived.key.b));
    assert_int_equal(vector_file_u64(vector, "attempt"), derived.attempt);
}

static void check_all(const char *list, size_t expected)
{
    struct json_in root = vector_file_root("heimdall.json");
    struct json_in vectors = vector_file_member(&root, list);
    size_t count = vector_file_count(&vectors);
    assert_int_equal(expected, count);
    for (size_t i = 0; i < count; i++) {
        struct json_in vector = json_in_item(&vectors, i);
        check_vector(&vector);
    }
}

static void the_vectors_of_the_reference(void **state)
{
    (void)state;
    check_all("vectors", 52);
}

static void the_fallback_when_the_limit_is_reached(void **state)
{
    (void)state;
    check_all("forced_fallback", 4);
}

/* The limit cuts between the two candidates of a pair, and right at the accepted one. */
static void a_limit_at_the_accepted_attempt_falls_back(void **state)
{
    (void)state;
    struct secret32 seed;
    memcpy(seed.b, unit_hex("c96aebe2b0a226d024df86b3b3d74e7750a0e96f43cacd6bbe2907926ac11e6d").ptr,
           32);
    static const struct {
        const char *user;
        unsigned attempt;
    } rows[] = {{"alice", 18}, {"a", 91}, {"user00052", 0}, {"user00062", 1}, {"user01534", 99}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct derive_v1 derived;
        struct bytes user = bytes_of(rows[i].user);
        struct bytes zero = BYTES_LITERAL("0");
        assert_status(OK, derive_v1_limited(&seed, user, zero, rows[i].attempt + 1, &derived));
        assert_int_equal(rows[i].attempt, derived.attempt);
        struct secret32 accepted = derived.key;
        assert_status(OK, derive_v1_limited(&seed, user, zero, rows[i].attempt, &derived));
        assert_int_equal(rows[i].attempt, derived.attempt);
        assert_memory_not_equal(accepted.b, derived.key.b, 32);
    }
}

static void names_that_are_no_usernames_are_refused(void **state)
{
    (void)state;
    const struct secret32 seed = {{1}};
    const struct derive_v1 zero = {0};
    uint8_t long_name[LIMIT_USERNAME + 1];
    memset(long_name, 'a', sizeof long_name);
    const struct bytes rows[] = {
        BYTES_LITERAL(""),     BYTES_LITERAL("a b"),
        BYTES_LITERAL("a\0b"), BYTES_LITERAL("\xc3\xa9"),
        BYTES_LITERAL("a/b"),  BYTES_LITERAL("a\n"),
        BYTES_LITERAL("a:b"),  BYTES_ARRAY(long_name),
        BYTES_LITERAL("@"),    BYTES_LITERAL("[") /* Z+1 */,
        BYTES_LITERAL("`"),    BYTES_LITERAL("{"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct derive_v1 derived;
        memset(&derived, 0xee, sizeof derived);
        assert_status(INVALID_USERNAME, derive_v1_key(&seed, rows[i], 0, &derived));
        assert_memory_equal(&zero, &derived, sizeof zero);
    }
}

static void texts_that_are_no_indices_are_refused(void **state)
{
    (void)state;
    const struct secret32 seed = {{1}};
    static const char *const rows[] = {"",
                                       "-1",
                                       "+1",
                                       "01",
                                       "00",
                                       "1.0",
                                       " 1",
                                       "1 ",
                                       "0x1",
                                       "True",
                                       ("1234567890123456789012345678901234567890"
                                        "123456789012345678901234567890123456789")};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct derive_v1 derived;
        assert_status(INVALID_KEY_INDEX, derive_v1_limited(&seed, BYTES_LITERAL("alice"),
                                                           bytes_of(rows[i]), 1000, &derived));
    }
}

/* Deriving for other users in between changes nothing: there is no state. */
static void adding_users_changes_no_existing_key(void **state)
{
    (void)state;
    const struct secret32 seed = {{7, 7, 7}};
    struct derive_v1 before;
    struct derive_v1 after;
    struct derive_v1 other;
    assert_status(OK, derive_v1_key(&seed, BYTES_LITERAL("first"), 3, &before));
    for (uint64_t i = 0; i < 500; i++) {
        assert_status(OK, derive_v1_key(&seed, BYTES_LITERAL("second"), i, &other));
        assert_memory_not_equal(before.key.b, other.key.b, 32);
    }
    assert_status(OK, derive_v1_key(&seed, BYTES_LITERAL("first"), 3, &after));
    assert_memory_equal(&before, &after, sizeof before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_are_no_usernames_are_refused),
        cmocka_unit_test(texts_that_are_no_indices_are_refused),
        cmocka_unit_test(the_vectors_of_the_reference),
        cmocka_unit_test(the_fallback_when_the_limit_is_reached),
        cmocka_unit_test(a_limit_at_the_accepted_attempt_falls_back),
        cmocka_unit_test(adding_users_changes_no_existing_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
