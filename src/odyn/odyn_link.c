#include "odyn/odyn_link.h"

#include <string.h>

#include "base/limits.h"
#include "ethereum/eip191.h"
#include "odyn/odyn.h"

enum {
    ARENA = 64u << 20,
    FRAME_MAX = 2048, /* of a body or an answer, all but its long member */
    ESCAPED = 6,      /* characters of JSON that a byte of a text may take */
    OUR_ESCAPED = 2,  /* of a text that is JSON itself */
};

/* --- opening ---------------------------------------------------------------------------------- */

bool odyn_link_url_valid(const char *url)
{
    struct fetch_local local;
    return status_is_ok(fetch_local_init(&local, url, 1));
}

struct status odyn_link_init(struct odyn_link *link, const char *url, uint32_t timeout_ms)
{
    *link = (struct odyn_link){.local = {.fd = -1}};
    TRY(fetch_local_init(&link->local, url, timeout_ms));
    return arena_init(&link->arena, ARENA);
}

/* For zeros too, which are no connection. */
void odyn_link_deinit(struct odyn_link *link)
{
    if (link->local.timeout_ms != 0) {
        fetch_local_deinit(&link->local);
    }
    arena_deinit(&link->arena);
}

/* --- one call --------------------------------------------------------------------------------- */

/* The memory of a call, from its beginning to its end. */
struct call {
    struct odyn_link *link;
    const char *path;
    struct buf body;
    struct buf answer;
    unsigned http;
    struct json_in_doc doc;
};

static void call_wipe(struct call *call)
{
    arena_reset(&call->link->arena);
}

#define CALL(name, at_link, at_path) \
    __attribute__((cleanup(call_wipe))) struct call name = {.link = (at_link), .path = (at_path)}

/* Room for a body, which is left empty for a GET, and for the answer. */
static struct status prepare(struct call *call, size_t body_max, size_t answer_max)
{
    struct arena *arena = &call->link->arena;
    uint8_t *body = body_max == 0 ? NULL : arena_alloc(arena, body_max);
    uint8_t *answer = arena_alloc(arena, answer_max);
    call->body = buf_over(body, body_max);
    call->answer = buf_over(answer, answer_max);
    return answer == NULL || (body == NULL && body_max != 0) ? FAIL(NO_MEMORY) : OK;
}

static struct status send(struct call *call)
{
    TRY(buf_check(&call->body));
    struct status status = fetch_local_call(&call->link->local, call->path, buf_bytes(&call->body),
                                            &call->answer, &call->http);
    if (status.code == STATUS_BUFFER_FULL || (status_is_ok(status) && call->http != 200)) {
        return FAIL(ODYN_INVALID);
    }
    return status_judged(status, FAIL(ODYN_UNAVAILABLE));
}

/* What a reader says about an answer's shape. */
static struct status judged(struct status status)
{
    return status_judged(status, FAIL(ODYN_INVALID));
}

static struct status ask(struct call *call)
{
    TRY(send(call));
    return judged(json_in_parse(&call->link->arena, buf_bytes(&call->answer), &call->doc));
}

/* --- the calls -------------------------------------------------------------------------------- */

static struct status read_wallet(struct odyn_link *link, struct eth_address *ret)
{
    CALL(call, link, ODYN_PATH_ADDRESS);
    TRY(prepare(&call, 0, FRAME_MAX));
    TRY(ask(&call));
    return judged(odyn_read_address(&call.doc, ret->b));
}

static struct status read_point(struct odyn_link *link, struct p384_point *ret)
{
    uint8_t spki[ODYN_SPKI];
    CALL(call, link, ODYN_PATH_PUBLIC_KEY);
    TRY(prepare(&call, 0, FRAME_MAX));
    TRY(ask(&call));
    TRY(judged(odyn_read_public_key(&call.doc, spki)));
    return judged(p384_point_parse(BYTES_ARRAY(spki), ret));
}

struct status odyn_link_keys(struct odyn_link *link, struct odyn_link_keys *ret)
{
    struct odyn_link_keys keys;
    *ret = (struct odyn_link_keys){0};
    TRY(read_wallet(link, &keys.wallet));
    TRY(read_point(link, &keys.point));
    *ret = keys;
    return OK;
}

static struct status check(const struct eth_address *wallet, struct bytes text,
                           struct k256_signature *signature)
{
    struct eth_address signer;
    signature->v = signature->v >= 27 ? (uint8_t)(signature->v - 27) : signature->v;
    TRY(judged(eip191_recover(text, signature, true, &signer)));
    return eth_address_equal(&signer, wallet) ? OK : FAIL(ODYN_INVALID);
}

struct status odyn_link_sign(struct odyn_link *link, const struct eth_address *wallet,
                             struct bytes text, struct k256_signature *ret)
{
    uint8_t raw[ODYN_SIGNATURE];
    struct k256_signature signature;
    *ret = (struct k256_signature){0};
    CALL(call, link, ODYN_PATH_SIGN);
    TRY(prepare(&call, ESCAPED * text.len + FRAME_MAX, FRAME_MAX));
    odyn_sign_body(&call.body, text);
    TRY(ask(&call));
    TRY(judged(odyn_read_signature(&call.doc, raw)));
    memcpy(signature.rs, raw, sizeof signature.rs);
    signature.v = raw[ODYN_SIGNATURE - 1];
    TRY(check(wallet, text, &signature));
    *ret = signature;
    return OK;
}

