/* Statements that are judged elsewhere, and by who is registered on a chain: other nodes, which may
 * be slow or gone, and wallets of apps. */
#include <stdio.h>

#include "fixtures/users_signed.h"

static struct users_world world;
static struct signed_statement statement;
static struct users_commit commit;
static struct users_committed done;

/* What the strict records say in the place of those of a node alone. */
static enum strict_home home;
static enum strict_outcome outcome;
static struct status forwarding;
static uint8_t request_bytes[STRICT_REQUEST_MAX];
static struct buf request;
static uint8_t answer_bytes[STRICT_REQUEST_MAX];
static struct buf answer;
static bool has_request;
static size_t forwards;
static size_t given_up;
static size_t put_count;

static enum strict_home say_home(void *context, uint16_t slot, struct strict_member *ret_member)
{
    (void)context;
    (void)slot;
    *ret_member = (struct strict_member){.wallet = {9}};
    return home;
}

static struct status take_forward(void *context, const struct strict_member *to, struct bytes bytes,
                                  size_t worker, size_t *ret_wait)
{
    (void)context;
    assert_int_equal(9, to->wallet[0]);
    assert_int_equal(3, worker);
    *ret_wait = 0;
    TRY(forwarding);
    request = buf_over(request_bytes, sizeof request_bytes);
    buf_put(&request, bytes);
    forwards++;
    *ret_wait = 77;
    return OK;
}

static struct status count_put(void *context, const struct strict_record *record, size_t worker,
                               size_t *ret_wait)
{
    put_count++;
    return world.real.put(context, record, worker, ret_wait);
}

static enum strict_outcome tell_outcome(void *context, size_t wait, struct buf *ret_answer)
{
    if (wait != 77) {
        return outcome == STRICT_HELD ? world.real.outcome(context, wait, ret_answer) : outcome;
    }
    if (outcome == STRICT_HELD) {
        buf_put(ret_answer, buf_bytes(&answer));
    }
    return outcome;
}

static void count_given_up(void *context, size_t wait)
{
    (void)context;
    (void)wait;
    given_up++;
}

static bool show_request(void *context, uint64_t *ret_id, struct buf *ret_request)
{
    (void)context;
    if (!has_request) {
        return false;
    }
    has_request = false;
    *ret_id = 5;
    buf_put(ret_request, buf_bytes(&request));
    return true;
}

static void take_reply(void *context, uint64_t id, struct bytes bytes)
{
    (void)context;
    assert_int_equal(5, id);
    answer = buf_over(answer_bytes, sizeof answer_bytes);
    buf_put(&answer, bytes);
}

static int start(void **state)
{
    (void)state;
    users_world_open(&world, USERS_WORLD_TRUST, 4096);
    signed_operators(&world);
    world.port.home = say_home;
    world.port.forward = take_forward;
    world.port.outcome = tell_outcome;
    world.port.give_up = count_given_up;
    world.port.request = show_request;
    world.port.reply = take_reply;
    world.port.put = count_put;
    home = STRICT_HOME_THERE;
    outcome = STRICT_HELD;
    forwarding = OK;
    has_request = false;
    forwards = given_up = put_count = 0;
    answer = buf_over(answer_bytes, sizeof answer_bytes);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    users_world_close(&world);
    return 0;
}

static void begin(const struct signed_statement *said)
{
    const struct users_commit_from from = {.tenant = world.tenant};
    assert_status(OK, users_commit_check(world.users, &world.arena, &from, &said->parts, &commit));
    users_commit_start(&commit, 3);
}

/* A freeze, which any one operator says. */
static void begin_freeze(void)
{
    const union statement_body body = {0};
    const struct signed_maker maker = {
        .op = STATEMENT_POLICY_FREEZE, .scope = "t", .body = &body, .signers = "\144"};
    signed_make(&world, &maker, &statement);
    begin(&statement);
}

/* The home does what it was brought. */
static void serve(void)
{
    home = STRICT_HOME_HERE;
    has_request = true;
    users_commit_serve(world.users);
    assert_false(has_request);
}

static void a_statement_is_brought_to_its_home_and_answered(void **state)
{
    (void)state;
    static struct signed_ticket ticket;
    signed_give(&world, &ticket, "alice", 1, "\144\145");
    const union statement_body body = signed_key_body(1, &ticket.ticket);
    const struct signed_maker maker = {
        .op = STATEMENT_USER_ADD, .scope = "u:alice", .body = &body, .signers = "\1"};
    signed_make(&world, &maker, &statement);
    outcome = STRICT_WAITS;
    begin(&statement);
    assert_int_equal(1, forwards);
    assert_false(users_commit_is_over(&commit));
    assert_int_equal(0, put_count);
    outcome = STRICT_HELD;
    serve();
    assert_int_equal(1, put_count);
    assert_true(users_commit_is_over(&commit));
    assert_status(OK, users_commit_end(&commit, &done));
    assert_true(done.is_held && done.has_head);
    assert_int_equal(1, done.seq);
    assert_memory_equal(commit.statement, done.head, sizeof done.head);
    assert_true(users_world_state(&world, "alice").is_known);
    home = STRICT_HOME_THERE; /* what is here by now is put by whoever has it */
    begin(&statement);
    assert_int_equal(1, forwards);
    assert_true(users_commit_is_over(&commit));
    assert_status(OK, users_commit_end(&commit, &done));
    assert_int_equal(1, done.seq);
}

