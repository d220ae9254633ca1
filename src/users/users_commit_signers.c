/* Who signed a statement, and what they are. */
#include <string.h>

#include "authenticators/authenticator.h"
#include "authenticators/oidc_token.h"
#include "authenticators/passkey.h"
#include "base/invariant.h"
#include "users/users_commit_internal.h"

/* What is known while one statement is looked at. */
struct round {
    struct users *users;
    struct arena *arena;
    const struct statement *statement;
    const uint8_t *tenant;
    const struct trust_tenant *row; /* NULL: an app's */
    struct authenticator_rules rules;
    struct clock_interval now;
    struct bytes origins[TRUST_ORIGINS_MAX];
    struct status unknown; /* why it is not known what somebody is */
};

/* --- proofs ----------------------------------------------------------------------------------- */

/* A service key that counts now, out of what is kept. Returns: OK; AUTH_FAILED; UNAVAILABLE. */
static struct status find_service(const struct round *round, const uint8_t *id,
                                  struct users_service *ret)
{
    uint8_t memory[AUTH_TEXT_SCOPE];
    struct users_scope scope;
    struct users_state state;
    users_scope_of(round->users, round->tenant, users_scope_id('s', id, memory), &scope);
    thread_lock_take(&round->users->lock);
    struct status status = users_state_of(round->users, &scope, &state);
    thread_lock_give(&round->users->lock);
    TRY(status);
    if (!state.is_known || round->now.lo_ms < state.service.not_before_ms ||
        round->now.hi_ms >= state.service.not_after_ms) {
        return FAIL(AUTH_FAILED);
    }
    *ret = state.service;
    memcpy(ret->tenant, round->tenant, sizeof ret->tenant);
    ret->is_frozen = state.is_frozen;
    return OK;
}

/* A service key that is an authenticator signs texts with the key that it has. */
static struct status claim_service(const struct round *round, const struct statement_sig *sig,
                                   struct users_service *service, struct authenticator_claim *claim)
{
    if (sig->key.len != AUTH_TEXT_ID) {
        return FAIL(BAD_REQUEST);
    }
    TRY(find_service(round, sig->key.ptr, service));
    claim->scheme = (enum auth_scheme)service->alg;
    claim->key = (struct bytes){service->key, service->key_len};
    return claim->scheme <= AUTH_ED25519 ? OK : FAIL(AUTH_FAILED);
}

/* What enrolled a key of the user that a statement is about; NULL without one. */
static struct status find_enrolment(const struct round *round, const struct statement_sig *sig,
                                    const struct statement **ret)
{
    uint8_t memory[AUTH_TEXT_SCOPE];
    uint8_t id[AUTH_TEXT_ID];
    struct users_scope scope;
    struct users_reading reading = {.scope = &scope};
    struct user_log log;
    *ret = NULL;
    struct bytes text = users_scope_text('u', round->statement->scope.user, memory);
    if (text.len == 0) {
        return OK;
    }
    users_scope_of(round->users, round->tenant, text, &scope);
    TRY(users_statements(round->users, round->arena, round->tenant, text, &reading.set));
    TRY(users_read_log(round->users, round->arena, &reading, &log));
    statement_sig_id(round->statement, sig, id);
    const struct user_log_key *key = user_log_key(&log, id);
    *ret = key == NULL ? NULL : key->by;
    return OK;
}

/* What a passkey said of itself when it was enrolled; nothing, when authority recovered the user
 * with it. */
static struct status read_enrolled(const struct round *round, const struct statement *by,
                                   const struct statement_sig *sig,
                                   struct authenticator_passkey *ret)
{
    const struct statement_sigs *sigs = &by->parts.sigs;
    *ret = (struct authenticator_passkey){.is_new = true};
    for (size_t i = 0; i < sigs->count; i++) {
        if (sigs->list[i].scheme == AUTH_PASSKEY && bytes_equal(sigs->list[i].key, sig->key)) {
            TRY(passkey_read(round->arena, sigs->list[i].proof, ret));
        }
    }
    ret->cred = by->body.key.cred;
    return OK;
}

/* The credential is that of the body that enrols it, or enrolled it. */
static struct status claim_passkey(const struct round *round, const struct statement_sig *sig,
                                   struct authenticator_passkey *passkey,
                                   struct authenticator_claim *claim)
{
    const struct statement *by = round->statement;
    const struct statement_key *body = &by->body.key;
    bool is_new = by->op == STATEMENT_USER_ADD && body->scheme == AUTH_PASSKEY &&
                  bytes_equal(body->key, sig->key);
    if (!is_new) {
        TRY(find_enrolment(round, sig, &by));
    }
    if (by == NULL) {
        return FAIL(AUTH_FAILED);
    }
    claim->passkey = passkey;
    *passkey = (struct authenticator_passkey){.cred = by->body.key.cred, .is_new = true};
    return is_new ? OK : read_enrolled(round, by, sig, passkey);
}

