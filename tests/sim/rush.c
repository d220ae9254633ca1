/* What the clients of the second kind do: rush.h. */
#include "sim/rush.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/invariant.h"
#include "sim/history.h"

enum {
    HOT_KEYS = 5,
    FULL_KEPT = 3,
    FULL_LOOSE = 36, /* keys of values that may be evicted */
    VALUE_USUAL = 300,
    VALUE_FULL = 5000,
    VALUE_LARGE = 200000,
    CLIENTS = 3,
    AGAIN = 16, /* requests that may be asked again */
};

/* A request that was asked with an Idempotency-Key. */
struct request {
    size_t key;
    bool is_delete;
    uint64_t ttl_ms;
    uint64_t value;
    size_t value_len;
    uint8_t op[RECORD_OP];
};

struct rush {
    struct history history;
    struct request requests[AGAIN];
    size_t request_count;
    struct record_version seen[CLIENTS][HISTORY_KEYS]; /* zeros: nothing yet */
};

static void add_keys(struct history *history, size_t tenant, size_t count, bool is_evictable)
{
    for (size_t i = 0; i < count; i++) {
        struct history_key *key = &history->keys[history->key_count++];
        key->tenant = tenant;
        key->is_evictable = is_evictable;
        (void)snprintf(key->name, sizeof key->name, "%s%zu", is_evictable ? "loose" : "kept", i);
        for (size_t j = 0; j < SIM_NODES_MAX; j++) {
            key->floor[j] = key->dead_floor[j] = HISTORY_NONE;
        }
    }
}

/* --- writes ----------------------------------------------------------------------------------- */

/* What its clock shows when it asks its store. */
static uint64_t wall_of(struct sim_node *node)
{
    uint64_t wall_ms = sim_now(node).wall_ms;
    node->told_wall_ms = wall_ms > node->told_wall_ms ? wall_ms : node->told_wall_ms;
    return wall_ms;
}

static void fill_cause(struct sim_node *node, uint8_t cause[static RECORD_CAUSE])
{
    uint64_t seq = ++node->writes;
    memcpy(cause, node->boot_id, SYNC_BOOT);
    for (size_t i = 0; i < 8; i++) {
        cause[RECORD_CAUSE - 1 - i] = (uint8_t)(seq >> 8 * i);
    }
    cause[SYNC_BOOT] = 0xcc; /* a lane that the others have not */
}

/* What its store made of a request; HISTORY_NONE when it has nothing of it. */
static size_t enter(struct sim *sim, size_t at, const struct request *request)
{
    struct rush *rush = sim->rush;
    struct history_key *key = &rush->history.keys[request->key];
    struct record record;
    if (!history_peek(sim->nodes[at].kv, key, &record)) {
        return HISTORY_NONE;
    }
    bool is_tombstone = (record.flags & RECORD_TOMBSTONE) != 0;
    struct record_version version = record_version(&record);
    size_t entry = history_find(key, &version, record.ttl_ms, is_tombstone);
    if (entry != HISTORY_NONE || is_tombstone != request->is_delete) {
        return entry;
    }
    struct history_write write = {.version = version,
                                  .ttl_ms = record.ttl_ms,
                                  .is_tombstone = is_tombstone,
                                  .value = request->value,
                                  .value_len = request->value_len};
    memcpy(write.op, record.op, sizeof write.op);
    return history_add(key, &write);
}

static struct history_waiting *free_place(struct rush *rush)
{
    for (size_t i = 0; i < HISTORY_WAITING; i++) {
        if (rush->history.waiting[i].ticket == 0) {
            return &rush->history.waiting[i];
        }
    }
    return NULL;
}

static void wait_for(struct sim *sim, size_t at, size_t key, size_t entry)
{
    struct rush *rush = sim->rush;
    struct sim_node *node = &sim->nodes[at];
    struct history_waiting *place = free_place(rush);
    INVARIANT(place != NULL);
    struct cluster_written written = {.key = bytes_of(rush->history.keys[key].name)};
    struct cluster_now now = sim_now(node);
    sim_tenant(rush->history.keys[key].tenant, written.tenant);
    bool wants_more = sim_has(sim, SIM_HAS_REPLICAS) && sim_chance(sim, 150);
    written.holders = wants_more ? 1 + sim_below(sim, sim->count) : 0;
    *place =
        (struct history_waiting){.node = at, .key = key, .write = entry, .asked = written.holders};
    if (!status_is_ok(cluster_write(node->cluster, &now, &written, &place->ticket))) {
        *place = (struct history_waiting){0};
    }
}

