/* Strict records when nodes are lost: reading all of a majority, and beginning with a snapshot. */
#include "cluster/strict/strict.h"
#include "fixtures/unit.h"

enum { NODES = 3, SLOT = 17 };

static struct mem mem;
static struct strict *nodes[NODES];
static struct strict_member members[NODES];
static uint64_t now_ms;
static bool is_away[NODES];
static const uint8_t origin[STRICT_ORIGIN] = {7};
static const uint64_t WALL_MS = 1700000000000;

static struct status fill(void *context, uint8_t *out, size_t len)
{
    static uint64_t random = 1;
    (void)context;
    for (size_t i = 0; i < len; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        out[i] = (uint8_t)(random >> 56);
    }
    return OK;
}

static void open_node(size_t i, bool is_first, struct strict_table *restored)
{
    struct strict_setup setup = {.mem = &mem,
                                 .entropy = {NULL, fill},
                                 .domain = {1},
                                 .bytes_max = 1 << 16,
                                 .is_first = is_first,
                                 .restored = restored};
    members[i] = (struct strict_member){{(uint8_t)(i + 1)}, {(uint8_t)(i + 1)}};
    setup.self = members[i];
    assert_status(OK, strict_open(&setup, now_ms, &nodes[i]));
}

static void look(void)
{
    for (size_t i = 0; i < NODES; i++) {
        struct strict_peer_known known[NODES];
        size_t count = 0;
        for (size_t j = 0; j < NODES; j++) {
            if (j != i) {
                memcpy(known[count].wallet, members[j].wallet, STRICT_WALLET);
                memcpy(known[count].boot, members[j].boot, STRICT_BOOT);
                known[count++].is_met = true;
            }
        }
        strict_look(nodes[i], now_ms, known, count);
    }
}

static void let_speak(size_t i)
{
    static uint8_t said[STRICT_BODY_MAX];
    static uint8_t answered[STRICT_BODY_MAX];
    struct strict_member to;
    uint64_t due_ms;
    struct buf out = buf_over(said, sizeof said);
    while (strict_next(nodes[i], now_ms, &out, &to, &due_ms)) {
        size_t at = to.wallet[0] - 1u;
        struct buf answer = buf_over(answered, sizeof answered);
        bool is_heard = !is_away[i] && !is_away[at] &&
                        strict_serve(nodes[at], now_ms, &members[i], buf_bytes(&out), &answer);
        strict_answered(nodes[i], now_ms, &to,
                        is_heard ? buf_bytes(&answer) : (struct bytes){NULL, 0});
        out.len = 0;
    }
}

static void live(uint64_t ms)
{
    for (uint64_t end_ms = now_ms + ms; now_ms < end_ms; now_ms += 50) {
        for (size_t i = 0; i < NODES; i++) {
            let_speak(i);
        }
    }
}

static int set_up(void **state)
{
    (void)state;
    mem_init(&mem, (size_t)32 << 20);
    now_ms = 1000;
    memset(is_away, 0, sizeof is_away);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < NODES; i++) {
        strict_close(&nodes[i]);
    }
    assert_int_equal(0, mem_used(&mem));
    return 0;
}

static struct strict_record object(const char *value, uint64_t term)
{
    return (struct strict_record){.slot = SLOT,
                                  .kind = STRICT_OBJECT,
                                  .tenant = {5},
                                  .key = BYTES_LITERAL("key"),
                                  .version = {{term, {9}}, bytes_of(value)}};
}

static void make_home(size_t i)
{
    struct strict_member home;
    for (size_t tries = 0; tries < 100 && !strict_holds(nodes[i], now_ms, SLOT); tries++) {
        strict_home(nodes[i], now_ms, SLOT, &home);
        live(100);
    }
    assert_true(strict_holds(nodes[i], now_ms, SLOT));
}

static void put(size_t i, const struct strict_record *record)
{
    uint64_t ticket;
    assert_status(OK, strict_put(nodes[i], now_ms, record, &ticket));
    live(500);
    assert_int_equal(STRICT_HELD, strict_outcome(nodes[i], now_ms, ticket));
}

static void a_member_that_lacks_something_reads_it(void **state)
{
    struct strict_record record = object("value", 0);
    struct strict_record there;
    (void)state;
    for (size_t i = 0; i < NODES; i++) {
        open_node(i, i == 0, NULL);
    }
    look();
    live(50000);
    make_home(0);
    is_away[2] = true;
    put(0, &record);
    assert_false(strict_get(nodes[2], &record, &there));
    uint64_t since_ms = strict_collect(nodes[2], now_ms);
    live(5000);
    assert_false(strict_has_collected(nodes[2], since_ms)); /* it cannot ask */
    is_away[2] = false;
    is_away[0] = true; /* nor tell it by itself */
    live(5000);
    assert_true(strict_has_collected(nodes[2], since_ms));
    assert_true(strict_get(nodes[2], &record, &there));
    assert_false(strict_has_collected(nodes[2], now_ms + 1)); /* that was before */
}

static void who_does_not_vote_has_collected_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < NODES; i++) {
        open_node(i, false, NULL);
    }
    look();
    uint64_t since_ms = strict_collect(nodes[0], now_ms);
    live(5000);
    assert_false(strict_has_collected(nodes[0], since_ms));
}

/* Nothing before it begins; then what was restored, under terms that come after. */
static void it_begins_with_what_was_restored(void **state)
{
    const struct entropy entropy = {NULL, fill};
    struct strict_table *table;
    struct strict_begun begun;
    struct strict_record there;
    struct strict_record old = object("zz", 41);
    struct strict_record mine = object("aa", 0);
    (void)state;
    assert_status(OK, strict_table_open(&mem, &entropy, 1 << 16, &table));
    assert_status(OK, strict_table_merge(table, &old, 0));
    open_node(0, false, table);
    open_node(1, false, NULL);
    open_node(2, false, NULL);
    look();
    live(15000);
    assert_int_equal(0, strict_stats(nodes[0], now_ms).set);
    assert_false(strict_begun(nodes[0], origin, &begun));
    assert_status(OK, strict_begin(nodes[0], now_ms, WALL_MS, origin));
    live(60000);
    for (size_t i = 0; i < NODES; i++) {
        assert_int_equal(3, strict_stats(nodes[i], now_ms).members);
        assert_true(strict_stats(nodes[i], now_ms).is_ready);
        assert_true(strict_get(nodes[i], &old, &there));
        assert_true(strict_begun(nodes[i], origin, &begun));
        assert_int_equal(WALL_MS, begun.wall_ms);
        assert_int_equal(41, begun.term);
        assert_true(strict_is_restored(&begun, &there));
    }
    make_home(2);
    put(2, &mine);
    assert_true(strict_get(nodes[2], &mine, &there));
    assert_bytes(bytes_of("aa"), there.version.value);
    assert_int_equal(42, there.version.ballot.term);
    assert_false(strict_is_restored(&begun, &there));
    /* Once is enough. */
    uint64_t set = strict_stats(nodes[0], now_ms).set;
    assert_status(OK, strict_begin(nodes[0], now_ms, WALL_MS + 1, origin));
    assert_int_equal(set, strict_stats(nodes[0], now_ms).set);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_member_that_lacks_something_reads_it, set_up, close_all),
        cmocka_unit_test_setup_teardown(who_does_not_vote_has_collected_nothing, set_up, close_all),
        cmocka_unit_test_setup_teardown(it_begins_with_what_was_restored, set_up, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
