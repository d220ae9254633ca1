/* The next root, in a node that has all that are final.
 *
 * Who wants more roots than there are makes one; it is stored and read back before its hash is
 * proposed, so that nothing is published that could be lost with this node. All others find the
 * hash on the chain, get the candidate from the carrier or by hand-off, and store it as well: then
 * any of them can execute the proposal when its time has come, and whoever is killed is not missed.
 * Whoever knows of no other holder waits a while longer. A candidate is installed when its hash is
 * final; it is wiped when another hash is there, or when what was proposed is gone: vetoed, or past
 * its time. After that this boot makes no other for the epoch, and so argues with no guardian.
 *
 *   state       is left for    when
 *   NONE        SEEKING        a hash is on the chain
 *               STORING        one was made here
 *   SEEKING     STORING        a peer gave it
 *               WAITING        the carrier has it
 *   STORING     CONFIRMING     it was written
 *   CONFIRMING  PROPOSING      it was read back, made here, and is not on the chain
 *               WAITING        it was read back
 *               STORING        it was not
 *   PROPOSING   WAITING        it is on the chain
 *   any         NONE           it is final and installed; it was wiped
 *               SEEKING        it was wiped for another one */
#include <string.h>

#include "base/invariant.h"
#include "cluster/root_start_internal.h"
#include "cluster/root_turn_internal.h"

const char *root_turn_state_name(enum root_turn_state state)
{
    static const char *const names[ROOT_TURN_STATES] = {
        [ROOT_TURN_NONE] = "none",           [ROOT_TURN_SEEKING] = "seeking",
        [ROOT_TURN_STORING] = "storing",     [ROOT_TURN_CONFIRMING] = "reading back",
        [ROOT_TURN_PROPOSING] = "proposing", [ROOT_TURN_WAITING] = "waiting",
    };
    return names[state];
}

/* --- what is there ---------------------------------------------------------------------------- */

static bool holds_candidate(const struct root_start *start)
{
    return start->secrets->next.count == 1;
}

static bool is_target(const struct root_start *start, const struct handoff_root *root)
{
    const struct turn_target *target = &start->turn.target;
    uint8_t hash[ROOT_GATE_HASH];
    if (!target->is_there || root->epoch != target->epoch) {
        return false;
    }
    root_start_published_hash(start, root, hash);
    return bytes_equal(BYTES_ARRAY(hash), BYTES_ARRAY(target->hash));
}

static bool holds_target(const struct root_start *start)
{
    return holds_candidate(start) && is_target(start, &start->secrets->next.list[0]);
}

static bool wants_more(const struct root_start *start)
{
    return start->final.count < start->setup.epochs && start->final.count < LIMIT_ROOT_EPOCHS &&
           start->turn.rejected != start->final.count;
}

bool root_turn_is_active(const struct root_start *start)
{
    return start->state == ROOT_START_OPEN &&
           (start->turn.state != ROOT_TURN_NONE || wants_more(start));
}

bool root_turn_seeks(const struct root_start *start)
{
    return start->state == ROOT_START_OPEN && start->turn.state == ROOT_TURN_SEEKING;
}

const struct handoff_root *root_turn_candidate(const struct root_start *start, uint32_t epoch)
{
    const struct handoff_root *next = &start->secrets->next.list[0];
    bool is_there = start->state == ROOT_START_OPEN && start->turn.state == ROOT_TURN_WAITING &&
                    next->epoch == epoch && holds_target(start);
    return is_there ? next : NULL;
}

struct root_turn root_start_turn(const struct root_start *start)
{
    const struct turn *turn = &start->turn;
    bool is_open = start->state == ROOT_START_OPEN;
    bool is_on = is_open && turn->state != ROOT_TURN_NONE;
    uint32_t newest = start->final.count == 0 ? 0 : (uint32_t)start->final.count - 1;
    struct root_turn ret = {
        .state = is_open ? turn->state : ROOT_TURN_NONE,
        .newest = newest,
        .in_use = root_keyring_newest_epoch(start->setup.roots),
        .wanted = start->setup.epochs == 0 ? 0 : (uint32_t)start->setup.epochs - 1,
        .is_rejected = turn->rejected != 0 && turn->rejected == start->final.count,
    };
    if (is_on && holds_candidate(start)) {
        root_start_published_hash(start, &start->secrets->next.list[0], ret.hash);
    } else if (is_on && turn->target.is_there) {
        memcpy(ret.hash, turn->target.hash, sizeof ret.hash);
    }
    return ret;
}

/* --- states ----------------------------------------------------------------------------------- */

