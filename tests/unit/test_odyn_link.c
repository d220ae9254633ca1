#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ethereum/eip191.h"
#include "fixtures/unit.h"
#include "odyn/odyn_link.h"

/* An Odyn that gives one answer to whatever is asked, as often as it is asked. */
struct server {
    int listener;
    char url[64];
    const char *answer; /* NULL: silence */
    char seen[8192];
    pthread_t thread;
};

static struct server server;
static struct odyn_link the_link;
static struct odyn_link *const odyn = &the_link;
static struct arena arena;

enum { TIMEOUT_MS = 300 };

static void *serve(void *context)
{
    int connection;
    while ((connection = accept(server.listener, NULL, NULL)) >= 0) {
        ssize_t got = read(connection, server.seen, sizeof server.seen - 1);
        server.seen[got > 0 ? got : 0] = 0;
        if (server.answer != NULL) {
            (void)!write(connection, server.answer, strlen(server.answer));
        } else {
            (void)!read(connection, server.seen, 1); /* until the other end gives up */
        }
        close(connection);
    }
    return context;
}

static int setup(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    server = (struct server){.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_int_equal(0, bind(server.listener, (struct sockaddr *)&address, len));
    assert_int_equal(0, getsockname(server.listener, (struct sockaddr *)&address, &len));
    assert_int_equal(0, listen(server.listener, 4));
    (void)snprintf(server.url, sizeof server.url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    assert_int_equal(0, pthread_create(&server.thread, NULL, serve, NULL));
    assert_status(OK, odyn_link_init(odyn, server.url, TIMEOUT_MS));
    assert_status(OK, arena_init(&arena, 1u << 20));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    odyn_link_deinit(odyn);
    shutdown(server.listener, SHUT_RDWR);
    close(server.listener);
    assert_int_equal(0, pthread_join(server.thread, NULL));
    arena_deinit(&arena);
    return 0;
}

/* What the server says from now on. */
static void says(const char *status, const char *body)
{
    static char text[16384];
    (void)snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status,
                   strlen(body), body);
    server.answer = text;
}

static const struct eth_address nobody = {{1}};

static const struct eth_transaction some_transaction = {
    .chain_id = 31337,
    .nonce = 7,
    .max_priority_fee_per_gas = 1,
    .max_fee_per_gas = 300,
    .gas_limit = 100000,
    .to = {{1, 2, 3}},
    .data = {(const uint8_t *)"abcd", 4},
};

static const struct p384_point *some_point(void)
{
    static struct p384_point point;
    const struct p384_key key = {{[47] = 1}};
    assert_status(OK, p384_public(&key, &point));
    return &point;
}

static struct odyn_link_sealed sealed_as(const char *text)
{
    return (struct odyn_link_sealed){.peer = *some_point(), .sealed = bytes_of(text)};
}

/* Every call, with good questions. Returns: what all of them said, which must be the same. */
static enum status_code ask_all(void)
{
    struct odyn_link_keys keys;
    struct k256_signature signature;
    struct secret32 random;
    struct bytes text;
    uint8_t memory[512];
    struct buf raw = buf_over(memory, sizeof memory);
    const struct odyn_link_sealed in = sealed_as("12345678901234567890");
    struct odyn_link_sealed out;
    const struct bytes message = BYTES_LITERAL("{\"a\":1}");
    struct status status[] = {
        odyn_link_keys(odyn, &keys),
        odyn_link_sign(odyn, &nobody, message, &signature),
        odyn_link_sign_transaction(odyn, &nobody, &some_transaction, &raw),
        odyn_link_random(odyn, &random),
        odyn_link_decrypt(odyn, &arena, &in, &text),
        odyn_link_encrypt(odyn, &arena, &in.peer, message, &out),
    };
    for (size_t i = 1; i < sizeof status / sizeof status[0]; i++) {
        assert_int_equal(status[0].code, status[i].code);
    }
    assert_int_equal(0, text.len + out.sealed.len);
    return (enum status_code)status[0].code;
}

static void only_loopback_is_asked(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "http://",
        "https://127.0.0.1:18000",
        "http://localhost:18000",
        "http://127.0.0.1:18000/",
        "http://127.0.0.1:18000/v1",
        "http://127.0.0.1:",
        "http://127.0.0.1:1800000",
        "http://127.0.0.1:18o00",
        "http://127.0.0.10:18000",
        "http://127.0.0.1.example:18000",
        "http://127.0.0.1@example:18000",
        "http://user@127.0.0.1:18000",
        "http://[::1]",
        "http://[::1]:18000",
        "http://127.0.0.1",
        "http://127.0.0.1:18000",
    };
    struct odyn_link other;
    for (size_t i = 0; i < 13; i++) {
        assert_false(odyn_link_url_valid(bad[i]));
        assert_status(CONFIG_INVALID, odyn_link_init(&other, bad[i], 1));
        odyn_link_deinit(&other);
    }
    for (size_t i = 13; i < sizeof bad / sizeof bad[0]; i++) {
        assert_true(odyn_link_url_valid(bad[i]));
    }
}

