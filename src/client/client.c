#include "client/client.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/invariant.h"
#include "base/secret.h"
#include "client/client_internal.h"
#include "codec/hex.h"

enum {
    ARENA = 256u << 20,
    AGAIN_MS = 200, /* between two times at the same node */
    LOST_MAX = 2,   /* times again when an answer was lost, */
    BUSY_MAX = 30,  /* and while the node works on the request */
    OWN_KEY = 16,   /* bytes of an Idempotency-Key of ours */
    /* For the nonce of a node, while there are others: one that hangs costs no more than this, and
     * is asked last from then on. Were all of them slow, they are asked again with patience. */
    QUICK_MS = 600,
};

/* The nodes of the deployment, or what will find them. */
static struct status open_nodes(struct client *client, char ret_where[static CLIENT_WHERE_MAX])
{
    const char *where = "";
    const struct deployment *deployment = &client->deployment;
    const struct directory_setup setup = {deployment, client->clock, client->entropy, &client->mem};
    for (size_t i = 0; i < deployment->node_count; i++) {
        client->nodes[i].about = deployment->nodes[i];
    }
    client->node_count = deployment->node_count;
    mem_init(&client->mem, DIRECTORY_MEMORY);
    if (client->node_count != 0 || deployment->rpc_count == 0) {
        return OK;
    }
    struct status status = directory_open(&setup, &client->directory, &where);
    (void)snprintf(ret_where, CLIENT_WHERE_MAX, "%s", where);
    return status;
}

struct status client_open(const struct deployment *deployment, struct client_identity *identity,
                          struct client **ret, char ret_where[static CLIENT_WHERE_MAX])
{
    void *memory = NULL;
    *ret = NULL;
    ret_where[0] = '\0';
    struct status status = secret_alloc(sizeof(struct client), &memory);
    if (!status_is_ok(status)) {
        client_identity_close(identity);
        return status;
    }
    struct client *client = memory;
    client->deployment = *deployment;
    client->identity = *identity;
    *identity = (struct client_identity){0};
    client->entropy = entropy_system();
    client->clock = clock_system();
    status = arena_init(&client->arena, ARENA);
    status = status_is_ok(status) ? fetch_init(&client->fetch) : status;
    status = status_is_ok(status) ? open_nodes(client, ret_where) : status;
    if (!status_is_ok(status)) {
        client_close(&client);
        return status;
    }
    *ret = client;
    return OK;
}

void client_close(struct client **client)
{
    if (*client == NULL) {
        return;
    }
    fetch_deinit(&(*client)->fetch);
    arena_deinit(&(*client)->arena);
    client_identity_close(&(*client)->identity);
    directory_close(&(*client)->directory);
    void *memory = *client;
    secret_free(&memory, sizeof(struct client));
    *client = NULL;
}

/* True when another node may do better. */
static bool is_for_another(struct status status, const struct client_answer *answer)
{
    if (!status_is_ok(status)) {
        return status.code == STATUS_UNAVAILABLE || status.code == STATUS_NODE_UNTRUSTED;
    }
    return answer->http == 503 || answer->http == 429 || !answer->is_signed;
}

static bool is_refusal(struct client_answer *answer, const char *code)
{
    struct json_in member;
    struct bytes text;
    if (answer->http == 200 || answer->doc.root == NULL) {
        return false;
    }
    struct json_in root = json_in_root(&answer->doc);
    return json_in_find(&root, "error_code", &member) &&
           status_is_ok(json_in_string(&member, &text)) && bytes_equal(text, bytes_of(code));
}

/* How often the same request has gone to the same node again, and why. */
struct again {
    bool is_sent; /* the node may have got it */
    unsigned lost;
    unsigned busy;
};

/* True when it should go there once more: a write whose answer was lost, or is not there yet, which
 * that node knows by its key; and a message that the transport sent twice on its own. */
static bool is_for_again(struct again *again, const struct client_request *request,
                         struct status status, struct client_answer *answer)
{
    if (!status_is_ok(status)) {
        bool is_lost = again->is_sent && request->idempotency.len != 0;
        return status.code == STATUS_UNAVAILABLE && is_lost && ++again->lost <= LOST_MAX;
    }
    if (is_refusal(answer, "IDEMPOTENCY_BUSY")) {
        return ++again->busy <= BUSY_MAX;
    }
    return is_refusal(answer, "NONCE_SPENT") && ++again->lost <= LOST_MAX;
}

