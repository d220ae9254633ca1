#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/invariant.h"
#include "sim/strict_internal.h"

enum {
    LIMIT = 4, /* of a budget in a bucket */
    NEW_OBJECT_MS = 1500,
    HOT_MS = 5000,
    HEAL_MS = 150000,
    LONGER_MS = 25000, /* cuts and pauses, so that leases end in them */
};

static const uint8_t tenant[STRICT_TENANT] = {0x51};

static bool is_awake(const struct sim *sim, size_t at)
{
    return sim_strict_machine(sim, at) != NULL && sim->now_ms >= sim->nodes[at].paused_until_ms;
}

/* What it read of the clock for the step that it takes. */
uint64_t sim_strict_clock(const struct sim *sim, size_t at)
{
    return sim->now_ms - sim->nodes[at].late_ms;
}

/* The same on all nodes and in all lives: whoever asks first computes it. */
uint16_t sim_strict_slot(enum what what, size_t scope)
{
    static uint16_t slots[WHATS + 1][STRICT_SCOPES]; /* one more: 0 is a slot */
    uint16_t *known = &slots[what][scope];
    if (*known == 0) {
        const uint8_t name[] = {'s', (uint8_t)what, (uint8_t)scope};
        *known = (uint16_t)(strict_slot(sim_domain, tenant, BYTES_ARRAY(name)) + 1);
    }
    return (uint16_t)(*known - 1);
}

static uint64_t bucket_of(const struct sim *sim)
{
    uint64_t bucket = (sim->now_ms - sim->model_strict->start_ms) / STRICT_BUCKET_MS;
    return bucket < STRICT_BUCKETS ? bucket : STRICT_BUCKETS - 1;
}

/* --- what a home does ------------------------------------------------------------------------- */

void sim_strict_name_record(const struct ask *ask, struct strict_record *ret)
{
    static const enum strict_kind kinds[WHATS] = {
        [SPEND] = STRICT_SPENT, [NUMBER] = STRICT_LANE, [FIX] = STRICT_OBJECT};
    static uint8_t key[3];
    key[0] = (uint8_t)ask->what;
    key[1] = (uint8_t)(ask->object >> 8);
    key[2] = (uint8_t)ask->object;
    *ret = (struct strict_record){.slot = sim_strict_slot(ask->what, ask->scope),
                                  .kind = kinds[ask->what],
                                  .key = BYTES_ARRAY(key)};
    memcpy(ret->tenant, tenant, sizeof tenant);
}

uint64_t sim_strict_last_u64(struct bytes bytes)
{
    uint64_t value = 0;
    for (size_t i = bytes.len < 8 ? 0 : bytes.len - 8; i < bytes.len; i++) {
        value = value << 8 | bytes.ptr[i];
    }
    return value;
}

uint64_t sim_strict_sum_in(struct bytes value, uint64_t bucket)
{
    for (size_t at = 0; at + STRICT_BUCKET <= value.len; at += STRICT_BUCKET) {
        if (value.ptr[at + 8] == bucket) {
            return sim_strict_last_u64(bytes_slice(value, at, STRICT_BUCKET));
        }
    }
    return 0;
}

/* Whoever believes to be home for an old clock knows of nothing since, and nobody is told. */
static bool is_late(const struct sim *sim, const struct asked *asked)
{
    return sim->nodes[asked->at].late_ms != 0;
}

/* Returns: false when it is more than the budget has. */
static bool spend(struct sim *sim, const struct asked *asked, struct bytes there, struct buf *out)
{
    const struct ask *ask = &asked->ask;
    uint64_t bucket = bucket_of(sim);
    uint64_t sum = sim_strict_sum_in(there, bucket);
    if (sim_strict_is_full(sim, asked->at, bucket)) {
        sim_seen(sim, SIM_LIMIT_REACHED);
        return false;
    }
    if (!is_late(sim, asked) && sum < sim->model_strict->spent[ask->scope][bucket]) {
        sim_violated(sim, "a ledger forgets what was spent", "%u, %u", (unsigned)sum,
                     (unsigned)sim->model_strict->spent[ask->scope][bucket]);
    }
    if (sum >= LIMIT) {
        sim_seen(sim, SIM_LIMIT_REACHED);
        return false;
    }
    buf_put_u8(out, 0);
    buf_put_u64(out, bucket);
    memset(buf_reserve(out, 24), 0, 24);
    buf_put_u64(out, sum + 1);
    return true;
}

