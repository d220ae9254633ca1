/* Cases of roots on their way: made, stored, handed from node to node; of messages of sync; and of
 * snapshots. */
#include <string.h>

#include "base/ct.h"
#include "base/invariant.h"
#include "cluster/cluster_internal.h"
#include "cluster/root_start_internal.h"
#include "cluster/v1/v1_give.h"
#include "cluster/v1/v1_secret.h"
#include "fixtures/simulated_module.h"
#include "keys/root.h"
#include "snapshot/snapshot_header.h"
#include "tools/ctime/ctime.h"

static const uint8_t domain[DOMAIN_ID] = {1};
static const struct eth_address wallets[2] = {{{1}}, {{2}}};
static struct root_start_chain chain;
static struct cluster_now now = {1000000, 1700000000000};
static struct mem mem;
static const struct log no_log = {.fd = -1};

static void succeed(struct status status)
{
    INVARIANT(status_is_ok(status));
}

static struct status look_up(void *context, const struct registry_question *question,
                             struct registry_grant *ret_grant)
{
    (void)context;
    *ret_grant = (struct registry_grant){.wallet = question->wallet,
                                         .seen_ms = question->now_ms,
                                         .deadline_ms = question->now_ms + 1};
    return OK;
}

static struct status published(void *context, enum registry_use use, uint64_t now_ms,
                               struct registry_root *ret_root)
{
    (void)context;
    (void)use;
    *ret_root = (struct registry_root){.is_published = chain.kind == ROOT_CHAIN_FINAL,
                                       .deadline_ms = now_ms + 1};
    memcpy(ret_root->hash, chain.hashes[0], sizeof ret_root->hash);
    return OK;
}

static size_t list_peers(void *context, uint64_t now_ms,
                         struct registry_peer ret_peers[static REGISTRY_PEERS_MAX])
{
    (void)context;
    for (size_t i = 0; i < 2; i++) {
        ret_peers[i] = (struct registry_peer){
            .grant = {.wallet = wallets[i], .instance_id = i, .deadline_ms = now_ms + 1}};
    }
    return 2;
}

static const struct registry_port registry = {
    .lookup = look_up, .root = published, .peers = list_peers};

/* Two nodes that start. */
struct node {
    struct simulated_module module;
    struct root_keyring *roots;
    struct root_gate *gate;
    struct root_start *start;
    struct root_start_found stored;
};

static void open_node(struct node *node, size_t i)
{
    const struct entropy system = entropy_system();
    *node = (struct node){.module = {.wall_ms = now.wall_ms}};
    succeed(root_keyring_open(domain, &system, &node->roots));
    const struct root_gate_setup gate = {&registry, node->roots, &no_log, &mem, true};
    succeed(root_gate_open(&gate, &node->gate));
    struct root_start_setup setup = {
        .mem = &mem,
        .ports = {system, simulated_port(&node->module)},
        .module = system,
        .roots = node->roots,
        .registry = &registry,
        .gate = node->gate,
        .wallet = wallets[i],
    };
    memcpy(setup.domain, domain, sizeof domain);
    succeed(root_start_open(&setup, &node->start));
}

static void close_node(struct node *node)
{
    root_start_close(&node->start);
    root_gate_close(&node->gate);
    root_keyring_close(&node->roots);
}

static void do_one(struct node *node, struct node *peer, const struct root_start_action *action)
{
    static uint8_t memory[ROOT_START_MESSAGE_MAX];
    struct buf answer = buf_over(memory, sizeof memory);
    uint64_t id = action->id;
    switch (action->kind) {
    case ROOT_START_READ:
        root_start_carrier_read(node->start, &now, OK, &node->stored);
        break;
    case ROOT_START_WRITE:
        for (size_t i = 0; i < action->roots->count; i++) {
            node->stored.list[node->stored.count++] = action->roots->list[i];
        }
        root_start_carrier_written(node->start, &now, OK);
        break;
    case ROOT_START_PUBLISH:
        chain = (struct root_start_chain){.kind = ROOT_CHAIN_FINAL, .count = 1};
        memcpy(chain.hashes[0], action->hash, sizeof action->hash);
        root_start_published(node->start, &now, OK);
        break;
    case ROOT_START_SEND:
        (void)status_is_ok(root_start_serve(
            peer->start, &now, action->peer->grant.instance_id == 0 ? &wallets[1] : &wallets[0],
            action->message, &answer));
        root_start_answered(node->start, &now, id,
                            answer.len == 0 ? (struct bytes){NULL, 0} : buf_bytes(&answer));
        break;
    case ROOT_START_INSTALLED:
    case ROOT_START_WIPED:
    case ROOT_START_STOPPED:
    case ROOT_START_PROPOSE:
    case ROOT_START_EXECUTE:
    case ROOT_START_MADE:
    case ROOT_START_TURNED:
    case ROOT_START_REJECTED:
    default:
        break;
    }
}

