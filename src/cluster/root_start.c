/* The states, and whose hash is final. */
#include "cluster/root_start.h"

#include <string.h>

#include "base/ct.h"
#include "base/invariant.h"
#include "cluster/root_start_internal.h"
#include "cluster/root_turn_internal.h"
#include "keys/root.h"

/* 0, which no state is left for: nothing changes. */
static const uint8_t transitions[ROOT_START_STATES][START_EVENTS] = {
    [ROOT_START_LOOKING] = {[START_UNPUBLISHED] = ROOT_START_READING,
                            [START_PENDING] = ROOT_START_READING,
                            [START_FINAL_OTHER] = ROOT_START_READING,
                            [START_TWO_FINAL] = ROOT_START_CONFLICT},
    [ROOT_START_READING] = {[START_NOTHING_STORED] = ROOT_START_POLLING,
                            [START_CANDIDATE_STORED] = ROOT_START_PUBLISHING,
                            [START_FINAL_STORED] = ROOT_START_OPEN,
                            [START_STORED_UNREADABLE] = ROOT_START_BLOCKED,
                            [START_TWO_FINAL] = ROOT_START_CONFLICT},
    [ROOT_START_POLLING] = {[START_MADE] = ROOT_START_STORING,
                            [START_CANDIDATE_STORED] = ROOT_START_PUBLISHING,
                            [START_STORED_UNREADABLE] = ROOT_START_BLOCKED,
                            [START_FINAL_OTHER] = ROOT_START_ASKING,
                            [START_TWO_FINAL] = ROOT_START_CONFLICT},
    [ROOT_START_STORING] = {[START_WRITTEN] = ROOT_START_CONFIRMING,
                            [START_FINAL_OURS] = ROOT_START_OPEN,
                            [START_FINAL_OTHER] = ROOT_START_ASKING,
                            [START_TWO_FINAL] = ROOT_START_CONFLICT},
    [ROOT_START_CONFIRMING] = {[START_CONFIRMED] = ROOT_START_PUBLISHING,
                               [START_UNCONFIRMED] = ROOT_START_STORING,
                               [START_FINAL_OURS] = ROOT_START_OPEN,
                               [START_FINAL_OTHER] = ROOT_START_ASKING,
                               [START_TWO_FINAL] = ROOT_START_CONFLICT},
    [ROOT_START_PUBLISHING] = {[START_FINAL_OURS] = ROOT_START_OPEN,
                               [START_FINAL_OTHER] = ROOT_START_ASKING,
                               [START_TWO_FINAL] = ROOT_START_CONFLICT},
    [ROOT_START_ASKING] = {[START_RECEIVED] = ROOT_START_OPEN,
                           [START_FINAL_STORED] = ROOT_START_OPEN,
                           [START_TWO_FINAL] = ROOT_START_CONFLICT},
    [ROOT_START_OPEN] = {[START_TWO_FINAL] = ROOT_START_CONFLICT},
    [ROOT_START_BLOCKED] = {[START_CANDIDATE_STORED] = ROOT_START_PUBLISHING,
                            [START_FINAL_OTHER] = ROOT_START_ASKING,
                            [START_TWO_FINAL] = ROOT_START_CONFLICT},
};

const char *root_start_state_name(enum root_start_state state)
{
    static const char *const names[ROOT_START_STATES] = {
        [ROOT_START_LOOKING] = "reading the chain",
        [ROOT_START_READING] = "reading what is stored",
        [ROOT_START_POLLING] = "asking who holds a root",
        [ROOT_START_STORING] = "storing a candidate",
        [ROOT_START_CONFIRMING] = "reading a candidate back",
        [ROOT_START_PUBLISHING] = "waiting for the hash to be final",
        [ROOT_START_ASKING] = "asking for the root",
        [ROOT_START_OPEN] = "open",
        [ROOT_START_BLOCKED] = "a stored root does not open",
        [ROOT_START_CONFLICT] = "two final hashes",
    };
    return names[state];
}

enum root_start_state root_start_state(const struct root_start *start)
{
    return start->state;
}

struct handoff_guard *root_start_guard(struct root_start *start)
{
    return &start->guard;
}

struct status root_start_check(const struct root_start *start)
{
    switch (start->state) {
    case ROOT_START_OPEN:
        return OK;
    case ROOT_START_PUBLISHING:
        return FAIL(ROOT_UNPUBLISHED);
    case ROOT_START_BLOCKED:
        return FAIL(ROOT_CARRIER);
    case ROOT_START_CONFLICT:
        return FAIL(ROOT_CONFLICT);
    case ROOT_START_LOOKING:
    case ROOT_START_READING:
    case ROOT_START_POLLING:
    case ROOT_START_STORING:
    case ROOT_START_CONFIRMING:
    case ROOT_START_ASKING:
    case ROOT_START_STATES:
    default:
        return FAIL(UNAVAILABLE);
    }
}