static void take_number(struct sim *sim, struct asked *asked, uint64_t next, struct buf *out)
{
    const struct ask *ask = &asked->ask;
    if (!is_late(sim, asked) && next < sim->model_strict->last_given[ask->scope]) {
        sim_violated(sim, "a ledger forgets a number", "%u, %u", (unsigned)next,
                     (unsigned)sim->model_strict->last_given[ask->scope]);
    }
    asked->value = next + 1;
    buf_put_u64(out, 0);
    buf_put_u64(out, next + 1);
}

/* Another one each time, in no order. */
static uint64_t new_value(struct sim *sim)
{
    return ++sim->model_strict->values * 0x9e3779b97f4a7c15u;
}

static void fix(struct sim *sim, struct asked *asked, struct bytes there, struct buf *out)
{
    const struct ask *ask = &asked->ask;
    uint64_t told = sim->model_strict->fixed[ask->scope][ask->object];
    asked->value = there.len != 0 ? sim_strict_last_u64(there) : new_value(sim);
    if (!is_late(sim, asked) && told != 0 && told != asked->value) {
        sim_violated(sim, "an object is another one", "%u, %u", (unsigned)asked->value,
                     (unsigned)told);
    }
    buf_put_u64(out, 0);
    buf_put_u64(out, asked->value);
}

/* Returns: OK with a ticket; or why not. */
static struct status do_it(struct sim *sim, size_t at, struct asked *asked)
{
    static uint8_t memory[STRICT_SPENT_MAX];
    struct strict *strict = sim_strict_machine(sim, at);
    struct strict_record named;
    struct strict_record there;
    struct buf value = buf_over(memory, sizeof memory);
    sim_strict_name_record(&asked->ask, &named);
    strict_get(strict, &named, &there);
    switch (asked->ask.what) {
    case SPEND:
        asked->value = bucket_of(sim);
        if (!spend(sim, asked, there.version.value, &value)) {
            return FAIL(RATE_LIMITED);
        }
        break;
    case NUMBER:
        take_number(sim, asked, sim_strict_lane(sim, at, &asked->ask, &there), &value);
        break;
    case FIX:
    default:
        fix(sim, asked, there.version.value, &value);
    }
    named.version.value = buf_bytes(&value);
    return strict_put(strict, sim_strict_clock(sim, at), &named, &asked->ticket);
}

/* --- what clients are told -------------------------------------------------------------------- */

/* The effect leaves the home. */
static void tell(struct sim *sim, const struct asked *asked)
{
    struct sim_strict *model = sim->model_strict;
    const struct ask *ask = &asked->ask;
    model->done[ask->what][ask->scope] = sim->now_ms;
    switch (ask->what) {
    case SPEND:
        sim_seen(sim, SIM_SPENT);
        model->kept.spent[ask->scope][asked->value]++;
        if (++model->spent[ask->scope][asked->value] > LIMIT) {
            sim_violated(sim, "more was spent than the limit", "scope %u", ask->scope);
        }
        break;
    case NUMBER:
        sim_seen(sim, SIM_NUMBERED);
        INVARIANT(asked->value < STRICT_NUMBERS);
        if (model->is_given[ask->scope][asked->value]) {
            sim_violated(sim, "a number was given twice", "%u", (unsigned)asked->value);
        }
        model->is_given[ask->scope][asked->value] = true;
        if (asked->value > model->last_given[ask->scope]) {
            model->last_given[ask->scope] = asked->value;
            model->kept.last_given[ask->scope] = asked->value;
        }
        break;
    case FIX:
    default:
        sim_seen(sim, SIM_FIXED);
        if (model->fixed[ask->scope][ask->object] != 0 &&
            model->fixed[ask->scope][ask->object] != asked->value) {
            sim_violated(sim, "an object was told to be another one", "%u", ask->object);
        }
        model->fixed[ask->scope][ask->object] = asked->value;
        model->kept.fixed[ask->scope][ask->object] = asked->value;
    }
}

