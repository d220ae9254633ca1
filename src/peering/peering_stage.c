#include <string.h>

#include "ethereum/eip191.h"
#include "fetch/fetch.h"
#include "peering/peering_internal.h"
#include "wire/node_key.h"

enum {
    NONCE_MAX = 4096,
    IDENTITY_MAX = 128 << 10, /* an attestation is part of it */
    REFUSAL_MAX = 4096,
    TARGET_MAX = 64, /* with its NUL */
    HTTP_MISDIRECTED = 421,
};

/* --- out --- */

struct status peering_ask(struct peering *peering, const struct call *call, const char *target,
                          const struct fetch_many_request *what)
{
    struct fetch_many_request request = *what;
    char url[PEERING_ORIGIN_MAX + TARGET_MAX] = "";
    struct buf out = buf_over((uint8_t *)url, sizeof url - 1);
    buf_put_text(&out, call->link->origin);
    buf_put_text(&out, target);
    TRY(buf_check(&out));
    request.url = url;
    return fetch_many_start(peering->fetch, (size_t)(call - peering->calls), &request);
}

uint32_t peering_left_ms(const struct peering *peering, const struct call *call)
{
    uint64_t now_ms = clock_monotonic_ms(&peering->setup.clock);
    uint64_t left_ms = call->deadline_ms > now_ms ? call->deadline_ms - now_ms : 1;
    return (uint32_t)(left_ms < FETCH_MANY_TIMEOUT_MS_MAX ? left_ms : FETCH_MANY_TIMEOUT_MS_MAX);
}

struct status peering_ask_nonce(struct peering *peering, struct call *call, uint32_t timeout_ms)
{
    const struct fetch_many_request request = {
        .answer_max = NONCE_MAX,
        .timeout_ms = timeout_ms == 0 ? peering_left_ms(peering, call) : timeout_ms,
    };
    return peering_ask(peering, call, "/v1/nonce", &request);
}

static struct status ask_identity(struct peering *peering, struct call *call)
{
    const struct fetch_many_request request = {.answer_max = IDENTITY_MAX,
                                               .timeout_ms = peering_left_ms(peering, call)};
    call->stage = CALL_IDENTITY;
    return peering_ask(peering, call, "/v1/identity", &request);
}

static struct status seal(struct peering *peering, struct call *call)
{
    const struct node_identity_facts *facts = node_identity_facts(peering->setup.identity);
    const struct envelope_sealer sealer = {call->link->keys, &facts->point,
                                           &peering->setup.entropy};
    call->sealed.proof = (struct pop_request){
        .kind = POP_PEER,
        .method = BYTES_LITERAL("POST"),
        .target = bytes_of(call->target),
        .domain = peering->setup.domain,
        .recipient = bytes_of(call->nonce.node),
        .caller = BYTES_ARRAY(facts->wallet_text),
        .nonce = bytes_of(call->nonce.nonce),
        .time_ms = clock_wall(&peering->setup.clock).hi_ms,
    };
    return sealed_call_seal(&peering->arena, &sealer,
                            (struct bytes){call->message, call->message_len}, &call->sealed);
}

struct status peering_keep_body(struct peering *peering, struct call *call, struct bytes *body)
{
    mem_free(peering->setup.mem, &call->body);
    TRY(mem_alloc(peering->setup.mem, body->len, &call->body));
    memcpy(call->body, body->ptr, body->len);
    body->ptr = call->body;
    return OK;
}

