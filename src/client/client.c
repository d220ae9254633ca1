#include "client/client.h"

#include "base/secret.h"
#include "client/client_internal.h"

enum { ARENA = 256u << 20 };

struct status client_open(const struct deployment *deployment, const struct client_key *key,
                          struct client **ret)
{
    void *memory = NULL;
    *ret = NULL;
    TRY(secret_alloc(sizeof(struct client), &memory));
    struct client *client = memory;
    client->deployment = *deployment;
    client->key = *key;
    client->entropy = entropy_system();
    client->clock = clock_system();
    struct status status = arena_init(&client->arena, ARENA);
    status = status_is_ok(status) ? fetch_init(&client->fetch) : status;
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
    return answer->http == 503 || answer->http == 429;
}

struct status client_call(struct client *client, const struct client_request *request,
                          struct client_answer *ret)
{
    size_t count = client->deployment.node_count;
    struct status status = FAIL(NO_NODES);
    *ret = (struct client_answer){.url = ""};
    for (size_t i = 0; i < count; i++) {
        size_t node = (client->next + i) % count;
        arena_reset(&client->arena);
        *ret = (struct client_answer){.url = client->deployment.nodes[node].url};
        status = client_ask(client, node, request, ret);
        if (!is_for_another(status, ret)) {
            client->next = node;
            break;
        }
    }
    return status.code == STATUS_POP_MALFORMED ? FAIL(BAD_REQUEST) : status;
}