static void look_at_one(struct sim *sim, struct asked *asked)
{
    static uint8_t memory[STRICT_REQUEST_MAX];
    struct strict *strict = sim_strict_machine(sim, asked->at);
    struct buf answer = buf_over(memory, sizeof memory);
    uint64_t now_ms = sim_strict_clock(sim, asked->at);
    if (strict == NULL || sim->nodes[asked->at].boot != asked->boot) {
        asked->is_used = false; /* nobody is told anything */
        return;
    }
    enum strict_outcome outcome = asked->is_forwarded
                                      ? strict_forwarded(strict, now_ms, asked->ticket, &answer)
                                      : strict_outcome(strict, now_ms, asked->ticket);
    if (outcome == STRICT_WAITS) {
        return;
    }
    asked->is_used = false;
    if (outcome == STRICT_HELD && !asked->is_forwarded) {
        tell(sim, asked);
    } else {
        sim_seen(sim, outcome == STRICT_HELD ? SIM_FORWARD_ANSWERED : SIM_STRICT_UNKNOWN);
    }
    if (asked->is_others) {
        uint8_t said = outcome == STRICT_HELD;
        strict_reply(strict, asked->reply, (struct bytes){&said, 1});
    }
}

static struct asked *new_asked(struct sim *sim, size_t at)
{
    for (size_t i = 0; i < STRICT_ASKED_MAX; i++) {
        struct asked *asked = &sim->model_strict->asked[i];
        if (!asked->is_used) {
            *asked = (struct asked){.is_used = true, .at = at, .boot = sim->nodes[at].boot};
            sim->model_strict->asked_most += i == sim->model_strict->asked_most;
            return asked;
        }
    }
    return NULL;
}

/* What other nodes bring here. */
static void serve_others(struct sim *sim, size_t at)
{
    struct strict *strict = sim_strict_machine(sim, at);
    struct strict_member home;
    struct bytes request;
    uint64_t reply;
    while (strict_request(strict, sim_strict_clock(sim, at), &reply, &request)) {
        static const uint8_t refused = 2;
        struct asked *asked = new_asked(sim, at);
        INVARIANT(asked != NULL && request.len == sizeof asked->ask);
        memcpy(&asked->ask, request.ptr, request.len);
        asked->is_others = true;
        asked->reply = reply;
        uint16_t slot = sim_strict_slot(asked->ask.what, asked->ask.scope);
        sim_seen(sim, SIM_FORWARDED);
        if (strict_home(strict, sim_strict_clock(sim, at), slot, &home) != STRICT_HOME_HERE ||
            !status_is_ok(do_it(sim, at, asked))) {
            asked->is_used = false;
            strict_reply(strict, reply, (struct bytes){&refused, 1});
        }
    }
}

/* Of all nodes, those that are paused too, one counts for a slot. */
static void check_homes(struct sim *sim)
{
    for (size_t i = 0; i < WHATS * STRICT_SCOPES; i++) {
        size_t homes = 0;
        for (size_t at = 0; at < sim->count; at++) {
            const struct strict *strict = sim_strict_machine(sim, at);
            homes += strict != NULL &&
                     strict_holds(strict, sim->now_ms,
                                  sim_strict_slot(i / STRICT_SCOPES, i % STRICT_SCOPES));
        }
        if (homes > 1) {
            sim_violated(sim, "a slot has two homes", "%zu", i);
        }
    }
}

void sim_strict_acted(struct sim *sim, size_t at)
{
    struct sim_strict *model = sim->model_strict;
    if (model == NULL || !is_awake(sim, at)) {
        return;
    }
    for (size_t i = 0; i < model->asked_most; i++) {
        if (model->asked[i].is_used && model->asked[i].at == at) {
            look_at_one(sim, &model->asked[i]);
        }
    }
    for (size_t i = 0; i < model->revoked_count; i++) {
        struct revoking *one = &model->revoked[i];
        if (one->ticket != 0 && one->at == at && one->boot == sim->nodes[at].boot) {
            enum strict_outcome outcome =
                strict_outcome(sim_strict_machine(sim, at), sim_strict_clock(sim, at), one->ticket);
            one->ticket = outcome == STRICT_WAITS ? one->ticket : 0;
            one->held_ms = outcome == STRICT_HELD ? sim->now_ms : 0;
        }
    }
    serve_others(sim, at);
    check_homes(sim);
}

/* --- what clients do -------------------------------------------------------------------------- */

