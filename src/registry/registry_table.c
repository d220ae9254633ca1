#include <string.h>

#include "base/bytes.h"
#include "base/invariant.h"
#include "registry/registry_table_internal.h"

/* Not base/table: an entry is in up to two of four lists and moves between two bounds, so that its
 * positions, free list and order would stay beside those of a table. */
static uint32_t position_of(const struct registry_table *table, const struct registry_entry *entry)
{
    return (uint32_t)(entry - table->entries) + 1;
}

static struct registry_entry *at(const struct registry_table *table, uint32_t position)
{
    return position == 0 ? NULL : &table->entries[position - 1];
}

/* A list over the links at this offset of an entry. */
struct thread {
    struct registry_table *table;
    struct registry_table_list *list;
    size_t offset;
};

static struct registry_table_link *link_of(const struct thread *thread, uint32_t position)
{
    uint8_t *entry = (uint8_t *)at(thread->table, position);
    return (struct registry_table_link *)(void *)(entry + thread->offset);
}

static void push(const struct thread *thread, uint32_t position, bool is_first)
{
    struct registry_table_list *list = thread->list;
    struct registry_table_link *link = link_of(thread, position);
    link->before = is_first ? 0 : list->last;
    link->after = is_first ? list->first : 0;
    *(link->before != 0 ? &link_of(thread, link->before)->after : &list->first) = position;
    *(link->after != 0 ? &link_of(thread, link->after)->before : &list->last) = position;
    list->count++;
}

static void unlink_at(const struct thread *thread, uint32_t position)
{
    struct registry_table_list *list = thread->list;
    struct registry_table_link *link = link_of(thread, position);
    *(link->before != 0 ? &link_of(thread, link->before)->after : &list->first) = link->after;
    *(link->after != 0 ? &link_of(thread, link->after)->before : &list->last) = link->before;
    *link = (struct registry_table_link){0, 0};
    list->count--;
}

static struct thread age_of(struct registry_table *table, enum registry_table_kind kind)
{
    return (struct thread){table, &table->age[kind], offsetof(struct registry_entry, age)};
}

static struct thread queue_of(struct registry_table *table, enum registry_table_kind kind)
{
    return (struct thread){table, &table->queue[kind], offsetof(struct registry_entry, queue)};
}

/* Granted ones always, strangers while nobody waits for them. */
static bool has_age(const struct registry_entry *entry)
{
    return entry->kind == REGISTRY_TABLE_GRANTED || (!entry->is_waiting && !entry->is_reading);
}

/* Take an entry out of its lists, or put it back; between the two its state may change. */
static void leave_lists(struct registry_table *table, struct registry_entry *entry)
{
    uint32_t position = position_of(table, entry);
    if (has_age(entry)) {
        struct thread age = age_of(table, entry->kind);
        unlink_at(&age, position);
    }
    if (entry->is_waiting) {
        struct thread queue = queue_of(table, entry->kind);
        unlink_at(&queue, position);
    }
}

static void enter_lists(struct registry_table *table, struct registry_entry *entry)
{
    uint32_t position = position_of(table, entry);
    if (has_age(entry)) {
        struct thread age = age_of(table, entry->kind);
        push(&age, position, true);
    }
    if (entry->is_waiting) {
        struct thread queue = queue_of(table, entry->kind);
        push(&queue, position, false);
    }
}

/* Pair-multiply-shift: whoever does not know the key finds no two wallets that collide more often
 * than chance. Source: Thorup, High Speed Hashing for Integers and Strings, 3.5. */
static uint32_t hash(const struct registry_table *table, const struct eth_address *wallet,
                     enum registry_role role)
{
    uint32_t word[6];
    memcpy(word, wallet->b, sizeof wallet->b);
    word[5] = (uint32_t)role;
    uint64_t sum = table->key[6];
    for (size_t i = 0; i < 6; i += 2) {
        sum += (word[i] + table->key[i]) * (word[i + 1] + table->key[i + 1]);
    }
    return (uint32_t)(sum >> 32) & table->bucket_mask;
}

static bool matches(const struct registry_entry *entry, const struct eth_address *wallet,
                    enum registry_role role)
{
    return entry->role == role && eth_address_equal(&entry->wallet, wallet);
}

