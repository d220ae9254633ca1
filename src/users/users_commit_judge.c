/* Whether a statement may be committed, as the home of its scope sees it. */
#include <string.h>

#include "statements/tenant_judge.h"
#include "statements/user_judge.h"
#include "users/users_commit_internal.h"

/* What there is about the scope of a statement. */
struct bench {
    struct users *users;
    struct arena *arena;
    const struct statement_signed *by;
    const struct statement *statement;
    const struct trust_tenant *row; /* NULL: an app's */
    struct users_scope scope;
    struct statement_set set;
    struct statement_now now;
    struct user_log log; /* of the user, of u and o */
    uint8_t incarnation[STRICT_INCARNATION];
};

static struct status look_at_time(struct bench *bench)
{
    struct users *users = bench->users;
    const struct strict_port *strict = users->setup.strict;
    const struct clock_interval now = clock_wall(&users->setup.clock);
    uint64_t began_ms;
    bool is_resumed;
    TRY(strict->incarnation(strict->context, bench->incarnation, &began_ms));
    thread_lock_take(&users->lock);
    struct status status =
        users_state_resumed(users, bench->statement->read.tenant, &began_ms, &is_resumed);
    thread_lock_give(&users->lock);
    TRY(status);
    bench->now = (struct statement_now){.lo_ms = now.lo_ms,
                                        .hi_ms = now.hi_ms,
                                        .incarnation_ms = began_ms,
                                        .is_resuming = !is_resumed};
    return OK;
}

/* The log of the user whom a scope names; what is presented again after a restore is judged by what
 * is behind that which it follows. */
static struct status read_user(struct bench *bench)
{
    const struct statement *statement = bench->statement;
    uint8_t *memory = arena_alloc(bench->arena, AUTH_TEXT_SCOPE);
    struct users_scope scope;
    struct users_reading reading = {.scope = &scope};
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct bytes text = users_scope_text('u', statement->scope.user, memory);
    users_scope_of(bench->users, statement->read.tenant, text, &scope);
    bool is_again = bench->now.is_resuming && statement_op_is_chained(statement->op);
    reading.behind = is_again ? statement->read.text.prev : NULL;
    TRY(users_statements(bench->users, bench->arena, scope.tenant, text, &reading.set));
    return users_read_log(bench->users, bench->arena, &reading, &bench->log);
}

/* --- who has no part in it is told nothing --- */

/* A first entry by a key that makes its own name: there is nobody whom it could tell of. Keys that
 * anybody can make as many of as he likes make no names. */
static bool is_of_own_name(const struct bench *bench)
{
    const struct statement *statement = bench->statement;
    uint8_t memory[2 * AUTH_TEXT_USER];
    struct buf name = buf_over(memory, sizeof memory);
    return bench->row != NULL && bench->row->jit[0] != 0 && statement->op == STATEMENT_USER_ADD &&
           statement->body.key.scheme == AUTH_OIDC &&
           status_is_ok(
               auth_text_jit_user(bytes_of(bench->row->jit), statement->body.key.key, &name)) &&
           bytes_equal(buf_bytes(&name), statement->scope.user);
}

/* Only one that was added: a key that nobody knows would leave a record that is never forgotten,
 * and anybody can make as many as he likes. */
static bool is_service_itself(const struct bench *bench)
{
    const struct auth_place place = {bench->users->domain, bench->statement->read.tenant};
    const struct statement_sigs *sigs = &bench->statement->parts.sigs;
    uint8_t id[AUTH_TEXT_ID];
    bool is_itself = false;
    for (size_t i = 0; i < sigs->count; i++) {
        auth_text_service(bench->statement->read.tenant, sigs->list[i].scheme, sigs->list[i].key,
                          id);
        is_itself = is_itself || users_is_id(id, bench->statement->scope.id) ||
                    (sigs->list[i].scheme == AUTH_SERVICE &&
                     bytes_equal(sigs->list[i].key, BYTES_ARRAY(bench->statement->scope.id)));
    }
    struct tenant_key added;
    tenant_log_key(&bench->set, &place, bench->scope.text, &added);
    return bench->statement->scope.kind == STATEMENT_SERVICE && is_itself && added.add != NULL;
}

static bool has_part(const struct bench *bench)
{
    const struct statement_signed *by = bench->by;
    const struct statement_roles *roles = &by->roles;
    if (roles->is_authority || roles->is_operator || roles->is_approver || roles->scopes != 0 ||
        by->ticket_roles.is_authority || (by->ticket_roles.scopes & STATEMENT_SCOPE_ENROL) != 0 ||
        is_service_itself(bench) || is_of_own_name(bench)) {
        return true;
    }
    return user_judge_speaks(&bench->log, by, true).code != STATUS_STATEMENT_SIGNER;
}

/* --- judging --- */

