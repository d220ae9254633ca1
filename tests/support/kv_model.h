/* A store beside a table that says what it must answer, moved by bytes: for a test that draws them
 * and a fuzz target that is given them.
 *
 * In a roomy store every answer is known. In a tight one records may go at any time: an answer is
 * what was last written or taken in, or nothing, and nothing as old as a tombstone comes back. */
#ifndef COFFER_TESTS_SUPPORT_KV_MODEL_H
#define COFFER_TESTS_SUPPORT_KV_MODEL_H

#include "support/store_fixture.h"

enum {
    KV_MODEL_SPACES = 2,
    KV_MODEL_KEYS = 8,
    KV_MODEL_COPIES = 32,
    KV_MODEL_VALUE = 700,
    KV_MODEL_RETENTION = 500,
};

/* Bytes that move the model; zeros after the last. */
struct kv_model_input {
    const uint8_t *ptr;
    size_t len;
};

struct kv_model_entry {
    bool is_set;
    bool is_tombstone;
    uint8_t letter;
    size_t len;
    uint64_t ttl_ms;
    struct record_version version;
};

/* A record as a peer may have kept it. */
struct kv_model_copy {
    unsigned space;
    unsigned key;
    struct kv_model_entry entry;
    struct record record;
    uint8_t memory[KV_MODEL_VALUE + 256];
};

struct kv_model {
    bool is_tight;
    struct mem mem;
    struct kv *kv;
    struct value_seal_keys keys[KV_MODEL_SPACES];
    uint64_t now_ms;
    uint64_t nonce;
    struct kv_model_entry table[KV_MODEL_SPACES][KV_MODEL_KEYS];
    uint64_t buried_ms[KV_MODEL_SPACES][KV_MODEL_KEYS]; /* the time of the last tombstone */
    struct kv_model_copy copies[KV_MODEL_COPIES];
    size_t copied;
};

static inline uint8_t kv_model_take(struct kv_model_input *input)
{
    if (input->len == 0) {
        return 0;
    }
    input->len--;
    return *input->ptr++;
}

/* Ascending; one begins the next. */
static inline struct bytes kv_model_key(unsigned key)
{
    static const char names[KV_MODEL_KEYS][4] = {"a", "a/", "a/b", "a/c", "b", "c/d", "c0", "d"};
    return bytes_of(names[key]);
}

static inline void kv_model_open(struct kv_model *model, bool is_tight)
{
    const struct kv_limits roomy = {1 << 20, 1 << 21, 1 << 20, 1000, (uint64_t)1 << 50, 1000};
    const struct kv_limits tight = {1600, 2400, 1000, 3, KV_MODEL_RETENTION, 1000};
    const uint8_t wallet[VECTOR_CLOCK_WALLET] = {7};
    memset(model, 0, sizeof *model);
    model->is_tight = is_tight;
    model->now_ms = 1000;
    mem_init(&model->mem, 1 << 24);
    for (uint8_t i = 0; i < KV_MODEL_SPACES; i++) {
        store_keys(&model->keys[i], i);
    }
    INVARIANT(status_is_ok(kv_open(is_tight ? &tight : &roomy, wallet, &model->mem, &model->kv)));
}

static inline void kv_model_close(struct kv_model *model)
{
    store_check(model->kv);
    kv_close(&model->kv);
    INVARIANT(mem_used(&model->mem) == 0);
}

static inline struct kv_at kv_model_at(const struct kv_model *model, unsigned space)
{
    return (struct kv_at){&model->keys[space], model->now_ms, false};
}

static inline bool kv_model_visible(const struct kv_model *model,
                                    const struct kv_model_entry *entry)
{
    return entry->is_set && !entry->is_tombstone &&
           model->now_ms <= record_expires(entry->version.updated_at_ms, entry->ttl_ms);
}

/* True while nothing as old as the last tombstone of a key may come in. */
static inline bool kv_model_is_buried(const struct kv_model *model, unsigned space, unsigned key,
                                      uint64_t at_ms)
{
    uint64_t buried_ms = model->buried_ms[space][key];
    uint64_t retention_ms = model->is_tight ? KV_MODEL_RETENTION : (uint64_t)1 << 50;
    return buried_ms != 0 && at_ms <= buried_ms && buried_ms + retention_ms > model->now_ms;
}

