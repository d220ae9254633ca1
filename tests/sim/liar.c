/* A host that answers with what somebody has said before: the peer that is asked, another one to
 * the same node, or the peer to another node. Where it can, an answer of the same number: what
 * was promised to one for a push passes for the promise to another. */
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"

enum { TYPE_AT = 4, NUMBER_AT = SYNC_HEAD - 8 };

static bool is_promise(const struct sim_event *answer)
{
    static const uint8_t none[8];
    return answer->bytes[TYPE_AT] == SYNC_ACK &&
           memcmp(answer->bytes + NUMBER_AT, none, sizeof none) != 0;
}

static void keep(struct sim_event **place, const struct sim_event *answer)
{
    free(*place);
    *place = sim_event_copy(answer);
}

void sim_liar_hear(struct sim *sim, const struct sim_event *answer)
{
    struct sim_heard *heard = &sim->heard[answer->from][answer->node];
    struct sim_event **place = &heard->answers[heard->count++ % SIM_HEARD];
    if (answer->len < SYNC_HEAD + SYNC_CODE) {
        return;
    }
    keep(place, answer);
    if (is_promise(answer)) {
        keep(&heard->acks[heard->ack_count++ % SIM_ACKS], answer);
    }
}

static bool has_number_of(const struct sim_event *answer, const struct sim_event *request)
{
    return memcmp(answer->bytes + NUMBER_AT, request->bytes + NUMBER_AT, 8) == 0;
}

/* The best of what one node has said to another; NULL: nothing. */
static const struct sim_event *choose(struct sim *sim, size_t from, size_t to,
                                      const struct sim_event *request)
{
    const struct sim_heard *heard = &sim->heard[from][to];
    for (size_t i = 0; i < SIM_HEARD; i++) {
        if (heard->answers[i] != NULL && has_number_of(heard->answers[i], request)) {
            return heard->answers[i];
        }
    }
    return heard->answers[sim_below(sim, SIM_HEARD)];
}

/* What one node has promised to another one of a number that a push has, too; NULL: nothing. */
static const struct sim_event *choose_promise(const struct sim *sim,
                                              const struct sim_event *request)
{
    for (size_t to = 0; to < sim->count && request->bytes[TYPE_AT] == SYNC_PUSH; to++) {
        const struct sim_heard *heard = &sim->heard[request->from][to];
        for (size_t i = 0; i < SIM_ACKS && to != request->node; i++) {
            if (heard->acks[i] != NULL && has_number_of(heard->acks[i], request)) {
                return heard->acks[i];
            }
        }
    }
    return NULL;
}

/* request: of whom it was asked; it is the answerer's turn to be spoken for. */
static void lie(struct sim *sim, struct sim_event *request)
{
    size_t kind = sim_below(sim, 3);
    size_t other = sim_below(sim, sim->count);
    size_t from = kind == 1 ? other : request->from;
    size_t to = kind == 2 ? other : request->node;
    sim->stream = SIM_OF_NETWORK;
    const struct sim_event *promise = kind == 1 ? NULL : choose_promise(sim, request);
    const struct sim_event *old = promise != NULL ? promise : choose(sim, from, to, request);
    if (promise != NULL) {
        sim_seen(sim, SIM_MIXED_ACK);
    }
    if (old == NULL) {
        return;
    }
    struct sim_event *copy = sim_event_copy(old);
    copy->id = request->id;
    copy->node = request->node;
    copy->boot = request->boot;
    sim_seen(sim, SIM_MIXED);
    sim_at(sim, sim->now_ms, copy);
}

/* Returns: whether the request itself comes through. */
bool sim_liar_answer(struct sim *sim, const struct sim_event *request)
{
    struct sim_event *later =
        sim_answer_new(request, (struct bytes){request->bytes, SYNC_HEAD}, lie);
    sim_at(sim, sim->now_ms + 10 + sim_below(sim, 100), later);
    return sim_chance(sim, 500);
}

void sim_liar_free(struct sim *sim)
{
    struct sim_heard *all = &sim->heard[0][0];
    for (size_t i = 0; i < SIM_NODES_MAX * SIM_NODES_MAX; i++) {
        for (size_t j = 0; j < SIM_HEARD; j++) {
            free(all[i].answers[j]);
        }
        for (size_t j = 0; j < SIM_ACKS; j++) {
            free(all[i].acks[j]);
        }
    }
}
