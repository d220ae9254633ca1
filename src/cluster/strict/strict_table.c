#include "cluster/strict/strict_table.h"

#include <string.h>

#include "base/invariant.h"
#include "base/ordered_tree.h"

enum {
    TICK_MAX = 1024,  /* records that go in one tick */
    BLOCK_BYTES = 32, /* that a block of memory costs beside itself, about */
};

/* One record, in a block of its own: in the tree of its slot by name, and in the chain of its slot
 * by place. Behind key and value, if it goes some day, its node in the tree of those. */
struct entry {
    struct ordered_node node;
    struct entry *next;
    struct entry *before;
    uint64_t place;
    struct strict_sum sum; /* that it adds */
    struct strict_ballot ballot;
    uint16_t slot;
    uint16_t key_len;
    uint32_t value_len;
    uint8_t kind;
    uint8_t tenant[STRICT_TENANT];
    uint8_t bytes[]; /* key, value */
};

struct mortal {
    struct ordered_node node;
    struct entry *entry;
    uint64_t gone_ms;
};

struct chain {
    struct ordered_tree names;
    struct entry *first;
    struct entry *last;
    struct strict_sum sum;
    uint64_t listed_place; /* of the last change of what a node may not lack */
};

struct strict_table {
    struct mem *mem;
    size_t bytes_max;
    size_t bytes;
    size_t count;
    uint64_t name;
    uint64_t places;
    uint64_t term;             /* the greatest so far */
    const struct entry *paged; /* the last one, or NULL */
    _Atomic uint64_t *changes; /* of the owner; or NULL */
    struct strict_sum listed;
    struct ordered_tree mortals;
    struct chain chains[STRICT_SLOTS];
};

/* --- names ------------------------------------------------------------------------------------ */

static struct entry *entry_of(const struct ordered_node *node)
{
    return (void *)(uintptr_t)node; /* it is the first member */
}

static struct bytes key_of(const struct entry *entry)
{
    return (struct bytes){entry->bytes, entry->key_len};
}

/* In the slot: kind, tenant, key. */
static int compare_names(const void *key, const struct ordered_node *node)
{
    const struct strict_record *named = key;
    const struct entry *entry = entry_of(node);
    int order = ((unsigned)named->kind > entry->kind) - ((unsigned)named->kind < entry->kind);
    if (order == 0) {
        order = bytes_compare(BYTES_ARRAY(named->tenant), BYTES_ARRAY(entry->tenant));
    }
    return order != 0 ? order : bytes_compare(named->key, key_of(entry));
}

static struct mortal *mortal_of(const struct ordered_node *node)
{
    return (void *)(uintptr_t)node;
}

static int compare_mortals(const void *key, const struct ordered_node *node)
{
    const struct mortal *a = key;
    const struct mortal *b = mortal_of(node);
    int order = (a->gone_ms > b->gone_ms) - (a->gone_ms < b->gone_ms);
    return order != 0 ? order : (a->entry > b->entry) - (a->entry < b->entry);
}

/* --- start and end ---------------------------------------------------------------------------- */

struct status strict_table_open(struct mem *mem, const struct entropy *entropy, size_t bytes_max,
                                struct strict_table **ret)
{
    void *block;
    *ret = NULL;
    TRY(mem_alloc(mem, sizeof(struct strict_table), &block));
    struct strict_table *table = block;
    struct status status = entropy_fill(entropy, (void *)&table->name, sizeof table->name);
    if (!status_is_ok(status)) {
        mem_free(mem, &block);
        return status;
    }
    table->name |= 1; /* not 0 */
    table->mem = mem;
    table->bytes_max = bytes_max;
    table->mortals = ordered_tree_over(compare_mortals);
    for (size_t i = 0; i < STRICT_SLOTS; i++) {
        table->chains[i].names = ordered_tree_over(compare_names);
    }
    *ret = table;
    return OK;
}

void strict_table_watch(struct strict_table *table, _Atomic uint64_t *changes)
{
    table->changes = changes;
}

static size_t mortal_at(const struct entry *entry)
{
    size_t end = sizeof(struct entry) + entry->key_len + entry->value_len;
    return (end + 15) / 16 * 16;
}

static bool is_mortal(enum strict_kind kind, struct bytes value)
{
    return strict_value_gone_ms(kind, value) != UINT64_MAX;
}

