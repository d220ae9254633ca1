#include <stdio.h>
#include <string.h>

#include "client/seen_versions.h"
#include "fixtures/unit.h"

static struct seen_versions seen;

static int setup(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof seen);
    return 0;
}

/* The text of a version of that time. */
static struct bytes version(unsigned time)
{
    static char text[SEEN_VERSION_TEXT + 1];
    (void)snprintf(text, sizeof text, "%016x%024x", time, 7u);
    return bytes_of(text);
}

static void expect(const char *key, unsigned time, uint64_t now_ms)
{
    assert_string_equal((const char *)version(time).ptr,
                        seen_versions_of(&seen, bytes_of(key), now_ms));
}

static void nothing_is_known_of_others(void **state)
{
    (void)state;
    assert_string_equal("", seen_versions_of(&seen, BYTES_LITERAL(""), 0));
    seen_versions_note(&seen, BYTES_LITERAL("a"), version(1), 0);
    assert_string_equal("", seen_versions_of(&seen, BYTES_LITERAL("b"), 0));
    seen_versions_note(&seen, BYTES_LITERAL("b"), BYTES_LITERAL("short"), 0);
    assert_string_equal("", seen_versions_of(&seen, BYTES_LITERAL("b"), 0));
    expect("a", 1, 0);
    seen_versions_forget(&seen, BYTES_LITERAL("b"));
    expect("a", 1, 0);
    seen_versions_forget(&seen, BYTES_LITERAL("a"));
    assert_string_equal("", seen_versions_of(&seen, BYTES_LITERAL("a"), 0));
}

static void the_newest_stays(void **state)
{
    (void)state;
    seen_versions_note(&seen, BYTES_LITERAL("a"), version(5), 0);
    seen_versions_note(&seen, BYTES_LITERAL("a"), version(4), 10);
    expect("a", 5, 0);
    seen_versions_note(&seen, BYTES_LITERAL("a"), version(6), 10);
    expect("a", 6, 10);
}

static void it_ends(void **state)
{
    (void)state;
    seen_versions_note(&seen, BYTES_LITERAL("a"), version(5), 100);
    expect("a", 5, 100 + SEEN_VERSIONS_MS - 1);
    assert_string_equal("", seen_versions_of(&seen, BYTES_LITERAL("a"), 100 + SEEN_VERSIONS_MS));
    /* What ended keeps out nothing. */
    seen_versions_note(&seen, BYTES_LITERAL("a"), version(4), 100 + SEEN_VERSIONS_MS);
    expect("a", 4, 100 + SEEN_VERSIONS_MS);
}

static void the_oldest_key_gives_way(void **state)
{
    (void)state;
    char key[16];
    for (unsigned i = 0; i <= SEEN_VERSIONS_MAX; i++) {
        (void)snprintf(key, sizeof key, "k%u", i);
        seen_versions_note(&seen, bytes_of(key), version(i + 1), 0);
    }
    assert_string_equal("", seen_versions_of(&seen, BYTES_LITERAL("k0"), 0));
    for (unsigned i = 1; i <= SEEN_VERSIONS_MAX; i++) {
        (void)snprintf(key, sizeof key, "k%u", i);
        expect(key, i + 1, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_known_of_others, setup),
        cmocka_unit_test_setup(the_newest_stays, setup),
        cmocka_unit_test_setup(it_ends, setup),
        cmocka_unit_test_setup(the_oldest_key_gives_way, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
