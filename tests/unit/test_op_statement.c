/* Statements over the API: what is asked, answered and recorded. */
#include <stdio.h>

#include "codec/hex.h"
#include "fixtures/service_fixture.h"
#include "fixtures/users_signed.h"

static struct service_fixture *fixture;
static struct users_world world; /* what statements are made with */
static struct signed_statement statement;
static char body[65536];

/* A clock that stands, so that nothing is given back. */
static uint64_t stand(void *context)
{
    (void)context;
    return 1000000000;
}

static struct clock_interval stand_wall(void *context)
{
    (void)context;
    return (struct clock_interval){1700000000000, 1700000000000};
}

static void name_operators(void *context, struct service_fixture *opened,
                           struct service_setup *setup)
{
    if (context != NULL) {
        setup->strangers = *(const struct token_bucket_rule *)context;
        setup->clock = (struct clock){NULL, stand, stand_wall};
    }
    for (unsigned i = 0; i < 3; i++) {
        const struct eth_address wallet = signed_wallet(SIGNED_OPERATORS + i);
        struct trust_operator *one = &opened->trust.operators[i];
        *one = (struct trust_operator){.alg = TRUST_OPERATOR_EIP191, .key_len = sizeof wallet.b};
        memcpy(one->key, wallet.b, sizeof wallet.b);
    }
    opened->trust.operator_count = 3;
    opened->trust.operators_needed = 2;
}

static int start_with(void *strangers)
{
    fixture = service_fixture_open_with(name_operators, strangers);
    world = (struct users_world){.users = fixture->service->users};
    world.wall_ms = clock_wall(&fixture->service->setup.clock).lo_ms;
    memcpy(world.tenant, users_local(world.users, BYTES_LITERAL("default")), sizeof world.tenant);
    assert_status(OK, arena_init(&world.arena, (size_t)64 << 20));
    service_fixture_clear(fixture);
    return 0;
}

static int start(void **state)
{
    (void)state;
    return start_with(NULL);
}

static int start_strictly(void **state)
{
    static struct token_bucket_rule few = {1, 4};
    (void)state;
    return start_with(&few);
}

static int stop(void **state)
{
    (void)state;
    arena_deinit(&world.arena);
    service_fixture_close(fixture);
    return 0;
}

static void put_hash(const struct signed_statement *said, char ret[static 65])
{
    uint8_t hash[AUTH_TEXT_HASH];
    struct buf out = buf_over((uint8_t *)ret, 64);
    sha256_hash(said->parts.text, hash);
    hex_put(&out, BYTES_ARRAY(hash));
    ret[64] = 0;
}

/* The body of a request: of a record without v, t and block. */
static const char *request_of(const struct signed_statement *said, const char *more)
{
    static uint8_t memory[65536];
    struct statement_parts parts = said->parts;
    parts.block = BYTES_LITERAL("-");
    struct buf record = buf_over(memory, sizeof memory);
    assert_status(OK, statement_put(&parts, &record));
    const size_t from = strlen("{\"v\":1,");
    const size_t tail = strlen(",\"t\":0,\"block\":\"-\"}");
    snprintf(body, sizeof body, "{%.*s%s}", (int)(record.len - from - tail), memory + from, more);
    return body;
}

static void make_first(const char *user, unsigned key)
{
    static struct signed_ticket ticket;
    char scope[64];
    const char signers[] = {(char)key, 0};
    snprintf(scope, sizeof scope, "u:%s", user);
    signed_give(&world, &ticket, user, key, "\144\145");
    const union statement_body add = signed_key_body(key, &ticket.ticket);
    const struct signed_maker maker = {
        .op = STATEMENT_USER_ADD, .scope = scope, .body = &add, .signers = signers};
    signed_make(&world, &maker, &statement);
}

static void post(const char *text)
{
    service_fixture_clear(fixture);
    service_fixture_post(fixture, "/v1/statements", text);
}

static void expect(unsigned http, const char *code)
{
    if (fixture->answer.http_status != http) {
        fail_msg("%u: %.*s", fixture->answer.http_status, (int)fixture->answer.body.len,
                 (const char *)fixture->answer.body.ptr);
    }
    if (code != NULL) {
        assert_string_equal(code, status_name(fixture->answer.code));
    }
}

static bool answer_has(const char *text)
{
    char copy[8192];
    snprintf(copy, sizeof copy, "%.*s", (int)fixture->answer.body.len,
             (const char *)fixture->answer.body.ptr);
    return strstr(copy, text) != NULL;
}

static void what_is_no_statement_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *code;
    } wrong[] = {
        {"[]", "BAD_TYPE"},
        {"{}", "MISSING_FIELD"},
        {"{\"text\":\"a\",\"body\":\"YQ\",\"sigs\":[],\"t\":1}", "UNKNOWN_FIELD"},
        {"{\"text\":1,\"body\":\"YQ\",\"sigs\":[]}", "BAD_TYPE"},
        {"{\"text\":\"a\",\"body\":\"*\",\"sigs\":[]}", "INVALID_BASE64"},
        {"{\"text\":\"a\",\"body\":\"YQ\",\"sigs\":[]}", "RECORD_INVALID"},
        {"{\"text\":\"a\",\"body\":\"YQ\",\"sigs\":[],\"tenant\":\"00\"}", "INVALID_HEX"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        post(wrong[i].text);
        expect(400, wrong[i].code);
    }
}

