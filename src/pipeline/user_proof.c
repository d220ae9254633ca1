#include "pipeline/user_proof.h"

#include <string.h>

#include "authenticators/authenticator.h"
#include "base/arena.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "codec/json_in.h"
#include "digest/sha256.h"
#include "identity/nonces.h"
#include "pipeline/context/service.h"
#include "pipeline/proof_internal.h"
#include "pipeline/step_up.h"
#include "sessions/session_check.h"

enum {
    CREDENTIAL_MAX = 1024, /* bytes of the id of a passkey */
};

#define AUTHORIZATION BYTES_LITERAL("authorization")

static struct bytes header(const struct http1_head *head, const char *name)
{
    return http1_header(head, bytes_of(name));
}

static struct pop_headers headers_of(const struct http1_head *head)
{
    const struct pop_names *names = pop_names(POP_USER);
    return (struct pop_headers){
        .signature = header(head, names->signature),
        .nonce = header(head, names->nonce),
        .time = header(head, names->time),
        .caller = header(head, names->caller),
        .recipient = header(head, names->recipient),
        .key = header(head, names->key),
    };
}

bool user_proof_in_head(const struct http1_head *head)
{
    struct pop_headers headers = headers_of(head);
    return http1_header(head, AUTHORIZATION).ptr != NULL || headers.recipient.ptr != NULL ||
           headers.key.ptr != NULL || header(head, STEP_UP_HEADER).ptr != NULL;
}

/* Who shows any header of a proof means to prove something. */
enum user_proof_kind user_proof_kind(const struct work *work)
{
    const struct http1_head *head = work->request->head;
    struct pop_headers headers = headers_of(head);
    bool has_token = http1_header(head, AUTHORIZATION).ptr != NULL;
    bool has_proof = headers.signature.ptr != NULL || headers.nonce.ptr != NULL ||
                     headers.time.ptr != NULL || headers.caller.ptr != NULL ||
                     headers.recipient.ptr != NULL || headers.key.ptr != NULL ||
                     header(head, STEP_UP_HEADER).ptr != NULL;
    enum pop_kind kind = pop_kind_of(headers.caller);
    if (kind == POP_SERVICE) {
        return USER_PROOF_SERVICE;
    }
    if (has_token && !has_proof) {
        return USER_PROOF_BEARER;
    }
    return kind == POP_USER || user_proof_in_head(head) ? USER_PROOF_SESSION : USER_PROOF_NONE;
}

/* --- whom it was signed for, and when --------------------------------------------------------- */

/* Only what is read, by a user, is signed for all nodes: it would count at each of them. */
static struct status check_recipient(const struct work *work, const struct pop *pop)
{
    const struct node_identity_facts *facts = node_identity_facts(work->apps->identity);
    if (pop->is_for_all) {
        return strcmp(work->route->method, "GET") == 0 ? OK : FAIL(POP_MALFORMED);
    }
    bool is_ours = bytes_equal(pop->text.recipient, BYTES_ARRAY(facts->node_text));
    return is_ours ? OK : FAIL(NODE_CHANGED);
}

static struct status read_headers(struct work *work, enum pop_kind kind, struct proof *proof)
{
    const struct pop_headers headers = headers_of(work->request->head);
    TRY(pop_read(kind, &headers, &proof->pop));
    TRY(check_recipient(work, &proof->pop));
    return proof_check_time(work, &proof->pop);
}

/* --- signatures ------------------------------------------------------------------------------- */

/* Where passkeys of a tenant are used; an app's tenant has no such row. */
static const struct trust_tenant *row_of(const struct work *work, const struct tenant *tenant)
{
    const struct trust *trust = work->worker->service->setup.trust;
    for (size_t i = 0; i < trust->tenant_count; i++) {
        if (strcmp(trust->tenants[i].name.text, tenant->name.text) == 0) {
            return &trust->tenants[i];
        }
    }
    return NULL;
}

/* A passkey signs what its page asks it to; which of those on a device it is, is of no interest
 * where the key is known. */
