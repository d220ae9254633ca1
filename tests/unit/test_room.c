#include "base/limits.h"
#include "fixtures/unit.h"
#include "pipeline/context/room.h"

enum { MIB = 1024 * 1024 };

static struct room room;

static int setup(void **state)
{
    (void)state;
    room = (struct room){0};
    return 0;
}

/* How many more requests of so many bytes an owner may have wait; they do. */
static size_t fill(size_t owner, size_t bytes)
{
    size_t count = 0;
    while (room_has(&room, owner, bytes)) {
        room_take(&room, owner, bytes);
        count++;
    }
    return count;
}

static void nobody_holds_more_bytes_than_are_free(void **state)
{
    (void)state;
    assert_int_equal(LIMIT_PARKED_BYTES / MIB / 2, fill(room_owner(7), MIB));
    assert_int_equal(LIMIT_PARKED_BYTES / MIB / 4, fill(room_owner(8), MIB));
    assert_int_equal(LIMIT_PARKED_BYTES / MIB / 8, fill(0, MIB));
    assert_false(room_is_full(&room));
    assert_true(room_has(&room, room_owner(9), 4 * MIB));
    assert_false(room_has(&room, room_owner(9), 4 * MIB + 1));
}

static void nobody_has_more_requests_than_are_free(void **state)
{
    (void)state;
    assert_int_equal(LIMIT_WAITING / 2, fill(room_owner(7), 1));
    assert_int_equal(LIMIT_WAITING / 4, fill(0, 1));
    assert_true(room_has(&room, room_owner(8), 1));
    assert_false(room_is_full(&room));
}

static void it_is_full_by_either(void **state)
{
    (void)state;
    room_take(&room, 0, LIMIT_PARKED_BYTES);
    assert_true(room_is_full(&room));
    room_give(&room, 0, LIMIT_PARKED_BYTES);
    for (size_t i = 0; i < LIMIT_WAITING; i++) {
        assert_false(room_is_full(&room));
        room_take(&room, i % 2, 0);
    }
    assert_true(room_is_full(&room));
}

static void what_goes_on_makes_room(void **state)
{
    (void)state;
    size_t owner = room_owner(7);
    (void)fill(owner, MIB);
    assert_false(room_has(&room, owner, MIB));
    room_give(&room, owner, MIB);
    assert_true(room_has(&room, owner, MIB));
}

static void apps_are_told_from_those_who_are_none(void **state)
{
    (void)state;
    for (uint64_t app = 0; app < 2 * (uint64_t)ROOM_OWNERS; app++) {
        assert_in_range(room_owner(app), 1, ROOM_OWNERS);
    }
    assert_int_not_equal(room_owner(1), room_owner(2));
    assert_in_range(room_owner(UINT64_MAX), 1, ROOM_OWNERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nobody_holds_more_bytes_than_are_free, setup),
        cmocka_unit_test_setup(nobody_has_more_requests_than_are_free, setup),
        cmocka_unit_test_setup(it_is_full_by_either, setup),
        cmocka_unit_test_setup(what_goes_on_makes_room, setup),
        cmocka_unit_test_setup(apps_are_told_from_those_who_are_none, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
