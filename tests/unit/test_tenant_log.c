/* Service keys, approvers, policies and the return after a restore: who may say what, and what it
 * means. */
#include <stdio.h>

#include "fixtures/statement_world.h"
#include "statements/tenant_judge.h"

static struct world world;
static struct policy_log policy;
static struct user_log user;
static size_t key_count;
static const uint8_t incarnation[AUTH_TEXT_ID] = {5};

static int set_up(void **state)
{
    (void)state;
    const struct arena arena = world.arena;
    world = (struct world){.arena = arena, .scope = "u:alice"};
    world.now = (struct statement_now){.lo_ms = 1000000, .hi_ms = 1000100};
    policy = (struct policy_log){.version = 3, .greatest = 5};
    user = (struct user_log){0};
    key_count = 0;
    arena_reset(&world.arena);
    return 0;
}

static void put_scope(char kind, const uint8_t *id, char ret[static 40])
{
    ret[0] = kind;
    ret[1] = ':';
    for (size_t i = 0; i < AUTH_TEXT_ID; i++) {
        snprintf(ret + 2 + 2 * i, 3, "%02x", id[i]);
    }
}

static void scope_of(bool is_service, unsigned number, char ret[static 40])
{
    uint8_t id[AUTH_TEXT_ID];
    const struct maker_key key = maker_key(number);
    const struct bytes bytes = {key.key, key.len};
    if (is_service) {
        auth_text_service(maker_tenant, key.scheme, bytes, id);
    } else {
        auth_text_authenticator(maker_tenant, key.scheme, bytes, id);
    }
    put_scope(is_service ? 's' : 'a', id, ret);
}

static struct status say(enum statement_op op, const char *scope, const union statement_body *body,
                         const char *signers)
{
    static struct statement_signed by;
    struct tenant_key key;
    const struct statement_ports ports = {&world, world_verify, world_roles};
    const struct statement_set set = {world.all, world.count};
    const struct maker maker = {.arena = &world.arena,
                                .op = op,
                                .scope = scope,
                                .body = body,
                                .t_ms = world.now.hi_ms,
                                .signers = (const uint8_t *)signers,
                                .signer_count = strlen(signers),
                                .salt = ++world.salt};
    const struct tenant_judge judge = {&world.now, &key, key_count, &policy, &user, incarnation};
    const struct statement *made = maker_statement(&maker);
    tenant_log_key(&set, &maker_place, bytes_of(scope), &key);
    TRY(statement_check(made, &maker_place, &ports, &by));
    TRY(tenant_judge(&judge, &by));
    world.all[world.count++] = made;
    return OK;
}

static union statement_body service_body(const struct maker_key *key, uint64_t days)
{
    union statement_body body = {0};
    body.service = (struct statement_service){.alg = key->scheme,
                                              .key = {key->key, key->len},
                                              .users = {NULL, 0, true},
                                              .not_before_ms = 1000000,
                                              .not_after_ms = 1000000 + days * WORLD_DAY_MS};
    return body;
}

static bool counts(const char *scope, uint64_t now_ms)
{
    struct tenant_key key;
    const struct statement_set set = {world.all, world.count};
    tenant_log_key(&set, &maker_place, bytes_of(scope), &key);
    return tenant_log_key_counts(&key, now_ms, now_ms);
}

