#include "config/gateway_config.h"

#include <string.h>

#include "base/limits.h"
#include "config/config_internal.h"

#define AT(member) offsetof(struct gateway_config, member)

static const struct schema_row rows[] = {
    {.name = "node",
     .type = SCHEMA_TEXT,
     .offset = AT(node),
     .min = 1,
     .max = CONFIG_TEXT_MAX - 1,
     .is_required = true,
     .help = "where the node listens: unix:/path, vsock:16:5000, 127.0.0.1:4000"},
    TEXTS(inward_listen, inward_listen.item, inward_listen.count, CONFIG_LISTEN_MAX, .min = 1,
          .text = "127.0.0.1:8443",
          .help = "addresses from which /kms, /nonce, /sync and /v1 go to the node"),
    TEXTS(outward_listen, outward_listen.item, outward_listen.count, CONFIG_LISTEN_MAX,
          .help = "addresses at which the node asks for tunnels to others, of this machine: "
                  "unix:/path, vsock:5001, 127.0.0.1:8000; none if not given"),
    TEXTS(outward_allow, outward_allow, outward_allow_count, GATEWAY_CONFIG_ALLOW_MAX,
          .help = "hosts and ports that tunnels may lead to, such as rpc.example:443; an address "
                  "that is not public only where it stands here itself"),
    TEXT(status_listen, "127.0.0.1:8080", "a local address that answers /health and /metrics"),
    NUMBER(loops, 0, LIMIT_LOOPS - 1, 0, "event loops of requests; 0 means one per processor"),
    NUMBER(connections, 1, LIMIT_HTTP_CONNECTIONS, 4096, "connections of clients at the same time"),
    NUMBER(tunnels, 1, 65536, 1024, "tunnels at the same time"),
    NUMBER(buffer_mb, 16, 65536, 256, "memory for everything under way, in MiB"),
    NUMBER(request_timeout_ms, 100, 600000, LIMIT_HTTP_REQUEST_MS,
           "time for a whole request to arrive"),
    NUMBER(idle_timeout_ms, 100, 3600000, LIMIT_HTTP_IDLE_MS,
           "time that a connection may wait between two requests"),
    NUMBER(write_timeout_ms, 100, 600000, LIMIT_HTTP_WRITE_MS,
           "time for a client to take an answer"),
    NUMBER(connect_timeout_ms, 100, 600000, 10000,
           "time to reach the node, or to look up and reach a host"),
    NUMBER(answer_timeout_ms, 100, 600000, 60000, "time for the node to answer"),
    NUMBER(tunnel_idle_ms, 1000, 86400000, 300000,
           "time that a tunnel may stay without a byte either way"),
    NUMBER(peer_rate, 0, 1000000000, 0, "requests per second of one peer; 0 means no limit"),
    NUMBER(peer_burst, 1, 1000000000, 100, "requests that a rested peer may send at once"),
    CHOICE(log_level, "info", "debug info warn error", "lines below this level are dropped"),
    CHOICE(log_format, DEFAULT_FORMAT, "text json", "form of a log line"),
};

static const struct schema_table table = {rows, sizeof rows / sizeof rows[0]};

const struct schema_table *gateway_config_table(void)
{
    return &table;
}

struct status gateway_config_parse(struct bytes text, struct arena *arena,
                                   struct gateway_config *ret_config,
                                   char ret_where[static CONFIG_WHERE_MAX])
{
    memset(ret_config, 0, sizeof *ret_config);
    struct status status = config_read(text, arena, &table, ret_config, ret_where);
    if (!status_is_ok(status)) {
        memset(ret_config, 0, sizeof *ret_config);
        schema_default(&table, ret_config);
    }
    return status;
}