static struct status read_credential(struct arena *arena, struct bytes proof,
                                     struct authenticator_passkey *ret)
{
    struct json_in_doc doc;
    struct json_in member;
    struct bytes text;
    struct buf cred = buf_over(arena_alloc(arena, CREDENTIAL_MAX), CREDENTIAL_MAX);
    if (cred.ptr == NULL) {
        return FAIL(NO_MEMORY);
    }
    TRY(json_in_parse(arena, proof, &doc));
    struct json_in root = json_in_root(&doc);
    TRY(json_in_member(&root, "cred", &member));
    TRY(json_in_string(&member, &text));
    TRY(base64_read_url(text, &cred));
    *ret = (struct authenticator_passkey){.cred = buf_bytes(&cred), .is_new = true};
    return OK;
}

/* What was signed, and with which key. */
struct signing {
    uint8_t scheme;
    struct bytes key;
    const struct tenant *tenant;
};

static struct status check_said(struct work *work, const struct signing *signing,
                                struct bytes proof, const struct authenticator_said *said)
{
    struct bytes origins[TRUST_ORIGINS_MAX];
    struct authenticator_passkey passkey = {.is_new = true};
    struct authenticator_rules rules = {.origins = origins};
    const struct trust_tenant *row = row_of(work, signing->tenant);
    for (size_t i = 0; row != NULL && i < row->origin_count; i++) {
        origins[rules.origin_count++] = bytes_of(row->origins[i].text);
    }
    rules.rp_id = row == NULL ? BYTES_LITERAL("") : bytes_of(row->rp_id);
    if (signing->scheme == AUTH_PASSKEY) {
        TRY(status_judged(read_credential(work->arena, proof, &passkey), FAIL(POP_MALFORMED)));
    }
    const struct authenticator_claim claim = {.scheme = (enum auth_scheme)signing->scheme,
                                              .key = signing->key,
                                              .proof = proof,
                                              .passkey = &passkey};
    struct status status = authenticator_check(work->arena, said, &rules, &claim);
    return status.code == STATUS_BAD_REQUEST ? FAIL(POP_MALFORMED) : status;
}

/* Returns: OK; AUTH_FAILED when the key did not sign this. */
static struct status check_signature(struct work *work, struct proof *proof,
                                     const struct signing *signing)
{
    BUF_LOCAL uint8_t text_memory[POP_TEXT_MAX];
    BUF_LOCAL uint8_t proof_memory[POP_PROOF_MAX];
    struct buf text = buf_over(text_memory, sizeof text_memory);
    struct buf signature = buf_over(proof_memory, sizeof proof_memory);
    sha256_hash(work->request->body, work->body_hash);
    const struct pop_request request = proof_request(work, &proof->pop);
    TRY(pop_request_text(&request, &text));
    sha256_hash(buf_bytes(&text), proof->request_digest);
    TRY(base64_read_url(proof->pop.text.signature, &signature));
    const struct authenticator_said said = {.text = buf_bytes(&text),
                                            .proof_of = proof->request_digest,
                                            .purpose = BYTES_LITERAL("request")};
    return check_said(work, signing, buf_bytes(&signature), &said);
}

/* --- sessions --------------------------------------------------------------------------------- */

/* Any other way to authenticate is none here. */
static struct status read_token(struct work *work, struct user_proof *ret)
{
    static const char bearer[] = "bearer ";
    const struct service *service = work->worker->service;
    struct bytes value = http1_header(work->request->head, AUTHORIZATION);
    if (value.ptr == NULL) {
        return FAIL(POP_MISSING);
    }
    struct bytes token = bytes_slice(value, sizeof bearer - 1, SIZE_MAX);
    if (!http1_same(bytes_slice(value, 0, sizeof bearer - 1), bytes_of(bearer))) {
        return FAIL(AUTH_FAILED);
    }
    TRY(service->speakers.session(service->speakers.context, token, work->operate->renews,
                                  &ret->session));
    ret->tenant = tenant_find(service->setup.tenants, ret->session.tenant);
    return ret->tenant != NULL ? OK : FAIL(AUTH_FAILED);
}

/* The key is that of the token: whoever has another one has another session. */
static struct status check_client(const struct user_proof *proof, struct bytes key)
{
    const struct session_token *session = &proof->session;
    const struct auth_client_key client = {session->cnf_type, key};
    bool is_named = bytes_equal(BYTES_ARRAY(proof->proof.pop.caller), BYTES_ARRAY(session->sid));
    return is_named ? session_check_client(session, &client) : FAIL(AUTH_FAILED);
}

