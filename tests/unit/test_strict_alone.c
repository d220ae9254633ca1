#include "cluster/strict/strict_alone.h"
#include "fixtures/unit.h"

enum { BYTES_MAX = 2048, WORKER = 3 };

static struct mem mem;
static struct strict_alone *alone;
static const struct strict_port *port;
static uint64_t now_ms;
static uint64_t wall_ms;

static uint64_t monotonic(void *context)
{
    (void)context;
    return now_ms * 1000000;
}

static struct clock_interval wall(void *context)
{
    (void)context;
    return (struct clock_interval){wall_ms, wall_ms};
}

static int open_alone(void **state)
{
    struct strict_alone_setup setup = {.mem = &mem,
                                       .clock = {NULL, monotonic, wall},
                                       .entropy = entropy_system(),
                                       .self = {{1}, {2}},
                                       .bytes_max = BYTES_MAX};
    (void)state;
    struct bytes domain =
        unit_hex("f2ff83860a4dc203988ed1a22ba1f21237f04abdbd0c4c951103cfbed121de78");
    memcpy(setup.domain, domain.ptr, sizeof setup.domain);
    mem_init(&mem, (size_t)4 << 20);
    now_ms = 1000;
    wall_ms = 1700000000000;
    assert_status(OK, strict_alone_open(&setup, &alone));
    port = strict_alone_port(alone);
    return 0;
}

static int close_alone(void **state)
{
    (void)state;
    strict_alone_close(&alone);
    strict_alone_close(&alone);
    assert_int_equal(0, mem_used(&mem));
    return 0;
}

static struct strict_record record(enum strict_kind kind, const char *key, const char *value)
{
    return (struct strict_record){.slot = 366,
                                  .kind = kind,
                                  .tenant = {3},
                                  .key = bytes_of(key),
                                  .version = {.value = bytes_of(value)}};
}

static struct status put(const struct strict_record *one, size_t *ret_wait)
{
    return port->put(port->context, one, WORKER, ret_wait);
}

static void put_held(const struct strict_record *one)
{
    size_t wait;
    assert_status(OK, put(one, &wait));
    assert_true(wait != 0);
    assert_int_equal(STRICT_HELD, port->outcome(port->context, wait, NULL));
    assert_int_equal(STRICT_UNKNOWN, port->outcome(port->context, wait, NULL)); /* forgotten */
}

static void what_is_no_record_is_refused(void **state)
{
    (void)state;
    size_t wait = 7;
    struct strict_record odd = record(STRICT_STATEMENT, "", "v");
    assert_status(RECORD_INVALID, put(&odd, &wait));
    assert_int_equal(0, wait);
    odd = record(STRICT_STATEMENT, "k", "v");
    odd.slot = STRICT_SLOTS;
    assert_status(RECORD_INVALID, put(&odd, &wait));
}

static void what_is_full_takes_no_more(void **state)
{
    (void)state;
    size_t wait;
    char key[2] = "a";
    struct strict_record one = record(STRICT_STATEMENT, key, "v");
    for (size_t i = 0; i < 4; i++) {
        key[0] = (char)('a' + i);
        put_held(&one);
    }
    while (status_is_ok(put(&one, &wait))) {
        port->give_up(port->context, wait);
        key[0]++;
        assert_true(key[0] < 'z');
    }
    key[0] = '!';
    assert_status(OVERLOADED, put(&one, &wait));
    assert_int_equal(0, wait);
}

static void nobody_is_asked(void **state)
{
    (void)state;
    uint8_t memory[8];
    struct buf request = buf_over(memory, sizeof memory);
    const struct strict_member self = {{1}, {2}};
    size_t wait = 7;
    uint64_t id;
    assert_status(UNAVAILABLE,
                  port->forward(port->context, &self, BYTES_LITERAL("r"), WORKER, &wait));
    assert_int_equal(0, wait);
    assert_false(port->request(port->context, &id, &request));
    port->reply(port->context, 1, BYTES_LITERAL("a"));
    assert_int_equal(STRICT_UNKNOWN, port->outcome(port->context, 99, NULL));
    port->give_up(port->context, 99);
}

static void what_is_put_is_held_and_found(void **state)
{
    (void)state;
    uint8_t memory[8];
    struct buf value = buf_over(memory, sizeof memory);
    struct strict_record one = record(STRICT_STATEMENT, "k", "value");
    uint64_t changes = port->changes(port->context, one.slot);
    assert_false(port->get(port->context, &one, &value));
    put_held(&one);
    assert_true(port->get(port->context, &one, &value));
    assert_bytes(BYTES_LITERAL("value"), buf_bytes(&value));
    assert_true(port->changes(port->context, one.slot) != changes);
    changes = port->changes(port->context, one.slot);
    put_held(&one); /* once more: nothing is new */
    assert_int_equal(changes, port->changes(port->context, one.slot));
}

/* However long nobody came, and whatever slots are in use. */
static void it_is_the_home_of_every_slot(void **state)
{
    (void)state;
    const uint8_t next[] = {0, 0, 0, 0, 0, 0, 0, 1};
    struct strict_record lane = record(STRICT_LANE, "k", "");
    struct strict_member member;
    lane.version.value = BYTES_ARRAY(next);
    for (size_t round = 0; round < 5; round++) {
        for (uint16_t slot = 0; slot < STRICT_SLOTS; slot++) {
            assert_int_equal(STRICT_HOME_HERE, port->home(port->context, slot, &member));
        }
        put_held(&lane);
        now_ms += round % 2 == 0 ? STRICT_HOLD_MS + 1 : 10 * STRICT_IDLE_MS;
        assert_status(OK, port->check_fresh(port->context));
    }
}

