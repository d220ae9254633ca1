#include <stdio.h>

#include "digest/sha256.h"
#include "ethereum/eip191.h"
#include "fixtures/unit.h"
#include "wire/sealed_call.h"

static struct arena arena;
static struct entropy entropy;
static const uint8_t domain[POP_HASH] = {1, 2, 3};
static const uint8_t boot[POP_BOOT_ID] = {9};
static const struct p384_key caller_key = {{[47] = 5}};
static const struct p384_key node_key = {{[47] = 6}};
static struct k256_key node_wallet;
static struct eth_address wallet;
static struct p384_point caller_point;
static struct p384_point node_point;
static struct envelope_keys caller_keys;
static struct envelope_keys node_keys;
static uint8_t node_text[POP_NODE_TEXT];
static uint8_t said_text[POP_NODE_TEXT]; /* who the node says that it is */
static struct sealed_call call;

/* What the node says to a call; texts of headers stay where they are made. */
static struct {
    struct sealed_call_answer answer;
    uint8_t memory[3][256];
} said;

static struct bytes parsed(const char *json, struct json_in_doc *ret)
{
    arena_reset(&arena);
    assert_status(OK, json_in_parse(&arena, bytes_of(json), ret));
    return bytes_of(json);
}

static enum status_code nonce_of(const char *json, struct sealed_call_nonce *ret)
{
    struct json_in_doc doc;
    memset(ret, 7, sizeof *ret);
    (void)parsed(json, &doc);
    return (enum status_code)sealed_call_read_nonce(&doc, &wallet, ret).code;
}

#define NONCE "00112233445566778899aabbccddeeff"
#define BOOT  "09000000000000000000000000000000"

