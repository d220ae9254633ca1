/* Committing statements: who may say what, and what becomes of it. */
#include <stdio.h>

#include "fixtures/users_signed.h"

static struct users_world world;
static struct signed_statement statement;
static struct signed_ticket ticket;
static struct users_committed done;

#define ALICE "u:alice"
#define TWO   "\144\145" /* operators: enough */
#define ONE   "\144"

static int start(void **state)
{
    (void)state;
    users_world_open(&world, USERS_WORLD_TRUST, 4096);
    signed_operators(&world);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    users_world_close(&world);
    return 0;
}

static struct status say(enum statement_op op, const char *scope, const union statement_body *body,
                         const char *signers)
{
    const struct signed_maker maker = {op, scope, body, signers, NULL, NULL, 0};
    return signed_say(&world, &maker);
}

/* The first statement of alice, with the ticket as it is. */
static void make_first(const char *signers)
{
    const union statement_body body = signed_key_body(1, &ticket.ticket);
    const struct signed_maker maker = {
        .op = STATEMENT_USER_ADD, .scope = ALICE, .body = &body, .signers = signers};
    signed_make(&world, &maker, &statement);
}

static void put_hash(struct bytes text, uint8_t ret[static AUTH_TEXT_HASH])
{
    sha256_hash(text, ret);
}

static struct status revoke(const char *scope, unsigned number, const char *signers)
{
    uint8_t id[AUTH_TEXT_ID];
    union statement_body body = {0};
    signed_id(world.tenant, number, id);
    body.revoke = (struct statement_revoke){{id, 1}, STATEMENT_SINCE_NEVER};
    return say(STATEMENT_USER_REVOKE, scope, &body, signers);
}

static struct status add_key(const char *scope, unsigned number, const char *signers)
{
    const union statement_body body = signed_key_body(number, NULL);
    return say(STATEMENT_USER_ADD, scope, &body, signers);
}

static struct status grant(const char *scope, const char *signers)
{
    union statement_body body = {.grant = {.service = {1}, .not_after_ms = world.wall_ms + 1000}};
    return say(STATEMENT_USER_GRANT, scope, &body, signers);
}

/* --- what is not taken --- */

static void a_ticket_is_of_authority_for_this_user_and_key(void **state)
{
    (void)state;
    static const struct {
        const char *user;
        unsigned key;
        const char *givers;
        bool is_good;
    } tickets[] = {
        {"alice", 1, ONE, false},         {"alice", 1, "\144\144", false},
        {"alice", 1, "\144\1", false},    {"bob", 1, TWO, false},
        {"alice", 2, TWO, false},         {"alice", 1, "\1\2", false},
        {"alice", 1, "\144\146\1", true},
    };
    for (size_t i = 0; i < sizeof tickets / sizeof tickets[0]; i++) {
        signed_give(&world, &ticket, tickets[i].user, tickets[i].key, tickets[i].givers);
        make_first("\1");
        struct status status = signed_commit(&world, &statement, NULL);
        bool is_refused =
            status.code == STATUS_TICKET_INVALID || status.code == STATUS_STATEMENT_SIGNER;
        assert_int_equal(tickets[i].is_good, status_is_ok(status));
        assert_true(tickets[i].is_good || is_refused);
    }
}

static void a_ticket_is_over_when_its_time_is(void **state)
{
    (void)state;
    signed_give(&world, &ticket, "alice", 1, TWO);
    make_first("\1");
    world.wall_ms += 100000;
    assert_status(TICKET_INVALID, signed_commit(&world, &statement, NULL));
    world.wall_ms -= 100000;
    world.began_ms = world.wall_ms + 1; /* given before a restore */
    assert_status(TICKET_INVALID, signed_commit(&world, &statement, NULL));
}

static void nobody_enrols_without_leave(void **state)
{
    (void)state;
    ticket = (struct signed_ticket){0};
    make_first("\1");
    assert_status(STATEMENT_SIGNER, signed_commit(&world, &statement, NULL));
    signed_give(&world, &ticket, "alice", 1, TWO);
    make_first("\2"); /* the key itself does not sign */
    assert_status(STATEMENT_SIGNER, signed_commit(&world, &statement, NULL));
    assert_false(users_world_state(&world, "alice").is_known);
    assert_int_equal(0, users_stats(world.users).statements);
}

