/* Wishes on their way to a home, and its answers. */
#include "fixtures/lanes_world.h"
#include "fixtures/unit.h"
#include "lanes/lanes_internal.h"

static const uint8_t tenant[USERS_TENANT] = {3};

static struct lanes_ask some_ask(void)
{
    struct lanes_ask ask = lanes_world_ask(tenant, "alice", 4, 5);
    ask.lane = 0x01020304;
    ask.only_looks = true;
    ask.wish.is_named = true;
    ask.wish.replaces = true;
    ask.wish.nonce = 77;
    return ask;
}

static void a_wish_is_read_as_it_was_put(void **state)
{
    (void)state;
    uint8_t memory[LANES_WIRE];
    struct buf out = buf_over(memory, sizeof memory);
    const struct lanes_ask ask = some_ask();
    struct lanes_ask read;
    lanes_wire_put(&ask, &out);
    assert_true(lanes_wire_read(buf_bytes(&out), &read));
    assert_memory_equal(tenant, read.tenant, sizeof tenant);
    assert_bytes(ask.user, read.user);
    assert_memory_equal(ask.chain, read.chain, sizeof ask.chain);
    assert_memory_equal(ask.account, read.account, sizeof ask.account);
    assert_int_equal(ask.lane, read.lane);
    assert_true(read.only_looks && read.wish.is_named && read.wish.replaces);
    assert_int_equal(77, read.wish.nonce);
    assert_memory_equal(ask.wish.object, read.wish.object, LANE_OBJECT);
    assert_memory_equal(ask.wish.key, read.wish.key, LANE_KEY);
    for (size_t len = 0; len < out.len; len++) {
        assert_false(lanes_wire_read((struct bytes){memory, len}, &read));
    }
    buf_put_u8(&out, 0);
    assert_false(lanes_wire_read(buf_bytes(&out), &read));
    out.len--;
    for (size_t i = 0; i < 2; i++) { /* another kind, another version */
        memory[i] ^= 8;
        assert_false(lanes_wire_read(buf_bytes(&out), &read));
        memory[i] ^= 8;
    }
}

static void the_longest_name_has_room(void **state)
{
    (void)state;
    char name[LANES_USER + 1];
    uint8_t memory[LANES_WIRE];
    struct buf out = buf_over(memory, sizeof memory);
    struct lanes_ask ask = some_ask();
    memset(name, 'a', LANES_USER);
    ask.user = (struct bytes){(const uint8_t *)name, LANES_USER};
    lanes_wire_put(&ask, &out);
    assert_false(out.failed);
}

static void an_answer_has_the_name_of_its_code(void **state)
{
    (void)state;
    uint8_t memory[LANES_WIRE];
    struct buf out = buf_over(memory, sizeof memory);
    uint64_t nonce = 1;
    lanes_wire_answer(OK, 7, &out);
    assert_status(OK, lanes_wire_answered(buf_bytes(&out), &nonce));
    assert_int_equal(7, nonce);
    for (size_t len = 0; len < out.len; len++) {
        assert_status(WRITE_UNSETTLED, lanes_wire_answered((struct bytes){memory, len}, &nonce));
        assert_int_equal(0, nonce);
    }
    out.len = 0;
    lanes_wire_answer(FAIL(LANE_CONFLICT), 7, &out);
    assert_status(LANE_CONFLICT, lanes_wire_answered(buf_bytes(&out), &nonce));
    assert_int_equal(0, nonce);
    memory[3] ^= 1; /* a code that is not known here */
    assert_status(UNAVAILABLE, lanes_wire_answered(buf_bytes(&out), &nonce));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wish_is_read_as_it_was_put),
        cmocka_unit_test(the_longest_name_has_room),
        cmocka_unit_test(an_answer_has_the_name_of_its_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