/* The link that points at the entry, or the zero at the end of its chain. */
static uint32_t *chain_link(const struct registry_table *table, const struct eth_address *wallet,
                            enum registry_role role)
{
    uint32_t *link = &table->buckets[hash(table, wallet, role)];
    while (*link != 0 && !matches(at(table, *link), wallet, role)) {
        link = &at(table, *link)->chain;
    }
    return link;
}

struct status registry_table_init(struct registry_table *table, size_t strangers, size_t granted,
                                  struct mem *mem, const struct entropy *entropy)
{
    *table = (struct registry_table){.mem = mem};
    table->capacity[REGISTRY_TABLE_STRANGER] = strangers;
    table->capacity[REGISTRY_TABLE_GRANTED] = granted;
    size_t buckets = 16;
    while (buckets < strangers + granted) {
        buckets *= 2;
    }
    table->bucket_mask = (uint32_t)(buckets - 1);
    TRY(entropy_fill(entropy, (uint8_t *)table->key, sizeof table->key));
    void *block = NULL;
    TRY(mem_alloc(mem, buckets * sizeof(uint32_t), &block));
    table->buckets = block;
    struct status status =
        mem_alloc(mem, (strangers + granted) * sizeof(struct registry_entry), &block);
    table->entries = block;
    if (!status_is_ok(status)) {
        registry_table_deinit(table);
    }
    return status;
}

void registry_table_deinit(struct registry_table *table)
{
    void *block = table->entries;
    mem_free(table->mem, &block);
    block = table->buckets;
    mem_free(table->mem, &block);
    table->entries = NULL;
    table->buckets = NULL;
}

struct registry_entry *registry_table_find(struct registry_table *table,
                                           const struct eth_address *wallet,
                                           enum registry_role role)
{
    return at(table, *chain_link(table, wallet, role));
}

static void drop(struct registry_table *table, struct registry_entry *entry)
{
    INVARIANT(!entry->is_reading);
    leave_lists(table, entry);
    uint32_t *link = chain_link(table, &entry->wallet, entry->role);
    INVARIANT(*link == position_of(table, entry));
    *link = entry->chain;
    table->count[entry->kind]--;
    *entry = (struct registry_entry){.chain = table->free};
    table->free = position_of(table, entry);
}

/* Make room for one more of a kind. Entries that are being read are few and used lately, so the
 * search is short. Returns: false when there is none to give way. */
static bool make_room(struct registry_table *table, enum registry_table_kind kind)
{
    if (table->count[kind] < table->capacity[kind]) {
        return true;
    }
    struct registry_entry *entry = at(table, table->age[kind].last);
    while (entry != NULL && entry->is_reading) {
        entry = at(table, entry->age.before);
    }
    if (entry == NULL && kind == REGISTRY_TABLE_STRANGER) {
        entry = at(table, table->queue[kind].first);
    }
    if (entry == NULL) {
        return false;
    }
    drop(table, entry);
    table->evicted++;
    return true;
}

struct registry_entry *registry_table_add(struct registry_table *table,
                                          const struct eth_address *wallet, enum registry_role role)
{
    if (!make_room(table, REGISTRY_TABLE_STRANGER)) {
        return NULL;
    }
    uint32_t position = table->free;
    if (position != 0) {
        table->free = at(table, position)->chain;
    } else {
        position = ++table->used;
    }
    struct registry_entry *entry = at(table, position);
    uint32_t *head = &table->buckets[hash(table, wallet, role)];
    *entry = (struct registry_entry){.wallet = *wallet, .role = role, .chain = *head};
    *head = position;
    table->count[REGISTRY_TABLE_STRANGER]++;
    enter_lists(table, entry);
    return entry;
}

void registry_table_touch(struct registry_table *table, struct registry_entry *entry,
                          uint64_t now_ms)
{
    entry->used_ms = now_ms;
    struct thread age = age_of(table, entry->kind);
    if (has_age(entry) && age.list->first != position_of(table, entry)) {
        unlink_at(&age, position_of(table, entry));
        push(&age, position_of(table, entry), true);
    }
}