static void a_statement_is_answered_with_its_hash_and_where_the_log_stands(void **state)
{
    (void)state;
    char hash[65];
    char want[256];
    make_first("alice", 1);
    put_hash(&statement, hash);
    for (int i = 0; i < 2; i++) {
        post(request_of(&statement, ""));
        expect(200, "OK");
        snprintf(want, sizeof want,
                 "{\"success\":true,\"statement\":\"%s\",\"seq\":1,\"head\":\"%s\"}", hash, hash);
        assert_bytes(bytes_of(want), fixture->answer.body);
        /* intent before it is done, and what came of it, of which tenant and statement */
        assert_non_null(strstr(fixture->lines, "\"outcome\":\"intent\""));
        assert_non_null(strstr(fixture->lines, "\"outcome\":\"ok\""));
        snprintf(want, sizeof want, "\"ref\":\"%s\"", hash);
        assert_non_null(strstr(fixture->lines, want));
        assert_non_null(strstr(fixture->lines, "\"op\":\"statement\""));
        assert_non_null(strstr(fixture->lines, "\"principal\":\"guest\""));
        assert_null(strstr(fixture->lines, "alice"));
    }
}

static void a_refusal_is_recorded_with_what_it_was_about(void **state)
{
    (void)state;
    char hash[65];
    char want[256];
    make_first("alice", 1);
    put_hash(&statement, hash);
    statement.sigs.proofs[0][3] ^= 1;
    post(request_of(&statement, ""));
    expect(401, "AUTH_FAILED");
    snprintf(want, sizeof want, "\"ref\":\"%s\"", hash);
    assert_non_null(strstr(fixture->lines, want));
    assert_non_null(strstr(fixture->lines, "\"outcome\":\"refused\",\"code\":\"AUTH_FAILED\""));
    assert_null(strstr(fixture->lines, "\"outcome\":\"intent\""));
    assert_null(strstr(fixture->lines, "\"user\":null"));
}

static void a_tenant_is_named_or_is_the_default_one(void **state)
{
    (void)state;
    char more[128];
    make_first("alice", 1);
    snprintf(more, sizeof more, ",\"tenant\":\"%064d\"", 0);
    post(request_of(&statement, more));
    expect(403, "STATEMENT_SIGNER");
    char hex[65] = {0};
    struct buf out = buf_over((uint8_t *)hex, 64);
    hex_put(&out, BYTES_ARRAY(world.tenant));
    snprintf(more, sizeof more, ",\"tenant\":\"%s\"", hex);
    post(request_of(&statement, more));
    expect(200, "OK");
}

static void get(const char *query)
{
    char head[512];
    service_fixture_clear(fixture);
    snprintf(head, sizeof head, "GET /v1/statements%s HTTP/1.1\r\n", query);
    service_fixture_ask(fixture, head, (struct bytes){NULL, 0}, true);
}

static void statements_are_read_by_pages(void **state)
{
    (void)state;
    char hash[65];
    char want[256];
    make_first("alice", 1);
    post(request_of(&statement, ""));
    expect(200, "OK");
    put_hash(&statement, hash);
    const union statement_body given = {
        .grant = {.service = {1}, .not_after_ms = world.wall_ms + 100000}};
    const struct signed_maker maker = {
        .op = STATEMENT_USER_GRANT, .scope = "u:alice", .body = &given, .signers = "\1"};
    signed_make(&world, &maker, &statement);
    post(request_of(&statement, ""));
    expect(200, "OK");
    get("");
    expect(400, "BAD_REQUEST");
    get("?scope=x");
    expect(400, "BAD_REQUEST");
    get("?scope=u:alice&cursor=1");
    expect(400, "INVALID_HEX");
    get("?scope=u:alice");
    expect(200, "OK");
    put_hash(&statement, hash);
    snprintf(want, sizeof want, "\"seq\":2,\"head\":\"%s\",\"heads\":[\"%s\"]", hash, hash);
    assert_true(answer_has(want));
    assert_true(answer_has("\"next\":null"));
    get("?scope=u:alice&limit=1");
    expect(200, "OK");
    assert_false(answer_has("\"next\":null"));
    const char *next = strstr((const char *)fixture->answer.body.ptr, "\"next\":\"") + 8;
    snprintf(want, sizeof want, "?scope=u:alice&limit=1&cursor=%.64s", next);
    get(want);
    expect(200, "OK");
    assert_true(answer_has("\"next\":null"));
    get("?scope=u:bob");
    expect(200, "OK");
    assert_true(answer_has("\"seq\":0,\"head\":null,\"heads\":[],\"statements\":[],\"next\":null"));
    get("?scope=t");
    expect(200, "OK");
}