static struct strict_version version_of(const struct entry *entry)
{
    return (struct strict_version){entry->ballot,
                                   {entry->bytes + entry->key_len, entry->value_len}};
}

/* What it takes of the budget. */
static size_t cost_of(const struct entry *entry)
{
    bool goes = is_mortal(entry->kind, version_of(entry).value);
    return BLOCK_BYTES + mortal_at(entry) + (goes ? sizeof(struct mortal) : 0);
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
    mem_free(one->mem, &block);
    *table = NULL;
}

/* --- sums ------------------------------------------------------------------------------------- */

static void add_sum(struct strict_sum *sum, const struct strict_sum *part, bool is_added)
{
    for (size_t i = 0; i < 2; i++) {
        sum->halves[i] =
            is_added ? sum->halves[i] + part->halves[i] : sum->halves[i] - part->halves[i];
    }
}

static void count_entry(struct strict_table *table, const struct entry *entry, bool is_added)
{
    size_t cost = cost_of(entry);
    add_sum(&table->chains[entry->slot].sum, &entry->sum, is_added);
    if (strict_kind_is_listed(entry->kind)) {
        add_sum(&table->listed, &entry->sum, is_added);
    }
    table->bytes = is_added ? table->bytes + cost : table->bytes - cost;
    table->count = is_added ? table->count + 1 : table->count - 1;
    if (table->changes != NULL) {
        atomic_fetch_add(&table->changes[entry->slot], 1);
    }
}

/* --- records ---------------------------------------------------------------------------------- */

static void read_entry(const struct entry *entry, struct strict_record *ret)
{
    *ret = (struct strict_record){.slot = entry->slot,
                                  .kind = entry->kind,
                                  .key = key_of(entry),
                                  .version = version_of(entry)};
    memcpy(ret->tenant, entry->tenant, STRICT_TENANT);
}

static struct status make_entry(struct strict_table *table, const struct strict_record *record,
                                const struct strict_version *version, struct entry **ret)
{
    void *block;
    struct entry head = {.key_len = (uint16_t)record->key.len,
                         .value_len = (uint32_t)version->value.len};
    bool goes = is_mortal(record->kind, version->value);
    size_t len = sizeof(struct entry) + record->key.len + version->value.len;
    struct strict_record whole = *record;
    *ret = NULL;
    TRY(mem_alloc(table->mem, goes ? mortal_at(&head) + sizeof(struct mortal) : len, &block));
    struct entry *entry = block;
    whole.version = *version;
    *entry = head;
    entry->ballot = version->ballot;
    entry->slot = record->slot;
    entry->kind = (uint8_t)record->kind;
    memcpy(entry->tenant, record->tenant, STRICT_TENANT);
    memcpy(entry->bytes, record->key.ptr, record->key.len);
    memcpy(entry->bytes + record->key.len, version->value.ptr, version->value.len);
    entry->sum = strict_record_sum(&whole);
    *ret = entry;
    return OK;
}

static struct mortal *end_of(struct entry *entry)
{
    return (void *)((uint8_t *)entry + mortal_at(entry));
}

/* At the end of its chain. */
static void append(struct strict_table *table, struct entry *entry)
{
    struct chain *chain = &table->chains[entry->slot];
    entry->place = ++table->places;
    entry->before = chain->last;
    entry->next = NULL;
    *(chain->last == NULL ? &chain->first : &chain->last->next) = entry;
    chain->last = entry;
}

static void leave_chain(struct strict_table *table, struct entry *entry)
{
    struct chain *chain = &table->chains[entry->slot];
    *(entry->before == NULL ? &chain->first : &entry->before->next) = entry->next;
    *(entry->next == NULL ? &chain->last : &entry->next->before) = entry->before;
}

/* A new version stands where the old one stood: who pages has passed it or will. Where a node may
 * not lack it, it is new to all. */
static void take_place(struct strict_table *table, struct entry *old, struct entry *entry)
{
    struct chain *chain = &table->chains[old->slot];
    if (strict_kind_is_listed(entry->kind)) {
        leave_chain(table, old);
        append(table, entry);
        return;
    }
    entry->place = old->place;
    entry->next = old->next;
    entry->before = old->before;
    *(old->before == NULL ? &chain->first : &old->before->next) = entry;
    *(old->next == NULL ? &chain->last : &old->next->before) = entry;
}

