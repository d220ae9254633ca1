/* What a member says that no member would. */
#include "cluster/strict/strict.h"
#include "fixtures/unit.h"

enum { HEAD = 16, SET = 1, ASK, RELEASE, WRITE, NEXT, SUMS, PAGE }; /* of messages */
enum { NODES = 4 };

static struct mem mem;
static struct strict *node; /* the first of members, */
static struct strict_member members[NODES];
static uint64_t now_ms;
static uint8_t answered[STRICT_BODY_MAX];
static uint8_t bytes[STRICT_BODY_MAX];

static struct status fill(void *context, uint8_t *out, size_t len)
{
    static uint8_t last;
    (void)context;
    for (size_t i = 0; i < len; i++) {
        out[i] = ++last;
    }
    return OK;
}

static void put_set(struct buf *out, uint64_t number, const char *list)
{
    buf_put_u64(out, number);
    buf_put_u8(out, (uint8_t)strlen(list));
    for (; *list != 0; list++) {
        buf_put(out, BYTES_ARRAY(members[*list - '0'].wallet));
        buf_put(out, BYTES_ARRAY(members[*list - '0'].boot));
    }
}

/* Number and hash of the node's set. */
static struct bytes head(void)
{
    static const uint8_t none[HEAD];
    struct buf answer = buf_over(answered, sizeof answered);
    assert_true(strict_serve(node, now_ms, &members[1], BYTES_ARRAY(none), &answer));
    return (struct bytes){answered, HEAD};
}

static struct buf message(uint8_t part)
{
    struct buf out = buf_over(bytes, sizeof bytes);
    buf_put(&out, head());
    buf_put_u8(&out, part);
    return out;
}

/* Returns: the last byte of the answer to the second member. */
static unsigned serve(const struct buf *out)
{
    struct buf answer = buf_over(answered, sizeof answered);
    assert_true(strict_serve(node, now_ms, &members[1], buf_bytes(out), &answer));
    return answered[answer.len - 1];
}

/* In a set with the second one, which is known, for as long as the next one takes. */
static int open_one(void **state)
{
    (void)state;
    struct strict_setup setup = {.mem = &mem,
                                 .entropy = {NULL, fill},
                                 .domain = {1},
                                 .bytes_max = 1 << 16,
                                 .is_first = true};
    struct strict_peer_known known = {.is_met = true};
    mem_init(&mem, (size_t)16 << 20);
    now_ms = 1000;
    for (size_t i = 0; i < NODES; i++) {
        members[i] = (struct strict_member){{(uint8_t)(i + 1)}, {(uint8_t)(i + 1)}};
    }
    setup.self = members[0];
    assert_status(OK, strict_open(&setup, now_ms, &node));
    struct buf out = message(SET);
    put_set(&out, 2, "01");
    put_set(&out, 1, "0");
    serve(&out);
    assert_true(strict_stats(node, now_ms).is_ready);
    memcpy(known.wallet, members[1].wallet, sizeof known.wallet);
    memcpy(known.boot, members[1].boot, sizeof known.boot);
    strict_look(node, now_ms, &known, 1);
    now_ms += STRICT_GRANT_MS;
    return 0;
}

static int close_one(void **state)
{
    (void)state;
    strict_close(&node);
    assert_int_equal(0, mem_used(&mem));
    return 0;
}

/* A majority of a set and of the next one have a member in common only then. */
static void a_set_differs_by_one_member(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        unsigned is_accepted;
    } rows[] = {{"01", 0}, {"2", 0}, {"02", 0}, {"0123", 0}, {"23", 0}, {"1", 1}, {"012", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf out = message(NEXT);
        buf_put_u64(&out, 9);
        put_set(&out, 3, rows[i].list);
        assert_int_equal(rows[i].is_accepted, serve(&out));
    }
}

/* Otherwise it would win over what later homes write. */
static void a_record_has_no_later_ballot_than_it_is_written_under(void **state)
{
    (void)state;
    struct strict_record lane = {.slot = 17,
                                 .kind = STRICT_LANE,
                                 .tenant = {5},
                                 .key = BYTES_LITERAL("key"),
                                 .version = {{0}, BYTES_LITERAL("1")}};
    memcpy(lane.version.ballot.boot, members[1].boot, STRICT_BOOT);
    for (uint64_t term = 9; term >= 7; term--) {
        struct buf out = message(WRITE);
        lane.version.ballot.term = term;
        buf_put_u64(&out, 1);
        buf_put_u64(&out, 8);
        strict_record_put(&out, &lane);
        assert_int_equal(term > 8 ? STATUS_RECORD_INVALID : STATUS_OK, serve(&out));
    }
}

/* Have the node say something. Returns: whether it does. */
static bool says(struct strict_member *to)
{
    struct buf out = buf_over(bytes, sizeof bytes);
    uint64_t due_ms;
    return strict_next(node, now_ms, &out, to, &due_ms);
}

