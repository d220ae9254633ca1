/* The chain as a node reads it through endpoints, and what those do. */
#include "sim/endpoints.h"

#include <stdlib.h>
#include <string.h>

#include "base/invariant.h"
#include "sim/start.h"

enum {
    READER_BYTES = 8 << 20,
    CLOCK_MS = 500,     /* so exactly a service knows the time */
    RECOVER_MS = 20000, /* after two were bad, or the node was without them: then it knows */
    ROOT_MS = 40000,    /* likewise of the root, which is read now and then */
    LIST_MS = 90000,    /* likewise of the list of nodes, which view and cluster read every 30 s */
    LOST_MS = 5000,     /* that a read of one wallet may come to nothing again and again, */
    LOST_PAUSE_MS = 2000, /* as it may where one lies when a block is made: asked so often */
    ANSWER_MS = 50,       /* at most, of one that is well */
    POLL_MS = 100,        /* while some have not answered */
    ANSWER_BYTES = 1024,  /* of a read */
};

/* Of one boot of a node. */
struct sim_reader {
    struct registry_view *view;
    struct mem mem;
    uint64_t work;     /* that the endpoints were asked for last */
    uint64_t changes;  /* of the view, at the last look */
    uint64_t look_ms;  /* when the next look is due */
    uint64_t blind_ms; /* when the node was paused or without the chain last */
    uint64_t
        lost_since_ms[SIM_INSTANCES_MAX]; /* when reads of a wallet began to come to nothing, */
    uint64_t lost_ms[SIM_INSTANCES_MAX];  /* and did last */
};

static struct registry_view_now view_now(const struct sim *sim)
{
    uint64_t true_ms = 1700000000000 + sim->now_ms;
    return (struct registry_view_now){sim->now_ms, {true_ms - CLOCK_MS, true_ms + CLOCK_MS}};
}

/* --- what must hold --------------------------------------------------------------------------- */

static size_t count_bad(const struct sim_endpoints *endpoints)
{
    size_t bad = 0;
    for (size_t i = 0; i < SIM_ENDPOINTS; i++) {
        bad += endpoints->moods[i] != SIM_MOOD_HONEST;
    }
    return bad;
}

bool sim_endpoints_denied(const struct sim *sim)
{
    bool is_quorum_bad = count_bad(sim->endpoints) >= SIM_ENDPOINTS_QUORUM;
    uint64_t last_ms = sim->endpoints->trouble_ms > sim->endpoints->short_ms
                           ? sim->endpoints->trouble_ms
                           : sim->endpoints->short_ms;
    bool was_bad = last_ms != 0 && sim->now_ms < last_ms + RECOVER_MS;
    return is_quorum_bad || was_bad;
}

/* Whether a node can know the chain: a quorum is well, and was for a while, as was the node. */
static bool must_know(const struct sim_node *node, uint64_t recover_ms)
{
    const struct sim *sim = node->sim;
    bool is_quorum_well = count_bad(sim->endpoints) < SIM_ENDPOINTS_QUORUM &&
                          sim->now_ms >= sim->endpoints->trouble_ms + recover_ms;
    return is_quorum_well && sim->now_ms >= node->start_ms + recover_ms &&
           sim->now_ms >= node->reader->blind_ms + recover_ms;
}

/* Nobody is granted who was not registered at the blocks that the grant names. */
static void check_grant(struct sim *sim, const struct sim_node *node,
                        const struct registry_grant *grant)
{
    uint64_t block_ms = grant->block_number * SIM_BLOCK_MS;
    uint64_t made_ms = sim_endpoints_made_ms(sim, grant->block_number);
    bool is_right = false;
    if (eth_address_equal(&grant->wallet, &sim->roots->evil)) {
        is_right = (sim_chain_evil(sim, block_ms) || sim_chain_evil(sim, made_ms)) &&
                   grant->measurement[0] == SIM_ENROLLED + 1;
    }
    for (size_t i = 0; i < sim->instance_count; i++) {
        const struct sim_instance *one = &sim->instances[i];
        if (eth_address_equal(&grant->wallet, &one->wallet)) {
            is_right = one->since_ms <= made_ms && block_ms < one->until_ms &&
                       grant->seen_ms / SIM_BLOCK_MS * SIM_BLOCK_MS < one->until_ms &&
                       grant->instance_id == i + 1 && grant->measurement[0] == SIM_ENROLLED;
        }
    }
    if (!is_right) {
        sim_violated(sim, "endpoints had a node grant what the chain does not",
                     "node %zu, block %llu", (size_t)(node - sim->nodes),
                     (unsigned long long)grant->block_number);
    }
}

