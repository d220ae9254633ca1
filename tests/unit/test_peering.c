#include <poll.h>
#include <stdio.h>

#include "fixtures/peer_server.h"
#include "fixtures/unit.h"
#include "peering/peering.h"

enum { MESSAGE_MAX = 1100000, PATIENT_MS = 20000 };

static struct mem mem;
static struct node_identity *identity;
static struct peering *peering;
static struct peer_server server;
static struct peer_server other;
static const struct entropy *entropy;
static const uint8_t domain[32] = {3, 2, 1};

/* --- what all have --- */

static uint64_t skew_ms; /* of the clock that all see */

static uint64_t monotonic_ns(void *context)
{
    (void)context;
    const struct clock clock = clock_system();
    return clock_monotonic_ns(&clock) + skew_ms * 1000000;
}

static struct clock a_clock(void)
{
    struct clock clock = clock_system();
    clock.monotonic_ns = monotonic_ns;
    return clock;
}

static uint64_t now_ms(void)
{
    const struct clock clock = a_clock();
    return clock_monotonic_ms(&clock);
}

static struct peering_setup setup_of(void)
{
    struct peering_setup setup = {.identity = identity,
                                  .may_be_private = true,
                                  .message_max = MESSAGE_MAX,
                                  .clock = a_clock(),
                                  .entropy = *entropy,
                                  .mem = &mem};
    memcpy(setup.domain, domain, sizeof domain);
    return setup;
}

static void open_peering(void)
{
    const struct peering_setup setup = setup_of();
    assert_status(OK, peering_open(&setup, &peering));
}

static void start_server(struct peer_server *one, uint8_t number)
{
    memset(one, 0, sizeof *one);
    memcpy(one->domain, domain, sizeof domain);
    one->caller = node_identity_facts(identity)->wallet;
    one->caller_point = node_identity_facts(identity)->point;
    peer_server_start(one, number);
}

static struct registry_peer peer_of(const struct peer_server *one)
{
    struct registry_peer peer = {
        .grant = {.wallet = one->wallet, .tee_point = one->registered},
    };
    (void)snprintf(peer.url, sizeof peer.url, "%s", one->url);
    return peer;
}

static struct status send_to(const struct registry_peer *peer, uint64_t id, struct bytes text,
                             uint64_t time_ms)
{
    const struct peering_message message = {.id = id,
                                            .peer = peer,
                                            .target = "/v1/sync",
                                            .message = text,
                                            .deadline_ms = now_ms() + time_ms};
    return peering_send(peering, &message);
}

static struct peering_answer wait_for_one(void)
{
    struct peering_answer answer;
    uint64_t end_ms = now_ms() + PATIENT_MS;
    while (!peering_wait(peering, 100, &answer)) {
        assert_true(now_ms() < end_ms);
    }
    return answer;
}

static struct peering_answer ask(const struct registry_peer *peer, struct bytes text)
{
    static uint64_t id = 100;
    assert_status(OK, send_to(peer, ++id, text, PATIENT_MS));
    struct peering_answer answer = wait_for_one();
    assert_int_equal(id, answer.id);
    return answer;
}

static void assert_answered(const struct registry_peer *peer)
{
    struct peering_answer answer = ask(peer, BYTES_LITERAL("hello"));
    assert_status(OK, answer.status);
    assert_bytes(BYTES_LITERAL("ok:hello"), answer.bytes);
}

/* Let the nonce come in that is fetched for the next message. In: nonces, that were asked for. */
static void settle(const struct peer_server *one, unsigned nonces)
{
    struct peering_answer answer;
    uint64_t end_ms = now_ms() + PATIENT_MS;
    while (one->requests[PEER_NONCE] < nonces) {
        assert_false(peering_wait(peering, 10, &answer));
        assert_true(now_ms() < end_ms);
    }
    for (unsigned i = 0; i < 10; i++) {
        assert_false(peering_wait(peering, 10, &answer));
    }
    assert_int_equal(nonces, one->requests[PEER_NONCE]);
}

