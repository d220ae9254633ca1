#include "base/limits.h"
#include "pipeline/caller.h"
#include "pipeline/charge_internal.h"
#include "pipeline/context/service.h"

static uint32_t units_of(uint64_t units)
{
    return units < UINT32_MAX ? (uint32_t)units : UINT32_MAX;
}

static uint32_t seconds_of(uint64_t ns)
{
    return units_of(ns / 1000000000 + (ns % 1000000000 != 0));
}

/* Whose buckets a session or service key is charged to. */
static struct service_payer payer_of(const struct user_proof *user)
{
    if (user->kind == USER_PROOF_SERVICE) {
        return (struct service_payer){user->tenant->id, BYTES_ARRAY(user->service.id), true};
    }
    return (struct service_payer){
        user->tenant->id, {user->session.user, user->session.user_len}, false};
}

/* Take it from whom it is for. Returns: as rate_table_charge. */
static uint64_t take(const struct work *work, struct token_bucket_price price)
{
    struct service *service = work->worker->service;
    const struct proof *proof = caller_proof(work->caller);
    const struct user_proof *user = caller_user(work->caller);
    if (user != NULL) {
        const struct service_payer payer = payer_of(user);
        return service_user_charge(service, &payer, price);
    }
    if (proof == NULL) {
        return 0;
    }
    return caller_kind(work->caller) == CALLER_IS_PEER
               ? service_peer_charge(service, &proof->grant.wallet, price)
               : service_app_charge(service, proof->grant.app_id, price);
}

static void count(const struct work *work, uint32_t units)
{
    if (caller_user(work->caller) != NULL) {
        metrics_add(work->metrics, METRICS_USER_UNITS, 0, 0, units);
    } else if (caller_app(work->caller) != NULL) {
        metrics_add(work->metrics, METRICS_APP_UNITS, 0, 0, units);
    }
}

/* Take more for a request for which work->units are paid. */
static struct status charge(struct work *work, uint32_t units)
{
    const struct token_bucket_price price = {units, work->units};
    uint64_t wait_ns = take(work, price);
    if (wait_ns != 0) {
        bool is_user = caller_user(work->caller) != NULL;
        metrics_add(work->metrics, is_user ? METRICS_USER_LIMITED : METRICS_APP_LIMITED, 0, 0, 1);
        work->retry_after_s = seconds_of(wait_ns);
        return FAIL(RATE_LIMITED);
    }
    count(work, units);
    work->units = units_of((uint64_t)work->units + units);
    return OK;
}

struct status charge_request(struct work *work)
{
    return charge(work, units_of(1 + work->request->body.len / LIMIT_UNIT_BYTES));
}

struct status charge_agreement(struct work *work)
{
    return charge(work, LIMIT_AGREEMENT_UNITS);
}

struct status charge_operation(struct work *work)
{
    const struct operation *operate = work->operate;
    return operate->price == NULL ? OK : charge(work, units_of(operate->price(work)));
}

void charge_answer(struct work *work, size_t bytes)
{
    const struct proof *proof = work->caller == NULL ? NULL : caller_proof(work->caller);
    const struct user_proof *user = work->caller == NULL ? NULL : caller_user(work->caller);
    uint32_t units = units_of(work->owed + bytes / LIMIT_UNIT_BYTES);
    if ((proof == NULL && user == NULL) || units == 0) {
        return;
    }
    count(work, units);
    if (user != NULL) {
        const struct service_payer payer = payer_of(user);
        service_user_owe(work->worker->service, &payer, units);
    } else if (caller_kind(work->caller) == CALLER_IS_PEER) {
        service_peer_owe(work->worker->service, &proof->grant.wallet, units);
    } else {
        service_app_owe(work->worker->service, proof->grant.app_id, units);
    }
}

bool charge_is_dear(const struct work *work)
{
    return work->units > LIMIT_TURN_UNITS;
}