void sim_strict_ask(struct sim *sim, size_t at, const struct ask *ask)
{
    struct strict *strict = sim_strict_machine(sim, at);
    struct asked *asked = new_asked(sim, at);
    struct strict_member home;
    struct status status = FAIL(UNAVAILABLE);
    if (asked == NULL) {
        return;
    }
    asked->ask = *ask;
    switch (strict_home(strict, sim_strict_clock(sim, at), sim_strict_slot(ask->what, ask->scope),
                        &home)) {
    case STRICT_HOME_HERE:
        if (sim_strict_home_held_up(sim, at, ask)) {
            asked->is_used = false;
            return;
        }
        status = do_it(sim, at, asked);
        break;
    case STRICT_HOME_THERE:
        asked->is_forwarded = true;
        status = strict_forward(strict, sim_strict_clock(sim, at), &home,
                                (struct bytes){(const uint8_t *)ask, sizeof *ask}, &asked->ticket);
        break;
    case STRICT_HOME_UNKNOWN:
    default:
        sim_seen(sim, SIM_HOME_UNKNOWN);
    }
    asked->is_used = status_is_ok(status);
    if (asked->is_used && !asked->is_forwarded) {
        sim_strict_home_wrote(sim, at, ask);
    } else {
        sim_node_act(sim, at);
    }
}

void sim_strict_name_revoked(size_t number, struct strict_record *ret)
{
    static uint8_t key[1];
    key[0] = (uint8_t)number;
    *ret = (struct strict_record){.slot = sim_strict_slot(WHATS, number % STRICT_SCOPES),
                                  .kind = STRICT_REVOKED,
                                  .key = BYTES_ARRAY(key)};
    memcpy(ret->tenant, tenant, sizeof tenant);
}

static void revoke(struct sim *sim, size_t at)
{
    static const uint8_t for_ever[8] = {0x7f};
    struct sim_strict *model = sim->model_strict;
    struct strict_record record;
    if (model->revoked_count == STRICT_REVOCATIONS) {
        return;
    }
    struct revoking *one = &model->revoked[model->revoked_count];
    sim_strict_name_revoked(model->revoked_count, &record);
    record.version.value = BYTES_ARRAY(for_ever);
    *one = (struct revoking){.at = at, .boot = sim->nodes[at].boot};
    if (status_is_ok(strict_put(sim_strict_machine(sim, at), sim->now_ms, &record, &one->ticket))) {
        model->revoked_count++;
        sim_seen(sim, SIM_REVOKED);
    }
    sim_node_act(sim, at);
}

/* Whoever may act for users knows what was revoked 30 s ago. */
static void check_revoked(struct sim *sim, size_t at)
{
    const struct sim_strict *model = sim->model_strict;
    struct strict *strict = sim_strict_machine(sim, at);
    struct strict_record named;
    struct strict_record there;
    if (!status_is_ok(strict_check_fresh(strict, sim->now_ms))) {
        sim_seen(sim, SIM_NOT_FRESH);
        return;
    }
    for (size_t i = 0; i < model->revoked_count; i++) {
        uint64_t held_ms = model->revoked[i].held_ms;
        sim_strict_name_revoked(i, &named);
        if (held_ms == 0 || sim->now_ms <= held_ms + 30000) {
            continue;
        }
        sim_seen(sim, SIM_REVOKED_KNOWN);
        if (!strict_get(strict, &named, &there)) {
            sim_violated(sim, "a node acts without a revocation", "node %zu, %zu", at, i);
        }
    }
}

/* There are new ones all the time, and old ones are asked for again. */
static uint16_t draw_object(struct sim *sim)
{
    uint64_t last = (sim->now_ms - sim->model_strict->start_ms) / NEW_OBJECT_MS;
    last = last < STRICT_OBJECTS ? last : STRICT_OBJECTS - 1;
    uint64_t before = sim_below(sim, sim_chance(sim, 500) ? 2 : last + 1);
    return (uint16_t)(before < last ? last - before : 0);
}

static void visit(struct sim *sim, struct sim_event *event)
{
    sim->stream = SIM_OF_STRICT;
    size_t at = sim_below(sim, sim->count);
    if (is_awake(sim, at)) {
        struct ask ask = {.what = (uint8_t)sim_below(sim, WHATS),
                          .scope = (uint8_t)sim_below(sim, STRICT_SCOPES)};
        ask.object = ask.what == FIX ? draw_object(sim) : 0;
        if (sim->now_ms < sim->model_strict->hot_ms + HOT_MS && sim_chance(sim, 400)) {
            ask = sim->model_strict->hot[0];
        } else if (sim_chance(sim, 200)) {
            ask = sim->model_strict->hot[sim_below(sim, STRICT_HOT)];
        }
        check_revoked(sim, at);
        if (sim_chance(sim, 40)) {
            revoke(sim, at);
        } else if (!sim_strict_is_kept_away(sim, &ask)) {
            sim_strict_ask(sim, at, &ask);
        }
    }
    sim_later(sim, 1 + sim_below(sim, 2 * STRICT_VISIT_MS), event->happen, 0);
}