static void live(struct node *node, struct node *peer, uint64_t ms)
{
    struct root_start_action action;
    uint64_t due_ms;
    for (uint64_t end_ms = now.ms + ms; now.ms < end_ms; now.ms += 500) {
        root_start_chain(node->start, &now, &chain);
        while (root_start_next(node->start, &now, &action, &due_ms)) {
            do_one(node, peer, &action);
        }
    }
}

/* One makes a root, stores, publishes and installs it. What generators give is looked at there, so
 * that it is no secret here: see the cases of HKDF. */
static void makes(void)
{
    static struct node node;
    static struct node nobody;
    mem_init(&mem, 1 << 22);
    chain = (struct root_start_chain){.kind = ROOT_CHAIN_UNPUBLISHED};
    open_node(&node, 0);
    open_node(&nobody, 1);
    live(&node, &nobody, 30000);
    INVARIANT(status_is_ok(root_start_check(node.start)));
    close_node(&node);
    close_node(&nobody);
}

/* The next root is final: the first has it in its carrier, the other gets it from there. */
static void turns(struct node *nodes)
{
    struct handoff_root *next = &nodes[0].stored.list[nodes[0].stored.count++];
    struct root root;
    next->epoch = 1;
    ctime_secret(&next->master, sizeof next->master);
    root_init(&root, &next->master, domain, 1);
    root_check_hash(&root, chain.hashes[1]);
    ctime_public(chain.hashes[1], sizeof chain.hashes[1]);
    chain.count = 2;
    for (size_t i = 0; i < 2; i++) {
        live(&nodes[i], &nodes[1 - i], 120000);
        root_start_use(nodes[i].start);
        INVARIANT(root_keyring_newest_epoch(nodes[i].roots) == 1);
    }
    chain.count = 1;
}

/* One has a root in its carrier, publishes and installs it; the other gets it from there. */
static void starts(void)
{
    static struct node nodes[2];
    mem_init(&mem, 1 << 22);
    chain = (struct root_start_chain){.kind = ROOT_CHAIN_UNPUBLISHED};
    open_node(&nodes[0], 0);
    open_node(&nodes[1], 1);
    nodes[0].stored.count = 1;
    ctime_secret(&nodes[0].stored.list[0].master, sizeof nodes[0].stored.list[0].master);
    live(&nodes[0], &nodes[1], 10000);
    INVARIANT(status_is_ok(root_start_check(nodes[0].start)));
    live(&nodes[1], &nodes[0], 10000);
    INVARIANT(status_is_ok(root_start_check(nodes[1].start)));
    turns(nodes);
    /* A loser in the carrier, before the one that won. */
    close_node(&nodes[1]);
    open_node(&nodes[1], 1);
    nodes[1].stored.count = 2;
    ctime_secret(&nodes[1].stored.list[0].master, sizeof nodes[1].stored.list[0].master);
    nodes[1].stored.list[1] = nodes[0].stored.list[0];
    live(&nodes[1], &nodes[0], 1000);
    INVARIANT(status_is_ok(root_start_check(nodes[1].start)));
    /* A candidate in it, of two, while none is final. */
    struct root_start_chain final = chain;
    chain = (struct root_start_chain){.kind = ROOT_CHAIN_UNPUBLISHED};
    close_node(&nodes[1]);
    open_node(&nodes[1], 1);
    nodes[1].stored.count = 2;
    for (size_t i = 0; i < 2; i++) {
        ctime_secret(&nodes[1].stored.list[i].master, sizeof nodes[1].stored.list[i].master);
        nodes[1].stored.list[i].master.b[0] ^= (uint8_t)i;
    }
    live(&nodes[1], &nodes[0], 500);
    INVARIANT(root_start_check(nodes[1].start).code == STATUS_ROOT_UNPUBLISHED);
    chain = final;
    close_node(&nodes[0]);
    close_node(&nodes[1]);
}