static void what_is_of_another_place_is_refused(void **state)
{
    (void)state;
    uint8_t other[AUTH_TEXT_HASH] = {1};
    union statement_body body = {0};
    struct signed_maker maker = {
        .op = STATEMENT_POLICY_FREEZE, .scope = "t", .body = &body, .signers = TWO};
    maker.tenant = other;
    assert_status(STATEMENT_SIGNER, signed_say(&world, &maker));
    maker.tenant = NULL;
    maker.domain = other;
    assert_status(STATEMENT_SIGNER, signed_say(&world, &maker));
    maker.domain = NULL;
    assert_status(OK, signed_say(&world, &maker));
}

static void what_was_changed_after_it_was_signed_is_refused(void **state)
{
    (void)state;
    signed_give(&world, &ticket, "alice", 1, TWO);
    make_first("\1");
    static struct signed_statement other;
    const union statement_body body = signed_key_body(2, &ticket.ticket);
    const struct signed_maker maker = {
        .op = STATEMENT_USER_ADD, .scope = ALICE, .body = &body, .signers = "\1"};
    signed_make(&world, &maker, &other);
    struct signed_statement swapped = statement;
    swapped.parts.body = other.parts.body;
    assert_status(RECORD_INVALID, signed_commit(&world, &swapped, NULL));
    swapped.parts = statement.parts;
    swapped.parts.text = other.parts.text;
    swapped.parts.body = other.parts.body;
    assert_status(AUTH_FAILED, signed_commit(&world, &swapped, NULL));
    swapped.parts = statement.parts;
    statement.sigs.proofs[0][3] ^= 1;
    assert_status(AUTH_FAILED, signed_commit(&world, &statement, NULL));
    statement.sigs.proofs[0][3] ^= 1;
    statement.parts.sigs.count = 0;
    assert_status(RECORD_INVALID, signed_commit(&world, &statement, NULL));
    statement.parts.sigs.count = 1;
    statement.parts.text.len--;
    assert_status(RECORD_INVALID, signed_commit(&world, &statement, NULL));
    statement.parts.text.len++;
    assert_status(OK, signed_commit(&world, &statement, NULL));
}

static void strangers_do_not_learn_who_is_there(void **state)
{
    (void)state;
    assert_status(OK, signed_enrol(&world, "alice", 1));
    assert_status(STATEMENT_SIGNER, grant(ALICE, "\5"));
    assert_status(STATEMENT_SIGNER, grant("u:bob", "\5"));
    assert_status(STATEMENT_SIGNER, revoke(ALICE, 1, "\5"));
    assert_status(STATEMENT_SIGNER, revoke("u:bob", 1, "\5"));
    assert_status(STATEMENT_SIGNER, add_key(ALICE, 5, "\5"));
    assert_status(STATEMENT_SIGNER, add_key("u:bob", 5, "\5"));
}

static void a_document_that_nobody_would_apply_is_not_taken(void **state)
{
    (void)state;
    static const char *const documents[] = {"{\"v\":1,\"rules\":[]}", "{}", "{\"v\":1} "};
    union statement_body body = {.version = {.version = 1}};
    for (size_t i = 0; i < 3; i++) {
        body.version.document = bytes_of(documents[i]);
        assert_status(POLICY_INVALID, say(STATEMENT_POLICY_SET, "t", &body, TWO));
        assert_status(POLICY_INVALID, say(STATEMENT_TENANT_SET, "t", &body, TWO));
    }
    assert_status(OK, signed_enrol(&world, "alice", 1));
    union statement_body given = {.grant = {.service = {1}, .not_after_ms = world.wall_ms + 9}};
    given.grant.document = bytes_of(documents[0]);
    assert_status(POLICY_INVALID, say(STATEMENT_USER_GRANT, ALICE, &given, "\1"));
}