/* An issuer says who somebody is who says this text. */
static struct status check_token(const struct round *round, const struct authenticator_said *said,
                                 const struct statement_sig *sig)
{
    static const struct oidc_port none;
    const struct oidc_port *oidc = round->users->setup.oidc;
    const struct oidc_question question = {round->tenant, said->proof_of, sig->proof};
    uint8_t memory[OIDC_K_MAX];
    struct buf key = buf_over(memory, sizeof memory);
    bool waits;
    TRY(oidc_port_prove(oidc == NULL ? &none : oidc, &question, round->arena, &key, &waits));
    return bytes_equal(buf_bytes(&key), sig->key) ? OK : FAIL(AUTH_FAILED);
}

static struct status check_proof(const struct round *round, const struct authenticator_said *said,
                                 const struct statement_sig *sig)
{
    struct users_service service;
    struct authenticator_passkey passkey;
    struct authenticator_claim claim = {
        .scheme = sig->scheme, .key = sig->key, .proof = sig->proof};
    if (sig->scheme == AUTH_SERVICE) {
        TRY(claim_service(round, sig, &service, &claim));
    } else if (sig->scheme == AUTH_PASSKEY) {
        TRY(claim_passkey(round, sig, &passkey, &claim));
    }
    TRY(authenticator_key_check(claim.scheme, claim.key));
    if (claim.scheme == AUTH_OIDC) {
        return check_token(round, said, sig);
    }
    return authenticator_check(round->arena, said, &round->rules, &claim);
}

static struct status verify(void *context, struct bytes text, const uint8_t *proof_of,
                            const struct statement_sig *sig)
{
    const struct round *round = context;
    const bool is_ticket = text.ptr != round->statement->parts.text.ptr;
    const struct authenticator_said said = {
        .text = text,
        .proof_of = proof_of,
        .purpose = is_ticket ? BYTES_LITERAL("ticket") : round->statement->read.text.op,
    };
    size_t mark = round->arena->used;
    struct status status = check_proof(round, &said, sig);
    arena_rewind(round->arena, mark);
    return status;
}

/* --- roles ------------------------------------------------------------------------------------ */

/* Operators among those who signed, each once. */
static size_t count_operators(const struct round *round, const struct statement_sigs *sigs)
{
    const struct trust *trust = round->users->setup.trust;
    size_t count = 0;
    for (size_t i = 0; i < trust->operator_count; i++) {
        const struct trust_operator *one = &trust->operators[i];
        bool has_signed = false;
        for (size_t k = 0; k < sigs->count && !has_signed; k++) {
            has_signed = sigs->list[k].scheme == (enum auth_scheme)one->alg &&
                         bytes_equal(sigs->list[k].key, (struct bytes){one->key, one->key_len});
        }
        count += has_signed;
    }
    return count;
}

/* Whether a wallet is one of the app whose tenant this is. */
static bool is_wallet_of_tenant(struct round *round, struct bytes wallet)
{
    const struct users_setup *setup = &round->users->setup;
    struct registry_question question = {
        .role = REGISTRY_APP,
        .use = REGISTRY_SERVE,
        .now_ms = clock_monotonic_ms(&setup->clock),
    };
    struct registry_grant grant;
    uint8_t tenant[USERS_TENANT];
    if (setup->registry == NULL || wallet.len != sizeof question.wallet.b) {
        return false;
    }
    memcpy(question.wallet.b, wallet.ptr, wallet.len);
    struct status status = registry_lookup(setup->registry, &question, &grant);
    if (status_class((enum status_code)status.code) == STATUS_CLASS_UNAVAILABLE) {
        round->unknown = status;
    }
    return status_is_ok(status) &&
           status_is_ok(domain_app_tenant(setup->domain, grant.app_id, tenant)) &&
           users_is_name(tenant, round->tenant);
}

static bool is_approver(const struct round *round, const struct statement_sig *sig)
{
    uint8_t memory[AUTH_TEXT_SCOPE];
    uint8_t id[AUTH_TEXT_ID];
    struct users_scope scope;
    struct users_state state;
    auth_text_authenticator(round->tenant, sig->scheme, sig->key, id);
    users_scope_of(round->users, round->tenant, users_scope_id('a', id, memory), &scope);
    thread_lock_take(&round->users->lock);
    struct status status = users_state_of(round->users, &scope, &state);
    thread_lock_give(&round->users->lock);
    return status_is_ok(status) && state.is_known;
}