static void enter(struct root_start *start, const struct cluster_now *now,
                  enum root_turn_state state)
{
    struct turn *turn = &start->turn;
    bool goes_on = turn->state == ROOT_TURN_CONFIRMING && state == ROOT_TURN_STORING;
    turn->failures = goes_on ? turn->failures : 0;
    turn->state = state;
    turn->due_ms = UINT64_MAX;
    switch (state) {
    case ROOT_TURN_NONE:
        turn->is_own = false;
        turn->is_shared = false;
        turn->make_ms = now->ms + root_start_pause_ms(start, UINT32_MAX);
        root_start_peers_free(start);
        break;
    case ROOT_TURN_SEEKING:
        turn->is_own = false;
        turn->is_shared = false;
        turn->read_ms = now->ms;
        root_start_peers_forget(start, now);
        break;
    case ROOT_TURN_STORING:
        turn->write_ms = now->ms;
        break;
    case ROOT_TURN_CONFIRMING:
        turn->read_ms = now->ms;
        break;
    case ROOT_TURN_PROPOSING:
    case ROOT_TURN_WAITING:
    case ROOT_TURN_STATES:
    default:
        turn->publish_ms = now->ms;
        break;
    }
}

void root_turn_begin(struct root_start *start, const struct cluster_now *now)
{
    enter(start, now, ROOT_TURN_NONE);
}

/* It is final: what everything stands on from now on. */
static void install(struct root_start *start, const struct cluster_now *now)
{
    struct turn *turn = &start->turn;
    const struct handoff_root *next = &start->secrets->next.list[0];
    bool is_stored = turn->state == ROOT_TURN_WAITING;
    INVARIANT(holds_target(start) && turn->target.is_final && next->epoch == start->final.count);
    if (!turn->is_held_back) {
        root_keyring_hold_back(start->setup.roots, next->epoch);
    }
    struct status status = root_keyring_install(start->setup.roots, next->epoch, &next->master);
    handoff_roots_wipe(&start->secrets->next);
    if (!status_is_ok(status)) {
        root_start_stop(start);
        return;
    }
    turn->is_held_back = true;
    turn->tell_turned = true;
    memcpy(start->final.hashes[start->final.count], turn->target.hash, ROOT_GATE_HASH);
    start->final.count++;
    if (!is_stored) {
        start->is_kept = false;
        start->write_ms = now->ms;
    }
    turn->target.is_there = false;
    enter(start, now, ROOT_TURN_NONE);
}

void root_start_use(struct root_start *start)
{
    root_keyring_use_all(start->setup.roots);
    start->turn.is_held_back = false;
}

/* --- the chain -------------------------------------------------------------------------------- */

static struct turn_target target_of(const struct root_start *start)
{
    const struct root_start_chain *chain = &start->chain;
    size_t next = start->final.count;
    struct turn_target target = {.epoch = (uint32_t)next};
    if (chain->count > next) {
        target.is_there = true;
        target.is_final = true;
        memcpy(target.hash, chain->hashes[next], sizeof target.hash);
    } else if (chain->count == next && chain->next.is_there && next < LIMIT_ROOT_EPOCHS) {
        target.is_there = true;
        target.is_committed = chain->next.is_committed;
        target.is_due = chain->next.is_due;
        target.proposal = chain->next.proposal;
        memcpy(target.hash, chain->next.hash, sizeof target.hash);
    }
    return target;
}

/* What was on the chain is not there any more. */
static void give_up(struct root_start *start, const struct cluster_now *now)
{
    struct turn *turn = &start->turn;
    if (holds_candidate(start)) {
        handoff_roots_wipe(&start->secrets->next);
        turn->rejected_told = (uint32_t)start->final.count;
        turn->tell_rejected = true;
    }
    turn->rejected = (uint32_t)start->final.count;
    enter(start, now, ROOT_TURN_NONE);
}

/* What was not there yet is ours to propose. */
static void lose_target(struct root_start *start, const struct cluster_now *now)
{
    const struct turn *turn = &start->turn;
    bool is_proposed =
        turn->state == ROOT_TURN_WAITING || !turn->is_own || turn->sent > ROOT_TURN_PROPOSALS;
    if (turn->state != ROOT_TURN_NONE && is_proposed) {
        give_up(start, now);
    }
}

/* There is a hash on the chain. */
static void follow_target(struct root_start *start, const struct cluster_now *now, bool is_new)
{
    struct turn *turn = &start->turn;
    if (holds_candidate(start) && !holds_target(start)) {
        handoff_roots_wipe(&start->secrets->next);
        start->tell_wiped = true;
        enter(start, now, ROOT_TURN_SEEKING);
    } else if (turn->state == ROOT_TURN_NONE || (turn->state == ROOT_TURN_SEEKING && is_new)) {
        enter(start, now, ROOT_TURN_SEEKING);
    } else if (holds_candidate(start) && turn->target.is_final) {
        install(start, now);
    } else if (turn->state == ROOT_TURN_PROPOSING) {
        enter(start, now, ROOT_TURN_WAITING);
    }
    if (turn->state != ROOT_TURN_WAITING || !turn->target.is_due) {
        turn->due_ms = UINT64_MAX;
    } else if (turn->due_ms == UINT64_MAX) {
        /* Not all at once. */
        turn->due_ms = now->ms;
        turn->publish_ms = now->ms + root_start_pause_ms(start, UINT32_MAX) / 3;
    }
}

