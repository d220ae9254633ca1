#include "cluster/strict/strict_table.h"

#include <string.h>

#include "base/invariant.h"
#include "base/table.h"
#include "digest/sha256.h"

/* One record, in a block of its own, in the chain of its slot. */
struct entry {
    struct entry *next;
    struct entry *before;
    uint64_t place;
    uint8_t id[STRICT_ID];
    struct strict_sum sum; /* that it adds */
    struct strict_ballot ballot;
    uint16_t slot;
    uint8_t kind;
    uint8_t tenant[STRICT_TENANT];
    uint16_t key_len;
    uint32_t value_len;
    uint8_t bytes[]; /* key, value */
};

struct chain {
    struct entry *first;
    struct entry *last;
    struct strict_sum sum;
};

struct strict_table {
    struct mem *mem;
    void *memory; /* of the index */
    struct table *index;
    const struct entry *paged; /* the last one, or NULL */
    uint64_t places;
    uint16_t tick_slot;
    _Atomic uint64_t *changes; /* of the owner; or NULL */
    struct strict_sum listed;
    struct chain chains[STRICT_SLOTS];
};

struct status strict_table_open(struct mem *mem, const struct entropy *entropy, size_t records_max,
                                struct strict_table **ret)
{
    const struct table_rule rule = {records_max, STRICT_ID, sizeof(struct entry *), TABLE_KEEP};
    void *block;
    *ret = NULL;
    TRY(mem_alloc(mem, sizeof(struct strict_table), &block));
    struct strict_table *table = block;
    table->mem = mem;
    struct status status = mem_alloc(mem, table_size(&rule), &table->memory);
    if (status_is_ok(status)) {
        status = table_place(table->memory, &rule, entropy, &table->index);
    }
    if (!status_is_ok(status)) {
        mem_free(mem, &table->memory);
        mem_free(mem, &block);
        return status;
    }
    *ret = table;
    return OK;
}

void strict_table_watch(struct strict_table *table, _Atomic uint64_t *changes)
{
    table->changes = changes;
}

static void free_entry(struct strict_table *table, struct entry *entry)
{
    void *block = entry;
    table->paged = table->paged == entry ? NULL : table->paged;
    mem_free(table->mem, &block);
}

void strict_table_close(struct strict_table **table)
{
    struct strict_table *one = *table;
    if (one == NULL) {
        return;
    }
    for (size_t i = 0; i < STRICT_SLOTS; i++) {
        for (struct entry *entry = one->chains[i].first; entry != NULL;) {
            struct entry *next = entry->next;
            free_entry(one, entry);
            entry = next;
        }
    }
    void *block = one;
    mem_free(one->mem, &one->memory);
    mem_free(one->mem, &block);
    *table = NULL;
}

/* --- records ---------------------------------------------------------------------------------- */

void strict_record_id(const struct strict_record *record, uint8_t ret[static STRICT_ID])
{
    uint8_t digest[SHA256_BYTES];
    const uint8_t head[] = {(uint8_t)(record->slot >> 8), (uint8_t)record->slot,
                            (uint8_t)record->kind};
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, BYTES_ARRAY(head));
    sha256_update(&sha, BYTES_ARRAY(record->tenant));
    sha256_update(&sha, record->key);
    sha256_final(&sha, digest);
    memcpy(ret, digest, STRICT_ID);
}

static struct strict_sum sum_of(const uint8_t id[static STRICT_ID],
                                const struct strict_version *version)
{
    uint8_t digest[SHA256_BYTES];
    uint8_t term[sizeof(uint64_t)];
    struct strict_sum sum;
    struct buf out = buf_over(term, sizeof term);
    struct sha256 sha;
    buf_put_u64(&out, version->ballot.term);
    sha256_init(&sha);
    sha256_update(&sha, (struct bytes){id, STRICT_ID});
    sha256_update(&sha, buf_bytes(&out));
    sha256_update(&sha, BYTES_ARRAY(version->ballot.boot));
    sha256_update(&sha, version->value);
    sha256_final(&sha, digest);
    struct reader reader = reader_over(BYTES_ARRAY(digest));
    sum.halves[0] = reader_u64(&reader);
    sum.halves[1] = reader_u64(&reader);
    return sum;
}

struct strict_sum strict_record_sum(const struct strict_record *record)
{
    uint8_t id[STRICT_ID];
    strict_record_id(record, id);
    return sum_of(id, &record->version);
}

