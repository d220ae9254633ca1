/* Records of lanes: what is given to whom, and random lives against a model. */
#include "fixtures/unit.h"
#include "lanes/lane_record.h"

static struct lane_record record;
static struct lane_set set;
static struct lane_place place;

static int clear(void **state)
{
    (void)state;
    record = (struct lane_record){0};
    set = (struct lane_set){0};
    place = (struct lane_place){.incarnation = {1}, .may_open = true};
    return 0;
}

static struct lane_wish wish_of(uint8_t object, uint8_t key)
{
    return (struct lane_wish){.object = {object}, .key = {key}};
}

static struct status give(const struct lane_wish *wish, uint64_t *ret)
{
    struct lane_record changed = record;
    struct status status = lane_record_give(&changed, &set, &place, wish, ret);
    if (status_is_ok(status)) {
        assert_true(changed.changes > record.changes);
        record = changed;
    }
    return status;
}

static void assert_next(uint64_t expected, uint8_t object, uint8_t key)
{
    const struct lane_wish wish = wish_of(object, key);
    uint64_t nonce = 99;
    assert_status(OK, give(&wish, &nonce));
    assert_int_equal(expected, nonce);
}

static struct status named(uint64_t nonce, uint8_t object, bool replaces)
{
    struct lane_wish wish = wish_of(object, 0);
    uint64_t got = 99;
    wish.is_named = true;
    wish.replaces = replaces;
    wish.nonce = nonce;
    struct status status = give(&wish, &got);
    assert_int_equal(status_is_ok(status) ? nonce : 0, got);
    return status;
}

static struct status next_fails(uint8_t object, uint8_t key)
{
    const struct lane_wish wish = wish_of(object, key);
    uint64_t nonce;
    return give(&wish, &nonce);
}

static void a_lane_that_nobody_began_gives_nothing(void **state)
{
    (void)state;
    assert_status(LANE_UNSET, next_fails(1, 0));
    assert_status(LANE_UNSET, named(4, 1, true));
    place.may_open = false;
    assert_status(LANE_UNSET, named(4, 1, false));
    place.may_open = true;
    assert_status(LANE_UNSET, named(LANE_NONCES, 1, false));
    assert_status(OK, named(4, 1, false));
    assert_next(5, 2, 0);
}

static void the_next_is_given_once(void **state)
{
    (void)state;
    set = (struct lane_set){1, 7, 0};
    assert_next(7, 1, 0);
    assert_next(8, 2, 0);
    assert_next(7, 1, 0); /* the same object */
    assert_next(9, 3, 5);
    assert_next(9, 3, 5);  /* the same key */
    assert_next(10, 3, 6); /* the same object, wanted twice */
    assert_status(LANE_CONFLICT, next_fails(4, 5));
    assert_status(LANE_CONFLICT, named(7, 9, false));
    assert_status(LANE_CONFLICT, named(12, 9, false)); /* would leave a hole */
    assert_status(LANE_CONFLICT, named(12, 9, true));
    assert_status(LANE_CONFLICT, named(6, 9, false)); /* is not the lane's */
    assert_status(OK, named(7, 1, false));
    assert_status(OK, named(11, 9, false)); /* it is the next */
    assert_next(12, 8, 0);
}

static void what_was_replaced_is_not_given_another_one(void **state)
{
    (void)state;
    set = (struct lane_set){1, 7, 0};
    assert_next(7, 1, 3);
    assert_next(8, 2, 0);
    assert_status(OK, named(7, 9, true));
    assert_status(LANE_CONFLICT, next_fails(1, 3));
    assert_status(LANE_CONFLICT, next_fails(1, 0));
    assert_next(7, 9, 0);
    struct lane_wish late = wish_of(1, 3); /* its own retry does not take it back */
    late.is_named = true;
    late.replaces = true;
    late.nonce = 7;
    uint64_t nonce;
    assert_status(LANE_CONFLICT, give(&late, &nonce));
    assert_status(OK, named(7, 1, true)); /* but who says so again */
    assert_next(9, 4, 0);
}

