/* Who may say what of a user. Key 0 cannot be (it ends a string); users have keys from 1. */
#include "fixtures/statement_world.h"

static struct world world;

static int set_up(void **state)
{
    (void)state;
    const struct arena arena = world.arena;
    world = (struct world){.arena = arena, .scope = "u:alice"};
    world.now = (struct statement_now){.lo_ms = 1000000, .hi_ms = 1000100};
    arena_reset(&world.arena);
    return 0;
}

static void pass(uint64_t ms)
{
    world.now.lo_ms += ms;
    world.now.hi_ms += ms;
}

static struct status judge_ticket(struct statement_ticket *ticket, unsigned added)
{
    const char signers[] = {(char)added, 0};
    const struct maker_key key = maker_key(added);
    union statement_body body = maker_add(&key);
    body.key.ticket = *ticket;
    const struct maker maker = world_maker(&world, STATEMENT_USER_ADD, &body, signers);
    return world_judge(&world, maker_statement(&maker));
}

static void enrolment_takes_a_ticket_once(void **state)
{
    (void)state;
    assert_status(TICKET_INVALID, world_add(&world, STATEMENT_USER_ADD, 2, "\2"));
    assert_status(OK, world_enrol(&world, 2));
    assert_true(world_speaks(&world, 2));
    assert_status(STATEMENT_SIGNER, world_add(&world, STATEMENT_USER_ADD, 3, "\3"));
    assert_status(STATEMENT_SIGNER, world_add(&world, STATEMENT_USER_ADD, 3, "\2"));
    assert_status(STATEMENT_SIGNER, world_add(&world, STATEMENT_USER_ADD, 3, "\3\x64"));
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 3, "\2\3"));
    assert_true(world_speaks(&world, 3));
    assert_status(STATEMENT_SIGNER, world_add(&world, STATEMENT_USER_ADD, 3, "\2\3"));
    /* The name is taken, whoever has a ticket. */
    struct maker_key key = maker_key(4);
    uint8_t memory[AUTH_TEXT_MAX];
    struct statement_sig sig;
    union statement_body body = maker_add(&key);
    body.key.ticket = world_ticket(&world, "alice", 4, memory, &sig);
    struct maker maker = world_maker(&world, STATEMENT_USER_ADD, &body, "\4");
    assert_status(STATEMENT_SIGNER, world_judge(&world, maker_statement(&maker)));
    maker.signers = (const uint8_t *)"\2\4";
    maker.signer_count = 2;
    assert_status(TICKET_INVALID, world_judge(&world, maker_statement(&maker)));
    maker.seq = 1;
    maker.prev = NULL;
    assert_status(STATEMENT_SEQ, world_judge(&world, maker_statement(&maker)));
    /* Nor when only later entries are here. */
    world.all[0] = world.all[1];
    world.count = 1;
    assert_status(STATEMENT_SEQ, world_judge(&world, maker_statement(&maker)));
    assert_false(world_speaks(&world, 3));
}

static void a_ticket_is_for_one_key_and_time(void **state)
{
    (void)state;
    uint8_t memory[AUTH_TEXT_MAX];
    struct statement_sig sig;
    struct statement_ticket ticket = world_ticket(&world, "alice", 2, memory, &sig);
    assert_status(OK, judge_ticket(&ticket, 2));
    assert_status(TICKET_INVALID, judge_ticket(&ticket, 4));
    sig.proof = BYTES_LITERAL("\2");
    assert_status(TICKET_INVALID, judge_ticket(&ticket, 2));
    sig.proof = BYTES_LITERAL("\1");
    world.now.incarnation_ms = world.now.lo_ms + 1;
    assert_status(TICKET_INVALID, judge_ticket(&ticket, 2));
    world.now.incarnation_ms = world.now.lo_ms;
    assert_status(OK, judge_ticket(&ticket, 2));
    pass(1000);
    assert_status(TICKET_INVALID, judge_ticket(&ticket, 2));
    world.now.hi_ms -= 1;
    assert_status(OK, judge_ticket(&ticket, 2));
    world.now.hi_ms = world.now.lo_ms - 1001;
    assert_status(TICKET_INVALID, judge_ticket(&ticket, 2));
    pass(1000);
    world.now.hi_ms = world.now.lo_ms;
    ticket = world_ticket(&world, "alicf", 2, memory, &sig);
    assert_status(TICKET_INVALID, judge_ticket(&ticket, 2));
    ticket = world_ticket(&world, "alice", 2, memory, &sig);
    memory[16] ^= 1; /* of another domain */
    assert_status(TICKET_INVALID, judge_ticket(&ticket, 2));
    ticket = world_ticket(&world, "alice", 2, memory, &sig);
    memory[16 + 65] ^= 1; /* of another tenant */
    assert_status(TICKET_INVALID, judge_ticket(&ticket, 2));
    ticket = world_ticket(&world, "alice", 2, memory, &sig);
    struct maker_key other = maker_key(3);
    sig.scheme = other.scheme;
    sig.key = (struct bytes){other.key, other.len};
    assert_status(TICKET_INVALID, judge_ticket(&ticket, 2));
    struct maker_key service = maker_key(200);
    sig.scheme = service.scheme;
    sig.key = (struct bytes){service.key, service.len};
    world.scopes = 0xff & ~STATEMENT_SCOPE_ENROL;
    assert_status(TICKET_INVALID, judge_ticket(&ticket, 2));
    world.scopes = STATEMENT_SCOPE_ENROL;
    assert_status(OK, judge_ticket(&ticket, 2));
    ticket.text.len--;
    assert_status(TICKET_INVALID, judge_ticket(&ticket, 2));
}