static void add_sum(struct strict_sum *sum, const struct strict_sum *part, bool is_added)
{
    for (size_t i = 0; i < 2; i++) {
        sum->halves[i] =
            is_added ? sum->halves[i] + part->halves[i] : sum->halves[i] - part->halves[i];
    }
}

static void count_entry(struct strict_table *table, const struct entry *entry, bool is_added)
{
    add_sum(&table->chains[entry->slot].sum, &entry->sum, is_added);
    if (table->changes != NULL) {
        atomic_fetch_add(&table->changes[entry->slot], 1);
    }
    if (strict_kind_is_listed(entry->kind)) {
        add_sum(&table->listed, &entry->sum, is_added);
    }
}

static struct strict_version version_of(const struct entry *entry)
{
    return (struct strict_version){entry->ballot,
                                   {entry->bytes + entry->key_len, entry->value_len}};
}

static void read_entry(const struct entry *entry, struct strict_record *ret)
{
    *ret = (struct strict_record){.slot = entry->slot,
                                  .kind = entry->kind,
                                  .key = {entry->bytes, entry->key_len},
                                  .version = version_of(entry)};
    memcpy(ret->tenant, entry->tenant, STRICT_TENANT);
}

static struct status make_entry(struct strict_table *table, const struct strict_record *record,
                                const struct strict_version *version, struct entry **ret)
{
    void *block;
    size_t len = sizeof(struct entry) + record->key.len + version->value.len;
    *ret = NULL;
    TRY(mem_alloc(table->mem, len, &block));
    struct entry *entry = block;
    strict_record_id(record, entry->id);
    entry->ballot = version->ballot;
    entry->slot = record->slot;
    entry->kind = (uint8_t)record->kind;
    memcpy(entry->tenant, record->tenant, STRICT_TENANT);
    entry->key_len = (uint16_t)record->key.len;
    entry->value_len = (uint32_t)version->value.len;
    memcpy(entry->bytes, record->key.ptr, record->key.len);
    memcpy(entry->bytes + record->key.len, version->value.ptr, version->value.len);
    entry->sum = sum_of(entry->id, version);
    *ret = entry;
    return OK;
}

static void append(struct strict_table *table, struct chain *chain, struct entry *entry)
{
    entry->place = ++table->places;
    entry->before = chain->last;
    *(chain->last == NULL ? &chain->first : &chain->last->next) = entry;
    chain->last = entry;
}

/* A new version stands where the old one stood: who pages has passed it or will. */
static void replace(struct chain *chain, struct entry *old, struct entry *entry)
{
    entry->place = old->place;
    entry->next = old->next;
    entry->before = old->before;
    *(old->before == NULL ? &chain->first : &old->before->next) = entry;
    *(old->next == NULL ? &chain->last : &old->next->before) = entry;
}

static bool is_valid(const struct strict_record *record)
{
    return record->slot < STRICT_SLOTS && record->kind < STRICT_KINDS_COUNT &&
           record->key.len >= 1 && record->key.len <= STRICT_KEY_MAX &&
           strict_value_is_valid(record->kind, record->version.value);
}

static struct status merge_into(struct strict_table *table, const struct strict_record *record,
                                struct entry **place)
{
    uint8_t memory[STRICT_SPENT_MAX];
    struct entry *old = *place;
    struct strict_version before = version_of(old);
    struct strict_version merged = strict_merge(record->kind, &before, &record->version, memory);
    struct entry *entry;
    if (strict_ballot_order(&merged.ballot, &before.ballot) == 0 &&
        bytes_equal(merged.value, before.value)) {
        return OK;
    }
    TRY(make_entry(table, record, &merged, &entry));
    count_entry(table, old, false);
    count_entry(table, entry, true);
    replace(&table->chains[record->slot], old, entry);
    *place = entry;
    free_entry(table, old);
    return OK;
}

struct status strict_table_merge(struct strict_table *table, const struct strict_record *record,
                                 uint64_t wall_ms)
{
    uint8_t id[STRICT_ID];
    struct entry *entry;
    if (!is_valid(record)) {
        return FAIL(RECORD_INVALID);
    }
    if (strict_value_is_gone(record->kind, record->version.value, wall_ms)) {
        return OK;
    }
    strict_record_id(record, id);
    struct entry **place = table_find(table->index, id);
    if (place != NULL) {
        return merge_into(table, record, place);
    }
    TRY(make_entry(table, record, &record->version, &entry));
    place = table_add(table->index, id);
    if (place == NULL) {
        free_entry(table, entry);
        return FAIL(OVERLOADED);
    }
    *place = entry;
    append(table, &table->chains[record->slot], entry);
    count_entry(table, entry, true);
    return OK;
}

