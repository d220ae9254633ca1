/* The network: requests and answers on their way, late, twice, broken, or never there. */
#include <stdlib.h>
#include <string.h>

#include "base/invariant.h"
#include "base/reader.h"
#include "sim/start.h"
#include "sim/strict.h"

static void arrive_answer(struct sim *sim, struct sim_event *event);
static void arrive_request(struct sim *sim, struct sim_event *event);

static uint64_t travel_ms(struct sim *sim)
{
    uint64_t most = sim->weather.delay_ms;
    if (most > 100 && sim_chance(sim, 200)) {
        sim_seen(sim, SIM_DELAYED);
        sim->slow_ms = sim->now_ms;
        return 1 + sim_below(sim, most);
    }
    return 1 + sim_below(sim, 20);
}

bool sim_hears(const struct sim *sim, const struct sim_event *event)
{
    const struct sim_node *node = &sim->nodes[event->node];
    return node->is_up && node->boot == event->boot && sim->now_ms >= node->paused_until_ms;
}

enum { HEAD = SYNC_HEAD + 1 }; /* with the flags of an answer */

/* Where records begin in a message of sync; 0: it has none. */
static size_t records_at(const struct sim_event *event)
{
    struct bytes message = {event->bytes, event->len};
    struct reader reader = reader_over(message);
    struct kv_digest_place place;
    if (!bytes_starts(message, BYTES_LITERAL("CFS2")) || event->len < HEAD + SYNC_CODE) {
        return 0;
    }
    reader_take(&reader, SYNC_HEAD);
    if (event->bytes[4] == SYNC_PUSH) {
        return SYNC_HEAD;
    }
    if (event->bytes[4] != SYNC_PAGES || !event->is_answer) {
        return 0;
    }
    bool is_more = (reader_u8(&reader) & SYNC_FLAG_MORE) != 0;
    reader_take(&reader, SYNC_ORIGIN);
    reader_u64(&reader); /* its time */
    if (is_more && !sync_message_take_place(&reader, &place)) {
        return 0;
    }
    return event->len - reader.rest.len;
}

/* The code stays at the end, some of the last records are gone. Returns: false without any. */
static bool cut_at_record(struct sim *sim, struct sim_event *event)
{
    size_t start = records_at(event);
    size_t number = event->bytes[4] == SYNC_PUSH ? 8 : 0; /* before each */
    if (start == 0) {
        return false;
    }
    struct reader reader =
        reader_over((struct bytes){event->bytes + start, event->len - start - SYNC_CODE});
    size_t end = start;
    while (reader.rest.len != 0 && !sim_chance(sim, 300)) {
        end = event->len - SYNC_CODE - reader.rest.len;
        reader_take(&reader, number);
        reader_take(&reader, reader_u32(&reader));
    }
    if (reader.failed || end + SYNC_CODE == event->len) {
        return false;
    }
    memmove(event->bytes + end, event->bytes + event->len - SYNC_CODE, SYNC_CODE);
    event->len = end + SYNC_CODE;
    return true;
}

/* What a host may do to bytes. Returns: the length that is left. */
static void damage(struct sim *sim, struct sim_event *event)
{
    if (event->len == 0 || !sim_chance(sim, sim->weather.damage)) {
        return;
    }
    uint64_t kind = sim_below(sim, 4);
    if (kind == 0 && cut_at_record(sim, event)) {
        sim_seen(sim, SIM_CUT_AT_RECORD);
    } else if (kind <= 1) {
        event->len = sim_below(sim, event->len);
        sim_seen(sim, SIM_TRUNCATED);
    } else {
        size_t end = kind == 2 && event->len > HEAD ? HEAD : event->len;
        event->bytes[sim_below(sim, end)] ^= (uint8_t)(1u << sim_below(sim, 8));
        sim_seen(sim, SIM_CORRUPTED);
    }
}

struct sim_event *sim_event_copy(const struct sim_event *event)
{
    struct sim_event *copy = sim_event_new((struct bytes){event->bytes, event->len});
    copy->happen = event->happen;
    copy->node = event->node;
    copy->boot = event->boot;
    copy->from = event->from;
    copy->from_boot = event->from_boot;
    copy->read_ms = event->read_ms;
    copy->id = event->id;
    copy->is_answer = event->is_answer;
    return copy;
}

static void arrive_failure(struct sim *sim, struct sim_event *event)
{
    struct sim_node *node = &sim->nodes[event->node];
    if (sim_hears(sim, event) && node->cluster != NULL) {
        struct cluster_now now = sim_now(node);
        cluster_answered(node->cluster, &now, event->id, (struct bytes){NULL, 0});
        sim_node_act(sim, event->node);
    }
}

/* Never there; sometimes who asked is told at once that there will be no answer. */
static void lose(struct sim *sim, struct sim_event *event)
{
    sim_seen(sim, SIM_DROPPED);
    bool is_sync = event->happen == arrive_answer || event->happen == arrive_request;
    if (is_sync && sim_chance(sim, 500)) {
        struct sim_event *failure = sim_event_new((struct bytes){NULL, 0});
        bool is_answer = event->happen == arrive_answer;
        failure->happen = arrive_failure;
        failure->node = is_answer ? event->node : event->from;
        failure->boot = is_answer ? event->boot : event->from_boot;
        failure->id = event->id;
        sim_seen(sim, SIM_RESET);
        sim_at(sim, sim->now_ms + travel_ms(sim), failure);
    }
    free(event);
}

