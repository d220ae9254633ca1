#include "wire/sealed_call.h"

#include <string.h>

#include "digest/sha256.h"
#include "ethereum/eip191.h"

size_t sealed_call_body_max(size_t len)
{
    return (len + AEAD_TAG + 2) / 3 * 4 + SEALED_CALL_FRAME;
}

/* Copy a text of exactly len characters. */
static bool copy_text(const struct json_in *root, const char *name, size_t len, char *ret)
{
    struct json_in member;
    struct bytes text;
    if (!status_is_ok(json_in_member(root, name, &member)) ||
        !status_is_ok(json_in_string(&member, &text)) || text.len != len) {
        return false;
    }
    memcpy(ret, text.ptr, len);
    ret[len] = '\0';
    return true;
}

static bool is_of_wallet(const char *node, const struct eth_address *wallet)
{
    uint8_t memory[POP_WALLET_TEXT];
    struct buf text = buf_over(memory, sizeof memory);
    eth_address_put(&text, wallet);
    return bytes_starts(bytes_of(node), buf_bytes(&text)) && node[POP_WALLET_TEXT] == ':';
}

struct status sealed_call_read_nonce(struct json_in_doc *doc, const struct eth_address *wallet,
                                     struct sealed_call_nonce *ret)
{
    struct json_in root = json_in_root(doc);
    if (copy_text(&root, "nonce", POP_NONCE_V2_TEXT, ret->nonce) &&
        copy_text(&root, "node", POP_NODE_TEXT, ret->node) && is_of_wallet(ret->node, wallet)) {
        return OK;
    }
    *ret = (struct sealed_call_nonce){{0}, {0}};
    return FAIL(NODE_UNTRUSTED);
}

struct status sealed_call_seal(struct arena *arena, const struct envelope_sealer *sealer,
                               struct bytes text, struct sealed_call *call)
{
    struct envelope_form form = {.version = ENVELOPE_V2, .way = ENVELOPE_REQUEST};
    call->body = (struct bytes){NULL, 0};
    call->proof.body_hash = NULL;
    if (text.len != 0) {
        TRY(pop_request_digest(&call->proof, form.digest));
        TRY(envelope_seal(arena, sealer, &form, text, &call->body));
    }
    sha256_hash(call->body, call->body_hash);
    call->proof.body_hash = call->body_hash;
    return pop_request_digest(&call->proof, call->digest);
}

static struct status put_line(struct arena *arena, const char *name, struct bytes value,
                              const char **ret_line)
{
    char *memory = arena_alloc(arena, SEALED_CALL_LINE);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf out = buf_over((uint8_t *)memory, SEALED_CALL_LINE - 1);
    buf_put_text(&out, name);
    buf_put_text(&out, ": ");
    buf_put(&out, value);
    *ret_line = memory;
    return buf_check(&out);
}

struct status sealed_call_put_lines(struct arena *arena, const struct sealed_call *call,
                                    const struct k256_signature *signature,
                                    const char *ret_lines[static SEALED_CALL_LINES],
                                    size_t *ret_count)
{
    const struct pop_names *names = pop_names(call->proof.kind);
    uint8_t memory[EIP191_TEXT];
    struct buf signed_as = buf_over(memory, sizeof memory);
    uint8_t digits[20];
    struct buf time = buf_over(digits, sizeof digits);
    struct bytes key = call->proof.idempotency_key;
    *ret_count = 0;
    eip191_put(&signed_as, signature);
    buf_put_decimal(&time, call->proof.time_ms);
    TRY(put_line(arena, names->signature, buf_bytes(&signed_as), &ret_lines[0]));
    TRY(put_line(arena, names->nonce, call->proof.nonce, &ret_lines[1]));
    TRY(put_line(arena, names->time, buf_bytes(&time), &ret_lines[2]));
    TRY(put_line(arena, names->caller, call->proof.caller, &ret_lines[3]));
    if (key.len != 0) {
        TRY(put_line(arena, "idempotency-key", key, &ret_lines[4]));
    }
    *ret_count = key.len != 0 ? SEALED_CALL_LINES : SEALED_CALL_LINES - 1;
    return OK;
}

bool sealed_call_is_signed(const struct sealed_call *call, const struct eth_address *wallet,
                           const struct sealed_call_answer *answer)
{
    uint8_t memory[POP_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct k256_signature signature;
    struct eth_address signer;
    struct pop_answer said = {.status = answer->http};
    memcpy(said.request, call->digest, sizeof said.request);
    sha256_hash(answer->body, said.body_hash);
    return status_is_ok(pop_answer_read(&answer->headers, &said)) &&
           bytes_equal(said.node, call->proof.recipient) &&
           status_is_ok(pop_answer_text(&said, &text)) &&
           status_is_ok(eip191_read(answer->signature, &signature)) &&
           status_is_ok(eip191_recover(buf_bytes(&text), &signature, true, &signer)) &&
           eth_address_equal(&signer, wallet);
}

struct status sealed_call_open(struct arena *arena, const struct sealed_call *call,
                               const struct sealed_call_node *node, struct bytes body,
                               struct bytes *ret_text)
{
    struct envelope_form form = {.version = ENVELOPE_V2, .way = ENVELOPE_RESPONSE};
    struct json_in_doc doc;
    struct envelope envelope;
    *ret_text = (struct bytes){NULL, 0};
    memcpy(form.digest, call->digest, sizeof form.digest);
    TRY(status_judged(json_in_parse(arena, body, &doc), FAIL(NODE_UNTRUSTED)));
    struct json_in root = json_in_root(&doc);
    TRY(status_judged(envelope_read_v2(arena, &root, node->point, &envelope),
                      FAIL(NODE_UNTRUSTED)));
    if (!p384_point_equal(&envelope.sender, node->point)) {
        return FAIL(NODE_UNTRUSTED);
    }
    struct status status = envelope_open(arena, &envelope, node->keys, &form, ret_text);
    return status.code == STATUS_AEAD_INVALID ? FAIL(NODE_UNTRUSTED) : status;
}
