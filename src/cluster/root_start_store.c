/* What is made, stored and published. */
#include <string.h>

#include "base/ct.h"
#include "base/invariant.h"
#include "cluster/root_start_internal.h"
#include "cluster/root_turn_internal.h"
#include "digest/hkdf_sha256.h"

/* --- what was found --------------------------------------------------------------------------- */

/* Take from what was found the root of each final epoch. Returns: false unless all are there;
 * nothing is held then. */
static bool hold_final(struct root_start *start, const struct root_start_found *found)
{
    struct handoff_roots *held = &start->secrets->held;
    handoff_roots_wipe(held);
    for (uint32_t epoch = 0; epoch < start->final.count; epoch++) {
        for (size_t i = 0; i < found->count && held->count == epoch; i++) {
            if (found->list[i].epoch == epoch && root_start_is_final(start, &found->list[i])) {
                held->list[held->count++] = found->list[i];
            }
        }
    }
    if (!root_start_roots_are_final(start, held)) {
        handoff_roots_wipe(held);
        return false;
    }
    return true;
}

/* Take a candidate: the one whose hash is on the chain already, or else the one with the least
 * hash, so that nodes that find the same ones choose the same. Returns: false when there is none;
 * nothing is held then. */
static bool hold_candidate(struct root_start *start, const struct root_start_found *found)
{
    struct handoff_roots *held = &start->secrets->held;
    uint8_t hash[ROOT_GATE_HASH];
    uint8_t best[ROOT_GATE_HASH];
    bool is_best_pending = false;
    handoff_roots_wipe(held);
    for (size_t i = 0; i < found->count; i++) {
        if (found->list[i].epoch != 0) {
            continue;
        }
        root_start_published_hash(start, &found->list[i], hash);
        bool is_pending = start->chain.kind == ROOT_CHAIN_PENDING &&
                          bytes_equal(BYTES_ARRAY(hash), BYTES_ARRAY(start->chain.hashes[0]));
        bool is_less = held->count == 0 || bytes_compare(BYTES_ARRAY(hash), BYTES_ARRAY(best)) < 0;
        if (is_pending || (is_less && !is_best_pending)) {
            held->list[0] = found->list[i];
            held->count = 1;
            is_best_pending = is_pending;
            memcpy(best, hash, sizeof best);
        }
    }
    return held->count != 0;
}

/* Whether everything that is held was read back. */
static bool holds_found(const struct root_start *start, const struct root_start_found *found)
{
    const struct handoff_roots *held = &start->secrets->held;
    size_t same = 0;
    for (size_t i = 0; i < held->count; i++) {
        uint64_t is_there = 0;
        for (size_t j = 0; j < found->count; j++) {
            if (found->list[j].epoch == held->list[i].epoch) {
                is_there |= ct_equal(found->list[j].master.b, held->list[i].master.b,
                                     sizeof held->list[i].master.b);
            }
        }
        same += ct_declassify(is_there) == 1;
    }
    return held->count != 0 && same == held->count;
}

/* --- a new root ------------------------------------------------------------------------------- */

struct status root_start_draw(const struct root_start *start, struct secret32 *ret_master)
{
    SECRET32(mixed);
    SECRET32(kernel);
    SECRET32(prk);
    SECRET(hmac_sha256_key, key);
    TRY(entropy_fill(&start->setup.module, mixed.b, sizeof mixed.b));
    TRY(entropy_fill(&start->setup.ports.entropy, kernel.b, sizeof kernel.b));
    for (size_t i = 0; i < sizeof mixed.b; i++) {
        mixed.b[i] ^= kernel.b[i];
    }
    hkdf_sha256_extract(BYTES_LITERAL("coffer/root/1"), BYTES_ARRAY(mixed.b), &prk);
    hmac_sha256_key_init(&key, BYTES_ARRAY(prk.b));
    return hkdf_sha256_expand(&key, BYTES_ARRAY(start->setup.domain), ret_master->b,
                              sizeof ret_master->b);
}