/* Whether the record of a key is of that request already. */
static bool is_done(const struct sim_node *node, const struct history_key *key,
                    const struct request *request, struct record_version *ret_version)
{
    struct record record;
    bool has_op = memcmp(request->op, (uint8_t[RECORD_OP]){0}, RECORD_OP) != 0;
    if (!has_op || !history_peek(node->kv, key, &record) ||
        memcmp(record.op, request->op, RECORD_OP) != 0) {
        return false;
    }
    *ret_version = record_version(&record);
    return true;
}

/* Whether it was done, and what is left of its write, evicted since, tells so and no more. */
static bool is_left(const struct history_key *key, const struct request *request,
                    const struct kv_found *found)
{
    size_t entry = history_find(key, &found->version, found->ttl_ms, false);
    bool has_op = memcmp(request->op, (uint8_t[RECORD_OP]){0}, RECORD_OP) != 0;
    return key->is_evictable && has_op && entry != HISTORY_NONE &&
           memcmp(key->writes[entry].op, request->op, RECORD_OP) == 0;
}

static struct status call_store(struct sim *sim, size_t at, const struct request *request,
                                struct kv_found *ret)
{
    static uint8_t value[LIMIT_KV_VALUE];
    struct sim_node *node = &sim->nodes[at];
    const struct history_key *key = &sim->rush->history.keys[request->key];
    SECRET(value_seal_keys, keys);
    sim_value_keys(node, key->tenant, &keys);
    struct kv_at where = {.keys = &keys, .now_ms = wall_of(node)};
    struct kv_write write = {
        .key = bytes_of(key->name), .ttl_ms = request->ttl_ms, .evictable = key->is_evictable};
    sim_fill(sim, write.nonce, sizeof write.nonce);
    memcpy(write.op, request->op, sizeof write.op);
    fill_cause(node, write.cause);
    if (request->is_delete) {
        write.evictable = false;
        return kv_delete(node->kv, &where, &write, ret);
    }
    history_value(request->value, value, request->value_len);
    write.value = (struct bytes){value, request->value_len};
    return kv_put(node->kv, &where, &write, ret);
}

/* A request on a node that serves. */
static void ask(struct sim *sim, size_t at, const struct request *request)
{
    struct rush *rush = sim->rush;
    struct history_key *key = &rush->history.keys[request->key];
    struct kv_found found;
    struct record_version done = {0};
    if (free_place(rush) == NULL) {
        return; /* nothing is written that nobody waits for */
    }
    size_t before = key->count;
    bool was_done = is_done(&sim->nodes[at], key, request, &done);
    uint64_t seq = kv_seq(sim->nodes[at].kv);
    struct status status = call_store(sim, at, request, &found);
    size_t entry = enter(sim, at, request);
    if (status.code == STATUS_VALUE_QUOTA) {
        sim_seen(sim, SIM_QUOTA_REFUSED);
    } else if (!status_is_ok(status) && status.code != STATUS_VALUE_NOT_FOUND) {
        sim_violated(sim, "a store refuses a request", "node %zu, code %d", at, (int)status.code);
    }
    if (!status_is_ok(status)) {
        return;
    }
    if (was_done) {
        sim_seen(sim, SIM_ASKED_AGAIN);
        if (kv_seq(sim->nodes[at].kv) != seq || memcmp(&done, &found.version, sizeof done) != 0) {
            sim_violated(sim, "a request was done twice", "node %zu, %s", at, key->name);
        }
    } else if (!request->is_delete && key->count == before && !is_left(key, request, &found)) {
        sim_violated(sim, "a write made no version of its own", "node %zu, %s", at, key->name);
    }
    if (entry == HISTORY_NONE) {
        return;
    }
    sim->writes++;
    sim_seen(sim, request->is_delete ? SIM_RUSH_DELETED : SIM_RUSH_WROTE);
    history_look(sim, &rush->history, at, request->key);
    wait_for(sim, at, request->key, entry);
    rush->seen[sim_below(sim, CLIENTS)][request->key] = key->writes[entry].version;
    sim_node_act(sim, at);
}

static size_t draw_key(struct sim *sim)
{
    const struct history *history = &sim->rush->history;
    return sim_chance(sim, 400) ? 0 : sim_below(sim, history->key_count);
}

