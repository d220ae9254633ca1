/* Signing for accounts that are not derived from a key, and that their users have added. */
#include "fixtures/service_fixture.h"
#include "fixtures/statement_maker.h"
#include "fixtures/unit.h"

#define BOUNDS                                                                     \
    "\"resource_bounds\":{\"l1_gas\":{\"max_amount\":0,\"max_price_per_unit\":0}," \
    "\"l2_gas\":{\"max_amount\":9,\"max_price_per_unit\":9},\"l1_data_gas\":"      \
    "{\"max_amount\":9,\"max_price_per_unit\":9}}"
#define INVOKE(chain, more)                                                                  \
    "\"transaction\":{\"type\":\"INVOKE\",\"chain_id\":\"" chain "\",\"nonce\":1,\"calls\":" \
    "[{\"to\":1,\"entrypoint\":\"f\",\"calldata\":[2]}]," more BOUNDS "}"
#define TYPED                                                                                 \
    "\"typed_data\":{\"types\":{\"StarknetDomain\":[{\"name\":\"name\",\"type\":"             \
    "\"shortstring\"},{\"name\":\"version\",\"type\":\"shortstring\"},{\"name\":\"chainId\"," \
    "\"type\":\"shortstring\"},{\"name\":\"revision\",\"type\":\"shortstring\"}],\"M\":"      \
    "[{\"name\":\"a\",\"type\":\"felt\"}]},\"primaryType\":\"M\",\"domain\":{\"name\":\"d\"," \
    "\"version\":\"1\",\"chainId\":\"SN_MAIN\",\"revision\":\"1\"},\"message\":{\"a\":\"1\"}}"
#define FOREIGN "0x1234567"

static struct service_fixture *fixture;
static struct arena arena;
static uint8_t head[AUTH_TEXT_HASH];
static uint64_t number;

static void let_users_add(bool lets)
{
    struct tenant *tenant = (struct tenant *)(uintptr_t)fixture->service->tenant;
    tenant->rules.sender_override = lets;
    tenant->rules.typed_data = true;
}

/* As if it were committed. */
static void say(enum statement_op op, const union statement_body *body)
{
    static const char scope[] = "u:alice";
    const struct strict_port *port = strict_alone_port(fixture->service->strict_alone);
    static uint8_t domain[AUTH_TEXT_HASH];
    uint8_t memory[STRICT_KEY_MAX];
    struct buf key = buf_over(memory, sizeof memory);
    struct strict_record record = {.kind = STRICT_STATEMENT};
    size_t wait;
    memcpy(domain, users_domain(fixture->service->users), sizeof domain);
    const struct maker maker = {.arena = &arena,
                                .place = {domain, fixture->service->tenant->id},
                                .op = op,
                                .scope = scope,
                                .seq = number + 1,
                                .prev = number == 0 ? NULL : head,
                                .t_ms = 1700000000000,
                                .body = body,
                                .signers = (const uint8_t *)"\2",
                                .signer_count = 1,
                                .salt = (uint8_t)(number + 1)};
    const struct statement *made = maker_statement(&maker);
    memcpy(head, made->proof_of, sizeof head);
    number++;
    buf_put_text(&key, scope);
    buf_put_u8(&key, '/');
    buf_put(&key, BYTES_ARRAY(head));
    memcpy(record.tenant, fixture->service->tenant->id, sizeof record.tenant);
    record.slot = port->slot(port->context, record.tenant, bytes_of(scope));
    record.key = buf_bytes(&key);
    record.version.value = made->record;
    assert_status(OK, port->put(port->context, &record, 0, &wait));
    port->give_up(port->context, wait);
}

/* In: chain, a short string. */
static void add_foreign(const char *chain, const char *class, uint64_t index)
{
    static const uint8_t address[] = {0x01, 0x23, 0x45, 0x67};
    union statement_body body = {0};
    size_t len = strlen(chain);
    memcpy(body.foreign.chain + STATEMENT_FELT - len, chain, len);
    memcpy(body.foreign.address + STATEMENT_FELT - 4, address, 4);
    body.foreign.class = bytes_of(class);
    body.foreign.index = index;
    say(STATEMENT_FOREIGN_ADD, &body);
}

static int setup(void **state)
{
    (void)state;
    const struct maker_key key = maker_key(2);
    const union statement_body body = maker_add(&key);
    number = 0;
    assert_status(OK, arena_init(&arena, (size_t)64 << 20));
    fixture = service_fixture_open();
    service_fixture_clear(fixture);
    let_users_add(true);
    say(STATEMENT_USER_ADD, &body);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    service_fixture_close(fixture);
    arena_deinit(&arena);
    return 0;
}

static bool body_has(const char *text)
{
    return memmem(fixture->answer.body.ptr, fixture->answer.body.len, text, strlen(text)) != NULL;
}

