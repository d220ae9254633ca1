/* Values at rest, and what becomes of two records of one key. */
#include <string.h>

#include "store/kv.h"
#include "tools/kat/kat.h"

/* What ours must do, from the numbers of the row alone: the table of docs/compatibility.md. */
struct outcome {
    const char *what; /* insert, replace, keep, wait */
    uint64_t count[2];
};

static const uint8_t wallets[2][VECTOR_CLOCK_WALLET] = {{0xaa}, {0xbb}};
static const uint8_t id[DOMAIN_ID] = {1};

static uint64_t count_of(const struct json_in *clock, const char *node)
{
    struct json_in member;
    uint64_t count = 0;
    bool has = json_in_find(clock, node, &member);
    return has && status_is_ok(json_in_u64(&member, 1, UINT32_MAX, &count)) ? count : 0;
}

static struct outcome outcome_of(struct kat *kat, const struct json_in *local,
                                 const struct json_in *incoming)
{
    static const char *const nodes[2] = {"A", "B"};
    bool has_local = json_in_kind(local) == JSON_IN_OBJECT;
    uint64_t at = kat_u64(kat, incoming, "ts");
    if (at > kat_u64(kat, &kat->at, "now") + LIMIT_KV_FUTURE_MS) {
        return (struct outcome){.what = "wait"};
    }
    struct outcome outcome = {.what = "insert"};
    struct json_in clock = kat_member(kat, incoming, "vc");
    for (size_t i = 0; i < 2; i++) {
        outcome.count[i] = count_of(&clock, nodes[i]);
    }
    if (has_local) {
        struct json_in other = kat_member(kat, local, "vc");
        uint64_t local_at = kat_u64(kat, local, "ts");
        int text = bytes_compare(kat_hex(kat, incoming, "ct"), kat_hex(kat, local, "ct"));
        outcome.what = at > local_at || (at == local_at && text > 0) ? "replace" : "keep";
        for (size_t i = 0; i < 2; i++) {
            uint64_t count = count_of(&other, nodes[i]);
            outcome.count[i] = count > outcome.count[i] ? count : outcome.count[i];
        }
    }
    return outcome;
}

/* A record of the table. The start of an upstream ciphertext is a record's tie: so its byte is. */
static struct record record_of(struct kat *kat, const struct value_seal_keys *keys,
                               const struct json_in *at)
{
    struct vector_clock clock = {0};
    struct json_in names = kat_member(kat, at, "vc");
    struct json_in count;
    for (void *state = NULL; json_in_next(&names, &state, &count);) {
        uint64_t value = 0;
        kat_try(kat, json_in_u64(&count, 1, UINT32_MAX, &value));
        vector_clock_raise(&clock, wallets[count.name.ptr[0] == 'B'], value);
    }
    uint8_t *memory = arena_alloc(kat->arena, VECTOR_CLOCK_BYTES);
    uint8_t *blob = arena_alloc(kat->arena, 64);
    struct bytes text = kat_hex(kat, at, "ct");
    const uint8_t nonce[VALUE_SEAL_NONCE] = {1, text.len == 1 ? text.ptr[0] : 0};
    kat_require(kat, memory != NULL && blob != NULL && text.len == 1);
    if (kat->failed) {
        return (struct record){0};
    }
    struct buf out = buf_over(memory, VECTOR_CLOCK_BYTES);
    vector_clock_write(&clock, &out);
    struct record record = {
        .key = BYTES_LITERAL("k"),
        .clock = buf_bytes(&out),
        .seen = buf_bytes(&out),
        .updated_at_ms = kat_u64(kat, at, "ts"),
    };
    memcpy(record.tie, nonce, sizeof record.tie);
    kat_try(kat, value_seal_seal(keys, &record, text, nonce, blob));
    record.blob = (struct bytes){blob, value_seal_sealed_len(0, text.len)};
    return record;
}

