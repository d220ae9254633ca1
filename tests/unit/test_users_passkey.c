/* Statements that passkeys sign: of the tenant's pages, and as they were enrolled. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>

#include "codec/base64.h"
#include "fixtures/users_signed.h"

enum { UP_UV = 0x05, BE = 0x08 };

#define TRUST                                                                                     \
    "{\"profile\":\"dev\",\"tenants\":[{\"name\":\"default\",\"seed\":\"native\",\"derivation\":" \
    "\"v2\",\"chains\":[\"SN_MAIN\"],\"assurance\":\"proven\",\"rp_id\":\"example.org\","         \
    "\"origins\":[\"https://example.org\"]}]}"

static struct users_world world;
static struct signed_statement statement;
static EVP_PKEY *key;
static uint8_t point[33];
static uint8_t proof[2048];
static const char *origin;
static const char cred[] = "credential";

static int start(void **state)
{
    (void)state;
    uint8_t sec1[65];
    size_t len = 0;
    users_world_open(&world, TRUST, 4096);
    signed_operators(&world);
    key = EVP_EC_gen("P-256");
    assert_non_null(key);
    assert_int_equal(1, EVP_PKEY_get_octet_string_param(key, "pub", sec1, sizeof sec1, &len));
    assert_int_equal(65, len);
    point[0] = (uint8_t)(2 + (sec1[64] & 1));
    memcpy(point + 1, sec1 + 1, 32);
    origin = "https://example.org";
    return 0;
}

static int stop(void **state)
{
    (void)state;
    EVP_PKEY_free(key);
    users_world_close(&world);
    return 0;
}

static void put_member(struct buf *out, const char *name, struct bytes bytes)
{
    buf_put_text(out, name);
    buf_put_text(out, ":\"");
    base64_put_url(out, bytes);
    buf_put_text(out, "\"");
}

/* What a browser would answer about a text. */
static struct bytes assert_text(struct bytes text, uint8_t flags, uint8_t counter)
{
    uint8_t memory[512];
    uint8_t auth[37] = {[32] = flags, [36] = counter};
    uint8_t hash[AUTH_TEXT_HASH];
    uint8_t signed_bytes[sizeof auth + AUTH_TEXT_HASH];
    uint8_t sig[80];
    size_t sig_len = sizeof sig;
    struct buf client = buf_over(memory, sizeof memory);
    struct buf out = buf_over(proof, sizeof proof);
    sha256_hash(BYTES_LITERAL("example.org"), auth);
    sha256_hash(text, hash);
    buf_put_text(&client, "{\"type\":\"webauthn.get\",\"challenge\":\"");
    base64_put_url(&client, BYTES_ARRAY(hash));
    buf_put_text(&client, "\",\"origin\":\"");
    buf_put_text(&client, origin);
    buf_put_text(&client, "\"}");
    sha256_hash(buf_bytes(&client), hash);
    memcpy(signed_bytes, auth, sizeof auth);
    memcpy(signed_bytes + sizeof auth, hash, sizeof hash);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(1, EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key));
    assert_int_equal(1, EVP_DigestSign(context, sig, &sig_len, signed_bytes, sizeof signed_bytes));
    EVP_MD_CTX_free(context);
    put_member(&out, "{\"cred\"", bytes_of(cred));
    put_member(&out, ",\"client\"", buf_bytes(&client));
    put_member(&out, ",\"auth\"", BYTES_ARRAY(auth));
    put_member(&out, ",\"sig\"", (struct bytes){sig, sig_len});
    buf_put_text(&out, "}");
    assert_status(OK, buf_check(&out));
    return buf_bytes(&out);
}

static void sign(uint8_t flags, uint8_t counter)
{
    statement.sigs.list[0] = (struct statement_sig){
        AUTH_PASSKEY, BYTES_ARRAY(point), assert_text(statement.parts.text, flags, counter)};
    statement.parts.sigs = (struct statement_sigs){statement.sigs.list, 1};
}

