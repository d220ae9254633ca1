#include "base/table.h"

#include <string.h>

#include "base/invariant.h"
#include "base/secret.h"

enum {
    WORDS_MAX = TABLE_KEY_MAX / 4, /* of a key; even, so that they make pairs */
    ALIGNMENT = 8,
};

/* In front of key and value. Numbers of entries count from 1; 0 is none. */
struct entry {
    uint32_t chain; /* next in the bucket, or next free one */
    uint32_t older;
    uint32_t newer;
};

struct table {
    struct table_rule rule;
    size_t stride;   /* of an entry with key and value */
    size_t value_at; /* in an entry */
    uint8_t *entries;
    uint32_t *buckets;
    uint32_t bits;  /* of a bucket's index */
    uint32_t fresh; /* so many entries were ever used */
    uint32_t free;
    uint32_t oldest;
    uint32_t newest;
    size_t count;
    uint64_t salt[WORDS_MAX + 1];
};

_Static_assert(sizeof(struct table) % ALIGNMENT == 0, "what follows a table is aligned");

static size_t rounded_up(size_t len, size_t to)
{
    return (len + to - 1) / to * to;
}

static uint32_t bits_for(size_t capacity)
{
    uint32_t bits = 1;
    while (((size_t)1 << bits) < capacity) {
        bits++;
    }
    return bits;
}

static size_t value_offset(const struct table_rule *rule)
{
    return rounded_up(sizeof(struct entry) + rule->key_len, ALIGNMENT);
}

static size_t stride_of(const struct table_rule *rule)
{
    return rounded_up(value_offset(rule) + rule->value_len, ALIGNMENT);
}

size_t table_size(const struct table_rule *rule)
{
    size_t buckets = sizeof(uint32_t) << bits_for(rule->capacity);
    return sizeof(struct table) + rule->capacity * stride_of(rule) + buckets;
}

struct status table_place(void *memory, const struct table_rule *rule,
                          const struct entropy *entropy, struct table **ret_table)
{
    struct table *table = memory;
    *ret_table = NULL;
    INVARIANT(rule->capacity >= 1 && rule->capacity <= TABLE_CAPACITY_MAX);
    INVARIANT(rule->key_len >= 1 && rule->key_len <= TABLE_KEY_MAX);
    INVARIANT((uintptr_t)memory % 16 == 0);
    table->rule = *rule;
    table->value_at = value_offset(rule);
    table->stride = stride_of(rule);
    table->entries = (uint8_t *)(table + 1);
    table->buckets = (void *)(table->entries + rule->capacity * table->stride);
    table->bits = bits_for(rule->capacity);
    TRY(entropy_fill(entropy, (uint8_t *)table->salt, sizeof table->salt));
    *ret_table = table;
    return OK;
}

/* --- places ----------------------------------------------------------------------------------- */

static struct entry *entry_at(const struct table *table, uint32_t number)
{
    return (void *)(table->entries + (size_t)(number - 1) * table->stride);
}

static uint8_t *key_of(struct entry *entry)
{
    return (uint8_t *)(entry + 1);
}

static void *value_of(const struct table *table, struct entry *entry)
{
    return (uint8_t *)entry + table->value_at;
}

/* INVARIANT: it lies in this table. */
static uint32_t number_of(const struct table *table, const void *value)
{
    size_t offset = (size_t)((const uint8_t *)value - table->entries) - table->value_at;
    INVARIANT(offset % table->stride == 0 && offset / table->stride < table->fresh);
    return (uint32_t)(offset / table->stride) + 1;
}

/* A last half word is filled with zeros: keys have one length. */
static uint32_t word_at(const struct table *table, const uint8_t *key, size_t index)
{
    uint32_t word = 0;
    size_t at = 4 * index;
    if (at + 4 <= table->rule.key_len) {
        memcpy(&word, key + at, sizeof word);
    } else if (at < table->rule.key_len) {
        memcpy(&word, key + at, table->rule.key_len - at);
    }
    return word;
}