/* Whether reads of a wallet have come to nothing for longer than they may. */
static bool is_lost_long(struct sim_reader *reader, size_t instance, uint64_t now_ms)
{
    if (now_ms > reader->lost_ms[instance] + LOST_PAUSE_MS) {
        reader->lost_since_ms[instance] = now_ms;
    }
    reader->lost_ms[instance] = now_ms;
    return now_ms >= reader->lost_since_ms[instance] + LOST_MS;
}

/* Whoever is registered is not denied for what one endpoint says. */
static void check_denial(struct sim *sim, const struct sim_node *node,
                         const struct eth_address *wallet, struct status status)
{
    bool is_denied = status.code == STATUS_INSTANCE_NOT_FOUND ||
                     status.code == STATUS_INSTANCE_NOT_ACTIVE ||
                     status.code == STATUS_REGISTRY_MISMATCH || status.code == STATUS_REGISTRY_LOST;
    for (size_t i = 0; i < sim->instance_count && is_denied && must_know(node, RECOVER_MS); i++) {
        const struct sim_instance *one = &sim->instances[i];
        if (eth_address_equal(wallet, &one->wallet) && one->until_ms > sim->now_ms &&
            one->since_ms + RECOVER_MS <= sim->now_ms &&
            (status.code != STATUS_REGISTRY_LOST || is_lost_long(node->reader, i, sim->now_ms))) {
            sim_violated(sim, "one endpoint had a node deny what the chain grants",
                         "node %zu, status %d", (size_t)(node - sim->nodes), (int)status.code);
        }
    }
}

static void check_root(struct sim *sim, const struct sim_node *node, struct status status,
                       const struct registry_root *root)
{
    uint8_t hash[ROOT_GATE_HASH];
    bool is_final = sim_chain_final(sim, sim->now_ms, hash);
    bool is_published = status_is_ok(status) && root->is_published;
    if (is_published && (!is_final || memcmp(root->hash, hash, sizeof hash) != 0)) {
        sim_violated(sim, "endpoints showed a node a root that is not final", "node %zu",
                     (size_t)(node - sim->nodes));
    }
    if (!is_published && status.code != STATUS_REGISTRY_PENDING && must_know(node, ROOT_MS) &&
        sim_chain_final(sim, sim->now_ms - ROOT_MS, hash)) {
        sim_violated(sim, "one endpoint hid the root from a node", "node %zu",
                     (size_t)(node - sim->nodes));
    }
}

/* --- a node's view ---------------------------------------------------------------------------- */

static void look(struct sim *sim, struct sim_event *event);

static void look_at(struct sim_node *node, uint64_t due_ms)
{
    struct sim *sim = node->sim;
    struct sim_reader *reader = node->reader;
    due_ms = due_ms > sim->now_ms ? due_ms : sim->now_ms + 1;
    if (due_ms < reader->look_ms || reader->look_ms <= sim->now_ms) {
        reader->look_ms = due_ms;
        sim_later(sim, due_ms - sim->now_ms, look, (size_t)(node - sim->nodes));
    }
}

/* A quorum that is behind shows blocks that left the chain since: what stands on those in their
 * place is dropped then, and again when the quorum is well. One endpoint alone may not do that. */
static bool may_report(const struct sim *sim, enum registry_report_kind kind)
{
    return kind == REGISTRY_REPORT_REORG && sim_endpoints_denied(sim);
}

static void see_reports(struct sim *sim, struct sim_reader *reader)
{
    static const enum sim_probe probes[] = {
        [REGISTRY_REPORT_GOOD] = SIM_ENDPOINT_USED,
        [REGISTRY_REPORT_UNREACHABLE] = SIM_ENDPOINT_UNREACHABLE,
        [REGISTRY_REPORT_SLOW] = SIM_ENDPOINT_SLOW,
        [REGISTRY_REPORT_LAGS] = SIM_ENDPOINT_BEHIND,
        [REGISTRY_REPORT_LIES] = SIM_ENDPOINT_LIED,
        [REGISTRY_REPORT_WRONG_CHAIN] = SIM_ENDPOINT_OTHER_CHAIN,
        [REGISTRY_REPORT_DISAGREE] = SIM_ENDPOINTS_DISAGREE,
    };
    struct registry_report report;
    while (registry_view_report(reader->view, &report)) {
        if (may_report(sim, report.kind)) {
            continue;
        }
        if (report.kind >= sizeof probes / sizeof probes[0] || probes[report.kind] == 0) {
            sim_violated(sim, "a view reports what no endpoint did", "%s",
                         registry_view_report_text(report.kind));
            return;
        }
        sim_seen(sim, probes[report.kind]);
    }
}

