#include <string.h>

#include "client/client_internal.h"
#include "client/node_key.h"
#include "codec/hex.h"
#include "digest/sha256.h"
#include "ethereum/eip191.h"

enum {
    NONCE_ANSWER_MAX = 4096,
    IDENTITY_ANSWER_MAX = 128u << 10, /* an attestation is part of it */
    ANSWER_MAX = 8u << 20,
    HEADERS_MAX = 16384,
    HEADER_TEXT = 512,
    HEADERS_SENT = 5,
};

/* One request to one node, as it comes together. */
struct ask {
    struct client *client;
    const struct deployment_node *node;
    struct client_node *state;
    const struct client_request *request;
    bool *ret_is_sent;
    char node_text[POP_NODE_TEXT + 1];
    char nonce[POP_NONCE_V2_TEXT + 1];
    char wallet[POP_WALLET_TEXT + 1]; /* ours */
    struct pop_request proof;
    uint8_t digest[POP_HASH]; /* of the proof's text, with its body */
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

/* Copy a text of exactly len characters. */
static bool take_text(const struct json_in *root, const char *name, size_t len, char *ret)
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
    struct json_in root = json_in_root(&doc);
    return take_text(&root, "nonce", POP_NONCE_V2_TEXT, ask->nonce) &&
                   take_text(&root, "node", POP_NODE_TEXT, ask->node_text)
               ? OK
               : FAIL(NODE_UNTRUSTED);
}

/* The node must be the one whose wallet the deployment names. */
static struct status check_node(const struct ask *ask)
{
    uint8_t memory[POP_WALLET_TEXT];
    struct buf wallet = buf_over(memory, sizeof memory);
    eth_address_put(&wallet, &ask->node->wallet);
    return bytes_starts(bytes_of(ask->node_text), buf_bytes(&wallet)) ? OK : FAIL(NODE_UNTRUSTED);
}

/* The keys with the node, which are good as long as it runs. */
static struct status agree(struct ask *ask)
{
    struct client *client = ask->client;
    struct client_node *state = ask->state;
    struct json_in_doc doc;
    const struct public_route identity = {"/v1/identity", IDENTITY_ANSWER_MAX, CLIENT_TIMEOUT_MS};
    struct node_key_owner owner = {.domain = client->deployment.domain,
                                   .node = bytes_of(ask->node_text),
                                   .wallet = ask->node->wallet,
                                   .registered = ask->node->point};
    if (strcmp(state->node_text, ask->node_text) == 0) {
        return OK;
    }
    state->node_text[0] = '\0';
    TRY(get(ask, &identity, &doc));
    TRY(node_key_read(&doc, &owner, &state->point));
    TRY(client_identity_agree(&client->identity, &state->point, &state->keys));
    memcpy(state->node_text, ask->node_text, sizeof state->node_text);
    return OK;
}

static struct status prepare(struct ask *ask)
{
    struct client *client = ask->client;
    struct buf wallet = buf_over((uint8_t *)ask->wallet, POP_WALLET_TEXT);
    eth_address_put(&wallet, &client->identity.wallet);
    ask->wallet[POP_WALLET_TEXT] = '\0';
    TRY(agree(ask));
    ask->proof = (struct pop_request){
        .kind = POP_APP,
        .method = bytes_of(ask->request->method),
        .target = bytes_of(ask->request->target),
        .domain = client->deployment.domain,
        .recipient = bytes_of(ask->node_text),
        .caller = bytes_of(ask->wallet),
        .nonce = bytes_of(ask->nonce),
        .time_ms = clock_wall(&client->clock).hi_ms,
        .idempotency_key = ask->request->idempotency,
    };
    return OK;
}

static struct status seal(struct ask *ask, struct bytes *ret_body)
{
    struct client *client = ask->client;
    struct envelope_form form = {.version = ENVELOPE_V2, .way = ENVELOPE_REQUEST};
    const struct envelope_sealer sealer = {&ask->state->keys, &client->identity.point,
                                           &client->entropy};
    *ret_body = (struct bytes){NULL, 0};
    if (ask->request->body.len == 0) {
        return OK;
    }
    TRY(pop_request_digest(&ask->proof, form.digest));
    return envelope_seal(&client->arena, &sealer, &form, ask->request->body, ret_body);
}

static void hash(struct bytes data, uint8_t ret[static SHA256_BYTES])
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, data);
    sha256_final(&sha, ret);
}

/* A header line, in the arena. */
static struct status line(struct client *client, const char *name, struct bytes value,
                          const char **ret_line)
{
    char *memory = arena_alloc(&client->arena, HEADER_TEXT);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf out = buf_over((uint8_t *)memory, HEADER_TEXT - 1);
    buf_put_text(&out, name);
    buf_put_text(&out, ": ");
    buf_put(&out, value);
    *ret_line = memory;
    return buf_check(&out);
}

