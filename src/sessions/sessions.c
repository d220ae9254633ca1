#include "sessions/sessions.h"

#include <string.h>

#include "base/limits.h"
#include "base/rate_table.h"
#include "base/reader.h"
#include "digest/sha256.h"
#include "sessions/challenge.h"
#include "sessions/window.h"

struct sessions {
    struct sessions_setup setup;
    struct session_records records;
    struct window *windows;
    struct login_limits *limits;
    struct rate_table *revocations; /* of one session each, by user */
};

static struct status open_parts(struct sessions *sessions)
{
    /* In tenths of one: a rate is of whole tokens in a second. */
    static const struct token_bucket_rule revocations = {1, LIMIT_REVOKE_USER_BURST *
                                                                LIMIT_REVOKE_USER_EVERY};
    const struct sessions_setup *setup = &sessions->setup;
    TRY(window_open(LIMIT_SESSION_WINDOWS, &setup->entropy, setup->mem, &sessions->windows));
    TRY(rate_table_new(setup->mem, &revocations, &setup->entropy, &sessions->revocations));
    return login_limits_open(setup->mem, &setup->entropy, &sessions->limits);
}

struct status sessions_open(const struct sessions_setup *setup, struct sessions **ret)
{
    void *memory = NULL;
    *ret = NULL;
    TRY(mem_alloc(setup->mem, sizeof **ret, &memory));
    struct sessions *sessions = memory;
    sessions->setup = *setup;
    sessions->records =
        (struct session_records){setup->values, setup->roots, users_domain(setup->users)};
    struct status status = open_parts(sessions);
    if (!status_is_ok(status)) {
        sessions_close(&sessions);
    }
    *ret = sessions;
    return status;
}

void sessions_close(struct sessions **sessions)
{
    if (*sessions == NULL) {
        return;
    }
    struct mem *mem = (*sessions)->setup.mem;
    window_close(&(*sessions)->windows);
    login_limits_close(&(*sessions)->limits);
    rate_table_free(mem, &(*sessions)->revocations);
    void *memory = *sessions;
    mem_free(mem, &memory);
    *sessions = NULL;
}

static uint64_t now_ns(const struct sessions *sessions)
{
    return clock_monotonic_ns(&sessions->setup.clock);
}

/* The keys of the cluster that this node is of now. */
static struct status find_keys(const struct sessions *sessions, struct session_keys *ret)
{
    const struct strict_port *strict = sessions->setup.strict;
    uint64_t began_ms;
    _Static_assert(sizeof ret->incarnation == STRICT_INCARNATION, "what keys are made for");
    ret->roots = sessions->setup.roots;
    return strict->incarnation(strict->context, ret->incarnation, &began_ms);
}

/* --- revocations ------------------------------------------------------------------------------ */

/* What stands for all sessions of a user. */
static void id_of_all(const struct session_records_of *of, uint8_t ret[static AUTH_TEXT_ID])
{
    uint8_t hash[SHA256_BYTES];
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, BYTES_LITERAL("coffer/sessions-all/1"));
    sha256_update(&sha, (struct bytes){of->tenant, AUTH_TEXT_HASH});
    sha256_update(&sha, of->user);
    sha256_final(&sha, hash);
    memcpy(ret, hash, AUTH_TEXT_ID);
}

/* Up to when all sessions of a user end that are revoked together; 0: none are. */
static uint64_t all_revoked_until(const struct sessions *sessions,
                                  const struct session_records_of *of)
{
    const struct strict_port *strict = sessions->setup.strict;
    uint8_t id[AUTH_TEXT_ID];
    uint8_t scope_memory[2 + AUTH_TEXT_USER];
    uint8_t memory[8];
    struct buf scope = buf_over(scope_memory, sizeof scope_memory);
    struct buf value = buf_over(memory, sizeof memory);
    struct strict_record named = {.kind = STRICT_REVOKED, .key = BYTES_ARRAY(id)};
    id_of_all(of, id);
    buf_put_text(&scope, "u:");
    buf_put(&scope, of->user);
    named.slot = strict->slot(strict->context, of->tenant, buf_bytes(&scope));
    memcpy(named.tenant, of->tenant, sizeof named.tenant);
    if (!strict->get(strict->context, &named, &value)) {
        return 0;
    }
    struct reader reader = reader_over(buf_bytes(&value));
    return reader_u64(&reader);
}

