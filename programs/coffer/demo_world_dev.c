#include "coffer/demo_world_dev.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/secret.h"
#include "client/client_key.h"
#include "codec/hex.h"
#include "codec/json_out.h"

/* Addresses: below those that the system gives away itself. */
enum { PORT_FIRST = 20000, PORT_STEPS = 2000, PORT_STEP = 4, PORT_TRIES = 20 };
enum { PATIENCE_MS = 60000, POLL_MS = 20, APP_ID = 7, CONFIG_MAX = 2048, FOLDERS_OPEN = 8 };

/* Where the gateway says that it is there. */
#define STATUS_SOCKET "unix:%s/gateway.sock"

static const char *const key_files[DEMO_APPS] = {"app-key.json", "other-key.json"};

uint64_t demo_world_now(void)
{
    struct clock clock = clock_system();
    return clock_monotonic_ms(&clock);
}

uint64_t demo_world_patience(void)
{
    return demo_world_now() + PATIENCE_MS;
}

static enum cli_exit fail(struct demo_world *world, struct status status)
{
    return status_is_ok(status) ? CLI_DONE : cli_fail(world->teller.cli, status, world->folder);
}

/* --- files ------------------------------------------------------------------------------------ */

static struct status make_keys(struct demo_world *world, enum demo_app app)
{
    SECRET(client_key, key);
    char path[NODE_PROCESS_PATH_MAX];
    uint8_t spki[P384_SPKI];
    struct entropy entropy = entropy_system();
    TRY(client_key_generate(&entropy, &key));
    TRY(node_process_path(world->folder, key_files[app], path));
    TRY(client_key_write(path, &key));
    struct buf text = buf_over((uint8_t *)world->wallet[app], NODE_FACTS_TEXT_MAX - 1);
    eth_address_put(&text, &key.address);
    p384_point_spki(&key.point, spki);
    text = buf_over((uint8_t *)world->tee_pubkey[app], NODE_FACTS_TEXT_MAX - 1);
    buf_put_text(&text, "0x");
    hex_put(&text, BYTES_ARRAY(spki));
    return buf_check(&text);
}