static struct status sign(const struct ask *ask, struct buf *ret_signature)
{
    uint8_t memory[POP_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct k256_signature signature;
    TRY(pop_request_text(&ask->proof, &text));
    TRY(client_identity_sign(&ask->client->identity, buf_bytes(&text), &signature));
    eip191_put(ret_signature, &signature);
    return buf_check(ret_signature);
}

static struct status make_headers(struct ask *ask, const char **lines, size_t *ret_count)
{
    const struct pop_names *names = pop_names(POP_APP);
    struct client *client = ask->client;
    uint8_t memory[EIP191_TEXT];
    struct buf signature = buf_over(memory, sizeof memory);
    uint8_t digits[20];
    struct buf time = buf_over(digits, sizeof digits);
    buf_put_decimal(&time, ask->proof.time_ms);
    TRY(sign(ask, &signature));
    TRY(line(client, names->signature, buf_bytes(&signature), &lines[0]));
    TRY(line(client, names->nonce, ask->proof.nonce, &lines[1]));
    TRY(line(client, names->time, buf_bytes(&time), &lines[2]));
    TRY(line(client, names->caller, ask->proof.caller, &lines[3]));
    *ret_count = 4;
    if (ask->request->idempotency.len != 0) {
        TRY(line(client, "idempotency-key", ask->request->idempotency, &lines[4]));
        *ret_count = HEADERS_SENT;
    }
    return OK;
}

/* True when the node's wallet signed exactly this answer to exactly this request. */
static bool is_signed(const struct ask *ask, struct bytes headers, unsigned http, struct bytes body)
{
    uint8_t memory[POP_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct k256_signature signature;
    struct eth_address signer;
    struct pop_answer said = {.status = http};
    const struct pop_answer_headers values = {
        .node = fetch_header(headers, POP_ANSWER_NODE),
        .block = fetch_header(headers, POP_ANSWER_BLOCK),
        .epoch = fetch_header(headers, POP_ANSWER_EPOCH),
        .audit = fetch_header(headers, POP_ANSWER_AUDIT),
        .time = fetch_header(headers, POP_ANSWER_TIME),
    };
    memcpy(said.request, ask->digest, sizeof said.request);
    hash(body, said.body_hash);
    return status_is_ok(pop_answer_read(&values, &said)) &&
           bytes_equal(said.node, bytes_of(ask->node_text)) &&
           status_is_ok(pop_answer_text(&said, &text)) &&
           status_is_ok(eip191_read(fetch_header(headers, POP_ANSWER_SIGNATURE), &signature)) &&
           status_is_ok(eip191_recover(buf_bytes(&text), &signature, true, &signer)) &&
           eth_address_equal(&signer, &ask->node->wallet);
}

static struct status open_answer(struct ask *ask, struct bytes body, struct bytes *ret_text)
{
    struct client *client = ask->client;
    struct envelope_form form = {.version = ENVELOPE_V2, .way = ENVELOPE_RESPONSE};
    struct json_in_doc doc;
    struct envelope envelope;
    memcpy(form.digest, ask->digest, sizeof form.digest);
    TRY(status_judged(json_in_parse(&client->arena, body, &doc), FAIL(NODE_UNTRUSTED)));
    struct json_in root = json_in_root(&doc);
    const struct p384_point *point = &ask->state->point;
    TRY(status_judged(envelope_read_v2(&client->arena, &root, point, &envelope),
                      FAIL(NODE_UNTRUSTED)));
    if (!p384_point_equal(&envelope.sender, point)) {
        return FAIL(NODE_UNTRUSTED);
    }
    struct status status =
        envelope_open(&client->arena, &envelope, &ask->state->keys, &form, ret_text);
    return status.code == STATUS_AEAD_INVALID ? FAIL(NODE_UNTRUSTED) : status;
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
        TRY(open_answer(ask, body, &ret->body));
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

static struct status exchange(struct ask *ask, struct bytes body, struct client_answer *ret)
{
    struct client *client = ask->client;
    const char *lines[HEADERS_SENT];
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
                                    .body = body,
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
    uint8_t body_hash[SHA256_BYTES];
    struct bytes body;
    *ret_is_sent = false;
    TRY(take_nonce(&ask));
    TRY(check_node(&ask));
    TRY(prepare(&ask));
    TRY(seal(&ask, &body));
    hash(body, body_hash);
    ask.proof.body_hash = body_hash;
    TRY(pop_request_digest(&ask.proof, ask.digest));
    return exchange(&ask, body, ret);
}
