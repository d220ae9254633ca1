/* Messages to nodes of version 1, and what they answer. */
#include <string.h>

#include "ethereum/eip191.h"
#include "fetch/fetch.h"
#include "peering/peering_internal.h"

enum {
    NONCE_MAX = 4096,
    LINE_MAX = 256,
    LINES = 5,
    MEMBERS = 2, /* names of the ciphertext */
    FORMS = MEMBERS * ENVELOPE_DERIVATIONS,
};

/* --- out -------------------------------------------------------------------------------------- */

struct status peering_v1_ask_nonce(struct peering *peering, struct call *call)
{
    const struct fetch_many_request request = {.answer_max = NONCE_MAX,
                                               .timeout_ms = peering_left_ms(peering, call)};
    return peering_ask(peering, call, "/nonce", &request);
}

/* The forms of envelopes by turns: both names first, then another derivation. */
static struct envelope_form form_of(const struct peering *peering, const struct link *link)
{
    unsigned turn = link->form / MEMBERS + (unsigned)peering->setup.v1.derivation;
    return (struct envelope_form){
        .version = ENVELOPE_V1,
        .member = link->form % MEMBERS == 0 ? ENVELOPE_CIPHERTEXT : ENVELOPE_ENCRYPTED_DATA,
        .derivation = (enum envelope_derivation)(turn % ENVELOPE_DERIVATIONS),
    };
}

/* What is agreed on with a node's registered key. Out: *ret, *secret*. */
static struct status keys_with(const struct peering *peering, const struct link *link,
                               struct envelope_keys *ret)
{
    return node_identity_keys(peering->setup.identity, &link->registered, ENVELOPE_CLIENT, ret);
}

static struct status seal(struct peering *peering, const struct call *call, struct bytes *ret_json)
{
    SECRET(envelope_keys, keys);
    const struct envelope_form form = form_of(peering, call->link);
    const struct envelope_sealer sealer = {
        &keys, &node_identity_facts(peering->setup.identity)->point_v1, &peering->setup.entropy};
    TRY(keys_with(peering, call->link, &keys));
    return envelope_seal(&peering->arena, &sealer, &form,
                         (struct bytes){call->message, call->message_len}, ret_json);
}

static void put_wallet(const struct link *link, struct buf *out)
{
    if (link->is_checksum) {
        eth_address_put_checksum(out, &link->wallet);
    } else {
        eth_address_put(out, &link->wallet);
    }
}

/* Sign the nonce, for this node and now. Out: call's signature. */
static struct status sign(const struct peering *peering, struct call *call, struct bytes time)
{
    uint8_t memory[POP_TEXT_MAX];
    uint8_t wallet_memory[POP_WALLET_TEXT];
    struct buf text = buf_over(memory, sizeof memory);
    struct buf wallet = buf_over(wallet_memory, sizeof wallet_memory);
    struct buf out = buf_over(call->signature_v1, sizeof call->signature_v1);
    struct k256_signature signature;
    put_wallet(call->link, &wallet);
    TRY(pop_v1_text(POP_PEER_V1, bytes_of(call->nonce_v1), buf_bytes(&wallet), time, &text));
    TRY(node_identity_sign(peering->setup.identity, buf_bytes(&text), &signature));
    eip191_put_parity(&out, &signature);
    return buf_check(&out);
}

static struct status put_line(struct arena *arena, const char *name, struct bytes value,
                              const char **ret)
{
    char *memory = arena_alloc(arena, LINE_MAX);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    memset(memory, 0, LINE_MAX);
    struct buf line = buf_over((uint8_t *)memory, LINE_MAX - 1);
    buf_put_text(&line, name);
    buf_put_text(&line, ": ");
    buf_put(&line, value);
    *ret = memory;
    return buf_check(&line);
}

static struct status put_lines(struct peering *peering, struct call *call, struct bytes code,
                               const char *ret_lines[static LINES], size_t *ret_count)
{
    const struct pop_names *names = pop_names(POP_PEER_V1);
    const struct node_identity_facts *facts = node_identity_facts(peering->setup.identity);
    struct arena *arena = &peering->arena;
    uint8_t digits[20];
    struct buf time = buf_over(digits, sizeof digits);
    buf_put_decimal(&time, clock_wall(&peering->setup.clock).hi_ms / 1000);
    TRY(sign(peering, call, buf_bytes(&time)));
    TRY(put_line(arena, names->signature, BYTES_ARRAY(call->signature_v1), &ret_lines[0]));
    TRY(put_line(arena, names->nonce, bytes_of(call->nonce_v1), &ret_lines[1]));
    TRY(put_line(arena, names->time, buf_bytes(&time), &ret_lines[2]));
    TRY(put_line(arena, names->caller, BYTES_ARRAY(facts->wallet_text), &ret_lines[3]));
    if (code.len != 0) {
        TRY(put_line(arena, "x-sync-signature", code, &ret_lines[4]));
    }
    *ret_count = code.len != 0 ? LINES : LINES - 1;
    return OK;
}

