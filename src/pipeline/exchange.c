#include "pipeline/exchange.h"

#include <string.h>

#include "base/arena.h"
#include "base/invariant.h"
#include "digest/sha256.h"
#include "ethereum/eip191.h"
#include "identity/agreements.h"
#include "identity/node_identity.h"
#include "pipeline/charge_internal.h"
#include "pipeline/context/service.h"
#include "wire/envelope.h"

struct opened {
    struct bytes text;
};

enum { HEADER_MAX = 256 }; /* of a value here; the longest has a wallet and a boot id */

static enum envelope_version version_of(const struct proof *proof)
{
    return pop_is_v1(proof->pop.kind) ? ENVELOPE_V1 : ENVELOPE_V2;
}

/* --- requests --------------------------------------------------------------------------------- */

static struct status read_envelope(struct work *work, const struct proof *proof,
                                   struct envelope *ret_envelope)
{
    const struct p384_point *registered = &proof->grant.tee_point;
    struct arena *arena = work->arena;
    TRY(json_in_parse(arena, work->request->body, &work->doc));
    struct json_in root = json_in_root(&work->doc);
    return version_of(proof) == ENVELOPE_V1
               ? envelope_read_v1(arena, &root, registered, ret_envelope)
               : envelope_read_v2(arena, &root, registered, ret_envelope);
}

/* True when the key of these envelopes is not with us. */
static bool is_elsewhere(const struct work *work, enum envelope_version version)
{
    return version == ENVELOPE_V1 && node_identity_is_remote(work->apps->identity);
}

static struct status decrypt(struct work *work, const struct proof *proof,
                             const struct envelope *envelope, struct bytes *ret_text)
{
    struct service *service = work->worker->service;
    struct arena *arena = work->arena;
    struct envelope_form form = {
        .version = envelope->version, .member = envelope->member, .way = ENVELOPE_REQUEST};
    SECRET(envelope_keys, keys);
    if (is_elsewhere(work, envelope->version)) {
        return node_identity_open_v1(work->apps->identity, arena, envelope, ret_text);
    }
    memcpy(form.digest, proof->sealed_digest, sizeof form.digest);
    TRY(agreements_get(service->agreements, &envelope->sender, &keys, &work->derivation));
    if (envelope->version == ENVELOPE_V2) {
        return envelope_open(arena, envelope, &keys, &form, ret_text);
    }
    form.derivation = work->derivation;
    TRY(envelope_open_v1(arena, envelope, &keys, &form, ret_text));
    if (form.derivation != work->derivation) {
        work->derivation = form.derivation;
        agreements_note(service->agreements, &envelope->sender, form.derivation);
    }
    return OK;
}

/* Under a key that outlived a process, any envelope that it took could come again. */
static struct status check_key(const struct work *work, const struct proof *proof)
{
    bool changes = work->route->audit == ROUTES_AUDIT_EFFECT;
    bool is_v1 = version_of(proof) == ENVELOPE_V1;
    return is_v1 && changes && work->apps->is_key_old ? FAIL(V1_KEY_OLD) : OK;
}

/* The point is compared before anything is spent on it. */
static struct status open_envelope(struct work *work, const struct proof *proof,
                                   struct bytes *ret_text)
{
    struct service *service = work->worker->service;
    struct envelope envelope;
    TRY(check_key(work, proof));
    TRY(read_envelope(work, proof, &envelope));
    if (!p384_point_equal(&envelope.sender, &proof->grant.tee_point)) {
        TRY(proof->pop.kind == POP_PEER ? charge_agreement(work) : FAIL(ENVELOPE_SENDER));
    }
    work->sender = envelope.sender;
    work->member = envelope.member;
    TRY(decrypt(work, proof, &envelope, ret_text));
    /* Only version 2 binds the envelope to its request. What peers say may come again: it is under
     * a code besides, and what was taken once changes nothing the second time. */
    return proof->pop.kind == POP_APP_V1 ? nonces_remember(service->nonces, proof->grant.app_id,
                                                           &envelope.sender, envelope.iv)
                                         : OK;
}

struct status exchange_open(struct work *work, const struct caller *caller,
                            const struct opened **ret_opened)
{
    const struct proof *proof = caller_proof(caller);
    *ret_opened = NULL;
    struct opened *opened = arena_alloc(work->arena, sizeof *opened);
    if (opened == NULL) {
        return FAIL(NO_MEMORY);
    }
    opened->text = work->request->body;
    if (proof != NULL && work->route->body_max != 0) {
        TRY(open_envelope(work, proof, &opened->text));
    }
    *ret_opened = opened;
    return OK;
}

struct bytes exchange_text(const struct opened *opened)
{
    return opened->text;
}

/* What tells an answer of version 1 from a request, once both are open. */
#define ANSWER_MARK "app_id"

struct status exchange_check_way(struct work *work, const struct caller *caller)
{
    const struct proof *proof = caller_proof(caller);
    struct json_in root = json_in_root(&work->doc);
    struct json_in mark;
    bool is_answer = proof != NULL && version_of(proof) == ENVELOPE_V1 &&
                     json_in_kind(&root) == JSON_IN_OBJECT &&
                     json_in_find(&root, ANSWER_MARK, &mark);
    return is_answer ? FAIL(ENVELOPE_REPLAYED) : OK;
}

/* --- answers ---------------------------------------------------------------------------------- */