static void names_of_keys_need_no_ticket(void **state)
{
    (void)state;
    uint8_t name[64] = "u:";
    uint8_t memory[AUTH_TEXT_MAX];
    struct statement_sig sig;
    struct maker_key key = maker_key(2);
    struct buf out = buf_over(name + 2, sizeof name - 3);
    assert_status(OK, auth_text_jit_user(BYTES_LITERAL("g-"), BYTES_ARRAY(key.key), &out));
    world.scope = (const char *)name;
    assert_status(TICKET_INVALID, world_add(&world, STATEMENT_USER_ADD, 2, "\2"));
    world.jit_prefix = BYTES_LITERAL("g-");
    struct statement_ticket ticket = world_ticket(&world, world.scope + 2, 4, memory, &sig);
    assert_status(TICKET_INVALID, judge_ticket(&ticket, 4)); /* the prefix is kept for them */
    assert_status(TICKET_INVALID, world_add(&world, STATEMENT_USER_ADD, 4, "\4"));
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 2, "\2"));
}

static void entries_follow_the_last_one(void **state)
{
    (void)state;
    union statement_body body = {0};
    assert_status(STATEMENT_SEQ, world_say(&world, STATEMENT_LANE_SET, &body, "\2"));
    assert_status(STATEMENT_SEQ, world_add(&world, STATEMENT_USER_RECOVER, 3, "\x64"));
    assert_status(OK, world_enrol(&world, 2));
    struct maker old = world_maker(&world, STATEMENT_LANE_SET, &body, "\2");
    uint8_t prev[AUTH_TEXT_HASH];
    memcpy(prev, old.prev, sizeof prev);
    assert_status(OK, world_say(&world, STATEMENT_LANE_SET, &body, "\2"));
    old.prev = prev;
    assert_status(STATEMENT_SEQ, world_judge(&world, maker_statement(&old)));
    old.seq++;
    assert_status(STATEMENT_SEQ, world_judge(&world, maker_statement(&old)));
    struct maker next = world_maker(&world, STATEMENT_LANE_SET, &body, "\2");
    assert_status(OK, world_judge(&world, maker_statement(&next)));
    next.not_before_ms = world.now.lo_ms + 1;
    assert_status(STATEMENT_DELAYED, world_judge(&world, maker_statement(&next)));
    next.not_before_ms--;
    assert_status(OK, world_judge(&world, maker_statement(&next)));
    next.seq++;
    assert_status(STATEMENT_SEQ, world_judge(&world, maker_statement(&next)));
}

static void earlier_ones_are_revoked_with_a_second_factor(void **state)
{
    (void)state;
    assert_status(OK, world_enrol(&world, 2));
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 4, "\2\4"));
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 5, "\2\5"));
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 200, "\2\xc8"));
    assert_status(OK, world_add(&world, STATEMENT_USER_ADD, 6, "\2\6"));
    assert_status(STATEMENT_SIGNER, world_revoke(&world, 6, STATEMENT_SINCE_NEVER, "\xc8"));
    assert_status(OK, world_revoke(&world, 6, STATEMENT_SINCE_NEVER, "\5"));
    assert_status(STATEMENT_SIGNER, world_revoke(&world, 2, STATEMENT_SINCE_NEVER, "\4"));
    assert_status(STATEMENT_SIGNER, world_revoke(&world, 4, STATEMENT_SINCE_NEVER, "\5"));
    assert_status(STATEMENT_SIGNER, world_revoke(&world, 2, STATEMENT_SINCE_NEVER, "\4\7"));
    assert_status(STATEMENT_SIGNER, world_revoke(&world, 2, STATEMENT_SINCE_NEVER, "\4\xc8"));
    assert_status(STATEMENT_SIGNER, world_revoke(&world, 2, STATEMENT_SINCE_NEVER, "\x65"));
    assert_status(STATEMENT_SIGNER, world_revoke(&world, 9, STATEMENT_SINCE_NEVER, "\2"));
    world.now.is_resuming = true; /* its entry may be presented after this one */
    assert_status(OK, world_revoke(&world, 9, STATEMENT_SINCE_NEVER, "\2"));
    world.now.is_resuming = false;
    assert_status(STATEMENT_SIGNER, world_add(&world, STATEMENT_USER_ADD, 9, "\2\x9"));
    assert_status(OK, world_revoke(&world, 2, STATEMENT_SINCE_NEVER, "\4\5"));
    assert_status(STATEMENT_SIGNER, world_revoke(&world, 5, STATEMENT_SINCE_NEVER, "\2"));
    assert_status(OK, world_revoke(&world, 5, STATEMENT_SINCE_NEVER, "\4"));
    assert_status(STATEMENT_SIGNER, world_revoke(&world, 4, STATEMENT_SINCE_NEVER, "\xc8"));
    assert_status(OK, world_revoke(&world, 200, STATEMENT_SINCE_NEVER, "\xc8"));
    world.scopes = STATEMENT_SCOPE_REVOKE;
    assert_status(OK, world_revoke(&world, 4, STATEMENT_SINCE_NEVER, "\xc8"));
    assert_int_equal(0, world_log(&world).key_count);
    assert_status(STATEMENT_SIGNER, world_revoke(&world, 4, 1, "\4"));
    assert_status(OK, world_revoke(&world, 4, 1, "\x64"));
}

