#include "pipeline/caller.h"

#include <string.h>

#include "base/arena.h"
#include "codec/hex.h"
#include "config/trust.h"
#include "pipeline/context/service.h"

enum {
    FACTORS = 128, /* JSON of all schemes */
    AUTH = 16,     /* JSON of one */
};

struct caller {
    const char *principal;
    enum caller_kind kind;
    uint8_t assurance;
    struct user_proof *user; /* of a session, service key or bearer, as the next three */
    char user_scope[CALLER_USER_SCOPE];
    char auth[AUTH];
    char factors[FACTORS];
    char sid[AUTH_TEXT_SID_TEXT + 1]; /* of all but a service key */
    struct caller_app app; /* of CALLER_IS_APP; of CALLER_IS_PEER, as the next three, its proof */
    char proven[CALLER_PRINCIPAL];
    char block[CALLER_BLOCK];
    size_t block_len;
};

/* Texts of ours in arrays that are zeroed and large enough: NUL-terminated. */
static void name_app(struct caller *caller)
{
    struct caller_app *app = &caller->app;
    const struct registry_grant *grant = &app->proof.grant;
    struct buf text = buf_over((uint8_t *)app->id, sizeof app->id - 1);
    buf_put_decimal(&text, service_app_number(grant->app_id));
    text = buf_over((uint8_t *)caller->proven, sizeof caller->proven - 1);
    buf_put_text(&text, "app:");
    buf_put_text(&text, app->id);
    text = buf_over((uint8_t *)app->scope, sizeof app->scope - 1);
    buf_put_text(&text, caller->proven);
    buf_put_u8(&text, ':');
    eth_address_put(&text, &grant->wallet);
}

static void name_peer(struct caller *caller)
{
    struct buf text = buf_over((uint8_t *)caller->proven, sizeof caller->proven - 1);
    buf_put_text(&text, "peer:");
    eth_address_put(&text, &caller->app.proof.grant.wallet);
}

static void name_block(struct caller *caller)
{
    const struct registry_grant *grant = &caller->app.proof.grant;
    struct buf text = buf_over((uint8_t *)caller->block, sizeof caller->block - 1);
    buf_put_decimal(&text, grant->block_number);
    buf_put_u8(&text, ':');
    hex_put(&text, BYTES_ARRAY(grant->block_hash));
    caller->block_len = text.len;
}

static struct status authenticate_proven(struct work *work, struct caller *caller)
{
    bool is_peer = work->route->principal == ROUTES_PEER;
    TRY(proof_check(work, &caller->app.proof));
    if (is_peer) {
        name_peer(caller);
    } else {
        name_app(caller);
    }
    name_block(caller);
    caller->principal = caller->proven;
    caller->assurance = is_peer ? TRUST_PROVEN : TRUST_ASSERTED_APP;
    caller->kind = is_peer ? CALLER_IS_PEER : CALLER_IS_APP;
    return OK;
}

/* Who it is shows in the body, and is for the operation to judge. */
static struct status authenticate_guest(struct work *work, struct caller *caller)
{
    sha256_hash(work->request->body, work->body_hash);
    caller->kind = CALLER_IS_GUEST;
    caller->principal = "guest";
    caller->assurance = TRUST_ASSERTED;
    return OK;
}

/* A text in an array that is zeroed. */
static struct buf text_in(char *array, size_t size)
{
    return buf_over((uint8_t *)array, size - 1);
}

static void name_session(struct caller *caller)
{
    const struct session_token *session = &caller->user->session;
    struct buf text = text_in(caller->user_scope, sizeof caller->user_scope);
    buf_put_text(&text, "user:");
    hex_put(&text, BYTES_ARRAY(session->tenant));
    buf_put_u8(&text, ':');
    buf_put(&text, (struct bytes){session->user, session->user_len});
    text = text_in(caller->sid, sizeof caller->sid);
    auth_text_sid_put(session->sid, &text);
    text = text_in(caller->factors, sizeof caller->factors);
    buf_put_u8(&text, '[');
    for (unsigned n = AUTH_P256; n < AUTH_SCHEMES; n++) {
        if ((session->factors >> (n - 1) & 1) != 0) {
            buf_put_text(&text, text.len == 1 ? "\"" : ",\"");
            buf_put_text(&text, auth_text_scheme(n));
            buf_put_u8(&text, '"');
        }
    }
    buf_put_u8(&text, ']');
}

static void name_service(struct caller *caller)
{
    struct buf text = text_in(caller->proven, sizeof caller->proven);
    buf_put_text(&text, "service:");
    hex_put(&text, BYTES_ARRAY(caller->user->service.id));
    memcpy(caller->user_scope, caller->proven, sizeof caller->proven);
}

