/* Assertions of tests/vectors/passkeys.json: those of Web Authentication Level 3, section 16, and
 * others that tests/e2e/passkeys/run made, which two other verifiers were asked about. */
#include "authenticators/passkey.h"
#include "fixtures/scarce.h"
#include "fixtures/vector_file.h"

enum { ORIGINS = 2, ARENA = 256 << 10 };

static struct arena arena;
static struct bytes origins[ORIGINS];
static struct authenticator_rules rules;

/* One case, and what it says. */
struct one {
    struct bytes name;
    struct bytes expected;
    uint8_t proof_of[AUTH_TEXT_HASH];
    uint8_t key[33];
    struct authenticator_claim claim;
    struct authenticator_passkey known;
};

static struct json_in load(struct json_in *file)
{
    *file = vector_file_root("passkeys.json");
    struct json_in listed = vector_file_member(file, "origins");
    assert_int_equal(ORIGINS, vector_file_count(&listed));
    for (size_t i = 0; i < ORIGINS; i++) {
        struct json_in item = json_in_item(&listed, i);
        assert_status(OK, json_in_string(&item, &origins[i]));
    }
    rules = (struct authenticator_rules){vector_file_text(file, "rp_id"), origins, ORIGINS};
    return vector_file_member(file, "cases");
}

static bool flag_of(const struct json_in *at, const char *name)
{
    struct json_in member = vector_file_member(at, name);
    bool ret;
    assert_status(OK, json_in_bool(&member, &ret));
    return ret;
}

static void read_case(const struct json_in *at, struct one *ret)
{
    struct bytes key = vector_file_hex(at, "key");
    assert_int_equal(sizeof ret->key, key.len);
    memcpy(ret->key, key.ptr, sizeof ret->key);
    struct bytes proof_of = vector_file_hex(at, "challenge");
    assert_int_equal(sizeof ret->proof_of, proof_of.len);
    memcpy(ret->proof_of, proof_of.ptr, sizeof ret->proof_of);
    ret->name = vector_file_text(at, "name");
    ret->expected = vector_file_text(at, "expected");
    ret->claim = (struct authenticator_claim){AUTH_PASSKEY, BYTES_ARRAY(ret->key),
                                              vector_file_text(at, "proof"), NULL};
    ret->known =
        (struct authenticator_passkey){vector_file_hex(at, "cred"), flag_of(at, "new"),
                                       flag_of(at, "be"), (uint32_t)vector_file_u64(at, "counter")};
}

/* The case of a name; it stays. */
static struct one *named(const char *name)
{
    static struct one one;
    struct json_in file;
    struct json_in cases = load(&file);
    for (size_t i = 0; i < vector_file_count(&cases); i++) {
        struct json_in at = json_in_item(&cases, i);
        if (bytes_equal(bytes_of(name), vector_file_text(&at, "name"))) {
            read_case(&at, &one);
            return &one;
        }
    }
    fail_msg("there is no case %s", name);
    return NULL;
}

static struct status verify(const struct one *one, struct authenticator_passkey *passkey)
{
    const struct authenticator_said said = {.proof_of = one->proof_of};
    struct authenticator_claim claim = one->claim;
    claim.passkey = passkey;
    *passkey = one->known;
    arena_reset(&arena);
    return authenticator_check(&arena, &said, &rules, &claim);
}

static struct status verify_proof(const struct one *one, struct bytes proof)
{
    struct one other = *one;
    struct authenticator_passkey passkey;
    other.claim.proof = proof;
    return verify(&other, &passkey);
}

static void check_case(const struct json_in *at)
{
    struct one one;
    struct authenticator_passkey passkey;
    read_case(at, &one);
    const char *code = status_name(verify(&one, &passkey).code);
    if (!bytes_equal(one.expected, bytes_of(code))) {
        fail_msg("%.*s: %s", (int)one.name.len, (const char *)one.name.ptr, code);
    }
    struct json_in said = vector_file_member(at, "said");
    bool is_good = bytes_equal(one.expected, BYTES_LITERAL("OK"));
    assert_int_equal(!is_good && one.known.is_new, passkey.is_new);
    assert_int_equal(is_good ? flag_of(&said, "be") : one.known.is_backup_eligible,
                     passkey.is_backup_eligible);
    assert_int_equal(is_good ? vector_file_u64(&said, "counter") : one.known.counter,
                     passkey.counter);
    assert_bytes(one.known.cred, passkey.cred);
}

