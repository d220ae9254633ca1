#include "fixtures/strict_three.h"

static const uint8_t tenant[STRICT_TENANT] = {5};

static void no_message_does_harm(void **state)
{
    (void)state;
    static uint8_t answered[STRICT_BODY_MAX];
    uint8_t bytes[400];
    struct strict_stats before = strict_stats(nodes[0], now_ms);
    for (size_t i = 0; i < 20000; i++) {
        struct buf answer = buf_over(answered, sizeof answered);
        assert_status(OK, fill(NULL, bytes, sizeof bytes));
        memset(bytes, 0, 16);
        bytes[16] = (uint8_t)(2 + bytes[16] % 11); /* a newer set is believed */
        memset(bytes + 17, 0, i % 40);             /* counts and lengths small at times */
        strict_serve(nodes[0], now_ms, &members[1], (struct bytes){bytes, i % sizeof bytes},
                     &answer);
    }
    struct strict_stats after = strict_stats(nodes[0], now_ms);
    assert_int_equal(before.records, after.records);
    assert_int_equal(before.members, after.members);
}

/* Where the answer is full nothing more of a message is done: few bytes ask for many. */
static void a_message_ends_where_its_answer_is_full(void **state)
{
    (void)state;
    enum { SUMS = 6 };
    static uint8_t answered[STRICT_BODY_MAX];
    uint8_t message[64] = {0};
    struct buf answer = buf_over(answered, sizeof answered);
    assert_true(
        strict_serve(nodes[0], now_ms, &members[1], (struct bytes){message, HEAD}, &answer));
    struct buf out = buf_over(message, sizeof message);
    buf_put(&out, (struct bytes){answered, HEAD}); /* its set */
    for (size_t i = 0; i <= STRICT_BODY_MAX / (STRICT_SLOTS * 16); i++) {
        buf_put_u8(&out, SUMS);
    }
    buf_put_u8(&out, ASK);
    buf_put_u16(&out, 17);
    buf_put_u64(&out, 1000);
    answer.len = 0;
    assert_false(strict_serve(nodes[0], now_ms, &members[1], buf_bytes(&out), &answer));
    out.len = HEAD;
    buf_put_u8(&out, ASK);
    buf_put_u16(&out, 17);
    buf_put_u64(&out, 999);
    answer = buf_over(answered, sizeof answered);
    assert_true(strict_serve(nodes[0], now_ms, &members[2], buf_bytes(&out), &answer));
    assert_int_equal(1, answered[HEAD + 1 + 1 + 2 + 8]); /* granted */
}

/* Number and hash of the set that all are in. */
static void put_head(struct buf *out)
{
    static uint8_t answered[STRICT_BODY_MAX];
    struct buf answer = buf_over(answered, sizeof answered);
    static const uint8_t none[HEAD];
    assert_true(strict_serve(nodes[0], now_ms, &members[1], BYTES_ARRAY(none), &answer));
    buf_put(out, (struct bytes){answered, HEAD});
}

static void put_set(struct buf *out, uint64_t number, size_t first, size_t second)
{
    const size_t list[] = {first, second};
    size_t count = first >= NODES ? 0 : second >= NODES ? 1 : 2;
    buf_put_u64(out, number);
    buf_put_u8(out, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        buf_put(out, BYTES_ARRAY(members[list[i]].wallet));
        buf_put(out, BYTES_ARRAY(members[list[i]].boot));
    }
}

/* Have node 0 take a message of node i that has the part, at a time. Out: *ret_last, the last byte
 * of its answer. */
static bool is_taken_at(uint64_t at_ms, size_t i, const struct buf *part, unsigned *ret_last)
{
    static uint8_t answered[STRICT_BODY_MAX];
    uint8_t message[512];
    struct buf out = buf_over(message, sizeof message);
    struct buf answer = buf_over(answered, sizeof answered);
    put_head(&out);
    buf_put(&out, buf_bytes(part));
    bool is_good = strict_serve(nodes[0], at_ms, &members[i], buf_bytes(&out), &answer);
    *ret_last = answered[answer.len - 1];
    return is_good;
}

/* Likewise of node 1, now. */
static bool is_taken(const struct buf *part)
{
    unsigned last;
    return is_taken_at(now_ms, 1, part, &last);
}