static uint32_t *bucket_of(const struct table *table, const uint8_t *key)
{
    uint64_t sum = table->salt[WORDS_MAX];
    for (size_t i = 0; 4 * i < table->rule.key_len; i += 2) {
        sum += (word_at(table, key, i) + table->salt[i]) *
               (word_at(table, key, i + 1) + table->salt[i + 1]);
    }
    return &table->buckets[sum >> (64 - table->bits)];
}

/* The link that points at the entry of a key, or the 0 at the end of its chain. */
static uint32_t *find_link(const struct table *table, const uint8_t *key)
{
    const struct bytes wanted = {key, table->rule.key_len};
    uint32_t *link = bucket_of(table, key);
    while (*link != 0) {
        struct entry *entry = entry_at(table, *link);
        if (bytes_equal((struct bytes){key_of(entry), table->rule.key_len}, wanted)) {
            break;
        }
        link = &entry->chain;
    }
    return link;
}

/* --- the order -------------------------------------------------------------------------------- */

static void leave_order(struct table *table, struct entry *entry)
{
    *(entry->older == 0 ? &table->oldest : &entry_at(table, entry->older)->newer) = entry->newer;
    *(entry->newer == 0 ? &table->newest : &entry_at(table, entry->newer)->older) = entry->older;
}

static void become_newest(struct table *table, uint32_t number)
{
    struct entry *entry = entry_at(table, number);
    entry->older = table->newest;
    entry->newer = 0;
    *(table->newest == 0 ? &table->oldest : &entry_at(table, table->newest)->newer) = number;
    table->newest = number;
}

/* --- use -------------------------------------------------------------------------------------- */

void *table_find(struct table *table, const void *key)
{
    uint32_t number = *find_link(table, key);
    if (number == 0) {
        return NULL;
    }
    struct entry *entry = entry_at(table, number);
    if (table->rule.order == TABLE_LRU && table->newest != number) {
        leave_order(table, entry);
        become_newest(table, number);
    }
    return value_of(table, entry);
}

static void remove_at(struct table *table, uint32_t *link)
{
    uint32_t number = *link;
    struct entry *entry = entry_at(table, number);
    *link = entry->chain;
    leave_order(table, entry);
    secret_wipe(entry, table->stride);
    entry->chain = table->free;
    table->free = number;
    table->count--;
}

void table_remove(struct table *table, void *value)
{
    struct entry *entry = entry_at(table, number_of(table, value));
    uint32_t *link = find_link(table, key_of(entry));
    INVARIANT(*link != 0);
    remove_at(table, link);
}

/* The number of an entry that nobody uses; 0 when there is none. */
static uint32_t take_free(struct table *table)
{
    if (table->free == 0 && table->fresh == table->rule.capacity) {
        if (table->rule.order == TABLE_KEEP) {
            return 0;
        }
        remove_at(table, find_link(table, key_of(entry_at(table, table->oldest))));
    }
    uint32_t number = table->free;
    if (number == 0) {
        return ++table->fresh;
    }
    table->free = entry_at(table, number)->chain;
    return number;
}

void *table_add(struct table *table, const void *key)
{
    CHECKED(*find_link(table, key) == 0);
    uint32_t number = take_free(table);
    if (number == 0) {
        return NULL;
    }
    struct entry *entry = entry_at(table, number);
    uint32_t *bucket = bucket_of(table, key);
    entry->chain = *bucket;
    *bucket = number;
    memcpy(key_of(entry), key, table->rule.key_len);
    become_newest(table, number);
    table->count++;
    return value_of(table, entry);
}

const void *table_key(const struct table *table, const void *value)
{
    return key_of(entry_at(table, number_of(table, value)));
}

void *table_oldest(const struct table *table)
{
    return table->oldest == 0 ? NULL : value_of(table, entry_at(table, table->oldest));
}

void *table_newer(const struct table *table, const void *value)
{
    uint32_t newer = entry_at(table, number_of(table, value))->newer;
    return newer == 0 ? NULL : value_of(table, entry_at(table, newer));
}

size_t table_count(const struct table *table)
{
    return table->count;
}