/* Whether the record in the store is the one that the outcome names, with the clock it names. */
static void expect(struct kat *kat, const struct kv *kv, const struct outcome *outcome,
                   const struct record *expected)
{
    struct record after;
    struct vector_clock clock;
    bool is_there = kv_peek(kv, id, BYTES_LITERAL("k"), &after);
    kat_require(kat, is_there == (expected != NULL));
    if (is_there && expected != NULL) {
        kat_try(kat, vector_clock_read(after.seen, &clock));
        kat_require(kat, bytes_equal(after.blob, expected->blob) &&
                             after.updated_at_ms == expected->updated_at_ms &&
                             vector_clock_count(&clock, wallets[0]) == outcome->count[0] &&
                             vector_clock_count(&clock, wallets[1]) == outcome->count[1]);
    }
}

static void run(struct kat *kat, struct kv *kv, const struct value_seal_keys *keys)
{
    const struct kv_at at = {keys, kat_u64(kat, &kat->at, "now"), false};
    struct json_in local = kat_member(kat, &kat->at, "local");
    struct json_in incoming = kat_member(kat, &kat->at, "incoming");
    bool has_local = json_in_kind(&local) == JSON_IN_OBJECT;
    struct outcome outcome = outcome_of(kat, &local, &incoming);
    struct record here = {0};
    enum kv_merged merged;
    if (has_local) {
        here = record_of(kat, keys, &local);
        kat_try(kat, kv_merge(kv, &at, &here, here.blob.ptr, &merged));
    }
    struct record comes = record_of(kat, keys, &incoming);
    struct status status = kv_merge(kv, &at, &comes, comes.blob.ptr, &merged);
    const char *what = !status_is_ok(status)   ? "failed"
                       : merged == KV_WAITS    ? "wait"
                       : merged != KV_REPLACED ? "keep"
                       : has_local             ? "replace"
                                               : "insert";
    const struct record *left = has_local ? &here : NULL;
    kat_require(kat, strcmp(what, outcome.what) == 0);
    expect(kat, kv, &outcome, merged == KV_REPLACED ? &comes : left);
}

static void merge_table(struct kat *kat)
{
    struct mem mem;
    struct kv *kv;
    struct value_seal_keys keys;
    const struct kv_limits limits = kv_limits_default();
    const struct secret32 key = {{3}};
    mem_init(&mem, 1 << 23);
    value_seal_keys_init(&keys, id, id);
    value_seal_keys_add(&keys, 0, &key);
    kat_try(kat, kv_open(&limits, wallets[0], &mem, &kv));
    if (!kat->failed) {
        run(kat, kv, &keys);
        kv_close(&kv);
    }
}

/* The blob of a text in the v1 form, and back. */
static void expect_blob(struct kat *kat, const struct value_seal_keys *keys, struct bytes text,
                        const char *name)
{
    uint8_t blob[256];
    uint8_t out[256];
    uint8_t nonce[VALUE_SEAL_NONCE] = {0};
    struct record record = {.flags = RECORD_V1};
    memcpy(nonce, kat_hex_of(kat, &kat->at, "nonce", 12), 12);
    kat_require(kat, text.len + VALUE_SEAL_V1_OVERHEAD <= sizeof blob);
    if (!kat->failed) {
        kat_try(kat, value_seal_seal(keys, &record, text, nonce, blob));
        record.blob = (struct bytes){blob, value_seal_sealed_len(record.flags, text.len)};
        kat_expect_hex(kat, &kat->at, name, record.blob);
        kat_try(kat, value_seal_open(keys, &record, out));
        kat_require(kat, bytes_equal(text, (struct bytes){out, text.len}));
    }
}

static void at_rest(struct kat *kat)
{
    struct value_seal_keys keys;
    struct secret32 key = kat_nova_data_key(kat);
    struct bytes text = kat_text(kat, &kat->at, "plaintext");
    kat_expect_hex(kat, &kat->at, "data_key", BYTES_ARRAY(key.b));
    value_seal_keys_init(&keys, id, id);
    value_seal_keys_v1(&keys, &key, true);
    expect_blob(kat, &keys, text, "blob");
    expect_blob(kat, &keys, BYTES_LITERAL(""), "empty_value_blob");
    kat_require(kat,
                kat_u64(kat, &kat->at, "blob_len") == value_seal_sealed_len(RECORD_V1, text.len));
}

const struct kat_nova kat_nova_store[] = {
    {"at_rest", KAT_WHOLE, at_rest},
    {"merge_table", KAT_LIST, merge_table},
    {NULL, KAT_INPUT, NULL},
};