/* No number comes to its end, where terms and sets would begin anew. */
static void a_term_of_nobody_is_refused(void **state)
{
    (void)state;
    static const uint64_t terms[] = {UINT64_MAX, STRICT_NUMBER_MAX + 1, 0};
    struct strict_record lane = record(STRICT_LANE, BYTES_LITERAL("1"));
    uint8_t memory[256];
    struct strict_stats before = strict_stats(nodes[0], now_ms);
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++) {
        for (uint8_t part = ASK; part <= NEXT; part++) {
            struct buf out = buf_over(memory, sizeof memory);
            buf_put_u8(&out, part);
            if (part == WRITE) {
                lane.version.ballot.term = i == 0 ? UINT64_MAX : 1;
                buf_put_u64(&out, 1);
                buf_put_u64(&out, i == 0 ? 1 : UINT64_MAX);
                strict_record_put(&out, &lane);
            } else if (part == NEXT) {
                buf_put_u64(&out, terms[i]);
                put_set(&out, 4, 0, 1);
            } else {
                buf_put_u16(&out, 17);
                buf_put_u64(&out, terms[i]);
            }
            assert_false(is_taken(&out));
        }
    }
    assert_int_equal(before.records, strict_stats(nodes[0], now_ms).records);
    assert_int_equal(before.granted, strict_stats(nodes[0], now_ms).granted);
    make_home(2);
}

static void a_set_is_the_next_of_the_one_before(void **state)
{
    (void)state;
    static const struct {
        uint64_t before;
        uint64_t number;
        size_t first;
        size_t second;
        bool is_taken;
    } rows[] = {
        {UINT64_MAX - 1, UINT64_MAX, 0, 1, false},
        {STRICT_NUMBER_MAX, STRICT_NUMBER_MAX + 1, 0, 1, false},
        {3, 5, 0, 1, false},
        {3, 4, 1, 1, false},         /* a member twice */
        {3, 4, NODES, NODES, false}, /* no member */
        {3, 4, 0, 1, true},
    };
    uint8_t memory[256];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf next = buf_over(memory, sizeof memory);
        buf_put_u8(&next, NEXT);
        buf_put_u64(&next, 1);
        put_set(&next, rows[i].number, rows[i].first, rows[i].second);
        bool is_alone_good = i == 2 || rows[i].is_taken; /* nothing is before it in a proposal */
        assert_int_equal(is_alone_good, is_taken(&next));
        struct buf out = buf_over(memory, sizeof memory);
        buf_put_u8(&out, SET);
        put_set(&out, rows[i].number, rows[i].first, rows[i].second);
        put_set(&out, rows[i].before, 0, 1);
        assert_int_equal(rows[i].is_taken, is_taken(&out));
        assert_int_equal(rows[i].is_taken ? 4 : 3, strict_stats(nodes[0], now_ms).set);
    }
}

/* Who says the last term bars a slot; nobody says one behind it, and other slots go on. */
static void the_last_term_bars_one_slot(void **state)
{
    (void)state;
    uint8_t memory[16];
    struct strict_member home;
    struct buf out = buf_over(memory, sizeof memory);
    buf_put_u8(&out, ASK);
    buf_put_u16(&out, 17);
    buf_put_u64(&out, STRICT_NUMBER_MAX);
    assert_true(is_taken(&out));
    live(STRICT_GRANT_MS + 1000);
    strict_home(nodes[0], now_ms, 17, &home);
    strict_home(nodes[0], now_ms, 18, &home);
    live(500);
    assert_false(strict_holds(nodes[0], now_ms, 17));
    assert_true(strict_holds(nodes[0], now_ms, 18));
}

/* Have node 0 ask for slot 17 and be told that node 2 has it for so long. */
static enum strict_home home_by_hearsay(uint32_t rest_ms)
{
    static uint8_t said[STRICT_BODY_MAX];
    uint8_t message[128];
    struct buf out = buf_over(said, sizeof said);
    struct buf answer = buf_over(message, sizeof message);
    struct strict_member to;
    struct strict_member home;
    uint64_t due_ms;
    strict_home(nodes[0], now_ms, 17, &home);
    assert_true(strict_next(nodes[0], now_ms, &out, &to, &due_ms));
    put_head(&answer);
    buf_put_u8(&answer, 3); /* it votes, and had all */
    buf_put_u8(&answer, ASK);
    buf_put_u16(&answer, 17);
    buf_put_u64(&answer, 1);
    buf_put_u8(&answer, 0);
    buf_put_u64(&answer, 1);
    buf_put(&answer, BYTES_ARRAY(members[2].boot));
    buf_put_u32(&answer, rest_ms);
    strict_answered(nodes[0], now_ms, &to, buf_bytes(&answer));
    is_away[0] = true;
    live(STRICT_ASK_MS + 100);
    return strict_home(nodes[0], now_ms, 17, &home);
}

