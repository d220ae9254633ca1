#include "fixtures/unit.h"
#include "net/places_internal.h"

enum { LIMIT = 16, BYTES = 8000, MANY = 40 };

struct world {
    struct mem mem;
    struct places places;
    struct place place[MANY];
};

static void enter(struct world *world)
{
    const size_t limit[PLACES_RESOURCES] = {LIMIT, BYTES, BYTES};
    const struct entropy entropy = entropy_system();
    *world = (struct world){0};
    mem_init(&world->mem, 1 << 20);
    assert_status(OK, places_open(&world->places, limit, &world->mem, &entropy));
}

static void leave(struct world *world)
{
    for (size_t i = 0; i < MANY; i++) {
        struct place *place = &world->place[i];
        for (size_t k = 0; place->peer != NULL && k < PLACES_RESOURCES; k++) {
            enum places_resource resource = (enum places_resource)k;
            places_give(&world->places, place, resource, place->used[k]);
        }
        if (place->peer != NULL) {
            places_take(&world->places, place);
            places_leave(&world->places, place);
        }
    }
    for (size_t i = 0; i < PLACES_RESOURCES; i++) {
        assert_int_equal(0, world->places.used[i]);
        assert_int_equal(0, world->places.over_count[i]);
    }
    places_close(&world->places);
    places_close(&world->places);
    assert_int_equal(0, mem_used(&world->mem));
}

static void come(struct world *world, size_t index, uint64_t peer, enum places_kind kind)
{
    struct place *place = &world->place[index];
    assert_status(OK, places_join(&world->places, place, (struct rate_table_key){peer, 1}));
    places_use(&world->places, place, PLACES_CONNECTIONS, 1);
    places_put(&world->places, place, kind);
}

static long chosen(struct world *world, enum places_resource resource)
{
    struct place *place = places_choose(&world->places, resource);
    return place == NULL ? -1 : place - world->place;
}

static void whoever_made_no_progress_for_longest_goes(void **state)
{
    (void)state;
    struct world world;
    enter(&world);
    assert_int_equal(-1, chosen(&world, PLACES_CONNECTIONS));
    come(&world, 0, 1, PLACES_READING);
    come(&world, 1, 2, PLACES_QUIET);
    come(&world, 2, 3, PLACES_WRITING);
    assert_int_equal(0, chosen(&world, PLACES_CONNECTIONS));
    places_put(&world.places, &world.place[0], PLACES_READING);
    assert_int_equal(1, chosen(&world, PLACES_CONNECTIONS));
    places_put(&world.places, &world.place[1], PLACES_READING);
    assert_int_equal(2, chosen(&world, PLACES_CONNECTIONS));
    places_put(&world.places, &world.place[2], PLACES_QUIET);
    assert_int_equal(0, chosen(&world, PLACES_CONNECTIONS));
    /* A request in the handler's hands is not touched. */
    places_take(&world.places, &world.place[0]);
    places_take(&world.places, &world.place[0]);
    assert_int_equal(1, chosen(&world, PLACES_CONNECTIONS));
    leave(&world);
}

static void memory_comes_from_those_who_have_it(void **state)
{
    (void)state;
    struct world world;
    enter(&world);
    come(&world, 0, 1, PLACES_QUIET);
    come(&world, 1, 2, PLACES_WRITING);
    come(&world, 2, 3, PLACES_READING);
    come(&world, 3, 4, PLACES_READING);
    assert_int_equal(2, chosen(&world, PLACES_INPUT));
    assert_int_equal(1, chosen(&world, PLACES_OUTPUT));
    places_put(&world.places, &world.place[2], PLACES_READING);
    assert_int_equal(3, chosen(&world, PLACES_INPUT));
    places_take(&world.places, &world.place[1]);
    assert_int_equal(-1, chosen(&world, PLACES_OUTPUT));
    leave(&world);
}

