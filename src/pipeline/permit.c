#include "pipeline/permit.h"

#include <string.h>

#include "base/arena.h"
#include "base/invariant.h"
#include "keys/app_keys.h"
#include "keys/v1_apps.h"
#include "lanes/lanes.h"
#include "pipeline/context/service.h"
#include "pipeline/trail_internal.h"
#include "users/users_foreign.h"

/* It has the part of its route's family; the others are empty. */
struct permit {
    const struct caller_app *app;        /* who asks, when it is one, */
    const struct user_proof *user;       /* or who speaks for users */
    uint8_t tenant_id[DOMAIN_TENANT_ID]; /* of both that follow */
    /* Of a route of users. */
    const struct tenant *tenant;
    uint8_t least; /* assurance */
    const struct entropy *entropy;
    struct transaction_fee_memory *fees;
#ifdef COFFER_CHECKED
    unsigned fault;
#endif
    /* Of a route of apps. */
    const struct root_keyring *roots;
    struct values *values;
    const uint8_t *domain; /* id of the deployment */
    bool has_v1;           /* values of version 1 may be read, */
    bool seals_v1;         /* and are written */
    /* Of a route of peers; the first of a route of apps too, NULL: the node is alone. */
    struct membership *membership;
    size_t worker_index; /* of apps, users and guests */
    const struct eth_address *peer;
    /* Of a route of users or guests. */
    struct users *users;
    struct sessions *sessions; /* of a route of users as well */
    struct lanes *lanes;       /* of a route of users */
    /* Of a route for anyone, or guests. */
    struct worker *worker;
};

struct status permit_anyone(struct work *work, const struct admitted *admitted,
                            const struct permit **ret_permit)
{
    struct permit *permit = arena_alloc(work->arena, sizeof *permit);
    (void)admitted;
    *ret_permit = NULL;
    INVARIANT(work->route->principal == ROUTES_ANYONE);
    if (permit == NULL) {
        return FAIL(NO_MEMORY);
    }
    permit->worker = work->worker;
    *ret_permit = permit;
    return OK;
}

/* A service key may turn out to have as much as a key of the user. */
static uint8_t most_assurance(const struct caller *caller)
{
    return caller_kind(caller) == CALLER_IS_SERVICE ? TRUST_PROVEN : caller_assurance(caller);
}

static uint8_t greater(uint8_t a, uint8_t b)
{
    return a > b ? a : b;
}

/* The tenant that a caller has. */
static struct status find_tenant(struct work *work, struct permit *permit)
{
    const struct service *service = work->worker->service;
    bool is_local = permit->app == NULL && permit->user == NULL;
    if (!is_local && work->route->form == ROUTES_SEED) {
        return FAIL(FORBIDDEN); /* these reach the tenant "default" only */
    }
    if (permit->user != NULL) {
        permit->tenant = permit->user->tenant;
        return OK;
    }
    if (is_local) {
        permit->tenant = service_default_tenant(service);
        return OK;
    }
    return service_app_tenant(work->worker, permit->app->proof.grant.app_id, &permit->tenant);
}

static bool has_scope(const struct user_proof *user, enum routes_scope scope)
{
    uint32_t scopes = user->kind == USER_PROOF_SERVICE ? user->service.scopes : user->session.scope;
    return (scopes >> scope & 1) != 0;
}

/* Whether a session or service key has the scope of the route. A bearer has shown nothing that
 * whoever saw its token could not show: it reads. */
static struct status check_scope(const struct work *work, const struct user_proof *user)
{
    enum routes_scope scope = work->route->scope;
    bool is_read = scope == ROUTES_READ || scope == ROUTES_ACCOUNTS || scope == ROUTES_AUDITS;
    if (user->kind == USER_PROOF_BEARER &&
        (!is_read || work->route->audit == ROUTES_AUDIT_EFFECT)) {
        return FAIL(SCOPE);
    }
    return has_scope(user, scope) ? OK : FAIL(SCOPE);
}

/* What a user of this tenant may have done, when this caller says so. */
static struct status authorise_user(struct work *work, const struct caller *caller,
                                    struct permit *permit)
{
    const struct service *service = work->worker->service;
    TRY(find_tenant(work, permit));
    if (permit->tenant == NULL || (permit->app == NULL && !service->is_ready)) {
        return FAIL(UNAVAILABLE);
    }
    memcpy(permit->tenant_id, permit->tenant->id, sizeof permit->tenant_id);
    permit->entropy = &service->setup.entropy;
    permit->sessions = service->sessions;
    permit->lanes = service->lanes;
    permit->worker_index = work->worker->index;
    permit->fees = &work->worker->fees;
    permit->users = service->users;
#ifdef COFFER_CHECKED
    permit->fault = service->fault;
#endif
    work->record.tenant = permit->tenant_id;
    permit->least = greater((uint8_t)permit->tenant->assurance, work->route->assurance);
    if (most_assurance(caller) < permit->least) {
        return FAIL(FORBIDDEN);
    }
    TRY(permit->user == NULL ? OK : check_scope(work, permit->user));
    work->record.key_epoch = permit->tenant->seed_epoch;
    return trail_body(work, permit->tenant, permit->tenant_id);
}

