#include <stdio.h>

#include "base/limits.h"
#include "fixtures/store_fixture.h"
#include "fixtures/unit.h"
#include "store/kv.h"

enum { NOW = 1000000 };

static struct mem mem;
static struct kv *kv;
static struct value_seal_keys keys[4];
static uint64_t now_ms;

static int open_store(void **state)
{
    (void)state;
    uint8_t node[VECTOR_CLOCK_WALLET];
    const struct kv_limits limits = {
        .app_bytes = 20000,
        .all_apps_bytes = 50000,
        .system_bytes = 10000,
        .tombstones = 8,
        .retention_ms = 1000,
        .future_ms = 100,
    };
    mem_init(&mem, (size_t)16 << 20);
    store_wallet(1, node);
    for (uint8_t i = 0; i < 4; i++) {
        store_keys(&keys[i], i);
    }
    now_ms = NOW;
    assert_status(OK, kv_open(&limits, node, &mem, &kv));
    return 0;
}

static int close_store(void **state)
{
    (void)state;
    store_check(kv);
    kv_close(&kv);
    kv_close(&kv);
    assert_int_equal(0, mem_used(&mem));
    return 0;
}

/* Namespace 3 is the system's. */
static struct kv_at at(unsigned space)
{
    return (struct kv_at){&keys[space], now_ms, space == 3};
}

static struct kv_write write_of(const char *key, const char *value)
{
    struct kv_write write = {.key = bytes_of(key), .value = bytes_of(value)};
    static uint64_t nonces;
    nonces++;
    memcpy(write.nonce, &nonces, sizeof nonces);
    return write;
}

static struct status put_ttl(unsigned space, const char *key, const char *value, uint64_t ttl_ms)
{
    struct kv_at where = at(space);
    struct kv_write write = write_of(key, value);
    write.ttl_ms = ttl_ms;
    return kv_put(kv, &where, &write, NULL);
}

static struct status put(unsigned space, const char *key, const char *value)
{
    return put_ttl(space, key, value, 0);
}

static struct status drop(unsigned space, const char *key)
{
    struct kv_at where = at(space);
    struct kv_write write = write_of(key, "");
    return kv_delete(kv, &where, &write, NULL);
}

/* A value of len bytes. */
static struct status put_len(unsigned space, const char *key, size_t len)
{
    static uint8_t value[LIMIT_KV_VALUE + 1];
    struct kv_at where = at(space);
    struct kv_write write = write_of(key, "");
    memset(value, 'v', len);
    write.value = (struct bytes){value, len};
    return kv_put(kv, &where, &write, NULL);
}

static struct status get(unsigned space, const char *key, const char *expected)
{
    uint8_t memory[64];
    struct buf value = buf_over(memory, sizeof memory);
    struct kv_at where = at(space);
    struct kv_read read = {.key = bytes_of(key)};
    struct kv_found found;
    struct status status = kv_get(kv, &where, &read, &value, &found);
    if (status_is_ok(status) && expected != NULL) {
        assert_bytes(bytes_of(expected), buf_bytes(&value));
        assert_bytes(bytes_of(key), found.key);
        assert_int_equal(strlen(expected), found.value_len);
    } else {
        assert_int_equal(0, value.len);
    }
    return status;
}

/* Read whatever is there. */
static struct status get_any(unsigned space, const char *key)
{
    static uint8_t memory[LIMIT_KV_VALUE];
    struct buf value = buf_over(memory, sizeof memory);
    struct kv_at where = at(space);
    struct kv_read read = {.key = bytes_of(key)};
    return kv_get(kv, &where, &read, &value, NULL);
}

/* Whether a key is there, without using it. */
static bool is_there(unsigned space, const char *key)
{
    struct record record;
    return kv_peek(kv, keys[space].tenant, bytes_of(key), &record) &&
           (record.flags & RECORD_TOMBSTONE) == 0;
}