static void every_case_is_as_other_verifiers_say(void **state)
{
    (void)state;
    struct json_in file;
    struct json_in cases = load(&file);
    size_t count = vector_file_count(&cases);
    assert_true(count >= 120);
    for (size_t i = 0; i < count; i++) {
        struct json_in at = json_in_item(&cases, i);
        check_case(&at);
    }
}

/* The proof with the first place of a text in it replaced by another; static memory. */
static struct bytes replaced(struct bytes proof, const char *from, const char *to)
{
    static uint8_t memory[8192];
    struct buf out = buf_over(memory, sizeof memory);
    size_t at = 0;
    while (!bytes_starts(bytes_slice(proof, at, proof.len), bytes_of(from))) {
        at++;
        assert_true(at < proof.len);
    }
    buf_put(&out, bytes_slice(proof, 0, at));
    buf_put_text(&out, to);
    buf_put(&out, bytes_slice(proof, at + strlen(from), proof.len));
    assert_status(OK, buf_check(&out));
    return buf_bytes(&out);
}

static void a_proof_has_one_form(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"{\"cred\"", "{\"more\":1,\"cred\""},     /* a member besides */
        {"\"cred\"", "\"Cred\""},                  /* another name */
        {"{\"cred\"", "{\"cred\":\"\",\"cred\""},  /* one twice */
        {"\"client\":", "\"clientDataJSON\":"},    /* the browser's names */
        {"\"auth\":\"", "\"auth\":1,\"x\":\""},    /* a number */
        {",\"sig\":", ",\"sig\":null,\"x\":"},     /* null */
        {"\"cred\":\"AAEC", "\"cred\":\"AAEC="},   /* padding */
        {"\"cred\":\"AAEC", "\"cred\":\"AA/C"},    /* the other alphabet */
        {"\"cred\":\"AAEC", "\"cred\":\"AAEC\\n"}, /* a break */
        {"\"cred\":\"AAEC", "\"cred\":\"AAECBB"},  /* digits that are no byte */
        {"8\",\"client\"", "9\",\"client\""},      /* bits that are left */
        {"}", "} x"},                              /* something behind */
        {"}", ""},                                 /* cut off */
        {"{", "[{"},                               /* a list that does not end */
        {"\"client\":\"ey", "\"client\":\"\",\"x\":\"ey"},
    };
    const struct one *one = named("no counter");
    assert_status(OK, verify_proof(one, one->claim.proof));
    assert_status(OK, verify_proof(one, replaced(one->claim.proof, "{", " {\n")));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(WEBAUTHN_FORMAT,
                      verify_proof(one, replaced(one->claim.proof, bad[i][0], bad[i][1])));
    }
    assert_status(WEBAUTHN_FORMAT, verify_proof(one, BYTES_LITERAL("")));
    assert_status(WEBAUTHN_FORMAT, verify_proof(one, BYTES_LITERAL("[]")));
    assert_status(WEBAUTHN_FORMAT, verify_proof(one, BYTES_LITERAL("{}")));
    assert_status(WEBAUTHN_FORMAT,
                  verify_proof(one, replaced(one->claim.proof, ",\"sig\":\"", ",\"sig\":[],\"")));
}

static void a_proof_has_a_bound(void **state)
{
    (void)state;
    static uint8_t memory[PASSKEY_PROOF + 1];
    const struct one *one = named("2,048 bytes");
    memset(memory, ' ', sizeof memory);
    memcpy(memory, one->claim.proof.ptr, one->claim.proof.len);
    assert_status(OK, verify_proof(one, (struct bytes){memory, PASSKEY_PROOF}));
    assert_status(WEBAUTHN_FORMAT, verify_proof(one, BYTES_ARRAY(memory)));
}

