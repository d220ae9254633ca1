#include "coffer-gateway/gateway_setup.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STOP_GRACE_MS = 5000 };

static void about(struct gateway_setup *setup, const char *what, const char *where)
{
    (void)snprintf(setup->about, sizeof setup->about, "%s%s%s", what, where[0] == '\0' ? "" : ": ",
                   where);
}

/* --- the file --- */

static struct status read_file(struct gateway_setup *setup, const char *path)
{
    char where[CONFIG_WHERE_MAX] = "";
    char text[CONFIG_WHERE_MAX + 160] = "";
    struct buf out = buf_over((uint8_t *)text, sizeof text - 1);
    struct bytes data;
    struct status status = config_read_file(path, &setup->arena, &data, where);
    if (status_is_ok(status)) {
        status = gateway_config_parse(data, &setup->arena, &setup->config, where);
    }
    buf_put_text(&out, where);
    schema_put_rule(gateway_config_table(), bytes_of(where), &out);
    about(setup, path, text);
    arena_reset(&setup->arena);
    return status;
}

static struct status read_address(struct gateway_setup *setup, const char *name, const char *text,
                                  struct socket_address *ret)
{
    about(setup, name, text);
    return socket_address_parse(bytes_of(text), ret);
}

static bool is_of_machine(const struct socket_address *address)
{
    return socket_address_is_local(address) || address->kind == SOCKET_VSOCK;
}

/* Whoever reaches the outward listeners reaches what is allowed, so they are of this machine. */
static struct status look_at_addresses(struct gateway_setup *setup)
{
    const struct gateway_config *config = &setup->config;
    struct socket_address address;
    TRY(read_address(setup, "node", config->node.text, &setup->node));
    if (setup->node.kind == SOCKET_VSOCK && setup->node.cid == VMADDR_CID_ANY) {
        return FAIL(CONFIG_INVALID);
    }
    for (size_t i = 0; i < config->inward_listen.count; i++) {
        TRY(read_address(setup, "inward_listen", config->inward_listen.item[i].text, &address));
    }
    for (size_t i = 0; i < config->outward_listen.count; i++) {
        TRY(read_address(setup, "outward_listen", config->outward_listen.item[i].text, &address));
        if (!is_of_machine(&address)) {
            return FAIL(CONFIG_INVALID);
        }
    }
    TRY(read_address(setup, "status_listen", config->status_listen.text, &address));
    return socket_address_is_local(&address) ? OK : FAIL(CONFIG_INVALID);
}

static struct status look_at_allowed(struct gateway_setup *setup)
{
    for (size_t i = 0; i < setup->config.outward_allow_count; i++) {
        const char *text = setup->config.outward_allow[i].text;
        about(setup, "outward_allow", text);
        TRY(allow_list_add(&setup->outward.allowed, bytes_of(text)));
    }
    return OK;
}

/* --- what listens --- */

static struct status open_listener(struct gateway_setup *setup, const char *text,
                                   struct listener *ret)
{
    struct socket_address address;
    TRY(read_address(setup, "listen", text, &address));
    struct status status = listener_open(&address, ret);
    about(setup, text, status.code == STATUS_IO ? "no such address, or no such folder" : "");
    return status;
}

static struct status open_listeners(struct gateway_setup *setup)
{
    const struct gateway_config *config = &setup->config;
    for (size_t i = 0; i < config->inward_listen.count; i++) {
        TRY(open_listener(setup, config->inward_listen.item[i].text, &setup->inward_listeners[i]));
        setup->inward_count++;
    }
    TRY(open_listener(setup, config->status_listen.text,
                      &setup->inward_listeners[setup->inward_count]));
    setup->inward_count++;
    for (size_t i = 0; i < config->outward_listen.count; i++) {
        TRY(open_listener(setup, config->outward_listen.item[i].text,
                          &setup->outward_listeners[i]));
        setup->outward_count++;
    }
    return OK;
}

static void log_listener(const struct gateway_setup *setup, const struct listener *listener,
                         const char *way)
{
    uint8_t memory[SOCKET_ADDRESS_TEXT_MAX + 1] = {0};
    struct buf text = buf_over(memory, SOCKET_ADDRESS_TEXT_MAX);
    socket_address_put(&listener->address, &text);
    LOG_EVENT(&setup->log, INFO, "listening", LOG_TEXT("way", way),
              LOG_TEXT("address", (const char *)memory));
}

static void log_listeners(const struct gateway_setup *setup)
{
    for (size_t i = 0; i < setup->inward_count; i++) {
        log_listener(setup, &setup->inward_listeners[i],
                     i + 1 == setup->inward_count ? "status" : "inward");
    }
    for (size_t i = 0; i < setup->outward_count; i++) {
        log_listener(setup, &setup->outward_listeners[i], "outward");
    }
}

/* --- what serves --- */

static size_t count_loops(const struct gateway_setup *setup)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t count = setup->config.loops != 0 ? (size_t)setup->config.loops
                                            : (size_t)(processors < 1 ? 1 : processors);
    return count < LIMIT_LOOPS ? count : LIMIT_LOOPS - 1;
}