static void bad_writes_change_nothing(void **state)
{
    (void)state;
    static char key[LIMIT_KV_KEY + 2];
    memset(key, 'k', LIMIT_KV_KEY + 1);
    assert_status(VALUE_KEY, put(0, "", "v"));
    assert_status(VALUE_KEY, put(0, key, "v"));
    assert_status(VALUE_KEY, put(0, "\xff", "v"));
    assert_status(VALUE_KEY, get(0, "", NULL));
    assert_status(VALUE_KEY, drop(0, "\xc3"));
    assert_status(VALUE_TOO_LARGE, put_len(0, "k", LIMIT_KV_VALUE + 1));
    assert_status(VALUE_QUOTA, put_len(0, "k", 20000));
    assert_status(VALUE_NOT_FOUND, get(0, "k", NULL));
    assert_status(VALUE_NOT_FOUND, drop(0, "k"));
    assert_int_equal(0, kv_stats(kv).namespaces);
    assert_int_equal(0, kv_seq(kv));
    assert_int_equal(0, kv_namespace_bytes(kv, keys[0].tenant));
    key[LIMIT_KV_KEY] = 0;
    assert_status(OK, put(0, key, "v"));
    assert_status(OK, get(0, key, "v"));
}

static void a_write_without_a_key_or_memory_changes_nothing(void **state)
{
    (void)state;
    struct value_seal_keys none = keys[0];
    none.count = 0;
    struct kv_at where = {&none, now_ms, false};
    struct kv_write write = write_of("k", "v");
    assert_status(VALUE_EPOCH, kv_put(kv, &where, &write, NULL));
    size_t cap = mem.cap;
    /* Every allocation of a write fails once: the record's, the namespace's. */
    for (size_t room = 0; room < 600; room += 50) {
        mem.cap = mem_used(&mem) + room;
        struct status status = put(0, "k", "v");
        if (status_is_ok(status)) {
            break;
        }
        assert_status(NO_MEMORY, status);
        assert_int_equal(0, kv_stats(kv).namespaces);
    }
    mem.cap = cap;
    assert_status(OK, get(0, "k", "v"));
}

static void namespaces_are_apart(void **state)
{
    (void)state;
    assert_status(OK, put(0, "k", "zero"));
    assert_status(OK, put(1, "k", "one"));
    assert_status(OK, put(0, "k", "nought"));
    assert_status(OK, put(0, "empty", ""));
    assert_status(OK, get(0, "k", "nought"));
    assert_status(OK, get(1, "k", "one"));
    assert_status(OK, get(0, "empty", ""));
    assert_status(VALUE_NOT_FOUND, get(2, "k", NULL));
    assert_status(OK, drop(0, "k"));
    assert_status(VALUE_NOT_FOUND, drop(0, "k"));
    assert_status(VALUE_NOT_FOUND, get(0, "k", NULL));
    assert_status(OK, get(1, "k", "one"));
    assert_int_equal(2, kv_stats(kv).namespaces);
    assert_int_equal(2, kv_stats(kv).records);
    assert_int_equal(1, kv_stats(kv).dead);
}

static void a_value_that_does_not_open_is_not_returned(void **state)
{
    (void)state;
    assert_status(OK, put(0, "k", "v"));
    keys[0].domain[0] ^= 1;
    assert_status(VALUE_SEAL, get(0, "k", NULL));
    keys[0].domain[0] ^= 1;
    keys[0].epochs[0].epoch = 1;
    assert_status(VALUE_EPOCH, get(0, "k", NULL));
    keys[0].epochs[0].epoch = 0;
    uint8_t memory[1] = {7};
    struct buf full = buf_over(memory, 0);
    struct kv_at where = at(0);
    struct kv_read read = {.key = BYTES_LITERAL("k")};
    assert_status(BUFFER_FULL, kv_get(kv, &where, &read, &full, NULL));
    assert_int_equal(7, memory[0]);
}

static struct record peek(unsigned space, const char *key)
{
    struct record record;
    assert_true(kv_peek(kv, keys[space].tenant, bytes_of(key), &record));
    return record;
}

static void time_and_clock_of_a_key_only_grow(void **state)
{
    (void)state;
    struct vector_clock clock;
    uint8_t node[VECTOR_CLOCK_WALLET];
    store_wallet(1, node);
    assert_status(OK, put(0, "k", "a"));
    assert_int_equal(NOW, peek(0, "k").updated_at_ms);
    assert_status(OK, put(0, "k", "b"));
    assert_int_equal(NOW + 1, peek(0, "k").updated_at_ms);
    now_ms -= 500; /* the clock goes back */
    assert_status(OK, drop(0, "k"));
    assert_int_equal(NOW + 2, peek(0, "k").updated_at_ms);
    assert_status(OK, put(0, "k", "c"));
    assert_int_equal(NOW + 3, peek(0, "k").updated_at_ms);
    now_ms = NOW + 500;
    assert_status(OK, put(0, "k", "d"));
    assert_int_equal(NOW + 500, peek(0, "k").updated_at_ms);
    assert_status(OK, vector_clock_read(peek(0, "k").seen, &clock));
    assert_int_equal(5, vector_clock_count(&clock, node));
}