static void enter_mortals(struct strict_table *table, struct entry *entry)
{
    uint64_t gone_ms = strict_value_gone_ms(entry->kind, version_of(entry).value);
    if (gone_ms != UINT64_MAX) {
        struct mortal *mortal = end_of(entry);
        mortal->entry = entry;
        mortal->gone_ms = gone_ms;
        ordered_tree_insert(&table->mortals, mortal, &mortal->node);
    }
}

static void leave_mortals(struct strict_table *table, struct entry *entry)
{
    if (is_mortal(entry->kind, version_of(entry).value)) {
        ordered_tree_remove(&table->mortals, &end_of(entry)->node);
    }
}

/* It is in the chain and the tree of names. */
static void entry_came(struct strict_table *table, struct entry *entry)
{
    struct chain *chain = &table->chains[entry->slot];
    table->term = entry->ballot.term > table->term ? entry->ballot.term : table->term;
    chain->listed_place = strict_kind_is_listed(entry->kind) ? entry->place : chain->listed_place;
    enter_mortals(table, entry);
    count_entry(table, entry, true);
}

static bool is_valid(const struct strict_record *record)
{
    return record->slot < STRICT_SLOTS && record->kind < STRICT_KINDS_COUNT &&
           record->key.len >= 1 && record->key.len <= STRICT_KEY_MAX &&
           strict_value_is_valid(record->kind, record->version.value);
}

/* What revokes goes in some time, and what changes is there already: both have an eighth more. */
static bool has_room(const struct strict_table *table, const struct entry *entry,
                     const struct entry *old)
{
    size_t cost = cost_of(entry);
    bool has_more = old != NULL || entry->kind == STRICT_REVOKED;
    size_t most = table->bytes_max + (has_more ? table->bytes_max / 8 : 0);
    size_t left = table->bytes - (old == NULL ? 0 : cost_of(old));
    return left <= most && cost <= most - left;
}

static struct status merge_into(struct strict_table *table, const struct strict_record *record,
                                struct entry *old)
{
    uint8_t memory[STRICT_SPENT_MAX];
    struct strict_version before = version_of(old);
    struct strict_version merged = strict_merge(record->kind, &before, &record->version, memory);
    struct entry *entry;
    if (strict_ballot_order(&merged.ballot, &before.ballot) == 0 &&
        bytes_equal(merged.value, before.value)) {
        return OK;
    }
    TRY(make_entry(table, record, &merged, &entry));
    if (!has_room(table, entry, old)) {
        free_entry(table, entry);
        return FAIL(OVERLOADED);
    }
    count_entry(table, old, false);
    leave_mortals(table, old);
    take_place(table, old, entry);
    ordered_tree_replace(&table->chains[record->slot].names, &old->node, &entry->node);
    entry_came(table, entry);
    free_entry(table, old);
    return OK;
}

static struct entry *find_entry(const struct strict_table *table, const struct strict_record *named)
{
    struct ordered_node *node = named->slot < STRICT_SLOTS
                                    ? ordered_tree_find(&table->chains[named->slot].names, named)
                                    : NULL;
    return node == NULL ? NULL : entry_of(node);
}

struct status strict_table_merge(struct strict_table *table, const struct strict_record *record,
                                 uint64_t wall_ms)
{
    struct entry *entry;
    if (!is_valid(record)) {
        return FAIL(RECORD_INVALID);
    }
    if (wall_ms >= strict_value_gone_ms(record->kind, record->version.value)) {
        return OK;
    }
    struct entry *old = find_entry(table, record);
    if (old != NULL) {
        return merge_into(table, record, old);
    }
    TRY(make_entry(table, record, &record->version, &entry));
    if (!has_room(table, entry, NULL)) {
        free_entry(table, entry);
        return FAIL(OVERLOADED);
    }
    append(table, entry);
    ordered_tree_insert(&table->chains[entry->slot].names, record, &entry->node);
    entry_came(table, entry);
    return OK;
}

bool strict_table_find(struct strict_table *table, const struct strict_record *named,
                       struct strict_record *ret)
{
    const struct entry *entry = find_entry(table, named);
    *ret = (struct strict_record){0};
    if (entry == NULL) {
        return false;
    }
    read_entry(entry, ret);
    return true;
}

static void remove_entry(struct strict_table *table, struct entry *entry)
{
    count_entry(table, entry, false);
    leave_mortals(table, entry);
    leave_chain(table, entry);
    ordered_tree_remove(&table->chains[entry->slot].names, &entry->node);
    free_entry(table, entry);
}

