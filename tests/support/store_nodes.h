/* Three stores of one cluster and one namespace, for tests of what they make of their records. */
#ifndef COFFER_TESTS_SUPPORT_STORE_NODES_H
#define COFFER_TESTS_SUPPORT_STORE_NODES_H

#include "store/kv.h"
#include "support/store_fixture.h"
#include "support/unit.h"

enum { NOW = 1000000, NODES = 3 };

static struct mem mem;
static struct kv *nodes[NODES];
static struct value_seal_keys keys;
static uint64_t now_ms;
static struct store_random random_state;

static inline int open_stores(void **state)
{
    (void)state;
    struct kv_limits limits = {
        .app_bytes = 60000,
        .all_apps_bytes = 100000,
        .system_bytes = 1000,
        .tombstones = 40,
        .retention_ms = 1000,
        .future_ms = 100,
    };
    mem_init(&mem, (size_t)64 << 20);
    store_keys(&keys, 0);
    now_ms = NOW;
    random_state.state = 4;
    for (uint8_t i = 0; i < NODES; i++) {
        uint8_t wallet[VECTOR_CLOCK_WALLET];
        store_wallet((uint8_t)(i + 1), wallet);
        assert_status(OK, kv_open(&limits, wallet, &mem, &nodes[i]));
    }
    return 0;
}

static inline int close_stores(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NODES; i++) {
        store_check(nodes[i]);
        kv_close(&nodes[i]);
    }
    assert_int_equal(0, mem_used(&mem));
    return 0;
}

static inline struct kv_at here(void)
{
    return (struct kv_at){&keys, now_ms, false};
}

static inline struct kv_write write_of(const char *key, const char *value)
{
    struct kv_write write = {.key = bytes_of(key), .value = bytes_of(value)};
    uint64_t fresh = store_random(&random_state);
    memcpy(write.nonce, &fresh, sizeof fresh);
    return write;
}

static inline void put(unsigned node, const char *key, const char *value, uint64_t ttl_ms)
{
    struct kv_at at = here();
    struct kv_write write = write_of(key, value);
    write.ttl_ms = ttl_ms;
    assert_status(OK, kv_put(nodes[node], &at, &write, NULL));
}

static inline void drop(unsigned node, const char *key)
{
    struct kv_at at = here();
    struct kv_write write = write_of(key, "");
    assert_status(OK, kv_delete(nodes[node], &at, &write, NULL));
}

static inline struct record peek(unsigned node, const char *key)
{
    struct record record;
    assert_true(kv_peek(nodes[node], keys.tenant, bytes_of(key), &record));
    return record;
}

static inline struct status merge(unsigned node, const struct record *record, enum kv_merged *ret)
{
    struct kv_at at = here();
    return kv_merge(nodes[node], &at, record, ret);
}

/* Hand the record of a key from one node to another. */
static inline enum kv_merged hand(unsigned from, unsigned to, const char *key)
{
    enum kv_merged merged;
    struct record record = peek(from, key);
    assert_status(OK, merge(to, &record, &merged));
    return merged;
}

/* The visible value, or NULL. */
static inline const char *value_of(unsigned node, const char *key)
{
    static uint8_t memory[8][128];
    static unsigned next;
    uint8_t *text = memory[next++ % 8];
    struct buf out = buf_over(text, sizeof memory[0] - 1);
    struct kv_at at = here();
    struct kv_read read = {.key = bytes_of(key)};
    if (!status_is_ok(kv_get(nodes[node], &at, &read, &out, NULL))) {
        return NULL;
    }
    text[out.len] = 0;
    return (const char *)text;
}

#endif