static void conditions_hold_or_nothing_changes(void **state)
{
    (void)state;
    struct kv_at where = at(0);
    struct kv_found first;
    struct kv_found second;
    struct kv_write write = write_of("k", "a");
    write.condition = KV_IF_VERSION;
    assert_status(VERSION_CONFLICT, kv_put(kv, &where, &write, &first));
    write.condition = KV_IF_ABSENT;
    assert_status(OK, kv_put(kv, &where, &write, &first));
    assert_status(VERSION_CONFLICT, kv_put(kv, &where, &write, &second));
    write = write_of("k", "b");
    write.condition = KV_IF_VERSION;
    write.version = first.version;
    assert_status(OK, kv_put(kv, &where, &write, &second));
    assert_true(record_version_order(&first.version, &second.version) < 0);
    assert_status(VERSION_CONFLICT, kv_put(kv, &where, &write, NULL));
    write.value.len = 0;
    assert_status(VERSION_CONFLICT, kv_delete(kv, &where, &write, NULL));
    assert_status(OK, get(0, "k", "b"));
    write.version = second.version;
    assert_status(OK, kv_delete(kv, &where, &write, NULL));
    assert_status(VERSION_CONFLICT, kv_delete(kv, &where, &write, NULL));
    write = write_of("k", "c");
    write.condition = KV_IF_ABSENT;
    assert_status(OK, kv_put(kv, &where, &write, NULL));
}

static void a_read_can_ask_for_what_was_seen(void **state)
{
    (void)state;
    struct kv_at where = at(0);
    struct kv_found first;
    struct kv_found second;
    struct kv_write write = write_of("k", "a");
    uint8_t memory[8];
    struct buf value = buf_over(memory, sizeof memory);
    assert_status(OK, kv_put(kv, &where, &write, &first));
    struct kv_read read = {.key = write.key, .has_since = true, .since = first.version};
    assert_status(OK, kv_get(kv, &where, &read, &value, &second));
    assert_int_equal(0, record_version_order(&first.version, &second.version));
    read.since.updated_at_ms++;
    assert_status(VERSION_BEHIND, kv_get(kv, &where, &read, &value, NULL));
    read.since = first.version;
    read.since.tie[RECORD_TIE - 1]++;
    assert_status(VERSION_BEHIND, kv_get(kv, &where, &read, &value, NULL));
    read.key = BYTES_LITERAL("other");
    assert_status(VERSION_BEHIND, kv_get(kv, &where, &read, &value, NULL));
    /* A tombstone has seen the write before it. */
    assert_status(OK, drop(0, "k"));
    read = (struct kv_read){.key = write.key, .has_since = true, .since = first.version};
    assert_status(VALUE_NOT_FOUND, kv_get(kv, &where, &read, &value, NULL));
}

/* All keys of a list, page by page, as one text. */
static void list(unsigned space, const char *prefix, size_t max, const char *expected)
{
    static struct kv_found found[LIMIT_KV_PAGE];
    static uint8_t text[1 << 16];
    static uint8_t after[LIMIT_KV_KEY];
    struct buf out = buf_over(text, sizeof text);
    struct kv_at where = at(space);
    struct kv_list list = {.prefix = bytes_of(prefix), .max = max};
    struct kv_page page;
    do {
        assert_status(OK, kv_list(kv, &where, &list, found, &page));
        assert_true(page.count <= max && (!page.more || page.next.len != 0));
        for (size_t i = 0; i < page.count; i++) {
            buf_put(&out, found[i].key);
            buf_put_text(&out, " ");
        }
        struct buf cursor = buf_over(after, sizeof after);
        buf_put(&cursor, page.next);
        list.after = buf_bytes(&cursor);
    } while (page.more);
    assert_status(OK, buf_check(&out));
    assert_bytes(bytes_of(expected), buf_bytes(&out));
}