static void who_tries_too_often_is_slowed_down_but_not_who_denies(void **state)
{
    (void)state;
    assert_status(OK, signed_enrol(&world, "alice", 1));
    signed_give(&world, &ticket, "bob", 2, TWO);
    const union statement_body body = signed_key_body(2, &ticket.ticket);
    const struct signed_maker maker = {
        .op = STATEMENT_USER_ADD, .scope = "u:bob", .body = &body, .signers = "\2"};
    signed_make(&world, &maker, &statement);
    statement.sigs.proofs[0][3] ^= 1;
    struct status status = OK;
    int tries = 0;
    while (status.code != STATUS_RATE_LIMITED && tries < 1000) {
        status = signed_commit(&world, &statement, NULL);
        tries++;
    }
    assert_in_range(tries, USERS_COMMIT_BURST / (USERS_COMMIT_FAILED + 1),
                    USERS_COMMIT_BURST / (USERS_COMMIT_FAILED + 1) + 2);
    assert_status(OK, revoke(ALICE, 1, TWO));
    statement.sigs.proofs[0][3] ^= 1;
    assert_status(RATE_LIMITED, signed_commit(&world, &statement, NULL));
    world.now_ms += 60000;
    assert_status(OK, signed_commit(&world, &statement, NULL));
}

/* --- what is taken --- */

static void a_statement_is_committed_once_and_answered_as_often_as_it_comes(void **state)
{
    (void)state;
    uint8_t hash[AUTH_TEXT_HASH];
    signed_give(&world, &ticket, "alice", 1, TWO);
    make_first("\1");
    put_hash(statement.parts.text, hash);
    for (int i = 0; i < 3; i++) {
        assert_status(OK, signed_commit(&world, &statement, &done));
        assert_true(done.is_held && done.has_head);
        assert_int_equal(1, done.seq);
        assert_memory_equal(hash, done.head, sizeof hash);
        world.wall_ms += 1000000;          /* the ticket is over by then */
        statement.sigs.proofs[0][40] ^= 1; /* signatures are not looked at again */
    }
    assert_int_equal(1, users_stats(world.users).statements);
    assert_true(users_world_state(&world, "alice").is_known);
}

static void a_user_adds_grants_and_revokes(void **state)
{
    (void)state;
    assert_status(OK, signed_enrol(&world, "alice", 1));
    assert_status(STATEMENT_SIGNER, add_key(ALICE, 2, "\1"));
    assert_status(OK, add_key(ALICE, 2, "\1\2"));
    assert_status(OK, grant(ALICE, "\2"));
    assert_status(STATEMENT_SIGNER, revoke(ALICE, 1, "\2")); /* an earlier one */
    assert_status(OK, revoke(ALICE, 2, "\1"));
    assert_status(STATEMENT_SIGNER, grant(ALICE, "\2"));
    assert_int_equal(1, users_world_state(&world, "alice").auth_epoch);
    assert_status(OK, revoke(ALICE, 1, TWO)); /* authority */
    assert_status(STATEMENT_SIGNER, grant(ALICE, "\1"));
    assert_status(STATEMENT_SIGNER, revoke(ALICE, 1, ONE));
}

static void of_two_that_follow_the_same_one_is_taken(void **state)
{
    (void)state;
    static struct signed_statement second;
    union statement_body body = {.grant = {.service = {1}, .not_after_ms = world.wall_ms + 1000}};
    const struct signed_maker maker = {
        .op = STATEMENT_USER_GRANT, .scope = ALICE, .body = &body, .signers = "\1"};
    assert_status(OK, signed_enrol(&world, "alice", 1));
    signed_make(&world, &maker, &statement);
    body.grant.service[0] = 2;
    signed_make(&world, &maker, &second);
    assert_status(OK, signed_commit(&world, &statement, &done));
    assert_int_equal(2, done.seq);
    assert_status(STATEMENT_SEQ, signed_commit(&world, &second, NULL));
    assert_false(users_world_state(&world, "alice").is_forked);
}

static void a_recovery_is_of_authority_and_can_be_vetoed(void **state)
{
    (void)state;
    const union statement_body body = signed_key_body(3, NULL);
    assert_status(OK, signed_enrol(&world, "alice", 1));
    assert_status(STATEMENT_SIGNER, say(STATEMENT_USER_RECOVER, ALICE, &body, ONE));
    const struct signed_maker maker = {
        .op = STATEMENT_USER_RECOVER, .scope = ALICE, .body = &body, .signers = TWO};
    signed_make(&world, &maker, &statement);
    assert_status(OK, signed_commit(&world, &statement, &done));
    assert_status(STATEMENT_DELAYED, grant(ALICE, "\3"));
    union statement_body veto = {0};
    put_hash(statement.parts.text, veto.veto.of);
    assert_status(OK, say(STATEMENT_USER_VETO, ALICE, &veto, "\1"));
    world.wall_ms += 200 * 1000;
    assert_status(STATEMENT_SIGNER, grant(ALICE, "\3"));
}