struct status root_start_open(const struct root_start_setup *setup, struct root_start **ret)
{
    void *block;
    void *secrets;
    *ret = NULL;
    TRY(mem_alloc(setup->mem, sizeof(struct root_start), &block));
    struct status status = secret_alloc(sizeof(struct root_start_secrets), &secrets);
    if (!status_is_ok(status)) {
        mem_free(setup->mem, &block);
        return status;
    }
    struct root_start *start = block;
    start->setup = *setup;
    start->secrets = secrets;
    *ret = start;
    return OK;
}

void root_start_close(struct root_start **start)
{
    if (*start != NULL) {
        struct mem *mem = (*start)->setup.mem;
        void *secrets = (*start)->secrets;
        void *block = *start;
        root_start_peers_free(*start);
        secret_free(&secrets, sizeof(struct root_start_secrets));
        mem_free(mem, &block);
        *start = NULL;
    }
}

uint64_t root_start_pause_ms(const struct root_start *start, unsigned failures)
{
    uint64_t pause = ROOT_START_RETRY_MS;
    for (unsigned i = 1; i < failures && pause < ROOT_START_RETRY_MAX_MS; i++) {
        pause *= 2;
    }
    pause = pause < ROOT_START_RETRY_MAX_MS ? pause : ROOT_START_RETRY_MAX_MS;
    uint32_t chance = 0;
    /* Without entropy they all try again at once, which is no more than unwise. */
    (void)status_is_ok(entropy_fill(&start->setup.ports.entropy, (void *)&chance, sizeof chance));
    return pause / 2 + chance % (pause / 2 + 1);
}

/* --- whose hash it is ------------------------------------------------------------------------- */

void root_start_published_hash(const struct root_start *start, const struct handoff_root *of,
                               uint8_t ret[static ROOT_GATE_HASH])
{
    if (of->epoch == 0) {
        root_master_hash(&of->master, ret);
    } else {
        SECRET(root, root);
        root_init(&root, &of->master, start->setup.domain, of->epoch);
        root_check_hash(&root, ret);
    }
    ct_public(ret, ROOT_GATE_HASH);
}

bool root_start_is_final(const struct root_start *start, const struct handoff_root *root)
{
    uint8_t hash[ROOT_GATE_HASH];
    if (start->final.kind != ROOT_CHAIN_FINAL || root->epoch >= start->final.count) {
        return false;
    }
    root_start_published_hash(start, root, hash);
    return bytes_equal(BYTES_ARRAY(hash), BYTES_ARRAY(start->final.hashes[root->epoch]));
}

bool root_start_roots_are_final(const struct root_start *start, const struct handoff_roots *roots)
{
    bool all = start->final.kind == ROOT_CHAIN_FINAL && roots->count == start->final.count;
    for (size_t i = 0; all && i < roots->count; i++) {
        all = roots->list[i].epoch == i && root_start_is_final(start, &roots->list[i]);
    }
    return all;
}

/* --- states ----------------------------------------------------------------------------------- */

static void install_held(struct root_start *start)
{
    const struct handoff_roots *held = &start->secrets->held;
    INVARIANT(root_start_roots_are_final(start, held));
    for (size_t i = 0; i < held->count; i++) {
        if (!status_is_ok(root_keyring_install(start->setup.roots, held->list[i].epoch,
                                               &held->list[i].master))) {
            root_start_stop(start);
            return;
        }
    }
    handoff_roots_wipe(&start->secrets->held);
    start->tell_installed = true;
}

void root_start_stop(struct root_start *start)
{
    start->state = ROOT_START_CONFLICT;
    start->tell_stopped = true;
}