static void lists_are_ordered_pages_of_a_prefix(void **state)
{
    (void)state;
    static const char *const names[] = {"b", "a/2", "a", "a/", "a/1/x", "ab", "a/1", "\xc3\xa4"};
    struct kv_found found[1];
    struct kv_page page;
    struct kv_at where = at(0);
    struct kv_list bad = {.max = 0};
    assert_status(NUMBER_RANGE, kv_list(kv, &where, &bad, found, &page));
    bad.max = LIMIT_KV_PAGE + 1;
    assert_status(NUMBER_RANGE, kv_list(kv, &where, &bad, found, &page));
    list(0, "", 5, "");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_status(OK, put(0, names[i], "v"));
    }
    assert_status(OK, put(0, "a/3", "v"));
    assert_status(OK, drop(0, "a/3"));
    assert_status(OK, put_ttl(0, "a/4", "v", 10));
    now_ms += 11;
    for (size_t max = 1; max < 10; max++) {
        list(0, "", max, "a a/ a/1 a/1/x a/2 ab b \xc3\xa4 ");
        list(0, "a/", max, "a/ a/1 a/1/x a/2 ");
        list(0, "a/1/x", max, "a/1/x ");
        list(0, "c", max, "");
    }
    /* A cursor before the prefix starts at the prefix; one behind it ends the list. */
    struct kv_list odd = {.prefix = BYTES_LITERAL("a/1"), .after = BYTES_LITERAL("A"), .max = 1};
    assert_status(OK, kv_list(kv, &where, &odd, found, &page));
    assert_bytes(BYTES_LITERAL("a/1"), found[0].key);
    odd.after = BYTES_LITERAL("b");
    assert_status(OK, kv_list(kv, &where, &odd, found, &page));
    assert_int_equal(0, page.count);
    assert_false(page.more);
}

static void ttl_is_to_the_millisecond(void **state)
{
    (void)state;
    assert_status(OK, put_ttl(0, "k", "v", 10));
    assert_status(OK, put_ttl(0, "never", "v", UINT64_MAX));
    now_ms = NOW + 10;
    assert_status(OK, get(0, "k", "v"));
    now_ms = NOW + 11;
    assert_status(VALUE_NOT_FOUND, get(0, "k", NULL));
    assert_status(OK, get(0, "never", "v"));
    assert_int_equal(1, kv_tick(kv, now_ms, 5));
    assert_int_equal(1, kv_stats(kv).expiries);
    now_ms = NOW; /* what expired stays so */
    assert_status(VALUE_NOT_FOUND, get(0, "k", NULL));
    assert_status(VALUE_NOT_FOUND, drop(0, "k"));
    list(0, "", 5, "never ");
    assert_int_equal(1, kv_stats(kv).dead);
    now_ms = NOW + 10 + 999;
    assert_int_equal(0, kv_tick(kv, now_ms, 5));
    now_ms++;
    assert_int_equal(1, kv_tick(kv, now_ms, 5));
    assert_int_equal(0, kv_stats(kv).dead);
    assert_status(OK, put(0, "k", "again"));
    assert_status(OK, get(0, "k", "again"));
}

static void expiry_is_bounded_in_every_call(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%u", i);
        assert_status(OK, put_ttl(0, key, "v", 10 + i % 3));
    }
    now_ms += 100;
    assert_int_equal(7, kv_tick(kv, now_ms, 7));
    assert_status(OK, put(0, "n", "v"));
    assert_true(kv_stats(kv).dead > 7);
    size_t rest = 40 - kv_stats(kv).dead;
    assert_int_equal(rest, kv_tick(kv, now_ms, 100));
    assert_int_equal(1, kv_stats(kv).records);
}

static void tombstones_stay_for_their_retention(void **state)
{
    (void)state;
    assert_status(OK, put(0, "k", "v"));
    assert_status(OK, drop(0, "k")); /* at NOW + 1 */
    kv_tick(kv, NOW + 1000, 5);
    assert_int_equal(1, kv_stats(kv).dead);
    kv_tick(kv, NOW + 1001, 5);
    assert_int_equal(0, kv_stats(kv).dead);
    assert_int_equal(0, kv_stats(kv).namespaces);
    assert_int_equal(0, kv_stats(kv).bytes);
}