void root_turn_look(struct root_start *start, const struct cluster_now *now)
{
    if (start->state != ROOT_START_OPEN || start->chain.kind != ROOT_CHAIN_FINAL) {
        return;
    }
    struct turn_target before = start->turn.target;
    start->turn.target = target_of(start);
    bool is_new = !bytes_equal(BYTES_ARRAY(before.hash), BYTES_ARRAY(start->turn.target.hash));
    if (start->turn.target.is_there) {
        follow_target(start, now, is_new);
    } else {
        lose_target(start, now);
    }
}

/* --- making ----------------------------------------------------------------------------------- */

static bool may_make(const struct root_start *start, const struct cluster_now *now)
{
    const struct turn *turn = &start->turn;
    bool is_fresh = start->chain.kind == ROOT_CHAIN_FINAL &&
                    start->chain.count == start->final.count && !turn->target.is_there &&
                    now->ms - start->chain_ms <= ROOT_START_CHAIN_MS;
    return start->state == ROOT_START_OPEN && turn->state == ROOT_TURN_NONE && wants_more(start) &&
           is_fresh && start->is_listed && start->is_kept && !turn->is_held_back &&
           now->ms >= turn->make_ms &&
           status_is_ok(root_gate_check(start->setup.gate, REGISTRY_HAND_OFF, now->ms));
}

void root_turn_make(struct root_start *start, const struct cluster_now *now)
{
    struct handoff_roots *next = &start->secrets->next;
    if (!may_make(start, now)) {
        return;
    }
    handoff_roots_wipe(next);
    if (!status_is_ok(root_start_draw(start, &next->list[0].master))) {
        start->turn.make_ms = now->ms + ROOT_START_RETRY_MAX_MS;
        return;
    }
    next->count = 1;
    next->list[0].epoch = (uint32_t)start->final.count;
    start->turn.is_own = true;
    start->turn.sent = 0;
    enter(start, now, ROOT_TURN_STORING);
}

/* --- the carrier ------------------------------------------------------------------------------ */

void root_turn_written(struct root_start *start, const struct cluster_now *now,
                       struct status status)
{
    struct turn *turn = &start->turn;
    turn->is_writing = false;
    if (turn->state != ROOT_TURN_STORING) {
        return;
    }
    if (status_is_ok(status)) {
        enter(start, now, ROOT_TURN_CONFIRMING);
    } else {
        turn->failures++;
        turn->write_ms = now->ms + root_start_pause_ms(start, turn->failures);
    }
}

static void note_read_back(struct root_start *start, const struct cluster_now *now, bool is_there)
{
    struct turn *turn = &start->turn;
    if (!is_there) {
        turn->failures++;
        enter(start, now, ROOT_TURN_STORING);
        turn->write_ms = now->ms + root_start_pause_ms(start, turn->failures);
        return;
    }
    turn->tell_made = turn->tell_made || turn->is_own;
    enter(start, now, turn->is_own ? ROOT_TURN_PROPOSING : ROOT_TURN_WAITING);
    root_turn_look(start, now);
}

void root_turn_read(struct root_start *start, const struct cluster_now *now,
                    const struct root_start_found *found)
{
    struct handoff_roots *next = &start->secrets->next;
    uint8_t ours[ROOT_GATE_HASH];
    uint8_t hash[ROOT_GATE_HASH];
    bool is_there = false;
    start->turn.read_ms = now->ms + ROOT_START_READ_MS;
    if (start->turn.state == ROOT_TURN_CONFIRMING) {
        root_start_published_hash(start, &next->list[0], ours);
        for (size_t i = 0; i < found->count; i++) {
            root_start_published_hash(start, &found->list[i], hash);
            is_there = is_there || (found->list[i].epoch == next->list[0].epoch &&
                                    bytes_equal(BYTES_ARRAY(hash), BYTES_ARRAY(ours)));
        }
        note_read_back(start, now, is_there);
        return;
    }
    for (size_t i = 0; i < found->count && start->turn.state == ROOT_TURN_SEEKING; i++) {
        if (is_target(start, &found->list[i])) {
            next->list[0] = found->list[i];
            next->count = 1;
            enter(start, now, ROOT_TURN_WAITING);
            root_turn_look(start, now);
        }
    }
}