static void what_is_frozen_gives_nothing_and_takes_everything(void **state)
{
    (void)state;
    static const char *const scopes[] = {"t", ALICE, "o:alice"};
    union statement_body body = {0};
    assert_status(OK, signed_enrol(&world, "alice", 1));
    assert_status(OK, add_key(ALICE, 2, "\1\2"));
    for (size_t i = 0; i < 3; i++) {
        body.freeze.version = i == 0 ? 1 : 0;
        assert_status(STATEMENT_SEQ,
                      say(STATEMENT_POLICY_FREEZE, "u:alice",
                          &(union statement_body){.freeze = {7}}, ONE)); /* of none that there is */
        body.freeze.version = 0;
        assert_status(STATEMENT_SIGNER, say(STATEMENT_POLICY_FREEZE, scopes[i], &body, "\7"));
        assert_status(OK, say(STATEMENT_POLICY_FREEZE, scopes[i], &body, ONE));
        assert_true(users_world_state(&world, "alice").is_frozen);
        assert_status(FROZEN, grant(ALICE, "\1"));
        assert_status(STATEMENT_SIGNER, grant(ALICE, "\7"));
        union statement_body thaw = {.version = {1, BYTES_LITERAL(USERS_POLICY_DEFAULT)}};
        assert_status(STATEMENT_SIGNER, say(STATEMENT_POLICY_SET, scopes[i], &thaw, ONE));
        const char *who = i == 2 ? "\1" : TWO;
        assert_status(OK, say(STATEMENT_POLICY_SET, scopes[i], &thaw, who));
        assert_true(users_world_state(&world, "alice").is_frozen); /* as it may be that early */
        world.wall_ms += 50;
        assert_false(users_world_state(&world, "alice").is_frozen);
        assert_status(OK, grant(ALICE, "\1"));
    }
    assert_status(OK,
                  say(STATEMENT_POLICY_FREEZE, "t", &(union statement_body){.freeze = {1}}, ONE));
    assert_status(FROZEN, signed_enrol(&world, "bob", 4));
    assert_status(OK, revoke(ALICE, 2, "\1"));
}

/* --- service keys and approvers --- */

static void scope_of_key(char kind, unsigned number, char ret[static 40])
{
    uint8_t id[AUTH_TEXT_ID];
    const struct eth_address wallet = signed_wallet(number);
    if (kind == 's') {
        auth_text_service(world.tenant, AUTH_EIP191, BYTES_ARRAY(wallet.b), id);
    } else {
        signed_id(world.tenant, number, id);
    }
    snprintf(ret, 40, "%c:", kind);
    for (size_t i = 0; i < AUTH_TEXT_ID; i++) {
        snprintf(ret + 2 + 2 * i, 3, "%02x", id[i]);
    }
}

static struct status add_service(unsigned number, uint64_t scopes, struct statement_names users,
                                 const char *signers)
{
    static struct eth_address wallet;
    char scope[40];
    wallet = signed_wallet(number);
    scope_of_key('s', number, scope);
    const union statement_body body = {.service = {.alg = AUTH_EIP191,
                                                   .key = BYTES_ARRAY(wallet.b),
                                                   .scopes = scopes,
                                                   .users = users,
                                                   .not_before_ms = world.wall_ms,
                                                   .not_after_ms = world.wall_ms + 1000000}};
    return say(STATEMENT_SERVICE_ADD, scope, &body, signers);
}