/* Note what is in the store now, and keep a copy for later. */
static inline void kv_model_note(struct kv_model *model, unsigned space, unsigned key,
                                 struct kv_model_entry entry)
{
    struct record record;
    INVARIANT(kv_peek(model->kv, model->keys[space].tenant, kv_model_key(key), &record));
    INVARIANT(!kv_model_is_buried(model, space, key, record.updated_at_ms));
    entry.is_set = true;
    entry.version = record_version(&record);
    INVARIANT(entry.version.updated_at_ms == record.updated_at_ms);
    if (!model->is_tight && model->table[space][key].is_set) {
        uint64_t before_ms = model->table[space][key].version.updated_at_ms;
        uint64_t least_ms = before_ms + 1 > model->now_ms ? before_ms + 1 : model->now_ms;
        INVARIANT(record.updated_at_ms == least_ms);
    }
    model->table[space][key] = entry;
    if (entry.is_tombstone) {
        model->buried_ms[space][key] = record.updated_at_ms;
    }
    struct kv_model_copy *copy = &model->copies[model->copied++ % KV_MODEL_COPIES];
    struct buf out = buf_over(copy->memory, sizeof copy->memory);
    *copy = (struct kv_model_copy){.space = space, .key = key, .entry = entry, .record = record};
    struct bytes *const views[] = {&copy->record.clock, &copy->record.sealed_clock,
                                   &copy->record.blob};
    for (size_t i = 0; i < 3; i++) {
        uint8_t *to = out.ptr + out.len;
        buf_put(&out, *views[i]);
        views[i]->ptr = to;
    }
    copy->record.key = kv_model_key(key);
    INVARIANT(status_is_ok(buf_check(&out)));
}

/* A put under a condition, or a delete. */
static inline void kv_model_write(struct kv_model *model, struct kv_model_input *input,
                                  bool is_delete)
{
    static uint8_t value[KV_MODEL_VALUE];
    uint8_t what = kv_model_take(input);
    unsigned space = what & 1;
    unsigned key = what >> 1 & 7;
    struct kv_at at = kv_model_at(model, space);
    struct kv_model_entry *before = &model->table[space][key];
    struct kv_model_entry entry = {.is_tombstone = is_delete};
    struct kv_write write = {.key = kv_model_key(key), .version = before->version};
    write.condition = (enum kv_condition)((what >> 4) % 3);
    memcpy(write.nonce, &model->nonce, sizeof model->nonce);
    model->nonce++;
    if (!is_delete) {
        entry.letter = kv_model_take(input);
        entry.len = entry.letter % 4 == 0 ? 0 : (size_t)entry.letter * 701 % (KV_MODEL_VALUE + 1);
        entry.ttl_ms = what >> 6 == 3 ? 1u + kv_model_take(input) : 0;
        memset(value, entry.letter, entry.len);
        write.value = (struct bytes){value, entry.len};
        write.ttl_ms = entry.ttl_ms;
    }
    bool visible = kv_model_visible(model, before);
    bool conflict =
        write.condition == KV_IF_ABSENT ? visible : write.condition == KV_IF_VERSION && !visible;
    struct status status =
        is_delete ? kv_delete(model->kv, &at, &write, NULL) : kv_put(model->kv, &at, &write, NULL);
    if (!model->is_tight) {
        INVARIANT((status.code == STATUS_VERSION_CONFLICT) == conflict);
        INVARIANT(conflict || (status.code == STATUS_VALUE_NOT_FOUND) == (is_delete && !visible));
    } else if (status.code == STATUS_VERSION_CONFLICT) {
        INVARIANT(write.condition == KV_IF_VERSION || visible);
    }
    struct record record;
    bool is_there = kv_peek(model->kv, at.keys->tenant, write.key, &record);
    bool late = status.code == STATUS_VALUE_NOT_FOUND && is_there &&
                (record.flags & RECORD_TOMBSTONE) != 0 &&
                record.updated_at_ms > model->buried_ms[space][key];
    if (status_is_ok(status) || late) {
        kv_model_note(model, space, key, entry);
    } else {
        INVARIANT(status.code == STATUS_VERSION_CONFLICT || status.code == STATUS_VALUE_NOT_FOUND);
    }
}

