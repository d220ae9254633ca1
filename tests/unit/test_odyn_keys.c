#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "codec/hex.h"
#include "ethereum/eip191.h"
#include "fixtures/scarce.h"
#include "odyn/odyn_keys.h"

/* An Odyn that has two keys and signs what it is asked to, and can be made to fail. */
struct server {
    _Atomic size_t documents;
    int listener;
    char url[64];
    pthread_t thread;
    _Atomic unsigned wallet; /* the key, as a small number */
    _Atomic unsigned signer; /* that really signs */
    _Atomic unsigned point;
    _Atomic bool is_dead; /* answers nothing that is HTTP */
    _Atomic bool is_refusing;
    _Atomic size_t calls;
};

static struct server server;
static struct odyn_keys *keys;
static struct mem mem;
static struct arena arena;
static const struct log no_log = {.fd = -1};

static void wallet_of(unsigned number, struct k256_key *ret_key, struct eth_address *ret_wallet)
{
    const struct secret32 d = {{[31] = (uint8_t)number}};
    struct k256_public public;
    assert_status(OK, k256_key_from(&d, ret_key));
    assert_status(OK, k256_public(ret_key, &public));
    eth_address_of(&public, ret_wallet);
}

static void put_hex(struct buf *out, const char *name, struct bytes data)
{
    buf_put_text(out, "{\"");
    buf_put_text(out, name);
    buf_put_text(out, "\":\"0x");
    hex_put(out, data);
    buf_put_text(out, "\"}");
}

/* The message of a request to sign, which has no escapes here. */
static struct bytes message_in(const char *request)
{
    const char *from = strstr(request, "\"message\":\"") + 11;
    return (struct bytes){(const uint8_t *)from, (size_t)(strchr(from, '"') - from)};
}

static void put_signature(struct buf *out, const char *request)
{
    struct k256_key key;
    struct eth_address wallet;
    struct k256_signature signature;
    uint8_t raw[65];
    wallet_of(atomic_load(&server.signer), &key, &wallet);
    assert_status(OK, eip191_sign(&key, message_in(request), &signature));
    memcpy(raw, signature.rs, 64);
    raw[64] = signature.v;
    put_hex(out, "signature", BYTES_ARRAY(raw));
}

static void put_point(struct buf *out)
{
    const struct p384_key key = {{[47] = (uint8_t)atomic_load(&server.point)}};
    struct p384_point point;
    uint8_t spki[P384_SPKI];
    assert_status(OK, p384_public(&key, &point));
    p384_point_spki(&point, spki);
    put_hex(out, "public_key_der", BYTES_ARRAY(spki));
}

static void put_body(struct buf *out, const char *request)
{
    struct k256_key key;
    struct eth_address wallet;
    if (strstr(request, " /v1/eth/address ") != NULL) {
        wallet_of(atomic_load(&server.wallet), &key, &wallet);
        put_hex(out, "address", BYTES_ARRAY(wallet.b));
    } else if (strstr(request, " /v1/eth/sign ") != NULL) {
        put_signature(out, request);
    } else if (strstr(request, " /v1/encryption/public_key ") != NULL) {
        put_point(out);
    } else if (strstr(request, " /v1/random ") != NULL) {
        static const uint8_t random[32] = {9};
        put_hex(out, "random_bytes", BYTES_ARRAY(random));
    } else if (strstr(request, " /v1/attestation ") != NULL) {
        /* What it was asked for, and how often it was asked. */
        buf_put_text(out, strstr(request, "\r\n\r\n") + 4);
        buf_put_decimal(out, atomic_fetch_add(&server.documents, 1));
    } else {
        buf_put_text(out, "{\"plaintext\":\"abcd\"}");
    }
}