/* One that has the root gives it in the form of version 1 to another, whom nobody else gives it. */
static void gives(void)
{
    static struct node nodes[3];
    static uint8_t memory[2][V1_SECRET_ANSWER_MAX + V1_SECRET_REQUEST_MAX];
    const struct entropy system = entropy_system();
    struct buf question = buf_over(memory[0], sizeof memory[0]);
    struct buf answer = buf_over(memory[1], sizeof memory[1]);
    struct root_start_found found = {.count = 1};
    struct p384_key key;
    struct arena arena;
    mem_init(&mem, 1 << 22);
    succeed(arena_init(&arena, 1u << 20));
    chain = (struct root_start_chain){.kind = ROOT_CHAIN_UNPUBLISHED};
    for (size_t i = 0; i < 3; i++) {
        open_node(&nodes[i], i % 2);
    }
    nodes[0].stored.count = 1;
    ctime_secret(&nodes[0].stored.list[0].master, sizeof nodes[0].stored.list[0].master);
    live(&nodes[0], &nodes[1], 10000);
    live(&nodes[1], &nodes[2], 10000);
    INVARIANT(root_start_state(nodes[1].start) == ROOT_START_ASKING);
    const struct v1_give give = {&system, nodes[0].roots, &registry,
                                 root_start_guard(nodes[0].start), nodes[0].gate};
    succeed(v1_secret_ask(&system, &wallets[1], &question, &key));
    const struct v1_give_question asked = {wallets[1], buf_bytes(&question), now.ms};
    succeed(v1_give_answer(&give, &asked, &arena, &answer));
    succeed(
        v1_secret_open(&key, buf_bytes(&answer), chain.hashes[0], &arena, &found.list[0].master));
    root_start_received(nodes[1].start, &now, &found);
    live(&nodes[1], &nodes[2], 1000);
    INVARIANT(status_is_ok(root_start_check(nodes[1].start)));
    for (size_t i = 0; i < 3; i++) {
        close_node(&nodes[i]);
    }
    arena_deinit(&arena);
}

/* --- sync ------------------------------------------------------------------------------------- */

struct member {
    struct kv *kv;
    struct root_keyring *roots;
    struct cluster *cluster;
};

static void open_member(struct member *member, size_t i, const struct secret32 *master)
{
    const struct kv_limits limits = kv_limits_default();
    const struct entropy system = entropy_system();
    succeed(kv_open(&limits, wallets[i].b, &mem, &member->kv));
    succeed(root_keyring_open(domain, &system, &member->roots));
    succeed(root_keyring_install(member->roots, 0, master));
    struct cluster_setup setup = {
        .mem = &mem,
        .entropy = system,
        .kv = member->kv,
        .roots = member->roots,
        .registry = &registry,
        .wallet = wallets[i],
        .boot = {(uint8_t)(i + 1)},
        .holders = 2,
        .is_first = i == 0,
    };
    memcpy(setup.domain, domain, sizeof domain);
    succeed(cluster_open(&setup, &now, &member->cluster));
}

static void close_member(struct member *member)
{
    cluster_close(&member->cluster);
    kv_close(&member->kv);
    root_keyring_close(&member->roots);
}

static void put_value(struct member *member, uint8_t name)
{
    const uint8_t tenant[DOMAIN_TENANT_ID] = {1};
    struct cluster_written written = {.key = {&name, 1}};
    struct kv_write write = {.key = {&name, 1}, .value = BYTES_LITERAL("value"), .nonce = {name}};
    struct value_seal_keys keys;
    struct secret32 key;
    uint64_t ticket;
    write.cause[0] = 1;
    root_values_key(root_keyring_newest(member->roots), tenant, &key);
    value_seal_keys_init(&keys, domain, tenant);
    value_seal_keys_add(&keys, 0, &key);
    const struct kv_at at = {.keys = &keys, .now_ms = now.wall_ms};
    succeed(kv_put(member->kv, &at, &write, NULL));
    memcpy(written.tenant, tenant, sizeof tenant);
    succeed(cluster_write(member->cluster, &now, &written, &ticket));
}

/* Let all messages of one pass, or none. */
static void let_speak(struct member *members, size_t i, bool is_heard)
{
    static uint8_t memory[SYNC_MESSAGE_MAX];
    struct cluster_action action;
    uint64_t due_ms;
    while (cluster_next(members[i].cluster, &now, &action, &due_ms)) {
        struct buf answer = buf_over(memory, sizeof memory);
        if (action.kind != CLUSTER_SEND) {
            continue;
        }
        /* Strict records are refused until both have one origin. */
        bool is_served =
            is_heard && status_is_ok(cluster_serve(members[1 - i].cluster, &now, &wallets[i],
                                                   action.message, &answer));
        cluster_answered(members[i].cluster, &now, action.id,
                         is_served ? buf_bytes(&answer) : (struct bytes){NULL, 0});
    }
}

/* One waits until what others hold is here. */
static void catch_up(struct member *members)
{
    uint64_t ticket;
    succeed(cluster_check_write(members[1].cluster, &now));
    succeed(cluster_catch_up(members[1].cluster, &now, &ticket));
    let_speak(members, 1, true);
}