static struct status not_fresh(void *context)
{
    (void)context;
    return FAIL(UNAVAILABLE);
}

static void what_may_lack_something_is_not_shown(void **state)
{
    (void)state;
    const struct strict_port *port =
        strict_desks_port(fixture->service->desks, STRICT_DESK_STATEMENTS);
    ((struct strict_port *)(uintptr_t)port)->check_fresh = not_fresh;
    get("?scope=u:alice");
    expect(503, "UNAVAILABLE");
    get("?scope=t");
    expect(503, "UNAVAILABLE");
}

/* --- what a majority has to have first --- */

static enum strict_outcome outcome;
static size_t given_up;
static enum strict_outcome (*real_outcome)(void *context, size_t wait, struct buf *answer);

static enum strict_outcome tell_outcome(void *context, size_t wait, struct buf *answer)
{
    return outcome == STRICT_HELD ? real_outcome(context, wait, answer) : outcome;
}

static void count_given_up(void *context, size_t wait)
{
    (void)context;
    (void)wait;
    given_up++;
}

/* Nobody else uses the port yet. */
static void let_records_wait(enum strict_outcome first)
{
    const struct strict_port *port =
        strict_desks_port(fixture->service->desks, STRICT_DESK_STATEMENTS);
    struct strict_port *changed = (struct strict_port *)(uintptr_t)port;
    real_outcome = port->outcome;
    changed->outcome = tell_outcome;
    changed->give_up = count_given_up;
    outcome = first;
    given_up = 0;
}

static void what_a_majority_may_not_have_is_accepted_and_not_done(void **state)
{
    (void)state;
    let_records_wait(STRICT_UNKNOWN);
    make_first("alice", 1);
    post(request_of(&statement, ""));
    expect(202, "OK");
    assert_true(answer_has("\"seq\":1"));
    assert_non_null(
        strstr(fixture->lines, "\"outcome\":\"unsettled\",\"code\":\"WRITE_UNSETTLED\""));
    outcome = STRICT_HELD;
    post(request_of(&statement, ""));
    expect(200, "OK");
}

static void what_waits_is_looked_at_again_or_given_up(void **state)
{
    (void)state;
    let_records_wait(STRICT_WAITS);
    make_first("alice", 1);
    post(request_of(&statement, ""));
    assert_int_equal(PIPELINE_SETTLES, fixture->state);
    const struct work_waiting *waiting = &fixture->job->work.waiting;
    assert_false(waiting->is_over(waiting->context));
    service_fixture_resume(fixture); /* woken for nothing */
    assert_int_equal(PIPELINE_SETTLES, fixture->state);
    outcome = STRICT_HELD;
    assert_true(waiting->is_over(waiting->context));
    service_fixture_resume(fixture);
    assert_int_equal(PIPELINE_ANSWERED, fixture->state);
    fixture->answer = fixture->job->answer;
    service_fixture_commit(fixture);
    expect(200, "OK");
    outcome = STRICT_WAITS;
    make_first("bob", 2);
    post(request_of(&statement, ""));
    assert_int_equal(PIPELINE_SETTLES, fixture->state);
    pipeline_abandon(fixture->worker, fixture->job);
    assert_int_equal(1, given_up);
}

static void strangers_write_no_more_than_other_strangers(void **state)
{
    (void)state;
    const union statement_body given = {
        .grant = {.service = {1}, .not_after_ms = world.wall_ms + 100000}};
    const struct signed_maker maker = {
        .op = STATEMENT_USER_GRANT, .scope = "u:alice", .body = &given, .signers = "\7"};
    make_first("alice", 1);
    post(request_of(&statement, ""));
    expect(200, "OK");
    unsigned intents = 0;
    for (int i = 0; i < 20; i++) {
        signed_make(&world, &maker, &statement);
        post(request_of(&statement, ""));
        assert_in_range(fixture->answer.http_status, 403, 429);
        intents += strstr(fixture->lines, "\"outcome\":\"intent\"") != NULL;
    }
    assert_in_range(intents, 1, 6);
    expect(429, "RATE_LIMITED");
    const struct signed_maker own = {
        .op = STATEMENT_USER_GRANT, .scope = "u:alice", .body = &given, .signers = "\1"};
    signed_make(&world, &own, &statement);
    post(request_of(&statement, "")); /* who has a part in it is no stranger */
    expect(200, "OK");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)
        CASE(what_is_no_statement_is_refused),
        CASE(a_statement_is_answered_with_its_hash_and_where_the_log_stands),
        CASE(a_refusal_is_recorded_with_what_it_was_about),
        CASE(a_tenant_is_named_or_is_the_default_one),
        CASE(statements_are_read_by_pages),
        CASE(what_may_lack_something_is_not_shown),
        CASE(what_a_majority_may_not_have_is_accepted_and_not_done),
        CASE(what_waits_is_looked_at_again_or_given_up),
        cmocka_unit_test_setup_teardown(strangers_write_no_more_than_other_strangers,
                                        start_strictly, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