/* What gives somebody something waits until nothing above it is frozen. */
static struct status check_frozen(struct bench *bench)
{
    static const enum statement_op gives[] = {STATEMENT_USER_ADD,    STATEMENT_USER_GRANT,
                                              STATEMENT_FOREIGN_ADD, STATEMENT_LANE_SET,
                                              STATEMENT_SERVICE_ADD, STATEMENT_APPROVER_ADD};
    const struct statement *statement = bench->statement;
    uint8_t memory[AUTH_TEXT_SCOPE];
    struct bytes texts[3] = {BYTES_LITERAL("t"), bench->scope.text};
    bool is_given = false;
    for (size_t i = 0; i < sizeof gives / sizeof gives[0]; i++) {
        is_given = is_given || statement->op == gives[i];
    }
    texts[2] = statement->scope.kind == STATEMENT_USER
                   ? users_scope_text('o', statement->scope.user, memory)
                   : texts[0];
    for (size_t i = 0; i < 3 && is_given; i++) {
        struct users_scope scope;
        struct users_state state;
        users_scope_of(bench->users, statement->read.tenant, texts[i], &scope);
        thread_lock_take(&bench->users->lock);
        struct status status = users_state_of(bench->users, &scope, &state);
        thread_lock_give(&bench->users->lock);
        TRY(status);
        if (state.is_frozen) {
            return FAIL(FROZEN);
        }
    }
    return OK;
}

static struct status judge_user(const struct bench *bench)
{
    const struct user_judge judge = {
        .log = &bench->log,
        .now = &bench->now,
        .jit_prefix = bench->row == NULL ? (struct bytes){NULL, 0} : bytes_of(bench->row->jit),
        .may_add_foreign = bench->row != NULL && bench->row->sender_override,
    };
    return user_judge(&judge, bench->by);
}

/* How many keys of the kind of a scope count now. */
static struct status count_keys(const struct bench *bench, size_t *ret)
{
    struct users *users = bench->users;
    const char kind = (char)bench->scope.text.ptr[0];
    struct statement_list ids;
    *ret = 0;
    thread_lock_take(&users->lock);
    struct status status =
        users_index_ids(users, bench->arena, bench->statement->read.tenant, kind, &ids);
    for (size_t i = 0; status_is_ok(status) && i < ids.count; i++) {
        uint8_t memory[AUTH_TEXT_SCOPE];
        struct users_scope scope;
        struct users_state state;
        users_scope_of(users, bench->statement->read.tenant,
                       users_scope_id(kind, ids.items + AUTH_TEXT_ID * i, memory), &scope);
        status = users_state_of(users, &scope, &state);
        *ret += state.is_known && (kind == 'a' || bench->now.hi_ms < state.service.not_after_ms);
    }
    thread_lock_give(&users->lock);
    return status;
}

static struct status judge_tenant(const struct bench *bench)
{
    const struct auth_place place = {bench->users->domain, bench->statement->read.tenant};
    struct tenant_key key;
    struct policy_log policy;
    struct tenant_judge judge = {.now = &bench->now,
                                 .key = &key,
                                 .policy = &policy,
                                 .user = &bench->log,
                                 .incarnation = bench->incarnation};
    struct users_reading reading = {
        .scope = &bench->scope, .set = bench->set, .op = STATEMENT_POLICY_SET};
    const enum statement_op op = bench->statement->op;
    if (op == STATEMENT_TENANT_SET) {
        reading.op = STATEMENT_TENANT_SET;
    }
    if (op == STATEMENT_SERVICE_ADD || op == STATEMENT_APPROVER_ADD) {
        TRY(count_keys(bench, &judge.key_count));
    }
    tenant_log_key(&bench->set, &place, bench->scope.text, &key);
    TRY(users_read_policy(bench->users, bench->arena, &reading, &policy));
    return tenant_judge(&judge, bench->by);
}

static struct status judge(struct bench *bench)
{
    const struct statement *statement = bench->statement;
    if (statement->scope.user.len != 0) {
        TRY(read_user(bench));
    }
    if (!has_part(bench)) {
        return FAIL(STATEMENT_SIGNER);
    }
    TRY(check_frozen(bench));
    return statement_op_scopes(statement->op) == STATEMENT_USER ? judge_user(bench)
                                                                : judge_tenant(bench);
}

static struct status open_bench(struct users_commit *commit, struct bench *ret)
{
    *ret = (struct bench){.users = commit->users,
                          .arena = commit->arena,
                          .by = commit->by,
                          .statement = commit->by->statement,
                          .row = users_tenant(commit->users, commit->tenant)};
    users_commit_scope(commit, &ret->scope);
    TRY(look_at_time(ret));
    return users_statements(ret->users, ret->arena, commit->tenant, ret->scope.text, &ret->set);
}

bool users_commit_is_stranger(struct users_commit *commit)
{
    struct bench bench;
    bool is_known = status_is_ok(open_bench(commit, &bench)) &&
                    (bench.statement->scope.user.len == 0 || status_is_ok(read_user(&bench)));
    return !is_known || !has_part(&bench);
}

static bool is_there(const struct bench *bench)
{
    for (size_t i = 0; i < bench->set.count; i++) {
        if (users_is_name(bench->set.list[i]->proof_of, bench->statement->proof_of)) {
            return true;
        }
    }
    return false;
}

struct status users_commit_judge(struct users_commit *commit)
{
    struct bench bench;
    TRY(open_bench(commit, &bench));
    commit->is_known = is_there(&bench);
    return commit->is_known ? OK : judge(&bench);
}

struct status users_commit_note_head(struct users_commit *commit)
{
    struct users_scope scope;
    struct users_reading reading = {.scope = &scope};
    struct user_log log;
    users_commit_scope(commit, &scope);
    if (scope.text.ptr[0] != 'u') {
        return OK;
    }
    TRY(users_statements(commit->users, commit->arena, commit->tenant, scope.text, &reading.set));
    TRY(users_read_log(commit->users, commit->arena, &reading, &log));
    commit->seq = log.number;
    commit->has_head = !log.is_forked && log.is_known;
    memcpy(commit->head, log.head, sizeof commit->head);
    return OK;
}
