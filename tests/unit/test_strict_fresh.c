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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_does_not_vote_makes_nobody_fresh, open_three,
                                        close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