struct sim_event *sim_request_new(const struct sim *sim, size_t from,
                                  const struct registry_peer *peer, struct bytes message)
{
    const struct sim_instance *to = &sim->instances[peer->grant.instance_id - 1];
    struct sim_event *event = sim_event_new(message);
    event->node = to->node;
    event->boot = to->boot;
    event->from = from;
    event->from_boot = sim->nodes[from].boot;
    return event;
}

struct sim_event *sim_answer_new(const struct sim_event *request, struct bytes answer,
                                 sim_happen *happen)
{
    struct sim_event *event = sim_event_new(answer);
    event->happen = happen;
    event->is_answer = true;
    event->node = request->from;
    event->boot = request->from_boot;
    event->from = request->node;
    event->from_boot = request->boot;
    event->id = request->id;
    return event;
}

/* What was said before is said again. */
static void repeat(struct sim *sim, const struct sim_event *event)
{
    if (sim->kept != NULL && sim_chance(sim, sim->weather.replay)) {
        sim_seen(sim, SIM_REPLAYED);
        sim_at(sim, sim->now_ms + travel_ms(sim), sim_event_copy(sim->kept));
    }
    if (sim->kept == NULL || sim_chance(sim, 20)) {
        free(sim->kept);
        sim->kept = sim_event_copy(event);
    }
    if (event->happen == arrive_answer) {
        sim_liar_hear(sim, event);
    }
}

static void carry(struct sim *sim, struct sim_event *event)
{
    bool is_lied_to = event->happen == arrive_request && sim_chance(sim, sim->weather.mix);
    if (is_lied_to && !sim_liar_answer(sim, event)) {
        free(event);
        return;
    }
    if (sim->is_cut[event->from][event->node] || sim_strict_is_cut(sim, event->from, event->node) ||
        sim_chance(sim, sim->weather.drop)) {
        lose(sim, event);
        return;
    }
    if (sim_chance(sim, sim->weather.duplicate)) {
        sim_seen(sim, SIM_DUPLICATED);
        sim_at(sim, sim->now_ms + travel_ms(sim), sim_event_copy(event));
    }
    repeat(sim, event);
    damage(sim, event);
    bool is_slow = event->from == sim->delayed_from && !event->is_answer;
    uint64_t more_ms =
        is_slow && sim->delayed_ms != 0 && sim_chance(sim, 700) ? sim->delayed_ms : 0;
    sim_at(sim, sim->now_ms + travel_ms(sim) + more_ms, event);
}

/* On its way, or not. */
void sim_post(struct sim *sim, struct sim_event *event)
{
    enum sim_stream before = sim_draw_from(sim, SIM_OF_NETWORK);
    sim_start_overhear(sim, event);
    carry(sim, event);
    sim_draw_from(sim, before);
}

static void arrive_answer(struct sim *sim, struct sim_event *event)
{
    struct sim_node *node = &sim->nodes[event->node];
    if (sim_strict_waits(sim, event)) {
        sim_at(sim, node->paused_until_ms, sim_event_copy(event));
        return;
    }
    if (!sim_hears(sim, event) || node->cluster == NULL || sim_strict_held_up(sim, event)) {
        return;
    }
    struct cluster_now now = sim_now(node);
    cluster_answered(node->cluster, &now, event->id, (struct bytes){event->bytes, event->len});
    sim_strict_goes_on(sim, event);
}

struct sim_instance *sim_instance_of(struct sim *sim, size_t node, uint64_t boot)
{
    size_t i = 0;
    while (sim->instances[i].node != node || sim->instances[i].boot != boot) {
        i++;
        INVARIANT(i < sim->instance_count);
    }
    return &sim->instances[i];
}

/* An acknowledgement with a number says that all up to that is held. */
static void judge_promise(struct sim *sim, size_t at, struct bytes answer)
{
    struct reader reader = reader_over(answer);
    reader_take(&reader, SYNC_HEAD - 8);
    if (answer.len < SYNC_HEAD || answer.ptr[4] != SYNC_ACK) {
        return;
    }
    if (reader_u64(&reader) != 0) {
        sim_clock_acknowledges(sim, at);
    } else if (sim_node_current(&sim->nodes[at])) {
        sim_seen(sim, SIM_PROMISED_NOTHING);
        sim_clock_refuses(sim, at);
    }
}

/* The proof of a request says whose it is; one that asks for another boot's node is refused. */
static void arrive_request(struct sim *sim, struct sim_event *event)
{
    static uint8_t memory[SYNC_MESSAGE_MAX];
    struct sim_node *node = &sim->nodes[event->node];
    if (!sim_hears(sim, event) || node->cluster == NULL || sim_strict_held_up(sim, event)) {
        return;
    }
    struct eth_address wallet = sim_instance_of(sim, event->from, event->from_boot)->wallet;
    struct buf answer = buf_over(memory, sizeof memory);
    struct cluster_now now = sim_now(node);
    struct status status = cluster_serve(node->cluster, &now, &wallet,
                                         (struct bytes){event->bytes, event->len}, &answer);
    sim_judge_answer(sim, status, buf_bytes(&answer));
    judge_promise(sim, event->node, buf_bytes(&answer));
    if (!status_is_ok(status)) {
        sim_seen(sim, SIM_REFUSED_MESSAGE);
    }
    sim_post(sim, sim_answer_new(event, buf_bytes(&answer), arrive_answer));
    sim_strict_goes_on(sim, event);
}

void sim_send(struct sim *sim, size_t from, const struct cluster_action *action)
{
    struct sim_event *event = sim_request_new(sim, from, action->peer, action->message);
    event->happen = arrive_request;
    event->id = action->id;
    sim_post(sim, event);
}

void sim_network_free(struct sim *sim)
{
    free(sim->kept);
    sim_liar_free(sim);
}