static void pause_between(void)
{
    const struct timespec time = {.tv_nsec = AGAIN_MS * 1000000L};
    (void)nanosleep(&time, NULL);
}

static bool is_write(const char *method)
{
    return bytes_equal(bytes_of(method), BYTES_LITERAL("PUT")) ||
           bytes_equal(bytes_of(method), BYTES_LITERAL("DELETE"));
}

/* A node may have got a write: it has not done it if it says so and signs that. */
static void note_doer(struct client *client, size_t node, struct status status,
                      struct client_answer *answer)
{
    const struct eth_address *wallet = &client->nodes[node].about.wallet;
    bool is_unsettled = !status_is_ok(status) || is_refusal(answer, "WRITE_UNSETTLED");
    client->is_unsettled |= is_unsettled;
    if (!is_unsettled && answer->is_signed && !is_refusal(answer, "IDEMPOTENCY_BUSY")) {
        return;
    }
    if (client->doers == 0 || !eth_address_equal(&client->doer, wallet)) {
        client->doers++;
        client->doer = *wallet;
    }
}

/* Another node that is asked for a write looks first whether it is done. In: memory, of the
 * request's target. */
static struct client_request request_for(const struct client *client, size_t node,
                                         const struct client_request *request,
                                         char memory[static CLIENT_TARGET_MAX])
{
    static const char path[] = "/v1/app/values";
    struct client_request own = *request;
    bool is_elsewhere = client->is_repeat || client->doers > 1 ||
                        (client->doers == 1 &&
                         !eth_address_equal(&client->doer, &client->nodes[node].about.wallet));
    if (is_elsewhere && is_write(request->method) && strcmp(request->target, path) == 0) {
        (void)snprintf(memory, CLIENT_TARGET_MAX, "%s?again=true", path);
        own.target = memory;
    }
    return own;
}

/* Ask one node until it is known what became of the request, or it is given up. */
static struct status ask_node(struct client *client, size_t node,
                              const struct client_request *request, struct client_answer *ret)
{
    char target[CLIENT_TARGET_MAX];
    const struct client_request own = request_for(client, node, request, target);
    struct status status;
    struct again again = {0};
    bool is_again = false;
    do {
        bool is_sent = false;
        if (is_again) {
            pause_between();
        }
        arena_reset(&client->arena);
        *ret = (struct client_answer){.url = client->nodes[node].about.url};
        status = client_ask(client, node, &own, ret, &is_sent);
        again.is_sent |= is_sent;
        is_again = is_for_again(&again, request, status, ret);
    } while (is_again);
    if (again.is_sent && is_write(request->method)) {
        note_doer(client, node, status, ret);
    }
    return status;
}

/* What cannot be signed was asked for by the caller. */
static struct status of_request(struct status status)
{
    return status.code == STATUS_POP_MALFORMED ? FAIL(BAD_REQUEST) : status;
}

/* Nodes that said why they did not do as they were asked, or the count of nodes: one without a
 * signature, and one that did a write and does not know it settled. */
struct said {
    size_t refused;
    size_t unsettled;
};

/* Each of them in turn, until one is believed. */
static struct status ask_each(struct client *client, const struct client_request *request,
                              struct client_answer *ret, struct said *ret_said)
{
    size_t count = client->node_count;
    struct status status = FAIL(NO_NODES);
    *ret_said = (struct said){count, count};
    for (size_t i = 0; i < count; i++) {
        size_t node = (client->next + i) % count;
        status = ask_node(client, node, request, ret);
        if (!is_for_another(status, ret)) {
            client->next = node;
            break;
        }
        if (status_is_ok(status) && !ret->is_signed) {
            ret_said->refused = node;
        } else if (status_is_ok(status) && is_refusal(ret, "WRITE_UNSETTLED")) {
            ret_said->unsettled = node;
        }
    }
    return status;
}

/* What is said of a write that some node may have done and none says is settled: that it cannot be
 * asked now would sound as if it were not done. */