bool root_turn_is_sought(struct root_start *start)
{
    if (!holds_target(start)) {
        handoff_roots_wipe(&start->secrets->next);
        return false;
    }
    return true;
}

void root_turn_received(struct root_start *start, const struct cluster_now *now)
{
    enter(start, now, ROOT_TURN_STORING);
    start->turn.is_shared = true;
    root_turn_look(start, now);
}

/* --- what to do ------------------------------------------------------------------------------- */

/* Whether nobody else is listed. */
static bool is_only_node(const struct root_start *start)
{
    bool is_only = start->is_listed;
    for (size_t i = 0; i < REGISTRY_PEERS_MAX; i++) {
        is_only = is_only && start->peers[i] == NULL;
    }
    return is_only;
}

static bool may_execute(const struct root_start *start, const struct cluster_now *now)
{
    const struct turn *turn = &start->turn;
    bool is_due = turn->state == ROOT_TURN_WAITING && turn->due_ms != UINT64_MAX &&
                  !turn->target.is_committed && start->is_listed;
    return is_due &&
           (turn->is_shared || is_only_node(start) || now->ms >= turn->due_ms + ROOT_TURN_GRACE_MS);
}

void root_turn_published(struct root_start *start, const struct cluster_now *now,
                         struct status status)
{
    struct turn *turn = &start->turn;
    if (status_is_ok(status)) {
        turn->failures = 0;
        turn->sent += turn->state == ROOT_TURN_PROPOSING;
        turn->publish_ms = now->ms + ROOT_START_PUBLISH_MS;
    } else {
        turn->failures++;
        turn->publish_ms = now->ms + root_start_pause_ms(start, turn->failures);
    }
}

static bool publish_next(struct root_start *start, const struct cluster_now *now,
                         struct root_start_action *ret_action)
{
    const struct turn *turn = &start->turn;
    const struct handoff_root *next = &start->secrets->next.list[0];
    bool proposes = turn->state == ROOT_TURN_PROPOSING && start->is_listed &&
                    start->chain.kind == ROOT_CHAIN_FINAL;
    if (start->is_publishing || now->ms < turn->publish_ms ||
        !(proposes || may_execute(start, now))) {
        return false;
    }
    start->is_publishing = true;
    ret_action->kind = proposes ? ROOT_START_PROPOSE : ROOT_START_EXECUTE;
    ret_action->number = proposes ? next->epoch : turn->target.proposal;
    root_start_published_hash(start, next, ret_action->hash);
    return true;
}

static bool take_news(bool *news, enum root_start_action_kind kind, uint32_t epoch,
                      struct root_start_action *ret_action)
{
    bool is_there = *news;
    *news = false;
    ret_action->kind = kind;
    ret_action->number = epoch;
    return is_there;
}

bool root_turn_news(struct root_start *start, struct root_start_action *ret_action)
{
    struct turn *turn = &start->turn;
    uint32_t next = (uint32_t)start->final.count;
    return take_news(&turn->tell_rejected, ROOT_START_REJECTED, turn->rejected_told, ret_action) ||
           take_news(&turn->tell_turned, ROOT_START_TURNED, next - 1, ret_action) ||
           take_news(&turn->tell_made, ROOT_START_MADE, next, ret_action);
}

bool root_turn_next(struct root_start *start, const struct cluster_now *now,
                    struct root_start_action *ret_action)
{
    struct turn *turn = &start->turn;
    if (start->state != ROOT_START_OPEN) {
        return false;
    }
    bool reads = turn->state == ROOT_TURN_SEEKING || turn->state == ROOT_TURN_CONFIRMING;
    if (reads && !start->is_reading && now->ms >= turn->read_ms) {
        start->is_reading = true;
        ret_action->kind = ROOT_START_READ;
        return true;
    }
    if (turn->state == ROOT_TURN_STORING && !start->is_writing && now->ms >= turn->write_ms) {
        start->is_writing = true;
        turn->is_writing = true;
        ret_action->kind = ROOT_START_WRITE;
        ret_action->roots = &start->secrets->next;
        return true;
    }
    return publish_next(start, now, ret_action);
}

void root_turn_due(const struct root_start *start, const struct cluster_now *now,
                   uint64_t *ret_due_ms)
{
    const struct turn *turn = &start->turn;
    const uint64_t times[] = {turn->make_ms, turn->read_ms, turn->write_ms, turn->publish_ms};
    if (!root_turn_is_active(start)) {
        return;
    }
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        if (times[i] > now->ms) {
            due_sooner(ret_due_ms, times[i]);
        }
    }
    if (turn->due_ms != UINT64_MAX && turn->due_ms + ROOT_TURN_GRACE_MS > now->ms) {
        due_sooner(ret_due_ms, turn->due_ms + ROOT_TURN_GRACE_MS);
    }
}
