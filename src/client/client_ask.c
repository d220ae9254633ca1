#include <string.h>

#include "client/client_internal.h"
#include "wire/node_key.h"
#include "wire/sealed_call.h"

enum {
    NONCE_ANSWER_MAX = 4096,
    IDENTITY_ANSWER_MAX = 128u << 10, /* an attestation is part of it */
    ANSWER_MAX = 8u << 20,
    HEADERS_MAX = 16384,
};

/* One request to one node, as it comes together. */
struct ask {
    struct client *client;
    const struct deployment_node *node;
    struct client_node *state;
    const struct client_request *request;
    bool *ret_is_sent;
    struct sealed_call_nonce nonce;
    char wallet[POP_WALLET_TEXT + 1]; /* ours */
    struct sealed_call call;
};

static struct status send(struct ask *ask, const struct fetch_request *message, struct buf *answer,
                          unsigned *ret_http)
{
    struct status status = fetch_call(&ask->client->fetch, message, answer, ret_http);
    bool is_late = status.code == STATUS_REQUEST_TIMEOUT;
    ask->client->is_impatient |= is_late && message->timeout_ms < CLIENT_TIMEOUT_MS;
    bool is_theirs = status.code == STATUS_REQUEST_TIMEOUT || status.code == STATUS_IO ||
                     status.code == STATUS_BUFFER_FULL;
    return is_theirs ? FAIL(UNAVAILABLE) : status;
}

static const char *ca_file(const struct client *client)
{
    return client->deployment.ca_file[0] == '\0' ? NULL : client->deployment.ca_file;
}

/* What anybody may ask. Out: ret_doc, in the arena. */
struct public_route {
    const char *path;
    size_t max; /* of the answer */
    uint32_t timeout_ms;
};

static struct status get(struct ask *ask, const struct public_route *what,
                         struct json_in_doc *ret_doc)
{
    struct client *client = ask->client;
    struct buf answer;
    unsigned http = 0;
    struct fetch_place place = {ask->node->url, NULL};
    struct fetch_request message = {.place = &place,
                                    .path = what->path,
                                    .timeout_ms = what->timeout_ms,
                                    .ca_file = ca_file(client)};
    uint8_t *memory = arena_alloc(&client->arena, what->max);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    answer = buf_over(memory, what->max);
    TRY(send(ask, &message, &answer, &http));
    if (http != 200) {
        return FAIL(UNAVAILABLE);
    }
    return status_judged(json_in_parse(&client->arena, buf_bytes(&answer), ret_doc),
                         FAIL(NODE_UNTRUSTED));
}

/* A nonce, from who says that it is the node we mean; whether it is, its signature will show. */
static struct status take_nonce(struct ask *ask)
{
    struct json_in_doc doc;
    const struct public_route nonce = {"/v1/nonce", NONCE_ANSWER_MAX, ask->client->nonce_ms};
    TRY(get(ask, &nonce, &doc));
    return sealed_call_read_nonce(&doc, &ask->node->wallet, &ask->nonce);
}

/* The keys with the node, which are good as long as it runs. */
static struct status agree(struct ask *ask)
{
    struct client *client = ask->client;
    struct client_node *state = ask->state;
    struct json_in_doc doc;
    const struct public_route identity = {"/v1/identity", IDENTITY_ANSWER_MAX, CLIENT_TIMEOUT_MS};
    struct node_key_owner owner = {.domain = client->deployment.domain,
                                   .node = bytes_of(ask->nonce.node),
                                   .wallet = ask->node->wallet,
                                   .registered = ask->node->point};
    if (strcmp(state->node_text, ask->nonce.node) == 0) {
        return OK;
    }
    state->node_text[0] = '\0';
    TRY(get(ask, &identity, &doc));
    TRY(node_key_read(&doc, &owner, &state->point));
    TRY(client_identity_agree(&client->identity, &state->point, &state->keys));
    memcpy(state->node_text, ask->nonce.node, sizeof state->node_text);
    return OK;
}