static void enter_state(struct root_start *start, const struct cluster_now *now,
                        enum root_start_state state, enum start_event event)
{
    enum root_start_state before = start->state;
    start->state = state;
    bool goes_on = event == START_WRITTEN || event == START_UNCONFIRMED;
    start->failures = goes_on ? start->failures : 0;
    switch (state) {
    case ROOT_START_POLLING:
        start->read_ms = now->ms + ROOT_START_READ_MS;
        start->alone_ms =
            now->ms + ROOT_START_ALONE_MS + root_start_pause_ms(start, UINT32_MAX) / 3;
        root_start_peers_forget(start, now);
        break;
    case ROOT_START_STORING:
        start->write_ms = now->ms;
        break;
    case ROOT_START_PUBLISHING:
        start->publish_ms = now->ms;
        break;
    case ROOT_START_ASKING:
        if (before >= ROOT_START_STORING && before <= ROOT_START_PUBLISHING) {
            handoff_roots_wipe(&start->secrets->held);
            start->is_own = false;
            start->tell_wiped = true;
        }
        start->read_ms = now->ms + ROOT_START_READ_MS;
        root_start_peers_forget(start, now);
        break;
    case ROOT_START_OPEN:
        start->is_kept = event != START_RECEIVED;
        start->write_ms = now->ms;
        root_start_peers_free(start); /* they come to this node now */
        root_turn_begin(start, now);
        install_held(start);
        break;
    case ROOT_START_CONFLICT:
        start->tell_stopped = true;
        break;
    case ROOT_START_CONFIRMING:
    case ROOT_START_READING:
        start->read_ms = now->ms;
        break;
    case ROOT_START_LOOKING:
    case ROOT_START_BLOCKED:
    case ROOT_START_STATES:
    default:
        break;
    }
}

/* What the chain says as an event of now. A hash that was final is never taken back. */
static enum start_event chain_event(const struct root_start *start)
{
    if (start->chain.kind == ROOT_CHAIN_CONFLICT) {
        return START_TWO_FINAL;
    }
    if (start->final.kind == ROOT_CHAIN_FINAL) {
        return root_start_roots_are_final(start, &start->secrets->held) ? START_FINAL_OURS
                                                                        : START_FINAL_OTHER;
    }
    return start->chain.kind == ROOT_CHAIN_UNPUBLISHED ? START_UNPUBLISHED
           : start->chain.kind == ROOT_CHAIN_PENDING   ? START_PENDING
                                                       : START_CHAIN_LOST;
}

void root_start_happen(struct root_start *start, const struct cluster_now *now,
                       enum start_event event)
{
    uint8_t next = transitions[start->state][event];
    while (next != 0) {
        enter_state(start, now, (enum root_start_state)next, event);
        event = chain_event(start);
        INVARIANT(start->state < ROOT_START_STATES);
        next = transitions[start->state][event];
    }
}

/* Remember what is final. Returns: false when it is not what it was. */
static bool note_final(struct root_start *start, const struct root_start_chain *chain)
{
    struct root_start_chain *final = &start->final;
    INVARIANT(chain->count >= 1 && chain->count <= LIMIT_ROOT_EPOCHS);
    for (size_t i = 0; i < final->count && i < chain->count; i++) {
        if (!bytes_equal(BYTES_ARRAY(final->hashes[i]), BYTES_ARRAY(chain->hashes[i]))) {
            return false;
        }
    }
    /* A later epoch is for root_turn.c. */
    if (chain->count > final->count && start->state != ROOT_START_OPEN) {
        *final = *chain;
    }
    return true;
}

void root_start_chain(struct root_start *start, const struct cluster_now *now,
                      const struct root_start_chain *chain)
{
    start->chain = *chain;
    start->chain_ms = now->ms;
    if (chain->kind == ROOT_CHAIN_FINAL && !note_final(start, chain)) {
        root_start_happen(start, now, START_TWO_FINAL);
        return;
    }
    root_start_happen(start, now, chain_event(start));
    root_turn_look(start, now);
}

/* --- what to do ------------------------------------------------------------------------------- */

static bool take_news(bool *news, enum root_start_action_kind kind,
                      struct root_start_action *ret_action)
{
    bool is_there = *news;
    *news = false;
    ret_action->kind = kind;
    return is_there;
}

bool root_start_next(struct root_start *start, const struct cluster_now *now,
                     struct root_start_action *ret_action, uint64_t *ret_due_ms)
{
    *ret_action = (struct root_start_action){0};
    *ret_due_ms = UINT64_MAX;
    if (take_news(&start->tell_wiped, ROOT_START_WIPED, ret_action) ||
        take_news(&start->tell_stopped, ROOT_START_STOPPED, ret_action)) {
        return true;
    }
    if (take_news(&start->tell_installed, ROOT_START_INSTALLED, ret_action)) {
        ret_action->is_own = start->is_own;
        return true;
    }
    if (start->state == ROOT_START_CONFLICT) {
        return false;
    }
    if (root_turn_news(start, ret_action)) {
        return true;
    }
    if (root_start_peers_next(start, now, ret_action, ret_due_ms)) {
        return true;
    }
    root_start_make(start, now);
    root_turn_make(start, now);
    if (root_start_store_next(start, now, ret_action) || root_turn_next(start, now, ret_action)) {
        return true;
    }
    root_start_store_due(start, now, ret_due_ms);
    root_turn_due(start, now, ret_due_ms);
    return false;
}