static int start(void **state)
{
    (void)state;
    static struct entropy system;
    system = entropy_system();
    entropy = &system;
    mem_init(&mem, (size_t)64 << 20);
    assert_status(OK, node_identity_open(entropy, &identity));
    start_server(&server, 7);
    open_peering();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    peering_close(&peering);
    peer_server_stop(&server);
    node_identity_close(&identity);
    return mem_used(&mem) == 0 ? 0 : -1;
}

/* --- lies --- */

struct lie {
    enum peer_server_route route;
    enum peer_server_mode mode;
    const char *code;
    unsigned http;
};

static const struct lie lies[] = {
    {PEER_NONCE, PEER_OTHER_WALLET, "NODE_UNTRUSTED", 200},
    {PEER_NONCE, PEER_NO_JSON, "NODE_UNTRUSTED", 200},
    {PEER_NONCE, PEER_TRUNCATED, "IO", 0},
    {PEER_NONCE, PEER_MANY_HEADERS, "BUFFER_FULL", 0},
    {PEER_NONCE, PEER_ENDLESS, "BUFFER_FULL", 0},
    {PEER_NONCE, PEER_LONG, "BUFFER_FULL", 0},
    {PEER_NONCE, PEER_HANGS_UP, "IO", 0},
    {PEER_IDENTITY, PEER_OTHER_WALLET, "NODE_UNTRUSTED", 200},
    {PEER_IDENTITY, PEER_OTHER_KEY, "NODE_UNTRUSTED", 200},
    {PEER_IDENTITY, PEER_FORGED_KEY, "NODE_UNTRUSTED", 200},
    {PEER_IDENTITY, PEER_NO_JSON, "NODE_UNTRUSTED", 200},
    {PEER_IDENTITY, PEER_TRUNCATED, "IO", 0},
    {PEER_IDENTITY, PEER_ENDLESS, "BUFFER_FULL", 0},
    {PEER_IDENTITY, PEER_LONG, "BUFFER_FULL", 0},
    {PEER_MESSAGE, PEER_OTHER_WALLET, "NODE_UNTRUSTED", 200},
    {PEER_MESSAGE, PEER_OTHER_BOOT, "NODE_UNTRUSTED", 200},
    {PEER_MESSAGE, PEER_UNSIGNED, "NODE_UNTRUSTED", 200},
    {PEER_MESSAGE, PEER_CHANGED_BODY, "NODE_UNTRUSTED", 200},
    {PEER_MESSAGE, PEER_REPLAY, "NODE_UNTRUSTED", 200},
    {PEER_MESSAGE, PEER_REPLAY_BODY, "NODE_UNTRUSTED", 200},
    {PEER_MESSAGE, PEER_PLAIN, "NODE_UNTRUSTED", 200},
    {PEER_MESSAGE, PEER_NO_JSON, "NODE_UNTRUSTED", 200},
    {PEER_MESSAGE, PEER_REFUSES, "UNAVAILABLE", 503},
    {PEER_MESSAGE, PEER_TRUNCATED, "IO", 0},
    {PEER_MESSAGE, PEER_ENDLESS, "BUFFER_FULL", 0},
    {PEER_MESSAGE, PEER_MANY_HEADERS, "BUFFER_FULL", 0},
};

/* As a node that is known, unless it is about who it is; and what comes after is believed. */
static void no_lie_is_an_answer(void **state)
{
    (void)state;
    const struct registry_peer peer = peer_of(&server);
    assert_answered(&peer);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        const struct lie *lie = &lies[i];
        if (lie->route != PEER_MESSAGE) {
            peering_close(&peering);
            open_peering();
        }
        atomic_store(&server.mode[lie->route], lie->mode);
        struct peering_answer answer = ask(&peer, BYTES_LITERAL("question"));
        if (strcmp(lie->code, status_name(answer.status.code)) != 0) {
            print_message("route %d, mode %d\n", (int)lie->route, (int)lie->mode);
        }
        assert_string_equal(lie->code, status_name(answer.status.code));
        assert_int_equal(lie->http, answer.http);
        assert_null(answer.bytes.ptr);
        atomic_store(&server.mode[lie->route], PEER_GOOD);
        assert_answered(&peer);
    }
}

