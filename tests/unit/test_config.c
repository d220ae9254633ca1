#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "config/config.h"
#include "fixtures/unit.h"

static struct arena arena;
static struct config config;
static char where[CONFIG_WHERE_MAX];

static int make_arena(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&arena, 8u << 20)) ? 0 : -1;
}

static int drop_arena(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static struct status parse(const char *text)
{
    arena_reset(&arena);
    return config_parse(bytes_of(text), &arena, &config, where);
}

static void what_is_wrong_is_named_and_nothing_is_taken(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *code;
        const char *where;
    } rows[] = {
        {"{\"loops\": 1, \"tenants\": []}", "UNKNOWN_FIELD", "tenants"},
        {"{\"Loops\": 1}", "UNKNOWN_FIELD", "Loops, did you mean loops"},
        {"{\"loops\": 65}", "NUMBER_RANGE", "loops"},
        {"{\"loops\": -1}", "NUMBER_RANGE", "loops"},
        {"{\"loops\": 1.0}", "BAD_TYPE", "loops"},
        {"{\"loops\": \"1\"}", "BAD_TYPE", "loops"},
        {"{\"loops\": true}", "BAD_TYPE", "loops"},
        {"{\"key_cache_entries\": -1}", "NUMBER_RANGE", "key_cache_entries"},
        {"{\"key_cache_entries\": 100000001}", "NUMBER_RANGE", "key_cache_entries"},
        {"{\"log_level\": \"trace\"}", "CONFIG_INVALID", "log_level"},
        {"{\"log_level\": \"\"}", "CONFIG_INVALID", "log_level"},
        {"{\"log_level\": \"debug info\"}", "CONFIG_INVALID", "log_level"},
        {"{\"log_format\": 1}", "BAD_TYPE", "log_format"},
        {"{\"audit_file\": \"\"}", "CONFIG_INVALID", "audit_file"},
        {"{\"audit_file\": \"a\\u0000b\"}", "CONFIG_INVALID", "audit_file"},
        {"{\"listen\": \"127.0.0.1:1\"}", "BAD_TYPE", "listen"},
        {"{\"listen\": {}}", "BAD_TYPE", "listen"},
        {"{\"listen\": []}", "CONFIG_INVALID", "listen"},
        {"{\"listen\": [\"a\", 7]}", "BAD_TYPE", "listen[1]"},
        {"{\"listen\": [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}", "CONFIG_INVALID",
         "listen"},
        {"{\"loops\": 1, \"loops\": 2}", "JSON_DUPLICATE_KEY", "line 1, column 25"},
        {"[]", "BAD_TYPE", ""},
        {"", "BAD_JSON", "line 1, column 1"},
    };
    struct config defaults;
    config_default(&defaults);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(rows[i].code, status_name(parse(rows[i].text).code));
        assert_string_equal(rows[i].where, where);
        assert_memory_equal(&defaults, &config, sizeof config);
    }
}

static void a_text_of_256_bytes_is_too_long(void **state)
{
    (void)state;
    char text[512];
    char path[CONFIG_TEXT_MAX + 1] = {0};
    memset(path, 'p', CONFIG_TEXT_MAX);
    snprintf(text, sizeof text, "{\"data_dir\": \"%s\"}", path);
    assert_status(CONFIG_INVALID, parse(text));
    path[CONFIG_TEXT_MAX - 1] = 0;
    snprintf(text, sizeof text, "{\"data_dir\": \"%s\"}", path);
    assert_status(OK, parse(text));
    assert_string_equal(path, config.data_dir.text);
}

static void an_empty_object_gives_the_defaults(void **state)
{
    (void)state;
    assert_status(OK, parse("{}"));
    assert_string_equal("", where);
    assert_int_equal(1, config.listen.count);
    assert_string_equal("127.0.0.1:4000", config.listen.item[0].text);
    assert_int_equal(0, config.loops);
    assert_int_equal(LIMIT_HTTP_REQUEST_MS, config.request_timeout_ms);
    assert_int_equal(LOG_LEVEL_INFO, config.log_level);
    assert_int_equal(CONFIG_LOG_TEXT, config.log_format);
    assert_int_equal(0, config.key_cache_entries);
}

static void members_replace_the_defaults(void **state)
{
    (void)state;
    assert_status(OK, parse("{\"listen\": [\"unix:/run/c\", \"vsock:5000\"], \"loops\": 64,"
                            " \"log_level\": \"error\", \"log_format\": \"json\","
                            " \"peer_rate\": 5, \"audit_file\": \"/a\"}"));
    assert_int_equal(2, config.listen.count);
    assert_string_equal("unix:/run/c", config.listen.item[0].text);
    assert_string_equal("vsock:5000", config.listen.item[1].text);
    assert_int_equal(64, config.loops);
    assert_int_equal(LOG_LEVEL_ERROR, config.log_level);
    assert_int_equal(CONFIG_LOG_JSON, config.log_format);
    assert_int_equal(5, config.peer_rate);
    assert_string_equal("/a", config.audit_file.text);
}

static void every_row_has_a_help_and_a_default_in_its_range(void **state)
{
    (void)state;
    const struct schema_table *table = config_table();
    assert_true(table->count > 10);
    for (size_t i = 0; i < table->count; i++) {
        const struct schema_row *row = &table->rows[i];
        assert_true(strlen(row->help) > 10);
        if (row->type == SCHEMA_NUMBER) {
            assert_in_range(row->number, row->min, row->max);
        }
    }
}

static void a_file_is_read_up_to_its_limit(void **state)
{
    (void)state;
    static char content[CONFIG_FILE_MAX + 1];
    char path[] = "/tmp/coffer-test-config-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    struct bytes text;
    char why[CONFIG_WHERE_MAX];
    arena_reset(&arena);
    assert_int_equal(CONFIG_FILE_MAX, write(file, content, CONFIG_FILE_MAX));
    assert_status(OK, config_read_file(path, &arena, &text, why));
    assert_int_equal(CONFIG_FILE_MAX, text.len);
    assert_string_equal("", why);
    assert_int_equal(1, write(file, content, 1));
    assert_status(CONFIG_INVALID, config_read_file(path, &arena, &text, why));
    assert_int_equal(0, text.len);
    assert_string_equal("more than 65536 bytes", why);
    close(file);
    unlink(path);
    assert_status(IO, config_read_file(path, &arena, &text, why));
    assert_string_equal("No such file or directory", why);
    assert_status(IO, config_read_file("/tmp", &arena, &text, why));
    assert_string_equal("Is a directory", why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_named_and_nothing_is_taken),
        cmocka_unit_test(a_text_of_256_bytes_is_too_long),
        cmocka_unit_test(an_empty_object_gives_the_defaults),
        cmocka_unit_test(members_replace_the_defaults),
        cmocka_unit_test(every_row_has_a_help_and_a_default_in_its_range),
        cmocka_unit_test(a_file_is_read_up_to_its_limit),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