/* A grant is no longer than it is. */
static void nobody_is_home_for_ever(void **state)
{
    (void)state;
    assert_int_equal(STRICT_HOME_UNKNOWN, home_by_hearsay(STRICT_GRANT_MS + 1));
    close_all(NULL);
    open_three(NULL);
    assert_int_equal(STRICT_HOME_THERE, home_by_hearsay(STRICT_GRANT_MS));
}

static void a_set_grows_one_by_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < NODES; i++) {
        struct strict_stats stats = strict_stats(nodes[i], now_ms);
        assert_int_equal(NODES, stats.members);
        assert_int_equal(3, stats.set);
        assert_true(stats.is_ready);
        assert_true(stats.is_fresh);
    }
}

/* A lease of the set before the last is over when the next one is there. */
static void sets_are_as_far_apart_as_a_lease_is_long(void **state)
{
    (void)state;
    uint64_t numbers[NODES] = {0};
    uint64_t since_ms[NODES] = {0};
    close_all(NULL);
    for (size_t i = 0; i < NODES; i++) {
        open_node(i);
    }
    look();
    for (uint64_t end_ms = now_ms + 40000; now_ms < end_ms;) {
        live(50);
        for (size_t i = 0; i < NODES; i++) {
            uint64_t number = strict_stats(nodes[i], now_ms).set;
            if (number != numbers[i]) {
                assert_true(numbers[i] <= 1 || now_ms - since_ms[i] >= STRICT_GRANT_MS - 1000);
                numbers[i] = number;
                since_ms[i] = now_ms;
            }
        }
    }
    assert_int_equal(3, numbers[0]);
}

static void only_a_home_writes_what_has_one(void **state)
{
    (void)state;
    struct strict_record lane = record(STRICT_LANE, BYTES_LITERAL("1"));
    struct strict_record bad = record(STRICT_REVOKED, BYTES_LITERAL("1"));
    struct strict_member home;
    uint64_t ticket;
    assert_status(NOT_CURRENT, strict_put(nodes[1], now_ms, &lane, &ticket));
    assert_int_equal(0, ticket);
    assert_status(RECORD_INVALID, strict_put(nodes[1], now_ms, &bad, &ticket));
    make_home(1);
    assert_status(NOT_CURRENT, strict_put(nodes[2], now_ms, &lane, &ticket));
    assert_status(OK, strict_put(nodes[1], now_ms, &lane, &ticket));
    assert_int_equal(STRICT_WAITS, strict_outcome(nodes[1], now_ms, ticket));
    live(200);
    assert_int_equal(STRICT_HELD, strict_outcome(nodes[1], now_ms, ticket));
    assert_int_equal(STRICT_UNKNOWN, strict_outcome(nodes[1], now_ms, ticket));
    for (size_t i = 0; i < NODES; i++) {
        struct strict_record there;
        assert_true(strict_get(nodes[i], &lane, &there));
        assert_true(bytes_equal(BYTES_LITERAL("1"), there.version.value));
    }
    assert_int_equal(STRICT_HOME_THERE, strict_home(nodes[2], now_ms, 17, &home));
    assert_memory_equal(&members[1], &home, sizeof home);
}

static void a_minority_grants_nothing(void **state)
{
    (void)state;
    struct strict_record revoked = record(STRICT_REVOKED, BYTES_LITERAL("\x7f\0\0\0\0\0\0\0"));
    struct strict_member home;
    uint64_t ticket;
    is_away[0] = true;
    for (size_t i = 0; i < 200; i++) {
        assert_int_equal(STRICT_HOME_UNKNOWN, strict_home(nodes[0], now_ms, 17, &home));
        live(100);
    }
    assert_status(OK, strict_put(nodes[0], now_ms, &revoked, &ticket));
    live(STRICT_PUT_MS);
    assert_int_equal(STRICT_UNKNOWN, strict_outcome(nodes[0], now_ms, ticket));
    live(STRICT_FRESH_MS);
    assert_status(UNAVAILABLE, strict_check_fresh(nodes[0], now_ms));
    make_home(1);
    assert_status(OK, strict_check_fresh(nodes[1], now_ms));
}

