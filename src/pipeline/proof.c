#include "pipeline/proof.h"

#include "base/wall_clock.h"
#include "digest/sha256.h"
#include "ethereum/eip191.h"
#include "pipeline/context/service.h"
#include "pipeline/proof_internal.h"
#include "pipeline/user_proof.h"
#include "pipeline/versions.h"

/* The route says which proof it takes: of peers their own, and the v1 forms on v1 routes only. */
static enum pop_kind kind_of(const struct route *route)
{
    if (route->principal == ROUTES_PEER) {
        return route->wire == ROUTES_V1 ? POP_PEER_V1 : POP_PEER;
    }
    return route->wire == ROUTES_V1 ? POP_APP_V1 : POP_APP;
}

static struct bytes header(const struct http1_head *head, const char *name)
{
    return http1_header(head, bytes_of(name));
}

static struct pop_headers headers_of(const struct route *route, const struct http1_head *head)
{
    const struct pop_names *names = pop_names(kind_of(route));
    return (struct pop_headers){
        .signature = header(head, names->signature),
        .nonce = header(head, names->nonce),
        .time = header(head, names->time),
        .caller = header(head, names->caller),
    };
}

bool proof_is_there(const struct work *work)
{
    return proof_in_head(work->route, work->request->head);
}

bool proof_in_head(const struct route *route, const struct http1_head *head)
{
    struct pop_headers headers = headers_of(route, head);
    if (route->principal == ROUTES_GUEST) {
        return false; /* whoever brings it says nothing by that */
    }
    return headers.signature.ptr != NULL || headers.nonce.ptr != NULL || headers.time.ptr != NULL ||
           headers.caller.ptr != NULL ||
           (route->principal == ROUTES_USER && user_proof_in_head(head));
}

/* Both ends of what the time may be must be near enough. Where they are far apart it is not the
 * caller's clock that is wrong. */
struct status proof_check_time(const struct work *work, const struct pop *pop)
{
    uint64_t unit = pop_is_v1(pop->kind) ? 1000 : 1;
    uint64_t most_ms = pop_is_v1(pop->kind) ? LIMIT_POP_V1_MS : LIMIT_POP_MS;
    if (pop->time > UINT64_MAX / unit) {
        return FAIL(POP_STALE);
    }
    uint64_t at_ms = pop->time * unit;
    bool is_late = at_ms < work->now.hi_ms && work->now.hi_ms - at_ms > most_ms;
    bool is_early = at_ms > work->now.lo_ms && at_ms - work->now.lo_ms > most_ms;
    bool is_known = work->now.hi_ms - work->now.lo_ms <= WALL_CLOCK_BEHIND_MS;
    struct status refusal = is_known ? FAIL(POP_STALE) : FAIL(CLOCK_BEHIND);
    return is_late || is_early ? refusal : OK;
}

static const struct node_identity_facts *facts_of(const struct work *work)
{
    return node_identity_facts(work->apps->identity);
}

struct pop_request proof_request(const struct work *work, const struct pop *pop)
{
    const struct service *service = work->worker->service;
    const struct http1_head *head = work->request->head;
    struct bytes node = BYTES_ARRAY(facts_of(work)->node_text);
    return (struct pop_request){
        .kind = pop->kind,
        .method = head->method,
        .target = head->target,
        .body_hash = work->body_hash,
        .domain = tenant_set_domain(service->setup.tenants),
        .recipient = pop->text.recipient.ptr == NULL ? node : pop->text.recipient,
        .caller = pop->text.caller,
        .nonce = pop->text.nonce,
        .time_ms = pop->time,
        .idempotency_key = header(head, "idempotency-key"),
    };
}

/* What the caller signed. In version 1 the node's wallet stands there in lower case, or as the
 * seed's first clients have it. */
static struct status signed_text(const struct work *work, const struct proof *proof,
                                 struct buf *out)
{
    const struct node_identity_facts *facts = facts_of(work);
    const struct pop *pop = &proof->pop;
    if (!pop_is_v1(pop->kind)) {
        const struct pop_request request = proof_request(work, pop);
        return pop_request_text(&request, out);
    }
    struct bytes wallet =
        proof->is_checksum ? BYTES_ARRAY(facts->checksum_text) : BYTES_ARRAY(facts->wallet_text);
    return pop_v1_text(pop->kind, pop->text.nonce, wallet, pop->text.time, out);
}

