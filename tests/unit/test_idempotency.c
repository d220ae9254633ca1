#include <stdio.h>

#include "base/limits.h"
#include "fixtures/unit.h"
#include "pipeline/context/idempotency.h"

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
    const struct entropy entropy = entropy_system();
    const struct idempotency_setup parts = {ENTRIES, BYTES, &entropy};
    assert_status(OK, idempotency_open(&parts, &fixture.mem, &fixture.table));
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
    assert_true(answer.entry != NULL);
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
    assert_null(answer.entry);
    assert_int_equal(400, answer.http_status);
    assert_int_equal(STATUS_BAD_JSON, answer.code);
    assert_bytes(bytes_of("text"), answer.body);
    assert_status(IDEMPOTENCY_CONFLICT, begin("k", 2, 5, &answer));
}

/* Begin as an owner, and keep an answer of len bytes when that is not 0. */
static struct status begin_as(uint32_t owner, unsigned number, size_t len,
                              struct idempotency_entry **ret_entry)
{
    static const uint8_t text[BYTES];
    char key[16];
    (void)snprintf(key, sizeof key, "%u-%u", owner, number);
    struct idempotency_id id = id_of(key, 1);
    struct answer answer = {.http_status = 200, .body = {text, len}, .media_type = "a/b"};
    id.owner = owner;
    *ret_entry = NULL;
    TRY(idempotency_begin(fixture.table, &id, 0, &fixture.arena, &answer));
    *ret_entry = answer.entry;
    return len == 0 ? OK : idempotency_store(fixture.table, &answer);
}

static void an_owner_has_no_more_than_is_free(void **state)
{
    (void)state;
    struct idempotency_entry *entry[ENTRIES];
    struct idempotency_entry *none;
    for (unsigned i = 0; i < ENTRIES / 2; i++) {
        assert_status(OK, begin_as(1, i, 0, &entry[i]));
    }
    assert_status(OVERLOADED, begin_as(1, 9, 0, &none));
    assert_status(OK, begin_as(2, 0, 0, &entry[4]));
    assert_status(OK, begin_as(2, 1, 0, &entry[5]));
    assert_status(OVERLOADED, begin_as(2, 2, 0, &none));
    /* Those without a bound have the rest. */
    assert_status(OK, begin_as(0, 0, 0, &entry[6]));
    assert_status(OK, begin_as(0, 1, 0, &entry[7]));
    assert_status(OVERLOADED, begin_as(0, 2, 0, &none));
    for (unsigned i = 0; i < ENTRIES; i++) {
        idempotency_settle(fixture.table, entry[i], false);
    }
    for (unsigned i = 0; i < ENTRIES / 2; i++) {
        assert_status(OK, begin_as(1, i, 0, &entry[i]));
    }
}

static void nor_of_the_memory(void **state)
{
    (void)state;
    struct idempotency_entry *entry;
    struct idempotency_entry *other;
    assert_status(OVERLOADED, begin_as(1, 0, BYTES + 1, &entry));
    idempotency_settle(fixture.table, entry, true);
    assert_status(OK, begin_as(1, 1, BYTES / 4, &entry));
    assert_status(OVERLOADED, begin_as(1, 2, BYTES / 2, &other));
    idempotency_settle(fixture.table, other, true);
    assert_status(OK, begin_as(2, 2, BYTES / 2, &other));
    idempotency_settle(fixture.table, other, false);
    idempotency_settle(fixture.table, entry, false);
    assert_status(OK, begin_as(1, 3, BYTES / 2, &entry));
    idempotency_settle(fixture.table, entry, false);
}

static void owners_are_numbers_of_names(void **state)
{
    (void)state;
    assert_int_equal(idempotency_owner(bytes_of("a")), idempotency_owner(bytes_of("a")));
    assert_int_not_equal(idempotency_owner(bytes_of("a")), idempotency_owner(bytes_of("b")));
    assert_int_not_equal(0, idempotency_owner(bytes_of("")));
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
    assert_true(second.entry != NULL);
    idempotency_settle(fixture.table, second.entry, true);
    assert_status(OK, begin("k", 1, 0, &first));
    assert_true(first.entry != NULL); /* without a stored answer there is nothing to repeat */
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
    assert_null(answer.entry);
    complete("z", "text", LIMIT_IDEMPOTENCY_MS);
    assert_status(OK, begin("a", 1, LIMIT_IDEMPOTENCY_MS, &answer));
    assert_true(answer.entry != NULL);
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
        cmocka_unit_test_setup_teardown(an_owner_has_no_more_than_is_free, setup, teardown),
        cmocka_unit_test_setup_teardown(nor_of_the_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(owners_are_numbers_of_names, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_gives_way_before_its_time, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_are_bounded, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
