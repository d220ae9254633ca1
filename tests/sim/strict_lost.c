/* What becomes of strict records when all nodes are lost, and what their clients do then. */
#include <string.h>

#include "sim/strict_internal.h"

/* --- in a restored cluster -------------------------------------------------------------------- */

bool sim_strict_is_full(struct sim *sim, size_t at, uint64_t bucket)
{
    struct strict_begun begun;
    uint64_t start_ms = sim->model_strict->start_ms + bucket * STRICT_BUCKET_MS;
    uint64_t wall_ms = sim_wall_ms(sim, &sim->nodes[at]) - (sim->now_ms - start_ms);
    return cluster_begun(sim->nodes[at].cluster, &begun) &&
           wall_ms <= begun.wall_ms + 2 * SIM_SKEW_MS;
}

uint64_t sim_strict_lane(struct sim *sim, size_t at, const struct ask *ask,
                         const struct strict_record *there)
{
    struct strict_begun begun;
    uint64_t next = sim_strict_last_u64(there->version.value);
    uint64_t on_chain = sim->model_strict->last_given[ask->scope];
    bool is_set = there->version.value.len != 0;
    if (cluster_begun(sim->nodes[at].cluster, &begun) &&
        (!is_set || strict_is_restored(&begun, there))) {
        sim_seen(sim, SIM_LANE_SET);
        return on_chain > next ? on_chain : next;
    }
    return next;
}

/* --- what has to be there --------------------------------------------------------------------- */

void sim_strict_tell(const struct sim *sim, struct sim_strict_told *ret)
{
    const struct sim_strict *model = sim->model_strict;
    *ret = (struct sim_strict_told){0};
    if (model == NULL) {
        return;
    }
    *ret = model->kept;
    for (size_t i = 0; i < model->revoked_count; i++) {
        ret->is_revoked[i] = model->revoked[i].held_ms != 0;
    }
}

static struct bytes value_of(struct strict *strict, enum what what, size_t scope, size_t object)
{
    struct ask ask = {(uint8_t)what, (uint8_t)scope, (uint16_t)object};
    struct strict_record named;
    struct strict_record there;
    sim_strict_name_record(&ask, &named);
    strict_get(strict, &named, &there);
    return there.version.value;
}

static void check_scope(struct sim *sim, struct strict *strict, size_t scope,
                        const struct sim_strict_told *told)
{
    for (size_t i = 0; i < STRICT_BUCKETS; i++) {
        uint64_t sum = sim_strict_sum_in(value_of(strict, SPEND, scope, 0), i);
        if (sum < told->spent[scope][i]) {
            sim_violated(sim, "what was spent before a snapshot is not restored", "%u, %u",
                         (unsigned)sum, (unsigned)told->spent[scope][i]);
        }
    }
    if (sim_strict_last_u64(value_of(strict, NUMBER, scope, 0)) < told->last_given[scope]) {
        sim_violated(sim, "a number given before a snapshot is not restored", "%zu", scope);
    }
    for (size_t i = 0; i < STRICT_OBJECTS; i++) {
        uint64_t fixed = told->fixed[scope][i];
        if (fixed != 0 && sim_strict_last_u64(value_of(strict, FIX, scope, i)) != fixed) {
            sim_violated(sim, "an object fixed before a snapshot is not restored", "%zu", i);
        }
    }
}

void sim_strict_restored(struct sim *sim, size_t at, const struct sim_strict_told *told)
{
    struct sim_strict *model = sim->model_strict;
    struct strict *strict = sim_strict_machine(sim, at);
    struct strict_record named;
    struct strict_record there;
    if (model == NULL || strict == NULL) {
        return;
    }
    for (size_t scope = 0; scope < STRICT_SCOPES; scope++) {
        check_scope(sim, strict, scope, told);
    }
    for (size_t i = 0; i < model->revoked_count; i++) {
        sim_strict_name_revoked(i, &named);
        if (told->is_revoked[i] && !strict_get(strict, &named, &there)) {
            sim_violated(sim, "a revocation from before a snapshot is not restored", "%zu", i);
        }
        if (!told->is_revoked[i]) {
            model->revoked[i] = (struct revoking){0}; /* it may have gone */
        }
    }
    memcpy(model->fixed, told->fixed, sizeof model->fixed);
    model->kept = *told;
    sim_seen(sim, SIM_STRICT_RESTORED);
}