static struct request draw_request(struct sim *sim)
{
    struct request request = {.key = draw_key(sim)};
    const struct history_key *key = &sim->rush->history.keys[request.key];
    request.value = sim_random(sim);
    request.is_delete = sim_has(sim, SIM_HAS_DELETES) && sim_chance(sim, 200);
    request.value_len = sim_below(sim, key->is_evictable ? VALUE_FULL : VALUE_USUAL);
    if (sim_has(sim, SIM_HAS_LARGE) && key->tenant == RUSH_HOT && sim_chance(sim, 60)) {
        request.value_len = sim_below(sim, VALUE_LARGE);
        sim_seen(sim, SIM_RUSH_LARGE);
    }
    /* What has expired may be spent where room is needed, and tells others nothing then. */
    if (sim_has(sim, SIM_HAS_TTL) && key->tenant == RUSH_HOT && sim_chance(sim, 400)) {
        request.ttl_ms = request.is_delete ? 0 : 1 + sim_below(sim, 4000);
    }
    if (sim_chance(sim, 400)) {
        sim_fill(sim, request.op, sizeof request.op);
    }
    return request;
}

static bool serves(const struct sim *sim, size_t at)
{
    return sim_node_current(&sim->nodes[at]) && sim->now_ms >= sim->nodes[at].paused_until_ms;
}

static void write_one(struct sim *sim, size_t at)
{
    struct rush *rush = sim->rush;
    struct request request = draw_request(sim);
    if (memcmp(request.op, (uint8_t[RECORD_OP]){0}, RECORD_OP) != 0) {
        rush->requests[rush->request_count++ % AGAIN] = request;
    }
    ask(sim, at, &request);
}

/* Several nodes write one key in one millisecond: the tie decides, or that one is a tombstone. */
static void write_at_once(struct sim *sim, size_t at)
{
    size_t key = draw_key(sim);
    size_t count = 0;
    for (size_t i = 0; i < sim->count; i++) {
        if ((i == at || sim_chance(sim, 600)) && serves(sim, i)) {
            struct request request = draw_request(sim);
            if (sim->rush->history.keys[key].tenant ==
                sim->rush->history.keys[request.key].tenant) {
                request.key = key;
            }
            ask(sim, i, &request);
            count++;
        }
    }
    if (count > 1) {
        sim_seen(sim, SIM_AT_ONCE);
    }
}

/* More than the quota, which can never come in. */
static void write_too_much(struct sim *sim, size_t at)
{
    struct request request = {.key = HOT_KEYS, .value_len = RUSH_QUOTA + sim_below(sim, 1000)};
    ask(sim, at, &request);
}

/* The same request on whatever node, perhaps with another value by mistake. */
static void ask_again(struct sim *sim, size_t at)
{
    struct rush *rush = sim->rush;
    size_t count = rush->request_count < AGAIN ? rush->request_count : AGAIN;
    if (count == 0) {
        return;
    }
    struct request request = rush->requests[sim_below(sim, count)];
    struct history_key *key = &rush->history.keys[request.key];
    struct record_version version;
    if (!sim_chance(sim, 150)) {
        ask(sim, at, &request);
        return;
    }
    struct kv_found found;
    request.value ^= 1;
    request.value_len += request.value_len == 0 || sim_chance(sim, 500);
    if (!request.is_delete && is_done(&sim->nodes[at], key, &request, &version)) {
        struct status status = call_store(sim, at, &request, &found);
        sim_seen(sim, SIM_ASKED_OTHERWISE);
        if (status.code != STATUS_IDEMPOTENCY_CONFLICT) {
            sim_violated(sim, "another request passes for one that was done", "node %zu, %s", at,
                         key->name);
        }
    }
}

/* --- reads ------------------------------------------------------------------------------------ */

static void read_one(struct sim *sim, size_t at)
{
    static uint8_t memory[LIMIT_KV_VALUE];
    struct rush *rush = sim->rush;
    struct sim_node *node = &sim->nodes[at];
    size_t which = draw_key(sim);
    struct history_key *key = &rush->history.keys[which];
    struct record_version *seen = &rush->seen[sim_below(sim, CLIENTS)][which];
    SECRET(value_seal_keys, keys);
    sim_value_keys(node, key->tenant, &keys);
    struct kv_at where = {.keys = &keys, .now_ms = wall_of(node)};
    struct kv_read read = {.key = bytes_of(key->name), .since = *seen};
    read.has_since = seen->updated_at_ms != 0 && !key->is_evictable;
    struct buf value = buf_over(memory, sizeof memory);
    struct kv_found found = {0};
    struct status status = kv_get(node->kv, &where, &read, &value, &found);
    if (status_is_ok(status)) {
        sim_seen(sim, SIM_RUSH_READ);
        if (read.has_since && record_version_order(&found.version, seen) < 0) {
            sim_violated(sim, "a client reads what is older than it has seen", "node %zu, %s", at,
                         key->name);
        }
        *seen = found.version;
        history_shown(sim, &rush->history, at, which, &found, buf_bytes(&value));
    } else if (status.code == STATUS_VERSION_BEHIND) {
        sim_seen(sim, SIM_BEHIND);
    } else if (status.code != STATUS_VALUE_NOT_FOUND) {
        sim_violated(sim, "a read ends with a code of its own", "node %zu, code %d", at,
                     (int)status.code);
    }
    history_look(sim, &rush->history, at, which);
}

