#include <stdlib.h>

#include "statements/user_log_internal.h"

static int compare_ids(const void *a, const void *b)
{
    return bytes_compare(bytes_id(((const struct user_log_id *)a)->id),
                         bytes_id(((const struct user_log_id *)b)->id));
}

static int compare_hashes(const void *a, const void *b)
{
    return bytes_compare(bytes_hash(a), bytes_hash(b));
}

/* Make of all that is said of an id one. */
static void merge_ids(struct user_log_work *work)
{
    struct user_log_id *all = work->ids;
    struct user_log *log = work->log;
    size_t count = 0;
    qsort(all, log->id_count, sizeof *all, compare_ids);
    for (size_t i = 0; i < log->id_count; i++) {
        struct user_log_id *last = count == 0 ? NULL : &all[count - 1];
        if (last == NULL || compare_ids(last, &all[i]) != 0) {
            all[count++] = all[i];
            continue;
        }
        if (all[i].is_revoked) {
            last->since =
                last->is_revoked && last->since < all[i].since ? last->since : all[i].since;
            last->revoked_ms = last->is_revoked && last->revoked_ms < all[i].revoked_ms
                                   ? last->revoked_ms
                                   : all[i].revoked_ms;
            last->is_revoked = true;
        }
        if (last->number == 0 || (all[i].number != 0 && all[i].number < last->number)) {
            last->number = all[i].number;
        }
    }
    log->id_count = count;
}

static void take_revocation(struct user_log_work *work, const struct statement *statement)
{
    struct user_log *log = work->log;
    const struct statement_revoke *revoke = &statement->body.revoke;
    log->auth_epoch++;
    log->epoch_at_ms = later(log->epoch_at_ms, statement->parts.t_ms);
    for (size_t i = 0; i < revoke->ids.count; i++) {
        struct user_log_id *id = &work->ids[log->id_count++];
        memcpy(id->id, revoke->ids.items + i * AUTH_TEXT_ID, AUTH_TEXT_ID);
        id->is_revoked = true;
        id->since = revoke->since;
        id->revoked_ms = statement->parts.t_ms;
    }
}

/* All ids that are revoked, each once, and what is vetoed. */
struct status user_log_gather_revoked(struct user_log_work *work)
{
    struct user_log *log = work->log;
    size_t ids = 0;
    size_t vetoes = 0;
    size_t count = 0;
    for (size_t i = 0; i < work->count; i++) {
        const struct statement *statement = work->sorted[i];
        ids += statement->op == STATEMENT_USER_REVOKE ? statement->body.revoke.ids.count : 0;
        vetoes += statement->op == STATEMENT_USER_VETO;
    }
    struct user_log_id *all = arena_array(work->arena, ids + work->enrolled_count + 1, sizeof *all);
    uint8_t(*vetoed)[AUTH_TEXT_HASH] = arena_array(work->arena, vetoes + 1, sizeof *vetoed);
    if (all == NULL || vetoed == NULL) {
        return FAIL(NO_MEMORY);
    }
    work->ids = all;
    log->ids = all;
    for (size_t i = 0; i < work->count; i++) {
        const struct statement *statement = work->sorted[i];
        if (statement->op == STATEMENT_USER_VETO) {
            memcpy(vetoed[count++], statement->body.veto.of, AUTH_TEXT_HASH);
        } else if (statement->op == STATEMENT_USER_REVOKE) {
            take_revocation(work, statement);
        }
    }
    qsort(vetoed, count, sizeof *vetoed, compare_hashes);
    log->vetoed = (struct statement_list){vetoed[0], count};
    merge_ids(work);
    return OK;
}