static struct status enrol(uint8_t flags, uint8_t counter)
{
    static struct signed_ticket ticket;
    uint8_t text[AUTH_TEXT_MAX];
    uint8_t id[AUTH_TEXT_ID];
    static const uint8_t salt[AUTH_TEXT_SALT];
    struct buf out = buf_over(text, sizeof text);
    auth_text_authenticator(world.tenant, AUTH_PASSKEY, BYTES_ARRAY(point), id);
    const struct auth_ticket leave = {{users_domain(world.users), world.tenant},
                                      BYTES_LITERAL("alice"),
                                      id,
                                      world.wall_ms,
                                      world.wall_ms + 1000,
                                      salt};
    assert_status(OK, auth_text_put_ticket(&leave, &out));
    ticket = (struct signed_ticket){0};
    signed_add(&ticket.sigs, SIGNED_OPERATORS, buf_bytes(&out));
    signed_add(&ticket.sigs, SIGNED_OPERATORS + 1, buf_bytes(&out));
    const union statement_body body = {
        .key = {.scheme = AUTH_PASSKEY,
                .key = BYTES_ARRAY(point),
                .cred = bytes_of(cred),
                .ticket = {buf_bytes(&out), {ticket.sigs.list, ticket.sigs.count}}}};
    const struct signed_maker maker = {
        .op = STATEMENT_USER_ADD, .scope = "u:alice", .body = &body, .signers = ""};
    signed_make(&world, &maker, &statement);
    sign(flags, counter);
    return signed_commit(&world, &statement, NULL);
}

static struct status grant(uint8_t flags, uint8_t counter)
{
    const union statement_body body = {
        .grant = {.service = {1}, .not_after_ms = world.wall_ms + 1000}};
    const struct signed_maker maker = {
        .op = STATEMENT_USER_GRANT, .scope = "u:alice", .body = &body, .signers = ""};
    signed_make(&world, &maker, &statement);
    sign(flags, counter);
    return signed_commit(&world, &statement, NULL);
}

static void a_passkey_states_from_the_tenants_pages_alone(void **state)
{
    (void)state;
    origin = "https://example.com";
    assert_status(ORIGIN_UNLISTED, enrol(UP_UV, 5));
    origin = "https://example.org";
    assert_status(WEBAUTHN_FLAGS, enrol(1, 5)); /* nobody was verified */
    assert_status(OK, enrol(UP_UV, 5));
    origin = "https://example.com";
    assert_status(ORIGIN_UNLISTED, grant(UP_UV, 6));
}

static void a_passkey_stays_as_it_was_enrolled(void **state)
{
    (void)state;
    assert_status(OK, enrol(UP_UV, 5));
    assert_status(WEBAUTHN_FLAGS, grant(UP_UV | BE, 6));
    assert_status(WEBAUTHN_COUNTER, grant(UP_UV, 5)); /* there may be two of it */
    assert_status(OK, grant(UP_UV, 6));
}

static void a_passkey_of_nobody_states_nothing(void **state)
{
    (void)state;
    assert_status(AUTH_FAILED, grant(UP_UV, 1));
    assert_status(OK, enrol(UP_UV | BE, 0));
    assert_status(OK, grant(UP_UV | BE, 0)); /* what is copied counts nothing */
    const union statement_body body = {0};
    const struct signed_maker maker = {
        .op = STATEMENT_POLICY_FREEZE, .scope = "t", .body = &body, .signers = ""};
    signed_make(&world, &maker, &statement);
    sign(UP_UV | BE, 0);
    assert_status(AUTH_FAILED, signed_commit(&world, &statement, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)
        CASE(a_passkey_states_from_the_tenants_pages_alone),
        CASE(a_passkey_stays_as_it_was_enrolled),
        CASE(a_passkey_of_nobody_states_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
