#include "users/users.h"

#include <string.h>

#include "authenticators/authenticator.h"
#include "codec/hex.h"
#include "digest/sha256.h"
#include "users/users_internal.h"

static struct table_rule states_rule(void)
{
    return (struct table_rule){.capacity = USERS_STATES,
                               .key_len = SHA256_BYTES,
                               .value_len = sizeof(struct users_state),
                               .order = TABLE_LRU};
}

static struct status open_parts(struct users *users)
{
    static const struct token_bucket_rule tries = {USERS_COMMIT_TRIES, USERS_COMMIT_BURST};
    static const struct token_bucket_rule proofs = {USERS_COMMIT_PROOFS, USERS_COMMIT_PROOFS_BURST};
    static const struct token_bucket_rule enrolments = {USERS_COMMIT_ENROLMENTS,
                                                        USERS_COMMIT_ENROLMENTS_BURST};
    const struct users_setup *setup = &users->setup;
    const struct table_rule rule = states_rule();
    domain_id(setup->domain, users->domain);
    for (size_t i = 0; i < setup->trust->tenant_count; i++) {
        TRY(domain_local_tenant(users->domain, bytes_of(setup->trust->tenants[i].name.text),
                                users->tenants[i]));
    }
    for (size_t i = 0; i < setup->trust->operator_count; i++) {
        const struct trust_operator *one = &setup->trust->operators[i];
        TRY(authenticator_key_check((enum auth_scheme)one->alg,
                                    (struct bytes){one->key, one->key_len}));
    }
    TRY(arena_init(&users->arena, USERS_ARENA));
    TRY(arena_init(&users->served_arena, USERS_ARENA));
    TRY(rate_table_new(setup->mem, &tries, &setup->entropy, &users->tries));
    TRY(rate_table_new(setup->mem, &proofs, &setup->entropy, &users->proofs));
    TRY(rate_table_new(setup->mem, &enrolments, &setup->entropy, &users->enrolments));
    TRY(mem_alloc(setup->mem, table_size(&rule), &users->states_memory));
    return table_place(users->states_memory, &rule, &setup->entropy, &users->states);
}

struct status users_open(const struct users_setup *setup, struct users **ret)
{
    void *memory;
    *ret = NULL;
    TRY(mem_alloc(setup->mem, sizeof(struct users), &memory));
    struct users *users = memory;
    users->setup = *setup;
    thread_lock_init(&users->lock);
    thread_lock_init(&users->commits);
    struct status status = open_parts(users);
    if (!status_is_ok(status)) {
        users_close(&users);
        return status;
    }
    *ret = users;
    return OK;
}

void users_close(struct users **users)
{
    struct users *one = *users;
    if (one == NULL) {
        return;
    }
    void *memory = one;
    if (one->states != NULL) {
        users_index_forget(one);
    }
    mem_free(one->setup.mem, &one->states_memory);
    rate_table_free(one->setup.mem, &one->tries);
    rate_table_free(one->setup.mem, &one->proofs);
    rate_table_free(one->setup.mem, &one->enrolments);
    arena_deinit(&one->arena);
    arena_deinit(&one->served_arena);
    thread_lock_deinit(&one->commits);
    thread_lock_deinit(&one->lock);
    mem_free(one->setup.mem, &memory);
    *users = NULL;
}

const uint8_t *users_domain(const struct users *users)
{
    return users->domain;
}

const struct trust_tenant *users_tenant(const struct users *users,
                                        const uint8_t tenant[static USERS_TENANT])
{
    const struct trust *trust = users->setup.trust;
    for (size_t i = 0; i < trust->tenant_count; i++) {
        if (users_is_name(users->tenants[i], tenant)) {
            return &trust->tenants[i];
        }
    }
    return NULL;
}

const uint8_t *users_local(const struct users *users, struct bytes name)
{
    const struct trust *trust = users->setup.trust;
    for (size_t i = 0; i < trust->tenant_count; i++) {
        if (bytes_equal(bytes_of(trust->tenants[i].name.text), name)) {
            return users->tenants[i];
        }
    }
    return NULL;
}

void users_scope_of(const struct users *users, const uint8_t *tenant, struct bytes text,
                    struct users_scope *ret)
{
    const struct strict_port *strict = users->setup.strict;
    struct sha256 sha;
    *ret = (struct users_scope){.tenant = tenant, .text = text};
    ret->slot = strict->slot(strict->context, tenant, text);
    sha256_init(&sha);
    sha256_update(&sha, (struct bytes){tenant, USERS_TENANT});
    sha256_update(&sha, text);
    sha256_final(&sha, ret->hash);
}

