/* Which statements there are, of whom: what came is seen once, by slots. */
#include <string.h>

#include "base/reader.h"
#include "codec/hex.h"
#include "users/users_internal.h"

enum { FIRST_ROOM = 16 };

static uint64_t tag_of(const struct users_scope *scope)
{
    struct reader reader = reader_over((struct bytes){scope->hash, 8});
    return reader_u64(&reader);
}

static uint32_t tenant_tag(const uint8_t *tenant)
{
    struct reader reader = reader_over((struct bytes){tenant, 4});
    return reader_u32(&reader);
}

static void forget_slot(struct users *users, struct users_slot *slot)
{
    void *entries = slot->entries;
    users->statements -= slot->count;
    mem_free(users->setup.mem, &entries);
    *slot = (struct users_slot){0};
}

void users_index_forget(struct users *users)
{
    for (size_t i = 0; i < STRICT_SLOTS; i++) {
        forget_slot(users, &users->slots[i]);
    }
    for (void *state = table_oldest(users->states); state != NULL;
         state = table_oldest(users->states)) {
        table_remove(users->states, state);
    }
}

static struct status make_room(struct users *users, struct users_slot *slot)
{
    void *memory;
    if (slot->count < slot->room) {
        return OK;
    }
    size_t room = slot->room == 0 ? FIRST_ROOM : 2 * slot->room;
    TRY(mem_alloc(users->setup.mem, room * sizeof *slot->entries, &memory));
    if (slot->count != 0) {
        memcpy(memory, slot->entries, slot->count * sizeof *slot->entries);
    }
    void *old = slot->entries;
    mem_free(users->setup.mem, &old);
    slot->entries = memory;
    slot->room = room;
    return OK;
}

struct visit {
    struct users *users;
    struct users_slot *slot;
    struct status status;
};

/* The scope of a record of a statement. Returns: false when it is none. */
static bool split_key(const struct strict_record *record, struct bytes *ret_scope,
                      const uint8_t **ret_name)
{
    const size_t tail = 1 + AUTH_TEXT_HASH;
    if (record->kind != STRICT_STATEMENT || record->key.len <= tail ||
        record->key.ptr[record->key.len - tail] != '/') {
        return false;
    }
    *ret_scope = (struct bytes){record->key.ptr, record->key.len - tail};
    *ret_name = record->key.ptr + record->key.len - AUTH_TEXT_HASH;
    return true;
}

static void visit_record(void *visitor, const struct strict_record *record)
{
    struct visit *visit = visitor;
    struct users_scope scope;
    struct bytes text;
    const uint8_t *name;
    if (!status_is_ok(visit->status) || !split_key(record, &text, &name)) {
        return;
    }
    visit->status = make_room(visit->users, visit->slot);
    if (!status_is_ok(visit->status)) {
        return;
    }
    users_scope_of(visit->users, record->tenant, text, &scope);
    struct users_entry *entry = &visit->slot->entries[visit->slot->count++];
    *entry = (struct users_entry){
        .tag = tag_of(&scope), .tenant = tenant_tag(record->tenant), .kind = text.ptr[0]};
    memcpy(entry->name, name, sizeof entry->name);
    if (text.len == 2 + 2 * AUTH_TEXT_ID &&
        !status_is_ok(hex_read(bytes_slice(text, 2, 2 * AUTH_TEXT_ID), AUTH_TEXT_ID, entry->id))) {
        entry->kind = 0; /* a user of such a length */
    }
    visit->users->statements++;
}

/* What is of another cluster, or of none, is nothing here. */
static void look_at_cluster(struct users *users)
{
    uint8_t incarnation[STRICT_INCARNATION] = {0};
    uint64_t began_ms;
    const struct strict_port *strict = users->setup.strict;
    (void)status_is_ok(strict->incarnation(strict->context, incarnation, &began_ms));
    if (!bytes_equal(BYTES_ARRAY(incarnation), BYTES_ARRAY(users->incarnation))) {
        users_index_forget(users);
        memcpy(users->incarnation, incarnation, sizeof users->incarnation);
    }
}

struct status users_index_look(struct users *users, uint16_t number)
{
    const struct strict_port *strict = users->setup.strict;
    struct users_slot *slot = &users->slots[number];
    struct visit visit = {users, slot, OK};
    uint64_t changes = strict->changes(strict->context, number);
    if (slot->is_read && slot->changes == changes) {
        return OK;
    }
    look_at_cluster(users);
    struct strict_walk walk = {.slot = number,
                               .limit = USERS_PAGE,
                               .visitor = &visit,
                               .visit = visit_record,
                               .place = slot->place};
    while (strict->walk(strict->context, &walk) && status_is_ok(visit.status)) {
    }
    if (!status_is_ok(visit.status)) {
        forget_slot(users, slot); /* what was passed over would never be seen again */
        return visit.status;
    }
    slot->is_read = true;
    slot->place = walk.place;
    slot->changes = changes;
    return OK;
}