static struct status write_apps(struct demo_world *world)
{
    uint8_t memory[CONFIG_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct json_out json = json_out_over(&text);
    json_out_object(&json);
    json_out_name(&json, "instances");
    json_out_array(&json);
    for (unsigned app = 0; app < DEMO_APPS; app++) {
        bool is_revoked = app == DEMO_APP_OTHER && world->is_revoked;
        json_out_object(&json);
        json_out_member_u64(&json, "app_id", APP_ID + app);
        json_out_member_text(&json, "wallet", world->wallet[app]);
        json_out_member_text(&json, "tee_pubkey", world->tee_pubkey[app]);
        json_out_member_text(&json, "app_status", is_revoked ? "revoked" : "active");
        json_out_object_end(&json);
    }
    json_out_array_end(&json);
    json_out_object_end(&json);
    TRY(buf_check(&text));
    return node_process_write(world->folder, "apps.json", buf_bytes(&text));
}

static void put_list(struct json_out *json, const char *name, const char *item)
{
    json_out_name(json, name);
    json_out_array(json);
    json_out_text(json, item);
    json_out_array_end(json);
}

static void put_member(struct json_out *json, const char *folder, const char *name,
                       const char *file)
{
    char path[2 * NODE_PROCESS_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    json_out_member_text(json, name, path);
}

static struct status write_node(struct demo_world *world, size_t index)
{
    char way[NODE_PROCESS_PATH_MAX];
    uint8_t memory[CONFIG_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct json_out json = json_out_over(&text);
    const struct dev_config *config = &world->nodes.config[index];
    (void)snprintf(way, sizeof way, "unix:%s/out", world->folder);
    json_out_object(&json);
    put_list(&json, "listen", config->listen);
    json_out_member_text(&json, "data_dir", config->data);
    put_member(&json, config->data, "audit_file", NODE_PROCESS_AUDIT);
    put_member(&json, world->folder, "snapshot_dir", "snapshots");
    json_out_member_u64(&json, "snapshot_seconds", 1);
    json_out_member_u64(&json, "loops", 1);
    if (index == DEMO_WORLD_ENCLOSED) {
        json_out_member_text(&json, "outbound_proxy", way);
    }
    json_out_object_end(&json);
    TRY(buf_check(&text));
    return node_process_write(config->data, NODE_PROCESS_CONFIG, buf_bytes(&text));
}

static struct status write_gateway(struct demo_world *world, const char *listen)
{
    char way[NODE_PROCESS_PATH_MAX];
    char status[NODE_PROCESS_PATH_MAX];
    uint8_t memory[CONFIG_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct json_out json = json_out_over(&text);
    (void)snprintf(way, sizeof way, "unix:%s/out", world->folder);
    (void)snprintf(status, sizeof status, STATUS_SOCKET, world->folder);
    json_out_object(&json);
    json_out_member_text(&json, "status_listen", status);
    json_out_member_text(&json, "node", world->nodes.config[DEMO_WORLD_ENCLOSED].listen);
    put_list(&json, "inward_listen", listen);
    put_list(&json, "outward_listen", way);
    json_out_name(&json, "outward_allow");
    json_out_array(&json);
    for (size_t i = 0; i < DEMO_WORLD_ENCLOSED; i++) {
        json_out_text(&json, world->nodes.config[i].listen);
    }
    json_out_array_end(&json);
    json_out_member_u64(&json, "loops", 1);
    json_out_object_end(&json);
    TRY(buf_check(&text));
    return node_process_write(world->folder, "gateway.json", buf_bytes(&text));
}

/* --- the world -------------------------------------------------------------------------------- */

static bool is_free(unsigned first)
{
    uint8_t memory[4096];
    char origin[64];
    struct fetch fetch;
    bool is_free = status_is_ok(fetch_init(&fetch));
    for (unsigned i = 0; i < PORT_STEP && is_free; i++) {
        struct buf answer = buf_over(memory, sizeof memory);
        struct fetch_place place = {.origin = origin};
        struct fetch_request request = {.place = &place, .path = "/health", .timeout_ms = 1000};
        unsigned http = 0;
        (void)snprintf(origin, sizeof origin, "http://127.0.0.1:%u", first + i);
        is_free = fetch_call(&fetch, &request, &answer, &http).code == STATUS_UNAVAILABLE;
    }
    fetch_deinit(&fetch);
    return is_free;
}

/* The first of as many addresses as are needed, at which nobody answers. */
static struct status choose_ports(unsigned *ret_first)
{
    struct entropy entropy = entropy_system();
    for (int i = 0; i < PORT_TRIES; i++) {
        uint8_t random[2];
        TRY(entropy_fill(&entropy, random, sizeof random));
        unsigned number = ((unsigned)random[0] << 8 | random[1]) % PORT_STEPS;
        *ret_first = PORT_FIRST + PORT_STEP * number;
        if (is_free(*ret_first)) {
            return OK;
        }
    }
    return FAIL(ADDRESS_IN_USE);
}

/* In: first, the port of the first node; that of the gateway follows those of the nodes. */
static struct status set_up(struct demo_world *world, unsigned first)
{
    struct nodes_dev *nodes = &world->nodes;
    char way[64];
    *nodes = (struct nodes_dev){.cli = world->teller.cli,
                                .apps = world->rows,
                                .is_strict = true,
                                .count = DEMO_WORLD_NODES};
    TRY(node_process_path(world->folder, "apps.json", world->rows));
    for (unsigned i = 0; i < DEMO_WORLD_NODES; i++) {
        struct dev_config *config = &nodes->config[i];
        *config = (struct dev_config){
            .is_cluster = true, .is_trust_ours = true, .nodes = DEMO_WORLD_NODES};
        (void)snprintf(config->data, sizeof config->data, "%s/node-%u", world->folder, i + 1);
        (void)snprintf(config->listen, sizeof config->listen, "127.0.0.1:%u", first + i);
        (void)snprintf(nodes->facts[i].url, sizeof nodes->facts[i].url, "http://%s",
                       config->listen);
        TRY(node_process_path(config->data, NODE_PROCESS_CONFIG, config->file));
        TRY(node_process_path(nodes->config[0].data, "trust-nodes.json", config->trust));
        if (mkdir(config->data, 0700) != 0) {
            return FAIL(IO);
        }
        TRY(write_node(world, i));
    }
    struct node_facts *enclosed = &nodes->facts[DEMO_WORLD_ENCLOSED];
    (void)snprintf(way, sizeof way, "127.0.0.1:%u", first + DEMO_WORLD_NODES);
    (void)snprintf(enclosed->way, sizeof enclosed->way, "http://%s", way);
    TRY(write_gateway(world, way));
    TRY(make_keys(world, DEMO_APP));
    TRY(make_keys(world, DEMO_APP_OTHER));
    return write_apps(world);
}

static enum cli_exit fail_stopped(struct demo_world *world)
{
    world->is_stopped = true;
    return cli_fail_text(world->teller.cli, "CANCELLED", "it was stopped before the end",
                         "run it again");
}

enum cli_exit demo_world_open(struct demo_world *world)
{
    unsigned first = 0;
    bool is_stopped = false;
    (void)snprintf(world->folder, sizeof world->folder, "/tmp/coffer-demo-XXXXXX");
    if (mkdtemp(world->folder) == NULL) {
        world->folder[0] = '\0';
        return cli_fail(world->teller.cli, FAIL(IO), "/tmp");
    }
    struct status status = choose_ports(&first);
    enum cli_exit result = fail(world, status_is_ok(status) ? set_up(world, first) : status);
    result = result == CLI_DONE ? demo_world_link(world, true) : result;
    result = result == CLI_DONE ? nodes_dev_start(&world->nodes, &is_stopped) : result;
    if (is_stopped) {
        return fail_stopped(world);
    }
    return result == CLI_DONE ? demo_world_bring_up(world) : result;
}

static void close_clients(struct demo_world *world)
{
    for (size_t app = 0; app < DEMO_APPS; app++) {
        for (size_t node = 0; node < DEMO_WORLD_NODES; node++) {
            client_close(&world->client[app][node]);
        }
    }
}

enum cli_exit demo_world_stop(struct demo_world *world)
{
    int code = 0;
    close_clients(world);
    for (size_t i = 0; i < world->nodes.count; i++) {
        code |= node_process_stop(&world->nodes.process[i]);
    }
    (void)node_process_stop(&world->gateway);
    return code == 0
               ? CLI_DONE
               : cli_fail_text(world->teller.cli, "INTERNAL", "a node crashed when it was stopped",
                               "report this with the version of coffer");
}

static int take_away(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about;
    (void)type;
    (void)where;
    (void)remove(path);
    return 0;
}

void demo_world_close(struct demo_world *world, bool is_kept)
{
    close_clients(world);
    nodes_dev_stop(&world->nodes);
    (void)node_process_stop(&world->gateway);
    if (world->folder[0] != '\0' && !is_kept) {
        (void)nftw(world->folder, take_away, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
    }
}

enum cli_exit demo_world_link(struct demo_world *world, bool is_there)
{
    char program[NODE_PROCESS_PATH_MAX];
    char file[NODE_PROCESS_PATH_MAX];
    char log[NODE_PROCESS_PATH_MAX];
    const char *const words[] = {"coffer-gateway", "--config", file, NULL};
    const struct node_process_setup setup = {.log = log};
    if (!is_there) {
        node_process_kill(&world->gateway);
        return CLI_DONE;
    }
    if (!status_is_ok(node_process_beside(words[0], program))) {
        return cli_fail_text(world->teller.cli, "NOT_FOUND",
                             "coffer-gateway is not beside this program",
                             "build all with make, or install them with make install");
    }
    struct status status = node_process_path(world->folder, "gateway.json", file);
    status = status_is_ok(status) ? node_process_path(world->folder, "gateway.log", log) : status;
    status = status_is_ok(status)
                 ? node_process_start_program(program, words, &setup, &world->gateway)
                 : status;
    if (!status_is_ok(status)) {
        return fail(world, status);
    }
    (void)snprintf(file, sizeof file, STATUS_SOCKET, world->folder);
    status = node_process_ready(&world->gateway, file);
    return status_is_ok(status)
               ? CLI_DONE
               : cli_fail_text(world->teller.cli, "UNAVAILABLE", "the gateway does not start",
                               "see the end of its gateway.log");
}

/* --- clients ---------------------------------------------------------------------------------- */

/* A client of one node alone, so that it is clear who answers. */
static struct status open_client(struct demo_world *world, enum demo_app app, size_t node)
{
    char path[NODE_PROCESS_PATH_MAX];
    char where[CLIENT_WHERE_MAX];
    struct client_identity identity;
    struct arena *arena = &world->teller.cli->arena;
    SECRET(client_key, key);
    struct deployment *deployment = arena_alloc(arena, sizeof *deployment);
    if (deployment == NULL) {
        return FAIL(NO_MEMORY);
    }
    const char *data = world->nodes.config[node].data;
    TRY(node_facts_write_deployment(data, &world->nodes.facts[node], 1));
    TRY(node_process_path(data, NODE_PROCESS_FACTS, path));
    TRY(deployment_read(path, arena, deployment, where));
    TRY(node_process_path(world->folder, key_files[app], path));
    TRY(client_key_read(path, arena, &key));
    TRY(client_key_identity(&key, &identity));
    return client_open(deployment, &identity, &world->client[app][node], where);
}

static struct status open_clients(struct demo_world *world)
{
    struct arena *arena = &world->teller.cli->arena;
    close_clients(world);
    for (unsigned app = 0; app < DEMO_APPS; app++) {
        for (size_t node = 0; node < DEMO_WORLD_NODES; node++) {
            size_t mark = arena->used;
            struct status status = open_client(world, (enum demo_app)app, node);
            arena_rewind(arena, mark);
            TRY(status);
        }
    }
    return OK;
}

enum cli_exit demo_world_bring_up(struct demo_world *world)
{
    bool is_stopped = false;
    uint64_t until_ms = demo_world_patience();
    enum cli_exit result = nodes_dev_bring_up(&world->nodes, &is_stopped);
    for (size_t i = 0; i < DEMO_WORLD_NODES && result == CLI_DONE && !is_stopped; i++) {
        while (result == CLI_DONE &&
               demo_world_number(world, i, "cluster.membership.members") != DEMO_WORLD_NODES - 1) {
            result = demo_world_wait(world, until_ms, "not all nodes have met");
        }
    }
    if (is_stopped) {
        return fail_stopped(world);
    }
    return result == CLI_DONE ? fail(world, open_clients(world)) : result;
}

enum cli_exit demo_world_revoke(struct demo_world *world)
{
    struct nodes_dev *nodes = &world->nodes;
    world->is_revoked = true;
    struct status status = write_apps(world);
    status = status_is_ok(status)
                 ? node_facts_write_rows(&world->teller.cli->arena, nodes->config[0].data,
                                         nodes->apps, nodes->facts, nodes->count)
                 : status;
    return fail(world, status);
}

enum cli_exit demo_world_ask(struct demo_world *world, const struct demo_ask *ask,
                             struct node_api_answer *ret)
{
    struct client_answer answer;
    const struct client_request request = {
        .method = ask->method, .target = ask->target, .body = bytes_of(ask->body)};
    *ret = (struct node_api_answer){0};
    struct status status = client_call(world->client[ask->app][ask->node], &request, &answer);
    if (!status_is_ok(status)) {
        return cli_fail(world->teller.cli, status, answer.url);
    }
    *ret = (struct node_api_answer){.http = answer.http, .body = answer.body, .json = answer.doc};
    return CLI_DONE;
}

/* --- what a node says ------------------------------------------------------------------------- */

/* In the arena of the command, which has room for as many as a demo asks. */
static bool find_member(struct demo_world *world, size_t node, const char *path,
                        struct json_in *ret)
{
    struct node_api api;
    struct node_api_answer answer = {0};
    char name[64];
    struct arena *arena = &world->teller.cli->arena;
    struct status status = node_api_open(&api, arena, world->nodes.facts[node].url);
    status =
        status_is_ok(status) ? node_api_call(&api, "/status", (struct bytes){0}, &answer) : status;
    node_api_close(&api);
    if (!status_is_ok(status) || answer.json.root == NULL) {
        return false;
    }
    *ret = json_in_root(&answer.json);
    for (const char *at = path; at != NULL; at = strchr(at, '.')) {
        struct json_in member;
        at += *at == '.';
        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(at, "."), at);
        if (!json_in_find(ret, name, &member)) {
            return false;
        }
        *ret = member;
    }
    return true;
}

struct bytes demo_world_text(struct demo_world *world, size_t node, const char *path)
{
    struct json_in member;
    struct bytes text = {0};
    bool is_there =
        find_member(world, node, path, &member) && status_is_ok(json_in_string(&member, &text));
    return is_there ? text : (struct bytes){0};
}

uint64_t demo_world_number(struct demo_world *world, size_t node, const char *path)
{
    struct json_in member;
    uint64_t number = 0;
    struct arena *arena = &world->teller.cli->arena;
    size_t mark = arena->used;
    bool is_there = find_member(world, node, path, &member) &&
                    status_is_ok(json_in_u64(&member, 0, INT64_MAX, &number));
    arena_rewind(arena, mark);
    return is_there ? number : 0;
}

enum cli_exit demo_world_wait(struct demo_world *world, uint64_t until_ms, const char *what)
{
    bool is_stopped = false;
    enum cli_exit result = nodes_dev_wait(&world->nodes, POLL_MS, &is_stopped);
    if (is_stopped) {
        return fail_stopped(world);
    }
    if (result == CLI_DONE && demo_world_now() > until_ms) {
        return demo_differs(&world->teller, what);
    }
    return result;
}
