/* What was made of the statements of scopes, kept as long as nothing new came. */
#include <string.h>

#include "users/users_internal.h"

static bool is_current(struct users *users, const struct users_scope *scope,
                       struct users_state *state)
{
    const struct clock *clock = &users->setup.clock;
    if (clock_monotonic_ms(clock) - state->read_ms >= USERS_STATE_MS ||
        clock_wall(clock).lo_ms >= state->changes_ms ||
        users_index_has_more(users, scope, state->seen)) {
        return false;
    }
    state->seen = users->slots[scope->slot].count;
    return true;
}

static void add_grant(struct users_state *state, const uint8_t *service, uint64_t until_ms)
{
    if (state->grant_count < USERS_GRANTS) {
        struct users_grant *grant = &state->grants[state->grant_count];
        memcpy(grant->service, service, sizeof grant->service);
        grant->until_ms = until_ms;
    }
    state->grant_count++;
}

static void note_log(const struct user_log *log, struct users_state *state)
{
    state->is_known = log->is_known;
    state->is_forked = log->is_forked;
    state->auth_epoch = log->auth_epoch;
    state->epoch_at_ms = log->epoch_at_ms;
    for (size_t i = 0; i < log->key_count; i++) {
        const struct statement_key *key = &log->keys[i].by->body.key;
        if (key->scheme == AUTH_SERVICE) {
            add_grant(state, key->key.ptr, UINT64_MAX);
        }
    }
    for (size_t i = 0; i < log->grant_count; i++) {
        const struct statement_grant *grant = &log->grants[i]->body.grant;
        add_grant(state, grant->service, grant->not_after_ms);
    }
}

static struct status read_user(struct users *users, const struct users_reading *reading,
                               struct users_state *state)
{
    struct user_log log;
    struct status status = users_read_log(users, &users->arena, reading, &log);
    state->is_too_long = status.code == STATUS_LIMIT_EXCEEDED;
    if (state->is_too_long) {
        return OK;
    }
    TRY(status);
    note_log(&log, state);
    state->changes_ms = log.changes_ms < state->changes_ms ? log.changes_ms : state->changes_ms;
    return OK;
}

static void read_service(struct users *users, const struct users_reading *reading,
                         struct users_state *state)
{
    const struct users_scope *scope = reading->scope;
    const struct statement_set *set = &reading->set;
    const struct auth_place place = {users->domain, scope->tenant};
    struct tenant_key key;
    tenant_log_key(set, &place, scope->text, &key);
    state->is_known = key.add != NULL && !key.is_contested && !key.is_revoked;
    if (!state->is_known || key.add->op != STATEMENT_SERVICE_ADD) {
        return;
    }
    const struct statement_service *body = &key.add->body.service;
    if (body->key.len > USERS_SERVICE_KEY) {
        state->is_known = false;
        return;
    }
    state->service = (struct users_service){.alg = (uint8_t)body->alg,
                                            .key_len = (uint8_t)body->key.len,
                                            .scopes = (uint32_t)body->scopes,
                                            .all_users = body->users.is_all,
                                            .not_before_ms = body->not_before_ms,
                                            .not_after_ms = body->not_after_ms};
    memcpy(state->service.id, key.add->scope.id, AUTH_TEXT_ID);
    memcpy(state->service.key, body->key.ptr, body->key.len);
}