static void answer(int connection)
{
    char request[8192];
    char head[128];
    uint8_t memory[4096];
    struct buf body = buf_over(memory, sizeof memory);
    ssize_t got = read(connection, request, sizeof request - 1);
    request[got > 0 ? got : 0] = '\0';
    atomic_fetch_add(&server.calls, 1);
    if (atomic_load(&server.is_dead)) {
        (void)!write(connection, "no HTTP\r\n\r\n", 11);
        return;
    }
    bool is_refused = atomic_load(&server.is_refusing) && strstr(request, "/decrypt ") != NULL;
    put_body(&body, request);
    int len = snprintf(head, sizeof head,
                       "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
                       is_refused ? "400 Bad Request" : "200 OK", body.len);
    (void)!write(connection, head, (size_t)len);
    (void)!write(connection, body.ptr, body.len);
}

static void *serve(void *context)
{
    int connection;
    while ((connection = accept(server.listener, NULL, NULL)) >= 0) {
        answer(connection);
        close(connection);
    }
    return context;
}

/* What was made, and between when. */
static struct {
    _Atomic unsigned count;
    char last;
    uint64_t asked_ms;
    uint64_t answered_ms;
} told;

static void take_made(void *context, struct bytes document, uint64_t asked_ms, uint64_t answered_ms)
{
    (void)context;
    told.last = (char)document.ptr[document.len - 1];
    told.asked_ms = asked_ms;
    told.answered_ms = answered_ms;
    atomic_fetch_add(&told.count, 1);
}

static struct odyn_keys_setup parts(void)
{
    return (struct odyn_keys_setup){.url = server.url,
                                    .callers = 2,
                                    .attest_ms = 0, /* with every look */
                                    .made = {NULL, take_made},
                                    .clock = clock_system(),
                                    .entropy = entropy_system(),
                                    .log = &no_log,
                                    .mem = &mem};
}

