/* Requests of other nodes come to the desk that they are for. */
#include "cluster/strict/strict_desks.h"
#include "fixtures/unit.h"

static struct mem mem;
static struct strict_port real;
static struct strict_desks *desks;
static const char *waiting[32]; /* requests; the first byte is the desk */
static size_t count;
static uint64_t taken;
static uint64_t replied;
static uint8_t reply_byte;

static bool request(void *context, uint64_t *ret_id, struct buf *ret_request)
{
    (void)context;
    if (taken == count) {
        return false;
    }
    buf_put(ret_request, bytes_of(waiting[taken]));
    *ret_id = ++taken;
    return true;
}

static void reply(void *context, uint64_t id, struct bytes answer)
{
    (void)context;
    replied = id;
    reply_byte = answer.ptr[0];
}

static int start(void **state)
{
    (void)state;
    count = 0;
    taken = 0;
    replied = 0;
    mem_init(&mem, 1 << 20);
    real = (struct strict_port){.request = request, .reply = reply};
    assert_status(OK, strict_desks_open(&mem, &real, &desks));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    strict_desks_close(&desks);
    strict_desks_close(&desks);
    assert_int_equal(0, mem_used(&mem));
    return 0;
}

static uint64_t next(size_t desk, const char *expected)
{
    const struct strict_port *port = strict_desks_port(desks, desk);
    uint8_t memory[STRICT_REQUEST_MAX];
    struct buf out = buf_over(memory, sizeof memory);
    uint64_t id = 77;
    bool is_there = port->request(port->context, &id, &out);
    assert_int_equal(expected != NULL, is_there);
    if (is_there) {
        assert_bytes(bytes_of(expected), buf_bytes(&out));
    }
    return id;
}

static void what_is_for_nobody_is_answered(void **state)
{
    (void)state;
    waiting[count++] = "\7who";
    assert_int_equal(0, next(STRICT_DESK_LANES, NULL));
    assert_int_equal(1, replied);
    assert_int_equal(0, reply_byte);
    waiting[count++] = "";
    assert_int_equal(0, next(STRICT_DESK_STATEMENTS, NULL));
    assert_int_equal(2, replied);
}

static void each_desk_gets_its_own_in_order(void **state)
{
    (void)state;
    static const char *const all[] = {"\1a", "\2b", "\1c", "\2d"};
    for (size_t i = 0; i < 4; i++) {
        waiting[count++] = all[i];
    }
    assert_int_equal(2, next(STRICT_DESK_LANES, "\2b"));
    assert_int_equal(4, next(STRICT_DESK_LANES, "\2d"));
    assert_int_equal(0, next(STRICT_DESK_LANES, NULL));
    assert_int_equal(1, next(STRICT_DESK_STATEMENTS, "\1a"));
    assert_int_equal(3, next(STRICT_DESK_STATEMENTS, "\1c"));
    assert_int_equal(0, next(STRICT_DESK_STATEMENTS, NULL));
}

static void nothing_is_lost_when_a_desk_is_full(void **state)
{
    (void)state;
    for (size_t i = 0; i <= STRICT_DESK_WAITING; i++) {
        waiting[count++] = "\1a";
    }
    waiting[count++] = "\2b";
    next(STRICT_DESK_LANES, NULL);
    assert_int_equal(STRICT_DESK_WAITING, taken);
    for (uint64_t i = 1; i <= STRICT_DESK_WAITING + 1; i++) {
        assert_int_equal(i, next(STRICT_DESK_STATEMENTS, "\1a"));
    }
    assert_int_equal(count, next(STRICT_DESK_LANES, "\2b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_for_nobody_is_answered, start, stop),
        cmocka_unit_test_setup_teardown(each_desk_gets_its_own_in_order, start, stop),
        cmocka_unit_test_setup_teardown(nothing_is_lost_when_a_desk_is_full, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
