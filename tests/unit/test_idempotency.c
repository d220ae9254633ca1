#include "base/limits.h"
#include "service/idempotency.h"
#include "support/unit.h"

enum { ENTRIES = 8, BYTES = 1024 };

struct fixture {
    struct mem mem;
    struct arena arena;
    struct idempotency *table;
};

static struct fixture fixture;

static int setup(void **state)
{
    (void)state;
    mem_init(&fixture.mem, 1 << 20);
    assert_status(OK, arena_init(&fixture.arena, 1 << 20));
    assert_status(OK, idempotency_open(ENTRIES, BYTES, &fixture.mem, &fixture.table));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    idempotency_close(&fixture.table);
    assert_null(fixture.table);
    assert_int_equal(0, mem_used(&fixture.mem));
    arena_deinit(&fixture.arena);
    return 0;
}

static struct idempotency_id id_of(const char *key, uint8_t body)
{
    struct idempotency_id id = {.body = {body}};
    idempotency_id_make("caller", "/route", bytes_of(key), &id);
    return id;
}

static struct status begin(const char *key, uint8_t body, uint64_t now_ms, struct answer *answer)
{
    struct idempotency_id id = id_of(key, body);
    *answer = (struct answer){.http_status = 200};
    return idempotency_begin(fixture.table, &id, now_ms, &fixture.arena, answer);
}

/* A request that is answered with text. */
static void complete(const char *key, const char *text, uint64_t now_ms)
{
    struct answer answer;
    assert_status(OK, begin(key, 1, now_ms, &answer));
    assert_true(answer.entry != 0);
    answer.body = bytes_of(text);
    answer.http_status = 400;
    answer.code = STATUS_BAD_JSON;
    answer.media_type = "application/json";
    assert_status(OK, idempotency_store(fixture.table, &answer));
    idempotency_settle(fixture.table, answer.entry, true);
}

static void keys(void **state)
{
    (void)state;
    uint8_t longest[LIMIT_IDEMPOTENCY_KEY + 1];
    memset(longest, 'a', sizeof longest);
    assert_false(idempotency_key_valid(bytes_of("")));
    assert_false(idempotency_key_valid(bytes_of("-")));
    assert_false(idempotency_key_valid(bytes_of("a b")));
    assert_false(idempotency_key_valid(bytes_of("a\x7f")));
    assert_false(idempotency_key_valid(bytes_of("\xc3\xbc")));
    assert_false(idempotency_key_valid(BYTES_ARRAY(longest)));
    assert_true(idempotency_key_valid(bytes_slice(BYTES_ARRAY(longest), 0, sizeof longest - 1)));
    assert_true(idempotency_key_valid(bytes_of("--")));
    assert_true(idempotency_key_valid(bytes_of("!~")));
}

static void callers_and_routes_are_apart(void **state)
{
    (void)state;
    struct idempotency_id a;
    struct idempotency_id b;
    idempotency_id_make("a", "/r", bytes_of("k"), &a);
    idempotency_id_make("b", "/r", bytes_of("k"), &b);
    assert_memory_not_equal(a.name, b.name, sizeof a.name);
    idempotency_id_make("a", "/r2", bytes_of("k"), &b);
    assert_memory_not_equal(a.name, b.name, sizeof a.name);
    idempotency_id_make("a", "/r", bytes_of("k"), &b);
    assert_memory_equal(a.name, b.name, sizeof a.name);
}

static void the_same_answer_again(void **state)
{
    (void)state;
    struct answer answer;
    complete("k", "text", 0);
    assert_status(OK, begin("k", 1, 5, &answer));
    assert_int_equal(0, answer.entry);
    assert_int_equal(400, answer.http_status);
    assert_int_equal(STATUS_BAD_JSON, answer.code);
    assert_bytes(bytes_of("text"), answer.body);
    assert_status(IDEMPOTENCY_CONFLICT, begin("k", 2, 5, &answer));
}

static void busy_until_settled(void **state)
{
    (void)state;
    struct answer first;
    struct answer second;
    assert_status(OK, begin("k", 1, 0, &first));
    assert_status(IDEMPOTENCY_BUSY, begin("k", 1, 0, &second));
    assert_status(IDEMPOTENCY_CONFLICT, begin("k", 2, 0, &second));
    first.body = bytes_of("text");
    assert_status(OK, idempotency_store(fixture.table, &first));
    assert_status(IDEMPOTENCY_BUSY, begin("k", 1, 0, &second));
    idempotency_settle(fixture.table, first.entry, false);
    assert_status(OK, begin("k", 1, 0, &second));
    assert_true(second.entry != 0);
    idempotency_settle(fixture.table, second.entry, true);
    assert_status(OK, begin("k", 1, 0, &first));
    assert_true(first.entry != 0); /* without a stored answer there is nothing to repeat */
    idempotency_settle(fixture.table, first.entry, false);
}

static void nothing_gives_way_before_its_time(void **state)
{
    (void)state;
    struct answer answer;
    for (char key[2] = "a"; key[0] < 'a' + ENTRIES; key[0]++) {
        complete(key, "text", 0);
    }
    assert_status(OVERLOADED, begin("z", 1, LIMIT_IDEMPOTENCY_MS - 1, &answer));
    assert_status(OK, begin("a", 1, LIMIT_IDEMPOTENCY_MS - 1, &answer));
    assert_int_equal(0, answer.entry);
    complete("z", "text", LIMIT_IDEMPOTENCY_MS);
    assert_status(OK, begin("a", 1, LIMIT_IDEMPOTENCY_MS, &answer));
    assert_true(answer.entry != 0);
    /* What is in work outlives its time. */
    struct answer later;
    assert_status(IDEMPOTENCY_BUSY, begin("a", 1, 3 * LIMIT_IDEMPOTENCY_MS, &later));
    idempotency_settle(fixture.table, answer.entry, false);
}

static void answers_are_bounded(void **state)
{
    (void)state;
    struct answer answer;
    static const uint8_t large[BYTES + 1];
    assert_status(OK, begin("k", 1, 0, &answer));
    answer.body = BYTES_ARRAY(large);
    assert_status(OVERLOADED, idempotency_store(fixture.table, &answer));
    idempotency_settle(fixture.table, answer.entry, true);
    complete("k", "text", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys),
        cmocka_unit_test(callers_and_routes_are_apart),
        cmocka_unit_test_setup_teardown(the_same_answer_again, setup, teardown),
        cmocka_unit_test_setup_teardown(busy_until_settled, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_gives_way_before_its_time, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_are_bounded, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
