/* Who is held up between his look at the clock and what he does then: whoever has a message in
 * hand, and the home of a slot, which is not the home any more when it goes on. */
#include <stdlib.h>
#include <string.h>

#include "sim/strict_internal.h"

enum {
    HELD_MS = 15000,     /* with a message, at most */
    HELD_OF_1000 = 2,    /* messages, in lives that have pauses */
    HOMES_OF_1000 = 300, /* homes that are asked, while no other one is held up */
    AGAIN_OF_1000 = 900,
    HOME_MIN_MS = 6000,
    HOME_MAX_MS = 20000,
    REST_MS = 2000,       /* until the next one is */
    SLOW_MS = 60,         /* that the answers of others take mostly */
    TELL_MS = 1500,       /* in which a home tells what it did, or is not lost */
    BACK_MS = 500,        /* after all leases the node comes back that knows less, */
    BACK_ASKED_MS = 4000, /* and is asked so long */
};

static bool may_hold_up(struct sim *sim, uint64_t of_1000)
{
    return sim->model_strict != NULL && sim_has(sim, SIM_HAS_PAUSES) && !sim->is_calm &&
           sim_chance(sim, of_1000);
}

/* --- with a message in hand ------------------------------------------------------------------- */

/* All of the node, or one thread while others go on. */
static void hold_up(struct sim *sim, const struct sim_event *event)
{
    uint64_t end_ms = sim->now_ms + 1 + sim_below(sim, HELD_MS);
    struct sim_event *later = sim_event_copy(event);
    later->read_ms = sim->now_ms;
    sim_at(sim, end_ms, later);
    if (sim_chance(sim, 500)) {
        sim_seen(sim, SIM_HELD_UP_ALONE);
    } else {
        sim->nodes[event->node].paused_until_ms = end_ms;
        sim_seen(sim, SIM_HELD_UP);
    }
}

bool sim_strict_held_up(struct sim *sim, const struct sim_event *event)
{
    struct sim_node *node = &sim->nodes[event->node];
    if (event->read_ms != 0) {
        node->late_ms = sim->now_ms - event->read_ms;
        return false;
    }
    enum sim_stream before = sim_draw_from(sim, SIM_OF_STRICT);
    bool is_held = may_hold_up(sim, HELD_OF_1000);
    if (is_held) {
        hold_up(sim, event);
    }
    sim_draw_from(sim, before);
    return is_held;
}

static void act_now(struct sim *sim, struct sim_event *event)
{
    const struct sim_node *node = &sim->nodes[event->node];
    if (node->is_up && node->boot == event->boot) {
        sim_node_act(sim, event->node);
    }
}

void sim_strict_goes_on(struct sim *sim, const struct sim_event *event)
{
    size_t at = event->node;
    struct sim_node *node = &sim->nodes[at];
    bool is_pause_over = event->is_answer && node->paused_until_ms == sim->now_ms;
    if (is_pause_over && node->late_ms == 0 && sim->model_strict != NULL && sim->mix.hears_all) {
        sim_later(sim, 0, act_now, at); /* all others that waited come before */
        return;
    }
    enum sim_stream before = sim_draw_from(sim, SIM_OF_STRICT);
    if (node->late_ms != 0 && sim_chance(sim, 500)) {
        node->late_ms = 0; /* it looks at the clock again */
    }
    sim_draw_from(sim, before);
    sim_node_act(sim, at);
    node->late_ms = 0;
}

/* --- the home of a slot ----------------------------------------------------------------------- */

/* Others ask for the same meanwhile, and now and then later. */
static void make_hot(struct sim *sim, const struct ask *ask)
{
    struct sim_strict *model = sim->model_strict;
    memmove(&model->hot[1], &model->hot[0], (STRICT_HOT - 1) * sizeof model->hot[0]);
    model->hot[0] = *ask;
    model->hot_ms = sim->now_ms + HOME_MAX_MS;
}

/* Whether another can become home without it: otherwise nothing comes of its being held up. */
static bool others_may_grant(const struct sim *sim, size_t at)
{
    size_t members = strict_stats(sim_strict_machine(sim, at), sim->now_ms).members;
    return sim_strict_alive(sim, at, at, true) >= members / 2 + 1;
}