static struct status end_unsettled(struct client *client, const struct client_request *request,
                                   struct status last, size_t unsettled, struct client_answer *ret)
{
    if (unsettled != client->node_count) {
        return ask_node(client, unsettled, request, ret);
    }
    TRY(last);
    *ret = (struct client_answer){.url = ret->url};
    return FAIL(UNAVAILABLE);
}

/* The words of a node that refused tell more than that another one does not answer. */
static struct status ask_nodes(struct client *client, const struct client_request *request,
                               struct client_answer *ret)
{
    struct said said;
    client->is_impatient = false;
    client->nonce_ms = client->node_count > 1 ? QUICK_MS : CLIENT_TIMEOUT_MS;
    struct status status = ask_each(client, request, ret, &said);
    client->nonce_ms = CLIENT_TIMEOUT_MS;
    if (client->is_impatient && is_for_another(status, ret)) {
        status = ask_each(client, request, ret, &said);
    }
    if (client->is_unsettled && is_for_another(status, ret) &&
        !is_refusal(ret, "WRITE_UNSETTLED")) {
        status = end_unsettled(client, request, status, said.unsettled, ret);
    } else if (!status_is_ok(status) && said.refused != client->node_count) {
        status = ask_node(client, said.refused, request, ret);
    }
    return of_request(status);
}

static struct status refresh(struct client *client, bool is_urgent, struct client_answer *ret,
                             bool *ret_is_new)
{
    struct status status = client_nodes_refresh(client, is_urgent, ret_is_new);
    if (!status_is_ok(status)) {
        *ret = (struct client_answer){.url = directory_about(client->directory)};
    }
    return status;
}

/* When none of them can be asked, others may have come, or they may have moved. */
static struct status ask_known(struct client *client, const struct client_request *request,
                               struct client_answer *ret)
{
    bool is_new = false;
    TRY(refresh(client, false, ret, &is_new));
    struct status status = ask_nodes(client, request, ret);
    if (status.code == STATUS_UNAVAILABLE || status.code == STATUS_NODE_UNTRUSTED) {
        TRY(refresh(client, true, ret, &is_new));
        status = is_new ? ask_nodes(client, request, ret) : status;
    }
    return status;
}

/* The request, with a key when it needs one and has none. */
struct keyed {
    struct client_request request;
    uint8_t digits[2 * OWN_KEY];
};

static struct status key_request(const struct client *client, const struct client_request *request,
                                 struct keyed *ret)
{
    uint8_t random[OWN_KEY];
    ret->request = *request;
    if (request->idempotency.len == 0 && is_write(request->method)) {
        struct buf key = buf_over(ret->digits, sizeof ret->digits);
        TRY(entropy_fill(&client->entropy, random, sizeof random));
        hex_put(&key, BYTES_ARRAY(random));
        ret->request.idempotency = buf_bytes(&key);
    }
    return OK;
}

struct status client_call(struct client *client, const struct client_request *request,
                          struct client_answer *ret)
{
    struct keyed keyed;
    *ret = (struct client_answer){.url = ""};
    client->doers = 0;
    client->is_unsettled = false;
    client->is_repeat = request->idempotency.len != 0;
    TRY(key_request(client, request, &keyed));
    return ask_known(client, &keyed.request, ret);
}

struct status client_find(struct client *client, size_t *ret_count, const char **ret_why)
{
    struct client_answer answer = {.url = ""};
    bool is_new = false;
    *ret_count = 0;
    struct status status = refresh(client, false, &answer, &is_new);
    *ret_why = answer.url;
    TRY(status);
    *ret_count = client->node_count;
    return client->node_count == 0 ? FAIL(NO_NODES) : OK;
}

const struct deployment_node *client_node(const struct client *client, size_t index)
{
    INVARIANT(index < client->node_count);
    return &client->nodes[index].about;
}

struct status client_call_node(struct client *client, size_t index,
                               const struct client_request *request, struct client_answer *ret)
{
    struct keyed keyed;
    INVARIANT(index < client->node_count);
    *ret = (struct client_answer){.url = client->nodes[index].about.url};
    client->nonce_ms = CLIENT_TIMEOUT_MS;
    client->doers = 0;
    client->is_unsettled = false;
    client->is_repeat = request->idempotency.len != 0;
    TRY(key_request(client, request, &keyed));
    return of_request(ask_node(client, index, &keyed.request, ret));
}