static void what_is_forgotten_is_never_given(void **state)
{
    (void)state;
    set = (struct lane_set){1, 0, 0};
    for (uint8_t i = 1; i <= LANE_USED + 2; i++) {
        assert_next(i - 1u, i, 0);
    }
    assert_int_equal(2, record.floor);
    assert_status(LANE_CONFLICT, named(1, 200, true));
    assert_status(OK, named(2, 200, true)); /* the oldest that is known */
    assert_status(LANE_CONFLICT, named(1, 201, true));
    set = (struct lane_set){2, 0, 0}; /* nor when the user sets the lane back */
    assert_next(LANE_USED + 2, 210, 0);
}

static void a_lane_that_is_set_back_passes_over_what_was_given(void **state)
{
    (void)state;
    set = (struct lane_set){1, 1000, 0};
    assert_next(1000, 1, 0);
    assert_next(1001, 2, 0);
    set = (struct lane_set){2, 999, 0};
    assert_next(999, 3, 0);
    assert_next(1002, 4, 0);
    set = (struct lane_set){1, 5, 0}; /* an older statement */
    assert_next(1003, 5, 0);
    set = (struct lane_set){3, 500, 0};
    assert_next(500, 6, 0);
    assert_next(1000, 1, 0);
    for (uint8_t i = 0; i < LANE_USED - 6; i++) {
        assert_next(501u + i, (uint8_t)(i + 100), 0);
    }
    assert_int_equal(LANE_USED, record.count);
    set = (struct lane_set){4, 100, 0}; /* all that is known lies ahead */
    assert_status(LIMIT_EXCEEDED, next_fails(250, 0));
}

static void after_a_restore_a_lane_waits_until_it_is_set(void **state)
{
    (void)state;
    set = (struct lane_set){3, 7, 50};
    assert_next(7, 1, 0);
    assert_next(8, 2, 0);
    place = (struct lane_place){.incarnation = {2}, .began_ms = 100};
    assert_status(LANE_UNSET, next_fails(3, 0));
    assert_status(LANE_UNSET, next_fails(1, 0)); /* what it was given may be replaced by now */
    assert_status(LANE_UNSET, named(9, 3, false));
    set = (struct lane_set){4, 9, 99}; /* was said before, and presented again */
    assert_status(LANE_UNSET, next_fails(3, 0));
    set = (struct lane_set){2, 8, 100}; /* since; numbers may have been lost */
    assert_next(9, 3, 0);               /* 8 is known */
    assert_next(10, 4, 0);
    record = (struct lane_record){0};
    set.not_before_ms = 99;
    assert_status(LANE_UNSET, next_fails(3, 0));
    set.not_before_ms = 100;
    assert_next(8, 3, 0);
}

static void the_last_nonce_is_the_last(void **state)
{
    (void)state;
    set = (struct lane_set){1, LANE_NONCES - 1, 0};
    assert_next(LANE_NONCES - 1, 1, 0);
    assert_status(LANE_CONFLICT, next_fails(2, 0));
    assert_next(LANE_NONCES - 1, 1, 0);
}

static void what_is_no_value_is_not_read(void **state)
{
    (void)state;
    static uint8_t memory[LANE_VALUE + LANE_ENTRY];
    struct lane_record read;
    set = (struct lane_set){1, 7, 0};
    for (uint8_t i = 1; i <= LANE_USED; i++) {
        assert_next(6u + i, i, i);
    }
    struct buf out = buf_over(memory, sizeof memory);
    lane_record_put(&record, &out);
    assert_int_equal(LANE_VALUE, out.len);
    assert_true(lane_record_read(buf_bytes(&out), &read));
    assert_memory_equal(&record, &read, sizeof read);
    for (size_t len = 0; len <= sizeof memory; len++) {
        bool is_value =
            len >= LANE_HEAD && len <= LANE_VALUE && (len - LANE_HEAD) % LANE_ENTRY == 0;
        assert_int_equal(is_value, lane_record_read((struct bytes){memory, len}, &read));
    }
    assert_true(strict_value_is_valid(STRICT_LANE, buf_bytes(&out)));
}