static bool is_listed(const struct round *round, const struct users_service *service,
                      struct bytes user)
{
    uint8_t memory[AUTH_TEXT_SCOPE];
    const struct auth_place place = {round->users->domain, round->tenant};
    const struct bytes text = users_scope_id('s', service->id, memory);
    struct statement_set set;
    struct tenant_key key;
    bool is_there = service->all_users;
    if (!is_there &&
        status_is_ok(users_statements(round->users, round->arena, round->tenant, text, &set))) {
        tenant_log_key(&set, &place, text, &key);
        for (size_t i = 0; key.add != NULL && i < key.add->body.service.users.count; i++) {
            is_there = is_there || bytes_equal(key.add->body.service.users.list[i], user);
        }
    }
    return is_there;
}

/* What the service keys among those who signed may do about a user. What is frozen denies. */
static uint64_t scopes_of(const struct round *round, const struct statement_sig *sig,
                          struct bytes user)
{
    struct users_service service;
    uint8_t id[AUTH_TEXT_ID];
    if (sig->scheme == AUTH_SERVICE && sig->key.len == AUTH_TEXT_ID) {
        memcpy(id, sig->key.ptr, sizeof id);
    } else {
        auth_text_service(round->tenant, sig->scheme, sig->key, id);
    }
    if (!status_is_ok(find_service(round, id, &service)) || !is_listed(round, &service, user)) {
        return 0;
    }
    return service.is_frozen ? service.scopes & STATEMENT_SCOPE_REVOKE : service.scopes;
}

static void find_roles(void *context, const struct statement_sigs *sigs,
                       const struct statement_scope *scope, struct statement_roles *ret)
{
    struct round *round = context;
    const unsigned who = statement_op_who(round->statement->op);
    const struct trust *trust = round->users->setup.trust;
    size_t mark = round->arena->used;
    *ret = (struct statement_roles){0};
    if (round->row != NULL) {
        size_t operators = count_operators(round, sigs);
        ret->is_operator = operators != 0;
        ret->is_authority = operators != 0 && operators >= trust->operators_needed;
    }
    for (size_t i = 0; i < sigs->count; i++) {
        const struct statement_sig *sig = &sigs->list[i];
        if (round->row == NULL && sig->scheme == AUTH_EIP191 &&
            is_wallet_of_tenant(round, sig->key)) {
            ret->is_authority = ret->is_operator = true;
        }
        if ((who & STATEMENT_BY_APPROVER) != 0 && is_approver(round, sig)) {
            ret->is_approver = true;
        }
        if ((who & (STATEMENT_BY_REVOKER | STATEMENT_BY_TICKET)) != 0 && scope->user.len != 0) {
            ret->scopes |= scopes_of(round, sig, scope->user);
        }
    }
    arena_rewind(round->arena, mark);
}

/* --- both ------------------------------------------------------------------------------------- */

static void set_rules(struct round *round)
{
    const struct trust_tenant *row = round->row;
    if (row == NULL) {
        return;
    }
    round->rules.rp_id = bytes_of(row->rp_id);
    round->rules.origins = round->origins;
    round->rules.origin_count = row->origin_count;
    for (size_t i = 0; i < row->origin_count; i++) {
        round->origins[i] = bytes_of(row->origins[i].text);
    }
}

struct status users_commit_signers(struct users_commit *commit)
{
    struct users *users = commit->users;
    struct statement_signed *by = commit->by;
    const struct statement *statement = by->statement;
    struct round round = {
        .users = users,
        .arena = commit->arena,
        .statement = statement,
        .tenant = statement->read.tenant,
        .row = users_tenant(users, statement->read.tenant),
        .now = clock_wall(&users->setup.clock),
    };
    const struct auth_place place = {users->domain, statement->read.tenant};
    const struct statement_ports ports = {&round, verify, find_roles};
    set_rules(&round);
    struct status status = statement_check(statement, &place, &ports, by);
    by->statement = statement;
    TRY(status);
    bool has_leave = by->roles.is_authority || by->ticket_roles.is_authority ||
                     (by->ticket_roles.scopes & STATEMENT_SCOPE_ENROL) != 0;
    commit->unknown = has_leave ? OK : round.unknown;
    return commit->unknown.code == STATUS_REGISTRY_PENDING ? commit->unknown : OK;
}
