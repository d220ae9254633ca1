/* Transactions whose nonce a lane gives. */
#include "fixtures/service_fixture.h"
#include "fixtures/unit.h"

#define BOUNDS                                                                     \
    "\"resource_bounds\":{\"l1_gas\":{\"max_amount\":0,\"max_price_per_unit\":0}," \
    "\"l2_gas\":{\"max_amount\":9,\"max_price_per_unit\":9},\"l1_data_gas\":"      \
    "{\"max_amount\":9,\"max_price_per_unit\":9}}"
#define SIGN "/v1/starknet/sign"

static struct service_fixture *fixture;

static int setup(void **state)
{
    (void)state;
    fixture = service_fixture_open();
    service_fixture_clear(fixture);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    service_fixture_close(fixture);
    return 0;
}

static bool body_has(const char *text)
{
    return memmem(fixture->answer.body.ptr, fixture->answer.body.len, text, strlen(text)) != NULL;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (const char *at = fixture->lines; (at = strstr(at, text)) != NULL; at++) {
        count++;
    }
    return count;
}

#define assert_answer(name, http)                                                           \
    do {                                                                                    \
        assert_string_equal(status_name(STATUS_##name), status_name(fixture->answer.code)); \
        assert_int_equal(http, fixture->answer.http_status);                                \
    } while (0)

/* A transaction that differs by what it pays. In: nonce, JSON; more, members of it. */
static const char *transaction_of(const char *nonce, int amount, const char *more)
{
    static char texts[4][1024];
    static size_t next;
    char *text = texts[next++ % 4];
    (void)snprintf(
        text, sizeof texts[0],
        "{\"type\":\"INVOKE\",\"chain_id\":\"SN_MAIN\",\"nonce\":%s,\"calls\":[{\"to\":1,"
        "\"entrypoint\":\"f\",\"calldata\":[%d]}],%s" BOUNDS "}",
        nonce, amount, more);
    return text;
}

/* In: header, with its line end, or empty; more, members of the item. */
static void ask_as(const char *header, const char *user, const char *transaction, const char *more)
{
    char head[512];
    char body[2048];
    (void)snprintf(head, sizeof head,
                   "POST " SIGN " HTTP/1.1\r\nContent-Type: application/json\r\n%s", header);
    (void)snprintf(body, sizeof body, "{\"username\":\"%s\",\"transaction\":%s%s}", user,
                   transaction, more);
    service_fixture_ask(fixture, head, bytes_of(body), true);
}

static void ask(const char *nonce, int amount, const char *more)
{
    ask_as("", "alice", transaction_of(nonce, amount, ""), more);
}

static void assert_nonce(const char *hex)
{
    char text[64];
    assert_answer(OK, 200);
    (void)snprintf(text, sizeof text, "\"lane\":0,\"nonce\":\"%s\"", hex);
    assert_true(body_has(text));
    assert_true(body_has("\"signature\":[\"0x"));
}

static void what_is_no_lane_is_refused(void **state)
{
    (void)state;
    ask("\"later\"", 1, "");
    assert_answer(INVALID_FELT, 400);
    ask("\"next\"", 1, "");
    assert_answer(LANE_UNSET, 409);
    assert_false(body_has("signature\""));
    ask("\"next\"", 1, ",\"replace\":true");
    assert_answer(BAD_REQUEST, 400);
    ask("1", 1, ",\"lane\":-1");
    assert_answer(NUMBER_RANGE, 400);
    ask("1", 1, ",\"lane\":1");
    assert_answer(LANE_UNSET, 409);
    ask("1", 1, ",\"replace\":1");
    assert_answer(BAD_TYPE, 400);
    ask("\"0x20000000000000\"", 1, ",\"lane\":0");
    assert_answer(NUMBER_RANGE, 400);
    service_fixture_post(fixture, SIGN,
                         "{\"username\":\"alice\",\"message_hash\":\"0x5\",\"lane\":0}");
    assert_answer(UNKNOWN_FIELD, 400);
}

static void the_next_nonce_is_put_into_the_transaction(void **state)
{
    (void)state;
    ask("7", 1, ",\"lane\":0");
    assert_nonce("0x7");
    service_fixture_clear(fixture);
    ask("\"next\"", 2, "");
    assert_nonce("0x8");
    assert_int_equal(1, count_lines("\"outcome\":\"intent\""));
    assert_int_equal(1, count_lines("\"outcome\":\"ok\""));
    assert_int_equal(1, count_lines("\"nonce\":\"0x8\"")); /* the intent does not know it */
    ask("\"next\"", 3, "");
    assert_nonce("0x9");
    ask("\"next\"", 2, ""); /* asked again */
    assert_nonce("0x8");
    ask("8", 4, ",\"lane\":0");
    assert_answer(LANE_CONFLICT, 409);
    assert_false(body_has("signature\""));
    ask("8", 4, ",\"replace\":true");
    assert_nonce("0x8");
    ask("\"next\"", 2, "");
    assert_answer(LANE_CONFLICT, 409);
    ask("8", 5, ""); /* who uses no lane says what it likes */
    assert_answer(OK, 200);
    assert_false(body_has("\"lane\""));
    ask_as("", "bob", transaction_of("\"next\"", 2, ""), "");
    assert_answer(LANE_UNSET, 409);
}

/* The same as with that nonce named: other programs judge those. */
static void it_is_the_transaction_of_that_nonce(void **state)
{
    (void)state;
    static char first[16384];
    ask("7", 1, ",\"lane\":0");
    ask("\"next\"", 2, "");
    assert_nonce("0x8");
    (void)snprintf(first, sizeof first, "%.*s", (int)fixture->answer.body.len,
                   (const char *)fixture->answer.body.ptr);
    const char *hash = strstr(first, "\"transaction_hash\":\"0x");
    assert_non_null(hash);
    char text[128];
    (void)snprintf(text, sizeof text, "%.*s", 86, hash);
    *(strchr(text + 22, '"') + 1) = '\0';
    ask("8", 2, "");
    assert_answer(OK, 200);
    assert_true(body_has(text));
    (void)snprintf(text, sizeof text, ",\"expected_hash\":\"0x5\"");
    ask("\"next\"", 3, text);
    assert_answer(HASH_MISMATCH, 409);
    ask("\"next\"", 3, ""); /* it keeps its nonce */
    assert_nonce("0x9");
}

static void a_key_says_what_is_the_same_wish(void **state)
{
    (void)state;
    static const char one[] = "Idempotency-Key: one\r\n";
    static const char two[] = "Idempotency-Key: two\r\n";
    ask("7", 1, ",\"lane\":0");
    ask_as(one, "alice", transaction_of("\"next\"", 2, ""), "");
    assert_nonce("0x8");
    ask_as(one, "alice", transaction_of("\"next\"", 2, ""), "");
    assert_nonce("0x8");
    ask_as(two, "alice", transaction_of("\"next\"", 2, ""), "");
    assert_nonce("0x9");
    ask("\"next\"", 5, "");
    assert_nonce("0xa");
}

static void a_query_takes_no_nonce(void **state)
{
    (void)state;
    static const char query[] = "\"version\":\"0x100000000000000000000000000000003\",";
    ask("7", 1, ",\"lane\":0");
    for (int i = 2; i < 5; i++) {
        ask_as("", "alice", transaction_of("\"next\"", i, query), "");
        assert_nonce("0x8");
    }
    ask("\"next\"", 2, "");
    assert_nonce("0x8");
}

static void items_of_a_batch_get_one_each(void **state)
{
    (void)state;
    char body[4096];
    ask("7", 1, ",\"lane\":0");
    (void)snprintf(body, sizeof body,
                   "{\"username\":\"alice\",\"items\":[{\"transaction\":%s},{\"transaction\":%s},"
                   "{\"transaction\":%s},{\"transaction\":%s,\"lane\":3}]}",
                   transaction_of("\"next\"", 2, ""), transaction_of("\"next\"", 3, ""),
                   transaction_of("\"next\"", 2, ""), transaction_of("\"next\"", 2, ""));
    service_fixture_ask(fixture,
                        "POST " SIGN " HTTP/1.1\r\nContent-Type: application/json\r\n"
                        "Idempotency-Key: batch\r\n",
                        bytes_of(body), true);
    assert_answer(OK, 200);
    assert_true(body_has("\"nonce\":\"0x8\"") && body_has("\"nonce\":\"0x9\""));
    assert_true(body_has("\"nonce\":\"0xa\"")); /* each item has a key of its own */
    assert_true(body_has("\"signed\":3,\"refused\":1") && body_has("LANE_UNSET"));
}

/* Nothing is given before the intent is durable. */
static void without_records_no_nonce_is_taken(void **state)
{
    (void)state;
    ask("7", 1, ",\"lane\":0");
    atomic_store(&fixture->fails, true);
    ask("\"next\"", 2, "");
    assert_answer(AUDIT_UNAVAILABLE, 503);
    atomic_store(&fixture->fails, false);
    service_fixture_retry(fixture);
    ask("\"next\"", 3, "");
    assert_nonce("0x8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_no_lane_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(the_next_nonce_is_put_into_the_transaction, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(it_is_the_transaction_of_that_nonce, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_says_what_is_the_same_wish, setup, teardown),
        cmocka_unit_test_setup_teardown(a_query_takes_no_nonce, setup, teardown),
        cmocka_unit_test_setup_teardown(items_of_a_batch_get_one_each, setup, teardown),
        cmocka_unit_test_setup_teardown(without_records_no_nonce_is_taken, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
