/* What keeps roots when all nodes are gone: memory of each host, which does what it likes. */
#include <string.h>

#include "base/invariant.h"
#include "sim/start.h"

/* Returns: whether it is new. */
static bool learn(struct sim_roots *roots, const struct secret32 *secret)
{
    for (size_t i = 0; i < roots->secret_count; i++) {
        if (memcmp(roots->secrets[i].b, secret->b, sizeof secret->b) == 0) {
            return false;
        }
    }
    INVARIANT(roots->secret_count < SIM_SECRETS_MAX);
    roots->secrets[roots->secret_count++] = *secret;
    return true;
}

static bool has_it(const struct sim_carrier *carrier, const struct handoff_root *root)
{
    for (size_t i = 0; i < carrier->count; i++) {
        if (memcmp(&carrier->list[i], root, sizeof *root) == 0) {
            return true;
        }
    }
    return false;
}

/* A root is made only where there is none, as far as this node can see. */
static void judge_made(struct sim *sim, size_t at)
{
    const struct sim_carrier *carrier = &sim->roots->carriers[at];
    bool is_visible =
        sim->now_ms - carrier->storage_ms > ROOT_START_READ_MS &&
        (carrier->storage == SIM_STORAGE_HONEST || carrier->storage == SIM_STORAGE_FORGETS ||
         carrier->storage == SIM_STORAGE_GARBLED);
    bool is_away = carrier->storage == SIM_STORAGE_AWAY &&
                   sim->now_ms - carrier->storage_ms > ROOT_START_READ_MS + 1000;
    if (sim_chain_root(sim, &sim->nodes[at]).kind != ROOT_CHAIN_UNPUBLISHED) {
        sim_violated(sim, "a root was made although one is published", "node %zu", at);
    }
    if ((is_visible && carrier->count != 0) || is_away) {
        sim_violated(sim, "a root was made although one is stored", "node %zu", at);
    }
    sim_seen(sim, SIM_MADE);
}

struct status sim_carrier_write(struct sim *sim, size_t at, const struct handoff_roots *roots)
{
    struct sim_carrier *carrier = &sim->roots->carriers[at];
    for (size_t i = 0; i < roots->count; i++) {
        if (learn(sim->roots, &roots->list[i].master) && roots->list[i].epoch == 0) {
            judge_made(sim, at);
        }
    }
    if (carrier->storage == SIM_STORAGE_AWAY) {
        sim_seen(sim, SIM_CARRIER_FAILED);
        return FAIL(IO);
    }
    if (carrier->storage == SIM_STORAGE_FORGETS) {
        sim_seen(sim, SIM_CARRIER_FORGOT);
        return OK;
    }
    carrier->before = carrier->count;
    for (size_t i = 0; i < roots->count; i++) {
        if (!has_it(carrier, &roots->list[i])) {
            INVARIANT(carrier->count < SIM_STORED_MAX);
            carrier->list[carrier->count++] = roots->list[i];
        }
    }
    return OK;
}

struct status sim_carrier_read(struct sim *sim, size_t at, struct root_start_found *ret)
{
    const struct sim_carrier *carrier = &sim->roots->carriers[at];
    size_t count = carrier->count;
    switch (carrier->storage) {
    case SIM_STORAGE_AWAY:
        sim_seen(sim, SIM_CARRIER_FAILED);
        return FAIL(IO);
    case SIM_STORAGE_GARBLED:
        if (count != 0) {
            sim_seen(sim, SIM_CARRIER_GARBLED);
            return FAIL(ROOT_CARRIER);
        }
        break;
    case SIM_STORAGE_HIDDEN:
        if (count != 0) {
            sim_seen(sim, SIM_CARRIER_HIDDEN);
        }
        return OK;
    case SIM_STORAGE_OLD:
        if (carrier->before < count) {
            sim_seen(sim, SIM_CARRIER_OLD);
        }
        count = carrier->before;
        break;
    case SIM_STORAGE_HONEST:
    case SIM_STORAGE_FORGETS:
    case SIM_STORAGES:
    default:
        break;
    }
    memcpy(ret->list, carrier->list, count * sizeof carrier->list[0]);
    ret->count = count;
    if (count != 0) {
        sim_seen(sim, SIM_CARRIER_READ);
    }
    return OK;
}