static void who_is_not_of_the_grant_gets_nothing(void **state)
{
    (void)state;
    struct registry_peer peer = peer_of(&server);
    peer.grant.wallet.b[19] ^= 1;
    assert_status(NODE_UNTRUSTED, ask(&peer, BYTES_LITERAL("hello")).status);
    assert_int_equal(0, server.requests[PEER_IDENTITY]);
    peer = peer_of(&server);
    peer.grant.tee_point = node_identity_facts(identity)->point;
    assert_status(NODE_UNTRUSTED, ask(&peer, BYTES_LITERAL("hello")).status);
    assert_int_equal(0, server.requests[PEER_MESSAGE]);
    peer = peer_of(&server);
    assert_answered(&peer);
}

static void a_redirect_is_not_followed(void **state)
{
    (void)state;
    const struct registry_peer peer = peer_of(&server);
    start_server(&other, 9);
    (void)snprintf(server.redirect_url, sizeof server.redirect_url, "%s", other.url);
    for (unsigned route = 0; route < PEER_ROUTES; route++) {
        atomic_store(&server.mode[route], PEER_REDIRECT);
        struct peering_answer answer = ask(&peer, BYTES_LITERAL("hello"));
        assert_status(UNAVAILABLE, answer.status);
        assert_int_equal(307, answer.http);
        atomic_store(&server.mode[route], PEER_GOOD);
    }
    assert_answered(&peer);
    peer_server_stop(&other);
    assert_int_equal(0, other.connections);
}

static void a_url_that_is_not_asked_is_refused(void **state)
{
    (void)state;
    struct peering_setup setup = setup_of();
    struct registry_peer peer = peer_of(&server);
    peering_close(&peering);
    setup.may_be_private = false;
    assert_status(OK, peering_open(&setup, &peering));
    assert_status(CONFIG_INVALID, send_to(&peer, 1, BYTES_LITERAL("hello"), 1000));
    peering_close(&peering);
    open_peering();
    (void)snprintf(peer.url, sizeof peer.url, "%s/path", server.url);
    assert_status(CONFIG_INVALID, send_to(&peer, 1, BYTES_LITERAL("hello"), 1000));
    settle(&server, 0);
    assert_int_equal(0, server.connections);
}

/* --- time and room --- */

static void nobody_there_is_no_answer(void **state)
{
    (void)state;
    start_server(&other, 9);
    const struct registry_peer peer = peer_of(&other);
    assert_answered(&peer);
    settle(&other, 2);
    peer_server_stop(&other);
    assert_status(UNAVAILABLE, ask(&peer, BYTES_LITERAL("hello")).status);
    assert_status(UNAVAILABLE, ask(&peer, BYTES_LITERAL("hello")).status);
}

/* At whatever it is slow, others are answered, and it ends in time. */
static void a_slow_one_holds_up_nobody(void **state)
{
    (void)state;
    static const enum peer_server_mode modes[] = {PEER_SILENT, PEER_DRIP};
    start_server(&other, 9);
    const struct registry_peer slow = peer_of(&other);
    const struct registry_peer quick = peer_of(&server);
    for (unsigned i = 0; i < 2 * PEER_ROUTES; i++) {
        peering_close(&peering);
        open_peering();
        atomic_store(&other.mode[i / 2], modes[i % 2]);
        uint64_t since_ms = now_ms();
        assert_status(OK, send_to(&slow, 1, BYTES_LITERAL("hello"), 500));
        assert_status(OK, send_to(&slow, 2, BYTES_LITERAL("hello"), 500));
        assert_answered(&quick);
        for (unsigned late = 0; late < 2; late++) {
            struct peering_answer answer = wait_for_one();
            assert_status(REQUEST_TIMEOUT, answer.status);
            assert_true(answer.id == 1 || answer.id == 2);
        }
        assert_in_range(now_ms() - since_ms, 490, 5000);
        atomic_store(&other.mode[i / 2], PEER_GOOD);
    }
    peer_server_stop(&other);
}

