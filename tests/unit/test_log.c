#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "fixtures/unit.h"

static uint64_t no_ticks(void *context)
{
    (void)context;
    return 0;
}

static struct clock_interval some_time(void *context)
{
    (void)context;
    return (struct clock_interval){1703127466007, 1703127466007};
}

static int ends[2];

static struct log log_over(bool json)
{
    assert_int_equal(0, pipe2(ends, O_NONBLOCK | O_CLOEXEC));
    return (struct log){ends[1], json, LOG_LEVEL_INFO, {NULL, no_ticks, some_time}};
}

/* What was written, and that it was written at once. */
static struct bytes written(void)
{
    static uint8_t memory[8192];
    ssize_t len = read(ends[0], memory, sizeof memory);
    close(ends[0]);
    close(ends[1]);
    return (struct bytes){memory, len < 0 ? 0 : (size_t)len};
}

static void json_lines_hold_the_fields_in_order(void **state)
{
    (void)state;
    struct log log = log_over(true);
    struct status status = {STATUS_BAD_JSON, 12, "a.c"};
    LOG_EVENT(&log, WARN, "it happened", LOG_TEXT("text", "a\"b"), LOG_U64("n", UINT64_MAX),
              LOG_BOOL("yes", true), LOG_STATUS(status));
    assert_bytes(bytes_of("{\"time\":\"2023-12-21T02:57:46.007Z\",\"level\":\"warn\","
                          "\"event\":\"it happened\",\"text\":\"a\\\"b\","
                          "\"n\":18446744073709551615,\"yes\":true,"
                          "\"code\":\"BAD_JSON\",\"at\":\"a.c:12\"}\n"),
                 written());
}

static void text_lines_hold_the_same(void **state)
{
    (void)state;
    struct log log = log_over(false);
    struct status status = {STATUS_BAD_JSON, 12, "a.c"};
    LOG_EVENT(&log, INFO, "it happened", LOG_U64("n", 0), LOG_STATUS(status));
    assert_bytes(bytes_of("2023-12-21T02:57:46.007Z info \"it happened\" n=0 "
                          "code=\"BAD_JSON\" at=\"a.c:12\"\n"),
                 written());
}

static void a_value_cannot_start_a_line_of_its_own(void **state)
{
    (void)state;
    struct log log = log_over(false);
    LOG_EVENT(&log, INFO, "x", LOG_TEXT("t", "a\nb\x1b[0m\xff"),
              LOG_TOKEN("id", BYTES_LITERAL("ab\n\"{}c\0d")));
    assert_bytes(bytes_of("2023-12-21T02:57:46.007Z info \"x\" t=\"a?b?[0m?\" id=\"ab????c?d\"\n"),
                 written());
}

static void tokens_are_cut(void **state)
{
    (void)state;
    struct log log = log_over(true);
    uint8_t token[LOG_TOKEN_MAX + 1];
    memset(token, 'x', sizeof token);
    LOG_EVENT(&log, INFO, "x", LOG_TOKEN("id", BYTES_ARRAY(token)));
    struct bytes line = written();
    assert_int_equal(sizeof "{\"time\":\"2023-12-21T02:57:46.007Z\",\"level\":\"info\","
                            "\"event\":\"x\",\"id\":\"\"}\n" -
                         1 + LOG_TOKEN_MAX,
                     line.len);
}

static void fields_that_do_not_fit_are_left_out_whole(void **state)
{
    (void)state;
    static char text[LOG_LINE_MAX + 1];
    memset(text, 'x', sizeof text - 1);
    struct log log = log_over(true);
    LOG_EVENT(&log, INFO, "x", LOG_U64("n", 7), LOG_TEXT("text", text), LOG_U64("m", 8));
    assert_bytes(bytes_of("{\"time\":\"2023-12-21T02:57:46.007Z\",\"level\":\"info\","
                          "\"event\":\"x\",\"n\":7}\n"),
                 written());
}

static void lines_below_the_level_are_dropped(void **state)
{
    (void)state;
    struct log log = log_over(true);
    LOG_EVENT(&log, DEBUG, "x", LOG_U64("n", 7));
    assert_int_equal(0, written().len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_lines_hold_the_fields_in_order),
        cmocka_unit_test(text_lines_hold_the_same),
        cmocka_unit_test(a_value_cannot_start_a_line_of_its_own),
        cmocka_unit_test(tokens_are_cut),
        cmocka_unit_test(fields_that_do_not_fit_are_left_out_whole),
        cmocka_unit_test(lines_below_the_level_are_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