bool strict_table_find(struct strict_table *table, const uint8_t id[static STRICT_ID],
                       struct strict_record *ret)
{
    struct entry **place = table_find(table->index, id);
    *ret = (struct strict_record){0};
    if (place == NULL) {
        return false;
    }
    read_entry(*place, ret);
    return true;
}

bool strict_table_next(struct strict_table *table, uint16_t slot, uint64_t *place,
                       struct strict_record *ret)
{
    bool is_behind =
        table->paged != NULL && table->paged->slot == slot && *place == table->paged->place;
    const struct entry *entry = is_behind ? table->paged->next : table->chains[slot].first;
    while (entry != NULL && entry->place <= *place) {
        entry = entry->next;
    }
    *ret = (struct strict_record){0};
    if (entry == NULL) {
        return false;
    }
    *place = entry->place;
    table->paged = entry;
    read_entry(entry, ret);
    return true;
}

bool strict_table_walk(struct strict_table *table, struct strict_walk *walk)
{
    struct strict_record record;
    for (size_t i = 0; i < walk->limit; i++) {
        if (!strict_table_next(table, walk->slot, &walk->place, &record)) {
            return false;
        }
        walk->visit(walk->visitor, &record);
    }
    return table->paged->next != NULL;
}

static void remove_entry(struct strict_table *table, struct entry *entry)
{
    struct chain *chain = &table->chains[entry->slot];
    count_entry(table, entry, false);
    table_remove(table->index, table_find(table->index, entry->id));
    *(entry->before == NULL ? &chain->first : &entry->before->next) = entry->next;
    *(entry->next == NULL ? &chain->last : &entry->next->before) = entry->before;
    free_entry(table, entry);
}

void strict_table_tick(struct strict_table *table, uint64_t wall_ms)
{
    struct entry *entry = table->chains[table->tick_slot].first;
    table->tick_slot = (uint16_t)((table->tick_slot + 1) % STRICT_SLOTS);
    while (entry != NULL) {
        struct entry *next = entry->next;
        if (strict_value_is_gone(entry->kind, version_of(entry).value, wall_ms)) {
            remove_entry(table, entry);
        }
        entry = next;
    }
}

struct strict_sum strict_table_sum(const struct strict_table *table, uint16_t slot)
{
    return table->chains[slot].sum;
}

struct strict_sum strict_table_listed(const struct strict_table *table)
{
    return table->listed;
}

bool strict_sum_equal(const struct strict_sum *a, const struct strict_sum *b)
{
    return a->halves[0] == b->halves[0] && a->halves[1] == b->halves[1];
}

size_t strict_table_count(const struct strict_table *table)
{
    return table_count(table->index);
}

/* --- on the wire ------------------------------------------------------------------------------ */

void strict_record_put(struct buf *out, const struct strict_record *record)
{
    buf_put_u16(out, record->slot);
    buf_put_u8(out, (uint8_t)record->kind);
    buf_put(out, BYTES_ARRAY(record->tenant));
    buf_put_u16(out, (uint16_t)record->key.len);
    buf_put(out, record->key);
    buf_put_u64(out, record->version.ballot.term);
    buf_put(out, BYTES_ARRAY(record->version.ballot.boot));
    buf_put_u32(out, (uint32_t)record->version.value.len);
    buf_put(out, record->version.value);
}

bool strict_record_read(struct reader *body, struct strict_record *ret)
{
    *ret = (struct strict_record){.slot = reader_u16(body), .kind = reader_u8(body)};
    struct bytes tenant = reader_take(body, STRICT_TENANT);
    struct bytes key = reader_take(body, reader_u16(body));
    uint64_t term = reader_u64(body);
    struct bytes boot = reader_take(body, STRICT_BOOT);
    struct bytes value = reader_take(body, reader_u32(body));
    body->failed = body->failed || term > STRICT_NUMBER_MAX;
    if (body->failed) {
        return false;
    }
    memcpy(ret->tenant, tenant.ptr, STRICT_TENANT);
    ret->key = key;
    ret->version.ballot.term = term;
    memcpy(ret->version.ballot.boot, boot.ptr, STRICT_BOOT);
    ret->version.value = value;
    return true;
}