/* Also where the nonce was being fetched before there was a message. */
static void a_deadline_is_kept_to(void **state)
{
    (void)state;
    const struct registry_peer peer = peer_of(&server);
    struct peering_answer answer;
    assert_status(OK, send_to(&peer, 1, BYTES_LITERAL("hello"), PATIENT_MS));
    while (server.requests[PEER_IDENTITY] == 0) {
        assert_false(peering_wait(peering, 1, &answer));
    }
    atomic_store(&server.mode[PEER_NONCE], PEER_SILENT);
    assert_status(OK, wait_for_one().status);
    uint64_t since_ms = now_ms();
    assert_status(OK, send_to(&peer, 2, BYTES_LITERAL("hello"), 200));
    while (!peering_wait(peering, 10000, &answer)) {
    }
    assert_int_equal(2, answer.id);
    assert_status(REQUEST_TIMEOUT, answer.status);
    assert_in_range(now_ms() - since_ms, 190, 2500);
    atomic_store(&server.mode[PEER_NONCE], PEER_GOOD);
    assert_answered(&peer);
}

static void what_is_too_late_or_too_much_is_not_sent(void **state)
{
    (void)state;
    static uint8_t text[MESSAGE_MAX + 1];
    const struct registry_peer peer = peer_of(&server);
    assert_status(REQUEST_TIMEOUT, send_to(&peer, 1, BYTES_LITERAL("x"), 0));
    assert_status(BUFFER_FULL, send_to(&peer, 1, BYTES_ARRAY(text), 1000));
    assert_status(OK, send_to(&peer, 1, BYTES_LITERAL("a"), PATIENT_MS));
    assert_status(OK, send_to(&peer, 2, BYTES_LITERAL("b"), PATIENT_MS));
    assert_status(OVERLOADED, send_to(&peer, 3, BYTES_LITERAL("c"), PATIENT_MS));
    uint64_t ids = wait_for_one().id * 10;
    ids += wait_for_one().id;
    assert_true(ids == 12 || ids == 21);
    assert_answered(&peer);
}

static void the_longest_go_both_ways(void **state)
{
    (void)state;
    static uint8_t text[MESSAGE_MAX];
    const struct registry_peer peer = peer_of(&server);
    memset(text, 'y', sizeof text);
    struct peering_answer answer = ask(&peer, (struct bytes){text, MESSAGE_MAX - 3});
    assert_status(OK, answer.status);
    assert_int_equal(MESSAGE_MAX, answer.bytes.len);
    assert_memory_equal("ok:y", answer.bytes.ptr, 4);
    assert_memory_equal(text, answer.bytes.ptr + 3, MESSAGE_MAX - 3);
    assert_status(BUFFER_FULL, ask(&peer, BYTES_ARRAY(text)).status);
    atomic_store(&server.answer_bytes, 2 * (size_t)MESSAGE_MAX);
    assert_status(BUFFER_FULL, ask(&peer, BYTES_LITERAL("more")).status);
    atomic_store(&server.answer_bytes, 0);
    assert_answered(&peer);
}

static struct status no_code(void *context, struct arena *arena, struct bytes body,
                             struct bytes *ret_body, struct bytes *ret_code)
{
    (void)context;
    (void)arena;
    *ret_body = body;
    *ret_code = (struct bytes){NULL, 0};
    return OK;
}

static void beside_version_1_none_is_longer(void **state)
{
    (void)state;
    struct peering_setup setup = setup_of();
    const struct registry_peer peer = peer_of(&server);
    setup.v1.code = no_code;
    peering_close(&peering);
    assert_status(OK, peering_open(&setup, &peering));
    assert_answered(&peer);
    /* It is not read to its end, so that nobody sees that it is unsigned. */
    atomic_store(&server.mode[PEER_MESSAGE], PEER_UNSIGNED);
    atomic_store(&server.answer_bytes, 2 * (size_t)MESSAGE_MAX);
    assert_status(BUFFER_FULL, ask(&peer, BYTES_LITERAL("more")).status);
}

static void memory_that_is_short_is_no_answer(void **state)
{
    (void)state;
    static uint8_t text[MESSAGE_MAX];
    const struct registry_peer peer = peer_of(&server);
    assert_answered(&peer);
    settle(&server, 2);
    size_t cap = mem.cap;
    mem.cap = mem_used(&mem) + 100000;
    assert_status(NO_MEMORY, send_to(&peer, 1, BYTES_ARRAY(text), PATIENT_MS));
    mem.cap = mem_used(&mem) + MESSAGE_MAX + 100000;
    assert_status(NO_MEMORY, send_to(&peer, 1, BYTES_ARRAY(text), PATIENT_MS));
    atomic_store(&server.answer_bytes, MESSAGE_MAX);
    assert_status(NO_MEMORY, ask(&peer, BYTES_LITERAL("much")).status);
    mem.cap = cap;
    atomic_store(&server.answer_bytes, 0);
    assert_answered(&peer);
}

