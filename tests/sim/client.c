/* Clients: what they do, and what they were told, held against what nodes have.
 *
 * Written from the promises alone (docs/cluster.md): a write that was said to be settled is there,
 * or a later one; a node never goes back; what was deleted or has expired is not seen again; what
 * is read was written. Of the nodes it uses versions, nothing else. */
#include <stdlib.h>
#include <string.h>

#include "base/invariant.h"
#include "sim/endpoints.h"
#include "sim/sim.h"

enum {
    VALUE_SMALL = 400,
    VALUE_LARGE = 400000,
    MANY = 10, /* large ones, which are more than one message may have */
    SLACK_MS = 1,
    SETTLES_MS = 15000, /* in a calm, at most */
};

struct key;

struct write {
    const struct key *key;
    struct record_version version;
    uint64_t value; /* what the content is made of */
    size_t len;
    uint64_t ttl_ms;
    bool is_delete;
    size_t holders; /* that it asks for; 0: what is usual */
    uint64_t nodes; /* bit i: node i could hold it when it was written */
    uint64_t at_ms;
    uint64_t settled_ms; /* 0: nobody said so */
    size_t node;         /* where it waits for others */
    uint64_t boot;
    uint64_t ticket; /* 0: not any more */
};

struct key {
    struct write *writes;
    size_t count;
    struct record_version seen[SIM_NODES_MAX]; /* by a boot of a node */
    uint64_t seen_boot[SIM_NODES_MAX];
};

struct sim_model {
    struct key keys[SIM_TENANTS][SIM_KEYS];
    uint8_t content[VALUE_LARGE + 16];
    uint8_t read[VALUE_LARGE + 16];
    uint64_t value;
};

static struct bytes key_text(size_t key)
{
    static const char *const names[SIM_KEYS] = {"a", "b/1", "b/2", "caf\xc3\xa9", "wallet/x", "z"};
    return bytes_of(names[key]);
}

static struct bytes content_of(struct sim_model *model, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word = sim_next(&value);
        memcpy(model->content + i, &word, 8);
    }
    return (struct bytes){model->content, len};
}

static struct write *write_of(const struct key *key, const struct record_version *version)
{
    for (size_t i = key->count; i-- != 0;) {
        if (record_version_order(&key->writes[i].version, version) == 0) {
            return &key->writes[i];
        }
    }
    return NULL;
}

static bool has_expired(const struct write *write, uint64_t wall_ms)
{
    return write->ttl_ms != 0 &&
           record_expires(write->version.updated_at_ms, write->ttl_ms) < wall_ms;
}

/* Whether nothing can be seen though version could: something later is dead. */
static bool may_be_gone(const struct key *key, const struct record_version *version,
                        uint64_t wall_ms)
{
    for (size_t i = 0; i < key->count; i++) {
        const struct write *write = &key->writes[i];
        if (record_version_order(&write->version, version) >= 0 &&
            (write->is_delete || has_expired(write, wall_ms + SLACK_MS))) {
            return true;
        }
    }
    return false;
}

static struct record_version *seen_by(struct key *key, const struct sim_node *node, size_t at)
{
    if (key->seen_boot[at] != node->boot) {
        key->seen_boot[at] = node->boot;
        key->seen[at] = (struct record_version){0};
    }
    return &key->seen[at];
}

static void read_one(struct sim *sim, size_t at, size_t tenant, size_t name)
{
    struct sim_node *node = &sim->nodes[at];
    struct key *key = &sim->model->keys[tenant][name];
    struct record_version *seen = seen_by(key, node, at);
    struct kv_read read = {.key = key_text(name)};
    struct buf out = buf_over(sim->model->read, sizeof sim->model->read);
    struct kv_found found;
    SECRET(value_seal_keys, keys);
    sim_value_keys(node, tenant, &keys);
    uint64_t wall_ms = sim_now(node).wall_ms;
    struct kv_at where = {.keys = &keys, .now_ms = wall_ms};
    struct status status = kv_get(node->kv, &where, &read, &out, &found);
    if (status.code == STATUS_VALUE_NOT_FOUND) {
        sim_seen(sim, SIM_READ_NOTHING);
        if (seen->updated_at_ms != 0 && !may_be_gone(key, seen, node->latest_wall_ms)) {
            sim_violated(sim, "a node lost what it had", "node %zu, key %zu/%zu", at, tenant, name);
        }
        return;
    }
    sim_seen(sim, SIM_READ);
    const struct write *write = write_of(key, &found.version);
    if (!status_is_ok(status) || write == NULL || write->is_delete ||
        !bytes_equal(buf_bytes(&out), content_of(sim->model, write->value, write->len))) {
        sim_violated(sim, "what was read nobody wrote", "node %zu, key %zu/%zu", at, tenant, name);
    } else if (has_expired(write, wall_ms)) {
        sim_violated(sim, "what has expired was read", "node %zu, key %zu/%zu", at, tenant, name);
    } else if (record_version_order(&found.version, seen) < 0) {
        sim_violated(sim, "a node went back", "node %zu, key %zu/%zu", at, tenant, name);
    }
    *seen = found.version;
}