static void too_many_tombstones_leave_a_floor(void **state)
{
    (void)state;
    char key[16];
    for (unsigned i = 0; i < 10; i++) {
        snprintf(key, sizeof key, "k%u", i);
        now_ms = NOW + i * 10;
        assert_status(OK, put(0, key, "v"));
        assert_status(OK, drop(0, key));
    }
    assert_int_equal(8, kv_stats(kv).dead);
    assert_int_equal(2, kv_stats(kv).early_ends);
    assert_int_equal(NOW + 11, kv_space_find(kv, keys[0].tenant)->floor.updated_at_ms);
    now_ms = NOW; /* a new write comes after the floor even if the clock does not */
    assert_status(OK, put(0, "k0", "v"));
    assert_int_equal(NOW + 12, peek(0, "k0").updated_at_ms);
}

static void the_dead_take_a_quarter_at_most(void **state)
{
    (void)state;
    char key[LIMIT_KV_KEY + 1];
    memset(key, 'k', sizeof key);
    key[LIMIT_KV_KEY] = 0;
    for (unsigned i = 0; i < 6; i++) {
        key[0] = (char)('a' + i);
        assert_status(OK, put(0, key, "v"));
        assert_status(OK, drop(0, key));
    }
    assert_int_equal(3, kv_stats(kv).dead);
    assert_true(kv_space_find(kv, keys[0].tenant)->grave_bytes <= 5000);
}

static void the_least_recently_used_goes_first(void **state)
{
    (void)state;
    char key[16];
    for (unsigned i = 0; i < 9; i++) {
        snprintf(key, sizeof key, "k%u", i);
        assert_status(OK, put_len(0, key, 1900));
    }
    assert_int_equal(0, kv_stats(kv).evictions);
    assert_status(OK, put_len(0, "k1", 1900)); /* written */
    assert_status(BUFFER_FULL, get(0, "k2", NULL));
    list(0, "", 9, "k0 k1 k2 k3 k4 k5 k6 k7 k8 "); /* a list uses nothing */
    assert_status(OK, put(0, "small", "x"));
    assert_status(OK, get_any(0, "k0")); /* read */
    assert_status(OK, put_len(0, "n", 4500));
    list(0, "", 9, "k0 k1 k5 k6 k7 k8 n small ");
    assert_int_equal(3, kv_stats(kv).evictions);
    assert_status(VALUE_NOT_FOUND, get(0, "k2", NULL));
}

static void what_expired_goes_before_what_lives(void **state)
{
    (void)state;
    struct record record;
    assert_status(OK, put_len(0, "live", 6000));
    assert_status(OK, put_ttl(0, "brief", "v", 10));
    static char value[6001];
    memset(value, 'x', 6000);
    assert_status(OK, put_ttl(0, "dead", value, 20));
    now_ms += 30;
    assert_status(OK, put_len(0, "n", 6000));
    assert_true(kv_peek(kv, keys[0].tenant, BYTES_LITERAL("dead"), &record));
    assert_status(OK, put_len(0, "m", 6000));
    assert_int_equal(0, kv_stats(kv).evictions);
    assert_false(kv_peek(kv, keys[0].tenant, BYTES_LITERAL("dead"), &record));
    list(0, "", 9, "live m n ");
    assert_int_equal(2, kv_stats(kv).dead); /* times and clocks remain */
    /* What remains still counts for the next write's time, and ends with its retention. */
    now_ms = NOW;
    assert_status(OK, put(0, "dead", "v"));
    assert_int_equal(NOW + 1, peek(0, "dead").updated_at_ms);
    kv_tick(kv, NOW + 10 + 1000, 9);
    assert_int_equal(0, kv_stats(kv).dead);
}

static void all_apps_together_take_from_the_largest(void **state)
{
    (void)state;
    assert_status(OK, put_len(0, "old", 9000));
    assert_status(OK, put_len(1, "a", 9000));
    assert_status(OK, put_len(1, "b", 9000));
    assert_status(OK, put_len(0, "small", 100));
    assert_status(OK, put_len(2, "c", 9500));
    assert_status(OK, put_len(2, "d", 9500));
    assert_int_equal(0, kv_stats(kv).evictions);
    assert_status(OK, put_len(0, "more", 4000));
    /* The third app had most; the oldest record of all is not touched. */
    assert_false(is_there(2, "c"));
    assert_true(is_there(0, "old") && is_there(0, "more") && is_there(1, "a") && is_there(2, "d"));
    assert_int_equal(1, kv_stats(kv).evictions);
}