static inline void kv_model_get(struct kv_model *model, struct kv_model_input *input)
{
    static uint8_t memory[KV_MODEL_VALUE];
    uint8_t what = kv_model_take(input);
    const struct kv_model_entry *entry = &model->table[what & 1][what >> 1 & 7];
    struct kv_at at = kv_model_at(model, what & 1);
    struct kv_read read = {.key = kv_model_key(what >> 1 & 7)};
    struct buf value = buf_over(memory, sizeof memory);
    struct kv_found found;
    bool visible = kv_model_visible(model, entry);
    struct status status = kv_get(model->kv, &at, &read, &value, &found);
    INVARIANT(status_is_ok(status) || status.code == STATUS_VALUE_NOT_FOUND);
    INVARIANT(model->is_tight || status_is_ok(status) == visible);
    if (status_is_ok(status)) {
        INVARIANT(visible && value.len == entry->len && found.value_len == entry->len);
        INVARIANT(found.ttl_ms == entry->ttl_ms);
        INVARIANT(record_version_equal(&found.version, &entry->version));
        INVARIANT(value.len == 0 ||
                  (memory[0] == entry->letter && memory[value.len - 1] == entry->letter));
    }
}

/* All pages of a prefix. */
static inline void kv_model_list(struct kv_model *model, struct kv_model_input *input)
{
    uint8_t what = kv_model_take(input);
    struct kv_at at = kv_model_at(model, what & 1);
    struct kv_found found[4];
    struct kv_page page;
    struct kv_list list = {.prefix = {kv_model_key(what >> 1 & 7).ptr, what >> 4 & 1},
                           .max = (size_t)(what >> 5 & 3) + 1};
    unsigned key = 0;
    do {
        INVARIANT(status_is_ok(kv_list(model->kv, &at, &list, found, &page)));
        for (size_t i = 0; i < page.count; i++) {
            while (!bytes_equal(kv_model_key(key), found[i].key)) {
                const struct kv_model_entry *entry = &model->table[what & 1][key];
                INVARIANT(model->is_tight || !kv_model_visible(model, entry) ||
                          !bytes_starts(kv_model_key(key), list.prefix));
                key++;
                INVARIANT(key < KV_MODEL_KEYS);
            }
            INVARIANT(kv_model_visible(model, &model->table[what & 1][key]));
            INVARIANT(bytes_starts(found[i].key, list.prefix));
            key++;
        }
        list.after = page.next;
    } while (page.more);
    for (; key < KV_MODEL_KEYS; key++) {
        INVARIANT(model->is_tight || !kv_model_visible(model, &model->table[what & 1][key]) ||
                  !bytes_starts(kv_model_key(key), list.prefix));
    }
}

/* An old record comes from a peer. */
static inline void kv_model_merge(struct kv_model *model, struct kv_model_input *input)
{
    const struct kv_model_copy *copy = &model->copies[kv_model_take(input) % KV_MODEL_COPIES];
    if (copy->record.key.len == 0 ||
        copy->record.updated_at_ms + KV_MODEL_RETENTION <= model->now_ms) {
        return; /* a peer that was apart for that long starts anew */
    }
    struct kv_at at = kv_model_at(model, copy->space);
    enum kv_merged merged;
    struct status status = kv_merge(model->kv, &at, &copy->record, &merged);
    INVARIANT(status_is_ok(status) || (model->is_tight && status.code == STATUS_RECORD_STALE));
    if (merged == KV_REPLACED) {
        INVARIANT(model->is_tight);
        INVARIANT(copy->entry.is_tombstone ||
                  !kv_model_is_buried(model, copy->space, copy->key, copy->record.updated_at_ms));
        model->table[copy->space][copy->key] = copy->entry;
    } else {
        INVARIANT(merged == KV_KEPT || model->is_tight);
    }
}

/* Returns: false when the input has ended. */
static inline bool kv_model_step(struct kv_model *model, struct kv_model_input *input)
{
    if (input->len == 0) {
        return false;
    }
    uint8_t what = kv_model_take(input);
    switch (what & 7) {
    case 0:
    case 1:
    case 2:
        kv_model_write(model, input, false);
        break;
    case 3:
        kv_model_write(model, input, true);
        break;
    case 4:
        kv_model_get(model, input);
        break;
    case 5:
        kv_model_list(model, input);
        break;
    case 6:
        kv_model_merge(model, input);
        break;
    default:
        model->now_ms += what >> 3;
        kv_tick(model->kv, model->now_ms, what >> 5);
    }
    return true;
}

#endif