/* Whether authority says that the tenant goes on, and all policies are there that it names. */
static struct status read_resume(struct users *users, const struct users_reading *reading,
                                 struct users_state *state)
{
    const struct users_scope *scope = reading->scope;
    const struct statement_set *set = &reading->set;
    const struct auth_place place = {users->domain, scope->tenant};
    struct arena *arena = &users->arena;
    struct tenant_resume resume;
    size_t most = set->count;
    for (size_t i = 0; i < set->count; i++) {
        const struct statement *statement = set->list[i];
        most +=
            statement->op == STATEMENT_IDENTITY_RESUME ? statement->body.resume.policies.count : 0;
    }
    const struct statement **list = arena_array(arena, most + 1, sizeof(const void *));
    if (list == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct statement_set all = {list, 0};
    for (size_t i = 0; i < set->count; i++) {
        const struct statement_list *named = &set->list[i]->body.resume.policies;
        list[all.count++] = set->list[i];
        for (size_t k = 0; set->list[i]->op == STATEMENT_IDENTITY_RESUME && k < named->count; k++) {
            struct statement *policy;
            struct buf record = arena_open(arena);
            struct status found =
                users_index_find(users, scope->tenant, named->items + AUTH_TEXT_HASH * k, &record);
            arena_close(arena, &record);
            TRY(found);
            if (record.len != 0 &&
                status_is_ok(statement_read(arena, buf_bytes(&record), &policy))) {
                list[all.count++] = policy;
            }
        }
    }
    tenant_log_resume(&all, &place, users->incarnation, &resume);
    state->is_resumed = resume.is_resumed;
    return OK;
}

static struct status read_kind(struct users *users, const struct users_reading *reading,
                               struct users_state *state)
{
    struct policy_log policy;
    const uint8_t kind = reading->scope->text.ptr[0];
    if (kind == 'u') {
        TRY(read_user(users, reading, state));
    } else if (kind == 's' || kind == 'a') {
        read_service(users, reading, state);
    } else if (kind == 't') {
        TRY(read_resume(users, reading, state));
    }
    struct status status = users_read_policy(users, &users->arena, reading, &policy);
    state->is_frozen = policy.is_frozen;
    state->changes_ms =
        policy.changes_ms < state->changes_ms ? policy.changes_ms : state->changes_ms;
    return status.code == STATUS_LIMIT_EXCEEDED ? OK : status;
}

/* Out: *ret_count, how many statements there are. */
static struct status read_scope(struct users *users, const struct users_scope *scope,
                                struct users_state *ret, size_t *ret_count)
{
    struct statement_list names;
    struct users_reading reading = {.scope = scope, .op = STATEMENT_POLICY_SET};
    *ret = (struct users_state){.read_ms = clock_monotonic_ms(&users->setup.clock),
                                .changes_ms = UINT64_MAX};
    TRY(users_index_names(users, &users->arena, scope, &names));
    ret->seen = users->slots[scope->slot].count;
    *ret_count = names.count;
    if (names.count == 0) {
        return OK;
    }
    TRY(users_read_set(users, &users->arena, &names, &reading));
    return read_kind(users, &reading, ret);
}

struct status users_state_of(struct users *users, const struct users_scope *scope,
                             struct users_state *ret)
{
    size_t count = 0;
    *ret = (struct users_state){.is_frozen = true};
    TRY(users_index_look(users, scope->slot));
    struct users_state *kept = table_find(users->states, scope->hash);
    if (kept != NULL && is_current(users, scope, kept)) {
        *ret = *kept;
        return OK;
    }
    struct status status = read_scope(users, scope, ret, &count);
    arena_reset(&users->arena);
    if (!status_is_ok(status)) {
        *ret = (struct users_state){.is_frozen = true};
        return status;
    }
    kept = table_find(users->states, scope->hash); /* the index may have been begun anew */
    if (kept == NULL && count != 0) {
        kept = table_add(users->states, scope->hash);
    }
    if (kept != NULL) {
        *kept = *ret;
    }
    return OK;
}

struct status users_state_resumed(struct users *users, const uint8_t *tenant,
                                  uint64_t *ret_began_ms, bool *ret_resumed)
{
    const struct strict_port *strict = users->setup.strict;
    uint8_t incarnation[STRICT_INCARNATION];
    struct users_scope scope;
    struct users_state state;
    *ret_resumed = false;
    TRY(strict->incarnation(strict->context, incarnation, ret_began_ms));
    if (*ret_began_ms == 0) {
        *ret_resumed = true;
        return OK;
    }
    users_scope_of(users, tenant, BYTES_LITERAL("t"), &scope);
    TRY(users_state_of(users, &scope, &state));
    *ret_resumed = state.is_resumed;
    return OK;
}

/* --- questions -------------------------------------------------------------------------------- */

static struct status check(struct users *users, const uint8_t *tenant)
{
    const struct strict_port *strict = users->setup.strict;
    uint64_t began_ms;
    bool is_resumed;
    TRY(strict->check_fresh(strict->context));
    TRY(users_state_resumed(users, tenant, &began_ms, &is_resumed));
    return is_resumed ? OK : FAIL(RESUME_REQUIRED);
}

struct status users_check(struct users *users, const uint8_t tenant[static USERS_TENANT])
{
    thread_lock_take(&users->lock);
    struct status status = check(users, tenant);
    thread_lock_give(&users->lock);
    return status;
}

static struct status state_of_text(struct users *users, const uint8_t *tenant, struct bytes text,
                                   struct users_state *ret)
{
    struct users_scope scope;
    users_scope_of(users, tenant, text, &scope);
    return users_state_of(users, &scope, ret);
}

/* A user's state, with whether any of the layers above is frozen. */
static struct status user_of(struct users *users, const uint8_t *tenant, struct bytes user,
                             struct users_state *ret)
{
    uint8_t memory[AUTH_TEXT_SCOPE] BUF_LOCAL;
    struct users_state layer;
    bool is_frozen = false;
    TRY(check(users, tenant));
    struct bytes text = users_scope_text('u', user, memory);
    *ret = (struct users_state){0};
    if (text.len == 0) {
        return OK;
    }
    TRY(state_of_text(users, tenant, text, ret));
    if (ret->is_too_long) {
        return FAIL(LIMIT_EXCEEDED);
    }
    TRY(state_of_text(users, tenant, BYTES_LITERAL("t"), &layer));
    is_frozen = layer.is_frozen;
    TRY(state_of_text(users, tenant, users_scope_text('o', user, memory), &layer));
    ret->is_frozen = ret->is_frozen || is_frozen || layer.is_frozen;
    return OK;
}

struct status users_state(struct users *users, const uint8_t tenant[static USERS_TENANT],
                          struct bytes user, struct user_state *ret)
{
    struct users_state state;
    thread_lock_take(&users->lock);
    struct status status = user_of(users, tenant, user, &state);
    thread_lock_give(&users->lock);
    *ret = (struct user_state){.is_frozen = true};
    if (status_is_ok(status)) {
        *ret = (struct user_state){.is_known = state.is_known,
                                   .is_forked = state.is_forked,
                                   .is_frozen = state.is_frozen,
                                   .auth_epoch = state.auth_epoch,
                                   .epoch_at_ms = state.epoch_at_ms};
    }
    return status;
}

struct status users_log_kept(struct users *users, struct arena *arena,
                             const uint8_t tenant[static USERS_TENANT], struct bytes user,
                             struct user_log *ret)
{
    uint8_t *memory = arena_alloc(arena, AUTH_TEXT_SCOPE);
    struct users_scope scope;
    struct users_reading reading = {.scope = &scope};
    *ret = (struct user_log){0};
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct bytes text = users_scope_text('u', user, memory);
    if (text.len == 0) {
        return OK;
    }
    users_scope_of(users, tenant, text, &scope);
    TRY(users_statements(users, arena, tenant, text, &reading.set));
    return users_read_log(users, arena, &reading, ret);
}

struct status users_log(struct users *users, struct arena *arena,
                        const uint8_t tenant[static USERS_TENANT], struct bytes user,
                        struct user_log *ret)
{
    *ret = (struct user_log){0};
    TRY(users_check(users, tenant));
    return users_log_kept(users, arena, tenant, user, ret);
}

static struct status service_of(struct users *users, const uint8_t *tenant, const uint8_t *id,
                                struct users_state *ret)
{
    uint8_t memory[AUTH_TEXT_SCOPE] BUF_LOCAL;
    struct users_state layer;
    TRY(check(users, tenant));
    TRY(state_of_text(users, tenant, users_scope_id('s', id, memory), ret));
    TRY(state_of_text(users, tenant, BYTES_LITERAL("t"), &layer));
    ret->is_frozen = ret->is_frozen || layer.is_frozen;
    return OK;
}

struct status users_service(struct users *users, const uint8_t tenant[static USERS_TENANT],
                            const uint8_t id[static AUTH_TEXT_ID], struct clock_interval now,
                            struct users_service *ret)
{
    struct users_state state;
    *ret = (struct users_service){0};
    thread_lock_take(&users->lock);
    struct status status = service_of(users, tenant, id, &state);
    thread_lock_give(&users->lock);
    TRY(status);
    if (!state.is_known || now.lo_ms < state.service.not_before_ms ||
        now.hi_ms >= state.service.not_after_ms) {
        return FAIL(AUTH_FAILED);
    }
    *ret = state.service;
    memcpy(ret->tenant, tenant, sizeof ret->tenant);
    ret->is_frozen = state.is_frozen;
    return OK;
}

/* Whether the statement that added a service key names a user. */
static struct status check_listed(struct users *users, struct arena *arena,
                                  const struct users_service *service, struct bytes user)
{
    uint8_t *memory = arena_alloc(arena, AUTH_TEXT_SCOPE);
    const struct auth_place place = {users->domain, service->tenant};
    struct statement_set set;
    struct tenant_key key;
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct bytes scope = users_scope_id('s', service->id, memory);
    TRY(users_statements(users, arena, service->tenant, scope, &set));
    tenant_log_key(&set, &place, scope, &key);
    if (key.add == NULL || key.is_contested || key.is_revoked) {
        return FAIL(AUTH_FAILED);
    }
    const struct statement_names *names = &key.add->body.service.users;
    for (size_t i = 0; i < names->count; i++) {
        if (bytes_equal(names->list[i], user)) {
            return OK;
        }
    }
    return names->is_all ? OK : FAIL(AUTH_FAILED);
}

static bool is_granted(const struct users_state *state, const uint8_t *service, uint64_t hi_ms)
{
    for (size_t i = 0; i < state->grant_count && i < USERS_GRANTS; i++) {
        const struct users_grant *grant = &state->grants[i];
        if (users_is_id(grant->service, service) && hi_ms < grant->until_ms) {
            return true;
        }
    }
    return false;
}

/* Of more than are kept. */
static struct status look_in_log(struct users *users, struct arena *arena,
                                 const struct users_service *service, struct bytes user,
                                 bool *ret_granted)
{
    struct user_log log;
    TRY(users_log(users, arena, service->tenant, user, &log));
    const struct statement *grant = user_log_grant(&log, service->id);
    *ret_granted =
        grant != NULL && clock_wall(&users->setup.clock).hi_ms < grant->body.grant.not_after_ms;
    for (size_t i = 0; i < log.key_count; i++) {
        const struct statement_key *key = &log.keys[i].by->body.key;
        *ret_granted = *ret_granted || (key->scheme == AUTH_SERVICE &&
                                        bytes_equal(key->key, BYTES_ARRAY(service->id)));
    }
    return OK;
}

struct status users_service_may(struct users *users, struct arena *arena,
                                const struct users_service *service, struct bytes user,
                                bool *ret_granted)
{
    struct users_state state;
    *ret_granted = false;
    thread_lock_take(&users->lock);
    struct status status = user_of(users, service->tenant, user, &state);
    thread_lock_give(&users->lock);
    TRY(status);
    if (!state.is_known) {
        return FAIL(AUTH_FAILED);
    }
    if (!service->all_users) {
        TRY(check_listed(users, arena, service, user));
    }
    *ret_granted = is_granted(&state, service->id, clock_wall(&users->setup.clock).hi_ms);
    if (!*ret_granted && state.grant_count > USERS_GRANTS) {
        TRY(look_in_log(users, arena, service, user, ret_granted));
    }
    return OK;
}