static void a_service_key_enrols_and_revokes_as_far_as_its_scopes_go(void **state)
{
    (void)state;
    const struct bytes names[] = {BYTES_LITERAL("alice"), BYTES_LITERAL("bob")};
    const struct statement_names listed = {names, 2, false};
    const union statement_body nothing = {0};
    char scope[40];
    assert_status(STATEMENT_SIGNER, add_service(50, 16, listed, ONE));
    assert_status(STATEMENT_SIGNER, add_service(50, 16, listed, "\62"));
    assert_status(OK, add_service(50, STATEMENT_SCOPE_ENROL, listed, TWO));
    assert_status(OK, add_service(51, STATEMENT_SCOPE_REVOKE, listed, TWO));
    signed_give(&world, &ticket, "alice", 1, "\63");
    make_first("\1");
    assert_true(!status_is_ok(signed_commit(&world, &statement, NULL)));
    signed_give(&world, &ticket, "alice", 1, "\62");
    make_first("\1");
    assert_status(OK, signed_commit(&world, &statement, NULL));
    signed_give(&world, &ticket, "carol", 1, "\62"); /* not one of its users */
    union statement_body body = signed_key_body(1, &ticket.ticket);
    assert_true(!status_is_ok(say(STATEMENT_USER_ADD, "u:carol", &body, "\1")));
    assert_status(STATEMENT_SIGNER, revoke(ALICE, 1, "\62"));
    assert_status(OK, revoke(ALICE, 1, "\63"));
    scope_of_key('s', 50, scope);
    assert_status(STATEMENT_SIGNER, say(STATEMENT_SERVICE_REVOKE, scope, &nothing, "\63"));
    assert_status(OK, say(STATEMENT_SERVICE_REVOKE, scope, &nothing, "\62")); /* itself */
    signed_give(&world, &ticket, "bob", 2, "\62");
    body = signed_key_body(2, &ticket.ticket);
    assert_true(!status_is_ok(say(STATEMENT_USER_ADD, "u:bob", &body, "\2")));
    assert_status(STATEMENT_SEQ, add_service(50, 16, listed, TWO)); /* never again */
}

static void a_service_key_that_is_the_users_signs_with_its_key(void **state)
{
    (void)state;
    uint8_t id[AUTH_TEXT_ID];
    const struct eth_address wallet = signed_wallet(50);
    auth_text_service(world.tenant, AUTH_EIP191, BYTES_ARRAY(wallet.b), id);
    assert_status(OK, add_service(50, 1, (struct statement_names){.is_all = true}, TWO));
    assert_status(OK, signed_enrol(&world, "alice", 1));
    union statement_body body = {.key = {.scheme = AUTH_SERVICE, .key = BYTES_ARRAY(id)}};
    const struct signed_maker maker = {
        .op = STATEMENT_USER_ADD, .scope = ALICE, .body = &body, .signers = "\1\62"};
    signed_make(&world, &maker, &statement);
    assert_status(STATEMENT_SIGNER, signed_commit(&world, &statement, NULL)); /* not as itself */
    statement.sigs.list[1].scheme = AUTH_SERVICE;
    statement.sigs.list[1].key = BYTES_ARRAY(id);
    statement.sigs.proofs[1][3] ^= 1;
    assert_status(AUTH_FAILED, signed_commit(&world, &statement, NULL));
    statement.sigs.proofs[1][3] ^= 1;
    assert_status(OK, signed_commit(&world, &statement, NULL));
}

static void what_nobody_added_leaves_nothing_when_it_revokes_itself(void **state)
{
    (void)state;
    const union statement_body nothing = {0};
    char scope[40];
    scope_of_key('s', 50, scope);
    assert_status(STATEMENT_SIGNER, say(STATEMENT_SERVICE_REVOKE, scope, &nothing, "\62"));
    assert_int_equal(0, users_stats(world.users).statements);
    assert_status(OK, say(STATEMENT_SERVICE_REVOKE, scope, &nothing, TWO));
}

static void keys_that_anybody_makes_make_no_names(void **state)
{
    (void)state;
    uint8_t memory[AUTH_TEXT_SCOPE + 1] = "u:";
    struct buf name = buf_over(memory + 2, sizeof memory - 3);
    union statement_body body = signed_key_body(1, NULL);
    snprintf(world.trust.tenants[0].jit, sizeof world.trust.tenants[0].jit, "jit-");
    assert_status(OK, auth_text_jit_user(BYTES_LITERAL("jit-"), body.key.key, &name));
    assert_status(STATEMENT_SIGNER, say(STATEMENT_USER_ADD, (const char *)memory, &body, "\1"));
    assert_int_equal(0, users_stats(world.users).statements);
}