void registry_table_want(struct registry_table *table, struct registry_entry *entry)
{
    if (entry->is_waiting || entry->is_reading) {
        return;
    }
    struct thread queue = queue_of(table, entry->kind);
    if (entry->kind == REGISTRY_TABLE_STRANGER) {
        struct thread age = age_of(table, entry->kind);
        unlink_at(&age, position_of(table, entry));
    }
    entry->is_waiting = true;
    push(&queue, position_of(table, entry), false);
}

struct registry_entry *registry_table_next(struct registry_table *table,
                                           enum registry_table_kind kind)
{
    const struct registry_table_list *list = &table->queue[kind];
    bool takes_last = kind == REGISTRY_TABLE_STRANGER && table->turns % 2 != 0;
    struct registry_entry *entry = at(table, takes_last ? list->last : list->first);
    if (entry != NULL) {
        table->turns += kind == REGISTRY_TABLE_STRANGER;
        struct thread queue = queue_of(table, kind);
        unlink_at(&queue, position_of(table, entry));
        entry->is_waiting = false;
        entry->is_reading = true;
    }
    return entry;
}

/* Change the kind of an entry that is in no list. Returns: false when there is no room. */
static bool move(struct registry_table *table, struct registry_entry *entry,
                 enum registry_table_kind kind)
{
    if (entry->kind == kind) {
        return true;
    }
    if (!make_room(table, kind)) {
        return false;
    }
    table->count[entry->kind]--;
    table->count[kind]++;
    entry->kind = kind;
    return true;
}

void registry_table_grant(struct registry_table *table, struct registry_entry *entry,
                          const struct registry_grant *grant, uint64_t latest_number)
{
    bool is_moving = entry->kind == REGISTRY_TABLE_STRANGER;
    if (is_moving) {
        leave_lists(table, entry);
    }
    entry->is_reading = false;
    if (move(table, entry, REGISTRY_TABLE_GRANTED)) {
        entry->grant = *grant;
        entry->latest_number = latest_number;
        entry->until_ms = 0;
    }
    if (is_moving) {
        enter_lists(table, entry);
    }
}

void registry_table_refuse(struct registry_table *table, struct registry_entry *entry,
                           struct status refusal, uint64_t until_ms)
{
    leave_lists(table, entry);
    entry->is_reading = false;
    entry->is_waiting = false;
    bool has_room = move(table, entry, REGISTRY_TABLE_STRANGER);
    entry->grant = (struct registry_grant){0};
    entry->refusal = refusal;
    entry->until_ms = until_ms;
    enter_lists(table, entry);
    if (!has_room) {
        drop(table, entry);
    }
}

void registry_table_fail(struct registry_table *table, struct registry_entry *entry,
                         uint64_t until_ms)
{
    entry->is_reading = false;
    entry->until_ms = until_ms;
    if (entry->kind == REGISTRY_TABLE_STRANGER) {
        entry->refusal = FAIL(REGISTRY_LOST);
        enter_lists(table, entry);
    }
}

void registry_table_drop_grants(struct registry_table *table, uint64_t since_ms)
{
    uint32_t position = table->age[REGISTRY_TABLE_GRANTED].last;
    while (position != 0) {
        struct registry_entry *entry = at(table, position);
        position = entry->age.before;
        bool in_use = entry->used_ms >= since_ms;
        struct eth_address wallet = entry->wallet;
        enum registry_role role = entry->role;
        registry_table_refuse(table, entry, OK, 0);
        entry = in_use ? registry_table_find(table, &wallet, role) : NULL;
        if (entry != NULL) {
            registry_table_want(table, entry);
        }
    }
}

void registry_table_refresh(struct registry_table *table, uint64_t since_ms, uint64_t seen_ms,
                            uint64_t latest_number)
{
    struct registry_entry *entry = at(table, table->age[REGISTRY_TABLE_GRANTED].first);
    for (; entry != NULL; entry = at(table, entry->age.after)) {
        if (entry->used_ms >= since_ms && entry->grant.seen_ms < seen_ms &&
            entry->latest_number < latest_number) {
            registry_table_want(table, entry);
        }
    }
}