/* It happens to the next home likewise, so that what the first one kept for itself is met again. */
static bool may_hold_up_home(struct sim *sim, size_t at, const struct ask *ask)
{
    const struct ask *last = &sim->model_strict->hot[0];
    bool is_again = ask->what == last->what && ask->scope == last->scope;
    return sim->now_ms >= sim->model_strict->hot_ms && sim->nodes[at].late_ms == 0 &&
           may_hold_up(sim, is_again ? AGAIN_OF_1000 : HOMES_OF_1000) && others_may_grant(sim, at);
}

/* It is worst when another has become home, and has told somebody something. */
static bool is_worst(const struct sim *sim, const struct sim_event *event, const struct ask *ask)
{
    bool has_other = false;
    for (size_t at = 0; at < sim->count; at++) {
        const struct strict *other = sim_strict_machine(sim, at);
        has_other =
            has_other || (at != event->node && other != NULL &&
                          strict_holds(other, sim->now_ms, sim_strict_slot(ask->what, ask->scope)));
    }
    return has_other &&
           sim->model_strict->done[ask->what][ask->scope] > event->read_ms + STRICT_HOLD_MS;
}

static uint64_t fenced_by_all(const struct sim *sim)
{
    uint64_t fenced = 0;
    for (size_t at = 0; at < sim->count; at++) {
        const struct strict *strict = sim_strict_machine(sim, at);
        fenced += strict == NULL ? 0 : strict_stats(strict, sim->now_ms).fenced;
    }
    return fenced;
}

/* What it wrote so late somebody has refused. */
static void look_at_fence(struct sim *sim, struct sim_event *event)
{
    if (fenced_by_all(sim) > event->id) {
        sim_seen(sim, SIM_HOME_FENCED);
    }
}

/* It does what it is asked for, by its old clock; and is held up once more, with the answers of the
 * others on their way. */
static void home_goes_on(struct sim *sim, struct sim_event *event)
{
    struct sim_node *node = &sim->nodes[event->node];
    struct ask ask;
    memcpy(&ask, event->bytes, sizeof ask);
    if (!node->is_up || node->boot != event->boot || node->cluster == NULL) {
        return;
    }
    if (!is_worst(sim, event, &ask) && sim->now_ms < event->read_ms + HOME_MAX_MS) {
        node->paused_until_ms = sim->now_ms + STRICT_VISIT_MS + 1;
        sim_at(sim, sim->now_ms + STRICT_VISIT_MS, sim_event_copy(event));
        return;
    }
    struct sim_event *look = sim_event_new((struct bytes){NULL, 0});
    look->happen = look_at_fence;
    look->id = fenced_by_all(sim);
    sim->stream = SIM_OF_STRICT;
    node->paused_until_ms = sim->now_ms;
    node->late_ms = sim->now_ms - event->read_ms;
    sim_strict_ask(sim, event->node, &ask);
    node->late_ms = 0;
    node->paused_until_ms = sim->now_ms + SLOW_MS + sim_below(sim, 1000);
    sim_at(sim, node->paused_until_ms, look);
    sim->model_strict->hot_ms = sim->now_ms + REST_MS;
    sim_seen(sim, SIM_HOME_HELD_UP);
}

bool sim_strict_home_held_up(struct sim *sim, size_t at, const struct ask *ask)
{
    if (!may_hold_up_home(sim, at, ask)) {
        return false;
    }
    struct sim_event *event = sim_event_new((struct bytes){(const uint8_t *)ask, sizeof *ask});
    event->happen = home_goes_on;
    event->node = at;
    event->boot = sim->nodes[at].boot;
    event->read_ms = sim->now_ms;
    sim->nodes[at].paused_until_ms = sim->now_ms + HOME_MIN_MS + 1;
    sim_at(sim, sim->now_ms + HOME_MIN_MS, event);
    make_hot(sim, ask);
    return true;
}

static void pause_now(struct sim *sim, struct sim_event *event)
{
    struct sim_node *node = &sim->nodes[event->node];
    sim->delayed_ms = 0;
    if (node->is_up && node->boot == event->boot) {
        node->paused_until_ms = sim->now_ms + STRICT_GRANT_MS + 6500 + sim_below(sim, 2000);
        sim_seen(sim, SIM_HOME_PAUSED);
    }
}

/* In lives without pauses: a node that hears nobody does not get what a home wrote. When a client
 * was told nobody hears the home any more, and who has missed that is asked next, at once. */