/* What they say of strict records, which needs no root, is coded with its keys. */
static void strict_is_fresh(struct member *members)
{
    for (size_t i = 0; i < 2; i++) {
        succeed(strict_check_fresh(cluster_strict(members[i].cluster), now.ms));
    }
}

/* Two members: one has a value, the other pulls it; then values are pushed, one of them in vain. */
static void syncs(void)
{
    static struct member members[2];
    struct secret32 master;
    struct strict_begun begun;
    mem_init(&mem, 1 << 24);
    ctime_secret(&master, sizeof master);
    open_member(&members[0], 0, &master);
    open_member(&members[1], 1, &master);
    put_value(&members[0], 1);
    for (uint8_t round = 0; round < 140; round++) {
        if (round == 20 || round == 40) {
            put_value(&members[0], (uint8_t)(round + 1));
        }
        let_speak(members, 0, round != 40);
        let_speak(members, 1, true);
        now.ms += 500;
        now.wall_ms += 500;
    }
    INVARIANT(status_is_ok(cluster_check(members[1].cluster)));
    INVARIANT(cluster_stats(members[1].cluster).taken == 3);
    catch_up(members);
    strict_is_fresh(members);
    (void)cluster_begun(members[0].cluster, &begun);
    ctime_secret(&master, sizeof master);
    succeed(root_keyring_install(members[1].roots, 1, &master));
    while (cluster_reseal(members[1].cluster, &now)) {
    }
    INVARIANT(cluster_stats(members[1].cluster).resealed == 3);
    INVARIANT(!cluster_all_know(members[1].cluster, 1));
    close_member(&members[0]);
    close_member(&members[1]);
}

/* --- snapshots -------------------------------------------------------------------------------- */

/* What lies in storage is public, whatever it was made of. */
static void snapshots(void)
{
    const struct entropy system = entropy_system();
    const uint8_t nonce[SNAPSHOT_NONCE] = {1};
    struct snapshot_object object = {.place = {SNAPSHOT_RECORDS, false, 4, 7, 0}};
    struct snapshot_header header = {.height = 1};
    struct snapshot_point point;
    struct root_keyring *roots;
    struct secret32 master;
    uint8_t records[100];
    uint8_t sealed[sizeof records + SNAPSHOT_OVERHEAD];
    uint8_t bytes[SNAPSHOT_HEADER];
    ctime_secret(&master, sizeof master);
    ctime_secret(records, sizeof records);
    succeed(root_keyring_open(domain, &system, &roots));
    succeed(root_keyring_install(roots, 0, &master));
    const struct root *root = root_keyring_newest(roots);
    succeed(snapshot_object_seal(root, nonce, BYTES_ARRAY(records), sealed, &object));
    ctime_public(sealed, sizeof sealed);
    ctime_public(&object, sizeof object);
    succeed(snapshot_object_open(roots, &object, BYTES_ARRAY(sealed), records));
    succeed(snapshot_header_make(root, &header, bytes, &point));
    ctime_public(bytes, sizeof bytes);
    ctime_public(&point, sizeof point);
    succeed(snapshot_header_open(roots, domain, &point, BYTES_ARRAY(bytes), &header));
    root_keyring_close(&roots);
}

const struct ctime_case ctime_cluster[] = {
    {"handoff_answer handoff_ask handoff_open root_start_carrier_read root_start_next "
     "root_start_is_final root_start_peers_next root_start_published_hash "
     "root_start_roots_are_final root_start_store_next root_turn_candidate "
     "root_turn_news root_turn_next root_turn_read",
     starts},
    {"root_start_next", makes},
    {"root_start_received v1_give_answer", gives},
    {"cluster_answered cluster_catch_up cluster_check cluster_check_write cluster_clocks "
     "cluster_close cluster_epoch_for cluster_judge cluster_keys "
     "cluster_serve_strict cluster_strict cluster_strict_answered cluster_strict_forget "
     "cluster_strict_look cluster_strict_next "
     "cluster_all_know cluster_reseal cluster_begun cluster_meet_origin cluster_note_anchor "
     "cluster_strict_begin "
     "cluster_look cluster_meet cluster_next cluster_open cluster_open_any cluster_peer "
     "cluster_serve cluster_take "
     "cluster_write cluster_serve_digest cluster_flight_begin cluster_serve_page "
     "cluster_push_answered cluster_push_failed cluster_push_next "
     "cluster_serve_push sync_message_end sync_message_open cluster_walk_answered "
     "cluster_walk_next cluster_writes_ended "
     "cluster_writes_forget cluster_writes_held cluster_writes_moved cluster_writes_refused "
     "cluster_writes_wait_for",
     syncs},
    {"snapshot_header_make snapshot_header_open snapshot_object_open snapshot_object_seal",
     snapshots},
    {NULL, NULL},
};
