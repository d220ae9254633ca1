#include "statements/user_log.h"

#include <stdlib.h>
#include <string.h>

#include "statements/user_log_internal.h"

static int compare_statements(const void *a, const void *b)
{
    return statement_order(*(const struct statement *const *)a,
                           *(const struct statement *const *)b);
}

static int compare_nodes(const void *a, const void *b)
{
    const struct statement *x = ((const struct user_log_node *)a)->statement;
    const struct statement *y = ((const struct user_log_node *)b)->statement;
    return number_of(x) != number_of(y) ? (number_of(x) < number_of(y) ? -1 : 1)
                                        : statement_order(x, y);
}

static int compare_enrolled(const void *a, const void *b)
{
    const struct user_log_enrolled *x = a;
    const struct user_log_enrolled *y = b;
    int order = bytes_compare(bytes_id(x->id), bytes_id(y->id));
    return order != 0 ? order : (x->node > y->node) - (x->node < y->node);
}

/* The statements of the scope, each once: of two copies that say who signed in other ways the
 * lesser, as strict records are merged. */
static struct status sort_statements(struct user_log_work *work, const struct statement_set *set)
{
    size_t count = 0;
    work->sorted = arena_array(work->arena, set->count + 1, sizeof(struct statement *));
    if (work->sorted == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < set->count; i++) {
        if (statement_is_of(set->list[i], &work->rules->place, work->rules->scope)) {
            work->sorted[count++] = set->list[i];
        }
    }
    qsort(work->sorted, count, sizeof(struct statement *), compare_statements);
    for (size_t i = 0; i < count; i++) {
        const struct statement *one = work->sorted[i];
        if (work->count == 0 ||
            !bytes_equal(BYTES_ARRAY(one->proof_of),
                         BYTES_ARRAY(work->sorted[work->count - 1]->proof_of))) {
            work->sorted[work->count++] = one;
        }
    }
    return OK;
}