static void service_keys_of_a_user_change_no_keys(void **state)
{
    (void)state;
    union statement_body body = {0};
    assert_status(OK, world_enrol(&world, 200)); /* a back end whose own wallet this is */
    assert_status(STATEMENT_SIGNER, world_add(&world, STATEMENT_USER_ADD, 4, "\xc8\4"));
    assert_status(STATEMENT_SIGNER, world_say(&world, STATEMENT_USER_GRANT, &body, "\xc8"));
    assert_status(OK, world_say(&world, STATEMENT_LANE_SET, &body, "\xc8"));
    body.foreign.class = BYTES_LITERAL("oz");
    world.may_not_add_foreign = true;
    assert_status(STATEMENT_SIGNER, world_say(&world, STATEMENT_FOREIGN_ADD, &body, "\xc8"));
    world.may_not_add_foreign = false;
    assert_status(OK, world_say(&world, STATEMENT_FOREIGN_ADD, &body, "\xc8"));
}

static void a_code_signs_nothing(void **state)
{
    (void)state;
    static const uint8_t code[16] = {7};
    static struct statement_signed by;
    const struct statement_ports ports = {&world, world_verify, world_roles};
    union statement_body body = {0};
    body.key.scheme = AUTH_TOTP;
    body.key.key = BYTES_ARRAY(code);
    assert_status(STATEMENT_SIGNER, world_say(&world, STATEMENT_USER_ADD, &body, "\2"));
    assert_status(OK, world_enrol(&world, 2));
    assert_status(STATEMENT_SIGNER, world_say(&world, STATEMENT_USER_ADD, &body, "\4"));
    assert_status(OK, world_say(&world, STATEMENT_USER_ADD, &body, "\2"));
    struct statement changed = *world_last(&world);
    const struct statement_sig sig = {AUTH_TOTP, BYTES_ARRAY(code), BYTES_LITERAL("\1")};
    changed.parts.sigs.list = &sig;
    assert_status(STATEMENT_SIGNER, statement_check(&changed, &maker_place, &ports, &by));
    assert_null(by.statement);
}

static void a_proof_that_shows_nothing_signs_nothing(void **state)
{
    (void)state;
    assert_status(OK, world_enrol(&world, 2));
    union statement_body body = {0};
    struct maker maker = world_maker(&world, STATEMENT_LANE_SET, &body, "\2");
    const struct statement *made = maker_statement(&maker);
    struct statement_sig sig = made->parts.sigs.list[0];
    struct statement changed = *made;
    changed.parts.sigs.list = &sig;
    sig.proof = BYTES_LITERAL("\2");
    assert_status(AUTH_FAILED, world_judge(&world, &changed));
    sig.proof = BYTES_LITERAL("\1");
    sig.scheme = AUTH_TOTP;
    assert_status(STATEMENT_SIGNER, world_judge(&world, &changed));
}

static int open_memory(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&world.arena, (size_t)4 << 30)) ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(enrolment_takes_a_ticket_once, set_up),
        cmocka_unit_test_setup(a_ticket_is_for_one_key_and_time, set_up),
        cmocka_unit_test_setup(names_of_keys_need_no_ticket, set_up),
        cmocka_unit_test_setup(entries_follow_the_last_one, set_up),
        cmocka_unit_test_setup(earlier_ones_are_revoked_with_a_second_factor, set_up),
        cmocka_unit_test_setup(service_keys_of_a_user_change_no_keys, set_up),
        cmocka_unit_test_setup(a_code_signs_nothing, set_up),
        cmocka_unit_test_setup(a_proof_that_shows_nothing_signs_nothing, set_up),
    };
    return cmocka_run_group_tests(tests, open_memory, NULL);
}
