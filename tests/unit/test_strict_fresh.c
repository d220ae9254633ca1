/* Who may act for users. */
#include "fixtures/strict_three.h"

/* In: votes, what is left of the flags of who answers. */
static void ask_all(uint8_t votes)
{
    static uint8_t said[STRICT_BODY_MAX];
    static uint8_t answered[STRICT_BODY_MAX];
    struct strict_member to;
    uint64_t due_ms;
    struct buf out = buf_over(said, sizeof said);
    while (strict_next(nodes[0], now_ms, &out, &to, &due_ms)) {
        struct buf answer = buf_over(answered, sizeof answered);
        assert_true(
            strict_serve(nodes[to.wallet[0] - 1u], now_ms, &members[0], buf_bytes(&out), &answer));
        answered[HEAD] &= votes;
        strict_answered(nodes[0], now_ms, &to, buf_bytes(&answer));
        out.len = 0;
    }
}

/* It may lack a revocation like whoever asks it. */
static void who_does_not_vote_makes_nobody_fresh(void **state)
{
    (void)state;
    is_away[0] = true;
    live(STRICT_FRESH_MS + STRICT_PING_MS);
    assert_status(UNAVAILABLE, strict_check_fresh(nodes[0], now_ms));
    for (size_t i = 0; i < 4; i++) {
        now_ms += STRICT_PING_MS;
        ask_all(0);
    }
    assert_status(UNAVAILABLE, strict_check_fresh(nodes[0], now_ms));
    for (size_t i = 0; i < 4; i++) {
        now_ms += STRICT_PING_MS;
        ask_all(0xff);
    }
    assert_status(OK, strict_check_fresh(nodes[0], now_ms));
}

/* A statement that only one node has; as if the others had been away when it was held. */
static void have(size_t i, size_t number, size_t len)
{
    static uint8_t value[STRICT_VALUE_MAX];
    uint8_t key[] = {(uint8_t)(number >> 8), (uint8_t)number};
    struct strict_record record = {.slot = (uint16_t)(number * 389 % STRICT_SLOTS),
                                   .kind = STRICT_STATEMENT,
                                   .key = BYTES_ARRAY(key),
                                   .version = {.value = {value, len}}};
    assert_status(OK, strict_table_merge(strict_records(nodes[i]), &record, 0));
}

/* Let the first node ask the second one, for so long. Returns: the longest answer. */
static size_t ask_second(uint64_t ms)
{
    static uint8_t said[STRICT_BODY_MAX];
    static uint8_t answered[STRICT_BODY_MAX];
    size_t longest = 0;
    struct strict_member to;
    uint64_t due_ms;
    for (uint64_t end_ms = now_ms + ms; now_ms < end_ms; now_ms += 100) {
        struct buf out = buf_over(said, sizeof said);
        while (strict_next(nodes[0], now_ms, &out, &to, &due_ms)) {
            struct buf answer = buf_over(answered, sizeof answered);
            bool is_second = to.wallet[0] == members[1].wallet[0];
            assert_true(!is_second ||
                        strict_serve(nodes[1], now_ms, &members[0], buf_bytes(&out), &answer));
            strict_answered(nodes[0], now_ms, &to,
                            is_second ? buf_bytes(&answer) : (struct bytes){NULL, 0});
            longest = answer.len > longest ? answer.len : longest;
            out.len = 0;
        }
    }
    return longest;
}

static bool has_same(size_t a, size_t b)
{
    struct strict_sum first = strict_table_listed(strict_records(nodes[a]));
    struct strict_sum second = strict_table_listed(strict_records(nodes[b]));
    return strict_sum_equal(&first, &second);
}

/* Who was read once is asked for what is new, however much it has; sums of all slots are not. */
static void what_is_new_is_all_that_comes(void **state)
{
    (void)state;
    enum { SUMS_BYTES = 1024 * 16, MANY = 60, LARGE = 700 };
    for (size_t number = 0; number < MANY; number++) {
        have(1, number, 40);
    }
    assert_true(ask_second(2 * (uint64_t)STRICT_PING_MS) < SUMS_BYTES);
    assert_true(has_same(0, 1));
    have(1, MANY, LARGE);
    have(0, MANY + 1, LARGE); /* what the other lacks makes nobody compare again */
    assert_true(ask_second(2 * (uint64_t)STRICT_PING_MS) < 2 * LARGE);
    assert_true(ask_second(2 * (uint64_t)STRICT_PING_MS) < LARGE); /* it is not said again */
    have(1, MANY + 1, LARGE);
    assert_true(has_same(0, 1));
    assert_status(OK, strict_check_fresh(nodes[0], now_ms));
}

/* It comes in pieces, and the node is not fresh by that peer before it has the last one. */
static void what_is_new_comes_in_pieces(void **state)
{
    (void)state;
    enum { MANY = 30, LARGE = 1500 };
    have(1, 0, 40);
    ask_second(2 * (uint64_t)STRICT_PING_MS);
    assert_true(has_same(0, 1));
    have(0, 1000, 40); /* so that sums differ */
    for (size_t number = 1; number < MANY; number++) {
        have(1, number, LARGE);
    }
    size_t longest = ask_second(2 * (uint64_t)STRICT_PING_MS);
    assert_true(longest > 16384 && longest < 16384 + 2 * LARGE);
    have(1, 1000, 40);
    assert_true(has_same(0, 1));
    assert_status(OK, strict_check_fresh(nodes[0], now_ms));
}

/* Without room for what others have it may lack a revocation. */
static void who_has_no_room_is_not_fresh(void **state)
{
    (void)state;
    ask_second(2 * (uint64_t)STRICT_PING_MS);
    assert_status(OK, strict_check_fresh(nodes[0], now_ms));
    for (size_t number = 0; number < 40; number++) {
        have(0, 1000 + number, 1400);
    }
    for (size_t number = 0; number < 8; number++) {
        have(1, number, 1400);
    }
    ask_second(2 * (uint64_t)STRICT_FRESH_MS);
    assert_false(has_same(0, 1));
    assert_status(UNAVAILABLE, strict_check_fresh(nodes[0], now_ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_does_not_vote_makes_nobody_fresh, open_three,
                                        close_all),
        cmocka_unit_test_setup_teardown(what_is_new_is_all_that_comes, open_three, close_all),
        cmocka_unit_test_setup_teardown(what_is_new_comes_in_pieces, open_three, close_all),
        cmocka_unit_test_setup_teardown(who_has_no_room_is_not_fresh, open_three, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
