/* What may be seen of what was written: history.h. */
#include "sim/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/invariant.h"

int history_order(const struct history_write *a, const struct history_write *b)
{
    if (a->version.updated_at_ms != b->version.updated_at_ms) {
        return a->version.updated_at_ms < b->version.updated_at_ms ? -1 : 1;
    }
    int tie = memcmp(a->version.tie, b->version.tie, RECORD_TIE);
    if (tie != 0 || a->is_tombstone) {
        return tie;
    }
    /* 0 is never, and with 1 taken away the greatest. */
    uint64_t a_ttl = a->ttl_ms - 1;
    uint64_t b_ttl = b->ttl_ms - 1;
    return a_ttl == b_ttl ? 0 : a_ttl < b_ttl ? -1 : 1;
}

void history_value(uint64_t value, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word = sim_next(&value);
        memcpy(out + i, &word, len - i < 8 ? len - i : 8);
    }
}

size_t history_find(const struct history_key *key, const struct record_version *version,
                    uint64_t ttl_ms, bool is_tombstone)
{
    for (size_t i = key->count; i-- != 0;) {
        const struct history_write *write = &key->writes[i];
        if (write->version.updated_at_ms == version->updated_at_ms &&
            memcmp(write->version.tie, version->tie, RECORD_TIE) == 0 &&
            write->is_tombstone == is_tombstone && (is_tombstone || write->ttl_ms == ttl_ms)) {
            return i;
        }
    }
    return HISTORY_NONE;
}

size_t history_add(struct history_key *key, const struct history_write *write)
{
    if (key->count == key->cap) {
        key->cap = 2 * key->cap + 16;
        key->writes = realloc(key->writes, key->cap * sizeof *key->writes);
        INVARIANT(key->writes != NULL);
    }
    key->writes[key->count] = *write;
    return key->count++;
}

bool history_peek(const struct kv *kv, const struct history_key *key, struct record *ret_record)
{
    uint8_t tenant[DOMAIN_TENANT_ID];
    sim_tenant(key->tenant, tenant);
    return kv_peek(kv, tenant, bytes_of(key->name), ret_record);
}

size_t history_entry(const struct history_key *key, const struct record *record)
{
    struct record_version version = {.updated_at_ms = record->updated_at_ms};
    memcpy(version.tie, record->tie, RECORD_TIE);
    return history_find(key, &version, record->ttl_ms, (record->flags & RECORD_TOMBSTONE) != 0);
}

bool history_expired(const struct history_write *write, uint64_t wall_ms)
{
    return !write->is_tombstone && write->ttl_ms != 0 &&
           write->version.updated_at_ms + write->ttl_ms < wall_ms;
}

/* The greater one. */
static void raise_to(const struct history_key *key, size_t *floor, size_t entry)
{
    if (entry != HISTORY_NONE &&
        (*floor == HISTORY_NONE || history_order(&key->writes[entry], &key->writes[*floor]) > 0)) {
        *floor = entry;
    }
}

static bool is_below(const struct history_key *key, size_t entry, size_t floor)
{
    return floor != HISTORY_NONE &&
           (entry == HISTORY_NONE || history_order(&key->writes[entry], &key->writes[floor]) < 0);
}

void history_look(struct sim *sim, struct history *history, size_t at, size_t which)
{
    struct sim_node *node = &sim->nodes[at];
    struct history_key *key = &history->keys[which];
    struct record record;
    uint64_t wall_ms = sim_wall_ms(sim, node);
    size_t entry = HISTORY_NONE;
    if (history_peek(node->kv, key, &record)) {
        entry = history_entry(key, &record);
        if (entry == HISTORY_NONE) {
            sim_violated(sim, "a record is there that nobody wrote", "node %zu, %s", at, key->name);
            return;
        }
        const struct history_write *write = &key->writes[entry];
        if (write->is_tombstone || history_expired(write, node->told_wall_ms)) {
            raise_to(key, &key->dead_floor[at], entry);
        }
    }
    /* Of an expired record nothing has to be left that others get. */
    size_t floor = key->floor[at];
    bool may_be_gone = entry == HISTORY_NONE && floor != HISTORY_NONE &&
                       history_expired(&key->writes[floor], wall_ms + 2 * SIM_SKEW_MS);
    bool waits = kv_stats(node->kv).waiting != 0; /* until its time what replaced it is not seen */
    if (!key->is_evictable && !may_be_gone && !waits && sim_node_current(node) &&
        is_below(key, entry, floor)) {
        sim_violated(sim, "a node has gone back", "node %zu, %s", at, key->name);
    }
    raise_to(key, &key->floor[at], entry);
}

void history_shown(struct sim *sim, struct history *history, size_t at, size_t which,
                   const struct kv_found *found, struct bytes value)
{
    static uint8_t expected[LIMIT_KV_VALUE];
    const struct sim_node *node = &sim->nodes[at];
    struct history_key *key = &history->keys[which];
    size_t entry = history_find(key, &found->version, found->ttl_ms, false);
    if (entry == HISTORY_NONE) {
        sim_violated(sim, "a value is read that nobody wrote", "node %zu, %s", at, key->name);
        return;
    }
    const struct history_write *write = &key->writes[entry];
    history_value(write->value, expected, write->value_len);
    if (found->evictable != key->is_evictable ||
        !bytes_equal(value, (struct bytes){expected, write->value_len})) {
        sim_violated(sim, "a value is another than what was written", "node %zu, %s", at,
                     key->name);
    }
    if (history_expired(write, node->told_wall_ms)) {
        sim_violated(sim, "a value is read that has expired", "node %zu, %s", at, key->name);
    }
    if (is_below(key, entry, key->dead_floor[at])) {
        sim_violated(sim, "what was deleted or has expired comes back", "node %zu, %s", at,
                     key->name);
    }
    history_look(sim, history, at, which);
}