static bool may_make(const struct root_start *start, const struct cluster_now *now)
{
    bool is_unpublished = start->chain.kind == ROOT_CHAIN_UNPUBLISHED &&
                          start->final.kind != ROOT_CHAIN_FINAL &&
                          now->ms - start->chain_ms <= ROOT_START_CHAIN_MS;
    bool is_empty =
        start->has_read && !start->is_reading && now->ms - start->has_read_ms <= ROOT_START_READ_MS;
    return start->state == ROOT_START_POLLING && is_unpublished && is_empty && start->is_listed &&
           now->ms >= start->alone_ms && root_start_is_alone(start, now);
}

void root_start_make(struct root_start *start, const struct cluster_now *now)
{
    struct handoff_roots *held = &start->secrets->held;
    if (!may_make(start, now)) {
        return;
    }
    handoff_roots_wipe(held);
    if (!status_is_ok(root_start_draw(start, &held->list[0].master))) {
        start->alone_ms = now->ms + ROOT_START_RETRY_MAX_MS;
        return;
    }
    held->count = 1;
    start->is_own = true;
    root_start_happen(start, now, START_MADE);
}

/* --- the carrier ------------------------------------------------------------------------------ */

static bool is_read_due(const struct root_start *start, const struct cluster_now *now)
{
    bool wants = start->state == ROOT_START_READING || start->state == ROOT_START_POLLING ||
                 start->state == ROOT_START_CONFIRMING || start->state == ROOT_START_ASKING ||
                 start->state == ROOT_START_BLOCKED ||
                 (start->state == ROOT_START_OPEN && start->is_confirming_kept);
    return wants && !start->is_reading && now->ms >= start->read_ms;
}

/* The roots of the keyring, for the carrier. */
static bool hold_installed(struct root_start *start)
{
    struct handoff_roots *held = &start->secrets->held;
    handoff_roots_wipe(held);
    for (uint32_t epoch = 0; epoch < start->final.count; epoch++) {
        const struct secret32 *master = root_keyring_master(start->setup.roots, epoch);
        if (master == NULL) {
            handoff_roots_wipe(held);
            return false;
        }
        held->list[held->count].epoch = epoch;
        held->list[held->count++].master = *master;
    }
    return true;
}

static bool is_write_due(struct root_start *start, const struct cluster_now *now)
{
    bool keeps = start->state == ROOT_START_OPEN && !start->is_kept && !start->is_confirming_kept;
    bool is_due = (start->state == ROOT_START_STORING || keeps) && !start->is_writing &&
                  now->ms >= start->write_ms;
    return is_due && (!keeps || hold_installed(start));
}

void root_start_carrier_written(struct root_start *start, const struct cluster_now *now,
                                struct status status)
{
    start->is_writing = false;
    if (start->turn.is_writing) {
        root_turn_written(start, now, status);
    } else if (!status_is_ok(status)) {
        start->failures++;
        start->write_ms = now->ms + root_start_pause_ms(start, start->failures);
    } else if (start->state == ROOT_START_STORING) {
        root_start_happen(start, now, START_WRITTEN);
    } else if (start->state == ROOT_START_OPEN) {
        start->is_confirming_kept = true;
        start->read_ms = now->ms;
    }
}

/* It was read back, or it was not. */
static void note_read_back(struct root_start *start, const struct cluster_now *now, bool is_there)
{
    if (start->state == ROOT_START_OPEN) {
        /* What was installed meanwhile was not written. */
        start->is_kept = is_there && start->secrets->held.count == start->final.count;
        handoff_roots_wipe(&start->secrets->held);
        start->is_confirming_kept = false;
    } else {
        root_start_happen(start, now, is_there ? START_CONFIRMED : START_UNCONFIRMED);
    }
    if (!is_there) {
        start->failures++;
        start->write_ms = now->ms + root_start_pause_ms(start, start->failures);
    }
}