/* --- random lives ----------------------------------------------------------------------------- */

enum { LIVES = 300, WISHES = 400, NONCES = 2000, KEYS = 40 };

static uint64_t state_of_random;

static unsigned draw(unsigned end)
{
    state_of_random = state_of_random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((state_of_random >> 33) % end);
}

static struct {
    uint8_t holder[NONCES]; /* the object that has it; 0: none */
    uint64_t last_set;
    uint64_t key_nonce[KEYS + 1]; /* 1 more than what the key was given; 0: nothing */
    uint64_t highest;
} model;

static void check_given(const struct lane_wish *wish, uint64_t nonce)
{
    uint8_t object = wish->object[0];
    uint8_t key = wish->key[0];
    assert_true(nonce < NONCES);
    if (model.holder[nonce] != 0 && model.holder[nonce] != object) {
        assert_true(wish->is_named && wish->replaces);
    }
    if (!wish->is_named && model.holder[nonce] == 0) {
        /* No hole without a reason: it was set there, or comes after what was given. */
        assert_true(nonce == model.last_set || model.holder[nonce - 1] != 0);
    }
    if (key != 0 && model.key_nonce[key] > record.floor) { /* it is not forgotten */
        assert_int_equal(model.key_nonce[key] - 1, nonce);
    }
    if (key != 0 && !(wish->is_named && model.holder[nonce] == object)) {
        model.key_nonce[key] = nonce + 1; /* what had it already keeps its own key */
    }
    model.holder[nonce] = object;
    model.highest = nonce > model.highest ? nonce : model.highest;
}

static void step(void)
{
    struct lane_wish wish =
        wish_of((uint8_t)(1 + draw(200)), (uint8_t)(draw(3) == 0 ? draw(KEYS) : 0));
    uint64_t nonce;
    wish.is_named = draw(4) == 0;
    wish.replaces = wish.is_named && draw(2) == 0;
    wish.nonce = model.highest + 3 - draw(80) % (model.highest + 3);
    if (draw(60) == 0) {
        set.number++;
        set.next = model.highest + 2 - draw(20) % (model.highest + 2);
        model.last_set = set.next;
    }
    struct lane_record before = record;
    if (!status_is_ok(give(&wish, &nonce))) {
        assert_memory_equal(&before, &record, sizeof record);
        return;
    }
    if (draw(10) == 0) {
        record = before; /* no majority had it, and the next home has not: nobody was told */
        return;
    }
    check_given(&wish, nonce);
}

static void no_nonce_is_given_to_two_objects(void **state)
{
    for (size_t life = 0; life < LIVES; life++) {
        clear(state);
        memset(&model, 0, sizeof model);
        state_of_random = life + 1;
        set = (struct lane_set){1, draw(5), 0};
        model.last_set = set.next;
        for (size_t i = 0; i < WISHES && model.highest < NONCES - 10; i++) {
            step();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_lane_that_nobody_began_gives_nothing, clear),
        cmocka_unit_test_setup(the_next_is_given_once, clear),
        cmocka_unit_test_setup(what_was_replaced_is_not_given_another_one, clear),
        cmocka_unit_test_setup(what_is_forgotten_is_never_given, clear),
        cmocka_unit_test_setup(a_lane_that_is_set_back_passes_over_what_was_given, clear),
        cmocka_unit_test_setup(after_a_restore_a_lane_waits_until_it_is_set, clear),
        cmocka_unit_test_setup(the_last_nonce_is_the_last, clear),
        cmocka_unit_test_setup(what_is_no_value_is_not_read, clear),
        cmocka_unit_test(no_nonce_is_given_to_two_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