const struct user_log_id *user_log_id(const struct user_log *log,
                                      const uint8_t id[static AUTH_TEXT_ID])
{
    size_t low = 0;
    size_t high = log->id_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = bytes_compare(bytes_id(log->ids[middle].id), bytes_id(id));
        if (order == 0) {
            return &log->ids[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

bool user_log_is_revoked(const struct user_log *log, const uint8_t *id)
{
    const struct user_log_id *known = user_log_id(log, id);
    return known != NULL && known->is_revoked;
}

bool user_log_is_vetoed(const struct user_log *log, const struct statement *statement)
{
    return log->vetoed.count != 0 &&
           bsearch(statement->proof_of, log->vetoed.items, log->vetoed.count, AUTH_TEXT_HASH,
                   compare_hashes) != NULL;
}

/* When a recovery counts; what is added counts at once. */
static uint64_t enrolled_from(const struct user_log_work *work, const struct statement *statement)
{
    return statement->op == STATEMENT_USER_ADD
               ? 0
               : later(sum(statement->parts.t_ms, work->rules->recovery_ms),
                       statement->read.text.not_before_ms);
}

static void note_change(struct user_log_work *work, uint64_t when_ms)
{
    if (when_ms < work->log->changes_ms) {
        work->log->changes_ms = when_ms;
    }
}

static bool counts(const struct user_log_work *work, size_t node)
{
    return work->nodes[node].is_valid && has_bit(work->settled, node);
}

/* All ids that have a place in the log, also those that a fork keeps from counting, and those that
 * are revoked. */
static void gather_ids(struct user_log_work *work)
{
    struct user_log *log = work->log;
    struct user_log_id *ids = work->ids;
    for (size_t i = 0; i < work->enrolled_count; i++) {
        const struct user_log_enrolled *enrolled = &work->enrolled[i];
        bool is_here = work->rules->behind == NULL ? work->nodes[enrolled->node].is_placed
                                                   : has_bit(work->settled, enrolled->node);
        if (is_here) {
            struct user_log_id *id = &ids[log->id_count++];
            *id = (struct user_log_id){.since = STATEMENT_SINCE_NEVER};
            memcpy(id->id, enrolled->id, AUTH_TEXT_ID);
            id->number = (uint32_t)number_of(work->nodes[enrolled->node].statement);
        }
    }
    merge_ids(work);
}

/* Those who speak for the user, and those who will. Of entries that enrol one id the first that
 * counts. */
static struct status gather_keys(struct user_log_work *work)
{
    struct user_log *log = work->log;
    struct user_log_key *keys = arena_array(work->arena, work->enrolled_count + 1, sizeof *keys);
    struct user_log_pending *pending = arena_array(work->arena, work->count + 1, sizeof *pending);
    if (keys == NULL || pending == NULL) {
        return FAIL(NO_MEMORY);
    }
    log->keys = keys;
    log->pending = pending;
    const uint8_t *last = NULL;
    for (size_t i = 0; i < work->enrolled_count; i++) {
        const struct user_log_enrolled *enrolled = &work->enrolled[i];
        const struct statement *by = work->nodes[enrolled->node].statement;
        if (!counts(work, enrolled->node) || user_log_is_revoked(log, enrolled->id) ||
            (last != NULL && bytes_equal(bytes_id(last), bytes_id(enrolled->id)))) {
            continue;
        }
        last = enrolled->id;
        uint64_t from_ms = enrolled_from(work, by);
        if (from_ms > work->rules->now_ms) {
            pending[log->pending_count++] = (struct user_log_pending){by, from_ms};
            note_change(work, from_ms);
            continue;
        }
        struct user_log_key *key = &keys[log->key_count++];
        *key = (struct user_log_key){.by = by, .from_ms = from_ms};
        memcpy(key->id, enrolled->id, AUTH_TEXT_ID);
    }
    for (size_t i = 0; i < work->count && log->is_forked; i++) {
        uint64_t from_ms = user_log_joins_heads(work, work->sorted[i])
                               ? user_log_join_from(work, work->sorted[i])
                               : UINT64_MAX;
        if (from_ms != UINT64_MAX) {
            pending[log->pending_count++] = (struct user_log_pending){work->sorted[i], from_ms};
            note_change(work, from_ms);
        }
    }
    return OK;
}

/* What an entry is about: the first members of its body, which lie one after the other. */
static struct bytes subject_of(const struct statement *statement)
{
    _Static_assert(offsetof(struct statement_foreign, address) == STATEMENT_FELT, "no gap");
    _Static_assert(offsetof(struct statement_lane, lane) == 2 * STATEMENT_FELT, "no gap");
    size_t len = statement->op == STATEMENT_USER_GRANT    ? AUTH_TEXT_ID
                 : statement->op == STATEMENT_FOREIGN_ADD ? 2 * STATEMENT_FELT
                                                          : 2 * STATEMENT_FELT + sizeof(uint64_t);
    return (struct bytes){(const uint8_t *)&statement->body, len};
}

/* By subject, the last one of each first, then by name. */
static int compare_entries(const void *a, const void *b)
{
    const struct statement *x = *(const struct statement *const *)a;
    const struct statement *y = *(const struct statement *const *)b;
    int order = bytes_compare(subject_of(x), subject_of(y));
    if (order == 0) {
        order = (number_of(x) < number_of(y)) - (number_of(x) > number_of(y));
    }
    return order != 0 ? order : statement_order(x, y);
}

/* Of the entries of one kind those that count: of each subject the last, and none where two with
 * one number say different things. Grants to who is revoked are left out. */
static struct status gather_entries(struct user_log_work *work, enum statement_op op,
                                    const struct statement *const **ret, size_t *ret_count)
{
    size_t count = 0;
    size_t left = 0;
    const struct statement **list =
        arena_array(work->arena, work->node_count + 1, sizeof(const void *));
    if (list == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < work->node_count; i++) {
        const struct statement *entry = work->nodes[i].statement;
        if (entry->op == op && counts(work, i) &&
            (op != STATEMENT_USER_GRANT ||
             !user_log_is_revoked(work->log, entry->body.grant.service))) {
            list[count++] = entry;
        }
    }
    qsort(list, count, sizeof(struct statement *), compare_entries);
    for (size_t i = 0; i < count;) {
        const struct statement *last = list[i];
        bool is_split = false;
        for (; i < count && bytes_equal(subject_of(list[i]), subject_of(last)); i++) {
            is_split = is_split || (number_of(list[i]) == number_of(last) &&
                                    !bytes_equal(list[i]->parts.body, last->parts.body));
        }
        if (!is_split) {
            list[left++] = last;
        }
    }
    *ret = list;
    *ret_count = left;
    return OK;
}

struct status user_log_gather(struct user_log_work *work)
{
    struct user_log *log = work->log;
    gather_ids(work);
    TRY(gather_keys(work));
    TRY(gather_entries(work, STATEMENT_USER_GRANT, &log->grants, &log->grant_count));
    TRY(gather_entries(work, STATEMENT_FOREIGN_ADD, &log->foreign, &log->foreign_count));
    return gather_entries(work, STATEMENT_LANE_SET, &log->lanes, &log->lane_count);
}

const struct user_log_key *user_log_key(const struct user_log *log,
                                        const uint8_t id[static AUTH_TEXT_ID])
{
    for (size_t i = 0; i < log->key_count; i++) {
        if (bytes_equal(bytes_id(log->keys[i].id), bytes_id(id))) {
            return &log->keys[i];
        }
    }
    return NULL;
}

const struct statement *user_log_grant(const struct user_log *log,
                                       const uint8_t service[static AUTH_TEXT_ID])
{
    for (size_t i = 0; i < log->grant_count; i++) {
        if (bytes_equal(bytes_id(log->grants[i]->body.grant.service), bytes_id(service))) {
            return log->grants[i];
        }
    }
    return NULL;
}