struct status exchange_seal(struct work *work, const struct caller *caller, struct answer *answer)
{
    const struct proof *proof = caller == NULL ? NULL : caller_proof(caller);
    if (proof == NULL || answer->http_status != 200) {
        return OK;
    }
    struct service *service = work->worker->service;
    struct envelope_form form = {
        .version = version_of(proof), .member = work->member, .way = ENVELOPE_RESPONSE};
    SECRET(envelope_keys, keys);
    INVARIANT(proof->pop.kind != POP_APP_V1 ||
              bytes_starts(answer->body, BYTES_LITERAL("{\"" ANSWER_MARK "\":")));
    if (is_elsewhere(work, form.version)) {
        const struct envelope to = {.sender = proof->grant.tee_point, .member = work->member};
        struct bytes plain = answer->body;
        return node_identity_seal_v1(work->apps->identity, work->arena, &to, plain, &answer->body);
    }
    memcpy(form.digest, proof->request_digest, sizeof form.digest);
    bool is_peer = proof->pop.kind == POP_PEER;
    const struct p384_point *to = is_peer ? &work->sender : &proof->grant.tee_point;
    TRY(agreements_get(service->agreements, to, &keys, &form.derivation));
    if (work->route->body_max != 0) {
        form.derivation = work->derivation; /* another loop may have noted another one since */
    }
    const struct envelope_sealer sealer = {&keys, &node_identity_facts(work->apps->identity)->point,
                                           &service->setup.entropy};
    struct bytes text = answer->body;
    return envelope_seal(work->arena, &sealer, &form, text, &answer->body);
}

/* Add a header. In: value, in the request's arena. */
static void add_header(struct answer *answer, const char *name, struct bytes value)
{
    INVARIANT(answer->headers_count < ANSWER_HEADERS);
    answer->headers[answer->headers_count++] = (struct http1_header){bytes_of(name), value};
}

/* The same with a signature that was put into out. */
static struct status add_signature(struct work *work, struct answer *answer, const char *name,
                                   const struct buf *out)
{
    struct bytes value;
    TRY(arena_copy(work->arena, buf_bytes(out), &value));
    add_header(answer, name, value);
    return OK;
}

static struct status sign_v1(struct work *work, const struct proof *proof, struct answer *answer)
{
    uint8_t memory[EIP191_TEXT];
    struct buf out = buf_over(memory, sizeof memory);
    if (answer->http_status != 200) {
        return OK;
    }
    TRY(node_identity_answer_v1(work->apps->identity, proof->pop.text.signature, proof->is_checksum,
                                &out));
    return add_signature(
        work, answer, proof->pop.kind == POP_APP_V1 ? POP_V1_APP_ANSWER : POP_V1_PEER_ANSWER, &out);
}

/* What is said about an answer, as far as it is known before it is written down. */
static struct pop_answer about(const struct work *work, const struct proof *proof,
                               const struct answer *answer)
{
    const struct audit_lane *chain = &work->lane->chain;
    struct pop_answer said = {
        .status = answer->http_status,
        .node = BYTES_ARRAY(node_identity_facts(work->apps->identity)->node_text),
        .block_number = proof->grant.block_number,
        .epoch = root_keyring_newest_epoch(work->apps->roots),
        .is_audited = work->recorded,
        .time_ms = work->now.hi_ms,
    };
    memcpy(said.request, proof->request_digest, sizeof said.request);
    memcpy(said.block_hash, proof->grant.block_hash, sizeof said.block_hash);
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, answer->body);
    sha256_final(&sha, said.body_hash);
    if (said.is_audited) {
        said.audit_lane = chain->lane;
        said.audit_seq = chain->seq - 1;
        memcpy(said.audit_hash, chain->prev, sizeof said.audit_hash);
    }
    return said;
}

/* Values of headers, each in its own arena block. */
static struct status add_said(struct work *work, const struct pop_answer *said,
                              struct answer *answer)
{
    uint8_t memory[5][HEADER_MAX];
    struct buf out[5];
    static const char *const names[5] = {POP_ANSWER_NODE, POP_ANSWER_BLOCK, POP_ANSWER_EPOCH,
                                         POP_ANSWER_AUDIT, POP_ANSWER_TIME};
    for (size_t i = 0; i < 5; i++) {
        out[i] = buf_over(memory[i], HEADER_MAX);
    }
    buf_put(&out[0], said->node);
    pop_answer_put_block(said, &out[1]);
    buf_put_decimal(&out[2], said->epoch);
    pop_answer_put_audit(said, &out[3]);
    buf_put_decimal(&out[4], said->time_ms);
    for (size_t i = 0; i < 5; i++) {
        struct bytes value;
        TRY(buf_check(&out[i]));
        TRY(arena_copy(work->arena, buf_bytes(&out[i]), &value));
        add_header(answer, names[i], value);
    }
    return OK;
}

static struct status sign_v2(struct work *work, const struct proof *proof, struct answer *answer)
{
    const struct pop_answer said = about(work, proof, answer);
    uint8_t memory[EIP191_TEXT];
    struct buf out = buf_over(memory, sizeof memory);
    TRY(add_said(work, &said, answer));
    TRY(node_identity_answer(work->apps->identity, &said, &out));
    return add_signature(work, answer, POP_ANSWER_SIGNATURE, &out);
}

/* Who signed for another node, or for an earlier start of this one, learns which one this is; only
 * from the registry can he learn whether to believe it. */
static void name_node(const struct work *work, struct answer *answer)
{
    if (answer->code == STATUS_NODE_CHANGED) {
        const struct node_identity_facts *facts = node_identity_facts(work->apps->identity);
        add_header(answer, POP_ANSWER_NODE, BYTES_ARRAY(facts->node_text));
    }
}

struct status exchange_sign(struct work *work, const struct caller *caller, struct answer *answer)
{
    const struct proof *proof = caller == NULL ? NULL : caller_signed(caller);
    if (proof == NULL) {
        name_node(work, answer);
        return OK;
    }
    return version_of(proof) == ENVELOPE_V1 ? sign_v1(work, proof, answer)
                                            : sign_v2(work, proof, answer);
}
