/* Requests of nodes of version 1, and what they are told. */
#include "fixtures/app_asserts.h"
#include "fixtures/peer_v1.h"

#define PULL "{\"type\":\"snapshot_request\"}"

static int start(void **state)
{
    (void)state;
    peer_v1_open();
    fixture = peer_v1;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    peer_v1_close();
    return 0;
}

static void tell(struct app_ask *ask)
{
    service_fixture_clear(fixture->service);
    app_fixture_ask(fixture, ask);
}

static void assert_told(const char *detail)
{
    assert_true(body_has(detail));
    assert_false(fixture->is_signed); /* errors of version 1 are not */
}

static void a_good_message_is_answered(void **state)
{
    (void)state;
    struct app_ask ask = peer_v1_message(PULL);
    for (unsigned i = 0; i < 2; i++) {
        ask.is_checksum = i == 1;
        ask.is_nameless = i == 1;
        ask.member = i == 0 ? ENVELOPE_CIPHERTEXT : ENVELOPE_ENCRYPTED_DATA;
        ask.derivation = i == 0 ? ENVELOPE_STATIC : ENVELOPE_CAPSULE;
        tell(&ask);
        assert_answer(OK, 200);
        assert_true(fixture->is_signed);
        assert_true(bytes_starts(fixture->inner, BYTES_LITERAL("{\"coffer\":2,\"status\":")));
    }
    ask = peer_v1_message("{\"type\":\"delta\",\"data\":{\"7\":[{\"key\":\"k\",\"tombstone\":true,"
                          "\"updated_at_ms\":1700000000000}]}}");
    tell(&ask);
    assert_answer(OK, 200);
    assert_int_equal(1, count_lines("\"outcome\":\"intent\""));
    assert_int_equal(2, count_lines("\"op\":\"kms.sync\""));
}

/* In each one thing is wrong. */
static void no_code(struct app_fixture *one)
{
    (void)one;
}

static void another_code(struct app_fixture *one)
{
    peer_v1_code(one);
    char *digit = one->head + strlen(one->head) - 3;
    *digit = *digit == '0' ? '1' : '0';
}

static void what_is_wrong_is_told_in_the_words_of_the_reference(void **state)
{
    (void)state;
    struct app_ask ask = peer_v1_message(PULL);
    ask.spoil = no_code;
    tell(&ask);
    assert_answer(SYNC_CODE_MISSING, 403);
    assert_told("\"detail\":\"Missing HMAC signature\"");
    ask.spoil = another_code;
    tell(&ask);
    assert_answer(SYNC_CODE, 403);
    assert_told("\"detail\":\"Invalid HMAC signature\"");
    ask = peer_v1_message("{\"type\":\"other\"}");
    tell(&ask);
    assert_answer(SYNC_INVALID, 400);
    ask = peer_v1_message("{\"type\":\"delta\",\"data\":{},\"sender_wallet\":"
                          "\"0x1111111111111111111111111111111111111111\"}");
    tell(&ask);
    assert_answer(FORBIDDEN, 403);
    assert_told("\"detail\":\"sender_wallet does not match PoP signature\"");
    ask = peer_v1_message(PULL);
    ask.late_ms = 10 * LIMIT_POP_V1_MS;
    tell(&ask);
    assert_answer(POP_STALE, 403);
    assert_told("\"detail\":\"Stale timestamp\"");
    ask = peer_v1_message(PULL);
    ask.sealer = 1 + 3;
    tell(&ask);
    assert_answer(ENVELOPE_SENDER, 403);
    ask = peer_v1_message(PULL);
    ask.is_plain = true;
    tell(&ask);
    assert_answer(ENVELOPE_REQUIRED, 400);
    ask = peer_v1_message(PULL);
    ask.who = 0; /* an app's instance */
    tell(&ask);
    assert_answer(NOT_A_PEER, 403);
    assert_told("\"detail\":\"Peer authorization failed\"");
    ask.is_peer = false; /* under the headers of one, which are none here */
    tell(&ask);
    assert_answer(UNAUTHENTICATED, 403);
    assert_told("\"detail\":\"Incomplete PoP headers\"");
}

/* What one request was told stays with it. */
static void a_proof_is_good_once(void **state)
{
    (void)state;
    uint8_t nonce[16];
    struct app_ask ask = peer_v1_message(PULL);
    app_fixture_ok(nonces_issue(fixture->service->service->nonces, nonce));
    ask.nonce = nonce;
    tell(&ask);
    assert_answer(OK, 200);
    tell(&ask);
    assert_answer(NONCE_SPENT, 403);
    assert_told("\"detail\":\"Invalid or expired nonce\"");
}

/* Whatever its code is, and never to no point. */
static void the_root_is_given_and_recorded(void **state)
{
    (void)state;
    struct app_ask ask = peer_v1_message("{\"type\":\"master_secret_request\"}");
    ask.spoil = another_code;
    tell(&ask);
    assert_answer(POINT_INVALID, 400);
    assert_int_equal(1, count_lines("\"op\":\"kms.root\""));
    char text[512];
    char point[2 * P384_SEC1 + 1] = {0};
    struct buf hex = buf_over((uint8_t *)point, sizeof point - 1);
    hex_put(&hex, BYTES_ARRAY(fixture->instances[CLUSTER_FIXTURE_PEER].point.sec1));
    (void)snprintf(text, sizeof text, "{\"type\":\"master_secret_request\",\"ecdh_pubkey\":\"%s\"}",
                   point);
    ask.inner = text;
    tell(&ask);
    assert_answer(OK, 200);
    assert_int_equal(2, count_lines("\"op\":\"kms.root\""));
    assert_int_equal(1, count_lines("\"outcome\":\"intent\""));
    tell(&ask);
    assert_answer(HANDOFF_LIMIT, 429);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_message_is_answered),
        cmocka_unit_test(what_is_wrong_is_told_in_the_words_of_the_reference),
        cmocka_unit_test(a_proof_is_good_once),
        cmocka_unit_test(the_root_is_given_and_recorded),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