static void draw_write(struct sim *sim, bool is_large, struct write *write)
{
    write->holders = 0;
    if (sim_has(sim, SIM_HAS_REPLICAS) && !sim->is_calm && sim->count >= SIM_SETTLE_MORE &&
        sim_chance(sim, 400)) {
        write->holders = SIM_SETTLE_MORE;
    }
    write->is_delete = sim_has(sim, SIM_HAS_DELETES) && sim_chance(sim, 250);
    if (write->is_delete) {
        return;
    }
    write->value = ++sim->model->value;
    write->len = sim_below(sim, is_large ? VALUE_LARGE : VALUE_SMALL);
    if (sim_has(sim, SIM_HAS_TTL) && sim_chance(sim, 300)) {
        write->ttl_ms = 200 + sim_below(sim, 20000);
        sim_seen(sim, SIM_WITH_TTL);
    }
    sim_seen(sim, is_large ? SIM_WROTE_LARGE : SIM_WROTE);
}

static struct write *add_write(struct key *key, const struct write *write)
{
    key->writes = realloc(key->writes, (key->count + 1) * sizeof *write);
    INVARIANT(key->writes != NULL);
    key->writes[key->count] = *write;
    return &key->writes[key->count++];
}

static void write_one(struct sim *sim, size_t at, size_t place, bool is_large)
{
    size_t tenant = place / SIM_KEYS;
    size_t name = place % SIM_KEYS;
    struct sim_node *node = &sim->nodes[at];
    struct key *key = &sim->model->keys[tenant][name];
    struct write write = {.key = key, .node = at, .boot = node->boot, .at_ms = sim->now_ms};
    struct cluster_now now = sim_now(node);
    struct kv_found found;
    SECRET(value_seal_keys, keys);
    if (!status_is_ok(cluster_check_write(node->cluster, &now))) {
        sim_clock_refuses(sim, at);
        return;
    }
    sim_value_keys(node, tenant, &keys);
    draw_write(sim, is_large, &write);
    struct kv_at where = {.keys = &keys, .now_ms = now.wall_ms};
    struct kv_write asked = {.key = key_text(name), .ttl_ms = write.ttl_ms};
    sim_fill(sim, asked.nonce, sizeof asked.nonce);
    memcpy(asked.cause, node->boot_id, sizeof node->boot_id);
    asked.cause[RECORD_CAUSE - 1] = (uint8_t)++node->writes;
    asked.cause[RECORD_CAUSE - 2] = (uint8_t)(node->writes >> 8);
    if (!write.is_delete) {
        asked.value = content_of(sim->model, write.value, write.len);
    }
    struct status status = write.is_delete ? kv_delete(node->kv, &where, &asked, &found)
                                           : kv_put(node->kv, &where, &asked, &found);
    if (write.is_delete && status.code == STATUS_VALUE_NOT_FOUND) {
        return;
    }
    if (!status_is_ok(status)) {
        sim_violated(sim, "a write was refused", "%d", (int)status.code);
        return;
    }
    if (write.is_delete) {
        sim_seen(sim, SIM_DELETED);
    }
    write.version = found.version;
    for (size_t i = 0; i < sim->count; i++) {
        bool may_hold = sim_node_current(&sim->nodes[i]) && !sim->nodes[i].is_revoked;
        write.nodes |= (uint64_t)may_hold << i;
    }
    struct cluster_written written = {.key = key_text(name), .holders = write.holders};
    sim_tenant(tenant, written.tenant);
    status = cluster_write(node->cluster, &now, &written, &write.ticket);
    INVARIANT(status_is_ok(status));
    add_write(key, &write);
    sim->writes++;
    *seen_by(key, node, at) = write.version;
    sim_node_act(sim, at);
}

/* While the first message is under way a value is written, then more than the next one may have,
 * then the first again: what waits for it is not in that message. */
static void write_many(struct sim *sim, size_t at, size_t place)
{
    write_one(sim, at, place, false);
    write_one(sim, at, place, false);
    for (size_t i = 1; i <= MANY && sim_node_current(&sim->nodes[at]); i++) {
        write_one(sim, at, (place + i) % (SIM_TENANTS * SIM_KEYS), true);
    }
    if (sim_node_current(&sim->nodes[at])) {
        write_one(sim, at, place, false);
    }
}