static void a_write_that_evicts_keeps_itself(void **state)
{
    (void)state;
    assert_status(OK, put(0, "a", "v"));
    assert_status(OK, put_len(0, "k", 10000));
    assert_status(OK, put_len(0, "k", 19000)); /* in its own place */
    assert_true(is_there(0, "k") && is_there(0, "a"));
    assert_status(OK, put_len(0, "n", 19000));
    assert_true(is_there(0, "n") && !is_there(0, "k"));
    assert_status(VALUE_QUOTA, put_len(0, "n", 19900));
    assert_int_equal(19000 + VALUE_SEAL_OVERHEAD, peek(0, "n").blob.len);
}

static void the_system_is_never_evicted_and_has_a_cap(void **state)
{
    (void)state;
    assert_status(OK, put_len(3, "a", 4000));
    assert_status(OK, put_len(3, "b", 4000));
    assert_status(VALUE_QUOTA, put_len(3, "c", 4000));
    assert_status(OK, put_len(3, "b", 4500));
    assert_status(VALUE_QUOTA, put_len(3, "b", 6500));
    for (unsigned i = 0; i < 8; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%u", i);
        assert_status(OK, put_len(i % 3, key, 15000));
    }
    assert_true(is_there(3, "a") && is_there(3, "b"));
    assert_int_equal(4500 + VALUE_SEAL_OVERHEAD, peek(3, "b").blob.len);
    assert_status(OK, drop(3, "a"));
    assert_status(OK, put_len(3, "c", 3000));
}

/* A peer may have the evicted value, which a write of its millisecond must not lose to. */
static void a_write_comes_after_what_was_evicted(void **state)
{
    (void)state;
    assert_status(OK, put_len(0, "k", 15000));
    assert_status(OK, put_len(0, "n", 15000));
    assert_false(is_there(0, "k"));
    assert_status(OK, put(0, "k", "v"));
    assert_int_equal(NOW + 1, peek(0, "k").updated_at_ms);
    /* Also where the whole namespace had to go. */
    assert_status(OK, put_len(1, "k", 19000));
    assert_status(OK, put_len(2, "a", 10000));
    assert_status(OK, put_len(2, "b", 7000));
    assert_false(is_there(1, "k"));
    assert_status(VALUE_NOT_FOUND, drop(1, "k"));
    assert_int_equal(NOW + 1, peek(1, "k").updated_at_ms);
}

/* An evicted key may lie at a peer, which only a tombstone can tell. */
static void what_was_evicted_can_still_be_deleted(void **state)
{
    (void)state;
    assert_status(VALUE_NOT_FOUND, drop(0, "k"));
    assert_int_equal(0, kv_stats(kv).dead);
    assert_status(OK, put_len(0, "k", 15000));
    assert_status(OK, put_len(0, "n", 15000));
    assert_false(is_there(0, "k"));
    assert_status(VALUE_NOT_FOUND, drop(0, "k"));
    assert_int_equal(RECORD_TOMBSTONE, peek(0, "k").flags);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_store, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bad_writes_change_nothing),
        TEST(a_write_without_a_key_or_memory_changes_nothing),
        TEST(namespaces_are_apart),
        TEST(a_value_that_does_not_open_is_not_returned),
        TEST(time_and_clock_of_a_key_only_grow),
        TEST(conditions_hold_or_nothing_changes),
        TEST(a_read_can_ask_for_what_was_seen),
        TEST(lists_are_ordered_pages_of_a_prefix),
        TEST(ttl_is_to_the_millisecond),
        TEST(expiry_is_bounded_in_every_call),
        TEST(tombstones_stay_for_their_retention),
        TEST(too_many_tombstones_leave_a_floor),
        TEST(the_dead_take_a_quarter_at_most),
        TEST(the_least_recently_used_goes_first),
        TEST(what_expired_goes_before_what_lives),
        TEST(all_apps_together_take_from_the_largest),
        TEST(a_write_that_evicts_keeps_itself),
        TEST(the_system_is_never_evicted_and_has_a_cap),
        TEST(a_write_comes_after_what_was_evicted),
        TEST(what_was_evicted_can_still_be_deleted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