static struct status prepare(struct ask *ask)
{
    struct client *client = ask->client;
    struct buf wallet = buf_over((uint8_t *)ask->wallet, POP_WALLET_TEXT);
    eth_address_put(&wallet, &client->identity.wallet);
    ask->wallet[POP_WALLET_TEXT] = '\0';
    TRY(agree(ask));
    const struct envelope_sealer sealer = {&ask->state->keys, &client->identity.point,
                                           &client->entropy};
    ask->call.proof = (struct pop_request){
        .kind = POP_APP,
        .method = bytes_of(ask->request->method),
        .target = bytes_of(ask->request->target),
        .domain = client->deployment.domain,
        .recipient = bytes_of(ask->nonce.node),
        .caller = bytes_of(ask->wallet),
        .nonce = bytes_of(ask->nonce.nonce),
        .time_ms = clock_wall(&client->clock).hi_ms,
        .idempotency_key = ask->request->idempotency,
    };
    return sealed_call_seal(&client->arena, &sealer, ask->request->body, &ask->call);
}

static struct status make_headers(struct ask *ask, const char **lines, size_t *ret_count)
{
    struct client *client = ask->client;
    uint8_t memory[POP_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct k256_signature signature;
    TRY(pop_request_text(&ask->call.proof, &text));
    TRY(client_identity_sign(&client->identity, buf_bytes(&text), &signature));
    return sealed_call_put_lines(&client->arena, &ask->call, &signature, lines, ret_count);
}

/* True when the node's wallet signed exactly this answer to exactly this request. */
static bool is_signed(const struct ask *ask, struct bytes headers, unsigned http, struct bytes body)
{
    const struct sealed_call_answer answer = {
        .http = http,
        .headers = {.node = fetch_header(headers, POP_ANSWER_NODE),
                    .block = fetch_header(headers, POP_ANSWER_BLOCK),
                    .epoch = fetch_header(headers, POP_ANSWER_EPOCH),
                    .audit = fetch_header(headers, POP_ANSWER_AUDIT),
                    .time = fetch_header(headers, POP_ANSWER_TIME)},
        .signature = fetch_header(headers, POP_ANSWER_SIGNATURE),
        .body = body,
    };
    return sealed_call_is_signed(&ask->call, &ask->node->wallet, &answer);
}

/* Every code that a node has before it has looked at the proof, or when the proof is none. */
static const char *const before_proof[] = {
    "NOT_FOUND",
    "METHOD_NOT_ALLOWED", /* of the route; nothing that is asked for has these */
    "BAD_HTTP",
    "HEADERS_TOO_LARGE",
    "BODY_TOO_LARGE",
    "TRANSFER_ENCODING",
    "REQUEST_TIMEOUT",
    "HOST_DENIED",
    "ORIGIN_DENIED",
    "UNAUTHENTICATED",
    "RATE_LIMITED",
    "OVERLOADED",
    "UNAVAILABLE",
    "AUDIT_UNAVAILABLE",
    "NO_MEMORY",
    "ENTROPY",
    "INTERNAL",
    "INSTANCE_NOT_FOUND",
    "INSTANCE_NOT_ACTIVE",
    "INSTANCE_NOT_VERIFIED",
    "INSTANCE_KEY_INVALID",
    "APP_NOT_FOUND",
    "APP_NOT_ACTIVE",
    "APP_RESERVED",
    "VERSION_NOT_FOUND",
    "VERSION_NOT_ENROLLED",
    "NOT_A_PEER",
    "REGISTRY_MISMATCH",
    "REGISTRY_CHANGING",
    "REGISTRY_PENDING",
    "REGISTRY_LOST",
    "ROOT_CONFLICT",
    "ROOT_MISMATCH",
    "ROOT_UNPUBLISHED",
    "POP_MISSING",
    "POP_MALFORMED",
    "POP_STALE",
    "POP_SIGNATURE",
    "POP_WALLET",
    "NONCE_INVALID",
    "NONCE_SPENT",
    "NONCE_LIMIT",
    "ODYN_UNAVAILABLE",
    "ODYN_INVALID",
    "IDENTITY_CHANGED",
};

bool client_is_before_proof(struct bytes code)
{
    for (size_t i = 0; i < sizeof before_proof / sizeof before_proof[0]; i++) {
        if (bytes_equal(code, bytes_of(before_proof[i]))) {
            return true;
        }
    }
    return false;
}

/* Without a signature anybody on the way may have said it: that there is no such value, say, of one
 * that there is. What may come from a node that does not know us yet is taken for what it says,
 * that we could not ask; everything else for the words of somebody else. */
static struct status judge_unsigned(struct client_answer *ret)
{
    struct bytes code = {NULL, 0};
    struct json_in member;
    if (ret->doc.root == NULL) {
        /* Something on the way, such as a gateway that has no node. */
        return ret->http == 429 || ret->http >= 502 ? FAIL(UNAVAILABLE) : FAIL(NODE_UNTRUSTED);
    }
    struct json_in root = json_in_root(&ret->doc);
    bool has_code =
        json_in_find(&root, "error_code", &member) && status_is_ok(json_in_string(&member, &code));
    return has_code && client_is_before_proof(code) ? OK : FAIL(NODE_UNTRUSTED);
}

/* A result is believed only sealed and signed, a refusal only signed, but for what a node says
 * before it knows us. */
static struct status judge(struct ask *ask, struct bytes headers, struct bytes body,
                           struct client_answer *ret)
{
    ret->is_signed = is_signed(ask, headers, ret->http, body);
    ret->body = body;
    if (ret->http == 200) {
        if (!ret->is_signed) {
            return FAIL(NODE_UNTRUSTED);
        }
        const struct sealed_call_node node = {&ask->state->keys, &ask->state->point};
        TRY(sealed_call_open(&ask->client->arena, &ask->call, &node, body, &ret->body));
    }
    struct status parsed = json_in_parse(&ask->client->arena, ret->body, &ret->doc);
    if (status_is_shortage(parsed)) {
        return parsed;
    }
    bool is_json = status_is_ok(parsed);
    if (!is_json) {
        ret->doc = (struct json_in_doc){0};
    }
    if (!ret->is_signed) {
        return judge_unsigned(ret);
    }
    return is_json ? OK : FAIL(NODE_UNTRUSTED);
}

static struct status exchange(struct ask *ask, struct client_answer *ret)
{
    struct client *client = ask->client;
    const char *lines[SEALED_CALL_LINES];
    size_t count = 0;
    struct fetch_place place = {ask->node->url, NULL};
    uint8_t *memory = arena_alloc(&client->arena, ANSWER_MAX);
    uint8_t *head = arena_alloc(&client->arena, HEADERS_MAX);
    if (memory == NULL || head == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf answer = buf_over(memory, ANSWER_MAX);
    struct buf headers = buf_over(head, HEADERS_MAX);
    TRY(make_headers(ask, lines, &count));
    struct fetch_request message = {.place = &place,
                                    .path = ask->request->target,
                                    .body = ask->call.body,
                                    .timeout_ms = CLIENT_TIMEOUT_MS,
                                    .method = ask->request->method,
                                    .headers = lines,
                                    .header_count = count,
                                    .ca_file = ca_file(client),
                                    .ret_headers = &headers};
    *ask->ret_is_sent = true;
    TRY(send(ask, &message, &answer, &ret->http));
    return judge(ask, buf_bytes(&headers), buf_bytes(&answer), ret);
}

struct status client_ask(struct client *client, size_t node, const struct client_request *request,
                         struct client_answer *ret, bool *ret_is_sent)
{
    struct ask ask = {.client = client,
                      .node = &client->nodes[node].about,
                      .state = &client->nodes[node],
                      .request = request,
                      .ret_is_sent = ret_is_sent};
    *ret_is_sent = false;
    TRY(take_nonce(&ask));
    TRY(prepare(&ask));
    return exchange(&ask, ret);
}