static struct status send_message(struct peering *peering, struct call *call)
{
    const struct peering_v1 *v1 = &peering->setup.v1;
    const char *lines[LINES];
    size_t count = 0;
    struct bytes json;
    struct bytes body;
    struct bytes code;
    call->stage = CALL_MESSAGE;
    TRY(seal(peering, call, &json));
    TRY(v1->code(v1->context, &peering->arena, json, &body, &code));
    TRY(peering_keep_body(peering, call, &body));
    TRY(put_lines(peering, call, code, lines, &count));
    const struct fetch_many_request request = {
        .body = body,
        .lines = lines,
        .line_count = count,
        .timeout_ms = peering_left_ms(peering, call),
    };
    return peering_ask(peering, call, call->target, &request);
}

/* --- in --------------------------------------------------------------------------------------- */

static struct status parse(struct peering *peering, struct bytes body, struct json_in_doc *ret)
{
    return status_judged(json_in_parse(&peering->arena, body, ret), FAIL(NODE_UNTRUSTED));
}

struct status peering_v1_take_nonce(struct peering *peering, struct call *call, struct bytes body)
{
    struct json_in_doc doc;
    struct json_in member;
    struct bytes nonce;
    TRY(parse(peering, body, &doc));
    struct json_in root = json_in_root(&doc);
    if (json_in_kind(&root) != JSON_IN_OBJECT || !json_in_find(&root, "nonce", &member) ||
        !status_is_ok(json_in_string(&member, &nonce)) || nonce.len >= sizeof call->nonce_v1) {
        return FAIL(NODE_UNTRUSTED);
    }
    memset(call->nonce_v1, 0, sizeof call->nonce_v1);
    memcpy(call->nonce_v1, nonce.ptr, nonce.len);
    return send_message(peering, call);
}

static bool is_signed(const struct call *call, const struct fetch_many_answer *answer)
{
    uint8_t memory[POP_TEXT_MAX];
    struct k256_signature signature;
    struct eth_address signer;
    struct bytes header = fetch_header(answer->headers, POP_V1_PEER_ANSWER);
    if (!status_is_ok(eip191_read(header, &signature))) {
        return false;
    }
    for (unsigned i = 0; i < 2; i++) {
        uint8_t wallet_memory[POP_WALLET_TEXT];
        struct buf text = buf_over(memory, sizeof memory);
        struct buf wallet = buf_over(wallet_memory, sizeof wallet_memory);
        const struct link spelled = {.wallet = call->link->wallet, .is_checksum = i == 1};
        put_wallet(&spelled, &wallet);
        if (status_is_ok(
                pop_v1_answer_text(BYTES_ARRAY(call->signature_v1), buf_bytes(&wallet), &text)) &&
            status_is_ok(eip191_recover(buf_bytes(&text), &signature, false, &signer)) &&
            eth_address_equal(&signer, &call->link->wallet)) {
            return true;
        }
    }
    return false;
}

static struct status open_answer(struct peering *peering, const struct call *call,
                                 struct bytes body, struct bytes *ret_text)
{
    const struct link *link = call->link;
    struct envelope_form form = form_of(peering, link);
    struct json_in_doc doc;
    struct envelope envelope;
    SECRET(envelope_keys, keys);
    TRY(parse(peering, body, &doc));
    struct json_in root = json_in_root(&doc);
    TRY(status_judged(envelope_read_v1(&peering->arena, &root, &link->registered, &envelope),
                      FAIL(NODE_UNTRUSTED)));
    if (!p384_point_equal(&envelope.sender, &link->registered)) {
        return FAIL(NODE_UNTRUSTED);
    }
    form.way = ENVELOPE_RESPONSE;
    TRY(keys_with(peering, link, &keys));
    return status_judged(envelope_open_v1(&peering->arena, &envelope, &keys, &form, ret_text),
                         FAIL(NODE_UNTRUSTED));
}

/* What it refuses may be the form: then another one is tried. Returns: whether there is one. */
static bool change_form(struct call *call, unsigned http)
{
    struct link *link = call->link;
    bool is_first = !link->is_form_known;
    if (http == 400 || http == 422) {
        link->form++;
    } else if (http == 403) {
        link->is_checksum = !link->is_checksum;
    } else {
        return false;
    }
    link->is_form_known = false;
    return is_first && ++call->forms < FORMS;
}

struct status peering_v1_take_answer(struct peering *peering, struct call *call,
                                     const struct fetch_many_answer *answer, struct bytes *ret_text,
                                     bool *ret_is_again)
{
    *ret_text = (struct bytes){NULL, 0};
    *ret_is_again = answer->http != 200 && change_form(call, answer->http);
    if (*ret_is_again) {
        call->stage = CALL_NONCE;
        return peering_v1_ask_nonce(peering, call);
    }
    if (answer->http != 200) {
        return FAIL(UNAVAILABLE);
    }
    if (!is_signed(call, answer)) {
        return FAIL(NODE_UNTRUSTED);
    }
    TRY(open_answer(peering, call, answer->body, ret_text));
    call->link->is_form_known = true;
    return OK;
}