/* One endpoint says what it has to say to the work at hand. */
static void arrive(struct sim *sim, struct sim_event *event)
{
    static uint8_t memory[REGISTRY_VIEW_READS_MAX * ANSWER_BYTES];
    static struct registry_answer list[REGISTRY_VIEW_READS_MAX];
    struct sim_node *node = &sim->nodes[event->node];
    struct registry_work work;
    uint64_t due_ms;
    if (!sim_hears(sim, event)) {
        return;
    }
    struct registry_view_now now = view_now(sim);
    if (!registry_view_work(node->reader->view, &now, &work, &due_ms) || work.id != event->id) {
        return;
    }
    struct registry_answers answers = {.work = work.id, .endpoint = event->from, .list = list};
    struct buf data = buf_over(memory, sizeof memory);
    bool is_dead = sim->now_ms < node->chain_lost_until_ms ||
                   sim->endpoints->moods[event->from] == SIM_MOOD_DEAD;
    for (size_t i = 0; i < work.count && !is_dead; i++) {
        if ((work.reads[i].endpoints >> event->from & 1) != 0) {
            struct registry_answer *one = &list[answers.count++];
            *one = (struct registry_answer){.read = i};
            sim_endpoints_answer(node, event->from, &work.reads[i], &data, one);
        }
    }
    INVARIANT(!data.failed);
    registry_view_answer(node->reader->view, &now, &answers);
    look_at(node, sim->now_ms);
}

static void ask_endpoints(struct sim_node *node, const struct registry_work *work)
{
    struct sim *sim = node->sim;
    for (size_t i = 0; i < SIM_ENDPOINTS; i++) {
        if ((work->endpoints >> i & 1) != 0 && sim->endpoints->moods[i] != SIM_MOOD_SILENT) {
            struct sim_event *event = sim_event_new((struct bytes){NULL, 0});
            event->happen = arrive;
            event->node = (size_t)(node - sim->nodes);
            event->boot = node->boot;
            event->from = i;
            event->id = work->id;
            sim_at(sim, sim->now_ms + 1 + sim_below(sim, ANSWER_MS), event);
        }
    }
}

/* What a quorum denied is missing from a node's list until that is read again. */
static void note_short_list(struct sim *sim, const struct sim_node *node)
{
    size_t current = 0;
    if (sim->endpoints->trouble_ms == 0 || sim->now_ms >= sim->endpoints->trouble_ms + LIST_MS ||
        !sim_node_current(node)) {
        return;
    }
    for (size_t i = 0; i < sim->count; i++) {
        current += sim_node_current(&sim->nodes[i]) && !sim->nodes[i].is_revoked;
    }
    if (1 + cluster_stats(node->cluster).peers < current) {
        sim->endpoints->short_ms = sim->now_ms;
    }
}

static void look(struct sim *sim, struct sim_event *event)
{
    struct sim_node *node = &sim->nodes[event->node];
    struct registry_work work;
    uint64_t due_ms;
    if (!node->is_up || node->boot != event->boot || node->reader->look_ms != sim->now_ms) {
        return;
    }
    struct sim_reader *reader = node->reader;
    bool is_paused = sim->now_ms < node->paused_until_ms;
    if (sim->now_ms < node->chain_lost_until_ms) {
        reader->blind_ms = sim->now_ms;
    }
    if (is_paused) {
        reader->blind_ms = node->paused_until_ms;
        look_at(node, node->paused_until_ms);
        return;
    }
    struct registry_view_now now = view_now(sim);
    enum sim_stream before = sim_draw_from(sim, SIM_OF_ENDPOINTS);
    if (registry_view_work(reader->view, &now, &work, &due_ms)) {
        if (work.id != reader->work) {
            reader->work = work.id;
            ask_endpoints(node, &work);
        }
        due_ms = sim->now_ms + POLL_MS;
    }
    sim_draw_from(sim, before);
    look_at(node, due_ms);
    see_reports(sim, reader);
    note_short_list(sim, node);
    if (must_know(node, RECOVER_MS) && registry_view_health(reader->view, sim->now_ms).is_lost) {
        sim_violated(sim, "one endpoint took the chain away", "node %zu", event->node);
    }
    if (registry_view_changes(reader->view) != reader->changes) {
        reader->changes = registry_view_changes(reader->view);
        sim_node_act(sim, event->node);
    }
}