static void who_does_not_answer_is_unavailable(void **state)
{
    (void)state;
    server.answer = NULL;
    assert_int_equal(STATUS_ODYN_UNAVAILABLE, ask_all());
    server.answer = "no HTTP at all\r\n\r\n";
    assert_int_equal(STATUS_ODYN_UNAVAILABLE, ask_all());
    server.answer = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}";
    assert_int_equal(STATUS_ODYN_UNAVAILABLE, ask_all());
}

static void what_is_no_answer_is_invalid(void **state)
{
    (void)state;
    static const char *const bodies[] = {"",
                                         "{}",
                                         "[]",
                                         "<html>",
                                         "{\"address\":",
                                         "null",
                                         ("{\"address\":1,\"signature\":1,\"random_bytes\":1,"
                                          "\"plaintext\":1,\"encrypted_data\":1,\"nonce\":1}")};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        says("200 OK", bodies[i]);
        assert_int_equal(STATUS_ODYN_INVALID, ask_all());
    }
    says("404 Not Found", "");
    assert_int_equal(STATUS_ODYN_INVALID, ask_all());
    says("302 Found\r\nLocation: /v1/random", "");
    assert_int_equal(STATUS_ODYN_INVALID, ask_all());
    static char longest[12000];
    memset(longest, ' ', sizeof longest - 1);
    says("200 OK", longest);
    assert_int_equal(STATUS_ODYN_INVALID, ask_all());
}

/* A refusal says that the envelope does not open, and means nothing elsewhere. */
static void only_an_envelope_can_be_refused(void **state)
{
    (void)state;
    struct secret32 random;
    struct bytes text;
    const struct odyn_link_sealed in = sealed_as("12345678901234567");
    says("400 Bad Request", "decryption failed");
    assert_status(ODYN_INVALID, odyn_link_random(odyn, &random));
    assert_status(AEAD_INVALID, odyn_link_decrypt(odyn, &arena, &in, &text));
    assert_int_equal(0, text.len);
}

static void lengths_must_be_those_of_the_cipher(void **state)
{
    (void)state;
    struct bytes text;
    struct odyn_link_sealed in = sealed_as("1234567890123456789");
    struct odyn_link_sealed out;
    says("200 OK", "{\"plaintext\":\"abcd\"}");
    assert_status(ODYN_INVALID, odyn_link_decrypt(odyn, &arena, &in, &text));
    in = sealed_as("12345678901234567890");
    assert_status(OK, odyn_link_decrypt(odyn, &arena, &in, &text));
    assert_bytes(BYTES_LITERAL("abcd"), text);
    says("200 OK", "{\"encrypted_data\":\"000102030405060708090a0b0c0d0e0f10\","
                   "\"nonce\":\"000102030405060708090a0b0c\"}");
    assert_status(ODYN_INVALID,
                  odyn_link_encrypt(odyn, &arena, &in.peer, BYTES_LITERAL("{}"), &out));
    assert_int_equal(0, out.sealed.len);
    assert_status(OK, odyn_link_encrypt(odyn, &arena, &in.peer, BYTES_LITERAL("1"), &out));
    assert_int_equal(17, out.sealed.len);
    assert_int_equal(11, out.iv[11]);
}

/* A wallet's signature as Odyn would send it, with v as it is given. */
static struct eth_address say_signature(struct bytes text, bool is_high, unsigned v)
{
    static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
                                      0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b,
                                      0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
    const struct k256_key key = {{[31] = 7}};
    struct k256_public public;
    struct k256_signature signature;
    struct eth_address wallet;
    char body[256];
    int len = 0;
    assert_status(OK, k256_public(&key, &public));
    eth_address_of(&public, &wallet);
    assert_status(OK, eip191_sign(&key, text, &signature));
    for (int i = 31, borrow = 0; is_high && i >= 0; i--) {
        int digit = order[i] - signature.rs[32 + i] - borrow;
        borrow = digit < 0;
        signature.rs[32 + i] = (uint8_t)digit;
    }
    len += snprintf(body, sizeof body, "{\"signature\":\"0x");
    for (size_t i = 0; i < 64; i++) {
        len += snprintf(body + len, sizeof body - (size_t)len, "%02x", signature.rs[i]);
    }
    unsigned parity = is_high ? 1u - signature.v : signature.v;
    (void)snprintf(body + len, sizeof body - (size_t)len, "%02x\"}", parity + v);
    says("200 OK", body);
    return wallet;
}