/* --- a life ----------------------------------------------------------------------------------- */

static void step(struct sim *sim, struct sim_event *event)
{
    sim->stream = SIM_OF_RUSH;
    if (sim->now_ms >= sim->end_ms) {
        return;
    }
    size_t at = sim_below(sim, sim->count);
    sim_later(sim, 1 + sim_below(sim, 2 * sim->mix.write_every_ms), event->happen, 0);
    if (!serves(sim, at)) {
        return;
    }
    uint64_t kind = sim_below(sim, 100);
    if (kind < 35) {
        write_one(sim, at);
    } else if (kind < 50) {
        write_at_once(sim, at);
    } else if (kind < 65) {
        ask_again(sim, at);
    } else if (kind < 67 && sim_has(sim, SIM_HAS_QUOTAS)) {
        write_too_much(sim, at);
    } else {
        read_one(sim, at);
    }
}

void rush_start(struct sim *sim)
{
    struct rush *rush = calloc(1, sizeof *rush);
    INVARIANT(rush != NULL);
    sim->rush = rush;
    add_keys(&rush->history, RUSH_HOT, HOT_KEYS, false);
    if (sim_has(sim, SIM_HAS_QUOTAS)) {
        add_keys(&rush->history, RUSH_FULL, FULL_KEPT, false);
        add_keys(&rush->history, RUSH_FULL, FULL_LOOSE, true);
    }
    sim_later(sim, 1, step, 0);
}

bool rush_told(struct sim *sim, size_t at, const struct cluster_action *action)
{
    struct rush *rush = sim->rush;
    for (size_t i = 0; rush != NULL && i < HISTORY_WAITING; i++) {
        struct history_waiting *waiting = &rush->history.waiting[i];
        if (waiting->ticket != action->id || waiting->node != at) {
            continue;
        }
        if (action->kind == CLUSTER_SETTLED) {
            sim_seen(sim, SIM_RUSH_SETTLED);
            history_settled(sim, &rush->history, waiting);
            sim_tempt(sim, at);
        } else {
            sim_seen(sim, SIM_RUSH_UNSETTLED);
            waiting->ticket = 0;
        }
        return true;
    }
    return false;
}

void rush_current(struct sim *sim, size_t at)
{
    if (sim->rush != NULL) {
        history_current(sim, &sim->rush->history, at);
    }
}

void rush_lost(struct sim *sim, size_t at)
{
    if (sim->rush != NULL) {
        if (kv_stats(sim->nodes[at].kv).evictions != 0) {
            sim_seen(sim, SIM_EVICTED);
        }
        history_lost(sim, &sim->rush->history, at);
    }
}

void rush_jumped(struct sim *sim, size_t at, uint64_t before_ms)
{
    struct sim_node *node = &sim->nodes[at];
    struct record record;
    if (sim->rush == NULL || !node->is_up) {
        return;
    }
    uint64_t now_ms = sim_wall_ms(sim, node);
    for (size_t i = 0; i < sim->rush->history.key_count; i++) {
        if (history_peek(node->kv, &sim->rush->history.keys[i], &record)) {
            uint64_t end_ms = record_expires(record.updated_at_ms, record.ttl_ms);
            bool is_crossed = end_ms >= before_ms && end_ms < now_ms;
            bool is_crossed_back = end_ms < before_ms && end_ms >= now_ms;
            if (record.ttl_ms != 0 && (is_crossed || is_crossed_back)) {
                sim_seen(sim, is_crossed ? SIM_JUMPED_EXPIRY : SIM_JUMPED_EXPIRY_BACK);
            }
        }
    }
}

const struct history *rush_history(const struct sim *sim)
{
    return &sim->rush->history;
}

void rush_restored(struct sim *sim, const size_t *had)
{
    uint64_t wall_ms = sim_wall_ms(sim, &sim->nodes[0]) + 2 * SIM_SKEW_MS;
    history_restored(&sim->rush->history, had, wall_ms);
    memset(sim->rush->seen, 0, sizeof sim->rush->seen);
}

bool rush_agrees(const struct sim *sim)
{
    return history_agrees(sim, &sim->rush->history);
}

void rush_end(struct sim *sim)
{
    history_end(sim, &sim->rush->history);
}

void rush_free(struct sim *sim)
{
    if (sim->rush != NULL) {
        for (size_t i = 0; i < sim->rush->history.key_count; i++) {
            free(sim->rush->history.keys[i].writes);
        }
        free(sim->rush);
    }
    sim->rush = NULL;
}