static void service_keys_are_added_once_by_authority(void **state)
{
    (void)state;
    char scope[40];
    const struct maker_key key = maker_key(2);
    union statement_body body = service_body(&key, TENANT_LOG_SERVICE_DAYS);
    scope_of(true, 2, scope);
    assert_status(STATEMENT_SIGNER, say(STATEMENT_SERVICE_ADD, scope, &body, "\2"));
    assert_status(STATEMENT_SIGNER, say(STATEMENT_SERVICE_ADD, scope, &body, "\x65\x66"));
    body.service.not_after_ms++;
    assert_status(LIMIT_EXCEEDED, say(STATEMENT_SERVICE_ADD, scope, &body, "\x64"));
    body.service.not_after_ms--;
    key_count = TENANT_LOG_SERVICES;
    assert_status(LIMIT_EXCEEDED, say(STATEMENT_SERVICE_ADD, scope, &body, "\x64"));
    key_count--;
    assert_status(OK, say(STATEMENT_SERVICE_ADD, scope, &body, "\x64"));
    assert_false(counts(scope, 999999));
    assert_true(counts(scope, 1000000) && counts(scope, body.service.not_after_ms - 1));
    assert_false(counts(scope, body.service.not_after_ms));
    assert_status(STATEMENT_SEQ, say(STATEMENT_SERVICE_ADD, scope, &body, "\x64"));
    assert_status(STATEMENT_SIGNER, say(STATEMENT_SERVICE_REVOKE, scope, &body, "\4"));
    assert_status(OK, say(STATEMENT_SERVICE_REVOKE, scope, &body, "\2"));
    assert_false(counts(scope, 1000000));
    world.all[0] = world.all[1]; /* the revocation alone */
    world.count = 1;
    assert_status(STATEMENT_SEQ, say(STATEMENT_SERVICE_ADD, scope, &body, "\x64"));
    assert_status(OK, say(STATEMENT_SERVICE_REVOKE, scope, &body, "\x64"));
}

static void what_adds_a_key_twice_contradicts_itself(void **state)
{
    (void)state;
    char scope[40];
    const struct maker_key key = maker_key(2);
    union statement_body body = service_body(&key, 9);
    scope_of(true, 2, scope);
    for (size_t i = 0; i < 3; i++) {
        body.service.scopes = i / 2;
        const struct maker maker = {.arena = &world.arena,
                                    .op = STATEMENT_SERVICE_ADD,
                                    .scope = scope,
                                    .body = &body,
                                    .signers = (const uint8_t *)"\x64",
                                    .signer_count = 1,
                                    .salt = (uint8_t)i};
        world_put(&world, &maker);
        assert_true(counts(scope, 1000000) == (i < 2));
    }
}

static void approvers_are_revoked_by_authority(void **state)
{
    (void)state;
    char scope[40];
    const struct maker_key key = maker_key(2);
    union statement_body body = {0};
    body.approver = (struct statement_approver){key.scheme, {key.key, key.len}, {NULL, 0, false}};
    scope_of(false, 2, scope);
    assert_status(STATEMENT_SIGNER, say(STATEMENT_APPROVER_ADD, scope, &body, "\2"));
    key_count = TENANT_LOG_APPROVERS;
    assert_status(LIMIT_EXCEEDED, say(STATEMENT_APPROVER_ADD, scope, &body, "\x64"));
    key_count--;
    assert_status(OK, say(STATEMENT_APPROVER_ADD, scope, &body, "\x64"));
    assert_true(counts(scope, 0));
    assert_status(STATEMENT_SEQ, say(STATEMENT_APPROVER_ADD, scope, &body, "\x64"));
    assert_status(STATEMENT_SIGNER, say(STATEMENT_APPROVER_REVOKE, scope, &body, "\2"));
    char strange[40];
    const struct maker_key service = maker_key(200); /* a service key whose id is an approver's */
    put_scope('a', service.key, strange);
    assert_status(STATEMENT_SIGNER, say(STATEMENT_APPROVER_REVOKE, strange, &body, "\xc8"));
    assert_status(OK, say(STATEMENT_APPROVER_REVOKE, scope, &body, "\x64"));
    assert_false(counts(scope, 0));
    assert_status(STATEMENT_SEQ, say(STATEMENT_APPROVER_ADD, scope, &body, "\x64"));
}

/* Signed by key 2, which is the user's. */
static void give_user(struct user_log_key *key, enum auth_scheme scheme)
{
    maker_id(scheme == AUTH_SERVICE ? 200 : 2, key->id);
    user = (struct user_log){.keys = key, .key_count = 1};
}