static void lose_home(struct sim *sim, struct sim_event *event)
{
    struct lost_home *lost = &sim->model_strict->lost;
    struct sim_event *again = sim_event_copy(event);
    struct ask ask;
    memcpy(&ask, event->bytes, sizeof ask);
    sim->stream = SIM_OF_STRICT;
    uint64_t done_ms = sim->model_strict->done[ask.what][ask.scope];
    if (!lost->is_told && done_ms > event->id) {
        lost->is_told = true;
        lost->back_ms = sim->now_ms + STRICT_GRANT_MS + BACK_MS;
        lost->until_ms = lost->back_ms + BACK_ASKED_MS;
        sim_at(sim, lost->back_ms, again);
        sim_seen(sim, SIM_HOME_LOST);
    } else if (lost->is_told && done_ms >= lost->back_ms) {
        lost->until_ms = sim->now_ms;
        free(again);
    } else if (sim->now_ms < lost->until_ms) {
        if (lost->is_told && sim_strict_machine(sim, lost->without) != NULL) {
            sim_strict_ask(sim, lost->without, &ask);
        }
        sim_at(sim, sim->now_ms + SIM_TICK_MS, again);
    } else {
        free(again);
    }
}

/* Numbers: what is new of the others may be over by then. */
static bool may_lose_home(const struct sim *sim, const struct ask *ask)
{
    bool has_cuts = sim_has(sim, SIM_HAS_PARTITIONS) || sim_has(sim, SIM_HAS_STORMS);
    return has_cuts && !sim_has(sim, SIM_HAS_PAUSES) && sim->count > 2 && ask->what == NUMBER &&
           !sim->is_calm && sim->now_ms >= sim->model_strict->lost.until_ms + REST_MS;
}

static void begin_to_lose_home(struct sim *sim, size_t at, const struct ask *ask)
{
    size_t without = (at + 1 + sim_below(sim, sim->count - 1)) % sim->count;
    struct strict *strict = sim_strict_machine(sim, without);
    if (strict == NULL || !strict_stats(strict, sim->now_ms).is_ready) {
        return;
    }
    struct sim_event *event = sim_event_new((struct bytes){(const uint8_t *)ask, sizeof *ask});
    uint64_t until_ms = sim->now_ms + TELL_MS;
    sim->model_strict->lost = (struct lost_home){
        .home = at, .without = without, .ask = *ask, .back_ms = until_ms, .until_ms = until_ms};
    event->happen = lose_home;
    event->id = sim->now_ms;
    sim_at(sim, sim->now_ms + SIM_TICK_MS, event);
}

static bool is_losing(const struct sim *sim)
{
    return sim->model_strict != NULL && !sim->is_calm &&
           sim->now_ms < sim->model_strict->lost.until_ms;
}

bool sim_strict_is_cut(const struct sim *sim, size_t one, size_t other)
{
    if (!is_losing(sim)) {
        return false;
    }
    const struct lost_home *lost = &sim->model_strict->lost;
    bool is_home = one == lost->home || other == lost->home;
    bool is_without = one == lost->without || other == lost->without;
    return (is_home && lost->is_told) || (is_without && sim->now_ms < lost->back_ms);
}

bool sim_strict_is_kept_away(const struct sim *sim, const struct ask *ask)
{
    const struct ask *kept = &sim->model_strict->lost.ask;
    return is_losing(sim) && ask->what == kept->what && ask->scope == kept->scope;
}

/* What it writes is slow, and it is paused; acknowledgements may be the first that it meets. */
void sim_strict_home_wrote(struct sim *sim, size_t at, const struct ask *ask)
{
    bool is_paused = may_hold_up_home(sim, at, ask);
    if (is_paused) {
        make_hot(sim, ask);
        sim->delayed_from = at;
        sim->delayed_ms = STRICT_GRANT_MS + 1000 + sim_below(sim, 4000);
        sim_later(sim, SLOW_MS, pause_now, at);
    } else if (may_lose_home(sim, ask)) {
        begin_to_lose_home(sim, at, ask);
    }
    sim_node_act(sim, at);
}

bool sim_strict_waits(struct sim *sim, const struct sim_event *event)
{
    struct sim_node *node = &sim->nodes[event->node];
    bool is_paused = node->is_up && node->boot == event->boot &&
                     sim->now_ms < node->paused_until_ms && sim->model_strict != NULL;
    if (is_paused) {
        sim_seen(sim, SIM_ANSWER_WAITED);
        /* Once in a pause: so it comes before what the node does by itself. */
        node->paused_until_ms += node->paused_until_ms != sim->model_strict->longer_ms;
        sim->model_strict->longer_ms = node->paused_until_ms;
    }
    return is_paused;
}