/* A request for all nodes names the tenant that its session is of. */
static struct status check_cluster(const struct user_proof *proof)
{
    uint8_t memory[POP_NODE_TEXT];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, "cluster:");
    hex_put(&text, BYTES_ARRAY(proof->session.tenant));
    bool is_same = !proof->proof.pop.is_for_all ||
                   bytes_equal(proof->proof.pop.text.recipient, buf_bytes(&text));
    return is_same ? OK : FAIL(AUTH_FAILED);
}

static struct status check_session(struct work *work, struct user_proof *ret)
{
    const struct speakers *speakers = &work->worker->service->speakers;
    const struct pop *pop = &ret->proof.pop;
    uint8_t memory[POP_KEY_MAX];
    struct buf key = buf_over(memory, sizeof memory);
    TRY(read_headers(work, POP_USER, &ret->proof));
    TRY(read_token(work, ret));
    TRY(base64_read_url(pop->text.key, &key));
    TRY(check_client(ret, buf_bytes(&key)));
    TRY(check_cluster(ret));
    const struct signing signing = {ret->session.cnf_type, buf_bytes(&key), ret->tenant};
    struct status status = check_signature(work, &ret->proof, &signing);
    TRY(status.code == STATUS_AUTH_FAILED ? FAIL(POP_SIGNATURE) : status);
    TRY(step_up_check(work, ret->proof.request_digest, &ret->session));
    return speakers->count(speakers->context, ret->session.sid, pop->counter);
}

/* A token that belongs to a key is nothing without it. */
static struct status check_bearer(struct work *work, struct user_proof *ret)
{
    TRY(read_token(work, ret));
    sha256_hash(work->request->body, work->body_hash);
    return ret->session.cnf_type == 0 ? OK : FAIL(POP_MISSING);
}

/* --- service keys ----------------------------------------------------------------------------- */

/* The id is a hash of the tenant too, so that no two have the same one. A tenant that cannot be
 * asked now is no obstacle for the keys of others. */
static struct status find_service(struct work *work, struct user_proof *ret)
{
    const struct service *service = work->worker->service;
    const struct speakers *speakers = &service->speakers;
    const struct tenant_set *tenants = service->setup.tenants;
    struct status status = FAIL(AUTH_FAILED);
    for (size_t i = 0; i < tenant_set_count(tenants); i++) {
        ret->tenant = tenant_set_at(tenants, i);
        struct status asked = speakers->service(speakers->context, ret->tenant->id,
                                                ret->proof.pop.caller, work->now, &ret->service);
        if (status_is_ok(asked)) {
            return OK;
        }
        status = asked.code == STATUS_AUTH_FAILED ? status : asked;
    }
    return status;
}

static struct status check_service(struct work *work, struct user_proof *ret)
{
    struct nonces *nonces = work->worker->service->nonces;
    const struct users_service *service = &ret->service;
    uint8_t owner[NONCE_APP] = {0};
    const struct http1_head *head = work->request->head;
    if (http1_header(head, AUTHORIZATION).ptr != NULL || header(head, STEP_UP_HEADER).ptr != NULL) {
        return FAIL(POP_MALFORMED);
    }
    TRY(read_headers(work, POP_SERVICE, &ret->proof));
    TRY(nonces_check(nonces, ret->proof.pop.nonce));
    TRY(find_service(work, ret));
    const struct signing signing = {service->alg, {service->key, service->key_len}, ret->tenant};
    TRY(check_signature(work, &ret->proof, &signing));
    TRY(service->is_frozen ? FAIL(FROZEN) : OK);
    memcpy(owner, service->id, sizeof service->id);
    return nonces_spend(nonces, ret->proof.pop.nonce, owner);
}

struct status user_proof_check(struct work *work, enum user_proof_kind kind, struct user_proof *ret)
{
    if (work->apps == NULL || work->worker->service->speakers.session == NULL) {
        return FAIL(UNAVAILABLE);
    }
    ret->kind = kind;
    switch (kind) {
    case USER_PROOF_SESSION:
        return check_session(work, ret);
    case USER_PROOF_SERVICE:
        return check_service(work, ret);
    case USER_PROOF_BEARER:
        return check_bearer(work, ret);
    case USER_PROOF_NONE:
        break;
    }
    return FAIL(UNAUTHENTICATED);
}
