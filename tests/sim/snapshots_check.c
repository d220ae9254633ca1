/* What may be restored, and what has to be there then: snapshots.h. */
#include <string.h>

#include "base/reader.h"
#include "digest/sha256.h"
#include "sim/rush.h"
#include "sim/snapshots_internal.h"

enum { PREV_AT = 4 + DOMAIN_ID + 4 + SNAPSHOT_INCARNATION + 8 };

static const struct sim_snapshot *find(const struct sim_snapshots *own, const uint8_t *digest)
{
    for (size_t i = 0; i < own->count; i++) {
        const struct sim_snapshot *snapshot = &own->list[i];
        if (snapshot->point.height != 0 &&
            memcmp(snapshot->point.digest, digest, SNAPSHOT_DIGEST) == 0) {
            return snapshot;
        }
    }
    return NULL;
}

void snapshots_begun(struct sim *sim, size_t at, struct sim_snapshot *snapshot)
{
    struct record record;
    const struct history *history = rush_history(sim);
    *snapshot = (struct sim_snapshot){.begin_ms = sim->now_ms};
    for (size_t i = 0; i < HISTORY_KEYS; i++) {
        const struct history_key *key = &history->keys[i];
        snapshot->had[i] = HISTORY_NONE;
        if (i < history->key_count && history_peek(sim->nodes[at].kv, key, &record)) {
            snapshot->had[i] = history_entry(key, &record);
        }
    }
}

void snapshots_written(struct sim *sim, struct sim_snapshot *snapshot, struct bytes header)
{
    struct reader reader = reader_over(bytes_slice(header, PREV_AT - 8, 8));
    snapshot->point.height = reader_u64(&reader);
    sha256_hash(header, snapshot->point.digest);
    memcpy(snapshot->prev, header.ptr + PREV_AT, SNAPSHOT_DIGEST);
    const struct sim_snapshot *before = find(sim->snapshots, snapshot->prev);
    if (!snapshot->has_strict && before != NULL) {
        snapshot->told = before->told;
        sim_seen(sim, SIM_STRICT_KEPT);
    }
    sim_seen(sim, SIM_SNAPSHOT_WRITTEN);
}

bool snapshots_counts(const struct sim_snapshots *own, const struct snapshot_point *point)
{
    const struct sim_snapshot *snapshot = find(own, point->digest);
    while (snapshot != NULL && snapshot->point.height > own->anchored.height) {
        snapshot = find(own, snapshot->prev);
    }
    return own->anchored.height == 0 ||
           (snapshot != NULL && snapshot_point_order(&snapshot->point, &own->anchored) == 0);
}

static void judge_key(struct sim *sim, const struct kv *kv, const struct history_key *key,
                      size_t had)
{
    struct record record;
    uint64_t wall_ms = sim_wall_ms(sim, &sim->nodes[0]) + 2 * SIM_SKEW_MS;
    bool is_there = history_peek(kv, key, &record);
    size_t entry = is_there ? history_entry(key, &record) : HISTORY_NONE;
    if (is_there && entry == HISTORY_NONE) {
        sim_violated(sim, "what nobody wrote is restored", "%s", key->name);
    }
    if (had == HISTORY_NONE) {
        return;
    }
    const struct history_write *write = &key->writes[had];
    bool is_less = is_there && history_order(&key->writes[entry], write) < 0;
    bool is_dead = write->is_tombstone || history_expired(write, wall_ms);
    if (is_less && is_dead) {
        sim_violated(sim, "what was deleted or has expired is restored", "%s", key->name);
    } else if (is_less || (!is_there && !is_dead && !key->is_evictable)) {
        sim_violated(sim, "what was there when the snapshot began is not restored", "%s",
                     key->name);
    } else if (!is_there && write->is_tombstone && !key->is_evictable) {
        sim_violated(sim, "that something was deleted is not restored", "%s", key->name);
    }
}

/* How much of what was settled before it began its writer did not have. */
static void count_behind(struct sim *sim, const struct sim_snapshot *snapshot)
{
    const struct history *history = rush_history(sim);
    for (size_t i = 0; i < history->key_count; i++) {
        const struct history_key *key = &history->keys[i];
        for (size_t j = 0; j < key->count && !key->is_evictable; j++) {
            const struct history_write *write = &key->writes[j];
            size_t had = snapshot->had[i];
            if (write->is_settled && write->settled_ms <= snapshot->begin_ms &&
                (had == HISTORY_NONE || history_order(&key->writes[had], write) < 0)) {
                sim_seen(sim, SIM_SNAPSHOT_BEHIND);
            }
        }
    }
}

void snapshots_judge(struct sim *sim, const struct kv *kv, const struct snapshot_point *point,
                     bool is_last)
{
    const struct sim_snapshots *own = sim->snapshots;
    const struct history *history = rush_history(sim);
    const struct sim_snapshot *snapshot = find(own, point->digest);
    if (snapshot == NULL || !snapshots_counts(own, point)) {
        sim_violated(sim, "something older than what is anchored is restored",
                     "height %zu, anchored %zu", (size_t)point->height,
                     (size_t)own->anchored.height);
        return;
    }
    for (size_t i = 0; i < history->key_count; i++) {
        judge_key(sim, kv, &history->keys[i], snapshot->had[i]);
    }
    count_behind(sim, snapshot);
    if (!is_last) {
        sim_seen(sim, own->honest != NULL ? SIM_RESTORED_MEDDLED : SIM_RESTORED);
        rush_restored(sim, snapshot->had);
        sim->snapshots->restored_told = snapshot->told;
    }
}

void snapshots_refused(struct sim *sim, struct status status)
{
    if (sim->snapshots->honest == NULL) {
        sim_violated(sim, "what is there and anchored is not restored", "code %d",
                     (int)status.code);
    }
    sim_seen(sim, status.code == STATUS_SNAPSHOT_OLD ? SIM_OLD_REFUSED : SIM_RESTORE_REFUSED);
}
