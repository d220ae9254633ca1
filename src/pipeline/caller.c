#include "pipeline/caller.h"

#include "base/arena.h"
#include "codec/hex.h"
#include "config/trust.h"
#include "pipeline/context/service.h"

struct caller {
    const char *principal;
    enum caller_kind kind;
    uint8_t assurance;
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
    if (work->route->principal == ROUTES_GUEST) {
        TRY(authenticate_guest(work, caller));
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

struct bytes caller_block(const struct caller *caller)
{
    return (struct bytes){(const uint8_t *)caller->block, caller->block_len};
}