static void only_a_nonce_of_the_wallet_is_taken(void **state)
{
    (void)state;
    static const struct sealed_call_nonce none;
    struct sealed_call_nonce nonce;
    char good[256];
    char longer[256];
    (void)snprintf(good, sizeof good, "{\"nonce\":\"" NONCE "\",\"node\":\"%.*s\",\"domain_id\":1}",
                   POP_NODE_TEXT, (const char *)node_text);
    (void)snprintf(longer, sizeof longer, "{\"nonce\":\"" NONCE "0\",\"node\":\"%.*s\"}",
                   POP_NODE_TEXT, (const char *)node_text);
    const char *const bad[] = {
        "{}",
        "[]",
        "{\"nonce\":\"" NONCE "\"}",
        "{\"nonce\":1,\"node\":2}",
        longer,
        ("{\"nonce\":\"" NONCE "\",\"node\":\"0x0000000000000000000000000000000000000001:" BOOT
         "\"}"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(STATUS_NODE_UNTRUSTED, nonce_of(bad[i], &nonce));
        assert_memory_equal(&none, &nonce, sizeof none);
    }
    assert_int_equal(STATUS_OK, nonce_of(good, &nonce));
    assert_string_equal(NONCE, nonce.nonce);
    assert_bytes(BYTES_ARRAY(node_text), bytes_of(nonce.node));
    good[10 + 31] = '"'; /* a digit less */
    good[10 + 32] = ' ';
    assert_int_equal(STATUS_NODE_UNTRUSTED, nonce_of(good, &nonce));
    (void)snprintf(good, sizeof good, "{\"nonce\":\"" NONCE "\",\"node\":\"%.*s0%.*s\"}",
                   POP_WALLET_TEXT, (const char *)node_text, POP_NODE_TEXT - POP_WALLET_TEXT - 1,
                   (const char *)node_text + POP_WALLET_TEXT + 1);
    assert_int_equal(STATUS_NODE_UNTRUSTED, nonce_of(good, &nonce));
}

static void seal(struct bytes text)
{
    const struct envelope_sealer sealer = {&caller_keys, &caller_point, &entropy};
    call = (struct sealed_call){
        .proof = {.kind = POP_PEER,
                  .method = BYTES_LITERAL("POST"),
                  .target = BYTES_LITERAL("/v1/sync"),
                  .domain = domain,
                  .recipient = BYTES_ARRAY(node_text),
                  .caller = BYTES_LITERAL("0x0000000000000000000000000000000000000001"),
                  .nonce = BYTES_LITERAL(NONCE),
                  .time_ms = 1234}};
    arena_reset(&arena);
    assert_status(OK, sealed_call_seal(&arena, &sealer, text, &call));
}

/* Answer it as the node does: 200 and an envelope. In: keys, what it is sealed with. */
static void answer_with(const struct envelope_keys *keys, enum envelope_way way, struct bytes text)
{
    const struct envelope_sealer sealer = {keys, &node_point, &entropy};
    struct envelope_form form = {.version = ENVELOPE_V2, .way = way};
    struct buf out[3];
    uint8_t memory[POP_TEXT_MAX];
    struct buf signed_text = buf_over(memory, sizeof memory);
    struct k256_signature signature;
    struct pop_answer answer = {
        .status = 200, .node = BYTES_ARRAY(said_text), .block_number = 5, .time_ms = 9};
    for (size_t i = 0; i < 3; i++) {
        out[i] = buf_over(said.memory[i], sizeof said.memory[i]);
    }
    memcpy(form.digest, call.digest, sizeof form.digest);
    memcpy(answer.request, call.digest, sizeof answer.request);
    assert_status(OK, envelope_seal(&arena, &sealer, &form, text, &said.answer.body));
    sha256_hash(said.answer.body, answer.body_hash);
    assert_status(OK, pop_answer_text(&answer, &signed_text));
    assert_status(OK, eip191_sign(&node_wallet, buf_bytes(&signed_text), &signature));
    pop_answer_put_block(&answer, &out[0]);
    pop_answer_put_audit(&answer, &out[1]);
    eip191_put(&out[2], &signature);
    said.answer.http = 200;
    said.answer.headers = (struct pop_answer_headers){.node = BYTES_ARRAY(said_text),
                                                      .block = buf_bytes(&out[0]),
                                                      .epoch = BYTES_LITERAL("0"),
                                                      .audit = buf_bytes(&out[1]),
                                                      .time = BYTES_LITERAL("9")};
    said.answer.signature = buf_bytes(&out[2]);
}

static void assert_not_signed(struct sealed_call_answer answer)
{
    assert_true(sealed_call_is_signed(&call, &wallet, &said.answer));
    assert_false(sealed_call_is_signed(&call, &wallet, &answer));
}

static void only_this_answer_of_the_wallet_is_signed(void **state)
{
    (void)state;
    seal(BYTES_LITERAL("question"));
    answer_with(&node_keys, ENVELOPE_RESPONSE, BYTES_LITERAL("answer"));
    struct sealed_call_answer other = said.answer;
    struct eth_address stranger = wallet;
    stranger.b[0] ^= 1;
    assert_false(sealed_call_is_signed(&call, &stranger, &said.answer));
    other.http = 201;
    assert_not_signed(other);
    other = said.answer;
    other.body.len--;
    assert_not_signed(other);
    other = said.answer;
    other.headers.time = BYTES_LITERAL("8");
    assert_not_signed(other);
    other = said.answer;
    other.headers.epoch = (struct bytes){NULL, 0};
    assert_not_signed(other);
    other = said.answer;
    other.signature.len--;
    assert_not_signed(other);
    other = said.answer;
    other.headers.node = BYTES_LITERAL("0x0000000000000000000000000000000000000001:" BOOT);
    assert_not_signed(other);
    said_text[POP_NODE_TEXT - 1] ^= 1; /* another start of the same node */
    answer_with(&node_keys, ENVELOPE_RESPONSE, BYTES_LITERAL("answer"));
    assert_false(sealed_call_is_signed(&call, &wallet, &said.answer));
    said_text[POP_NODE_TEXT - 1] ^= 1;
    answer_with(&node_keys, ENVELOPE_RESPONSE, BYTES_LITERAL("answer"));
    assert_true(sealed_call_is_signed(&call, &wallet, &said.answer));
    /* The same question once more is another request. */
    seal(BYTES_LITERAL("question"));
    assert_false(sealed_call_is_signed(&call, &wallet, &said.answer));
}

static struct status opened(struct bytes *ret)
{
    const struct sealed_call_node node = {&caller_keys, &node_point};
    *ret = BYTES_LITERAL("rubbish");
    return sealed_call_open(&arena, &call, &node, said.answer.body, ret);
}

static void only_an_envelope_of_the_node_opens(void **state)
{
    (void)state;
    struct bytes text;
    seal(BYTES_LITERAL("question"));
    answer_with(&node_keys, ENVELOPE_RESPONSE, BYTES_LITERAL("answer"));
    assert_status(OK, opened(&text));
    assert_bytes(BYTES_LITERAL("answer"), text);
    const struct sealed_call_node other = {&caller_keys, &caller_point};
    assert_status(NODE_UNTRUSTED, sealed_call_open(&arena, &call, &other, said.answer.body, &text));
    said.answer.body = BYTES_LITERAL("{}");
    assert_status(NODE_UNTRUSTED, opened(&text));
    assert_int_equal(0, text.len);
    said.answer.body = BYTES_LITERAL("answer");
    assert_status(NODE_UNTRUSTED, opened(&text));
    answer_with(&node_keys, ENVELOPE_REQUEST, BYTES_LITERAL("answer")); /* the wrong way around */
    assert_status(NODE_UNTRUSTED, opened(&text));
    answer_with(&node_keys, ENVELOPE_RESPONSE, BYTES_LITERAL("answer"));
    call.digest[0] ^= 1; /* to another request */
    assert_status(NODE_UNTRUSTED, opened(&text));
}

static void what_is_sent_is_what_the_node_reads(void **state)
{
    (void)state;
    struct envelope_form form = {.version = ENVELOPE_V2, .way = ENVELOPE_REQUEST};
    struct pop_request request;
    struct json_in_doc doc;
    struct envelope envelope;
    struct bytes text;
    const struct k256_signature signature = {.v = 0};
    const char *lines[SEALED_CALL_LINES];
    size_t count;
    seal(BYTES_LITERAL("question"));
    assert_true(call.body.len <= sealed_call_body_max(8));
    request = call.proof;
    assert_ptr_equal(call.body_hash, request.body_hash);
    request.body_hash = NULL;
    assert_status(OK, pop_request_digest(&request, form.digest));
    assert_status(OK, json_in_parse(&arena, call.body, &doc));
    struct json_in root = json_in_root(&doc);
    assert_status(OK, envelope_read_v2(&arena, &root, NULL, &envelope));
    assert_status(OK, envelope_open(&arena, &envelope, &node_keys, &form, &text));
    assert_bytes(BYTES_LITERAL("question"), text);
    assert_status(OK, sealed_call_put_lines(&arena, &call, &signature, lines, &count));
    assert_int_equal(4, count);
    assert_string_equal("coffer-pop-nonce: " NONCE, lines[1]);
    assert_string_equal("coffer-pop-time: 1234", lines[2]);
    call.proof.idempotency_key = BYTES_LITERAL("key");
    assert_status(OK, sealed_call_put_lines(&arena, &call, &signature, lines, &count));
    assert_int_equal(5, count);
    assert_string_equal("idempotency-key: key", lines[4]);
    seal(BYTES_LITERAL(""));
    assert_int_equal(0, call.body.len);
}

static void names_of_the_node(void)
{
    const struct secret32 d = {{[31] = 7}};
    struct k256_public public;
    uint8_t memory[POP_WALLET_TEXT];
    struct buf lower = buf_over(memory, sizeof memory);
    struct buf text = buf_over(node_text, sizeof node_text);
    assert_status(OK, k256_key_from(&d, &node_wallet));
    assert_status(OK, k256_public(&node_wallet, &public));
    eth_address_of(&public, &wallet);
    eth_address_put(&lower, &wallet);
    assert_status(OK, pop_node_text(buf_bytes(&lower), boot, &text));
    memcpy(said_text, node_text, sizeof said_text);
}

static int setup(void **state)
{
    (void)state;
    entropy = entropy_system();
    names_of_the_node();
    assert_status(OK, p384_public(&caller_key, &caller_point));
    assert_status(OK, p384_public(&node_key, &node_point));
    assert_status(
        OK, envelope_keys(&caller_key, &caller_point, &node_point, ENVELOPE_CLIENT, &caller_keys));
    assert_status(OK,
                  envelope_keys(&node_key, &node_point, &caller_point, ENVELOPE_NODE, &node_keys));
    return status_is_ok(arena_init(&arena, 1u << 20)) ? 0 : 1;
}

static int teardown(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_nonce_of_the_wallet_is_taken),
        cmocka_unit_test(only_this_answer_of_the_wallet_is_signed),
        cmocka_unit_test(only_an_envelope_of_the_node_opens),
        cmocka_unit_test(what_is_sent_is_what_the_node_reads),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