void sim_endpoints_open(struct sim *sim, size_t at)
{
    struct sim_node *node = &sim->nodes[at];
    struct sim_reader *reader = calloc(1, sizeof *reader);
    struct registry_view_setup setup;
    INVARIANT(reader != NULL);
    node->reader = reader;
    mem_init(&reader->mem, READER_BYTES);
    sim_endpoints_setup(&setup);
    setup.mem = &reader->mem;
    setup.entropy = (struct entropy){sim, sim_entropy};
    INVARIANT(status_is_ok(registry_view_open(&setup, sim->now_ms, &reader->view)));
    look_at(node, sim->now_ms);
}

void sim_endpoints_close(struct sim *sim, size_t at)
{
    struct sim_reader *reader = sim->nodes[at].reader;
    if (reader != NULL) {
        registry_view_close(&reader->view);
        INVARIANT(mem_used(&reader->mem) == 0);
        free(reader);
        sim->nodes[at].reader = NULL;
    }
}

/* --- the port --------------------------------------------------------------------------------- */

static struct status lookup(void *context, const struct registry_question *question,
                            struct registry_grant *ret_grant)
{
    struct sim_node *node = context;
    struct status status = registry_view_lookup(node->reader->view, question, ret_grant);
    if (status_is_ok(status)) {
        sim_seen(node->sim, SIM_ENDPOINTS_GRANTED);
        check_grant(node->sim, node, ret_grant);
    } else if (status.code == STATUS_REGISTRY_PENDING) {
        look_at(node, node->sim->now_ms);
    } else if (status.code == STATUS_REGISTRY_LOST) {
        sim_seen(node->sim, SIM_ENDPOINTS_LOST);
    }
    check_denial(node->sim, node, &question->wallet, status);
    return status;
}

static struct status root(void *context, enum registry_use use, uint64_t now_ms,
                          struct registry_root *ret_root)
{
    struct sim_node *node = context;
    struct status status = registry_view_root(node->reader->view, use, now_ms, ret_root);
    check_root(node->sim, node, status, ret_root);
    return status;
}

static struct status epochs(void *context, enum registry_use use, uint64_t now_ms,
                            struct registry_epochs *ret_epochs)
{
    struct sim_node *node = context;
    return registry_view_epochs(node->reader->view, use, now_ms, ret_epochs);
}

static size_t peers(void *context, uint64_t now_ms, struct registry_peer *ret_peers)
{
    struct sim_node *node = context;
    size_t count = registry_view_all_peers(node->reader->view, now_ms, ret_peers);
    for (size_t i = 0; i < count; i++) {
        check_grant(node->sim, node, &ret_peers[i].grant);
    }
    look_at(node, node->sim->now_ms);
    return count;
}

static struct registry_health health(void *context, uint64_t now_ms)
{
    struct sim_node *node = context;
    return registry_view_health(node->reader->view, now_ms);
}

static void look_again(void *context, uint64_t now_ms)
{
    struct sim_node *node = context;
    if (registry_view_look_again(node->reader->view, now_ms)) {
        look_at(node, node->sim->now_ms);
    }
}

struct registry_port sim_endpoints_port(struct sim_node *node)
{
    return (struct registry_port){.context = node,
                                  .lookup = lookup,
                                  .root = root,
                                  .epochs = epochs,
                                  .peers = peers,
                                  .health = health,
                                  .look_again = look_again};
}

/* As the membership makes it of its port. */
struct root_start_chain sim_endpoints_root(const struct sim_node *node)
{
    struct root_start_chain chain = {.kind = ROOT_CHAIN_UNKNOWN};
    struct registry_root root;
    struct registry_epochs epochs;
    uint64_t now_ms = node->sim->now_ms;
    struct status status = registry_root(&node->registry, REGISTRY_SERVE, now_ms, &root);
    uint64_t until_ms = root.deadline_ms - registry_use_ms(REGISTRY_SERVE) + ROOT_START_CHAIN_MS;
    if (!status_is_ok(status) || now_ms > until_ms) {
        return chain;
    }
    if (root.is_published) {
        if (!status_is_ok(registry_epochs(&node->registry, REGISTRY_SERVE, now_ms, &epochs))) {
            return chain;
        }
        memcpy(chain.hashes[1], epochs.list, epochs.count * sizeof epochs.list[0]);
        chain.count = 1 + epochs.count;
        chain.next = (struct root_start_proposed){
            .is_there = epochs.next != REGISTRY_NEXT_NONE,
            .is_committed = epochs.next == REGISTRY_NEXT_COMMITTED,
            .is_due = epochs.is_due,
            .proposal = epochs.proposal,
        };
        memcpy(chain.next.hash, epochs.commitment, sizeof chain.next.hash);
    }
    chain.kind = root.is_published ? ROOT_CHAIN_FINAL : ROOT_CHAIN_UNPUBLISHED;
    memcpy(chain.hashes[0], root.hash, sizeof chain.hashes[0]);
    return chain;
}