static void put_metrics(void *context, struct buf *out)
{
    struct gateway_setup *setup = context;
    const struct http_server *server = atomic_load(&setup->server);
    struct http_server_stats stats = {0};
    if (server != NULL) {
        stats = http_server_stats(server);
    }
    inward_put_metric(out, "connections", "gauge", stats.connections);
    inward_put_metric(out, "connections_accepted_total", "counter", stats.accepted);
    inward_put_metric(out, "connections_evicted_total", "counter", stats.evicted);
    inward_put_metric(out, "timeouts_total", "counter", stats.timeouts);
    inward_put_metric(out, "memory_bytes", "gauge", mem_used(&setup->mem));
    if (setup->tunnels == NULL) {
        return;
    }
    struct tunnels_stats tunnels = tunnels_stats(setup->tunnels);
    inward_put_metric(out, "tunnels_open", "gauge", tunnels.open);
    inward_put_metric(out, "tunnels_total", "counter", tunnels.tunnels);
    inward_put_metric(out, "tunnels_refused_total", "counter", tunnels.refused);
    inward_put_metric(out, "tunnels_turned_away_total", "counter", tunnels.turned);
    inward_put_metric(out, "tunnels_timeouts_total", "counter", tunnels.timeouts);
    inward_put_metric(out, "tunnels_bytes_out_total", "counter", tunnels.bytes_out);
    inward_put_metric(out, "tunnels_bytes_in_total", "counter", tunnels.bytes_in);
}

static struct status open_inward(struct gateway_setup *setup, size_t loops)
{
    const struct inward_setup parts = {
        .loops = setup->loops,
        .loops_count = loops,
        .node = setup->node,
        .connections = (size_t)setup->config.connections,
        .connect_ms = setup->config.connect_timeout_ms,
        .answer_ms = setup->config.answer_timeout_ms,
        .status_listener = setup->inward_count - 1,
        .metrics = put_metrics,
        .metrics_context = setup,
        .mem = &setup->mem,
    };
    return inward_open(&parts, &setup->inward);
}

static struct status open_outward(struct gateway_setup *setup, struct loop *loop)
{
    const struct tunnels_setup parts = {
        .loop = loop,
        .listeners = setup->outward_listeners,
        .listeners_count = setup->outward_count,
        .policy = outward_policy(&setup->outward),
        .connections = (size_t)setup->config.tunnels,
        .head_ms = setup->config.request_timeout_ms,
        .connect_ms = setup->config.connect_timeout_ms,
        .idle_ms = setup->config.tunnel_idle_ms,
        .mem = &setup->mem,
    };
    return setup->outward_count == 0 ? OK : tunnels_open(&parts, &setup->tunnels);
}

/* Descriptors beside those of clients: for each of them one to the node, and both of a tunnel. */
static size_t count_others(const struct gateway_config *config)
{
    size_t tunnels = config->outward_listen.count == 0 ? 0 : (size_t)config->tunnels;
    return (size_t)config->connections + 2 * tunnels;
}

static struct status serve(struct gateway_setup *setup, size_t loops)
{
    const struct gateway_config *config = &setup->config;
    const struct http_server_config parts = {
        .loops = setup->loops,
        .loops_count = loops,
        .listeners = setup->inward_listeners,
        .listeners_count = setup->inward_count,
        .handler = inward_handler(setup->inward),
        .limits = {.connections = config->connections,
                   .descriptors = count_others(config),
                   .request_ms = config->request_timeout_ms,
                   .idle_ms = config->idle_timeout_ms,
                   .write_ms = config->write_timeout_ms,
                   .peer = {(uint32_t)config->peer_rate, (uint32_t)config->peer_burst}},
        .clock = clock_system(),
        .entropy = entropy_system(),
        .memory = &setup->mem,
    };
    struct http_server *server = NULL;
    struct status status = http_server_new(&parts, &server);
    atomic_store(&setup->server, server);
    return status;
}

static struct status open_loops(struct gateway_setup *setup)
{
    size_t loops = count_loops(setup);
    about(setup, "event loops", "");
    for (size_t i = 0; i <= loops; i++) {
        TRY(loop_new(&setup->mem, &setup->loops[i]));
        setup->loops_count++;
    }
    TRY(open_inward(setup, loops));
    TRY(open_outward(setup, setup->loops[loops]));
    for (size_t i = 0; i <= loops; i++) {
        TRY(loop_start(setup->loops[i]));
    }
    return serve(setup, loops);
}

struct status gateway_setup_open(struct gateway_setup *setup, const char *file, bool is_look)
{
    const struct clock clock = clock_system();
    setup->log = (struct log){.fd = STDERR_FILENO, .level = LOG_LEVEL_INFO, .clock = clock};
    about(setup, "memory", "");
    TRY(arena_init(&setup->arena, 64u * 1024 * 1024));
    TRY(read_file(setup, file));
    setup->log.level = (enum log_level)setup->config.log_level;
    setup->log.json = setup->config.log_format == CONFIG_LOG_JSON;
    mem_init(&setup->mem, (size_t)setup->config.buffer_mb * 1024 * 1024);
    outward_init(&setup->outward, &setup->log, &clock);
    TRY(look_at_addresses(setup));
    TRY(look_at_allowed(setup));
    if (is_look) {
        return OK;
    }
    TRY(open_listeners(setup));
    TRY(open_loops(setup));
    log_listeners(setup);
    return OK;
}

/* Requests first, since those that the node is at may need tunnels. */
void gateway_setup_close(struct gateway_setup *setup)
{
    struct http_server *server = atomic_load(&setup->server);
    if (server != NULL) {
        http_server_stop(server, STOP_GRACE_MS);
    }
    if (setup->inward != NULL) {
        inward_stop(setup->inward);
    }
    http_server_free(&server);
    atomic_store(&setup->server, NULL);
    if (setup->tunnels != NULL) {
        tunnels_stop(setup->tunnels);
    }
    for (size_t i = setup->loops_count; i > 0; i--) {
        loop_free(&setup->loops[i - 1]);
    }
    inward_close(&setup->inward);
    tunnels_close(&setup->tunnels);
    for (size_t i = 0; i < setup->inward_count; i++) {
        listener_close(&setup->inward_listeners[i]);
    }
    for (size_t i = 0; i < setup->outward_count; i++) {
        listener_close(&setup->outward_listeners[i]);
    }
    arena_deinit(&setup->arena);
}