static void policies_are_set_by_authority_and_the_own_one_by_its_user(void **state)
{
    (void)state;
    struct user_log_key key = {0};
    union statement_body body = {0};
    body.version = (struct statement_version){6, BYTES_LITERAL("{}")};
    give_user(&key, AUTH_P256);
    assert_status(STATEMENT_SIGNER, say(STATEMENT_POLICY_SET, "t", &body, "\2"));
    assert_status(STATEMENT_SIGNER, say(STATEMENT_POLICY_SET, "u:alice", &body, "\2"));
    assert_status(STATEMENT_SIGNER, say(STATEMENT_POLICY_SET, "t", &body, "\x65\x66"));
    assert_status(OK, say(STATEMENT_POLICY_SET, "t", &body, "\x64"));
    assert_status(OK, say(STATEMENT_POLICY_SET, "u:alice", &body, "\x64"));
    assert_status(OK, say(STATEMENT_POLICY_SET, "o:alice", &body, "\2"));
    assert_status(STATEMENT_SIGNER, say(STATEMENT_POLICY_SET, "o:alice", &body, "\x64"));
    give_user(&key, AUTH_SERVICE);
    assert_status(STATEMENT_SIGNER, say(STATEMENT_POLICY_SET, "o:alice", &body, "\xc8"));
    body.version.version = 5;
    assert_status(STATEMENT_SEQ, say(STATEMENT_POLICY_SET, "t", &body, "\x64"));
    assert_status(STATEMENT_SEQ, say(STATEMENT_TENANT_SET, "t", &body, "\x64"));
    world.now.is_resuming = true;
    assert_status(OK, say(STATEMENT_POLICY_SET, "t", &body, "\x64"));
    body.version.version = 4;
    assert_status(STATEMENT_SEQ, say(STATEMENT_POLICY_SET, "t", &body, "\x64"));
    body.version.version = 6;
    assert_status(STATEMENT_SIGNER, say(STATEMENT_TENANT_SET, "t", &body, "\x65"));
    assert_status(OK, say(STATEMENT_TENANT_SET, "t", &body, "\x64"));
    policy.entries = POLICY_LOG_VERSIONS;
    assert_status(LIMIT_EXCEEDED, say(STATEMENT_POLICY_SET, "t", &body, "\x64"));
}

static void anyone_of_those_who_watch_freezes(void **state)
{
    (void)state;
    struct user_log_key key = {0};
    union statement_body body = {0};
    give_user(&key, AUTH_P256);
    body.freeze.version = 3;
    assert_status(OK, say(STATEMENT_POLICY_FREEZE, "t", &body, "\x64"));
    assert_status(OK, say(STATEMENT_POLICY_FREEZE, "u:alice", &body, "\x65"));
    assert_status(OK, say(STATEMENT_POLICY_FREEZE, "o:alice", &body, "\x66"));
    assert_status(OK, say(STATEMENT_POLICY_FREEZE, "o:alice", &body, "\2"));
    assert_status(STATEMENT_SIGNER, say(STATEMENT_POLICY_FREEZE, "t", &body, "\2"));
    assert_status(STATEMENT_SIGNER, say(STATEMENT_POLICY_FREEZE, "u:alice", &body, "\2"));
    assert_status(STATEMENT_SIGNER, say(STATEMENT_POLICY_FREEZE, "o:alice", &body, "\4"));
    body.freeze.version = 5;
    assert_status(OK, say(STATEMENT_POLICY_FREEZE, "t", &body, "\x66"));
    body.freeze.version = 6;
    assert_status(STATEMENT_SEQ, say(STATEMENT_POLICY_FREEZE, "t", &body, "\x66"));
    body.freeze.version = 2;
    assert_status(STATEMENT_SEQ, say(STATEMENT_POLICY_FREEZE, "t", &body, "\x66"));
}