/* A home was paused after its look at the clock; what it has sent comes when another one counts. */
static void what_a_late_home_says_counts_for_nothing(void **state)
{
    (void)state;
    static uint8_t said[STRICT_BODY_MAX];
    static uint8_t answered[STRICT_BODY_MAX];
    struct strict_record lane = record(STRICT_LANE, BYTES_LITERAL("2"));
    struct strict_record there;
    struct strict_member to;
    uint64_t ticket;
    uint64_t due_ms;
    struct buf out = buf_over(said, sizeof said);
    struct buf answer = buf_over(answered, sizeof answered);
    make_home(0);
    live(1000);
    assert_status(OK, strict_put(nodes[0], now_ms, &lane, &ticket));
    assert_true(strict_next(nodes[0], now_ms, &out, &to, &due_ms));
    struct strict *late = nodes[0];
    nodes[0] = NULL;
    make_home(2);
    size_t at = to.wallet[0] - 1u;
    assert_true(strict_serve(nodes[at], now_ms, &members[0], buf_bytes(&out), &answer));
    strict_answered(late, now_ms, &to, buf_bytes(&answer));
    assert_int_equal(STRICT_UNKNOWN, strict_outcome(late, now_ms, ticket));
    assert_false(strict_get(nodes[at], &lane, &there));
    assert_int_equal(1, strict_stats(nodes[at], now_ms).fenced);
    nodes[0] = late;
}

static bool asks_at(uint64_t at_ms, size_t i, uint64_t term)
{
    uint8_t memory[16];
    struct buf out = buf_over(memory, sizeof memory);
    uint64_t granted = strict_stats(nodes[0], now_ms).granted;
    unsigned last;
    buf_put_u8(&out, ASK);
    buf_put_u16(&out, 17);
    buf_put_u64(&out, term);
    assert_true(is_taken_at(at_ms, i, &out, &last));
    return strict_stats(nodes[0], now_ms).granted != granted;
}

/* A worker was held up with a message in hand while others took theirs: no grant ends earlier by
 * that, and no set comes nearer to the one before. */
static void a_late_step_takes_nothing_back(void **state)
{
    (void)state;
    uint8_t memory[512];
    struct buf out = buf_over(memory, sizeof memory);
    unsigned is_accepted;
    assert_true(asks_at(now_ms, 1, 7));
    assert_true(asks_at(now_ms - 9000, 1, 7));
    assert_false(asks_at(now_ms + STRICT_HOLD_MS, 2, 8));
    now_ms += STRICT_GRANT_MS;
    assert_true(asks_at(now_ms, 2, 8));
    buf_put_u8(&out, SET);
    put_set(&out, 4, 0, 1);
    put_set(&out, 3, 0, 1);
    assert_true(is_taken_at(now_ms - 9000, 1, &out, &is_accepted));
    out.len = 0;
    buf_put_u8(&out, NEXT);
    buf_put_u64(&out, 9);
    put_set(&out, 5, 0, NODES);
    assert_true(is_taken_at(now_ms + 2000, 1, &out, &is_accepted));
    assert_int_equal(0, is_accepted);
    assert_true(is_taken_at(now_ms + STRICT_GRANT_MS, 1, &out, &is_accepted));
    assert_int_equal(1, is_accepted);
}

/* A new home has what the one before was told was held, though it was not told itself. */
static void a_new_home_joins(void **state)
{
    (void)state;
    struct strict_record lane = record(STRICT_LANE, BYTES_LITERAL("1"));
    struct strict_record there;
    uint64_t ticket;
    make_home(0);
    is_away[2] = true;
    assert_status(OK, strict_put(nodes[0], now_ms, &lane, &ticket));
    live(200);
    assert_int_equal(STRICT_HELD, strict_outcome(nodes[0], now_ms, ticket));
    is_away[0] = true;
    live(STRICT_PUT_MS);
    is_away[2] = false;
    make_home(2);
    assert_true(strict_get(nodes[2], &lane, &there));
    assert_false(strict_holds(nodes[0], now_ms, 17));
}