size_t permit_worker(const struct permit *permit)
{
    INVARIANT(permit->tenant != NULL || permit->users != NULL);
    return permit->worker_index;
}

const struct session_token *permit_session(const struct permit *permit)
{
    const struct user_proof *user = permit->user;
    return user != NULL && user->kind != USER_PROOF_SERVICE ? &user->session : NULL;
}

struct bytes permit_user_name(const struct permit *permit)
{
    const struct user_proof *user = permit->user;
    bool has_name = user != NULL && user->kind != USER_PROOF_SERVICE;
    return has_name ? (struct bytes){user->session.user, user->session.user_len}
                    : (struct bytes){NULL, 0};
}

/* A service key has what the tenant says of it, and more where the user says so too. */
static struct status judge_service(struct work *work, const struct permit *permit,
                                   struct bytes name)
{
    const struct speakers *speakers = &work->worker->service->speakers;
    const struct speakers_act act = {permit->tenant_id, &permit->user->service, name, work->now};
    bool is_granted = false;
    work->record.assurance = TRUST_ASSERTED_APP;
    TRY(speakers->may(speakers->context, work->arena, &act, &is_granted));
    work->record.assurance = is_granted ? TRUST_PROVEN : TRUST_ASSERTED_APP;
    return work->record.assurance >= permit->least ? OK : FAIL(FORBIDDEN);
}

struct status permit_user(struct work *work, const struct permit *permit, struct bytes name)
{
    INVARIANT(permit->tenant != NULL);
    if (permit->user == NULL) {
        return OK;
    }
    if (permit->user->kind == USER_PROOF_SERVICE) {
        return judge_service(work, permit, name);
    }
    return bytes_equal(name, permit_user_name(permit)) ? OK : FAIL(FORBIDDEN);
}

static struct status authorise_app(struct work *work, struct permit *permit)
{
    const struct service *service = work->worker->service;
    const struct service_setup *setup = &service->setup;
    if (permit->app == NULL) {
        return FAIL(FORBIDDEN);
    }
    TRY(domain_app_tenant(&service->domain, permit->app->proof.grant.app_id, permit->tenant_id));
    permit->roots = setup->apps->roots;
    permit->values = service->values;
    permit->membership = service->membership;
    permit->worker_index = work->worker->index;
    permit->domain = tenant_set_domain(setup->tenants);
    /* Other nodes know a tenant by its id, of which not every app can be found. */
    bool is_found = permit->membership == NULL ||
                    service_app_number(permit->app->proof.grant.app_id) <= V1_APPS_TRIED;
    permit->seals_v1 = setup->trust->v1_wire && is_found;
    permit->has_v1 = setup->trust->v1_wire || permit->membership != NULL;
    work->record.tenant = permit->tenant_id;
    return trail_body(work, NULL, permit->tenant_id);
}

static struct status authorise_peer(struct work *work, const struct caller *caller,
                                    struct permit *permit)
{
    if (caller_kind(caller) != CALLER_IS_PEER) {
        return FAIL(FORBIDDEN);
    }
    permit->membership = work->worker->service->membership;
    permit->peer = &caller_proof(caller)->grant.wallet;
    return OK;
}

bool permit_is_tenant(const struct permit *permit)
{
    return permit->user == NULL;
}

static struct status authorise_guest(const struct work *work, struct permit *permit)
{
    permit->worker = work->worker;
    permit->users = work->worker->service->users;
    permit->sessions = work->worker->service->sessions;
    permit->worker_index = work->worker->index;
    return permit->users != NULL ? OK : FAIL(UNAVAILABLE);
}

struct status permit_authorise(struct work *work, const struct caller *caller,
                               const struct opened *opened, const struct permit **ret_permit)
{
    struct permit *permit = arena_alloc(work->arena, sizeof *permit);
    (void)opened;
    *ret_permit = NULL;
    if (permit == NULL) {
        return FAIL(NO_MEMORY);
    }
    permit->app = caller_app(caller);
    permit->user = caller_user(caller);
    if (work->route->principal == ROUTES_ANYONE ||
        most_assurance(caller) < work->route->assurance) {
        return FAIL(FORBIDDEN);
    }
    if (work->route->principal == ROUTES_USER) {
        TRY(authorise_user(work, caller, permit));
    } else if (work->route->principal == ROUTES_PEER) {
        TRY(authorise_peer(work, caller, permit));
    } else if (work->route->principal == ROUTES_GUEST) {
        TRY(authorise_guest(work, permit));
    } else {
        TRY(authorise_app(work, permit));
    }
    *ret_permit = permit;
    return OK;
}

