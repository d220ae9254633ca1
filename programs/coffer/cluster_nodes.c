#include "coffer/cluster_nodes.h"

#include <string.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/mem.h"

enum { READ_MS = 30000 };

static enum cli_exit read_chain(struct cli *cli, const struct deployment *deployment,
                                struct directory_list *ret_list)
{
    struct mem mem;
    struct directory *directory = NULL;
    const char *where = "";
    const struct directory_setup setup = {.deployment = deployment,
                                          .clock = clock_system(),
                                          .entropy = entropy_system(),
                                          .mem = &mem};
    mem_init(&mem, DIRECTORY_MEMORY);
    struct status status = directory_open(&setup, &directory, &where);
    if (status_is_ok(status)) {
        status = directory_read(directory, READ_MS, ret_list);
        where = directory_about(directory);
    }
    enum cli_exit result = status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, where);
    directory_close(&directory);
    return result;
}

enum cli_exit cluster_nodes_read(struct cli *cli, const struct deployment *deployment,
                                 struct directory_list *ret_list)
{
    if (deployment->node_count == 0) {
        return read_chain(cli, deployment, ret_list);
    }
    ret_list->count = deployment->node_count;
    memcpy(ret_list->nodes, deployment->nodes, sizeof ret_list->nodes);
    return CLI_DONE;
}

bool cluster_nodes_ask(struct cli *cli, const struct deployment *deployment, const char *url,
                       struct node_api_answer *ret_answer)
{
    struct node_api api;
    const char *ca_file = deployment->ca_file;
    *ret_answer = (struct node_api_answer){0};
    struct status status = node_api_open(&api, &cli->arena, url);
    api.ca_file = *ca_file == '\0' ? NULL : ca_file;
    if (status_is_ok(status)) {
        status = node_api_call(&api, "/status", (struct bytes){0}, ret_answer);
    }
    node_api_close(&api);
    return status_is_ok(status) && ret_answer->http == 200 && ret_answer->json.root != NULL;
}

struct bytes cluster_nodes_text(const struct json_in *at, const char *name)
{
    struct json_in member;
    struct bytes text = BYTES_LITERAL("");
    if (json_in_find(at, name, &member)) {
        (void)json_in_string(&member, &text);
    }
    return text;
}

bool cluster_nodes_is(const struct json_in *at, const char *name)
{
    struct json_in member;
    bool truth = false;
    return json_in_find(at, name, &member) && status_is_ok(json_in_bool(&member, &truth)) && truth;
}

uint64_t cluster_nodes_number(const struct json_in *at, const char *name)
{
    struct json_in member;
    uint64_t number = 0;
    bool is_there = json_in_find(at, name, &member) &&
                    status_is_ok(json_in_u64(&member, 0, INT64_MAX, &number));
    return is_there ? number : 0;
}