static void a_peer_beyond_its_share_goes_first(void **state)
{
    (void)state;
    struct world world;
    enter(&world);
    come(&world, 0, 1, PLACES_QUIET);
    come(&world, 1, 2, PLACES_QUIET);
    come(&world, 2, 2, PLACES_QUIET);
    assert_int_equal(0, chosen(&world, PLACES_CONNECTIONS));
    come(&world, 3, 2, PLACES_QUIET);
    assert_int_equal(1, chosen(&world, PLACES_CONNECTIONS));
    /* Of two, the one with more. */
    for (size_t i = 4; i < 8; i++) {
        come(&world, i, 3, PLACES_READING);
    }
    assert_int_equal(4, chosen(&world, PLACES_CONNECTIONS));
    places_give(&world.places, &world.place[4], PLACES_CONNECTIONS, 1);
    places_give(&world.places, &world.place[5], PLACES_CONNECTIONS, 1);
    assert_int_equal(1, chosen(&world, PLACES_CONNECTIONS));
    places_give(&world.places, &world.place[3], PLACES_CONNECTIONS, 1);
    assert_int_equal(0, chosen(&world, PLACES_CONNECTIONS));
    leave(&world);
}

static void who_cannot_give_is_passed_over(void **state)
{
    (void)state;
    struct world world;
    enter(&world);
    come(&world, 0, 1, PLACES_READING);
    for (size_t i = 1; i < 6; i++) {
        come(&world, i, 2, PLACES_READING);
        places_use(&world.places, &world.place[i], PLACES_INPUT, 1000);
        places_take(&world.places, &world.place[i]);
    }
    assert_int_equal(0, chosen(&world, PLACES_CONNECTIONS));
    assert_int_equal(0, chosen(&world, PLACES_INPUT));
    leave(&world);
}

static void bytes_have_shares_of_their_own(void **state)
{
    (void)state;
    struct world world;
    enter(&world);
    come(&world, 0, 1, PLACES_READING);
    come(&world, 1, 2, PLACES_READING);
    places_use(&world.places, &world.place[0], PLACES_INPUT, BYTES / 8);
    places_use(&world.places, &world.place[1], PLACES_INPUT, BYTES / 8 + 1);
    assert_int_equal(1, chosen(&world, PLACES_INPUT));
    assert_int_equal(0, chosen(&world, PLACES_CONNECTIONS));
    assert_true(places_fits(&world.places, PLACES_INPUT, BYTES - 2001));
    assert_false(places_fits(&world.places, PLACES_INPUT, BYTES - 2000));
    assert_false(places_fits(&world.places, PLACES_INPUT, SIZE_MAX));
    assert_true(places_fits(&world.places, PLACES_OUTPUT, BYTES));
    assert_false(places_fits(&world.places, PLACES_OUTPUT, BYTES + 1));
    leave(&world);
}

/* Connections that were closed are counted until the last moment. */
static void there_is_an_end_to_peers(void **state)
{
    (void)state;
    struct world world;
    enter(&world);
    for (size_t i = 0; i < 2 * LIMIT + 2; i++) {
        come(&world, i, i, PLACES_QUIET);
    }
    struct place *more = &world.place[MANY - 1];
    assert_status(OVERLOADED, places_join(&world.places, more, (struct rate_table_key){99, 1}));
    assert_null(more->peer);
    assert_status(OK, places_join(&world.places, more, (struct rate_table_key){3, 1}));
    leave(&world);
}

/* Against the plainest rule there is: of all that may go, the one with the smallest turn. */
static void the_choice_is_the_least_turn(void **state)
{
    (void)state;
    struct world world;
    uint64_t random = 88172645463325252u;
    enter(&world);
    for (size_t i = 0; i < LIMIT; i++) {
        come(&world, i, i, PLACES_QUIET);
    }
    for (int step = 0; step < 20000; step++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        struct place *place = &world.place[random % LIMIT];
        if (random / LIMIT % 5 == 0) {
            places_take(&world.places, place);
        } else {
            places_put(&world.places, place, (enum places_kind)(random / LIMIT % PLACES_KINDS));
        }
        long expected = -1;
        for (long i = 0; i < LIMIT; i++) {
            const struct place *one = &world.place[i];
            bool is_less = expected < 0 || one->turn < world.place[expected].turn;
            expected = one->is_ordered && is_less ? i : expected;
        }
        assert_int_equal(expected, chosen(&world, PLACES_CONNECTIONS));
    }
    leave(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_made_no_progress_for_longest_goes),
        cmocka_unit_test(memory_comes_from_those_who_have_it),
        cmocka_unit_test(a_peer_beyond_its_share_goes_first),
        cmocka_unit_test(who_cannot_give_is_passed_over),
        cmocka_unit_test(bytes_have_shares_of_their_own),
        cmocka_unit_test(there_is_an_end_to_peers),
        cmocka_unit_test(the_choice_is_the_least_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