static struct status send_message(struct peering *peering, struct call *call)
{
    uint8_t memory[POP_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct k256_signature signature;
    const char *lines[SEALED_CALL_LINES];
    size_t count = 0;
    call->stage = CALL_MESSAGE;
    TRY(seal(peering, call));
    TRY(peering_keep_body(peering, call, &call->sealed.body));
    TRY(pop_request_text(&call->sealed.proof, &text));
    TRY(node_identity_sign(peering->setup.identity, buf_bytes(&text), &signature));
    TRY(sealed_call_put_lines(&peering->arena, &call->sealed, &signature, lines, &count));
    const struct fetch_many_request request = {.body = call->sealed.body,
                                               .lines = lines,
                                               .line_count = count,
                                               .answer_max = peering->answer_max,
                                               .timeout_ms = peering_left_ms(peering, call)};
    return peering_ask(peering, call, call->target, &request);
}

struct status peering_go_on(struct peering *peering, struct call *call)
{
    return strcmp(call->link->node, call->nonce.node) == 0 ? send_message(peering, call)
                                                           : ask_identity(peering, call);
}

/* --- in --- */

static struct status parse(struct peering *peering, struct bytes body, struct json_in_doc *ret)
{
    return status_judged(json_in_parse(&peering->arena, body, ret), FAIL(NODE_UNTRUSTED));
}

struct status peering_take_nonce(struct peering *peering, struct call *call, struct bytes body)
{
    struct json_in_doc doc;
    TRY(parse(peering, body, &doc));
    return sealed_call_read_nonce(&doc, &call->link->wallet, &call->nonce);
}

struct status peering_take_identity(struct peering *peering, struct call *call, struct bytes body)
{
    struct link *link = call->link;
    struct json_in_doc doc;
    const struct node_key_owner owner = {.domain = peering->setup.domain,
                                         .node = bytes_of(call->nonce.node),
                                         .wallet = link->wallet,
                                         .registered = link->registered};
    struct p384_point point;
    SECRET(envelope_keys, keys);
    TRY(parse(peering, body, &doc));
    TRY(node_key_read(&doc, &owner, &point));
    TRY(node_identity_keys(peering->setup.identity, &point, ENVELOPE_CLIENT, &keys));
    *link->keys = keys;
    link->point = point;
    memcpy(link->node, call->nonce.node, sizeof link->node);
    return OK;
}

/* True when another nonce may do better. Anybody may have said it; it costs one more message. */
static bool is_stale(struct peering *peering, const struct fetch_many_answer *answer)
{
    static const char *const codes[] = {"NONCE_INVALID", "NONCE_SPENT"};
    struct json_in_doc doc;
    struct json_in member;
    struct bytes code;
    if (answer->http == HTTP_MISDIRECTED) {
        return true;
    }
    if (answer->http == 200 || answer->body.len > REFUSAL_MAX ||
        !status_is_ok(parse(peering, answer->body, &doc))) {
        return false;
    }
    struct json_in root = json_in_root(&doc);
    if (!json_in_find(&root, "error_code", &member) ||
        !status_is_ok(json_in_string(&member, &code))) {
        return false;
    }
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (bytes_equal(code, bytes_of(codes[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_signed(const struct call *call, const struct fetch_many_answer *answer)
{
    struct bytes headers = answer->headers;
    const struct sealed_call_answer said = {
        .http = answer->http,
        .headers = {.node = fetch_header(headers, POP_ANSWER_NODE),
                    .block = fetch_header(headers, POP_ANSWER_BLOCK),
                    .epoch = fetch_header(headers, POP_ANSWER_EPOCH),
                    .audit = fetch_header(headers, POP_ANSWER_AUDIT),
                    .time = fetch_header(headers, POP_ANSWER_TIME)},
        .signature = fetch_header(headers, POP_ANSWER_SIGNATURE),
        .body = answer->body,
    };
    return sealed_call_is_signed(&call->sealed, &call->link->wallet, &said);
}

struct status peering_take_answer(struct peering *peering, const struct call *call,
                                  const struct fetch_many_answer *answer, struct bytes *ret_text,
                                  bool *ret_is_stale)
{
    const struct sealed_call_node node = {call->link->keys, &call->link->point};
    *ret_text = (struct bytes){NULL, 0};
    *ret_is_stale = is_stale(peering, answer);
    if (answer->http != 200) {
        return FAIL(UNAVAILABLE);
    }
    if (!is_signed(call, answer)) {
        return FAIL(NODE_UNTRUSTED);
    }
    TRY(sealed_call_open(&peering->arena, &call->sealed, &node, answer->body, ret_text));
    if (ret_text->len > peering->setup.message_max) {
        *ret_text = (struct bytes){NULL, 0};
        return FAIL(BUFFER_FULL);
    }
    return OK;
}