static struct session_records_of owner_of(const struct session_token *token)
{
    return (struct session_records_of){token->tenant, {token->user, token->user_len}};
}

static struct status revoke(struct sessions *sessions, const struct session_records_of *of,
                            const uint8_t *id, size_t worker, size_t *ret_wait)
{
    struct users_session session = {.tenant = of->tenant, .user = of->user};
    memcpy(session.sid, id, sizeof session.sid);
    session.until_ms = clock_wall(&sessions->setup.clock).hi_ms + SESSION_LONGEST_MS;
    return users_session_revoke(sessions->setup.users, &session, worker, ret_wait);
}

uint64_t sessions_limit_revoke(struct sessions *sessions, const struct session_records_of *of)
{
    const struct token_bucket_price one = {LIMIT_REVOKE_USER_EVERY, 0};
    uint8_t id[AUTH_TEXT_ID];
    id_of_all(of, id);
    struct reader reader = reader_over(BYTES_ARRAY(id));
    const struct rate_table_key key = {reader_u64(&reader), 1};
    return rate_table_charge(sessions->revocations, key, one, now_ns(sessions));
}

struct status sessions_revoke(struct sessions *sessions, const struct session_records_of *of,
                              const uint8_t sid[static AUTH_TEXT_ID], size_t worker,
                              size_t *ret_wait)
{
    return revoke(sessions, of, sid, worker, ret_wait);
}

struct status sessions_revoke_all(struct sessions *sessions, const struct session_records_of *of,
                                  size_t worker, size_t *ret_wait)
{
    uint8_t id[AUTH_TEXT_ID];
    id_of_all(of, id);
    return revoke(sessions, of, id, worker, ret_wait);
}

bool sessions_is_revoked(struct sessions *sessions, const struct session_records_of *of,
                         const struct session_record *record)
{
    return users_session_revoked(sessions->setup.users, of->tenant, of->user, record->sid) ||
           all_revoked_until(sessions, of) >= record->abs_exp_ms;
}

enum strict_outcome sessions_outcome(struct sessions *sessions, size_t wait)
{
    const struct strict_port *strict = sessions->setup.strict;
    return strict->outcome(strict->context, wait, NULL);
}

void sessions_give_up(struct sessions *sessions, size_t wait)
{
    const struct strict_port *strict = sessions->setup.strict;
    strict->give_up(strict->context, wait);
}

/* --- requests --------------------------------------------------------------------------------- */

static struct status ask_tenant(void *context, const uint8_t *tenant)
{
    const struct sessions *sessions = context;
    return users_tenant(sessions->setup.users, tenant) != NULL ? OK : FAIL(AUTH_FAILED);
}

static struct status ask_user(void *context, const uint8_t *tenant, struct bytes user,
                              struct session_user *ret)
{
    const struct sessions *sessions = context;
    struct user_state state;
    TRY(users_state(sessions->setup.users, tenant, user, &state));
    *ret = (struct session_user){state.is_known, state.is_frozen, state.auth_epoch};
    return OK;
}

static bool ask_revoked(void *context, const struct session_token *token)
{
    const struct sessions *sessions = context;
    const struct session_records_of of = owner_of(token);
    return users_session_revoked(sessions->setup.users, token->tenant, of.user, token->sid) ||
           all_revoked_until(sessions, &of) >= token->abs_exp_ms;
}

struct status sessions_check(struct sessions *sessions, struct bytes token, bool is_renewal,
                             struct session_token *ret)
{
    const struct session_port port = {sessions, ask_tenant, ask_user, ask_revoked};
    struct session_keys keys;
    const struct session_judge judge = {&keys, sessions->records.domain, &port,
                                        clock_wall(&sessions->setup.clock), is_renewal};
    *ret = (struct session_token){0};
    TRY(find_keys(sessions, &keys));
    return session_check(&judge, token, ret);
}

struct status sessions_count(struct sessions *sessions, const uint8_t sid[static AUTH_TEXT_ID],
                             uint64_t counter)
{
    return window_take(sessions->windows, sid, counter, clock_monotonic_ms(&sessions->setup.clock));
}