void sim_strict_draw(struct sim *sim)
{
    enum sim_stream before = sim_draw_from(sim, SIM_OF_STRICT);
    if (sim_has(sim, SIM_HAS_STRICT) && sim_chance(sim, 700)) {
        sim->mix.cut_ms += sim_below(sim, LONGER_MS);
        sim->mix.pause_ms += sim_below(sim, LONGER_MS);
    }
    sim->mix.hears_all = sim_chance(sim, 900);
    if (sim_has(sim, SIM_HAS_STRICT) && sim_has(sim, SIM_HAS_PAUSES) && sim_chance(sim, 700)) {
        sim->mix.weight[SIM_HAS_KILLS] = 0; /* enough of the set stay to grant another home */
    }
    sim_draw_from(sim, before);
}

void sim_strict_start(struct sim *sim)
{
    if (!sim_has(sim, SIM_HAS_STRICT)) {
        return;
    }
    sim->model_strict = calloc(1, sizeof *sim->model_strict);
    INVARIANT(sim->model_strict != NULL);
    sim->model_strict->start_ms = sim->now_ms;
    sim_later(sim, 1, visit, 0);
}

void sim_strict_free(struct sim *sim)
{
    free(sim->model_strict);
}

/* --- the end ---------------------------------------------------------------------------------- */

/* Zeros: it has not joined yet, or is about to join again. */
static struct strict_stats stats_of(const struct sim *sim, size_t at)
{
    const struct strict *strict = sim_strict_machine(sim, at);
    return strict == NULL ? (struct strict_stats){0} : strict_stats(strict, sim->now_ms);
}

static bool is_all_done(const struct sim *sim, uint64_t since_ms)
{
    bool all = true;
    for (size_t i = 0; i < WHATS * STRICT_SCOPES; i++) {
        all = all && sim->model_strict->done[i / STRICT_SCOPES][i % STRICT_SCOPES] > since_ms;
    }
    for (size_t at = 0; at < sim->count; at++) {
        struct strict_stats stats = stats_of(sim, at);
        all = all && stats.is_ready && stats.members == sim->count && stats.is_fresh;
    }
    return all;
}

/* Of each node: set, members, whether it votes, or did in the set before. */
static const char *describe(const struct sim *sim)
{
    static char text[200];
    size_t len = 0;
    for (size_t at = 0; at < sim->count && len < sizeof text; at++) {
        struct strict_stats stats = stats_of(sim, at);
        len +=
            (size_t)snprintf(text + len, sizeof text - len, "%u:%zu%s%s%s%s ", (unsigned)stats.set,
                             stats.members, stats.is_member ? "m" : "", stats.is_ready ? "v" : "",
                             stats.had_all ? "b" : "", stats.is_fresh ? "f" : "");
    }
    return text;
}

void sim_strict_check(struct sim *sim, void (*run)(struct sim *sim, uint64_t until_ms))
{
    uint64_t since_ms = sim->now_ms;
    if (sim->model_strict == NULL) {
        return;
    }
    run(sim, sim->now_ms + 5000);
    size_t best = sim_strict_newest(sim);
    size_t count =
        best == SIZE_MAX ? 0 : strict_stats(sim_strict_machine(sim, best), sim->now_ms).members;
    size_t needed = count == 2 ? 1 : count / 2 + 1;
    if (best == SIZE_MAX || sim_strict_alive(sim, best, SIZE_MAX, false) < needed ||
        sim_strict_alive(sim, best, SIZE_MAX, true) < 1) {
        sim_seen(sim, SIM_SET_LOST);
        return;
    }
    while (sim->wrong == NULL && !is_all_done(sim, since_ms) && sim->now_ms < since_ms + HEAL_MS) {
        run(sim, sim->now_ms + 1000);
    }
    if (sim->wrong == NULL && !is_all_done(sim, since_ms)) {
        sim_violated(sim, "strict records are not available again", "%s", describe(sim));
    }
    sim_seen(sim, SIM_STRICT_HEALED);
}