bool users_index_has_more(const struct users *users, const struct users_scope *scope, size_t seen)
{
    const struct users_slot *slot = &users->slots[scope->slot];
    const uint64_t tag = tag_of(scope);
    for (size_t i = seen; i < slot->count; i++) {
        if (slot->entries[i].tag == tag) {
            return true;
        }
    }
    return false;
}

struct status users_index_names(struct users *users, struct arena *arena,
                                const struct users_scope *scope, struct statement_list *ret)
{
    *ret = (struct statement_list){0};
    TRY(users_index_look(users, scope->slot));
    const struct users_slot *slot = &users->slots[scope->slot];
    const uint64_t tag = tag_of(scope);
    size_t count = 0;
    for (size_t i = 0; i < slot->count; i++) {
        count += slot->entries[i].tag == tag;
    }
    uint8_t *names = arena_array(arena, count + 1, AUTH_TEXT_HASH);
    if (names == NULL) {
        return FAIL(NO_MEMORY);
    }
    ret->items = names;
    for (size_t i = 0; i < slot->count; i++) {
        if (slot->entries[i].tag == tag) {
            memcpy(names + AUTH_TEXT_HASH * ret->count++, slot->entries[i].name, AUTH_TEXT_HASH);
        }
    }
    return OK;
}

static bool has_id(const struct statement_list *list, const uint8_t *id)
{
    for (size_t i = 0; i < list->count; i++) {
        if (users_is_id(list->items + AUTH_TEXT_ID * i, id)) {
            return true;
        }
    }
    return false;
}

struct status users_index_ids(struct users *users, struct arena *arena, const uint8_t *tenant,
                              char kind, struct statement_list *ret)
{
    const uint32_t tag = tenant_tag(tenant);
    size_t most = 0;
    *ret = (struct statement_list){0};
    for (size_t i = 0; i < STRICT_SLOTS; i++) {
        TRY(users_index_look(users, (uint16_t)i));
        for (size_t k = 0; k < users->slots[i].count; k++) {
            const struct users_entry *entry = &users->slots[i].entries[k];
            most += entry->kind == (uint8_t)kind && entry->tenant == tag;
        }
    }
    uint8_t *ids = arena_array(arena, most + 1, AUTH_TEXT_ID);
    if (ids == NULL) {
        return FAIL(NO_MEMORY);
    }
    ret->items = ids;
    for (size_t i = 0; i < STRICT_SLOTS; i++) {
        for (size_t k = 0; k < users->slots[i].count; k++) {
            const struct users_entry *entry = &users->slots[i].entries[k];
            if (entry->kind == (uint8_t)kind && entry->tenant == tag && !has_id(ret, entry->id)) {
                memcpy(ids + AUTH_TEXT_ID * ret->count++, entry->id, AUTH_TEXT_ID);
            }
        }
    }
    return OK;
}

struct search {
    const uint8_t *tenant;
    const uint8_t *name;
    struct buf *record;
};

static void visit_named(void *visitor, const struct strict_record *record)
{
    const struct search *search = visitor;
    struct bytes scope;
    const uint8_t *name;
    if (split_key(record, &scope, &name) && users_is_name(name, search->name) &&
        users_is_name(record->tenant, search->tenant) && search->record->len == 0) {
        buf_put(search->record, record->version.value);
    }
}

struct status users_index_find(struct users *users, const uint8_t *tenant, const uint8_t *name,
                               struct buf *ret_record)
{
    const struct strict_port *strict = users->setup.strict;
    struct search search = {tenant, name, ret_record};
    for (size_t i = 0; i < STRICT_SLOTS; i++) {
        struct strict_walk walk = {
            .slot = (uint16_t)i, .limit = USERS_PAGE, .visitor = &search, .visit = visit_named};
        bool is_here = false;
        TRY(users_index_look(users, (uint16_t)i));
        for (size_t k = 0; k < users->slots[i].count && !is_here; k++) {
            is_here = users_is_name(users->slots[i].entries[k].name, name);
        }
        while (is_here && strict->walk(strict->context, &walk)) {
        }
    }
    return buf_check(ret_record);
}