static struct buf answer_of(uint8_t part)
{
    struct buf answer = buf_over(bytes, sizeof bytes);
    buf_put(&answer, head());
    buf_put_u8(&answer, 3); /* it votes, and had all */
    buf_put_u8(&answer, part);
    return answer;
}

/* Nobody asks without end, and without a pause, for pages that do not come to one. */
static void pages_come_to_an_end(void **state)
{
    (void)state;
    struct strict_member member;
    strict_home(node, now_ms, 17, &member);
    assert_true(says(&member));
    struct buf answer = answer_of(ASK);
    buf_put_u16(&answer, 17);
    buf_put_u64(&answer, 1);
    buf_put_u8(&answer, 1);
    buf_put_u64(&answer, 5); /* a sum of records that are not here */
    buf_put_u64(&answer, 5);
    strict_answered(node, now_ms, &member, buf_bytes(&answer));
    assert_true(says(&member));
    answer = answer_of(PAGE);
    buf_put_u16(&answer, 17);
    buf_put_u64(&answer, 0);
    buf_put_u64(&answer, 0);
    buf_put_u8(&answer, 1); /* there is more */
    buf_put_u16(&answer, 0);
    strict_answered(node, now_ms, &member, buf_bytes(&answer));
    assert_false(says(&member));
    now_ms += STRICT_RETRY_MS;
    assert_true(says(&member));
}

/* Those who granted it may be gone. */
static void a_record_fences_what_is_below_its_ballot(void **state)
{
    (void)state;
    struct strict_record lane = {.slot = 17,
                                 .kind = STRICT_LANE,
                                 .tenant = {5},
                                 .key = BYTES_LITERAL("key"),
                                 .version = {{5, {2}}, BYTES_LITERAL("1")}};
    struct strict_member member;
    strict_home(node, now_ms, 17, &member);
    assert_true(says(&member));
    struct buf answer = answer_of(ASK);
    buf_put_u16(&answer, 17);
    buf_put_u64(&answer, 1);
    buf_put_u8(&answer, 1);
    buf_put_u64(&answer, 5); /* a sum of records that are not here */
    buf_put_u64(&answer, 5);
    strict_answered(node, now_ms, &member, buf_bytes(&answer));
    assert_true(says(&member));
    answer = answer_of(PAGE);
    buf_put_u16(&answer, 17);
    buf_put_u64(&answer, 0);
    buf_put_u64(&answer, 1);
    buf_put_u8(&answer, 0);
    buf_put_u16(&answer, 1);
    strict_record_put(&answer, &lane);
    strict_answered(node, now_ms, &member, buf_bytes(&answer));
    now_ms += STRICT_GRANT_MS;
    for (uint64_t term = 4; term <= 6; term += 2) {
        struct buf out = message(ASK);
        buf_put_u16(&out, 17);
        buf_put_u64(&out, term);
        serve(&out);
        assert_int_equal(term > 5, answered[HEAD + 1 + 1 + 2 + 8]);
    }
}

static bool is_granted(uint64_t term)
{
    struct buf out = message(ASK);
    buf_put_u16(&out, 17);
    buf_put_u64(&out, term);
    serve(&out);
    return answered[HEAD + 1 + 1 + 2 + 8] == 1;
}

/* Otherwise who was granted it before would be home beside another. */
static void what_shows_a_ballot_grants_nothing(void **state)
{
    (void)state;
    const struct strict_record lane = {.slot = 17,
                                       .kind = STRICT_LANE,
                                       .tenant = {5},
                                       .key = BYTES_LITERAL("key"),
                                       .version = {{3, {2}}, BYTES_LITERAL("1")}};
    struct buf out;
    assert_true(is_granted(1));
    out = message(WRITE);
    buf_put_u64(&out, 1);
    buf_put_u64(&out, 3);
    strict_record_put(&out, &lane);
    assert_int_equal(STATUS_OK, serve(&out));
    now_ms += STRICT_GRANT_MS - 1;
    assert_false(is_granted(3));
    assert_false(is_granted(1));
    now_ms += 1;
    assert_true(is_granted(3));
    assert_false(is_granted(4));
    /* It may be given back by who was granted it. */
    out = message(RELEASE);
    buf_put_u16(&out, 17);
    buf_put_u64(&out, 3);
    serve(&out);
    assert_true(is_granted(4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_set_differs_by_one_member, open_one, close_one),
        cmocka_unit_test_setup_teardown(a_record_has_no_later_ballot_than_it_is_written_under,
                                        open_one, close_one),
        cmocka_unit_test_setup_teardown(pages_come_to_an_end, open_one, close_one),
        cmocka_unit_test_setup_teardown(a_record_fences_what_is_below_its_ballot, open_one,
                                        close_one),
        cmocka_unit_test_setup_teardown(what_shows_a_ballot_grants_nothing, open_one, close_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
