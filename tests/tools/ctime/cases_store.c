/* Cases of values on their way into the store and out of it. */
#include "base/invariant.h"
#include "store/kv_internal.h"
#include "store/values.h"
#include "tools/ctime/ctime.h"

static const uint8_t id[DOMAIN_ID] = {1};

static void succeed(struct status status)
{
    INVARIANT(status_is_ok(status));
}

static struct secret32 secret_key(void)
{
    struct secret32 key;
    ctime_secret(&key, sizeof key);
    return key;
}

static struct value_seal_keys keys_of_two_epochs(void)
{
    struct secret32 first = secret_key();
    struct secret32 second = secret_key();
    struct secret32 data = secret_key();
    struct value_seal_keys keys;
    value_seal_keys_init(&keys, id, id);
    value_seal_keys_add(&keys, 0, &first);
    value_seal_keys_add(&keys, 1, &second);
    value_seal_keys_v1(&keys, &data, false);
    value_seal_keys_seal_with(&keys, 0);
    INVARIANT(value_seal_keys_epoch(&keys) == 0);
    return keys;
}

/* Both forms, one record each. */
static void seals(void)
{
    static const uint8_t nonce[VALUE_SEAL_NONCE] = {1};
    struct value_seal_keys keys = keys_of_two_epochs();
    struct record record = {
        .key = BYTES_LITERAL("key"),
        .clock = BYTES_LITERAL("\0\0"),
        .seen = BYTES_LITERAL("\0\0"),
    };
    for (uint8_t flags = 0; flags <= RECORD_V1; flags = (uint8_t)(flags + RECORD_V1)) {
        uint8_t value[50];
        uint8_t blob[sizeof value + VALUE_SEAL_OVERHEAD];
        record.flags = flags;
        ctime_secret(value, sizeof value);
        succeed(value_seal_seal(&keys, &record, BYTES_ARRAY(value), nonce, blob));
        record.blob = (struct bytes){blob, value_seal_sealed_len(flags, sizeof value)};
        ctime_public(blob, record.blob.len);
        succeed(value_seal_open(&keys, &record, value));
        blob[record.blob.len - 1] ^= 1;
        INVARIANT(value_seal_open(&keys, &record, value).code == STATUS_VALUE_SEAL);
    }
}

/* Two stores that wrote the same key at the same time, and meet. */
static void store(void)
{
    static struct mem mem;
    const uint8_t wallets[2][VECTOR_CLOCK_WALLET] = {{1}, {2}};
    struct value_seal_keys keys = keys_of_two_epochs();
    const struct kv_limits limits = kv_limits_default();
    const struct kv_at at = {&keys, 1000, false};
    struct kv *kv[2];
    uint8_t value[50];
    mem_init(&mem, 1 << 23);
    for (size_t i = 0; i < 2; i++) {
        struct kv_write write = {.key = BYTES_LITERAL("key"), .value = BYTES_ARRAY(value)};
        write.nonce[0] = (uint8_t)(i + 1);
        write.op[0] = 1;
        enum kv_merged merged;
        ctime_secret(value, sizeof value);
        succeed(kv_open(&limits, wallets[i], &mem, &kv[i]));
        succeed(kv_put(kv[i], &at, &write, NULL));
        /* A blob is public. */
        struct kv_record *kept = kv_space_record(kv_space_find(kv[i], id), write.key);
        ctime_public(kv_record_blob(kept), kept->blob_len);
        struct record record = kv_record_view(kept);
        succeed(kv_put(kv[i], &at, &write, NULL));
        value[0] ^= 1;
        INVARIANT(kv_put(kv[i], &at, &write, NULL).code == STATUS_IDEMPOTENCY_CONFLICT);
        succeed(kv_merge(kv[0], &at, &record, write.nonce, &merged));
    }
    struct buf out = buf_over(value, sizeof value);
    const struct kv_read read = {.key = BYTES_LITERAL("key")};
    succeed(kv_get(kv[0], &at, &read, &out, NULL));
    const struct kv_write delete = {.key = BYTES_LITERAL("key")};
    succeed(kv_delete(kv[0], &at, &delete, NULL));
    kv_close(&kv[0]);
    kv_close(&kv[1]);
}

/* The owner of a store, on one value. */
static void owner(void)
{
    static struct mem mem;
    static const uint8_t wallet[VECTOR_CLOCK_WALLET] = {1};
    struct value_seal_keys keys = keys_of_two_epochs();
    struct values *values;
    struct arena arena;
    struct values_page page;
    struct kv_found found;
    uint8_t value[50];
    mem_init(&mem, 1 << 23);
    succeed(arena_init(&arena, 1 << 20));
    const struct values_setup setup = {.limits = kv_limits_default(),
                                       .node = wallet,
                                       .mem = &mem,
                                       .clock = clock_system(),
                                       .entropy = entropy_system()};
    succeed(values_open(&setup, &values));
    ctime_secret(value, sizeof value);
    struct kv_write write = {.key = BYTES_LITERAL("key"), .value = BYTES_ARRAY(value)};
    succeed(values_put(values, &keys, &write, NULL, &found));
    struct buf out = buf_over(value, sizeof value);
    const struct kv_read read = {.key = BYTES_LITERAL("key")};
    succeed(values_get(values, &keys, &read, &out, &found));
    const struct kv_list list = {.max = 1};
    succeed(values_list(values, &keys, &list, &arena, &page));
    write.value.len = 0;
    succeed(values_delete(values, &keys, &write, NULL, &found));
    keys.tenant[0] ^= 1;
    succeed(values_put_system(values, &keys, &write, &found));
    values_close(&values);
    arena_deinit(&arena);
}

const struct ctime_case ctime_store[] = {
    {"value_seal_keys_add value_seal_keys_epoch value_seal_keys_init value_seal_keys_seal_with "
     "value_seal_keys_v1 value_seal_open value_seal_seal",
     seals},
    {"kv_delete kv_get kv_put", store},
    {"values_delete values_get values_list values_put values_put_system", owner},
    {NULL, NULL},
};