struct bytes users_scope_text(char kind, struct bytes name, uint8_t *memory)
{
    struct buf text = buf_over(memory, AUTH_TEXT_SCOPE);
    if (!statement_user_is_valid(name)) {
        return (struct bytes){NULL, 0};
    }
    buf_put_u8(&text, (uint8_t)kind);
    buf_put_u8(&text, ':');
    buf_put(&text, name);
    return buf_bytes(&text);
}

struct bytes users_scope_id(char kind, const uint8_t *id, uint8_t *memory)
{
    struct buf text = buf_over(memory, AUTH_TEXT_SCOPE);
    buf_put_u8(&text, (uint8_t)kind);
    buf_put_u8(&text, ':');
    hex_put(&text, (struct bytes){id, AUTH_TEXT_ID});
    return buf_bytes(&text);
}

/* --- sessions --------------------------------------------------------------------------------- */

/* The record of a session. In: memory [AUTH_TEXT_SCOPE]; value NULL to name it. Returns: false for
 * what is no name of a user. */
static bool name_session(const struct users *users, const struct users_session *session,
                         uint8_t *memory, struct strict_record *ret)
{
    const struct strict_port *strict = users->setup.strict;
    struct bytes scope = users_scope_text('u', session->user, memory);
    *ret = (struct strict_record){.kind = STRICT_REVOKED, .key = BYTES_ARRAY(session->sid)};
    if (scope.len == 0) {
        return false;
    }
    ret->slot = strict->slot(strict->context, session->tenant, scope);
    memcpy(ret->tenant, session->tenant, sizeof ret->tenant);
    return true;
}

bool users_session_revoked(struct users *users, const uint8_t tenant[static USERS_TENANT],
                           struct bytes user, const uint8_t sid[static USERS_SID])
{
    const struct strict_port *strict = users->setup.strict;
    struct users_session session = {.tenant = tenant, .user = user};
    struct strict_record record;
    uint8_t memory[AUTH_TEXT_SCOPE] BUF_LOCAL;
    uint8_t until[8];
    struct buf value = buf_over(until, sizeof until);
    memcpy(session.sid, sid, sizeof session.sid);
    return !name_session(users, &session, memory, &record) ||
           strict->get(strict->context, &record, &value);
}

struct status users_session_revoke(struct users *users, const struct users_session *session,
                                   size_t worker, size_t *ret_wait)
{
    const struct strict_port *strict = users->setup.strict;
    struct strict_record record;
    uint8_t memory[AUTH_TEXT_SCOPE] BUF_LOCAL;
    uint8_t until[8];
    struct buf value = buf_over(until, sizeof until);
    *ret_wait = 0;
    if (!name_session(users, session, memory, &record)) {
        return FAIL(INVALID_USERNAME);
    }
    buf_put_u64(&value, session->until_ms);
    record.version.value = buf_bytes(&value);
    return strict->put(strict->context, &record, worker, ret_wait);
}

/* --- statements of a scope -------------------------------------------------------------------- */

struct status users_statements(struct users *users, struct arena *arena,
                               const uint8_t tenant[static USERS_TENANT], struct bytes scope,
                               struct statement_set *ret)
{
    struct statement_list names;
    struct users_scope of;
    struct users_reading reading = {.scope = &of};
    *ret = (struct statement_set){0};
    users_scope_of(users, tenant, scope, &of);
    thread_lock_take(&users->lock);
    struct status status = users_index_names(users, arena, &of, &names);
    thread_lock_give(&users->lock);
    TRY(status);
    TRY(users_read_set(users, arena, &names, &reading));
    *ret = reading.set;
    return OK;
}

struct status users_policy(struct users *users, struct arena *arena,
                           const uint8_t tenant[static USERS_TENANT], struct bytes scope,
                           struct policy_log *ret)
{
    struct users_scope of;
    struct users_reading reading = {.scope = &of, .op = STATEMENT_POLICY_SET};
    *ret = (struct policy_log){.is_frozen = true, .changes_ms = UINT64_MAX};
    users_scope_of(users, tenant, scope, &of);
    TRY(users_statements(users, arena, tenant, scope, &reading.set));
    return users_read_policy(users, arena, &reading, ret);
}

struct users_stats users_stats(struct users *users)
{
    thread_lock_take(&users->lock);
    struct users_stats stats = {users->statements, table_count(users->states)};
    thread_lock_give(&users->lock);
    return stats;
}
