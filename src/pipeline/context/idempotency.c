#include "pipeline/context/idempotency.h"

#include <string.h>

#include "base/invariant.h"
#include "base/limits.h"
#include "base/table.h"
#include "base/thread.h"

enum { OWNERS = 4096 };

/* What an owner has. */
struct share {
    uint32_t entries;
    size_t bytes;
};

/* Found by its name. */
struct idempotency_entry {
    uint8_t asked[SHA256_BYTES]; /* of the body */
    uint32_t owner;
    bool done;
    uint64_t expires_ms;
    enum status_code code;
    unsigned http_status;
    const char *media_type;
    bool is_recorded;
    uint8_t record[SHA256_BYTES]; /* h of the last record of the answer */
    void *body;                   /* of answers */
    size_t body_len;
};

struct idempotency {
    struct thread_lock lock;
    struct mem *mem;
    struct mem answers;
    struct table *table; /* in the order of beginning; behind this */
    size_t capacity;
    struct share shares[OWNERS];
};

enum { TABLE_AT = (sizeof(struct idempotency) + 15) / 16 * 16 };

/* NULL for those without a bound. */
static struct share *share_of(struct idempotency *table, uint32_t owner)
{
    return owner == 0 ? NULL : &table->shares[owner - 1];
}

struct status idempotency_open(const struct idempotency_setup *setup, struct mem *mem,
                               struct idempotency **ret_table)
{
    const struct table_rule rule = {.capacity = setup->entries,
                                    .key_len = SHA256_BYTES,
                                    .value_len = sizeof(struct idempotency_entry),
                                    .order = TABLE_KEEP};
    void *memory = NULL;
    *ret_table = NULL;
    TRY(mem_alloc(mem, TABLE_AT + table_size(&rule), &memory));
    struct idempotency *table = memory;
    table->mem = mem;
    table->capacity = setup->entries;
    mem_init(&table->answers, setup->bytes);
    thread_lock_init(&table->lock);
    struct status status =
        table_place((uint8_t *)memory + TABLE_AT, &rule, setup->entropy, &table->table);
    if (!status_is_ok(status)) {
        idempotency_close(&table);
    }
    *ret_table = table;
    return status;
}

/* Under the lock, as everything below that takes an entry. */
static void forget(struct idempotency *table, struct idempotency_entry *entry)
{
    INVARIANT(table != NULL && table->table != NULL);
    struct share *share = share_of(table, entry->owner);
    if (share != NULL) {
        share->entries--;
        share->bytes -= entry->body_len;
    }
    mem_free(&table->answers, &entry->body);
    table_remove(table->table, entry);
}

void idempotency_close(struct idempotency **table)
{
    if (*table == NULL) {
        return;
    }
    struct mem *mem = (*table)->mem;
    struct idempotency_entry *entry;
    while ((*table)->table != NULL && (entry = table_oldest((*table)->table)) != NULL) {
        forget(*table, entry);
    }
    thread_lock_deinit(&(*table)->lock);
    void *memory = *table;
    mem_free(mem, &memory);
    *table = NULL;
}