static void a_home_that_waits_for_others_answers_later(void **state)
{
    (void)state;
    begin_freeze();
    outcome = STRICT_WAITS;
    serve();
    assert_int_equal(0, answer.len);
    users_commit_serve(world.users);
    assert_int_equal(0, answer.len);
    outcome = STRICT_UNKNOWN; /* no majority: it is here, and may count */
    users_commit_serve(world.users);
    assert_true(answer.len != 0);
    outcome = STRICT_HELD;
    assert_true(users_commit_is_over(&commit));
    assert_status(OK, users_commit_end(&commit, &done));
    assert_false(done.is_held);
}

static void what_a_home_refuses_is_refused(void **state)
{
    (void)state;
    const union statement_body body = {.freeze = {7}}; /* a version that there is not */
    const struct signed_maker maker = {
        .op = STATEMENT_POLICY_FREEZE, .scope = "t", .body = &body, .signers = "\144"};
    signed_make(&world, &maker, &statement);
    begin(&statement);
    serve();
    assert_true(users_commit_is_over(&commit));
    assert_status(STATEMENT_SEQ, users_commit_end(&commit, &done));
    assert_int_equal(0, put_count);
}

static void a_home_looks_at_who_signed_by_itself(void **state)
{
    (void)state;
    begin_freeze();
    struct bytes text = buf_bytes(&request);
    struct bytes mark = BYTES_LITERAL("\"sigs\":[[2,\"");
    size_t at = 0;
    while (!bytes_starts(bytes_slice(text, at, text.len), mark)) {
        at++;
    }
    request.ptr[at + mark.len + 40] ^= 1; /* of the proof */
    serve();
    assert_true(users_commit_is_over(&commit));
    struct status status = users_commit_end(&commit, &done);
    assert_true(!status_is_ok(status));
    assert_int_equal(0, put_count);
    request.len = 1;
    serve();
    request.ptr[0] = 2; /* of another release */
    serve();
    assert_int_equal(0, put_count);
}

static void what_is_sent_on_is_not_sent_on_again(void **state)
{
    (void)state;
    begin_freeze();
    home = STRICT_HOME_THERE;
    has_request = true;
    users_commit_serve(world.users);
    assert_int_equal(1, forwards);
    assert_true(users_commit_is_over(&commit));
    assert_status(NOT_CURRENT, users_commit_end(&commit, &done));
}

static void who_gets_no_answer_may_have_been_heard(void **state)
{
    (void)state;
    begin_freeze();
    outcome = STRICT_UNKNOWN;
    assert_true(users_commit_is_over(&commit));
    assert_status(WRITE_UNSETTLED, users_commit_end(&commit, &done));
    begin_freeze();
    outcome = STRICT_HELD;
    answer = buf_over(answer_bytes, sizeof answer_bytes);
    buf_put_text(&answer, "\1\2OK"); /* cut short */
    assert_true(users_commit_is_over(&commit));
    assert_status(WRITE_UNSETTLED, users_commit_end(&commit, &done));
    begin_freeze();
    answer = buf_over(answer_bytes, sizeof answer_bytes);
    buf_put_u8(&answer, 0); /* who knows of no statements */
    assert_true(users_commit_is_over(&commit));
    assert_status(NOT_CURRENT, users_commit_end(&commit, &done));
    forwarding = FAIL(UNAVAILABLE);
    begin_freeze();
    assert_true(users_commit_is_over(&commit));
    assert_status(NOT_CURRENT, users_commit_end(&commit, &done));
}

static void a_home_is_waited_for_and_not_for_ever(void **state)
{
    (void)state;
    home = STRICT_HOME_UNKNOWN;
    begin_freeze();
    assert_false(users_commit_is_over(&commit));
    world.now_ms += USERS_COMMIT_HOME_MS - 1;
    assert_false(users_commit_is_over(&commit));
    world.now_ms += 1;
    assert_true(users_commit_is_over(&commit));
    assert_status(NOT_CURRENT, users_commit_end(&commit, &done));
    begin_freeze();
    assert_false(users_commit_is_over(&commit));
    home = STRICT_HOME_HERE;
    assert_true(users_commit_is_over(&commit));
    assert_status(OK, users_commit_end(&commit, &done));
    assert_true(done.is_held && !done.has_head);
}

