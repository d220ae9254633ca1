#include "pipeline/context/idempotency.h"

#include <string.h>

#include "base/invariant.h"
#include "base/limits.h"
#include "base/thread.h"

enum { OWNERS = 4096 };

/* What an owner has. */
struct share {
    uint32_t entries;
    size_t bytes;
};

/* 0 is no entry: entry i of the table has the number i + 1. */
struct entry {
    struct idempotency_id id;
    uint32_t chain; /* next in its bucket, or next free */
    uint32_t older; /* in the order of beginning */
    uint32_t newer;
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
    struct entry *entries;
    uint32_t *buckets;
    size_t bucket_count; /* a power of two */
    uint32_t free;
    uint32_t free_count;
    uint32_t oldest;
    uint32_t newest;
    struct share shares[OWNERS];
};

static struct entry *at(struct idempotency *table, uint32_t number)
{
    return number == 0 ? NULL : &table->entries[number - 1];
}

/* NULL for those without a bound. */
static struct share *share_of(struct idempotency *table, const struct idempotency_id *id)
{
    return id->owner == 0 ? NULL : &table->shares[id->owner - 1];
}

static uint32_t *bucket_of(struct idempotency *table, const struct idempotency_id *id)
{
    uint32_t start;
    memcpy(&start, id->name, sizeof start);
    return &table->buckets[start & (table->bucket_count - 1)];
}

struct status idempotency_open(size_t entries, size_t bytes, struct mem *mem,
                               struct idempotency **ret_table)
{
    void *memory = NULL;
    size_t buckets = 1;
    *ret_table = NULL;
    INVARIANT(entries >= 1 && entries < UINT32_MAX / 2);
    while (buckets < entries) {
        buckets *= 2;
    }
    TRY(mem_alloc(mem,
                  sizeof **ret_table + entries * sizeof(struct entry) + buckets * sizeof(uint32_t),
                  &memory));
    struct idempotency *table = memory;
    table->mem = mem;
    table->entries = (struct entry *)(table + 1);
    table->buckets = (uint32_t *)(table->entries + entries);
    table->bucket_count = buckets;
    for (size_t i = entries; i != 0; i--) {
        table->entries[i - 1].chain = table->free;
        table->free = (uint32_t)i;
    }
    table->free_count = (uint32_t)entries;
    mem_init(&table->answers, bytes);
    thread_lock_init(&table->lock);
    *ret_table = table;
    return OK;
}

/* Under the lock, as everything below that takes a number. */
static void forget(struct idempotency *table, uint32_t number)
{
    struct entry *entry = at(table, number);
    uint32_t *link = bucket_of(table, &entry->id);
    while (*link != number) {
        link = &at(table, *link)->chain;
    }
    *link = entry->chain;
    *(entry->older == 0 ? &table->oldest : &at(table, entry->older)->newer) = entry->newer;
    *(entry->newer == 0 ? &table->newest : &at(table, entry->newer)->older) = entry->older;
    struct share *share = share_of(table, &entry->id);
    if (share != NULL) {
        share->entries--;
        share->bytes -= entry->body_len;
    }
    mem_free(&table->answers, &entry->body);
    *entry = (struct entry){.chain = table->free};
    table->free = number;
    table->free_count++;
}

void idempotency_close(struct idempotency **table)
{
    if (*table == NULL) {
        return;
    }
    struct mem *mem = (*table)->mem;
    while ((*table)->oldest != 0) {
        forget(*table, (*table)->oldest);
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

static uint32_t find_entry(struct idempotency *table, const struct idempotency_id *id)
{
    uint32_t number = *bucket_of(table, id);
    while (number != 0 &&
           !bytes_equal(BYTES_ARRAY(at(table, number)->id.name), BYTES_ARRAY(id->name))) {
        number = at(table, number)->chain;
    }
    return number;
}

/* An entry lives as long as all others, so that the oldest is always the first to go. */
static void expire(struct idempotency *table, uint64_t now_ms)
{
    while (table->oldest != 0 && at(table, table->oldest)->done &&
           at(table, table->oldest)->expires_ms <= now_ms) {
        forget(table, table->oldest);
    }
}

static struct status begin_new(struct idempotency *table, const struct idempotency_id *id,
                               uint64_t now_ms, uint64_t *ret_entry)
{
    uint32_t number = table->free;
    struct share *share = share_of(table, id);
    if (number == 0 || (share != NULL && share->entries >= table->free_count)) {
        return FAIL(OVERLOADED);
    }
    if (share != NULL) {
        share->entries++;
    }
    table->free_count--;
    struct entry *entry = at(table, number);
    uint32_t *bucket = bucket_of(table, id);
    table->free = entry->chain;
    *entry = (struct entry){.id = *id,
                            .chain = *bucket,
                            .older = table->newest,
                            .expires_ms = now_ms + LIMIT_IDEMPOTENCY_MS};
    *bucket = number;
    *(table->newest == 0 ? &table->oldest : &at(table, table->newest)->newer) = number;
    table->newest = number;
    *ret_entry = number;
    return OK;
}

static struct status replay(const struct entry *entry, const struct idempotency_id *id,
                            struct arena *arena, struct answer *ret_answer)
{
    if (!bytes_equal(BYTES_ARRAY(entry->id.body), BYTES_ARRAY(id->body))) {
        return FAIL(IDEMPOTENCY_CONFLICT);
    }
    if (!entry->done) {
        return FAIL(IDEMPOTENCY_BUSY);
    }
    TRY(arena_copy(arena, (struct bytes){entry->body, entry->body_len}, &ret_answer->body));
    ret_answer->entry = 0;
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
    uint32_t number = find_entry(table, id);
    struct status status = number == 0 ? begin_new(table, id, now_ms, &ret_answer->entry)
                                       : replay(at(table, number), id, arena, ret_answer);
    thread_lock_give(&table->lock);
    return status;
}

static struct status store(struct idempotency *table, struct entry *entry,
                           const struct answer *answer)
{
    struct share *share = share_of(table, &entry->id);
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
    struct status status = store(table, at(table, (uint32_t)answer->entry), answer);
    thread_lock_give(&table->lock);
    return status;
}

void idempotency_settle(struct idempotency *table, uint64_t entry, bool keep)
{
    thread_lock_take(&table->lock);
    struct entry *settled = at(table, (uint32_t)entry);
    settled->done = keep && settled->body != NULL;
    if (!settled->done) {
        forget(table, (uint32_t)entry);
    }
    thread_lock_give(&table->lock);
}