static void only_the_wallet_signs(void **state)
{
    (void)state;
    struct k256_signature signature;
    const struct bytes text = BYTES_LITERAL("line\nline");
    struct eth_address wallet = say_signature(text, false, 0);
    assert_status(ODYN_INVALID, odyn_link_sign(odyn, &nobody, text, &signature));
    assert_status(ODYN_INVALID, odyn_link_sign(odyn, &wallet, BYTES_LITERAL("other"), &signature));
    (void)say_signature(text, true, 0);
    assert_status(ODYN_INVALID, odyn_link_sign(odyn, &wallet, text, &signature));
    (void)say_signature(text, false, 35);
    assert_status(ODYN_INVALID, odyn_link_sign(odyn, &wallet, text, &signature));
    for (unsigned v = 0; v <= 27; v += 27) {
        (void)say_signature(text, false, v);
        assert_status(OK, odyn_link_sign(odyn, &wallet, text, &signature));
        assert_true(signature.v <= 1);
    }
    assert_non_null(strstr(server.seen, "\r\n\r\n{\"message\":\"line\\nline\","));
}

/* The transaction as Odyn would sign it with that key, with one byte of it changed. */
static void say_transaction(const struct eth_transaction *transaction, const struct k256_key *key,
                            size_t changed)
{
    char body[1024];
    uint8_t memory[512];
    uint8_t hash[32];
    struct buf raw = buf_over(memory, sizeof memory);
    assert_status(OK, eth_transaction_sign(transaction, key, &raw, hash));
    if (changed < raw.len) {
        memory[changed] ^= 1;
    }
    int len = snprintf(body, sizeof body, "{\"raw_transaction\":\"0x");
    for (size_t i = 0; i < raw.len; i++) {
        len += snprintf(body + len, sizeof body - (size_t)len, "%02x", memory[i]);
    }
    (void)snprintf(body + len, sizeof body - (size_t)len, "\"}");
    says("200 OK", body);
}

static struct status sign_some(const struct eth_address *wallet, struct buf *raw)
{
    static uint8_t memory[512] = "before";
    *raw = buf_over(memory, sizeof memory);
    buf_put_text(raw, "before");
    struct status status = odyn_link_sign_transaction(odyn, wallet, &some_transaction, raw);
    assert_true(raw->len >= 6 && memcmp(memory, "before", 6) == 0);
    assert_true(status_is_ok(status) == (raw->len > 6) && !raw->failed);
    return status;
}

static void only_the_transaction_that_was_asked_for_is_taken(void **state)
{
    (void)state;
    struct buf raw;
    struct k256_public public;
    struct eth_address wallet;
    const struct k256_key key = {{[31] = 7}};
    const struct k256_key other = {{[31] = 8}};
    struct eth_transaction another = some_transaction;
    assert_status(OK, k256_public(&key, &public));
    eth_address_of(&public, &wallet);
    say_transaction(&some_transaction, &key, SIZE_MAX);
    assert_status(OK, sign_some(&wallet, &raw));
    assert_int_equal(2, raw.ptr[6]);
    assert_non_null(strstr(server.seen, "POST /v1/eth/sign-tx HTTP/1.1\r\n"));
    assert_non_null(strstr(server.seen, "\"nonce\":\"0x7\""));
    assert_non_null(strstr(server.seen, "\"data\":\"0x61626364\""));
    assert_status(ODYN_INVALID, sign_some(&nobody, &raw));
    for (size_t i = 0; i < raw.len - 6; i++) {
        say_transaction(&some_transaction, &key, i);
        assert_status(ODYN_INVALID, sign_some(&wallet, &raw));
    }
    say_transaction(&some_transaction, &other, SIZE_MAX);
    assert_status(ODYN_INVALID, sign_some(&wallet, &raw));
    another.nonce++;
    say_transaction(&another, &key, SIZE_MAX);
    assert_status(ODYN_INVALID, sign_some(&wallet, &raw));
}

static void a_document_is_taken_as_it_is(void **state)
{
    (void)state;
    struct bytes document;
    says("200 OK", "");
    assert_status(ODYN_INVALID, odyn_link_attest(odyn, &arena, (struct bytes){NULL, 0},
                                                 BYTES_LITERAL("b"), &document));
    says("200 OK", "\xa1 CBOR");
    assert_status(
        OK, odyn_link_attest(odyn, &arena, (struct bytes){NULL, 0}, BYTES_LITERAL("b"), &document));
    assert_bytes(BYTES_LITERAL("\xa1 CBOR"), document);
    assert_non_null(strstr(server.seen, "POST /v1/attestation HTTP/1.1\r\n"));
    assert_non_null(strstr(server.seen, "{\"user_data\":{\"coffer\":\"Yg==\"}}"));
    assert_status(
        OK, odyn_link_attest(odyn, &arena, BYTES_LITERAL("n"), BYTES_LITERAL("b"), &document));
    assert_non_null(
        strstr(server.seen, "{\"nonce\":\"bg==\",\"user_data\":{\"coffer\":\"Yg==\"}}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_loopback_is_asked),
        cmocka_unit_test(who_does_not_answer_is_unavailable),
        cmocka_unit_test(what_is_no_answer_is_invalid),
        cmocka_unit_test(only_an_envelope_can_be_refused),
        cmocka_unit_test(lengths_must_be_those_of_the_cipher),
        cmocka_unit_test(only_the_wallet_signs),
        cmocka_unit_test(only_the_transaction_that_was_asked_for_is_taken),
        cmocka_unit_test(a_document_is_taken_as_it_is),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