/* What comes back must be what was asked for, signed by the wallet. */
static struct status read_transaction(struct call *call, const struct eth_address *wallet,
                                      const struct eth_transaction *transaction, struct buf *raw)
{
    struct eth_address signer;
    size_t start = raw->len;
    TRY(judged(odyn_read_transaction(&call->doc, raw)));
    struct bytes made = bytes_slice(buf_bytes(raw), start, SIZE_MAX);
    TRY(judged(eth_transaction_signer(transaction, made, &signer)));
    return eth_address_equal(&signer, wallet) ? OK : FAIL(ODYN_INVALID);
}

struct status odyn_link_sign_transaction(struct odyn_link *link, const struct eth_address *wallet,
                                         const struct eth_transaction *transaction, struct buf *raw)
{
    struct odyn_transaction asked = {
        .chain_id = transaction->chain_id,
        .nonce = transaction->nonce,
        .max_priority_fee_per_gas = transaction->max_priority_fee_per_gas,
        .max_fee_per_gas = transaction->max_fee_per_gas,
        .gas_limit = transaction->gas_limit,
        .data = transaction->data,
    };
    struct buf before = *raw;
    memcpy(asked.to, transaction->to.b, sizeof asked.to);
    CALL(call, link, ODYN_PATH_SIGN_TX);
    TRY(prepare(&call, 2 * transaction->data.len + FRAME_MAX,
                2 * (size_t)ETH_TRANSACTION_MAX + FRAME_MAX));
    odyn_sign_transaction_body(&call.body, &asked);
    TRY(ask(&call));
    struct status status = read_transaction(&call, wallet, transaction, raw);
    if (!status_is_ok(status)) {
        *raw = before;
    }
    return status;
}

struct status odyn_link_random(struct odyn_link *link, struct secret32 *ret)
{
    *ret = (struct secret32){0};
    CALL(call, link, ODYN_PATH_RANDOM);
    TRY(prepare(&call, 0, FRAME_MAX));
    TRY(ask(&call));
    return judged(odyn_read_random(&call.doc, ret->b));
}

struct status odyn_link_decrypt(struct odyn_link *link, struct arena *arena,
                                const struct odyn_link_sealed *in, struct bytes *ret_text)
{
    uint8_t spki[ODYN_SPKI];
    struct bytes text;
    *ret_text = (struct bytes){NULL, 0};
    CALL(call, link, ODYN_PATH_DECRYPT);
    p384_point_spki(&in->peer, spki);
    TRY(prepare(&call, 2 * in->sealed.len + FRAME_MAX, ESCAPED * in->sealed.len + FRAME_MAX));
    odyn_decrypt_body(&call.body, spki, in->iv, in->sealed);
    struct status status = ask(&call);
    if (call.http == 400) {
        return FAIL(AEAD_INVALID);
    }
    TRY(status);
    TRY(judged(odyn_read_plaintext(&call.doc, &text)));
    if (text.len + AEAD_TAG != in->sealed.len) {
        return FAIL(ODYN_INVALID);
    }
    return arena_copy(arena, text, ret_text);
}

/* Ciphertext and tag as long as they must be. */
static struct status take_sealed(struct call *call, struct arena *arena, size_t text_len,
                                 struct odyn_link_sealed *ret)
{
    uint8_t *memory = arena_alloc(arena, text_len + AEAD_TAG);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf sealed = buf_over(memory, text_len + AEAD_TAG);
    TRY(judged(odyn_read_encrypted(&call->doc, ret->iv, &sealed)));
    ret->sealed = buf_bytes(&sealed);
    return sealed.len == sealed.cap ? OK : FAIL(ODYN_INVALID);
}

struct status odyn_link_encrypt(struct odyn_link *link, struct arena *arena,
                                const struct p384_point *peer, struct bytes text,
                                struct odyn_link_sealed *ret)
{
    uint8_t spki[ODYN_SPKI];
    struct odyn_link_sealed sealed = {.peer = *peer};
    *ret = (struct odyn_link_sealed){.sealed = {NULL, 0}};
    CALL(call, link, ODYN_PATH_ENCRYPT);
    p384_point_spki(peer, spki);
    TRY(prepare(&call, OUR_ESCAPED * text.len + FRAME_MAX, 2 * (text.len + AEAD_TAG) + FRAME_MAX));
    odyn_encrypt_body(&call.body, text, spki);
    TRY(ask(&call));
    TRY(take_sealed(&call, arena, text.len, &sealed));
    *ret = sealed;
    return OK;
}

struct status odyn_link_attest(struct odyn_link *link, struct arena *arena, struct bytes nonce,
                               struct bytes binding, struct bytes *ret_document)
{
    *ret_document = (struct bytes){NULL, 0};
    CALL(call, link, ODYN_PATH_ATTESTATION);
    TRY(prepare(&call, 2 * (nonce.len + binding.len) + FRAME_MAX, LIMIT_ODYN_DOCUMENT));
    odyn_attestation_body(&call.body, nonce, binding);
    TRY(send(&call));
    if (call.answer.len == 0) {
        return FAIL(ODYN_INVALID);
    }
    return arena_copy(arena, buf_bytes(&call.answer), ret_document);
}
