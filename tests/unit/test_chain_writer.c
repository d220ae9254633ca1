#include <stdio.h>

#include "base/thread.h"
#include "fixtures/unit.h"
#include "rpc/chain_writer.h"

static struct mem mem;
static struct trust trust;

/* What the host may write is what the sender takes. */
static void limits_of_any_configuration_fit(void **state)
{
    static const char *const texts[] = {
        "{}",
        "{\"tx_fee_gwei\":1000,\"tx_tip_gwei\":1000,\"tx_gas\":10000000,\"tx_again_ms\":3600000}",
        "{\"tx_fee_gwei\":1,\"tx_tip_gwei\":0,\"tx_gas\":21000,\"tx_again_ms\":1000}"};
    static struct config config;
    struct arena arena;
    char where[CONFIG_WHERE_MAX];
    (void)state;
    assert_status(OK, arena_init(&arena, 32u << 20));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sender *sender = NULL;
        assert_status(OK, config_parse(bytes_of(texts[i]), &arena, &config, where));
        struct sender_limits limits = chain_writer_limits(&config);
        assert_int_equal(config.tx_fee_gwei, limits.fee / 1000000000);
        assert_int_equal(config.tx_tip_gwei, limits.tip / 1000000000);
        assert_int_equal(config.tx_gas, limits.gas);
        assert_int_equal(config.tx_again_ms, limits.dearer_ms);
        const struct sender_setup setup = {
            .endpoints = 1, .quorum = 1, .batch = 1, .limits = limits, .mem = &mem};
        assert_status(OK, sender_open(&setup, &sender));
        sender_close(&sender);
    }
    arena_deinit(&arena);
}

static struct status fail_to_sign(void *context, const struct eth_transaction *transaction,
                                  struct buf *raw)
{
    (void)context;
    (void)transaction;
    (void)raw;
    return FAIL(ODYN_UNAVAILABLE);
}

static struct status open_writer(const char *url, struct chain_writer **ret)
{
    static const struct log no_log = {.fd = -1};
    const char *where = "";
    trust = (struct trust){
        .profile = TRUST_PRODUCTION, .chain_id = 1, .rpc_endpoint_count = 1, .rpc_quorum = 1};
    (void)snprintf(trust.rpc_endpoints[0].text, sizeof trust.rpc_endpoints[0].text, "%s", url);
    const struct chain_writer_setup setup = {
        .trust = &trust,
        .wallet = {.sign = fail_to_sign},
        .limits = {.fee = 1, .gas = 21000, .dearer_ms = 1000},
        .batch = 1,
        .clock = clock_system(),
        .entropy = entropy_system(),
        .log = &no_log,
        .mem = &mem,
    };
    struct status status = chain_writer_open(&setup, ret, &where);
    assert_string_equal(status.code == STATUS_CONFIG_INVALID ? url : "", where);
    return status;
}

static void endpoints_are_private_in_production(void **state)
{
    static const char *const bad[] = {"http://example.com/", "ftp://127.0.0.1/", ""};
    struct chain_writer *writer;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(CONFIG_INVALID, open_writer(bad[i], &writer));
        assert_null(writer);
    }
    assert_status(OK, open_writer("https://example.com/", &writer));
    chain_writer_close(&writer);
    chain_writer_close(&writer);
}

struct woken {
    struct thread_lock lock;
    struct thread_signal signal;
    bool is_told;
};

static void wake(void *context)
{
    struct woken *woken = context;
    thread_lock_take(&woken->lock);
    woken->is_told = true;
    thread_signal_one(&woken->signal);
    thread_lock_give(&woken->lock);
}

/* Nobody listens there. */
static void who_asks_is_told(void **state)
{
    struct woken woken = {.is_told = false};
    struct chain_writer *writer;
    const uint8_t hash[REGISTRY_HASH] = {1};
    const struct publisher_anchor anchor = {.height = 1, .header = {1}};
    (void)state;
    thread_lock_init(&woken.lock);
    thread_signal_init(&woken.signal);
    assert_status(OK, open_writer("http://127.0.0.1:1/", &writer));
    assert_status(OK, chain_writer_start(writer, (struct chain_writer_wake){&woken, wake}));
    struct publisher_port port = chain_writer_port(writer);
    assert_status(REGISTRY_PENDING, publisher_root_hash(&port, hash));
    thread_lock_take(&woken.lock);
    while (!woken.is_told) {
        thread_wait(&woken.signal, &woken.lock);
    }
    thread_lock_give(&woken.lock);
    assert_status(REGISTRY_LOST, publisher_root_hash(&port, hash));
    assert_status(REGISTRY_PENDING, publisher_anchor(&port, &anchor));
    chain_writer_stop(writer);
    chain_writer_close(&writer);
    assert_int_equal(0, mem_used(&mem));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_of_any_configuration_fit),
        cmocka_unit_test(endpoints_are_private_in_production),
        cmocka_unit_test(who_asks_is_told),
    };
    mem_init(&mem, 64u << 20);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