/* Every character of a proof, changed to two others. */
static void nothing_in_a_proof_may_change(void **state)
{
    (void)state;
    uint8_t memory[2048];
    const struct one *one = named("a counter that grows");
    struct bytes proof = one->claim.proof;
    assert_true(proof.len <= sizeof memory);
    memcpy(memory, proof.ptr, proof.len);
    for (size_t i = 0; i < proof.len; i += unit_step()) {
        static const uint8_t others[] = {1, 2, 4, 16, 32};
        for (size_t j = 0; j < sizeof others; j++) {
            memory[i] ^= others[j];
            struct status status = verify_proof(one, (struct bytes){memory, proof.len});
            memory[i] ^= others[j];
            assert_false(status_is_ok(status));
            assert_true(status_class(status.code) == STATUS_CLASS_INPUT ||
                        status_class(status.code) == STATUS_CLASS_DENIED ||
                        status_class(status.code) == STATUS_CLASS_UNAUTHENTICATED);
        }
    }
}

static void it_is_about_this_text_and_of_this_key(void **state)
{
    (void)state;
    struct authenticator_passkey passkey;
    struct one *one = named("no counter");
    for (size_t i = 0; i < 8 * sizeof one->proof_of; i++) {
        one->proof_of[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_status(AUTH_FAILED, verify(one, &passkey));
        one->proof_of[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t i = 0; i < 8 * sizeof one->key; i += unit_step()) {
        one->key[i / 8] ^= (uint8_t)(1 << i % 8);
        uint16_t code = verify(one, &passkey).code; /* half of all keys are no points */
        assert_true(code == STATUS_AUTH_FAILED || code == STATUS_BAD_REQUEST);
        one->key[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    static const size_t lengths[] = {0, 1, 32, 34, 65};
    uint8_t longer[65] = {0};
    memcpy(longer, one->key, sizeof one->key);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        one->claim.key = (struct bytes){longer, lengths[i]};
        assert_status(BAD_REQUEST, verify(one, &passkey));
    }
    one->claim.key = BYTES_ARRAY(one->key);
    assert_status(OK, verify(one, &passkey));
}

static void a_tenant_without_origins_takes_none(void **state)
{
    (void)state;
    struct authenticator_passkey passkey;
    const struct one *one = named("no counter");
    rules.origin_count = 0;
    assert_status(ORIGIN_UNLISTED, verify(one, &passkey));
    rules.origin_count = ORIGINS;
    rules.rp_id = BYTES_LITERAL("login.example.org");
    assert_status(ORIGIN_UNLISTED, verify(one, &passkey));
    rules.rp_id = BYTES_LITERAL("");
    assert_status(ORIGIN_UNLISTED, verify(one, &passkey));
    rules.rp_id = BYTES_LITERAL("example.org");
    assert_status(OK, verify(one, &passkey));
}

/* What the attempts below are about. */
static const struct one *tried;

static struct status attempt(void)
{
    const struct authenticator_said said = {.proof_of = tried->proof_of};
    struct authenticator_passkey passkey = tried->known;
    struct authenticator_claim claim = tried->claim;
    claim.passkey = &passkey;
    size_t mark = arena.used;
    struct status status = authenticator_check(&arena, &said, &rules, &claim);
    arena_rewind(&arena, mark);
    return status;
}

static void what_memory_lacks_is_no_verdict(void **state)
{
    (void)state;
    tried = named("extensions");
    arena_reset(&arena);
    assert_true(scarce_try(attempt) > 0);
    assert_true(scarce_try_arena(&arena, attempt) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_is_as_other_verifiers_say),
        cmocka_unit_test(a_proof_has_one_form),
        cmocka_unit_test(a_proof_has_a_bound),
        cmocka_unit_test(nothing_in_a_proof_may_change),
        cmocka_unit_test(it_is_about_this_text_and_of_this_key),
        cmocka_unit_test(a_tenant_without_origins_takes_none),
        cmocka_unit_test(what_memory_lacks_is_no_verdict),
    };
    if (!status_is_ok(arena_init(&arena, ARENA))) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&arena);
    return failed;
}