static void who_does_not_wait_any_more_leaves_nothing(void **state)
{
    (void)state;
    begin_freeze();
    users_commit_give_up(&commit);
    assert_int_equal(1, given_up);
    users_commit_give_up(&commit);
    assert_int_equal(1, given_up);
}

/* --- tenants of apps --- */

static struct status registered;
static uint8_t app = 5;

static struct status look_up(void *context, const struct registry_question *question,
                             struct registry_grant *ret_grant)
{
    const struct eth_address wallet = signed_wallet(70);
    (void)context;
    *ret_grant = (struct registry_grant){0};
    if (question->role != REGISTRY_APP || !eth_address_equal(&wallet, &question->wallet)) {
        return FAIL(INSTANCE_NOT_FOUND);
    }
    TRY(registered);
    ret_grant->wallet = wallet;
    ret_grant->tee_point = (struct p384_point){{4}};
    ret_grant->deadline_ms = question->now_ms + 1000;
    ret_grant->app_id[REGISTRY_ID - 1] = app;
    return OK;
}

static int start_apps(void **state)
{
    static struct registry_port registry = {.lookup = look_up};
    start(state);
    world.port = world.real;
    users_close(&world.users);
    world.domain.chain_id = 1;
    world.domain.registry[0] = 1;
    const struct users_setup setup = {.mem = &world.mem,
                                      .clock = {&world, users_world_monotonic, users_world_wall},
                                      .entropy = entropy_system(),
                                      .trust = &world.trust,
                                      .domain = &world.domain,
                                      .registry = &registry,
                                      .strict = &world.port};
    const uint8_t id[REGISTRY_ID] = {[REGISTRY_ID - 1] = 5};
    assert_status(OK, users_open(&setup, &world.users));
    assert_status(OK, domain_app_tenant(&world.domain, id, world.tenant));
    registered = OK;
    app = 5;
    return 0;
}

static struct status freeze(const char *signers)
{
    const union statement_body body = {0};
    const struct signed_maker maker = {
        .op = STATEMENT_POLICY_FREEZE, .scope = "t", .body = &body, .signers = signers};
    return signed_say(&world, &maker);
}

static void the_wallet_of_an_app_is_authority_of_its_tenant(void **state)
{
    (void)state;
    assert_status(STATEMENT_SIGNER, freeze("\144\145")); /* operators are not */
    assert_status(STATEMENT_SIGNER, freeze("\107"));     /* another wallet */
    app = 6;
    assert_status(STATEMENT_SIGNER, freeze("\106"));
    app = 5;
    registered = FAIL(INSTANCE_NOT_ACTIVE);
    assert_status(STATEMENT_SIGNER, freeze("\106"));
    registered = OK;
    assert_status(OK, freeze("\106"));
}

static void who_is_being_looked_up_is_waited_for(void **state)
{
    (void)state;
    union statement_body body = {.grant = {.service = {1}, .not_after_ms = UINT64_C(1) << 50}};
    static struct signed_ticket ticket;
    signed_give(&world, &ticket, "alice", 1, "\106");
    const union statement_body add = signed_key_body(1, &ticket.ticket);
    struct signed_maker maker = {
        .op = STATEMENT_USER_ADD, .scope = "u:alice", .body = &add, .signers = "\1"};
    registered = FAIL(REGISTRY_PENDING);
    assert_status(REGISTRY_PENDING, freeze("\106"));
    assert_status(REGISTRY_PENDING, signed_say(&world, &maker));
    registered = FAIL(REGISTRY_LOST);
    assert_status(REGISTRY_LOST, freeze("\106"));
    assert_status(REGISTRY_LOST, signed_say(&world, &maker));
    registered = OK;
    assert_status(OK, signed_say(&world, &maker));
    maker = (struct signed_maker){
        .op = STATEMENT_USER_GRANT, .scope = "u:alice", .body = &body, .signers = "\1\106"};
    registered = FAIL(REGISTRY_LOST); /* nothing depends on it */
    assert_status(OK, signed_say(&world, &maker));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)
        CASE(a_statement_is_brought_to_its_home_and_answered),
        CASE(a_home_that_waits_for_others_answers_later),
        CASE(what_a_home_refuses_is_refused),
        CASE(a_home_looks_at_who_signed_by_itself),
        CASE(what_is_sent_on_is_not_sent_on_again),
        CASE(who_gets_no_answer_may_have_been_heard),
        CASE(a_home_is_waited_for_and_not_for_ever),
        CASE(who_does_not_wait_any_more_leaves_nothing),
        cmocka_unit_test_setup_teardown(the_wallet_of_an_app_is_authority_of_its_tenant, start_apps,
                                        stop),
        cmocka_unit_test_setup_teardown(who_is_being_looked_up_is_waited_for, start_apps, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