/* --- logging in ------------------------------------------------------------------------------- */

uint64_t sessions_limit(struct sessions *sessions, enum login_limits_kind kind,
                        const struct login_limits_who *who)
{
    return login_limits_take(sessions->limits, kind, who, now_ns(sessions));
}

void sessions_failed(struct sessions *sessions, const struct login_limits_who *who)
{
    login_limits_failed(sessions->limits, who, now_ns(sessions));
}

struct status sessions_challenge(struct sessions *sessions, const struct login *login,
                                 uint8_t ret[static AUTH_TEXT_CHALLENGE])
{
    SECRET(hmac_sha256_key, key);
    struct session_keys keys;
    uint32_t epoch;
    const struct challenge_about about = {.place = {sessions->records.domain, login->tenant},
                                          .purpose = login->purpose,
                                          .user = login->user,
                                          .cnf_type = login->cnf_type,
                                          .cnf = login->cnf};
    memset(ret, 0, AUTH_TEXT_CHALLENGE);
    TRY(find_keys(sessions, &keys));
    TRY(session_keys_newest(&keys, &epoch, &key));
    return challenge_make(&key, &about, &sessions->setup.entropy,
                          clock_wall(&sessions->setup.clock).lo_ms, ret);
}

/* What it takes to judge a login: what the tenant's row of the configuration says, and keys. */
struct rules {
    struct bytes origins[TRUST_ORIGINS_MAX];
    struct session_keys keys;
    struct login_judge judge;
};

static struct status make_judge(const struct sessions *sessions, const uint8_t *tenant,
                                struct rules *ret)
{
    const struct trust_tenant *row = users_tenant(sessions->setup.users, tenant);
    *ret = (struct rules){.judge = {.domain = sessions->records.domain}};
    ret->judge.keys = &ret->keys;
    ret->judge.now = clock_wall(&sessions->setup.clock);
    ret->judge.oidc = sessions->setup.oidc;
    ret->judge.rules.origins = ret->origins;
    if (row != NULL) {
        ret->judge.rules.rp_id = bytes_of(row->rp_id);
        ret->judge.rules.origin_count = row->origin_count;
        for (size_t i = 0; i < row->origin_count; i++) {
            ret->origins[i] = bytes_of(row->origins[i].text);
        }
    }
    return find_keys(sessions, &ret->keys);
}

/* Who is asked about the counters of a user's passkeys. */
struct counters {
    const struct session_records *records;
    struct session_records_of of;
    struct status status;
};

static uint32_t ask_counter(void *context, const uint8_t id[static AUTH_TEXT_ID])
{
    struct counters *counters = context;
    uint32_t counter;
    struct status status = session_records_counter(counters->records, &counters->of, id, &counter);
    counters->status = status_is_ok(counters->status) ? status : counters->status;
    return counter;
}

/* A login that is looked at. */
struct attempt {
    struct arena *arena;
    const struct login *login;
    struct login_proven *proven;
    struct user_log log;
};

/* A passkey whose key is left out. */
static bool is_unnamed(const struct login_proof *proof)
{
    return proof->scheme == AUTH_PASSKEY && proof->key.len == 0;
}

static bool needs_log(const struct login *login)
{
    bool needs = false;
    for (size_t i = 0; i < login->count && i < LOGIN_PROOFS; i++) {
        needs = needs || is_unnamed(&login->proofs[i]);
    }
    return needs;
}

/* What was proven, and that it speaks for the user. */
static struct status prove(struct sessions *sessions, const struct rules *rules,
                           struct attempt *attempt)
{
    struct users *users = sessions->setup.users;
    const struct login *login = attempt->login;
    struct user_log *log = &attempt->log;
    struct counters counters = {&sessions->records, {login->tenant, login->user}, OK};
    struct user_state state;
    struct login_user user = {log, false, &counters, ask_counter};
    bool is_read = needs_log(login);
    TRY(users_check(users, login->tenant));
    if (is_read) {
        TRY(users_log(users, attempt->arena, login->tenant, login->user, log));
    }
    TRY(login_prove(attempt->arena, &rules->judge, login, is_read ? log : NULL, attempt->proven));
    if (!is_read) {
        TRY(users_log(users, attempt->arena, login->tenant, login->user, log));
    }
    TRY(users_state(users, login->tenant, login->user, &state));
    user.is_frozen = state.is_frozen;
    TRY(login_admit(attempt->arena, attempt->proven, &user));
    return counters.status;
}