static struct status recover(const struct work *work, const struct proof *proof,
                             struct eth_address *ret_wallet)
{
    BUF_LOCAL uint8_t memory[POP_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct k256_signature signature;
    struct eth_address claimed;
    bool is_v1 = pop_is_v1(proof->pop.kind);
    TRY(signed_text(work, proof, &text));
    if (!status_is_ok(eip191_read(proof->pop.text.signature, &signature))) {
        return FAIL(POP_SIGNATURE);
    }
    TRY(status_judged(eip191_recover(buf_bytes(&text), &signature, !is_v1, ret_wallet),
                      FAIL(POP_SIGNATURE)));
    if (proof->pop.text.caller.ptr == NULL) {
        return OK;
    }
    if (!status_is_ok(eth_address_read(proof->pop.text.caller, &claimed))) {
        return FAIL(POP_MALFORMED);
    }
    if (eth_address_equal(&claimed, ret_wallet)) {
        return OK;
    }
    return is_v1 ? FAIL(POP_WALLET) : FAIL(POP_SIGNATURE);
}

static struct status look_up(struct work *work, const struct eth_address *wallet,
                             struct registry_grant *ret_grant)
{
    const struct registry_question question = {
        .wallet = *wallet,
        .role = work->route->principal == ROUTES_PEER ? REGISTRY_PEER : REGISTRY_APP,
        .use = work->route->use,
        .now_ms = clock_monotonic_ms(work->clock),
    };
    struct status status = registry_lookup(&work->apps->registry, &question, ret_grant);
    work->waits = status.code == STATUS_REGISTRY_PENDING;
    return status;
}

/* A signature over the other spelling gives the wallet of nobody: not the one that the header
 * names, and without a header one that the registry does not know. */
static struct status identify(struct work *work, struct proof *proof)
{
    unsigned spellings = pop_is_v1(proof->pop.kind) ? 2 : 1;
    struct status status = OK;
    for (unsigned i = 0; i < spellings; i++) {
        struct eth_address wallet;
        proof->is_checksum = i == 1;
        /* Without a header every stranger is looked up twice; not more often than is bearable. */
        if (i == 1 && status.code == STATUS_INSTANCE_NOT_FOUND &&
            !service_stranger_take(work->worker)) {
            return FAIL(RATE_LIMITED);
        }
        status = recover(work, proof, &wallet);
        if (status_is_ok(status)) {
            status = look_up(work, &wallet, &proof->grant);
        }
        bool is_named = proof->pop.text.caller.ptr != NULL;
        if (status.code != STATUS_POP_WALLET &&
            (is_named || status.code != STATUS_INSTANCE_NOT_FOUND)) {
            return status;
        }
    }
    return status;
}

static struct status digest_v2(const struct work *work, struct proof *proof)
{
    struct pop_request request = proof_request(work, &proof->pop);
    TRY(pop_request_digest(&request, proof->request_digest));
    request.body_hash = NULL;
    return pop_request_digest(&request, proof->sealed_digest);
}

struct status proof_check(struct work *work, struct proof *ret)
{
    const struct pop_headers headers = headers_of(work->route, work->request->head);
    struct service *service = work->worker->service;
    if (work->apps == NULL) {
        return FAIL(UNAVAILABLE);
    }
    TRY(pop_read(kind_of(work->route), &headers, &ret->pop));
    TRY(proof_check_time(work, &ret->pop));
    TRY(nonces_check(service->nonces, ret->pop.nonce));
    sha256_hash(work->request->body, work->body_hash);
    TRY(identify(work, ret));
    if (ret->pop.kind == POP_APP_V1) {
        TRY(versions_check_v1(service, ret->grant.app_id));
    }
    TRY(nonces_spend(service->nonces, ret->pop.nonce, ret->grant.app_id));
    if (pop_is_v1(ret->pop.kind)) {
        return OK;
    }
    TRY(digest_v2(work, ret));
    return ret->pop.kind == POP_APP ? versions_note(service, ret->grant.app_id) : OK;
}