/* Made of what was read under another term: somebody else may have written in between. */
static void what_was_made_under_another_term_is_refused(void **state)
{
    (void)state;
    struct strict_record lane = record(STRICT_LANE, "k", "value");
    struct strict_member member;
    size_t wait;
    assert_int_equal(0, port->term(port->context, lane.slot));
    assert_int_equal(STRICT_HOME_HERE, port->home(port->context, lane.slot, &member));
    uint64_t term = port->term(port->context, lane.slot);
    assert_true(term != 0);
    lane.version.ballot.term = term + 1;
    assert_status(NOT_CURRENT, put(&lane, &wait));
    lane.version.ballot.term = term;
    put_held(&lane);
    now_ms += 10 * STRICT_IDLE_MS;
    assert_int_equal(0, port->term(port->context, lane.slot));
    assert_int_equal(STRICT_HOME_HERE, port->home(port->context, lane.slot, &member));
    assert_true(port->term(port->context, lane.slot) > term);
    assert_status(NOT_CURRENT, put(&lane, &wait));
    lane.version.ballot.term = 0;
    put_held(&lane);
}

static void waits_that_are_given_up_leave_room(void **state)
{
    (void)state;
    struct strict_record one = record(STRICT_STATEMENT, "k", "value");
    for (size_t i = 0; i < 3 * STRICT_PUTS_MAX; i++) {
        size_t wait;
        assert_status(OK, put(&one, &wait));
        port->give_up(port->context, wait);
    }
}

struct seen {
    size_t count;
    uint8_t first[8]; /* of each key */
};

static void see(void *visitor, const struct strict_record *one)
{
    struct seen *seen = visitor;
    seen->first[seen->count++] = one->key.ptr[0];
}

static void a_slot_is_walked_in_pieces(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct strict_walk walk = {.slot = 366, .limit = 2, .visitor = &seen, .visit = see};
    char key[2] = "a";
    struct strict_record one = record(STRICT_STATEMENT, key, "v");
    assert_false(port->walk(port->context, &walk));
    for (size_t i = 0; i < 4; i++) {
        key[0] = (char)('a' + i);
        put_held(&one);
    }
    assert_true(port->walk(port->context, &walk));
    assert_int_equal(2, seen.count);
    assert_false(port->walk(port->context, &walk)); /* the last two, and no more */
    assert_int_equal(4, seen.count);
    assert_memory_equal("abcd", seen.first, 4);
    assert_false(port->walk(port->context, &walk));
    assert_int_equal(4, seen.count);
}

static void what_is_over_goes(void **state)
{
    (void)state;
    uint8_t memory[8];
    uint8_t until[8];
    struct buf value = buf_over(memory, sizeof memory);
    struct buf out = buf_over(until, sizeof until);
    struct strict_record one = record(STRICT_REVOKED, "sid", "");
    struct strict_member member;
    buf_put_u64(&out, wall_ms + 100);
    one.version.value = buf_bytes(&out);
    put_held(&one);
    wall_ms += 60100;
    (void)port->home(port->context, 1, &member);
    assert_false(port->get(port->context, &one, &value));
}

/* As the vectors for users have them; the incarnation by Python's hashlib. */
static void slots_and_the_incarnation_are_those_of_the_formats(void **state)
{
    (void)state;
    uint8_t got[STRICT_INCARNATION];
    uint64_t began_ms = 1;
    struct bytes tenant =
        unit_hex("e9da86d351cf9a7642d8c50195c3f466220911a15c177809bd1161a51e8c5f24");
    assert_int_equal(366, port->slot(port->context, tenant.ptr, BYTES_LITERAL("u:alice")));
    assert_status(OK, port->incarnation(port->context, got, &began_ms));
    assert_bytes(unit_hex("0c90cfb6e4422af88999fcc5c14cb7ed"), BYTES_ARRAY(got));
    assert_int_equal(0, began_ms);
    const uint8_t digest[STRICT_DIGEST] = {1, 2, 3};
    struct bytes domain =
        unit_hex("f2ff83860a4dc203988ed1a22ba1f21237f04abdbd0c4c951103cfbed121de78");
    strict_incarnation(domain.ptr, digest, got);
    assert_bytes(unit_hex("8fa461faf0f9e2cdc347651e2b81885e"), BYTES_ARRAY(got));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_no_record_is_refused, open_alone, close_alone),
        cmocka_unit_test_setup_teardown(what_is_full_takes_no_more, open_alone, close_alone),
        cmocka_unit_test_setup_teardown(nobody_is_asked, open_alone, close_alone),
        cmocka_unit_test_setup_teardown(what_is_put_is_held_and_found, open_alone, close_alone),
        cmocka_unit_test_setup_teardown(it_is_the_home_of_every_slot, open_alone, close_alone),
        cmocka_unit_test_setup_teardown(what_was_made_under_another_term_is_refused, open_alone,
                                        close_alone),
        cmocka_unit_test_setup_teardown(waits_that_are_given_up_leave_room, open_alone,
                                        close_alone),
        cmocka_unit_test_setup_teardown(a_slot_is_walked_in_pieces, open_alone, close_alone),
        cmocka_unit_test_setup_teardown(what_is_over_goes, open_alone, close_alone),
        cmocka_unit_test_setup_teardown(slots_and_the_incarnation_are_those_of_the_formats,
                                        open_alone, close_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