static void write_some(struct sim *sim, size_t at, size_t place)
{
    bool has_large = sim_has(sim, SIM_HAS_LARGE);
    if (has_large && !sim->is_calm && sim_chance(sim, 10)) {
        sim_seen(sim, SIM_WROTE_MANY);
        write_many(sim, at, place);
    } else {
        write_one(sim, at, place, has_large && sim_chance(sim, 350));
    }
}

static void act(struct sim *sim, struct sim_event *event)
{
    sim->stream = SIM_OF_CLIENTS;
    size_t at = sim_below(sim, sim->count);
    size_t tenant = sim_below(sim, SIM_TENANTS);
    size_t name = sim_below(sim, SIM_KEYS);
    struct sim_node *node = &sim->nodes[at];
    bool is_there = node->is_up && sim->now_ms >= node->paused_until_ms;
    if (is_there && !sim_node_current(node)) {
        sim_seen(sim, SIM_NOT_CURRENT);
    } else if (is_there && sim_chance(sim, 400)) {
        read_one(sim, at, tenant, name);
    } else if (is_there) {
        write_some(sim, at, tenant * SIM_KEYS + name);
    }
    if (!sim->is_calm) {
        sim_later(sim, 1 + sim_below(sim, 2 * sim->mix.write_every_ms), event->happen, 0);
    }
}

void sim_clients_start(struct sim *sim)
{
    sim->model = calloc(1, sizeof *sim->model);
    INVARIANT(sim->model != NULL);
    sim_later(sim, 1, act, 0);
}

/* Calls visit for every write. */
static void each_write(struct sim *sim, void (*visit)(struct sim *, struct write *, const void *),
                       const void *context)
{
    for (size_t i = 0; i < SIM_TENANTS * SIM_KEYS; i++) {
        struct key *key = &sim->model->keys[i / SIM_KEYS][i % SIM_KEYS];
        for (size_t j = 0; j < key->count; j++) {
            visit(sim, &key->writes[j], context);
        }
    }
}

struct told {
    size_t at;
    const struct cluster_action *action; /* NULL: the node died, nobody was told anything */
};

/* Whether a node has a write, or something later, or what is later is gone from it again. */
static bool has_write(const struct sim *sim, const struct sim_node *node, const struct key *key,
                      const struct record_version *version)
{
    size_t place = (size_t)(key - &sim->model->keys[0][0]);
    uint8_t id[DOMAIN_TENANT_ID];
    struct record record;
    struct record_version there = {0};
    sim_tenant(place / SIM_KEYS, id);
    if (kv_peek(node->kv, id, key_text(place % SIM_KEYS), &record)) {
        there = record_version(&record);
    }
    return record_version_order(&there, version) >= 0 ||
           may_be_gone(key, version, node->latest_wall_ms);
}

static bool has_ended_since(const struct sim_node *node, const struct write *write)
{
    return !node->is_up || node->start_ms > write->at_ms;
}

/* Of the nodes that could hold a write those whose registration has not ended while it waited: the
 * others are members no more. */
static size_t granted_since(const struct sim *sim, const struct write *write)
{
    size_t granted = 0;
    for (size_t i = 0; i < sim->count; i++) {
        const struct sim_node *node = &sim->nodes[i];
        bool is_granted = has_ended_since(node, write) || !node->is_revoked;
        granted += is_granted && (write->nodes >> i & 1) != 0;
    }
    return granted;
}

/* So many nodes as were promised hold what is said to be settled, or had until they ended. Who is
 * not current counts as lost already. Returns: false when it counts as unsettled: its writer's
 * registration had ended, and all others have come since, who know of each other alone. */
static bool check_held(struct sim *sim, const struct write *write)
{
    const struct key *key = write->key;
    size_t granted = granted_since(sim, write);
    size_t wanted = granted < sim->holders ? granted : sim->holders;
    size_t held = 0;
    size_t same = 0; /* of them, with the writer's newest root */
    uint32_t epoch = root_keyring_newest_epoch(sim->nodes[write->node].roots);
    if (sim_endpoints_denied(sim)) { /* whom the writer does not list is no member to it */
        size_t listed = 1 + cluster_stats(sim->nodes[write->node].cluster).members;
        wanted = listed < wanted ? listed : wanted;
    }
    wanted = write->holders > wanted ? write->holders : wanted;
    for (size_t i = 0; i < sim->count; i++) {
        const struct sim_node *node = &sim->nodes[i];
        bool has_ended = has_ended_since(node, write);
        bool is_held =
            has_ended || (sim_node_current(node) && has_write(sim, node, key, &write->version));
        held += is_held;
        same += is_held && (has_ended || root_keyring_newest_epoch(node->roots) == epoch);
    }
    if (held >= wanted && same < wanted) {
        sim_seen(sim, SIM_SETTLED_ACROSS);
    }
    const struct sim_node *writer = &sim->nodes[write->node];
    if (writer->is_revoked && cluster_stats(writer->cluster).members == 0) {
        return false;
    }
    if (held < wanted) {
        sim_violated(sim, "a write is said to be settled that too few nodes hold", "%zu of %zu",
                     held, wanted);
    }
    return true;
}

