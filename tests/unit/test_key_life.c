#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fixtures/unit.h"
#include "keys/key_life.h"

static char folder[] = "/tmp/coffer-life-XXXXXX";
static char path[64];

static int setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/audit.jsonl", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char command[96];
    (void)snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command); /* NOLINT: the folder is ours */
}

static struct p384_point point_of(uint8_t number)
{
    struct p384_point point = {{4, number}};
    return point;
}

static void a_place_that_cannot_be_written_is_no_first_time(void **state)
{
    (void)state;
    struct p384_point point = point_of(1);
    bool is_first = true;
    char missing[80];
    (void)snprintf(missing, sizeof missing, "%s/none/audit.jsonl", folder);
    assert_status(IO, key_life_begin(missing, &point, &is_first));
    assert_false(is_first);
    static char longest[8192];
    memset(longest, 'a', sizeof longest - 1);
    is_first = true;
    assert_status(IO, key_life_begin(longest, &point, &is_first));
    assert_false(is_first);
}

static void each_key_is_used_for_the_first_time_once(void **state)
{
    (void)state;
    for (uint8_t number = 1; number < 4; number++) {
        struct p384_point point = point_of(number);
        bool is_first = false;
        assert_status(OK, key_life_begin(path, &point, &is_first));
        assert_true(is_first);
        assert_status(OK, key_life_begin(path, &point, &is_first));
        assert_false(is_first);
    }
    /* Beside another trail it is another matter. */
    struct p384_point point = point_of(1);
    char other[80];
    bool is_first = false;
    (void)snprintf(other, sizeof other, "%s.2", path);
    assert_status(OK, key_life_begin(other, &point, &is_first));
    assert_true(is_first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_that_cannot_be_written_is_no_first_time),
        cmocka_unit_test(each_key_is_used_for_the_first_time_once),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