bool idempotency_key_valid(struct bytes key)
{
    if (key.len == 0 || key.len > LIMIT_IDEMPOTENCY_KEY || bytes_equal(key, BYTES_LITERAL("-"))) {
        return false;
    }
    for (size_t i = 0; i < key.len; i++) {
        if (key.ptr[i] < 0x21 || key.ptr[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

uint32_t idempotency_owner(struct bytes name)
{
    uint8_t hash[SHA256_BYTES];
    uint32_t number;
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, name);
    sha256_final(&sha, hash);
    memcpy(&number, hash, sizeof number);
    return number % OWNERS + 1;
}

void idempotency_id_make(const char *principal, const char *route, struct bytes key,
                         struct idempotency_id *ret_id)
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, bytes_of(principal));
    sha256_update(&sha, BYTES_LITERAL("\n"));
    sha256_update(&sha, bytes_of(route));
    sha256_update(&sha, BYTES_LITERAL("\n"));
    sha256_update(&sha, key);
    sha256_final(&sha, ret_id->name);
    ret_id->owner = 0;
}

void idempotency_op_make(const char *principal, const char *route, struct bytes key,
                         uint8_t ret_op[static IDEMPOTENCY_OP])
{
    struct sha256 sha;
    uint8_t digest[SHA256_BYTES];
    sha256_init(&sha);
    sha256_update(&sha, BYTES_LITERAL("coffer/op/1"));
    sha256_update(&sha, bytes_of(principal));
    sha256_update(&sha, bytes_of(route));
    sha256_update(&sha, key);
    sha256_final(&sha, digest);
    memcpy(ret_op, digest, IDEMPOTENCY_OP);
}

/* An entry lives as long as all others, so that the oldest is always the first to go. */
static void expire(struct idempotency *table, uint64_t now_ms)
{
    struct idempotency_entry *oldest;
    while ((oldest = table_oldest(table->table)) != NULL && oldest->done &&
           oldest->expires_ms <= now_ms) {
        forget(table, oldest);
    }
}

static struct status begin_new(struct idempotency *table, const struct idempotency_id *id,
                               uint64_t now_ms, struct idempotency_entry **ret_entry)
{
    struct share *share = share_of(table, id->owner);
    size_t free = table->capacity - table_count(table->table);
    struct idempotency_entry *entry =
        share != NULL && share->entries >= free ? NULL : table_add(table->table, id->name);
    if (entry == NULL) {
        return FAIL(OVERLOADED);
    }
    if (share != NULL) {
        share->entries++;
    }
    memcpy(entry->asked, id->body, sizeof entry->asked);
    entry->owner = id->owner;
    entry->expires_ms = now_ms + LIMIT_IDEMPOTENCY_MS;
    *ret_entry = entry;
    return OK;
}

static struct status replay(const struct idempotency_entry *entry, const struct idempotency_id *id,
                            struct arena *arena, struct answer *ret_answer)
{
    if (!bytes_equal(BYTES_ARRAY(entry->asked), BYTES_ARRAY(id->body))) {
        return FAIL(IDEMPOTENCY_CONFLICT);
    }
    if (!entry->done) {
        return FAIL(IDEMPOTENCY_BUSY);
    }
    TRY(arena_copy(arena, (struct bytes){entry->body, entry->body_len}, &ret_answer->body));
    ret_answer->entry = NULL;
    ret_answer->code = entry->code;
    ret_answer->http_status = entry->http_status;
    ret_answer->is_recorded = entry->is_recorded;
    memcpy(ret_answer->record, entry->record, sizeof ret_answer->record);
    ret_answer->media_type = entry->media_type;
    return OK;
}

struct status idempotency_begin(struct idempotency *table, const struct idempotency_id *id,
                                uint64_t now_ms, struct arena *arena, struct answer *ret_answer)
{
    thread_lock_take(&table->lock);
    expire(table, now_ms);
    struct idempotency_entry *entry = table_find(table->table, id->name);
    struct status status = entry == NULL ? begin_new(table, id, now_ms, &ret_answer->entry)
                                         : replay(entry, id, arena, ret_answer);
    thread_lock_give(&table->lock);
    return status;
}

static struct status store(struct idempotency *table, struct idempotency_entry *entry,
                           const struct answer *answer)
{
    struct share *share = share_of(table, entry->owner);
    size_t free = table->answers.cap - mem_used(&table->answers);
    INVARIANT(entry->body == NULL && !entry->done && answer->body.len != 0);
    if (share != NULL && share->bytes + answer->body.len > free) {
        return FAIL(OVERLOADED);
    }
    if (!status_is_ok(mem_alloc(&table->answers, answer->body.len, &entry->body))) {
        return FAIL(OVERLOADED);
    }
    memcpy(entry->body, answer->body.ptr, answer->body.len);
    entry->body_len = answer->body.len;
    if (share != NULL) {
        share->bytes += answer->body.len;
    }
    entry->code = answer->code;
    entry->http_status = answer->http_status;
    entry->is_recorded = answer->is_recorded;
    memcpy(entry->record, answer->record, sizeof entry->record);
    entry->media_type = answer->media_type;
    return OK;
}

struct status idempotency_store(struct idempotency *table, const struct answer *answer)
{
    thread_lock_take(&table->lock);
    struct status status = store(table, answer->entry, answer);
    thread_lock_give(&table->lock);
    return status;
}

void idempotency_settle(struct idempotency *table, struct idempotency_entry *entry, bool keep)
{
    thread_lock_take(&table->lock);
    entry->done = keep && entry->body != NULL;
    if (!entry->done) {
        forget(table, entry);
    }
    thread_lock_give(&table->lock);
}