/* Where a statement stands in sorted; count without it. */
size_t user_log_find(const struct user_log_work *work, const uint8_t *name)
{
    size_t low = 0;
    size_t high = work->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = bytes_compare(BYTES_ARRAY(work->sorted[middle]->proof_of), bytes_hash(name));
        if (order == 0) {
            return middle;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return work->count;
}

/* The node of this name; NULL unless it is an entry that has its place. */
static struct user_log_node *find_node(const struct user_log_work *work, const uint8_t *name)
{
    size_t at = user_log_find(work, name);
    if (at == work->count || work->by_name[at] == SIZE_MAX) {
        return NULL;
    }
    struct user_log_node *node = &work->nodes[work->by_name[at]];
    return node->is_placed ? node : NULL;
}

static struct status make_nodes(struct user_log_work *work)
{
    size_t count = 0;
    for (size_t i = 0; i < work->count; i++) {
        count += statement_op_is_chained(work->sorted[i]->op);
    }
    if (count > USER_LOG_CHAIN_READ) {
        return FAIL(LIMIT_EXCEEDED);
    }
    work->words = count / WORD + 1;
    work->nodes = arena_array(work->arena, count + 1, sizeof *work->nodes);
    work->by_name = arena_array(work->arena, work->count + 1, sizeof *work->by_name);
    work->enrolled = arena_array(work->arena, count + 1, sizeof *work->enrolled);
    uint64_t *bits = arena_array(work->arena, (count + 2) * work->words, sizeof *bits);
    if (work->nodes == NULL || work->by_name == NULL || work->enrolled == NULL || bits == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < work->count; i++) {
        work->by_name[i] = SIZE_MAX;
        if (statement_op_is_chained(work->sorted[i]->op)) {
            work->nodes[work->node_count++].statement = work->sorted[i];
        }
    }
    qsort(work->nodes, count, sizeof *work->nodes, compare_nodes);
    for (size_t i = 0; i < count; i++) {
        const struct statement *statement = work->nodes[i].statement;
        work->by_name[user_log_find(work, statement->proof_of)] = i;
        work->nodes[i].behind = bits + i * work->words;
        if (statement->op == STATEMENT_USER_ADD || statement->op == STATEMENT_USER_RECOVER) {
            struct user_log_enrolled *enrolled = &work->enrolled[work->enrolled_count++];
            enrolled->node = i;
            auth_text_authenticator(statement->read.tenant,
                                    (enum auth_scheme)statement->body.key.scheme,
                                    statement->body.key.key, enrolled->id);
        }
    }
    work->settled = bits + count * work->words;
    work->scratch = work->settled + work->words;
    qsort(work->enrolled, work->enrolled_count, sizeof *work->enrolled, compare_enrolled);
    return OK;
}

/* The first place of an id among what is enrolled; enrolled_count without it. */
size_t user_log_find_enrolled(const struct user_log_work *work, const uint8_t *id)
{
    size_t low = 0;
    size_t high = work->enrolled_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bytes_compare(bytes_id(work->enrolled[middle].id), bytes_id(id)) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool is_there =
        low < work->enrolled_count && bytes_equal(bytes_id(work->enrolled[low].id), bytes_id(id));
    return is_there ? low : work->enrolled_count;
}

/* Whether an id is enrolled behind a place, and what it signs there is not void. */
static bool speaks(const struct user_log_work *work, const uint8_t *id, const uint64_t *behind,
                   uint64_t number)
{
    const struct user_log_id *known = user_log_id(work->log, id);
    if (known != NULL && known->is_revoked && known->since <= number) {
        return false;
    }
    for (size_t i = user_log_find_enrolled(work, id);
         i < work->enrolled_count && bytes_equal(bytes_id(work->enrolled[i].id), bytes_id(id));
         i++) {
        size_t at = work->enrolled[i].node;
        if (work->nodes[at].is_valid && has_bit(behind, at)) {
            return true;
        }
    }
    return false;
}

/* What a join joins. Out: bits, what all of its heads have behind them; *ret_number, its own.
 * Returns: false when not all of it is there. */
static bool look_at_heads(const struct user_log_work *work, const struct statement_list *heads,
                          uint64_t *bits, uint64_t *ret_number)
{
    *ret_number = 0;
    for (size_t i = 0; i < heads->count; i++) {
        const struct user_log_node *node = find_node(work, heads->items + i * AUTH_TEXT_HASH);
        if (node == NULL) {
            return false;
        }
        *ret_number = later(*ret_number, number_of(node->statement) + 1);
        for (size_t k = 0; k < work->words; k++) {
            bits[k] = i == 0 ? node->behind[k] : bits[k] & node->behind[k];
        }
    }
    return true;
}

/* When a join counts; UINT64_MAX: never. Who has a place in the log does not sign as authority. */
uint64_t user_log_join_from(const struct user_log_work *work, const struct statement *join)
{
    uint64_t number;
    bool is_authority = true;
    const uint64_t at_once = join->read.text.not_before_ms;
    const uint64_t delayed = later(sum(join->parts.t_ms, USER_LOG_JOIN_MS), at_once);
    if (user_log_is_vetoed(work->log, join) ||
        !look_at_heads(work, &join->body.join.heads, work->scratch, &number)) {
        return UINT64_MAX;
    }
    for (size_t i = 0; i < join->parts.sigs.count; i++) {
        uint8_t id[AUTH_TEXT_ID];
        const struct statement_sig *sig = &join->parts.sigs.list[i];
        statement_sig_id(join, sig, id);
        const struct user_log_id *known = user_log_id(work->log, id);
        is_authority = is_authority && user_log_find_enrolled(work, id) == work->enrolled_count;
        if (sig->scheme != AUTH_SERVICE && speaks(work, id, work->scratch, number) &&
            (known == NULL || !known->is_revoked || known->revoked_ms >= delayed)) {
            return delayed;
        }
    }
    return is_authority ? at_once : UINT64_MAX;
}

/* Whether one of those who signed an entry may still have. */
static bool is_signed(const struct user_log_work *work, const struct statement *statement,
                      const uint64_t *behind)
{
    const bool may_services = (statement_op_who(statement->op) & STATEMENT_BY_SERVICES) != 0;
    for (size_t i = 0; i < statement->parts.sigs.count; i++) {
        const struct statement_sig *sig = &statement->parts.sigs.list[i];
        uint8_t id[AUTH_TEXT_ID];
        if (sig->scheme == AUTH_SERVICE && !may_services) {
            continue;
        }
        statement_sig_id(statement, sig, id);
        if (speaks(work, id, behind, number_of(statement))) {
            return true;
        }
    }
    return false;
}

/* What names an entry, or a join that counts: the entries that it stands behind. Out: *ret, which
 * borrows. Returns: false when there is none. */
static bool find_before(const struct user_log_work *work, const uint8_t *name,
                        struct statement_list *ret)
{
    size_t at = user_log_find(work, name);
    if (find_node(work, name) != NULL) {
        *ret = (struct statement_list){work->sorted[at]->proof_of, 1};
        return true;
    }
    if (at == work->count || work->sorted[at]->op != STATEMENT_USER_JOIN ||
        user_log_join_from(work, work->sorted[at]) > work->rules->now_ms) {
        return false;
    }
    *ret = work->sorted[at]->body.join.heads;
    return true;
}

/* Add what entries, which are there, have behind them. Returns: the number of what follows. */
static uint64_t add_behind(const struct user_log_work *work, const struct statement_list *before,
                           uint64_t *behind)
{
    uint64_t number = 1;
    for (size_t i = 0; i < before->count; i++) {
        const struct user_log_node *node = find_node(work, before->items + i * AUTH_TEXT_HASH);
        number = later(number, number_of(node->statement) + 1);
        for (size_t k = 0; k < work->words; k++) {
            behind[k] |= node->behind[k];
        }
    }
    return number;
}

/* Give an entry its place, if what it follows is there. */
static void place_node(struct user_log_work *work, size_t at)
{
    struct user_log_node *node = &work->nodes[at];
    const struct statement *statement = node->statement;
    const uint8_t *prev = statement->read.text.prev;
    struct statement_list before = {NULL, 0};
    if ((prev != NULL && !find_before(work, prev, &before)) ||
        add_behind(work, &before, node->behind) != number_of(statement)) {
        return;
    }
    if (prev == NULL) {
        node->is_valid = statement->op == STATEMENT_USER_ADD;
    } else if (statement->op == STATEMENT_USER_RECOVER) {
        node->is_valid = !user_log_is_vetoed(work->log, statement);
    } else {
        node->is_valid = is_signed(work, statement, node->behind);
    }
    for (size_t i = 0; i < before.count; i++) {
        find_node(work, before.items + i * AUTH_TEXT_HASH)->is_followed = true;
    }
    node->is_placed = true;
    set_bit(node->behind, at);
}

/* Heads, ascending. */
static struct status gather_heads(struct user_log_work *work)
{
    size_t count = 0;
    for (size_t i = 0; i < work->node_count; i++) {
        count += work->nodes[i].is_placed && !work->nodes[i].is_followed;
        work->log->loose_count += !work->nodes[i].is_placed;
    }
    uint8_t *heads = arena_alloc(work->arena, count * AUTH_TEXT_HASH + 1);
    if (heads == NULL) {
        return FAIL(NO_MEMORY);
    }
    work->log->heads = (struct statement_list){heads, count};
    for (size_t i = 0; i < work->count; i++) {
        const struct user_log_node *node = find_node(work, work->sorted[i]->proof_of);
        if (node != NULL && !node->is_followed) {
            memcpy(heads, work->sorted[i]->proof_of, AUTH_TEXT_HASH);
            heads += AUTH_TEXT_HASH;
        }
    }
    return OK;
}

bool user_log_joins_heads(const struct user_log_work *work, const struct statement *statement)
{
    const struct statement_list *heads = &work->log->heads;
    const size_t len = heads->count * AUTH_TEXT_HASH;
    return statement->op == STATEMENT_USER_JOIN && heads->count > 1 &&
           statement->body.join.heads.count == heads->count &&
           bytes_equal((struct bytes){statement->body.join.heads.items, len},
                       (struct bytes){heads->items, len});
}

/* Where the log stands: at its head, at a join of its heads, or nowhere. */
static const uint8_t *find_end(const struct user_log_work *work)
{
    if (work->rules->behind != NULL) {
        return work->rules->behind;
    }
    if (work->log->heads.count == 1) {
        return work->log->heads.items;
    }
    for (size_t i = 0; i < work->count; i++) {
        if (user_log_joins_heads(work, work->sorted[i]) &&
            user_log_join_from(work, work->sorted[i]) <= work->rules->now_ms) {
            return work->sorted[i]->proof_of;
        }
    }
    return NULL;
}

/* Say which entries count: all behind the end, or what all heads have behind them. */
static void settle(struct user_log_work *work)
{
    struct user_log *log = work->log;
    struct statement_list before;
    uint64_t number;
    const uint8_t *end = find_end(work);
    if (end != NULL && find_before(work, end, &before)) {
        log->number = (uint32_t)(add_behind(work, &before, work->settled) - 1);
        log->has_join = find_node(work, end) == NULL;
        memcpy(log->head, end, AUTH_TEXT_HASH);
    } else if (end == NULL && log->heads.count > 1) {
        log->is_forked = true;
        look_at_heads(work, &log->heads, work->settled, &number);
    }
}

static struct status read_log(struct user_log_work *work, const struct statement_set *set)
{
    struct user_log *log = work->log;
    log->changes_ms = UINT64_MAX;
    TRY(sort_statements(work, set));
    TRY(make_nodes(work));
    TRY(user_log_gather_revoked(work));
    for (size_t i = 0; i < work->node_count; i++) {
        place_node(work, i);
    }
    log->is_known = work->node_count != 0;
    log->chain_count = work->node_count;
    TRY(gather_heads(work));
    settle(work);
    return user_log_gather(work);
}

struct status user_log_read(struct arena *arena, const struct statement_set *set,
                            const struct user_log_rules *rules, struct user_log *ret)
{
    struct user_log_work work = {.arena = arena, .rules = rules, .log = ret};
    *ret = (struct user_log){0};
    struct status status = read_log(&work, set);
    if (!status_is_ok(status)) {
        *ret = (struct user_log){0};
    }
    return status;
}