static void name_scheme(struct caller *caller, uint8_t scheme)
{
    struct buf text = text_in(caller->auth, sizeof caller->auth);
    buf_put_u8(&text, '"');
    buf_put_text(&text, auth_text_scheme(scheme));
    buf_put_u8(&text, '"');
}

/* How sure a service key is depends on the user that it acts for: the permit says that. */
static void name_user(struct caller *caller)
{
    const struct user_proof *user = caller->user;
    switch (user->kind) {
    case USER_PROOF_SERVICE:
        name_service(caller);
        name_scheme(caller, user->service.alg);
        caller->kind = CALLER_IS_SERVICE;
        caller->principal = caller->proven;
        caller->assurance = TRUST_ASSERTED_APP;
        return;
    case USER_PROOF_SESSION:
        caller->kind = CALLER_IS_USER;
        caller->principal = "user";
        caller->assurance = user->session.assurance;
        break;
    case USER_PROOF_BEARER:
    case USER_PROOF_NONE:
        caller->kind = CALLER_IS_BEARER;
        caller->principal = "bearer";
        caller->assurance = TRUST_BEARER;
        break;
    }
    name_session(caller);
    name_scheme(caller, user->session.cnf_type);
}

static struct status authenticate_user(struct work *work, struct caller *caller,
                                       enum user_proof_kind kind)
{
    caller->user = arena_alloc(work->arena, sizeof *caller->user);
    if (caller->user == NULL) {
        return FAIL(NO_MEMORY);
    }
    TRY(user_proof_check(work, kind, caller->user));
    name_user(caller);
    return OK;
}

static struct status authenticate_loopback(struct work *work, struct caller *caller)
{
#ifdef COFFER_PRODUCTION
    (void)work;
    (void)caller;
    return FAIL(UNAUTHENTICATED);
#else
    if (!work->request->is_loopback || work->route->principal != ROUTES_USER) {
        return FAIL(UNAUTHENTICATED);
    }
    sha256_hash(work->request->body, work->body_hash);
    caller->kind = CALLER_LOOPBACK_PROGRAM;
    caller->principal = "loopback";
    caller->assurance = TRUST_ASSERTED;
    return OK;
#endif
}

struct status caller_authenticate(struct work *work, const struct admitted *admitted,
                                  const struct caller **ret_caller)
{
    (void)admitted;
    *ret_caller = NULL;
    struct caller *caller = arena_alloc(work->arena, sizeof *caller);
    if (caller == NULL) {
        return FAIL(NO_MEMORY);
    }
    bool is_of_users = work->route->principal == ROUTES_USER;
    enum user_proof_kind kind = is_of_users ? user_proof_kind(work) : USER_PROOF_NONE;
    if (work->route->principal == ROUTES_GUEST) {
        TRY(authenticate_guest(work, caller));
    } else if (kind != USER_PROOF_NONE) {
        TRY(authenticate_user(work, caller, kind));
    } else if (proof_is_there(work)) {
        TRY(authenticate_proven(work, caller));
    } else {
        TRY(authenticate_loopback(work, caller));
    }
    *ret_caller = caller;
    return OK;
}

enum caller_kind caller_kind(const struct caller *caller)
{
    return caller->kind;
}

const char *caller_principal(const struct caller *caller)
{
    return caller->principal;
}

const char *caller_scope(const struct caller *caller)
{
    if (caller->user != NULL) {
        return caller->user_scope;
    }
    return caller->kind == CALLER_IS_APP ? caller->app.scope : caller->principal;
}

uint8_t caller_assurance(const struct caller *caller)
{
    return caller->assurance;
}

const struct caller_app *caller_app(const struct caller *caller)
{
    return caller->kind == CALLER_IS_APP ? &caller->app : NULL;
}

const struct proof *caller_proof(const struct caller *caller)
{
    bool is_proven = caller->kind == CALLER_IS_APP || caller->kind == CALLER_IS_PEER;
    return is_proven ? &caller->app.proof : NULL;
}

const struct user_proof *caller_user(const struct caller *caller)
{
    return caller->user;
}

const struct proof *caller_signed(const struct caller *caller)
{
    if (caller->user == NULL) {
        return caller_proof(caller);
    }
    return caller->kind == CALLER_IS_BEARER ? NULL : &caller->user->proof;
}

struct bytes caller_sid(const struct caller *caller)
{
    return bytes_of(caller->sid);
}

struct bytes caller_auth(const struct caller *caller)
{
    return bytes_of(caller->auth);
}

struct bytes caller_factors(const struct caller *caller)
{
    return bytes_of(caller->factors);
}

struct bytes caller_block(const struct caller *caller)
{
    return (struct bytes){(const uint8_t *)caller->block, caller->block_len};
}