static void an_approver_freezes_until_it_is_none_any_more(void **state)
{
    (void)state;
    char scope[40];
    struct eth_address wallet = signed_wallet(60);
    const union statement_body nothing = {0};
    union statement_body body = {.approver = {.scheme = AUTH_EIP191, .key = BYTES_ARRAY(wallet.b)}};
    scope_of_key('a', 60, scope);
    assert_status(STATEMENT_SIGNER, say(STATEMENT_POLICY_FREEZE, "t", &nothing, "\74"));
    assert_status(STATEMENT_SIGNER, say(STATEMENT_APPROVER_ADD, scope, &body, ONE));
    assert_status(OK, say(STATEMENT_APPROVER_ADD, scope, &body, TWO));
    assert_status(OK, say(STATEMENT_POLICY_FREEZE, "u:bob", &nothing, "\74"));
    assert_status(STATEMENT_SIGNER, say(STATEMENT_APPROVER_REVOKE, scope, &nothing, "\74"));
    assert_status(OK, say(STATEMENT_APPROVER_REVOKE, scope, &nothing, TWO));
    assert_status(STATEMENT_SIGNER, say(STATEMENT_POLICY_FREEZE, "t", &nothing, "\74"));
}

/* --- after a restore --- */

static void what_was_committed_before_a_restore_can_be_presented_again(void **state)
{
    (void)state;
    uint64_t began;
    assert_status(OK, signed_enrol(&world, "alice", 1));
    union statement_body body = {.grant = {.service = {1}, .not_after_ms = world.wall_ms + 1000}};
    const struct signed_maker maker = {
        .op = STATEMENT_USER_GRANT, .scope = ALICE, .body = &body, .signers = "\1"};
    static struct signed_statement second;
    signed_make(&world, &maker, &statement);
    body.grant.service[0] = 2;
    signed_make(&world, &maker, &second);
    assert_status(OK, signed_commit(&world, &statement, NULL));
    world.began_ms = world.wall_ms;
    world.incarnation = 9;
    assert_status(OK, signed_commit(&world, &second, NULL)); /* beside what was restored */
    union statement_body resume = {0};
    assert_status(STATEMENT_SEQ, say(STATEMENT_IDENTITY_RESUME, "t", &resume, TWO));
    assert_status(OK,
                  world.port.incarnation(world.port.context, resume.resume.incarnation, &began));
    assert_status(STATEMENT_SIGNER, say(STATEMENT_IDENTITY_RESUME, "t", &resume, ONE));
    assert_status(OK, say(STATEMENT_IDENTITY_RESUME, "t", &resume, TWO));
    assert_true(users_world_state(&world, "alice").is_forked);
    assert_status(LOG_FORKED, grant(ALICE, "\1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)
        CASE(a_ticket_is_of_authority_for_this_user_and_key),
        CASE(a_ticket_is_over_when_its_time_is),
        CASE(nobody_enrols_without_leave),
        CASE(what_is_of_another_place_is_refused),
        CASE(what_was_changed_after_it_was_signed_is_refused),
        CASE(strangers_do_not_learn_who_is_there),
        CASE(a_document_that_nobody_would_apply_is_not_taken),
        CASE(who_tries_too_often_is_slowed_down_but_not_who_denies),
        CASE(a_statement_is_committed_once_and_answered_as_often_as_it_comes),
        CASE(a_user_adds_grants_and_revokes),
        CASE(of_two_that_follow_the_same_one_is_taken),
        CASE(a_recovery_is_of_authority_and_can_be_vetoed),
        CASE(what_is_frozen_gives_nothing_and_takes_everything),
        CASE(a_service_key_enrols_and_revokes_as_far_as_its_scopes_go),
        CASE(a_service_key_that_is_the_users_signs_with_its_key),
        CASE(what_nobody_added_leaves_nothing_when_it_revokes_itself),
        CASE(keys_that_anybody_makes_make_no_names),
        CASE(an_approver_freezes_until_it_is_none_any_more),
        CASE(what_was_committed_before_a_restore_can_be_presented_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