static void a_tenant_goes_on_once_its_policies_are_there(void **state)
{
    (void)state;
    struct tenant_resume resume;
    struct statement_set set = {world.all, 0};
    union statement_body body = {0};
    body.version = (struct statement_version){6, BYTES_LITERAL("{}")};
    assert_status(OK, say(STATEMENT_POLICY_SET, "u:alice", &body, "\x64"));
    const struct statement *named = world_last(&world);
    world.count = 0;
    body = (union statement_body){0};
    body.resume.policies = (struct statement_list){named->proof_of, 1};
    body.resume.is_spent_known = true;
    assert_status(STATEMENT_SEQ, say(STATEMENT_IDENTITY_RESUME, "t", &body, "\x64"));
    memcpy(body.resume.incarnation, incarnation, sizeof incarnation);
    assert_status(STATEMENT_SIGNER, say(STATEMENT_IDENTITY_RESUME, "t", &body, "\x65\x66"));
    assert_status(OK, say(STATEMENT_IDENTITY_RESUME, "t", &body, "\x64"));
    set.count = world.count;
    tenant_log_resume(&set, &maker_place, incarnation, &resume);
    assert_true(!resume.is_resumed && resume.lacking == 1);
    world.all[world.count++] = named;
    set.count = world.count;
    tenant_log_resume(&set, &maker_place, incarnation, &resume);
    assert_true(resume.is_resumed && resume.lacking == 0 && resume.is_spent_known);
    body.resume.is_spent_known = false;
    assert_status(OK, say(STATEMENT_IDENTITY_RESUME, "t", &body, "\x64"));
    set.count = world.count;
    tenant_log_resume(&set, &maker_place, incarnation, &resume);
    assert_true(resume.is_resumed && !resume.is_spent_known);
    static const uint8_t next[AUTH_TEXT_ID] = {6};
    tenant_log_resume(&set, &maker_place, next, &resume);
    assert_false(resume.is_resumed || resume.is_spent_known);
    static const uint8_t other[AUTH_TEXT_HASH] = {9};
    const struct auth_place elsewhere = {maker_domain, other};
    tenant_log_resume(&set, &elsewhere, incarnation, &resume);
    assert_false(resume.is_resumed);
}

static void what_names_a_later_time_waits(void **state)
{
    (void)state;
    static struct statement_signed by;
    struct tenant_key key = {0};
    union statement_body body = {0};
    body.freeze.version = 3;
    struct maker maker = {.arena = &world.arena,
                          .op = STATEMENT_POLICY_FREEZE,
                          .scope = "t",
                          .body = &body,
                          .not_before_ms = world.now.lo_ms + 1,
                          .signers = (const uint8_t *)"\x64",
                          .signer_count = 1};
    const struct statement_ports ports = {&world, world_verify, world_roles};
    const struct tenant_judge judge = {&world.now, &key, 0, &policy, &user, incarnation};
    assert_status(OK, statement_check(maker_statement(&maker), &maker_place, &ports, &by));
    assert_status(STATEMENT_DELAYED, tenant_judge(&judge, &by));
    maker.not_before_ms--;
    assert_status(OK, statement_check(maker_statement(&maker), &maker_place, &ports, &by));
    assert_status(OK, tenant_judge(&judge, &by));
}

static int open_memory(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&world.arena, 256 << 20)) ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(service_keys_are_added_once_by_authority, set_up),
        cmocka_unit_test_setup(what_adds_a_key_twice_contradicts_itself, set_up),
        cmocka_unit_test_setup(approvers_are_revoked_by_authority, set_up),
        cmocka_unit_test_setup(policies_are_set_by_authority_and_the_own_one_by_its_user, set_up),
        cmocka_unit_test_setup(anyone_of_those_who_watch_freezes, set_up),
        cmocka_unit_test_setup(a_tenant_goes_on_once_its_policies_are_there, set_up),
        cmocka_unit_test_setup(what_names_a_later_time_waits, set_up),
    };
    return cmocka_run_group_tests(tests, open_memory, NULL);
}