static void all_nodes_have_their_turn(void **state)
{
    (void)state;
    struct registry_peer peer = peer_of(&server);
    assert_answered(&peer);
    (void)snprintf(peer.url, sizeof peer.url, "http://127.0.0.1:1");
    for (unsigned i = 0; i < 3 * PEERING_LINKS_MAX; i++) {
        peer.grant.wallet.b[0] = (uint8_t)i;
        assert_status(UNAVAILABLE, ask(&peer, BYTES_LITERAL("hello")).status);
    }
    for (unsigned i = 0; i < PEERING_LINKS_MAX; i++) {
        peer.grant.wallet.b[0] = (uint8_t)i;
        assert_status(OK, send_to(&peer, 1, BYTES_LITERAL("a"), PATIENT_MS));
        assert_status(OK, send_to(&peer, 1, BYTES_LITERAL("b"), PATIENT_MS));
    }
    peer.grant.wallet.b[0] = 200;
    assert_status(OVERLOADED, send_to(&peer, 1, BYTES_LITERAL("c"), PATIENT_MS));
    for (unsigned i = 0; i < 2 * PEERING_LINKS_MAX; i++) {
        assert_status(UNAVAILABLE, wait_for_one().status);
    }
    peer = peer_of(&server);
    assert_answered(&peer);
}

static void the_one_used_longest_ago_is_forgotten(void **state)
{
    (void)state;
    const struct registry_peer known = peer_of(&server);
    struct registry_peer peer = known;
    (void)snprintf(peer.url, sizeof peer.url, "http://127.0.0.1:1");
    assert_answered(&known);
    for (unsigned i = 1; i < 2 * PEERING_LINKS_MAX; i++) {
        peer.grant.wallet.b[0] = (uint8_t)(known.grant.wallet.b[0] + i);
        assert_status(UNAVAILABLE, ask(&peer, BYTES_LITERAL("hello")).status);
        skew_ms += 2;
        if (i % 32 == 0) {
            assert_answered(&known);
        }
    }
    assert_answered(&known);
    assert_int_equal(1, server.requests[PEER_IDENTITY]);
}

static void *wake(void *context)
{
    (void)poll(NULL, 0, 50);
    peering_wake(peering);
    return context;
}

static void a_wait_can_be_ended_from_elsewhere(void **state)
{
    (void)state;
    struct peering_answer answer;
    pthread_t thread;
    uint64_t since_ms = now_ms();
    assert_int_equal(0, pthread_create(&thread, NULL, wake, NULL));
    assert_false(peering_wait(peering, 10000, &answer));
    assert_true(now_ms() - since_ms < 5000);
    assert_int_equal(0, pthread_join(thread, NULL));
}

/* --- nodes that start anew --- */

static void a_node_that_starts_anew_is_met_again(void **state)
{
    (void)state;
    const struct registry_peer peer = peer_of(&server);
    for (unsigned i = 0; i < 4; i++) {
        atomic_store(&server.says_changed, i % 2 != 0);
        assert_answered(&peer);
        settle(&server, server.requests[PEER_NONCE] + 1); /* one of the old start */
        unsigned before = server.requests[PEER_MESSAGE];
        peer_server_restart(&server);
        assert_answered(&peer);
        assert_int_equal(before + 2, server.requests[PEER_MESSAGE]);
        assert_int_equal(2 + i, server.requests[PEER_IDENTITY]);
    }
}