/* Nobody holds it: at once; its home is gone: when the last grant is over. */
static void a_majority_grants_in_time(void **state)
{
    (void)state;
    struct strict_member home;
    uint64_t start_ms = now_ms;
    make_home(0);
    assert_true(now_ms - start_ms <= 1000);
    is_away[0] = true;
    for (start_ms = now_ms; !strict_holds(nodes[1], now_ms, 17); live(100)) {
        assert_true(now_ms - start_ms <= 13000);
        strict_home(nodes[1], now_ms, 17, &home);
        assert_false(strict_holds(nodes[0], now_ms, 17) && strict_holds(nodes[1], now_ms, 17));
    }
    assert_true(now_ms - start_ms >= STRICT_HOLD_MS);
}

static void who_died_leaves_the_set_and_one_of_two_goes_on(void **state)
{
    (void)state;
    for (size_t i = NODES; i-- != 1;) {
        strict_close(&nodes[i]);
        look();
        live(2 * STRICT_GRANT_MS);
        assert_int_equal(i, strict_stats(nodes[0], now_ms).members);
    }
    make_home(0);
}

static void a_request_is_brought_and_answered(void **state)
{
    (void)state;
    static uint8_t memory[64];
    static const uint8_t nobody[STRICT_REQUEST_MAX + 1];
    struct strict_member stranger = {{9}, {9}};
    struct buf answer = buf_over(memory, sizeof memory);
    struct bytes request;
    uint64_t ticket;
    uint64_t id;
    assert_status(UNAVAILABLE,
                  strict_forward(nodes[0], now_ms, &stranger, BYTES_LITERAL("do"), &ticket));
    assert_status(UNAVAILABLE,
                  strict_forward(nodes[0], now_ms, &members[1], BYTES_ARRAY(nobody), &ticket));
    assert_status(OK, strict_forward(nodes[0], now_ms, &members[1], BYTES_LITERAL("do"), &ticket));
    live(100);
    assert_true(strict_request(nodes[1], now_ms, &id, &request));
    assert_true(bytes_equal(BYTES_LITERAL("do"), request));
    assert_false(strict_request(nodes[1], now_ms, &id, &request));
    assert_int_equal(STRICT_WAITS, strict_forwarded(nodes[0], now_ms, ticket, &answer));
    strict_reply(nodes[1], id, BYTES_LITERAL("done"));
    live(100);
    assert_int_equal(STRICT_HELD, strict_forwarded(nodes[0], now_ms, ticket, &answer));
    assert_true(bytes_equal(BYTES_LITERAL("done"), buf_bytes(&answer)));
}

/* First 10 bits of the digest: computed with another program (openssl dgst). */
static void a_slot_is_that_of_its_scope(void **state)
{
    const uint8_t domain[STRICT_DOMAIN] = {1};
    (void)state;
    assert_int_equal(189, strict_slot(domain, tenant, BYTES_LITERAL("alice")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_message_does_harm, open_three, close_all),
        cmocka_unit_test_setup_teardown(a_message_ends_where_its_answer_is_full, open_three,
                                        close_all),
        cmocka_unit_test_setup_teardown(a_term_of_nobody_is_refused, open_three, close_all),
        cmocka_unit_test_setup_teardown(a_set_is_the_next_of_the_one_before, open_three, close_all),
        cmocka_unit_test_setup_teardown(the_last_term_bars_one_slot, open_three, close_all),
        cmocka_unit_test_setup_teardown(nobody_is_home_for_ever, open_three, close_all),
        cmocka_unit_test_setup_teardown(a_set_grows_one_by_one, open_three, close_all),
        cmocka_unit_test_setup_teardown(sets_are_as_far_apart_as_a_lease_is_long, open_three,
                                        close_all),
        cmocka_unit_test_setup_teardown(a_majority_grants_in_time, open_three, close_all),
        cmocka_unit_test_setup_teardown(only_a_home_writes_what_has_one, open_three, close_all),
        cmocka_unit_test_setup_teardown(a_minority_grants_nothing, open_three, close_all),
        cmocka_unit_test_setup_teardown(what_a_late_home_says_counts_for_nothing, open_three,
                                        close_all),
        cmocka_unit_test_setup_teardown(a_new_home_joins, open_three, close_all),
        cmocka_unit_test_setup_teardown(a_late_step_takes_nothing_back, open_three, close_all),
        cmocka_unit_test_setup_teardown(who_died_leaves_the_set_and_one_of_two_goes_on, open_three,
                                        close_all),
        cmocka_unit_test_setup_teardown(a_request_is_brought_and_answered, open_three, close_all),
        cmocka_unit_test_setup_teardown(a_slot_is_that_of_its_scope, open_three, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
