/* What statements say, out of their records. */
#include <string.h>

#include "digest/sha256.h"
#include "users/users_internal.h"

enum { HOUR_MS = 3600 * 1000 };

bool users_read_record(struct users *users, const struct users_scope *scope, const uint8_t *name,
                       struct buf *ret_record)
{
    const struct strict_port *strict = users->setup.strict;
    uint8_t memory[USERS_KEY] BUF_LOCAL;
    struct buf key = buf_over(memory, sizeof memory);
    struct strict_record named = {.slot = scope->slot, .kind = STRICT_STATEMENT};
    buf_put(&key, scope->text);
    buf_put_u8(&key, '/');
    buf_put(&key, (struct bytes){name, AUTH_TEXT_HASH});
    memcpy(named.tenant, scope->tenant, sizeof named.tenant);
    named.key = buf_bytes(&key);
    return !key.failed && strict->get(strict->context, &named, ret_record);
}

/* A record that nobody can read might take something back. */
static struct status read_one(struct users *users, struct arena *arena,
                              const struct users_scope *scope, const uint8_t *name,
                              struct statement **ret)
{
    const struct auth_place place = {users->domain, scope->tenant};
    struct buf record = arena_open(arena);
    bool is_there = users_read_record(users, scope, name, &record);
    arena_close(arena, &record);
    if (record.failed) {
        return FAIL(NO_MEMORY);
    }
    if (!is_there) {
        return FAIL(UNAVAILABLE);
    }
    TRY(status_judged(statement_read(arena, buf_bytes(&record), ret), FAIL(UNAVAILABLE)));
    bool is_it =
        statement_is_of(*ret, &place, scope->text) && users_is_name((*ret)->proof_of, name);
    return is_it ? OK : FAIL(UNAVAILABLE);
}

struct status users_read_set(struct users *users, struct arena *arena,
                             const struct statement_list *names, struct users_reading *reading)
{
    reading->set = (struct statement_set){0};
    const struct statement **list = arena_array(arena, names->count + 1, sizeof(const void *));
    if (list == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < names->count; i++) {
        struct statement *statement;
        const uint8_t *name = names->items + AUTH_TEXT_HASH * i;
        TRY(read_one(users, arena, reading->scope, name, &statement));
        list[i] = statement;
    }
    reading->set = (struct statement_set){list, names->count};
    return OK;
}

struct users_delays users_read_delays(const struct users *users, const uint8_t *tenant)
{
    const struct trust_tenant *row = users_tenant(users, tenant);
    return row == NULL
               ? (struct users_delays){24 * HOUR_MS, 72 * HOUR_MS}
               : (struct users_delays){1000 * row->delays.policy, 1000 * row->delays.recovery};
}

struct status users_read_log(struct users *users, struct arena *arena,
                             const struct users_reading *reading, struct user_log *ret)
{
    const struct users_scope *scope = reading->scope;
    const struct user_log_rules rules = {
        .place = {users->domain, scope->tenant},
        .scope = scope->text,
        .recovery_ms = users_read_delays(users, scope->tenant).recovery_ms,
        .now_ms = clock_wall(&users->setup.clock).lo_ms,
        .behind = reading->behind,
    };
    return user_log_read(arena, &reading->set, &rules, ret);
}

/* As long as nobody here knows the language of policies there is one document, which is what holds
 * without any. */
static bool says_the_same(void *context, struct bytes before, struct bytes after)
{
    (void)context;
    return bytes_equal(after, before.len == 0 ? BYTES_LITERAL(USERS_POLICY_DEFAULT) : before);
}

struct status users_read_policy(struct users *users, struct arena *arena,
                                const struct users_reading *reading, struct policy_log *ret)
{
    const struct users_scope *scope = reading->scope;
    const struct policy_log_rules rules = {
        .place = {users->domain, scope->tenant},
        .scope = scope->text,
        .op = reading->op,
        .delay_ms = users_read_delays(users, scope->tenant).policy_ms,
        .now_ms = clock_wall(&users->setup.clock).lo_ms,
        .only_tightens = says_the_same,
    };
    return policy_log_read(arena, &reading->set, &rules, ret);
}