struct status sessions_prove(struct sessions *sessions, struct arena *arena,
                             const struct login *login, uint32_t scope, struct sessions_login *ret)
{
    SECRET(hmac_sha256_key, key);
    struct rules rules;
    struct attempt attempt = {.arena = arena, .login = login, .proven = &ret->proven};
    struct login_session session = {.scope = scope, .issuer = sessions->setup.boot};
    const struct session_records_of of = {login->tenant, login->user};
    TRY(make_judge(sessions, login->tenant, &rules));
    TRY(prove(sessions, &rules, &attempt));
    TRY(session_keys_newest(&rules.keys, &session.epoch, &key));
    session.auth_epoch = attempt.log.auth_epoch;
    login_token(&rules.judge, login, &ret->proven, &session, &ret->token);
    if (users_session_revoked(sessions->setup.users, of.tenant, of.user, ret->token.sid)) {
        return FAIL(SESSION_REVOKED);
    }
    bool is_late = all_revoked_until(sessions, &of) >= ret->token.abs_exp_ms;
    return is_late ? FAIL(CHALLENGE_STALE) : OK;
}

/* What passkeys that count have shown. */
static struct status note_counters(struct sessions *sessions, const struct session_records_of *of,
                                   const struct login_proven *proven,
                                   const struct session_records_by *by)
{
    for (size_t i = 0; i < proven->count; i++) {
        const struct login_shown *shown = &proven->shown[i];
        if (shown->scheme == AUTH_PASSKEY && !shown->passkey.is_backup_eligible &&
            shown->passkey.counter != 0) {
            TRY(session_records_count(&sessions->records, of, shown->id, shown->passkey.counter,
                                      by));
        }
    }
    return OK;
}

struct status sessions_begin(struct sessions *sessions, struct arena *arena,
                             const struct sessions_login *login, struct bytes address,
                             const struct session_records_by *by)
{
    const struct session_records_of of = owner_of(&login->token);
    struct session_record record;
    TRY(note_counters(sessions, &of, &login->proven, by));
    session_records_from(&login->token, address, &record);
    struct status status = session_records_put(&sessions->records, arena, &of, &record, by);
    (void)status;
    return OK;
}

struct status sessions_step_up(struct sessions *sessions, struct arena *arena,
                               const struct login *login, const struct session_token *token,
                               uint8_t *ret_assurance)
{
    struct rules rules;
    struct login_proven proven;
    struct attempt attempt = {.arena = arena, .login = login, .proven = &proven};
    const struct session_records_of of = {login->tenant, login->user};
    struct session_records_by by = {0};
    *ret_assurance = 0;
    TRY(make_judge(sessions, login->tenant, &rules));
    TRY(prove(sessions, &rules, &attempt));
    /* Before any intent of the request: its cause is the start of the node, record 0 of lane 0. */
    memcpy(by.cause, sessions->setup.boot, sizeof sessions->setup.boot);
    TRY(note_counters(sessions, &of, &proven, &by));
    *ret_assurance = login_stepped_up(token, &proven);
    return OK;
}

struct status sessions_renew(struct sessions *sessions, struct session_token *token)
{
    SECRET(hmac_sha256_key, key);
    struct rules rules;
    struct login_session session = {.issuer = sessions->setup.boot};
    TRY(make_judge(sessions, token->tenant, &rules));
    TRY(session_keys_newest(&rules.keys, &session.epoch, &key));
    login_renew(&rules.judge, &session, token);
    return OK;
}

struct status sessions_put_token(struct sessions *sessions, const struct session_token *token,
                                 struct buf *out)
{
    SECRET(hmac_sha256_key, key);
    struct session_keys keys;
    TRY(find_keys(sessions, &keys));
    TRY(session_keys_of(&keys, token->epoch, &key));
    return session_token_put(&key, sessions->records.domain, token, out);
}

const struct session_records *sessions_records(const struct sessions *sessions)
{
    return &sessions->records;
}
