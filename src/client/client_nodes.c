#include "base/secret.h"
#include "client/client_internal.h"

enum {
    LIST_MS = 60000,       /* a list is read again after this */
    LIST_URGENT_MS = 1000, /* or after this, when none of the nodes could be asked */
    READ_MS = 12000,       /* for a reading without which nothing can be done, */
    READ_AGAIN_MS = 4000,  /* and for one that is due */
    FAILED_MS = 10000,     /* between a reading that failed and the next one */
};

static bool is_same(const struct deployment_node *a, const struct deployment_node *b)
{
    return eth_address_equal(&a->wallet, &b->wallet) && p384_point_equal(&a->point, &b->point) &&
           bytes_equal(bytes_of(a->url), bytes_of(b->url));
}

static bool is_same_list(const struct client *client, const struct directory_list *list)
{
    bool same = client->node_count == list->count;
    for (size_t i = 0; same && i < list->count; i++) {
        same = is_same(&client->nodes[i].about, &list->nodes[i]);
    }
    return same;
}

/* Keys are with the point of a node; they are agreed on again where they are needed. */
static void take_list(struct client *client, const struct directory_list *list)
{
    secret_wipe(client->nodes, sizeof client->nodes);
    for (size_t i = 0; i < list->count; i++) {
        client->nodes[i].about = list->nodes[i];
    }
    client->node_count = list->count;
    client->next = 0;
}

static bool is_live(const struct client *client, uint64_t now_ms)
{
    return client->node_count != 0 && now_ms < client->deadline_ms;
}

static bool is_due(const struct client *client, bool is_urgent, uint64_t now_ms)
{
    uint64_t age_ms = now_ms - client->read_ms;
    return !is_live(client, now_ms) ||
           (now_ms >= client->not_before_ms && age_ms >= (is_urgent ? LIST_URGENT_MS : LIST_MS));
}

static struct status read_list(struct client *client, bool *ret_is_new)
{
    uint64_t now_ms = clock_monotonic_ms(&client->clock);
    struct directory_list *list = arena_alloc(&client->arena, sizeof *list);
    if (list == NULL) {
        return FAIL(NO_MEMORY);
    }
    uint32_t limit_ms = is_live(client, now_ms) ? READ_AGAIN_MS : READ_MS;
    struct status status = directory_read(client->directory, limit_ms, list);
    if (status.code == STATUS_NO_NODES) {
        client->node_count = 0;
    }
    if (!status_is_ok(status)) {
        client->not_before_ms = clock_monotonic_ms(&client->clock) + FAILED_MS;
        return status;
    }
    client->read_ms = now_ms;
    client->deadline_ms = list->deadline_ms;
    if (!is_same_list(client, list)) {
        take_list(client, list);
        *ret_is_new = true;
    }
    return OK;
}

struct status client_nodes_refresh(struct client *client, bool is_urgent, bool *ret_is_new)
{
    *ret_is_new = false;
    uint64_t now_ms = clock_monotonic_ms(&client->clock);
    if (client->directory == NULL || !is_due(client, is_urgent, now_ms)) {
        return OK;
    }
    arena_reset(&client->arena);
    struct status status = read_list(client, ret_is_new);
    arena_reset(&client->arena);
    return is_live(client, clock_monotonic_ms(&client->clock)) ? OK : status;
}
