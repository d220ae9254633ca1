#include <ctype.h>

#include "base/status.h"
#include "fixtures/unit.h"

static struct status passes_on(struct status status)
{
    TRY(status);
    return FAIL(INTERNAL);
}

static void try_passes_a_failure_on_and_goes_on_after_success(void **state)
{
    (void)state;
    assert_status(NOT_FOUND, passes_on(FAIL(NOT_FOUND)));
    assert_status(INTERNAL, passes_on(OK));
    struct status made = FAIL(BAD_JSON);
    assert_true(made.line > 0);
    assert_string_equal(made.file, "test_status.c");
}

static void every_code_has_a_name_a_text_a_hint_and_an_http_status(void **state)
{
    (void)state;
    assert_int_equal(status_http(STATUS_OK), 200);
    for (enum status_code code = STATUS_OK + 1; code < STATUS_CODES; code++) {
        assert_in_range(status_http(code), 400, 599);
        assert_true(strlen(status_text(code)) > 10);
        assert_true(strlen(status_hint(code)) > 10);
        for (const char *c = status_name(code); *c != '\0'; c++) {
            assert_true(isupper((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '_');
        }
        for (enum status_code other = STATUS_OK; other < code; other++) {
            assert_string_not_equal(status_name(code), status_name(other));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(try_passes_a_failure_on_and_goes_on_after_success),
        cmocka_unit_test(every_code_has_a_name_a_text_a_hint_and_an_http_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