/* What was settled before a node started is there when it says that it is current */
void sim_client_current(struct sim *sim, size_t at)
{
    const struct sim_node *node = &sim->nodes[at];
    for (size_t i = 0; sim->model != NULL && i < SIM_TENANTS * SIM_KEYS; i++) {
        const struct key *key = &sim->model->keys[i / SIM_KEYS][i % SIM_KEYS];
        for (size_t j = 0; j < key->count; j++) {
            const struct write *write = &key->writes[j];
            if (write->settled_ms != 0 && write->settled_ms < node->start_ms &&
                !has_write(sim, node, key, &write->version)) {
                sim_violated(sim, "a node is current without a write that was settled",
                             "node %zu, key %zu/%zu", at, i / SIM_KEYS, i % SIM_KEYS);
            }
        }
    }
}

static void tell(struct sim *sim, struct write *write, const void *context)
{
    const struct told *told = context;
    bool is_its =
        write->ticket != 0 && write->node == told->at && write->boot == sim->nodes[told->at].boot;
    if (!is_its || (told->action != NULL && told->action->id != write->ticket)) {
        return;
    }
    write->ticket = 0;
    bool is_settled = told->action != NULL && told->action->kind == CLUSTER_SETTLED;
    if (!is_settled || !check_held(sim, write)) {
        sim_seen(sim, SIM_UNSETTLED);
        return;
    }
    write->settled_ms = sim->now_ms;
    sim_seen(sim, write->holders != 0 ? SIM_SETTLED_MORE : SIM_SETTLED);
}

void sim_client_told(struct sim *sim, size_t at, const struct cluster_action *action)
{
    struct told told = {at, action};
    each_write(sim, tell, &told);
    if (action->kind == CLUSTER_SETTLED) {
        sim_clock_acknowledges(sim, at);
        sim_tempt(sim, at);
    }
}

void sim_client_lost(struct sim *sim, size_t at)
{
    struct told told = {at, NULL};
    each_write(sim, tell, &told);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void check_key(struct sim *sim, size_t at, size_t tenant, size_t name)
{
    const struct key *key = &sim->model->keys[tenant][name];
    struct record_version best = {0};
    uint8_t id[DOMAIN_TENANT_ID];
    struct record record;
    struct record_version there = {0};
    sim_tenant(tenant, id);
    for (size_t i = 0; i < key->count; i++) {
        const struct write *write = &key->writes[i];
        if (write->settled_ms != 0 && record_version_order(&write->version, &best) > 0) {
            best = write->version;
        }
    }
    if (kv_peek(sim->nodes[at].kv, id, key_text(name), &record)) {
        there = record_version(&record);
        if (write_of(key, &there) == NULL) {
            sim_violated(sim, "a node has what nobody wrote", "node %zu, key %zu/%zu", at, tenant,
                         name);
        }
    }
    int order = record_version_order(&there, &best);
    if (order < 0) {
        sim_violated(sim, "a settled write is lost", "node %zu, key %zu/%zu, of %llu", at, tenant,
                     name, (unsigned long long)best.updated_at_ms);
    }
    if (order > 0) {
        sim_seen(sim, SIM_SUPERSEDED);
    }
    read_one(sim, at, tenant, name);
}

void sim_clients_check(struct sim *sim)
{
    for (size_t at = 0; at < sim->count; at++) {
        for (size_t i = 0; i < SIM_TENANTS * SIM_KEYS; i++) {
            check_key(sim, at, i / SIM_KEYS, i % SIM_KEYS);
        }
    }
}

bool sim_client_settles(struct sim *sim, size_t at, void (*run)(struct sim *sim, uint64_t until_ms))
{
    const struct key *key = &sim->model->keys[0][0];
    size_t before = key->count;
    uint64_t deadline_ms = sim->now_ms + SETTLES_MS;
    bool is_settled = false;
    while (sim->wrong == NULL && sim->now_ms < deadline_ms && !is_settled) {
        sim->stream = SIM_OF_CLIENTS;
        if (key->count == before && sim_node_current(&sim->nodes[at])) {
            write_one(sim, at, 0, false); /* but for what is to be deleted, and is not there */
        }
        run(sim, sim->now_ms + SIM_TICK_MS);
        is_settled = key->count != before && key->writes[before].settled_ms != 0;
    }
    return is_settled;
}

void sim_clients_free(struct sim *sim)
{
    for (size_t i = 0; sim->model != NULL && i < SIM_TENANTS * SIM_KEYS; i++) {
        free(sim->model->keys[i / SIM_KEYS][i % SIM_KEYS].writes);
    }
    free(sim->model);
}
