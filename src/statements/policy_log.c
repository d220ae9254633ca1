#include "statements/policy_log.h"

#include <stdlib.h>

static uint64_t version_of(const struct policy_entry *entry)
{
    return entry->statement->body.version.version;
}

static int compare_entries(const void *a, const void *b)
{
    const struct policy_entry *x = a;
    const struct policy_entry *y = b;
    return version_of(x) != version_of(y) ? (version_of(x) < version_of(y) ? -1 : 1)
                                          : statement_order(x->statement, y->statement);
}

/* The entries of the greatest version that count at a time, of the first count. Returns: how many;
 * *ret_first, where they begin. Those of one version between that do not count yet are passed over
 * by who looks at them. */
static size_t find_in_force(const struct policy_entry *entries, size_t count, uint64_t when_ms,
                            size_t *ret_first)
{
    size_t end = count;
    while (end > 0 && entries[end - 1].from_ms > when_ms) {
        end--;
    }
    size_t first = end;
    while (first > 0 && version_of(&entries[first - 1]) == version_of(&entries[end - 1])) {
        first--;
    }
    *ret_first = first;
    return end - first;
}

/* Whether an entry only tightens what was in force when it was committed. In: before, how many
 * entries have lesser versions. */
static bool tightens(const struct policy_log_rules *rules, const struct policy_entry *entries,
                     size_t before, const struct statement *statement)
{
    const struct bytes document = statement->body.version.document;
    const uint64_t when_ms = statement->parts.t_ms;
    size_t first;
    size_t count = find_in_force(entries, before, when_ms, &first);
    bool is_tighter =
        count != 0 || rules->only_tightens(rules->context, (struct bytes){NULL, 0}, document);
    for (size_t i = first; i < first + count && is_tighter; i++) {
        is_tighter = entries[i].from_ms > when_ms ||
                     rules->only_tightens(rules->context,
                                          entries[i].statement->body.version.document, document);
    }
    return is_tighter;
}

static uint64_t counts_from(const struct policy_log_rules *rules,
                            const struct policy_entry *entries, size_t before,
                            const struct statement *statement)
{
    const uint64_t t_ms = statement->parts.t_ms;
    const uint64_t not_before_ms = statement->read.text.not_before_ms;
    bool is_at_once =
        statement->scope.kind == STATEMENT_OWN || tightens(rules, entries, before, statement);
    uint64_t from_ms = is_at_once ? t_ms : t_ms + rules->delay_ms;
    return from_ms > not_before_ms ? from_ms : not_before_ms;
}

/* Statements of the scope, each once, by version. Out: *ret_count; *ret_frozen, 1 more than the
 * greatest version that is frozen. */
static struct status gather_entries(struct arena *arena, const struct statement_set *set,
                                    const struct policy_log_rules *rules,
                                    struct policy_entry **ret_entries, struct policy_log *ret)
{
    size_t count = 0;
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        count += set->list[i]->op == rules->op &&
                 statement_is_of(set->list[i], &rules->place, rules->scope);
    }
    struct policy_entry *entries = arena_array(arena, count + 1, sizeof *entries);
    if (entries == NULL) {
        return FAIL(NO_MEMORY);
    }
    count = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (set->list[i]->op == rules->op &&
            statement_is_of(set->list[i], &rules->place, rules->scope)) {
            entries[count++].statement = set->list[i];
        }
    }
    qsort(entries, count, sizeof *entries, compare_entries);
    for (size_t i = 0; i < count; i++) {
        const struct statement *last = kept == 0 ? NULL : entries[kept - 1].statement;
        if (last == NULL || !bytes_equal(BYTES_ARRAY(last->proof_of),
                                         BYTES_ARRAY(entries[i].statement->proof_of))) {
            entries[kept++] = entries[i];
        }
    }
    *ret_entries = entries;
    ret->entries = kept;
    return kept <= POLICY_LOG_VERSIONS ? OK : FAIL(LIMIT_EXCEEDED);
}

/* Leave only those of a version that count. */
static void keep_in_force(struct policy_entry *entries, uint64_t now_ms, struct policy_log *ret)
{
    size_t first;
    size_t count = find_in_force(entries, ret->entries, now_ms, &first);
    ret->version = count == 0 ? 0 : version_of(&entries[first]);
    ret->in_force = entries + first;
    for (size_t i = 0; i < count; i++) {
        if (entries[first + i].from_ms <= now_ms) {
            entries[first + ret->count++] = entries[first + i];
        }
    }
}

static void look_for_freeze(const struct statement_set *set, const struct policy_log_rules *rules,
                            struct policy_log *ret)
{
    for (size_t i = 0; i < set->count && rules->op == STATEMENT_POLICY_SET; i++) {
        const struct statement *statement = set->list[i];
        const uint64_t version = statement->body.freeze.version;
        if (statement->op != STATEMENT_POLICY_FREEZE ||
            !statement_is_of(statement, &rules->place, rules->scope)) {
            continue;
        }
        ret->is_frozen = ret->is_frozen || version >= ret->version;
        ret->frozen_version = version > ret->frozen_version ? version : ret->frozen_version;
        ret->freezes++;
    }
}

struct status policy_log_read(struct arena *arena, const struct statement_set *set,
                              const struct policy_log_rules *rules, struct policy_log *ret)
{
    struct policy_entry *entries;
    size_t before = 0; /* entries with lesser versions */
    *ret = (struct policy_log){.changes_ms = UINT64_MAX};
    struct status status = gather_entries(arena, set, rules, &entries, ret);
    if (!status_is_ok(status)) {
        *ret = (struct policy_log){.is_frozen = true, .changes_ms = UINT64_MAX};
        return status;
    }
    for (size_t i = 0; i < ret->entries; i++) {
        before = i > 0 && version_of(&entries[i - 1]) != version_of(&entries[i]) ? i : before;
        entries[i].from_ms = counts_from(rules, entries, before, entries[i].statement);
        if (entries[i].from_ms > rules->now_ms && entries[i].from_ms < ret->changes_ms) {
            ret->changes_ms = entries[i].from_ms;
        }
        ret->greatest = version_of(&entries[i]);
    }
    keep_in_force(entries, rules->now_ms, ret);
    look_for_freeze(set, rules, ret);
    return OK;
}