#define assert_answer(name, http)                                                           \
    do {                                                                                    \
        assert_string_equal(status_name(STATUS_##name), status_name(fixture->answer.code)); \
        assert_int_equal(http, fixture->answer.http_status);                                \
    } while (0)

static void sign(const char *user, const char *what)
{
    char body[4096];
    (void)snprintf(body, sizeof body, "{\"username\":\"%s\",%s}", user, what);
    service_fixture_post(fixture, "/v1/starknet/sign", body);
}

static void who_has_added_nothing_is_refused(void **state)
{
    (void)state;
    sign("alice", INVOKE("SN_MAIN", "") ",\"account_address\":\"" FOREIGN "\"");
    assert_answer(ACCOUNT_MISMATCH, 403);
    sign("alice", TYPED ",\"account_address\":\"" FOREIGN "\"");
    assert_answer(ACCOUNT_MISMATCH, 403);
    add_foreign("SN_MAIN", "openzeppelin-1.0.0", 3);
    sign("bob", INVOKE("SN_MAIN", "") ",\"account_address\":\"" FOREIGN "\"");
    assert_answer(ACCOUNT_MISMATCH, 403);
    sign("alice", INVOKE("SN_SEPOLIA", "") ",\"account_address\":\"" FOREIGN "\"");
    assert_answer(ACCOUNT_MISMATCH, 403); /* of another chain */
    sign("alice", INVOKE("SN_MAIN", "") ",\"account_address\":\"0x1234568\"");
    assert_answer(ACCOUNT_MISMATCH, 403);
    sign("alice",
         INVOKE("SN_MAIN", "\"sender_address\":\"0x77\",") ",\"account_address\":\"" FOREIGN "\"");
    assert_answer(ACCOUNT_MISMATCH, 403);
    sign("alice", INVOKE("SN_MAIN", "") ",\"key_index\":4,\"account_address\":\"" FOREIGN "\"");
    assert_answer(ACCOUNT_MISMATCH, 403);
    sign("alice", INVOKE("SN_MAIN", "") ",\"account_class\":\"braavos-1.2.0\","
                                        "\"account_address\":\"" FOREIGN "\"");
    assert_int_not_equal(200, fixture->answer.http_status);
    let_users_add(false); /* the tenant thinks better of it */
    sign("alice", INVOKE("SN_MAIN", "") ",\"account_address\":\"" FOREIGN "\"");
    assert_answer(ACCOUNT_MISMATCH, 403);
    sign("alice", INVOKE("SN_MAIN", "\"sender_address\":\"" FOREIGN "\","));
    assert_answer(SENDER_MISMATCH, 403);
}

/* The public key that an account of a key index has. */
static void read_key(int index, char ret[static 128])
{
    char body[256];
    (void)snprintf(body, sizeof body, "{\"username\":\"alice\",\"key_index\":%d}", index);
    service_fixture_post(fixture, "/v1/starknet/accounts", body);
    assert_answer(OK, 200);
    const char *at = memmem(fixture->answer.body.ptr, fixture->answer.body.len, "\"public_key\":\"",
                            strlen("\"public_key\":\""));
    assert_non_null(at);
    (void)snprintf(ret, 128, "%.*s", (int)(strchr(at + 15, '"') - at), at);
}

static void what_the_user_has_added_is_signed_with_its_key(void **state)
{
    (void)state;
    char key[128];
    read_key(3, key);
    add_foreign("SN_MAIN", "openzeppelin-1.0.0", 3);
    static const char *const asked[] = {
        INVOKE("SN_MAIN", "") ",\"account_address\":\"" FOREIGN "\"",
        INVOKE("SN_MAIN", "\"sender_address\":\"" FOREIGN "\","),
        INVOKE("SN_MAIN", "\"sender_address\":\"" FOREIGN "\",") ",\"key_index\":3",
        TYPED ",\"account_address\":\"" FOREIGN "\"",
    };
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        sign("alice", asked[i]);
        assert_answer(OK, 200);
        assert_true(body_has("\"account_address\":\"" FOREIGN "\""));
        assert_true(body_has("\"key_index\":3") && body_has(key));
        assert_false(body_has("FOREIGN_SENDER"));
    }
    sign("bob", INVOKE("SN_MAIN", "\"sender_address\":\"" FOREIGN "\","));
    assert_answer(OK, 200); /* the tenant signs for any sender, and says so */
    assert_true(body_has("FOREIGN_SENDER"));
}

static void accounts_know_whose_it_is(void **state)
{
    (void)state;
    static const char path[] = "/v1/starknet/accounts";
    service_fixture_post(fixture, path, "{\"username\":\"alice\",\"address\":\"" FOREIGN "\"}");
    assert_true(body_has("\"owned\":false"));
    add_foreign("SN_MAIN", "openzeppelin-1.0.0", 40);
    service_fixture_post(fixture, path, "{\"username\":\"bob\",\"address\":\"" FOREIGN "\"}");
    assert_true(body_has("\"owned\":false"));
    service_fixture_post(fixture, path,
                         "{\"username\":\"alice\",\"public_key\":5,\"address\":\"" FOREIGN "\"}");
    assert_true(body_has("\"owned\":false"));
    service_fixture_post(fixture, path,
                         "{\"username\":\"alice\",\"key_index\":1,\"address\":\"" FOREIGN "\"}");
    assert_true(body_has("\"owned\":false"));
    service_fixture_post(fixture, path, "{\"username\":\"alice\",\"address\":\"" FOREIGN "\"}");
    assert_true(body_has("\"owned\":true,\"index\":40"));
}

static void an_unknown_class_signs_nothing(void **state)
{
    (void)state;
    add_foreign("SN_MAIN", "nobody-knows", 3);
    sign("alice", INVOKE("SN_MAIN", "") ",\"account_address\":\"" FOREIGN "\"");
    assert_answer(UNKNOWN_ACCOUNT_CLASS, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_has_added_nothing_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_user_has_added_is_signed_with_its_key, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(accounts_know_whose_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unknown_class_signs_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