void strict_table_tick(struct strict_table *table, uint64_t wall_ms)
{
    for (size_t i = 0; i < TICK_MAX; i++) {
        const struct ordered_node *first = ordered_tree_first(&table->mortals);
        if (first == NULL || wall_ms < mortal_of(first)->gone_ms) {
            return;
        }
        remove_entry(table, mortal_of(first)->entry);
    }
}

/* --- in order --------------------------------------------------------------------------------- */

/* The first entry of a chain behind a place, from the end that is nearer. */
static const struct entry *entry_behind(const struct strict_table *table, uint16_t slot,
                                        uint64_t place)
{
    const struct chain *chain = &table->chains[slot];
    const struct entry *entry = chain->last;
    if (entry == NULL || entry->place <= place) {
        return NULL;
    }
    if (table->paged != NULL && table->paged->slot == slot && table->paged->place == place) {
        return table->paged->next;
    }
    if (place - chain->first->place < entry->place - place || place < chain->first->place) {
        entry = chain->first;
        while (entry->place <= place) {
            entry = entry->next;
        }
        return entry;
    }
    while (entry->before != NULL && entry->before->place > place) {
        entry = entry->before;
    }
    return entry;
}

bool strict_table_next(struct strict_table *table, uint16_t slot, uint64_t *place,
                       struct strict_record *ret)
{
    const struct entry *entry = entry_behind(table, slot, *place);
    *ret = (struct strict_record){0};
    if (entry == NULL) {
        return false;
    }
    *place = entry->place;
    table->paged = entry;
    read_entry(entry, ret);
    return true;
}

/* Those of one kind and tenant whose keys begin alike. */
static bool walk_named(struct strict_table *table, struct strict_walk *walk)
{
    const struct ordered_tree *names = &table->chains[walk->slot].names;
    const struct strict_record *named = walk->named;
    struct strict_record after = *named;
    after.key = (struct bytes){walk->last, walk->last_len};
    const struct ordered_node *node =
        walk->last_len == 0 ? ordered_tree_from(names, named) : ordered_tree_above(names, &after);
    for (size_t i = 0; node != NULL; i++) {
        struct strict_record record;
        read_entry(entry_of(node), &record);
        if (record.kind != named->kind ||
            !bytes_equal(BYTES_ARRAY(record.tenant), BYTES_ARRAY(named->tenant)) ||
            record.key.len < named->key.len ||
            !bytes_equal(bytes_slice(record.key, 0, named->key.len), named->key)) {
            return false;
        }
        if (i == walk->limit) {
            return true;
        }
        walk->visit(walk->visitor, &record);
        memcpy(walk->last, record.key.ptr, record.key.len);
        walk->last_len = record.key.len;
        node = ordered_tree_next(node);
    }
    return false;
}

bool strict_table_walk(struct strict_table *table, struct strict_walk *walk)
{
    struct strict_record record;
    if (walk->named != NULL) {
        return walk_named(table, walk);
    }
    for (size_t i = 0; i < walk->limit; i++) {
        if (!strict_table_next(table, walk->slot, &walk->place, &record)) {
            return false;
        }
        walk->visit(walk->visitor, &record);
    }
    return table->paged->next != NULL;
}

uint64_t strict_table_name(const struct strict_table *table)
{
    return table->name;
}

uint64_t strict_table_top(const struct strict_table *table)
{
    return table->places;
}

bool strict_table_news(struct strict_table *table, struct strict_news *at,
                       struct strict_record *ret)
{
    for (; at->slot < STRICT_SLOTS; at->slot++, at->place = 0) {
        uint64_t place = at->place > at->since ? at->place : at->since;
        while (table->chains[at->slot].listed_place > place &&
               strict_table_next(table, at->slot, &place, ret)) {
            at->place = place;
            if (strict_kind_is_listed(ret->kind)) {
                return true;
            }
        }
    }
    return false;
}

/* --- the whole -------------------------------------------------------------------------------- */

struct strict_sum strict_table_sum(const struct strict_table *table, uint16_t slot)
{
    return table->chains[slot].sum;
}

struct strict_sum strict_table_listed(const struct strict_table *table)
{
    return table->listed;
}

uint64_t strict_table_term(const struct strict_table *table)
{
    return table->term;
}

size_t strict_table_count(const struct strict_table *table)
{
    return table->count;
}

size_t strict_table_bytes(const struct strict_table *table)
{
    return table->bytes;
}