/* --- what goes wrong -------------------------------------------------------------------------- */

static void mend(struct sim *sim, struct sim_event *event)
{
    (void)event;
    bool was_quorum = count_bad(sim->endpoints) >= SIM_ENDPOINTS_QUORUM;
    sim->endpoints->trouble_ms = was_quorum ? sim->now_ms : sim->endpoints->trouble_ms;
    memset(sim->endpoints->moods, 0, sizeof sim->endpoints->moods);
}

/* Two deny alike, or lie each in its own way. */
static void strike_quorum(struct sim *sim, size_t spared)
{
    struct sim_endpoints *endpoints = sim->endpoints;
    enum sim_mood mood = SIM_MOOD_DEAD + (enum sim_mood)sim_below(sim, SIM_MOODS - SIM_MOOD_DEAD);
    bool is_alike = sim_chance(sim, 700);
    size_t first = (spared + 1) % SIM_ENDPOINTS;
    size_t second = (spared + 2) % SIM_ENDPOINTS;
    endpoints->moods[first] = mood;
    endpoints->moods[second] =
        is_alike ? mood
                 : SIM_MOOD_GRANTS + (enum sim_mood)sim_below(sim, SIM_MOOD_DEAD - SIM_MOOD_GRANTS);
    sim_seen(sim, is_alike ? SIM_QUORUM_DENIES : SIM_QUORUM_SPLIT);
}

bool sim_endpoints_strike(struct sim *sim)
{
    static const enum sim_probe probes[SIM_MOODS] = {
        [SIM_MOOD_GRANTS] = SIM_LIES_GRANTS,   [SIM_MOOD_GARBAGE] = SIM_LIES_GARBAGE,
        [SIM_MOOD_BLOCKS] = SIM_LIES_BLOCKS,   [SIM_MOOD_FORKED] = SIM_STAYS_FORKED,
        [SIM_MOOD_CHAIN] = SIM_LIES_CHAIN,     [SIM_MOOD_DEAD] = SIM_ENDPOINT_DEAD,
        [SIM_MOOD_SILENT] = SIM_ENDPOINT_MUTE, [SIM_MOOD_LAGS] = SIM_ENDPOINT_LAGS,
        [SIM_MOOD_DENIES] = SIM_LIES_DENIES,   [SIM_MOOD_HIDES] = SIM_LIES_HIDES,
    };
    struct sim_endpoints *endpoints = sim->endpoints;
    if (count_bad(endpoints) != 0) {
        return false;
    }
    size_t one = sim_below(sim, SIM_ENDPOINTS);
    endpoints->lag_ms = 1000 + sim_below(sim, 30000);
    if (sim_chance(sim, 250)) {
        endpoints->lag_ms = 1000 + sim_below(sim, 5000);
        strike_quorum(sim, one);
        sim_later(sim, 500 + sim_below(sim, 8000), mend, 0);
        return true;
    }
    endpoints->moods[one] = 1 + (enum sim_mood)sim_below(sim, SIM_MOODS - 1);
    sim_seen(sim, probes[endpoints->moods[one]]);
    sim_later(sim, 1000 + sim_below(sim, 20000), mend, 0);
    return true;
}

void sim_endpoints_heal(struct sim *sim)
{
    mend(sim, NULL);
    for (size_t i = 0; i < sim->count; i++) {
        struct sim_node *node = &sim->nodes[i];
        if (node->is_up && node->reader != NULL) {
            node->reader->blind_ms = sim->now_ms;
            look_at(node, sim->now_ms);
        }
    }
}

void sim_endpoints_reorganised(struct sim *sim, uint64_t since_ms)
{
    struct sim_endpoints *endpoints = sim->endpoints;
    INVARIANT(endpoints->fork_count + 1 < SIM_FORKS_MAX);
    endpoints->forks[++endpoints->fork_count] =
        (struct sim_fork){(since_ms + SIM_BLOCK_MS - 1) / SIM_BLOCK_MS, sim->now_ms};
}