static int setup(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    server = (struct server){.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    server.wallet = server.signer = server.point = 5;
    atomic_store(&told.count, 0);
    assert_int_equal(0, bind(server.listener, (struct sockaddr *)&address, len));
    assert_int_equal(0, getsockname(server.listener, (struct sockaddr *)&address, &len));
    assert_int_equal(0, listen(server.listener, 16));
    (void)snprintf(server.url, sizeof server.url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    assert_int_equal(0, pthread_create(&server.thread, NULL, serve, NULL));
    mem_init(&mem, 1u << 26);
    assert_status(OK, arena_init(&arena, 1u << 20));
    const struct odyn_keys_setup made = parts();
    assert_status(OK, odyn_keys_open(&made, &keys));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    odyn_keys_close(&keys);
    assert_null(keys);
    shutdown(server.listener, SHUT_RDWR);
    close(server.listener);
    assert_int_equal(0, pthread_join(server.thread, NULL));
    arena_deinit(&arena);
    return 0;
}

static enum status_code check(void)
{
    const struct node_identity_remote port = odyn_keys_port(keys);
    return (enum status_code)port.check(port.context).code;
}

static enum status_code sign(void)
{
    const struct node_identity_remote port = odyn_keys_port(keys);
    struct k256_signature signature;
    return (enum status_code)port.sign(port.context, BYTES_LITERAL("text"), &signature).code;
}

static enum status_code decrypt(size_t len)
{
    const struct node_identity_remote port = odyn_keys_port(keys);
    const struct envelope envelope = {.sender = port.point,
                                      .sealed = {(const uint8_t *)"01234567890123456789", len}};
    struct bytes text;
    return (enum status_code)port.open(port.context, &arena, &envelope, &text).code;
}

static void wait_until(enum status_code code)
{
    for (int i = 0; i < 2000 && check() != code; i++) {
        (void)poll(NULL, 0, 5);
    }
    assert_int_equal(code, check());
}

static void keys_that_are_not_good_are_not_opened(void **state)
{
    (void)state;
    const struct odyn_keys_setup good = parts();
    struct odyn_keys_setup bad = good;
    struct odyn_keys *other = NULL;
    bad.url = "http://example.org";
    assert_status(CONFIG_INVALID, odyn_keys_open(&bad, &other));
    assert_null(other);
    bad.url = "http://127.0.0.1:1";
    assert_status(ODYN_UNAVAILABLE, odyn_keys_open(&bad, &other));
    atomic_store(&server.signer, 6);
    assert_status(ODYN_INVALID, odyn_keys_open(&good, &other));
    atomic_store(&server.signer, 5);
    atomic_store(&server.is_dead, true);
    assert_status(ODYN_UNAVAILABLE, odyn_keys_open(&good, &other));
    assert_null(other);
}

static void they_are_what_odyn_says(void **state)
{
    (void)state;
    struct k256_key key;
    struct eth_address wallet;
    uint8_t random[64];
    const struct node_identity_remote port = odyn_keys_port(keys);
    const struct entropy entropy = odyn_keys_entropy(keys);
    wallet_of(5, &key, &wallet);
    assert_true(eth_address_equal(&wallet, &port.wallet));
    assert_int_equal(STATUS_OK, check());
    assert_int_equal(STATUS_OK, sign());
    assert_int_equal(STATUS_OK, decrypt(20));
    assert_status(OK, entropy_fill(&entropy, random, sizeof random));
}

#define BINDING "0123456789012345678901234567890123"
#define BOUND   "{\"user_data\":{\"coffer\":\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMw==\"}}"

static struct bytes document_of(const char *nonce)
{
    struct bytes document;
    assert_status(OK, odyn_keys_attest(keys, &arena, bytes_of(nonce), &document));
    return document;
}

/* One is kept and shown without asking, and replaced in time; with a nonce there is a new one. */
static void attestations_are_renewed(void **state)
{
    (void)state;
    struct bytes document;
    assert_status(ODYN_UNAVAILABLE,
                  odyn_keys_attest(keys, &arena, (struct bytes){NULL, 0}, &document));
    assert_status(OK, odyn_keys_bind(keys, &arena, (const uint8_t *)BINDING));
    assert_bytes(BYTES_LITERAL(BOUND "0"), document_of(""));
    assert_bytes(BYTES_LITERAL(BOUND "0"), document_of(""));
    assert_bytes(BYTES_LITERAL("{\"nonce\":\"bg==\","
                               "\"user_data\":{\"coffer\":\""
                               "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMw==\"}}1"),
                 document_of("n"));
    assert_bytes(BYTES_LITERAL(BOUND "0"), document_of(""));
    const struct clock clock = clock_system();
    assert_true(atomic_load(&told.count) == 2 && told.last == '1');
    assert_in_range(told.answered_ms, told.asked_ms, clock_monotonic_ms(&clock));
    assert_true(told.asked_ms != 0);
    atomic_store(&server.is_refusing, true);
    assert_int_equal(STATUS_AEAD_INVALID, decrypt(20)); /* so that the thread looks */
    assert_status(OK, odyn_keys_start(keys));
    for (unsigned i = 0; i < 1000 && bytes_equal(document_of(""), BYTES_LITERAL(BOUND "0")); i++) {
        (void)poll(NULL, 0, 10);
    }
    assert_bytes(BYTES_LITERAL(BOUND "2"), document_of(""));
    /* One that fails is not shown, and the last one is. */
    atomic_store(&server.is_dead, true);
    assert_status(ODYN_UNAVAILABLE, odyn_keys_attest(keys, &arena, BYTES_LITERAL("n"), &document));
    assert_bytes(BYTES_LITERAL(BOUND "2"), document_of(""));
}

/* One waits, all others are refused, and nobody asks but the thread that looks. */
static void nobody_waits_for_one_that_failed(void **state)
{
    (void)state;
    atomic_store(&server.is_dead, true);
    assert_int_equal(STATUS_ODYN_UNAVAILABLE, sign());
    size_t calls = atomic_load(&server.calls);
    assert_int_equal(STATUS_ODYN_UNAVAILABLE, check());
    assert_int_equal(STATUS_ODYN_UNAVAILABLE, sign());
    assert_int_equal(STATUS_ODYN_UNAVAILABLE, decrypt(20));
    assert_int_equal(calls, atomic_load(&server.calls));
    atomic_store(&server.is_dead, false);
    assert_int_equal(STATUS_ODYN_UNAVAILABLE, sign());
    assert_status(OK, odyn_keys_start(keys));
    wait_until(STATUS_OK);
    assert_int_equal(STATUS_OK, sign());
}

static void a_signature_of_another_wallet_is_a_failure(void **state)
{
    (void)state;
    atomic_store(&server.signer, 6);
    assert_status(OK, odyn_keys_start(keys));
    assert_int_equal(STATUS_ODYN_INVALID, sign());
    assert_int_equal(STATUS_ODYN_INVALID, check());
    (void)poll(NULL, 0, LIMIT_ODYN_PROBE_MS + 200);
    assert_int_equal(STATUS_ODYN_INVALID, check());
    atomic_store(&server.signer, 5);
    wait_until(STATUS_OK);
}

/* Whoever seals nonsense spoils it for himself. */
static void an_envelope_that_does_not_open_is_nobodys_failure(void **state)
{
    (void)state;
    assert_int_equal(STATUS_ODYN_INVALID, decrypt(19));
    assert_int_equal(STATUS_OK, check());
    size_t calls = atomic_load(&server.calls);
    assert_int_equal(STATUS_AEAD_INVALID, decrypt(15));
    assert_int_equal(calls, atomic_load(&server.calls));
    atomic_store(&server.is_refusing, true);
    assert_int_equal(STATUS_AEAD_INVALID, decrypt(20));
    assert_int_equal(STATUS_OK, check());
    assert_int_equal(STATUS_OK, sign());
}

/* But it may be that the key is another one now. */
static void other_keys_are_the_end(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        atomic_store(&server.is_refusing, true);
        atomic_store(i == 0 ? &server.point : &server.wallet, 6);
        atomic_store(&server.signer, atomic_load(&server.wallet));
        assert_status(OK, odyn_keys_start(keys));
        assert_int_equal(STATUS_AEAD_INVALID, decrypt(20));
        wait_until(STATUS_IDENTITY_CHANGED);
        assert_int_equal(STATUS_IDENTITY_CHANGED, sign());
        server.wallet = server.signer = server.point = 5;
        size_t calls = atomic_load(&server.calls);
        (void)poll(NULL, 0, LIMIT_ODYN_PROBE_MS + 200);
        assert_int_equal(STATUS_IDENTITY_CHANGED, check());
        assert_int_equal(calls, atomic_load(&server.calls));
        odyn_keys_close(&keys);
        const struct odyn_keys_setup made = parts();
        assert_status(OK, odyn_keys_open(&made, &keys));
    }
}

static struct status open_and_use(void)
{
    const struct odyn_keys_setup made = parts();
    struct odyn_keys *other = NULL;
    struct k256_signature signature;
    TRY(odyn_keys_open(&made, &other));
    const struct node_identity_remote port = odyn_keys_port(other);
    struct status status = port.sign(port.context, BYTES_LITERAL("text"), &signature);
    odyn_keys_close(&other);
    return status;
}

static void without_memory_it_is_not_odyn_that_is_wrong(void **state)
{
    (void)state;
    assert_true(scarce_try(open_and_use) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_that_are_not_good_are_not_opened, setup, teardown),
        cmocka_unit_test_setup_teardown(they_are_what_odyn_says, setup, teardown),
        cmocka_unit_test_setup_teardown(attestations_are_renewed, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_waits_for_one_that_failed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_signature_of_another_wallet_is_a_failure, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_envelope_that_does_not_open_is_nobodys_failure, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(other_keys_are_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_it_is_not_odyn_that_is_wrong, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