static bool has_it(const struct sim_node *node, const struct history_key *key,
                   const struct history_write *write)
{
    struct record record;
    if (!node->is_up || !history_peek(node->kv, key, &record)) {
        return false;
    }
    size_t entry = history_entry(key, &record);
    return entry != HISTORY_NONE && history_order(&key->writes[entry], write) >= 0;
}

void history_settled(struct sim *sim, struct history *history, struct history_waiting *waiting)
{
    struct history_key *key = &history->keys[waiting->key];
    struct history_write *write = &key->writes[waiting->write];
    const struct sim_node *node = &sim->nodes[waiting->node];
    size_t members = cluster_stats(node->cluster).members + 1;
    size_t usual = sim->holders < members ? sim->holders : members;
    size_t wanted = waiting->asked > usual ? waiting->asked : usual;
    size_t holders = waiting->died_with;
    for (size_t i = 0; i < sim->count; i++) {
        holders += has_it(&sim->nodes[i], key, write);
    }
    if (holders < wanted && !key->is_evictable && !history_expired(write, node->told_wall_ms)) {
        sim_violated(sim, "a write is said to be settled too early", "%s, on %zu of %zu", key->name,
                     holders, wanted);
    }
    waiting->ticket = 0;
    if (node->is_revoked && members == 1) {
        return; /* it does not know that, nor those who came since, who are all that is left */
    }
    if (!write->is_settled) {
        write->is_settled = true;
        write->settled_ms = sim->now_ms;
    }
}

void history_current(struct sim *sim, struct history *history, size_t at)
{
    for (size_t i = 0; i < history->key_count; i++) {
        struct history_key *key = &history->keys[i];
        for (size_t j = 0; j < key->count; j++) {
            const struct history_write *write = &key->writes[j];
            if (write->is_settled && write->settled_ms <= sim->nodes[at].start_ms) {
                raise_to(key, &key->floor[at], j);
            }
        }
        history_look(sim, history, at, i);
    }
}

void history_lost(struct sim *sim, struct history *history, size_t at)
{
    for (size_t i = 0; i < HISTORY_WAITING; i++) {
        struct history_waiting *waiting = &history->waiting[i];
        const struct history_key *key = &history->keys[waiting->key];
        if (waiting->ticket != 0 && waiting->node == at) {
            waiting->ticket = 0;
        } else if (waiting->ticket != 0) {
            waiting->died_with += has_it(&sim->nodes[at], key, &key->writes[waiting->write]);
        }
    }
    for (size_t i = 0; i < history->key_count; i++) {
        history->keys[i].floor[at] = HISTORY_NONE;
        history->keys[i].dead_floor[at] = HISTORY_NONE;
    }
}

void history_restored(struct history *history, const size_t had[static HISTORY_KEYS],
                      uint64_t wall_ms)
{
    for (size_t i = 0; i < history->key_count; i++) {
        struct history_key *key = &history->keys[i];
        bool is_there = had[i] != HISTORY_NONE && !history_expired(&key->writes[had[i]], wall_ms);
        for (size_t j = 0; j < key->count; j++) {
            struct history_write *write = &key->writes[j];
            write->is_settled =
                write->is_settled && is_there && history_order(write, &key->writes[had[i]]) <= 0;
        }
    }
}

/* The greatest that was settled; or only of what was deleted. */
static size_t greatest_settled(const struct history_key *key, bool is_tombstone)
{
    size_t greatest = HISTORY_NONE;
    for (size_t i = 0; i < key->count; i++) {
        if (key->writes[i].is_settled && (!is_tombstone || key->writes[i].is_tombstone)) {
            raise_to(key, &greatest, i);
        }
    }
    return greatest;
}

bool history_agrees(const struct sim *sim, const struct history *history)
{
    struct record first;
    struct record other;
    for (size_t i = 0; i < history->key_count; i++) {
        const struct history_key *key = &history->keys[i];
        bool is_there = history_peek(sim->nodes[0].kv, key, &first);
        size_t entry = is_there ? history_entry(key, &first) : HISTORY_NONE;
        size_t settled = greatest_settled(key, true);
        for (size_t j = 0; j < sim->count; j++) {
            bool is_other = history_peek(sim->nodes[j].kv, key, &other);
            size_t its = is_other ? history_entry(key, &other) : HISTORY_NONE;
            if (key->is_evictable ? is_other && is_below(key, its, settled) : its != entry) {
                return false;
            }
        }
    }
    return true;
}

void history_end(struct sim *sim, struct history *history)
{
    struct record record;
    for (size_t i = 0; i < sim->count * history->key_count; i++) {
        struct history_key *key = &history->keys[i / sim->count];
        struct sim_node *node = &sim->nodes[i % sim->count];
        size_t settled = greatest_settled(key, key->is_evictable);
        bool is_there = history_peek(node->kv, key, &record);
        size_t entry = is_there ? history_entry(key, &record) : HISTORY_NONE;
        bool has_gone =
            settled != HISTORY_NONE && !is_there &&
            (key->is_evictable || history_expired(&key->writes[settled], sim_wall_ms(sim, node)));
        if (is_below(key, entry, settled) && !has_gone) {
            sim_violated(sim,
                         key->is_evictable ? "what was deleted is there again"
                                           : "a settled write is lost",
                         "node %zu, %s", i % sim->count, key->name);
        }
        history_look(sim, history, i % sim->count, i / sim->count);
    }
}