/* With its nonce; or when it is asked who it is. */
static void a_node_says_itself_that_it_started_anew(void **state)
{
    (void)state;
    const struct registry_peer peer = peer_of(&server);
    assert_answered(&peer);
    for (unsigned i = 0; i < 2; i++) {
        settle(&server, server.requests[PEER_NONCE] + (i == 0));
        skew_ms += PEERING_NONCE_MS;
        unsigned messages = server.requests[PEER_MESSAGE];
        unsigned identities = server.requests[PEER_IDENTITY];
        peer_server_restart(&server);
        atomic_store(&server.mode[PEER_IDENTITY], i == 0 ? PEER_GOOD : PEER_RESTARTS);
        assert_answered(&peer);
        assert_int_equal(messages + 1, server.requests[PEER_MESSAGE]);
        assert_int_equal(identities + 1 + i, server.requests[PEER_IDENTITY]);
        settle(&server, server.requests[PEER_NONCE] + 1);
    }
}

/* The transport sends again what went into a connection that was about to end. */
static void a_nonce_that_was_spent_is_no_end(void **state)
{
    (void)state;
    const struct registry_peer peer = peer_of(&server);
    assert_answered(&peer);
    settle(&server, 2);
    atomic_store(&server.mode[PEER_MESSAGE], PEER_LOSES);
    assert_answered(&peer);
    assert_int_equal(4, server.requests[PEER_MESSAGE]);
    assert_int_equal(3, server.taken);
}

static void an_old_nonce_is_not_used(void **state)
{
    (void)state;
    const struct registry_peer peer = peer_of(&server);
    assert_answered(&peer);
    settle(&server, 2);
    skew_ms += PEERING_NONCE_MS - 5000;
    assert_answered(&peer);
    settle(&server, 3);
    skew_ms += PEERING_NONCE_MS;
    assert_answered(&peer);
    settle(&server, 5);
}

static void a_node_is_met_again_once(void **state)
{
    (void)state;
    const struct registry_peer peer = peer_of(&server);
    assert_answered(&peer);
    settle(&server, 2);
    unsigned messages = server.requests[PEER_MESSAGE];
    unsigned identities = server.requests[PEER_IDENTITY];
    atomic_store(&server.mode[PEER_MESSAGE], PEER_MISDIRECTED);
    struct peering_answer answer = ask(&peer, BYTES_LITERAL("hello"));
    assert_status(UNAVAILABLE, answer.status);
    assert_int_equal(421, answer.http);
    assert_int_equal(messages + 2, server.requests[PEER_MESSAGE]);
    assert_int_equal(identities + 1, server.requests[PEER_IDENTITY]);
    atomic_store(&server.mode[PEER_MESSAGE], PEER_GOOD);
    assert_answered(&peer);
}

/* --- what a message costs --- */

static void a_node_is_asked_no_more_than_needed(void **state)
{
    (void)state;
    const struct registry_peer peer = peer_of(&server);
    for (unsigned i = 1; i <= 5; i++) {
        assert_answered(&peer);
        settle(&server, i + 1);
        assert_int_equal(i, server.requests[PEER_MESSAGE]);
        assert_int_equal(1, server.requests[PEER_IDENTITY]);
    }
    assert_int_equal(5, server.taken);
    /* At once, while the nonce is on its way: that one is used. */
    for (unsigned i = 1; i <= 10; i++) {
        assert_answered(&peer);
    }
    settle(&server, 16);
    assert_int_equal(1, server.connections);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_lie_is_an_answer),
        TEST(who_is_not_of_the_grant_gets_nothing),
        TEST(a_redirect_is_not_followed),
        TEST(a_url_that_is_not_asked_is_refused),
        TEST(nobody_there_is_no_answer),
        TEST(a_slow_one_holds_up_nobody),
        TEST(a_deadline_is_kept_to),
        TEST(what_is_too_late_or_too_much_is_not_sent),
        TEST(the_longest_go_both_ways),
        TEST(beside_version_1_none_is_longer),
        TEST(memory_that_is_short_is_no_answer),
        TEST(all_nodes_have_their_turn),
        TEST(the_one_used_longest_ago_is_forgotten),
        TEST(a_wait_can_be_ended_from_elsewhere),
        TEST(a_node_that_starts_anew_is_met_again),
        TEST(a_node_says_itself_that_it_started_anew),
        TEST(a_nonce_that_was_spent_is_no_end),
        TEST(an_old_nonce_is_not_used),
        TEST(a_node_is_met_again_once),
        TEST(a_node_is_asked_no_more_than_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