/* What was found without a final hash. */
static void judge_found(struct root_start *start, const struct cluster_now *now,
                        struct status status, const struct root_start_found *found)
{
    bool has_trace = found->count != 0 || status.code == STATUS_ROOT_CARRIER;
    if (hold_candidate(start, found)) {
        root_start_happen(start, now, START_CANDIDATE_STORED);
        return;
    }
    if (has_trace) {
        root_start_happen(start, now, START_STORED_UNREADABLE);
    } else if (status_is_ok(status)) {
        start->has_read = true;
        start->has_read_ms = now->ms;
        root_start_happen(start, now, START_NOTHING_STORED);
    } else {
        start->read_ms = now->ms + root_start_pause_ms(start, ++start->failures);
    }
}

void root_start_carrier_read(struct root_start *start, const struct cluster_now *now,
                             struct status status, const struct root_start_found *found)
{
    INVARIANT(found->count <= ROOT_START_FOUND_MAX);
    start->is_reading = false;
    start->has_read = false;
    start->read_ms = now->ms + ROOT_START_READ_MS;
    switch (start->state) {
    case ROOT_START_CONFIRMING:
        note_read_back(start, now, holds_found(start, found));
        break;
    case ROOT_START_OPEN:
        if (start->is_confirming_kept) {
            note_read_back(start, now, holds_found(start, found));
        }
        root_turn_read(start, now, found);
        break;
    case ROOT_START_READING:
    case ROOT_START_POLLING:
    case ROOT_START_ASKING:
    case ROOT_START_BLOCKED:
        if (start->final.kind != ROOT_CHAIN_FINAL) {
            judge_found(start, now, status, found);
        } else {
            root_start_happen(start, now,
                              hold_final(start, found) ? START_FINAL_STORED : START_NOTHING_STORED);
        }
        break;
    case ROOT_START_LOOKING:
    case ROOT_START_STORING:
    case ROOT_START_PUBLISHING:
    case ROOT_START_CONFLICT:
    case ROOT_START_STATES:
    default:
        break;
    }
}

void root_start_received(struct root_start *start, const struct cluster_now *now,
                         const struct root_start_found *found)
{
    INVARIANT(found->count <= ROOT_START_FOUND_MAX);
    if (start->state == ROOT_START_ASKING && hold_final(start, found)) {
        root_start_happen(start, now, START_RECEIVED);
    }
}

/* --- publishing ------------------------------------------------------------------------------- */

static bool is_publish_due(const struct root_start *start, const struct cluster_now *now)
{
    return start->state == ROOT_START_PUBLISHING && !start->is_publishing &&
           start->chain.kind == ROOT_CHAIN_UNPUBLISHED && start->is_listed &&
           now->ms >= start->publish_ms;
}

void root_start_published(struct root_start *start, const struct cluster_now *now,
                          struct status status)
{
    start->is_publishing = false;
    if (start->state == ROOT_START_OPEN) {
        root_turn_published(start, now, status);
    } else if (status_is_ok(status)) {
        start->failures = 0;
        start->publish_ms = now->ms + ROOT_START_PUBLISH_MS;
    } else {
        start->failures++;
        start->publish_ms = now->ms + root_start_pause_ms(start, start->failures);
    }
}

/* --- what to do ------------------------------------------------------------------------------- */

bool root_start_store_next(struct root_start *start, const struct cluster_now *now,
                           struct root_start_action *ret_action)
{
    if (is_read_due(start, now)) {
        start->is_reading = true;
        ret_action->kind = ROOT_START_READ;
        return true;
    }
    if (is_write_due(start, now)) {
        start->is_writing = true;
        ret_action->kind = ROOT_START_WRITE;
        ret_action->roots = &start->secrets->held;
        return true;
    }
    if (is_publish_due(start, now)) {
        start->is_publishing = true;
        ret_action->kind = ROOT_START_PUBLISH;
        root_start_published_hash(start, &start->secrets->held.list[0], ret_action->hash);
        return true;
    }
    return false;
}

void root_start_store_due(const struct root_start *start, const struct cluster_now *now,
                          uint64_t *ret_due_ms)
{
    const uint64_t times[] = {start->read_ms, start->write_ms, start->publish_ms, start->alone_ms};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        if (times[i] > now->ms) {
            due_sooner(ret_due_ms, times[i]);
        }
    }
}