const struct tenant *permit_tenant(const struct permit *permit)
{
    INVARIANT(permit->tenant != NULL);
    return permit->tenant;
}

const uint8_t *permit_tenant_id(const struct permit *permit)
{
    INVARIANT(permit->tenant != NULL || permit->app != NULL);
    return permit->tenant_id;
}

const struct caller_app *permit_app(const struct permit *permit)
{
    INVARIANT(permit->app != NULL);
    return permit->app;
}

struct status permit_lane(const struct permit *permit, struct lanes_ask *ask,
                          struct lanes_asked *ret)
{
    INVARIANT(permit->tenant != NULL);
    if (permit->user != NULL && !has_scope(permit->user, ROUTES_LANES)) {
        return FAIL(SCOPE);
    }
    if (permit->lanes == NULL) {
        return FAIL(UNAVAILABLE);
    }
    ask->tenant = permit->tenant_id;
    lanes_start(permit->lanes, ask, permit->worker_index, ret);
    return OK;
}

struct status permit_foreign(struct work *work, const struct permit *permit,
                             struct users_foreign *of, struct users_foreign_found *ret)
{
    struct users *users = work->worker->service->users;
    *ret = (struct users_foreign_found){0};
    if (users == NULL || !permit_tenant(permit)->rules.sender_override) {
        return FAIL(SENDER_MISMATCH);
    }
    of->tenant = permit->tenant_id;
    return users_foreign_find(users, work->arena, of, ret);
}

const struct entropy *permit_entropy(const struct permit *permit)
{
    INVARIANT(permit->entropy != NULL);
    return permit->entropy;
}

struct transaction_fee_memory *permit_fees(const struct permit *permit)
{
    INVARIANT(permit->fees != NULL);
    return permit->fees;
}

#ifdef COFFER_CHECKED
unsigned permit_fault(const struct permit *permit)
{
    return permit->fault;
}
#endif

const struct root_keyring *permit_roots(const struct permit *permit)
{
    INVARIANT(permit->roots != NULL);
    return permit->roots;
}

struct values *permit_values(const struct permit *permit)
{
    INVARIANT(permit->values != NULL);
    return permit->values;
}

bool permit_share(const struct permit *permit, struct membership_write *write)
{
    INVARIANT(permit->values != NULL);
    write->membership = permit->membership;
    write->tenant = permit->tenant_id;
    write->worker = permit->worker_index;
    return permit->membership != NULL;
}

struct status permit_space(const struct permit *permit, struct value_seal_keys *ret_keys)
{
    const struct root_keyring *roots = permit_roots(permit);
    SECRET32(key);
    value_seal_keys_init(ret_keys, permit->domain, permit->tenant_id);
    for (uint32_t epoch = 0; epoch < LIMIT_ROOT_EPOCHS; epoch++) {
        if (!root_keyring_has(roots, epoch) || ret_keys->count == VALUE_SEAL_EPOCHS) {
            continue;
        }
        const struct root *root = root_keyring_root(roots, epoch);
        if (root == NULL) {
            return FAIL(SELF_CHECK);
        }
        root_values_key(root, permit->tenant_id, &key);
        value_seal_keys_add(ret_keys, epoch, &key);
    }
    value_seal_keys_seal_with(ret_keys, root_keyring_newest_epoch(roots));
    if (permit->has_v1 && root_keyring_has(roots, 0)) {
        const struct secret32 *master = root_keyring_master(roots, 0);
        if (master == NULL) {
            return FAIL(SELF_CHECK);
        }
        app_keys_v1_data(master, permit->app->proof.grant.app_id, &key);
        value_seal_keys_v1(ret_keys, &key, permit->seals_v1);
    }
    return ret_keys->count == 0 ? FAIL(UNAVAILABLE) : OK;
}

struct membership *permit_membership(const struct permit *permit)
{
    INVARIANT(permit->membership != NULL);
    return permit->membership;
}

const struct eth_address *permit_peer(const struct permit *permit)
{
    INVARIANT(permit->peer != NULL);
    return permit->peer;
}

struct users *permit_users(const struct permit *permit)
{
    INVARIANT(permit->users != NULL);
    return permit->users;
}

struct status permit_logins(const struct permit *permit, struct sessions **ret)
{
    INVARIANT(permit->users != NULL || permit->tenant != NULL);
    *ret = permit->sessions;
    return *ret != NULL ? OK : FAIL(UNAVAILABLE);
}

const struct service *permit_view(const struct permit *permit)
{
    INVARIANT(permit->worker != NULL);
    return permit->worker->service;
}

bool permit_stranger_take(const struct permit *permit)
{
    INVARIANT(permit->worker != NULL);
    return service_stranger_take(permit->worker);
}
