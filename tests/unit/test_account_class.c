#include "fixtures/unit.h"
#include "starknet/account_class.h"

static struct felt felt_of(const char *hex)
{
    struct felt felt;
    assert_true(felt_from_be(unit_hex(hex).ptr, &felt));
    return felt;
}

static void names_and_hashes_that_nobody_published_are_not_found(void **state)
{
    (void)state;
    size_t count = 0;
    const struct account_class *known = account_class_known(&count);
    struct felt zero = FELT_ZERO;
    enum account_class_kind kind;
    assert_null(account_class_by_name(known, count, BYTES_LITERAL("")));
    assert_null(account_class_by_name(known, count, BYTES_LITERAL("openzeppelin")));
    assert_null(account_class_by_name(known, count, BYTES_LITERAL("OpenZeppelin-1.0.0")));
    assert_null(account_class_by_hash(known, count, &zero));
    assert_status(UNKNOWN_ACCOUNT_CLASS, account_class_kind_read(BYTES_LITERAL("Ready"), &kind));
}

/* One of each kind, as text. */
static void the_words_of_the_table_are_the_published_hashes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *hash;
        enum account_class_kind kind;
    } rows[] = {
        {"openzeppelin-0.8.1", "061dac032f228abef9c6626f995015233097ae253a7f72d68552db02f2971b8f",
         ACCOUNT_CLASS_OPENZEPPELIN},
        {"openzeppelin-1.0.0", "05b4b537eaa2399e3aa99c4e2e0208ebd6c71bc1467938cd52c798c601e43564",
         ACCOUNT_CLASS_OPENZEPPELIN},
        {"argent-0.3.1", "029927c8af6bccf3f6fda035981e765a7bdbf18a2dc0d630494f8758aa908e2b",
         ACCOUNT_CLASS_ARGENT},
        {"ready-0.4.0", "036078334509b514626504edc9fb252328d1a240e4e948bef8d0c08dff45927f",
         ACCOUNT_CLASS_READY},
        {"braavos-1.2.0", "03d16c7a9a60b0593bd202f660a28c5d76e0403601d9ccc7e4fa253b6a70c201",
         ACCOUNT_CLASS_BRAAVOS},
    };
    size_t count = 0;
    const struct account_class *known = account_class_known(&count);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct felt hash = felt_of(rows[i].hash);
        const struct account_class *found =
            account_class_by_name(known, count, bytes_of(rows[i].name));
        assert_non_null(found);
        assert_true(felt_equal(&hash, &found->hash));
        assert_int_equal(rows[i].kind, found->kind);
        assert_ptr_equal(found, account_class_by_hash(known, count, &hash));
    }
    assert_ptr_equal(account_class_default(),
                     account_class_by_name(known, count, BYTES_LITERAL("openzeppelin-1.0.0")));
}

/* Every class has a hash of its kind, only Braavos an implementation, and no name comes twice. */
static void every_row_is_whole(void **state)
{
    (void)state;
    size_t count = 0;
    const struct account_class *known = account_class_known(&count);
    for (size_t i = 0; i < count; i++) {
        bool braavos = known[i].kind == ACCOUNT_CLASS_BRAAVOS;
        assert_false(felt_is_zero(&known[i].hash));
        assert_int_equal(braavos, !felt_is_zero(&known[i].implementation));
        assert_ptr_equal(&known[i], account_class_by_name(known, count, bytes_of(known[i].name)));
        const char *kind = account_class_kind_name(known[i].kind);
        assert_true(bytes_starts(bytes_of(known[i].name), bytes_of(kind)));
        enum account_class_kind back;
        assert_status(OK, account_class_kind_read(bytes_of(kind), &back));
        assert_int_equal(known[i].kind, back);
    }
}

static void former_names_mean_the_same_class(void **state)
{
    (void)state;
    size_t count = 0;
    const struct account_class *known = account_class_known(&count);
    assert_ptr_equal(account_class_by_name(known, count, BYTES_LITERAL("ready-0.4.0")),
                     account_class_by_name(known, count, BYTES_LITERAL("argent-0.4.0")));
    assert_ptr_equal(account_class_by_name(known, count, BYTES_LITERAL("ready-0.5.0")),
                     account_class_by_name(known, count, BYTES_LITERAL("argent-0.5.0")));
    assert_null(account_class_by_name(known, 1, BYTES_LITERAL("argent-0.4.0")));
}

/* The hint of the error has every name, as its kind and, among others, its version. */
static void the_error_lists_what_there_is(void **state)
{
    (void)state;
    size_t count = 0;
    const struct account_class *known = account_class_known(&count);
    const char *hint = status_hint(STATUS_UNKNOWN_ACCOUNT_CLASS);
    for (size_t i = 0; i < count; i++) {
        const char *dash = strchr(known[i].name, '-');
        assert_non_null(dash);
        char text[64] = {0};
        memcpy(text, known[i].name, (size_t)(dash + 1 - known[i].name));
        const char *at = strstr(hint, text);
        assert_non_null(at);
        text[0] = ' ';
        strcpy(text + 1, dash + 1);
        assert_non_null(strstr(at, text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_hashes_that_nobody_published_are_not_found),
        cmocka_unit_test(the_words_of_the_table_are_the_published_hashes),
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(former_names_mean_the_same_class),
        cmocka_unit_test(the_error_lists_what_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
